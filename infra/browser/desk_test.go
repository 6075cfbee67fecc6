package browser_test

import (
	"net/http"
	"testing"
	"time"

	"example.com/skala/infra/localtest"
)

// A desk is all of it, running in a process of its own.
type desk struct{ *localtest.Desk }

// A ticket is what the tests look at of one.
type ticket struct {
	ID       string
	State    string
	Tier     int
	Category string
	Author   struct{ ID string }
}

// says lets somebody write through the simulator's API, and returns their
// ticket once the desk has it, with how long that took.
func (d *desk) says(t *testing.T, platform, author, text string) (ticket, time.Duration) {
	t.Helper()
	began := time.Now()
	var told struct {
		Author string
		Status int
	}
	d.Ask(http.MethodPost, d.Simulator+"/sim/api/say", map[string]string{"platform": platform, "author": author, "name": author, "text": text}, &told)
	if told.Status != http.StatusOK {
		t.Fatalf("the door answered %d", told.Status)
	}
	return d.ticketOf(t, told.Author), time.Since(began)
}

// An answer is one as its customer has it.
type answer struct {
	Text               string
	Identical, Repeats int
}

// heard returns what somebody was answered so far.
func (d *desk) heard(platform, author string) []answer {
	var sent struct{ Items []answer }
	d.Ask(http.MethodGet, d.Simulator+"/sim/api/replies?platform="+platform+"&author="+author, nil, &sent)
	return sent.Items
}

// ticketOf waits for the ticket of an author.
func (d *desk) ticketOf(t *testing.T, author string) ticket {
	t.Helper()
	var found ticket
	eventually(t, patience, "a ticket of "+author, func() bool {
		var list struct{ Items []ticket }
		d.Ask(http.MethodGet, d.Console+"/api/v1/tickets?author="+author, nil, &list)
		for _, item := range list.Items {
			if item.Author.ID == author {
				found = item
				return true
			}
		}
		return false
	})
	return found
}

// eventually polls until ok, and fails when it never is.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", within, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// due returns the tier of a ticket, and when it is to have its first answer.
func (d *desk) due(t *testing.T, id string) (tier int, at time.Time) {
	t.Helper()
	var of struct {
		Tier   int
		Clocks []struct {
			Metric   string
			Deadline time.Time
		}
	}
	d.Ask(http.MethodGet, d.Console+"/api/v1/tickets/"+id, nil, &of)
	for _, c := range of.Clocks {
		if c.Metric == "first_response" {
			return of.Tier, c.Deadline
		}
	}
	t.Fatalf("ticket %s has no clock of a first response", id)
	return 0, time.Time{}
}
