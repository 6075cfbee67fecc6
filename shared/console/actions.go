package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/people"
	"example.com/skala/shared/policy"
)

// An input is what comes with an action, from a program's JSON or a page's
// form. Which of it counts depends on the action.
type input struct {
	Token      string          `json:"token"`
	Text       string          `json:"text"`
	Visibility desk.Visibility `json:"visibility"`
	LastSeen   string          `json:"last_seen"` // the id or key of a message
	Assignee   string          `json:"assignee"`
	Tier       *desk.Tier      `json:"tier"`
	Why        string          `json:"reason"`
	Advice     string          `json:"advice"`
	Until      time.Time       `json:"until"`
	Category   desk.Category   `json:"category"`
	Severity   desk.Severity   `json:"severity"`
	Sentiment  desk.Sentiment  `json:"sentiment"`
	Team       *string         `json:"team"`
	Tags       []string        `json:"tags"`
	Add        []string        `json:"add"`
	Remove     []string        `json:"remove"`
	Template   *desk.Template  `json:"template"`
	Cause      string          `json:"why"`    // another word for reason
	Anyway     bool            `json:"anyway"` // assign to somebody who is away
	Into       desk.TicketID   `json:"into"`   // merge into it
	Ticket     desk.TicketID   `json:"ticket"` // link with it
	Who        []string        `json:"who"`    // is asked in, or leaves
	Hold       int             `json:"hold"`   // for how many seconds a reply can be taken back
	Swarm      bool            `json:"swarm"`  // the note is for those who work on it together

	Action      desk.ModerationAction `json:"action"`
	MessageName string                `json:"message"` // the id or key of what to moderate, the customer's last without; or of what is judged, without it what the verdict is about

	Key   string `json:"-"` // names a reply, a note or an act for good
	Named bool   `json:"-"` // they chose the key
	Seen  int64  `json:"-"` // the version of the ticket that the person had before them; 0 for not said
	Told  bool   `json:"-"` // they said which one, or that any will do
}

// An action is one thing to do to a ticket. Its page form and its place in the
// API have its name.
type action struct {
	name   string
	verb   people.Verb
	match  bool // an unseen change would matter: they have to say what they saw
	decide func(d decision) (desk.Entry, error)
}

// A decision is an action about to be taken: the ticket as it stands, and who
// does what to it by which promises.
type decision struct {
	input
	ticket desk.Ticket
	work   desk.Clockwork
	who    people.Person
	now    time.Time

	// Of what the platform decides too.
	said talk
	can  desk.Capability

	wrote desk.Message // that they take back

	policy *policy.Policy // in force, of what it decides too
	log    []desk.Entry   // where another message than the verdict's is judged

	other *counterpart     // of an action about two tickets
	crew  people.Directory // of one that names people
}

// actions lists all of them. Each is decided by the verb of package desk; what
// stands here is what to take for what was not said.
func (c *Console) actions() []action {
	return []action{
		{"claim", people.Claim, false, func(d decision) (desk.Entry, error) { return d.ticket.Claim(d.who.ID, token(), d.now, d.work) }},
		{"take-over", people.TakeOver, false, func(d decision) (desk.Entry, error) { return d.ticket.TakeOver(d.who.ID, token(), d.now, d.work) }},
		{"extend", people.Extend, false, own(func(d decision) (desk.Entry, error) { return d.ticket.Extend(d.Token, d.now, d.work) })},
		{"release", people.Release, false, own(func(d decision) (desk.Entry, error) { return d.ticket.Release(d.Token, d.now) })},
		{"assign", people.AssignSelf, true, func(d decision) (desk.Entry, error) {
			return d.ticket.Assign(d.who.ID, d.Assignee, d.Why, d.now)
		}},
		{"reply", people.Reply, false, own(func(d decision) (desk.Entry, error) {
			return d.ticket.Reply(d.Token, d.Key, desk.Draft{Text: d.Text, Visibility: d.Visibility, Template: d.Template, Hold: time.Duration(d.Hold) * time.Second, Can: d.can}, d.Seen, d.now)
		})},
		{"undo", people.Undo, false, func(d decision) (desk.Entry, error) { return d.ticket.TakeBack(d.who.ID, d.wrote, d.now) }},
		{"note", people.Note, false, decision.note},
		{"escalate", people.Escalate, false, func(d decision) (desk.Entry, error) {
			return d.ticket.Escalate(d.who.ID, d.tier(d.ticket.Tier+1), d.Why, d.now)
		}},
		{"hand-back", people.HandBack, false, func(d decision) (desk.Entry, error) {
			below := d.ticket.Tier
			if below > 0 {
				below--
			}
			advice := d.Advice
			if advice == "" {
				advice = d.Why
			}
			return d.ticket.HandBack(d.who.ID, d.tier(below), d.Assignee, advice, d.now)
		}},
		{"hold", people.Hold, false, func(d decision) (desk.Entry, error) { return d.ticket.Hold(d.who.ID, d.Until, d.Why, d.now) }},
		{"snooze", people.Snooze, false, func(d decision) (desk.Entry, error) { return d.ticket.Snooze(d.who.ID, d.Until, d.Why, d.now) }},
		{"merge", people.Merge, true, both(desk.Ticket.Merge)},
		{"link", people.Link, false, both(desk.Ticket.Link)},
		{"unlink", people.Link, false, both(desk.Ticket.Unlink)},
		{"swarm", people.Swarm, false, func(d decision) (desk.Entry, error) { return d.ticket.Swarm(d.who.ID, d.Who, d.Why, d.now) }},
		{"leave", people.Leave, false, decision.leave},
		{"solve", people.Solve, true, func(d decision) (desk.Entry, error) { return d.ticket.Solve(d.who.ID, d.Why, d.now) }},
		{"reopen", people.Reopen, false, func(d decision) (desk.Entry, error) { return d.ticket.Reopen(d.who.ID, d.Why, d.now) }},
		{"tags", people.Tag, false, func(d decision) (desk.Entry, error) {
			tags, err := d.declared(d.tags())
			if err != nil {
				return desk.Entry{}, err
			}
			return d.ticket.Tag(d.who.ID, tags, d.now)
		}},
		{"correct", people.Correct, true, decision.correct},
		{"promote", people.Promote, false, func(d decision) (desk.Entry, error) {
			return d.ticket.Promote(d.who.ID, d.tier(desk.General), d.now)
		}},
		{"moderate", people.Moderate, false, c.moderate},
	}
}

