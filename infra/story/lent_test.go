package story_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
)

// hands has somebody hand the author's ticket up to vendors.
func hands(d *story.Desk, author, why string) desk.Ticket {
	d.T.Helper()
	return d.Does(author, func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.Escalate("ann", desk.Vendor, why, now)
	})
}

// tags sets the tags of the author's ticket.
func tags(d *story.Desk, author string, all ...string) {
	d.T.Helper()
	d.Does(author, func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.Tag("ann", all, now)
	})
}

// outside is what the log says of who outside was told.
func outside(d *story.Desk, author string) (all []string) {
	d.T.Helper()
	log, err := d.Store.Log(d.T.Context(), d.Of(author).ID)
	if err != nil {
		d.T.Fatal(err)
	}
	for _, e := range log {
		if e.What == desk.VendorTold {
			all = append(all, strings.TrimSpace(e.Target+" "+e.Why))
		}
	}
	return all
}

func TestATicketForVendorsGoesToTheFirstThatFitsWithTheLeastData(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	tags(d, "somchai", "globex")
	before := d.Of("somchai")
	id := hands(d, "somchai", "the till charges twice").ID
	d.FastForward(time.Second)
	now := d.Of("somchai")
	if !now.With("globex") || now.State != desk.OnHold || now.Loan.Tier != before.Tier {
		t.Fatalf("%s, with %+v: %s", now.State, now.Loan, d.Log("somchai"))
	}
	sent := d.Letters.Sent(post.ToVendor)
	if len(sent) != 1 || sent[0].To != "globex" || sent[0].Type != "ticket.sent" {
		t.Fatalf("sent were %+v", sent)
	}
	var got map[string]any
	if err := json.Unmarshal(sent[0].Data, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"ticket": string(id), "brand": "aegean", "category": "billing", "severity": got["severity"], "tags": []any{"globex"}, "language": "th",
		"why": "the till charges twice", "answer_by": now.AnswersBy().UTC().Format(time.RFC3339), "answer_to": "https://desk.example/webhooks/vendor/globex"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("they were told (-want +got):\n%s", diff)
	}
	if by := now.AnswersBy(); !by.Equal(now.Entered.Add(2 * time.Hour)) {
		t.Errorf("they are to answer by %v", by)
	}
	for _, line := range sent[0].Lines {
		if strings.Contains(line.Text, chargedTwice) || strings.Contains(line.Text, "somchai") {
			t.Errorf("a mail would say %q", line.Text)
		}
	}
	d.Deliver(word(d, "globex", id, "u1", desk.VendorDone))
	if back := d.Of("somchai"); back.State != desk.New || back.Tier != before.Tier {
		t.Errorf("it came back %s to tier %d", back.State, back.Tier)
	}
}

func TestAVendorGetsTheCustomersWordsOnlyIfTheFileSaysSoAndNoneThatWereTakenBack(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		course func(d *story.Desk)
		want   string
	}{
		"said": {func(*story.Desk) {}, chargedTwice},
		"taken back": {func(d *story.Desk) {
			d.Deliver(d.Event(desk.Event{Kind: desk.MessageDeleted, Key: "x", Author: desk.Author{ID: "somchai"}, Target: "m1"}))
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := story.Tell(t, policy.Default)
			d.Says("somchai", chargedTwice)
			tt.course(d)
			hands(d, "somchai", "the till charges twice")
			d.FastForward(time.Second)
			sent := d.Letters.Sent(post.ToVendor)
			if len(sent) != 1 {
				t.Fatalf("sent were %+v: %s", sent, d.Log("somchai"))
			}
			var got struct{ Text, Author string }
			if err := json.Unmarshal(sent[0].Data, &got); err != nil || got.Text != tt.want || got.Author != "" {
				t.Errorf("they read %+v, %v", got, err)
			}
		})
	}
}

func TestWhoIsNoVendorForATicketStandsOnItsTimeline(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", "ร้านเปิดกี่โมงคะ") // when do you open: no vendor's
	hands(d, "somchai", "ask the landlord")
	d.FastForward(time.Second)
	if diff := cmp.Diff([]string{"nobody outside the desk was told: no vendor is there for such tickets"}, outside(d, "somchai")); diff != "" {
		t.Error(diff)
	}
	if now := d.Of("somchai"); now.State != desk.New || now.Tier != desk.Vendor || !now.WantsNudge() || len(d.Letters.Sent(post.ToVendor)) != 0 {
		t.Errorf("it is %s in tier %d", now.State, now.Tier)
	}
}

