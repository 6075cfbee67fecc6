package platforms

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"example.com/skala/infra/simulator/customers"
)

// A Say is something that a customer does.
type Say struct {
	Platform string `json:"platform"` // line or standard; empty: the first in the accounts file
	App      string `json:"app"`      // likewise
	Persona  string `json:"persona"`  // one of the dozen; or
	Author   string `json:"author"`   // anybody: an id of the platform's, or a word that one is made of
	Name     string `json:"name"`     // of an author who is no persona
	Do       string `json:"do"`       // message (default), sticker, picture, location, file, edit, unsend, follow, unfollow, postback
	Text     string `json:"text"`
	Group    string `json:"group"`   // LINE: a group's id or any name for one; empty is the direct chat
	Mention  bool   `json:"mention"` // in a group: speak to the account
	Message  string `json:"message"` // edit, unsend: which one, by its id; message: which one it quotes
	Lang     string `json:"lang"`    // of an author who is no persona
}

// A Told is what became of a Say. Status is zero while the event is held back,
// and when no answer came.
type Told struct {
	Event        string `json:"event"`
	Message      string `json:"message,omitempty"`
	Author       string `json:"author"`
	Conversation string `json:"conversation"`
	Status       int    `json:"status"`
	Answer       string `json:"answer"`
	TookMS       int64  `json:"took_ms"`
	Problem      string `json:"problem,omitempty"`
	Held         bool   `json:"held,omitempty"`
}

// LineLimit is how long a message of LINE's may be, in UTF-16 units.
const LineLimit = 5000

// Say does what a customer does and tells what the desk's door answered. An
// error means that the platform would not have let them.
func (n *Network) Say(ctx context.Context, s Say) (Told, error) {
	a, err := n.find(s.Platform, s.App)
	if err != nil {
		return Told{}, err
	}
	s.Do = cmp.Or(s.Do, "message")
	who, err := n.speaker(s)
	if err != nil {
		return Told{}, err
	}
	n.mu.Lock()
	e, err := n.happen(a, who, s)
	if err != nil {
		n.mu.Unlock()
		return Told{}, err
	}
	told := Told{Event: e.ID, Message: e.Message, Author: e.Author, Conversation: e.Conversation}
	first, overtaken := n.plan(a, e)
	n.mu.Unlock()
	if first == nil {
		told.Held = true
		return told, nil
	}
	ctx = context.WithoutCancel(ctx) // a platform posts on, whether its user waits or not
	try := n.deliver(ctx, first)
	for _, late := range overtaken {
		n.deliver(ctx, late)
	}
	told.Status, told.Answer, told.TookMS, told.Problem = try.Status, try.Answer, try.TookMS, try.Problem
	return told, nil
}

// speaker returns who speaks.
func (n *Network) speaker(s Say) (customers.Persona, error) {
	switch p, known := n.people[s.Persona]; {
	case known:
		return p, nil
	case s.Persona != "":
		return p, fmt.Errorf("there is no persona %q", s.Persona)
	case s.Author != "":
		return customers.Persona{ID: s.Author, Name: s.Name, Lang: s.Lang}, nil
	}
	return customers.Persona{}, errors.New("nobody speaks: name a persona or an author")
}

// happen makes the event and lets it show in its thread. n.mu is held.
func (n *Network) happen(a *app, who customers.Persona, s Say) (*Event, error) {
	now := n.cfg.Now().UTC()
	u := user{a.Platform, a.Name, a.userID(who.ID)}
	e := &Event{Platform: a.Platform, App: a.Name, Account: a.Account, Author: u.ID, Do: s.Do, At: now}
	if a.Platform == "line" {
		e.ID, e.Message = ulid(now), n.messageID(now)
		e.Conversation = u.ID
		if s.Group != "" {
			e.Conversation = GroupID(s.Group)
		}
	} else {
		e.ID, e.Message, e.Conversation = "msg_"+ulid(now), "gm_"+ulid(now), "conv_"+strings.TrimPrefix(u.ID, "cust_")
		if s.Group != "" {
			return nil, errors.New("only LINE has groups")
		}
	}
	thread := ThreadKey{a.Platform, a.Name, e.Conversation}
	line, err := n.show(e, thread, who, s)
	if err != nil {
		return nil, err
	}
	e.Message = line.Message
	if known, ok := n.users[u]; !ok || who.Name != "" && known.Name != who.Name {
		n.write(record{User: &u, Who: &who})
	}
	if a.Platform == "line" {
		err = n.lineEvent(a, e, s)
	} else {
		err = n.standardEvent(e, n.users[u], s)
	}
	if err != nil {
		return nil, err
	}
	n.write(record{Thread: &thread, Line: &line})
	n.events = append(n.events, e)
	n.byID[e.ID] = e
	for len(n.events) > keptEvents {
		delete(n.byID, n.events[0].ID)
		n.events = n.events[1:]
	}
	return e, nil
}

