package story_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
)

const chargedTwice = "ตัดเงินบัตรซ้ำสองครั้งค่ะ ขอเงินคืนด้วย" // charged twice, wants the money back

func TestACustomerIsAnswered(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	ticket := d.Of("somchai")
	if ticket.Tier != desk.Senior || ticket.Category != desk.Billing || ticket.Severity != desk.Critical || ticket.Brand != "aegean" || len(d.Tiers[desk.Senior]) != 1 {
		t.Fatalf("judged as %+v, nudged %v", ticket, d.Tiers)
	}
	d.Claims("ann", "somchai")
	d.Replies("somchai", "r1", "กำลังตรวจสอบค่ะ")
	d.FastForward(time.Second)
	if diff := cmp.Diff([]string{"somchai: กำลังตรวจสอบค่ะ"}, d.Carrier.Heard); diff != "" {
		t.Error(diff)
	}
	if ticket = d.Of("somchai"); ticket.State != desk.Waiting || len(ticket.Outbox) != 0 {
		t.Errorf("after the answer: %+v", ticket)
	}
	if log := d.Log("somchai"); log != "received, claimed, replied, sending, sent" {
		t.Error(log)
	}
}

func TestWhatNobodyTouchesEscalates(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", "ร้านเปิดกี่โมงคะ") // when do you open
	low := d.Of("somchai")
	if low.Tier >= desk.Senior || low.Disposition != desk.NeedsAnswer {
		t.Fatalf("judged as %+v", low)
	}
	d.FastForward(3 * time.Hour)
	after := d.Of("somchai")
	log := d.Log("somchai")
	if after.Tier <= low.Tier || !strings.Contains(log, "warned") || !strings.Contains(log, "breached") {
		t.Errorf("from tier %d to tier %d: %s", low.Tier, after.Tier, log)
	}
	if len(d.Tiers[after.Tier]) == 0 {
		t.Errorf("tier %d was not told", after.Tier)
	}
}

// breaches returns how late the first steps of the author's breaches were
// taken, by metric and cycle.
func breaches(t *testing.T, d *story.Desk, author string) map[desk.Metric]time.Duration {
	t.Helper()
	entries, err := d.Store.Log(t.Context(), d.Of(author).ID)
	if err != nil {
		t.Fatal(err)
	}
	late := map[desk.Metric]time.Duration{}
	for _, e := range entries {
		if e.What == desk.Breached && e.Level == 1 {
			if _, twice := late[e.Metric]; twice {
				t.Errorf("%s was breached twice", e.Metric)
			}
			late[e.Metric] = e.At.Sub(e.Deadline)
		}
	}
	return late
}

func TestABreachIsActedOnInSecondsWhateverIsLost(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.FastForward(20 * time.Second) // no sweep comes just when something falls due
	d.Says("somchai", chargedTwice)
	d.LoseNudges() // the sweep finds it all the same
	d.FastForward(20 * time.Minute)
	late := breaches(t, d, "somchai")
	if len(late) != 2 { // acknowledge after 3 minutes, first response after 15
		t.Fatalf("breached: %v", late)
	}
	for metric, by := range late {
		if by < 0 || by > 2*time.Second {
			t.Errorf("%s was acted on %v after its deadline", metric, by)
		}
	}
}

func TestADeadlineThatPassedWhileTheDeskWasDownIsActedOnAtOnce(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	d.LoseNudges()
	d.SetTime(story.Noon.Add(20 * time.Minute))
	d.FastForward(5 * time.Second)
	if late := breaches(t, d, "somchai"); len(late) != 2 {
		t.Errorf("breached: %v", late)
	}
}

func TestARedeliveryIsNoSecondMessage(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	raw := d.Says("somchai", chargedTwice)
	d.Deliver(raw)
	d.Deliver(raw)
	if ticket := d.Of("somchai"); ticket.Messages != 1 || ticket.Version != 1 {
		t.Errorf("%d messages at version %d", ticket.Messages, ticket.Version)
	}
	if len(d.Tiers[desk.Senior]) != 3 {
		t.Errorf("a redelivery must nudge again, for the first try may have died before: %v", d.Tiers)
	}
}

