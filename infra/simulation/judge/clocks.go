package judge

import (
	"slices"
	"time"

	"example.com/skala/shared/desk"
)

// clock is the open one of a metric.
func (p *picture) clock(m desk.Metric) *clock {
	for _, c := range p.clocks {
		if c.metric == m && c.open {
			return c
		}
	}
	return nil
}

func (p *picture) startAll(at time.Time) {
	if p.assignee == "" {
		p.begin(desk.Acknowledge, at)
	}
	p.begin(desk.FirstResponse, at)
	p.begin(desk.Resolution, at)
}

func (p *picture) begin(m desk.Metric, at time.Time) {
	target, promised := p.target(m)
	if !promised || !p.answer || !working(p.state) || p.clock(m) != nil {
		return
	}
	c := &clock{metric: m, cycle: 1, target: target, open: true, known: p.updated}
	for _, before := range p.clocks {
		if before.metric == m {
			c.cycle = max(c.cycle, before.cycle+1)
		}
	}
	if !p.rests(m) {
		c.start(at, p.plan())
	}
	p.clocks = append(p.clocks, c)
}

// target is what is promised for a metric: to a vendor what was agreed with them.
func (p *picture) target(m desk.Metric) (Target, bool) {
	if m == desk.VendorWait && p.loan.within > 0 {
		return Target{Time: p.loan.within}, true
	}
	target, promised := p.plan().Targets[p.severity][m]
	return target, promised
}

func (p *picture) rests(m desk.Metric) bool {
	if (m == desk.FirstResponse || m == desk.NextResponse) && p.state == desk.Waiting && len(p.waiting) > 0 { // put off by an agent, not by an answer
		return false
	}
	return m == desk.VendorWait && p.state != desk.OnHold || slices.Contains(p.plan().Pauses[m], p.state)
}

func (p *picture) end(m desk.Metric, met bool, at time.Time) {
	if c := p.clock(m); c != nil {
		c.end(at, met, p.plan())
	}
}

func (p *picture) endAll(at time.Time) {
	for _, m := range metrics {
		p.end(m, false, at)
	}
}

// aim gives every open clock the target of the ticket as it is now.
func (p *picture) aim(at time.Time) {
	for _, c := range p.clocks {
		if target, promised := p.target(c.metric); promised && p.answer {
			c.aim(target, at, p.plan())
		} else {
			c.end(at, false, p.plan())
		}
	}
}

// settle lets clocks run or stand as the state asks, and chains go on or rest.
func (p *picture) settle(at time.Time) {
	for _, c := range p.clocks {
		if !c.open {
			continue
		}
		if p.rests(c.metric) {
			c.stop(at, p.plan())
		} else {
			c.start(at, p.plan())
		}
		if c.level == 0 || !c.runs {
			continue
		}
		chain := p.chainOf(c)
		if _, _, repeats, _ := chain.after(c.level - c.base); repeats && p.assignee != "" {
			c.stepAt = time.Time{}
		} else if c.stepAt.IsZero() {
			c.next(at, false, chain, p.plan())
		}
	}
}
