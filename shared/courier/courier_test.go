package courier_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"example.com/skala/infra/policy"
	"example.com/skala/shared/courier"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/nudge"
	rules "example.com/skala/shared/policy"
)

// What a courier does to a ticket over time is told in infra/story. Here is what
// needs no table: the time it leaves itself, and what it does when parts fail.

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// one is a table with one ticket.
type one struct {
	ticket desk.Ticket
	reply  desk.Message
	broken error
	wrote  []desk.What
}

func (o *one) Ticket(context.Context, desk.TicketID) (desk.Ticket, error) { return o.ticket, o.broken }

func (o *one) Message(context.Context, desk.TicketID, string) (desk.Message, error) {
	return o.reply, o.broken
}

func (o *one) Said(context.Context, desk.Ticket) (desk.Message, error) {
	return desk.Message{}, desk.ErrNotFound
}

func (o *one) Commit(ctx context.Context, c desk.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o.ticket, o.wrote = c.After, append(o.wrote, c.Entry.What)
	return nil
}

// slow is a platform that answers when its caller has given up.
type slow struct{}

func (slow) Send(ctx context.Context, _ desk.Reply) (string, error) {
	<-ctx.Done()
	return "", &desk.SendError{Class: desk.SendRetry, Reason: "did not answer"}
}

func (slow) Repeatable() bool { return true }

type policies struct{ p *rules.Policy }

func (p policies) Version(context.Context, string) (*rules.Policy, error) { return p.p, nil }

type quiet struct{}

func (quiet) Send(context.Context, desk.Nudge, time.Duration) error { return nil }
func (quiet) Nudge(context.Context, desk.Tier, desk.Nudge) error    { return nil }

func open(t *testing.T, table *one) *courier.Courier[slow] {
	t.Helper()
	p, err := rules.Load(policy.Default, "default")
	if err != nil {
		t.Fatal(err)
	}
	return &courier.Courier[slow]{
		Carrier: func(desk.Origin) (slow, error) { return slow{}, nil }, Tickets: table, Policies: policies{p},
		Nudger: &nudge.Nudger{Tiers: quiet{}, Outbound: quiet{}, Due: quiet{}}, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler),
	}
}

func TestASendIsBrokenOffInTimeToWriteDownHowItEnded(t *testing.T) {
	t.Parallel()
	table := &one{ticket: desk.Ticket{ID: "thread.1", Version: 3, State: desk.Open, Outbox: []string{"r1"}}, reply: desk.Message{Key: "r1"}}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second+50*time.Millisecond)
	defer cancel()
	if err := open(t, table).Ticket(ctx, desk.Nudge{Ticket: "thread.1"}); err != nil {
		t.Fatal(err)
	}
	if len(table.wrote) != 2 || table.wrote[0] != desk.Sending || table.wrote[1] != desk.SendDeferred {
		t.Errorf("written down: %q", table.wrote)
	}
}

func TestATableThatFailsSendsTheNudgeBack(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	if err := open(t, &one{broken: broken}).Ticket(t.Context(), desk.Nudge{Ticket: "thread.1"}); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

// raced is a table on which another courier is faster: it marks the reply that
// this one is about to mark.
type raced struct{ *one }

func (r raced) Commit(ctx context.Context, c desk.Change) error {
	if r.ticket.OutboxAt.IsZero() {
		r.ticket.Version++
		r.ticket.OutboxAt = noon.Add(time.Minute)
		return desk.ErrStale
	}
	return r.one.Commit(ctx, c)
}

// sent is a platform that counts what it gets.
type sent struct{ replies *int }

func (s sent) Send(context.Context, desk.Reply) (string, error) {
	*s.replies++
	return "p-1", nil
}

func (sent) Repeatable() bool { return true }

func TestACourierThatAnotherWasFasterThanSendsNothing(t *testing.T) {
	t.Parallel()
	table := &one{ticket: desk.Ticket{ID: "thread.1", Version: 3, State: desk.Open, Outbox: []string{"r1"}}, reply: desk.Message{Key: "r1"}}
	whole, replies := open(t, table), 0
	c := &courier.Courier[sent]{
		Carrier: func(desk.Origin) (sent, error) { return sent{&replies}, nil }, Tickets: raced{table}, Policies: whole.Policies,
		Nudger: whole.Nudger, Now: whole.Now, Log: whole.Log,
	}
	if err := c.Ticket(t.Context(), desk.Nudge{Ticket: "thread.1"}); err != nil || replies != 0 || len(table.wrote) != 0 {
		t.Errorf("%v; it sent %d replies and wrote %q", err, replies, table.wrote)
	}
}

// busy is a platform that wants as much patience as a courier has with another.
type busy struct{}

func (busy) Send(context.Context, desk.Reply) (string, error) {
	return "", &desk.SendError{Class: desk.SendRetry, After: 45 * time.Second, Reason: "wants patience"}
}

func (busy) Repeatable() bool { return true }

// waits are how long nudges are held back.
type waits struct{ all *[]time.Duration }

func (w waits) Send(_ context.Context, _ desk.Nudge, after time.Duration) error {
	*w.all = append(*w.all, after)
	return nil
}

func TestAReplyThatWaitsAsLongAsItsCourierMayTakeIsNudgedToo(t *testing.T) {
	t.Parallel()
	table := &one{ticket: desk.Ticket{ID: "thread.1", Version: 3, State: desk.Open, Outbox: []string{"r1"}}, reply: desk.Message{Key: "r1"}}
	whole, nudged := open(t, table), []time.Duration{}
	c := &courier.Courier[busy]{
		Carrier: func(desk.Origin) (busy, error) { return busy{}, nil }, Tickets: table, Policies: whole.Policies,
		Nudger: &nudge.Nudger{Tiers: quiet{}, Outbound: waits{&nudged}, Due: quiet{}}, Now: whole.Now, Log: whole.Log,
	}
	if err := c.Ticket(t.Context(), desk.Nudge{Ticket: "thread.1"}); err != nil || len(nudged) != 1 || nudged[0] != 45*time.Second {
		t.Errorf("%v; nudged after %v", err, nudged)
	}
}
