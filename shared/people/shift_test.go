package people_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/sla"
)

// directory has one member, as given.
func directory(m people.Member) people.Directory {
	return people.NewDirectory([]people.Member{m}, nil, nil)
}

// at reads an instant such as "2026-11-23 09:00" by the wall clock of a zone.
func at(t *testing.T, zone, wall string) time.Time {
	t.Helper()
	location, err := sla.LoadZone(zone)
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", wall, location)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestSomebodyWorksByTheirShiftsUnlessTheyAreAway(t *testing.T) {
	t.Parallel()
	const athens = "Europe/Athens"
	office := people.Week{"mon": {"09:00-13:00", "14:00-18:00"}, "fri": {"22:00-06:00"}}
	away := func(since, until string) people.Presence {
		p := people.Presence{Away: true, Since: at(t, athens, since)}
		if until != "" {
			p.Until = at(t, athens, until)
		}
		return p
	}
	for _, tt := range []struct {
		name   string
		member people.Member
		when   string
		want   bool
	}{
		{"whoever has no shifts always works", people.Member{}, "2026-11-22 03:00", true},
		{"a shift begins with its first minute", people.Member{Zone: athens, Shifts: office}, "2026-11-23 09:00", true},
		{"and not before", people.Member{Zone: athens, Shifts: office}, "2026-11-23 08:59", false},
		{"lunch is no shift", people.Member{Zone: athens, Shifts: office}, "2026-11-23 13:30", false},
		{"a shift ends with its last minute", people.Member{Zone: athens, Shifts: office}, "2026-11-23 18:00", false},
		{"a night shift goes on over midnight", people.Member{Zone: athens, Shifts: office}, "2026-11-28 05:59", true},
		{"and ends", people.Member{Zone: athens, Shifts: office}, "2026-11-28 06:00", false},
		{"hours are those of the member's own zone", people.Member{Zone: "Asia/Bangkok", Shifts: office}, "2026-11-23 09:00", true}, // 14:00 there
		{"and so they are over when it is still day elsewhere", people.Member{Zone: "Asia/Bangkok", Shifts: office}, "2026-11-23 13:30", false},
		{"who is away does not work on their shift", people.Member{Zone: athens, Shifts: office, Presence: away("2026-11-23 09:00", "")}, "2026-11-23 10:00", false},
		{"who comes back by themselves does", people.Member{Zone: athens, Shifts: office, Presence: away("2026-11-23 09:00", "2026-11-23 10:00")}, "2026-11-23 10:00", true},
		{"but not before", people.Member{Zone: athens, Shifts: office, Presence: away("2026-11-23 09:00", "2026-11-23 10:00")}, "2026-11-23 09:59", false},
		{"and only on their shift", people.Member{Zone: athens, Shifts: office, Presence: away("2026-11-23 09:00", "2026-11-23 10:00")}, "2026-11-23 13:30", false},
		{"who will be away later works until then", people.Member{Presence: away("2026-11-23 09:00", "")}, "2026-11-23 08:59", true},
		{"who has left never works", people.Member{Left: true}, "2026-11-23 10:00", false},
		{"on the night that clocks go back a shift is an hour longer", people.Member{Zone: athens, Shifts: people.Week{"sat": {"22:00-03:30"}}}, "2026-10-25 03:29", true},
		{"on the day that clocks go forward the shift begins where the hour is skipped", people.Member{Zone: athens, Shifts: people.Week{"sun": {"03:30-05:00"}}}, "2026-03-29 04:00", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.member.ID = "ann"
			when := at(t, athens, tt.when)
			for _, d := range []people.Directory{directory(tt.member), {Members: map[string]people.Member{"ann": tt.member}}} {
				if got := d.On(tt.member, when); got != tt.want {
					t.Errorf("at %s they are on: %v", when, got)
				}
				if on := d.OnShift(when); len(on) == 1 != tt.want {
					t.Errorf("at %s on shift are %v", when, on)
				}
			}
		})
	}
	// The second half past three of the night on which clocks go back.
	m := people.Member{Zone: athens, Shifts: people.Week{"sat": {"22:00-03:30"}}}
	second := at(t, athens, "2026-10-25 02:59").Add(91 * time.Minute)
	if d := directory(m); !d.On(m, second.Add(-time.Minute-time.Second)) || d.On(m, second.Add(time.Minute)) {
		t.Errorf("the shift does not end at %s", second)
	}
}

