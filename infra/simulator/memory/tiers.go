package memory

import (
	"context"
	"fmt"

	"example.com/skala/shared/desk"
)

// Tiers are the queues that agents take from, one for each tier.
type Tiers [desk.Tiers]*Queue[desk.Nudge]

// Nudge tells the queue of a tier about a ticket.
func (t *Tiers) Nudge(ctx context.Context, tier desk.Tier, n desk.Nudge) error {
	q, err := t.of(tier)
	if err != nil {
		return err
	}
	return q.Send(ctx, n, 0)
}

// Receive takes up to limit nudges of a tier, 10 at most.
func (t *Tiers) Receive(ctx context.Context, tier desk.Tier, limit int) ([]desk.ReceivedNudge, error) {
	q, err := t.of(tier)
	if err != nil {
		return nil, err
	}
	got, err := q.Take(ctx, limit)
	nudges := make([]desk.ReceivedNudge, len(got))
	for i, d := range got {
		nudges[i] = desk.ReceivedNudge{Nudge: d.Value, Receipt: d.Receipt}
	}
	return nudges, err
}

// Delete takes nudges off the queue of their tier for good.
func (t *Tiers) Delete(ctx context.Context, tier desk.Tier, done []desk.ReceivedNudge) error {
	q, err := t.of(tier)
	if err != nil {
		return err
	}
	return q.Delete(ctx, receipts(done)...)
}

// GiveBack lets others have nudges at once.
func (t *Tiers) GiveBack(ctx context.Context, tier desk.Tier, unused []desk.ReceivedNudge) error {
	q, err := t.of(tier)
	if err != nil {
		return err
	}
	return q.GiveBack(ctx, receipts(unused)...)
}

func (t *Tiers) of(tier desk.Tier) (*Queue[desk.Nudge], error) {
	if int(tier) >= len(t) || t[tier] == nil {
		return nil, fmt.Errorf("memory: tier %d has no queue: %w", tier, desk.ErrInvalid)
	}
	return t[tier], nil
}

func receipts(nudges []desk.ReceivedNudge) []string {
	all := make([]string, len(nudges))
	for i, n := range nudges {
		all[i] = n.Receipt
	}
	return all
}
