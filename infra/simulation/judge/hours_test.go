package judge

import (
	"testing"
	"time"

	"example.com/skala/shared/sla"
)

func TestHoursAreWalkedThrough(t *testing.T) {
	t.Parallel()
	athens, err := sla.LoadZone("Europe/Athens")
	if err != nil {
		t.Fatal(err)
	}
	office := &Hours{Zone: athens, Closed: map[string]bool{"2031-03-25": true}}
	for day := time.Monday; day <= time.Friday; day++ {
		office.Week[day] = [][2]int{{9 * 60, 13 * 60}, {14 * 60, 18 * 60}}
	}
	at := func(wall string) time.Time {
		at, err := time.ParseInLocation("2006-01-02 15:04", wall, athens)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	tests := []struct {
		name  string
		hours *Hours
		start string
		left  time.Duration
		end   string
	}{
		{"within a morning", office, "2031-03-03 10:00", time.Hour, "2031-03-03 11:00"},
		{"used up at lunch", office, "2031-03-03 10:00", 3 * time.Hour, "2031-03-03 13:00"},
		{"over lunch", office, "2031-03-03 12:30", time.Hour, "2031-03-03 14:30"},
		{"from the night on", office, "2031-03-03 03:00", time.Minute, "2031-03-03 09:01"},
		{"over a weekend on which clocks go forward", office, "2031-03-28 17:00", 2 * time.Hour, "2031-03-31 10:00"},
		{"over a holiday", office, "2031-03-24 17:30", time.Hour, "2031-03-26 09:30"},
		{"around the clock", nil, "2031-03-29 23:00", 6 * time.Hour, "2031-03-30 06:00"},
		{"nothing left", office, "2031-03-29 23:00", 0, "2031-03-29 23:00"},
	}
	for _, tt := range tests {
		start, end := at(tt.start), at(tt.end)
		if got := tt.hours.After(start, tt.left); !got.Equal(end) {
			t.Errorf("%s: until %s, want %s", tt.name, got.In(athens), end)
		}
		if got := tt.hours.Within(start, end); got != tt.left {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.left)
		}
	}
	if got := office.Opens(at("2031-03-24 18:00")); !got.Equal(at("2031-03-26 09:00")) {
		t.Errorf("it opens at %s", got.In(athens))
	}
}

func TestWhatHadToBeDoneByAnInstantFollowsFromTheSweeps(t *testing.T) {
	t.Parallel()
	noon := time.Date(2031, 3, 3, 12, 0, 0, 0, time.UTC)
	w := NewWitness()
	for n := range 60 {
		if n < 20 || n >= 30 { // for ten minutes nobody sweeps
			w.Swept(noon.Add(time.Duration(n) * time.Minute))
		}
	}
	w.Trouble("lost.1", noon.Add(9*time.Minute), noon.Add(10*time.Minute+30*time.Second))
	w.Trouble("unseen.1", noon.Add(9*time.Minute), noon.Add(10*time.Minute+59*time.Second))
	w.Outage(noon.Add(40*time.Minute), noon.Add(44*time.Minute+30*time.Second))
	tests := []struct {
		name    string
		due     time.Duration
		set     time.Duration
		of      string
		by      time.Duration
		excused bool
	}{
		{"swept in time", 10 * time.Minute, 0, "a.1", 10*time.Minute + Prompt, false},
		{"the nudge of another was lost", 10 * time.Minute, 0, "a.1", 10*time.Minute + Prompt, false},
		{"its nudge was lost", 10 * time.Minute, 0, "lost.1", 11*time.Minute + Prompt, true},
		{"it was, and the next sweep could not see that yet", 10 * time.Minute, 0, "unseen.1", 12*time.Minute + Prompt, true},
		{"nobody swept before", 25 * time.Minute, 0, "a.1", 30*time.Minute + Prompt, true},
		{"nobody had to", 25 * time.Minute, 24 * time.Minute, "a.1", 25*time.Minute + Prompt, false},
		{"within an outage", 42 * time.Minute, 0, "a.1", 45*time.Minute + Prompt, true},
		{"known when it is over", 10 * time.Minute, 15 * time.Minute, "a.1", 15*time.Minute + Prompt, false},
	}
	for _, tt := range tests {
		if by, excused := w.latest(noon.Add(tt.due), noon.Add(tt.set), tt.of); !by.Equal(noon.Add(tt.by)) || excused != tt.excused {
			t.Errorf("%s: by %v, excused %t; want %v, %t", tt.name, by.Sub(noon), excused, tt.by, tt.excused)
		}
	}
}
