package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"example.com/skala/infra/figures"
	"example.com/skala/infra/local/runtimeapi"
	"example.com/skala/infra/template"
	"example.com/skala/shared/desk"
)

// How often a function is started, and invoked after its first answer.
const (
	starts = 5
	warm   = 20
)

// A binary is a function's, built as it is deployed, but for this machine.
type binary struct {
	Bytes  int64   `json:"bytes"`
	InitMS float64 `json:"init_ms"` // from its start until it asks for an event
	ColdMS float64 `json:"cold_ms"` // from its start to its first answer
	WarmMS float64 `json:"warm_ms"` // an invocation after that
}

// buildFunctions builds every function into dir as `make build` does.
func buildFunctions(ctx context.Context, root, dir string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-tags=lambda.norpc", "-ldflags=-s -w -buildid=",
		"-o", dir+string(filepath.Separator), "./functions/...")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the functions: %w\n%s", err, bytes.TrimSpace(out))
	}
	return nil
}

// measureBinaries starts each function behind a Runtime API, on the ground's
// table and queues, and gives it something small to do.
func measureBinaries(ctx context.Context, g *ground, root, dir string) (map[string]binary, error) {
	env, err := g.environment(root, dir)
	if err != nil {
		return nil, err
	}
	measured := map[string]binary{}
	functions := slices.SortedFunc(slices.Values(g.template.Functions), func(a, b template.Function) int {
		return cmp.Compare(filepath.Base(a.Dir), filepath.Base(b.Dir)) // triage behind escalate, which would have its tickets to see to
	})
	for _, f := range functions {
		name := filepath.Base(f.Dir)
		b, err := measureBinary(ctx, f, filepath.Join(dir, name), env[f.ID])
		if err != nil {
			return nil, fmt.Errorf("measuring %s: %w", name, err)
		}
		measured[name] = b
	}
	return measured, nil
}

// environment is each function's, by logical id.
func (g *ground) environment(root, dir string) (map[string][]string, error) {
	secrets := map[string]string{}
	for _, id := range []string{"SigningAccounts", "SendingAccounts", "ReadingAccounts"} {
		secrets[id] = "file:" + filepath.Join(root, "infra", "local", "accounts.yaml")
	}
	for _, id := range []string{"Pepper", "SessionKey"} {
		path := filepath.Join(dir, id+".txt")
		if err := os.WriteFile(path, pepper, 0o600); err != nil {
			return nil, err
		}
		secrets[id] = "file:" + path
	}
	nobody := filepath.Join(dir, "notify.yaml")
	if err := os.WriteFile(nobody, []byte("{}"), 0o600); err != nil {
		return nil, err
	}
	secrets["Notifications"], secrets["ReadingNotifications"] = "file:"+nobody, "file:"+nobody
	place := g.stack.Place(secrets, map[string]string{
		"OidcIssuer": "http://127.0.0.1:9/idp", "PublicUrl": "http://127.0.0.1:9", "PlatformApi": "http://127.0.0.1:9", // nobody there is asked
	})
	env := map[string][]string{}
	for _, f := range g.template.Functions {
		variables, err := g.template.Environment(f, place)
		if err != nil {
			return nil, err
		}
		env[f.ID] = append(g.emulator.Env(), fmt.Sprintf("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=%d", f.Memory))
		for name, value := range variables {
			env[f.ID] = append(env[f.ID], name+"="+value)
		}
	}
	return env, nil
}

func measureBinary(ctx context.Context, f template.Function, path string, env []string) (b binary, err error) {
	stat, err := os.Stat(path)
	if err != nil {
		return b, err
	}
	b.Bytes = stat.Size()
	var inits, colds, warms []time.Duration
	for range starts {
		run, err := start(ctx, f, path, env)
		if err != nil {
			return b, err
		}
		inits, colds, warms = append(inits, run.init), append(colds, run.cold), append(warms, run.warm...)
	}
	b.InitMS, b.ColdMS, b.WarmMS = ms(figures.Quantile(inits, 0.5)), ms(figures.Quantile(colds, 0.5)), ms(figures.Quantile(warms, 0.5))
	return b, nil
}

// A life is that of one process of a function.
type life struct {
	init, cold time.Duration
	warm       []time.Duration
}

