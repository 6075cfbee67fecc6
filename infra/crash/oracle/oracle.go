// Package oracle says what is wrong with a desk that has come to rest. It holds
// the desk to its promises by what those outside were told (whose event was
// answered 200, whose reply was taken, what platforms accepted) and by what the
// table holds, read raw or through the store's reads. It asks no step and no index.
package oracle

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/infra/crash/world"
	"example.com/skala/infra/faults"
	"example.com/skala/shared/desk"
)

// A State is all that a desk has come to.
type State struct {
	Items   map[string]faults.Item // of the table, by primary key
	Tickets []Ticket               // by id
}

// A Ticket is one as it is stored, with its log.
type Ticket struct {
	desk.Ticket
	Log     []desk.Entry
	Present bool // the thread's last
	Told    bool // its tier's queue has a nudge for it
}

// Read reads the state of a world.
func Read(ctx context.Context, w *world.World) (*State, error) {
	s := &State{}
	var err error
	if s.Items, err = w.Items(ctx); err != nil {
		return nil, err
	}
	var ids []desk.TicketID
	present := map[desk.TicketID]bool{}
	for _, i := range s.Items {
		thread, ok := strings.CutPrefix(text(i, "pk"), "C#")
		if !ok || text(i, "sk") != "HEAD" || i["v"] == nil {
			continue
		}
		last := number(i, "n")
		for n := 1; n <= last; n++ {
			ids = append(ids, desk.NewTicketID(thread, n))
		}
		present[desk.NewTicketID(thread, last)] = true
	}
	slices.Sort(ids)
	tickets, err := w.Store.Tickets(ctx, ids)
	if err != nil {
		return nil, err
	}
	if len(tickets) != len(ids) {
		return nil, fmt.Errorf("%d of %d tickets are there", len(tickets), len(ids))
	}
	for _, t := range tickets {
		log, err := w.Store.Log(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		told := slices.ContainsFunc(w.Waiting(fmt.Sprintf("Tier%dQueue", t.Tier)), func(body string) bool { return strings.Contains(body, string(t.ID)) })
		s.Tickets = append(s.Tickets, Ticket{Ticket: t, Log: log, Present: present[t.ID], Told: told})
	}
	return s, nil
}

// Unfinished says what the desk still has to carry through by itself: an event on
// its way in, a reply on its way out. It is empty for a desk at rest.
func (s *State) Unfinished() string {
	for _, at := range slices.Sorted(maps.Keys(s.Items)) {
		if strings.HasPrefix(at, "S#") && strings.HasSuffix(at, " RAW") {
			return "a spilled event waits"
		}
	}
	if waits := s.untold(); waits != "" {
		return waits
	}
	for _, t := range s.Tickets {
		if len(t.Outbox) > 0 {
			return fmt.Sprintf("%d replies of %s wait", len(t.Outbox), t.ID)
		}
	}
	return ""
}

// noise are the entries of which there may be more or fewer when things went
// wrong on the way: how often a platform was tried, or a lease extended.
//
// What became of notices is not in it either: whom a step reached depends on whether
// the directory could be read, and the jury looks at each by itself.
var noise = map[desk.What]bool{desk.Sending: true, desk.SendDeferred: true, desk.Extended: true, desk.Notified: true}

// Digest is what a desk has come to in a few words, a line for each ticket and
// entry: two runs that mean the same have equal ones. Whether queues were told is
// part of it where a step may not leave that to the sweep.
func (s *State) Digest(told bool) []string {
	var lines []string
	for _, t := range s.Tickets {
		who := fmt.Sprintf("%s/%s/%s", t.Account, t.Author.ID, number2(t.ID))
		lines = append(lines, fmt.Sprintf("%s: %s, tier %d, %s %s, assigned to %q, tags %q, %d messages", who, t.State, t.Tier, t.Severity, t.Category, t.Assignee, t.Tags, t.Messages))
		if told && t.WantsNudge() && t.Told {
			lines = append(lines, who+": its tier is told")
		}
		for _, e := range t.Log {
			if noise[e.What] {
				continue
			}
			if e.What == desk.SendUncertain { // a failure, said more carefully when an earlier try may have arrived
				e.What = desk.SendFailed
			}
			line := fmt.Sprintf("%s: %s by %q", who, e.What, e.Who)
			if e.Message != nil {
				line += " " + e.Message.Key
			}
			if e.Target != "" {
				line += " about " + e.Target
			}
			if e.Metric != "" {
				line += fmt.Sprintf(" %s %d/%d", e.Metric, e.Cycle, e.Level)
			}
			lines = append(lines, line)
		}
	}
	for at, i := range s.Items {
		if strings.HasPrefix(at, "Q#") && strings.HasSuffix(at, " RAW") && i["gsi3pk"] != nil {
			lines = append(lines, "quarantined: "+text(i, "reason"))
		}
	}
	slices.Sort(lines)
	return lines
}

func number2(id desk.TicketID) string {
	_, n, _ := id.Split()
	return strconv.Itoa(n)
}

// Differ says how two digests differ; empty for not at all.
func Differ(want, got []string) []string {
	count := map[string]int{}
	for _, line := range want {
		count[line]--
	}
	for _, line := range got {
		count[line]++
	}
	var lines []string
	for _, line := range slices.Sorted(maps.Keys(count)) {
		switch n := count[line]; {
		case n < 0:
			lines = append(lines, "missing: "+line)
		case n > 0:
			lines = append(lines, "too much: "+line)
		}
	}
	return lines
}

func text(i faults.Item, name string) string {
	if v, ok := i[name].(*types.AttributeValueMemberS); ok {
		return v.Value
	}
	return ""
}

func number(i faults.Item, name string) int {
	if v, ok := i[name].(*types.AttributeValueMemberN); ok {
		n, err := strconv.Atoi(v.Value)
		if err == nil {
			return n
		}
	}
	return 0
}

// A jury collects what is wrong.
type jury struct {
	ctx   context.Context
	w     *world.World
	s     *State
	wrong []string
	kept  []desk.Kept // everything in quarantine, once it was read
	read  bool
}

func (j *jury) say(format string, args ...any) {
	j.wrong = append(j.wrong, fmt.Sprintf(format, args...))
}

// Check returns what is wrong with the state of a world at rest.
func Check(ctx context.Context, w *world.World, s *State) ([]string, error) {
	j := &jury{ctx: ctx, w: w, s: s}
	j.threads()
	for _, t := range s.Tickets {
		j.folds(t)
		j.indexed(t)
		j.reachable(t)
		j.leases(t)
		j.breaches(t)
		j.taught(t)
	}
	j.replies()
	j.told()
	if err := j.accepted(); err != nil {
		return nil, err
	}
	j.balanced()
	return j.wrong, nil
}
