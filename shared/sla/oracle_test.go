package sla

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// The oracle knows no arithmetic. It looks at a clock on the wall at every
// minute around the start, writes down when each wall time was seen, and counts
// the target down second by second. It shares nothing with the product but what
// the time package says an instant reads on that wall.
type oracle struct {
	zone    *time.Location
	minutes []int64 // instants, Unix time
	walls   []int64 // what the wall clock read then, as if it were UTC
}

// How far around a start the oracle looks, in days.
const (
	oracleBefore = 4
	oracleAfter  = 13
)

func newOracle(zone *time.Location, start time.Time) oracle {
	o := oracle{zone: zone}
	first := start.Unix()/60*60 - oracleBefore*day
	for at := first; at < start.Unix()+oracleAfter*day; at += 60 {
		l := time.Unix(at, 0).In(zone)
		o.minutes = append(o.minutes, at)
		o.walls = append(o.walls, time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), 0, 0, time.UTC).Unix())
	}
	return o
}

// seen returns the instants at which a wall time was first and last seen, or
// twice the jump at which it was skipped; ok is false for what is out of sight.
func (o oracle) seen(wall int64) (first, last int64, ok bool) {
	for i, w := range o.walls {
		if w == wall {
			if !ok {
				first, ok = o.minutes[i], true
			}
			last = o.minutes[i]
		}
	}
	for i := 1; !ok && i < len(o.walls); i++ {
		if o.walls[i-1] < wall && wall < o.walls[i] {
			return o.minutes[i], o.minutes[i], true
		}
	}
	return first, last, ok
}

// open returns for each second from start on whether week and dates have it open.
func (o oracle) open(start time.Time, week, dates map[string][]string) []bool {
	seconds := make([]bool, (oracleAfter-3)*day)
	names := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	for date := start.UTC().AddDate(0, 0, -3).Truncate(day * time.Second); date.Before(start.AddDate(0, 0, oracleAfter-2)); date = date.AddDate(0, 0, 1) {
		periods, ok := dates[date.Format("2006-01-02")]
		if !ok {
			periods = week[names[date.Weekday()]]
		}
		for _, p := range periods {
			var h1, m1, h2, m2 int64
			if _, err := fmt.Sscanf(p, "%d:%d-%d:%d", &h1, &m1, &h2, &m2); err != nil {
				panic(err) // the test made it up wrongly
			}
			opens, closes := date.Unix()+h1*3600+m1*60, date.Unix()+h2*3600+m2*60
			if p[6:] <= p[:5] {
				closes += day
			}
			from, _, ok1 := o.seen(opens)
			_, to, ok2 := o.seen(closes)
			if !ok1 || !ok2 {
				continue
			}
			for s := max(from-start.Unix(), 0); s < min(to-start.Unix(), int64(len(seconds))); s++ {
				seconds[s] = true
			}
		}
	}
	return seconds
}

// deadline counts the target down; false when it is not used up in sight.
func (o oracle) deadline(start time.Time, seconds []bool, target time.Duration, pauses []Pause) (time.Time, bool) {
	left := int64(target / time.Second)
	for s, open := range seconds {
		if left == 0 {
			return start.Add(time.Duration(s) * time.Second), true
		}
		at := start.Add(time.Duration(s) * time.Second)
		for _, p := range pauses {
			open = open && (at.Before(p.From) || !at.Before(p.To))
		}
		if open {
			left--
		}
	}
	return time.Time{}, false
}

// A situation is a made-up calendar and a target on it.
type situation struct {
	zone        string
	week, dates map[string][]string
	start       time.Time
	target      time.Duration
	pauses      []Pause
}

// changes are instants near which a zone does something worth a test.
var changes = []struct{ zone, at string }{
	{"Europe/Athens", "2026-03-29T01:00:00Z"},
	{"Europe/Athens", "2026-10-25T01:00:00Z"},
	{"Europe/Athens", "2150-03-29T01:00:00Z"},
	{"Europe/Madrid", "2028-12-31T12:00:00Z"}, // the last day of a leap year
	{"Asia/Bangkok", "2026-01-01T00:00:00Z"},
	{"America/Havana", "2026-11-01T05:00:00Z"},
	{"America/Sao_Paulo", "2018-02-18T02:00:00Z"},
	{"America/Sao_Paulo", "2018-11-04T03:00:00Z"}, // midnight is skipped
	{"America/St_Johns", "2009-11-01T02:31:00Z"},
	{"America/Santiago", "2027-04-04T03:00:00Z"},
	{"Australia/Lord_Howe", "2026-04-04T15:00:00Z"}, // half an hour
	{"Antarctica/Troll", "2027-03-28T01:00:00Z"},    // two hours
	{"Africa/Casablanca", "2026-02-15T02:00:00Z"},
	{"Pacific/Apia", "2011-12-30T10:00:00Z"},
	{"Pacific/Kwajalein", "1993-08-21T12:00:00Z"},
	{"Asia/Kathmandu", "1985-12-31T18:30:00Z"}, // a quarter of an hour
	{"UTC", "2028-02-29T00:00:00Z"},
}

