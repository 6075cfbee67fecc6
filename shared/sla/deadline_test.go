package sla

import (
	"errors"
	"testing"
	"time"
)

// instant reads an instant of RFC 3339.
func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func calendar(t testing.TB, zone string, week, dates map[string][]string) *Calendar {
	t.Helper()
	c, err := NewCalendar(zone, week, dates)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// days gives each of the named weekdays the same periods.
func days(names []string, periods ...string) map[string][]string {
	week := make(map[string][]string)
	for _, name := range names {
		week[name] = periods
	}
	return week
}

var (
	weekdays = []string{"mon", "tue", "wed", "thu", "fri"}
	everyDay = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
)

func TestADeadlineIsWhenTheTargetHasBeenUsedUp(t *testing.T) {
	t.Parallel()
	type dates = map[string][]string
	tests := []struct {
		name   string
		zone   string // empty for around the clock
		week   map[string][]string
		dates  dates
		start  string
		target string
		pauses [][2]string
		want   string
	}{
		{"around the clock every second counts", "", nil, nil,
			"2026-03-28T23:00:00Z", "8h30m", nil, "2026-03-29T07:30:00Z"},
		{"an offset is only another way to write an instant", "", nil, nil,
			"2026-03-29T01:00:00+02:00", "1h", nil, "2026-03-29T00:00:00Z"},
		{"what is left on Friday goes on on Monday", "Europe/Athens", days(weekdays, "09:00-18:00"), nil,
			"2026-05-15T17:00:00+03:00", "2h", nil, "2026-05-18T10:00:00+03:00"},
		{"a target used up exactly at closing time ends there", "Europe/Athens", days(weekdays, "09:00-18:00"), nil,
			"2026-05-15T17:00:00+03:00", "1h", nil, "2026-05-15T18:00:00+03:00"},
		{"a start before opening waits for it", "Europe/Athens", days(weekdays, "09:00-18:00"), nil,
			"2026-05-17T03:00:00+03:00", "1s", nil, "2026-05-18T09:00:01+03:00"},
		{"a start at closing time finds it closed", "Europe/Athens", days(weekdays, "09:00-18:00"), nil,
			"2026-05-14T18:00:00+03:00", "1m", nil, "2026-05-15T09:01:00+03:00"},
		{"lunch does not count", "Europe/Athens", days(weekdays, "14:00-18:00", "09:00-13:00"), nil,
			"2026-05-14T12:30:00+03:00", "1h", nil, "2026-05-14T14:30:00+03:00"},
		{"a night belongs to the day it starts on", "Europe/Athens", days([]string{"fri"}, "22:00-06:00"), nil,
			"2026-05-15T12:00:00+03:00", "9h", nil, "2026-05-22T23:00:00+03:00"},
		{"a start in the night is inside the period of the day before", "Europe/Athens", days([]string{"fri"}, "22:00-06:00"), nil,
			"2026-05-16T05:00:00+03:00", "1h", nil, "2026-05-16T06:00:00+03:00"},
		{"a period that ends at its start runs a whole day", "Europe/Athens", days([]string{"mon"}, "09:00-09:00"), nil,
			"2026-05-18T00:00:00+03:00", "24h", nil, "2026-05-19T09:00:00+03:00"},
		{"00:00-24:00 is the whole day to its last second", "Europe/Athens", days(everyDay, "00:00-24:00"), nil,
			"2026-05-15T12:00:00+03:00", "240h", nil, "2026-05-25T12:00:00+03:00"},
		{"22:00-24:00 closes at midnight and does not run overnight", "Europe/Athens", days([]string{"mon"}, "22:00-24:00"), nil,
			"2026-05-18T12:00:00+03:00", "2h1s", nil, "2026-05-25T22:00:01+03:00"},
		{"a closed date is closed", "Europe/Athens", days(weekdays, "09:00-18:00"), dates{"2026-12-25": {}},
			"2026-12-24T17:00:00+02:00", "2h", nil, "2026-12-28T10:00:00+02:00"},
		{"a date's periods replace its weekday's", "Europe/Athens", days(weekdays, "09:00-18:00"), dates{"2026-12-24": {"10:00-12:00"}},
			"2026-12-24T08:00:00+02:00", "3h", nil, "2026-12-25T10:00:00+02:00"},
		{"a date may open on a closed weekday", "Europe/Athens", days(weekdays, "09:00-18:00"), dates{"2026-05-16": {"10:00-12:00"}},
			"2026-05-15T18:00:00+03:00", "1h", nil, "2026-05-16T11:00:00+03:00"},
		{"a night still runs out into a closed date", "Europe/Athens", days(everyDay, "22:00-06:00"), dates{"2026-12-25": {}},
			"2026-12-24T23:00:00+02:00", "8h", nil, "2026-12-26T23:00:00+02:00"},
		{"overlapping periods count once", "Europe/Athens", days([]string{"mon"}, "09:00-12:00", "10:00-11:00", "11:00-13:00"), nil,
			"2026-05-18T00:00:00+03:00", "4h", nil, "2026-05-18T13:00:00+03:00"},
		{"a night that overlaps the next morning counts once", "Europe/Athens", days(everyDay, "22:00-10:00", "09:00-12:00"), nil,
			"2026-05-18T22:00:00+03:00", "15h", nil, "2026-05-19T23:00:00+03:00"},

		{"a pause does not count, and others go on behind it", "", nil, nil,
			"2026-05-18T09:00:00Z", "2h", [][2]string{{"2026-05-18T10:00:00Z", "2026-05-18T10:30:00Z"}}, "2026-05-18T11:30:00Z"},
		{"pauses may overlap, touch and come in any order", "", nil, nil,
			"2026-05-18T09:00:00Z", "2h", [][2]string{
				{"2026-05-18T10:30:00Z", "2026-05-18T11:00:00Z"}, {"2026-05-18T10:00:00Z", "2026-05-18T10:30:00Z"},
				{"2026-05-18T10:10:00Z", "2026-05-18T10:20:00Z"}, {"2026-05-18T08:00:00Z", "2026-05-18T09:30:00Z"},
			}, "2026-05-18T12:30:00Z"},
		{"a target used up as a pause begins ends there", "", nil, nil,
			"2026-05-18T09:00:00Z", "1h", [][2]string{{"2026-05-18T10:00:00Z", "2026-05-18T11:00:00Z"}}, "2026-05-18T10:00:00Z"},
		{"a pause without length changes nothing", "", nil, nil,
			"2026-05-18T09:00:00Z", "1h", [][2]string{{"2026-05-18T09:30:00Z", "2026-05-18T09:30:00Z"}}, "2026-05-18T10:00:00Z"},
		{"a pause over closing time takes only open time away", "Europe/Athens", days(weekdays, "09:00-18:00"), nil,
			"2026-05-14T16:00:00+03:00", "3h", [][2]string{{"2026-05-14T17:00:00+03:00", "2026-05-15T10:00:00+03:00"}}, "2026-05-15T12:00:00+03:00"},
		{"pauses far before and far after do not matter", "Europe/Athens", days(weekdays, "09:00-18:00"), nil,
			"2026-05-14T16:00:00+03:00", "1h", [][2]string{{"0001-01-01T00:00:00Z", "0002-01-01T00:00:00Z"}, {"9000-01-01T00:00:00Z", "9999-01-01T00:00:00Z"}}, "2026-05-14T17:00:00+03:00"},

		// Athens goes from 03:00 to 04:00 on 2026-03-29, and from 04:00 back
		// to 03:00 on 2026-10-25.
		{"an opening that is skipped is the jump", "Europe/Athens", days([]string{"sun"}, "03:30-05:00"), nil,
			"2026-03-29T00:00:00+02:00", "1h", nil, "2026-03-29T05:00:00+03:00"},
		{"a closing that is skipped is the jump", "Europe/Athens", days([]string{"sun"}, "02:00-03:30"), nil,
			"2026-03-29T00:00:00+02:00", "1h", nil, "2026-03-29T04:00:00+03:00"},
		{"a period that is skipped whole does not open", "Europe/Athens", days([]string{"sun"}, "03:10-03:50"), nil,
			"2026-03-29T00:00:00+02:00", "40m", nil, "2026-04-05T03:50:00+03:00"},
		{"an ambiguous opening is its first occurrence", "Europe/Athens", days([]string{"sun"}, "03:30-05:00"), nil,
			"2026-10-25T00:00:00+03:00", "30m", nil, "2026-10-25T04:00:00+03:00"},
		{"an ambiguous closing is its second occurrence", "Europe/Athens", days([]string{"sun"}, "02:00-03:30"), nil,
			"2026-10-25T00:00:00+03:00", "2h30m", nil, "2026-10-25T03:30:00+02:00"},
		{"a night over the change is an hour longer", "Europe/Athens", days([]string{"sat"}, "22:00-06:00"), nil,
			"2026-10-24T22:00:00+03:00", "9h", nil, "2026-10-25T06:00:00+02:00"},
		{"a start in the hour that comes twice knows which of them it is in", "Europe/Athens", days([]string{"sun"}, "03:00-04:00"), nil,
			"2026-10-25T03:30:00+02:00", "30m", nil, "2026-10-25T04:00:00+02:00"},
		// Havana falls from 01:00 to 00:00, Sao Paulo fell from 00:00 to 23:00.
		{"an ambiguous midnight at 24:00 is its second", "America/Havana", days([]string{"sat"}, "20:00-24:00"), nil,
			"2026-10-31T20:00:00-04:00", "5h", nil, "2026-11-01T00:00:00-05:00"},
		{"an hour before midnight that comes twice counts twice", "America/Sao_Paulo", days([]string{"sat"}, "22:00-24:00"), nil,
			"2018-02-17T22:00:00-02:00", "3h", nil, "2018-02-18T00:00:00-03:00"},
		// St John's fell from 00:01 to 23:01 of the day before.
		{"midnight may come before the end of the day before", "America/St_Johns", map[string][]string{"sat": {"23:30-24:00"}, "sun": {"00:00-01:00"}}, nil,
			"2009-10-31T23:30:00-02:30", "2h30m", nil, "2009-11-01T01:00:00-03:30"},
		{"a night of the day before yesterday may still be open", "America/St_Johns", map[string][]string{"fri": {"23:59-23:58"}}, nil,
			"2009-11-01T00:00:30-02:30", "10m", nil, "2009-10-31T23:10:30-03:30"},
		// Samoa had no 2011-12-30.
		{"a night of a date that is skipped opens at the jump", "Pacific/Apia", nil, dates{"2011-12-30": {"22:00-06:00"}},
			"2011-12-29T00:00:00-10:00", "6h", nil, "2011-12-31T06:00:00+14:00"},
		{"the hours of a date that is skipped are none", "Pacific/Apia", nil, dates{"2011-12-30": {"09:00-17:00", "00:00-24:00"}, "2012-01-02": {"09:00-17:00"}},
			"2011-12-29T00:00:00-10:00", "1h", nil, "2012-01-02T10:00:00+14:00"},
		{"a night into a date that is skipped ends at the jump", "Pacific/Apia", nil, dates{"2011-12-29": {"22:00-06:00"}, "2012-01-02": {"09:00-17:00"}},
			"2011-12-29T00:00:00-10:00", "2h", nil, "2011-12-31T00:00:00+14:00"},
		// Alaska had its 1867-10-18 twice, all of it.
		{"a date that comes twice is open from its first to its second", "America/Juneau", nil, dates{"1867-10-18": {"16:00-17:00"}},
			"1867-10-17T00:00:00Z", "25h", nil, "1867-10-19T01:57:41Z"},

		{"ten years around the clock are ten years", "", nil, nil,
			"2026-01-01T00:00:00Z", "87648h", nil, "2036-01-01T00:00:00Z"},
		{"fractions of a second are kept", "Europe/Athens", days(weekdays, "09:00-18:00"), nil,
			"2026-05-15T17:00:00.25+03:00", "2h", nil, "2026-05-18T10:00:00.25+03:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var c *Calendar
			if tt.zone != "" {
				c = calendar(t, tt.zone, tt.week, tt.dates)
			}
			target, err := ParseTarget(tt.target)
			if err != nil {
				t.Fatal(err)
			}
			var pauses []Pause
			for _, p := range tt.pauses {
				pauses = append(pauses, Pause{instant(t, p[0]), instant(t, p[1])})
			}
			got, err := c.Deadline(instant(t, tt.start), target, pauses)
			if want := instant(t, tt.want); err != nil || !got.Equal(want) || got.Location() != time.UTC {
				t.Errorf("%v, %v, want %v", got, err, want.UTC())
			}
		})
	}
}

