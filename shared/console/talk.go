package console

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/skala/shared/desk"
)

// A talk is what was said on a ticket, in the order in which it was said, with
// what became of it since.
type talk struct {
	said    []saying
	acts    map[string]act // what the desk had done about messages, by the key of the asking
	blocked bool           // the author may not write to the account any more
}

// A saying is a message with what the rest of the log tells about it. Its
// delivery is the farthest that is known of.
type saying struct {
	desk.Message
	Version   int64 // of the entry that it came with
	Hidden    bool  // for all but its author and us
	Removed   bool  // by the account, not by its author
	Reactions []reaction
	Acts      []act
	Answers   *quote
	Until     time.Time   // of a held reply: when it goes out
	Withdrawn *withdrawal // of one that was taken back before
}

// A reaction is what somebody thinks of a message, mostly one emoji.
type reaction struct {
	Author desk.Author
	Text   string
	At     time.Time
}

// An act is something that a person had the platform do about a message.
type act struct {
	Key     string
	About   string // the key of the message
	Action  desk.ModerationAction
	Who     string
	Why     string
	At      time.Time
	State   actState
	Problem string // why not yet, or not at all
}

// actOf is what an entry asks for.
func actOf(e desk.Entry) act {
	return act{Key: e.Message.Key, About: e.Message.About, Action: e.Message.Moderation, Who: e.Who, Why: e.Why, At: e.At, State: actQueued}
}

// An actState says how far an act has got.
type actState string

const (
	actQueued  actState = "queued"
	actSending actState = "sending"
	actDone    actState = "done"
	actRefused actState = "refused"
)

// open reports whether the act is still on its way.
func (a act) open() bool { return a.State == actQueued || a.State == actSending }

// A quote is what a message answers: a message of the ticket, a story that came
// with it, or something that is not here.
type quote struct {
	ID      string        // as the platform names it
	Ticket  desk.TicketID // the thread's ticket before this one, where it is on that
	Version int64         // of the entry of the message, 0 where it is not here
	Of      desk.Author
	Ours    bool
	Text    string
	Gone    bool // it was deleted
	Story   bool
	URL     string // of the story
}

// introduced returns a log in which an author has the name that the platform told
// when it was asked, also where they spoke before.
func introduced(log []desk.Entry) []desk.Entry {
	known := map[string]desk.Author{}
	for _, e := range log {
		if e.What == desk.Introduced && e.Message != nil {
			known[e.Message.Author.ID] = e.Message.Author
		}
	}
	if len(known) == 0 {
		return log
	}
	log = slices.Clone(log)
	for i, e := range log {
		if e.Message == nil || e.Message.Author.Name != "" {
			continue
		}
		if a, ok := known[e.Message.Author.ID]; ok {
			m := *e.Message
			m.Author.Name, m.Author.Handle = a.Name, cmp.Or(m.Author.Handle, a.Handle)
			log[i].Message = &m
		}
	}
	return log
}

// eachTalk reads what was said on those of tickets that are wanted, by their
// places, eight at a time, and hands each to take, side by side.
func (c *Console) eachTalk(ctx context.Context, tickets []desk.Ticket, wanted []int, take func(i int, said talk)) error {
	errs := make([]error, len(tickets))
	var wait sync.WaitGroup
	turn := make(chan struct{}, 8)
	for _, i := range wanted {
		wait.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			log, err := c.cfg.Logs.Log(ctx, tickets[i].ID)
			if errs[i] = err; err == nil {
				take(i, talkOf(log))
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// talkOf reads a log. The order in which things were said is not that in which
// they came: platforms deliver late. Those said at once stay in the log's order.
// An edit has no place of its own: the message it changed shows it.
func talkOf(log []desk.Entry) talk {
	t := talk{acts: map[string]act{}}
	log = introduced(log)
	named := map[string]int{} // places in said, by the platform's id and by key
	for _, e := range log {
		switch e.What {
		case desk.Received, desk.SentElsewhere, desk.Replied, desk.Noted, desk.VendorSaid:
			if e.Message != nil {
				named[e.Message.Key] = len(t.said)
				if e.Message.ID != "" {
					named[e.Message.ID] = len(t.said)
				}
				t.said = append(t.said, saying{Message: *e.Message, Version: e.Version, Until: e.Until})
			}
		}
	}
	handed := map[string]time.Time{}  // when replies went to the platform
	lost := map[string]desk.Message{} // what the platform gave up, as it stands now
	for _, e := range log {
		place, known := named[e.Target]
		switch e.What {
		case desk.Sending:
			handed[e.Target] = e.At
			t.acted(e, actSending)
		case desk.SendDeferred:
			t.acted(e, actQueued)
		case desk.TakenBack:
			if known {
				t.said[place].Delivery, t.said[place].Withdrawn = desk.Undone, &withdrawal{e.Who, instant(e.At)}
			}
		case desk.Sent:
			if was, ok := lost[e.Target]; ok && known { // it arrived after all
				t.said[place].Delivery, t.said[place].Problem = was.Delivery, was.Problem
			}
			if known && e.Event == desk.Receipt { // which was faster than our own send
				t.said[place].arrived(e.Delivery)
			}
		case desk.Undelivered:
			if known {
				lost[e.Target] = t.said[place].Message
				t.said[place].Delivery, t.said[place].Problem = desk.DeliveryFailed, e.Why
			}
		case desk.Noticed:
			switch {
			case e.Event == desk.Receipt && e.Target != "":
				if known {
					t.said[place].arrived(e.Delivery)
				}
			case e.Event == desk.Receipt:
				for i, m := range t.said {
					if at := handed[m.Key]; !at.IsZero() && !at.After(e.Until) {
						t.said[i].arrived(e.Delivery)
					}
				}
			case e.Event == desk.Reaction && known && e.Message != nil:
				t.said[place].react(*e.Message)
			case e.Event == desk.Moderation:
				t.moderated(e.Moderation, place, known)
			}
		case desk.Moderated:
			if e.Message != nil {
				t.acts[e.Message.Key] = actOf(e)
			}
		case desk.ModeratedNow:
			t.acted(e, actDone)
			about, known := named[t.acts[e.Target].About]
			t.moderated(t.acts[e.Target].Action, about, known)
		case desk.ModerateFail:
			t.acted(e, actRefused)
		}
	}
	for _, a := range t.acts {
		if i, ok := named[a.About]; ok {
			t.said[i].Acts = append(t.said[i].Acts, a)
		}
	}
	for i := range t.said {
		slices.SortFunc(t.said[i].Acts, func(a, b act) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Key, b.Key)) })
		t.said[i].Answers = t.quoted(t.said[i], named)
	}
	slices.SortStableFunc(t.said, func(a, b saying) int { return saidAt(a.Message).Compare(saidAt(b.Message)) })
	return t
}

