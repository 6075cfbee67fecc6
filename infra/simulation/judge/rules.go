package judge

import (
	"time"

	"example.com/skala/shared/desk"
)

// Rules are what one version of the policy promises, written down a second time: by
// hand, from the document that the desk reads.
type Rules struct {
	Office  *Hours
	Targets map[desk.Severity]map[desk.Metric]Target
	Pauses  map[desk.Metric][]desk.State
	Warn    float64 // share of a target
	Chains  []Chain // the first that fits a severity; the last fits all
	Lease   time.Duration
	Renudge time.Duration
	Reopen  time.Duration
}

// A Target is how long something may take.
type Target struct {
	Time   time.Duration
	Office bool // business hours alone
}

// A Chain is what is done about a breach, and to whom.
type Chain struct {
	Name   string
	For    desk.Severity // none for all
	Steps  []Step
	Top    desk.Tier
	Repeat time.Duration
	Limit  int
}

// A Step is one of a chain. It falls due so long after the one before it.
type Step struct {
	Do      desk.StepKind
	After   time.Duration
	Waits   bool // for business hours
	PassOut bool // outside of business hours
}

// hours are those that a target counts by.
func (r *Rules) hours(t Target) *Hours {
	if t.Office {
		return r.Office
	}
	return nil
}

// chain is the one that fits a severity.
func (r *Rules) chain(s desk.Severity) Chain {
	for _, c := range r.Chains {
		if c.For == s || c.For == 0 {
			return c
		}
	}
	return Chain{}
}

// named is the chain of a name, or the one that fits all.
func (r *Rules) named(name string) Chain {
	for _, c := range r.Chains {
		if c.Name == name {
			return c
		}
	}
	return r.Chains[len(r.Chains)-1]
}

// after is the step that follows so many, how long after the last of those it falls
// due, whether it is a repetition, and false where the chain has come to its end.
func (c Chain) after(taken int) (s Step, wait time.Duration, repeats, ok bool) {
	n := len(c.Steps)
	if taken < n {
		return c.Steps[taken], c.Steps[taken].After, false, true
	}
	if n == 0 || c.Repeat == 0 || taken >= c.Limit {
		return Step{}, 0, true, false
	}
	return c.Steps[n-1], c.Repeat, true, true
}
