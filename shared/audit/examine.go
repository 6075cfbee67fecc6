package audit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/nudge"
)

// A record is a ticket as it stands, and as its log has it.
type record struct {
	head  desk.Head
	log   []desk.Entry
	is    desk.Ticket    // what the log comes to
	plans desk.Plans     // by the versions that the log names
	plan  desk.Clockwork // that is has its promises of
	odd   []string       // entries that should not be there, in words
}

// readings is how often a ticket is read that changes under the eyes of who reads it.
const readings = 3

// examine folds the log of a ticket anew, and mends what differs from it: what
// stands there, where the indexes have it, and what nobody has done.
func (r *rounds) examine(ctx context.Context, id desk.TicketID) error {
	for range readings {
		x, ok, err := r.read(ctx, id)
		if err != nil || !ok {
			return err
		}
		if x.head.Version < x.is.Version {
			continue // somebody has changed it meanwhile
		}
		err = r.compare(ctx, x)
		if !errors.Is(err, desk.ErrStale) {
			return err
		}
	}
	return nil // somebody is at work on it, and lists it with every change
}

// read reads a ticket and its log. It is not ok where there is nothing to compare:
// the ticket is not the last of its thread, or was written by a later version of the
// desk, or promised by a policy that nobody has any more.
func (r *rounds) read(ctx context.Context, id desk.TicketID) (x record, ok bool, err error) {
	if x.head, err = r.Tickets.Head(ctx, id); err != nil {
		if errors.Is(err, desk.ErrNotFound) {
			err = nil
		}
		return x, false, err
	}
	if x.log, err = r.Tickets.Log(ctx, id); err != nil {
		return x, false, err
	}
	if x.plans, err = r.plans(ctx, x.log); x.plans == nil || err != nil {
		return x, false, err
	}
	r.count(func(f *findings) { f.folded++ })
	x.is = desk.Ticket{ID: x.head.ID, Previous: x.head.Previous}
	for _, e := range x.log {
		w := x.plans(cmp.Or(e.Policy, x.is.Policy))
		if why := x.is.Unfounded(e, w); why != "" && r.now.Sub(e.At) < lately {
			x.odd = append(x.odd, fmt.Sprintf("%s (%d)", why, e.Version))
		}
		x.is = desk.Apply(x.is, e, w)
	}
	x.plan = x.plans(x.is.Policy)
	x.adopt()
	return x, true, nil
}

// lately is how long entries are held against the desk that it should not have
// written: nobody can take them back.
const lately = 24 * time.Hour

// plans are the promises of every version of the policy that a log names; nil where
// it holds what this version of the desk cannot fold.
func (r *rounds) plans(ctx context.Context, log []desk.Entry) (desk.Plans, error) {
	if len(log) == 0 || log[0].Policy == "" {
		return nil, nil
	}
	under := map[string]desk.Clockwork{}
	for _, e := range log {
		if !e.What.Known() {
			return nil, nil
		}
		if e.Policy == "" || under[e.Policy] != nil {
			continue
		}
		p, err := r.Policies.Version(ctx, e.Policy)
		if err != nil || p.Hash != e.Policy {
			return nil, err
		}
		under[e.Policy] = p.Plan
	}
	return func(hash string) desk.Clockwork { return under[hash] }, nil
}

// adopt takes over what no log has: when queues were told again, that an author was
// asked for, and when the next attachment of the thread is to be forgotten, unless
// the log knows of one that is sooner.
func (x *record) adopt() {
	x.is.Nudged = x.head.Nudged
	if x.is.Profile == desk.ProfileWanted && x.head.Profile == desk.ProfileAsked {
		x.is.Profile = desk.ProfileAsked
	}
	if has := x.head.Forget; x.is.Forget.IsZero() || !has.IsZero() && has.Before(x.is.Forget) {
		x.is.Forget = has
	}
}

// compare says what differs, and mends it: first what stands there, so that whoever
// is told of the ticket then finds it right.
func (r *rounds) compare(ctx context.Context, x record) error {
	fields, err := differences(x.head.Ticket, x.is)
	if err != nil {
		return err
	}
	if len(fields) > 0 && x.head.Version > x.is.Version {
		return r.leave(ctx, x, fields, "entries of its log are missing")
	}
	due := x.is.DueAt(x.plan)
	is := r.Tickets.Places(x.is, due)
	places := misplaced(x.head.Places, is)
	left := r.left(x)
	if len(fields) > 0 {
		n := 0
		r.count(func(f *findings) { f.mended++; n = f.mended })
		if n > r.most.Mended {
			return r.leave(ctx, x, fields, "too many are not what their logs say")
		}
	}
	differs := len(fields)+len(places)+len(x.odd) > 0
	if len(fields)+len(places) > 0 {
		if err := r.Tickets.Mend(ctx, x.head, x.is, due); err != nil {
			return err
		}
		r.count(func(f *findings) { f.repaired++ })
	}
	if differs {
		r.count(func(f *findings) { f.differ++ })
		r.Log.ErrorContext(ctx, "ticket not as its log says", "ticket", x.is.ID, "version", x.is.Version, "fields", fields, "places", places, "odd", x.odd, "left", left, "due", due)
	} else if len(left) > 0 {
		r.Log.WarnContext(ctx, "ticket left waiting", "ticket", x.is.ID, "version", x.is.Version, "left", left, "due", due)
	}
	if len(fields)+len(places)+len(left) == 0 {
		return nil
	}
	return r.tell(ctx, x, due, len(left) > 0)
}

