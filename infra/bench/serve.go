package main

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"example.com/skala/infra/template"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/webhook"
)

// serve is a process of its own: the door or the floor, on loopback. It prints
// its address, then for each line of stdin the seconds of CPU it has used, and
// ends with stdin.
func serve(what string, stdin io.Reader, stdout io.Writer) error {
	var handler http.Handler
	switch what {
	case "door":
		accounts, err := demoAccounts(platform.ForSigning)
		if err != nil {
			return err
		}
		null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // a write for each line, as on Lambda
		if err != nil {
			return err
		}
		defer null.Close()
		now := func() time.Time { return time.Now().UTC() }
		measured := &metrics.Recorder{Out: null, Stack: "bench", Now: now}
		door := &webhook.Door[platform.Webhooks]{
			Apps: accounts.Receivers(), Inbound: taken{}, Table: refused{}, Ledger: noted{},
			Now: now, Log: logs.New(null), Metrics: measured,
		}
		served := door.Handler()
		handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			served.ServeHTTP(w, r)
			measured.Flush() // as at the end of an invocation
		})
	case "floor":
		handler = http.HandlerFunc(floor)
	default:
		return fmt.Errorf("nothing serves %q", what)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(l) // until the process ends
	fmt.Fprintln(stdout, l.Addr())
	for asked := bufio.NewScanner(stdin); asked.Scan(); {
		var used syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
			return fmt.Errorf("asking for CPU time: %w", err)
		}
		fmt.Fprintln(stdout, (time.Duration(used.Utime.Nano()) + time.Duration(used.Stime.Nano())).Seconds())
	}
	return server.Close()
}

// demoAccounts are those of `make run`.
func demoAccounts(use platform.Use) (*platform.Accounts, error) {
	root, err := template.Root()
	if err != nil {
		return nil, err
	}
	name := filepath.Join(root, "infra", "local", "accounts.yaml")
	doc, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return platform.Load(doc, name, use)
}

// taken is an inbound queue that has every event at once.
type taken struct{}

func (taken) SendAll(context.Context, []desk.RawEvent) ([]desk.RawEvent, error) { return nil, nil }

// refused is a table that nothing should come to.
type refused struct{}

var errUnexpected = errors.New("the bench's webhooks need no table")

func (refused) Spill(context.Context, []desk.RawEvent) error            { return errUnexpected }
func (refused) Quarantine(context.Context, desk.RawEvent, string) error { return errUnexpected }

// noted is a ledger that takes everything at once.
type noted struct{}

func (noted) Accept(context.Context, desk.Acceptance) error { return nil }

// floor does the least that a receiver can: it checks the signature and decodes
// the body.
func floor(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "body broke off", http.StatusBadRequest)
		return
	}
	given, err := base64.StdEncoding.DecodeString(r.Header.Get(signed))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	if err != nil || !hmac.Equal(mac.Sum(nil), given) {
		http.Error(w, "bad signature", http.StatusUnauthorized)
		return
	}
	var webhook struct {
		Destination string
		Events      []struct {
			Type           string
			WebhookEventID string `json:"webhookEventId"`
			Timestamp      int64
			Source         struct {
				Type   string
				UserID string `json:"userId"`
			}
			Message struct{ Type, ID, Text string }
		}
	}
	if err := json.Unmarshal(body, &webhook); err != nil || len(webhook.Events) == 0 {
		http.Error(w, "bad body", http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusOK)
}
