package world

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// The app of Meta's. Its events are mentions of the account on Instagram, of which
// the webhook says no more than where (desk.FetchRequired), and direct messages.
var Instagram = desk.App{Platform: "meta", Name: "demo"}

// appSecret is that of the accounts file.
const appSecret = "a-meta-app-secret-that-protects-nothing"

// media is the post that customers mention the account under.
const media = "18000000000000901"

// Told is what Meta tells of every mention, when it is asked.
const Told = "I was charged twice"

// Mention is a mention of the account in a comment.
func Mention(comment string) Event {
	return Event{App: Instagram, Kind: desk.FetchRequired, Key: media + ":" + comment, ID: comment, Author: comment, Text: Told}
}

// meta is the part of a webhook's entry that an event is.
func (e Event) meta(at time.Time) (list string, part any) {
	if e.Kind == desk.FetchRequired {
		return "changes", map[string]any{"field": "mentions", "value": map[string]any{"media_id": media, "comment_id": e.ID}}
	}
	return "messaging", map[string]any{
		"sender": map[string]any{"id": e.Author}, "recipient": map[string]any{"id": e.Account()}, "timestamp": at.UnixMilli(),
		"message": map[string]any{"mid": e.ID, "text": e.Text},
	}
}

// metaBody puts events into one webhook.
func metaBody(all []Event, at time.Time) []byte {
	var entries []any
	for _, e := range all {
		list, part := e.meta(at)
		entries = append(entries, map[string]any{"id": e.Account(), "time": at.Unix(), list: []any{part}})
	}
	return encode(map[string]any{"object": "instagram", "entry": entries})
}

// postMeta posts a webhook as Meta signs it, and returns the status of the answer.
func (w *World) postMeta(ctx context.Context, hook Webhook) int {
	sum := hmac.New(sha256.New, []byte(appSecret))
	sum.Write(hook.Body)
	r := httptest.NewRequest(http.MethodPost, w.server.URL+"/webhooks/"+string(hook.App.Platform)+"/"+hook.App.Name, strings.NewReader(string(hook.Body)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(sum.Sum(nil)))
	return w.request(context.WithoutCancel(ctx), "Webhook", r).Status
}

// A Refusal is what Meta answers questions with: an error by its code, Count times
// or, below 0, from now on.
type Refusal struct {
	Status, Code, Subcode int
	Count                 int
}

// What Meta answers when it is asked for what is gone, by whom it does not know,
// too often, and when it has a fault of its own.
var (
	Gone      = Refusal{Status: 400, Code: 100, Subcode: 33, Count: -1}
	Forgotten = Refusal{Status: 401, Code: 190, Count: -1}
	Limited   = Refusal{Status: 400, Code: 4, Count: 2}
	Broken    = Refusal{Status: 500, Code: 2, Count: -1}
)

// Refuse has Meta refuse questions.
func (w *World) Refuse(r Refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refusal = r
}

// refused takes one refusal, if there is any.
func (w *World) refused() (Refusal, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.refusal
	if r.Count > 0 {
		w.refusal.Count--
	}
	return r, r.Count != 0
}

// asks reports whether a request is a question to Meta's API.
func asks(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/v")
}

// mentioned is what is asked of a mention.
var mentioned = regexp.MustCompile(`^mentioned_comment\.comment_id\((\d+)\)`)

// graph answers a question to Meta's API: of a mention its words, of a person their
// name.
func (w *World) graph(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "application/json; charset=UTF-8")
	if f, ok := w.refused(); ok {
		rw.WriteHeader(f.Status)
		fmt.Fprintf(rw, `{"error":{"message":"no","type":"OAuthException","code":%d,"error_subcode":%d}}`, f.Code, f.Subcode)
		return
	}
	answer := map[string]any{"name": "A customer", "username": "a.customer", "id": r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]}
	if m := mentioned.FindStringSubmatch(r.URL.Query().Get("fields")); m != nil {
		answer = map[string]any{"id": accounts[Instagram], "mentioned_comment": map[string]any{
			"id": m[1], "text": Told, "username": "a.customer", "timestamp": w.Now().Format("2006-01-02T15:04:05-0700"),
		}}
	}
	_, _ = rw.Write(encode(answer)) // a function that left is no failure of ours
}
