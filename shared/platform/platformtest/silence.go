package platformtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"example.com/skala/infra/leaks"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/platform"
)

// silence checks that no error repeats what a customer wrote, what an agent did,
// or what proves who somebody is: errors end in the log.
func silence(t *testing.T, p Platform) {
	t.Parallel()
	words, digits := leaks.Words("what somebody wrote"), leaks.Secret{Name: "a number", Value: "411111111111111198765432109876543210"}
	finder := leaks.For(words, digits)
	errs := 0
	check := func(what string, err error) {
		if err == nil {
			return
		}
		errs++
		for _, l := range finder.Find([]byte(logs.Text(err))) {
			t.Errorf("%s: %s", what, l)
		}
	}
	w, sign := p.app(t)
	for _, spoiled := range p.spoiled(t, words.Value, json.Number(digits.Value)) {
		raw, err := w.Split(p.Golden, spoiled)
		check("splitting", err)
		for _, r := range raw {
			_, err := w.Parse(r)
			check("reading", err)
			r.Fetched = spoiled
			_, err = w.Parse(r)
			check("reading what was fetched", err)
		}
	}
	body := []byte(p.First)
	for name := range sign(body, now()) {
		for _, value := range []string{words.Value, digits.Value, "v1," + words.Value, sign(body, now()).Get(name) + words.Value} {
			h := sign(body, now())
			h.Set(name, value)
			check("checking who sent it", w.Verify(h, body, now()))
		}
	}
	if errs < 100 {
		t.Errorf("only %d errors: this spoils too little", errs)
	}
	if p.Sender == nil {
		return
	}

	reply := p.Reply
	reply.Text = words.Value
	asks := append(slices.Clone(p.Asks), Ask{Name: "sending", Do: func(ctx context.Context, s platform.Sender) error {
		_, err := s.Send(ctx, reply)
		return err
	}})
	for _, status := range []int{200, 302, 400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 503} {
		for _, form := range []string{`{"message":%q}`, `{"error":{"message":%[1]q,"code":100,"type":%[1]q}}`, `{"title":%[1]q,"detail":%[1]q,"errors":[{"message":%[1]q}]}`, `{"message":"refused","details":[{"message":%q,"property":"text"}]}`, `<html>%s`} {
			api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sent, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				w.Header().Set("Location", "/elsewhere?said="+r.URL.Query().Encode())
				w.Header().Set("Retry-After", words.Value)
				w.WriteHeader(status)
				fmt.Fprintf(w, form, string(sent)+words.Value)
			}))
			for _, ask := range asks {
				check(ask.Name, ask.Do(t.Context(), p.Sender(api.URL)))
			}
			api.Close()
		}
	}
}

// spoiled are the recorded webhooks, each with every one of its values replaced in
// turn by what does not belong there, with words at many places in it, and cut.
func (p Platform) spoiled(t *testing.T, words string, number json.Number) (bodies [][]byte) {
	t.Helper()
	quoted, err := json.Marshal(words)
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range p.files(t) {
		var doc any
		if err := json.Unmarshal(body, &doc); err != nil {
			continue // recorded for being unreadable
		}
		for n := 0; ; n++ {
			there := false
			for _, with := range []any{words, number, map[string]any{words: words}, []any{words}, true, nil} {
				left := n
				changed := replace(doc, &left, with)
				if left >= 0 {
					continue
				}
				there = true
				text, err := json.Marshal(changed)
				if err != nil {
					t.Fatal(err)
				}
				bodies = append(bodies, text)
			}
			if !there {
				break
			}
		}
		for at := 1; at < len(body); at += 17 {
			bodies = append(bodies, slices.Concat(body[:at], []byte(words), body[at:]), slices.Concat(body[:at], quoted, body[at:]), slices.Concat(body[:at], quoted))
		}
	}
	return bodies
}

// replace returns a copy of a document with its value number left, counted from 0,
// replaced by with. left ends below 0 when there was one.
func replace(doc any, left *int, with any) any {
	if *left--; *left == -1 {
		return with
	}
	switch doc := doc.(type) {
	case map[string]any:
		names := make([]string, 0, len(doc))
		for name := range doc {
			names = append(names, name)
		}
		slices.Sort(names)
		out := map[string]any{}
		for _, name := range names {
			out[name] = replace(doc[name], left, with)
		}
		return out
	case []any:
		out := make([]any, len(doc))
		for i := range doc {
			out[i] = replace(doc[i], left, with)
		}
		return out
	}
	return doc
}
