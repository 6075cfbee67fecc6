package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"example.com/skala/infra/local/runtimeapi"
)

// A front stands where the Function URLs stand in AWS: it makes an event of
// each request and an answer of what the function returns.
type front struct {
	webhook invoker // takes what is under /webhooks/
	console invoker // takes everything else
	now     func() time.Time
	log     *slog.Logger
}

// An invoker runs one invocation of a function.
type invoker interface {
	invoke(ctx context.Context, body []byte) ([]byte, error)
}

func newFront(webhook, console invoker, log *slog.Logger) *front {
	return &front{webhook: webhook, console: console, now: time.Now, log: log}
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, runtimeapi.MaxPayload))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		http.Error(w, "the request is larger than 6 MB", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		http.Error(w, "the request broke off", http.StatusBadRequest)
		return
	}
	payload, err := json.Marshal(f.event(r, body))
	if err != nil {
		http.Error(w, "the request cannot be passed on", http.StatusBadRequest)
		return
	}
	if len(payload) > runtimeapi.MaxPayload+64<<10 { // some room for what we add
		http.Error(w, "the request is larger than 6 MB", http.StatusRequestEntityTooLarge)
		return
	}
	to := f.console
	if strings.HasPrefix(r.URL.Path, "/webhooks/") {
		to = f.webhook
	}
	// A function goes on when its caller hangs up.
	answer, err := to.invoke(context.WithoutCancel(r.Context()), payload)
	if err != nil {
		f.log.WarnContext(r.Context(), "invocation failed", "method", r.Method, "err", err)
		http.Error(w, "Internal Server Error", http.StatusBadGateway)
		return
	}
	if err := respond(w, answer); err != nil {
		f.log.WarnContext(r.Context(), "answer cannot be passed on", "method", r.Method, "err", err)
	}
}

// event is what a Function URL makes of a request (payload format 2.0).
func (f *front) event(r *http.Request, body []byte) events.LambdaFunctionURLRequest {
	now := f.now().UTC()
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	e := events.LambdaFunctionURLRequest{
		Version:         "2.0",
		RawPath:         r.URL.EscapedPath(),
		RawQueryString:  r.URL.RawQuery,
		Headers:         map[string]string{"host": r.Host, "x-forwarded-for": host, "x-forwarded-proto": "http"},
		IsBase64Encoded: binary(r.Header.Get("Content-Type"), body),
		RequestContext: events.LambdaFunctionURLRequestContext{
			AccountID:    "anonymous",
			RequestID:    strconv.FormatInt(now.UnixNano(), 36),
			APIID:        "local",
			DomainName:   r.Host,
			DomainPrefix: "local",
			Time:         now.Format("02/Jan/2006:15:04:05 -0700"),
			TimeEpoch:    now.UnixMilli(),
			HTTP: events.LambdaFunctionURLRequestContextHTTPDescription{
				Method: r.Method, Path: r.URL.Path, Protocol: r.Proto, SourceIP: host, UserAgent: r.UserAgent(),
			},
		},
	}
	for name, values := range r.Header {
		switch name = strings.ToLower(name); name {
		case "cookie":
			for _, line := range values {
				for _, cookie := range strings.Split(line, ";") {
					e.Cookies = append(e.Cookies, strings.TrimSpace(cookie))
				}
			}
			e.Headers[name] = strings.Join(values, "; ")
		default:
			e.Headers[name] = strings.Join(values, ",")
		}
	}
	if len(r.URL.RawQuery) > 0 {
		e.QueryStringParameters = map[string]string{}
		for name, values := range r.URL.Query() {
			e.QueryStringParameters[name] = strings.Join(values, ",")
		}
	}
	e.Body = string(body)
	if e.IsBase64Encoded {
		e.Body = base64.StdEncoding.EncodeToString(body)
	}
	return e
}

// binary reports whether a body travels in base64: JSON strings cannot hold all
// bytes, and Function URLs encode what is not declared to be text.
func binary(contentType string, body []byte) bool {
	if len(body) == 0 {
		return false
	}
	if !utf8.Valid(body) {
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return true
	}
	return !strings.HasPrefix(kind, "text/") && kind != "application/json" && kind != "application/xml" && kind != "application/javascript" &&
		!strings.HasSuffix(kind, "+json") && !strings.HasSuffix(kind, "+xml")
}

// respond writes what a function answered. A Function URL takes JSON without a
// statusCode for the body of a 200.
func respond(w http.ResponseWriter, answer []byte) error {
	var told struct {
		StatusCode *int `json:"statusCode"`
	}
	if err := json.Unmarshal(answer, &told); err != nil || told.StatusCode == nil {
		if !json.Valid(answer) {
			http.Error(w, "Internal Server Error", http.StatusBadGateway)
			return errors.New("the function's answer is no JSON")
		}
		w.Header().Set("Content-Type", "application/json")
		_, err := w.Write(answer)
		return err
	}
	var e events.LambdaFunctionURLResponse
	if err := json.Unmarshal(answer, &e); err != nil {
		http.Error(w, "Internal Server Error", http.StatusBadGateway)
		return err
	}
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			http.Error(w, "Internal Server Error", http.StatusBadGateway)
			return err
		}
	}
	for name, value := range e.Headers {
		w.Header().Set(name, value)
	}
	for _, cookie := range e.Cookies {
		w.Header().Add("Set-Cookie", cookie)
	}
	w.WriteHeader(e.StatusCode)
	if e.StatusCode == http.StatusNoContent || e.StatusCode == http.StatusNotModified {
		return nil
	}
	_, err := w.Write(body)
	return err
}
