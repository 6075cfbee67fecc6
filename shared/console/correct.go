package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

// correct puts a person's judgement in place of triage's. What they do not say
// follows from what they do: another category has its usual severity, and the
// policy says who answers such a message. Where nothing changes it confirms, and
// moves nothing.
func (d decision) correct() (desk.Entry, error) {
	key, was, err := d.judged()
	if err != nil {
		return desk.Entry{}, err
	}
	v, to := was, d.ticket.Tier
	if d.Category != "" && d.Category != was.Category {
		v.Category, v.Severity = d.Category, d.policy.Usual(d.Category)
	}
	if d.Severity != 0 {
		v.Severity = d.Severity
	}
	if v.Category != was.Category || v.Severity != was.Severity {
		t := d.ticket
		v = d.policy.Reroute(policy.Message{Lang: v.Lang, Visibility: t.Visibility, Platform: t.Platform, Brand: t.Brand, Author: t.Author}, was.Category, v)
		if d.Severity != 0 && v.Severity != d.Severity { // a fast lane hurries, but not past what a person has said
			v.Severity, v.Tier = d.Severity, d.policy.TierFor(v.Category, d.Severity, customers(t.Author))
		}
	}
	if d.Sentiment != "" {
		v.Sentiment = d.Sentiment
	}
	if d.Team != nil {
		if _, ok := d.policy.Team(*d.Team); !ok && *d.Team != "" && *d.Team != d.ticket.Team {
			return desk.Entry{}, fmt.Errorf("correct: team %q is none that the policy declares: %w", *d.Team, desk.ErrInvalid)
		}
		v.Team = *d.Team
	}
	if d.Tags != nil {
		if d.Tags, err = d.declared(d.Tags); err != nil {
			return desk.Entry{}, err
		}
		if same(d.Tags, d.ticket.Tags) { // a form sends what it showed
			d.Tags = nil
		} else {
			v.Tags = d.Tags
		}
	}
	switch anew := v.Category != was.Category || v.Severity != was.Severity || key != d.ticket.VerdictOn; {
	case d.Tier != nil:
		v.Tier, to = *d.Tier, *d.Tier
		v.Actionable = v.Actionable || v.Tier > desk.SelfService && v.Category != desk.Spam
	case anew && v.Disposition() == desk.NeedsNone && was.Disposition() == desk.NeedsNone && d.ticket.Disposition == desk.NeedsAnswer:
		// another message needs an answer, and who gives it stays
	case anew && v.Disposition() == desk.NeedsNone:
		to = desk.SelfService
	case anew && d.ticket.Tier > d.ticket.Verdict.Tier: // it was escalated: a hand back undoes that, or a tier by name
		to = max(to, v.Tier)
	case anew:
		to = v.Tier
	}
	return d.ticket.Correct(d.who.ID, desk.Correction{Message: key, Was: was, Verdict: v, Tier: to, Tags: d.Tags, Why: d.Why,
		Keep: d.ticket.Assignee == d.who.ID && d.who.Works(to)}, d.now)
}

// correctionSaid refuses what a program cannot have meant: members that a
// correction does not have, and ones without a value. Only a team or a reason may
// be empty.
func correctionSaid(body json.RawMessage) error {
	if len(body) == 0 {
		return nil
	}
	var members map[string]json.RawMessage
	if err := decoded(json.NewDecoder(bytes.NewReader(body)), &members); err != nil {
		return err
	}
	if members == nil {
		return fmt.Errorf("body: null where an object is expected: %w", errRequest)
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		value := string(members[name])
		switch name {
		case "category", "severity", "sentiment", "message", "tier", "tags":
			if value == `""` {
				return fmt.Errorf("%s: it is empty: leave it out for what stands: %w", name, errRequest)
			}
		case "team", "reason", "why":
		default:
			return fmt.Errorf("%q: a correction has no such member: %w", name, errRequest)
		}
		if value == "null" {
			return fmt.Errorf("%s: it is null: leave it out for what stands: %w", name, errRequest)
		}
	}
	return nil
}

// same reports whether two lists of tags have the same in them.
func same(a, b []string) bool {
	within := func(a, b []string) bool {
		return !slices.ContainsFunc(a, func(tag string) bool { return !slices.Contains(b, tag) })
	}
	return within(a, b) && within(b, a)
}

// customers is the segment of the policy that an author is of.
func customers(a desk.Author) string {
	if a.Organisation != "" {
		return "b2b"
	}
	return "b2c"
}

// judged returns the key of the message that is judged, and the verdict on it
// that stands.
func (d decision) judged() (key string, was desk.Verdict, err error) {
	if d.log == nil {
		return d.ticket.VerdictOn, d.ticket.Verdict, nil
	}
	for _, e := range d.log {
		switch {
		case e.What == desk.Received && e.Message != nil && (e.Message.Key == d.MessageName || e.Message.ID == d.MessageName):
			if key = e.Message.Key; e.Message.Deleted {
				return "", was, fmt.Errorf("correct: message: it was deleted: %w", desk.ErrInvalid)
			}
		case (e.What == desk.Edited || e.What == desk.Corrected) && key != "" && e.Target == key:
		default:
			continue
		}
		if e.Verdict != nil && e.Verdict.Category != "" {
			was = *e.Verdict
		}
	}
	if key == "" || was.Category == "" {
		return "", was, fmt.Errorf("correct: message: the customer said no %q on this ticket: %w", d.MessageName, desk.ErrInvalid)
	}
	return key, was, nil
}
