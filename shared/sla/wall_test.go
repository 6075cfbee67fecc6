package sla

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestTheFirstInstantOfAWallTimeIsTheFirstAtWhichClocksHaveComeToIt(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(20261122, 7))
	for _, zone := range []string{"UTC", "Europe/Athens", "America/Havana", "Australia/Lord_Howe", "Asia/Bangkok", "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia"} {
		w, err := NewWallClock(zone)
		if err != nil {
			t.Fatal(err)
		}
		check := func(date time.Time, tod time.Duration) {
			t.Helper()
			wall := date.Add(tod)
			// Every zone's day begins within 16 hours of that of UTC; none of these
			// has shifted by less than minutes since 2000.
			at := wall.Add(-16 * time.Hour)
			for shown(w, at).Before(wall) {
				at = at.Add(time.Minute)
			}
			if got := w.First(date, tod); !got.Equal(at) {
				t.Errorf("%s: the clocks first show %s at %s, it says %s", zone, wall.Format(time.DateTime), at, got)
			}
		}
		for range 60 {
			date := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, random.IntN(40*365))
			check(date, time.Duration(random.IntN(24*60))*time.Minute)
		}
		// Around each change of the clocks in two years.
		for at := time.Date(2010, 12, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2013; {
			_, next := at.In(w.Zone()).ZoneBounds()
			if next.IsZero() {
				break
			}
			if !next.After(at) { // as it says on the last day of a leap year
				at = at.AddDate(0, 0, 1)
				continue
			}
			for _, minutes := range []int{-90, -30, -1, 0, 1, 30, 59, 60, 90} {
				wall := shown(w, next).Add(time.Duration(minutes) * time.Minute)
				midnight := wall.Truncate(24 * time.Hour)
				check(midnight, wall.Sub(midnight))
			}
			at = next
		}
	}
}

// shown is what the clocks show at an instant, as if it were UTC.
func shown(w *WallClock, at time.Time) time.Time {
	_, offset := at.In(w.Zone()).Zone()
	return at.UTC().Add(time.Duration(offset) * time.Second)
}

func TestATimeOfDayIsOfFiveCharacters(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"00:00": 0, "09:30": 9*time.Hour + 30*time.Minute, "23:59": 24*time.Hour - time.Minute} {
		if got, err := ParseTimeOfDay(text); err != nil || got != want {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "9:30", "09:60", "24:00", "09-30", "09:3x", "09:30:00", "０9:3"} {
		if got, err := ParseTimeOfDay(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
	if _, err := NewWallClock("Europe/Sparta"); err == nil {
		t.Error("there is a zone Europe/Sparta")
	}
}
