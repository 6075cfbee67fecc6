package console

import (
	"fmt"
	"net/http"
	"slices"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// An acquaintance is what a ticket's page shows of its author beside what their
// platform tells.
type acquaintance struct {
	Untold []string // keys of what the platform does not tell
	Hints  []hintView
	Troll  bool // there are hints enough for the policy to act on
	Seen   history
}

// shownWritten is how many of an author's tickets a ticket's page counts: it reads
// their heads.
const shownWritten = 6

// acquaint reads what the page of t shows of its author. What cannot be read is left
// out: who answers a customer needs the ticket, and this beside it.
func (c *Console) acquaint(r *http.Request, t desk.Ticket, hints []hintView, enough int) acquaintance {
	a := acquaintance{Untold: untold(t.Author), Hints: hints, Troll: enough > 0 && len(hints) >= enough}
	if t.Author.ID == "" {
		return a
	}
	tickets, next, err := c.cfg.Lists.Written(r.Context(), t.Author.ID, "", shownWritten)
	if err != nil {
		c.cfg.Log.WarnContext(r.Context(), "author's tickets not read", "err", err)
		return a
	}
	tickets = slices.DeleteFunc(tickets, func(other desk.Ticket) bool { return !other.Identity().Is(t.Identity()) })
	a.Seen = historyOf(tickets, next != "", c.now())
	return a
}

// untold lists what a platform tells of some authors, and not of this one.
func untold(a desk.Author) (keys []string) {
	for _, fact := range []struct {
		key  string
		told bool
	}{
		{"card.name", a.Name != ""}, {"card.handle", a.Handle != ""}, {"card.verified", a.Verified != nil}, {"card.followers", a.Followers != nil},
		{"card.following", a.Following != nil}, {"card.posts", a.Posts != nil}, {"card.created", a.Created != nil}, {"card.bio", a.Bio != ""}, {"card.id", a.ID != ""},
	} {
		if !fact.told {
			keys = append(keys, fact.key)
		}
	}
	return keys
}

// A customerPage shows who wrote a ticket: what the desk has seen of them, here and
// elsewhere.
type customerPage struct {
	customerView
	Ticket desk.Ticket
	Called string
	Says   []string
	Form   likening // that was refused
	Troll  bool
	May    bool // say who is whom
}

// about gives no news: nobody waits for any here, and each would read it all.
func (v customerPage) about() (title, news string) { return v.Called, "" }

func (c *Console) customerPage(w http.ResponseWriter, r *http.Request, who people.Person) error {
	t, err := c.cfg.Tickets.Ticket(r.Context(), desk.TicketID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return c.showCustomer(w, r, who, http.StatusOK, t, customerPage{})
}

func (c *Console) showCustomer(w http.ResponseWriter, r *http.Request, who people.Person, code int, t desk.Ticket, view customerPage) error {
	v, err := c.customer(r.Context(), t)
	if err != nil {
		return err
	}
	view.customerView, view.Ticket, view.Called = v, t, c.called(t.Author.Name, t.Author.Handle, t.Author.ID)
	view.Troll = v.Enough > 0 && len(v.Hints) >= v.Enough
	view.May = people.May(who, people.Identify, t) && v.Identity.ID != ""
	c.render(w, r, who, "customer", code, "", view)
	return nil
}

// submitIdentity is the form by which somebody says who is whom.
func (c *Console) submitIdentity(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("form: %w: %w", err, errRequest)
	}
	form := r.PostForm
	in := likening{Platform: desk.Platform(form.Get("platform")), ID: form.Get("id"), Ticket: form.Get("ticket"), Is: desk.Sameness(form.Get("is")), Why: form.Get("why")}
	t, err := c.liken(r.Context(), who, desk.TicketID(r.PathValue("id")), in)
	if err == nil {
		http.Redirect(w, r, "/tickets/"+string(t.ID)+"/author", http.StatusSeeOther)
		return nil
	}
	code, says, ok := c.refusal(r.Context(), err)
	if !ok {
		return err
	}
	return c.showCustomer(w, r, who, code, t, customerPage{Says: says, Form: in})
}
