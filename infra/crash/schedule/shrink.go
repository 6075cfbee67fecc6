package schedule

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"example.com/skala/infra/faults"
)

// String is the round as Parse reads it.
func (r Round) String() string {
	doc, err := json.Marshal(r)
	if err != nil {
		return err.Error() // which numbers and words never are
	}
	return string(doc)
}

// Parse reads what String writes.
func Parse(text string) (r Round, err error) {
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return r, fmt.Errorf("a round is JSON as the failing one was printed: %w", err)
	}
	if r.Events < 0 || r.Agents < 0 || r.Workers < 1 {
		return r, fmt.Errorf("a round needs workers, and no fewer events than none")
	}
	return r, nil
}

// Shrink makes a failing round as small as it still fails, in at most so many
// runs, and returns what came of the smallest. What happens between two calls is
// not drawn, so a smaller one gets two chances to fail.
func Shrink(ctx context.Context, failing Outcome, runs int, run func(Round) (Outcome, error)) (Outcome, error) {
	for smaller := true; smaller && runs > 0; {
		smaller = false
		for _, r := range failing.Round.smaller() {
			for chance := 0; chance < 2 && runs > 0 && ctx.Err() == nil; chance++ {
				runs--
				out, err := run(r)
				if err != nil {
					return failing, err
				}
				if len(out.Wrong) > 0 {
					failing, smaller = out, true
					break
				}
			}
			if smaller {
				break
			}
		}
	}
	return failing, nil
}

// smaller lists rounds that are smaller in one way, the much smaller ones first.
func (r Round) smaller() (all []Round) {
	less := func(n, least int, set func(*Round, int)) {
		for _, to := range []int{n / 4, n / 2, n - n/4, n - 1} {
			if to = max(to, least); to < n {
				s := r
				set(&s, to)
				all = append(all, s)
			}
		}
	}
	less(r.Events, 1, func(s *Round, n int) { s.Events = n })
	less(r.Agents, 0, func(s *Round, n int) { s.Agents = n })
	less(r.Workers, 1, func(s *Round, n int) { s.Workers = n })
	if r.Rate > 0 {
		s := r
		s.Rate, s.Kinds = 0, nil
		all = append(all, s)
	}
	if n := len(r.Kinds); n > 1 {
		for _, kinds := range [][]faults.Kind{r.Kinds[:n/2], r.Kinds[n/2:]} {
			s := r
			s.Kinds = slices.Clone(kinds)
			all = append(all, s)
		}
	}
	return all
}
