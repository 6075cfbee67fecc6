package dynamotest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

func aMessageMakesATicket(_ *testing.T, s *story) {
	e := says("Umalee", 1, charged)
	t := s.receive(e)
	s.same(s.ticket(t.ID), t)
	if t.Version != 1 || t.Messages != 1 || t.Severity != desk.Critical {
		s.Errorf("made %+v", t)
	}
	cards, _, err := s.Worklist(s.Context(), desk.WorklistQuery{Brands: []string{"demo"}}, "", 10)
	s.must(err)
	s.same(cards, []desk.Card{t.Card()})
	due, err := s.Due(s.Context(), noon.Add(time.Hour), 10)
	s.must(err)
	s.same(due, []desk.Due{{Nudge: desk.Nudge{Ticket: t.ID}, At: t.DueAt(promises{})}})
	thread, err := s.Thread(s.Context(), e)
	s.must(err)
	if !thread.Known {
		s.Error("a message that stands is not known")
	}
}

func aNextMessage(_ *testing.T, s *story) {
	first := s.receive(says("Umalee", 1, charged))
	s.now = s.now.Add(time.Minute)
	second := s.receive(says("Umalee", 2, "ตอบด้วยค่ะ"))
	if first.ID != second.ID || second.Version != 2 || len(second.Unanswered) != 2 {
		s.Errorf("became %+v", second)
	}
	s.same(s.texts(first.ID), []string{charged, "ตอบด้วยค่ะ"})
	s.same(desk.Fold(first.ID, "", s.log(first.ID), promises{}), s.ticket(first.ID))
}

func twoPeople(_ *testing.T, s *story) {
	a, b := says("Umalee", 1, charged), says("Usomchai", 1, "มีของไหมครับ")
	a.Conversation, b.Conversation = "post-1", "post-1"
	ta, tb := s.receive(a), s.receive(b)
	if ta.ID == tb.ID {
		s.Fatal("two people share a ticket")
	}
	s.same(s.texts(ta.ID), []string{charged})
	s.same(s.texts(tb.ID), []string{"มีของไหมครับ"})
}

func racingAppends(_ *testing.T, s *story) {
	var wg sync.WaitGroup
	errs := make([]error, 10)
	for n := range errs {
		wg.Go(func() { _, errs[n] = receive(s.Context(), s.Store, says("Umalee", n+1, fmt.Sprint(n)), s.now) })
	}
	wg.Wait()
	s.must(errors.Join(errs...))
	tickets, _, err := s.All(s.Context(), "", 10)
	s.must(err)
	if len(tickets) != 1 || tickets[0].Version != 10 || tickets[0].Messages != 10 {
		s.Fatalf("%d tickets: %+v", len(tickets), tickets)
	}
	texts := s.texts(tickets[0].ID)
	slices.Sort(texts)
	s.same(texts, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"})
	s.same(desk.Fold(tickets[0].ID, "", s.log(tickets[0].ID), promises{}), tickets[0])
}

func racingDuplicates(_ *testing.T, s *story) {
	c := s.change(says("Umalee", 1, charged))
	var wg sync.WaitGroup
	errs := make([]error, 10)
	for n := range errs {
		wg.Go(func() { errs[n] = s.Commit(s.Context(), c) })
	}
	wg.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else {
			s.wants(err, desk.ErrDuplicate)
		}
	}
	if done != 1 || len(s.log(c.After.ID)) != 1 {
		s.Errorf("%d commits took effect", done)
	}
}

func duplicates(_ *testing.T, s *story) {
	c := s.change(says("Umalee", 1, charged))
	s.must(s.Commit(s.Context(), c))
	s.wants(s.Commit(s.Context(), c), desk.ErrDuplicate)
	t := s.receive(says("Umalee", 2, "?"))
	s.wants(s.Commit(s.Context(), c), desk.ErrDuplicate)
	again := s.change(says("Umalee", 1, charged))
	s.wants(s.Commit(s.Context(), again), desk.ErrDuplicate)
	s.same(s.ticket(t.ID), t)
}

