package platformtest

import (
	"bytes"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
)

// hostile checks that nothing which may arrive takes the desk down or gets lost:
// it is an event, or an error by which it goes to quarantine whole.
func hostile(t *testing.T, p Platform) {
	t.Parallel()
	w, _ := p.app(t)
	first := []byte(p.First)
	t.Run("what is no JSON object", func(t *testing.T) {
		t.Parallel()
		bodies := []string{"", " ", "[]", "null", "true", "7", `"x"`, "{}{}", "payload=%7B%7D", "a=1&b=2", "\xff", "\xef\xbb\xbf" + p.First, p.First + p.First, p.First + "x"}
		for end := range first {
			bodies = append(bodies, p.First[:end])
		}
		for _, body := range bodies {
			if raw, err := w.Split(p.Golden, []byte(body)); err == nil {
				t.Errorf("%q splits into %d", body, len(raw))
			}
			if e, err := w.Parse(desk.RawEvent{Body: []byte(body)}); err == nil {
				t.Errorf("%q reads as %v", body, e)
			}
		}
	})
	t.Run("deep nesting", func(t *testing.T) {
		t.Parallel()
		deep := func(open, end string, levels int) string {
			return strings.Repeat(open, levels) + "0" + strings.Repeat(end, levels)
		}
		for _, levels := range []int{5_000, 100_000} {
			nests := []string{deep("[", "]", levels), deep(`{"a":`, "}", levels), strings.Repeat("[", levels), strings.Repeat(`{"a":`, levels)}
			for _, nest := range nests {
				tolerated(t, p, w, []byte(nest), false)
				tolerated(t, p, w, []byte(`{"nest":`+nest+`,`+strings.TrimPrefix(p.First, "{")), false)
			}
			for body := range spliced(t, p.First, nests...) {
				tolerated(t, p, w, body, false)
			}
		}
	})
	t.Run("bytes that are no text", func(t *testing.T) {
		t.Parallel()
		for body := range spliced(t, p.First, `"a`+"\xff"+`b"`, `"`+"\xed\xa0\x80"+`"`, `"\ud800"`, `"\u0000"`, `"`+"\xc0\x80"+`"`) {
			tolerated(t, p, w, body, true)
		}
	})
	t.Run("values of the wrong type", func(t *testing.T) {
		t.Parallel()
		wrong := []string{"null", "true", "-1", "1e999", `""`, `"x"`, "[]", "{}", `[null]`, `[[]]`, `{"id":{}}`, `{"":[]}`}
		for body := range spliced(t, p.First, wrong...) {
			tolerated(t, p, w, body, true)
		}
		for _, recorded := range p.files(t) { // they are long: two of these in each place, in turn
			place := 0
			for before, after := range places(t, string(recorded)) {
				for _, n := range []int{place, place + 5} {
					tolerated(t, p, w, slices.Concat(before, []byte(wrong[n%len(wrong)]), after), true)
				}
				place++
			}
		}
	})
}

// tolerated checks a body that should not be: it is refused as a whole, or every
// event of it can be counted, split again and read, or refused by itself.
func tolerated(t *testing.T, p Platform, w platform.Webhooks, body []byte, counts bool) {
	t.Helper()
	raw, err := w.Split(p.Golden, body)
	if err != nil {
		if raw != nil {
			t.Errorf("both events and an error: %.200q", body)
		}
		return
	}
	if counts && len(raw) != p.Count(body) {
		t.Errorf("%d events became %d: %.200q", p.Count(body), len(raw), body)
	}
	itself(t, w, p.Golden, body)
	for _, r := range raw {
		e, err := w.Parse(r)
		if err != nil {
			continue
		}
		whole(t, r, e)
		if again, err := w.Parse(r); err != nil || again.Key != e.Key {
			t.Errorf("it has another key the second time: %q, %q", e.Key, again.Key)
		}
		if text, err := json.Marshal(e); err == nil && !utf8.Valid(text) {
			t.Errorf("what comes out is no text: %q", text)
		}
	}
}

// spliced goes through copies of a document in which one of its values is replaced
// by one of some texts, which need not be JSON.
func spliced(t *testing.T, doc string, texts ...string) iter.Seq[[]byte] {
	t.Helper()
	return func(yield func([]byte) bool) {
		for before, after := range places(t, doc) {
			for _, text := range texts {
				if !yield(slices.Concat(before, []byte(text), after)) {
					return
				}
			}
		}
	}
}

// places goes through the values in a document, by what stands before and after
// each. The document itself is none of them.
func places(t *testing.T, doc string) iter.Seq2[[]byte, []byte] {
	t.Helper()
	const mark = "here goes the value"
	return func(yield func(before, after []byte) bool) {
		dec := json.NewDecoder(strings.NewReader(doc))
		dec.UseNumber()
		var parsed any
		if dec.Decode(&parsed) != nil {
			return // recorded for being unreadable
		}
		for n := 1; ; n++ {
			left := n
			changed := replace(parsed, &left, mark)
			if left >= 0 {
				return
			}
			marked, err := json.Marshal(changed)
			if err != nil {
				t.Error(err)
				return
			}
			before, after, _ := bytes.Cut(marked, []byte(strconv.Quote(mark)))
			if !yield(before, after) {
				return
			}
		}
	}
}