func TestADirectoryMayBeAskedByManyAtOnce(t *testing.T) {
	t.Parallel()
	var members []people.Member
	for n := range 20 {
		members = append(members, people.Member{ID: fmt.Sprintf("p%02d", n), Zone: "Europe/Athens", Shifts: people.Week{"mon": {fmt.Sprintf("%02d:00-%02d:00", n, n+1)}}})
	}
	d := people.NewDirectory(members, nil, []people.Rota{weekly})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for hour := range 20 {
				when := at(t, "Europe/Athens", fmt.Sprintf("2026-11-23 %02d:30", hour))
				if on := d.OnShift(when); len(on) != 1 || on[0].ID != fmt.Sprintf("p%02d", hour) {
					t.Errorf("at %s on shift are %v", when, on)
				}
				d.RotaAt("weekly", when)
			}
		})
	}
	wg.Wait()
}

var weekly = people.Rota{ID: "weekly", Name: "Weekly", Zone: "Europe/Athens", Start: "2026-11-23", Handover: "09:00", Turn: 7, Members: []string{"ann", "bo", "cy"}}

// staff is a directory with ann, bo and cy, and the rota.
func staff(r people.Rota) people.Directory {
	return people.NewDirectory([]people.Member{{ID: "ann"}, {ID: "bo"}, {ID: "cy"}}, nil, []people.Rota{r})
}

func TestARotaGoesRoundByTheWallClock(t *testing.T) {
	t.Parallel()
	nights := weekly
	nights.Hours = people.Week{"mon": {"18:00-09:00"}, "sat": {"00:00-24:00"}}
	swapped := weekly
	swapped.Overrides = []people.Override{{From: at(t, "Europe/Athens", "2026-11-24 00:00"), To: at(t, "Europe/Athens", "2026-11-25 00:00"), Who: "cy"}}
	nightsSwapped := nights
	nightsSwapped.Overrides = swapped.Overrides
	late := weekly // handed over in the hour that clocks show twice, or never
	late.Handover, late.Turn, late.Start = "03:30", 1, "2026-10-24"
	early := late
	early.Start = "2026-03-28"
	for _, tt := range []struct {
		name string
		rota people.Rota
		when string
		want string
	}{
		{"nobody is on duty before its start", weekly, "2026-11-23 08:59", ""},
		{"the first begins", weekly, "2026-11-23 09:00", "ann"},
		{"the turn lasts", weekly, "2026-11-30 08:59", "ann"},
		{"the next takes over", weekly, "2026-11-30 09:00", "bo"},
		{"after the last comes the first", weekly, "2026-12-14 09:00", "ann"},
		{"it goes on for years, by summer time too", weekly, "2029-07-16 09:00", "ann"},
		{"until the minute", weekly, "2029-07-16 08:59", "cy"},
		{"outside of its hours nobody is", nights, "2026-11-23 12:00", ""},
		{"within them it is whose turn it is", nights, "2026-11-24 08:59", "ann"},
		{"the one of an override goes first", swapped, "2026-11-24 12:00", "cy"},
		{"until its end", swapped, "2026-11-25 00:00", "ann"},
		{"outside of the rota's hours too", nightsSwapped, "2026-11-24 12:00", "cy"},
		{"a handover in the hour shown twice is at the first", late, "2026-10-25 03:30", "bo"},
		{"a handover that clocks skip is at the jump", early, "2026-03-29 04:00", "bo"},
		{"and not before", early, "2026-03-29 02:59", "ann"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, ok := staff(tt.rota).RotaAt("weekly", at(t, "Europe/Athens", tt.when)); got != tt.want || ok != (tt.want != "") {
				t.Errorf("on duty is %q, %v", got, ok)
			}
		})
	}
	shownTwice := at(t, "Europe/Athens", "2026-10-25 02:59").Add(time.Minute) // 03:00, for the first time
	for minute, want := range map[int]string{0: "ann", 29: "ann", 30: "bo", 59: "bo", 60: "bo", 89: "bo", 90: "bo", 119: "bo"} {
		if got, _ := staff(late).RotaAt("weekly", shownTwice.Add(time.Duration(minute)*time.Minute)); got != want {
			t.Errorf("%d minutes into the hour that comes twice, %s is on duty", minute, got)
		}
	}
	if who, ok := staff(weekly).RotaAt("daily", shownTwice); ok {
		t.Errorf("%q is on duty on a rota that there is not", who)
	}
}

