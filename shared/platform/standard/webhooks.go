// Package standard speaks Standard Webhooks, the desk's own generic source: any
// system that can sign a POST becomes a channel with it, and gets the agents'
// replies back as webhooks of the same kind.
//
// A webhook is one event:
//
//	{"type": "message.created", "timestamp": "2026-11-21T09:29:58Z", "data": {
//	  "id": "...", "conversation_id": "...", "text": "...",
//	  "author": {"id": "...", "name": "..."}
//	}}
//
// Of data only id is needed. It may also have channel, language, visibility
// (public, private, group), parent_id, target_id (of an edit, a deletion, a
// reaction), permalink and attachments [{type, url, id, name}]; the author may
// have handle, followers, following, verified, has_picture, created, vip and
// organisation. An edit or a deletion names conversation and author as the
// message did. What somebody answered by another way is a message.echo, whose
// data has the customer's id in to. What became of a reply is a message.delivered,
// message.read or message.failed with conversation and author of the customer,
// in target_id the id that the reply was answered with and, of a failure, the
// problem in words for agents.
// A reply has type message.reply and data {id, conversation_id, to, reply_to,
// text}.
package standard

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/signature"
	"example.com/skala/shared/platform/wire"
)

// Name is the platform this package speaks to.
const Name desk.Platform = "standard"

// tolerance is how far the time of an attempt may lie from ours, either way.
// What was recorded cannot be played back after it.
const tolerance = 5 * time.Minute

// Webhooks is what one app receives.
type Webhooks struct {
	account string
	keys    []*signature.SHA256 // v1
	publics []signature.Ed25519 // v1a
}

// NewWebhooks returns the webhooks of an app whose events are all about account,
// signed with one of the secrets: whsec_ and base64, or whpk_ and the base64 of
// an Ed25519 public key. Without any they can be read, and every one is refused.
func NewWebhooks(secrets []string, account string) (*Webhooks, error) {
	w := &Webhooks{account: account}
	for _, secret := range secrets {
		if err := w.add(secret); err != nil {
			return nil, fmt.Errorf("secret: %w", err)
		}
	}
	return w, nil
}

func (w *Webhooks) add(secret string) error {
	if rest, ok := strings.CutPrefix(secret, "whpk_"); ok {
		raw, err := signature.Base64(rest)
		if err != nil {
			return errors.New("what follows whpk_ is no base64")
		}
		key, err := signature.NewEd25519(raw)
		if err != nil {
			return err
		}
		w.publics = append(w.publics, key)
		return nil
	}
	key, err := symmetric(secret)
	if err != nil {
		return err
	}
	w.keys = append(w.keys, key)
	return nil
}

// symmetric reads a secret that both sides have.
func symmetric(secret string) (*signature.SHA256, error) {
	if strings.HasPrefix(secret, "whsk_") {
		return nil, errors.New("a private key is its sender's alone: give the public one, whpk_")
	}
	raw, err := signature.Base64(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return nil, errors.New("what follows whsec_ is no base64")
	}
	return signature.NewSHA256(raw)
}

// A header set is the three headers of one attempt. One family of senders calls
// them svix-*.
type headers struct {
	id, timestamp string
	signatures    []string
}

// headersOf reads the headers of an attempt, and reports the name of one that
// is missing or there with different values.
func headersOf(h http.Header) (headers, error) {
	prefix := "webhook-"
	if len(wire.Header(h, "webhook-id"))+len(wire.Header(h, "webhook-timestamp"))+len(wire.Header(h, "webhook-signature")) == 0 {
		prefix = "svix-"
	}
	var got headers
	var ok bool
	if got.id, ok = wire.One(h, prefix+"id"); !ok {
		return headers{}, fmt.Errorf("%sid: %w", prefix, signature.ErrMissing)
	}
	if got.timestamp, ok = wire.One(h, prefix+"timestamp"); !ok {
		return headers{}, fmt.Errorf("%stimestamp: %w", prefix, signature.ErrMissing)
	}
	if got.signatures = wire.Header(h, prefix+"signature"); len(got.signatures) == 0 {
		return headers{}, fmt.Errorf("%ssignature: %w", prefix, signature.ErrMissing)
	}
	return got, nil
}

// Verify returns nil when one of the app's secrets signed body and the attempt's
// headers, at most five minutes before or after now. Of several signatures one
// is enough; those of versions that we do not know are passed over.
func (w *Webhooks) Verify(h http.Header, body []byte, now time.Time) error {
	got, err := headersOf(h)
	if err != nil {
		return fmt.Errorf("standard: %w", err)
	}
	at, err := strconv.ParseInt(got.timestamp, 10, 64)
	if err != nil {
		return errors.New("standard: webhook-timestamp is no number")
	}
	if seconds := int64(tolerance / time.Second); at < now.Unix()-seconds || at > now.Unix()+seconds {
		return fmt.Errorf("standard: %w", signature.ErrTime)
	}
	head := []byte(got.id + "." + got.timestamp + ".")
	var macs, sigs [][]byte
	for _, list := range got.signatures {
		// Entries are "version,base64" between spaces. Gateways join a repeated
		// header by a comma, so that the comma parts entries as well.
		words := strings.FieldsFunc(list, func(r rune) bool { return r == ' ' || r == ',' })
		for i := 0; i+1 < len(words); i++ {
			version := words[i]
			if version != "v1" && version != "v1a" {
				continue
			}
			switch sig, err := signature.Base64(words[i+1]); {
			case err != nil:
			case version == "v1":
				macs = append(macs, sig)
			case len(sigs) < maxPublic:
				sigs = append(sigs, sig)
			}
		}
	}
	if signature.AnySigned(w.keys, macs, head, body) || w.publiclySigned(sigs, head, body) {
		return nil
	}
	return fmt.Errorf("standard: %w", signature.ErrInvalid)
}

// maxPublic bounds how many signatures of the asymmetric version one webhook may
// have: trying one takes as long as reading the body twice.
const maxPublic = 8

// publiclySigned reports whether one of sigs signs the attempt under one of the
// public keys.
func (w *Webhooks) publiclySigned(sigs [][]byte, head, body []byte) bool {
	if len(w.publics) == 0 || len(sigs) == 0 {
		return false
	}
	message := slices.Concat(head, body)
	for _, key := range w.publics {
		for _, sig := range sigs {
			if key.Signed(sig, message) {
				return true
			}
		}
	}
	return false
}

// Split returns body, which is one event always, with the header that names it.
// Only that it is a JSON object is looked at.
func (w *Webhooks) Split(h http.Header, body []byte) ([]desk.RawEvent, error) {
	if err := wire.Object(body); err != nil {
		return nil, fmt.Errorf("standard: splitting webhook: %w", err)
	}
	raw := desk.RawEvent{Account: w.account, Body: body}
	if got, err := headersOf(h); err == nil {
		raw.Header = map[string]string{"webhook-id": got.id, "webhook-timestamp": got.timestamp}
	} else if id, ok := wire.One(h, "webhook-id"); ok { // replayed by hand
		raw.Header = map[string]string{"webhook-id": id}
	}
	return []desk.RawEvent{raw}, nil
}
