package dynamotest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// by is a change that somebody makes now.
func (s *story) by(who, what string, kind people.Kind, target string) people.Change {
	return people.Change{At: s.now, Who: who, What: what, Kind: kind, Target: target}
}

func ann() people.Member {
	return people.Member{
		ID: "ann", Name: "Ann", Sign: "A.", Roles: []string{"agent:2"}, Teams: []string{"general"}, Skills: []string{"billing"}, Languages: []string{"el", "en"},
		Brands: []string{"demo"}, Zone: "Europe/Athens", Shifts: people.Week{"mon": {"09:00-13:00", "14:00-18:00"}}, Capacity: people.Capacity{Soft: 5, Hard: 8},
		Presence: people.Presence{Away: true, Since: noon, Until: noon.Add(time.Hour), Why: "lunch"},
	}
}

func directory(_ *testing.T, s *story) {
	empty, err := s.Directory(s.Context())
	s.must(err)
	s.same(len(empty.Members)+len(empty.Teams)+len(empty.Rotas), 0)

	m, t := ann(), people.Team{ID: "general", Name: "General", Brands: []string{"demo"}, Languages: []string{"el"}, Leads: []string{"ann"}}
	r := people.Rota{
		ID: "ann", Name: "On call", Team: "general", Zone: "Europe/Athens", Start: "2026-11-23", Handover: "09:00", Turn: 7, Members: []string{"ann"},
		Hours: people.Week{"sat": {"00:00-24:00"}}, Overrides: []people.Override{{From: noon, To: noon.Add(time.Hour), Who: "ann", Why: "swapped"}},
	}
	for range 2 {
		s.must(s.EndSession(s.Context(), "ann", s.now.Add(time.Hour))) // whose id is nobody's
	}
	s.must(s.SaveMember(s.Context(), m, s.by("nok", "added", people.KindMember, m.ID)))
	s.must(s.SaveTeam(s.Context(), t, s.by("nok", "added", people.KindTeam, t.ID)))
	s.must(s.SaveRota(s.Context(), r, s.by("nok", "added", people.KindRota, r.ID))) // of the same id as somebody
	v := people.SavedView{ID: "ann", Name: "Refunds", Owner: "ann", Query: "category=billing&state=new"}
	s.must(s.SaveView(s.Context(), v, s.by("ann", "added", people.KindView, v.ID)))
	s.wants(s.SaveView(s.Context(), v, s.by("bo", "added", people.KindView, v.ID)), desk.ErrDuplicate)
	got, err := s.Directory(s.Context())
	s.must(err)
	m.Version, m.Changed, t.Version, t.Changed, r.Version, r.Changed = 1, s.now, 1, s.now, 1, s.now
	v.Version, v.Changed = 1, s.now
	s.same(got.Views, map[string]people.SavedView{"ann": v})
	s.wants(s.RemoveView(s.Context(), v.ID, 2, s.by("ann", "removed", people.KindView, v.ID)), desk.ErrStale)
	s.must(s.RemoveView(s.Context(), v.ID, 1, s.by("ann", "removed", people.KindView, v.ID)))
	s.same(got.Ended, map[string]time.Time{"ann": s.now.Add(time.Hour)})
	s.same(got.Members, map[string]people.Member{"ann": m})
	s.same(got.Teams, map[string]people.Team{"general": t})
	s.same(got.Rotas, map[string]people.Rota{"ann": r})

	s.now = s.now.Add(time.Minute)
	m.Presence = people.Presence{}
	s.must(s.SaveMember(s.Context(), m, s.by("ann", "back", people.KindMember, m.ID)))
	s.must(s.RemoveRota(s.Context(), r.ID, 1, s.by("nok", "removed", people.KindRota, r.ID)))
	got, err = s.Directory(s.Context())
	s.must(err)
	m.Version, m.Changed = 2, s.now
	s.same(got.Members, map[string]people.Member{"ann": m})
	s.same(len(got.Rotas), 0)
	s.same(len(got.Teams), 1)
}

