package console

import (
	"context"
	"strconv"
	"sync"
	"time"

	"example.com/skala/shared/desk"
)

// counted bounds what is counted of a list, countFor how long a count serves
// everybody: each look costs half a read unit for every brand, tier, state and
// shard, and half for each 4 KB of cards; with one brand some 80 in all, which is
// three a second for each instance that somebody looks at.
const (
	counted  = 300
	countFor = 30 * time.Second
)

// soon is how near the end of a clock is for a ticket to be about to be late.
const soon = time.Hour

// counts remembers how much waits.
type counts struct {
	mu sync.Mutex
	at time.Time // when somebody last went to count
	tally
}

// A tally says how many tickets lists have, in words; what is not there nobody
// counted.
type tally struct {
	tiers [desk.Tiers]string // new and open ones
	lists map[string]string  // of all tiers, by the side's names of them
	teams map[string]string  // new and open ones, by team
}

// tally returns how much waits. While one request counts anew, others are served
// what was counted before.
func (c *Console) tally(ctx context.Context) tally {
	now := c.now()
	c.counts.mu.Lock()
	before, fresh := c.counts.tally, now.Sub(c.counts.at) < countFor && !now.Before(c.counts.at)
	if !fresh {
		c.counts.at = now
	}
	c.counts.mu.Unlock()
	if fresh {
		return before
	}
	is, err := c.count(ctx, now)
	if err != nil {
		c.cfg.Log.WarnContext(ctx, "tickets not counted", "err", err)
		return before
	}
	c.counts.mu.Lock()
	defer c.counts.mu.Unlock()
	c.counts.tally = is
	return is
}

func (c *Console) count(ctx context.Context, now time.Time) (tally, error) {
	var is tally
	lists, teams := map[string]int{"unassigned": 0, "soon": 0}, map[string]int{}
	more := false
	for tier := range is.tiers { // each by itself: of all together, those of the busiest would be counted alone
		q := desk.WorklistQuery{Brands: c.brands(), Tiers: []desk.Tier{desk.Tier(tier)}, States: []desk.State{desk.New, desk.Open}}
		cards, next, err := c.cfg.Lists.Worklist(ctx, q, "", counted)
		if err != nil {
			return is, err
		}
		is.tiers[tier] = atLeast(len(cards), next != "")
		more = more || next != ""
		for _, card := range cards {
			if card.Assignee == "" {
				lists["unassigned"]++
			}
			if !card.Deadline.IsZero() && !card.Deadline.After(now.Add(soon)) {
				lists["soon"]++
			}
			if card.Team != "" {
				teams[card.Team]++
			}
		}
	}
	is.lists, is.teams = map[string]string{}, map[string]string{}
	for name, n := range lists {
		is.lists[name] = atLeast(n, more)
	}
	for name, n := range teams {
		is.teams[name] = atLeast(n, more)
	}
	return is, nil
}

// atLeast is a count as a page shows it.
func atLeast(n int, more bool) string {
	if more {
		return strconv.Itoa(n) + "+"
	}
	return strconv.Itoa(n)
}