// show returns the line that e adds to or changes in its thread, or why a
// customer could not do that.
func (n *Network) show(e *Event, key ThreadKey, who customers.Persona, s Say) (Line, error) {
	t := n.thread(key, s.Group != "")
	l := Line{ID: e.ID, At: e.At, Author: e.Author, Name: cmp.Or(who.Name, who.ID), Do: s.Do, Text: s.Text, Message: e.Message, Group: t.Group}
	length := len(utf16.Encode([]rune(s.Text)))
	switch s.Do {
	case "message", "edit", "postback":
		if strings.TrimSpace(s.Text) == "" || length > LineLimit {
			return l, fmt.Errorf("a message has 1 to %d characters", LineLimit)
		}
		if s.Do == "postback" {
			l.Message = ""
		}
	case "sticker":
		l.Text = cmp.Or(s.Text, "angry, grumpy")
	case "picture":
		l.Text = ""
	case "location":
		l.Text = cmp.Or(s.Text, "1 Example Road")
	case "file":
		l.Text = cmp.Or(s.Text, "receipt.pdf")
	case "follow", "unfollow":
		l.Message = ""
		if e.Platform != "line" || t.Group {
			return l, errors.New("only people in a direct chat with a LINE account can follow or block it")
		}
	case "unsend":
	default:
		return l, fmt.Errorf("nobody can %q here", s.Do)
	}
	if s.Do == "message" && s.Message != "" {
		if _, ok := t.byMessage(s.Message); !ok {
			return l, fmt.Errorf("there is no message %q to quote", s.Message)
		}
	}
	if s.Do != "edit" && s.Do != "unsend" {
		return l, nil
	}
	if s.Do == "edit" && e.Platform == "line" && !t.Group {
		return l, errors.New("LINE lets messages be edited in groups only")
	}
	old, ok := t.byMessage(s.Message)
	if !ok || old.Author != e.Author || old.Unsent {
		return l, fmt.Errorf("%s has no message %q there", cmp.Or(who.Name, who.ID), s.Message)
	}
	if s.Do == "edit" {
		old.Text, old.Edited = s.Text, true
	} else {
		old.Text, old.Unsent = "", true
	}
	return old, nil
}

// GroupID returns the id of a LINE group for any name of one.
func GroupID(name string) string {
	if lineID(name, "CR") {
		return name
	}
	return "C" + digest("group", name)
}

// plan says what to post now because of e, and what after it, since e overtakes
// it. Nothing to post means that e itself is held. n.mu is held.
func (n *Network) plan(a *app, e *Event) (first *delivery, overtaken []*delivery) {
	d := &delivery{app: a, events: []*Event{e}, what: "first"}
	if others := n.joining[a]; len(others) > 0 {
		delete(n.joining, a)
		d.events, d.what = append(others, e), "batch"
	} else if f, ok := n.fault("batch", a); ok {
		n.joining[a] = append(n.joining[a], e)
		n.letGo(f, func() *delivery {
			if waiting := n.joining[a]; len(waiting) > 0 && waiting[0] == e {
				delete(n.joining, a)
				return d
			}
			return nil
		})
		return nil, nil
	}
	overtaken = n.held[a]
	delete(n.held, a)
	if f, ok := n.fault("reorder", a); ok {
		d.what = "late"
		n.held[a] = append(overtaken, d)
		n.letGo(f, func() *delivery {
			if waiting := n.held[a]; len(waiting) > 0 && waiting[0] == d {
				n.held[a] = waiting[1:]
				return d
			}
			return nil
		})
		return nil, nil
	}
	if _, ok := n.fault("tamper", a); ok {
		d.tamper = true
	} else if a.Platform != "line" { // LINE signs no time
		_, d.stale = n.fault("stale", a)
	}
	if f, ok := n.fault("duplicate", a); ok {
		d.copies = max(1, f.Times)
	}
	if f, ok := n.fault("redeliver", a); ok {
		for i := range max(1, f.Times) {
			n.later(time.Duration(i+1)*f.After.or(time.Second), func(ctx context.Context) { n.post(ctx, d.again()) })
		}
	}
	return d, overtaken
}

// letGo posts what take returns when nothing came to release it before.
func (n *Network) letGo(f Fault, take func() *delivery) {
	n.later(f.After.or(30*time.Second), func(ctx context.Context) {
		n.mu.Lock()
		d := take()
		n.mu.Unlock()
		if d != nil {
			n.deliver(ctx, d)
		}
	})
}
