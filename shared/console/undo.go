package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// A withdrawal is by whom and when a reply was taken back.
type withdrawal struct {
	Who string  `json:"who"`
	At  instant `json:"at"`
}

// When is At for a page.
func (w withdrawal) When() time.Time { return time.Time(w.At) }

// heldUntil is when a held reply goes out, as the API shows it; nil for one that is
// not held.
func heldUntil(m desk.Message, until time.Time) *instant {
	if until.IsZero() || m.Delivery != desk.Queued {
		return nil
	}
	at := instant(until)
	return &at
}

// graceOf is for how long who can take a reply back that they send from a page. What
// the directory cannot say is no reason to keep a reply.
func (c *Console) graceOf(ctx context.Context, who people.Person) time.Duration {
	d, err := c.directory(ctx)
	if err != nil {
		c.cfg.Log.WarnContext(ctx, "directory not read", "err", err)
	}
	return d.Members[who.ID].Grace()
}

// written reads the reply that somebody means to take back. It is theirs alone to.
func (c *Console) written(ctx context.Context, d decision) (desk.Message, error) {
	m, err := c.cfg.Logs.Message(ctx, d.ticket.ID, d.MessageName)
	switch {
	case errors.Is(err, desk.ErrNotFound):
		return m, fmt.Errorf("undo: message: the ticket has no reply with the key %q: %w", d.MessageName, desk.ErrInvalid)
	case err == nil && m.Author.ID != d.who.ID:
		return m, errForbidden
	}
	return m, err
}

// undoable is until when who can take s of t back from a page, zero for not, or not
// any more.
func (c *Console) undoable(t desk.Ticket, who people.Person, s saying) time.Time {
	g, held := t.GraceOf(s.Key)
	if !held || s.Author.ID != who.ID || !c.now().Before(g.Until) || !people.May(who, people.Undo, t) {
		return time.Time{}
	}
	return g.Until
}

// takenBack shows a ticket with the words of a reply that was taken back, to be gone
// on with. Whose claim has ended since finds them in a form all the same.
func (c *Console) takenBack(w http.ResponseWriter, r *http.Request, who people.Person, d done, form url.Values) error {
	view := ticketPage{Claim: form.Get("token"), Form: "reply", Draft: url.Values{"text": {d.message.Text}}}
	if view.Claim == "" {
		view.Claim = "none"
	}
	if t := d.message.Template; t != nil {
		view.Draft = url.Values{"text": {d.message.Text}, "template": {t.Name}, "language": {t.Language}, "parameters": {strings.Join(t.Parameters, "\n")}}
	}
	return c.showTicket(w, r, who, d.ticket, http.StatusOK, view)
}

// undoOf reads the field of a form for how many seconds replies are held; ok where it
// has one.
func undoOf(form url.Values) (seconds *int, ok bool) {
	if !form.Has("undo") {
		return nil, false
	}
	n, err := strconv.Atoi(strings.TrimSpace(form.Get("undo")))
	if err != nil {
		n = -1 // which the directory refuses
	}
	return &n, true
}