func TestTenWorkersOnOneThreadMakeOneTicket(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	var events []desk.RawEvent
	for i := range 10 {
		events = append(events, d.Event(desk.Event{Kind: desk.MessageCreated, Key: string(rune('a' + i)), ID: string(rune('a' + i)), Author: desk.Author{ID: "somchai"}, Text: chargedTwice}))
	}
	done := make(chan struct{})
	for _, raw := range events {
		go func() {
			d.Deliver(raw)
			done <- struct{}{}
		}()
	}
	for range events {
		<-done
	}
	if all := d.Tickets(); len(all) != 1 || all[0].Messages != 10 {
		t.Errorf("%d tickets, the first with %d messages", len(all), all[0].Messages)
	}
}

func TestTwoPeopleInOneGroupAreTwoTickets(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	for i, author := range []string{"somchai", "malee"} {
		d.Deliver(d.Event(desk.Event{Kind: desk.MessageCreated, Key: author, ID: string(rune('a' + i)), Conversation: "group", Author: desk.Author{ID: author}, Text: chargedTwice}))
	}
	if all := d.Tickets(); len(all) != 2 {
		t.Errorf("%d tickets", len(all))
	}
}

func TestAnEditJudgesAgainAndADeletionTakesTheWords(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", "ร้านเปิดกี่โมงคะ")
	before := d.Of("somchai")
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageEdited, Key: "edit", Target: "m1", Author: desk.Author{ID: "somchai"}, Text: chargedTwice}))
	if after := d.Of("somchai"); after.Severity != desk.Critical || after.Tier != desk.Senior || after.Messages != before.Messages {
		t.Errorf("edited: %+v", after)
	}
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageDeleted, Key: "unsend", Target: "m1", Author: desk.Author{ID: "somchai"}}))
	after := d.Of("somchai")
	if after.Preview != "" || after.Severity != desk.Critical {
		t.Errorf("deleted: %+v", after)
	}
	entries, err := d.Store.Log(t.Context(), after.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Message != nil && e.Message.Text != "" {
			t.Errorf("%s still says %q", e.What, e.Message.Text)
		}
		for _, r := range append(verdictOf(e), after.Verdict.Reasons...) {
			if r.Text != "" {
				t.Errorf("%s still quotes %q", e.What, r.Text)
			}
		}
	}
}

func verdictOf(e desk.Entry) []desk.Reason {
	if e.Verdict == nil {
		return nil
	}
	return e.Verdict.Reasons
}

func TestADeletionThatComesFirstIsMetByItsMessage(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageDeleted, Key: "unsend", Target: "m1", Author: desk.Author{ID: "somchai"}}))
	if all := d.Tickets(); len(all) != 0 {
		t.Errorf("a deletion made %d tickets", len(all))
	}
	d.Says("somchai", chargedTwice)
	if ticket := d.Of("somchai"); ticket.Preview != "" || ticket.Disposition != desk.NeedsNone {
		t.Errorf("%+v", ticket)
	}
}

func TestASpilledEventComesInLater(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	raw := d.Event(desk.Event{Kind: desk.MessageCreated, Key: "k", ID: "m", Author: desk.Author{ID: "somchai"}, Text: chargedTwice})
	if err := d.Store.Spill(t.Context(), []desk.RawEvent{raw}); err != nil {
		t.Fatal(err)
	}
	d.FastForward(2 * time.Minute)
	if all := d.Tickets(); len(all) != 1 {
		t.Fatalf("%d tickets", len(all))
	}
	d.FastForward(2 * time.Minute)
	due, err := d.Store.Due(t.Context(), d.Now(), 10)
	if due = slices.DeleteFunc(due, func(d desk.Due) bool { return d.Notices }); err != nil || len(due) > 1 {
		t.Errorf("still due: %v, %v", due, err)
	}
}

func TestAPlatformThatAsksForPatienceGetsTheReplyLaterAndInOrder(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Carrier.Answers = []error{&desk.SendError{Class: desk.SendRetry, After: time.Minute, Reason: "429"}}
	d.Says("somchai", chargedTwice)
	d.Claims("ann", "somchai")
	d.Replies("somchai", "r1", "first")
	d.FastForward(time.Second)
	d.Replies("somchai", "r2", "second")
	d.FastForward(30 * time.Second)
	if len(d.Carrier.Heard) != 0 {
		t.Errorf("overtaken: %q", d.Carrier.Heard)
	}
	d.FastForward(time.Minute)
	if diff := cmp.Diff([]string{"somchai: first", "somchai: second"}, d.Carrier.Heard); diff != "" {
		t.Error(diff)
	}
}