func TestATargetThatCannotBeMetIsRefused(t *testing.T) {
	t.Parallel()
	office := days([]string{"mon"}, "09:00-10:00")
	start := "2026-01-01T00:00:00Z"
	tests := []struct {
		name        string
		week, dates map[string][]string
		start       string
		target      time.Duration
		pauses      []Pause
		want        error
	}{
		{"zero", office, nil, start, 0, nil, ErrTarget},
		{"less than zero", office, nil, start, -time.Second, nil, ErrTarget},
		{"a calendar that never opens", nil, nil, start, time.Second, nil, ErrNever},
		{"a calendar that never opens again", nil, map[string][]string{"2025-12-31": {"09:00-18:00"}}, start, time.Second, nil, ErrNever},
		{"a date beyond ten years", nil, map[string][]string{"2036-01-01": {"00:00-01:00"}}, start, time.Second, nil, ErrNever},
		{"more hours than ten years have", office, nil, start, 523 * time.Hour, nil, ErrNever},
		{"a pause over all of it", office, nil, start, time.Hour, []Pause{{time.Time{}, instant(t, "2036-01-01T00:00:00Z")}}, ErrNever},
		{"a pause that ends before it starts", office, nil, start, time.Hour, []Pause{{instant(t, "2026-01-01T00:00:01Z"), instant(t, start)}}, ErrPause},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := calendar(t, "UTC", tt.week, tt.dates).Deadline(instant(t, tt.start), tt.target, tt.pauses)
			if !errors.Is(err, tt.want) {
				t.Errorf("%v, %v, want %v", got, err, tt.want)
			}
		})
	}
	var always *Calendar
	if got, err := always.Deadline(instant(t, start), 87648*time.Hour+1, nil); !errors.Is(err, ErrNever) {
		t.Errorf("around the clock, a nanosecond more than ten years: %v, %v", got, err)
	}
	if got, err := calendar(t, "UTC", office, nil).Deadline(instant(t, start), 522*time.Hour, nil); err != nil || got.Year() != 2035 {
		t.Errorf("all the hours that ten years have: %v, %v", got, err)
	}
}

func TestACalendarWithAMistakeIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := NewCalendar("Europe/Athens", days(everyDay, "09:00-18:00"), map[string][]string{"2028-02-29": {"22:00-06:00"}}); err != nil {
		t.Fatalf("a good one is refused: %v", err)
	}
	for _, zone := range []string{"", "Local", "Europe/Sparta", "europe/athens", "Europe/", "Europe", "../Europe/Athens", "/usr/share/zoneinfo/UTC", "EET-2EEST", "+02:00", "UTC\x00"} {
		if _, err := NewCalendar(zone, nil, nil); err == nil {
			t.Errorf("zone %q is taken", zone)
		}
	}
	for _, name := range []string{"", "Mon", "monday", "mo", "1"} {
		if _, err := NewCalendar("UTC", map[string][]string{name: nil}, nil); err == nil {
			t.Errorf("weekday %q is taken", name)
		}
	}
	for _, date := range []string{"", "2026-2-3", "2026-02-30", "2027-02-29", "20260203", "26-02-03", "2026-02-03T00:00:00Z", "2026-13-01", "2026-00-10", " 2026-02-03", "+2026-02-03"} {
		if _, err := NewCalendar("UTC", nil, map[string][]string{date: nil}); err == nil {
			t.Errorf("date %q is taken", date)
		}
	}
	for _, period := range []string{"", "9:00-18:00", "09:00-18", "09:00–18:00", "09:00 - 18:00", "24:00-06:00", "09:00-24:01", "09:00-25:00", "09:60-10:00", "09:00-10:60", "0900-1800", "09:00/18:00", "09.00-18.00", "-9:00-18:00", "09:00-18:00 ", "+9:00-18:00", "٠٩:00-18:00"} {
		if _, err := NewCalendar("UTC", map[string][]string{"mon": {period}}, nil); err == nil {
			t.Errorf("period %q is taken", period)
		}
		if _, err := NewCalendar("UTC", nil, map[string][]string{"2026-02-03": {period}}); err == nil {
			t.Errorf("period %q of a date is taken", period)
		}
	}
}

