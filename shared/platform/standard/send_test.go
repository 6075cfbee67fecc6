package standard_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/platformtest"
	"example.com/skala/shared/platform/standard"
)

var reply = desk.Reply{
	Key:     "reply-1",
	Ticket:  "thread.1",
	Origin:  desk.Origin{Platform: standard.Name, App: "shop", Account: "shop-web", Conversation: "conv_310", Visibility: desk.Private},
	To:      "cust_204",
	ReplyTo: "wf_5001",
	Text:    "Ya está devuelto <3",
}

func sender(t testing.TB, url string) *standard.Sender {
	t.Helper()
	signer, err := standard.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	return &standard.Sender{URL: url, Signer: signer, HTTP: platformtest.Client(), Now: time.Now}
}

func texts(t *testing.T, body []byte) []string {
	var sent struct{ Data struct{ Text string } }
	if err := json.Unmarshal(body, &sent); err != nil {
		t.Error(err)
	}
	if len(body) > 20_000 {
		t.Errorf("a webhook of %d bytes", len(body))
	}
	return []string{sent.Data.Text}
}

func TestAReplyIsAWebhookThatItsReceiverCanVerify(t *testing.T) {
	t.Parallel()
	var header http.Header
	var body []byte
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var err error
		header = r.Header
		if body, err = io.ReadAll(r.Body); err != nil {
			t.Error(err)
		}
	}))
	defer api.Close()
	at := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	s := sender(t, api.URL)
	s.Now = func() time.Time { return at }
	if _, err := s.Send(t.Context(), reply); err != nil {
		t.Fatal(err)
	}
	if err := webhooks(t, secret).Verify(header, body, at); err != nil {
		t.Error(err)
	}
	var got map[string]any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	id := header.Get("Webhook-Id")
	want := map[string]any{
		"type": "message.reply", "timestamp": "2026-11-21T09:30:00Z",
		"data": map[string]any{"id": id, "conversation_id": "conv_310", "to": "cust_204", "reply_to": "wf_5001", "text": "Ya está devuelto <3"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the webhook differs (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(id, "msg_") || strings.Contains(id, ".") {
		t.Errorf("the webhook's id is %q", id)
	}
	if _, err := s.Send(t.Context(), reply); err != nil || header.Get("Webhook-Id") != id {
		t.Errorf("on the second try the id is %q, %v", header.Get("Webhook-Id"), err)
	}
}
