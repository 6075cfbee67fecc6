package desk

import (
	"fmt"
	"strings"
	"time"
)

// A StepKind is what a step of a chain does about a breach.
type StepKind string

// The kinds of steps. What needs somebody is passed at once, and says so, where
// the directory knows that nobody is there.
const (
	WarnHolder   StepKind = "warn"     // whoever has the ticket
	NotifyTeam   StepKind = "notify"   // everybody of a team who is on shift
	RaiseTier    StepKind = "raise"    // one tier up
	PageLead     StepKind = "page"     // the team's leads, or whom a rota names
	StartSwarm   StepKind = "swarm"    // the team is asked to join in, the owner stays
	HandToVendor StepKind = "vendor"   // to the tier of vendors and developers
	OpenIncident StepKind = "incident" // a note that it is one, until there are incidents
)

// An Outside says what a step does that falls due outside business hours.
type Outside string

// What a step may do then.
const (
	WaitToOpen Outside = "wait" // it is taken when they begin
	PassBy     Outside = "pass" // it is left out, and the next one is due at once
	Anyway     Outside = "page" // it is taken all the same
)

// A Step is one step of a chain.
type Step struct {
	Do      StepKind
	After   time.Duration // after the step before it was decided; the first is taken at the deadline
	To      string        // the team or rota that is told; empty for the ticket's own
	Outside Outside       // empty is Anyway
}

// A Chain says how a breach is escalated: its steps in order, then the last of them
// again after each Repeat until somebody claims the ticket, Limit steps in all.
// Raising takes no ticket above Top. Calendar are the business hours of its steps.
// A clock that is in a chain with a name stays in it, whatever the steps do to the
// ticket, until somebody judges the ticket anew.
type Chain struct {
	Name     string
	Steps    []Step
	Top      Tier
	Repeat   time.Duration
	Limit    int
	Calendar string
}

// A Crew knows who is there.
type Crew interface {
	// Reach returns who is told by a step about a ticket at an instant: those on
	// shift of whom it asks for. known is false when the directory holds nobody it
	// could tell of, so that no step is passed for that.
	Reach(s Step, t Ticket, at time.Time) (who []string, known bool)
}

// step returns the step of the chain after so many were taken or passed, how long
// after the one before it is due, and false at the chain's end.
func (c Chain) step(taken int) (s Step, after time.Duration, ok bool) {
	switch n := len(c.Steps); {
	case taken < n:
		return c.Steps[taken], c.Steps[taken].After, true
	case n > 0 && c.Repeat > 0 && taken < c.Limit:
		return c.Steps[n-1], c.Repeat, true
	}
	return Step{}, 0, false
}

// due is when a step is taken that falls due at an instant: then, or when business
// hours begin.
func (c Chain) due(s Step, at time.Time, w Clockwork) time.Time {
	if s.Outside == WaitToOpen {
		if opens := w.Opens(c.Calendar, at); !opens.IsZero() {
			return opens
		}
	}
	return at
}

// passes reports whether a step that falls due at an instant is left out then.
func (c Chain) passes(s Step, at time.Time, w Clockwork) bool {
	return s.Outside == PassBy && !w.Opens(c.Calendar, at).Equal(at)
}

// Tells reports whether a step of the kind is for somebody, and therefore passed
// when nobody is there.
func (k StepKind) Tells() bool {
	return k == WarnHolder || k == NotifyTeam || k == PageLead || k == StartSwarm
}

