package platformtest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
)

// files returns the recorded webhooks by name, without the end of it.
func (p Platform) files(t testing.TB) map[string][]byte {
	t.Helper()
	dir := p.Dir
	if dir == "" {
		dir = "testdata"
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.webhook.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no recorded webhooks in %s: %v", dir, err)
	}
	found := map[string][]byte{}
	for _, path := range paths {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found[strings.TrimSuffix(path, ".webhook.json")] = body
	}
	return found
}

// read splits and parses, which must both succeed.
func read(t *testing.T, w platform.Webhooks, h http.Header, body []byte) []desk.Event {
	t.Helper()
	raw, err := w.Split(h, body)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, w, raw)
}

func parse(t *testing.T, w platform.Webhooks, raw []desk.RawEvent) []desk.Event {
	t.Helper()
	events := []desk.Event{}
	for i, r := range raw {
		e, err := w.Parse(r)
		if err != nil {
			t.Fatalf("event %d: %v", i, err)
		}
		whole(t, r, e)
		events = append(events, e)
	}
	return events
}

// whole checks what the desk relies on in any event that could be read.
func whole(t *testing.T, raw desk.RawEvent, e desk.Event) {
	t.Helper()
	if e.Key == "" || e.Kind == "" || e.Platform == "" || e.Channel == "" || e.Direction == "" || e.Visibility == "" {
		t.Errorf("half an event came out: %+v", e)
	}
	if e.Account != raw.Account {
		t.Errorf("an event split off for account %q is about %q", raw.Account, e.Account)
	}
	if (e.Kind == desk.FetchRequired) != (e.Needs == desk.NeedsContent || e.Needs == desk.NeedsPoll) {
		t.Errorf("an event of kind %s needs %q", e.Kind, e.Needs)
	}
	if at := e.Thread(); (e.Kind == desk.MessageCreated || e.Kind == desk.FetchRequired) && at.Conversation == "" && at.Author == "" && at.Name == "" {
		t.Error("a message of nobody in no conversation: all such would share one ticket")
	}
	if e.Needs != desk.NeedsNothing && (raw.Fetched != nil || raw.Unfetched != "") {
		t.Errorf("an event that was fetched needs %q: it would be fetched for ever", e.Needs)
	}
	if _, err := json.Marshal(e); err != nil {
		t.Errorf("an event that cannot be written: %v", err)
	}
}

func recorded(t *testing.T, p Platform, update bool) {
	w, _ := p.app(t)
	for path, body := range p.files(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			itself(t, w, p.Golden, body)
			raw, err := w.Split(p.Golden, body)
			if err != nil {
				t.Fatal(err)
			}
			if want := p.Count(body); len(raw) != want {
				t.Errorf("%d events became %d", want, len(raw))
			}
			events := parse(t, w, raw)
			golden(t, path+".golden.json", events, update)
			keys := map[string]int{}
			for i, e := range events {
				name := e.Account + "\x00" + e.Key
				if before, known := keys[name]; known && !bytes.Equal(raw[before].Body, raw[i].Body) {
					t.Errorf("events %d and %d have one key %q: the second would be dropped", before, i, e.Key)
				}
				keys[name] = i
			}
			thin(t, w, path, raw, events, update)
		})
	}
}

// golden compares events with a file.
func golden(t *testing.T, path string, events []desk.Event, update bool) {
	t.Helper()
	written := []json.RawMessage{}
	for _, e := range events {
		written = append(written, inside(t, e))
	}
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\t")
	if err := enc.Encode(written); err != nil {
		t.Fatal(err)
	}
	if update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("events differ from %s (-want +got):\n%s", path, diff)
	}
}

// inside writes an event as `skala parse` does and, where there is any, with what
// only triage gets to see.
func inside(t *testing.T, e desk.Event) json.RawMessage {
	t.Helper()
	type hidden struct {
		Of         string                `json:"of,omitempty"`
		Crowded    bool                  `json:"crowded,omitempty"`
		In         string                `json:"in,omitempty"`
		Own        *desk.OwnReply        `json:"own,omitempty"`
		Delivery   desk.DeliveryState    `json:"delivery,omitempty"`
		Until      *time.Time            `json:"until,omitempty"`
		Problem    string                `json:"problem,omitempty"`
		Moderation desk.ModerationAction `json:"moderation,omitempty"`
		Needs      desk.Need             `json:"needs,omitempty"`
		Unfetched  string                `json:"unfetched,omitempty"`
		Profile    bool                  `json:"profile,omitempty"`
	}
	h := hidden{
		Of: e.Of, Crowded: e.Crowded, In: e.In, Delivery: e.Delivery, Problem: e.Problem,
		Moderation: e.Moderation, Needs: e.Needs, Unfetched: e.Unfetched, Profile: e.Profile,
	}
	if e.Own != (desk.OwnReply{}) {
		h.Own = &e.Own
	}
	if !e.Until.IsZero() {
		h.Until = &e.Until
	}
	outer := encoded(t, e)
	if h == (hidden{}) {
		return outer
	}
	return slices.Concat(outer[:len(outer)-1], []byte(`,"inside":`), encoded(t, h), []byte("}"))
}

