package story_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo"
)

// kept are the events in quarantine.
func kept(t *testing.T, d *story.Desk) []desk.Kept {
	t.Helper()
	all, next, err := d.Store.Quarantined(t.Context(), "", 50)
	if err != nil || next != "" {
		t.Fatalf("%v, more from %q", err, next)
	}
	return all
}

// only is the one event in quarantine.
func only(t *testing.T, d *story.Desk) desk.Kept {
	t.Helper()
	all := kept(t, d)
	if len(all) != 1 {
		t.Fatalf("%d events are in quarantine", len(all))
	}
	return all[0]
}

func replays(t *testing.T, d *story.Desk, id string) desk.Replay {
	t.Helper()
	out, err := d.Redriver.One(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// row is what the ledger counts of the hour after noon, without account and hour.
func row(d *story.Desk) desk.LedgerRow {
	d.T.Helper()
	var sum desk.LedgerRow
	for _, r := range d.Balance(0).Rows {
		sum.Accepted += r.Accepted
		sum.Ticketed += r.Ticketed
		sum.Appended += r.Appended
		sum.Duplicate += r.Duplicate
		sum.Ignored += r.Ignored
		sum.Quarantined += r.Quarantined
		sum.InFlight += r.InFlight
	}
	return sum
}

func TestWhatNobodyCouldReadBecomesItsTicketOnceTheReaderIsMended(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Unread = func([]byte) error { return errors.New("a field is missing") }
	raw := d.Says("somchai", chargedTwice)
	shown := only(t, d)
	if !bytes.Equal(shown.Raw.Body, raw.Body) || shown.Reason != "a field is missing" || shown.Raw.Delivery != raw.Delivery || len(d.Tickets()) != 0 {
		t.Fatalf("kept %+v", shown)
	}
	d.FastForward(30 * time.Minute)
	d.Unread = func([]byte) error { return errors.New("another field is missing") }
	out := replays(t, d, shown.ID)
	d.FastForward(time.Second)
	if again := only(t, d); out.Outcome != desk.ReplayUnreadable || again.Reason != "another field is missing" || out.Reason != again.Reason || !bytes.Equal(again.Raw.Body, raw.Body) {
		t.Errorf("replayed in vain: %+v, kept %+v", out, again)
	}
	if got := row(d); got != (desk.LedgerRow{Accepted: 1, Quarantined: 1}) {
		t.Errorf("the ledger has %+v", got)
	}
	d.FastForward(30 * time.Minute)
	d.Unread = nil
	if out = replays(t, d, shown.ID); out != (desk.Replay{ID: shown.ID, Outcome: desk.ReplaySent, Events: 1}) {
		t.Errorf("replayed: %+v", out)
	}
	d.FastForward(2 * time.Minute)
	ticket := d.Of("somchai")
	entries, err := d.Store.Log(t.Context(), ticket.ID)
	if err != nil {
		t.Fatal(err)
	}
	if m := entries[0].Message; m.Text != chargedTwice || !m.Received.Equal(story.Noon) || !entries[0].At.Equal(story.Noon) || ticket.Category != desk.Billing {
		t.Errorf("it became %+v of %v", m, entries[0].At)
	}
	// It was late before anybody could see it, and the desk says so.
	if late := breaches(t, d, "somchai"); late[desk.FirstResponse] < 30*time.Minute {
		t.Errorf("breached %v", late)
	}
	if left := kept(t, d); len(left) != 0 {
		t.Errorf("still in quarantine: %+v", left)
	}
	if got := row(d); got != (desk.LedgerRow{Accepted: 1, Ticketed: 1}) {
		t.Errorf("the ledger has %+v", got)
	}
	if _, err := d.Redriver.One(t.Context(), shown.ID); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("replayed once more: %v", err)
	}
}

func TestWhatTriageCanNotReadEitherComesBackWithItsNewReason(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Unread = func([]byte) error { return errors.New("a field is missing") }
	d.Says("somchai", chargedTwice)
	shown := only(t, d)
	d.Unread = nil // where it is replayed, and not yet where triage runs
	if out := replays(t, d, shown.ID); out.Outcome != desk.ReplaySent {
		t.Errorf("%+v", out)
	}
	d.Unread = func([]byte) error { return errors.New("an old release") }
	d.FastForward(time.Second)
	if again := only(t, d); again.Reason != "an old release" || again.ID != shown.ID {
		t.Errorf("kept %+v", again)
	}
	if got := row(d); got != (desk.LedgerRow{Accepted: 1, Quarantined: 1}) {
		t.Errorf("the ledger has %+v", got)
	}
}

// whole has the door take in a webhook of three events of two authors that nobody
// could split.
func whole(t *testing.T, d *story.Desk) desk.Kept {
	t.Helper()
	var events []desk.Event
	for n, author := range []string{"somchai", "somchai", "malee"} {
		id := fmt.Sprintf("k%d", n)
		events = append(events, desk.Event{Kind: desk.MessageCreated, Key: id, ID: id, Platform: story.Chat, Account: "cafe", Channel: "chat direct",
			Direction: desk.In, Visibility: desk.Private, Author: desk.Author{ID: author}, Conversation: author, Text: chargedTwice, Time: d.Now()})
	}
	body, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	raw := d.Accepts(desk.RawEvent{App: desk.App{Platform: story.Chat, Name: "demo"}, Body: body, Received: d.Now(), Whole: true})
	if err := d.Store.Quarantine(t.Context(), raw, "no end"); err != nil {
		t.Fatal(err)
	}
	return only(t, d)
}

func TestABodyThatNobodyCouldSplitBecomesItsMessages(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	shown := whole(t, d)
	d.FastForward(time.Minute)
	d.Unsplit = errors.New("still no end")
	if out := replays(t, d, shown.ID); out.Outcome != desk.ReplayUnreadable || only(t, d).Reason != "still no end" || !only(t, d).Raw.Whole {
		t.Errorf("replayed in vain: %+v", out)
	}
	if got := row(d); got != (desk.LedgerRow{Accepted: 1, Quarantined: 1}) {
		t.Errorf("the ledger has %+v", got)
	}
	d.Unsplit = nil
	if out := replays(t, d, shown.ID); out.Outcome != desk.ReplaySent || out.Events != 3 {
		t.Errorf("replayed: %+v", out)
	}
	d.FastForward(time.Second)
	if log := d.Log("somchai") + "; " + d.Log("malee"); log != "received, received; received" || len(kept(t, d)) != 0 || !d.Of("malee").Created.Equal(story.Noon) {
		t.Errorf("they became %s at %v, %d are in quarantine", log, d.Of("malee").Created, len(kept(t, d)))
	}
	if got := row(d); got != (desk.LedgerRow{Accepted: 3, Ticketed: 2, Appended: 1}) {
		t.Errorf("the ledger has %+v", got)
	}
}

func TestAnEventOfABodyThatCanNotBeReadIsQuarantinedByItself(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	shown := whole(t, d)
	d.Unread = func(body []byte) error {
		if bytes.Contains(body, []byte("malee")) {
			return errors.New("a field is missing")
		}
		return nil
	}
	replays(t, d, shown.ID)
	d.FastForward(time.Second)
	one := only(t, d)
	if log := d.Log("somchai"); log != "received, received" || one.Raw.Whole || one.Reason != "a field is missing" || one.ID == shown.ID {
		t.Errorf("%s, kept %+v", log, one)
	}
	if got := row(d); got != (desk.LedgerRow{Accepted: 3, Ticketed: 1, Appended: 1, Quarantined: 1}) {
		t.Errorf("the ledger has %+v", got)
	}
	d.Unread = nil
	replays(t, d, one.ID)
	d.FastForward(time.Second)
	if got := row(d); got != (desk.LedgerRow{Accepted: 3, Ticketed: 2, Appended: 1}) || d.Log("malee") != "received" {
		t.Errorf("the ledger has %+v, malee %s", got, d.Log("malee"))
	}
}

// mortal is the table and the queue of a redriver that dies: before the call
// that comes after so many, or once that has had its effect.
type mortal struct {
	*dynamo.Store
	inbound *story.Desk
	lives   int // calls
	after   bool
	calls   int
}

func (m *mortal) do(call func() error) error {
	m.calls++
	switch {
	case m.calls <= m.lives:
		return call()
	case m.calls == m.lives+1 && m.after:
		_ = call() // nobody hears of it any more
	}
	return errors.New("died")
}

func (m *mortal) died() bool { return m.calls > m.lives }

func (m *mortal) Replaying(ctx context.Context, id, token string) (k desk.Kept, err error) {
	err = m.do(func() error { k, err = m.Store.Replaying(ctx, id, token); return err })
	return k, err
}

func (m *mortal) Replayed(ctx context.Context, k desk.Kept, token string, now time.Time) error {
	return m.do(func() error { return m.Store.Replayed(ctx, k, token, now) })
}

func (m *mortal) Quarantine(ctx context.Context, raw desk.RawEvent, reason string) error {
	return m.do(func() error { return m.Store.Quarantine(ctx, raw, reason) })
}

func (m *mortal) Accept(ctx context.Context, a desk.Acceptance) error {
	return m.do(func() error { return m.Store.Accept(ctx, a) })
}

func (m *mortal) SendAll(ctx context.Context, events []desk.RawEvent) (refused []desk.RawEvent, err error) {
	err = m.do(func() error { refused, err = m.inbound.SendAll(ctx, events); return err })
	if err != nil {
		refused = events
	}
	return refused, err
}

func (m *mortal) Spill(ctx context.Context, events []desk.RawEvent) error {
	return m.do(func() error { return m.Store.Spill(ctx, events) })
}

func TestAReplayThatDiesAnywhereAndIsMadeAgainMakesOneMessageOfEach(t *testing.T) {
	t.Parallel()
	single := func(t *testing.T, d *story.Desk) desk.Kept {
		d.Unread = func([]byte) error { return errors.New("a field is missing") }
		d.Says("somchai", chargedTwice)
		d.Unread = nil
		return only(t, d)
	}
	for _, tt := range []struct {
		name  string
		begin func(*testing.T, *story.Desk) desk.Kept
		calls int
		logs  string
		want  desk.LedgerRow
	}{
		{"an event", single, 3, "received", desk.LedgerRow{Accepted: 1, Ticketed: 1}},
		{"a body", whole, 4, "received, received; received", desk.LedgerRow{Accepted: 3, Ticketed: 2, Appended: 1}},
	} {
		for _, after := range []bool{false, true} {
			for lives := range tt.calls + 1 {
				for _, triaged := range []bool{false, true} { // what came in before it is made again
					name := fmt.Sprintf("%s dies at call %d, effect %t, triaged %t", tt.name, lives+1, after, triaged)
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						d := story.Tell(t, policy.Default)
						shown := tt.begin(t, d)
						m := &mortal{Store: d.Store, inbound: d, lives: lives, after: after}
						r := *d.Redriver
						r.Marks, r.Ledger, r.Inbound, r.Spills = m, m, m, m
						_, err := r.One(t.Context(), shown.ID)
						if (err != nil) != (lives < tt.calls) || m.died() != (lives < tt.calls) {
							t.Fatalf("%d calls, %v", m.calls, err)
						}
						if err != nil && lives+1 < tt.calls {
							only(t, d) // whatever happened, it is still shown
						}
						if triaged {
							d.FastForward(time.Second)
						}
						if _, err := d.Redriver.One(t.Context(), shown.ID); err != nil && !errors.Is(err, desk.ErrNotFound) {
							t.Fatal(err)
						}
						d.FastForward(time.Second)
						logs := d.Log("somchai")
						if shown.Raw.Whole {
							logs += "; " + d.Log("malee")
						}
						if got := row(d); logs != tt.logs || got != tt.want || len(kept(t, d)) != 0 {
							t.Errorf("they became %s, the ledger has %+v, %d are in quarantine", logs, got, len(kept(t, d)))
						}
						if diff := d.Balance(0).Difference; len(diff) != 0 {
							t.Errorf("the hour does not balance: %+v", diff)
						}
					})
				}
			}
		}
	}
}

