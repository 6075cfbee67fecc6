package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// scripted is a desk that answers as a test has written down, by method and
// path with query, and notes what it was asked and with which body.
type scripted struct {
	answers map[string][]string // in turn; the last one again
	asked   []string
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	query := r.URL.Query()
	for name, values := range query {
		if values[0] == "" {
			query.Del(name)
		}
	}
	at := r.Method + " " + r.URL.Path
	if q := query.Encode(); q != "" {
		at += "?" + q
	}
	s.asked = append(s.asked, strings.TrimSpace(at+" "+string(body)))
	answers := s.answers[at]
	if r.Header.Get("Authorization") != "Bearer secret" {
		answers = []string{`401 {"detail":"Sign in first."}`}
	}
	if len(answers) == 0 {
		answers = []string{`404 {"detail":"There is nothing at this address."}`}
	}
	code := 200
	answer := answers[0]
	if _, err := fmt.Sscanf(answer, "%d ", &code); err == nil {
		answer = answer[4:]
	}
	if len(answers) > 1 {
		s.answers[at] = answers[1:]
	}
	w.WriteHeader(code)
	fmt.Fprint(w, answer)
}

func TestRedriveAndAccountingAskTheDeskAndTellByTheirStatus(t *testing.T) {
	t.Parallel()
	const replay, letters = "POST /api/v1/quarantine/replay", "POST /api/v1/dead-letters/redrive"
	tests := []struct {
		name, line string
		answers    map[string][]string
		want       int
		stdout     string
		stderr     string // a part of it
		asked      string // one a line; empty for whatever
	}{
		{"what is in quarantine is listed, all pages", "redrive -list", map[string][]string{
			"GET /api/v1/quarantine":          {`{"items":[{"id":"a","reason":"<no>"},{"id":"b"}],"next":"n"}`},
			"GET /api/v1/quarantine?cursor=n": {`{"items":[{"id":"c"}],"next":""}`},
		}, 0, "{\"id\":\"a\",\"reason\":\"<no>\"}\n{\"id\":\"b\"}\n{\"id\":\"c\"}\n", "", ""},
		{"all of it is replayed, part by part", "redrive -all", map[string][]string{
			replay:               {`{"sent":100,"unreadable":0,"failed":0,"remaining":3,"next":"n"}`},
			replay + "?cursor=n": {`{"sent":3,"unreadable":0,"failed":0,"remaining":0,"next":""}`},
		}, 0, `{"sent":100,"unreadable":0,"failed":0,"remaining":3,"next":"n"}` + "\n" + `{"sent":3,"unreadable":0,"failed":0,"remaining":0,"next":""}` + "\n", "", ""},
		{"what stays is told", "redrive -all", map[string][]string{replay: {`{"sent":1,"unreadable":2,"failed":0,"remaining":0,"next":""}`}},
			1, `{"sent":1,"unreadable":2,"failed":0,"remaining":0,"next":""}` + "\n", "2 still can't be read", ""},
		{"some are replayed by id, whatever became of the others", "redrive a b/c d", map[string][]string{
			"POST /api/v1/quarantine/a/replay":   {`{"id":"a","outcome":"unreadable","events":0,"reason":"no JSON"}`},
			"POST /api/v1/quarantine/b/c/replay": {`404 {"detail":"That is not in quarantine."}`},
			"POST /api/v1/quarantine/d/replay":   {`{"id":"d","outcome":"sent","events":3}`},
		}, 1, `{"id":"a","outcome":"unreadable","events":0,"reason":"no JSON"}` + "\n" + `{"id":"d","outcome":"sent","events":3}` + "\n", "b/c: 404 Not Found: That is not in quarantine.", ""},
		{"dead letters of a queue are listed", "redrive -queue due -list", map[string][]string{
			"GET /api/v1/dead-letters?limit=200&queue=due": {`{"items":[{"id":"r"}],"next":"","queues":[]}`}}, 0, "{\"id\":\"r\"}\n", "", ""},
		{"all of them are given back, as long as there are", "redrive -queue due -all", map[string][]string{letters: {
			`{"queue":"due","redriven":500,"failed":0,"remaining":2}`, `{"queue":"due","redriven":2,"failed":0,"remaining":0}`, `{}`}},
			0, `{"queue":"due","redriven":500,"failed":0,"remaining":2}` + "\n" + `{"queue":"due","redriven":2,"failed":0,"remaining":0}` + "\n", "",
			letters + ` {"all":true,"queue":"due"}` + "\n" + letters + ` {"all":true,"queue":"due"}`},
		{"what others look at is not waited for", "redrive -queue due -all", map[string][]string{letters: {`{"queue":"due","redriven":0,"failed":0,"remaining":2}`}},
			0, `{"queue":"due","redriven":0,"failed":0,"remaining":2}` + "\n", "", letters + ` {"all":true,"queue":"due"}`},
		{"what was refused is told", "redrive -queue due -all", map[string][]string{letters: {`{"queue":"due","redriven":1,"failed":2,"remaining":2}`}},
			1, `{"queue":"due","redriven":1,"failed":2,"remaining":2}` + "\n", "2 were not sent", ""},
		{"one dead letter is given back by its id", "redrive -queue tier3 r-1", map[string][]string{letters: {`{"queue":"tier3","redriven":1,"failed":0,"remaining":0}`}},
			0, `{"queue":"tier3","redriven":1,"failed":0,"remaining":0}` + "\n", "", letters + ` {"id":"r-1","queue":"tier3"}`},
		{"a desk that refuses", "redrive -all -token wrong", nil, 1, "", "401 Unauthorized: Sign in first.", ""},
		{"neither one nor all", "redrive", nil, 2, "", "say -list, -all or which", ""},
		{"one and all", "redrive -all a", nil, 2, "", "say -list, -all or which", ""},
		{"two at once", "redrive -all -list", nil, 2, "", "say -list, -all or which", ""},
		{"a queue that is none", "redrive -queue nope -list", nil, 2, "", `there is no queue "nope": inbound, fetch, outbound, due, notices, tier0`, ""},
		{"a body of a queue", "redrive -queue due -body a", nil, 2, "", "-body is of one", ""},
		{"the body of nothing", "redrive -body", nil, 2, "", "say -list, -all or which", ""},
		{"the bodies of two", "redrive -body a b", nil, 2, "", "-body is of one", ""},
		{"a body that is not there", "redrive -body a", nil, 1, "", "404 Not Found", ""},
		{"a short body", "redrive -body a", map[string][]string{"GET /api/v1/quarantine/a/body": {`{"x`}}, 0, `{"x`, "", ""},
		{"accounts, all pages", "accounting -account A", map[string][]string{
			"GET /api/v1/accounting?account=A":                                 {`{"items":[{"account":"A"}],"differences":[],"next":"2026-11-01T00:00:00Z"}`},
			"GET /api/v1/accounting?account=A&cursor=2026-11-01T00%3A00%3A00Z": {`{"items":[{"account":"B"}],"differences":[],"next":""}`},
		}, 0, "{\"account\":\"A\"}\n{\"account\":\"B\"}\n", "", ""},
		{"accounts that do not balance", "accounting", map[string][]string{"GET /api/v1/accounting": {`{"items":[{"account":"A"}],"differences":[{"kind":"overdue"}],"next":""}`}},
			1, "{\"account\":\"A\"}\n", "events that do not balance: 1", ""},
		{"what does not balance", "accounting -differences", map[string][]string{"GET /api/v1/accounting": {`{"items":[{"account":"A"}],"differences":[{"kind":"overdue"}],"next":""}`}},
			1, "{\"kind\":\"overdue\"}\n", "events that do not balance: 1", ""},
		{"an argument too many", "accounting x", nil, 2, "", "unexpected argument", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			desk := &scripted{answers: tt.answers}
			server := httptest.NewServer(desk)
			defer server.Close()
			verb, rest, _ := strings.Cut(tt.line, " ")
			args := append([]string{verb, "-url", server.URL, "-token", "secret"}, strings.Fields(rest)...)
			var stdout, stderr bytes.Buffer
			if got := run(t.Context(), verbs(), args, strings.NewReader(""), &stdout, &stderr); got != tt.want {
				t.Errorf("exit status %d, want %d", got, tt.want)
			}
			if stdout.String() != tt.stdout || !strings.Contains(stderr.String(), tt.stderr) || tt.stderr == "" && stderr.Len() > 0 {
				t.Errorf("printed %s\n%s", &stdout, &stderr)
			}
			if got := strings.Join(desk.asked, "\n"); tt.asked != "" && got != tt.asked {
				t.Errorf("asked\n%s", got)
			}
		})
	}
}

