package dynamotest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/ledger"
)

// page balances the hour that noon begins.
func (s *story) page() desk.LedgerPage {
	s.Helper()
	h, err := s.LedgerHour(s.Context(), noon)
	s.must(err)
	return ledger.Reckon(h, s.now)
}

// accepts has the door take events of the account "A" in by one webhook, and
// returns them.
func (s *story) accepts(delivery string, bodies ...string) []desk.RawEvent {
	s.Helper()
	a := desk.Acceptance{Delivery: delivery, App: desk.App{Platform: "line", Name: "demo"}, Received: s.now}
	var raws []desk.RawEvent
	for n, body := range bodies {
		a.Accounts = append(a.Accounts, "A")
		raws = append(raws, desk.RawEvent{App: a.App, Account: "A", Body: []byte(body), Received: s.now, Delivery: ledger.EventDelivery(delivery, n)})
	}
	s.must(s.Accept(s.Context(), a))
	s.must(s.Accept(s.Context(), a))
	return raws
}

// one is the only kept event of the quarantine.
func (s *story) one() desk.Kept {
	s.Helper()
	kept, _, err := s.Quarantined(s.Context(), "", 10)
	s.must(err)
	if len(kept) != 1 {
		s.Fatalf("%d events are in quarantine", len(kept))
	}
	return kept[0]
}

func quarantinedAgain(_ *testing.T, s *story) {
	raws := s.accepts("w1", "gibberish", "gibberish")
	s.must(s.Quarantine(s.Context(), raws[0], "not JSON"))
	s.must(s.Quarantine(s.Context(), raws[0], "no event in it"))
	s.must(s.Quarantine(s.Context(), raws[1], "no event in it"))
	k := s.one()
	s.same(k.Reason, "no event in it")
	s.same(k.Raw, raws[0])
	s.same(s.page().Rows, []desk.LedgerRow{{Account: "A", Hour: noon, Accepted: 2, Quarantined: 1, Duplicate: 1}})
}

func replay(_ *testing.T, s *story) {
	raw := s.accepts("w1", string(noise(800_000)))[0]
	s.must(s.Quarantine(s.Context(), raw, "not JSON"))
	id := s.one().ID
	_, err := s.Replaying(s.Context(), "no such", "t0")
	s.wants(err, desk.ErrNotFound)
	k, err := s.Replaying(s.Context(), id, "t1")
	s.must(err)
	s.must(s.Quarantine(s.Context(), raw, "still not JSON")) // it came back before the replay was over
	s.must(s.Replayed(s.Context(), k, "t1", s.now))
	s.same(s.one().Reason, "still not JSON")
	_, err = s.Replaying(s.Context(), id, "t2")
	s.must(err)
	_, err = s.Replaying(s.Context(), id, "t3") // somebody else does it too
	s.must(err)
	s.must(s.Replayed(s.Context(), k, "t2", s.now))
	s.same(s.one().Raw, raw)
	for range 2 {
		s.must(s.Replayed(s.Context(), k, "t3", s.now))
		kept, _, err := s.Quarantined(s.Context(), "", 10)
		s.must(err)
		s.same(kept, []desk.Kept{})
	}
	_, err = s.Replaying(s.Context(), id, "t4")
	s.wants(err, desk.ErrNotFound)
	s.same(s.page().Rows, []desk.LedgerRow{{Account: "A", Hour: noon, Accepted: 1, InFlight: 1}})
	open, err := s.OpenHours(s.Context(), noon)
	s.must(err)
	if last := open[len(open)-1]; !last.Hour.Equal(noon) || last.Again != "t3" {
		s.Errorf("the hour is %+v", last)
	}
}

func replayedAgain(_ *testing.T, s *story) {
	raws := s.accepts("w1", string(noise(800_000)), string(noise(800_000)))
	raws[0].Whole, raws[1].Whole = true, true
	for n, raw := range raws { // the first time the same delivery comes back, then another
		s.must(s.Quarantine(s.Context(), raws[0], "not JSON"))
		k, err := s.Replaying(s.Context(), s.one().ID, "t")
		s.must(err)
		s.must(s.Replayed(s.Context(), k, "t", s.now))
		h, err := s.LedgerHour(s.Context(), noon)
		s.must(err)
		s.same(len(h.Accepted), 0) // that of the whole makes room for those of its events
		s.must(s.Quarantine(s.Context(), raw, fmt.Sprint("again ", n)))
		k = s.one()
		s.same(k.Reason, fmt.Sprint("again ", n))
		s.same(k.Raw, raw)
	}
}

