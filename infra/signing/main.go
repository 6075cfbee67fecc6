// Command signing writes requests that the simulator signed, as JSON, for check.py to
// hold against the platforms' own client libraries:
//
//	[{"platform", "secret", "headers": {name: value}, "body", "old"}, ...]
//
// The body is base64, and what is old was signed ten minutes ago. The secret is what the
// accounts file has: for Discord the public key. That the simulator and the desk agree is what tests see; here somebody else
// judges whether both are right.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"time"

	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
)

// A signed is one request.
type signed struct {
	Platform string            `json:"platform"`
	Secret   string            `json:"secret"`
	Headers  map[string]string `json:"headers"`
	Body     []byte            `json:"body"`
	Old      bool              `json:"old"`
}

func main() {
	if err := run(os.Stdout, "infra/local/accounts.yaml"); err != nil {
		fmt.Fprintln(os.Stderr, "signing:", err)
		os.Exit(1)
	}
}

// texts are what customers write: scripts of two and three bytes a letter, emoji of
// several letters, and what JSON and HTML escape.
func texts() []string {
	return []string{
		"hello", "Με χρεώσατε δύο φορές 😠", "เงินหายค่ะ", "«¿Qué tal?» \\ \"quoted\" <b>&amp; / \u2028", "👨‍👩‍👧‍👦🇬🇷 e\u0301",
		strings.Repeat("μακρύ ", 200),
	}
}

// judged reports whether a library knows how to check what a platform posts.
func judged(p desk.Platform) bool {
	return slices.Contains([]desk.Platform{"line", "slack", "standard", "viber", "discord", "telegram"}, p)
}

// run writes to out what is posted when somebody writes to the demo account of each
// platform that is judged, now and ten minutes ago.
func run(out io.Writer, path string) error {
	doc, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the accounts: %w", err)
	}
	accounts, err := platform.Load(doc, path, platform.ForAll)
	if err != nil {
		return err
	}
	all := []signed{}
	for _, ago := range []time.Duration{0, 10 * time.Minute} {
		posted, err := post(doc, accounts.Apps(), func() time.Time { return time.Now().Add(-ago) })
		if err != nil {
			return err
		}
		for i := range posted {
			posted[i].Old = ago > 0
		}
		all = append(all, posted...)
	}
	if err := json.NewEncoder(out).Encode(all); err != nil {
		return fmt.Errorf("writing the requests: %w", err)
	}
	return nil
}

// post returns what a simulator posts whose clock is now.
func post(doc []byte, apps []platform.App, now func() time.Time) ([]signed, error) {
	posts := make(chan signed, 1)
	door := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the simulator tells that nobody took it
		}
		one := signed{Headers: map[string]string{"Host": r.Host}, Body: body}
		for name := range r.Header {
			one.Headers[name] = r.Header.Get(name)
		}
		posts <- one
	}))
	defer door.Close()
	network, err := platforms.New(platforms.Config{Accounts: doc, Webhooks: door.URL, Public: door.URL, Now: now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	defer network.Close()
	var all []signed
	for _, app := range apps {
		if !judged(app.Platform) {
			continue
		}
		for _, text := range texts() {
			told, err := network.Say(context.Background(), platforms.Say{Platform: string(app.Platform), App: app.Name, Author: "somebody", Text: text})
			if err != nil {
				return nil, fmt.Errorf("%s: %w", app.Platform, err)
			}
			if told.Status != http.StatusOK {
				return nil, fmt.Errorf("%s: nothing was posted: %s", app.Platform, told.Problem)
			}
			one := <-posts
			one.Platform, one.Secret = string(app.Platform), app.Secrets[0]
			all = append(all, one)
		}
	}
	return all, nil
}
