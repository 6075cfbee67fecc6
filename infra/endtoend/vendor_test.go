package endtoend_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/skala/infra/localtest"
)

// A sent is a ticket as it came to the demo's vendor.
type sent struct {
	ID, Type string
	Taken    bool
	Problems []string
	Raw      string
	Data     struct {
		Data struct {
			Ticket   string
			AnswerTo string `json:"answer_to"`
			Why      string
		}
	}
}

// sentTo lists what a vendor was sent about a ticket.
func (w *world) sentTo(vendor, ticket string) (all []sent) {
	w.t.Helper()
	var list struct{ Items []json.RawMessage }
	w.Ask(http.MethodGet, w.Simulator+"/sim/api/received?"+url.Values{"receiver": {"hook"}, "name": {vendor}}.Encode(), nil, &list)
	for _, doc := range list.Items {
		got := sent{Raw: string(doc)}
		if err := json.Unmarshal(doc, &got); err != nil {
			w.t.Fatal(err)
		}
		if got.Data.Data.Ticket == ticket || !got.Taken {
			all = append(all, got)
		}
	}
	return all
}

// says has the demo's vendor say something about a ticket, and returns what the desk
// answered.
func (w *world) says(vendor string, answer map[string]any) (status int) {
	w.t.Helper()
	var got struct{ Status int }
	if code := w.Ask(http.MethodPost, w.Simulator+"/sim/api/vendors/"+vendor+"/answer", answer, &got); code != http.StatusOK {
		w.t.Fatalf("the simulator answered %d", code)
	}
	return got.Status
}

// TestATicketGoesToAVendorAndComesBack: out by a signed webhook with the least data, put
// off once, and back by another onto the queue that it came from.
func TestATicketGoesToAVendorAndComesBack(t *testing.T) {
	const vendor, author, words = "espresso-works", "U99990000999900009999000099990000", "I was charged twice"
	w := open(t, localtest.Options{})
	w.Ask(http.MethodPost, w.Simulator+"/sim/api/received/misbehave", map[string]any{"receiver": "hook", "name": vendor, "fault": "500", "count": 1}, nil)
	w.line(text("VENDOR1", "vendor1", author, words))
	before := w.of(author)
	w.line(text("VENDOR2", "vendor2", "U9999000099990000999900009999ffff", words))
	other := w.of("U9999000099990000999900009999ffff")
	if code := w.Ask(http.MethodPost, w.API+"/api/v1/tickets/"+before.ID+"/escalate", map[string]any{"tier": 4, "reason": "the till charges twice"}, nil); code != http.StatusOK {
		t.Fatalf("escalating: %d", code)
	}
	w.wait("the vendor has it", patience, func() bool { return w.ticket(before.ID).State == "on hold" })
	var taken []sent
	ids := map[string]bool{}
	for _, got := range w.sentTo(vendor, before.ID) {
		if ids[got.ID] = true; got.Taken {
			taken = append(taken, got)
		}
		if strings.Contains(got.Raw, words) || strings.Contains(got.Raw, author) || len(got.Problems) > 0 {
			t.Errorf("they were sent %s", got.Raw)
		}
	}
	if len(taken) != 1 || len(ids) != 1 || taken[0].Type != "ticket.sent" || taken[0].Data.Data.Why != "the till charges twice" || taken[0].Data.Data.AnswerTo != w.Webhooks+"/webhooks/vendor/"+vendor {
		t.Errorf("they took %+v under %v", taken, ids)
	}

	if status := w.says(vendor, map[string]any{"ticket": before.ID, "status": "done", "text": "It was the seal.", "fault": "forged"}); status != http.StatusUnauthorized {
		t.Errorf("somebody else's word is answered %d", status)
	}
	if status := w.says(vendor, map[string]any{"ticket": other.ID, "status": "done", "text": "It was the seal."}); status != http.StatusOK {
		t.Errorf("their word about another ticket is answered %d", status)
	}
	if status := w.says(vendor, map[string]any{"ticket": before.ID, "status": "done", "text": "It was <b>the seal</b>.", "reference": "EW-1", "fault": "twice"}); status != http.StatusOK {
		t.Errorf("their word is answered %d", status)
	}
	w.wait("it is back", patience, func() bool { return w.ticket(before.ID).State == "new" })
	back := w.ticket(before.ID)
	said, met := 0, false
	for _, m := range back.Messages {
		if m.Text == "It was <b>the seal</b>." {
			said++
		}
	}
	for _, c := range back.Clocks {
		met = met || c.Metric == "vendor" && c.State == "met"
	}
	if back.Tier != before.Tier || said != 1 || !met {
		t.Errorf("it came back to tier %d, said %d times, with %+v", back.Tier, said, back.Clocks)
	}
	var kept struct{ Items []struct{ Reason string } }
	w.wait("what is none of theirs is shown", patience, func() bool {
		w.Ask(http.MethodGet, w.API+"/api/v1/quarantine", nil, &kept)
		return len(kept.Items) > 0
	})
	if now := w.ticket(other.ID); len(kept.Items) != 1 || !strings.Contains(kept.Items[0].Reason, "was never sent this ticket") || now.State != "new" || now.Tier != other.Tier {
		t.Errorf("in quarantine %+v; the other ticket is %s in tier %d", kept.Items, now.State, now.Tier)
	}
	var next ticket
	if code := w.Ask(http.MethodPost, w.API+"/api/v1/tiers/3/next", nil, &next); code != http.StatusOK {
		t.Errorf("tier 3 has nothing next: %d", code)
	}
}
