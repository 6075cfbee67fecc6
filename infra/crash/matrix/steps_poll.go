package matrix

import (
	"fmt"
	"time"

	"example.com/skala/infra/crash/world"
	"example.com/skala/shared/desk"
)

// channel is the account whose comments have to be asked for.
var channel = desk.AccountKey{Platform: world.YouTube.Platform, App: world.YouTube.Name, ID: world.Event{App: world.YouTube}.Account()}

// writer is somebody who comments.
const writer = "UCcustomer00000000000001"

// wroteBelow is a setup: somebody has written so many comments below a video, by now.
func wroteBelow(ids ...string) func(*Run) error {
	return func(r *Run) error {
		for _, id := range ids {
			r.World.Comment(r.World.Written(id, writer, low))
		}
		return nil
	}
}

// came is a check: each comment is a ticket, and the desk goes on asking from there.
func came(ids ...string) func(*Run) error {
	return func(r *Run) error {
		for _, id := range ids {
			e := world.Event{App: world.YouTube, ID: id, Author: writer}
			if m, _, err := r.World.Store.MessageByID(r.Ctx, e.Desk().Thread(), id); err != nil || m.Text != low {
				return fmt.Errorf("comment %s says %q: %w", id, m.Text, err)
			}
		}
		c, err := r.World.Store.Cursor(r.Ctx, channel)
		if err == nil && (c.At.IsZero() || len(c.Seen) != len(ids) || !c.Next.After(r.World.Now().Add(-time.Hour))) {
			err = fmt.Errorf("the cursor is %+v after %d comments", c, len(ids))
		}
		return err
	}
}

// uploaded is a setup: the channel has a new video, which is reason to ask.
func uploaded(id string) func(*Run) error {
	return chain(func(r *Run) error { return r.arrive(r.World.Uploaded(id)) }, delivered("InboundQueue"))
}

// Poll are the steps of what asks platforms for what they do not tell by themselves.
// On the schedule that goes on beside the look at the accounts: see Accounts.
func Poll() []Step {
	before := chain(wroteBelow("Ugy1"), uploaded("video-1"), rested, pass(10*time.Minute))
	return []Step{
		{Name: "fetch comments of a video", In: "Fetch", Setup: chain(wroteBelow("Ugy1", "Ugy2"), uploaded("video-1")), Act: deliver("FetchQueue"), Check: came("Ugy1", "Ugy2")},
		{Name: "fetch comments since", In: "Fetch", Setup: chain(before, wroteBelow("Ugy2"), uploaded("video-2")), Act: deliver("FetchQueue"), Check: came("Ugy1", "Ugy2")},
	}
}