// saidAt is when a message was said. A platform whose clock is ahead of ours puts
// no message behind the answer to it.
func saidAt(m desk.Message) time.Time {
	if m.Received.Before(m.Time) && !m.Received.IsZero() {
		return m.Received
	}
	return m.Time
}

// acted brings the act that an entry is about to a state; a reply is none.
func (t *talk) acted(e desk.Entry, state actState) {
	if a, ok := t.acts[e.Target]; ok {
		a.State, a.Problem = state, ""
		if state == actQueued || state == actRefused {
			a.Problem = e.Why
		}
		t.acts[e.Target] = a
	}
}

// moderated takes in what the platform did, for us or for somebody else of the
// account.
func (t *talk) moderated(action desk.ModerationAction, place int, known bool) {
	switch {
	case action == desk.BlockAuthor, action == desk.UnblockAuthor:
		t.blocked = action == desk.BlockAuthor
	case !known:
	case action == desk.HideMessage, action == desk.UnhideMessage:
		t.said[place].Hidden = action == desk.HideMessage
	case action == desk.DeleteMessage:
		t.said[place].Removed = true
	}
}

// arrived notes how far a receipt says that a message of ours has got. It never
// goes back, and what failed for certain did not arrive.
func (s *saying) arrived(state desk.DeliveryState) {
	order := []desk.DeliveryState{desk.Accepted, desk.Delivered, desk.Read}
	if s.Direction == desk.In || s.Delivery == desk.DeliveryFailed || slices.Index(order, state) <= slices.Index(order, s.Delivery) {
		return
	}
	s.Delivery, s.Problem = state, ""
}

// react takes in a reaction, which is its text or what came with it: somebody's
// latest stands, and one without either takes it back.
func (s *saying) react(m desk.Message) {
	s.Reactions = slices.DeleteFunc(s.Reactions, func(r reaction) bool { return r.Author.ID == m.Author.ID })
	text := m.Text
	for _, a := range m.Attachments {
		text = cmp.Or(text, a.Name)
	}
	if text != "" {
		s.Reactions = append(s.Reactions, reaction{m.Author, text, m.Time})
	}
}

// quoted returns what a message answers, nil when it does not say that it answers
// anything.
func (t *talk) quoted(s saying, named map[string]int) *quote {
	if s.Parent == "" || s.Parent == s.ID {
		return nil
	}
	if i, ok := named[s.Parent]; ok && t.said[i].ID == s.Parent {
		q := quoteOf(t.said[i])
		return &q
	}
	for _, a := range s.Attachments {
		if a.Type == "story" && (a.ID == s.Parent || a.ID == "") {
			return &quote{ID: s.Parent, Story: true, URL: a.URL}
		}
	}
	return &quote{ID: s.Parent}
}

func quoteOf(s saying) quote {
	return quote{ID: s.ID, Version: s.Version, Of: s.Author, Ours: s.Direction != desk.In, Text: desk.Preview(s.Text), Gone: s.Deleted}
}

// missing reports whether a message answers something that is not here.
func (t *talk) missing() bool {
	return slices.ContainsFunc(t.said, func(s saying) bool { return s.Answers != nil && s.Answers.Version == 0 && !s.Answers.Story })
}

// quoteFrom looks for what is missing among what was said on the ticket before.
func (t *talk) quoteFrom(id desk.TicketID, before talk) {
	for i, s := range t.said {
		if s.Answers == nil || s.Answers.Version != 0 || s.Answers.Story {
			continue
		}
		if was, ok := before.find(s.Answers.ID); ok && was.ID == s.Answers.ID {
			q := quoteOf(was)
			q.Ticket = id
			t.said[i].Answers = &q
		}
	}
}

// last returns what the customer said last in the ticket's own conversation, as far as
// it is still there; false when they said nothing.
func (t *talk) last() (saying, bool) {
	var last saying
	found := false
	for _, s := range t.said {
		if s.Direction == desk.In && s.Via == "" && (!found || !s.Deleted || last.Deleted) {
			last, found = s, true
		}
	}
	return last, found
}

// find returns a message by its key or the platform's id.
func (t *talk) find(name string) (saying, bool) {
	i := slices.IndexFunc(t.said, func(s saying) bool { return name != "" && (s.Key == name || s.ID == name) })
	if i < 0 {
		return saying{}, false
	}
	return t.said[i], true
}
