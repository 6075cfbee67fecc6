package platforms

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// An Event is one event of a platform, with all attempts to deliver it.
type Event struct {
	ID           string    `json:"id"` // webhookEventId or webhook-id; Meta and X have none, it is ours then
	Platform     string    `json:"platform"`
	App          string    `json:"app"`
	Account      string    `json:"account"`
	Channel      string    `json:"channel"`
	In           string    `json:"in,omitempty"`
	Author       string    `json:"author"` // the account for what the brand did
	Conversation string    `json:"conversation"`
	Message      string    `json:"message,omitempty"`
	Do           string    `json:"do"`
	At           time.Time `json:"at"`
	Attempts     []Attempt `json:"attempts"`

	part   *part
	line   *lineEvent // LINE: one of a body's events
	body   []byte     // Standard, Threads, X: the body
	item   item       // the rest of Meta: what there is in one
	sent   *Sent      // a receipt: of what
	twin   *Event     // the same told in another way
	untold bool       // it is there to be asked for, and nobody says so
}

// An Attempt is one POST and its answer. Status is zero when none came.
type Attempt struct {
	At      time.Time `json:"at"`
	What    string    `json:"what"` // first, late, batch, twin, duplicate, redelivery, tampered, stale
	Status  int       `json:"status"`
	Answer  string    `json:"answer,omitempty"`
	Problem string    `json:"problem,omitempty"`
	TookMS  int64     `json:"took_ms"`
}

// A delivery is one body on its way.
type delivery struct {
	app    *app
	part   *part
	events []*Event
	what   string
	copies int  // posted beside it at the same moment
	tamper bool // change a byte after signing
	stale  bool // sign it as ten minutes old
	redo   bool // LINE marks it as redelivered
}

// again returns the same delivery as a platform sends it later.
func (d *delivery) again() *delivery {
	return &delivery{app: d.app, part: d.part, events: d.events, what: "redelivery", redo: true}
}

// deliver posts d and its copies. What is not accepted is posted again after a
// while, then after longer and longer, as platforms do (some only for whoever
// asked them to), unless it was spoilt on purpose.
func (n *Network) deliver(ctx context.Context, d *delivery) Attempt {
	var copies sync.WaitGroup
	for range d.copies {
		twin := *d
		twin.what = "duplicate"
		copies.Go(func() { n.post(ctx, &twin) })
	}
	first := n.post(ctx, d)
	copies.Wait()
	if !first.accepted() && !d.tamper && !d.stale {
		n.retry(d.again(), d.part.waits)
	}
	return first
}

func (n *Network) retry(d *delivery, waits []time.Duration) {
	if len(waits) == 0 {
		return
	}
	n.later(waits[0], func(ctx context.Context) {
		if !n.post(ctx, d).accepted() {
			n.retry(d, waits[1:])
		}
	})
}

func (a Attempt) accepted() bool { return a.Status >= 200 && a.Status < 300 }

// post makes one attempt and records it with each of its events.
func (n *Network) post(ctx context.Context, d *delivery) Attempt {
	body, err := d.part.body(d, n.cfg.Now().UTC())
	var try Attempt
	if err == nil {
		what := d.what
		switch {
		case d.tamper:
			what = "tampered"
		case d.stale:
			what = "stale"
		}
		try = n.attempt(ctx, d, body, what)
	} else {
		try = Attempt{At: n.cfg.Now(), What: d.what, Problem: err.Error()}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.version++
	for _, e := range d.events {
		e.Attempts = append(e.Attempts, try)
	}
	return try
}

func (n *Network) attempt(ctx context.Context, d *delivery, body []byte, what string) Attempt {
	try := Attempt{At: n.cfg.Now().UTC(), What: what}
	at := n.cfg.Now()
	if d.stale {
		at = at.Add(-10 * time.Minute)
	}
	headers := http.Header{"Content-Type": {"application/json; charset=utf-8"}, "User-Agent": {d.part.agent}}
	id := ""
	if len(d.events) > 0 {
		id = d.events[0].ID
	}
	if err := d.part.sign(d.app, headers, body, id, at); err != nil {
		try.Problem = err.Error()
		return try
	}
	if d.tamper {
		body = tampered(body)
	}
	patience := cmp.Or(n.cfg.Patience, d.part.patience)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	address := n.cfg.Webhooks + "/webhooks/" + d.app.Platform + "/" + url.PathEscape(d.app.Name)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		try.Problem = err.Error()
		return try
	}
	r.Header = headers
	began := time.Now()
	resp, err := n.client.Do(r)
	try.TookMS = time.Since(began).Milliseconds()
	if err != nil {
		try.Problem = "no answer: " + err.Error()
		if errors.Is(err, context.DeadlineExceeded) {
			try.Problem = "no answer within " + patience.String()
		}
		return try
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 2000))
	if err != nil {
		try.Problem = "the answer broke off"
		return try
	}
	try.Status, try.Answer = resp.StatusCode, string(answer)
	return try
}

func standardBytes(d *delivery, _ time.Time) ([]byte, error) { return d.events[0].body, nil }

func lineBody(d *delivery, _ time.Time) ([]byte, error) {
	var envelope struct {
		Destination string      `json:"destination"`
		Events      []lineEvent `json:"events"`
	}
	envelope.Destination = d.app.Account
	for _, e := range d.events {
		out := *e.line
		out.DeliveryContext.IsRedelivery = d.redo
		envelope.Events = append(envelope.Events, out)
	}
	return encode(envelope)
}

// encode writes JSON as platforms do: raw UTF-8, no escapes for HTML.
func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("writing a body: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// tampered returns body with one digit of its first timestamp changed, so that
// nothing but the signature can give it away.
func tampered(body []byte) []byte {
	out := bytes.Clone(body)
	at := bytes.Index(out, []byte(`"timestamp":`))
	for i := max(at, 0); i < len(out); i++ {
		if out[i] >= '0' && out[i] <= '9' {
			out[i] = '0' + (out[i]-'0'+1)%10
			break
		}
	}
	return out
}

// Post signs any body with an app's first secret and posts it. id is the
// webhook-id where the platform has one.
func (n *Network) Post(ctx context.Context, platform, name, id string, body []byte) (Attempt, error) {
	a, p, err := n.find(platform, name, "", "")
	if err != nil {
		return Attempt{}, err
	}
	d := &delivery{app: a, part: p}
	if a.Platform == "standard" {
		d.events = []*Event{{ID: cmp.Or(id, "msg_"+ulid(n.cfg.Now()))}}
	}
	return n.attempt(ctx, d, body, "first"), nil
}

// Redeliver posts an event again as its platform would: times times, after
// apart, the first one at once when after is zero.
func (n *Network) Redeliver(ctx context.Context, event string, times int, after time.Duration) error {
	n.mu.Lock()
	e := n.byID[event]
	n.mu.Unlock()
	if e == nil {
		return fmt.Errorf("there is no event %q", event)
	}
	a, p, err := n.find(e.Platform, e.App, e.Account, e.Channel)
	if err != nil {
		return err
	}
	d := &delivery{app: a, part: p, events: []*Event{e}}
	for i := range max(1, times) {
		if after == 0 {
			n.post(ctx, d.again())
			continue
		}
		n.later(time.Duration(i+1)*after, func(ctx context.Context) { n.post(ctx, d.again()) })
	}
	return nil
}
