// Package vendor reads what vendors and developers say about tickets that they were
// sent, as Standard Webhooks of one event each:
//
//	{"type": "ticket.update", "timestamp": "2026-11-22T09:29:58Z", "data": {
//	  "ticket": "ksu7d2mlrvbw4lqkq5k4r7c6xe.1",
//	  "status": "working",
//	  "text": "A technician is on the way.",
//	  "reference": "ACME-4711"
//	}}
//
// Of data ticket and status are needed. The status is working (it stays with them),
// question, done or declined (it is the desk's again); reference is what they call it
// themselves. A ping tries the address. Each app of the accounts file is one vendor,
// by whose name the desk sends tickets; an app has no accounts.
//
// A vendor is believed to be who signed. Whether they were sent the ticket that they
// speak of, triage finds out.
package vendor

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/standard"
	"example.com/skala/shared/platform/wire"
)

// Name is the platform that this package reads.
const Name desk.Platform = "vendor"

// Webhooks is what one vendor sends.
type Webhooks struct {
	vendor string
	signed *standard.Webhooks
}

// NewWebhooks returns the webhooks of a vendor, signed with one of the secrets:
// whsec_ and base64, or whpk_ and the base64 of an Ed25519 public key. Without any
// they can be read, and every one is refused.
func NewWebhooks(secrets []string, vendor string) (*Webhooks, error) {
	signed, err := standard.NewWebhooks(secrets, vendor)
	if err != nil {
		return nil, err
	}
	return &Webhooks{vendor: vendor, signed: signed}, nil
}

// Verify returns nil when the vendor signed body and the attempt's headers, at most
// five minutes before or after now.
func (w *Webhooks) Verify(h http.Header, body []byte, now time.Time) error {
	return w.signed.Verify(h, body, now)
}

// Split returns body, which is one event always, with the header that names it.
func (w *Webhooks) Split(h http.Header, body []byte) ([]desk.RawEvent, error) {
	return w.signed.Split(h, body)
}

// Parse reads one event. Its key is the header webhook-id, which stays over all
// attempts; a body kept without one has its data's id. What has neither is an error.
// What is no update of a ticket comes out as desk.Unsupported.
func (w *Webhooks) Parse(raw desk.RawEvent) (desk.Event, error) {
	var doc wire.Document
	if err := doc.Read(raw.Body); err != nil || !doc.Root().IsObject() {
		return desk.Event{}, errors.New("vendor: reading event: body is no JSON object")
	}
	in := doc.Root()
	about := in.Get("data")
	key := cmp.Or(raw.Header["webhook-id"], about.Get("id").Text())
	if key == "" {
		return desk.Event{}, errors.New("vendor: reading event: neither webhook-id nor data.id is there")
	}
	vendor, ticket := cmp.Or(raw.Account, w.vendor), about.Get("ticket").Text()
	e := desk.Event{
		Kind:         desk.Unsupported,
		Key:          key,
		Platform:     Name,
		Account:      vendor,
		Channel:      string(Name),
		Direction:    desk.In,
		Visibility:   desk.Note,
		Author:       desk.Author{ID: vendor, Name: "vendor " + vendor},
		Text:         about.Get("text").Text(),
		Conversation: ticket,
		Parent:       about.Get("reference").Text(),
		Target:       ticket,
		Form:         about.Get("status").Text(),
		Time:         wire.ISO(in.Get("timestamp").Text()),
	}
	thread, _, named := desk.TicketID(ticket).Split()
	switch is := in.Get("type").Text(); {
	case is == "ping", is == "test", is == "webhook.test":
		e.Kind = desk.Control
	case is == "ticket.update" && about.IsObject() && named && slices.Contains(desk.VendorStatuses, desk.VendorStatus(e.Form)):
		e.Kind, e.In = desk.VendorUpdate, thread
	}
	return e, nil
}
