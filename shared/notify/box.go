package notify

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
)

// spare is what is kept of a function's time to write down how a letter ended.
const spare = 5 * time.Second

// empty brings a box as far as it can be brought now: it sends what is ready to be
// sent, and tells tickets what became of it.
func (n *Notifier) empty(ctx context.Context, id string) error {
	for round := range rounds {
		b, err := n.Boxes.Box(ctx, id)
		if errors.Is(err, desk.ErrNotFound) {
			n.Log.WarnContext(ctx, "letter", "outcome", "gone")
			return nil
		}
		if err != nil {
			return err
		}
		logs.Note(ctx, "channel", b.Address.Kind)
		d, err := n.People.Directory(ctx)
		if err != nil {
			return err
		}
		at, now := b.ActAt(quiet(d, b.Address)), n.Now()
		if at.IsZero() || at.After(now) {
			if round == 0 {
				n.Log.InfoContext(ctx, "letter", "outcome", "early", "at", at)
			}
			return n.leave(ctx, b, at)
		}
		if b.Told < b.Sent {
			err = n.tell(ctx, b, d)
		} else {
			err = n.send(ctx, b, d)
		}
		if err != nil && !errors.Is(err, desk.ErrStale) {
			return err
		}
	}
	return errNeverDone
}

// leave lets a box be until an instant. Where that is no longer the one at which the
// sweep finds it, as when somebody has changed their quiet hours, it is put right:
// the sweep would bring it each minute.
func (n *Notifier) leave(ctx context.Context, b post.Box, at time.Time) error {
	if b.Due.UnixMilli() != at.UnixMilli() {
		if err := n.Boxes.SaveBox(ctx, b, at); err != nil && !errors.Is(err, desk.ErrStale) {
			return err
		}
	}
	return n.arm(ctx, b.ID, at)
}

// send makes a try of the box's letter. Nobody else does meanwhile, and whoever does
// after a try that nobody ended sends the same letter.
func (n *Notifier) send(ctx context.Context, b post.Box, d people.Directory) error {
	if !n.theirs(d, b.Address) && n.Latest != nil { // one may have been saved, and tried, just now
		latest, err := n.Latest.Directory(ctx)
		if err != nil {
			return err
		}
		d = latest
	}
	token := rand.Text()
	b = b.Try(token, n.Now())
	if err := n.Boxes.SaveBox(ctx, b, b.ActAt(nil)); err != nil {
		is, readErr := n.Boxes.Box(ctx, b.ID)
		if !errors.Is(err, desk.ErrStale) || readErr != nil || is.Token != token { // else it is our own write, tried again
			return err
		}
	}
	lines, err := n.Lines.Lines(ctx, b.ID, b.Sent, b.Upto)
	if err != nil {
		return err
	}
	logs.Note(ctx, "lines", b.Upto-b.Sent, "attempt", b.Tries)
	o := post.Outcome{Class: post.Refused, Why: "no longer a channel of theirs"}
	sender, ok := n.Senders[b.Address.Kind]
	switch {
	case len(lines) == 0:
		o.Why = "nothing to say any more"
	case !n.theirs(d, b.Address):
	case !ok:
		o.Why = "this desk has no way to send it"
	default:
		letter, why, err := n.written(ctx, b, lines, d)
		if err != nil {
			return err
		}
		if why != "" {
			o.Why = why
			break
		}
		sending, cancel := within(ctx)
		began := n.Now()
		o = sender.Send(sending, letter)
		cancel()
		logs.Note(ctx, logs.Took(n.Now().Sub(began)))
	}
	return n.end(ctx, b.ID, token, o)
}

// within leaves time to write down how a letter ended.
func within(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end.Add(-spare))
}

// end writes down how a try ended, whatever comes into the box meanwhile.
func (n *Notifier) end(ctx context.Context, id, token string, o post.Outcome) error {
	for range rounds {
		b, err := n.Boxes.Box(ctx, id)
		if err != nil {
			return err
		}
		if b.Token != token { // written down already, or taken over by another
			return nil
		}
		after := b.End(o, n.Now())
		err = n.Boxes.SaveBox(ctx, after, after.ActAt(nil))
		if errors.Is(err, desk.ErrStale) {
			continue
		}
		if err != nil {
			return err
		}
		n.said(ctx, after, o)
		return nil
	}
	return errNeverDone
}

// said says how a try ended, and counts letters that came to their end.
func (n *Notifier) said(ctx context.Context, b post.Box, o post.Outcome) {
	level, outcome := slog.LevelInfo, "accepted"
	switch {
	case b.Sent < b.Upto:
		outcome = "deferred"
	case o.Class == post.Accepted:
		n.Metrics.Count(metrics.NotificationsAccepted, 1)
	default:
		level, outcome = slog.LevelWarn, "failed"
		n.Metrics.Count(metrics.NotificationsFailed, 1)
	}
	about := []any{"outcome", outcome, "class", o.Class}
	if o.Why != "" {
		about = append(about, "why", o.Why)
	}
	n.Log.Log(ctx, level, "letter", about...)
}

// tell writes into the logs of tickets how the letter with their lines ended. Each line
// goes with its entry, so that whoever does this again finds those that are left.
func (n *Notifier) tell(ctx context.Context, b post.Box, d people.Directory) error {
	lines, err := n.Lines.Lines(ctx, b.ID, b.Told, b.Sent)
	if err != nil {
		return err
	}
	if vendor, ok := b.Address.Vendor(); ok {
		return n.lend(ctx, b, vendor, lines)
	}
	var to []string
	if _, ok := d.Members[b.Address.Owner]; ok {
		to = []string{b.Address.Owner}
	}
	how := fmt.Sprintf("%s %s", whose(b.Address), b.How)
	if b.How != post.Accepted {
		how = fmt.Sprintf("%s failed (%s): %s", whose(b.Address), b.How, b.Why)
	}
	for line := b.Told + 1; line <= b.Sent; line++ {
		notice, ok := lines[line]
		if !ok {
			continue
		}
		if err := n.tellOf(ctx, b.ID, line, notice, to, how); err != nil {
			return err
		}
	}
	b.Told = b.Sent
	return n.Boxes.SaveBox(ctx, b, b.ActAt(quiet(d, b.Address)))
}

func (n *Notifier) tellOf(ctx context.Context, box string, line int64, notice desk.Notice, to []string, how string) error {
	for range rounds {
		change, err := n.entry(ctx, notice, to, how)
		if err != nil {
			return err
		}
		err = n.Lines.Told(ctx, box, line, change)
		if err == nil || errors.Is(err, desk.ErrDuplicate) {
			return nil
		}
		if !errors.Is(err, desk.ErrStale) {
			return err
		}
	}
	return errNeverDone
}
