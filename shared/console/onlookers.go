package console

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// Whoever has a ticket's page open says so now and then, and sees who else does.

// Onlookers are those who are at tickets.
type Onlookers interface {
	Look(ctx context.Context, ticket desk.TicketID, o desk.Onlooker) error
	Leave(ctx context.Context, ticket desk.TicketID, who string) error
	Onlookers(ctx context.Context, ticket desk.TicketID) ([]desk.Onlooker, error)
}

// beside returns who else is at a ticket. All who ask an instance for the news of
// its page share a reading. Nobody is missed for long, and a page that cannot tell
// goes without.
func (c *Console) beside(r *http.Request, ticket desk.TicketID, who people.Person) []desk.Onlooker {
	all, err := recent(c, r, "here "+string(ticket), func() ([]desk.Onlooker, error) { return c.cfg.Onlookers.Onlookers(r.Context(), ticket) })
	if err != nil {
		c.cfg.Log.WarnContext(r.Context(), "onlookers not read", "err", err)
	}
	return desk.Present(all, who.ID, c.now())
}

// hereTag is what the tag of a page has of those who are at its ticket.
func (c *Console) hereTag(there []desk.Onlooker) string {
	var tag strings.Builder
	for _, o := range there {
		fmt.Fprintf(&tag, "-%x", o.Who)
		if o.Typing(c.now()) {
			tag.WriteByte('t')
		}
	}
	return tag.String()
}

// A sign is what a page says of its reader.
type sign struct {
	Typing bool `json:"typing"`
	Left   bool `json:"left"`
}

// here takes a sign of life of somebody at a ticket.
func (c *Console) here(r *http.Request, who people.Person, in sign) (desk.Ticket, error) {
	t, err := c.cfg.Tickets.Ticket(r.Context(), desk.TicketID(r.PathValue("id")))
	if err != nil {
		return t, err
	}
	if in.Left {
		return t, c.cfg.Onlookers.Leave(r.Context(), t.ID, who.ID)
	}
	o := desk.Onlooker{Who: who.ID, Seen: c.now()}
	if in.Typing && (people.May(who, people.Reply, t) || people.May(who, people.Note, t)) {
		o.Typed = o.Seen
	}
	return t, c.cfg.Onlookers.Look(r.Context(), t.ID, o)
}

// submitHere takes the sign of a page, which asks for nothing back.
func (c *Console) submitHere(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("form: %w: %w", err, errRequest)
	}
	if _, err := c.here(r, who, sign{Typing: r.PostForm.Get("typing") != "", Left: r.PostForm.Get("left") != ""}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// An onlookerView is somebody at a ticket, as the API shows them.
type onlookerView struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Typing bool    `json:"typing"`
	Seen   instant `json:"seen"`
}

func (c *Console) apiSetHere(w http.ResponseWriter, r *http.Request, who people.Person) error {
	var in sign
	if r.ContentLength != 0 {
		if err := strictly(r, &in); err != nil {
			return err
		}
	}
	t, err := c.here(r, who, in)
	if err != nil {
		return err
	}
	return c.showHere(w, r, t.ID, who)
}

func (c *Console) apiHere(w http.ResponseWriter, r *http.Request, who people.Person) error {
	t, err := c.cfg.Tickets.Ticket(r.Context(), desk.TicketID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return c.showHere(w, r, t.ID, who)
}

// showHere lists who else is at a ticket.
func (c *Console) showHere(w http.ResponseWriter, r *http.Request, ticket desk.TicketID, who people.Person) error {
	all, err := c.cfg.Onlookers.Onlookers(r.Context(), ticket)
	if err != nil {
		return err
	}
	d, err := c.directory(r.Context())
	if err != nil {
		return err
	}
	views := []onlookerView{}
	for _, o := range desk.Present(all, who.ID, c.now()) {
		views = append(views, onlookerView{ID: o.Who, Name: d.Called(o.Who), Typing: o.Typing(c.now()), Seen: instant(o.Seen)})
	}
	writeJSON(w, http.StatusOK, jsonType, map[string]any{"items": views})
	return nil
}
