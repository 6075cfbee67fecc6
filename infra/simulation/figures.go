package simulation

import (
	"context"
	"time"

	"example.com/skala/infra/figures"
)

// Figures are those of .local/figures/simulate.json: of several runs together.
type Figures struct {
	figures.About
	Seed     uint64  `json:"seed"`
	Tickets  int     `json:"tickets"`
	Lost     int     `json:"lost"`
	Doubled  int     `json:"doubled"`
	Missed   int     `json:"breaches_missed"`
	Broken   int     `json:"violations"`
	Breaches int     `json:"breaches"`
	Lateness Spans   `json:"lateness_s"`
	Excused  Spans   `json:"lateness_in_trouble_s"` // of breaches that an outage or a lost nudge kept from being prompt
	Days     float64 `json:"ticket_days"`
	Speed    float64 `json:"ticket_days_per_s"`
	Runs     []One   `json:"runs"`
	Planted  int     `json:"bugs_planted"` // by infra/mutants, afterwards
	Caught   int     `json:"bugs_caught"`

	took          float64
	late, excused []time.Duration
}

// Spans are two quantiles in seconds.
type Spans struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	N   int     `json:"n"`
}

// A One is one run of them.
type One struct {
	Name    string  `json:"name"`
	Seed    uint64  `json:"seed"`
	Digest  string  `json:"digest"`
	Tickets int     `json:"tickets"`
	Took    float64 `json:"took_s"`
}

// NewFigures are of no run yet, of the checkout at root.
func NewFigures(ctx context.Context, root string, seed uint64) *Figures {
	return &Figures{About: figures.Here(ctx, root, "none: a store and queues in memory"), Seed: seed}
}

// Add adds a run.
func (f *Figures) Add(r *Result) {
	f.Tickets += r.Tickets
	f.Lost += r.Lost
	f.Doubled += r.Doubled
	f.Missed += r.Missed
	f.Broken += len(r.Violations)
	f.Breaches += r.Breaches
	f.Days += r.TicketDays
	f.took += r.Took.Seconds()
	f.Speed = f.Days / max(0.001, f.took)
	f.late, f.excused = append(f.late, r.Lateness...), append(f.excused, r.Excused...)
	f.Lateness, f.Excused = spansOf(f.late), spansOf(f.excused)
	f.Runs = append(f.Runs, One{r.Name, r.Seed, r.Digest, r.Tickets, r.Took.Seconds()})
}

func spansOf(all []time.Duration) Spans {
	return Spans{figures.Quantile(all, 0.5).Seconds(), figures.Quantile(all, 0.99).Seconds(), len(all)}
}

// Write writes them down for the checkout at root, measured since an instant.
func (f *Figures) Write(root string, since time.Time) error {
	f.Took = time.Since(since).Seconds()
	return figures.Write(root, "simulate", f)
}
