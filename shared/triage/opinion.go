package triage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/policy"
)

// An Opinion is somebody else's, who judges by the words alone. text is what may
// be shown of them (policy.Shown). An error says nothing of what they answered.
type Opinion interface {
	Judge(ctx context.Context, model, text string) (desk.Category, desk.Severity, error)
}

// An Allowance counts the questions of a day. Spend takes one of most, and reports
// false when there is none left.
type Allowance interface {
	Spend(ctx context.Context, day time.Time, most int) (bool, error)
}

// A sitting is over one event. However often its thread changes under it, a second
// opinion on the same words is asked for once.
type sitting struct {
	*policy.Policy // in force
	asked          bool
	about          string // what was shown
	category       desk.Category
	severity       desk.Severity
	err            error
}

var errSpent = errors.New("the questions of the day are used up")

// consult has somebody else look at what the policy is unsure of, where it wants
// that. Whatever goes wrong, the first verdict stands.
func (tr *Triager[R]) consult(ctx context.Context, s *sitting, m policy.Message, v desk.Verdict) desk.Verdict {
	if tr.Opinion == nil || !s.Second.Asks() || !v.Unsure() {
		return v
	}
	text := policy.Shown(m.Text, v.Lang)
	if text == "" {
		return v
	}
	if !s.asked || s.about != text {
		s.asked, s.about = true, text
		if s.category, s.severity, s.err = tr.ask(ctx, s.Second, text); s.err != nil {
			tr.Metrics.Count(metrics.OpinionsMissing, 1)
			tr.Log.WarnContext(ctx, "no second opinion", "err", s.err)
		} else {
			tr.Metrics.Count(metrics.OpinionsHeard, 1)
		}
	}
	if s.err != nil {
		return v
	}
	return s.Reconsider(m, v, s.category, s.severity)
}

// ask pays for a question before it puts it: one that is never answered has cost
// something, too. Both take no longer than the policy allows.
func (tr *Triager[R]) ask(ctx context.Context, second policy.Second, text string) (desk.Category, desk.Severity, error) {
	ctx, cancel := context.WithTimeout(ctx, second.Timeout)
	defer cancel()
	left, err := tr.Allowance.Spend(ctx, tr.Now(), second.Daily)
	if err == nil && !left {
		err = errSpent
	}
	if err != nil {
		return "", 0, fmt.Errorf("counting questions: %w", err)
	}
	return tr.Opinion.Judge(ctx, second.Model, text)
}
