package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/people"
	"example.com/skala/shared/policy"
)

// Who writes is one identity of a person: what follows is what the desk has seen of
// them, here and where somebody confirmed that they are the same.

// Customers are the identities that wrote to the desk.
type Customers interface {
	// Alike returns the latest tickets whose authors share a handle or a name with a.
	Alike(ctx context.Context, a desk.Author, limit int) ([]desk.Ticket, error)
	// Kin returns what was said of an identity and others.
	Kin(ctx context.Context, of desk.Identity) ([]desk.Kinship, error)
	// SaveKin writes that for either, with its line of the audit log.
	SaveKin(ctx context.Context, of desk.Identity, k desk.Kinship, c people.Change) error
}

const (
	week           = 7 * 24 * time.Hour
	mostWritten    = 20 // tickets of one identity that are looked at
	mostIdentities = 20 // of one person
	mostAlike      = 20 // tickets of either kind that suggestions are made of
)

// A history is what the desk has seen of somebody: of their latest tickets, 20 for
// each identity; More says that there are others.
type history struct {
	Tickets  int     `json:"tickets"`
	More     bool    `json:"more"`
	Messages int     `json:"messages"`
	Week     int     `json:"week"` // tickets of the last seven days
	Since    instant `json:"since"`
}

// historyOf adds tickets up.
func historyOf(tickets []desk.Ticket, more bool, now time.Time) history {
	h := history{Tickets: len(tickets), More: more}
	for _, t := range tickets {
		h.Messages += t.Messages
		if now.Sub(t.Created) < week {
			h.Week++
		}
		if since := time.Time(h.Since); since.IsZero() || t.Created.Before(since) {
			h.Since = instant(t.Created)
		}
	}
	return h
}

// An identityView is another identity, what was said of it, and what speaks for it.
type identityView struct {
	desk.Identity
	Is       desk.Sameness   `json:"is"`
	Evidence []desk.Evidence `json:"evidence"`
	Why      string          `json:"why,omitempty"`
	Who      string          `json:"who,omitempty"` // said so; empty for a suggestion
	At       instant         `json:"at"`
	Of       *desk.Identity  `json:"of,omitempty"` // whose it was said to be, where that is not the ticket's author
}

// A hintView is a troll's hint and what it was read from.
type hintView struct {
	Hint policy.Hint `json:"hint"`
	Says string      `json:"says"`
}

// A customerView is what the desk knows of a ticket's author beside what their
// platform tells.
type customerView struct {
	Identity   desk.Identity  `json:"identity"`
	Author     desk.Author    `json:"author"`
	Hints      []hintView     `json:"hints"`
	Enough     int            `json:"enough"` // hints by which the policy lowers; 0 for never
	Seen       history        `json:"seen"`
	Tickets    []desk.Card    `json:"tickets"`    // the newest first
	Identities []identityView `json:"identities"` // of which somebody said something
	Suggested  []identityView `json:"suggested"`
}

// ticketsOf returns an identity's latest tickets, the newest first. What their
// platform calls them by another may call somebody else.
func (c *Console) ticketsOf(ctx context.Context, i desk.Identity) (all []desk.Ticket, more bool, err error) {
	if i.ID == "" {
		return nil, false, nil
	}
	all, next, err := c.cfg.Lists.Written(ctx, i.ID, "", mostWritten)
	return slices.DeleteFunc(all, func(t desk.Ticket) bool { return !t.Identity().Is(i) }), next != "", err
}

// family returns what was said of an identity, and of those who are the same person,
// as far as that leads.
func (c *Console) family(ctx context.Context, self desk.Identity) (same []desk.Identity, said []identityView, direct []desk.Kinship, err error) {
	if self.ID == "" {
		return nil, nil, nil, nil
	}
	known := func(i desk.Identity) bool {
		return i.Is(self) || slices.ContainsFunc(said, func(v identityView) bool { return v.Identity.Is(i) })
	}
	for ask := []desk.Identity{self}; len(ask) > 0 && len(said) < mostIdentities; ask = ask[1:] {
		of := ask[0]
		kin, err := c.cfg.Customers.Kin(ctx, of)
		if err != nil {
			return nil, nil, nil, err
		}
		if of.Is(self) {
			direct = kin
		}
		for _, k := range kin {
			if k.Is == desk.NothingSaid || known(k.With) || k.Is == desk.OtherPerson && !of.Is(self) {
				continue
			}
			v := identityView{Identity: k.With, Is: k.Is, Evidence: append([]desk.Evidence{}, k.Evidence...), Why: k.Why, Who: k.Who, At: instant(k.At)}
			if !of.Is(self) {
				v.Of = &of
			}
			if said = append(said, v); k.Is == desk.SamePerson {
				ask, same = append(ask, k.With), append(same, k.With)
			}
		}
	}
	slices.SortFunc(said, func(a, b identityView) int { // the same before others
		return cmp.Or(strings.Compare(string(b.Is), string(a.Is)), strings.Compare(a.String(), b.String()))
	})
	return same, said, direct, nil
}

