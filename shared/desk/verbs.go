package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The verbs below decide whether a person may do something to a ticket as it
// stands, and return the entry that says so; Apply does the rest. They return
// ErrState, ErrClaimed, ErrToken or ErrInvalid, wrapped with the reason. Whether
// the person's role allows the verb is for package people to say.

// entry is one by a person that follows t's last.
func (t Ticket) entry(what What, who string, now time.Time) Entry {
	return Entry{Version: t.Version + 1, What: what, Who: who, At: now}
}

func (t Ticket) mustWork(verb string) error {
	if !t.State.Working() {
		return fmt.Errorf("%s: the ticket is %s: %w", verb, t.State, ErrState)
	}
	return nil
}

// Claim takes the ticket for agent with a new token. A lease that is live
// refuses it, the agent's own in another tab too: that one is ended by TakeOver
// only, so that two tabs never both believe they hold the ticket.
func (t Ticket) Claim(agent, token string, now time.Time, w Clockwork) (Entry, error) {
	if err := t.mustWork("claim"); err != nil {
		return Entry{}, err
	}
	if t.Lease.Live(now) {
		return Entry{}, fmt.Errorf("claim: held by %s until %s: %w", t.Lease.Agent, t.Lease.Until.UTC().Format(time.RFC3339), ErrClaimed)
	}
	return t.lease(Claimed, agent, token, now, w), nil
}

// TakeOver is Claim for a person who knows that somebody holds the ticket: the
// token of the claim before is dead from then on, and the ticket is theirs.
func (t Ticket) TakeOver(agent, token string, now time.Time, w Clockwork) (Entry, error) {
	if err := t.mustWork("take over"); err != nil {
		return Entry{}, err
	}
	return t.lease(TakenOver, agent, token, now, w), nil
}

func (t Ticket) lease(what What, agent, token string, now time.Time, w Clockwork) Entry {
	e := t.entry(what, agent, now)
	e.Lease = Lease{Agent: agent, Token: token, Until: now.Add(w.Lease())}
	return e
}

// holds checks the fencing token of whoever wants to write under a claim.
func (t Ticket) holds(verb, token string, now time.Time) error {
	if token == "" || token != t.Lease.Token || !t.Lease.Live(now) {
		return fmt.Errorf("%s: %w", verb, ErrToken)
	}
	return nil
}

// Extend keeps a live claim going for a sign of life.
func (t Ticket) Extend(token string, now time.Time, w Clockwork) (Entry, error) {
	if err := t.holds("extend", token, now); err != nil {
		return Entry{}, err
	}
	e := t.entry(Extended, t.Lease.Agent, now)
	e.Lease = t.Lease
	e.Lease.Until = now.Add(w.Lease())
	return e, nil
}

// Release gives a claimed ticket back to whoever takes it next.
func (t Ticket) Release(token string, now time.Time) (Entry, error) {
	if err := t.holds("release", token, now); err != nil {
		return Entry{}, err
	}
	return t.entry(Released, t.Lease.Agent, now), nil
}

// Assign makes the ticket to's for days. It ends a claim that stands.
func (t Ticket) Assign(by, to, why string, now time.Time) (Entry, error) {
	if err := t.mustWork("assign"); err != nil {
		return Entry{}, err
	}
	if to == "" {
		return Entry{}, fmt.Errorf("assign: assignee is missing: %w", ErrInvalid)
	}
	e := t.entry(Assigned, by, now)
	e.Assignee, e.Why = to, why
	return e, nil
}

// MaxText bounds what an agent may write at once, in bytes: more fits no
// platform's message and no item of the table.
const MaxText = 64 << 10

func textOf(verb, text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", fmt.Errorf("%s: text is empty: %w", verb, ErrInvalid)
	case len(text) > MaxText:
		return "", fmt.Errorf("%s: text is longer than %d bytes: %w", verb, MaxText, ErrInvalid)
	case !utf8.ValidString(text):
		return "", fmt.Errorf("%s: text is not UTF-8: %w", verb, ErrInvalid)
	}
	return text, nil
}

// A Draft is an answer before it is checked. Without a visibility it goes the way
// the ticket came.
type Draft struct {
	Text       string
	Visibility Visibility
	Template   *Template     // Text is then what the customer gets to read, for the desk
	Hold       time.Duration // how long it can be taken back before it goes out, at most LongestGrace
	Can        Capability    // what may be said to the customer; without channels, whatever the ticket's own way is
}

