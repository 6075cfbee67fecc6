package triage_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"example.com/skala/infra/policy"
	"example.com/skala/shared/desk"
	rules "example.com/skala/shared/policy"
)

// judged has triage take a message in on a ticket, and returns the verdict.
func judged(t *testing.T, on desk.Ticket, text string, attachments ...desk.Attachment) desk.Verdict {
	t.Helper()
	tr, w := open(t)
	document := bytes.Replace(policy.Default, []byte("\nroutes:\n"), []byte("\nroutes:\n  - {when: {brands: [aegean], platforms: [chat], categories: [howto]}, team: sales}\n"), 1)
	p, err := rules.Load(document, "default")
	if err != nil {
		t.Fatal(err)
	}
	w.policy = p
	on.ID = "thread.1"
	w.thread.Ticket = on
	if err := tr.Event(t.Context(), event(t, desk.Event{Kind: desk.MessageCreated, ID: "m", Text: text, Attachments: attachments})); err != nil {
		t.Fatal(err)
	}
	return *w.commits[0].Entry.Verdict
}

func TestWhatAReviewSaysWithoutWordsIsHeard(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text, rating string
		category           desk.Category
		disposition        desk.Disposition
	}{
		{"not recommended, in the platform's word", "negative", "negative", desk.Complaint, desk.NeedsAnswer},
		{"one star", "1", "1", desk.Complaint, desk.NeedsAnswer},
		{"two stars and no text at all", "", "2", desk.Complaint, desk.NeedsAnswer},
		{"two stars and chatter", "hahaha", "2", desk.Complaint, desk.NeedsAnswer},
		{"one star and kind words, perhaps by mistake", "great, thank you", "1", desk.Complaint, desk.NeedsAnswer},
		{"five stars", "5", "5", desk.Praise, desk.NeedsNone},
		{"recommended", "positive", "positive", desk.Praise, desk.NeedsNone},
		{"five stars with a trouble", "I was charged twice", "5", desk.Billing, desk.NeedsAnswer},
		{"three stars", "3", "3", desk.Other, desk.NeedsNone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := judged(t, desk.Ticket{}, tt.text, desk.Attachment{Type: "rating", Name: tt.rating})
			if v.Category != tt.category || v.Disposition() != tt.disposition || tt.category == desk.Complaint && (v.Tier == desk.SelfService || v.Severity < desk.Normal) {
				t.Errorf("%s, %s, tier %d, %s; want %s, %s", v.Category, v.Severity, v.Tier, v.Disposition(), tt.category, tt.disposition)
			}
		})
	}
}

func TestAMessageIsJudgedByWhatCameBefore(t *testing.T) {
	t.Parallel()
	waiting := func(since time.Duration) desk.Ticket {
		return desk.Ticket{
			Version: 1, State: desk.New, Disposition: desk.NeedsAnswer, Category: desk.Access, Severity: desk.Normal, Tier: desk.Individual, Messages: 1,
			Preview: "forgot my password", Unanswered: []desk.Unanswered{{Version: 1, At: noon.Add(-since)}}, Updated: noon.Add(-since), Entered: noon.Add(-since),
		}
	}
	solved := waiting(time.Hour)
	solved.State, solved.Unanswered, solved.Preview = desk.Solved, nil, "thanks"
	for _, tt := range []struct {
		name, text string
		on         desk.Ticket
		want       []string // reasons about the thread
	}{
		{"the first of a thread", "forgot my password", desk.Ticket{}, nil},
		{"in one breath with the last", "I mean on the phone", waiting(time.Minute), nil},
		{"after an hour without an answer", "any news about my password", waiting(time.Hour), []string{"thread.unanswered"}},
		{"the same again at once", " forgot my password ", waiting(time.Minute), []string{"thread.repeats"}},
		{"the same again after an hour", "forgot my password", waiting(time.Hour), []string{"thread.unanswered", "thread.repeats"}},
		{"back after it was solved", "my password again", solved, []string{"thread.returned"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := judged(t, tt.on, tt.text)
			var got []string
			for _, r := range v.Reasons {
				if len(r.Signal) > 7 && r.Signal[:7] == "thread." {
					got = append(got, r.Signal)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("reasons %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAMessageIsRoutedByItsBrandAndPlatform(t *testing.T) {
	t.Parallel()
	if v := judged(t, desk.Ticket{}, "what are your opening hours?"); v.Team != "sales" {
		t.Errorf("team %q, want that of the brand's route; %s", v.Team, v.Category)
	}
}