// savedReplies counts uses of a reply beside its version.
func savedReplies(_ *testing.T, s *story) {
	r := people.SavedReply{ID: "ann", Title: "Refund", Text: "Hello {customer}", Language: "en", Owner: "ann", Categories: []desk.Category{"billing"}}
	s.wants(s.UseReply(s.Context(), r.ID, s.now), desk.ErrNotFound)
	s.must(s.SaveReply(s.Context(), r, s.by("ann", "added", people.KindReply, r.ID)))
	s.wants(s.SaveReply(s.Context(), r, s.by("ann", "added", people.KindReply, r.ID)), desk.ErrDuplicate)
	s.must(s.UseReply(s.Context(), r.ID, s.now))
	s.must(s.UseReply(s.Context(), r.ID, s.now.Add(time.Minute)))
	stands := func(want ...people.SavedReply) people.SavedReply {
		d, err := s.Directory(s.Context())
		s.must(err)
		s.same(d.RepliesOf(people.Person{ID: "ann"}), want)
		return d.Replies[r.ID]
	}
	r.Version, r.Changed, r.Uses, r.Used = 1, s.now, 2, s.now.Add(time.Minute)
	is := stands(r)
	is.Title = "Refunds"
	s.must(s.SaveReply(s.Context(), is, s.by("ann", "changed", people.KindReply, r.ID))) // keeps what was counted
	s.must(s.UseReply(s.Context(), r.ID, s.now.Add(time.Hour)))
	is.Version, is.Uses, is.Used = 2, 3, s.now.Add(time.Hour)
	stands(is)
	s.wants(s.RemoveReply(s.Context(), r.ID, 1, s.by("ann", "removed", people.KindReply, r.ID)), desk.ErrStale)
	s.must(s.RemoveReply(s.Context(), r.ID, 2, s.by("ann", "removed", people.KindReply, r.ID)))
	s.wants(s.UseReply(s.Context(), r.ID, s.now), desk.ErrNotFound)
	stands()
}

func directoryVersions(_ *testing.T, s *story) {
	m, t := ann(), people.Team{ID: "general", Name: "General"}
	change := s.by("nok", "changed", people.KindMember, m.ID)
	m.Version = 1
	s.wants(s.SaveMember(s.Context(), m, change), desk.ErrStale) // nobody is there
	m.Version = 0
	s.must(s.SaveMember(s.Context(), m, change))
	s.wants(s.SaveMember(s.Context(), m, change), desk.ErrDuplicate)
	m.Version = 2
	s.wants(s.SaveMember(s.Context(), m, change), desk.ErrStale)
	s.wants(s.RemoveTeam(s.Context(), t.ID, 1, change), desk.ErrStale)
	s.must(s.SaveTeam(s.Context(), t, change))
	s.wants(s.RemoveTeam(s.Context(), t.ID, 2, change), desk.ErrStale)
	s.must(s.RemoveTeam(s.Context(), t.ID, 1, change))
	s.wants(s.RemoveTeam(s.Context(), t.ID, 1, change), desk.ErrStale)
	s.must(s.SaveTeam(s.Context(), t, change)) // again, as a new one

	s.wants(s.SaveMember(s.Context(), people.Member{}, change), desk.ErrInvalid)
	s.wants(s.SaveMember(s.Context(), people.Member{ID: "bo"}, people.Change{}), desk.ErrInvalid)
	change.ID = "mine"
	s.wants(s.SaveMember(s.Context(), people.Member{ID: "bo"}, change), desk.ErrInvalid)
	lines, _, err := s.Audit(s.Context(), people.AuditQuery{}, "", 100)
	s.must(err)
	s.same(len(lines), 4) // what was refused left no line
}

// manyAtOnce lets several change one person at once: every change that was taken
// stands, in the item and in the log, and no other.
func manyAtOnce(_ *testing.T, s *story) {
	m := ann()
	s.must(s.SaveMember(s.Context(), m, s.by("nok", "added", people.KindMember, m.ID)))
	var wg sync.WaitGroup
	var mu sync.Mutex
	taken := 0
	for worker := range 6 {
		wg.Go(func() {
			for {
				d, err := s.Directory(s.Context())
				if err == nil {
					m := d.Members["ann"]
					m.Skills = append(slices.Clone(m.Skills), fmt.Sprint("skill", worker))
					err = s.SaveMember(s.Context(), m, s.by(fmt.Sprint("lead", worker), "changed", people.KindMember, m.ID))
				}
				if errors.Is(err, desk.ErrStale) {
					continue
				}
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					s.Error(err)
					return
				}
				taken++
				return
			}
		})
	}
	wg.Wait()
	d, err := s.Directory(s.Context())
	s.must(err)
	lines, _, err := s.Audit(s.Context(), people.AuditQuery{What: "changed"}, "", 100)
	s.must(err)
	if got := d.Members["ann"]; got.Version != 7 || len(got.Skills) != 7 || taken != 6 || len(lines) != 6 {
		s.Errorf("%d changes taken, %d in the log, version %d with %v", taken, len(lines), got.Version, got.Skills)
	}
}

