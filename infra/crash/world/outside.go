package world

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"example.com/skala/infra/local/functionurl"
	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
)

// An Event is something a customer does, as its platform tells of it.
type Event struct {
	App    desk.App
	Kind   desk.Kind
	Key    string // of the event: webhookEventId, or webhook-id
	ID     string // of the message, where it makes one
	Author string
	Text   string
	Target string // of an edit or a deletion: the message's ID
	Extra  string // what the platform tells beside all that, and the desk only keeps
	For    string // the account that it is told for, where that is none of the app's

	Received time.Time // when it was answered 200
}

// The apps of the accounts file.
var (
	Line     = desk.App{Platform: "line", Name: "demo"}
	Second   = desk.App{Platform: "line", Name: "second"}
	Standard = desk.App{Platform: "standard", Name: "demo"}
)

var accounts = map[desk.App]string{
	Line: "U0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f", Second: "U1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e", Standard: "demo-web", Instagram: "17841400000000900", Vendor: "acme", YouTube: "UCcrash0000000000000090",
}

// Account is the account that the event came to.
func (e Event) Account() string { return cmp.Or(e.For, accounts[e.App]) }

// Desk is the event as far as the desk's thread and key of it go.
func (e Event) Desk() desk.Event {
	in := e.Author
	if thread, _, _ := desk.TicketID(e.Target).Split(); e.App == Vendor {
		return desk.Event{Platform: e.App.Platform, Account: e.Account(), In: thread, Key: e.Key}
	}
	switch {
	case e.App == Instagram && e.Kind == desk.Echo:
		in = e.Target
	case e.App == YouTube, e.App == Instagram && e.Target != "":
		in = e.ID // a comment begins a conversation
	}
	return desk.Event{Platform: e.App.Platform, Account: e.Account(), Conversation: in, Author: desk.Author{ID: e.Author}, Key: e.Key, ID: e.ID}
}

// A Webhook is a body on its way, the same however often it is posted.
type Webhook struct {
	App    desk.App
	ID     string // of what it is, where the platform has one
	Body   []byte
	Events []Event // in it
	Broken bool    // nobody can split it

	Received time.Time // when it was answered 200
}

// Webhook puts events into one body. Standard Webhooks have one each.
func (w *World) Webhook(all ...Event) Webhook {
	first := all[0]
	if first.App.Platform == "standard" {
		return Webhook{App: first.App, ID: first.Key, Body: first.standard(w.Now()), Events: all}
	}
	if first.App == Vendor {
		return Webhook{App: first.App, ID: first.Key, Body: first.vendor(w.Now()), Events: all}
	}
	if first.App == Instagram {
		return Webhook{App: first.App, Body: metaBody(all, w.Now()), Events: all}
	}
	var in []any
	for _, e := range all {
		in = append(in, e.line(w.Now()))
	}
	return Webhook{App: first.App, Body: encode(map[string]any{"destination": first.Account(), "events": in}), Events: all}
}

func (e Event) line(at time.Time) map[string]any {
	out := map[string]any{
		"webhookEventId": e.Key, "deliveryContext": map[string]any{"isRedelivery": false}, "timestamp": at.UnixMilli(), "mode": "active",
		"source": map[string]any{"type": "user", "userId": e.Author},
	}
	switch e.Kind {
	case desk.MessageCreated:
		out["type"], out["replyToken"] = "message", "token-"+e.Key
		out["message"] = map[string]any{"type": "text", "id": e.ID, "text": e.Text}
	case desk.MessageDeleted:
		out["type"], out["unsend"] = "unsend", map[string]any{"messageId": e.Target}
	case desk.Contact:
		out["type"] = "follow"
	default: // one that the desk does not know
		out["type"] = string(e.Kind)
	}
	return out
}

func (e Event) standard(at time.Time) []byte {
	data := map[string]any{"id": e.ID, "conversation_id": e.Author, "text": e.Text, "author": map[string]any{"id": e.Author, "name": "A customer"}}
	if e.Target != "" {
		data["target_id"] = e.Target
	}
	if e.Extra != "" {
		data["extra"] = e.Extra
	}
	return encode(map[string]any{"type": string(e.Kind), "timestamp": at.Format(time.RFC3339Nano), "data": data})
}

func encode(v any) []byte {
	doc, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and numbers always encode
	}
	return doc
}

// A Reply is an agent's answer that the desk said it has.
type Reply struct {
	Ticket desk.TicketID
	Key    string
	Text   string
}

// A Ledger is what those outside were told, and may hold the desk to.
type Ledger struct {
	mu       sync.Mutex
	Accepted []Event   // answered 200
	Bodies   []Webhook // likewise, of those that nobody can split
	Replies  []Reply
	Verbs    []Done
}

// A Done is something a person did to a ticket, and was told that it is done.
type Done struct {
	Ticket  desk.TicketID
	Verb    string
	Who     string
	Version int64
}

func (l *Ledger) copy() *Ledger {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &Ledger{Accepted: slices.Clone(l.Accepted), Bodies: slices.Clone(l.Bodies), Replies: slices.Clone(l.Replies), Verbs: slices.Clone(l.Verbs)}
}

