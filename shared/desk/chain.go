package desk

import "time"

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
// again after each Repeat until somebody claims the ticket, Limit steps in all. No
// step takes a ticket above Top. Calendar are the business hours of its steps.
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
