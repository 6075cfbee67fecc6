package dynamotest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// noise is a body that no compression makes smaller.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{7})
	_, _ = r.Read(b) // it never fails
	return b
}

// filled sets every field that v has to something.
func filled(v reflect.Value, n *int) {
	*n++
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(noon.Add(time.Duration(*n)*time.Hour + time.Duration(*n))))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("v%d ก", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint8:
		v.SetUint(uint64(1 + *n%3))
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			filled(v.Index(i), n)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			filled(v.Field(i), n)
		}
	}
}

func everything(_ *testing.T, s *story) {
	e := says("Umalee", 1, charged)
	c := s.change(e)
	n := 0
	after := desk.Ticket{}
	filled(reflect.ValueOf(&after).Elem(), &n)
	after.ID, after.Version = c.After.ID, c.After.Version
	c.After = after
	entry := desk.Entry{}
	filled(reflect.ValueOf(&entry).Elem(), &n)
	entry.Version, entry.What, entry.Message.Deleted = c.Entry.Version, desk.Received, false
	c.Entry = entry
	s.must(s.Commit(s.Context(), c))
	s.same(s.ticket(after.ID), after)
	s.same(s.log(after.ID), []desk.Entry{entry})

	before := after
	next := before.Successor()
	filled(reflect.ValueOf(&next.Origin).Elem(), &n)
	next.Version++
	solved := desk.Entry{Version: next.Version, What: desk.SolvedNow, At: noon}
	s.must(s.Commit(s.Context(), desk.Change{Before: before, After: next, Entry: solved}))
	s.same(s.ticket(before.ID), before)
	s.same(s.ticket(next.ID), next)
}

func noCursors(_ *testing.T, s *story) {
	for _, cursor := range []string{"§", strings.Repeat("a", 200)} {
		_, _, all := s.All(s.Context(), cursor, 5)
		_, _, every := s.Every(s.Context(), cursor, 5)
		_, _, work := s.Worklist(s.Context(), desk.WorklistQuery{Brands: []string{"demo"}}, cursor, 5)
		_, _, mine := s.Assigned(s.Context(), "ann", cursor, 5)
		_, _, author := s.Written(s.Context(), "ann", cursor, 5)
		_, _, taught := s.Examples(s.Context(), noon, noon, cursor, 5)
		_, _, aside := s.Quarantined(s.Context(), cursor, 5)
		_, _, shown := s.Glimpses(s.Context(), cursor, 5)
		_, left := s.QuarantinedAfter(s.Context(), cursor, 5)
		_, _, lines := s.Audit(s.Context(), people.AuditQuery{}, cursor, 5)
		for n, err := range []error{all, every, work, mine, author, taught, aside, shown, left, lines} {
			if !errors.Is(err, desk.ErrInvalid) {
				s.Errorf("%d: %v", n, err)
			}
		}
	}
}

func due(_ *testing.T, s *story) {
	var want []desk.Due
	for n := range 40 {
		s.now = noon.Add(time.Duration(n*37%40) * time.Second).Add(300 * time.Microsecond)
		t := s.receive(says(fmt.Sprintf("U%d", n), 1, charged))
		at := t.DueAt(promises{})
		want = append(want, desk.Due{Nudge: desk.Nudge{Ticket: t.ID}, At: at.Truncate(time.Millisecond).Add(time.Millisecond)})
	}
	slices.SortFunc(want, func(a, b desk.Due) int { return a.At.Compare(b.At) })
	got, err := s.Due(s.Context(), want[24].At, 1000)
	s.must(err)
	s.same(got, want[:25])
	got, err = s.Due(s.Context(), want[24].At, 10)
	s.must(err)
	s.same(got, want[:10])
	got, err = s.Due(s.Context(), want[0].At.Add(-time.Millisecond), 10)
	s.must(err)
	s.same(got, []desk.Due{})
}