func TestTwoWhoReplayAtOnceMakeOneMessage(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	shown := whole(t, d)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := d.Redriver.One(t.Context(), shown.ID); err != nil && !errors.Is(err, desk.ErrNotFound) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	d.FastForward(time.Second)
	if got := row(d); got != (desk.LedgerRow{Accepted: 3, Ticketed: 2, Appended: 1}) || d.Log("somchai") != "received, received" || len(kept(t, d)) != 0 {
		t.Errorf("the ledger has %+v, somchai %s, %d are in quarantine", got, d.Log("somchai"), len(kept(t, d)))
	}
}

func TestAllOfTheQuarantineIsReplayedPageByPage(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Unread = func([]byte) error { return errors.New("a field is missing") }
	const written = 123 // more than one call deals with
	for n := range written {
		d.Says(fmt.Sprintf("customer %d", n), fmt.Sprintf("%s %d", chargedTwice, n))
	}
	d.Unread = func(body []byte) error {
		if bytes.Contains(body, []byte(`customer 7"`)) || bytes.Contains(body, []byte(`customer 120"`)) {
			return errors.New("another field is missing")
		}
		return nil
	}
	first, err := d.Redriver.All(t.Context(), "")
	if err != nil || first.Sent+first.Unreadable != 100 || first.Unreadable == 0 || first.Failed != 0 || first.Remaining != 23 || first.Next == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	rest, err := d.Redriver.All(t.Context(), first.Next)
	if err != nil || rest != (desk.Replays{Sent: 23 - (2 - first.Unreadable), Unreadable: 2 - first.Unreadable}) {
		t.Fatalf("%+v, %v", rest, err)
	}
	d.FastForward(time.Second)
	if left := kept(t, d); len(left) != 2 || left[0].Reason != "another field is missing" || left[1].Reason != left[0].Reason {
		t.Errorf("left: %+v", left)
	}
	if got := row(d); got != (desk.LedgerRow{Accepted: written, Ticketed: written - 2, Quarantined: 2}) {
		t.Errorf("the ledger has %+v", got)
	}
}

