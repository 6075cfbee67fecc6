package story_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// handed has the author's ticket go to vendors, and one of them take it.
func handed(d *story.Desk, author, vendor string) desk.Ticket {
	before := d.Of(author)
	d.Does(author, func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.Escalate("ann", desk.Vendor, "the machine leaks", now)
	})
	n := desk.Notice{From: before.Tier, Had: before.Assignee}
	return d.Does(author, func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.SentTo(vendor, n, 4*time.Hour, "", now), nil
	})
}

// word is what a vendor says about a ticket, as the door would queue it.
func word(d *story.Desk, vendor string, about desk.TicketID, key string, status desk.VendorStatus) desk.RawEvent {
	thread, _, _ := about.Split()
	return d.Event(desk.Event{Kind: desk.VendorUpdate, Key: key, Account: vendor, Visibility: desk.Note, Author: desk.Author{ID: vendor, Name: "vendor " + vendor},
		In: thread, Target: string(about), Conversation: string(about), Form: string(status), Text: "it was the seal"})
}

func said(t *testing.T, d *story.Desk, id desk.TicketID) (words []string) {
	t.Helper()
	log, err := d.Store.Log(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range log {
		if e.What == desk.VendorSaid {
			words = append(words, e.Message.Form+": "+e.Message.Text)
		}
	}
	return words
}

func TestAVendorsWordBringsTheTicketBackOnceHoweverOftenItComes(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	tier := d.Of("somchai").Tier
	id := handed(d, "somchai", "acme").ID
	told := len(d.Tiers[tier])
	d.Deliver(word(d, "acme", id, "u1", desk.VendorWorks))
	if now := d.Of("somchai"); now.State != desk.OnHold || !now.With("acme") {
		t.Errorf("while they work on it, it is %s", now.State)
	}
	raw := word(d, "acme", id, "u2", desk.VendorDone)
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() { d.Deliver(raw) })
	}
	all.Wait()
	d.Deliver(d.Accepts(raw)) // sent again by the vendor
	now := d.Of("somchai")
	if now.State != desk.New || now.Tier != tier || now.With("acme") || len(d.Tiers[tier]) == told {
		t.Errorf("%s, tier %d, nudged %d times", now.State, now.Tier, len(d.Tiers[tier])-told)
	}
	if words := said(t, d, id); len(words) != 2 {
		t.Errorf("they said %q", words)
	}
	if len(d.Tickets()) != 1 {
		t.Errorf("there are %d tickets", len(d.Tickets()))
	}
	if got, want := row(d), (desk.LedgerRow{Accepted: 4, Ticketed: 1, Appended: 2, Duplicate: 1}); got != want {
		t.Errorf("the ledger says %+v", got)
	}
}

func TestWhoHadATicketBeforeTheVendorGetsItBackWhileOnShift(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]time.Duration{"lea": 0, "": 9 * time.Hour} { // who gets it, when the answer comes
		d := story.Tell(t, policy.Default)
		lea := people.Member{ID: "lea", Name: "Lea", Roles: []string{"lead"}, Zone: "Europe/London", Shifts: people.Week{"mon": {"09:00-18:00"}}}
		if err := d.Store.SaveMember(t.Context(), lea, people.Change{At: d.Now(), Who: "seed", What: "added", Kind: people.KindMember, Target: lea.ID}); err != nil {
			t.Fatal(err)
		}
		d.Says("somchai", chargedTwice)
		d.Claims("lea", "somchai")
		id := handed(d, "somchai", "acme").ID
		d.SetTime(story.Noon.Add(at))
		d.Deliver(word(d, "acme", id, "u1", desk.VendorAsks))
		if now := d.Of("somchai"); now.Assignee != name || (now.State == desk.New) != (name == "") {
			t.Errorf("after %v it is %s, of %q", at, now.State, now.Assignee)
		}
	}
}

