package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A Correction is a person's judgement in place of triage's, whole: what they
// left as it was stands in it too. One that changes nothing confirms.
type Correction struct {
	Message string   // the key of the message that was judged
	Was     Verdict  // on it, before
	Verdict Verdict  // on it, by the person
	Tier    Tier     // that the ticket goes to; of one that was escalated not always the verdict's
	Tags    []string // all of the ticket's from now on; nil for those it has and what is new in the verdict
	Keep    bool     // whoever has the ticket can go on with it in that tier
	Why     string
}

// Correct puts a person's judgement of a message in place of triage's, or
// confirms triage's.
func (t Ticket) Correct(by string, c Correction, now time.Time) (Entry, error) {
	v, why := c.Verdict, strings.TrimSpace(c.Why)
	switch {
	case !slices.Contains(Categories, v.Category):
		return Entry{}, fmt.Errorf("correct: category %q is none of ours: %w", v.Category, ErrInvalid)
	case v.Severity < Low || v.Severity > Critical:
		return Entry{}, fmt.Errorf("correct: severity is missing: %w", ErrInvalid)
	case v.Severity >= High && v.Disposition() == NeedsNone && (v.Category != c.Was.Category || v.Severity != c.Was.Severity):
		return Entry{}, fmt.Errorf("correct: severity %s: %s needs no answer, and what needs none is low or normal: %w", v.Severity, v.Category, ErrInvalid)
	case v.Tier >= Tiers || c.Tier >= Tiers:
		return Entry{}, fmt.Errorf("correct: tier %d is none of ours: %w", max(v.Tier, c.Tier), ErrInvalid)
	case v.Sentiment != "" && !slices.Contains(Sentiments, v.Sentiment):
		return Entry{}, fmt.Errorf("correct: sentiment %q is none of ours: %w", v.Sentiment, ErrInvalid)
	case len(why) > MaxText || !utf8.ValidString(why):
		return Entry{}, fmt.Errorf("correct: why is longer than %d bytes, or not UTF-8: %w", MaxText, ErrInvalid)
	case t.State.Final():
		return Entry{}, fmt.Errorf("correct: the ticket is %s: %w", t.State, ErrState)
	}
	tags := c.Tags
	if tags == nil {
		tags = slices.Clone(t.Tags)
		for _, tag := range v.Tags {
			if c.Message != t.VerdictOn || !slices.Contains(c.Was.Tags, tag) { // what somebody took off stays off
				tags = append(tags, tag)
			}
		}
	}
	if err := checkTags(tags); err != nil {
		return Entry{}, err
	}
	e := t.entry(Corrected, by, now)
	v.Confidence, v.RunnerUp = 1, ""
	was := c.Was
	was.Reasons = nil // they quote the customer; those that still count stand in v
	e.Verdict, e.Was, e.Target, e.Tier, e.Tags, e.Why = &v, &was, c.Message, c.Tier, sortedTags(tags), why
	if c.Keep {
		e.Assignee = t.Assignee
	}
	return e, nil
}

// Confirms reports whether the entry of a correction left everything as triage
// had judged it.
func (e Entry) Confirms() bool {
	a, b := e.Was, e.Verdict
	return a != nil && b != nil && a.Category == b.Category && a.Severity == b.Severity && a.Tier == b.Tier && a.Sentiment == b.Sentiment &&
		a.Abusive == b.Abusive && a.Actionable == b.Actionable && a.Team == b.Team && a.Lane == b.Lane
}

// correct takes in a person's judgement. It goes where that leads: whoever has
// the ticket keeps it where they can go on with it, or type an answer this
// minute.
func (t *Ticket) correct(e Entry, w Clockwork) {
	before := t.Tier
	t.stand(*e.Verdict, e.Target)
	t.Corrected = true
	if e.Was != nil { // older entries have no tier but their verdict's, and no tags
		t.Tier, t.Tags = e.Tier, slices.Clone(e.Tags)
	}
	if d := e.Verdict.Disposition(); d == NeedsAnswer || e.Was == nil || e.Was.Disposition() != d {
		t.dispose(d, e.At, w)
	} // else it was judged of a message that needed none before: whatever else waits for an answer still does
	t.rechain(w)
	typing := t.Lease.Live(e.At) && t.Lease.Agent != e.Who
	if e.Was != nil && t.Tier != before && t.Disposition == NeedsAnswer && t.State.Working() && e.Assignee == "" && !typing {
		t.Lease = Lease{}
		t.unassign(e.At, w)
	}
}

// An Example is a message with a person's judgement of it: what triage can learn
// from. Of several of one message the latest counts.
type Example struct {
	Ticket  TicketID
	Version int64   // of the ticket, with the judgement
	Message Message // as it stands now
	Was     Verdict // what stood before, without its grounds
	Verdict Verdict // the person's
	By      string
	At      time.Time
	Why     string
}
