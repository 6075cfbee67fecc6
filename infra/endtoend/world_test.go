// Package endtoend tests the whole desk from outside, by what platforms post,
// what its API answers and what its platforms hear: the functions' own binaries
// behind the local Runtime API, on the emulator.
package endtoend_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"example.com/skala/infra/localtest"
)

// What the demo accounts sign with: infra/local/accounts.yaml.
const (
	lineSecret     = "demo-line-channel-secret-not-for-use"
	standardSecret = "demo standard webhooks secret"
	lineAccount    = "U0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
)

// patience is how long a machine that is busy with other things may take over
// what the desk does in a second.
const patience = 2 * time.Minute

// A world is a desk and those who post to it.
type world struct {
	*localtest.Desk
	t testing.TB
}

func open(t testing.TB, o localtest.Options) *world {
	t.Helper()
	return &world{Desk: localtest.Start(t, o), t: t}
}

// post sends a body to a webhook address and returns the status of the answer,
// 0 when there was none.
func (w *world) post(path string, body []byte, headers ...string) int {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), "POST", w.Webhooks+path, bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0
	}
	return resp.StatusCode
}

func signLINE(body []byte) string { return signedWith(lineSecret, body) }

func signedWith(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (w *world) line(body []byte) int {
	w.t.Helper()
	return w.post("/webhooks/line/demo", body, "x-line-signature", signLINE(body))
}

func (w *world) standard(id string, body []byte) int {
	w.t.Helper()
	return w.standardWith([]byte(standardSecret), id, body)
}

func (w *world) standardWith(secret []byte, id string, body []byte) int {
	w.t.Helper()
	at := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
	return w.post("/webhooks/standard/demo", body, "webhook-id", id, "webhook-timestamp", at, "webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// text is a webhook of LINE with one text message.
func text(event, message, user, text string) []byte {
	doc, err := json.Marshal(map[string]any{"destination": lineAccount, "events": []any{map[string]any{
		"type": "message", "message": map[string]any{"type": "text", "id": message, "text": text},
		"webhookEventId": event, "deliveryContext": map[string]any{"isRedelivery": false}, "timestamp": time.Now().UnixMilli(),
		"source": map[string]any{"type": "user", "userId": user}, "replyToken": "a-token", "mode": "active",
	}}})
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	return doc
}

type message struct {
	ID, Key, Direction, Text, Delivery string
	Author                             struct{ ID string }
	Account                            string
	Time                               time.Time
	Problem, Unfetched                 string
	Hidden, Deleted                    bool
	Attachments                        []struct{ Type string }
}

type ticket struct {
	ID       string
	Version  int64
	State    string
	Tier     int
	Severity string
	Category string
	Brand    string
	Channel  string
	Author   struct{ ID, Name, Handle string }
	Assignee string
	Messages []message
	Verdict  struct {
		Reasons []struct {
			Signal, Text string
			Start, End   int
		}
	}
	Clocks []struct {
		Metric, State string
		Cycle         int
		Deadline      time.Time
	}
	Timeline []struct {
		At             time.Time
		Who, What, Why string
	}
}

func (w *world) ticket(id string) (t ticket) {
	w.t.Helper()
	if code := w.Ask("GET", w.API+"/api/v1/tickets/"+id, nil, &t); code != 200 {
		w.t.Fatalf("reading ticket %s: %d", id, code)
	}
	return t
}

// tickets pages through all tickets and reads each of them.
func (w *world) tickets() (all []ticket) {
	w.t.Helper()
	for cursor := ""; ; {
		var page struct {
			Items []struct{ ID string }
			Next  string
		}
		if code := w.Ask("GET", w.API+"/api/v1/tickets?limit=100&cursor="+url.QueryEscape(cursor), nil, &page); code != 200 {
			w.t.Fatalf("listing tickets: %d", code)
		}
		for _, item := range page.Items {
			all = append(all, w.ticket(item.ID))
		}
		if cursor = page.Next; cursor == "" {
			return all
		}
	}
}

// messages are all customers' messages of the desk by key, each on its ticket.
// One that stands twice fails the test.
func (w *world) messages() map[string]ticket {
	w.t.Helper()
	on := map[string]ticket{}
	for _, t := range w.tickets() {
		for _, m := range t.Messages {
			if m.Direction != "in" {
				continue
			}
			if _, twice := on[m.Key]; twice {
				w.t.Errorf("message %s stands twice", m.Key)
			}
			on[m.Key] = t
		}
	}
	return on
}

// wait asks until what it is told holds, and fails the test when it does not
// within the time.
func (w *world) wait(what string, within time.Duration, holds func() bool) {
	w.t.Helper()
	for end := time.Now().Add(within); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("not within %v: %s", within, what)
		}
	}
}

// of waits for the newest ticket of an author.
func (w *world) of(author string) (found ticket) {
	w.t.Helper()
	w.wait("a ticket of "+author, patience, func() bool {
		var page struct {
			Items []struct {
				ID     string
				Author struct{ ID string }
			}
		}
		w.Ask("GET", w.API+"/api/v1/tickets?limit=100&author="+url.QueryEscape(author), nil, &page)
		for _, item := range page.Items {
			if item.Author.ID == author {
				found = w.ticket(item.ID)
				return true
			}
		}
		return false
	})
	return found
}
