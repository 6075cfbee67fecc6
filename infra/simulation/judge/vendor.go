package judge

import (
	"slices"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/post"
)

// A loan says that a vendor has the ticket, and whose it was.
type loan struct {
	vendor   string
	tier     desk.Tier
	assignee string
	within   time.Duration // that they are to answer
}

// lend takes in that a vendor has the ticket, unless it is not for them any more.
func (p *picture) lend(e desk.Entry) {
	if e.Passed || p.tier != desk.Vendor || !working(p.state) || !p.answer {
		return
	}
	p.end(desk.VendorWait, false, e.At)
	p.state, p.dueBack = desk.OnHold, time.Time{}
	p.loan = loan{vendor: e.Target, tier: e.Tier, assignee: e.Assignee}
	if !e.Until.IsZero() {
		p.loan.within = e.Until.Sub(e.At)
	}
	p.end(desk.Acknowledge, true, e.At)
	p.begin(desk.VendorWait, e.At)
}

// theirs reports whether what a vendor said brings the ticket back.
func (p *picture) theirs(e desk.Entry, id desk.TicketID) bool {
	return e.Target == string(id) && p.loan.vendor != "" && p.loan.vendor == e.Message.Author.ID && e.Message.Form != string(desk.VendorWorks)
}

// giveBack takes in what a vendor said.
func (p *picture) giveBack(e desk.Entry) {
	if !p.theirs(e, p.id) {
		return
	}
	p.end(desk.VendorWait, true, e.At)
	p.loan, p.tier = loan{}, e.Tier
	if p.lease.live(e.At) {
		p.state = p.taken()
		return
	}
	p.handOn(e.At)
	if e.Assignee != "" {
		p.assignee, p.state = e.Assignee, desk.Open
	}
}

// hears asks whether a ticket comes back from a vendor to where it came from, and to
// whoever had it where they are there.
func (c *course) hears(e desk.Entry) {
	if e.What != desk.VendorSaid || !c.theirs(e, c.ID) {
		return
	}
	tier, to := c.loan.tier, ""
	switch had := c.loan.assignee; {
	case c.assignee != "" && c.assignee != had:
		tier, to = c.tier, c.assignee
	case had != "" && c.Case.Present(had, e.At):
		to = had
	}
	if e.Tier != tier || e.Assignee != to && c.Witness.calm(e.At.Add(-time.Hour), e.At) {
		c.say(e.At, c.ID, Wrong, "version %d: a vendor gives it back to tier %d and %q, and it was tier %d's and is %q's", e.Version, e.Tier, e.Assignee, tier, to)
	}
}

// lends asks whether a ticket that came to the tier of vendors was sent to one, at once.
func (c *course) lends(e desk.Entry, tier desk.Tier) {
	c.sentOut(e.At)
	switch {
	case e.What == desk.VendorTold:
		has := slices.ContainsFunc(c.letters[Notice{Ticket: c.ID}], func(l Letter) bool { return l.How == post.Accepted && !l.At.After(e.At) })
		if !e.Passed && (!has || c.picture.state == desk.OnHold && c.clock(desk.VendorWait) == nil) {
			c.say(e.At, c.ID, Wrong, "version %d: a vendor is said to have it: they took it: %t, and are to answer by some time: %t", e.Version, has, c.clock(desk.VendorWait) != nil)
		}
		c.arrived = time.Time{}
	case c.tier != desk.Vendor || !working(c.picture.state) || !c.answer:
		c.arrived = time.Time{}
	case tier != desk.Vendor:
		c.arrived = e.At
	}
}

// sentOut asks by an instant whether a vendor was sent what is for them.
func (c *course) sentOut(at time.Time) {
	if c.arrived.IsZero() {
		return
	}
	by := c.carried(c.arrived)
	if !by.IsZero() && at.After(by) {
		c.say(c.arrived, c.ID, Missed, "it is for vendors since %s, and at %s nobody knows whether one has it", c.arrived.Format(time.TimeOnly), at.Format("01-02 15:04:05"))
		c.arrived = time.Time{}
	}
}
