package dynamotest

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/skala/shared/desk"
)

// Agree does the same to two empty stores, as a seed has it, and fails at the first
// answer in which they differ. They are of one pepper: names and cursors are the same.
func Agree(t *testing.T, seed uint64, steps int, a, b Store) {
	w := &twins{T: t, dice: rand.New(rand.NewPCG(seed, 1)), a: a, b: b, now: noon}
	acts := []struct {
		weight int
		do     func()
	}{
		{6, w.message}, {3, w.again}, {2, w.older}, {4, w.alter}, {3, w.early}, {1, w.keep}, {10, w.verb}, {2, w.stamp}, {2, w.mend},
		{2, w.spill}, {4, w.quarantine}, {2, w.settle}, {1, w.balance}, {4, w.read}, {8, w.lists},
	}
	all := 0
	for _, x := range acts {
		all += x.weight
	}
	for w.step = range steps {
		w.now = w.now.Add(time.Duration(w.dice.IntN(int(20 * time.Minute)))).Truncate(time.Microsecond)
		if w.dice.IntN(40) == 0 { // tickets end while nobody looks
			w.now = w.now.Add(100 * time.Hour)
		}
		n := w.dice.IntN(all)
		for _, x := range acts {
			if n -= x.weight; n < 0 {
				x.do()
				break
			}
		}
	}
	w.read()
	w.lists()
}

// twins are the two stores, and what was done to both.
type twins struct {
	*testing.T
	dice   *rand.Rand
	a, b   Store
	now    time.Time
	step   int
	said   []string      // the last calls
	past   []desk.Change // that were committed
	events []desk.Event  // customers' messages in them
	unborn []desk.Event  // messages that something about them came before
	n      int           // keys and ids
	spills []string
	kept   []desk.Kept
}

var authors = []string{"Umalee", "Usomchai", "Unok", "Uploy"}

func pick[T any](w *twins, of []T) T { return of[w.dice.IntN(len(of))] }

// both asks both stores, and returns what they agree on.
func both[T any](w *twins, call string, ask func(Store) (T, error)) (T, error) {
	w.Helper()
	is, err := ask(w.a)
	other, otherErr := ask(w.b)
	w.said = append(w.said, fmt.Sprintf("%d %s: %s", w.step, call, kind(err)))
	if kind(err) != kind(otherErr) {
		w.Fatalf("%s\none says %v, the other %v", strings.Join(w.said[max(0, len(w.said)-20):], "\n"), err, otherErr)
	}
	if diff := gocmp.Diff(is, other, cmpopts.EquateEmpty(), wholeBytes); diff != "" && err == nil {
		w.Fatalf("%s\n(-one +other)\n%s", strings.Join(w.said[max(0, len(w.said)-20):], "\n"), diff)
	}
	return is, err
}

func (w *twins) both(call string, do func(Store) error) error {
	w.Helper()
	_, err := both(w, call, func(s Store) (struct{}, error) { return struct{}{}, do(s) })
	return err
}

// kind is what a step can tell of an error.
func kind(err error) string {
	for _, known := range []error{desk.ErrNotFound, desk.ErrDuplicate, desk.ErrStale, desk.ErrInvalid} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	if err != nil {
		return "another error"
	}
	return "fine"
}

func (w *twins) next() int {
	w.n++
	return w.n
}

func (w *twins) says() desk.Event {
	return says(pick(w, authors), w.next(), pick(w, []string{charged, "ตัดเงินสองครั้ง", "?", "555"}))
}

func (w *twins) commit(c desk.Change) {
	w.Helper()
	err := w.both(fmt.Sprintf("commit %s to %s, version %d after %d", c.Entry.What, c.After.ID, c.After.Version, c.Before.Version), func(s Store) error { return s.Commit(w.Context(), c) })
	if err == nil {
		w.past = append(w.past, c)
		if c.Entry.What == desk.Received {
			w.events = append(w.events, *c.Event)
		}
	}
	if e := c.Event; e != nil && errors.Is(err, desk.ErrStale) {
		w.unborn = append(w.unborn, *e)
	}
}

