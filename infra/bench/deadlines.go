package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	"example.com/skala/infra/figures"
	"example.com/skala/infra/localcopy"
	infrapolicy "example.com/skala/infra/policy"
)

// How many deadlines fall due, and over how long; the shorter clock, that triage
// arms by itself, and the longer one, that the sweep alone arms: nobody else looks
// so far ahead, and its warning is too long before it.
const (
	manyDeadlines = 600
	window        = 5 * time.Minute
	near          = response
	far           = 4 * time.Minute
	warnAfter     = 20 // percent
)

// A deadlinesReport says how late the desk acted on many deadlines.
type deadlinesReport struct {
	figures.About
	All    spans   `json:"lateness_s"`
	Near   spans   `json:"armed_by_triage_s"`
	Far    spans   `json:"armed_by_the_sweep_s"`
	Worst  float64 `json:"worst_s"`
	Over   float64 `json:"over_s"`   // from the first deadline to the last
	Sweeps int     `json:"sweeps"`   // while they were waited for
	Armed  int     `json:"armed"`    // nudges that these put on the due queue
	Jitter float64 `json:"jitter_s"` // the most by which each of them was late
	Load   string  `json:"load"`
}

// A customer's message whose first clock is waited for.
type waited struct {
	post  post
	sweep bool // it is the sweep that has to arm it
	at    time.Duration
}

// measureDeadlines has the whole desk, as `make run` starts it, meet many deadlines
// within a while: half of them set by triage seconds before, half minutes before.
func measureDeadlines(ctx context.Context, root, emulator string) (r deadlinesReport, err error) {
	began := time.Now()
	r.About, r.Jitter = figures.Here(ctx, root, emulator), jitter.Seconds()
	home, err := os.MkdirTemp("", "skala-bench-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(home)
	policy, err := nearAndFar()
	if err != nil {
		return r, err
	}
	d, err := localcopy.Make(ctx, root, home, localcopy.Options{Policy: policy, Jitter: jitter})
	if err != nil {
		return r, err
	}
	if err := d.Run(ctx); err != nil {
		return r, errors.Join(err, d.Stop())
	}
	defer func() { err = errors.Join(err, d.Stop()) }()
	all := deadlinesToCome(rand.New(rand.NewPCG(600, 5)))
	if err := sendAll(ctx, d, all); err != nil {
		return r, err
	}
	before := loadAverage()
	// The last deadline is over; what is late still comes.
	if err := pause(ctx, near+20*time.Second); err != nil {
		return r, err
	}
	r.Load = before + " when the last was sent"
	var both, nearby, away []time.Duration
	var first, last time.Time
	var mu sync.Mutex
	err = sideBySide(ctx, workers, all, func(_ int, w waited) error {
		late, at, err := breachOf(ctx, d, w.post.author)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if both = append(both, late); w.sweep {
			away = append(away, late)
		} else {
			nearby = append(nearby, late)
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	r.All, r.Near, r.Far, r.Over = spanOf(both), spanOf(nearby), spanOf(away), last.Sub(first).Seconds()
	r.Worst = figures.Quantile(both, 1).Seconds()
	r.Sweeps, r.Armed = sweepsOf(d.Said(1 << 26))
	r.Took = time.Since(began).Seconds()
	return r, nil
}

// nearAndFar is the default policy with a first clock of seconds for what is
// critical, and one of minutes for what can wait.
func nearAndFar() ([]byte, error) {
	doc := infrapolicy.Default
	for _, change := range []struct{ row, is string }{
		{"critical: {calendar: always, first_response: 15m, resolution: 4h}", fmt.Sprintf("critical: {calendar: always, acknowledge: %v, first_response: 4h, resolution: 8h}", near)},
		{"low: {first_response: 1d, resolution: 3d}", fmt.Sprintf("low: {calendar: always, acknowledge: %v, first_response: 8h, resolution: 24h}", far)},
		{"warn: 75 ", fmt.Sprintf("warn: %d ", warnAfter)},
	} {
		if !bytes.Contains(doc, []byte(change.row)) {
			return nil, fmt.Errorf("the default policy has no %q, which the bench changes", change.row)
		}
		doc = bytes.Replace(doc, []byte(change.row), []byte(change.is), 1)
	}
	return doc, nil
}

// deadlinesToCome are as many messages, by when they are sent, whose deadlines are
// spread at random over the window.
func deadlinesToCome(chance *rand.Rand) (all []waited) {
	for n := range manyDeadlines {
		due := far + time.Duration(chance.Int64N(int64(window)))
		w := waited{at: due - near}
		if n%2 == 0 {
			w.sweep, w.at = true, due-far
		}
		all = append(all, w)
	}
	return all
}

// again is how often a message is sent once more that was not taken. The clocks of
// one that is sent late begin late.
const again = 3

// sendAll posts each message when its time has come.
func sendAll(ctx context.Context, d *localcopy.Desk, all []waited) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	began := time.Now()
	var sending sync.WaitGroup
	for i := range all {
		w := &all[i]
		sending.Go(func() {
			if pause(ctx, w.at-time.Since(began)) != nil {
				return
			}
			text := chargedTwice
			if w.sweep {
				text = openingHours
			}
			w.post = newPost(text, now())
			err := send(ctx, d, w.post)
			for range again { // as platforms do, to a door that is too busy
				if err == nil || pause(ctx, time.Second) != nil {
					break
				}
				err = send(ctx, d, w.post)
			}
			if err != nil {
				cancel(err)
			}
		})
	}
	sending.Wait()
	return context.Cause(ctx)
}

func spanOf(took []time.Duration) spans {
	return spans{figures.Quantile(took, 0.5).Seconds(), figures.Quantile(took, 0.99).Seconds(), len(took)}
}

// sweepsOf counts the sweeps that the desk's own words tell of, and what they found
// due: lines such as "10:00:00.123 escalate  INFO  sweep due=3 outcome=done".
func sweepsOf(said string) (sweeps, due int) {
	for line := range strings.Lines(said) {
		if _, about, found := strings.Cut(line, " sweep "); found {
			for field := range strings.FieldsSeq(about) {
				n := 0
				if _, err := fmt.Sscanf(field, "due=%d", &n); err == nil {
					sweeps, due = sweeps+1, due+n
				}
			}
		}
	}
	return sweeps, due
}
