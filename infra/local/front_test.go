package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/local/runtimeapi"
)

// A fake is a function that keeps what it was given and answers as it was told.
type fake struct {
	got    events.LambdaFunctionURLRequest
	calls  int
	answer string
	err    error
}

func (f *fake) invoke(_ context.Context, body []byte) ([]byte, error) {
	f.calls++
	if err := json.Unmarshal(body, &f.got); err != nil {
		return nil, err
	}
	return []byte(f.answer), f.err
}

func frontOf(webhook, console *fake) *front {
	f := newFront(webhook, console, slog.New(slog.DiscardHandler))
	f.now = func() time.Time { return time.UnixMilli(1_800_000_000_123) }
	return f
}

func TestARequestReachesItsFunctionByteForByte(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, kind string
		body       []byte
		encoded    bool
	}{
		{"text", "application/json; charset=utf-8", []byte(`{"text": "` + "\u0e2a" + `"} `), false},
		{"bytes that are no text", "application/json", []byte("{\xff\x00}"), true},
		{"an undeclared body", "", []byte("a=b"), true},
		{"a form", "application/x-www-form-urlencoded", []byte("a=%20b"), true},
		{"nothing", "", nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			webhook := &fake{answer: `{"statusCode":200}`}
			r := httptest.NewRequest(http.MethodPost, "/webhooks/line/demo?hub.challenge=a%20b%2Bc&x=1&x=2", bytes.NewReader(tt.body))
			r.Header.Set("Content-Type", tt.kind)
			r.Header.Set("X-Line-Signature", "mac")
			w := httptest.NewRecorder()
			frontOf(webhook, &fake{}).ServeHTTP(w, r)
			e := webhook.got
			body := []byte(e.Body)
			if e.IsBase64Encoded {
				body, _ = base64.StdEncoding.DecodeString(e.Body)
			}
			if w.Code != http.StatusOK || e.IsBase64Encoded != tt.encoded || !bytes.Equal(body, tt.body) {
				t.Errorf("status %d, encoded %v, body %q", w.Code, e.IsBase64Encoded, body)
			}
			if e.RawPath != "/webhooks/line/demo" || e.RawQueryString != "hub.challenge=a%20b%2Bc&x=1&x=2" || e.Headers["x-line-signature"] != "mac" || e.QueryStringParameters["x"] != "1,2" {
				t.Errorf("path %q, query %q, headers %v, parameters %v", e.RawPath, e.RawQueryString, e.Headers, e.QueryStringParameters)
			}
			if e.RequestContext.HTTP.Method != http.MethodPost || e.RequestContext.DomainName != "example.com" || e.RequestContext.TimeEpoch != 1_800_000_000_123 {
				t.Errorf("context %+v", e.RequestContext)
			}
		})
	}
}

func TestOnlyWebhooksGoToTheDoor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path string
		door bool
	}{{"/webhooks/line/demo", true}, {"/webhooks/", true}, {"/", false}, {"/webhooksomething", false}, {"/api/v1/tickets", false}, {"/healthz", false}, {"/tickets/a%2Fb", false}}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			webhook, console := &fake{answer: `{"statusCode":204}`}, &fake{answer: `{"statusCode":204}`}
			frontOf(webhook, console).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, tt.path, nil))
			if (webhook.calls == 1) != tt.door || (console.calls == 1) == tt.door || webhook.got.RawPath+console.got.RawPath != tt.path {
				t.Errorf("door %d, console %d, path %q", webhook.calls, console.calls, webhook.got.RawPath+console.got.RawPath)
			}
		})
	}
}

func TestAnAnswerComesBackWhole(t *testing.T) {
	t.Parallel()
	console := &fake{answer: `{"statusCode":201,"headers":{"Content-Type":"text/html"},"cookies":["a=1; HttpOnly","b=2"],"body":"` + base64.StdEncoding.EncodeToString([]byte("σας\xff")) + `","isBase64Encoded":true}`}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Cookie", "s=1; t=2")
	frontOf(&fake{}, console).ServeHTTP(w, r)
	if w.Code != 201 || w.Body.String() != "σας\xff" || w.Header().Get("Content-Type") != "text/html" {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
	if diff := cmp.Diff([]string{"a=1; HttpOnly", "b=2"}, w.Header().Values("Set-Cookie")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"s=1", "t=2"}, console.got.Cookies); diff != "" {
		t.Error(diff)
	}
}

func TestWhatFunctionsDoNotAnswerWellIsABadGateway(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, answer string
		err          error
		want         int
		body         string
	}{
		{"a function that died", "", runtimeapi.ErrDied, 502, "Internal Server Error\n"},
		{"a function that failed", "", &runtimeapi.FunctionError{Body: []byte("secret")}, 502, "Internal Server Error\n"},
		{"no JSON", "oops", nil, 502, "Internal Server Error\n"},
		{"a body that is no base64", `{"statusCode":200,"body":"?","isBase64Encoded":true}`, nil, 502, "Internal Server Error\n"},
		{"JSON without a status", `{"a":1}`, nil, 200, `{"a":1}`},
		{"anything", "", errors.New("why"), 502, "Internal Server Error\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			frontOf(&fake{}, &fake{answer: tt.answer, err: tt.err}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
			if w.Code != tt.want || w.Body.String() != tt.body {
				t.Errorf("%d %q", w.Code, w.Body)
			}
		})
	}
}

func TestARequestOverSixMegabytesIsTooLarge(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		size int
		kind string
		want int
	}{
		{"text of six", 6 << 20, "text/plain", 200},
		{"text over six", 6<<20 + 1, "text/plain", 413},
		{"bytes that are over six in base64", 5 << 20, "application/octet-stream", 413},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodPost, "/webhooks/line/demo", strings.NewReader(strings.Repeat("a", tt.size)))
			r.Header.Set("Content-Type", tt.kind)
			frontOf(&fake{answer: `{"statusCode":200}`}, &fake{}).ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("%d", w.Code)
			}
		})
	}
}
