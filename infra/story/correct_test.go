package story_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
	rules "example.com/skala/shared/policy"
)

// corrects is a lead's judgement that a ticket is about something else, routed by
// the policy.
func corrects(d *story.Desk, c desk.Category) func(desk.Ticket, time.Time, desk.Clockwork) (desk.Entry, error) {
	return func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		v := t.Verdict
		v.Category, v.Severity = c, d.Policy.Usual(c)
		v = d.Policy.Reroute(rules.Message{Lang: v.Lang, Visibility: t.Visibility, Platform: t.Platform, Brand: t.Brand, Author: t.Author}, t.Category, v)
		return t.Correct("lea", desk.Correction{Message: t.VerdictOn, Was: t.Verdict, Verdict: v, Tier: v.Tier, Why: "as she says on the telephone"}, now)
	}
}

// learned are the examples of the desk.
func learned(t *testing.T, d *story.Desk) []desk.Example {
	t.Helper()
	examples, next, err := d.Store.Examples(t.Context(), story.Noon, d.Now(), "", 100)
	if err != nil || next != "" {
		t.Fatal(next, err)
	}
	return examples
}

func TestACorrectedTicketGoesToItsTierAndItsPastCounts(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", "What are your opening hours?")
	low := d.Of("somchai")
	if low.Severity != desk.Low {
		t.Fatalf("it is %s, %s", low.Category, low.Severity)
	}
	d.FastForward(time.Hour)
	now := d.Does("somchai", corrects(d, desk.Billing))
	if now.Tier != desk.Senior || now.Severity != desk.Critical || len(d.Tiers[desk.Senior]) != 1 {
		t.Errorf("%s, tier %d, nudged %v", now.Severity, now.Tier, d.Tiers[desk.Senior])
	}
	d.FastForward(10 * time.Minute)
	// What was used is more than a critical ticket has: one breach each, and said why.
	want := map[desk.Metric]time.Duration{desk.Acknowledge: 0, desk.FirstResponse: 0}
	if diff := cmp.Diff(want, breaches(t, d, "somchai")); diff != "" {
		t.Error(diff)
	}
	entries, err := d.Store.Log(t.Context(), low.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.What == desk.Breached && e.Level == 1 && !strings.Contains(e.Why, "retargeted") {
			t.Errorf("the breach says %q", e.Why)
		}
	}
	if c := entries[1]; c.What != desk.Corrected || c.Was.Category != low.Category || c.Verdict.Category != desk.Billing || c.Who != "lea" {
		t.Errorf("the log says %+v", c)
	}
	if diff := cmp.Diff(desk.Fold(low.ID, "", entries, d.Policy.Plan), d.Of("somchai"), cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Nudged" }, cmp.Ignore())); diff != "" {
		t.Errorf("the ticket is not the fold of its log: %s", diff)
	}
}

func TestWhatPeopleCorrectedCanBeLearnedFromUntilItsAuthorTakesItBack(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", "What are your opening hours?")
	d.Says("malee", chargedTwice)
	d.Does("somchai", corrects(d, desk.Request))
	d.FastForward(time.Minute)
	d.Does("malee", corrects(d, desk.Billing)) // as it was: a confirmation
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageEdited, Key: "edit", Target: "m1", Text: "What are your hours on Sunday?", Author: desk.Author{ID: "somchai"}}))
	examples := learned(t, d)
	if len(examples) != 2 || examples[0].Message.Text != "What are your hours on Sunday?" || examples[0].Verdict.Category != desk.Request || examples[1].Was.Category != desk.Billing {
		t.Fatalf("learned is %+v", examples)
	}
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageDeleted, Key: "unsend", Target: "m1", Author: desk.Author{ID: "somchai"}}))
	if examples = learned(t, d); len(examples) != 1 || examples[0].Message.Text != chargedTwice {
		t.Errorf("after it was taken back: %+v", examples)
	}
	// What a person judged stands, until something critical is said.
	d.Says("somchai", "I want to buy twelve of these for my company, where can I order?")
	if now := d.Of("somchai"); now.Category != desk.Request {
		t.Errorf("it became %s", now.Category)
	}
	d.Says("somchai", chargedTwice)
	if now := d.Of("somchai"); now.Category != desk.Billing || now.Severity != desk.Critical || now.Tier != desk.Senior || now.Corrected {
		t.Errorf("it became %s, %s, tier %d", now.Category, now.Severity, now.Tier)
	}
}