func TestATargetIsWholeHoursMinutesAndSeconds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"8h30m": 8*time.Hour + 30*time.Minute, "90s": 90 * time.Second, "1h1s": time.Hour + time.Second,
		"0s": 0, "008m": 8 * time.Minute, "1h90m": 150 * time.Minute, "2562047h": 2562047 * time.Hour,
	} {
		if got, err := ParseTarget(text); err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "8", "h", "1d", "1.5h", "1h 30m", "30m1h", "1h1h", "-1h", "+1h", "1H", "1ms", "1h30", "1us", " 1h", "1h ", "٣h", "2562048h", "9999999999999999999999h", "9223372036854775807s", "2562047h9999999999h"} {
		if got, err := ParseTarget(text); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}

func TestACalendarKnowsWhenItOpensAndCloses(t *testing.T) {
	t.Parallel()
	office := calendar(t, "Europe/Athens", days(weekdays, "09:00-13:00", "13:00-18:00"), nil)
	tests := []struct {
		name    string
		c       *Calendar
		at      string
		open    bool
		changes string // empty for never
	}{
		{"around the clock it never closes", nil, "2026-05-15T12:00:00Z", true, ""},
		{"all days whole never close either", calendar(t, "Europe/Athens", days(everyDay, "00:00-24:00"), nil), "2026-05-15T12:00:00Z", true, ""},
		{"a calendar without hours never opens", calendar(t, "Europe/Athens", nil, nil), "2026-05-15T12:00:00Z", false, ""},
		{"open until it closes, over periods that touch", office, "2026-05-15T12:00:00+03:00", true, "2026-05-15T18:00:00+03:00"},
		{"open from the very second", office, "2026-05-15T09:00:00+03:00", true, "2026-05-15T18:00:00+03:00"},
		{"closed from the very second", office, "2026-05-15T18:00:00+03:00", false, "2026-05-18T09:00:00+03:00"},
		{"a night closes in the morning", calendar(t, "Europe/Athens", days(everyDay, "22:00-06:00"), nil), "2026-05-15T01:00:00+03:00", true, "2026-05-15T06:00:00+03:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var want time.Time
			if tt.changes != "" {
				want = instant(t, tt.changes)
			}
			open, changes := tt.c.OpenAt(instant(t, tt.at))
			if open != tt.open || !changes.Equal(want) {
				t.Errorf("%v until %v, want %v until %v", open, changes, tt.open, want)
			}
		})
	}
}