// take is the next step of the chain for a clock of t, as it is taken at an instant.
func (t Ticket) take(c Clock, chain Chain, at time.Time, w Clockwork, crew Crew) Entry {
	e := Entry{What: Breached, Metric: c.Metric, Cycle: c.Cycle, Level: c.Level + 1, Deadline: c.Deadline, Tier: t.Tier}
	e.Why = c.Metric.words() + " missed"
	if c.Level == 0 && c.Retargeted {
		e.Why += ", retargeted"
	}
	s, _, ok := chain.step(c.Level - c.Base)
	if !ok {
		return e
	}
	if c.Level == 0 { // a breach is recorded when it happens, whatever waits
		if opens := chain.due(s, c.StepAt, w); opens.After(at) {
			e.Until = opens
			e.Why += ": " + s.called() + ": waits for business hours, until " + opens.UTC().Format("2006-01-02 15:04 UTC")
			return e
		}
	}
	e.Step = s.Do
	why := ""
	switch {
	case chain.passes(s, c.StepAt, w):
		e.Passed, why = true, "outside business hours"
	case s.Do == WarnHolder && t.Assignee == "":
		e.Passed, why = true, "nobody has it"
	case s.Do.Tells():
		e.To, e.Passed = t.reach(s, at, crew)
		why = s.told(t, e.To, e.Passed)
		e.To = e.To[:min(maxTold, len(e.To))]
	case s.Do == RaiseTier:
		e.Tier = max(t.Tier, min(t.Tier+1, chain.Top))
		why = fmt.Sprintf("escalated from tier %d to tier %d", t.Tier, e.Tier)
		if e.Tier == t.Tier {
			why = fmt.Sprintf("escalated within tier %d, nobody is above", t.Tier)
		}
		if t.Loan.Vendor != "" {
			why += "; vendor " + t.Loan.Vendor + " still has it"
		}
	case s.Do == HandToVendor && t.Loan.Vendor != "": // it is done: to hand it on would end their hold
		e.Passed, why = true, "vendor "+t.Loan.Vendor+" has it"
	case s.Do == HandToVendor && t.Tier == Vendor:
		why = "is with vendors and developers already"
	case s.Do == HandToVendor:
		e.Tier = Vendor
		why = fmt.Sprintf("handed from tier %d to vendors and developers", t.Tier)
	case s.Do == OpenIncident:
		why = "to be taken as an incident"
	}
	if !e.Passed {
		e.Why += ": " + why
		return e
	}
	e.Why += ": " + s.called() + ": " + why + ", passed"
	if _, _, more := chain.step(e.Level - c.Base); !more {
		e.Why += "; the chain ends here"
	}
	return e
}

// maxTold bounds how many of those who were told stand in the log; why says how many
// more there were.
const maxTold = 200

// reach returns who is told by a step, and whether it is passed because nobody is
// there. What nobody knows is no reason to pass.
func (t Ticket) reach(s Step, at time.Time, crew Crew) (who []string, passed bool) {
	known := false
	if crew != nil {
		who, known = crew.Reach(s, t, at)
	}
	if s.Do == WarnHolder && !known {
		return []string{t.Assignee}, false
	}
	return who, known && len(who) == 0
}

// called is what people call a step.
func (s Step) called() string {
	switch s.Do {
	case WarnHolder:
		return "warn holder"
	case NotifyTeam:
		return "notify team"
	case RaiseTier:
		return "raise tier"
	case PageLead:
		return "page lead"
	case HandToVendor:
		return "hand to vendor"
	}
	return string(s.Do)
}

// told says in words who is told by a step about t, or why it is passed.
func (s Step) told(t Ticket, who []string, passed bool) string {
	of := s.To
	switch {
	case of == "" && t.Team != "":
		of = t.Team
	case of == "":
		of = fmt.Sprintf("tier %d", t.Tier)
	}
	switch {
	case passed && s.Do == WarnHolder:
		return t.Assignee + " is not there"
	case passed:
		return "nobody of " + of + " is on shift"
	case len(who) == 0:
		return s.called() + " of " + of + ", whoever that is: the directory names nobody"
	}
	const named = 5
	names := strings.Join(who[:min(named, len(who))], ", ")
	if more := len(who) - named; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	switch s.Do {
	case WarnHolder:
		return "warned " + names
	case NotifyTeam:
		return "notified " + names + " (" + of + ")"
	case StartSwarm:
		return "asked " + names + " (" + of + ") to join in"
	}
	return "paged " + names + " (" + of + ")"
}
