package judge

import (
	"cmp"
	"slices"
	"time"

	"example.com/skala/shared/desk"
)

// A course is a ticket's life, gone through entry by entry.
type course struct {
	*jury
	Ticket
	*picture
	keys []string // by which troubles name it
	late map[*clock]bool
	send time.Time // when the first reply of the outbox is to be tried

	sendSet time.Time // when that was known
	busy    time.Time // until then whoever handed a reply over has it
	seen    map[string]int64

	owed    map[int64]*owed // by the version that somebody is told of
	arrived time.Time       // at the tier of vendors, of whom none has been sent it yet
}

// ticket goes through a ticket's log, and holds what is stored to what comes of it.
func (j *jury) ticket(t Ticket) {
	if len(t.Log) == 0 {
		j.say(t.Created, t.ID, Lost, "it has no log")
		return
	}
	c := &course{jury: j, Ticket: t, picture: &picture{rules: j.Rules, id: t.ID}, late: map[*clock]bool{}, seen: map[string]int64{}, owed: map[int64]*owed{}}
	c.keys = j.names(t.ID)
	version, at := t.Log[0].Version-1, time.Time{}
	for _, e := range t.Log {
		if e.Version != version+1 {
			j.say(e.At, t.ID, Lost, "version %d comes after %d", e.Version, version)
		}
		if e.At.Before(at) {
			j.say(e.At, t.ID, Wrong, "version %d took effect before the one before it", e.Version)
		}
		version, at = e.Version, e.At
		c.before(e)
		first, tier, assignee := len(c.outbox) == 0, c.tier, c.assignee
		c.hears(e)
		c.take(e)
		c.sends(e, first)
		c.owes(e, tier, assignee)
		c.lends(e, tier)
		if e.Event != "" && e.Message != nil {
			j.said[e.Message.Account+" "+e.Message.Key]++
		}
	}
	c.due(j.Now, nil)
	c.stored()
	c.nudged()
	c.told()
	c.sentOut(j.Now)
}

// names are those by which troubles name a ticket: its id and whoever writes there.
// What is said in a ticket that was merged into it is found in its log, and what goes
// wrong on the way has that one's name.
func (j *jury) names(id desk.TicketID) []string {
	i, known := slices.BinarySearchFunc(j.Tickets, id, func(t Ticket, id desk.TicketID) int { return cmp.Compare(t.ID, id) })
	if !known {
		return nil
	}
	t := j.Tickets[i]
	names := []string{string(id), t.Author.ID}
	for _, e := range t.Log {
		if e.What == desk.MergedFrom {
			names = append(names, j.names(desk.TicketID(e.Target))...)
		}
	}
	return names
}

// before asks whether an entry may be the next one, as things stand.
func (c *course) before(e desk.Entry) {
	switch e.What {
	case desk.Claimed:
		if c.lease.live(e.At) {
			c.say(e.At, c.ID, Unheld, "version %d: claimed by %s while %s holds it", e.Version, e.Who, c.lease.agent)
		}
	case desk.Replied:
		if !c.lease.live(e.At) || c.lease.agent != e.Who {
			c.say(e.At, c.ID, Unheld, "version %d: answered by %s without a claim", e.Version, e.Who)
		}
		if said, known := c.Witness.Replies[e.Message.Key]; known && said.Token != c.lease.token {
			c.say(e.At, c.ID, Unheld, "version %d: answered by %s under an old claim", e.Version, e.Who)
		}
	}
	if !itself(e.What) {
		c.due(e.At, nil)
		return
	}
	c.due(e.At, &e)
}

