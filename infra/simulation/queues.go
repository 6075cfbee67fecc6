package simulation

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"example.com/skala/infra/simulation/judge"
	"example.com/skala/infra/simulator/memory"
	"example.com/skala/shared/desk"
)

// A source takes from one queue for a function, as an event source does.
type source interface {
	due() (time.Time, bool) // when it next takes something
	pump()
}

// hop is how long a value that can be seen takes to whoever it is for.
const hop = 40 * time.Millisecond

// A pump is the source of a function that takes values of one kind.
type pump[T any] struct {
	d     *Desk
	queue *memory.Queue[T]
	works func(v T, attempt int) error
}

func (p *pump[T]) due() (time.Time, bool) {
	if p.d.weather.down[p.queue.Name+"'s function"] > 0 {
		return time.Time{}, false
	}
	at, ok := p.queue.Next()
	return at.Add(hop), ok
}

// pump hands a batch over, and takes off the queue what was done. Now and then it
// comes again all the same.
func (p *pump[T]) pump() {
	acting := p.d.acting
	p.d.acting = nil
	defer func() { p.d.acting = acting }()
	ctx := context.Background()
	batch, err := p.queue.Take(ctx, 10)
	if err != nil {
		panic(err) // nothing is wrong with what nobody of the desk asks for
	}
	for _, v := range batch {
		if err := p.works(v.Value, v.Attempt); err != nil {
			continue
		}
		if p.d.chances(p.d.weather.repeats) {
			continue
		}
		if err := p.queue.Delete(ctx, v.Receipt); err != nil {
			panic(err)
		}
	}
}

// chances is true so often, and never while the weather is quiet.
func (d *Desk) chances(share float64) bool { return !d.weather.quiet && d.chance.Float64() < share }

// nudges is a queue of nudges as the desk's steps send to it, which loses, doubles
// and delays some.
type nudges struct {
	d     *Desk
	queue *memory.Queue[desk.Nudge]
}

// Send delivers n after a while.
func (q nudges) Send(ctx context.Context, n desk.Nudge, after time.Duration) error {
	d, w := q.d, q.d.weather
	with := string(n.Ticket)
	if n.Mailbox != "" {
		with = judge.Letters
	}
	ill := func(until time.Time) { d.Witness.Trouble(with, d.Now(), until.Add(d.skew)) }
	switch {
	case d.chances(w.loses):
		d.lostNudges++
		ill(d.now.Add(max(0, after)))
		return nil
	case d.chances(w.slows):
		late := time.Duration(1+d.chance.IntN(90)) * time.Second
		ill(d.now.Add(max(0, after) + late))
		after = max(0, after) + late
	case d.chances(w.doubles):
		if err := q.queue.Send(ctx, n, after+time.Duration(d.chance.IntN(3))*time.Second); err != nil {
			return err
		}
	}
	return q.queue.Send(ctx, n, after)
}

// tiers are the queues of the tiers, as the desk's steps nudge them.
type tiers struct {
	*memory.Tiers
	d *Desk
}

// Nudge tells a tier of a ticket, and the witness that it was told.
func (t tiers) Nudge(ctx context.Context, tier desk.Tier, n desk.Nudge) error {
	if t.d.chances(t.d.weather.loses) {
		t.d.Witness.Tell(n.Ticket, tier, t.d.Now())
		return nil
	}
	if t.d.authors[string(n.Ticket)] == nil && t.d.acting != nil { // who speaks there, as triage knows
		for _, with := range t.d.acting.with {
			if who := t.d.threads[with]; who != nil {
				t.d.authors[string(n.Ticket)] = who
			}
		}
	}
	err := t.Tiers.Nudge(ctx, tier, n)
	if err == nil {
		t.d.Witness.Tell(n.Ticket, tier, t.d.Now())
	}
	return err
}

// aside is what a sweep or an audit sends. They send side by side, and what becomes of
// it is drawn: so it is put aside first, and goes out in one order.
type aside struct{ due, notices, outbound, tiers pile }

// send sends all of it on.
func (a *aside) send(ctx context.Context, d *Desk) error {
	var errs []error
	for _, x := range a.tiers.taken() {
		errs = append(errs, d.tiers.Nudge(ctx, x.tier, x.nudge))
	}
	for _, to := range []struct {
		pile  *pile
		queue *memory.Queue[desk.Nudge]
	}{{&a.due, d.due}, {&a.notices, d.notices}, {&a.outbound, d.outbound}} {
		for _, x := range to.pile.taken() {
			err := nudges{d, to.queue}.Send(ctx, x.nudge, x.after)
			if errs = append(errs, err); err != nil {
				break // a queue that is away
			}
		}
	}
	return errors.Join(errs...)
}

// forget drops what a step that failed did not come to send.
func (a *aside) forget() {
	for _, p := range []*pile{&a.due, &a.notices, &a.outbound, &a.tiers} {
		p.all = nil
	}
}

// A pile is what is to be sent to one queue, or to the tiers'.
type pile struct {
	mu  sync.Mutex
	all []putAside
}

type putAside struct {
	nudge desk.Nudge
	after time.Duration
	tier  desk.Tier
}

// Send takes n.
func (p *pile) Send(_ context.Context, n desk.Nudge, after time.Duration) error {
	return p.put(putAside{nudge: n, after: after})
}

// Nudge takes n, for a tier.
func (p *pile) Nudge(_ context.Context, tier desk.Tier, n desk.Nudge) error {
	return p.put(putAside{nudge: n, tier: tier})
}

func (p *pile) put(x putAside) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, x)
	return nil
}

// taken takes all off the pile, in order.
func (p *pile) taken() []putAside {
	all := p.all
	p.all = nil
	slices.SortFunc(all, func(x, y putAside) int {
		return cmp.Or(cmp.Compare(x.after, y.after), cmp.Compare(x.nudge.Ticket, y.nudge.Ticket), cmp.Compare(x.nudge.Version, y.nudge.Version),
			cmp.Compare(x.nudge.Spill, y.nudge.Spill), cmp.Compare(x.nudge.Mailbox, y.nudge.Mailbox), cmp.Compare(x.tier, y.tier))
	})
	return all
}