// encoded returns v as JSON in which < stays as it is.
func encoded(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// thin checks what becomes of events that lack something, once it was asked for.
func thin(t *testing.T, w platform.Webhooks, path string, raw []desk.RawEvent, events []desk.Event, update bool) {
	t.Helper()
	var needy []desk.RawEvent
	var keys []string
	for i, e := range events {
		if e.Needs != desk.NeedsNothing {
			needy, keys = append(needy, raw[i]), append(keys, e.Key)
		}
	}
	if needy == nil {
		return
	}
	answer, err := os.ReadFile(path + ".fetched.json")
	if err != nil {
		t.Fatalf("a thin event, and nothing that the platform tells about it: %v", err)
	}
	for i := range needy {
		gone := needy[i]
		gone.Unfetched = "asked for 20 minutes in vain"
		e, err := w.Parse(gone)
		if err != nil || e.Key != keys[i] || e.Kind != desk.MessageCreated || e.Unfetched != gone.Unfetched {
			t.Errorf("what could not be fetched becomes %+v, %v", e, err)
		}
		whole(t, gone, e)
		for _, nonsense := range []string{"", "{", "null", "[]", "7", `"x"`, "{}", `{"error":{"code":190}}`, strings.Repeat("[", 100_000), `{"data":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}"} {
			odd := needy[i]
			odd.Fetched = []byte(nonsense)
			if e, err := w.Parse(odd); err == nil {
				whole(t, odd, e)
				if e.Key != keys[i] {
					t.Errorf("fetching %.20q gives it another key", nonsense)
				}
			}
		}
		needy[i].Fetched = answer
	}
	fetched := parse(t, w, needy)
	for i, e := range fetched {
		if e.Key != keys[i] && e.Key != e.ID { // a message may prove to be one that comes by itself as well
			t.Errorf("with its content the event %q has another key: %q", keys[i], e.Key)
		}
	}
	golden(t, path+".fetched.golden.json", fetched, update)
}

// itself checks that each event splits into itself.
func itself(t *testing.T, w platform.Webhooks, h http.Header, body []byte) {
	t.Helper()
	raw, err := w.Split(h, body)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range raw {
		again, err := w.Split(h, r.Body)
		if err != nil || len(again) != 1 {
			t.Fatalf("event %d splits into %d, %v", i, len(again), err)
		}
		if !reflect.DeepEqual(r, again[0]) {
			t.Errorf("event %d changes when it is split again (-once +twice):\n%s", i, cmp.Diff(r, again[0]))
		}
	}
}

func events(t *testing.T, p Platform) {
	t.Parallel()
	w, _ := p.app(t)
	first, again := read(t, w, p.Golden, []byte(p.First)), read(t, w, p.Golden, []byte(p.Again))
	if len(first) != 1 || len(again) != 1 || first[0].Key == "" || first[0].Key != again[0].Key {
		t.Errorf("a redelivery has another key: %v, %v", first, again)
	}
	kind := desk.MessageCreated
	if p.Sender == nil {
		kind = desk.VendorUpdate
	}
	if len(first) == 1 && (first[0].Kind != kind || first[0].Direction != desk.In || first[0].Conversation == "" || first[0].Thread() != again[0].Thread()) {
		t.Errorf("the first event is no message of a customer's, nor a vendor's word: %+v", first[0])
	}
	unknown := read(t, w, p.Golden, []byte(p.Unknown))
	if len(unknown) != 1 || unknown[0].Kind != desk.Unsupported || unknown[0].Key == "" {
		t.Errorf("an event of an unknown type becomes %v", unknown)
	}
	if repeated := read(t, w, p.Golden, []byte(p.Unknown)); len(repeated) != 1 || repeated[0].Key != unknown[0].Key {
		t.Errorf("an event of an unknown type has another key the second time: %v", repeated)
	}
}

// ids checks that an id which comes as a number, above what a float can tell from
// its neighbours, is the same as one that comes as a string.
func ids(t *testing.T, p Platform) {
	t.Parallel()
	const big = "9007199254740993" // 2^53 and 1
	w, _ := p.app(t)
	var doc any
	if err := json.Unmarshal([]byte(p.First), &doc); err != nil {
		t.Fatal(err)
	}
	first := read(t, w, p.Golden, []byte(p.First))[0]
	names := []string{first.Account, first.Key, first.ID, first.Author.ID, first.Conversation}
	tried := 0
	for _, leaf := range strung(doc) {
		if !slices.ContainsFunc(names, func(name string) bool { return leaf != "" && strings.Contains(name, leaf) }) {
			continue
		}
		quoted, number := swap(t, doc, leaf, big), swap(t, doc, leaf, json.Number(big))
		want, got := read(t, w, p.Golden, quoted), read(t, w, p.Golden, number)
		if len(want) != 1 || !strings.Contains(string(inside(t, want[0])), `"`+big) && !strings.Contains(string(inside(t, want[0])), big+`"`) {
			continue // of no id after all
		}
		tried++
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("as a number the id %s is another than as a string (-string +number):\n%s", leaf, diff)
		}
	}
	if tried == 0 {
		t.Error("the first event has no id that could be a number")
	}
}

// strung returns the different strings of a document.
func strung(doc any) []string {
	var all []string
	switch doc := doc.(type) {
	case string:
		all = append(all, doc)
	case map[string]any:
		for _, value := range doc {
			all = append(all, strung(value)...)
		}
	case []any:
		for _, value := range doc {
			all = append(all, strung(value)...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// swap returns the document with one of its strings replaced wherever it stands.
func swap(t *testing.T, doc any, old string, with any) []byte {
	t.Helper()
	var walk func(any) any
	walk = func(doc any) any {
		switch doc := doc.(type) {
		case string:
			if doc == old {
				return with
			}
		case map[string]any:
			out := map[string]any{}
			for name, value := range doc {
				out[name] = walk(value)
			}
			return out
		case []any:
			out := make([]any, len(doc))
			for i := range doc {
				out[i] = walk(doc[i])
			}
			return out
		}
		return doc
	}
	text, err := json.Marshal(walk(doc))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