func TestBetweenCountsOpenTimeOnly(t *testing.T) {
	t.Parallel()
	office := calendar(t, "Europe/Athens", days(weekdays, "09:00-18:00"), nil)
	friday, monday := instant(t, "2026-05-15T17:00:00+03:00"), instant(t, "2026-05-18T10:00:00.5+03:00")
	if got, want := office.Between(friday, monday), 2*time.Hour+500*time.Millisecond; got != want {
		t.Errorf("from Friday to Monday %v, want %v", got, want)
	}
	if got := office.Between(monday, friday); got != 0 {
		t.Errorf("backwards %v, want 0", got)
	}
	var always *Calendar
	if got, want := always.Between(friday, monday), monday.Sub(friday); got != want {
		t.Errorf("around the clock %v, want %v", got, want)
	}
	if got, want := office.Between(time.Time{}, friday), 100*365*9*time.Hour/7*5; got < want-24*time.Hour || got > want+25*9*time.Hour {
		t.Errorf("from the beginning of time %v, want about %v", got, want)
	}
}

func BenchmarkDeadline(b *testing.B) {
	office := calendar(b, "Europe/Athens", days(weekdays, "09:00-13:00", "14:00-18:00"), map[string][]string{"2026-12-25": {}})
	for _, bb := range []struct {
		name, start string
		target      time.Duration
	}{
		{"weekend", "2026-05-15T17:00:00+03:00", 2 * time.Hour},
		{"same day", "2026-05-14T09:00:00+03:00", 2 * time.Hour},
		{"weekend of the change", "2026-10-23T17:00:00+03:00", 2 * time.Hour},
		{"three days", "2026-05-15T17:00:00+03:00", 24 * time.Hour},
		{"year 2150", "2150-05-15T17:00:00+03:00", 2 * time.Hour},
	} {
		b.Run(bb.name, func(b *testing.B) {
			start := instant(b, bb.start)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := office.Deadline(start, bb.target, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNewCalendar(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		calendar(b, "Europe/Athens", days(weekdays, "09:00-18:00"), nil)
	}
}