func (w *twins) thread(e desk.Event) desk.Thread {
	w.Helper()
	is, err := both(w, "thread of "+e.Key, func(s Store) (desk.Thread, error) { return s.Thread(w.Context(), e) })
	if err != nil {
		w.Fatal(err)
	}
	return is
}

// message takes one in as triage does, also one that something came before.
func (w *twins) message() {
	e := w.says()
	if len(w.unborn) > 0 && w.dice.IntN(2) == 0 {
		i := w.dice.IntN(len(w.unborn))
		e = w.unborn[i]
		w.unborn = slices.Delete(w.unborn, i, i+1)
	}
	if w.dice.IntN(4) == 0 {
		e.Attachments = []desk.Attachment{{Type: "story", URL: "https://example.com/s", Until: w.now.Add(time.Hour)}}
	}
	if thread := w.thread(e); !thread.Known {
		w.commit(changeOf(thread, e, w.now))
	}
}

// ticket is one that there is, as it was when it was last written or once before.
func (w *twins) ticket() (t desk.Ticket, ok bool) {
	if len(w.past) == 0 {
		return t, false
	}
	t = pick(w, w.past).After
	if w.dice.IntN(8) > 0 {
		is, err := both(w, "ticket "+string(t.ID), func(s Store) (desk.Ticket, error) { return s.Ticket(w.Context(), t.ID) })
		return is, err == nil
	}
	return t, true
}

// again repeats what was done.
func (w *twins) again() {
	if len(w.past) > 0 {
		w.commit(pick(w, w.past))
	}
}

// older writes what was decided on a ticket that has moved on.
func (w *twins) older() {
	if len(w.past) > 0 {
		e := w.says()
		c := pick(w, w.past)
		e.Author.ID, e.Conversation = c.After.Author.ID, c.After.Conversation
		w.commit(changeOf(desk.Thread{Ticket: c.Before}, e, w.now))
	}
}

// alter edits or deletes a message.
func (w *twins) alter() {
	if len(w.events) == 0 {
		return
	}
	target := pick(w, w.events)
	thread := w.thread(target)
	e := edit(target, w.next(), pick(w, []string{"second", charged}), target.Time.Add(time.Duration(w.dice.IntN(9))*time.Minute))
	if w.dice.IntN(3) == 0 {
		e = del(target, w.n)
	}
	if w.dice.IntN(10) == 0 {
		target.Key = "01JCnone"
	}
	c := (&story{T: w.T, now: w.now}).alters(thread.Ticket, target, e)
	w.commit(c)
	_ = w.both("entomb after it", func(s Store) error { return s.Entomb(w.Context(), e, came(e, w.now)) })
}

// early has an edit or deletion come before its message.
func (w *twins) early() {
	target := w.says()
	if len(w.unborn) > 0 && w.dice.IntN(2) == 0 {
		target = pick(w, w.unborn)
	} else {
		if w.dice.IntN(3) == 0 { // somebody has read the thread by then
			c := changeOf(w.thread(target), target, w.now)
			defer func() { w.commit(c) }()
		}
		w.unborn = append(w.unborn, target)
	}
	e := edit(target, w.next(), pick(w, []string{"second", charged}), target.Time.Add(time.Duration(w.dice.IntN(9)-3)*time.Minute))
	if w.dice.IntN(3) == 0 {
		e = del(target, w.n)
	}
	for range 1 + w.dice.IntN(2) {
		_ = w.both("entomb "+e.Target, func(s Store) error { return s.Entomb(w.Context(), e, came(e, w.now)) })
	}
}

func (w *twins) keep() {
	e := w.says()
	e.Kind = desk.Receipt
	for range 1 + w.dice.IntN(2) {
		_ = w.both("keep", func(s Store) error { return s.Keep(w.Context(), e, came(e, w.now)) })
	}
}