func TestAVendorWhoRefusesATicketLeavesItWithTierFour(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Letters.Answer = func(kind people.ChannelKind, _ post.Letter) post.Outcome {
		if kind == post.ToVendor {
			return post.Outcome{Class: post.Refused, Why: "410"}
		}
		return post.Outcome{Class: post.Accepted}
	}
	d.Says("somchai", chargedTwice)
	id := hands(d, "somchai", "the till charges twice").ID
	d.FastForward(time.Second)
	if diff := cmp.Diff([]string{"acme nobody outside the desk was told: 410 (refused)"}, outside(d, "somchai")); diff != "" {
		t.Error(diff)
	}
	if now := d.Of("somchai"); now.State != desk.New || now.Tier != desk.Vendor || now.Loan != (desk.Loan{}) {
		t.Errorf("%s in tier %d, with %+v", now.State, now.Tier, now.Loan)
	}
	d.Deliver(word(d, "acme", id, "u1", desk.VendorDone))
	if len(kept(t, d)) != 1 {
		t.Error("who refused it speaks of it, and that is in no quarantine")
	}
}

func TestAVendorWhoIsDownIsTriedAgainUnderTheSameIdAndTheTicketWaitsWithTierFour(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	ids, tries := map[string]int{}, 0
	d.Letters.Answer = func(_ people.ChannelKind, l post.Letter) post.Outcome {
		ids[l.ID]++
		if tries++; tries < 4 {
			return post.Outcome{Class: []post.Class{post.Later, post.Unknown}[tries%2], Why: "no answer"}
		}
		return post.Outcome{Class: post.Accepted}
	}
	d.Says("somchai", chargedTwice)
	hands(d, "somchai", "the till charges twice")
	d.FastForward(time.Second)
	if now := d.Of("somchai"); now.State != desk.New || len(outside(d, "somchai")) != 0 {
		t.Errorf("while nobody knows, it is %s: %q", now.State, outside(d, "somchai"))
	}
	d.FastForward(2 * time.Minute)
	if now := d.Of("somchai"); !now.With("acme") || len(ids) != 1 || tries != 4 {
		t.Errorf("after %d tries under %v: %s", tries, ids, d.Log("somchai"))
	}
}

func TestATicketThatWasTakenBackBeforeTheVendorHadItIsNotSent(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	hands(d, "somchai", "the till charges twice")
	d.Does("somchai", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.HandBack("dev", desk.Senior, "", "we can do that", now)
	})
	d.FastForward(time.Minute)
	if now := d.Of("somchai"); now.Tier != desk.Senior || now.State == desk.OnHold || len(d.Letters.Sent(post.ToVendor)) != 0 {
		t.Errorf("%s in tier %d: %s", now.State, now.Tier, d.Log("somchai"))
	}
}

func TestHandingOutTwiceBeforeTheVendorHeardIsOneLetter(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	hands(d, "somchai", "the first time")
	d.Does("somchai", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.HandBack("dev", desk.General, "", "what does it say?", now)
	})
	hands(d, "somchai", "it says ERROR 4")
	d.FastForward(time.Minute)
	sent := d.Letters.Sent(post.ToVendor)
	now := d.Of("somchai")
	if !now.With("acme") || now.Loan.Tier != desk.General {
		t.Errorf("%s in tier %d, with %+v: %s", now.State, now.Tier, now.Loan, d.Log("somchai"))
	}
	if n := len(sent); n == 0 || !strings.Contains(string(sent[n-1].Data), "ERROR 4") {
		t.Errorf("sent were %+v", sent)
	}
	d.Deliver(word(d, "acme", now.ID, "u1", desk.VendorDone))
	if back := d.Of("somchai"); back.Tier != desk.General {
		t.Errorf("it came back to tier %d", back.Tier)
	}
}

func TestAVendorWhoDoesNotAnswerInTimeIsABreach(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, paging())
	d.Joins(lea())
	d.Says("somchai", chargedTwice)
	d.Claims("ann", "somchai")
	d.Replies("somchai", "r1", "we asked the people of the till")
	d.FastForward(time.Second)
	tags(d, "somchai", "globex")
	hands(d, "somchai", "the till charges twice")
	d.FastForward(time.Minute)
	by := d.Of("somchai").AnswersBy()
	d.SetTime(by.Add(-time.Minute))
	d.FastForward(2 * time.Minute)
	log, err := d.Store.Log(t.Context(), d.Of("somchai").ID)
	if err != nil {
		t.Fatal(err)
	}
	missed := 0
	for _, e := range log {
		if e.What == desk.Breached && e.Metric == desk.VendorWait {
			missed++
			if !e.Deadline.Equal(by) || e.At.Sub(by) > 5*time.Second {
				t.Errorf("missed %v, noticed %v", e.Deadline, e.At)
			}
		}
	}
	if missed == 0 {
		t.Errorf("it was to answer by %v: %s", by, d.Log("somchai"))
	}
}