func TestAVendorHasNothingToSayAboutTicketsThatTheyWereNotSent(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	d.Says("malee", chargedTwice)
	d.Says("nok", chargedTwice)
	theirs, others := handed(d, "somchai", "acme"), d.Of("malee")
	refused := d.Of("nok")
	d.Does("nok", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.NotSent("globex", "gone", now), nil
	})
	for key, raw := range map[string]desk.RawEvent{
		"a vendor's who never had it":    word(d, "globex", theirs.ID, "u1", desk.VendorDone),
		"one that nobody outside has":    word(d, "acme", others.ID, "u2", desk.VendorDone),
		"one that they did not take":     word(d, "globex", refused.ID, "u3", desk.VendorDone),
		"none at all":                    word(d, "acme", "nobodysthreadatallxxxxxxxx.1", "u4", desk.VendorDone),
		"a later one of the same thread": word(d, "acme", desk.NewTicketID(strings.TrimSuffix(string(theirs.ID), ".1"), 2), "u5", desk.VendorDone),
	} {
		d.Deliver(raw)
		if all := kept(t, d); len(all) != 1 || !strings.Contains(all[0].Reason, "was never sent this ticket") {
			t.Errorf("%s: %+v in quarantine", key, all)
		} else if _, err := d.Store.Replaying(t.Context(), all[0].ID, "gone"); err != nil {
			t.Error(err)
		} else if err := d.Store.Replayed(t.Context(), all[0], "gone", d.Now()); err != nil {
			t.Error(err)
		}
	}
	for _, id := range []desk.TicketID{theirs.ID, others.ID, refused.ID} {
		if words := said(t, d, id); words != nil {
			t.Errorf("%s: they said %q", id, words)
		}
	}
	if now := d.Of("somchai"); now.Version != theirs.Version {
		t.Error("a ticket was touched")
	}
}

func TestWhatAVendorSaysLateIsANote(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	id := handed(d, "somchai", "acme").ID
	d.Does("somchai", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.Solve("dev", "", now)
	})
	d.Deliver(word(d, "acme", id, "u1", desk.VendorDone))
	if now := d.Of("somchai"); now.State != desk.Solved || len(said(t, d, id)) != 1 {
		t.Errorf("%s: %q", now.State, said(t, d, id))
	}
	d.SetTime(story.Noon.Add(8 * 24 * time.Hour))
	d.FastForward(2 * time.Second)
	d.Says("somchai", chargedTwice)
	next := d.Of("somchai")
	if next.ID == id {
		t.Fatal("it is the same ticket")
	}
	d.Deliver(word(d, "acme", id, "u2", desk.VendorDone))
	if now := d.Of("somchai"); now.State != desk.New || now.Tier != next.Tier || len(said(t, d, next.ID)) != 1 {
		t.Errorf("the thread's next ticket is %s in tier %d: %q", now.State, now.Tier, said(t, d, next.ID))
	}
}

func TestWhatAVendorSaysAboutAMergedTicketIsToldWhereItGoesOn(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	d.Says("malee", chargedTwice)
	id, into := handed(d, "somchai", "acme").ID, d.Of("malee")
	d.Does("somchai", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		e, _, err := t.Merge("ann", into, "the same", now)
		return e, err
	})
	d.Deliver(word(d, "acme", id, "u1", desk.VendorDone))
	if now := d.Of("malee"); now.Tier != into.Tier || len(said(t, d, into.ID)) != 1 || len(said(t, d, id)) != 0 {
		t.Errorf("it is in tier %d: %q", now.Tier, said(t, d, into.ID))
	}
}

func TestAVendorWhoAnswersBeforeWeKnowThatTheyHaveItIsHeardAgain(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	before := d.Of("somchai")
	after := d.Does("somchai", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.Escalate("ann", desk.Vendor, "the machine leaks", now)
	})
	raw := word(d, "acme", after.ID, "u1", desk.VendorDone)
	if err := d.Tries(raw); !errors.Is(err, desk.ErrStale) {
		t.Errorf("it is %v, in quarantine %v", err, kept(t, d))
	}
	d.Does("somchai", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.SentTo("acme", desk.Notice{From: before.Tier}, time.Hour, "", now), nil
	})
	d.Deliver(raw)
	if now := d.Of("somchai"); now.State != desk.New || now.Tier != before.Tier {
		t.Errorf("%s in tier %d: %s", now.State, now.Tier, d.Log("somchai"))
	}
}
