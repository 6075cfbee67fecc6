package oracle

import "example.com/skala/shared/desk"

// leases: nobody claimed what somebody else held; only a take-over ends a live
// lease, and no reply was written under a dead one.
func (j *jury) leases(t Ticket) {
	was := desk.Ticket{ID: t.ID, Previous: t.Previous}
	for _, e := range t.Log {
		switch live := was.Lease.Live(e.At); {
		case e.What == desk.Claimed && live:
			j.say("ticket %s was claimed at version %d while %s held it", t.ID, e.Version, was.Lease.Agent)
		case e.What == desk.Replied && (!live || was.Lease.Agent != e.Who):
			j.say("ticket %s was answered by %s at version %d without a claim", t.ID, e.Who, e.Version)
		}
		was = desk.Apply(was, e, j.w.Policy.Plan)
	}
}
