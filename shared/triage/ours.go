package triage

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/skala/shared/desk"
)

// What follows is about events of the brand's own account: echoes of what this
// desk sent, answers that somebody gave by another way, receipts of what became
// of a reply, and what was done to a customer's message. They rarely name the
// customer, and may come before our own send has returned.

// locate finds the thread that e is about where e does not name its author: by the
// tag that a reply of ours carried, or among the threads of its conversation the one
// that has the message which e is about. An event that nothing is found for
// stays in the thread that its own words make.
func (tr *Triager[R]) locate(ctx context.Context, e desk.Event) (desk.Event, error) {
	if thread, _, ok := e.Own.Ticket.Split(); ok {
		named := e
		named.In = thread
		known, err := tr.Threads.Thread(ctx, named)
		if err != nil {
			return e, err
		}
		if known.Ticket.Version > 0 && known.Ticket.Platform == e.Platform && known.Ticket.Account == e.Account {
			return named, nil
		}
		e.Own = desk.OwnReply{} // somebody else's tag
	}
	anonymous := e.Direction != desk.In && e.Of == "" || e.Author.ID == "" && e.Kind != desk.MessageCreated
	if e.Crowded && e.Conversation != "" && !anonymous && (e.Kind == desk.Echo || e.Kind == desk.Receipt) {
		return tr.byAlias(ctx, e)
	}
	if !e.Crowded || e.Conversation == "" || !anonymous && e.Kind != desk.MessageDeleted && e.Kind != desk.MessageEdited && e.Kind != desk.Moderation {
		return e, nil
	}
	if !anonymous { // the author's own thread has it, unless another removed it
		_, _, err := tr.Targets.MessageByID(ctx, e.Thread(), e.Target)
		if !errors.Is(err, desk.ErrNotFound) {
			return e, err
		}
	}
	names, err := tr.Threads.Crowd(ctx, e.Thread())
	if err != nil {
		return e, err
	}
	// What we said to one customer may show as said below another's words: some
	// platforms have but two levels. So whose reply it is comes before what it is
	// below.
	about := []func(name string) (bool, error){tr.has(ctx, e, e.Target), tr.has(ctx, e, e.Parent)}
	if e.Kind == desk.Echo && len(names) > 1 {
		about = []func(name string) (bool, error){tr.has(ctx, e, e.ID), tr.sends(ctx, e), tr.has(ctx, e, e.Parent)}
	}
	for _, is := range about {
		for _, name := range names {
			found, err := is(name)
			if err != nil {
				return e, err
			}
			if found {
				e.In = name
				return e, nil
			}
		}
	}
	if len(names) == 1 && e.Direction != desk.In && e.Kind == desk.Echo { // said under what one customer began
		e.In = names[0]
	}
	return e, nil
}

// has tells whether a thread has the message that the platform names id.
func (tr *Triager[R]) has(ctx context.Context, e desk.Event, id string) func(thread string) (bool, error) {
	return func(thread string) (bool, error) {
		_, _, err := tr.Targets.MessageByID(ctx, desk.ThreadKey{Name: thread, Account: e.Account}, id)
		if errors.Is(err, desk.ErrNotFound) {
			return false, nil
		}
		return err == nil, err
	}
}

// sends tells whether a thread's ticket has a reply that e may be and whose end
// nobody knows yet.
func (tr *Triager[R]) sends(ctx context.Context, e desk.Event) func(thread string) (bool, error) {
	return func(thread string) (bool, error) {
		named := e
		named.In = thread
		known, err := tr.Threads.Thread(ctx, named)
		if err != nil || known.Ticket.Version == 0 {
			return false, err
		}
		log, err := tr.Logs.Log(ctx, known.Ticket.ID)
		if err != nil {
			return false, err
		}
		m := said(log, e)
		return m != nil && !over(*m), nil
	}
}