// verb does what people and the desk do to a ticket, whether it is possible or not.
func (w *twins) verb() {
	t, ok := w.ticket()
	if !ok {
		return
	}
	who, key := pick(w, []string{"ann", "bo"}), fmt.Sprint("key-", w.dice.IntN(12))
	var e desk.Entry
	var err error
	switch w.dice.IntN(14) {
	case 0:
		e, err = t.Claim(who, fmt.Sprint("token", w.next()), w.now, promises{})
	case 1:
		e, err = t.Assign("nok", who, "", w.now)
	case 2:
		e, err = t.HandBack("nok", desk.General, "", "ask", w.now)
	case 3:
		e, err = t.Hold(who, w.now.Add(time.Hour), "vendor", w.now)
	case 4:
		e, err = t.Solve(who, "", w.now)
	case 5:
		e, err = t.Tag(who, []string{fmt.Sprint("tag", w.next())}, w.now)
	case 6:
		e, err = t.Correct(who, corrected(t, pick(w, []desk.Category{desk.Billing, desk.Spam, desk.Fraud}), desk.High, desk.Individual), w.now)
	case 7:
		e, err = t.Note(who, key, "ask billing", w.now)
	case 8:
		e, err = t.Reply(t.Lease.Token, key, desk.Draft{Text: "กำลังตรวจสอบค่ะ", Hold: time.Duration(w.dice.IntN(3)) * time.Second}, 0, w.now)
	case 9:
		e = desk.Entry{What: pick(w, []desk.What{desk.Sending, desk.SendDeferred, desk.SendFailed, desk.SendUncertain, desk.TakenBack}), At: w.now, Target: key, Why: "slow"}
	case 10:
		e = desk.Entry{What: desk.Sent, At: w.now, Target: key, Message: &desk.Message{ID: fmt.Sprint("p-", w.next())}}
	case 11:
		e = desk.Entry{What: desk.ClosedNow, At: w.now}
	case 12:
		e = desk.Entry{What: desk.Breached, At: w.now, Metric: desk.Acknowledge, Cycle: 1, Level: 1 + w.dice.IntN(2), Deadline: t.Created, Tier: t.Tier}
	case 13:
		act, ok := t.Act(w.now, promises{}, nil)
		if !ok {
			return
		}
		e = act
	}
	if err != nil {
		return
	}
	e.Version = t.Version + 1
	w.commit(changed(t, t, e, nil))
}

func (w *twins) stamp() {
	t, ok := w.ticket()
	if !ok {
		return
	}
	at := pick(w, []time.Time{{}, w.now.Add(time.Minute + time.Microsecond)})
	switch w.dice.IntN(4) {
	case 0:
		_ = w.both("nudged", func(s Store) error { return s.Nudged(w.Context(), t, w.now, at) })
	case 1:
		_ = w.both("asked", func(s Store) error { return s.Asked(w.Context(), t, at) })
	case 2:
		_ = w.both("forgot", func(s Store) error { return s.Forgot(w.Context(), t, at, at) })
	case 3:
		_, _ = both(w, "forget", func(s Store) (time.Time, error) { return s.Forget(w.Context(), t, w.now) })
	}
}

func (w *twins) mend() {
	t, ok := w.ticket()
	if !ok {
		return
	}
	t.Preview, t.Team = "mended", pick(w, []string{"", "legal"})
	at := pick(w, []time.Time{{}, w.now.Add(time.Hour)})
	was := map[Store]desk.Head{}
	err := w.both("head", func(s Store) error {
		h, err := s.Head(w.Context(), t.ID)
		was[s] = h
		return err
	})
	if err == nil {
		_ = w.both("mend", func(s Store) error { return s.Mend(w.Context(), was[s], t, at) })
	}
}

func (w *twins) spill() {
	raw := rawEvent(w.dice.IntN(3), fmt.Append(nil, "late ", w.dice.IntN(5)))
	_ = w.both("spill", func(s Store) error { return s.Spill(w.Context(), []desk.RawEvent{raw}) })
	due, _ := both(w, "due", func(s Store) ([]desk.Due, error) { return s.Due(w.Context(), w.now.Add(time.Hour), 100) })
	for _, d := range due {
		if d.Nudge.Spill != "" {
			w.spills = append(w.spills, d.Nudge.Spill)
		}
	}
	if len(w.spills) > 0 {
		id := pick(w, w.spills)
		_, _ = both(w, "spilled", func(s Store) (desk.RawEvent, error) { return s.Spilled(w.Context(), id) })
		if w.dice.IntN(2) == 0 {
			_ = w.both("unspill", func(s Store) error { return s.Unspill(w.Context(), id) })
		}
	}
}

