package people

import (
	"slices"

	"example.com/skala/shared/desk"
)

// A Verb is something a person does at the desk.
type Verb string

// The verbs.
const (
	View       Verb = "view"
	TakeNext   Verb = "take next"
	Claim      Verb = "claim"
	TakeOver   Verb = "take over"
	Extend     Verb = "extend"
	Release    Verb = "release"
	AssignSelf Verb = "assign to oneself"
	Assign     Verb = "assign"
	Reply      Verb = "reply"
	Undo       Verb = "undo" // take one's own reply back before it goes out
	Note       Verb = "note"
	Escalate   Verb = "escalate"
	HandBack   Verb = "hand back"
	Hold       Verb = "hold"
	Snooze     Verb = "snooze"
	Merge      Verb = "merge"
	Link       Verb = "link"
	Identify   Verb = "identify" // say that who wrote is the same person as somebody else who did, or is not
	Swarm      Verb = "swarm"    // ask others in to work on a ticket
	Leave      Verb = "leave"    // a swarm
	Solve      Verb = "solve"
	Reopen     Verb = "reopen"
	Tag        Verb = "tag"
	Correct    Verb = "correct"
	Promote    Verb = "promote"
	Moderate   Verb = "moderate"   // hide what a customer wrote, and undo that
	Remove     Verb = "remove"     // delete it on its platform, block its author
	Quarantine Verb = "quarantine" // see what could not be read, and the dead letters
	Replay     Verb = "replay"     // give those another try
	Accounting Verb = "accounting" // see what was counted
	Examples   Verb = "examples"   // read what people said of triage's verdicts, with the customers' words

	SeePeople  Verb = "see people"  // who works here, in which teams, and who is on shift
	GoAway     Verb = "go away"     // say that one is away or back
	Hear       Verb = "hear"        // read what one was told, and choose by which channels
	KeepPeople Verb = "keep people" // change the directory, as far as MayKeep lets them
	KeepTeams  Verb = "keep teams"  // make and remove teams, and add people by a file
	Audit      Verb = "audit"       // read what was changed, and by whom
)

// reach is how far a role may use a verb.
type reach uint8

const (
	never reach = iota
	works       // on tickets of the tiers that the person works on
	always
)

// rules is the one table of who may do what. A verb without a row is nobody's.
// The columns are in the order of Roles.
var rules = []struct {
	verb  Verb
	reach [6]reach
}{
	//            agent   senior  lead    admin   auditor viewer
	{View, [6]reach{always, always, always, always, always, always}},
	{TakeNext, [6]reach{works, works, always, always, never, never}},
	{Claim, [6]reach{works, works, always, always, never, never}},
	{TakeOver, [6]reach{works, works, always, always, never, never}},
	{Extend, [6]reach{works, works, always, always, never, never}},
	{Release, [6]reach{works, works, always, always, never, never}},
	{AssignSelf, [6]reach{works, works, always, always, never, never}},
	{Assign, [6]reach{never, never, always, always, never, never}},
	{Reply, [6]reach{works, works, always, always, never, never}},
	{Undo, [6]reach{always, always, always, always, never, never}},
	{Note, [6]reach{always, always, always, always, never, always}},
	{Escalate, [6]reach{works, works, always, always, never, never}},
	{HandBack, [6]reach{never, works, always, always, never, never}},
	{Hold, [6]reach{works, works, always, always, never, never}},
	{Snooze, [6]reach{works, works, always, always, never, never}},
	{Merge, [6]reach{works, works, always, always, never, never}},
	{Link, [6]reach{works, works, always, always, never, never}},
	{Identify, [6]reach{works, works, always, always, never, never}},
	{Swarm, [6]reach{works, works, always, always, never, never}},
	{Leave, [6]reach{always, always, always, always, never, always}},
	{Solve, [6]reach{works, works, always, always, never, never}},
	{Reopen, [6]reach{works, works, always, always, never, never}},
	{Tag, [6]reach{works, works, always, always, never, never}},
	{Correct, [6]reach{works, works, always, always, never, never}},
	{Promote, [6]reach{works, works, always, always, never, always}},
	{Moderate, [6]reach{never, works, always, always, never, never}},
	{Remove, [6]reach{never, never, always, always, never, never}},
	{Quarantine, [6]reach{never, never, always, always, always, never}},
	{Replay, [6]reach{never, never, always, always, never, never}},
	{Accounting, [6]reach{never, never, always, always, always, never}},
	{Examples, [6]reach{never, never, always, always, never, never}},
	{SeePeople, [6]reach{always, always, always, always, always, always}},
	{GoAway, [6]reach{always, always, always, always, always, always}},
	{Hear, [6]reach{always, always, always, always, always, always}},
	{KeepPeople, [6]reach{never, never, always, always, never, never}},
	{KeepTeams, [6]reach{never, never, never, always, never, never}},
	{Audit, [6]reach{never, never, never, always, always, never}},
}

// Verbs lists every verb.
func Verbs() []Verb {
	verbs := make([]Verb, 0, len(rules))
	for _, r := range rules {
		verbs = append(verbs, r.verb)
	}
	return verbs
}

// finishing are the verbs by which somebody ends what they claimed.
var finishing = []Verb{Extend, Release, Reply, Solve}

// joining are the verbs by which somebody helps who was asked in to a ticket.
var joining = []Verb{Claim, Extend, Release, Reply, Note}

// May reports whether p may do v to t as it stands. Who has claimed it may finish it,
// to whatever tier it was raised meanwhile, and who was asked in may help.
func May(p Person, v Verb, t desk.Ticket) bool {
	if !p.Sees(t.Brand) {
		return false
	}
	claimed := p.ID != "" && t.Lease.Agent == p.ID && slices.Contains(finishing, v)
	joined := t.Swarms(p.ID) && slices.Contains(joining, v)
	return reaches(p, v, func(role Role) bool { return claimed || joined || p.as(role).Works(t.Tier) })
}

// ofAll are the verbs of what cannot be told apart by brand: bodies of whatever came
// in.
var ofAll = []Verb{Quarantine, Replay}

// MayEver reports whether there can be a ticket to which p may do v: what a
// route asks before it has read one.
func MayEver(p Person, v Verb) bool {
	if len(p.Brands) > 0 && slices.Contains(ofAll, v) {
		return false
	}
	return reaches(p, v, func(Role) bool { return true })
}

// as returns p in one of their roles alone: a senior who is an agent of tier 4
// too hands back as a senior only.
func (p Person) as(role Role) Person {
	p.Roles = []Role{role}
	return p
}

func reaches(p Person, v Verb, fits func(Role) bool) bool {
	for _, rule := range rules {
		if rule.verb != v {
			continue
		}
		for i, role := range Roles {
			if p.Is(role) && (rule.reach[i] == always || rule.reach[i] == works && fits(role)) {
				return true
			}
		}
	}
	return false
}
