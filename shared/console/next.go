package console

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

const (
	nextNudges = 10  // what one receive of a queue brings at most
	nextCards  = 20  // of the worklist, read at once
	nextLooked = 400 // of it, before what suits nobody is given
)

// next claims the most urgent ticket of tier that suits who, or returns
// desk.ErrNotFound when there is none, errFull when there is but they have no room
// for it. Nudges and the worklist only say where to look: heads are read by key, and
// the claim is conditional. So an empty queue is no reason to find nothing, and an
// index that lags none to hand a ticket out twice.
func (c *Console) next(ctx context.Context, who people.Person, tier desk.Tier) (done, error) {
	if !people.May(who, people.TakeNext, desk.Ticket{Tier: tier}) {
		return done{}, errForbidden
	}
	asking, err := c.taker(ctx, who, tier)
	if err != nil {
		return done{}, err
	}
	nudges, err := c.cfg.Queues.Receive(ctx, tier, nextNudges)
	if err != nil { // the worklist alone does, only later
		c.cfg.Log.WarnContext(ctx, "tier queue not read", "queue", tier, "err", err)
	}
	heads := map[desk.TicketID]desk.Ticket{}
	taken, err := c.take(ctx, asking, nudges, heads)
	switch {
	case err == nil:
		heads[taken.ticket.ID] = taken.ticket
	case !errors.Is(err, desk.ErrNotFound) && !errors.Is(err, errFull):
		heads = nil
	}
	c.settle(ctx, tier, nudges, heads)
	return taken, err
}

// take goes through the worklist, the most urgent first, until something suits who
// asks. Only when all was looked at do they get what suits nobody who is there.
func (c *Console) take(ctx context.Context, asking *taker, nudges []desk.ReceivedNudge, heads map[desk.TicketID]desk.Ticket) (done, error) {
	var ids []desk.TicketID
	for _, n := range nudges {
		if _, _, ok := n.Nudge.Ticket.Split(); ok { // else nobody could read it: it is over
			ids = append(ids, n.Nudge.Ticket)
		}
	}
	q := desk.WorklistQuery{Brands: c.brands(), Tiers: []desk.Tier{asking.tier}, States: []desk.State{desk.New, desk.Open}}
	for cursor, looked := "", 0; ; {
		cards, next, err := c.cfg.Lists.Worklist(ctx, q, cursor, nextCards)
		_, err = c.spared(ctx, err)
		if err != nil {
			return done{}, err
		}
		for _, card := range cards {
			ids = append(ids, card.ID)
		}
		page, err := c.candidates(ctx, ids, heads)
		if err != nil {
			return done{}, err
		}
		taken, err := c.claimFirst(ctx, asking, theirs, page)
		if !errors.Is(err, desk.ErrNotFound) {
			return taken, err
		}
		if looked += len(cards); next == "" || looked >= nextLooked {
			break
		}
		cursor, ids = next, nil
	}
	rest := slices.Collect(maps.Values(heads))
	for _, kind := range []suit{nobodys, anothers} {
		if taken, err := c.claimFirst(ctx, asking, kind, rest); !errors.Is(err, desk.ErrNotFound) {
			return taken, err
		}
	}
	if asking.refused {
		return done{}, asking.full()
	}
	return done{}, desk.ErrNotFound
}

// candidates reads the heads of ids that were not read yet, and notes them. What is
// gone is no more of them.
func (c *Console) candidates(ctx context.Context, ids []desk.TicketID, heads map[desk.TicketID]desk.Ticket) ([]desk.Ticket, error) {
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id desk.TicketID) bool { _, read := heads[id]; return read })
	tickets, err := c.cfg.Tickets.Tickets(ctx, ids)
	_, err = c.spared(ctx, err)
	for _, t := range tickets {
		heads[t.ID] = t
	}
	return tickets, err
}