// byAlias finds the thread of an event that names the customer otherwise than their
// own messages do: they have no thread by that name, and one by their alias.
func (tr *Triager[R]) byAlias(ctx context.Context, e desk.Event) (desk.Event, error) {
	known, err := tr.Threads.Thread(ctx, e)
	if err != nil || known.Ticket.Version > 0 {
		return e, err
	}
	names, err := tr.Threads.Crowd(ctx, e.Thread())
	if err == nil && len(names) == 1 {
		e.In = names[0]
	}
	return e, err
}

// noticed is the entry of an event that changes nothing.
func noticed(e desk.Event, raw desk.RawEvent) desk.Entry {
	return desk.Entry{What: desk.Noticed, Message: e.Message(raw.Received), Target: e.Target, Moderation: e.Moderation, Delivery: e.Delivery, Until: e.Until}
}

// echo is the entry of a message that the brand's account sent: one of ours, whose
// send it confirms where that is still open, or an answer by another way.
func (tr *Triager[R]) echo(ctx context.Context, t desk.Ticket, e desk.Event, raw desk.RawEvent) (desk.Entry, error) {
	switch {
	case t.Version == 0:
		return noticed(e, raw), nil
	case e.Own.Key != "":
		m, err := tr.reply(ctx, t, e)
		if err != nil || m == nil || !e.Own.Last {
			return noticed(e, raw), err
		}
		return confirmed(*m, e, raw), nil
	case e.Direction == desk.OutElsewhere:
		return tr.elsewhere(ctx, t, e, raw)
	}
	was, _, err := tr.Targets.MessageByID(ctx, e.Thread(), e.ID)
	if err == nil && was.Direction == desk.Out {
		return confirmed(was, e, raw), nil
	}
	if err != nil && !errors.Is(err, desk.ErrNotFound) {
		return desk.Entry{}, err
	}
	log, err := tr.Logs.Log(ctx, t.ID)
	if err != nil {
		return desk.Entry{}, err
	}
	if m := said(log, e); m != nil {
		if whole := words(m.Text); whole != words(e.Text) && !strings.HasSuffix(whole, words(e.Text)) {
			return noticed(e, raw), nil // a part of it, and others are to follow
		}
		return confirmed(*m, e, raw), nil
	}
	return answered(log, e, raw), nil
}

// said returns which of our replies e may be, or be a part of, where nothing but the
// words can tell; nil when it is none. One whose end nobody knows is rather meant
// than one that is known to have arrived.
func said(log []desk.Entry, e desk.Event) *desk.Message {
	var found *desk.Message
	for _, entry := range log {
		if entry.What == desk.Replied && entry.Message.Delivery != desk.Undone && says(*entry.Message, e) && (found == nil || over(*found) && !over(*entry.Message)) {
			found = entry.Message
		}
	}
	return found
}

// over reports whether it is known how a reply ended.
func over(m desk.Message) bool {
	return m.Delivery != desk.Queued && m.Delivery != desk.BeingSent && m.Delivery != desk.DeliveryUnknown
}

// says reports whether e may be reply m, or a part of it. Ours went out lately, and
// not before it was written: people repeat each other's words.
func says(m desk.Message, e desk.Event) bool {
	const lately, skew = 24 * time.Hour, time.Minute // the platform's clock is not ours
	if !e.Time.IsZero() && (e.Time.Before(m.Time.Add(-skew)) || over(m) && e.Time.Sub(m.Time) > lately) {
		return false
	}
	return partOf(words(m.Text), words(e.Text))
}

// shortest is the length, in characters, up to which no platform parts a text: X
// counts some characters twice.
const shortest = 280 / 2

// partOf reports whether a message with the words part may be one of those that a
// text went out as. Only the last of them may be short.
func partOf(whole, part string) bool {
	switch {
	case part == "" || utf8.RuneCountInString(whole) <= shortest:
		return part != "" && part == whole
	case utf8.RuneCountInString(part) < shortest/2:
		return strings.HasSuffix(whole, part)
	}
	return strings.Contains(whole, part)
}

