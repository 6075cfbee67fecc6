package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"time"

	"example.com/skala/infra/figures"
	"example.com/skala/infra/localcopy"
	infrapolicy "example.com/skala/infra/policy"
)

// How many messages are followed to their tickets, one after the other, and how
// many deadlines to their breach, spread over a while; the clocks of those run
// for response, and the schedule is late by up to jitter.
const (
	followed  = 60
	deadlines = 60
	spread    = 30 * time.Second
	response  = 5 * time.Second
	jitter    = 59 * time.Second
)

// spans are two quantiles in the unit of their key.
type spans struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	N   int     `json:"n"`
}

// deskFigures are of the whole desk as `make run` starts it.
type deskFigures struct {
	Visible  spans   `json:"event_to_ticket_ms"` // from before the post until the API shows the ticket
	Lateness spans   `json:"lateness_s"`         // of a breach's action, from its deadline
	UpAfter  float64 `json:"desk_up_s"`
}

func measureDesk(ctx context.Context, root string) (f deskFigures, err error) {
	home, err := os.MkdirTemp("", "skala-bench-")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(home)
	policy, err := brisk()
	if err != nil {
		return f, err
	}
	d, err := localcopy.Make(ctx, root, home, localcopy.Options{Policy: policy, Jitter: jitter})
	if err != nil {
		return f, err
	}
	began := time.Now()
	if err := d.Run(ctx); err != nil {
		return f, errors.Join(err, d.Stop())
	}
	f.UpAfter = time.Since(began).Seconds()
	defer func() { err = errors.Join(err, d.Stop()) }()
	if f.Visible, err = visible(ctx, d); err != nil {
		return f, err
	}
	f.Lateness, err = lateness(ctx, d)
	return f, err
}

// brisk is the default policy with clocks of seconds for what is critical.
func brisk() ([]byte, error) {
	const row = "critical: {calendar: always, first_response: 15m, resolution: 4h}"
	if !bytes.Contains(infrapolicy.Default, []byte(row)) {
		return nil, errors.New("the default policy has another row for critical than the bench knows")
	}
	quick := fmt.Sprintf("critical: {calendar: always, acknowledge: %v, first_response: %v, resolution: 4h}", response, response)
	return bytes.Replace(infrapolicy.Default, []byte(row), []byte(quick), 1), nil
}

// visible posts messages that can wait, each of somebody new, and asks the API
// until each has its ticket. The first few warm the functions up.
func visible(ctx context.Context, d *localcopy.Desk) (spans, error) {
	var took []time.Duration
	for n := range followed + 5 {
		p := newPost(openingHours, now())
		began := time.Now()
		if err := send(ctx, d, p); err != nil {
			return spans{}, err
		}
		if _, err := ticketOf(ctx, d, p.author); err != nil {
			return spans{}, err
		}
		if n >= 5 {
			took = append(took, time.Since(began))
		}
	}
	return spans{ms(figures.Quantile(took, 0.5)), ms(figures.Quantile(took, 0.99)), len(took)}, nil
}

// lateness lets deadlines pass and reads when each was acted on.
func lateness(ctx context.Context, d *localcopy.Desk) (spans, error) {
	chance := rand.New(rand.NewPCG(1, 2))
	var authors []string
	for range deadlines {
		p := newPost(chargedTwice, now())
		if err := send(ctx, d, p); err != nil {
			return spans{}, err
		}
		authors = append(authors, p.author)
		if err := pause(ctx, time.Duration(chance.Int64N(int64(2*spread/deadlines)))); err != nil {
			return spans{}, err
		}
	}
	if err := pause(ctx, response+2*time.Second); err != nil { // asking earlier would only keep the emulator busy
		return spans{}, err
	}
	var late []time.Duration
	for _, author := range authors {
		by, _, err := breachOf(ctx, d, author)
		if err != nil {
			return spans{}, err
		}
		late = append(late, by)
	}
	return spans{figures.Quantile(late, 0.5).Seconds(), figures.Quantile(late, 0.99).Seconds(), len(late)}, nil
}

// patience is how long anything on the desk may take before the bench gives up.
const patience = time.Minute

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func send(ctx context.Context, d *localcopy.Desk, p post) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Webhooks+address, bytes.NewReader(p.body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set(signed, p.signature)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("posting a webhook: %w", err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return fmt.Errorf("posting a webhook: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("posting a webhook: answered %d", resp.StatusCode)
	}
	return nil
}

func ask(ctx context.Context, d *localcopy.Desk, what string, out any) error {
	status, err := d.Ask(ctx, http.MethodGet, d.API+"/api/v1/tickets"+what, nil, out)
	if err != nil {
		return fmt.Errorf("asking for tickets: %w", err)
	}
	if status != http.StatusOK {
		return fmt.Errorf("asking for tickets: answered %d", status)
	}
	return nil
}

// ticketOf asks until the API lists a ticket of author, and returns its id.
func ticketOf(ctx context.Context, d *localcopy.Desk, author string) (string, error) {
	for end := time.Now().Add(patience); time.Now().Before(end); {
		var page struct{ Items []struct{ ID string } }
		if err := ask(ctx, d, "?limit=1&author="+url.QueryEscape(author), &page); err != nil {
			return "", err
		}
		if len(page.Items) > 0 {
			return page.Items[0].ID, nil
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("no ticket within %v", patience)
}

// breachOf asks until the author's ticket tells of its first breach, and returns
// how long after its deadline that was written, and the deadline.
func breachOf(ctx context.Context, d *localcopy.Desk, author string) (late time.Duration, deadline time.Time, err error) {
	id, err := ticketOf(ctx, d, author)
	if err != nil {
		return 0, deadline, err
	}
	for end := time.Now().Add(patience); time.Now().Before(end); {
		var t told
		if err := ask(ctx, d, "/"+id, &t); err != nil {
			return 0, deadline, err
		}
		if late, ok := t.late(); ok {
			return late, t.first(), nil
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return 0, deadline, err
		}
	}
	return 0, deadline, fmt.Errorf("a deadline was not acted on within %v", patience)
}

// told is what the API says of a ticket's clocks.
type told struct {
	Clocks []struct {
		Metric   string
		Cycle    int
		Deadline time.Time
	}
	Timeline []struct {
		At   time.Time
		What string
	}
}

// late is how long after the first deadline the first breach was acted on; false
// while none was.
func (t told) late() (time.Duration, bool) {
	var acted time.Time
	for _, e := range t.Timeline {
		if e.What == "breached" && (acted.IsZero() || e.At.Before(acted)) {
			acted = e.At
		}
	}
	first := t.first()
	return acted.Sub(first), !acted.IsZero() && !first.IsZero()
}

// first is the earliest deadline.
func (t told) first() (first time.Time) {
	for _, c := range t.Clocks {
		if first.IsZero() || c.Deadline.Before(first) {
			first = c.Deadline
		}
	}
	return first
}
