// Package notify tells people and programs what the desk did. A notice goes to the
// lists in the console at once, and into a box for each other address of those whom
// it is for: once, however often it is tried. Boxes are emptied by letters, so that
// nobody gets more of these than they can read, and none at night that can wait; how
// each letter ended stands in the logs of the tickets that it was about.
package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/nudge"
	"example.com/skala/shared/people"
	"example.com/skala/shared/policy"
	"example.com/skala/shared/post"
)

// Notices are those that wait to be posted. Notice returns up to whom one is posted
// already, and desk.ErrNotFound when nobody is left; Post returns desk.ErrDuplicate
// when these addresses have it, and desk.ErrStale when a box or the ticket has changed.
type Notices interface {
	Notice(ctx context.Context, ticket desk.TicketID, version int64) (n desk.Notice, upTo string, err error)
	Post(ctx context.Context, p post.Posting, c desk.Change) error
}

// Boxes are the boxes of all addresses. SaveBox returns desk.ErrStale when the box is
// no longer as it was read.
type Boxes interface {
	Boxes(ctx context.Context, of []post.Address) ([]post.Box, error)
	Box(ctx context.Context, id string) (post.Box, error)
	SaveBox(ctx context.Context, b post.Box, dueAt time.Time) error
}

// Lines are what the boxes hold. Told returns desk.ErrDuplicate when the line is gone,
// and desk.ErrStale when the ticket has changed.
type Lines interface {
	Lines(ctx context.Context, box string, after, upTo int64) (map[int64]desk.Notice, error)
	Told(ctx context.Context, box string, line int64, c desk.Change) error
}

// Tickets are read to write into their logs. Head returns desk.ErrNotFound also for a
// ticket that another follows in its thread: nothing more is written into its log.
type Tickets interface {
	Head(ctx context.Context, id desk.TicketID) (desk.Head, error)
}

// Policies are the versions of the policy; see triage.
type Policies interface {
	Version(ctx context.Context, hash string) (*policy.Policy, error)
}

// A Directory knows people, teams and their channels; see package roster.
type Directory interface {
	Directory(ctx context.Context) (people.Directory, error)
}

// A Sender takes letters to the addresses of one kind of channel. It may get the same
// letter again, under the same id.
type Sender interface {
	Send(ctx context.Context, l post.Letter) post.Outcome
}

// A Notifier takes one nudge of the queue of notices at a time.
type Notifier struct {
	Notices  Notices
	Boxes    Boxes
	Lines    Lines
	Tickets  Tickets
	Policies Policies
	People   Directory
	Latest   Directory // as it is now, asked when People, of seconds ago, does not have an address; nil where People is
	Senders  map[people.ChannelKind]Sender
	Programs func(desk.NoticeKind) []string // names of those that are told of every notice of a kind; nil for none
	Queue    nudge.Queue                    // where its own nudges come from
	Due      nudge.Queue                    // of when a vendor is to answer
	Vendors  []post.Vendor                  // who outside the desk gets tickets; the first that fits has it
	Said     Said                           // what goes along to vendors who get it
	Console  string                         // origin of the links to tickets; empty for no links
	Webhooks string                         // origin of the addresses at which vendors answer; empty for none
	Now      func() time.Time
	Log      *slog.Logger
	Metrics  *metrics.Recorder // nil for none
}

// Tell does what a nudge is about: it posts a notice, or empties a box. It may run
// twice, and several times at once.
func (n *Notifier) Tell(ctx context.Context, about desk.Nudge) error {
	var err error
	if about.Mailbox != "" {
		err = n.empty(logs.Unit(ctx, "box", about.Mailbox), about.Mailbox)
	} else {
		err = n.post(logs.Unit(ctx, "ticket", about.Ticket, "version", about.Version), about)
	}
	if err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	return nil
}

// atOnce is to how many addresses a notice is posted by one transaction.
const atOnce = 30

// rounds bounds how often one nudge begins anew because others changed what it read.
const rounds = 100

// errNeverDone is the end of a nudge that others never let come to one; its queue
// brings it again.
var errNeverDone = errors.New("others change it all the time")

// post takes a notice to everybody whom it is for.
func (n *Notifier) post(ctx context.Context, about desk.Nudge) error {
	told := 0
	for range rounds {
		notice, upTo, err := n.Notices.Notice(ctx, about.Ticket, about.Version)
		if errors.Is(err, desk.ErrNotFound) {
			if told == 0 {
				n.Log.InfoContext(ctx, "notice", "outcome", "nothing")
			}
			return nil
		}
		if err != nil {
			return err
		}
		directory, err := n.People.Directory(ctx)
		if err != nil {
			return err
		}
		all := n.addresses(directory, notice)
		left := slices.DeleteFunc(slices.Clone(all), func(a post.Address) bool { return a.Key() <= upTo })
		p := post.Posting{Notice: notice, From: upTo, Last: len(left) <= atOnce, At: n.Now()}
		left = left[:min(len(left), atOnce)]
		if len(left) > 0 {
			p.To = left[len(left)-1].Key()
		}
		if err := n.fill(ctx, &p, left, directory); err != nil {
			return err
		}
		var change desk.Change
		switch vendor, _ := n.vendor(notice); {
		case !p.Last:
		case notice.Kind == desk.ToldVendor && vendor.Name == "":
			if change, err = n.nobody(ctx, notice); err != nil {
				return err
			}
		default:
			if change, err = n.entry(ctx, notice, ringing(all), "shown in the console"); err != nil {
				return err
			}
		}
		err = n.Notices.Post(ctx, p, change)
		if errors.Is(err, desk.ErrStale) || errors.Is(err, desk.ErrDuplicate) {
			continue // somebody else was faster: look again
		}
		if err != nil {
			return err
		}
		told += len(left)
		for _, f := range p.Boxes {
			if err := n.arm(ctx, f.Box.ID, f.DueAt); err != nil {
				return err
			}
		}
		if p.Last {
			n.Log.InfoContext(ctx, "notice", "outcome", "posted", "kind", notice.Kind, "addresses", told)
			return nil
		}
	}
	return errNeverDone
}