func (w *twins) quarantine() {
	body := fmt.Append(nil, "not JSON ", w.dice.IntN(4))
	raw := rawEvent(w.dice.IntN(3), body)
	raw.Delivery, raw.Whole = pick(w, []string{"", "w1.0", "w2.0", "w2.1"}), w.dice.IntN(2) == 0
	switch {
	case len(w.kept) == 0 || w.dice.IntN(3) == 0:
		_ = w.both("quarantine", func(s Store) error { return s.Quarantine(w.Context(), raw, fmt.Sprint("reason ", w.step)) })
	case w.dice.IntN(2) == 0:
		k, err := both(w, "replaying", func(s Store) (desk.Kept, error) {
			return s.Replaying(w.Context(), w.kept[w.step%len(w.kept)].ID, fmt.Sprint("t", w.step%3))
		})
		if err == nil {
			w.kept = append(w.kept, k)
		}
	default:
		k, token := pick(w, w.kept), fmt.Sprint("t", w.dice.IntN(3))
		_ = w.both("replayed", func(s Store) error { return s.Replayed(w.Context(), k, token, w.now) })
		_, _ = both(w, "kept", func(s Store) (desk.Kept, error) { return s.Kept(w.Context(), k.ID) })
	}
	all, _ := both(w, "quarantined", func(s Store) ([]desk.Kept, error) {
		all, _, err := s.Quarantined(w.Context(), "", 50)
		return all, err
	})
	w.kept = append(w.kept, all...)
}

func (w *twins) settle() {
	raw := desk.RawEvent{Account: "A", Received: noon.Add(time.Duration(w.dice.IntN(120)) * time.Minute), Delivery: fmt.Sprintf("w%d.%d", w.dice.IntN(4), w.dice.IntN(2))}
	_ = w.both("settle", func(s Store) error { return s.Settle(w.Context(), raw, pick(w, []desk.Outcome{desk.Duplicate})) })
	a := desk.Acceptance{Delivery: fmt.Sprint("w", w.dice.IntN(4)), Received: raw.Received, Accounts: []string{"A", "B"}[:w.dice.IntN(3)]}
	_ = w.both("accept", func(s Store) error { return s.Accept(w.Context(), a) })
}

// balance reads and closes hours.
func (w *twins) balance() {
	hour := noon.Add(time.Duration(w.dice.IntN(3)) * time.Hour)
	_, _ = both(w, "hour", func(s Store) (desk.LedgerHour, error) {
		h, err := s.LedgerHour(w.Context(), hour)
		slices.SortFunc(h.Settled, func(a, b desk.Settlement) int {
			return cmp.Or(strings.Compare(a.Delivery, b.Delivery), strings.Compare(string(a.Outcome), string(b.Outcome)))
		})
		slices.SortFunc(h.Accepted, func(a, b desk.Acceptance) int { return strings.Compare(a.Delivery, b.Delivery) })
		return h, err
	})
	now := noon.Add(5 * time.Hour)
	open, _ := both(w, "open hours", func(s Store) ([]desk.OpenHour, error) { return s.OpenHours(w.Context(), now) })
	of := pick(w, append(open, desk.OpenHour{Hour: hour}))
	if w.dice.IntN(3) == 0 {
		of.Again = "t9"
	}
	_ = w.both("close", func(s Store) error { return s.CloseHour(w.Context(), of, desk.LedgerPage{Hour: of.Hour, Closed: true}) })
	if w.dice.IntN(4) == 0 {
		_ = w.both("closed until", func(s Store) error { return s.ClosedUntil(w.Context(), of.Hour) })
	}
	_, _ = both(w, "closed hours", func(s Store) ([]desk.LedgerPage, error) {
		return s.ClosedHours(w.Context(), noon.Add(-time.Hour), hour)
	})
}