func replayedAsOne(_ *testing.T, s *story) {
	raw := s.accepts("w1", "gibberish")[0]
	raw.Whole = true
	s.must(s.Quarantine(s.Context(), raw, "not JSON"))
	k, err := s.Replaying(s.Context(), s.one().ID, "t1")
	s.must(err)
	event := raw
	event.Whole, event.Delivery = false, "w1-0.0"
	for range 2 {
		s.must(s.Quarantine(s.Context(), event, "no event in it")) // before the replay is over
	}
	s.must(s.Replayed(s.Context(), k, "t1", s.now))
	s.same(s.one().Raw, raw)
	s.same(s.one().Reason, "no event in it")
	s.same(s.page().Rows, []desk.LedgerRow{{Account: "A", Hour: noon, Accepted: 2, Quarantined: 1, Duplicate: 1}})
}

func outcomes(_ *testing.T, s *story) {
	deliver := func(webhook string, e desk.Event) desk.RawEvent {
		raw := came(e, s.now)
		raw.Delivery = ledger.EventDelivery(webhook, 0)
		s.must(s.Accept(s.Context(), desk.Acceptance{Delivery: webhook, App: raw.App, Received: raw.Received, Accounts: []string{raw.Account}}))
		return raw
	}
	commit := func(e desk.Event, raw desk.RawEvent) {
		s.Helper()
		c := s.change(e)
		c.Raw = raw
		s.must(s.Commit(s.Context(), c))
	}
	first, second, early, notice := says("Umalee", 1, charged), says("Umalee", 2, charged), says("Usomchai", 3, ""), says("Usomchai", 4, "")
	commit(first, deliver("w1", first))
	commit(second, deliver("w2", second))
	thread, err := s.Thread(s.Context(), first)
	s.must(err)
	s.same([]any{thread.Known, thread.Delivery}, []any{true, "w1.0"})
	early = del(early, 3)
	s.must(s.Entomb(s.Context(), early, deliver("w3", early)))
	notice.Kind = desk.Receipt
	s.must(s.Keep(s.Context(), notice, deliver("w4", notice)))
	again := deliver("w5", first)
	for range 2 {
		s.must(s.Settle(s.Context(), again, desk.Duplicate))
	}
	s.must(s.Settle(s.Context(), deliver("w6", first), desk.Ignored))
	s.must(s.Settle(s.Context(), desk.RawEvent{Received: s.now}, desk.Ignored)) // of before there was a ledger
	deliver("w7", first)
	s.now = noon.Add(time.Hour) // the next hour's
	other := says("Unok", 9, charged)
	commit(other, deliver("w8", other))
	page := s.page()
	s.same(page.Rows, []desk.LedgerRow{{Account: first.Account, Hour: noon, Accepted: 7, Ticketed: 1, Appended: 1, Duplicate: 1, Ignored: 3, InFlight: 1}})
	if len(page.Difference) != 1 || page.Difference[0].Delivery != "w7.0" || page.Closed {
		s.Errorf("the difference is %+v", page.Difference)
	}
}

func unnamed(_ *testing.T, s *story) {
	e := says("Umalee", 1, charged)
	t := s.receive(e)
	s.must(s.Quarantine(s.Context(), desk.RawEvent{App: desk.App{Platform: "line", Name: "demo"}, Account: "A", Body: []byte("?"), Received: s.now, Delivery: "w2.0"}, "not JSON"))
	s.same(s.page().Rows, []desk.LedgerRow{
		{Account: "A", Hour: noon, Accepted: 1, Quarantined: 1},
		{Account: t.Account, Hour: noon, Accepted: 1, Ticketed: 1},
	})
}

func acceptance(_ *testing.T, s *story) {
	a := desk.Acceptance{Delivery: "w1", App: desk.App{Platform: "line", Name: "demo"}, Received: noon.Add(time.Hour - time.Millisecond),
		Accounts: slices.Concat(slices.Repeat([]string{"A"}, 500), []string{"", "B", "A"}, slices.Repeat([]string{"C"}, 497))}
	s.must(s.Accept(s.Context(), a))
	h, err := s.LedgerHour(s.Context(), noon)
	s.must(err)
	s.same(h, desk.LedgerHour{Hour: noon, Accepted: []desk.Acceptance{a}})
	h, err = s.LedgerHour(s.Context(), noon.Add(time.Hour))
	s.must(err)
	s.same(h, desk.LedgerHour{Hour: noon.Add(time.Hour)})
}

