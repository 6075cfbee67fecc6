package simulation

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/skala/infra/figures"
	"example.com/skala/infra/simulation/judge"
)

// digest names all that happened on a desk, but for what is drawn at random in
// earnest: tokens and the names of deliveries.
func digest(c *judge.Case) string {
	sum := sha256.New()
	for _, t := range c.Tickets { // in the order of their ids, since they were judged
		fmt.Fprintln(sum, t.ID, t.Policy, t.State, t.Tier, t.Severity, t.Assignee, t.Clocks)
		for _, e := range t.Log {
			text := ""
			if e.Message != nil {
				text = e.Message.Key + " " + e.Message.Text + " " + string(e.Message.Delivery)
			}
			fmt.Fprintln(sum, e.Version, e.What, e.At.UnixNano(), e.Who, e.Why, e.Target, e.Assignee, e.Tier, e.Metric, e.Cycle, e.Level, e.Step, e.To, e.Passed, e.Until.UnixNano(), text)
		}
	}
	for _, a := range c.Witness.Accepted {
		fmt.Fprintln(sum, a)
	}
	for _, key := range slices.Sorted(maps.Keys(c.Witness.Taken)) {
		fmt.Fprintln(sum, key, c.Witness.Taken[key])
	}
	return hex.EncodeToString(sum.Sum(nil))[:16]
}

// shown is how many violations a report names.
const shown = 10

// Speed is how many days of tickets a second of the machine's time were simulated.
func (r *Result) Speed() float64 { return r.TicketDays / max(0.001, r.Took.Seconds()) }

// P50 and P99 are how late breaches were acted on to which nothing happened that
// excuses it.
func (r *Result) P50() time.Duration { return figures.Quantile(r.Lateness, 0.5) }

// P99 is P50 of all but one in a hundred.
func (r *Result) P99() time.Duration { return figures.Quantile(r.Lateness, 0.99) }

// Print writes the report of one run, of which all but the last line is the same
// whenever it is run again.
func (r *Result) Print(w io.Writer) {
	fmt.Fprintf(w, "%s, seed %d, run %s\n", r.Name, r.Seed, r.Digest)
	fmt.Fprintf(w, "  %d events were answered 200 and made %d tickets; %d deployments of a policy, %d storms\n", r.Events, r.Tickets, r.Deployed, r.Storms)
	fmt.Fprintf(w, "  agents: %s\n", counts(r.verbs()))
	fmt.Fprintf(w, "  %d steps died, %d calls failed, %d times another step got in between, %d nudges were lost\n", r.Deaths, r.Ills-r.Deaths, r.Meetings, r.LostNudges)
	fmt.Fprintf(w, "  for a while: %s\n", counts(r.Spells))
	fmt.Fprintf(w, "  lost %d, doubled %d; of %d deadlines that passed %d were missed\n", r.Lost, r.Doubled, r.Breaches+r.Missed, r.Missed)
	fmt.Fprintf(w, "  acted on after the deadline by p50 %.2f s, p99 %.2f s (%d); where an outage or a lost nudge kept it, p50 %.1f s, p99 %.1f s (%d)\n",
		r.P50().Seconds(), r.P99().Seconds(), len(r.Lateness), figures.Quantile(r.Excused, 0.5).Seconds(), figures.Quantile(r.Excused, 0.99).Seconds(), len(r.Excused))
	fmt.Fprintf(w, "  %d violations\n", len(r.Violations))
	for _, v := range r.Violations[:min(shown, len(r.Violations))] {
		fmt.Fprintf(w, "    seed %d, %s\n", r.Seed, v)
	}
	if more := len(r.Violations) - shown; more > 0 {
		fmt.Fprintf(w, "    and %d more\n", more)
	}
	fmt.Fprintf(w, "  %.0f ticket-days in %.1f s, %.0f a second\n", r.TicketDays, r.Took.Seconds(), r.Speed())
}

// verbs are what agents were answered, by verb and whether it was done.
func (r *Result) verbs() map[string]int {
	all := map[string]int{}
	for verb, n := range r.Verbs {
		name, status, _ := strings.Cut(verb, " ")
		switch {
		case status == "204" || name == "read" || name == "extend":
			continue
		case status != "200":
			name = "refused or broken off"
		}
		all[name] += n
	}
	return all
}

// counts writes numbers by their names.
func counts(of map[string]int) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		all = append(all, fmt.Sprintf("%s %d", name, of[name]))
	}
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(all, ", ")
}
