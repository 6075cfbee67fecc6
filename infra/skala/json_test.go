package main

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
)

func FuzzThePlainReaderReadsWhatTheThoroughOneReads(f *testing.F) {
	for _, text := range []string{
		`{"id":"1","text":"hello"}`, ` { "id" : 7 , "text" : "a\"b\\" , "author" : {"vip":true,"list":[1,{"a":"}"}]} } `, `{}`, `{"id":"1","id":"2"}`,
		`{"a":1}{`, `{"a":01}`, `{"a":tru}`, `{"a":"é\u00e9"}`, "{\"a\":\"\xff\"}", "{\"a\":\"\x01\"}", `{"a":[1,2}`, `{"a":}`, `{"a" "b"}`, `{,}`, `{"a":1,}`, `{"\u0061":1,"a":2}`,
		`{"a":"b"`, `[1]`, ``, `{"a":"b"} x`, `{"a":-}`, `{"a":{"b":1,"b":2}}`, `{"a":"b\"}`, `{"a":1 2}`, `{"a":null,"b":false}`, `{"a":"b""c":1}`, `{1:2}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		plain, ok := plainMembers(text)
		if !ok {
			return
		}
		want, err := members(text)
		if err != nil {
			t.Fatalf("%q: the thorough reader says %v", text, err)
		}
		if len(plain) == 0 && len(want) == 0 {
			return
		}
		if diff := cmp.Diff(want, plain, cmp.AllowUnexported(member{})); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
		for _, m := range plain {
			var slow *string
			if text, ok := plainString(m.value); ok && (json.Unmarshal(m.value, &slow) != nil || slow == nil || *slow != string(text)) {
				t.Errorf("%q is read as %q", m.value, text)
			}
		}
	})
}

func TestWhatProgramsUsuallyWriteIsReadPlainly(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"id":"1","text":"สวัสดี","lang":null}`, `{"id": 1, "text": "caf\u00e9 \"x\"", "author": {"followers": 12}}`, " {\"id\":\"1\",\"text\":\"x\"}\r\n"} {
		if _, ok := plainMembers([]byte(text)); !ok {
			t.Errorf("%s is left to the thorough reader", text)
		}
	}
}

func FuzzAVerdictIsWrittenAsThePackageForJSONWritesIt(f *testing.F) {
	f.Add("plain", `"quoted\"`, 0.25, 3)
	f.Add("\u2028\u2029<&>", "\x00\b\f\n\r\t\x7f", 1e-9, -1)
	f.Add("\xff\xc3\x28 é", "ท😀", 1.0, 0)
	f.Fuzz(func(t *testing.T, a, b string, confidence float64, n int) {
		for _, c := range []classified{
			{ID: json.RawMessage(`7`), Verdict: desk.Verdict{Lang: a, Severity: desk.High, Confidence: confidence, Score: n}},
			{ID: json.RawMessage(`"x"`), Verdict: desk.Verdict{Lang: a, Category: desk.Category(b), Severity: desk.Low, Tags: []string{}, Reasons: []desk.Reason{}}},
			full(t, a, b, confidence, n),
		} {
			want, err := appendJSON(nil, c)
			if err != nil {
				return // no number that JSON has
			}
			if got, err := c.append(nil); err != nil || string(got) != string(want) {
				t.Errorf("%v\n%s\n%s", err, got, want)
			}
		}
	})
}

// full returns a verdict with every field set, those that somebody adds included.
func full(t *testing.T, a, b string, x float64, n int) classified {
	t.Helper()
	c := classified{ID: json.RawMessage(`"id"`)}
	c.Tags = []string{a, b}
	c.Reasons = []desk.Reason{{Signal: a, Start: n, End: 1, Text: b, Weight: n}, {Signal: b}}
	v := reflect.ValueOf(&c.Verdict).Elem()
	for i := range v.NumField() {
		switch field := v.Field(i); field.Kind() {
		case reflect.String:
			field.SetString("set " + a)
		case reflect.Bool:
			field.SetBool(true)
		case reflect.Int:
			field.SetInt(int64(n) | 1)
		case reflect.Uint8:
			field.SetUint(3)
		case reflect.Float64:
			field.SetFloat(x)
		case reflect.Slice:
			if field.IsNil() {
				t.Fatalf("%s: this test sets no such field: let it", v.Type().Field(i).Name)
			}
		default:
			t.Fatalf("%s: this test sets no such field: let it", v.Type().Field(i).Name)
		}
	}
	return c
}
