package main

import (
	"fmt"
	"time"

	"example.com/skala/shared/desk"
)

// foldEntries is how long the log is whose fold is measured.
const foldEntries = 200

// folding folds a log in which a customer and the desk take turns for some weeks, under
// a policy's plan, and says from it what every clock did.
func folding(w desk.Clockwork) (fold, ticks work, err error) {
	log, stored := longLog(w)
	if got := desk.Fold("thread.1", "", log, w); got.Version != foldEntries || len(got.Clocks) != len(stored.Clocks) {
		return fold, ticks, fmt.Errorf("a log of %d entries folds to version %d", foldEntries, got.Version)
	}
	if fold, err = best(func() error { desk.Fold("thread.1", "", log, w); return nil }); err != nil {
		return fold, ticks, err
	}
	ticks, err = best(func() error { desk.Ticks("thread.1", "", log, desk.Under(w)); return nil })
	return fold, ticks, err
}

// longLog makes that log: message, claim, reply, on its way, accepted, again and again.
func longLog(w desk.Clockwork) (log []desk.Entry, t desk.Ticket) {
	now := time.Date(2026, 3, 20, 15, 0, 0, 0, time.UTC)
	t = desk.Ticket{ID: "thread.1"}
	for len(log) < foldEntries {
		e := desk.Entry{What: desk.Received, Message: &desk.Message{Key: fmt.Sprint("m", len(log)), Direction: desk.In, Author: desk.Author{ID: "c"}},
			Verdict: &desk.Verdict{Category: desk.Request, Severity: desk.Normal, Tier: desk.Individual, Actionable: true}}
		key := fmt.Sprint("r", len(log))
		switch len(log) % 5 {
		case 0:
			if t.State == "" {
				e.Origin = &desk.Origin{Platform: "line", Visibility: desk.Private}
			}
		case 1:
			e = desk.Entry{What: desk.Claimed, Who: "ann", Lease: desk.Lease{Agent: "ann", Token: key, Until: now.Add(w.Lease())}}
		case 2:
			e = desk.Entry{What: desk.Replied, Who: "ann", Message: &desk.Message{Key: key, Direction: desk.Out, Seen: t.Version}}
		case 3:
			e = desk.Entry{What: desk.Sending, Target: t.Outbox[0]}
		case 4:
			e = desk.Entry{What: desk.Sent, Target: t.Outbox[0], Seen: t.Version}
		}
		now = now.Add([]time.Duration{11 * time.Hour, time.Minute, time.Minute, time.Second, time.Second}[len(log)%5])
		e.Version, e.At = t.Version+1, now
		t, log = desk.Apply(t, e, w), append(log, e)
	}
	return log, t
}