// audited reads all lines that q asks for, page by page.
func (s *story) audited(q people.AuditQuery, limit int) (all []people.Change) {
	s.Helper()
	after := ""
	for page := 0; ; page++ {
		some, next, err := s.Audit(s.Context(), q, after, limit)
		s.must(err)
		if len(some) > limit {
			s.Errorf("%d lines on a page of %d", len(some), limit)
		}
		if all = append(all, some...); next == "" {
			return all
		}
		if after = next; page > 200 {
			s.Fatal("the audit log never ends")
		}
	}
}

func audit(_ *testing.T, s *story) {
	var want []people.Change // the newest first
	began := s.now
	for n := range 9 { // over three turns of a month, some of an instant
		s.now = began.AddDate(0, 0, 13*(n/2))
		kind, id := people.KindMember, fmt.Sprint("p", n%3)
		c := s.by([]string{"nok", "import"}[n%2], "added", kind, id)
		c.Why, c.Fields = "new", []people.Field{{Name: "name", Was: `"A"`, Is: `"B"`}}
		m := people.Member{ID: fmt.Sprint(id, n), Name: "N"}
		s.must(s.SaveMember(s.Context(), m, c))
		want = slices.Insert(want, 0, c)
	}
	all := s.audited(people.AuditQuery{}, 100)
	for i := range all {
		if i > 0 && all[i].ID >= all[i-1].ID {
			s.Errorf("line %d, %s, comes after %s", i, all[i].ID, all[i-1].ID)
		}
	}
	// nameless returns lines without their ids; of an instant they have no order.
	nameless := func(lines []people.Change) []people.Change {
		lines = slices.Clone(lines)
		for i := range lines {
			lines[i].ID = ""
		}
		slices.SortStableFunc(lines, func(a, b people.Change) int {
			if c := b.At.Compare(a.At); c != 0 {
				return c
			}
			return len(b.Who) - len(a.Who)
		})
		return lines
	}
	s.same(nameless(all), nameless(want))
	for _, limit := range []int{1, 2, 3, 9} {
		s.same(s.audited(people.AuditQuery{}, limit), all)
	}
	if _, next, err := s.Audit(s.Context(), people.AuditQuery{}, "", 9); err != nil || next != "" {
		s.Errorf("after all lines there is %q, %v", next, err)
	}
	for _, tt := range []struct {
		q  people.AuditQuery
		of func(people.Change) bool
	}{
		{people.AuditQuery{Who: "import"}, func(c people.Change) bool { return c.Who == "import" }},
		{people.AuditQuery{Target: "p1"}, func(c people.Change) bool { return c.Target == "p1" }},
		{people.AuditQuery{Target: "p1", Who: "nok"}, func(c people.Change) bool { return c.Target == "p1" && c.Who == "nok" }},
		{people.AuditQuery{Kind: people.KindTeam}, func(people.Change) bool { return false }},
		{people.AuditQuery{What: "removed"}, func(people.Change) bool { return false }},
		{people.AuditQuery{From: began.AddDate(0, 0, 13)}, func(c people.Change) bool { return !c.At.Before(began.AddDate(0, 0, 13)) }},
		{people.AuditQuery{To: began.AddDate(0, 0, 13)}, func(c people.Change) bool { return c.At.Before(began.AddDate(0, 0, 13)) }},
		{people.AuditQuery{From: began.Add(1), To: began.AddDate(0, 0, 39).Add(1)}, func(c people.Change) bool {
			return c.At.After(began) && !c.At.After(began.AddDate(0, 0, 39))
		}},
		{people.AuditQuery{From: began.AddDate(9, 0, 0)}, func(people.Change) bool { return false }},
		{people.AuditQuery{From: began, To: began}, func(people.Change) bool { return false }},
	} {
		want := slices.DeleteFunc(slices.Clone(all), func(c people.Change) bool { return !tt.of(c) })
		s.same(s.audited(tt.q, 100), want)
		s.same(s.audited(tt.q, 2), want)
	}
	for _, cursor := range []string{"?", "bm9uZQ", "OTk5OSN4"} {
		_, _, err := s.Audit(s.Context(), people.AuditQuery{}, cursor, 3)
		s.wants(err, desk.ErrInvalid)
	}
}

func onceByID(_ *testing.T, s *story) {
	m := people.Member{ID: "ann", Name: "Ann"}
	change := s.by("nok", "added", people.KindMember, m.ID)
	change.ID = fmt.Sprintf("%d#request-1", s.now.UnixMilli())
	for range 2 {
		s.must(s.SaveMember(s.Context(), m, change))
	}
	d, err := s.Directory(s.Context())
	s.must(err)
	lines, _, err := s.Audit(s.Context(), people.AuditQuery{}, "", 10)
	s.must(err)
	s.same([]any{len(d.Members), d.Members["ann"].Version, lines}, []any{1, int64(1), []people.Change{change}})
}
