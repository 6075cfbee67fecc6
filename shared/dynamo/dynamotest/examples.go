package dynamotest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// corrected is a person's judgement of the message that t's verdict stands on.
func corrected(t desk.Ticket, c desk.Category, severity desk.Severity, tier desk.Tier) desk.Correction {
	v := t.Verdict
	v.Category, v.Severity, v.Tier, v.Actionable = c, severity, tier, c != desk.Spam
	return desk.Correction{Message: t.VerdictOn, Was: t.Verdict, Verdict: v, Tier: tier, Why: "seen"}
}

// learned reads all examples since an instant, page by page.
func (s *story) learned(since, now time.Time, limit int) (all []desk.Example) {
	s.Helper()
	cursor := ""
	for page := 0; ; page++ {
		some, next, err := s.Examples(s.Context(), since, now, cursor, limit)
		s.must(err)
		if all = append(all, some...); next == "" {
			return all
		}
		if cursor = next; page > 200 {
			s.Fatal("the examples never end")
		}
	}
}

func examples(_ *testing.T, s *story) {
	var want []string
	var first desk.Ticket
	began := s.now
	for n := range 7 { // over the turn of a month
		s.now = began.AddDate(0, 0, 5*n)
		t := s.receive(says(fmt.Sprint("U", n), n, charged))
		c, err := t.Correct("ann", corrected(t, desk.Delivery, desk.High, desk.Senior), s.now)
		t = s.does(t, c, err)
		want = append(want, string(t.ID))
		if n == 0 {
			first = t
		}
	}
	named := func(all []desk.Example) (ids []string) {
		for _, e := range all {
			ids = append(ids, string(e.Ticket))
		}
		return ids
	}
	for _, limit := range []int{1, 2, 3, 100} {
		s.same(named(s.learned(began, s.now, limit)), want)
	}
	s.same(named(s.learned(began.AddDate(0, 0, 5), s.now, 2)), want[1:])

	e := s.learned(began, s.now, 1)[0]
	was := verdict(charged)
	was.Reasons = nil
	s.same(e.Was, *was)
	if e.Message.Text != charged || e.Verdict.Category != desk.Delivery || e.By != "ann" || e.Why != "seen" || !e.At.Equal(began) || e.Version != 2 {
		s.Errorf("the example is %+v", e)
	}
	// A second judgement of the same message is one more; a judgement of before
	// there were examples is none.
	s.now = began.Add(time.Minute)
	c, err := first.Correct("bo", corrected(first, desk.Fraud, desk.Critical, desk.Senior), s.now)
	again := s.does(first, c, err)
	again = s.does(again, desk.Entry{What: desk.Corrected, Who: "bo", Verdict: verdict(charged), Target: first.VerdictOn}, nil)
	s.now = began.AddDate(0, 0, 30)
	want = slices.Insert(want, 1, want[0])
	s.same(named(s.learned(began, s.now, 3)), want)

	// The words go with their message, and the example with them.
	gone := s.alters(again, says("U0", 0, charged), del(says("U0", 0, charged), 50))
	s.must(s.Commit(s.Context(), gone))
	s.same(named(s.learned(began, s.now, 3)), want[2:])

	_, _, err = s.Examples(s.Context(), began, s.now, "bm9uZQ", 3)
	s.wants(err, desk.ErrInvalid)
}

func quietYears(_ *testing.T, s *story) {
	t := s.receive(says("Umalee", 1, charged))
	c, err := t.Correct("ann", corrected(t, desk.Billing, desk.Critical, desk.Senior), s.now)
	s.does(t, c, err)
	if !c.Confirms() {
		s.Error("the same again confirms nothing")
	}
	if all := s.learned(s.now.AddDate(-3, 0, 0), s.now.AddDate(3, 0, 0), 10); len(all) != 1 {
		s.Errorf("%d examples", len(all))
	}
}
