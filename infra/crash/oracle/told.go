package oracle

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/post"
)

// untold says what people or programs are still to be told: a notice that is not
// posted, a box with lines of which no ticket knows how they ended.
func (s *State) untold() string {
	for _, at := range slices.Sorted(maps.Keys(s.Items)) {
		i := s.Items[at]
		if strings.HasPrefix(text(i, "sk"), "N#") && strings.HasPrefix(text(i, "pk"), "C#") {
			return "a notice waits"
		}
		if !strings.HasPrefix(text(i, "pk"), "BOX#") || text(i, "sk") != "HEAD" {
			continue
		}
		var b post.Box
		if err := json.Unmarshal([]byte(text(i, "doc")), &b); err != nil || b.Told < b.Seq {
			return "a box waits"
		}
	}
	return ""
}

// told: of every entry that somebody is to be told of the program got word, under one
// id however often, and the ticket knows how that ended, once; those whom it names
// have it on their lists, once.
func (j *jury) told() {
	j.lent()
	under := map[string]map[string]bool{} // ids of the letters with a notice
	for _, l := range j.w.Told() {
		for _, n := range l.Notices {
			of := fmt.Sprintf("%s at %d", n.Ticket, n.Version)
			if under[of] == nil {
				under[of] = map[string]bool{}
			}
			under[of][l.ID] = true
		}
	}
	rings := map[string]int{}
	for _, i := range j.s.Items {
		if member, ok := strings.CutPrefix(text(i, "pk"), "BELL#"); ok && strings.HasPrefix(text(i, "sk"), "N#") {
			var r post.Ring
			if err := json.Unmarshal([]byte(text(i, "doc")), &r); err != nil {
				j.say("what %s was told cannot be read: %v", member, err)
			}
			rings[fmt.Sprintf("%s at %d to %s", r.Notice.Ticket, r.Notice.Version, member)]++
		}
	}
	for _, t := range j.s.Tickets {
		results := map[int64][]string{}
		for _, e := range t.Log {
			if e.What == desk.Notified {
				results[e.Seen] = append(results[e.Seen], e.Why)
			}
		}
		is := desk.Ticket{ID: t.ID, Previous: t.Previous}
		for _, e := range t.Log {
			before := is
			is = desk.Apply(is, e, j.w.Policy.Plan)
			n, ok := desk.NoticeOf(before, is, e)
			of, want := fmt.Sprintf("%s at %d", t.ID, e.Version), 0
			if ok {
				want = 1
				if len(n.To) > 0 {
					want = 2
				}
				for _, member := range n.To {
					if got := rings[of+" to "+member]; got != 1 {
						j.say("%s was told %d times of %s", member, got, of)
					}
				}
			}
			if len(under[of]) != min(want, 1) && !slices.ContainsFunc(results[e.Version], func(why string) bool { return strings.Contains(why, " failed ") }) {
				j.say("the program was told of %s under %d ids", of, len(under[of]))
			}
			if len(results[e.Version]) != want {
				j.say("of what became of %s its ticket knows %q", of, results[e.Version])
			}
		}
	}
}

// lent: whenever a ticket came to vendors its log says once who took it, or that nobody
// did; who took it was sent it, under one id for each time however often it was tried.
func (j *jury) lent() {
	sent := map[desk.TicketID]map[string]bool{} // ids of letters
	for _, l := range j.w.Told() {
		if l.Lent == "" {
			continue
		}
		if sent[l.Lent] == nil {
			sent[l.Lent] = map[string]bool{}
		}
		sent[l.Lent][l.ID] = true
	}
	for _, t := range j.s.Tickets {
		came, said, taken, is := 0, 0, 0, desk.Ticket{ID: t.ID, Previous: t.Previous}
		for _, e := range t.Log {
			before := is
			is = desk.Apply(is, e, j.w.Policy.Plan)
			if n, ok := desk.NoticeOf(before, is, e); ok && n.Kind == desk.ToldVendor {
				came++
			}
			if e.What == desk.VendorTold {
				said++
				if !e.Passed {
					taken++
				}
			}
		}
		if came != said || taken > len(sent[t.ID]) || len(sent[t.ID]) > came {
			j.say("ticket %s came to vendors %d times: its log says %d times who has it, and they got it under %d ids", t.ID, came, said, len(sent[t.ID]))
		}
	}
}