func made(r *rand.Rand, zone string, near time.Time) situation {
	wall := func() string {
		return fmt.Sprintf("%02d:%02d", r.IntN(24), []int{0, 0, 1, 15, 30, 59, r.IntN(60)}[r.IntN(7)])
	}
	period := func() string {
		switch r.IntN(8) {
		case 0:
			return "00:00-24:00"
		case 1:
			return wall() + "-24:00"
		case 2:
			return "22:00-06:00"
		case 3, 4: // where most clocks change
			hour := r.IntN(4)
			return fmt.Sprintf("%02d:%02d-%02d:%02d", hour, r.IntN(4)*15, hour+r.IntN(2), r.IntN(4)*15)
		default:
			return wall() + "-" + wall()
		}
	}
	periods := func() []string {
		list := make([]string, r.IntN(4))
		for i := range list {
			list[i] = period()
		}
		return list
	}
	c := situation{zone: zone, week: map[string][]string{}, dates: map[string][]string{}}
	c.start = near.Add(time.Duration(r.IntN(5*day)-4*day) * time.Second).UTC()
	for _, name := range everyDay {
		if r.IntN(6) > 0 {
			c.week[name] = periods()
		}
	}
	for range r.IntN(4) {
		c.dates[near.AddDate(0, 0, r.IntN(9)-4).Format("2006-01-02")] = periods()
	}
	for range r.IntN(4) {
		from := c.start.Add(time.Duration(r.IntN(6*day)-day) * time.Second)
		c.pauses = append(c.pauses, Pause{from, from.Add(time.Duration([]int{0, 1, 60, 3600, r.IntN(2 * day)}[r.IntN(5)]) * time.Second)})
	}
	c.target = time.Duration([]int{1, 60, 3600, 8 * 3600, 1 + r.IntN(day), 1 + r.IntN(5*day)}[r.IntN(6)]) * time.Second
	return c
}

// check compares the product with the oracle, and reports whether the oracle
// had an answer.
func check(t *testing.T, c situation) bool {
	t.Helper()
	product := calendar(t, c.zone, c.week, c.dates)
	o := newOracle(product.Zone(), c.start)
	seconds := o.open(c.start, c.week, c.dates)
	want, ok := o.deadline(c.start, seconds, c.target, c.pauses)
	if !ok {
		return false
	}
	got, err := product.Deadline(c.start, c.target, c.pauses)
	if err != nil || !got.Equal(want) {
		t.Errorf("%+v: %v, %v, want %v", c, got, err, want)
	}
	var sum time.Duration
	for s := range int64(want.Sub(c.start) / time.Second) {
		if seconds[s] {
			sum += time.Second
		}
	}
	if got := product.Between(c.start, want); got != sum {
		t.Errorf("%+v: %v open until %v, want %v", c, got, want, sum)
	}
	now := int(want.Sub(c.start) / time.Second)
	open, until := product.OpenAt(want)
	if open != seconds[now] {
		t.Errorf("%+v: open at %v is %v", c, want, open)
	}
	for s := now; s < len(seconds); s++ {
		if seconds[s] != open {
			if then := c.start.Add(time.Duration(s) * time.Second); !until.Equal(then) {
				t.Errorf("%+v: open (%v) at %v until %v, want %v", c, open, want, until, then)
			}
			break
		}
	}
	return true
}

func TestDeadlinesAreThoseThatSomebodyCountsOnAWallClock(t *testing.T) {
	t.Parallel()
	rounds := 20
	if testing.Short() {
		rounds = 4
	}
	for i, change := range changes {
		t.Run(change.zone+" "+change.at, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, uint64(i)))
			answered := 0
			for range rounds {
				if check(t, made(r, change.zone, instant(t, change.at))) {
					answered++
				}
			}
			if answered < rounds/2 {
				t.Errorf("only %d of %d cases were answered by the oracle", answered, rounds)
			}
		})
	}
}

func FuzzDeadline(f *testing.F) {
	for i := range changes {
		f.Add(uint64(i), uint8(i), int32(0))
	}
	f.Fuzz(func(t *testing.T, seed uint64, change uint8, shift int32) {
		near := changes[int(change)%len(changes)]
		at := instant(t, near.at).Add(time.Duration(shift%(40*365*24)) * time.Hour)
		if at.Year() < 1975 { // the oracle reads minutes, offsets had seconds
			return
		}
		check(t, made(rand.New(rand.NewPCG(seed, 0)), near.zone, at))
	})
}

func FuzzPeriod(f *testing.F) {
	for _, text := range []string{"09:00-18:00", "22:00-06:00", "00:00-24:00", "24:00-24:00", "9:00-18:00", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePeriod(text)
		if err != nil {
			return
		}
		if p.opens < 0 || p.opens >= day || p.closes <= p.opens || p.closes > p.opens+day {
			t.Errorf("%q opens %d and closes %d", text, p.opens, p.closes)
		}
		write := func(s int64) string { return fmt.Sprintf("%02d:%02d", s/3600, s/60%60) }
		overnight := write(p.opens) + "-" + write(p.closes%day)
		if plain := write(p.opens) + "-" + write(p.closes); plain != text && (overnight != text || p.closes < day) {
			t.Errorf("%q is read as %s or %s", text, plain, overnight)
		}
	})
}

func FuzzTarget(f *testing.F) {
	for _, text := range []string{"8h30m", "90s", "0s", "1d", "9999999999999999999h"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseTarget(text)
		if err != nil {
			return
		}
		// What we take, Go's own more lenient parser takes for the same.
		if want, err := time.ParseDuration(text); err != nil || got != want {
			t.Errorf("%q: %v, want %v (%v)", text, got, want, err)
		}
	})
}