func stale(_ *testing.T, s *story) {
	first, other := s.change(says("Umalee", 1, "a")), s.change(says("Umalee", 2, "b"))
	s.must(s.Commit(s.Context(), first))
	s.wants(s.Commit(s.Context(), other), desk.ErrStale)
	t := first.After
	claim, err := t.Claim("ann", "token", s.now, promises{})
	s.does(t, claim, err)
	again, err := t.Claim("bob", "token2", s.now, promises{})
	s.must(err)
	s.wants(s.Commit(s.Context(), changed(t, t, again, nil)), desk.ErrStale)
	if got := s.ticket(t.ID); got.Lease.Agent != "ann" {
		s.Errorf("claimed by %q", got.Lease.Agent)
	}
}

func racingClaims(_ *testing.T, s *story) {
	t := s.receive(says("Umalee", 1, charged))
	var wg sync.WaitGroup
	errs := make([]error, 10)
	for n := range errs {
		wg.Go(func() {
			claim, err := t.Claim(fmt.Sprintf("agent %d", n), fmt.Sprintf("token %d", n), s.now, promises{})
			if err == nil {
				err = s.Commit(s.Context(), changed(t, t, claim, nil))
			}
			errs[n] = err
		})
	}
	wg.Wait()
	var winners []string
	for n, err := range errs {
		if err == nil {
			winners = append(winners, fmt.Sprintf("token %d", n))
		} else {
			s.wants(err, desk.ErrStale)
		}
	}
	s.same(winners, []string{s.ticket(t.ID).Lease.Token})
}

func successor(_ *testing.T, s *story) {
	first := s.receive(says("Umalee", 1, charged))
	solve, err := first.Solve("ann", "refunded", s.now)
	first = s.does(first, solve, err)
	first = s.does(first, desk.Entry{What: desk.ClosedNow}, nil)
	s.now = s.now.Add(100 * time.Hour)
	second := s.receive(says("Umalee", 2, "อีกแล้ว"))
	if second.ID == first.ID || second.Previous != first.ID || second.Version != first.Version+1 {
		s.Fatalf("became %+v", second)
	}
	s.same(s.ticket(first.ID), first)
	s.same(s.ticket(second.ID), second)
	s.same(s.texts(first.ID), []string{charged})
	s.same(s.texts(second.ID), []string{"อีกแล้ว"})
	all, _, err := s.All(s.Context(), "", 10)
	s.must(err)
	s.same(all, []desk.Ticket{second, first})
	cards, _, err := s.Worklist(s.Context(), desk.WorklistQuery{Brands: []string{"demo"}}, "", 10)
	s.must(err)
	s.same(cards, []desk.Card{second.Card()})
	_, err = s.Ticket(s.Context(), desk.NewTicketID(strings.SplitN(string(first.ID), ".", 2)[0], 3))
	s.wants(err, desk.ErrNotFound)
}

func breachOnce(_ *testing.T, s *story) {
	t := s.receive(says("Umalee", 1, charged))
	s.now = s.now.Add(20 * time.Minute)
	step, ok := t.Act(s.now, promises{}, nil)
	if !ok || step.What != desk.Breached {
		s.Fatalf("acts by %+v", step)
	}
	c := changed(t, t, step, nil)
	s.must(s.Commit(s.Context(), c))
	s.wants(s.Commit(s.Context(), c), desk.ErrStale)
	step.Version = c.After.Version + 1 // the same step once more, on the ticket as it is now
	s.wants(s.Commit(s.Context(), changed(c.After, c.After, step, nil)), desk.ErrDuplicate)
	s.same(s.ticket(t.ID), c.After)
}

func chainTold(_ *testing.T, s *story) {
	t := s.receive(says("Umalee", 1, charged))
	first := t.Version
	for _, e := range []desk.Entry{
		{Level: 1, Why: "waits", Until: s.now.Add(time.Hour)},
		{Level: 2, Why: "paged lea", Step: desk.PageLead, To: []string{"lea", "max"}},
		{Level: 3, Why: "nobody of press", Step: desk.NotifyTeam, Passed: true},
	} {
		e.What, e.Metric, e.Cycle, e.Deadline, e.Tier = desk.Breached, desk.Acknowledge, 1, s.now, t.Tier
		t = s.does(t, e, nil)
		s.same(s.ticket(t.ID), t)
	}
	log, err := s.Log(s.Context(), t.ID)
	s.must(err)
	s.same(len(log), int(t.Version-first)+1)
	s.same([]desk.StepKind{log[1].Step, log[2].Step, log[3].Step}, []desk.StepKind{"", desk.PageLead, desk.NotifyTeam})
	s.same([][]string{log[1].To, log[2].To, log[3].To}, [][]string{nil, {"lea", "max"}, nil})
	s.same([]bool{log[1].Passed, log[2].Passed, log[3].Passed}, []bool{false, false, true})
	s.same(log[1].Until, s.now.Add(time.Hour))
	if c := t.Clocks[0]; c.Chain != "night" || c.Base != 1 {
		s.Errorf("the clock is in chain %q from level %d on", c.Chain, c.Base)
	}
}

