package story_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
)

// errRevoked is a platform that lets the account do nothing.
var errRevoked = &desk.SendError{Class: desk.SendAuth, Reason: "the token is no good"}

// guarded is a desk with replies to two customers on their way, of which the platform
// refuses the first for the account's sake.
func guarded(t *testing.T) *story.Desk {
	t.Helper()
	d := replied(t)
	d.Guards()
	d.Says("ploy", chargedTwice)
	d.Claims("ann", "ploy")
	d.Replies("ploy", "r3", "third")
	d.Replies("somchai", "r2", "second")
	d.Carrier.Answers, d.Carrier.Refuses = []error{errRevoked}, errRevoked
	d.FastForward(10 * time.Second)
	return d
}

func heard(t *testing.T, d *story.Desk, sends int, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, d.Carrier.Heard); diff != "" || d.Carrier.Sends != sends {
		t.Errorf("sent %d times (-want +got)\n%s", d.Carrier.Sends, diff)
	}
}

func TestRepliesWaitForAnAccountThatIsRefusedAndGoOutOnceWhenItIsWell(t *testing.T) {
	t.Parallel()
	d := guarded(t)
	for range 8 {
		d.Looks()
		d.FastForward(5 * time.Minute)
	}
	if m := delivery(t, d, "r1", desk.Queued); !strings.Contains(m.Problem, "the token is no good") {
		t.Errorf("the reply says %q", m.Problem)
	}
	heard(t, d, 1) // the others have not even been tried
	account, err := d.Store.Account(t.Context(), d.Of("somchai").AccountKey())
	if err != nil || account.Paused.IsZero() || account.Found != desk.FoundRefused {
		t.Errorf("the account is %+v, %v", account, err)
	}
	d.Carrier.Refuses = nil
	d.Looks()
	d.FastForward(time.Minute)
	if d.Carrier.Sends != 4 || len(d.Carrier.Heard) != 3 {
		t.Errorf("sent %d times: %q", d.Carrier.Sends, d.Carrier.Heard)
	}
	delivery(t, d, "r1", desk.Accepted)
	delivery(t, d, "r2", desk.Accepted)
	waiting, err := d.Store.HeldBack(t.Context(), desk.AccountKey{}, 9)
	if err != nil || len(waiting) != 0 {
		t.Errorf("%v still waits, %v", waiting, err)
	}
}

func TestAReplyThatNobodyLetsGoIsTriedAgainAfterHours(t *testing.T) {
	t.Parallel()
	d := guarded(t)
	d.FastForward(4*time.Hour - time.Minute)
	heard(t, d, 1)
	d.FastForward(3 * time.Minute) // paused still: it waits again
	heard(t, d, 1)
	delivery(t, d, "r1", desk.Queued)
}

func TestARefusalOfAnAccountThatIsWellFailsThatReplyAlone(t *testing.T) {
	t.Parallel()
	d := guarded(t)
	d.Carrier.Refuses = nil
	d.Carrier.Answers = []error{errRevoked} // one chat, in which the bot may not write
	d.Looks()
	d.FastForward(time.Minute)
	failed := 0
	for who, keys := range map[string][]string{"somchai": {"r1", "r2"}, "ploy": {"r3"}} {
		for _, key := range keys {
			m, err := d.Store.Message(t.Context(), d.Of(who).ID, key)
			if err != nil {
				t.Fatal(err)
			}
			switch m.Delivery {
			case desk.DeliveryFailed:
				failed++
			case desk.Accepted:
			default:
				t.Errorf("%s is %s", key, m.Delivery)
			}
		}
	}
	account, err := d.Store.Account(t.Context(), d.Of("somchai").AccountKey())
	if err != nil || failed != 1 || !account.Paused.IsZero() {
		t.Errorf("%d failed, and the account is %+v, %v", failed, account, err)
	}
}

func TestModerationWaitsForAnAccountThatIsRefusedLikeAReply(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Guards()
	d.Deliver(comment(d, "c1", "c1", "somchai", chargedTwice))
	d.Carrier.Answers, d.Carrier.Refuses = []error{errRevoked}, errRevoked
	can := desk.Capability{Moderation: []desk.ModerationAction{desk.HideMessage}}
	d.Does("somchai", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.Moderate("ann", "h1", desk.HideMessage, desk.Message{ID: "c1", Key: "c1:add", Direction: desk.In}, "shows a card number", can, now)
	})
	for range 4 {
		d.FastForward(5 * time.Minute)
		d.Looks()
	}
	if m := delivery(t, d, "h1", desk.Queued); !strings.Contains(m.Problem, "the token is no good") {
		t.Errorf("it says %q", m.Problem)
	}
	if account, err := d.Store.Account(t.Context(), d.Of("somchai").AccountKey()); err != nil || account.Paused.IsZero() {
		t.Errorf("the account is %+v, %v", account, err)
	}
	if len(d.Carrier.Heard) != 0 {
		t.Errorf("the platform did %q", d.Carrier.Heard)
	}
	d.Carrier.Refuses = nil
	d.Looks()
	d.FastForward(time.Minute)
	delivery(t, d, "h1", desk.Accepted)
	if diff := cmp.Diff([]string{"hide c1"}, d.Carrier.Heard); diff != "" {
		t.Error(diff)
	}
}
