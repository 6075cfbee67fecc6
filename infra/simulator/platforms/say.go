package platforms

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"example.com/skala/infra/simulator/customers"
)

// A Say is something that a customer does, or that happens to what they said.
//
// What can be done depends on the channel. By customers: message, picture,
// sticker, voice, file, location, contact, link, share, album (several pictures,
// 200 ms apart), choose (a button of ours), postback, story_reply, story_mention,
// unsupported, encrypted, edit, unsend, react, read, typing, follow, unfollow,
// renumber (another phone number). By the brand and not through the desk:
// elsewhere (answers them), publish, hide, unhide, remove. By the platform:
// dashboard (its console's test), unknown (something that nobody has documented),
// error, revoke (of our permission).
type Say struct {
	Platform string   `json:"platform"` // line, standard, meta, x or a channel of Meta's; empty: the first in the accounts file
	App      string   `json:"app"`      // likewise
	Account  string   `json:"account"`  // likewise
	Channel  string   `json:"channel"`  // of Meta's: messenger, facebook_page, instagram, whatsapp, threads
	Persona  string   `json:"persona"`  // one of the dozen; or
	Author   string   `json:"author"`   // anybody: an id of the platform's, or a word that one is made of
	Name     string   `json:"name"`     // of an author who is no persona
	Do       string   `json:"do"`       // empty is message
	Text     string   `json:"text"`
	In       string   `json:"in"`      // direct, group (Telegram), comment, reply, mention, quote, post, review, live, ad, tag; empty: the channel's usual one
	Group    string   `json:"group"`   // LINE: a group's id or any name for one; empty is the direct chat
	Mention  bool     `json:"mention"` // in a group: speak to the account
	Message  string   `json:"message"` // which one is edited, unsent, hidden, reacted to, quoted or answered, by its id
	Lang     string   `json:"lang"`    // of an author who is no persona
	Count    int      `json:"count"`   // of an album's pictures; 0 is 3
	Ago      Duration `json:"ago"`     // how long before now it happened
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

// albumGap is what lies between the pictures of an album.
const albumGap = 200 * time.Millisecond

// Say does what a customer does and tells what the desk's door answered. An
// error means that the platform would not have let them.
func (n *Network) Say(ctx context.Context, s Say) (Told, error) {
	a, p, err := n.find(s.Platform, s.App, s.Account, s.Channel)
	if err != nil {
		return Told{}, err
	}
	s.Do = cmp.Or(s.Do, "message")
	who, err := n.speaker(s)
	if err != nil {
		return Told{}, err
	}
	more := 0
	if s.Do == "album" && slices.Contains(p.does, s.Do) {
		s.Do, more = "picture", min(cmp.Or(s.Count, 3), 30)-1
	}
	n.mu.Lock()
	e, err := n.happen(a, p, who, &s)
	if err != nil {
		n.mu.Unlock()
		return Told{}, err
	}
	told := Told{Event: e.ID, Message: e.Message, Author: p.userID(a, who.ID), Conversation: e.Conversation}
	first, also := n.plan(a, e)
	n.mu.Unlock()
	for i := range more {
		n.later(time.Duration(i+1)*albumGap, func(ctx context.Context) {
			if _, err := n.Say(ctx, s); err != nil {
				n.cfg.Log.ErrorContext(ctx, "picture of an album not sent", "err", err)
			}
		})
	}
	if first == nil {
		told.Held = true
		return told, nil
	}
	ctx = context.WithoutCancel(ctx) // a platform posts on, whether its user waits or not
	try := n.deliver(ctx, first)
	for _, d := range also {
		n.deliver(ctx, d)
	}
	told.Status, told.Answer, told.TookMS, told.Problem = try.Status, try.Answer, try.TookMS, try.Problem
	return told, nil
}

// speaker returns who speaks, or is spoken to.
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
func (n *Network) happen(a *app, p *part, who customers.Persona, s *Say) (*Event, error) {
	s.In = cmp.Or(s.In, p.places[0])
	switch {
	case !slices.Contains(p.does, s.Do):
		return nil, fmt.Errorf("nobody can %q on %s", s.Do, p.channel)
	case !slices.Contains(p.places, s.In):
		return nil, fmt.Errorf("nobody can speak in %q on %s", s.In, p.channel)
	case s.Group != "" && p.channel != "line":
		return nil, errors.New("only LINE has groups")
	}
	now := n.cfg.Now().UTC().Add(-s.Ago.or(0))
	u := user{a.Platform, a.Name, p.userID(a, who.ID)}
	e := &Event{Platform: a.Platform, App: a.Name, Account: a.Account, Channel: p.channel, Author: u.ID, Do: s.Do, In: s.In, At: now, part: p}
	if known, ok := n.users[u]; !ok || who.Name != "" && known.Name != who.Name {
		n.write(record{User: &u, Who: &who})
	}
	if err := p.begin(n, a, e, s); err != nil {
		return nil, err
	}
	thread := ThreadKey{a.Platform, a.Name, e.Conversation}
	line, err := n.show(e, thread, who, s)
	if err != nil {
		return nil, err
	}
	e.Message = line.Message
	if err := p.tell(n, a, e, s); err != nil {
		return nil, err
	}
	if line.ID != "" {
		n.write(record{Thread: &thread, Line: &line})
	}
	if brands(s.Do) {
		e.Author = a.Account
	}
	n.keep(e)
	return e, nil
}

// keep adds an event to what is remembered. n.mu is held.
func (n *Network) keep(e *Event) {
	n.events = append(n.events, e)
	n.byID[e.ID] = e
	for len(n.events) > keptEvents {
		delete(n.byID, n.events[0].ID)
		n.events = n.events[1:]
	}
}

// brands reports whether something is done by the brand.
func brands(do string) bool {
	return slices.Contains([]string{"elsewhere", "publish", "hide", "unhide", "remove"}, do)
}

// aim finds the message that something in public is about when nobody says: the
// person's latest one. n.mu is held.
func (n *Network) aim(e *Event, s *Say) error {
	if s.In == "direct" || s.Message != "" || s.Do == "publish" || !brands(s.Do) && s.Do != "react" {
		return nil
	}
	for i := len(n.events) - 1; i >= 0; i-- {
		if o := n.events[i]; o.Author == e.Author && o.Account == e.Account && o.Channel == e.Channel && o.In != "direct" && o.Message != "" {
			s.Message = o.Message
			return nil
		}
	}
	return errors.New("they have said nothing in public yet")
}

// place says where e happens: in the thread of the message that it is about, in
// the direct chat, or in a thread that it begins. n.mu is held.
func (n *Network) place(e *Event, s *Say, direct string) error {
	if err := n.aim(e, s); err != nil {
		return err
	}
	if s.Message == "" {
		e.Conversation = cmp.Or(e.Message, e.ID)
		if s.In == "direct" {
			e.Conversation = direct
		}
		return nil
	}
	key, known := n.where[s.Message]
	t := n.threads[key]
	if !known || t == nil || t.Channel != e.Channel || t.Account != e.Account || t.In == "direct" && t.Conversation != direct {
		return fmt.Errorf("there is no message %q there", s.Message)
	}
	e.Conversation, e.In, s.In = t.Conversation, t.In, t.In
	return nil
}

// noLine is what leaves no trace in a conversation.
var noLine = []string{"react", "read", "typing", "dashboard", "unknown", "error", "renumber", "revoke", "publish"}

// show returns the line that e adds to or changes in its thread, one without an
// id when it does neither, or why a customer could not do that.
func (n *Network) show(e *Event, key ThreadKey, who customers.Persona, s *Say) (Line, error) {
	if slices.Contains(noLine, s.Do) {
		l := Line{}
		if s.Do == "publish" {
			l.Message = e.Message
		}
		return l, nil
	}
	var t Thread
	if known := n.threads[key]; known != nil {
		t = *known
	}
	l := Line{ID: e.ID, At: e.At, Author: e.Author, Name: cmp.Or(who.Name, who.ID), Do: s.Do, Text: s.Text, Message: e.Message, Group: s.Group != "", Account: e.Account, Channel: e.Channel, In: e.In, Parent: s.Message}
	length := len(utf16.Encode([]rune(s.Text)))
	switch s.Do {
	case "message", "edit", "postback", "choose", "story_reply", "elsewhere":
		if strings.TrimSpace(s.Text) == "" || length > e.part.limit {
			return l, fmt.Errorf("a message has 1 to %d characters", e.part.limit)
		}
		if s.Do == "postback" && e.Platform != "meta" {
			l.Message = ""
		}
		if s.Do == "elsewhere" {
			l.Author, l.Name, l.Do, l.Foreign = "", "", "message", true
		}
	case "sticker":
		l.Text = cmp.Or(s.Text, "angry, grumpy")
	case "picture":
		if e.Platform != "meta" && e.Platform != "x" {
			l.Text = ""
		}
	case "location":
		l.Text = cmp.Or(s.Text, "1 Example Road")
	case "file":
		l.Text = cmp.Or(s.Text, "receipt.pdf")
	case "follow", "unfollow":
		l.Message = ""
		if s.Group != "" {
			return l, errors.New("only people in a direct chat with a LINE account can follow or block it")
		}
	case "unsend", "hide", "unhide", "remove":
	default:
		l.Text = cmp.Or(s.Text, strings.ReplaceAll(s.Do, "_", " "))
	}
	if s.Do == "message" && s.Message != "" {
		if _, ok := t.byMessage(s.Message); !ok {
			return l, fmt.Errorf("there is no message %q to quote", s.Message)
		}
	}
	if s.Do == "edit" && e.Platform == "line" && !t.Group {
		return l, errors.New("LINE lets messages be edited in groups only")
	}
	if slices.Contains([]string{"edit", "unsend", "hide", "unhide", "remove"}, s.Do) {
		return change(t, e, cmp.Or(who.Name, who.ID), s)
	}
	return l, nil
}

// change returns the line that is edited, hidden or taken away.
func change(t Thread, e *Event, name string, s *Say) (Line, error) {
	old, ok := t.byMessage(s.Message)
	own := old.Author == e.Author
	if brands(s.Do) { // which may do that to its own as well
		own = own || old.Author == ""
	}
	if !ok || !own || old.Unsent {
		return old, fmt.Errorf("%s has no message %q there", name, s.Message)
	}
	switch s.Do {
	case "edit":
		old.Text, old.Edited, old.Edits = s.Text, true, old.Edits+1
	case "hide", "unhide":
		old.Hidden = s.Do == "hide"
	default:
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
