package sla

import (
	"time"

	"example.com/skala/shared/desk"
)

// A Standing is what a clock does at an instant, and why.
type Standing struct {
	State   desk.ClockState `json:"state"`
	Paused  string          `json:"paused,omitempty"`  // why it stands still, in words; empty while it does not
	Closed  time.Time       `json:"closed,omitzero"`   // running, but outside its hours until then
	Used    time.Duration   `json:"used"`              // of the target, business time
	Left    time.Duration   `json:"left"`              // of the target, business time; 0 when it is used up
	Wall    time.Duration   `json:"wall,omitempty"`    // until the deadline, by the wall clock; 0 for one that is paused or past
	Overdue time.Duration   `json:"overdue,omitempty"` // since the deadline by the wall clock, to the end of one that has ended
	Over    time.Duration   `json:"over,omitempty"`    // beyond the target, business time
}

// Standing returns what clock c of t does at now.
func (p *Plan) Standing(t desk.Ticket, c desk.Clock, now time.Time) Standing {
	s := Standing{State: c.State, Used: c.Used}
	end := now
	switch c.State {
	case desk.Paused:
		s.Paused = t.Stands(c.Metric)
	case desk.Running:
		if now.After(c.Since) {
			s.Used += p.Between(c.Calendar, c.Since, now)
		}
		if c.Calendar != "" {
			if open, changes := p.Calendar(c.Calendar).OpenAt(now); !open {
				s.Closed = changes
			}
		}
		if now.Before(c.Deadline) {
			s.Wall = c.Deadline.Sub(now)
		}
	default:
		end = c.Ended
	}
	s.Left, s.Over = max(0, c.Target-s.Used), max(0, s.Used-c.Target)
	if !c.Deadline.IsZero() && end.After(c.Deadline) {
		s.Overdue = end.Sub(c.Deadline)
	}
	return s
}