func replies(_ *testing.T, s *story) {
	t := s.receive(says("Umalee", 1, charged))
	claim, err := t.Claim("ann", "token", s.now, promises{})
	t = s.does(t, claim, err)
	reply, err := t.Reply("token", "key-1", desk.Draft{Text: "กำลังตรวจสอบค่ะ"}, 0, s.now)
	t = s.does(t, reply, err)
	m, err := s.Message(s.Context(), t.ID, "key-1")
	s.must(err)
	if m.Text != "กำลังตรวจสอบค่ะ" || m.Delivery != desk.Queued || m.Tries != 0 {
		s.Errorf("written as %+v", m)
	}
	steps := []struct {
		entry desk.Entry
		state desk.DeliveryState
		tries int
	}{
		{desk.Entry{What: desk.Sending, Target: "key-1"}, desk.BeingSent, 1},
		{desk.Entry{What: desk.SendDeferred, Target: "key-1", Why: "too many", Until: s.now.Add(time.Minute)}, desk.Queued, 1},
		{desk.Entry{What: desk.Sending, Target: "key-1"}, desk.BeingSent, 2},
		{desk.Entry{What: desk.SendUncertain, Target: "key-1", Why: "timed out"}, desk.DeliveryUnknown, 2},
		{desk.Entry{What: desk.Sent, Target: "key-1", Message: &desk.Message{ID: "p-77"}}, desk.Accepted, 2},
	}
	for _, step := range steps {
		t = s.does(t, step.entry, nil)
		m, err := s.Message(s.Context(), t.ID, "key-1")
		s.must(err)
		if m.Delivery != step.state || m.Tries != step.tries || m.Problem != step.entry.Why {
			s.Errorf("%s: %+v", step.entry.What, m)
		}
	}
	m, id, err := s.MessageByID(s.Context(), says("Umalee", 1, "").Thread(), "p-77")
	s.must(err)
	if m.Key != "key-1" || id != t.ID {
		s.Errorf("p-77 is %+v of %s", m, id)
	}
	log := s.log(t.ID)
	if got := log[2].Message; got.Delivery != desk.Accepted || got.ID != "p-77" {
		s.Errorf("the log shows %+v", got)
	}
	s.wants(s.Commit(s.Context(), changed(t, t, desk.Entry{Version: t.Version + 1, What: desk.Sent, At: s.now, Target: "no such"}, nil)), desk.ErrNotFound)
	held, err := t.Reply("token", "key-2", desk.Draft{Text: "อีกสักครู่ค่ะ", Hold: 5 * time.Second}, 0, s.now)
	t = s.does(t, held, err)
	if g, ok := s.ticket(t.ID).GraceOf("key-2"); !ok || !g.Until.Equal(held.Until) || g.Token != "token" {
		s.Errorf("it can be taken back by %+v, %v", g, ok)
	}
	m, err = s.Message(s.Context(), t.ID, "key-2")
	s.must(err)
	back, err := t.TakeBack("ann", m, s.now)
	was := t
	t = s.does(t, back, err)
	if m, err := s.Message(s.Context(), t.ID, "key-2"); err != nil || m.Delivery != desk.Undone || len(s.ticket(t.ID).Grace) > 0 {
		s.Errorf("what was taken back is %+v, %v; %+v", m, err, s.ticket(t.ID).Grace)
	}
	s.wants(s.Commit(s.Context(), changed(was, was, desk.Entry{Version: was.Version + 1, What: desk.Sending, At: s.now, Target: "key-2"}, nil)), desk.ErrStale)
	note, err := t.Note("ann", "note-1", "ask billing", s.now)
	t = s.does(t, note, err)
	if m, err := s.Message(s.Context(), t.ID, "note-1"); err != nil || m.Visibility != desk.Note {
		s.Errorf("the note is %+v, %v", m, err)
	}
}

