package story_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
)

// held is a desk with one reply that can be taken back for five seconds.
func held(t *testing.T) *story.Desk {
	t.Helper()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	d.Claims("ann", "somchai")
	heldReply(d, "r1", "first")
	return d
}

func heldReply(d *story.Desk, key, text string) {
	d.T.Helper()
	d.Does("somchai", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.Reply(t.Lease.Token, key, desk.Draft{Text: text, Hold: 5 * time.Second}, 0, now)
	})
}

func takesBack(d *story.Desk, key string) {
	d.T.Helper()
	d.Does("somchai", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		m, err := d.Store.Message(d.T.Context(), t.ID, key)
		if err != nil {
			return desk.Entry{}, err
		}
		return t.TakeBack("ann", m, now)
	})
}

func TestAReplyThatIsTakenBackIsNeverAtThePlatform(t *testing.T) {
	t.Parallel()
	d := held(t)
	d.FastForward(4 * time.Second)
	for range 2 { // nudges that come early do nothing
		d.Carries(desk.Nudge{Ticket: d.Of("somchai").ID})
	}
	delivery(t, d, "r1", desk.Queued)
	takesBack(d, "r1")
	d.Replies("somchai", "r2", "second")
	d.FastForward(10 * time.Minute)
	delivery(t, d, "r1", desk.Undone)
	if diff := cmp.Diff([]string{"somchai: second"}, d.Carrier.Heard); diff != "" {
		t.Error(diff)
	}
}

func TestWhatWaitedBehindAReplyThatIsTakenBackGoesAtOnce(t *testing.T) {
	t.Parallel()
	d := held(t)
	d.Replies("somchai", "r2", "second")
	d.FastForward(time.Second)
	takesBack(d, "r1")
	d.FastForward(time.Second) // three before the first one's time
	delivery(t, d, "r2", desk.Accepted)
	d.FastForward(time.Minute)
	if diff := cmp.Diff([]string{"somchai: second"}, d.Carrier.Heard); diff != "" || d.Carrier.Sends != 1 {
		t.Errorf("sent %d times\n%s", d.Carrier.Sends, diff)
	}
}

func TestAHeldReplyGoesOutOnceAndInItsOrderThoughItsNudgeIsLost(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]bool{"its nudge comes": false, "its nudge is lost": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := held(t)
			d.Replies("somchai", "r2", "second")
			took := 6 * time.Second
			if lose {
				d.LoseNudges()
				took = 4 * time.Minute
			}
			d.FastForward(4 * time.Second)
			if d.Carrier.Sends != 0 {
				t.Errorf("sent %d within the time to take it back", d.Carrier.Sends)
			}
			d.FastForward(took)
			if diff := cmp.Diff([]string{"somchai: first", "somchai: second"}, d.Carrier.Heard); diff != "" || d.Carrier.Sends != 2 {
				t.Errorf("sent %d times\n%s", d.Carrier.Sends, diff)
			}
		})
	}
}

func TestOfTakingBackAndSendingOneWins(t *testing.T) {
	t.Parallel()
	d := held(t)
	before := d.Of("somchai")
	d.Carrier.Meanwhile = func() { // the reply is being handed over
		now := d.Of("somchai")
		m, err := d.Store.Message(t.Context(), now.ID, "r1")
		if err != nil {
			t.Error(err)
		}
		if _, err := now.TakeBack("ann", m, d.Now()); !errors.Is(err, desk.ErrState) {
			t.Errorf("while it is being sent: %v", err)
		}
		e, err := before.TakeBack("ann", m, before.Updated)
		if err != nil {
			t.Fatal(err)
		}
		after := before // whatever it comes to, it is refused
		after.Version, after.Outbox, after.Grace = e.Version, nil, nil
		if err := d.Store.Commit(t.Context(), desk.Change{Before: before, After: after, Entry: e}); !errors.Is(err, desk.ErrStale) {
			t.Errorf("decided on before: %v", err)
		}
	}
	d.FastForward(10 * time.Second)
	delivery(t, d, "r1", desk.Accepted)
	if d.Carrier.Sends != 1 {
		t.Errorf("sent %d times", d.Carrier.Sends)
	}
}
