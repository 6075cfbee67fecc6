package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
)

const parseUsage = `usage: skala parse -platform NAME [-app NAME] [-header 'Name: value']... FILE

Reads the raw body of one webhook (- is standard input) and prints its events,
one JSON line each. No signature is asked for. A header matters where the event's
key is in one, such as Standard Webhooks' webhook-id.

A platform goes by its name in webhook addresses or by one of its channels:
messenger, facebook_page, instagram, whatsapp and threads all are meta, whose
webhooks say themselves which of them they are about. Thin notices are printed as
they came, without what would be fetched for them.

The account of an event that does not name it is its app's, as the accounts file
says ($ACCOUNTS, or infra/local/accounts.yaml). Without -app it is the platform's
only app.
`

// headerFlag collects headers as a webhook would have them.
type headerFlag http.Header

func (h headerFlag) String() string { return "" }

func (h headerFlag) Set(s string) error {
	name, value, ok := strings.Cut(s, ":")
	if name = strings.TrimSpace(name); !ok || name == "" {
		return errors.New("a header is written 'Name: value'")
	}
	http.Header(h).Add(name, strings.TrimSpace(value))
	return nil
}

// parseWebhook is the verb parse.
func parseWebhook(_ context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	f := flagsOf("parse", parseUsage)
	name := f.String("platform", "", "the platform that sent it, as in webhook addresses")
	app := f.String("app", "", "the entry of the accounts file it was sent to")
	header := http.Header{}
	f.Var(headerFlag(header), "header", "a header of the webhook; may be repeated")
	if status, ok := parse(f, args, 1, 1, stdout, stderr); !ok {
		return status
	}
	if *name == "" {
		fmt.Fprintf(stderr, "skala parse: -platform is missing; it is one of %v\n", platform.Names())
		return exitUsage
	}
	if err := printEvents(stdout, stdin, *name, *app, header, f.Arg(0)); err != nil {
		fmt.Fprintf(stderr, "skala parse: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// printEvents reads the webhook in file, and prints all of its events that can be
// read. An event that can't stops no other; the error says which they are.
func printEvents(w io.Writer, stdin io.Reader, name, app string, header http.Header, file string) error {
	account, err := accountOf(name, app)
	if err != nil {
		return err
	}
	reader, err := platform.Reader(name, account)
	if err != nil {
		return err
	}
	var body []byte
	if file == "-" {
		body, err = io.ReadAll(stdin)
	} else {
		body, err = os.ReadFile(file)
	}
	if err != nil {
		return fmt.Errorf("reading the webhook: %w", err)
	}
	raw, err := reader.Split(header, body)
	if err != nil {
		return err
	}
	var unread []error
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i, r := range raw {
		e, err := reader.Parse(r)
		if err != nil {
			unread = append(unread, fmt.Errorf("event %d of %d: %w", i+1, len(raw), err))
			continue
		}
		if err := enc.Encode(parsed(e)); err != nil {
			return fmt.Errorf("writing an event: %w", err)
		}
	}
	return errors.Join(unread...)
}

// accountOf returns the account that the events of a platform are about which
// do not say so themselves, and nothing for other platforms. The accounts file
// may be missing unless an app of it is asked for.
func accountOf(name, app string) (string, error) {
	if !platform.Single(name) {
		return "", nil
	}
	path := cmp.Or(os.Getenv("ACCOUNTS"), "infra/local/accounts.yaml")
	doc, err := os.ReadFile(path)
	if err != nil && app == "" {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("looking up app %q: %w", app, err)
	}
	accounts, err := platform.Load(doc, path, platform.ForReading)
	if err != nil {
		return "", err
	}
	id, ok := accounts.Single(name, app)
	if !ok && app != "" {
		return "", fmt.Errorf("%s has no app %q of platform %s", path, app, name)
	}
	return id, nil
}

// A parsedEvent is a desk.Event in the order in which the verb promises its
// fields.
type parsedEvent struct {
	Kind         desk.Kind         `json:"kind"`
	Key          string            `json:"key"`
	Platform     desk.Platform     `json:"platform"`
	Account      string            `json:"account"`
	Channel      string            `json:"channel"`
	Direction    desk.Direction    `json:"direction"`
	Visibility   desk.Visibility   `json:"visibility"`
	Author       desk.Author       `json:"author"`
	Text         string            `json:"text"`
	Lang         string            `json:"lang,omitempty"`
	Conversation string            `json:"conversation"`
	Parent       string            `json:"parent,omitempty"`
	Target       string            `json:"target,omitempty"`
	Permalink    string            `json:"permalink,omitempty"`
	Time         *time.Time        `json:"time"`
	Standby      bool              `json:"standby,omitempty"`
	Attachments  []desk.Attachment `json:"attachments"`
	ID           string            `json:"id,omitempty"`
	Aside        bool              `json:"aside,omitempty"`
}

func parsed(e desk.Event) parsedEvent {
	p := parsedEvent{
		Kind: e.Kind, Key: e.Key, Platform: e.Platform, Account: e.Account, Channel: e.Channel, Direction: e.Direction, Visibility: e.Visibility,
		Author: e.Author, Text: e.Text, Lang: e.Lang, Conversation: e.Conversation, Parent: e.Parent, Target: e.Target, Permalink: e.Permalink,
		Standby: e.Standby, Attachments: e.Attachments, ID: e.ID, Aside: e.Aside,
	}
	if p.Attachments == nil {
		p.Attachments = []desk.Attachment{}
	}
	if !e.Time.IsZero() {
		at := e.Time.UTC()
		p.Time = &at
	}
	return p
}