// words are a text without what platforms do to its white space.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

// reply returns the reply of t that e names by its tag, or by its platform's id;
// nil when t has none.
func (tr *Triager[R]) reply(ctx context.Context, t desk.Ticket, e desk.Event) (*desk.Message, error) {
	var m desk.Message
	var err error
	ticket := e.Own.Ticket
	if e.Own.Key != "" {
		m, err = tr.Logs.Message(ctx, e.Own.Ticket, e.Own.Key)
	} else {
		m, ticket, err = tr.Targets.MessageByID(ctx, e.Thread(), e.Target)
	}
	if errors.Is(err, desk.ErrNotFound) || err == nil && (ticket != t.ID || m.Direction != desk.Out) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &m, nil
}

// confirmed is the entry of an event that shows that the platform has reply m. It
// ends the send where our own try has not: it is on its way yet, or nobody knows,
// or it was taken for failed.
func confirmed(m desk.Message, e desk.Event, raw desk.RawEvent) desk.Entry {
	entry := noticed(e, raw)
	entry.Target = m.Key
	if m.Delivery == desk.Accepted || m.Moderation != "" {
		return entry
	}
	entry.What, entry.Seen = desk.Sent, m.Seen
	entry.Message = &desk.Message{ID: e.ID, Key: m.Key}
	if e.Kind == desk.Receipt {
		entry.Message.ID = e.Target
	}
	return entry
}

// receipt is the entry of what became of a message of ours after the platform had
// taken it.
func (tr *Triager[R]) receipt(ctx context.Context, t desk.Ticket, e desk.Event, raw desk.RawEvent) (desk.Entry, error) {
	if t.Version == 0 || e.Own.Key == "" && e.Target == "" {
		return noticed(e, raw), nil
	}
	m, err := tr.reply(ctx, t, e)
	if err != nil || m == nil {
		return noticed(e, raw), err
	}
	if e.Delivery != desk.DeliveryFailed {
		failed := m.Delivery == desk.DeliveryFailed && strings.HasPrefix(m.Problem, undeliverable)
		switch {
		case e.Own.Key != "" && (failed || !e.Own.Last), failed && e.Delivery == desk.Accepted:
			return noticed(e, raw), nil // of another part of it, or of before
		}
		return confirmed(*m, e, raw), nil
	}
	entry := noticed(e, raw)
	entry.Target, entry.Why = m.Key, undeliverable+e.Problem
	switch m.Delivery {
	case desk.DeliveryFailed:
	case desk.Accepted:
		entry.What = desk.Undelivered
	default: // our own try has not come to its end
		entry.What = desk.SendFailed
	}
	return entry, nil
}

// undeliverable begins the problem of a reply that the platform had and gave up.
const undeliverable = "the platform could not deliver it: "

// elsewhere is the entry of an answer that somebody gave by another way.
func (tr *Triager[R]) elsewhere(ctx context.Context, t desk.Ticket, e desk.Event, raw desk.RawEvent) (desk.Entry, error) {
	if t.Version == 0 {
		return noticed(e, raw), nil
	}
	log, err := tr.Logs.Log(ctx, t.ID)
	if err != nil {
		return desk.Entry{}, err
	}
	return answered(log, e, raw), nil
}

// answered is the entry of an answer by another way to what log has. It answers
// what the customer said before it, whatever came in first.
func answered(log []desk.Entry, e desk.Event, raw desk.RawEvent) desk.Entry {
	entry := desk.Entry{What: desk.SentElsewhere, Message: e.Message(raw.Received), Seen: -1}
	entry.Message.Direction = desk.OutElsewhere
	for _, was := range slices.Backward(log) {
		if was.What == desk.Received && !was.Message.Time.After(entry.Message.Time) {
			entry.Seen = was.Version
			break
		}
	}
	return entry
}