// sends asks whether a reply was tried when its time had come: at once, or when its
// platform had wanted it. What something kept from that, the sweep helps on.
func (c *course) sends(e desk.Entry, first bool) {
	switch e.What {
	case desk.Replied:
		c.seen[e.Message.Key] = e.Message.Seen
	case desk.Sending:
		if e.At.Before(c.busy) || e.At.Before(c.send) {
			c.say(e.At, c.ID, Early, "version %d: reply %s is tried, and somebody has it until %s, or it is to wait until %s", e.Version, e.Target, c.busy, c.send)
		}
		c.busy = e.Until
	case desk.Sent, desk.SendDeferred, desk.SendFailed, desk.SendUncertain:
		c.busy = time.Time{}
	}
	if seen, known := c.seen[e.Target]; known && e.What == desk.Sent && e.Event == "" && e.Seen != seen {
		c.say(e.At, c.ID, Wrong, "version %d: reply %s answers all up to version %d, and who wrote it had seen version %d", e.Version, e.Target, e.Seen, seen)
	}
	switch {
	case e.What == desk.Replied && first:
		c.send, c.sendSet = e.At, e.At
	case e.What == desk.SendDeferred:
		c.send, c.sendSet = e.Until, e.At
	case e.What == desk.Sending && !c.send.IsZero():
		by := c.send.Add(Prompt)
		if e.At.After(by) && c.Witness.calm(c.sendSet.Add(-Prompt), by, c.keys...) {
			c.say(c.send, c.ID, Missed, "version %d: reply %s was to be tried at %s, and nothing kept it", e.Version, e.Target, c.send.Format(time.TimeOnly))
		}
		c.send = time.Time{}
	case len(c.outbox) == 0:
		c.send = time.Time{}
	}
}

// due asks whether all that was due by an instant has been done, but for what an
// entry does, which must be among it.
func (c *course) due(at time.Time, does *desk.Entry) {
	all := c.pending()
	var now *pending
	if does != nil {
		i := slices.IndexFunc(all, func(a pending) bool { return a.meets(*does) })
		if i < 0 {
			c.say(does.At, c.ID, Early, "version %d: %s %s %d step %d, and nothing of the kind is to be done", does.Version, does.What, does.Metric, does.Cycle, does.Level)
			return
		}
		now = &all[i]
		if now.due.After(does.At) {
			c.say(does.At, c.ID, Early, "version %d: %s, which is due at %s", does.Version, now, now.due)
		}
		c.acted(*now, *does)
	}
	for i := range all {
		a := all[i]
		if now != nil && a.clock == now.clock && a.what == now.what || a.due.After(at) {
			continue
		}
		if a.what == desk.Warned && !a.clock.stepAt.After(at) && !a.clock.stepAt.IsZero() {
			continue // the deadline has come: that is what is to be said now
		}
		if by, _ := c.Witness.latest(a.due, a.set, c.keys...); by.IsZero() || !at.After(by) {
			continue
		}
		c.missed(a, at)
	}
	if does == nil || does.What != desk.Breached || does.Level != 1 || now.clock.warnAt.IsZero() {
		return
	}
	warn := pending{due: now.clock.warnAt, set: latest(now.clock.since, now.clock.known)}
	if by, excused := c.Witness.latest(warn.due, warn.set, c.keys...); !excused && !now.clock.deadline.Before(by) {
		c.say(does.At, c.ID, Missed, "version %d: %s missed without a warning, which was due at %s", does.Version, does.Metric, warn.due)
	}
}

// missed says once of an act that it was not done by an instant.
func (c *course) missed(a pending, at time.Time) {
	if a.clock != nil && a.what == desk.Breached && a.clock.level == 0 {
		if c.late[a.clock] {
			return
		}
		c.late[a.clock] = true
		c.found.Missed++
	}
	c.say(a.due, c.ID, Missed, "%s was due at %s and is not done at %s", a, a.due.Format(time.TimeOnly), at.Format("01-02 15:04:05"))
}

// acted measures what the desk did by itself, and asks whether it did that right.
func (c *course) acted(a pending, e desk.Entry) {
	by, excused := c.Witness.latest(a.due, a.set, c.keys...)
	late := e.At.Sub(latest(a.due, a.set))
	if !by.IsZero() && e.At.After(by) {
		c.missed(a, e.At)
	}
	if e.What == desk.Warned && !e.Deadline.Equal(a.clock.deadline) {
		c.say(e.At, c.ID, Wrong, "version %d: warns of %s, and %s is due at %s", e.Version, e.Deadline, a.metric, a.clock.deadline)
	}
	if e.What != desk.Breached {
		return
	}
	if a.clock.level == 0 {
		c.found.Breaches++
		if excused {
			c.found.Excused = append(c.found.Excused, late)
		} else {
			c.found.Lateness = append(c.found.Lateness, late)
		}
	}
	c.step(a, e)
}

