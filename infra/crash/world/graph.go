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
// the webhook says no more than where (desk.FetchRequired), comments under its posts
// (which have a Target), and direct messages.
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

// Below is the account's own below a comment of a customer's, written by who knows
// whom.
func Below(id, comment, words string) Event {
	return Event{App: Instagram, Kind: desk.Echo, Key: id, ID: id, Author: accounts[Instagram], Text: words, Target: comment}
}

// Story is a direct message that says no more than that the account is mentioned in
// a story.
func Story(id, author string) Event {
	return Event{App: Instagram, Kind: desk.MessageCreated, Key: id, ID: id, Author: author, Extra: "https://cdn.example/story"}
}

// Comment is one under a post of the account's.
func Comment(id, author, words string) Event {
	return Event{App: Instagram, Kind: desk.MessageCreated, Key: id, ID: id, Author: author, Text: words, Target: media}
}

// meta is the part of a webhook's entry that an event is.
func (e Event) meta(at time.Time) (list string, part any) {
	switch {
	case e.Kind == desk.FetchRequired:
		return "changes", map[string]any{"field": "mentions", "value": map[string]any{"media_id": media, "comment_id": e.ID}}
	case e.Kind == desk.Echo:
		return "changes", map[string]any{"field": "comments", "value": map[string]any{
			"id": e.ID, "text": e.Text, "from": map[string]any{"id": e.Author}, "parent_id": e.Target, "media": map[string]any{"id": media},
		}}
	case e.Target != "":
		return "changes", map[string]any{"field": "comments", "value": map[string]any{
			"id": e.ID, "text": e.Text, "from": map[string]any{"id": e.Author, "username": "a.customer"}, "media": map[string]any{"id": e.Target},
		}}
	}
	message := map[string]any{"mid": e.ID, "text": e.Text}
	if e.Extra != "" {
		message["attachments"] = []any{map[string]any{"type": "story_mention", "payload": map[string]any{"url": e.Extra}}}
	}
	return "messaging", map[string]any{
		"sender": map[string]any{"id": e.Author}, "recipient": map[string]any{"id": e.Account()}, "timestamp": at.UnixMilli(), "message": message,
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

// A Refusal is what Meta answers with: an error by its code, Count times
// or, below 0, from now on.
type Refusal struct {
	Status, Code, Subcode int
	Count                 int
}

// What Meta answers when it is asked about what is gone, by whom it does not know,
// too often, and when it has a fault of its own.
var (
	Gone      = Refusal{Status: 400, Code: 100, Subcode: 33, Count: -1}
	Forgotten = Refusal{Status: 401, Code: 190, Count: -1}
	Limited   = Refusal{Status: 400, Code: 4, Count: 2}
	Broken    = Refusal{Status: 500, Code: 2, Count: -1}
)

// Refuse has Meta refuse what it is asked.
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

// versioned is how paths of Meta's API begin.
var versioned = regexp.MustCompile(`^/v\d+\.\d+/`)

// mentioned is what is asked of a mention.
var mentioned = regexp.MustCompile(`^mentioned_comment\.comment_id\((\d+)\)`)

// graph answers a request to Meta's API: a question about a mention with its words,
// about a person with their name; anything else it does.
func (w *World) graph(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "application/json; charset=UTF-8")
	if f, ok := w.refused(); ok {
		rw.WriteHeader(f.Status)
		fmt.Fprintf(rw, `{"error":{"message":"no","type":"OAuthException","code":%d,"error_subcode":%d}}`, f.Code, f.Subcode)
		return
	}
	if r.Method != http.MethodGet {
		_, _ = rw.Write(encode(map[string]any{"success": true}))
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
