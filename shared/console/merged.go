package console

import (
	"context"
	"errors"
	"slices"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// mostMerged is how many merged tickets a page shows within the one that goes on in
// their place, the latest first to count. Its timeline leads to all of them.
const mostMerged = 5

// withMerged returns the parts of t's conversation and, where they were said, those of
// the tickets that were merged into it and of those that were merged into them. There
// they can only be read: nothing is done about them but on their own pages.
func (c *Console) withMerged(ctx context.Context, t desk.Ticket, log []desk.Entry, who people.Person, parts []messagePart) ([]messagePart, error) {
	var earlier []messagePart
	from := mergedInto(log)
	for n := 0; n < len(from) && n < mostMerged; n++ {
		other, err := c.cfg.Tickets.Ticket(ctx, from[n])
		if errors.Is(err, desk.ErrNotFound) { // or none of theirs
			continue
		}
		if err != nil {
			return nil, err
		}
		log, err := c.logOf(ctx, other)
		if err != nil {
			return nil, err
		}
		for _, s := range talkOf(log).said {
			p := c.part(other, who, s, false)
			p.From, p.Can, p.Undo, p.OtherWay = other.ID, nil, time.Time{}, otherWay(t, s)
			p.Judged, p.Segments = false, []segment{{Text: s.Text}} // by a verdict that this page does not show
			if p.Quote != nil && p.Quote.Ticket == "" {
				p.Quote.Ticket = other.ID
			}
			earlier = append(earlier, p)
		}
		for _, id := range mergedInto(log) {
			if id != t.ID && !slices.Contains(from, id) {
				from = append(from, id)
			}
		}
	}
	slices.SortStableFunc(earlier, func(a, b messagePart) int { return a.Time.Compare(b.Time) })
	var all []messagePart
	for _, p := range parts { // these stay in the order of their log
		for len(earlier) > 0 && earlier[0].Time.Before(p.Time) {
			all, earlier = append(all, earlier[0]), earlier[1:]
		}
		all = append(all, p)
	}
	return append(all, earlier...), nil
}

// mergedInto are the tickets that were merged into the one of a log, the latest first.
func mergedInto(log []desk.Entry) (ids []desk.TicketID) {
	for _, e := range slices.Backward(log) {
		if e.What == desk.MergedFrom {
			ids = append(ids, desk.TicketID(e.Target))
		}
	}
	return ids
}
