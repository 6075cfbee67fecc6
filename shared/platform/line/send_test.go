package line_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/line"
	"example.com/skala/shared/platform/platformtest"
)

var reply = desk.Reply{
	Key:    "reply-1",
	Ticket: "thread.1",
	Origin: desk.Origin{Platform: line.Name, App: "shop", Account: "Ub0", Conversation: "U1", Visibility: desk.Private},
	To:     "U1",
	Text:   "กำลังตรวจสอบค่ะ",
}

func sender(api string) *line.Sender {
	return &line.Sender{Token: "invented-token", API: api, HTTP: platformtest.Client(), Now: time.Now}
}

func texts(t *testing.T, body []byte) []string {
	var sent struct {
		Messages []struct{ Type, Text string }
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		t.Error(err)
	}
	if n := len(sent.Messages); n < 1 || n > 5 {
		t.Errorf("a push of %d messages", n)
	}
	var texts []string
	for _, m := range sent.Messages {
		texts = append(texts, m.Text)
	}
	return texts
}

// A pushed is what LINE sees of one push.
type pushed struct {
	Path, Token, Type, Body string
}

func push(t *testing.T, r desk.Reply) (got pushed, key string) {
	t.Helper()
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = pushed{r.Method + " " + r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), string(body)}
		key = r.Header.Get("X-Line-Retry-Key")
	}))
	defer api.Close()
	if _, err := sender(api.URL).Send(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return got, key
}

func TestAReplyIsPushedAsLINEWantsIt(t *testing.T) {
	t.Parallel()
	got, key := push(t, reply)
	want := pushed{"POST /v2/bot/message/push", "Bearer invented-token", "application/json", `{"to":"U1","messages":[{"type":"text","text":"กำลังตรวจสอบค่ะ"}]}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the push differs (-want +got):\n%s", diff)
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(key) {
		t.Errorf("the retry key %q is no UUID", key)
	}
	other := reply
	other.Key = "reply-2"
	if _, second := push(t, other); second == key {
		t.Error("two replies have one retry key: LINE would drop the second")
	}
}

func TestAReplyToAGroupGoesToTheGroup(t *testing.T) {
	t.Parallel()
	r := reply
	r.Origin.Visibility, r.Origin.Conversation, r.To = desk.Group, "C1", ""
	if got, _ := push(t, r); !strings.HasPrefix(got.Body, `{"to":"C1",`) {
		t.Errorf("the push is %s", got.Body)
	}
}

func TestAReplyThatBrokeOffInTheMiddleIsForAPersonToCheck(t *testing.T) {
	t.Parallel()
	r := reply
	r.Text = strings.Repeat("0123456789", 2600) // two pushes
	tests := []struct {
		name   string
		status int
		want   desk.SendClass
	}{
		{"refused for good", 400, desk.SendUnknown},
		{"asked for patience: the first part is recognised next time", 503, desk.SendRetry},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pushes := 0
			api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if pushes++; pushes == 2 {
					w.WriteHeader(tt.status)
				}
			}))
			defer api.Close()
			_, err := sender(api.URL).Send(t.Context(), r)
			if failed, ok := errors.AsType[*desk.SendError](err); !ok || failed.Class != tt.want || pushes != 2 {
				t.Errorf("Send = %v after %d pushes, want %s", err, pushes, tt.want)
			}
		})
	}
}

func TestWithoutATokenOrARecipientNothingIsSent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, token, to string
		want            desk.SendClass
	}{
		{"no token", "", "U1", desk.SendAuth},
		{"nobody to send to", "x", "", desk.SendUnreachable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := sender("http://127.0.0.1:1")
			s.Token = tt.token
			r := reply
			r.To = tt.to
			_, err := s.Send(t.Context(), r)
			if failed, ok := errors.AsType[*desk.SendError](err); !ok || failed.Class != tt.want {
				t.Errorf("Send = %v, want %s", err, tt.want)
			}
		})
	}
}
