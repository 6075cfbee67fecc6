package judge

import (
	"cmp"
	"slices"
	"time"

	"example.com/skala/shared/desk"
)

// metrics are those that the judge knows, in the order in which they are acted on.
var metrics = []desk.Metric{desk.Acknowledge, desk.FirstResponse, desk.NextResponse, desk.Resolution, desk.VendorWait}

// A picture is what a ticket is by its log, as the judge understands it. Only what
// the promises speak of is in it.
type picture struct {
	rules func(policy string) *Rules
	id    desk.TicketID

	policy   string
	state    desk.State
	answer   bool // it needs one
	category desk.Category
	severity desk.Severity
	tier     desk.Tier
	assignee string
	lease    lease
	waiting  []desk.Unanswered // customers' messages without an answer
	outbox   []string
	behind   string
	dueBack  time.Time
	putOff   time.Time // when that was said
	loan     loan
	entered  time.Time
	updated  time.Time
	person   bool // corrected by one
	clocks   []*clock
	wanted   time.Time // since when somebody is wanted for it in its tier; zero while nobody is
	because  desk.What // of that
	wants    []want    // when somebody was
}

// A want is a time in which somebody of a tier was wanted for a ticket.
type want struct {
	span
	tier    desk.Tier
	because desk.What
}

// A lease is who holds the ticket.
type lease struct {
	agent, token string
	until        time.Time
	set          time.Time // when until was
	wrote        bool
	raised       bool // the ticket, under it
}

func (l lease) live(at time.Time) bool { return l.token != "" && at.Before(l.until) }

// most is how many unanswered messages a ticket remembers.
const most = 20

func (p *picture) plan() *Rules { return p.rules(p.policy) }

// take brings the picture on by one entry of the log.
func (p *picture) take(e desk.Entry) {
	was, answered, severity, tier := p.state, p.answer, p.severity, p.tier
	p.updated = e.At
	p.happen(e)
	if p.tier != desk.Vendor || !working(p.state) {
		if p.loan.vendor != "" && p.state == desk.OnHold && p.dueBack.IsZero() { // it was for them alone
			p.resume(e.At)
		}
		p.loan = loan{}
	}
	if p.state != desk.OnHold && p.state != desk.Waiting {
		p.dueBack = time.Time{}
	}
	if p.state != desk.OnHold {
		p.end(desk.VendorWait, false, e.At)
	}
	if p.state != was {
		p.entered = e.At
	}
	if p.answer != answered || p.severity != severity || p.tier != tier {
		p.aim(e.At)
	}
	p.settle(e.At)
	wants := p.answer && (p.state == desk.New || p.state == desk.Open) && p.assignee == ""
	if !p.wanted.IsZero() && (!wants || p.tier != tier) {
		p.wants = append(p.wants, want{span{p.wanted, e.At}, tier, p.because})
		p.wanted = time.Time{}
	}
	if wants && p.wanted.IsZero() {
		p.wanted, p.because = e.At, e.What
	}
}