func hours(_ *testing.T, s *story) {
	raw := s.accepts("w1", "gibberish")[0]
	s.must(s.Quarantine(s.Context(), raw, "not JSON"))
	later := noon.Add(90 * time.Minute)
	open, err := s.OpenHours(s.Context(), later)
	s.must(err)
	s.same(len(open), 4) // as nothing was ever closed
	s.same(open[2], desk.OpenHour{Hour: noon})
	page := ledger.Reckon(desk.LedgerHour{Hour: noon}, later)
	for _, of := range open[:3] {
		page.Hour = of.Hour
		s.must(s.CloseHour(s.Context(), of, page))
	}
	s.must(s.ClosedUntil(s.Context(), noon))
	pages, err := s.ClosedHours(s.Context(), noon.Add(-time.Hour), later)
	s.must(err)
	s.same(len(pages), 2)
	s.same(pages[1], page)
	present := desk.OpenHour{Hour: noon.Add(time.Hour)}
	open, err = s.OpenHours(s.Context(), later)
	s.must(err)
	s.same(open, []desk.OpenHour{present})

	k, err := s.Replaying(s.Context(), s.one().ID, "t1")
	s.must(err)
	s.must(s.Replayed(s.Context(), k, "t1", s.now))
	again := []desk.OpenHour{{Hour: noon, Again: "t1", Since: s.now}, present}
	open, err = s.OpenHours(s.Context(), later)
	s.must(err)
	s.same(open, again)
	for _, stale := range []desk.OpenHour{{Hour: noon}, {Hour: noon, Again: "t0"}} { // read before it was opened again
		s.must(s.CloseHour(s.Context(), stale, page))
		open, err = s.OpenHours(s.Context(), later)
		s.must(err)
		s.same(open, again)
		pages, err = s.ClosedHours(s.Context(), noon, noon)
		s.must(err)
		s.same(pages, []desk.LedgerPage{}) // nobody is shown what it came to before
	}
	s.must(s.CloseHour(s.Context(), again[0], page))
	open, err = s.OpenHours(s.Context(), later)
	s.must(err)
	s.same(open, []desk.OpenHour{present})
}

func glimpses(_ *testing.T, s *story) {
	long, short := bytes.Repeat([]byte("not JSON "), 2000), []byte("short")
	for n, body := range [][]byte{long, short, nil, noise(400_000)} {
		e := rawEvent(-n, body)
		e.Whole = true
		s.must(s.Quarantine(s.Context(), e, fmt.Sprint("reason ", n)))
	}
	var seen []desk.Glimpse
	for cursor, pages := "", 0; ; pages++ {
		page, next, err := s.Glimpses(s.Context(), cursor, 3)
		s.must(err)
		left, err := s.QuarantinedAfter(s.Context(), cursor, 100)
		s.must(err)
		s.same(left, 4-len(seen))
		seen = append(seen, page...)
		if cursor = next; cursor == "" || pages > 5 {
			break
		}
	}
	if len(seen) != 4 {
		s.Fatalf("%d glimpses", len(seen))
	}
	for n, body := range [][]byte{long, short, nil, noise(400_000)} {
		g := seen[n]
		s.same(g.Raw.Body, body[:min(len(body), 8<<10)])
		s.same([]any{g.Bytes, g.Reason, g.Raw.Whole}, []any{len(body), fmt.Sprint("reason ", n), true})
		whole, err := s.Kept(s.Context(), g.ID)
		s.must(err)
		s.same(whole.Raw.Body, body)
		s.same(whole.At, rawEvent(-n, nil).Received)
	}
	few, err := s.QuarantinedAfter(s.Context(), "", 2)
	s.must(err)
	s.same(few, 2)
}

func noSuchID(_ *testing.T, s *story) {
	for _, id := range []string{"", "none", strings.Repeat("a", 25), strings.Repeat("A", 26), strings.Repeat("a", 26), strings.Repeat("a", 3000), strings.Repeat("a", 25) + "/"} {
		_, err := s.Kept(s.Context(), id)
		s.wants(err, desk.ErrNotFound)
		_, err = s.Replaying(s.Context(), id, "token")
		s.wants(err, desk.ErrNotFound)
	}
	raw := s.accepts("w1", "gibberish")[0]
	s.must(s.Quarantine(s.Context(), raw, "not JSON"))
	k, err := s.Replaying(s.Context(), s.one().ID, "t1")
	s.must(err)
	s.must(s.Replayed(s.Context(), k, "t1", s.now))
	_, err = s.Kept(s.Context(), k.ID)
	s.wants(err, desk.ErrNotFound)
}

func questions(_ *testing.T, s *story) {
	evening := time.Date(2036, 3, 2, 23, 59, 59, 0, time.UTC)
	var had atomic.Int32
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			left, err := s.Spend(s.Context(), evening, 7)
			if err != nil {
				s.Error(err)
			}
			if left {
				had.Add(1)
			}
		})
	}
	all.Wait()
	s.same(had.Load(), int32(7))
	for _, tt := range []struct {
		name string
		at   time.Time
		most int
		want bool
	}{
		{"the same evening, elsewhere on earth", evening.In(time.FixedZone("", 7*60*60)), 7, false},
		{"after the number was raised", evening, 8, true},
		{"and used up", evening, 8, false},
		{"after it was lowered", evening, 3, false},
		{"the next day", evening.Add(time.Second), 7, true},
	} {
		if left, err := s.Spend(s.Context(), tt.at, tt.most); left != tt.want || err != nil {
			s.Errorf("%s: %t, %v; want %t", tt.name, left, err, tt.want)
		}
	}
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	if left, err := s.Spend(ctx, evening.AddDate(0, 0, 2), 9); left || err == nil {
		s.Errorf("what could not be counted was asked: %t, %v", left, err)
	}
}