func sameReply(_ *testing.T, s *story) {
	t := s.receive(says("Umalee", 1, charged))
	claim, err := t.Claim("ann", "token", s.now, promises{})
	t = s.does(t, claim, err)
	reply, err := t.Reply("token", "key-1", desk.Draft{Text: "ค่ะ"}, 0, s.now)
	t = s.does(t, reply, err)
	again, err := t.Reply("token", "key-1", desk.Draft{Text: "ค่ะ"}, 0, s.now)
	s.must(err)
	s.wants(s.Commit(s.Context(), changed(t, t, again, nil)), desk.ErrDuplicate)
	e := says("Umalee", 2, "customers choose keys too")
	e.Key = "key-1"
	s.receive(e)
	if got := s.ticket(t.ID); got.Messages != 3 {
		s.Errorf("%d messages, want 3", got.Messages)
	}
}

func nudged(_ *testing.T, s *story) {
	t := s.receive(says("Umalee", 1, charged))
	at, next := s.now.Add(15*time.Minute), s.now.Add(30*time.Minute)
	s.must(s.Nudged(s.Context(), t, at, next))
	s.must(s.Nudged(s.Context(), t, at, next)) // a second run changes nothing
	mine := t
	mine.Preview, mine.Profile = "not what was said", desk.ProfileAsked
	s.must(s.Nudged(s.Context(), mine, at, next)) // nor does what somebody takes the rest for
	s.same([]any{s.ticket(t.ID).Preview, s.ticket(t.ID).Profile}, []any{t.Preview, t.Profile})
	got := s.ticket(t.ID)
	if got.Version != t.Version || !got.Nudged.Equal(at) {
		s.Errorf("nudged at %v, version %d", got.Nudged, got.Version)
	}
	due, err := s.Due(s.Context(), next, 10)
	s.must(err)
	s.same(due, []desk.Due{{Nudge: desk.Nudge{Ticket: t.ID}, At: next}})
	tag, err := t.Tag("ann", []string{"vip"}, s.now)
	after := s.does(t, tag, err) // read before the nudge: the stamp stays
	if got := s.ticket(t.ID); !got.Nudged.Equal(at) {
		s.Errorf("the stamp became %v", got.Nudged)
	}
	s.wants(s.Nudged(s.Context(), t, at, next), desk.ErrStale)
	s.must(s.Nudged(s.Context(), after, at, time.Time{}))
	due, err = s.Due(s.Context(), next.Add(1000*time.Hour), 10)
	s.must(err)
	s.same(due, []desk.Due{})
}

func keep(_ *testing.T, s *story) {
	e := says("Umalee", 1, "")
	e.Kind = desk.Receipt
	s.must(s.Keep(s.Context(), e, came(e, s.now)))
	s.wants(s.Keep(s.Context(), e, came(e, s.now)), desk.ErrDuplicate)
	thread, err := s.Thread(s.Context(), e)
	s.must(err)
	if !thread.Known || thread.Ticket.Version != 0 {
		s.Errorf("read as %+v", thread)
	}
	t := s.receive(says("Umalee", 2, charged))
	s.same(s.texts(t.ID), []string{charged})
}

func notThere(_ *testing.T, s *story) {
	t := s.receive(says("Umalee", 1, charged))
	thread, _, _ := t.ID.Split()
	for _, id := range []desk.TicketID{"", "nonsense", "a.b.c", "nobody.1", desk.NewTicketID(thread, 2), desk.TicketID(thread + ".01")} {
		_, err := s.Ticket(s.Context(), id)
		s.wants(err, desk.ErrNotFound)
	}
	_, err := s.Message(s.Context(), t.ID, "no such")
	s.wants(err, desk.ErrNotFound)
	_, _, err = s.MessageByID(s.Context(), says("Umalee", 1, "").Thread(), "no such")
	s.wants(err, desk.ErrNotFound)
	_, err = s.Spilled(s.Context(), "no such")
	s.wants(err, desk.ErrNotFound)
	s.must(s.Unspill(s.Context(), "no such"))
	_, err = s.ActivePolicy(s.Context())
	s.wants(err, desk.ErrNotFound)
	_, err = s.PolicyDocument(s.Context(), "no such")
	s.wants(err, desk.ErrNotFound)
}
