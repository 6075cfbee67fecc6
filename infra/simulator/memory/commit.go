package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"example.com/skala/shared/desk"
)

// A thread is one author's: the present ticket, the log, and what came too early.
type thread struct {
	name     string
	head     *desk.Ticket // replaced, never changed; nil where there is none yet
	earlier  map[int]*desk.Ticket
	log      []*entryRecord              // of all its tickets, by version
	messages map[itemKey]*entryRecord    // also of what is in no ticket's log
	tombs    map[itemKey]*desk.Tombstone // by the message's id
	marks    []itemKey                   // the last few tombstones, as a commit looks for them
	breaches map[breach]bool
	notices  map[int64]*notice // by version

	work, due, mine, crowd place // of the present ticket on the lists
}

// An itemKey names a message by its event's key, or its id, and the account; a
// reply or note by its own key alone.
type itemKey struct{ account, key string }

type breach struct {
	n, cycle, level int
	metric          desk.Metric
}

// An entryRecord is an entry as it stands now.
type entryRecord struct {
	desk.Entry
	key      itemKey // zero for what is no message
	n        int     // the ticket's number; zero for what is in no ticket's log
	delivery string  // that brought it
	outcome  desk.Outcome
}

func (s *Store) thread(name string) *thread {
	t := s.threads[name]
	if t == nil {
		t = &thread{name: name, messages: map[itemKey]*entryRecord{}}
		s.threads[name] = t
	}
	return t
}

// reply stands in place of an account: no platform's is named so.
const reply = "\x00reply"

func replyKey(key string) itemKey { return itemKey{reply, key} }

// Commit writes an entry of a ticket's log and the ticket that follows from it,
// both or neither; errors as the table's.
func (s *Store) Commit(ctx context.Context, c desk.Change) error {
	err := s.effect(ctx, "Commit", func() error { return s.commit(c) })
	if err != nil {
		return fmt.Errorf("memory: committing to %s: %w", c.After.ID, err)
	}
	return nil
}

func (s *Store) commit(c desk.Change) error {
	p, refused, err := s.check(c)
	if err = cmp.Or(err, refused); err == nil {
		s.write(p)
	}
	return err
}

// CommitBoth writes a change of one thread and one of another, both or neither; errors
// as the table's.
func (s *Store) CommitBoth(ctx context.Context, one, other desk.Change) error {
	err := s.effect(ctx, "CommitBoth", func() error {
		p, refused, err := s.check(one)
		q, also, problem := s.check(other)
		switch err = cmp.Or(err, problem); {
		case err != nil:
			return err
		case refused != nil || also != nil:
			return desk.ErrStale
		}
		s.write(p)
		s.write(q)
		return nil
	})
	if err != nil {
		return fmt.Errorf("memory: committing to %s and %s: %w", one.After.ID, other.After.ID, err)
	}
	return nil
}

// A plan is a change that nothing stands against.
type plan struct {
	desk.Change
	th      *thread
	key     itemKey
	account string
	target  *entryRecord
	n       int
}

// check returns what has to be done for a change, and what it is refused for: because
// of what stands there, or at once.
func (s *Store) check(c desk.Change) (p plan, refused, err error) {
	name, n, ok := c.After.ID.Split()
	if !ok || c.After.Version <= c.Before.Version {
		return p, nil, fmt.Errorf("no ticket id, or no new version: %w", desk.ErrInvalid)
	}
	p = plan{Change: c, account: c.After.Account, n: n}
	if c.Event != nil {
		p.account = c.Event.Account
	}
	if p.key, err = entryKey(p.account, c); err != nil {
		return p, nil, err
	}
	p.th, p.Entry = s.thread(name), cloneEntry(c.Entry)
	e, gone := p.Entry, fmt.Errorf("the message it is about: %w", desk.ErrNotFound)
	delivers := delivery(e) != ""
	if delivers || e.What == desk.Edited || e.What == desk.Deleted {
		p.target = p.th.messages[targetKey(p.account, e)]
		if !delivers && (p.target == nil || p.target.Message == nil) {
			return p, nil, gone
		}
	}
	taken := p.th.stands(p.key, e.Version)
	switch {
	case taken && p.key != (itemKey{}):
		return p, desk.ErrDuplicate, nil
	case taken, p.th.moved(c.Before), p.th.stamped(c), p.th.meetsTomb(c):
		return p, desk.ErrStale, nil
	case e.What == desk.Breached && p.th.breaches[p.breach()]:
		return p, desk.ErrDuplicate, nil
	case delivers && p.target == nil:
		return p, gone, nil
	}
	return p, nil, nil
}

