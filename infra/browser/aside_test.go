package browser_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"example.com/skala/infra/emulator"
	vocabulary "example.com/skala/shared/desk"
)

// posts signs a body as LINE does for the demo account, and posts it.
func (d *desk) posts(t *testing.T, body string) {
	t.Helper()
	mac := hmac.New(sha256.New, []byte("demo-line-channel-secret-not-for-use"))
	mac.Write([]byte(body))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.Webhooks+"/webhooks/line/demo", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Line-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("answered %d, %v", resp.StatusCode, err)
	}
}

// bury puts a message among the dead letters of a queue.
func (d *desk) bury(t *testing.T, queue string, v any) {
	t.Helper()
	e, err := emulator.Desk(d.Home(), slog.New(slog.DiscardHandler)).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	list, err := e.SQS().ListQueues(t.Context(), &sqs.ListQueuesInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range list.QueueUrls {
		if body := string(doc); strings.HasSuffix(url, queue+"DeadLetters") {
			if _, err := e.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no dead letters of %s", queue)
}

// aside goes through what the desk keeps aside: a body that nobody could split,
// in Thai and with bytes that are no text, dead letters, and the accounting.
func aside(t *testing.T, d *desk, c *chromium, s screen) {
	const said = "สวัสดีค่ะ ของที่สั่งไปยังไม่ได้รับเลย ช่วยตรวจสอบให้ด้วยนะคะ ที่อยู่จัดส่ง"
	broken := `{"destination":"` + s.name + `","events":[{"type":"message","text":"` + strings.Repeat(said, 3) + "\xff\u202e"
	d.posts(t, broken)
	queue := map[bool]string{false: "Inbound", true: "Outbound"}[s.phone]
	letter := any(vocabulary.Nudge{Ticket: vocabulary.NewTicketID("nobody", 1), Version: 1})
	if queue == "Inbound" {
		letter = vocabulary.RawEvent{App: vocabulary.App{Platform: "line", Name: "demo"}, Account: "U0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f", Received: time.Now(),
			Body: []byte(`{"destination":"U0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","events":[{"type":"message","message":{"type":"text","id":"buried","text":"` + said + `"},"webhookEventId":"BURIED","timestamp":1793700000000,"source":{"type":"user","userId":"U95950000959500009595000095950000"},"mode":"active"}]}`)}
	}
	d.bury(t, queue, letter)

	lead := c.open(t, s)
	lead.signIn(d, "Lea Lead")
	lead.visit(d.Console + "/quarantine")
	lead.sees("whole webhook, not split", "line: splitting webhook", "Replay all")
	lead.press("Body,")
	lead.sees(said, `\xff\u202e`)
	lead.show("quarantine")
	lead.press("Show all of it")
	lead.sees("Why it is here", "x-line-signature", "Download the very bytes", said)
	lead.show("quarantined")
	if id := js[string](lead, `location.pathname.split('/').pop()`); id == "" || !bytes.HasPrefix(d.body(t, id), []byte(`{"destination":`)) {
		t.Errorf("the bytes of %q can't be had", id)
	}
	lead.press("Replay")
	lead.sees("It still can't be read, and stays here")
	lead.press("Replay all")
	lead.sees("Sent on: 0. Still unreadable")
	lead.show("replayed")

	// The letter is hidden for as long as whoever looked at it last takes to give it
	// back; the page says so, and one tries again.
	eventually(t, patience, "the dead letter is shown", func() bool {
		lead.visit(d.Console + "/dead-letters?queue=" + strings.ToLower(queue))
		return lead.has("Send back to its queue")
	})
	lead.sees("Times received", "record failed")
	lead.show("dead-letters")
	lead.press("Send back to its queue")
	const hidden = "There is no such dead letter, or no longer"
	eventually(t, patience, "the dead letter is sent back", func() bool {
		switch text := lead.text(); {
		case strings.Contains(text, "Sent back: 1, to the queue "+queue):
			return true
		case strings.Contains(text, hidden), strings.Contains(text, "This queue has no dead letters."):
			lead.visit(d.Console + "/dead-letters?queue=" + strings.ToLower(queue))
			if lead.has("Send back to its queue") {
				lead.press("Send back to its queue")
			}
		}
		return false
	})
	// Its deletion may be seen a moment after its page.
	eventually(t, patience, "no dead letter is left", func() bool {
		if strings.Contains(lead.text(), "This queue has no dead letters.") {
			return true
		}
		lead.visit(d.Console + "/dead-letters?queue=" + strings.ToLower(queue))
		return false
	})
	if queue == "Inbound" {
		d.ticketOf(t, "U95950000959500009595000095950000")
	}

	lead.visit(d.Console + "/accounting")
	lead.sees("What does not balance", "open: not over yet", "Bodies that could not be split")
	lead.show("accounting")
}

// body is what is in quarantine under an id.
func (d *desk) body(t *testing.T, id string) []byte {
	t.Helper()
	var kept struct{ Raw struct{ Body []byte } }
	d.Ask(http.MethodGet, d.Console+"/api/v1/quarantine/"+id, nil, &kept)
	return kept.Raw.Body
}
