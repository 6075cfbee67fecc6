package wire_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/platform/wire"
)

func read(t testing.TB, body string) wire.Value {
	t.Helper()
	var d wire.Document
	if err := d.Read([]byte(body)); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return d.Root()
}

func TestADocumentGivesWhatIsAskedForAndNothingElse(t *testing.T) {
	t.Parallel()
	v := read(t, ` {"a":{"n\u0061me":"\u0e01\/\ud83d\ude24ข\ud83dx"},"list":[1,{"x":[]},"]"],"id":12345678901234567890,"yes":true,"no":false,"twice":1,"twice":2,"one":[[7]]} `)
	for path, want := range map[string]string{"a.name": "ก/😤ข\ufffdx", "id": "12345678901234567890", "yes": "", "a": "", "list": "", "a.b.c.d": "", "id.x": "", "twice": "2"} {
		at := v
		for name := range strings.SplitSeq(path, ".") {
			at = at.Get(name)
		}
		if got := at.Text(); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	var raw []string
	for e := range v.Get("list").Elements() {
		raw = append(raw, string(e.Raw()))
	}
	if diff := cmp.Diff([]string{`1`, `{"x":[]}`, `"]"`}, raw); diff != "" {
		t.Errorf("the list differs (-want +got):\n%s", diff)
	}
	if !v.Get("yes").True() || v.Get("no").True() || v.Get("id").True() || v.Get("none").True() {
		t.Error("something else than true is true")
	}
	if _, ok := v.Sole("twice"); ok {
		t.Error("what is there twice is the only one")
	}
	if one, ok := v.Sole("one"); !ok || string(one.Only().Raw()) != `[7]` || one.Only().Only().Text() != "7" {
		t.Errorf("the only one is %s", one.Only().Raw())
	}
	if v.Get("list").Only().Found() || v.Get("id").Only().Found() || v.Get("list").Empty() || !v.Get("a").Empty() {
		t.Error("a list of three has an only one, or is empty")
	}
}

func TestWhatIsNoJSONIsNotRead(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"", " ", "{", "}", "[", "]", "[1,]", "[,1]", "[1 2]", `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, `{"a":1 "b":2}`, `[}`, `{]`, `{"a":1]`, `[1}`,
		"01", "-", "1.", ".5", "1e", "1e+", "+1", "tru", "nul", "truex", `"`, `"\`, `"\x"`, `"\u12"`, `"\u12g4"`, "\"\n\"", `"a" "b"`, "{}{}", `{"a":1}x`, "\ufeff{}",
		strings.Repeat("[", 10001) + strings.Repeat("]", 10001),
	} {
		var d wire.Document
		if err := d.Read([]byte(body)); err == nil || d.Root().Found() {
			t.Errorf("%.40q is read: %v", body, err)
		}
		if json.Valid([]byte(body)) {
			t.Errorf("%.40q is valid", body)
		}
	}
}

// FuzzDocument holds that a document is what the decoder of the standard library
// takes it for.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-0.5e+7,"]",{"b":[]}],"c":null,"d":{"e":true,"":false}}`, ` [ "\u0e01\ud83d\ude24\n\/" , "\ud83d" , "\ud83d\u0041\\" ] `, `"ก😤"`, `{"abcdefgh\"":"01234567\\"}`, "\"\xff\x80\"",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var d wire.Document
		err := d.Read(body)
		if valid := json.Valid(body); valid != (err == nil) {
			t.Fatalf("%q: valid is %v, but %v", body, valid, err)
		}
		if err == nil {
			same(t, d.Root(), body)
		}
	})
}

// same compares a value with the JSON that it should be.
func same(t *testing.T, v wire.Value, want []byte) {
	want = bytes.TrimSpace(want)
	if string(v.Raw()) != string(want) {
		t.Fatalf("%q, want %q", v.Raw(), want)
	}
	if text := v.Text(); !v.Is(text) || v.Is(text+"x") {
		t.Errorf("%q is not itself, or more", text)
	}
	switch want[0] {
	case '{':
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(want, &fields); err != nil {
			t.Fatal(err)
		}
		names := map[string]bool{}
		for name := range v.Members() {
			names[name] = true
		}
		if len(names) != len(fields) {
			t.Errorf("%d members, want %d", len(names), len(fields))
		}
		for name, value := range fields {
			if utf8.ValidString(name) && !strings.ContainsRune(name, utf8.RuneError) {
				same(t, v.Get(name), value)
			}
		}
	case '[':
		var all []json.RawMessage
		if err := json.Unmarshal(want, &all); err != nil {
			t.Fatal(err)
		}
		got := slices.Collect(v.Elements())
		if len(got) != len(all) || v.Empty() != (len(all) == 0) || v.Only().Found() != (len(all) == 1) {
			t.Fatalf("%d elements, want %d", len(got), len(all))
		}
		for i := range all {
			same(t, got[i], all[i])
		}
	case '"':
		var s string
		if err := json.Unmarshal(want, &s); err != nil || v.Text() != s {
			t.Errorf("%s is %q, want %q, %v", want, v.Text(), s, err)
		}
	case 't', 'f', 'n':
		if v.True() != (want[0] == 't') || v.Text() != "" {
			t.Errorf("%s is %v, %q", want, v.True(), v.Text())
		}
	default:
		if v.Text() != string(want) {
			t.Errorf("%s is %q", want, v.Text())
		}
	}
}

// BenchmarkDocument compares it with what the standard library takes to find out
// whether the same body is valid at all.
func BenchmarkDocument(b *testing.B) {
	body := []byte(`{"object":"page","entry":[{"id":"104857600000001","time":1795168800523,"messaging":[{"sender":{"id":"7412589630147852"},"recipient":{"id":"104857600000001"},"timestamp":1795168800123,"message":{"mid":"m_text","text":"` +
		strings.Repeat(`\u0e2a\u0e31\u0e48\u0e07\u0e02\u0e2d\u0e07\u0e44\u0e1b `, 22) + `"}}]}]}`)
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			var d wire.Document
			if err := d.Read(body); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("valid by the standard library", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			if !json.Valid(body) {
				b.Fatal("it is not")
			}
		}
	})
}
