package vendor_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/platformtest"
	"example.com/skala/shared/platform/vendor"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const secret = "whsec_YW4gaW52ZW50ZWQga2V5LCAyNCBsb25n" // "an invented key, 24 long" in base64

// headers sign with an HMAC of our own, so that the product's is not held against
// itself.
func headers(secret string, body []byte, at time.Time) http.Header {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		panic(err)
	}
	timestamp := strconv.FormatInt(at.Unix(), 10)
	h := hmac.New(sha256.New, key)
	h.Write([]byte("msg_1." + timestamp + "."))
	h.Write(body)
	return http.Header{"Webhook-Id": {"msg_1"}, "Webhook-Timestamp": {timestamp}, "Webhook-Signature": {"v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))}}
}

func conforming() platformtest.Platform {
	const event = `{"type":"ticket.update","timestamp":"2026-11-21T09:29:58.250Z","data":{"ticket":"ksu7d2mlrvbw4lqkq5k4r7c6xe.1","status":"question","text":"Which firmware?","reference":"ACME-4711"}}`
	return platformtest.Platform{
		Secrets:   [3]string{"whsec_b2xkZXI=", secret, "whsec_b3RoZXI="},
		Open:      func(secrets ...string) (platform.Webhooks, error) { return vendor.NewWebhooks(secrets, "acme") },
		Sign:      headers,
		Signature: "Webhook-Signature",
		SignsTime: true,
		Golden:    http.Header{"Webhook-Id": {"msg_golden"}},
		Count: func(body []byte) int {
			var fields map[string]json.RawMessage
			if json.Unmarshal(body, &fields) != nil {
				return -1
			}
			return 1
		},
		First:   event,
		Again:   event,
		Unknown: `{"type":"ticket.deleted","data":{"ticket":"ksu7d2mlrvbw4lqkq5k4r7c6xe.1"}}`,
	}
}

func TestVendorsDoWhatEveryPlatformMust(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, conforming(), *update)
}

func FuzzSplitAndParse(f *testing.F) { platformtest.Fuzz(f, conforming()) }

func FuzzVerify(f *testing.F) { platformtest.FuzzVerify(f, conforming()) }

// FuzzUpdates holds that whatever stands in an update, it is one of a ticket by its
// id and with a status, or nothing that could change a ticket.
func FuzzUpdates(f *testing.F) {
	w, err := vendor.NewWebhooks(nil, "acme")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("ticket.update", "ksu7d2mlrvbw4lqkq5k4r7c6xe.1", "done", "It was the cable.")
	f.Add("ticket.update", "HEAD.1", "working", "\x00")
	f.Add("ticket.update", "ksu7d2mlrvbw4lqkq5k4r7c6xe.01", "", "")
	f.Fuzz(func(t *testing.T, is, ticket, status, text string) {
		body, err := json.Marshal(map[string]any{"type": is, "data": map[string]any{"id": "u1", "ticket": ticket, "status": status, "text": text}})
		if err != nil {
			t.Fatal(err)
		}
		e, err := w.Parse(desk.RawEvent{Body: body})
		if err != nil {
			t.Fatal(err)
		}
		if e.Account != "acme" || e.Author.ID != "acme" || e.Visibility != desk.Note || e.ID != "" {
			t.Errorf("it is of %q by %q, for %q, with the id %q", e.Account, e.Author.ID, e.Visibility, e.ID)
		}
		thread, n, _ := desk.TicketID(e.Target).Split()
		if e.Kind == desk.VendorUpdate && (e.In != thread || n < 1 || is != "ticket.update" || e.Form == "") || e.Kind != desk.VendorUpdate && e.In != "" {
			t.Errorf("%q about %q, %q becomes %+v", is, ticket, status, e)
		}
	})
}

func TestAnUpdateOfNoTicketOfOursIsKeptAndShown(t *testing.T) {
	t.Parallel()
	w, err := vendor.NewWebhooks(nil, "acme")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"no ticket":             `{"status":"done"}`,
		"no id of a ticket":     `{"ticket":"ACME-4711","status":"done"}`,
		"a status of their own": `{"ticket":"abc.1","status":"resolved"}`,
		"no status":             `{"ticket":"abc.1"}`,
		"no data":               `7`,
		"a list":                `[{"ticket":"abc.1","status":"done"}]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := w.Parse(desk.RawEvent{Header: map[string]string{"webhook-id": "m"}, Body: []byte(`{"type":"ticket.update","data":` + data + `}`)})
			if err != nil || e.Kind != desk.Unsupported || e.In != "" {
				t.Errorf("%+v, %v", e, err)
			}
		})
	}
}