func (p plan) breach() breach { return breach{p.n, p.Entry.Cycle, p.Entry.Level, p.Entry.Metric} }

func (s *Store) write(p plan) {
	th, c, e := p.th, p.Change, p.Entry
	if e.What == desk.Breached {
		if th.breaches == nil {
			th.breaches = map[breach]bool{}
		}
		th.breaches[p.breach()] = true
	}
	if c.Before.ID != c.After.ID && c.Before.Version > 0 {
		_, was, _ := c.Before.ID.Split()
		if th.earlier == nil {
			th.earlier = map[int]*desk.Ticket{}
		}
		before := cloneTicket(c.Before)
		th.earlier[was] = &before
	}
	switch {
	case delivery(e) != "":
		p.target.deliver(e)
	case e.What == desk.Deleted:
		th.blank(p.account, p.target, c)
	case e.What == desk.Edited && p.target.Message.Deleted: // a deletion beats all edits
		e = blanked(e)
	case e.What == desk.Edited && !editTime(c).Before(p.target.Message.EditedAt):
		th.reword(p.target, c)
	}
	rec := &entryRecord{Entry: e, key: p.key, n: p.n}
	th.add(rec)
	s.setHead(th, c)
	s.listEntry(th, rec, c)
	s.tell(th, c)
}

// stands reports whether an entry is there already.
func (th *thread) stands(key itemKey, version int64) bool {
	if key != (itemKey{}) {
		return th.messages[key] != nil
	}
	for i := len(th.log) - 1; i >= 0 && th.log[i].Version >= version; i-- {
		if th.log[i].Version == version && th.log[i].key == (itemKey{}) {
			return true
		}
	}
	return false
}

// moved reports whether the ticket is no longer as it was read.
func (th *thread) moved(before desk.Ticket) bool {
	if th.head == nil || before.Version == 0 {
		return th.head != nil || before.Version != 0
	}
	_, is, _ := th.head.ID.Split()
	_, was, _ := before.ID.Split()
	return th.head.Version != before.Version || is != was
}

// stamped reports whether a change is next due because of what a stamp, which leaves the
// version as it is, has done since.
func (th *thread) stamped(c desk.Change) bool {
	if th.head == nil {
		return false
	}
	asked := c.After.ID == c.Before.ID && c.After.Profile == desk.ProfileWanted && c.Before.Profile == desk.ProfileWanted && th.head.Profile != desk.ProfileWanted
	forgot := !c.After.Forget.IsZero() && c.After.Forget.Equal(c.Before.Forget) && !th.head.Forget.Equal(c.After.Forget)
	return asked || forgot
}

func (th *thread) add(rec *entryRecord) {
	if rec.key != (itemKey{}) {
		th.messages[rec.key] = rec
	}
	if rec.n == 0 {
		return
	}
	i := len(th.log)
	for i > 0 && th.log[i-1].Version > rec.Version {
		i--
	}
	th.log = slices.Insert(th.log, i, rec)
}

// entryKey names the change's entry; zero for what is named by its version.
func entryKey(account string, c desk.Change) (itemKey, error) {
	if c.Event != nil && c.Event.Key != "" {
		return itemKey{account, c.Event.Key}, nil
	}
	switch c.Entry.What {
	case desk.Received, desk.Edited, desk.Deleted, desk.SentElsewhere, desk.Noticed, desk.Undelivered, desk.VendorSaid:
		return itemKey{}, fmt.Errorf("%s without its event: %w", c.Entry.What, desk.ErrInvalid)
	case desk.Replied, desk.Noted, desk.Moderated:
		if c.Entry.Message == nil || c.Entry.Message.Key == "" {
			return itemKey{}, fmt.Errorf("%s without a key: %w", c.Entry.What, desk.ErrInvalid)
		}
		return replyKey(c.Entry.Message.Key), nil
	}
	return itemKey{}, nil
}

