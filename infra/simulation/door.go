package simulation

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/skala/infra/simulation/judge"
	"example.com/skala/shared/desk"
)

// An answer is what a handler answers.
type answer struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }
func (a *answer) WriteHeader(code int) {
	a.status = cmp.Or(a.status, code)
}
func (a *answer) Write(p []byte) (int, error) {
	a.status = cmp.Or(a.status, http.StatusOK)
	return a.body.Write(p)
}

func (a *answer) response(r *http.Request) *http.Response {
	return &http.Response{StatusCode: cmp.Or(a.status, http.StatusOK), Header: a.header, Body: io.NopCloser(&a.body), Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
}

// The apps of the accounts file, and their accounts.
var (
	line     = desk.App{Platform: "line", Name: "demo"}
	standard = desk.App{Platform: "standard", Name: "demo"}
)

var accountOf = map[desk.App]string{line: "U0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f", standard: "demo-web", roastery: roastery.Name}

// A saying is an event of a customer's, as its platform tells of it.
type saying struct {
	app    desk.App
	kind   desk.Kind
	key    string // of the event
	id     string // of the message
	target string // of an edit or a deletion: the message's
	author string
	text   string
	at     time.Time
}

// A letter is a body on its way, the same however often it is posted.
type letter struct {
	app  desk.App
	id   string
	body []byte
	says []saying
	kept bool // nobody can read it
}

// letter puts sayings into one body. Standard Webhooks have one each.
func (d *Desk) letter(says ...saying) letter {
	if s := says[0]; s.app == standard {
		data := map[string]any{"id": s.id, "conversation_id": s.author, "text": s.text, "author": map[string]any{"id": s.author}}
		if s.target != "" {
			data["target_id"] = s.target
		}
		return letter{app: standard, id: s.key, body: encode(map[string]any{"type": string(s.kind), "timestamp": s.at.Format(time.RFC3339Nano), "data": data}), says: says}
	}
	var in []any
	for _, s := range says {
		e := map[string]any{
			"webhookEventId": s.key, "deliveryContext": map[string]any{"isRedelivery": false}, "timestamp": s.at.UnixMilli(), "mode": "active",
			"source": map[string]any{"type": "user", "userId": s.author},
		}
		switch s.kind {
		case desk.MessageCreated:
			e["type"], e["replyToken"], e["message"] = "message", "token-"+s.key, map[string]any{"type": "text", "id": s.id, "text": s.text}
		case desk.MessageEdited:
			e["type"], e["message"] = "messageEdited", map[string]any{"type": "text", "id": s.target, "text": s.text}
		case desk.MessageDeleted:
			e["type"], e["unsend"] = "unsend", map[string]any{"messageId": s.target}
		case desk.Contact:
			e["type"] = "follow"
		default:
			e["type"] = string(s.kind)
		}
		in = append(in, e)
	}
	return letter{app: line, body: encode(map[string]any{"destination": accountOf[line], "events": in}), says: says}
}

func encode(v any) []byte {
	doc, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and numbers always encode
	}
	return doc
}