func (p *picture) happen(e desk.Entry) {
	switch e.What {
	case desk.Received:
		p.receive(e)
	case desk.Edited:
		if p.state == desk.Merged {
			return
		}
		grave := e.Verdict.Severity == desk.Critical
		if !p.answer && needs(e) && (!p.person || grave) || p.graver(e) {
			p.ask(e)
		}
	case desk.Claimed, desk.TakenOver:
		if p.assignee == "" || e.What == desk.TakenOver {
			p.assignee = e.Lease.Agent
		}
		p.lease = lease{agent: e.Lease.Agent, token: e.Lease.Token, until: e.Lease.Until, set: e.At}
		p.end(desk.Acknowledge, true, e.At)
		if p.state == desk.New {
			p.state = desk.Open
		}
	case desk.Extended:
		p.lease.until, p.lease.set = e.Lease.Until, e.At
	case desk.Released, desk.Lapsed:
		over := p.lease
		p.lease = lease{}
		if over.raised || over.agent == p.assignee && !(e.What == desk.Lapsed && over.wrote) {
			p.leave(e.At)
		}
	case desk.Assigned:
		p.assignee, p.lease = e.Assignee, lease{}
		if p.state == desk.New {
			p.state = desk.Open
		}
	case desk.Replied:
		p.outbox = append(p.outbox, e.Message.Key)
		p.lease.wrote = p.lease.token != ""
	case desk.Sent:
		p.answeredTo(e.Seen, e.At)
		p.off(e.Target)
	case desk.SendFailed, desk.SendUncertain:
		p.off(e.Target)
		p.backAgain(e.At)
	case desk.Undelivered:
		p.backAgain(e.At)
		if working(p.state) && p.clock(desk.FirstResponse) == nil && p.clock(desk.NextResponse) == nil {
			p.begin(desk.NextResponse, e.At)
		}
	case desk.SentElsewhere:
		if e.Seen >= 0 {
			p.answeredTo(cmp.Or(e.Seen, e.Version), e.At)
		}
	case desk.Escalated, desk.HandedBack:
		p.tier = e.Tier
		if len(p.outbox) > 0 {
			p.behind = p.outbox[len(p.outbox)-1]
		}
		p.handOn(e.At)
		if e.Assignee != "" {
			p.assignee, p.state = e.Assignee, desk.Open
		}
	case desk.Held:
		p.finish()
		p.state, p.dueBack, p.putOff = desk.OnHold, e.Until, e.At
		p.end(desk.Acknowledge, true, e.At)
		p.begin(desk.VendorWait, e.At)
	case desk.Resumed:
		p.end(desk.VendorWait, true, e.At)
		p.resume(e.At)
	case desk.Snoozed:
		p.finish()
		p.state, p.dueBack, p.putOff = desk.Waiting, e.Until, e.At
		p.end(desk.Acknowledge, true, e.At)
	case desk.Woken:
		p.resume(e.At)
	case desk.Swarmed:
		if p.assignee == "" && e.Assignee != "" {
			p.assignee = e.Assignee
			if p.state == desk.New {
				p.state = desk.Open
			}
		}
	case desk.MergedInto:
		p.state, p.lease, p.waiting = desk.Merged, lease{}, nil
		p.endAll(e.At)
	case desk.MergedFrom:
		p.join(e)
	case desk.SolvedNow:
		p.finish()
		p.state, p.waiting = desk.Solved, nil
		p.end(desk.Resolution, true, e.At)
		p.endAll(e.At)
	case desk.ReopenedNow:
		p.resume(e.At)
		p.begin(desk.Resolution, e.At)
	case desk.ClosedNow:
		p.state, p.lease = desk.Closed, lease{}
		p.endAll(e.At)
	case desk.VendorTold:
		p.lend(e)
	case desk.VendorSaid:
		p.giveBack(e)
	case desk.Promoted:
		p.tier = e.Tier
		if !p.answer {
			p.answer = true
			if p.state == desk.Waiting {
				p.state = p.taken()
			}
			p.startAll(e.At)
		}
	case desk.Corrected:
		p.correct(e)
	case desk.Warned:
		if c := p.clock(e.Metric); c != nil && c.cycle == e.Cycle {
			c.warnAt = time.Time{}
		}
	case desk.Breached:
		p.breach(e)
	}
}

func needs(e desk.Entry) bool {
	return e.Verdict.Actionable && e.Verdict.Category != desk.Spam && !e.Message.Aside && !e.Message.Standby
}

// receive takes a customer's message in.
func (p *picture) receive(e desk.Entry) {
	if p.state != "" {
		p.graver(e)
		if needs(e) {
			p.ask(e)
		}
		return
	}
	p.policy, p.state, p.entered = e.Policy, desk.New, e.At
	p.judged(e)
	if needs(e) {
		p.ask(e)
		return
	}
	p.tier = desk.SelfService
}

// judged makes the verdict of e the one that stands.
func (p *picture) judged(e desk.Entry) {
	p.category, p.severity, p.tier, p.person = e.Verdict.Category, e.Verdict.Severity, e.Verdict.Tier, false
}

// graver makes a graver verdict the one that stands. No tier is lost by it.
func (p *picture) graver(e desk.Entry) bool {
	if !p.answer || !needs(e) || e.Verdict.Severity <= p.severity || p.person && e.Verdict.Severity < desk.Critical {
		return false
	}
	before := p.tier
	p.judged(e)
	p.tier = max(p.tier, before)
	p.rechain()
	return true
}

// rechain puts clocks that are in a chain into the one that fits now.
func (p *picture) rechain() {
	for _, c := range p.clocks {
		if !c.open || c.chain == "" {
			continue
		}
		if fits := p.plan().chain(p.severity).Name; fits != c.chain {
			c.chain, c.base, c.stepAt = fits, c.level, time.Time{}
		}
	}
}

// correct takes in a person's judgement, which nobody here changes to one that needs
// an answer where none was needed, or the other way round.
func (p *picture) correct(e desk.Entry) {
	before := p.tier
	p.judged(e)
	p.tier, p.person = e.Tier, true
	p.rechain()
	types := p.lease.live(e.At) && p.lease.agent != e.Who
	if p.tier != before && p.answer && working(p.state) && e.Assignee == "" && !types {
		p.lease = lease{}
		p.leave(e.At)
	}
}

// ask takes in that the customer wants something.
func (p *picture) ask(e desk.Entry) {
	held := p.person && e.Verdict.Severity < desk.Critical
	if held && !p.answer && p.category == desk.Spam {
		return
	}
	u := desk.Unanswered{Version: e.Version, At: e.At}
	if len(p.waiting) < most {
		p.waiting = append(p.waiting, u)
	} else {
		p.waiting[most-1] = u
	}
	if p.state == desk.Solved && e.Policy != "" {
		p.policy = e.Policy
	}
	switch {
	case !p.answer:
		if held {
			p.tier = max(p.tier, e.Verdict.Tier)
		} else {
			p.judged(e)
		}
		p.state, p.answer = p.taken(), true
		p.startAll(e.At)
		return
	case p.state == desk.Solved:
		p.state = p.taken()
		p.startAll(e.At)
		return
	case p.state == desk.Waiting:
		p.resume(e.At)
	}
	if p.clock(desk.FirstResponse) == nil && p.clock(desk.NextResponse) == nil {
		p.begin(desk.NextResponse, e.At)
	}
}

