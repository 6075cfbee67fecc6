// Package sla is what the desk promises and by when: calendars of business
// hours, the arithmetic of deadlines on them, and plans, which say how long
// each metric of a ticket may take, when it stands still and how its breach is
// escalated.
//
// It is a pure function of its arguments: it reads no clock and keeps nothing.
// The zone data is its own, see LoadZone, so that the same policy and the same
// log give the same deadlines on every machine. It decides no breach: package
// desk does, folding a ticket's log, with a Plan as its Clockwork.
package sla
