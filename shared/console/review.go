package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// reviewLimit is how many doubtful verdicts one page asks about.
const reviewLimit = 20

// A reviewPage shows what triage was unsure of, the newest first.
type reviewPage struct {
	Name   string
	Items  []doubtful
	Next   string // address of what follows
	Looked int
	Here   string   // its own address, where an answer leads back to
	Teams  []string // that the policy declares
	Tags   []string // that can be given
}

func (v reviewPage) about() (title, news string) { return v.Name, "" }

// A doubtful is a ticket that a person should look at, with the words its
// verdict is about.
type doubtful struct {
	desk.Ticket
	Called   string
	Segments []segment // none where the words are gone, or there were none
}

// review serves what triage was unsure of. No index has it: a row for each
// doubtful message would cost a write more, so the newest tickets are looked
// through as for any other filter, and the page says how far.
func (c *Console) review(w http.ResponseWriter, r *http.Request, who people.Person) error {
	yes := true
	f := filter{review: &yes, states: []desk.State{desk.New, desk.Open, desk.Waiting, desk.OnHold, desk.Solved}}
	list, err := c.list(r.Context(), f, r.URL.Query().Get("cursor"), reviewLimit)
	if err != nil {
		return err
	}
	view := reviewPage{Name: c.text.say("tab.review"), Here: r.URL.RequestURI()}
	view.Teams, view.Tags = c.choices(r.Context())
	if view.Items, err = c.doubtful(r.Context(), list.tickets); err != nil {
		return err
	}
	if list.Looked != nil {
		view.Looked = list.Looked.Tickets
	}
	if list.Next != "" {
		view.Next = reviewPath + "?" + url.Values{"cursor": {list.Next}}.Encode()
	}
	c.render(w, r, who, "review", http.StatusOK, "", view)
	return nil
}

const reviewPath = "/review"

// backTo returns where a form that was sent from the review leads back to, empty
// for one from elsewhere.
func backTo(form url.Values) string {
	back := form.Get("back")
	if path, _, _ := strings.Cut(back, "?"); path != reviewPath {
		return ""
	}
	return back
}

// doubtful reads the words that the verdicts of tickets are about. A head has the beginning of the last message: often that is all.
func (c *Console) doubtful(ctx context.Context, tickets []desk.Ticket) ([]doubtful, error) {
	all := make([]doubtful, len(tickets))
	var unsaid []int // whose head has not the words that the verdict is about
	for i, t := range tickets {
		t.Tags = c.tagsOf(ctx, t.Tags)
		all[i] = doubtful{Ticket: t, Called: c.called(t.Author.Name, t.Author.Handle, t.Author.ID)}
		if t.PreviewOf == t.VerdictOn && !strings.HasSuffix(t.Preview, "…") {
			all[i].Segments = segmentsOf(t.Preview, t.Verdict.Reasons)
		} else {
			unsaid = append(unsaid, i)
		}
	}
	err := c.eachTalk(ctx, tickets, unsaid, func(i int, said talk) {
		if m, ok := said.find(tickets[i].VerdictOn); ok && !m.Deleted {
			all[i].Segments = segmentsOf(m.Text, tickets[i].Verdict.Reasons)
		}
	})
	return all, err
}

// segmentsOf is marked, with nothing for no text.
func segmentsOf(text string, reasons []desk.Reason) []segment {
	if text == "" {
		return nil
	}
	return marked(text, reasons)
}