// customer gathers what is known of the author of t.
func (c *Console) customer(ctx context.Context, t desk.Ticket) (customerView, error) {
	self, now := t.Identity(), c.now()
	v := customerView{Identity: self, Author: t.Author, Tickets: []desk.Card{}, Identities: []identityView{}, Suggested: []identityView{}}
	var err error
	if v.Hints, v.Enough, err = c.hints(ctx, t); err != nil {
		return v, err
	}
	same, said, direct, err := c.family(ctx, self)
	if err != nil {
		return v, err
	}
	v.Identities = append(v.Identities, said...)
	tickets, more, err := c.ticketsOf(ctx, self)
	if err != nil {
		return v, err
	}
	for _, i := range same {
		theirs, others, err := c.ticketsOf(ctx, i)
		if err != nil {
			return v, err
		}
		tickets, more = append(tickets, theirs...), more || others
	}
	slices.SortFunc(tickets, func(a, b desk.Ticket) int {
		return cmp.Or(b.Created.Compare(a.Created), strings.Compare(string(a.ID), string(b.ID)))
	})
	v.Seen = historyOf(tickets, more, now)
	for _, other := range tickets {
		v.Tickets = append(v.Tickets, other.Card())
	}
	v.Tickets = c.renamed(ctx, v.Tickets...)
	if self.ID == "" {
		return v, nil
	}
	alike, err := c.cfg.Customers.Alike(ctx, t.Author, mostAlike)
	if err != nil {
		return v, err
	}
	for _, s := range t.Suggest(alike, direct) {
		if !slices.ContainsFunc(same, s.Is) {
			v.Suggested = append(v.Suggested, identityView{Identity: s.Identity, Evidence: s.Evidence})
		}
	}
	return v, nil
}

// hints reads a troll's hints off a ticket, each with what it was read from.
func (c *Console) hints(ctx context.Context, t desk.Ticket) ([]hintView, int, error) {
	p, err := c.policy(ctx, t)
	if err != nil {
		return nil, 0, err
	}
	log, err := c.logOf(ctx, t)
	if err != nil {
		return nil, 0, err
	}
	hints, enough := c.hintsOf(p, t, talkOf(log))
	return hints, enough, nil
}

func (c *Console) hintsOf(p *policy.Policy, t desk.Ticket, said talk) ([]hintView, int) {
	hints, enough := p.Hints(t.Author, t.Verdict, said.repeats())
	views := []hintView{}
	for _, h := range hints {
		says := c.text.name("hint", h)
		if h == policy.FollowsFew {
			says = c.text.say("hint.follows_few", int(*t.Author.Following))
		}
		views = append(views, hintView{h, says})
	}
	return views, enough
}

// repeats reports whether the customer's last message says what one before it said.
func (t talk) repeats() bool {
	last, ok := t.last()
	return ok && slices.ContainsFunc(t.said, func(s saying) bool {
		return s.Direction == desk.In && s.Key != last.Key && !s.Deleted && strings.TrimSpace(s.Text) != "" && strings.TrimSpace(s.Text) == strings.TrimSpace(last.Text)
	})
}

func (c *Console) apiCustomer(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	if err := onlyAsked(r.URL.Query()); err != nil {
		return err
	}
	t, err := c.cfg.Tickets.Ticket(r.Context(), desk.TicketID(r.PathValue("id")))
	if err != nil {
		return err
	}
	v, err := c.customer(r.Context(), t)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, jsonType, v)
	return nil
}

