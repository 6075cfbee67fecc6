// Package lambdahttp lets an http.Handler answer a Lambda Function URL (or an
// HTTP API of payload version 2.0, whose events have the same shape). Bodies are
// handed over byte for byte, or signatures over them would fail.
package lambdahttp

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"example.com/skala/shared/logs"
)

// Handle returns a Lambda handler that gives every event to h. A panic in h is
// a 500 and a line of the log; the function lives on.
func Handle(log *slog.Logger, h http.Handler) func(context.Context, events.LambdaFunctionURLRequest) (events.LambdaFunctionURLResponse, error) {
	return func(ctx context.Context, e events.LambdaFunctionURLRequest) (events.LambdaFunctionURLResponse, error) {
		r, err := request(ctx, e)
		if err != nil {
			log.WarnContext(ctx, "request not understood", "err", err)
			return events.LambdaFunctionURLResponse{StatusCode: http.StatusBadRequest, Headers: map[string]string{"content-type": "text/plain; charset=utf-8"}, Body: "bad request\n"}, nil
		}
		w := &response{header: http.Header{}}
		serve(ctx, log, h, w, r)
		out := w.event()
		if n := size(out); n > MaxAnswer {
			log.ErrorContext(ctx, "answer too large for lambda", "bytes", n)
			out = tooLarge()
		}
		return out, nil
	}
}

// MaxAnswer is how long an answer may be in the JSON that carries it, bodies that
// are no text in base64. Lambda refuses what is a hundred bytes longer with an
// error that ends the process: its client would get a bad gateway, and whoever
// else asked meanwhile a cold start.
const MaxAnswer = 6 << 20

// size is how long an answer is as Lambda's library writes it.
func size(e events.LambdaFunctionURLResponse) int {
	var n counter
	encoder := json.NewEncoder(&n)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(e); err != nil { // strings and numbers
		return 0
	}
	return int(n)
}

type counter int

func (n *counter) Write(b []byte) (int, error) {
	*n += counter(len(b))
	return len(b), nil
}

// tooLarge stands for an answer that can't be passed on, as problem details.
func tooLarge() events.LambdaFunctionURLResponse {
	return events.LambdaFunctionURLResponse{
		StatusCode: http.StatusInternalServerError,
		Headers:    map[string]string{"content-type": "application/problem+json", "cache-control": "no-store", "x-content-type-options": "nosniff"},
		Body:       `{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"The answer is larger than 6 MB, which is the most that can be sent. Ask for less at once."}` + "\n",
	}
}

func serve(ctx context.Context, log *slog.Logger, h http.Handler, w *response, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			log.ErrorContext(ctx, "invocation panicked", "err", logs.Panic(p), "stack", string(debug.Stack()))
			*w = response{header: http.Header{}}
			http.Error(w, "internal error", http.StatusInternalServerError)
		}
	}()
	h.ServeHTTP(w, r)
}

// request makes an http.Request of an event. Path and query stay as the client
// wrote them.
func request(ctx context.Context, e events.LambdaFunctionURLRequest) (*http.Request, error) {
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return nil, fmt.Errorf("decoding body: %w", err)
		}
	}
	target := &url.URL{Path: e.RawPath, RawQuery: e.RawQueryString}
	if path, err := url.PathUnescape(e.RawPath); err == nil && path != e.RawPath {
		target.Path, target.RawPath = path, e.RawPath
	}
	r, err := http.NewRequestWithContext(ctx, e.RequestContext.HTTP.Method, "/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.URL, r.RequestURI = target, target.RequestURI()
	for name, value := range e.Headers {
		r.Header.Add(name, value) // canonical, whatever the case it came in
	}
	if len(e.Cookies) > 0 { // Function URLs take them out of the headers
		r.Header.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	r.Host, r.RemoteAddr = r.Header.Get("Host"), e.RequestContext.HTTP.SourceIP+":0"
	r.Header.Del("Host")
	r.ContentLength = int64(len(body))
	return r, nil
}

// A response collects an answer until it is complete: a buffered Function URL
// takes it whole.
type response struct {
	header http.Header
	sent   http.Header // as they were when the status was written
	code   int
	body   bytes.Buffer
}

func (w *response) Header() http.Header { return w.header }

func (w *response) WriteHeader(code int) {
	if w.code == 0 && code >= 200 { // there is no way to send what is only informational
		w.code, w.sent = code, w.header.Clone()
	}
}

func (w *response) Write(b []byte) (int, error) {
	if w.code == 0 {
		if w.header.Get("Content-Type") == "" {
			w.header.Set("Content-Type", http.DetectContentType(b))
		}
		w.WriteHeader(http.StatusOK)
	}
	return w.body.Write(b)
}

// event is the answer as Lambda takes it. Cookies go into a list of their own,
// the only header that must not be joined; what is not text goes as base64.
func (w *response) event() events.LambdaFunctionURLResponse {
	w.WriteHeader(http.StatusOK)
	out := events.LambdaFunctionURLResponse{StatusCode: w.code, Headers: map[string]string{}, Cookies: w.sent.Values("Set-Cookie")}
	for name, values := range w.sent {
		if name != "Set-Cookie" {
			out.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	if b := w.body.Bytes(); utf8.Valid(b) {
		out.Body = string(b)
	} else {
		out.Body, out.IsBase64Encoded = base64.StdEncoding.EncodeToString(b), true
	}
	return out
}