func TestATurnIsFoundHoweverFarItIsFromTheFirst(t *testing.T) {
	t.Parallel()
	// It is reckoned: who went through every turn between would never be done with
	// so many questions.
	for _, tt := range []struct{ start, at string }{{"2026-01-05", "9998-12-30"}, {"0001-01-05", "2026-11-23"}} {
		at, err := time.Parse(time.DateOnly, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		start, err := time.Parse(time.DateOnly, tt.start)
		if err != nil {
			t.Fatal(err)
		}
		d := people.NewDirectory([]people.Member{{ID: "a"}, {ID: "b"}}, nil,
			[]people.Rota{{ID: "r", Zone: "UTC", Start: tt.start, Handover: "00:00", Turn: 1, Members: []string{"a", "b"}}})
		want := []string{"a", "b"}[(at.Unix()-start.Unix())/86400%2]
		for n := range 2000 {
			who, _ := d.RotaAt("r", at.AddDate(0, 0, 2*(n%3)))
			if who != want {
				t.Fatalf("%s on duty at %s since %s, want %s", who, tt.at, tt.start, want)
			}
		}
	}
}

func TestWhoHasLeftIsOnDutyNoMore(t *testing.T) {
	t.Parallel()
	r := weekly
	r.Overrides = []people.Override{{From: at(t, "UTC", "2026-12-08 00:00"), To: at(t, "UTC", "2026-12-09 00:00"), Who: "bo"}}
	d := people.NewDirectory([]people.Member{{ID: "ann"}, {ID: "bo", Left: true}, {ID: "cy"}}, nil, []people.Rota{r})
	for when, want := range map[string]string{"2026-11-24 12:00": "ann", "2026-12-01 12:00": "cy", "2026-12-08 12:00": "cy", "2026-12-15 12:00": "ann"} {
		if got, _ := d.RotaAt("weekly", at(t, "UTC", when)); got != want {
			t.Errorf("at %s %q is on duty, want %s", when, got, want)
		}
	}
	empty := people.NewDirectory([]people.Member{{ID: "bo", Left: true}}, nil, []people.Rota{r})
	if who, ok := empty.RotaAt("weekly", at(t, "UTC", "2026-12-01 12:00")); ok {
		t.Errorf("%q is on duty where all have left", who)
	}
}

// A rota is made at random and asked at random, and beside the changes of its zone's
// clocks, over years. What it says is held to a count of handovers that knows no
// zones' rules but what its clocks show.
func TestOfARotaExactlyOneIsOnDuty(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 20261122))
	zones := []string{"Europe/Athens", "America/Havana", "Australia/Lord_Howe", "Asia/Bangkok", "America/Sao_Paulo", "America/New_York"}
	for range 30 {
		zone := zones[random.IntN(len(zones))]
		location, err := sla.LoadZone(zone)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Date(2015+random.IntN(4), time.Month(1+random.IntN(12)), 1+random.IntN(28), 0, 0, 0, 0, time.UTC)
		handover := time.Duration(random.IntN(24*4)) * 15 * time.Minute
		if random.IntN(2) == 0 { // in the small hours, when clocks change
			handover = time.Duration(random.IntN(4*4)) * 15 * time.Minute
		}
		r := people.Rota{
			ID: "r", Zone: zone, Start: start.Format(time.DateOnly), Handover: fmt.Sprintf("%02d:%02d", int(handover.Hours()), int(handover.Minutes())%60),
			Turn: 1 + random.IntN(10),
		}
		for n := range 1 + random.IntN(5) {
			r.Members = append(r.Members, fmt.Sprint("p", n))
		}
		d := withRota(r)
		var asked []time.Time
		first := start.Add(-24 * time.Hour)
		for range 50 {
			asked = append(asked, first.Add(time.Duration(random.Int64N(int64(5*365*24*time.Hour)))))
		}
		for change := first.In(location); len(asked) < 400; {
			_, next := change.ZoneBounds()
			if next.IsZero() || next.Sub(first) > 5*365*24*time.Hour {
				break
			}
			if !next.After(change) { // as it says on the last day of a leap year
				change = change.AddDate(0, 0, 1)
				continue
			}
			for range 10 {
				asked = append(asked, next.Add(time.Duration(random.IntN(6*60)-3*60)*time.Minute))
			}
			change = next
		}
		for n, when := range asked {
			turn := turnsOver(r, start, handover, location, when)
			who, ok := d.RotaAt("r", when)
			switch {
			case turn < 0 && ok:
				t.Errorf("%+v: %s is on duty at %s, before the start", r, who, when)
			case turn >= 0 && (!ok || who != r.Members[turn%len(r.Members)]):
				t.Errorf("%+v: at %s it is turn %d and %q is on duty, %v", r, when, turn, who, ok)
			}
			if n%10 > 0 {
				continue
			}
			r := r
			from := when.Add(-time.Duration(random.IntN(3)) * time.Hour)
			r.Overrides = []people.Override{{From: from, To: from.Add(time.Hour), Who: "somebody"}}
			with, ok := withRota(r).RotaAt("r", when)
			if within := when.Before(from.Add(time.Hour)); within != (with == "somebody") || !within && with != who || within && !ok {
				t.Errorf("%+v: with an override, %q is on duty at %s", r, with, when)
			}
		}
	}
}

