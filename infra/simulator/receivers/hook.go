package receivers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Bounds of a webhook: how long its body may be, how far its time from ours.
const (
	hookBody  = 256 << 10
	hookClock = 5 * time.Minute
)

// hook is a program that takes Standard Webhooks.
func (r *Receivers) hook(w http.ResponseWriter, q *http.Request) {
	got := Receipt{Receiver: Hook, Name: q.PathValue("name"), ID: q.Header.Get("webhook-id"),
		Headers: headers(q.Header, "webhook-id", "webhook-timestamp", "webhook-signature", "Content-Type", "User-Agent")}
	is := verdict{http.StatusNoContent, ""}
	body, err := io.ReadAll(io.LimitReader(q.Body, hookBody+1))
	var data struct {
		Type string `json:"type"`
	}
	switch wrong := r.signed(q, body); {
	case err != nil, len(body) > hookBody:
		is = verdict{http.StatusRequestEntityTooLarge, "the body is too large"}
	case wrong != "":
		is = verdict{http.StatusUnauthorized, wrong}
	case json.Unmarshal(body, &data) != nil:
		is = verdict{http.StatusBadRequest, "the body is no JSON"}
	default:
		got.Data, got.Type = body, data.Type
	}
	r.settle(w, q, got, is, map[int]string{302: "elsewhere", 400: "refused", 401: "webhook-signature does not match", 410: "gone", 429: "later", 500: "broken"})
}

// signed returns what is wrong with the signature of a webhook, retyped from the
// specification of Standard Webhooks: not with what the desk signs by.
func (r *Receivers) signed(q *http.Request, body []byte) string {
	secrets, ok := r.cfg.Hooks[q.PathValue("name")]
	if !ok {
		return "nobody has that name"
	}
	id, stamp := q.Header.Get("webhook-id"), q.Header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	switch {
	case id == "" || strings.Contains(id, "."):
		return "webhook-id is missing, or has a full stop"
	case err != nil:
		return "webhook-timestamp is no number"
	case r.cfg.Now().Sub(time.Unix(seconds, 0)).Abs() > hookClock:
		return "webhook-timestamp is too far from now"
	}
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil {
			return "the secret is no base64"
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + stamp + "."))
		mac.Write(body)
		for one := range strings.FieldsSeq(q.Header.Get("webhook-signature")) {
			version, sum, _ := strings.Cut(one, ",")
			given, err := base64.StdEncoding.DecodeString(sum)
			if version == "v1" && err == nil && hmac.Equal(given, mac.Sum(nil)) {
				return ""
			}
		}
	}
	return "webhook-signature does not match"
}