// own is for what is done under a claim: its token is worth nothing in another
// person's hands.
func own(decide func(decision) (desk.Entry, error)) func(decision) (desk.Entry, error) {
	return func(d decision) (desk.Entry, error) {
		if d.ticket.Lease.Agent != d.who.ID && d.ticket.Lease.Token != "" {
			return desk.Entry{}, fmt.Errorf("held by %s: %w", d.ticket.Lease.Agent, desk.ErrToken)
		}
		return decide(d)
	}
}

func (d decision) tier(otherwise desk.Tier) desk.Tier {
	if d.Tier != nil {
		return *d.Tier
	}
	return otherwise
}

// tags are all that were given, or those of the ticket with some more or fewer.
func (d decision) tags() []string {
	if d.Tags != nil {
		return d.Tags
	}
	return slices.DeleteFunc(append(slices.Clone(d.ticket.Tags), d.Add...), func(tag string) bool {
		return slices.Contains(d.Remove, tag) || slices.Contains(d.Remove, d.policy.Resolve(tag))
	})
}

// A done is what an action came to.
type done struct {
	ticket  desk.Ticket
	entry   desk.Entry
	message desk.Message // of a reply or note
	act     act
}

// maxTries bounds how often an action is decided anew on a ticket that moves.
const maxTries = 5

// do takes an action: read by key, decide, commit on condition, tell the
// queues. A ticket that moved meanwhile is read and decided on again. What the
// queues were not told, the sweep tells them.
func (c *Console) do(ctx context.Context, who people.Person, a action, id desk.TicketID, in input) (done, error) {
	writes := a.verb == people.Reply || a.verb == people.Note
	if in.Template != nil && strings.TrimSpace(in.Text) == "" {
		in.Text = c.filled(*in.Template)
	}
	if writes {
		if was, err := c.again(ctx, who, a, id, in); !errors.Is(err, desk.ErrNotFound) {
			return was, err
		}
	}
	if in.Assignee == "me" {
		in.Assignee = who.ID
	}
	taken := false // the key of an act names something
	for range maxTries {
		d, err := c.read(ctx, who, a, id, in)
		if err != nil {
			return done{}, err
		}
		in.Seen = d.Seen // nothing that comes between two tries was seen
		if a.verb == people.Moderate {
			was, again, err := d.asked()
			if err == nil && !again && taken { // something of an earlier ticket of the thread
				err = fmt.Errorf("%s: %w", a.name, errOtherContent)
			}
			if again || err != nil {
				return c.askedAgain(ctx, d, was), err
			}
		}
		if d.wrote.Delivery == desk.Undone {
			return done{ticket: d.ticket, message: d.wrote}, nil
		}
		if d.other.did(a, d.ticket) {
			return done{ticket: d.ticket}, nil
		}
		entry, err := c.decide(a, d)
		if err != nil {
			return done{}, err
		}
		change := changeBy(d.ticket, entry, d.work)
		if d.other == nil {
			err = c.cfg.Tickets.Commit(ctx, change)
		} else {
			err = c.commitBoth(ctx, change, d.other)
		}
		switch {
		case err == nil:
			logs.Note(ctx, "ticket", change.After.ID, "version", change.After.Version, "what", entry.What)
			c.tell(ctx, d.ticket, change.After, d.work, entry.At)
			was := doneBy(change.After, entry)
			if entry.What == desk.TakenBack {
				was.message = d.wrote
				was.message.Delivery, was.message.Problem = desk.Undone, ""
			}
			return was, nil
		case writes && errors.Is(err, desk.ErrDuplicate): // the same request, at the same time
			was, err := c.again(ctx, who, a, id, in)
			if errors.Is(err, desk.ErrNotFound) { // or one of an earlier ticket of the thread
				err = fmt.Errorf("%s: %w", a.name, errOtherContent)
			}
			return was, err
		case a.verb == people.Moderate && errors.Is(err, desk.ErrDuplicate):
			taken = true
		case !errors.Is(err, desk.ErrStale) && !errors.Is(err, desk.ErrDuplicate):
			return done{}, err
		}
	}
	return done{}, fmt.Errorf("%s: %w", a.name, desk.ErrStale)
}