// answeredTo takes in that the customer has an answer to all up to a version.
func (p *picture) answeredTo(seen int64, at time.Time) {
	p.waiting = slices.DeleteFunc(p.waiting, func(u desk.Unanswered) bool { return u.Version <= seen })
	p.end(desk.FirstResponse, true, at)
	p.end(desk.NextResponse, true, at)
	switch {
	case p.answer && len(p.waiting) > 0:
		p.begin(desk.NextResponse, p.waiting[0].At)
	case p.state == desk.Solved:
		for _, c := range p.clocks { // it was solved with that answer
			if (c.metric == desk.FirstResponse || c.metric == desk.NextResponse) && !c.open && !c.met && c.ended.Equal(p.entered) &&
				(c.level > 0 || c.deadline.IsZero() || !at.After(c.deadline)) {
				c.met, c.ended = true, at
			}
		}
	case (p.state == desk.New || p.state == desk.Open) && p.behind == "":
		p.state = desk.Waiting
		p.end(desk.Acknowledge, true, at)
	}
}

// off takes a reply off the outbox.
func (p *picture) off(key string) {
	p.outbox = slices.DeleteFunc(p.outbox, func(k string) bool { return k == key })
	if p.behind == key {
		p.behind = ""
	}
}

// backAgain takes the ticket up since an answer did not reach the customer.
func (p *picture) backAgain(at time.Time) {
	switch p.state {
	case desk.Waiting:
		p.resume(at)
	case desk.Solved:
		p.state = p.taken()
		p.startAll(at)
	}
}

func (p *picture) resume(at time.Time) {
	if p.state = p.taken(); p.state == desk.New {
		p.begin(desk.Acknowledge, at)
	}
}

func (p *picture) taken() desk.State {
	if p.assignee == "" {
		return desk.New
	}
	return desk.Open
}

func (p *picture) leave(at time.Time) {
	p.assignee = ""
	if p.state == desk.Open {
		p.state = desk.New
	}
	if p.state == desk.New {
		p.begin(desk.Acknowledge, at)
	}
}

func (p *picture) handOn(at time.Time) {
	p.lease, p.state = lease{}, desk.New
	p.leave(at)
}

// finish ends a claim by what its holder did.
func (p *picture) finish() {
	if p.lease.raised {
		p.assignee = ""
	}
	p.lease = lease{}
}

// breach takes in a step of a chain.
func (p *picture) breach(e desk.Entry) {
	c := p.clock(e.Metric)
	if c == nil || c.cycle != e.Cycle {
		return
	}
	chain := p.chainOf(c)
	c.level, c.warnAt, c.chain = e.Level, time.Time{}, chain.Name
	if !e.Until.IsZero() {
		c.base, c.stepAt, c.stepSet = e.Level, e.Until, e.At
		return
	}
	c.next(e.At, e.Passed, chain, p.plan())
	raised := e.Tier > p.tier
	p.tier = max(p.tier, e.Tier)
	hands := !e.Passed && (e.Step == desk.RaiseTier || e.Step == desk.HandToVendor || e.Step == "")
	switch {
	case p.lease.live(e.At):
		p.lease.raised = p.lease.raised || raised
	case raised || p.assignee == "" && hands:
		p.handOn(e.At)
	}
}

// join takes in that another ticket goes on as this one: it is as grave as the graver
// of both, for the higher of their tiers, and whoever waited there waits here since then.
func (p *picture) join(e desk.Entry) {
	p.tier = max(p.tier, e.Tier)
	if p.answer && e.Verdict.Severity > p.severity {
		p.category, p.severity = e.Verdict.Category, e.Verdict.Severity
		p.rechain()
	}
	if !p.answer || e.Until.IsZero() {
		return
	}
	p.waiting = append(p.waiting, desk.Unanswered{Version: e.Version, At: e.Until})
	slices.SortStableFunc(p.waiting, func(a, b desk.Unanswered) int { return a.At.Compare(b.At) })
	if len(p.waiting) > most { // the newest stands for those left out
		p.waiting = append(p.waiting[:most-1], p.waiting[most])
	}
	switch p.state {
	case desk.Solved:
		p.state = p.taken()
		p.startAll(e.At)
	case desk.Waiting:
		p.resume(e.At)
	}
	if p.clock(desk.FirstResponse) == nil && p.clock(desk.NextResponse) == nil {
		p.begin(desk.NextResponse, e.Until)
	}
}

// chainOf is the chain that a clock is in, or else the one that fits.
func (p *picture) chainOf(c *clock) Chain {
	if c.chain != "" {
		return p.plan().named(c.chain)
	}
	return p.plan().chain(p.severity)
}

func working(s desk.State) bool {
	return s == desk.New || s == desk.Open || s == desk.Waiting || s == desk.OnHold
}