func withRota(r people.Rota) people.Directory {
	members := []people.Member{{ID: "somebody"}}
	for _, id := range r.Members {
		members = append(members, people.Member{ID: id})
	}
	return people.NewDirectory(members, nil, []people.Rota{r})
}

// turnsOver counts the turns that were over at an instant, -1 before the first, by
// looking at the clock alone: a date's handover has come once the clock has shown
// its time, or a later one, of that date.
func turnsOver(r people.Rota, start time.Time, handover time.Duration, zone *time.Location, when time.Time) int {
	var shown time.Time                                                  // the latest that the clocks have shown so far
	for at := when.Add(-4 * time.Hour); ; at = at.Add(5 * time.Minute) { // handovers are on the quarter
		if at.After(when) {
			at = when
		}
		_, offset := at.In(zone).Zone()
		if now := at.UTC().Add(time.Duration(offset) * time.Second); now.After(shown) {
			shown = now
		}
		if at.Equal(when) {
			break
		}
	}
	over := -1
	for date := start; !date.Add(handover).After(shown); date = date.AddDate(0, 0, r.Turn) {
		over++
	}
	return over
}

func TestALoadIsWhatWaitsForTheDesk(t *testing.T) {
	t.Parallel()
	tickets := []desk.Ticket{
		{State: desk.Open, Severity: desk.Critical, Disposition: desk.NeedsAnswer},
		{State: desk.Open, Severity: desk.High, Disposition: desk.NeedsAnswer},
		{State: desk.New, Severity: desk.Low, Disposition: desk.NeedsAnswer},
		{State: desk.Open, Severity: desk.Low, Disposition: desk.NeedsNone},
		{State: desk.Waiting, Severity: desk.Critical, Disposition: desk.NeedsAnswer},
		{State: desk.OnHold, Disposition: desk.NeedsAnswer},
		{State: desk.Solved, Disposition: desk.NeedsAnswer},
	}
	var cards []desk.Card
	for _, ticket := range tickets {
		cards = append(cards, ticket.Card())
	}
	if load, of := people.Load(tickets), people.LoadOfCards(cards); load != 4 || of != 4 {
		t.Errorf("the load is %d, that of their cards %d", load, of)
	}
	for _, tt := range []struct {
		capacity    people.Capacity
		weight      int
		room, takes bool
	}{
		{people.Capacity{}, 2, true, true},
		{people.Capacity{Soft: 5}, 1, true, true},
		{people.Capacity{Soft: 5}, 2, false, true},
		{people.Capacity{Soft: 5, Hard: 6}, 2, false, true},
		{people.Capacity{Soft: 5, Hard: 5}, 2, false, false},
		{people.Capacity{Hard: 5}, 2, false, false},
		{people.Capacity{Hard: 5}, 1, true, true},
	} {
		if room, takes := tt.capacity.Room(4, tt.weight), tt.capacity.Takes(4, tt.weight); room != tt.room || takes != tt.takes {
			t.Errorf("%+v with a load of 4 has room for %d: %v, takes it: %v", tt.capacity, tt.weight, room, takes)
		}
	}
}

func TestADifferenceIsToldFieldByField(t *testing.T) {
	t.Parallel()
	was := people.Member{ID: "ann", Name: "Ann", Teams: []string{"a"}, Version: 3, Changed: time.Unix(1, 0), Zone: "UTC"}
	is := was
	is.Version, is.Changed, is.Zone = 4, time.Unix(2, 0), ""
	is.Teams, is.Capacity = []string{"a", "b"}, people.Capacity{Hard: 3}
	want := []people.Field{{Name: "capacity", Is: `{"hard":3}`}, {Name: "teams", Was: `["a"]`, Is: `["a","b"]`}, {Name: "zone", Was: `"UTC"`}}
	if got := people.Diff(was, is); !slices.Equal(got, want) {
		t.Errorf("the difference is %v", got)
	}
	if got := people.Diff(nil, people.Team{ID: "a", Name: "A"}); !slices.Equal(got, []people.Field{{Name: "id", Is: `"a"`}, {Name: "name", Is: `"A"`}}) {
		t.Errorf("something new differs by %v", got)
	}
	if got := people.Diff(people.Team{ID: "a", Name: "A"}, nil); len(got) != 2 || got[0].Is != "" {
		t.Errorf("what is gone differs by %v", got)
	}
	if got := people.Diff(was, was); len(got) != 0 {
		t.Errorf("the same differs by %v", got)
	}
}