// read looks at one ticket from everywhere.
func (w *twins) read() {
	t, ok := w.ticket()
	if !ok {
		return
	}
	ids := []desk.TicketID{t.ID, pick(w, w.past).After.ID, "nobody.1"}
	_, _ = both(w, "log", func(s Store) ([]desk.Entry, error) { return s.Log(w.Context(), t.ID) })
	_, _ = both(w, "tickets", func(s Store) ([]desk.Ticket, error) { return s.Tickets(w.Context(), ids) })
	_, _ = both(w, "said", func(s Store) (desk.Message, error) { return s.Said(w.Context(), t) })
	_, _ = both(w, "message", func(s Store) (desk.Message, error) {
		return s.Message(w.Context(), t.ID, fmt.Sprint("key-", w.step%12))
	})
	_, _ = both(w, "heads", func(s Store) (found []desk.Ticket, err error) {
		heads, err := s.Heads(w.Context(), ids)
		for _, h := range heads {
			found = append(found, h.Ticket)
		}
		slices.SortFunc(found, func(a, b desk.Ticket) int { return strings.Compare(string(a.ID), string(b.ID)) })
		return found, err
	})
	if len(w.events) > 0 {
		e := pick(w, w.events)
		_, _ = both(w, "message by id", func(s Store) (desk.Message, error) {
			m, _, err := s.MessageByID(w.Context(), e.Thread(), e.ID)
			return m, err
		})
	}
}

// lists reads a list page by page, by cursors that are the same.
func (w *twins) lists() {
	limit := 1 + w.dice.IntN(6)
	// A worklist is a query for each shard of each tier and state.
	q := desk.WorklistQuery{Brands: []string{"demo"}, Tiers: []desk.Tier{pick(w, []desk.Tier{desk.General, desk.Individual, desk.Senior, desk.Senior})},
		States: []desk.State{pick(w, []desk.State{desk.New, desk.New, desk.Open, desk.Waiting, desk.OnHold, desk.Solved, desk.NoAnswer}), desk.New}}
	q.States = slices.Compact(q.States)
	who, author := pick(w, []string{"ann", "bo"}), pick(w, authors)
	switch w.dice.IntN(8) {
	case 0:
		paged(w, "worklist", func(s Store, cursor string) ([]desk.Card, string, error) {
			return s.Worklist(w.Context(), q, cursor, limit)
		})
		_, _ = both(w, "count", func(s Store) (int, error) { return s.Count(w.Context(), q) })
	case 1:
		paged(w, "standing", func(s Store, cursor string) ([]desk.TicketID, string, error) {
			return s.Standing(w.Context(), q, cursor, limit)
		})
	case 2:
		paged(w, "all", func(s Store, cursor string) ([]desk.Ticket, string, error) { return s.All(w.Context(), cursor, limit) })
	case 3:
		paged(w, "assigned", func(s Store, cursor string) ([]desk.Card, string, error) {
			return s.Assigned(w.Context(), who, cursor, limit)
		})
	case 4:
		paged(w, "written", func(s Store, cursor string) ([]desk.Ticket, string, error) {
			return s.Written(w.Context(), author, cursor, limit)
		})
	case 5:
		paged(w, "examples", func(s Store, cursor string) ([]desk.Example, string, error) {
			return s.Examples(w.Context(), noon, w.now, cursor, limit)
		})
	case 6:
		_, _ = both(w, "due", func(s Store) ([]desk.Due, error) { return s.Due(w.Context(), w.now.Add(time.Hour), 7) })
	case 7:
		_, _ = both(w, "passed", func(s Store) ([]desk.Due, error) { return s.Passed(w.Context(), q, w.now, 7) })
	}
}

func paged[T any](w *twins, call string, page func(s Store, cursor string) ([]T, string, error)) {
	w.Helper()
	type answer struct {
		Page []T
		Next string
	}
	for cursor, pages := "", 0; pages < 3; pages++ {
		is, err := both(w, call, func(s Store) (a answer, err error) {
			a.Page, a.Next, err = page(s, cursor)
			return a, err
		})
		if cursor = is.Next; cursor == "" || err != nil {
			return
		}
	}
}
