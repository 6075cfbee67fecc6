package simulation

import (
	"context"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/fetch"
)

// Profile tells who somebody is, in the party's mood: of one in four nothing.
func (p *party) Profile(_ context.Context, _ desk.Origin, author string) (desk.Author, error) {
	var is mood
	if len(p.moods) > 0 {
		is = p.moods[len(p.moods)-1]
	}
	switch is {
	case expired:
		return desk.Author{}, &desk.SendError{Class: desk.SendAuth, Reason: "the token is no good"}
	case limited, broken, mute:
		return desk.Author{}, &desk.SendError{Class: desk.SendRetry, Reason: "not now"}
	}
	if p.d.chances(0.25) {
		return desk.Author{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "no friend"}
	}
	return desk.Author{ID: author, Name: "the one with the id " + author}, nil
}

// profiles is the queue of those who are to be asked for, as the desk's worker sends
// to it, which loses some.
type profiles struct{ d *Desk }

// Send has somebody ask who the author of a ticket is.
func (q profiles) Send(ctx context.Context, n desk.Nudge, after time.Duration) error {
	if q.d.chances(q.d.weather.loses) {
		q.d.lostNudges++
		return nil
	}
	return q.d.wanted.Send(ctx, fetch.Job{Ticket: n.Ticket}, after)
}

// asks has somebody ask who the author of a ticket is.
func (d *Desk) asks(j fetch.Job, attempt int) error {
	return d.step("fetch", func(ctx context.Context) error {
		err := d.asker.Job(ctx, j)
		if err != nil && attempt >= receives {
			return d.asker.GiveUp(ctx, j, err)
		}
		return err
	}, string(j.Ticket))
}
