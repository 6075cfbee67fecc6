package triage

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/skala/shared/desk"
)

// followed goes after a ticket that was merged, from the thread of e as it was read.
// What a customer writes there is for the ticket that goes on in its place, as long as
// that takes messages, and so is the edit or deletion of what was. It returns e as one
// of the thread that it belongs to, that thread, and the merged ticket that it came by,
// empty where it stays. What went there stays known: a thread that has a next ticket
// since asks where the ones before it went.
func (tr *Triager[R]) followed(ctx context.Context, e desk.Event, of desk.Thread, received time.Time) (desk.Event, desk.Thread, desk.TicketID, error) {
	from := of.Ticket
	alters := e.Kind == desk.MessageEdited || e.Kind == desk.MessageDeleted
	if from.Into == "" || of.Known || e.Kind != desk.MessageCreated && !alters {
		return e, of, "", nil
	}
	if alters {
		there, err := tr.has(ctx, e, e.Target)(nameOf(from.ID))
		if there || err != nil {
			return e, of, "", wrapped(err)
		}
	}
	to, on, via := e, of, desk.TicketID("")
	for t, seen := from, []string{nameOf(from.ID)}; t.Into != ""; {
		next := e
		if next.In = nameOf(t.Into); slices.Contains(seen, next.In) {
			break
		}
		seen = append(seen, next.In)
		there, err := tr.Threads.Thread(ctx, next)
		if err != nil {
			return e, of, "", wrapped(err)
		}
		if there.Known {
			return next, there, from.ID, nil
		}
		if alters {
			has, err := tr.has(ctx, next, e.Target)(next.In)
			if has || err != nil {
				return next, there, from.ID, wrapped(err)
			}
		}
		if t = there.Ticket; from.State == desk.Merged && via == "" && t.Version > 0 {
			plan, err := tr.plan(ctx, t)
			if err != nil {
				return e, of, "", err
			}
			if t.Takes(received, plan) {
				if there.Tombstone == nil {
					there.Tombstone = of.Tombstone // it came before the tickets were one
				}
				to, on, via = next, there, from.ID
			}
		}
	}
	return to, on, via, nil
}

func nameOf(id desk.TicketID) string {
	thread, _, _ := id.Split()
	return thread
}

func wrapped(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("triage: %w", err)
}