// leave counts what is not for the audit to mend. A person has to look.
func (r *rounds) leave(ctx context.Context, x record, fields []string, why string) error {
	r.count(func(f *findings) { f.differ++ })
	r.Log.ErrorContext(ctx, "ticket not as its log says", "ticket", x.head.ID, "version", x.head.Version, "fields", fields, "why", why)
	return fmt.Errorf("%s is not as its log says, and left so: %s", x.head.ID, why)
}

// tell tells the queues of what is due, or so soon that no sweep may come before.
func (r *rounds) tell(ctx context.Context, x record, due time.Time, left bool) error {
	if left {
		r.count(func(f *findings) { f.repaired++ })
	}
	if tier, outbound := x.is.NudgeDue(r.now.Add(-patience), x.plan); tier || outbound {
		if err := r.Nudger.Again(ctx, x.is, x.plan, r.now); err != nil {
			return err
		}
		told := x.is
		told.Nudged = r.now
		return r.Tickets.Nudged(ctx, told, r.now, told.DueAt(x.plan))
	}
	if due.IsZero() || due.Sub(r.now) > nudge.Ahead {
		return nil
	}
	return r.Nudger.Arm(ctx, desk.Nudge{Ticket: x.is.ID, Version: x.is.Version}, due, r.now)
}

// left says what nobody has done although it was due: of deadlines by the report on
// the ticket, which counts what the clocks did from the log, and of the rest by what
// that comes to.
func (r *rounds) left(x record) (left []string) {
	for _, run := range desk.Reported(x.is.ID, x.is.Previous, x.log, r.now, x.plans).Runs {
		if run.State == desk.Running && run.Missed && run.Noticed.IsZero() && forgotten(run.Deadline, r.now) {
			left = append(left, "breach of "+string(run.Metric))
		}
	}
	for _, c := range x.is.Clocks {
		switch {
		case c.State != desk.Running:
		case forgotten(c.StepAt, r.now) && c.Breached():
			left = append(left, fmt.Sprintf("step %d of %s", c.Level+1, c.Metric))
		case forgotten(c.WarnAt, r.now) && !forgotten(c.Deadline, r.now):
			left = append(left, "warning of "+string(c.Metric))
		}
	}
	if forgotten(x.is.Lease.Until, r.now) && x.is.Lease.Token != "" {
		left = append(left, "end of a claim")
	}
	if forgotten(x.is.DueBack, r.now) {
		left = append(left, "end of a hold")
	}
	if tier, outbound := x.is.NudgeDue(r.now.Add(-patience), x.plan); tier || outbound {
		left = append(left, "nudge")
	}
	if len(left) == 0 && forgotten(x.is.DueAt(x.plan), r.now) {
		left = append(left, "what is due")
	}
	return left
}

// misplaced names the indexes that do not have a ticket where they should.
func misplaced(was, is desk.Places) (names []string) {
	for _, p := range []struct{ name, was, is string }{{"list", was.List, is.List}, {"due", was.Due, is.Due}, {"assignee", was.Assignee, is.Assignee}} {
		if p.was != p.is {
			names = append(names, p.name)
		}
	}
	return names
}

// differences names the fields in which two tickets differ. What is in them is
// nobody's to log.
func differences(a, b desk.Ticket) ([]string, error) {
	fields := func(t desk.Ticket) (map[string]json.RawMessage, error) {
		doc, err := json.Marshal(t)
		if err != nil {
			return nil, fmt.Errorf("comparing tickets: %w", err)
		}
		var all map[string]json.RawMessage
		err = json.Unmarshal(doc, &all)
		return all, err
	}
	one, err := fields(a)
	if err != nil {
		return nil, err
	}
	other, err := fields(b)
	if err != nil {
		return nil, err
	}
	var names []string
	for name, value := range one {
		if with := other[name]; !bytes.Equal(value, with) && !same(value, with) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// same reports whether two values differ in no more than what is empty in them.
func same(one, other json.RawMessage) bool {
	var a, b any
	return json.Unmarshal(one, &a) == nil && json.Unmarshal(other, &b) == nil && reflect.DeepEqual(prune(a), prune(b))
}

// prune takes away what is empty, and makes nothing of what is nothing then.
func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, of := range v {
			if v[name] = prune(of); v[name] == nil {
				delete(v, name)
			}
		}
		if len(v) > 0 {
			return v
		}
		return nil
	case []any:
		for i := range v {
			v[i] = prune(v[i])
		}
		if len(v) > 0 {
			return v
		}
		return nil
	}
	return v
}
