package world

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// Vendor is the vendor of the accounts file. Of an Event of theirs Target is the ticket,
// and Extra what they say of it: working, question, done or declined.
var Vendor = desk.App{Platform: "vendor", Name: "acme"}

const vendorKey = "demo vendor's secret" // as the accounts file has it, in base64

func (e Event) vendor(at time.Time) []byte {
	return encode(map[string]any{"type": "ticket.update", "timestamp": at.Format(time.RFC3339Nano),
		"data": map[string]any{"ticket": e.Target, "status": e.Extra, "text": e.Text}})
}

// postVendor posts a webhook of the vendor's, signed at now.
func (w *World) postVendor(ctx context.Context, hook Webhook) int {
	stamp := strconv.FormatInt(w.Now().Unix(), 10)
	sum := hmac.New(sha256.New, []byte(vendorKey))
	sum.Write([]byte(hook.ID + "." + stamp + "."))
	sum.Write(hook.Body)
	r := httptest.NewRequest(http.MethodPost, w.server.URL+"/webhooks/vendor/"+hook.App.Name, strings.NewReader(string(hook.Body)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("webhook-id", hook.ID)
	r.Header.Set("webhook-timestamp", stamp)
	r.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(sum.Sum(nil)))
	return w.request(context.WithoutCancel(ctx), "Webhook", r).Status
}