// start starts a process, invokes it again and again, and ends it.
func start(ctx context.Context, f template.Function, path string, env []string) (l life, err error) {
	name := filepath.Base(f.Dir)
	api, err := runtimeapi.Listen(ctx, name)
	if err != nil {
		return l, err
	}
	defer api.End()
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, path)
	cmd.Env = append(append([]string{}, env...), "AWS_LAMBDA_RUNTIME_API="+api.Address, "AWS_LAMBDA_FUNCTION_NAME="+name, "_HANDLER=bootstrap")
	cmd.Stdout, cmd.Stderr = io.Discard, &said
	first, err := eventFor(name)
	if err != nil {
		return l, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return l, err
	}
	asked := make(chan time.Duration, 1)
	go func() {
		select {
		case <-api.Ready:
		case <-api.Ended:
		}
		asked <- time.Since(began)
	}()
	died := make(chan struct{})
	go func() {
		_ = cmd.Wait() // what it said tells why
		close(died)
		api.End()
	}()
	defer func() {
		_ = cmd.Process.Kill() // it may have died
		<-died
	}()
	answer, _, err := api.Invoke(ctx, first, f.Timeout)
	if err = errors.Join(err, answeredWell(answer)); err != nil {
		api.End()
		_ = cmd.Process.Kill()
		<-died // said is complete now
		return l, fmt.Errorf("%w: %.2000s", err, said.String())
	}
	l.cold, l.init = time.Since(began), <-asked
	for range warm {
		event, err := eventFor(name)
		if err != nil {
			return l, err
		}
		began := time.Now()
		answer, _, err := api.Invoke(ctx, event, f.Timeout)
		if err = errors.Join(err, answeredWell(answer)); err != nil {
			return l, err
		}
		l.warm = append(l.warm, time.Since(began))
	}
	return l, nil
}

// answeredWell reads an answer of either kind: to a request, or to a batch.
func answeredWell(answer []byte) error {
	var told struct {
		StatusCode        int
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if len(answer) == 0 {
		return errors.New("there is no answer")
	}
	if err := json.Unmarshal(answer, &told); err != nil {
		return fmt.Errorf("reading the answer %.200q: %w", answer, err)
	}
	if told.StatusCode != 0 && told.StatusCode != 200 || len(told.BatchItemFailures) > 0 {
		return fmt.Errorf("it answered %.300s", answer)
	}
	return nil
}

// eventFor is what a function is invoked with: for the door and triage a new
// customer's message, for escalate and audit the schedule, for courier, fetch and notify a ticket
// that is gone, for the console its health.
func eventFor(name string) ([]byte, error) {
	p := newPost(chargedTwice, now())
	switch name {
	case "webhook":
		return encode(request("POST", address, string(p.body), map[string]string{
			"content-type": "application/json; charset=utf-8", strings.ToLower(signed): p.signature})), nil
	case "console":
		return encode(request("GET", "/healthz", "", map[string]string{})), nil
	case "escalate", "audit":
		return []byte(`{"source":"schedule"}`), nil
	case "triage":
		return encode(batch(encode(desk.RawEvent{App: desk.App{Platform: "line", Name: "demo"}, Account: account, Body: p.body, Received: now()}))), nil
	case "courier", "fetch", "notify":
		return encode(batch(encode(desk.Nudge{Ticket: "aaaaaaaaaaaaaaaaaaaaaaaaaa.1", Version: 1}))), nil
	}
	return nil, fmt.Errorf("nobody knows what to give to %s", name)
}

// request is one as a Function URL passes it on.
func request(method, path, body string, headers map[string]string) events.LambdaFunctionURLRequest {
	headers["host"] = "127.0.0.1:9"
	return events.LambdaFunctionURLRequest{Version: "2.0", RawPath: path, Headers: headers, Body: body,
		RequestContext: events.LambdaFunctionURLRequestContext{HTTP: events.LambdaFunctionURLRequestContextHTTPDescription{Method: method, Path: path, SourceIP: "127.0.0.1"}}}
}

// batch is one message as an SQS event source passes it on.
func batch(body []byte) events.SQSEvent {
	return events.SQSEvent{Records: []events.SQSMessage{{MessageId: "1", Body: string(body), EventSource: "aws:sqs", EventSourceARN: "arn:aws:sqs:us-east-1:000000000000:bench"}}}
}
