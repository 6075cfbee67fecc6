// Package webhook takes letters to programs, as Standard Webhooks has it: the body's
// signature is over an id, the time and the body, under each secret that is in use.
package webhook

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/channel/outbound"
	"example.com/skala/shared/platform/signature"
	"example.com/skala/shared/post"
)

// An Endpoint is a program that takes webhooks.
type Endpoint struct {
	URL  string
	Keys []*signature.SHA256 // several while one takes over from another
}

// Key returns the key of a secret as Standard Webhooks writes it: whsec_ and the
// base64 of 24 to 64 bytes.
func Key(secret string) (*signature.SHA256, error) {
	encoded, ok := strings.CutPrefix(secret, "whsec_")
	key, err := signature.Base64(encoded)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return nil, fmt.Errorf("is no secret: whsec_ and the base64 of 24 to 64 bytes")
	}
	return signature.NewSHA256(key)
}

// A Sender takes letters to endpoints by their names.
type Sender struct {
	Client    *http.Client
	Endpoints map[string]Endpoint
	Now       func() time.Time
}

// gone is the one status by which a program says that it wants no more. Whatever else
// it answers may be mended while the letter is tried, such as a secret that is changed.
func gone(status int) bool { return status == http.StatusGone }

// Send posts what programs get of l.
func (s *Sender) Send(ctx context.Context, l post.Letter) post.Outcome {
	to, ok := s.Endpoints[l.To]
	if !ok {
		return post.Outcome{Class: post.Refused, Why: "there is no address of that name", Gone: true}
	}
	body, err := json.Marshal(struct {
		Type string          `json:"type"`
		At   time.Time       `json:"timestamp"`
		Data json.RawMessage `json:"data"`
	}{l.Type, l.At, l.Data})
	if err != nil {
		return post.Outcome{Class: post.Refused, Why: "the letter is no JSON"}
	}
	stamp := strconv.FormatInt(s.Now().Unix(), 10)
	var signed []string
	for _, key := range to.Keys {
		signed = append(signed, "v1,"+base64.StdEncoding.EncodeToString(key.Sum([]byte(l.ID+"."+stamp+"."), body)))
	}
	return outbound.Post(ctx, s.Client, to.URL, http.Header{
		"Content-Type": {"application/json"}, "Webhook-Id": {l.ID}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {strings.Join(signed, " ")},
	}, body, gone)
}