// claimFirst claims the most urgent of tickets that is of a kind for who asks, and
// for which they have room; what somebody else was faster with is passed over.
func (c *Console) claimFirst(ctx context.Context, asking *taker, kind suit, tickets []desk.Ticket) (done, error) {
	var suiting []desk.Ticket
	for _, t := range tickets {
		if !suits(t, asking.who, asking.tier, asking.now) {
			continue
		}
		of, err := asking.suit(ctx, t)
		if err != nil {
			return done{}, err
		}
		if of == kind {
			suiting = append(suiting, t)
		}
	}
	slices.SortFunc(suiting, moreUrgent)
	claim := action{"claim", people.Claim, false, func(d decision) (desk.Entry, error) {
		if !suits(d.ticket, d.who, asking.tier, d.now) {
			return desk.Entry{}, desk.ErrClaimed
		}
		return d.ticket.Claim(d.who.ID, token(), d.now, d.work)
	}}
	for _, t := range suiting {
		has, err := asking.room(ctx, t, kind)
		if err != nil {
			return done{}, err
		}
		if !has {
			continue
		}
		taken, err := c.do(ctx, asking.who, claim, t.ID, input{})
		if errors.Is(err, desk.ErrClaimed) || errors.Is(err, desk.ErrStale) || errors.Is(err, desk.ErrState) || errors.Is(err, errForbidden) {
			continue
		}
		return taken, err
	}
	return done{}, desk.ErrNotFound
}

// suits reports whether t is for who to take: nobody has it, or it is theirs
// and waits for them with nothing of theirs still on its way.
func suits(t desk.Ticket, who people.Person, tier desk.Tier, now time.Time) bool {
	if t.Tier != tier || t.Lease.Live(now) || !people.May(who, people.Claim, t) {
		return false
	}
	return t.WantsNudge() || t.Assignee == who.ID && t.State == desk.Open && t.Disposition == desk.NeedsAnswer && len(t.Outbox) == 0
}

// moreUrgent orders by deadline as a worklist does, a ticket without one last;
// of equals the graver, then the older.
func moreUrgent(a, b desk.Ticket) int {
	da, db := a.Deadline(), b.Deadline()
	switch {
	case !da.Equal(db) && (db.IsZero() || !da.IsZero() && da.Before(db)):
		return -1
	case !da.Equal(db):
		return 1
	case a.Severity != b.Severity:
		return int(b.Severity) - int(a.Severity)
	}
	return a.Created.Compare(b.Created)
}

// settle deletes the nudges of tickets that nobody is wanted for any more, and
// gives the others back at once. Without heads all go back. A failure costs
// time alone: the queue gives them out again by itself.
func (c *Console) settle(ctx context.Context, tier desk.Tier, nudges []desk.ReceivedNudge, heads map[desk.TicketID]desk.Ticket) {
	var over, back []desk.ReceivedNudge
	for _, n := range nudges {
		t, read := heads[n.Nudge.Ticket]
		if heads != nil && (read || len(asker(ctx).Brands) == 0) && (!t.WantsNudge() || t.Tier != tier) { // what is not theirs may be wanted of others
			over = append(over, n)
		} else {
			back = append(back, n)
		}
	}
	if len(over) > 0 {
		if err := c.cfg.Queues.Delete(ctx, tier, over); err != nil {
			c.cfg.Log.WarnContext(ctx, "nudges not deleted", "queue", tier, "err", err)
		}
	}
	if len(back) > 0 {
		if err := c.cfg.Queues.GiveBack(ctx, tier, back); err != nil {
			c.cfg.Log.WarnContext(ctx, "nudges not given back", "queue", tier, "err", err)
		}
	}
}

// brands are those whose worklists there are.
func (c *Console) brands() []string {
	if slices.Contains(c.cfg.Brands, desk.UnknownBrand) {
		return c.cfg.Brands
	}
	return append(slices.Clip(c.cfg.Brands), desk.UnknownBrand)
}
