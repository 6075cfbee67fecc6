package desk

import "time"

// A Head is a ticket as it is stored, with where its item stands in the indexes.
type Head struct {
	Ticket
	Places Places
}

// Places are where an item stands in the indexes that lists, the desk's own work
// and whoever has a ticket are found by; empty for nowhere. They are as the store
// writes them: to be compared, not to be read.
type Places struct {
	List, Due, Assignee string
}

// Patrols are how far the rounds of the audit have come: a cursor for each of the
// lists that it goes through, and the instant until which it has looked at all
// that was due. Stuck says that the last run could not do what lies behind them.
type Patrols struct {
	Working, Every string
	Until          time.Time
	Stuck          bool
}

// Known reports whether this version of the desk knows what entries of the kind do
// to a ticket. Another that runs beside it may write more.
func (w What) Known() bool {
	switch w {
	case Received, Edited, Deleted, SentElsewhere, Noticed, Claimed, TakenOver, Extended, Released, Lapsed, Assigned, Noted, Replied, TakenBack, Sending, Sent,
		SendDeferred, SendFailed, SendUncertain, Escalated, HandedBack, Held, Resumed, Snoozed, Woken, SolvedNow, ReopenedNow, ClosedNow, Retagged, Corrected, Promoted,
		Undelivered, Introduced, Moderated, ModeratedNow, ModerateFail, Warned, Breached, MergedInto, MergedFrom, Linked, Unlinked, Swarmed, SwarmLeft, Notified, VendorTold, VendorSaid:
		return true
	}
	return false
}

// Unfounded says in words why an entry that the desk wrote by itself should not
// stand in the log of t at that place: that by the log it was not due then. It is
// empty for all others.
func (t Ticket) Unfounded(e Entry, w Clockwork) string {
	early := func(due time.Time) string {
		if due.IsZero() || e.At.Before(due) {
			return string(e.What) + " before its time"
		}
		return ""
	}
	switch {
	case e.What == Warned, e.What == Breached:
		i := t.clockOf(e.Metric, e.Cycle)
		switch {
		case i < 0 || t.Clocks[i].State != Running:
			return string(e.What) + " without a clock that runs"
		case e.What == Warned:
			return early(t.Clocks[i].WarnAt)
		case e.Level != t.Clocks[i].Level+1:
			return "breached out of turn"
		}
		return early(t.Clocks[i].StepAt)
	case e.What == Lapsed:
		return early(t.Lease.Until)
	case (e.What == Resumed || e.What == Woken) && e.Who == "" && e.Why == "":
		return early(t.DueBack)
	case e.What == ClosedNow && e.Who == "":
		return early(t.closesAt(w))
	}
	return ""
}
