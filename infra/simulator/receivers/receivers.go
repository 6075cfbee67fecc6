// Package receivers plays those whom a desk on this machine tells something: a mail
// server, Slack's incoming webhooks, a program that takes Standard Webhooks, and the
// push service of a browser with the browser behind it. Each is as strict as the
// real one, writes down all that came in, taken or not, and misbehaves on request.
//
// A Receivers is an http.Handler for the paths below /receivers/, and serves mail on
// a listener of its own:
//
//	POST /receivers/slack/{name}   an incoming webhook of Slack's
//	POST /receivers/hook/{name}    a receiver of Standard Webhooks
//	POST /receivers/push/{name}    a subscription of a browser's
//
// What came in is to be had as JSON, for tests:
//
//	GET    /sim/api/received?receiver=&name=&id=   the earliest first
//	POST   /sim/api/received/misbehave             a Fault
//	DELETE /sim/api/received/misbehave             ends them all
//	GET    /sim/api/received/browsers/{name}       what that browser says when it subscribes
//
// It is for loopback only, and keeps what came in for as long as it runs.
package receivers

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"
)

// The kinds of receivers.
const (
	Mail  = "mail"
	Slack = "slack"
	Hook  = "hook"
	Push  = "push"
)

// Kinds lists them.
var Kinds = []string{Mail, Slack, Hook, Push}

// Config is what Receivers need. All of it is required but Hooks and PushKey.
type Config struct {
	Public  string              // origin under which /receivers/ is reached
	Hooks   map[string][]string // secrets of the programs that take webhooks, by name: whsec_ and base64; any other name takes none
	PushKey string              // the desk's public key for web push, base64url; empty for whichever it signs with
	Now     func() time.Time
	Log     *slog.Logger
}

// Receivers are all of them. Make them with New.
type Receivers struct {
	cfg Config

	mu      sync.Mutex
	got     []Receipt
	seq     int
	version int
	faults  []Fault
	taken   map[string]int // how often something was taken, by receiver, name and id
}

// New returns receivers that nothing has come to yet.
func New(cfg Config) *Receivers { return &Receivers{cfg: cfg, taken: map[string]int{}} }

// kept is how many receipts are remembered.
const kept = 1000

// A Receipt is one thing that came in, as its receiver understood it.
type Receipt struct {
	N        int               `json:"n"` // from 1, in the order in which they came
	At       time.Time         `json:"at"`
	Receiver string            `json:"receiver"`
	Name     string            `json:"name"`               // an address of mail, or the name in the path
	ID       string            `json:"id,omitempty"`       // Message-ID, webhook-id, Topic: what tells that something came before
	Taken    bool              `json:"taken"`              // else it was refused
	Repeats  int               `json:"repeats,omitempty"`  // how often it was taken before under this id
	Answer   string            `json:"answer"`             // what its sender was told; empty where the connection was cut
	Fault    string            `json:"fault,omitempty"`    // that was asked for
	Problems []string          `json:"problems,omitempty"` // what is wrong with it, or not as it should be
	Subject  string            `json:"subject,omitempty"`
	Text     string            `json:"text,omitempty"`   // for people
	HTML     string            `json:"html,omitempty"`   // of mail
	Thread   string            `json:"thread,omitempty"` // In-Reply-To of mail
	Urgency  string            `json:"urgency,omitempty"`
	Type     string            `json:"type,omitempty"` // of a webhook's data
	Data     json.RawMessage   `json:"data,omitempty"` // of a webhook or a push, as it was deciphered
	Headers  map[string]string `json:"headers,omitempty"`
}

// write keeps a receipt. Whatever is taken counts for the id of what comes later.
func (r *Receivers) write(got Receipt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seq++
	r.version++
	got.N, got.At = r.seq, r.cfg.Now().UTC()
	if got.ID != "" {
		of := got.Receiver + "\x00" + got.Name + "\x00" + got.ID
		got.Repeats = r.taken[of]
		if got.Taken {
			r.taken[of]++
		}
	}
	r.got = append(r.got, got)
	r.got = slices.Delete(r.got, 0, max(0, len(r.got)-kept))
	r.cfg.Log.Info("received", "receiver", got.Receiver, "name", got.Name, "taken", got.Taken, "answer", got.Answer, "repeats", got.Repeats)
}

// Received returns what came in, the earliest first. What is empty matches all.
func (r *Receivers) Received(receiver, name, id string) []Receipt {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := []Receipt{}
	for _, got := range r.got {
		if (receiver == "" || got.Receiver == receiver) && (name == "" || got.Name == name) && (id == "" || got.ID == id) {
			all = append(all, got)
		}
	}
	return all
}

// Version counts what changed of all that is shown.
func (r *Receivers) Version() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.version
}

// Handler returns the receivers that are reached by HTTP, and the API for tests.
func (r *Receivers) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /receivers/slack/{name}", r.slack)
	mux.HandleFunc("POST /receivers/hook/{name}", r.hook)
	mux.HandleFunc("POST /receivers/push/{name}", r.push)
	mux.HandleFunc("GET /sim/api/received", func(w http.ResponseWriter, q *http.Request) {
		of := q.URL.Query()
		items(w, r.Received(of.Get("receiver"), of.Get("name"), of.Get("id")))
	})
	mux.HandleFunc("GET /sim/api/received/misbehave", func(w http.ResponseWriter, _ *http.Request) { items(w, r.Faults()) })
	mux.HandleFunc("POST /sim/api/received/misbehave", r.apiMisbehave)
	mux.HandleFunc("DELETE /sim/api/received/misbehave", func(w http.ResponseWriter, _ *http.Request) { r.Behave(); items(w, r.Faults()) })
	mux.HandleFunc("GET /sim/api/received/browsers/{name}", func(w http.ResponseWriter, q *http.Request) {
		answer(w, http.StatusOK, r.Subscription(q.PathValue("name")))
	})
	return mux
}

func items[T any](w http.ResponseWriter, all []T) {
	answer(w, http.StatusOK, map[string]any{"items": all})
}

func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // a client that left is no failure of ours
}

// headers are those of a request that say something here.
func headers(h http.Header, names ...string) map[string]string {
	all := map[string]string{}
	for _, name := range names {
		if value := h.Get(name); value != "" {
			all[name] = value
		}
	}
	return all
}