func TestAReplyWhoseOutcomeIsUnknownIsShownAndNotRepeated(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Carrier.Answers = []error{&desk.SendError{Class: desk.SendUnknown, Reason: "timed out"}}
	d.Says("somchai", chargedTwice)
	d.Claims("ann", "somchai")
	d.Replies("somchai", "r1", "first")
	d.FastForward(10 * time.Minute)
	m, err := d.Store.Message(t.Context(), d.Of("somchai").ID, "r1")
	if err != nil || m.Delivery != desk.DeliveryUnknown || len(d.Carrier.Heard) != 0 {
		t.Errorf("%+v, %v, heard %q", m, err, d.Carrier.Heard)
	}
}

func TestARefusedReplyFailsVisibly(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Carrier.Answers = []error{&desk.SendError{Class: desk.SendUnreachable, Reason: "blocked us"}}
	d.Says("somchai", chargedTwice)
	d.Claims("ann", "somchai")
	d.Replies("somchai", "r1", "first")
	d.FastForward(time.Second)
	ticket := d.Of("somchai")
	m, err := d.Store.Message(t.Context(), ticket.ID, "r1")
	if err != nil || m.Delivery != desk.DeliveryFailed || !strings.Contains(m.Problem, "blocked us") || ticket.State != desk.Open {
		t.Errorf("%+v, %v, ticket %s", m, err, ticket.State)
	}
}

func TestALostReplyNudgeHeals(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	d.Claims("ann", "somchai")
	d.Replies("somchai", "r1", "first")
	d.LoseNudges()
	d.FastForward(3 * time.Minute)
	if diff := cmp.Diff([]string{"somchai: first"}, d.Carrier.Heard); diff != "" {
		t.Error(diff)
	}
}

func TestALostTierNudgeIsSentAgainAtMostOnceInAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", "ร้านเปิดกี่โมงคะ")
	ticket := d.Of("somchai")
	d.Tiers[ticket.Tier] = nil
	d.FastForward(16 * time.Minute)
	if n := len(d.Tiers[ticket.Tier]); n != 1 {
		t.Errorf("nudged %d times", n)
	}
}

func TestTheNextMessageAfterTheEndMakesANewTicketOfTheThread(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	first := d.Of("somchai")
	d.Does("somchai", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.Solve("ann", "refunded", now)
	})
	d.SetTime(story.Noon.Add(60 * 24 * time.Hour))
	d.FastForward(2 * time.Second)
	if state := d.Of("somchai").State; state != desk.Closed {
		t.Fatalf("long solved, it is %s", state)
	}
	d.Says("somchai", chargedTwice)
	second := d.Of("somchai")
	if second.ID == first.ID || second.Previous != first.ID || second.State != desk.New || len(d.Tickets()) != 2 {
		t.Errorf("%+v", second)
	}
	old, err := d.Store.Ticket(t.Context(), first.ID)
	if err != nil || old.State != desk.Closed {
		t.Errorf("the old one: %+v, %v", old, err)
	}
}

func TestWhatTheDeskStoresIsTheFoldOfItsLog(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", "ร้านเปิดกี่โมงคะ")
	d.FastForward(time.Hour)
	d.Says("somchai", chargedTwice)
	d.Claims("ann", "somchai")
	d.Replies("somchai", "r1", "first")
	d.FastForward(10 * time.Minute)
	d.Says("somchai", chargedTwice)
	d.FastForward(3 * time.Hour)
	stored := d.Of("somchai")
	entries, err := d.Store.Log(t.Context(), stored.ID)
	if err != nil {
		t.Fatal(err)
	}
	folded := desk.Fold(stored.ID, stored.Previous, entries, d.Policy.Plan)
	folded.Nudged = stored.Nudged
	if diff := cmp.Diff(folded, stored, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-folded +stored):\n%s", diff)
	}
}

func TestADeletionLeavesTheTicketTheFoldOfItsLog(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	d.Says("somchai", chargedTwice)
	for n, target := range []string{"m1", "m2"} {
		d.Deliver(d.Event(desk.Event{Kind: desk.MessageDeleted, Key: "unsend" + target, Target: target, Author: desk.Author{ID: "somchai"}}))
		stored := d.Of("somchai")
		entries, err := d.Store.Log(t.Context(), stored.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(desk.Fold(stored.ID, "", entries, d.Policy.Plan), stored, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("after %d deletions (-folded +stored):\n%s", n+1, diff)
		}
	}
}