func TestWithoutAnAddressTheDeskOfThisCheckoutIsAsked(t *testing.T) {
	t.Chdir(t.TempDir())
	var stdout, stderr bytes.Buffer
	if got := run(t.Context(), verbs(), []string{"redrive", "-list"}, nil, &stdout, &stderr); got != 1 || !strings.Contains(stderr.String(), "make run") {
		t.Errorf("with none: %d, %s", got, &stderr)
	}
	server := httptest.NewServer(&scripted{answers: map[string][]string{"GET /api/v1/quarantine": {`{"items":[{"id":"a"}],"next":""}`}}})
	defer server.Close()
	if err := os.MkdirAll(filepath.Dir(runFile), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(runFile, fmt.Appendf(nil, `{"api":%q,"admin_token":"secret","pid":1}`, server.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	stderr.Reset()
	if got := run(t.Context(), verbs(), []string{"redrive", "-list"}, nil, &stdout, &stderr); got != 0 || stdout.String() != "{\"id\":\"a\"}\n" {
		t.Errorf("%d, %s%s", got, &stdout, &stderr)
	}
}

func TestAnEmptyIDIsNotAll(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{""}, {"a", ""}, {"."}, {".."}, {"-queue", "due", ""}} {
		desk := &scripted{answers: map[string][]string{"POST /api/v1/quarantine/replay": {`{"sent":9}`}}}
		server := httptest.NewServer(desk)
		var stdout, stderr bytes.Buffer
		got := run(t.Context(), verbs(), append([]string{"redrive", "-url", server.URL, "-token", "secret"}, args...), nil, &stdout, &stderr)
		if server.Close(); got != 2 || len(desk.asked) > 0 || !strings.Contains(stderr.String(), "is no id") {
			t.Errorf("%q: %d, asked %q, %s", args, got, desk.asked, &stderr)
		}
	}
}

func TestWhereADeskPointsToNobodyGoes(t *testing.T) {
	t.Parallel()
	for _, code := range []int{301, 302, 303, 307, 308} {
		var asked []string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.Method+" "+r.URL.Path)
			http.Redirect(w, r, "/elsewhere", code)
		}))
		var stdout, stderr bytes.Buffer
		for _, what := range []string{"-all", "-list"} {
			if got := run(t.Context(), verbs(), []string{"redrive", "-url", server.URL, "-token", "secret", what}, nil, &stdout, &stderr); got != 1 || stdout.Len() > 0 {
				t.Errorf("%d: status %d, %s", code, got, &stdout)
			}
		}
		if server.Close(); len(asked) != 2 {
			t.Errorf("%d: asked %q", code, asked)
		}
	}
}

