package triage

import (
	"context"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

// judge has the policy judge a message to a brand, in its thread, and somebody else
// where it is unsure and wants that.
func (tr *Triager[R]) judge(ctx context.Context, s *sitting, e desk.Event, m desk.Message, brand string, thread policy.Thread) desk.Verdict {
	said := policy.Message{
		Text: m.Text, Lang: e.Lang, Visibility: e.Visibility, Platform: e.Platform, Brand: brand, Author: e.Author, Attachments: m.Attachments, Thread: thread,
	}
	if m.Unfetched != "" { // there is something, as with a picture, that a person has to look at
		said.Attachments = append(slices.Clip(said.Attachments), desk.Attachment{Type: "unfetched"})
	}
	if i := slices.IndexFunc(said.Attachments, isRating); i >= 0 {
		name := said.Attachments[i].Name
		said.Rating = ratingOf(name)
		said.Attachments = slices.DeleteFunc(slices.Clone(said.Attachments), isRating)
		if said.Text == name { // stands in for the words that a review lacks
			said.Text = ""
		}
	}
	return tr.consult(ctx, s, said, s.Classify(said))
}

func isRating(a desk.Attachment) bool { return a.Type == "rating" }

// ratingOf reads what a platform calls a rating: stars from 1 to 5, or the word
// of a recommendation.
func ratingOf(name string) policy.Rating {
	switch strings.ToLower(name) {
	case "1", "2", "negative":
		return policy.BadRating
	case "4", "5", "positive":
		return policy.GoodRating
	}
	return policy.Unrated
}

// before says what came before a message that came in at the given instant on t,
// which has no version where it is the first of its thread.
func before(p *policy.Policy, t desk.Ticket, m desk.Message, received time.Time) policy.Thread {
	thread := policy.Thread{Earlier: t.Messages, Returned: t.Previous != "" || t.State == desk.Solved}
	waiting := received.Add(-p.Patience())
	for _, u := range t.Unanswered {
		if !u.At.After(waiting) {
			thread.Unanswered++
		}
	}
	// The ticket has the beginning of the last message, and a dot for each it left
	// out: what is shorter stands there whole.
	said := strings.TrimSpace(m.Text)
	thread.Repeats = said != "" && t.Messages > 0 && desk.Preview(m.Text) == m.Text && strings.TrimSpace(t.Preview) == said
	return thread
}
