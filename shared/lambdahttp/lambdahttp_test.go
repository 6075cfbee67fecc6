package lambdahttp_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"example.com/skala/shared/lambdahttp"
)

// call gives an event, as JSON, to a handler by way of the adapter.
func call(t *testing.T, event string, h http.HandlerFunc) (events.LambdaFunctionURLResponse, string) {
	t.Helper()
	var e events.LambdaFunctionURLRequest
	if err := json.Unmarshal([]byte(event), &e); err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	out, err := lambdahttp.Handle(slog.New(slog.NewJSONHandler(&logged, nil)), h)(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return out, logged.String()
}

func TestABodyArrivesByteForByte(t *testing.T) {
	t.Parallel()
	raw := "{ \"a\":1,\r\n\"\u00e9\": \"ไทย\" } \x00\xff"
	event := `{"rawPath":"/webhooks/line/a%2Fb","rawQueryString":"hub.mode=x&a=%20b","isBase64Encoded":true,"body":"` + base64.StdEncoding.EncodeToString([]byte(raw)) + `",
		"headers":{"x-line-signature":"s","HOST":"desk.example"},"cookies":["a=1","b=2"],"requestContext":{"http":{"method":"POST","sourceIp":"192.0.2.1"}}}`
	call(t, event, func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != raw {
			t.Errorf("body %q, %v", body, err)
		}
		if r.Method != "POST" || r.URL.Path != "/webhooks/line/a/b" || r.URL.EscapedPath() != "/webhooks/line/a%2Fb" || r.URL.RawQuery != "hub.mode=x&a=%20b" {
			t.Errorf("asked for %s %v", r.Method, r.URL)
		}
		if r.Header.Get("X-Line-Signature") != "s" || r.Host != "desk.example" || r.RemoteAddr != "192.0.2.1:0" {
			t.Errorf("headers %v, host %q, from %q", r.Header, r.Host, r.RemoteAddr)
		}
		if b, err := r.Cookie("b"); err != nil || b.Value != "2" {
			t.Errorf("cookie %v, %v", b, err)
		}
	})
}

func TestAnAnswerLeavesAsLambdaTakesIt(t *testing.T) {
	t.Parallel()
	out, _ := call(t, `{"rawPath":"/","requestContext":{"http":{"method":"GET"}}}`, func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		w.Header().Add("Vary", "Cookie")
		w.Header().Add("Vary", "Accept")
		w.WriteHeader(http.StatusConflict)
		w.Header().Set("Late", "too late")
		_, _ = w.Write([]byte("ครับ"))
	})
	if out.StatusCode != 409 || out.Body != "ครับ" || out.IsBase64Encoded || len(out.Cookies) != 2 || out.Headers["vary"] != "Cookie, Accept" || out.Headers["late"] != "" {
		t.Errorf("answered %+v", out)
	}
	out, _ = call(t, `{"rawPath":"/","requestContext":{"http":{"method":"GET"}}}`, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte{0xff, 0}) })
	if !out.IsBase64Encoded || out.Body != "/wA=" || out.StatusCode != 200 {
		t.Errorf("answered %+v", out)
	}
	out, _ = call(t, `{"rawPath":"/","requestContext":{"http":{"method":"GET"}}}`, func(http.ResponseWriter, *http.Request) {})
	if out.StatusCode != 200 || out.Body != "" {
		t.Errorf("answered %+v", out)
	}
}

func TestAPanicIsA500WithoutHalfAnAnswer(t *testing.T) {
	t.Parallel()
	out, logged := call(t, `{"rawPath":"/","requestContext":{"http":{"method":"GET"}}}`, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("half"))
		panic("broken")
	})
	if out.StatusCode != 500 || strings.Contains(out.Body, "half") || !strings.Contains(logged, "invocation panicked") || strings.Contains(logged, "broken") {
		t.Errorf("answered %+v, logged %s", out, logged)
	}
}

func TestWhatIsNoBase64IsRefused(t *testing.T) {
	t.Parallel()
	out, _ := call(t, `{"rawPath":"/","isBase64Encoded":true,"body":"%%%","requestContext":{"http":{"method":"POST"}}}`, func(http.ResponseWriter, *http.Request) {
		t.Error("handled")
	})
	if out.StatusCode != 400 {
		t.Errorf("answered %+v", out)
	}
}

func TestAnAnswerThatLambdaWouldNotPassOnIsA500InPlainWords(t *testing.T) {
	t.Parallel()
	const around = 200 // what an answer is beside its body
	for name, tt := range map[string]struct {
		body []byte
		want int
	}{
		"text that just fits":             {bytes.Repeat([]byte("x"), lambdahttp.MaxAnswer-around), 200},
		"text that is too long":           {bytes.Repeat([]byte("x"), lambdahttp.MaxAnswer), 500},
		"text that escapes make too long": {bytes.Repeat([]byte(`"`), lambdahttp.MaxAnswer*2/3), 500},
		"text that is markup":             {bytes.Repeat([]byte("<"), lambdahttp.MaxAnswer-around), 200},
		"bytes that just fit":             {bytes.Repeat([]byte{0xff}, (lambdahttp.MaxAnswer-around)/4*3), 200},
		"bytes too long in base64 alone":  {bytes.Repeat([]byte{0xff}, lambdahttp.MaxAnswer*4/5), 500},
	} {
		out, logged := call(t, `{"rawPath":"/","requestContext":{"http":{"method":"GET"}}}`, func(w http.ResponseWriter, _ *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
			w.Header().Set("Content-Type", "application/octet-stream")
			_, _ = w.Write(tt.body)
		})
		if out.StatusCode != tt.want || strings.Contains(logged, "answer too large for lambda") != (tt.want == 500) {
			t.Errorf("%s: answered %d %v, logged %.200s", name, out.StatusCode, out.Headers, logged)
		}
		var event bytes.Buffer
		encoder := json.NewEncoder(&event)
		encoder.SetEscapeHTML(false) // as Lambda's library
		if err := encoder.Encode(out); err != nil || event.Len() > lambdahttp.MaxAnswer {
			t.Errorf("%s: %d bytes, %v", name, event.Len(), err)
		}
		if tt.want == 200 {
			continue
		}
		var problem struct {
			Status int
			Detail string
		}
		if err := json.Unmarshal([]byte(out.Body), &problem); err != nil || problem.Status != 500 || !strings.Contains(problem.Detail, "6 MB") || out.Headers["content-type"] != "application/problem+json" || len(out.Cookies) != 0 {
			t.Errorf("%s: answered %+v, %v", name, out, err)
		}
	}
}