// Reply writes an answer to the customer under a claim. The key names it for
// good: the same one again is the same reply. Seen is the ticket's version that
// the agent had before them; what the customer said later still waits.
func (t Ticket) Reply(token, key string, d Draft, seen int64, now time.Time) (Entry, error) {
	if err := t.mustWork("reply"); err != nil {
		return Entry{}, err
	}
	if err := t.holds("reply", token, now); err != nil {
		return Entry{}, err
	}
	text, err := textOf("reply", d.Text)
	if err != nil {
		return Entry{}, err
	}
	v, err := t.way(d, now)
	if err != nil {
		return Entry{}, fmt.Errorf("reply: %w", err)
	}
	if d.Hold < 0 || d.Hold > LongestGrace {
		return Entry{}, fmt.Errorf("reply: hold: not between 0 and %d seconds: %w", LongestGrace/time.Second, ErrInvalid)
	}
	if seen <= 0 || seen > t.Version {
		seen = t.Version
	}
	e := t.entry(Replied, t.Lease.Agent, now)
	e.Message = &Message{Key: key, Direction: Out, Visibility: v, Text: text, Template: d.Template, Author: Author{ID: t.Lease.Agent}, Account: t.Account,
		Time: now, Received: now, Delivery: Queued, Seen: seen}
	if d.Hold > 0 {
		e.Until = now.Add(d.Hold)
	}
	return e, nil
}

// way checks that a draft can go out now, and returns who will be able to read it.
func (t Ticket) way(d Draft, now time.Time) (Visibility, error) {
	v := d.Visibility
	if v == "" {
		v = t.Visibility
	}
	aside := v == Private && t.Visibility == Public && slices.Contains(d.Can.Channels, PrivateReply)
	if v == Private && t.Visibility == Public && d.Can.PrivateReplyUntil != nil && !now.Before(*d.Can.PrivateReplyUntil) {
		return "", fmt.Errorf("visibility: the time to answer in private is over: %w", ErrWindow)
	}
	switch {
	case v == Private && t.Visibility == Public && d.Can.PrivateReplyOnce && !aside:
		return "", fmt.Errorf("visibility: the one answer in private has been given: %w", ErrWindow)
	case v != t.Visibility && !aside:
		return "", fmt.Errorf("visibility %q: this conversation is %s: %w", v, t.Visibility, ErrInvalid)
	case d.Template != nil && (d.Template.Name == "" || d.Template.Language == ""):
		return "", fmt.Errorf("template: name or language is missing: %w", ErrInvalid)
	case d.Template != nil && d.Can.AfterWindow != TemplateAfter:
		return "", fmt.Errorf("template: this conversation takes none: %w", ErrInvalid)
	case d.Can.Channels == nil || aside:
		return v, nil
	case len(d.Can.Channels) == 1 && d.Can.Channels[0] == PrivateReply:
		return "", fmt.Errorf("visibility %q: this can be answered in private only: %w", v, ErrInvalid)
	case d.Can.Closed(now):
		return "", fmt.Errorf("the platform takes no reply to this any more: %w", ErrWindow)
	case d.Template == nil && d.Can.TemplateOnly(now):
		return "", fmt.Errorf("the platform takes a template only by now: %w", ErrWindow)
	}
	return v, nil
}

// Moderate asks the platform to do something about a customer's message, or about
// its author, for a reason. Like a reply it goes out by the outbox; the key names
// it for good.
func (t Ticket) Moderate(by, key string, a ModerationAction, about Message, why string, can Capability, now time.Time) (Entry, error) {
	why = strings.TrimSpace(why)
	switch {
	case t.State.Final():
		return Entry{}, fmt.Errorf("moderate: the ticket is %s: %w", t.State, ErrState)
	case !slices.Contains(ModerationActions, a):
		return Entry{}, fmt.Errorf("moderate: action %q is none of ours: %w", a, ErrInvalid)
	case about.Direction != In || about.ID == "":
		return Entry{}, fmt.Errorf("moderate: message: not one of a customer's that the platform has a name for: %w", ErrInvalid)
	case !slices.Contains(can.Moderation, a):
		return Entry{}, fmt.Errorf("moderate: action %q: the platform does not let us do that here: %w", a, ErrInvalid)
	case why == "":
		return Entry{}, fmt.Errorf("moderate: why is missing: %w", ErrInvalid)
	}
	e := t.entry(Moderated, by, now)
	e.Why, e.Moderation, e.Target = why, a, about.Key
	e.Message = &Message{Key: key, Direction: Out, Visibility: Note, Author: Author{ID: by}, Account: t.Account, Time: now, Received: now, Delivery: Queued,
		Moderation: a, About: about.Key, Parent: about.ID, Form: about.Form}
	return e, nil
}

// Note writes something for the desk alone.
func (t Ticket) Note(by, key, text string, now time.Time) (Entry, error) {
	text, err := textOf("note", text)
	if err != nil {
		return Entry{}, err
	}
	e := t.entry(Noted, by, now)
	e.Message = &Message{Key: key, Direction: Out, Visibility: Note, Text: text, Author: Author{ID: by}, Account: t.Account, Time: now, Received: now}
	return e, nil
}

// Escalate hands the ticket up to tier for a reason.
func (t Ticket) Escalate(by string, tier Tier, why string, now time.Time) (Entry, error) {
	if err := t.mustWork("escalate"); err != nil {
		return Entry{}, err
	}
	if tier <= t.Tier || tier >= Tiers {
		return Entry{}, fmt.Errorf("escalate: tier %d is not above tier %d: %w", tier, t.Tier, ErrInvalid)
	}
	e := t.entry(Escalated, by, now)
	e.Tier, e.Why = tier, why
	return e, nil
}