// A likening says of a ticket's author and another identity whether they are one
// person. The other is named by platform and id, or as the author of a ticket.
type likening struct {
	Platform desk.Platform `json:"platform"`
	ID       string        `json:"id"`
	Ticket   string        `json:"ticket"`
	Is       desk.Sameness `json:"is"`
	Why      string        `json:"why"`
}

func (c *Console) apiIdentity(w http.ResponseWriter, r *http.Request, who people.Person) error {
	var in likening
	if err := strictly(r, &in); err != nil {
		return err
	}
	t, err := c.liken(r.Context(), who, desk.TicketID(r.PathValue("id")), in)
	if err != nil {
		return err
	}
	v, err := c.customer(r.Context(), t)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, jsonType, v)
	return nil
}

// liken writes what somebody says of the author of a ticket and another identity.
func (c *Console) liken(ctx context.Context, who people.Person, id desk.TicketID, in likening) (desk.Ticket, error) {
	t, err := c.cfg.Tickets.Ticket(ctx, id)
	if err != nil {
		return t, err
	}
	self := t.Identity()
	switch {
	case !people.May(who, people.Identify, t):
		return t, errForbidden
	case in.Is != desk.SamePerson && in.Is != desk.OtherPerson && in.Is != desk.NothingSaid:
		return t, wrongField("is", "%q is neither same nor other, nor empty to take back what was said", in.Is)
	case self.ID == "":
		return t, wrongField("id", "the platform does not tell who wrote this ticket")
	case len(in.Why) > longestWhy:
		return t, wrongField("why", "it is longer than %d bytes", longestWhy)
	}
	other, author, err := c.named(ctx, t, in)
	if err != nil {
		return t, err
	}
	if other.Is(self) {
		return t, wrongField("id", "it is the author of this ticket")
	}
	kin, err := c.cfg.Customers.Kin(ctx, self)
	if err != nil {
		return t, err
	}
	was := desk.NothingSaid
	for _, k := range kin {
		if k.With.Is(other) {
			was = k.Is
			other = desk.Identity{Platform: k.With.Platform, ID: k.With.ID, Name: cmp.Or(other.Name, k.With.Name), Handle: cmp.Or(other.Handle, k.With.Handle)}
		}
	}
	if was == in.Is { // sent twice, or by two
		return t, nil
	}
	now := c.now()
	k := desk.Kinship{With: other, Is: in.Is, Evidence: t.Author.Alike(author), Why: strings.TrimSpace(in.Why), Who: who.ID, At: now}
	line := people.Change{At: now, Who: who.ID, What: "changed", Kind: people.KindIdentity, Target: self.String(), Why: k.Why, Fields: []people.Field{{Name: other.String(), Was: quoted(was), Is: quoted(in.Is)}}}
	if err := c.cfg.Customers.SaveKin(ctx, self, k, line); err != nil {
		return t, err
	}
	logs.Note(ctx, "what", "identity", "is", in.Is)
	return t, nil
}

// quoted is a value of an audit line, as JSON.
func quoted(is desk.Sameness) string { return fmt.Sprintf("%q", is) }

// named returns the identity that a likening names, with the author where a ticket
// of theirs is at hand. Only who has written to the desk can be named.
func (c *Console) named(ctx context.Context, t desk.Ticket, in likening) (desk.Identity, desk.Author, error) {
	if in.Ticket != "" {
		other, err := c.cfg.Tickets.Ticket(ctx, ticketNamed(in.Ticket))
		if errors.Is(err, desk.ErrNotFound) || err == nil && other.Author.ID == "" {
			return desk.Identity{}, desk.Author{}, wrongField("ticket", "there is no such ticket, or its platform does not tell who wrote it")
		}
		return other.Identity(), other.Author, err
	}
	if in.Platform == "" || in.ID == "" {
		return desk.Identity{}, desk.Author{}, wrongField("id", "say platform and id, or a ticket of theirs")
	}
	i := desk.Identity{Platform: in.Platform, ID: in.ID}
	tickets, _, err := c.ticketsOf(ctx, i)
	if err != nil {
		return i, desk.Author{}, err
	}
	if len(tickets) == 0 {
		return i, desk.Author{}, wrongField("id", "nobody of that id wrote on %s", in.Platform)
	}
	return tickets[0].Identity(), tickets[0].Author, nil
}
