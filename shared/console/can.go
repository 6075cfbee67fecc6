package console

import (
	"fmt"
	"slices"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// can returns what may be said to the customer of t and be done about what they
// said. Where a message can be answered in private once, that counts as used
// while such an answer to it has not failed.
func (c *Console) can(t desk.Ticket, said talk) desk.Capability {
	last, _ := said.last()
	able := c.cfg.Capability(t.Origin, answers(last.Message))
	able.Channels = slices.Clone(able.Channels)
	if able.PrivateReplyOnce && slices.ContainsFunc(said.said, func(s saying) bool {
		return s.Direction == desk.Out && s.Visibility == desk.Private && t.Visibility == desk.Public && s.Delivery != desk.DeliveryFailed && s.Delivery != desk.Undone && s.Seen >= last.Version
	}) {
		able.Channels = slices.DeleteFunc(able.Channels, func(way desk.ReplyWay) bool { return way == desk.PrivateReply })
		able.PrivateReplyUntil = nil
	}
	if until := able.PrivateReplyUntil; until != nil && !c.now().Before(*until) {
		able.Channels = slices.DeleteFunc(able.Channels, func(way desk.ReplyWay) bool { return way == desk.PrivateReply })
	}
	able.Channels = emptied(able.Channels)
	return able
}

// answers is a customer's message as what may be done with it depends on it.
func answers(m desk.Message) desk.Answered {
	return desk.Answered{ID: m.ID, Parent: m.Parent, Form: m.Form, At: m.Time}
}

// moderating returns what can be done about one message of t, of which the
// platform has to have a name.
func (c *Console) moderating(t desk.Ticket, s saying) []desk.ModerationAction {
	if s.Direction != desk.In || s.ID == "" || t.State.Final() {
		return nil
	}
	able := slices.Clone(c.cfg.Capability(t.Origin, answers(s.Message)).Moderation)
	return slices.DeleteFunc(able, func(a desk.ModerationAction) bool { return s.Deleted && !aboutAuthor(a) })
}

func aboutAuthor(a desk.ModerationAction) bool {
	return a == desk.BlockAuthor || a == desk.UnblockAuthor
}

// verbOf is what a person has to be allowed for an action: what nobody can undo,
// or shuts somebody out, is for fewer.
func verbOf(a desk.ModerationAction) people.Verb {
	if a == desk.DeleteMessage || a == desk.BlockAuthor {
		return people.Remove
	}
	return people.Moderate
}

// moderate decides on an act about the message that was named, the customer's last
// without a name.
func (c *Console) moderate(d decision) (desk.Entry, error) {
	about, ok := d.about()
	switch {
	case !ok && d.MessageName != "":
		return desk.Entry{}, fmt.Errorf("moderate: message: the ticket has no message %q: %w", d.MessageName, desk.ErrInvalid)
	case about.Deleted && slices.Contains(desk.ModerationActions, d.Action) && !aboutAuthor(d.Action):
		return desk.Entry{}, fmt.Errorf("moderate: message: it was deleted: %w", desk.ErrInvalid)
	}
	able := desk.Capability{Moderation: c.moderating(d.ticket, about)}
	return d.ticket.Moderate(d.who.ID, d.Key, d.Action, about.Message, d.Why, able, d.now)
}

func (d decision) about() (saying, bool) {
	if d.MessageName == "" {
		return d.said.last()
	}
	return d.said.find(d.MessageName)
}

// asked returns the act that a person asks for once more: that of the same key or,
// without one, the same that is still on its way.
func (d decision) asked() (act, bool, error) {
	about, found := d.about()
	for _, a := range d.said.acts {
		same := found && a.Action == d.Action && a.About == about.Key
		switch {
		case d.Named && a.Key == d.Key && (!same || a.Who != d.who.ID):
			return act{}, false, fmt.Errorf("moderate: %w", errOtherContent)
		case d.Named && a.Key == d.Key, !d.Named && same && a.open():
			return a, true, nil
		}
	}
	return act{}, false, nil
}

// A window says in a page's words how long a customer can still be written to.
// Each of its instants is zero where there is none.
type window struct {
	Says  string    // what stands before Until; empty when there is nothing to say
	Until time.Time // of free text, over or not
	Then  string    // what follows it
	End   time.Time // of what follows
	Alert bool      // free text is over

	Free         bool // text can be sent
	Template     bool // a template can be
	Private      bool // a public message can be answered in private
	PrivateUntil time.Time
	Cost         string
	Summons      bool
	Length       desk.Length
}

// windowOf reads a capability at now.
func (c *Console) windowOf(t desk.Ticket, able desk.Capability, now time.Time) window {
	w := window{Cost: able.Cost, Summons: able.RequiresSummons, Length: able.MaxLength, Template: able.AfterWindow == desk.TemplateAfter && !able.Closed(now)}
	if t.Visibility == desk.Public && slices.Contains(able.Channels, desk.PrivateReply) {
		until := able.PrivateReplyUntil
		if w.Private = until == nil || now.Before(*until); w.Private && until != nil {
			w.PrivateUntil = *until
		}
	}
	onlyPrivate := len(able.Channels) == 1 && able.Channels[0] == desk.PrivateReply
	w.Free = !able.Closed(now) && !able.TemplateOnly(now) && !onlyPrivate
	if able.AfterUntil != nil {
		w.End = *able.AfterUntil
	}
	switch {
	case len(able.Channels) == 0:
		w.Says, w.Alert = c.text.say("window.nothing"), true
	case onlyPrivate:
		w.Says = c.text.say("window.private_only")
	case able.WindowUntil == nil:
	case now.Before(*able.WindowUntil):
		w.Says, w.Until = c.text.say("window.open"), *able.WindowUntil
		w.Then = c.text.name("window.then", cmpAfter(able))
	case able.Closed(now):
		w.Says, w.Until, w.Alert = c.text.say("window.closed"), *able.WindowUntil, true
		if able.AfterUntil != nil {
			w.Until = *able.AfterUntil
		}
		w.End = time.Time{}
	default:
		w.Says, w.Until, w.Alert = c.text.say("window.over"), *able.WindowUntil, true
		w.Then = c.text.name("window.now", cmpAfter(able))
	}
	return w
}

func cmpAfter(able desk.Capability) desk.AfterWindow {
	if able.AfterWindow == "" {
		return desk.NothingAfter
	}
	return able.AfterWindow
}
