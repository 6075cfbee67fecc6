package fetch_test

import (
	"errors"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/fetch"
)

func stranger() desk.Ticket {
	return desk.Ticket{ID: "thread.1", Version: 3, State: desk.Open, Author: desk.Author{ID: "c1"}, Profile: desk.ProfileWanted, Updated: noon.Add(-time.Minute)}
}

func TestAnAuthorIsIntroducedOnce(t *testing.T) {
	t.Parallel()
	d, asked := &desks{now: noon, ticket: stranger(), raced: 2}, &network{author: desk.Author{ID: "another form of c1", Name: words}}
	f := d.open(t, asked, nil)
	if err := f.Job(t.Context(), fetch.Job{Ticket: "thread.1"}); err != nil {
		t.Fatal(err)
	}
	if len(d.wrote) != 1 || d.wrote[0].What != desk.Introduced || d.wrote[0].Version != 6 || !d.wrote[0].At.Equal(noon) || d.ticket.Author.ID != "c1" || d.ticket.Author.Name != words {
		t.Errorf("wrote %+v, the author is %+v", d.wrote, d.ticket.Author)
	}
	if line, _ := d.line(t, f.Metrics); line["outcome"] != "introduced" || line["ticket"] != "thread.1" {
		t.Errorf("the line is %v", line)
	}
	if err := f.Job(t.Context(), fetch.Job{Ticket: "thread.1"}); err != nil || asked.asked != 1 || len(d.wrote) != 1 {
		t.Errorf("by the second nudge: %v, asked %d times, wrote %+v", err, asked.asked, d.wrote)
	}
}

func TestWhoIsKnownFromAnotherTicketIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	known := func(at time.Time, change func(*desk.Ticket)) desk.Ticket {
		other := stranger()
		other.ID, other.Profile, other.Author.Name, other.Author.Told = "other.1", "", "Malee of before", at
		change(&other)
		return other
	}
	for name, tt := range map[string]struct {
		other desk.Ticket
		asks  bool
	}{
		"a moment ago":          {known(noon.Add(-time.Minute), func(*desk.Ticket) {}), false},
		"almost too long ago":   {known(noon.Add(time.Second-desk.CardLasts), func(*desk.Ticket) {}), false},
		"too long ago":          {known(noon.Add(-desk.CardLasts), func(*desk.Ticket) {}), true},
		"of another account":    {known(noon.Add(-time.Minute), func(t *desk.Ticket) { t.Account = "another" }), true},
		"of another platform":   {known(noon.Add(-time.Minute), func(t *desk.Ticket) { t.Platform = "another" }), true},
		"and was never told of": {known(time.Time{}, func(*desk.Ticket) {}), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, asked := &desks{now: noon, ticket: stranger(), others: []desk.Ticket{tt.other}}, &network{author: desk.Author{Name: "Malee of now"}}
			f := d.open(t, asked, nil)
			if err := f.Job(t.Context(), fetch.Job{Ticket: "thread.1"}); err != nil {
				t.Fatal(err)
			}
			who, want, told := d.ticket.Author, "Malee of before", tt.other.Author.Told
			if tt.asks {
				want, told = "Malee of now", noon
			}
			if (asked.asked == 1) != tt.asks || who.Name != want || !who.Told.Equal(told) || d.ticket.Profile != "" {
				t.Errorf("asked %d times, the author is %+v", asked.asked, who)
			}
		})
	}
}

func TestAnAuthorWhoStaysUnknownHoldsNothingUp(t *testing.T) {
	t.Parallel()
	over := stranger()
	over.State = desk.Closed
	for name, tt := range map[string]struct {
		ticket  desk.Ticket
		job     fetch.Job
		sender  any
		unknown error
		outcome string
		put     int
	}{
		"they rather not tell":             {stranger(), fetch.Job{}, &network{err: failure(desk.SendUnreachable, 0)}, nil, "no profile", 0},
		"a bad token":                      {stranger(), fetch.Job{}, &network{err: failure(desk.SendAuth, 0)}, nil, "no profile", 0},
		"not now":                          {stranger(), fetch.Job{}, &network{err: failure(desk.SendRetry, 0)}, nil, "deferred", 1},
		"not for twenty minutes":           {stranger(), fetch.Job{Since: noon.Add(-20 * time.Minute)}, &network{err: failure(desk.SendRetry, 0)}, nil, "no profile", 0},
		"an account that no entry names":   {stranger(), fetch.Job{}, nil, errors.New("no account"), "no profile", 0},
		"a platform that can't be asked":   {stranger(), fetch.Job{}, mute{}, nil, "no profile", 0},
		"a ticket that is over":            {over, fetch.Job{}, &network{}, nil, "nothing", 0},
		"a ticket that there is no longer": {desk.Ticket{ID: "another.1"}, fetch.Job{}, &network{}, nil, "gone", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &desks{now: noon, ticket: tt.ticket}
			f := d.open(t, tt.sender, tt.unknown)
			tt.job.Ticket = "thread.1"
			if err := f.Job(t.Context(), tt.job); err != nil || len(d.put) != tt.put || len(d.wrote) > 0 || len(d.inbound) > 0 {
				t.Errorf("%v, put off %v, wrote %v", err, d.put, d.wrote)
			}
			if line, _ := d.line(t, f.Metrics); line["outcome"] != tt.outcome {
				t.Errorf("the line is %v", line)
			}
		})
	}
}

func TestATableThatFailsSendsTheTicketBack(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]*desks{
		"reading":                          {now: noon, ticket: stranger(), broken: errors.New("broken")},
		"a ticket that never stands still": {now: noon, ticket: stranger(), raced: 100},
	} {
		f := d.open(t, &network{}, nil)
		if err := f.Job(t.Context(), fetch.Job{Ticket: "thread.1"}); err == nil || len(d.wrote) > 0 {
			t.Errorf("%s: %v, wrote %v", name, err, d.wrote)
		}
	}
}