// Post has a platform post a webhook once, and returns the status of the answer,
// 0 for none.
func (w *World) Post(ctx context.Context, hook Webhook) (status int, err error) {
	if hook.App == Instagram {
		status = w.postMeta(ctx, hook)
	} else if hook.App == Vendor {
		status = w.postVendor(ctx, hook)
	} else {
		try, err := w.platforms().Post(ctx, string(hook.App.Platform), hook.App.Name, hook.ID, hook.Body)
		if err != nil {
			return 0, err
		}
		status = try.Status
	}
	if status == http.StatusOK {
		w.Accepted(hook.Events...)
		if hook.Broken {
			hook.Received = w.Now()
			w.Ledger.mu.Lock()
			defer w.Ledger.mu.Unlock()
			w.Ledger.Bodies = append(w.Ledger.Bodies, hook)
		}
	}
	return status, nil
}

// Forge posts what an app's platform did not sign, and returns the status of the
// answer, 0 for none.
func (w *World) Forge(ctx context.Context, app desk.App) int {
	r := httptest.NewRequest(http.MethodPost, w.server.URL+"/webhooks/"+string(app.Platform)+"/"+app.Name, strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	return w.request(context.WithoutCancel(ctx), "Webhook", r).Status
}

// Challenge has an app's platform ask the door whose it is, and reports whether it was
// answered as the platform wants.
func (w *World) Challenge(ctx context.Context, app desk.App) bool {
	n := w.platforms()
	n.Shake(context.WithoutCancel(ctx), string(app.Platform), app.Name)
	return slices.ContainsFunc(n.Handshakes(), func(h platforms.Handshake) bool {
		return h.Platform == string(app.Platform) && h.App == app.Name && h.OK
	})
}

// Accepted notes events that were answered 200 in some way of their own.
func (w *World) Accepted(events ...Event) {
	now := w.Now()
	w.Ledger.mu.Lock()
	defer w.Ledger.mu.Unlock()
	for _, e := range events {
		e.Received = now
		w.Ledger.Accepted = append(w.Ledger.Accepted, e)
	}
}

// connect puts new platforms in place of those there were.
func (w *World) connect() error {
	n, err := platforms.New(platforms.Config{
		Accounts: Accounts, Webhooks: w.server.URL, Public: w.server.URL, Patience: 10 * time.Minute, Now: w.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	w.mu.Lock()
	old := w.network
	w.network = n
	w.mu.Unlock()
	if old != nil {
		old.Close()
	}
	return nil
}

func (w *World) platforms() *platforms.Network {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.network
}

// Misbehave has a platform do something wrong with the desk's next sends.
func (w *World) Misbehave(f platforms.Fault) error { return w.platforms().Misbehave(f) }

// Behave ends everything that platforms do wrong.
func (w *World) Behave() {
	w.platforms().Behave()
	w.Refuse(Refusal{})
}

// Heard are the replies that platforms accepted, oldest first.
func (w *World) Heard() []platforms.Sent {
	w.mu.Lock()
	earlier := slices.Clone(w.earlier)
	w.mu.Unlock()
	return append(earlier, w.platforms().Replies("", "", "")...)
}

// serve is the other side of everything that goes by HTTP: the platforms' API,
// the sign-in, and the door's Function URL.
func (w *World) serve(rw http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/idp/"):
		w.people.Handler().ServeHTTP(rw, r)
	case strings.HasPrefix(r.URL.Path, "/webhooks/"):
		answer := w.request(context.WithoutCancel(r.Context()), "Webhook", r)
		for name, values := range answer.Header {
			rw.Header()[name] = values
		}
		rw.WriteHeader(cmp.Or(answer.Status, http.StatusBadGateway))
		_, _ = rw.Write(answer.Body) // a platform that left is no failure of ours
	case strings.HasPrefix(r.URL.Path, "/told/"):
		w.tell(rw, r)
	case r.URL.Path == "/youtube/v3/commentThreads":
		w.commentThreads(rw)
	case versioned.MatchString(r.URL.Path):
		w.graph(rw, r)
	default:
		w.platforms().Handler().ServeHTTP(rw, r)
	}
}

// An Answer is one to a request. Its status is 0 when the function died or ended
// without one.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// request hands a request to a function by its Function URL.
func (w *World) request(ctx context.Context, function string, r *http.Request) Answer {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return Answer{}
	}
	got, err := w.invoke(ctx, function, encode(functionurl.Event(r, body, w.Now())))
	if err != nil {
		return Answer{}
	}
	var e events.LambdaFunctionURLResponse
	if err := json.Unmarshal(got, &e); err != nil {
		return Answer{}
	}
	answer := Answer{Status: e.StatusCode, Header: http.Header{}, Body: []byte(e.Body)}
	if e.IsBase64Encoded {
		if answer.Body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return Answer{}
		}
	}
	for name, value := range e.Headers {
		answer.Header.Set(name, value)
	}
	for _, cookie := range e.Cookies {
		answer.Header.Add("Set-Cookie", cookie)
	}
	return answer
}

// Into reads the answer's JSON.
func (a Answer) Into(v any) error {
	if err := json.Unmarshal(a.Body, v); err != nil {
		return fmt.Errorf("an answer with status %d: %w", a.Status, err)
	}
	return nil
}