func TestABodyComesInRanges(t *testing.T) {
	t.Parallel()
	whole := []byte(strings.Repeat("\xff\x00{", 100))
	for name, tt := range map[string]struct {
		answer func(w http.ResponseWriter, at int)
		want   int
	}{
		"as much as one answer has": {func(w http.ResponseWriter, at int) {
			part := whole[at:min(at+64, len(whole))]
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", at, at+len(part)-1, len(whole)))
			w.WriteHeader(206)
			_, _ = w.Write(part)
		}, 0},
		"always the beginning": {func(w http.ResponseWriter, _ int) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-63/%d", len(whole)))
			w.WriteHeader(206)
			_, _ = w.Write(whole[:64])
		}, 1},
		"nothing": {func(w http.ResponseWriter, at int) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", at, at-1, len(whole)))
			w.WriteHeader(206)
		}, 1},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var at int
			if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &at); err != nil || r.Header.Get("Authorization") != "Bearer secret" {
				t.Errorf("asked for %q, %v", r.Header.Get("Range"), err)
			}
			tt.answer(w, at)
		}))
		var stdout, stderr bytes.Buffer
		got := run(t.Context(), verbs(), []string{"redrive", "-url", server.URL, "-token", "secret", "-body", "a"}, nil, &stdout, &stderr)
		if server.Close(); got != tt.want || tt.want == 0 && !bytes.Equal(stdout.Bytes(), whole) {
			t.Errorf("%s: %d with %d bytes, %s", name, got, stdout.Len(), &stderr)
		}
	}
}