// onList makes n tickets of different authors a second apart.
func (s *story) onList(prefix string, n int) []desk.Ticket {
	s.Helper()
	var made []desk.Ticket
	for k := range n {
		s.now = s.now.Add(time.Second)
		made = append(made, s.receive(says(fmt.Sprintf("%s%d", prefix, k), 1, charged)))
	}
	return made
}

func worklists(_ *testing.T, s *story) {
	made := s.onList("U", 23)
	claim, err := made[3].Claim("ann", "token", s.now, promises{})
	made[3] = s.does(made[3], claim, err)
	back, err := made[5].HandBack("nok", desk.General, "", "ask for the order", s.now)
	made[5] = s.does(made[5], back, err)
	hold, err := made[7].Hold("nok", s.now.Add(time.Hour), "vendor", s.now)
	made[7] = s.does(made[7], hold, err)
	var want []desk.Card
	for _, t := range made {
		want = append(want, t.Card())
	}
	slices.SortStableFunc(want, func(a, b desk.Card) int { return a.Deadline.Compare(b.Deadline) })
	var got []desk.Card
	for cursor, pages := "", 0; ; pages++ {
		cards, next, err := s.Worklist(s.Context(), desk.WorklistQuery{Brands: []string{"demo", "other"}}, cursor, 5)
		s.must(err)
		got = append(got, cards...)
		if cursor = next; cursor == "" || pages > 10 {
			break
		}
	}
	s.same(got, want)
	_, next, err := s.Worklist(s.Context(), desk.WorklistQuery{Brands: []string{"demo"}}, "", len(want))
	s.must(err)
	s.same(next, "")
	one := func(q desk.WorklistQuery, ids ...desk.TicketID) {
		s.Helper()
		cards, _, err := s.Worklist(s.Context(), q, "", 50)
		s.must(err)
		var found []desk.TicketID
		for _, c := range cards {
			found = append(found, c.ID)
		}
		s.same(found, ids)
		n, err := s.Count(s.Context(), q)
		s.must(err)
		s.same(n, len(ids))
	}
	one(desk.WorklistQuery{Brands: []string{"demo"}, States: []desk.State{desk.Open}}, made[3].ID)
	one(desk.WorklistQuery{Brands: []string{"demo"}, Tiers: []desk.Tier{desk.General}}, made[5].ID)
	one(desk.WorklistQuery{Brands: []string{"demo"}, States: []desk.State{desk.OnHold}}, made[7].ID)
	one(desk.WorklistQuery{Brands: []string{"other"}})
	_, _, err = s.Worklist(s.Context(), desk.WorklistQuery{Brands: []string{"demo"}}, "§", 5)
	s.wants(err, desk.ErrInvalid)
}

func leavesLists(_ *testing.T, s *story) {
	t := s.receive(says("Umalee", 1, charged))
	list := func(states ...desk.State) []desk.Card {
		cards, _, err := s.Worklist(s.Context(), desk.WorklistQuery{Brands: []string{"demo"}, States: states}, "", 5)
		s.must(err)
		return cards
	}
	solve, err := t.Solve("ann", "", s.now)
	t = s.does(t, solve, err)
	s.same(list(), []desk.Card{})
	s.same(list(desk.Solved), []desk.Card{t.Card()})
	t = s.does(t, desk.Entry{What: desk.ClosedNow}, nil)
	s.same(list(desk.Solved, desk.Closed), []desk.Card{})
	s.same(s.ticket(t.ID), t)
}

func noAnswer(_ *testing.T, s *story) {
	c := s.change(says("Umalee", 1, "555"))
	v := *c.Entry.Verdict
	v.Actionable, v.Category, v.Severity = false, desk.Other, desk.Low
	c.Entry.Verdict = &v
	c = changed(c.Before, c.Before, c.Entry, c.Event)
	s.must(s.Commit(s.Context(), c))
	cards, _, err := s.Worklist(s.Context(), desk.WorklistQuery{Brands: []string{"demo"}}, "", 5)
	s.must(err)
	s.same(cards, []desk.Card{})
	cards, _, err = s.Worklist(s.Context(), desk.WorklistQuery{Brands: []string{"demo"}, States: []desk.State{desk.NoAnswer}}, "", 5)
	s.must(err)
	s.same(cards, []desk.Card{c.After.Card()})
}

