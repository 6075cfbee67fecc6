package desk

import "time"

// A NoticeKind says what somebody is told of.
type NoticeKind string

// The kinds of notices.
const (
	ToldWarning  NoticeKind = "warning"     // a clock is about to miss
	ToldBreach   NoticeKind = "breach"      // a clock missed: a step of its chain
	ToldAssigned NoticeKind = "assigned"    // somebody gave you a ticket
	ToldTaken    NoticeKind = "taken over"  // somebody took yours
	ToldUnsent   NoticeKind = "not sent"    // a reply failed, or may have
	ToldVendor   NoticeKind = "with vendor" // the ticket is for vendors and developers now
	ToldAnswer   NoticeKind = "vendor said" // a vendor answered about yours
	ToldSwarm    NoticeKind = "swarm"       // somebody asked you in to a ticket
	ToldMention  NoticeKind = "mention"     // somebody named you in a note
	ToldTest     NoticeKind = "test"        // somebody tries an address of theirs: of no ticket, and no kind that one chooses
)

// NoticeKinds lists every kind that somebody can be told of, or not.
var NoticeKinds = []NoticeKind{ToldWarning, ToldBreach, ToldAssigned, ToldTaken, ToldUnsent, ToldVendor, ToldAnswer, ToldSwarm, ToldMention}

// A Notice is a line of the desk's outbox to its own people and programs: that
// they are to be told of what an entry of a ticket's log did. It is written with
// that entry, in one transaction, and holds nothing that a customer said.
type Notice struct {
	Ticket   TicketID   `json:"ticket"`
	Version  int64      `json:"version"` // of the entry
	Kind     NoticeKind `json:"kind"`
	At       time.Time  `json:"at"`
	Why      string     `json:"why,omitempty"`     // in words for people
	To       []string   `json:"to,omitempty"`      // members of the directory; none for teams and programs alone
	Team     string     `json:"team,omitempty"`    // the ticket's: what it has of its own is told too
	Urgent   bool       `json:"urgent,omitempty"`  // waits for no quiet hours, and for no others to come along
	Metric   Metric     `json:"metric,omitempty"`  // of ToldWarning, ToldBreach
	Cycle    int        `json:"cycle,omitempty"`   // of them
	Level    int        `json:"level,omitempty"`   // of ToldBreach
	Deadline time.Time  `json:"deadline,omitzero"` // of them
	From     Tier       `json:"from,omitempty"`    // of ToldVendor: where the ticket was before
	Had      string     `json:"had,omitempty"`     // of ToldVendor: who had it there
	Brand    string     `json:"brand"`
	Platform Platform   `json:"platform"`
	Category Category   `json:"category,omitempty"`
	Severity Severity   `json:"severity"`
	Tier     Tier       `json:"tier"`
	Lang     string     `json:"lang,omitempty"`
	Tags     []string   `json:"tags,omitempty"`
}

// NoticeOf returns whom to tell what of an entry that took before to after, and
// false for what nobody needs to be told. People are not told of what they did
// themselves.
func NoticeOf(before, after Ticket, e Entry) (Notice, bool) {
	kind, to, ok := e.tells(before.Tier, before.Assignee, after)
	if !ok {
		return Notice{}, false
	}
	n := Notice{
		Ticket: after.ID, Version: e.Version, Kind: kind, At: e.At, Why: e.Why, To: to, Team: after.Team, Urgent: e.Step == PageLead,
		Metric: e.Metric, Cycle: e.Cycle, Level: e.Level, Deadline: e.Deadline,
		Brand: after.Brand, Platform: after.Platform, Category: after.Category, Severity: after.Severity, Tier: after.Tier, Lang: after.Lang, Tags: after.Tags,
	}
	if kind == ToldVendor {
		n.From, n.Had = before.Tier, before.Assignee
	}
	return n, true
}

// tells says whom e tells of what, where it took a ticket of that tier and
// assignee to after.
func (e Entry) tells(tier Tier, assignee string, after Ticket) (kind NoticeKind, to []string, ok bool) {
	switch {
	case e.What == Swarmed:
		to = others(e.To, e.Who)
		return ToldSwarm, to, to != nil
	case e.What == Noted:
		to = others(e.To, e.Who)
		return ToldMention, to, to != nil
	case e.What == SendFailed, e.What == SendUncertain, e.What == Undelivered: // also where somebody wrote though no answer was needed
		return ToldUnsent, one(after.Assignee, e.Who), true
	case after.Disposition != NeedsAnswer:
		return "", nil, false
	case after.Tier == Vendor && tier != Vendor && after.State.Working():
		return ToldVendor, e.To, true
	}
	switch e.What {
	case Warned:
		return ToldWarning, one(after.Assignee, e.Who), true
	case Breached:
		return ToldBreach, e.To, !e.Passed || e.Level == 1
	case Assigned:
		to = one(e.Assignee, e.Who)
		return ToldAssigned, to, to != nil
	case TakenOver:
		to = one(assignee, e.Who)
		return ToldTaken, to, to != nil
	case VendorSaid:
		to = one(after.Assignee, "")
		return ToldAnswer, to, to != nil && VendorStatus(e.Message.Form) != VendorWorks
	}
	return "", nil, false
}

// others are those of all who did not do it themselves.
func others(all []string, who string) (to []string) {
	for _, id := range all {
		to = append(to, one(id, who)...)
	}
	return to
}

// one is whoever is told, unless it was they who did it.
func one(whom, who string) []string {
	if whom == "" || whom == who {
		return nil
	}
	return []string{whom}
}
