package webhook_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/webhook"
)

// curious is a platform that asks whether the address is ours: by a word, which it
// wants back, and a token.
type curious struct{ words }

func (curious) Greet(query url.Values) desk.Greeting {
	if query.Get("panic") != "" {
		panic("asked " + query.Get("panic"))
	}
	if query.Get("the.token") != "ours" || len(query["the.word"]) != 1 {
		return desk.Greeting{Status: http.StatusForbidden, ContentType: "text/plain"}
	}
	return desk.Greeting{Status: http.StatusOK, ContentType: "text/plain", Body: []byte(query.Get("the.word"))}
}

func TestTheDoorAnswersWhoAsksWhetherTheAddressIsOurs(t *testing.T) {
	t.Parallel()
	const ours, word = "/webhooks/curious/demo", "?the.token=ours&the.word="
	tests := []struct {
		name, method, target string
		status               int
		contentType, body    string
		line, counted        string
	}{
		{"word for word", "GET", ours + word + "007", 200, "text/plain", "007", "INFO answered", ""},
		{"markup is text", "GET", ours + word + "%3Cscript%3Ealert(1)%3C/script%3E", 200, "text/plain", "<script>alert(1)</script>", "INFO answered", ""},
		{"it is decoded once", "GET", ours + word + "%253Cb%253E%2525", 200, "text/plain", "%3Cb%3E%25", "INFO answered", ""},
		{"a plus is a space", "GET", ours + word + "a+b%2Bc", 200, "text/plain", "a b+c", "INFO answered", ""},
		{"names may be encoded as well", "GET", ours + "?the%2Etoken=ours&the%2Eword=hello", 200, "text/plain", "hello", "INFO answered", ""},
		{"line ends stay in the body", "GET", ours + word + "a%0D%0ASet-Cookie:%20b=c", 200, "text/plain", "a\r\nSet-Cookie: b=c", "INFO answered", ""},
		{"letters", "GET", ours + word + "%CE%BD%CE%B1%CE%B9", 200, "text/plain", "ναι", "INFO answered", ""},
		{"who only wants to know gets no body", "HEAD", ours + word + "007", 200, "text/plain", "", "INFO answered", ""},
		{"a wrong token", "GET", ours + "?the.token=theirs&the.word=007", 403, "text/plain", "", "WARN refused", `"HandshakesRefused":1`},
		{"the word twice", "GET", ours + word + "1&the.word=2", 403, "text/plain", "", "WARN refused", `"HandshakesRefused":1`},
		{"nothing", "GET", ours, 403, "text/plain", "", "WARN refused", `"HandshakesRefused":1`},
		{"half a question is none", "GET", ours + word + "007&%zz", 403, "text/plain", "", "WARN refused", `"HandshakesRefused":1`},
		{"a semicolon parts nothing", "GET", ours + word + "007;a=b", 403, "text/plain", "", "WARN refused", `"HandshakesRefused":1`},
		{"a longer address is not ours", "GET", ours + "/more" + word + "007", 404, "text/plain; charset=utf-8", "404 page not found\n", "", ""},
		{"nor is one with a slash behind it", "GET", ours + "/" + word + "007", 404, "text/plain; charset=utf-8", "404 page not found\n", "", ""},
		{"an app we do not have", "GET", "/webhooks/curious/other" + word + "007", 404, "text/plain; charset=utf-8", "no such app\n", "INFO unknown app", ""},
		{"a platform that does not ask", "GET", "/webhooks/words/demo" + word + "007", 405, "text/plain; charset=utf-8", "post webhooks here\n", "INFO not asked", ""},
		{"another method", "PUT", ours + word + "007", 405, "text/plain; charset=utf-8", "Method Not Allowed\n", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var verified, split int
			var logged, measured bytes.Buffer
			door := webhook.Door[webhook.Source]{
				Apps: map[desk.App]webhook.Source{
					{Platform: "curious", Name: "demo"}: curious{words{&verified, &split}},
					{Platform: "words", Name: "demo"}:   words{&verified, &split},
				},
				Now: time.Now, Log: logs.New(&logged), Metrics: &metrics.Recorder{Out: &measured, Stack: "s", Now: time.Now},
			}
			server := httptest.NewServer(door.Handler())
			defer server.Close()
			r, err := http.NewRequestWithContext(t.Context(), tt.method, server.URL+tt.target, nil)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			server.Close() // the line is written when the answer is
			if got := answer.Header.Get("Content-Type"); answer.StatusCode != tt.status || got != tt.contentType || string(body) != tt.body {
				t.Errorf("answered %d %s %q, want %d %s %q", answer.StatusCode, got, body, tt.status, tt.contentType, tt.body)
			}
			if answer.Header.Get("X-Content-Type-Options") != "nosniff" && answer.StatusCode < 404 {
				t.Error("a browser may guess what the answer is")
			}
			if answer.Header.Get("Set-Cookie") != "" || verified+split > 0 {
				t.Errorf("the question did more than ask: %v, %d", answer.Header, verified+split)
			}
			if tt.status == http.StatusMethodNotAllowed && !strings.Contains(answer.Header.Get("Allow"), http.MethodPost) {
				t.Errorf("it may be asked by %q", answer.Header.Get("Allow"))
			}
			if got := handshakeLine(t, logged.String(), tt.status); got != tt.line {
				t.Errorf("the log says %q, want %q", got, tt.line)
			}
			if _, said, _ := strings.Cut(logged.String(), `"level"`); strings.Contains(said, "ours") || strings.Contains(said, "007") { // the time before it may have any digits
				t.Errorf("the token or the challenge was logged: %s", logged.String())
			}
			door.Metrics.Flush()
			if _, values, _ := strings.Cut(measured.String(), `"Stack":"s",`); strings.TrimSuffix(values, "}\n") != tt.counted {
				t.Errorf("counted %s, want %s", measured.String(), tt.counted)
			}
		})
	}
}

// handshakeLine returns level and outcome of the one line of a handshake.
func handshakeLine(t *testing.T, log string, status int) string {
	t.Helper()
	var said []string
	for text := range strings.Lines(log) {
		var line struct {
			Level, Msg, Outcome string
			Status              int
		}
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		if line.Msg == "handshake" && line.Status == status {
			said = append(said, line.Level+" "+line.Outcome)
		}
	}
	return strings.Join(said, ", ")
}

func TestAQuestionThatPanicsIsALineAndGoesOnPanicking(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	door := webhook.Door[curious]{Apps: map[desk.App]curious{{Platform: "curious", Name: "demo"}: {}}, Now: time.Now, Log: logs.New(&logged)}
	defer func() {
		if recover() == nil || !strings.Contains(logged.String(), `"outcome":"panicked","status":500`) || strings.Contains(logged.String(), "her words") {
			t.Errorf("the log says %s", logged.String())
		}
	}()
	door.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/webhooks/curious/demo?panic=her+words", nil))
}