func paging(_ *testing.T, s *story) {
	made := s.onList("U", 20)
	seen := map[desk.TicketID]int{}
	for cursor, pages := "", 0; ; pages++ {
		tickets, next, err := s.All(s.Context(), cursor, 4)
		s.must(err)
		for _, t := range tickets {
			seen[t.ID]++
		}
		s.onList(fmt.Sprintf("New%d-", pages), 2) // newer ones come in front
		tag, err := made[pages].Tag("ann", []string{"seen"}, s.now)
		s.does(made[pages], tag, err)
		if cursor = next; cursor == "" || pages > 10 {
			break
		}
	}
	for _, t := range made {
		if seen[t.ID] != 1 {
			s.Errorf("%s came %d times", t.ID, seen[t.ID])
		}
	}
}

func all(_ *testing.T, s *story) {
	made := s.onList("U", 9)
	solve, err := made[2].Solve("ann", "", s.now)
	made[2] = s.does(made[2], solve, err)
	made[2] = s.does(made[2], desk.Entry{What: desk.ClosedNow}, nil)
	slices.Reverse(made)
	got, next, err := s.All(s.Context(), "", 9)
	s.must(err)
	s.same(got, made)
	if next != "" {
		s.Error("promises more than there is")
	}
}

func assigned(_ *testing.T, s *story) {
	made := s.onList("U", 4)
	for n, who := range []string{"ann", "bob", "ann", "ann"} {
		assign, err := made[n].Assign("nok", who, "", s.now)
		made[n] = s.does(made[n], assign, err)
	}
	solve, err := made[3].Solve("ann", "", s.now)
	made[3] = s.does(made[3], solve, err)
	s.does(made[3], desk.Entry{What: desk.ClosedNow}, nil)
	first, next, err := s.Assigned(s.Context(), "ann", "", 1)
	s.must(err)
	s.same(first, []desk.Card{made[0].Card()})
	rest, next, err := s.Assigned(s.Context(), "ann", next, 5)
	s.must(err)
	s.same(rest, []desk.Card{made[2].Card()})
	if next != "" {
		s.Error("promises more than there is")
	}
}

func written(_ *testing.T, s *story) {
	made := s.onList("U", 3) // each of another author
	who := made[1]
	assign, err := who.Assign("nok", "ann", "", s.now)
	who = s.does(who, assign, err)
	solve, err := who.Solve("ann", "", s.now)
	who = s.does(who, solve, err)
	who = s.does(who, desk.Entry{What: desk.ClosedNow}, nil)
	got, next, err := s.Written(s.Context(), who.Author.ID, "", 5)
	s.must(err)
	s.same(got, []desk.Ticket{who})
	if next != "" {
		s.Error("promises more than there is")
	}
	got, _, err = s.Written(s.Context(), "nobody", "", 5)
	s.must(err)
	s.same(len(got), 0)
}

func tickets(_ *testing.T, s *story) {
	made := s.onList("U", 3)
	got, err := s.Tickets(s.Context(), []desk.TicketID{made[2].ID, "nobody.1", made[0].ID, "nonsense"})
	s.must(err)
	s.same(got, []desk.Ticket{made[2], made[0]})
	got, err = s.Tickets(s.Context(), nil)
	s.must(err)
	s.same(got, []desk.Ticket{})
}

func rawEvent(n int, body []byte) desk.RawEvent {
	return desk.RawEvent{App: desk.App{Platform: "line", Name: "demo"}, Account: "U1", Header: map[string]string{"webhook-id": "w1"}, Body: body,
		Received: noon.Add(time.Duration(n) * time.Second)}
}