// step asks whether a step of a chain did what the chain says.
func (c *course) step(a pending, e desk.Entry) {
	if !e.Deadline.Equal(a.clock.deadline) {
		c.say(e.At, c.ID, Wrong, "version %d: a breach of %s, and %s was due at %s", e.Version, e.Deadline, a.metric, a.clock.deadline)
	}
	chain, rules := c.chainOf(a.clock), c.plan()
	step, _, _, ok := chain.after(a.clock.level - a.clock.base)
	if !ok {
		c.say(e.At, c.ID, Early, "version %d: %s after the end of its chain", e.Version, a)
		return
	}
	if opens := rules.Office.Opens(a.due); step.Waits && a.clock.level == 0 && opens.After(e.At) {
		if !e.Until.Equal(opens) {
			c.say(e.At, c.ID, Wrong, "version %d: %s waits until %s and not until %s", e.Version, a, opens, e.Until)
		}
		return
	}
	if e.Step != step.Do {
		c.say(e.At, c.ID, Wrong, "version %d: %s did %q and not %q", e.Version, a, e.Step, step.Do)
		return
	}
	tier, passed := c.tier, false
	switch {
	case step.PassOut && !rules.Office.Opens(a.due).Equal(a.due):
		passed = true
	case step.Do == desk.RaiseTier:
		tier = max(tier, min(tier+1, chain.Top))
	case step.Do == desk.HandToVendor:
		tier = desk.Vendor
	case step.Do == desk.WarnHolder:
		passed = c.assignee == "" || !c.Case.Present(c.assignee, e.At)
	case step.Do == desk.PageLead:
		there := slices.DeleteFunc(slices.Clone(c.Leads), func(lead string) bool { return !c.Case.Present(lead, e.At) })
		if passed = len(there) == 0; !slices.Equal(there, e.To) && c.Witness.calm(e.At.Add(-time.Hour), e.At) {
			c.say(e.At, c.ID, Wrong, "version %d: %s told %v, and %v are there", e.Version, a, e.To, there)
		}
	default:
		passed = e.Passed
	}
	if tier != e.Tier || passed != e.Passed && c.Witness.calm(e.At.Add(-time.Hour), e.At) {
		c.say(e.At, c.ID, Wrong, "version %d: %s leads to tier %d, passed %t, and not to tier %d, passed %t", e.Version, a, tier, passed, e.Tier, e.Passed)
	}
}

// stored holds the head to the picture.
func (c *course) stored() {
	is := func(what string, got, want any) {
		if got != want {
			c.say(c.updated, c.ID, Wrong, "%s is %v, and by the log %v", what, got, want)
		}
	}
	is("version", c.Version, c.Log[len(c.Log)-1].Version)
	is("state", c.State, c.state)
	is("disposition", c.Disposition == desk.NeedsAnswer, c.answer)
	is("severity", c.Severity, c.severity)
	is("category", c.Category, c.category)
	is("tier", c.Tier, c.tier)
	is("policy", c.Policy, c.policy)
	is("assignee", c.Assignee, c.assignee)
	is("holder", c.Lease.Token, c.lease.token)
	is("lease", c.Lease.Until.UnixMilli(), c.lease.until.UnixMilli())
	is("unanswered", len(c.Unanswered), len(c.waiting))
	is("outbox", len(c.Outbox), len(c.outbox))
	is("due back", c.DueBack.UnixMilli(), c.dueBack.UnixMilli())
	for _, m := range metrics {
		c.last(m, is)
	}
}

// last compares the last clock of a metric.
func (c *course) last(m desk.Metric, is func(string, any, any)) {
	var want *clock
	var got *desk.Clock
	for _, w := range c.clocks {
		if w.metric == m {
			want = w
		}
	}
	for i, g := range c.Ticket.Clocks {
		if g.Metric == m {
			got = &c.Ticket.Clocks[i]
		}
	}
	if want == nil || got == nil {
		is(string(m)+" is there", got != nil, want != nil)
		return
	}
	is(string(m)+" cycle", got.Cycle, want.cycle)
	is(string(m)+" open", got.State == desk.Running || got.State == desk.Paused, want.open)
	is(string(m)+" runs", got.State == desk.Running, want.runs)
	is(string(m)+" deadline", got.Deadline.UnixMilli(), want.deadline.UnixMilli())
	is(string(m)+" warning", got.WarnAt.UnixMilli(), want.warnAt.UnixMilli())
	is(string(m)+" next step", got.StepAt.UnixMilli(), want.stepAt.UnixMilli())
	is(string(m)+" breached", got.Level, want.level)
	is(string(m)+" used", got.Used, want.used)
	if got.State == desk.Met || got.State == desk.Ended {
		is(string(m)+" ended", got.Ended.UnixMilli(), want.ended.UnixMilli())
	}
}
