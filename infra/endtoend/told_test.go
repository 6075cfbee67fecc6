package endtoend_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/skala/infra/localtest"
)

// A receipt is something that came to a receiver of the simulator.
type receipt struct {
	ID, Subject, Text, Answer, Fault, Type, Urgency string
	Taken                                           bool
	Repeats                                         int
	Problems                                        []string
	Data                                            struct {
		Notices []struct{ Kind, Ticket string }
		Data    struct {
			Notices []struct{ Kind, Ticket string }
		}
	}
}

// came lists what came to a receiver about a ticket, taken or not.
func (w *world) came(receiver, name, ticket string) (all []receipt) {
	w.t.Helper()
	var list struct{ Items []receipt }
	w.Ask(http.MethodGet, w.Simulator+"/sim/api/received?"+url.Values{"receiver": {receiver}, "name": {name}}.Encode(), nil, &list)
	short, _, _ := strings.Cut(ticket, ".")
	for _, got := range list.Items {
		about := strings.Contains(got.Subject+got.Text, short[:8])
		for _, n := range append(got.Data.Notices, got.Data.Data.Notices...) {
			about = about || n.Ticket == ticket
		}
		if about || !got.Taken {
			all = append(all, got)
		}
	}
	return all
}

// TestABreachReachesTheLeadByEveryChannel has a deadline missed: the lead hears of it
// by mail, Slack, their browser and under the bell, a program by a signed webhook.
// Slack puts it off twice, and gets it in the end.
func TestABreachReachesTheLeadByEveryChannel(t *testing.T) {
	document := bytes.Replace(brisk(t, "5s"), []byte("acknowledge: 5s, "), []byte("acknowledge: 1h, "), 1)
	document = bytes.Replace(document, []byte("\nchains:\n"), []byte("\nchains:\n"+`  - name: page
    when: {metrics: [first_response]}
    steps: [{do: page}, {do: raise, after: 4h}]
`), 1)
	w := open(t, localtest.Options{Policy: document})
	admin := map[string]any{"name": "Ari Admin", "roles": []string{"admin", "lead"}, "teams": []string{"general"}} // whose token this is: a lead too
	if code := w.Ask(http.MethodPut, w.API+"/api/v1/people/demo-admin", admin, nil, "If-Match", "*"); code != http.StatusOK {
		t.Fatalf("making the admin a lead: %d", code)
	}
	w.Ask(http.MethodPost, w.Simulator+"/sim/api/received/misbehave", map[string]any{"receiver": "slack", "fault": "429", "count": 2, "after": "1s"}, nil)
	const author = "U88880000888800008888000088880000"
	w.line(text("TOLD1", "told1", author, "I was charged twice"))
	id := w.of(author).ID

	taken := func(receiver, name string) (r receipt, ok bool) {
		for _, got := range w.came(receiver, name, id) {
			if len(got.Problems) > 0 {
				t.Errorf("%s: %v", receiver, got.Problems)
			}
			if got.Taken {
				r, ok = got, true
			}
		}
		return r, ok
	}
	for _, of := range []struct{ receiver, name string }{{"mail", "lea.lead@desk.example"}, {"slack", "leads"}, {"push", "demo-browser"}, {"hook", "records"}} {
		w.wait("it has come to "+of.receiver, patience, func() bool { _, ok := taken(of.receiver, of.name); return ok })
	}
	var last receipt
	later := 0
	for _, got := range w.came("slack", "leads", id) {
		if last = got; got.Fault == "429" {
			later++
		}
	}
	if later != 2 || !last.Taken || last.Repeats != 0 {
		t.Errorf("Slack put it off %d times, and then: %+v", later, last)
	}
	if mail, _ := taken("mail", "lea.lead@desk.example"); mail.Repeats != 0 || mail.ID == "" || !strings.Contains(mail.Text, id) || strings.Contains(mail.Subject+mail.Text, "charged") {
		t.Errorf("the mail is %+v", mail)
	}
	if push, _ := taken("push", "demo-browser"); push.Urgency != "high" {
		t.Errorf("the browser was told with urgency %q", push.Urgency)
	}

	// Under the bell, and on the timeline.
	var bell struct {
		Unread int
		Items  []struct{ Ticket, Kind string }
	}
	w.wait("the bell rings", patience, func() bool {
		w.Ask(http.MethodGet, w.API+"/api/v1/notices", nil, &bell)
		return bell.Unread > 0
	})
	if bell.Items[0].Ticket != id || bell.Items[0].Kind != "breach" {
		t.Errorf("under the bell stands %+v", bell.Items)
	}
	for _, ended := range []string{"breach: shown in the console", "breach: email accepted", "breach: push accepted", "breach: slack leads accepted", "breach: webhook records accepted"} {
		w.wait("the timeline says "+ended, patience, func() bool {
			for _, e := range w.ticket(id).Timeline {
				if e.What == "notified" && e.Why == ended {
					return true
				}
			}
			return false
		})
	}
}
