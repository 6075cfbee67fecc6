package console

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"example.com/skala/shared/desk"
)

// counted bounds what is counted of a list, countFor how long a count serves
// everybody: each look costs half a read unit for every brand, tier, state and
// shard, and half for each 4 KB of cards; with one brand 200 queries and some 100
// units, which is one to two a second for each instance that somebody looks at.
const (
	counted  = 300
	countFor = time.Minute
)

// soon is how near the end of a clock is for a ticket to be about to be late.
const soon = time.Hour

// counts remembers how much waits, by the brands that it was counted for.
type counts struct {
	mu sync.Mutex
	of map[string]counting
}

type counting struct {
	at time.Time // when somebody last went to count
	tally
}

// A tally says how many tickets lists have; what is not there nobody counted.
type tally struct {
	tiers  [desk.Tiers]string // new and open ones, in words
	lists  map[string]int     // of all tiers, by the side's names of them
	teams  map[string]int     // new and open ones, by team
	people map[string]int     // what is theirs and has not come to its end
	more   [2]bool            // there are more on those of new and open, on any
}

// working are the states that somebody here has to do something in, resting those
// in which they wait for another.
var (
	working = []desk.State{desk.New, desk.Open}
	resting = []desk.State{desk.Waiting, desk.OnHold, desk.Solved}
)

// tally returns how much waits. While one request counts anew, others are served
// what was counted before.
func (c *Console) tally(ctx context.Context) tally {
	now, of := c.now(), bounds(ctx)
	c.counts.mu.Lock()
	before := c.counts.of[of]
	fresh := now.Sub(before.at) < countFor && !now.Before(before.at)
	if !fresh {
		c.counts.keep(of, counting{now, before.tally})
	}
	c.counts.mu.Unlock()
	if fresh {
		return before.tally
	}
	is, err := c.count(ctx, now)
	if err != nil {
		c.cfg.Log.WarnContext(ctx, "tickets not counted", "err", err)
		return before.tally
	}
	c.counts.mu.Lock()
	defer c.counts.mu.Unlock()
	c.counts.keep(of, counting{now, is})
	return is
}

// keep notes what was counted; of each set of brands that somebody is limited to
// there is one.
func (c *counts) keep(of string, is counting) {
	if c.of == nil {
		c.of = map[string]counting{}
	}
	c.of[of] = is
}

// count reads worklists, each tier's by itself: of all together, those of the busiest
// would be counted alone.
func (c *Console) count(ctx context.Context, now time.Time) (tally, error) {
	is := tally{lists: map[string]int{}, teams: map[string]int{}, people: map[string]int{}}
	pages := make([]struct {
		cards []desk.Card
		more  bool
		err   error
	}, 2*len(is.tiers))
	var wait sync.WaitGroup
	for i := range pages {
		wait.Go(func() {
			q := desk.WorklistQuery{Brands: c.brands(), Tiers: []desk.Tier{desk.Tier(i / 2)}, States: [][]desk.State{working, resting}[i%2]}
			cards, next, err := c.cfg.Lists.Worklist(ctx, q, "", counted)
			_, err = c.spared(ctx, err)
			pages[i].cards, pages[i].more, pages[i].err = cards, next != "", err
		})
	}
	wait.Wait()
	for i, page := range pages {
		if page.err != nil {
			return tally{}, page.err
		}
		works := i%2 == 0
		if works {
			is.tiers[i/2] = atLeast(len(page.cards), page.more)
		}
		is.more = [2]bool{is.more[0] || works && page.more, is.more[1] || page.more}
		for _, card := range page.cards {
			is.add(card, works, now)
		}
	}
	return is, nil
}

// add counts a ticket on every list that has it, as those lists choose.
func (t *tally) add(card desk.Card, works bool, now time.Time) {
	if works && card.Assignee == "" {
		t.lists["unassigned"]++
	}
	if card.State.Working() && !card.Deadline.IsZero() && !card.Deadline.After(now.Add(soon)) {
		t.lists["soon"]++
	}
	if !works {
		t.lists[string(card.State)]++
	}
	if card.Review {
		t.lists["unsure"]++
	}
	if works && card.Team != "" {
		t.teams[card.Team]++
	}
	if card.Assignee != "" {
		t.people[card.Assignee]++
	}
}

// list is the count of one of the side's lists, team that of a team's, mine that of
// what is somebody's; empty where nobody counted.
func (t tally) list(name string) string {
	if t.lists == nil || !slices.Contains(countedLists, name) {
		return ""
	}
	return atLeast(t.lists[name], t.more[1] && name != "unassigned" || t.more[0])
}

func (t tally) team(id string) string {
	if t.teams == nil {
		return ""
	}
	return atLeast(t.teams[id], t.more[0])
}

func (t tally) mine(who string) string {
	if t.people == nil {
		return ""
	}
	return atLeast(t.people[who], t.more[1])
}

// countedLists are those of the side, and of the tabs, that are counted.
var countedLists = []string{"unassigned", "soon", string(desk.Waiting), string(desk.OnHold), "unsure"}

// atLeast is a count as a page shows it.
func atLeast(n int, more bool) string {
	if more {
		return strconv.Itoa(n) + "+"
	}
	return strconv.Itoa(n)
}