// HandBack returns the ticket to a tier that can do it, with advice; to one
// person when to is not empty.
func (t Ticket) HandBack(by string, tier Tier, to, advice string, now time.Time) (Entry, error) {
	if err := t.mustWork("hand back"); err != nil {
		return Entry{}, err
	}
	switch {
	case tier > t.Tier:
		return Entry{}, fmt.Errorf("hand back: tier %d is above tier %d: escalate instead: %w", tier, t.Tier, ErrInvalid)
	case strings.TrimSpace(advice) == "":
		return Entry{}, fmt.Errorf("hand back: advice is missing: %w", ErrInvalid)
	}
	e := t.entry(HandedBack, by, now)
	e.Tier, e.Assignee, e.Why = tier, to, strings.TrimSpace(advice)
	return e, nil
}

// Hold puts the ticket aside for a vendor or developers until a due date.
func (t Ticket) Hold(by string, until time.Time, why string, now time.Time) (Entry, error) {
	if err := t.mustWork("hold"); err != nil {
		return Entry{}, err
	}
	if !until.After(now) {
		return Entry{}, fmt.Errorf("hold: until is not in the future: %w", ErrInvalid)
	}
	e := t.entry(Held, by, now)
	e.Until, e.Why = until, why
	return e, nil
}

// Snooze puts the ticket off until an instant or, what comes first, until the customer
// wants something more; without an instant until then alone. It waits for the customer
// meanwhile, and whose it is keeps it. Where the customer waits for an answer, the
// clock of that runs on.
func (t Ticket) Snooze(by string, until time.Time, why string, now time.Time) (Entry, error) {
	if err := t.mustWork("snooze"); err != nil {
		return Entry{}, err
	}
	switch {
	case t.Disposition != NeedsAnswer:
		return Entry{}, fmt.Errorf("snooze: the ticket needs no answer: %w", ErrState)
	case !until.IsZero() && !until.After(now):
		return Entry{}, fmt.Errorf("snooze: until is not in the future: %w", ErrInvalid)
	case until.Sub(now) > longestSnooze:
		return Entry{}, fmt.Errorf("snooze: until is more than a year from now: %w", ErrInvalid)
	case t.Loan.Vendor != "":
		return Entry{}, fmt.Errorf("snooze: vendor %s has the ticket: %w", t.Loan.Vendor, ErrState)
	}
	e := t.entry(Snoozed, by, now)
	e.Until, e.Why = until, strings.TrimSpace(why)
	return e, nil
}

// longestSnooze bounds for how long a ticket can be put off at once.
const longestSnooze = 366 * 24 * time.Hour

// Solve says that the ticket is answered and done.
func (t Ticket) Solve(by, why string, now time.Time) (Entry, error) {
	if err := t.mustWork("solve"); err != nil {
		return Entry{}, err
	}
	e := t.entry(SolvedNow, by, now)
	e.Why = why
	return e, nil
}

// Reopen takes a solved ticket up again as a new cycle.
func (t Ticket) Reopen(by, why string, now time.Time) (Entry, error) {
	if t.State != Solved {
		return Entry{}, fmt.Errorf("reopen: the ticket is %s: %w", t.State, ErrState)
	}
	e := t.entry(ReopenedNow, by, now)
	e.Why = why
	return e, nil
}

// Tag sets the ticket's tags.
func (t Ticket) Tag(by string, tags []string, now time.Time) (Entry, error) {
	if err := checkTags(tags); err != nil {
		return Entry{}, err
	}
	e := t.entry(Retagged, by, now)
	e.Tags = sortedTags(tags)
	return e, nil
}

func checkTags(tags []string) error {
	for _, tag := range tags {
		if tag == "" || len(tag) > 64 || strings.ContainsFunc(tag, func(r rune) bool { return r <= ' ' || r == ',' }) {
			return fmt.Errorf("tags: %q is no tag: %w", tag, ErrInvalid)
		}
	}
	return nil
}

// sortedTags returns each of tags once.
func sortedTags(tags []string) []string { return slices.Compact(slices.Sorted(slices.Values(tags))) }

// Promote makes a ticket that was judged to need no answer one that does.
func (t Ticket) Promote(by string, tier Tier, now time.Time) (Entry, error) {
	switch {
	case t.Disposition != NeedsNone:
		return Entry{}, fmt.Errorf("promote: the ticket needs an answer already: %w", ErrState)
	case tier >= Tiers:
		return Entry{}, fmt.Errorf("promote: tier %d is none of ours: %w", tier, ErrInvalid)
	}
	if err := t.mustWork("promote"); err != nil {
		return Entry{}, err
	}
	e := t.entry(Promoted, by, now)
	e.Tier = max(tier, General)
	return e, nil
}

// Unseen reports whether somebody said or did something after version seen that
// a person should know of before deciding.
func (t Ticket) Unseen(seen int64) bool { return seen > 0 && t.Touched > seen }