// sign signs a letter as its platform does.
func (d *Desk) sign(l letter, r *http.Request) {
	if l.app == line {
		mac := hmac.New(sha256.New, []byte(d.secrets[line]))
		mac.Write(l.body)
		r.Header.Set("X-Line-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		return
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(d.secrets[l.app], "whsec_"))
	if err != nil {
		panic(err) // it is in the accounts file
	}
	at := strconv.FormatInt(d.Now().Unix(), 10)
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", l.id, at, l.body)
	r.Header.Set("Webhook-Id", l.id)
	r.Header.Set("Webhook-Timestamp", at)
	r.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// posts has a platform post a letter until it is answered 200.
func (d *Desk) posts(l letter) {
	if d.delivers(l) {
		return
	}
	wait := time.Minute
	if !d.weather.quiet {
		wait += time.Duration(d.chance.IntN(600)) * time.Second
	}
	d.after(wait, func() { d.posts(l) })
}

// delivers posts a letter once, and reports whether it was answered 200.
func (d *Desk) delivers(l letter) bool {
	var authors []string
	for _, s := range l.says {
		authors = append(authors, s.author)
	}
	at, rec := d.Now(), &answer{header: http.Header{}}
	defer func(names map[string]string) { d.front.names = names }(d.front.names)
	d.front.names = map[string]string{}
	err := d.step("door", func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("%s/webhooks/%s/%s", address, l.app.Platform, l.app.Name), bytes.NewReader(l.body))
		if err != nil {
			return err
		}
		d.sign(l, r)
		d.door.ServeHTTP(rec, r)
		return nil
	}, authors...)
	if err != nil || rec.status != http.StatusOK {
		d.Witness.Refused[at.Truncate(time.Hour)] = true
		return false
	}
	for _, s := range l.says {
		account := accountOf[s.app]
		if l.kept && s.app != roastery { // of what nobody can split nobody knows whose it is
			account = ""
		}
		d.Witness.Accepted = append(d.Witness.Accepted, judge.Accepted{Key: s.key, ID: s.id, Target: s.target, Account: account, Author: s.author, Kind: s.kind, At: at, Kept: l.kept})
	}
	return true
}

// authorOf is whom an event is about, by its platform.
func (d *Desk) authorOf(raw desk.RawEvent) string {
	e, err := d.apps[raw.App].Parse(raw)
	if err != nil {
		return ""
	}
	if e.Kind == desk.VendorUpdate {
		return e.Target
	}
	return e.Author.ID
}

// front is what the door puts things into. It names deliveries in their order, since
// the door does by chance, and a run is to be had again.
type front struct {
	d     *Desk
	names map[string]string
}

func (f *front) name(delivery string) string {
	delivery, n, numbered := strings.Cut(delivery, ".")
	name, known := f.names[delivery]
	if !known {
		f.d.posted++
		name = fmt.Sprintf("w%07d", f.d.posted)
		f.names[delivery] = name
	}
	if numbered {
		name += "." + n
	}
	return name
}

func (f *front) renamed(events []desk.RawEvent) []desk.RawEvent {
	for i := range events {
		events[i].Delivery = f.name(events[i].Delivery)
	}
	return events
}

// SendAll puts events on the inbound queue, where some come twice and some late.
func (f *front) SendAll(ctx context.Context, events []desk.RawEvent) (refused []desk.RawEvent, err error) {
	d := f.d
	random := make([]string, len(events))
	for i := range events {
		random[i] = events[i].Delivery
	}
	back := map[string]string{}
	events = f.renamed(events)
	for i, e := range events {
		back[e.Delivery] = random[i]
	}
	for _, e := range events {
		if d.chances(d.weather.slows) {
			if err := d.inbound.Send(ctx, e, time.Duration(1+d.chance.IntN(60))*time.Second); err == nil {
				continue
			}
		}
		some, err2 := d.inbound.SendAll(ctx, []desk.RawEvent{e})
		if len(some) > 0 {
			err = err2
		} else if d.chances(d.weather.doubles) {
			_ = d.inbound.Send(ctx, e, time.Duration(d.chance.IntN(20))*time.Second) // once more is no promise
		}
		for _, r := range some {
			r.Delivery = back[r.Delivery]
			refused = append(refused, r)
		}
	}
	return refused, err
}

// Spill keeps what the queue refused.
func (f *front) Spill(ctx context.Context, events []desk.RawEvent) error {
	return f.d.store.Spill(ctx, f.renamed(events))
}

// Quarantine keeps what nobody can split.
func (f *front) Quarantine(ctx context.Context, body desk.RawEvent, reason string) error {
	body.Delivery = f.name(body.Delivery)
	return f.d.store.Quarantine(ctx, body, reason)
}

// Accept tells the ledger.
func (f *front) Accept(ctx context.Context, a desk.Acceptance) error {
	a.Delivery = f.name(a.Delivery)
	return f.d.store.Accept(ctx, a)
}