// changeBy is what an entry makes of a ticket.
func changeBy(before desk.Ticket, e desk.Entry, work desk.Clockwork) desk.Change {
	after := desk.Apply(before, e, work)
	return desk.Change{Before: before, After: after, Entry: e, DueAt: after.DueAt(work)}
}

func doneBy(after desk.Ticket, e desk.Entry) done {
	out := done{ticket: after, entry: e}
	if e.Message != nil {
		out.message = *e.Message
	}
	if e.What == desk.Moderated {
		out.act = actOf(e)
	}
	return out
}

// read reads what a decision is made on, and asks whether the person may.
func (c *Console) read(ctx context.Context, who people.Person, a action, id desk.TicketID, in input) (decision, error) {
	d := decision{input: in, who: who, now: c.now()}
	var err error
	if d.ticket, err = c.cfg.Tickets.Ticket(ctx, id); err != nil {
		return d, err
	}
	if d.Seen == 0 {
		d.Seen = d.ticket.Version
	}
	verb := a.verb
	switch {
	case verb == people.AssignSelf && d.Assignee != d.who.ID:
		verb = people.Assign
	case verb == people.Moderate:
		verb = verbOf(d.Action)
	}
	if !people.May(d.who, verb, d.ticket) {
		return d, errForbidden
	}
	if d.other, err = c.counterpart(ctx, a, d); err != nil {
		return d, err
	}
	if a.verb == people.Undo {
		if d.wrote, err = c.written(ctx, d); err != nil {
			return d, err
		}
	}
	if a.verb == people.Swarm || a.verb == people.Note {
		if d.crew, err = c.directory(ctx); err != nil {
			return d, err
		}
	}
	if a.verb == people.Swarm {
		if err := d.there(); err != nil {
			return d, err
		}
	}
	if a.verb == people.Reply || a.verb == people.Moderate { // what the platform lets us do depends on what was said
		log, err := c.cfg.Logs.Log(ctx, id)
		if err != nil {
			return d, err
		}
		d.said = talkOf(log)
		d.can = c.can(d.ticket, d.said)
	}
	if a.verb == people.Correct || a.verb == people.Tag {
		if d.policy, err = c.cfg.Policies.Active(ctx); err != nil {
			return d, err
		}
	}
	if a.verb == people.Correct && d.MessageName != "" && d.MessageName != d.ticket.VerdictOn {
		if d.log, err = c.cfg.Logs.Log(ctx, id); err != nil {
			return d, err
		}
	}
	if verb == people.Assign || verb == people.HandBack && d.Assignee != "" {
		if err := c.takes(ctx, d); err != nil {
			return d, err
		}
	}
	d.work, err = c.plan(ctx, d.ticket)
	return d, err
}

// decide asks whether the person saw what they decide on, and then the verb.
func (c *Console) decide(a action, d decision) (desk.Entry, error) {
	if a.match && !d.Told {
		return desk.Entry{}, errNoMatch
	}
	// A reply is fenced by its token, and says by what was seen what it answers.
	if d.Told && a.verb != people.Reply && (d.ticket.Unseen(d.Seen) || d.Seen > d.ticket.Version) {
		return desk.Entry{}, errUnseen
	}
	if d.now.Before(d.ticket.Updated) { // another machine's clock is ahead of ours: the log never goes back
		d.now = d.ticket.Updated
	}
	if d.other != nil && d.now.Before(d.other.ticket.Updated) {
		d.now = d.other.ticket.Updated
	}
	return a.decide(d)
}