// targetKey names the message that e is about.
func targetKey(account string, e desk.Entry) itemKey {
	if e.What == desk.Edited || e.What == desk.Deleted {
		return itemKey{account, e.Target}
	}
	return replyKey(e.Target)
}

// A route is what the table writes of a ticket only where a change changes it.
type route struct {
	team, lane string
	review     bool
	into       desk.TicketID
	told       int64
	loan       desk.Loan
	ties       string
	grace      string
}

func routeOf(t desk.Ticket) route {
	return route{t.Team, t.Lane, t.Review, t.Into, t.Told, t.Loan, fmt.Sprint(t.Ties), graceText(t.Grace)}
}

func graceText(all []desk.Grace) string {
	var text string
	for _, g := range all {
		text += fmt.Sprintf("%q %q %d\n", g.Key, g.Token, g.Until.UnixNano())
	}
	return text
}

// setHead takes the head from before to after, but for the stamps that somebody put
// on it since before was read.
func (s *Store) setHead(th *thread, c desk.Change) {
	after := cloneTicket(c.After)
	shown := &after // on lists
	if was := th.head; was != nil {
		if after.ID == c.Before.ID {
			if after.Nudged.Equal(c.Before.Nudged) {
				after.Nudged = was.Nudged
			}
			if after.Profile == c.Before.Profile {
				after.Profile = was.Profile
			}
			if r := routeOf(*was); routeOf(after) == routeOf(c.Before) && r != routeOf(after) { // it was mended since
				as := after
				shown = &as
				after.Team, after.Lane, after.Review, after.Into, after.Told, after.Loan = r.team, r.lane, r.review, r.into, r.told, r.loan
				after.Ties, after.Grace = cloneTies(was.Ties), slices.Clone(was.Grace)
			}
		}
		if after.Forget.Equal(c.Before.Forget) {
			after.Forget = was.Forget
		}
	}
	th.head = &after
	s.move(&th.work, listed(after, c.DueAt), row{of: th.name, ticket: shown})
	s.move(&th.mine, assigned(after), row{of: th.name, ticket: shown})
	s.move(&th.due, due(after, c.DueAt), row{of: th.name})
	if e := c.Event; c.Entry.Origin != nil && e != nil && e.Crowded {
		on := crowdList(e.Platform, e.Account, cmp.Or(e.Author.Alias, e.Conversation))
		s.move(&th.crowd, place{on, th.name}, row{of: th.name})
	}
}

var (
	dueList     = list{kind: "due"}
	everyList   = list{kind: "every"}
	outcomeList = list{kind: "outcome"}
)

// listEntry lists a ticket by its first entry, and any other event by its outcome.
func (s *Store) listEntry(th *thread, rec *entryRecord, c desk.Change) {
	n := strconv.Itoa(rec.n)
	switch {
	case c.Entry.Origin != nil:
		rec.delivery, rec.outcome = c.Raw.Delivery, desk.Ticketed
		s.list(everyList, row{at: position(c.After.Created, n) + "#" + cmp.Or(c.Raw.Delivery, th.name), of: th.name, n: rec.n, entry: rec})
	case c.Event != nil:
		s.settled(th, rec, desk.Appended, c.Raw)
	}
	if who := c.After.Author.ID; c.Entry.Origin != nil && who != "" {
		s.list(list{kind: "author", of: who}, row{at: position(c.After.Created, n), of: th.name, n: rec.n})
	}
	if c.Entry.What == desk.Claimed || c.Entry.What == desk.Introduced {
		s.recognised(th.name, c.After, rec.n)
	}
	if e := c.Entry; e.What == desk.Corrected && e.Was != nil {
		s.list(list{kind: "examples", of: e.At.UTC().Format(byMonth)},
			row{at: position(e.At, th.name+"#"+strconv.FormatInt(e.Version, 10)), of: th.name, n: rec.n, entry: rec})
	}
}

const byMonth = "2006-01"

// settled notes what became of an event that has an entry of its own.
func (s *Store) settled(th *thread, rec *entryRecord, o desk.Outcome, raw desk.RawEvent) {
	if raw.Delivery != "" {
		rec.delivery, rec.outcome = raw.Delivery, o
		s.list(outcomeList, row{at: position(raw.Received, string(o)) + "#" + raw.Delivery, of: th.name, entry: rec})
	}
}