// fill puts the notice into boxes, and onto lists, of addresses.
func (n *Notifier) fill(ctx context.Context, p *post.Posting, to []post.Address, d people.Directory) error {
	var boxed []post.Address
	for _, a := range to {
		if a.Kind == people.Console {
			p.Bells = append(p.Bells, a.Owner)
		} else {
			boxed = append(boxed, a)
		}
	}
	if len(boxed) == 0 {
		return nil
	}
	boxes, err := n.Boxes.Boxes(ctx, boxed)
	if err != nil {
		return err
	}
	for _, b := range boxes {
		b = b.Drop(p.Notice.Urgent, p.At)
		p.Boxes = append(p.Boxes, post.Filled{Box: b, DueAt: b.ActAt(quiet(d, b.Address))})
	}
	return nil
}

// addresses are where n goes, in the order of their keys, none of them twice.
func (n *Notifier) addresses(d people.Directory, notice desk.Notice) []post.Address {
	var all []post.Address
	add := func(owner string, channels []people.Channel) {
		for _, c := range channels {
			if (len(c.Only) == 0 || slices.Contains(c.Only, notice.Kind)) && (notice.Urgent || !c.Urgent) {
				all = append(all, post.Address{Owner: owner, Kind: c.Kind, To: c.To})
			}
		}
	}
	for _, id := range notice.To {
		if m, ok := d.Members[id]; !ok || !m.Left {
			all = append(all, post.Address{Owner: id, Kind: people.Console})
			add(id, m.Channels)
		}
	}
	if t, ok := d.Teams[notice.Team]; ok {
		add(post.TeamOwner(t.ID), t.Channels)
	}
	if n.Programs != nil {
		for _, name := range n.Programs(notice.Kind) {
			all = append(all, post.Address{Kind: people.Webhook, To: name})
		}
	}
	if v, ok := n.vendor(notice); ok {
		all = append(all, post.VendorAddress(v.Name, notice.Ticket))
	}
	slices.SortFunc(all, func(a, b post.Address) int { return cmp.Compare(a.Key(), b.Key()) })
	return slices.Compact(all)
}

// theirs reports whether an address is still one of its owner's.
func (n *Notifier) theirs(d people.Directory, a post.Address) bool {
	has := func(channels []people.Channel) bool {
		return slices.ContainsFunc(channels, func(c people.Channel) bool { return c.Kind == a.Kind && c.To == a.To })
	}
	if _, ok := a.Vendor(); ok { // whom the file knows, or else their sender says so
		return true
	}
	if a.Owner == "" {
		return n.Programs != nil && slices.ContainsFunc(desk.NoticeKinds, func(k desk.NoticeKind) bool { return slices.Contains(n.Programs(k), a.To) })
	}
	if team, ok := a.Team(); ok {
		return has(d.Teams[team].Channels)
	}
	m := d.Members[a.Owner]
	return !m.Left && has(m.Channels)
}

// ringing are those of addresses to whom the console tells it.
func ringing(all []post.Address) (members []string) {
	for _, a := range all {
		if a.Kind == people.Console {
			members = append(members, a.Owner)
		}
	}
	return members
}

// quiet is when whose the address is may be told of what can wait; nil for at any
// time, as everybody but people.
func quiet(d people.Directory, a post.Address) func(time.Time) time.Time {
	m, ok := d.Members[a.Owner]
	if !ok || a.Program() {
		return nil
	}
	return func(at time.Time) time.Time { return d.Quiet(m, at) }
}

// entry is the change that writes into a ticket's log how it ended with a notice of
// it: to members, or to nobody of them. There is none to write where nobody is named,
// or the ticket is gone or no longer the last of its thread.
func (n *Notifier) entry(ctx context.Context, notice desk.Notice, to []string, how string) (desk.Change, error) {
	if len(to) == 0 && how == "shown in the console" {
		return desk.Change{}, nil
	}
	head, err := n.Tickets.Head(ctx, notice.Ticket)
	if errors.Is(err, desk.ErrNotFound) {
		return desk.Change{}, nil
	}
	if err != nil {
		return desk.Change{}, err
	}
	t := head.Ticket
	p, err := n.Policies.Version(ctx, t.Policy)
	if err != nil {
		return desk.Change{}, err
	}
	e := desk.Entry{Version: t.Version + 1, What: desk.Notified, At: n.Now(), To: to, Seen: notice.Version, Why: string(notice.Kind) + ": " + how}
	if e.At.Before(t.Updated) {
		e.At = t.Updated
	}
	after := desk.Apply(t, e, p.Plan)
	return desk.Change{Before: t, After: after, Entry: e, DueAt: after.DueAt(p.Plan)}, nil
}

// arm has the queue bring a box at an instant, unless the sweep does.
func (n *Notifier) arm(ctx context.Context, box string, at time.Time) error {
	wait := at.Sub(n.Now())
	if at.IsZero() || wait > nudge.Ahead {
		return nil
	}
	return n.Queue.Send(ctx, desk.Nudge{Mailbox: box}, max(0, wait))
}

// whose names an address for people who read a ticket's log, without the address.
func whose(a post.Address) string {
	if team, ok := a.Team(); ok {
		return string(a.Kind) + " of team " + team
	}
	if a.Program() || a.Kind == people.Slack {
		return string(a.Kind) + " " + a.To
	}
	return strings.TrimSpace(string(a.Kind))
}
