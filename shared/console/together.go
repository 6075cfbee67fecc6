package console

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// What follows is what people do to two tickets at once.

// A counterpart is the other ticket of such an action, and what is written on it.
type counterpart struct {
	ticket desk.Ticket
	work   desk.Clockwork
	entry  desk.Entry
}

// both is for a verb that makes an entry for either ticket.
func both(verb func(t desk.Ticket, by string, other desk.Ticket, why string, now time.Time) (one, two desk.Entry, err error)) func(decision) (desk.Entry, error) {
	return func(d decision) (one desk.Entry, err error) {
		one, d.other.entry, err = verb(d.ticket, d.who.ID, d.other.ticket, d.Why, d.now)
		return one, err
	}
}

// counterpart reads the other ticket of an action about two, to which the person has to
// be allowed the same; nil for an action about one.
func (c *Console) counterpart(ctx context.Context, a action, d decision) (*counterpart, error) {
	field, id := "ticket", d.Ticket
	switch a.verb {
	case people.Merge:
		field, id = "into", d.Into
	case people.Link:
	default:
		return nil, nil
	}
	if id = ticketNamed(string(id)); id == "" {
		return nil, fmt.Errorf("%s: %s is missing: %w", a.name, field, desk.ErrInvalid)
	}
	other, err := c.cfg.Tickets.Ticket(ctx, id)
	if errors.Is(err, desk.ErrNotFound) {
		return nil, fmt.Errorf("%s: %s: there is no ticket %q: %w", a.name, field, id, desk.ErrInvalid)
	}
	if err != nil {
		return nil, err
	}
	if !people.May(d.who, a.verb, other) {
		return nil, errForbidden
	}
	work, err := c.plan(ctx, other)
	return &counterpart{ticket: other, work: work}, err
}

// ticketNamed reads the id of a ticket, or the address of its page.
func ticketNamed(text string) desk.TicketID {
	text = strings.TrimSpace(text)
	if _, path, ok := strings.Cut(text, "/tickets/"); ok {
		text, _, _ = strings.Cut(path, "?")
		text, _, _ = strings.Cut(text, "#")
		text, _, _ = strings.Cut(text, "/")
		if plain, err := url.PathUnescape(text); err == nil {
			text = plain
		}
	}
	return desk.TicketID(text)
}

// did reports whether what somebody asks for is so already: they ask once more, or
// somebody else was faster.
func (o *counterpart) did(a action, t desk.Ticket) bool {
	if o == nil {
		return false
	}
	switch linked := t.LinkedTo(o.ticket.ID); a.name {
	case "merge":
		return t.State == desk.Merged && t.Into == o.ticket.ID
	case "link":
		return linked
	default:
		return !linked
	}
}

// commitBoth writes a change together with what was decided for the other ticket, of
// which the queues are told too.
func (c *Console) commitBoth(ctx context.Context, change desk.Change, o *counterpart) error {
	also := changeBy(o.ticket, o.entry, o.work)
	if err := c.cfg.Tickets.CommitBoth(ctx, change, also); err != nil {
		return err
	}
	c.tell(ctx, o.ticket, also.After, o.work, o.entry.At)
	return nil
}

// A related is a ticket that another has to do with, as a page leads to it.
type related struct {
	ID   desk.TicketID
	Says string
	Tied bool // by a link, which can be taken back
}

// relatedTo lists what a ticket has to do with: what it was merged into, what was
// merged into it, and what it is linked with.
func (c *Console) relatedTo(t desk.Ticket, log []desk.Entry) (all []related) {
	for _, e := range log {
		switch e.What {
		case desk.MergedInto:
			all = append(all, related{desk.TicketID(e.Target), c.text.say("related.into"), false})
		case desk.MergedFrom:
			all = append(all, related{desk.TicketID(e.Target), c.text.say("related.from"), false})
		}
	}
	for _, id := range t.Ties.Links {
		all = append(all, related{id, c.text.say("related.link"), true})
	}
	return all
}