func spill(_ *testing.T, s *story) {
	large, small := rawEvent(1, noise(3<<20)), rawEvent(2, []byte(`{"events":[]}`))
	s.must(s.Spill(s.Context(), []desk.RawEvent{large, small}))
	again := small
	again.Received = again.Received.Add(-time.Second)
	s.must(s.Spill(s.Context(), []desk.RawEvent{again, large}))
	other := small
	other.Delivery = "w2.0"
	s.must(s.Spill(s.Context(), []desk.RawEvent{other}))
	two, err := s.Due(s.Context(), noon.Add(time.Minute), 10)
	s.must(err)
	s.same(len(two), 3) // it came twice, and each gets its outcome
	for _, d := range two {
		if e, err := s.Spilled(s.Context(), d.Nudge.Spill); err == nil && e.Delivery == other.Delivery {
			s.must(s.Unspill(s.Context(), d.Nudge.Spill))
		}
	}
	due, err := s.Due(s.Context(), noon.Add(time.Minute), 10)
	s.must(err)
	if len(due) != 2 {
		s.Fatalf("due are %+v", due)
	}
	for n, want := range []desk.RawEvent{large, small} {
		got, err := s.Spilled(s.Context(), due[n].Nudge.Spill)
		s.must(err)
		if !bytes.Equal(got.Body, want.Body) || !due[n].At.Equal(want.Received) {
			s.Errorf("due at %v, %d bytes came back", due[n].At, len(got.Body))
		}
		got.Body, want.Body = nil, nil
		s.same(got, want)
		s.must(s.Unspill(s.Context(), due[n].Nudge.Spill))
		s.must(s.Unspill(s.Context(), due[n].Nudge.Spill))
		_, err = s.Spilled(s.Context(), due[n].Nudge.Spill)
		s.wants(err, desk.ErrNotFound)
	}
	due, err = s.Due(s.Context(), noon.Add(time.Minute), 10)
	s.must(err)
	s.same(due, []desk.Due{})
}

func quarantine(_ *testing.T, s *story) {
	for n := range 5 {
		body := fmt.Appendf(nil, "not JSON %d", n)
		if n == 2 {
			body = noise(3 << 20)
		}
		s.must(s.Quarantine(s.Context(), rawEvent(n, body), "unreadable"))
		s.must(s.Quarantine(s.Context(), rawEvent(n, body), "unreadable"))
	}
	first, next, err := s.Quarantined(s.Context(), "", 2)
	s.must(err)
	rest, next, err := s.Quarantined(s.Context(), next, 10)
	s.must(err)
	kept := slices.Concat(first, rest)
	if len(first) != 2 || len(kept) != 5 || next != "" {
		s.Fatalf("%d and %d, next %q", len(first), len(kept), next)
	}
	for n, k := range kept {
		if !k.At.Equal(noon.Add(time.Duration(4-n)*time.Second)) || k.Reason != "unreadable" || k.ID == "" || k.Raw.Header["webhook-id"] != "w1" {
			s.Errorf("kept %s at %v for %q", k.ID, k.At, k.Reason)
		}
	}
	if !bytes.Equal(kept[2].Raw.Body, noise(3<<20)) || string(kept[0].Raw.Body) != "not JSON 4" {
		s.Error("a body is not what was kept")
	}
}

func policy(_ *testing.T, s *story) {
	small, large := []byte("version: 1\n"), noise(900_000)
	first, err := s.PutPolicy(s.Context(), small, noon)
	s.must(err)
	second, err := s.PutPolicy(s.Context(), large, noon)
	s.must(err)
	for hash, want := range map[string][]byte{first: small, second: large} {
		doc, err := s.PolicyDocument(s.Context(), hash)
		s.must(err)
		if !bytes.Equal(doc, want) || len(hash) != 32 {
			s.Errorf("%s holds %d bytes, want %d", hash, len(doc), len(want))
		}
	}
	active, err := s.ActivePolicy(s.Context())
	s.must(err)
	s.same(active, second)
	_, err = s.PutPolicy(s.Context(), small, noon) // back to an old version
	s.must(err)
	active, err = s.ActivePolicy(s.Context())
	s.must(err)
	s.same(active, first)
}