// meetsTomb reports whether something came before the message of c, after its thread
// was read, and changes it.
func (th *thread) meetsTomb(c desk.Change) bool {
	m := c.Entry.Message
	if c.Entry.What != desk.Received || c.Event == nil || c.Event.ID == "" || m == nil || m.Deleted || !m.EditedAt.IsZero() {
		return false
	}
	key := itemKey{c.Event.Account, c.Event.ID}
	if !slices.Contains(th.marks, key) {
		return false
	}
	tomb := th.tombs[key]
	return tomb != nil && (tomb.Deleted || !tomb.At.Before(m.Time))
}

// editTime is when the edit was made: by the platform's clock where it says.
func editTime(c desk.Change) time.Time {
	if c.Event != nil && !c.Event.Time.IsZero() {
		return c.Event.Time
	}
	return c.Entry.At
}

// delivery is how far a reply has got by e; empty for what is about no delivery.
func delivery(e desk.Entry) desk.DeliveryState {
	switch e.What {
	case desk.Sending:
		return desk.BeingSent
	case desk.Sent, desk.ModeratedNow:
		return desk.Accepted
	case desk.SendDeferred:
		if e.Doubt {
			return desk.BeingSent
		}
		return desk.Queued
	case desk.SendFailed, desk.Undelivered, desk.ModerateFail:
		return desk.DeliveryFailed
	case desk.SendUncertain:
		return desk.DeliveryUnknown
	case desk.TakenBack:
		return desk.Undone
	}
	return ""
}

func (rec *entryRecord) deliver(e desk.Entry) {
	m := rec.Message
	if m == nil {
		return
	}
	m.Delivery, m.Problem = delivery(e), e.Why
	if e.What == desk.Sending {
		m.Tries++
	}
	if e.Message != nil && e.Message.ID != "" {
		m.ID = e.Message.ID
	}
}

// reword gives a message the text of an edit.
func (th *thread) reword(target *entryRecord, c desk.Change) {
	m := target.Message
	m.Text, m.EditedAt = c.Entry.Message.Text, editTime(c)
	th.earlierWords(target, c, func(t *desk.Ticket) {
		if t.PreviewOf == m.Key {
			t.Preview = desk.Preview(m.Text)
		}
	})
}

// blank takes a customer's words out of a message and out of everything else that
// speaks of it: edits, corrections, the tombstone, an earlier ticket.
func (th *thread) blank(account string, target *entryRecord, c desk.Change) {
	target.Entry = blanked(target.Entry)
	target.Message.Deleted = true
	th.earlierWords(target, c, func(t *desk.Ticket) {
		if t.PreviewOf == c.Entry.Target {
			t.Preview = ""
		}
		if t.VerdictOn == c.Entry.Target {
			t.Verdict = t.Verdict.Blank()
		}
	})
	about := []string{c.Entry.Target}
	if id := target.Message.ID; id != "" {
		about = append(about, id)
		delete(th.tombs, itemKey{account, id})
	}
	th.blankAbout(about)
}

// blankAbout takes the words out of every entry about one of the messages named.
func (th *thread) blankAbout(about []string) {
	for _, rec := range th.log {
		if rec.Target != "" && slices.Contains(about, rec.Target) {
			rec.Entry = blanked(rec.Entry)
		}
	}
	for _, rec := range th.messages { // the same once more, and what is in no log
		if rec.Target != "" && slices.Contains(about, rec.Target) {
			rec.Entry = blanked(rec.Entry)
		}
	}
}

// blanked returns e without a customer's words.
func blanked(e desk.Entry) desk.Entry {
	e = cloneEntry(e)
	if e.Message != nil {
		e.Message.Text, e.Message.Attachments = "", nil
	}
	if e.Verdict != nil {
		*e.Verdict = e.Verdict.Blank()
	}
	return e
}

// earlierWords changes an earlier ticket whose message target is.
func (th *thread) earlierWords(target *entryRecord, c desk.Change, change func(*desk.Ticket)) {
	_, present, _ := c.After.ID.Split()
	if was := th.earlier[target.n]; was != nil && target.n != present {
		t := cloneTicket(*was)
		change(&t)
		th.earlier[target.n] = &t
	}
}