// again answers for a reply or note whose key stands already, and returns
// desk.ErrNotFound when it does not. The queues are told once more: whoever asks
// twice may have been cut off before they were.
func (c *Console) again(ctx context.Context, who people.Person, a action, id desk.TicketID, in input) (done, error) {
	was, err := c.cfg.Logs.Message(ctx, id, in.Key)
	if err != nil {
		return done{}, err
	}
	kind := was.Visibility == desk.Note
	if was.Author.ID != who.ID || was.Text != strings.TrimSpace(in.Text) || !sameTemplate(was.Template, in.Template) || kind != (a.verb == people.Note) || !kind && in.Visibility != "" && in.Visibility != was.Visibility {
		return done{}, fmt.Errorf("%s: %w", a.name, errOtherContent)
	}
	t, err := c.cfg.Tickets.Ticket(ctx, id)
	if err != nil {
		return done{}, err
	}
	if len(t.Outbox) > 0 || kind && t.Told > 0 { // of a note, whoever is named in it
		work, err := c.plan(ctx, t)
		if err != nil {
			return done{}, err
		}
		c.tellAgain(ctx, t, work)
	}
	return done{ticket: t, message: was}, nil
}

// askedAgain answers for an act that was asked for before.
func (c *Console) askedAgain(ctx context.Context, d decision, was act) done {
	if was.open() && len(d.ticket.Outbox) > 0 {
		c.tellAgain(ctx, d.ticket, d.work)
	}
	return done{ticket: d.ticket, act: was}
}

func (c *Console) tellAgain(ctx context.Context, t desk.Ticket, work desk.Clockwork) {
	if err := c.cfg.Nudger.Again(ctx, t, work, c.now()); err != nil {
		c.cfg.Log.WarnContext(ctx, "queues not told", "err", err)
	}
}

func sameTemplate(a, b *desk.Template) bool {
	return a == b || a != nil && b != nil && a.Name == b.Name && a.Language == b.Language && slices.Equal(a.Parameters, b.Parameters)
}

// filled says what is sent by a template of which the agent did not write down the
// words.
func (c *Console) filled(t desk.Template) string {
	return strings.Join(append([]string{c.text.say("template.sent", t.Name, t.Language)}, t.Parameters...), "\n")
}

func (c *Console) tell(ctx context.Context, before, after desk.Ticket, work desk.Clockwork, now time.Time) {
	if err := c.cfg.Nudger.After(ctx, before, after, work, now); err != nil {
		c.cfg.Log.WarnContext(ctx, "queues not told", "err", err)
	}
}

// changes returns the log of a ticket after what somebody had seen: the version
// they named or, failing that, the claim whose token they brought.
func (c *Console) changes(ctx context.Context, id desk.TicketID, in input) ([]desk.Entry, error) {
	log, err := c.cfg.Logs.Log(ctx, id)
	if err != nil {
		return nil, err
	}
	seen := in.Seen
	for _, e := range log {
		if seen == 0 && in.Token != "" && e.Lease.Token == in.Token && (e.What == desk.Claimed || e.What == desk.TakenOver) {
			seen = e.Version
		}
	}
	return slices.DeleteFunc(log, func(e desk.Entry) bool { return e.Version <= seen || e.What == desk.Extended }), nil
}

// seen returns the version of the ticket that somebody had before them when
// message was the last that they read: that at which it joined the log or, of
// what was said before but came later, the latest that they saw with the claim
// whose token they bring.
func (c *Console) seen(ctx context.Context, id desk.TicketID, message, token string) (int64, error) {
	log, err := c.cfg.Logs.Log(ctx, id)
	if err != nil {
		return 0, err
	}
	var last desk.Entry
	var claimed int64
	for _, e := range log {
		if e.Message != nil && (e.Message.Key == message || e.Message.ID == message) {
			last = e
		}
		if token != "" && e.Lease.Token == token && (e.What == desk.Claimed || e.What == desk.TakenOver) {
			claimed = e.Version
		}
	}
	if last.Message == nil {
		return 0, fmt.Errorf("last_seen: the ticket has no message %q: %w", message, desk.ErrInvalid)
	}
	seen := last.Version
	for _, e := range log {
		if e.What == desk.Received && e.Version <= claimed && !saidAt(*e.Message).After(saidAt(*last.Message)) {
			seen = max(seen, e.Version)
		}
	}
	return seen, nil
}
