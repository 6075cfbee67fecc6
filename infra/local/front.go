package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"example.com/skala/infra/local/functionurl"
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
	payload, err := json.Marshal(functionurl.Event(r, body, f.now()))
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