func TestWhatTheQueueRefusesOfAReplayIsBroughtInFromTheTable(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	shown := whole(t, d)
	d.InboundMax = 10
	if out := replays(t, d, shown.ID); out.Outcome != desk.ReplaySent {
		t.Errorf("%+v", out)
	}
	d.InboundMax = 0
	d.FastForward(2 * time.Minute)
	if got := row(d); got != (desk.LedgerRow{Accepted: 3, Ticketed: 2, Appended: 1}) || len(kept(t, d)) != 0 {
		t.Errorf("the ledger has %+v, %d are in quarantine", got, len(kept(t, d)))
	}
}

func TestNudgesThatComeBackFromTheDeadDoNoHarm(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	d.FastForward(20 * time.Minute) // it has been late since
	before, log := d.Of("somchai"), d.Log("somchai")
	for version := int64(1); version <= before.Version; version++ {
		d.Works(desk.Nudge{Ticket: before.ID, Version: version})
		d.Carries(desk.Nudge{Ticket: before.ID, Version: version})
	}
	d.Works(desk.Nudge{Ticket: desk.NewTicketID("nobody", 1), Version: 1})
	if after := d.Of("somchai"); d.Log("somchai") != log || after.Version != before.Version || len(d.Carrier.Heard) != 0 {
		t.Errorf("version %d became %d: %s", before.Version, after.Version, d.Log("somchai"))
	}
}
