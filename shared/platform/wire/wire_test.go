package wire_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/platform/wire"
)

func TestWhatPlatformsSendInPlaceOfText(t *testing.T) {
	t.Parallel()
	tests := []struct{ json, want string }{
		{`"abc"`, "abc"},
		{`"\u0e01\ud83d\ude24"`, "ก😤"},
		{`"ก"`, "ก"},
		{`"ก\nข"`, "ก\nข"},
		{"\"ก\xff\"", "ก\ufffd"}, // as the decoder has it
		{`""`, ""},
		{`12345678901234567890123`, "12345678901234567890123"},
		{`-1.50`, "-1.50"},
		{`null`, ""}, {`true`, ""}, {`{"a":1}`, ""}, {`["a"]`, ""},
	}
	for _, tt := range tests {
		got := wire.Text("before")
		if err := json.Unmarshal([]byte(tt.json), &got); err != nil || string(got) != tt.want {
			t.Errorf("%s is read as %q, %v; want %q", tt.json, got, err, tt.want)
		}
	}
}

func TestWhatPlatformsSendInPlaceOfCountsAndFlags(t *testing.T) {
	t.Parallel()
	var got struct{ A, B, C, D, E wire.Count }
	if err := json.Unmarshal([]byte(`{"A":12,"B":"34","C":1.5,"D":"many","E":9223372036854775808}`), &got); err != nil {
		t.Fatal(err)
	}
	if got.A.Value == nil || *got.A.Value != 12 || got.B.Value == nil || *got.B.Value != 34 || got.C.Value != nil || got.D.Value != nil || got.E.Value != nil {
		t.Errorf("the counts are %v", got)
	}
	var flags struct{ A, B, C, D wire.Flag }
	if err := json.Unmarshal([]byte(`{"A":true,"B":false,"C":"yes","D":null}`), &flags); err != nil {
		t.Fatal(err)
	}
	if flags.A.Value == nil || !*flags.A.Value || flags.B.Value == nil || *flags.B.Value || flags.C.Value != nil || flags.D.Value != nil {
		t.Errorf("the flags are %v", flags)
	}
}

func TestInstantsThatAreNoneAreZero(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 9, 30, 0, 7e6, time.UTC)
	tests := []struct {
		name      string
		got, want time.Time
	}{
		{"milliseconds", wire.Millis("1795253400007"), at},
		{"no milliseconds", wire.Millis("soon"), time.Time{}},
		{"nothing", wire.Millis(""), time.Time{}},
		{"nought", wire.Millis("0"), time.Time{}},
		{"before 1970", wire.Millis("-5"), time.Time{}},
		{"a year of five digits", wire.Millis("253402300800000"), time.Time{}},
		{"more than any number", wire.Millis("99999999999999999999"), time.Time{}},
		{"ISO", wire.ISO("2026-11-21T09:30:00.007Z"), at},
		{"ISO in a zone", wire.ISO("2026-11-21T16:30:00.007+07:00"), at},
		{"ISO in a zone without its colon", wire.ISO("2026-11-21T16:30:00.007+0700"), at},
		{"ISO without a zone", wire.ISO("2026-11-21T09:30:00"), time.Time{}},
		{"a day", wire.ISO("2026-11-21"), time.Time{}},
		{"a year of five digits once in UTC", wire.ISO("9999-12-31T23:59:59-23:59"), time.Time{}},
		{"a year before any once in UTC", wire.ISO("0000-01-01T00:00:00+23:59"), time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if !tt.got.Equal(tt.want) {
				t.Errorf("%v, want %v", tt.got, tt.want)
			}
		})
	}
}

func TestHeadersAreFoundInAnyCase(t *testing.T) {
	t.Parallel()
	h := http.Header{"X-Proper": {"a", "b"}, "x-lower": {"c"}, "X-TWICE": {"d"}, "x-twice": {"d"}, "X-Differs": {"e", "f"}, "X-Empty": {""}}
	for name, want := range map[string][]string{"x-proper": {"a", "b"}, "X-Lower": {"c"}, "X-Twice": {"d", "d"}, "X-None": nil} {
		if diff := cmp.Diff(want, wire.Header(h, name)); diff != "" {
			t.Errorf("%s differs (-want +got):\n%s", name, diff)
		}
	}
	for name, want := range map[string]string{"X-Lower": "c", "X-Twice": "d", "X-Differs": "", "X-Empty": "", "X-None": ""} {
		if got, ok := wire.One(h, name); got != want || ok != (want != "") {
			t.Errorf("the one %s is %q, %v", name, got, ok)
		}
	}
}

func TestHowLongAnAnswerAsksToWait(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	tests := []struct {
		name, after, date string
		want              time.Duration
	}{
		{"seconds", "30", "", 30 * time.Second},
		{"nothing", "", "", 0},
		{"words", "soon", "", 0},
		{"a time gone by", "-5", "", 0},
		{"for ever", "999999999999", "", 24 * time.Hour},
		{"a date by our clock", "Sat, 21 Nov 2026 09:31:00 GMT", "", time.Minute},
		{"a date by its own clock", "Sat, 21 Nov 2026 09:31:00 GMT", "Sat, 21 Nov 2026 09:30:50 GMT", 10 * time.Second},
		{"a date gone by", "Sat, 21 Nov 2026 09:29:00 GMT", "", 0},
		{"a date far away", "Sat, 21 Nov 2099 09:29:00 GMT", "", 24 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{"Retry-After": {tt.after}, "Date": {tt.date}}
			if got := wire.RetryAfter(h, now); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestAnEnvelopeStaysAsItCame(t *testing.T) {
	t.Parallel()
	const body = " {\"a\" : {\"b\":[\"}\\\"]\"]}, \"ev\\u0065nts\" : [ {\"x\":1.0} ,2 , \"],\\\\\", null\n] ,\"a\":12345678901234567890}\n"
	e, err := wire.Open([]byte(body), "events")
	if err != nil {
		t.Fatal(err)
	}
	var events []string
	for _, event := range e.Events {
		events = append(events, string(event.Raw()))
	}
	if diff := cmp.Diff([]string{`{"x":1.0}`, `2`, `"],\\"`, `null`}, events); diff != "" {
		t.Errorf("the events differ (-want +got):\n%s", diff)
	}
	if got := e.Field("a"); got != "12345678901234567890" {
		t.Errorf("the field is %q", got)
	}
	if got := e.Field("none"); got != "" {
		t.Errorf("a field that is not there is %q", got)
	}
	before, after, _ := strings.Cut(body, "[ {\"x\"")
	_, after, _ = strings.Cut(after, "\n]")
	if got, want := string(e.Alone(1)), before+"[2]"+after; got != want {
		t.Errorf("alone it is %s, want %s", got, want)
	}
}

func TestABodyThatWouldFillTheMemoryIsNotSplit(t *testing.T) {
	t.Parallel()
	body := `{"junk":"` + strings.Repeat("x", 1<<20) + `","events":[` + strings.Repeat("0,", 1000) + `0]}`
	if _, err := wire.Open([]byte(body), "events"); err == nil {
		t.Error("a megabyte is copied a thousand times")
	}
}

// FuzzOpen holds that an envelope finds what the decoder of the standard library
// finds, and that an event alone is an envelope again.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(`{"events":[1,"]",{"a":[]}],"b":null}`))
	f.Add([]byte(` {"a":{"events":[1]},"events":[]} `))
	f.Add([]byte("{\"\\u0065vents\":[true\t,\n1e5]}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := wire.Open(body, "events")
		var fields map[string]json.RawMessage
		var events []json.RawMessage
		whole := json.Unmarshal(body, &fields) == nil && json.Unmarshal(fields["events"], &events) == nil && events != nil
		if err != nil {
			if whole && !strings.Contains(err.Error(), "twice") && !strings.Contains(err.Error(), "too large") {
				t.Errorf("%v: %q", err, body)
			}
			return
		}
		if !whole || len(events) != len(e.Events) {
			t.Fatalf("%d events, want %d: %q", len(e.Events), len(events), body)
		}
		for i := range events {
			if string(events[i]) != string(e.Events[i].Raw()) {
				t.Errorf("event %d is %s, want %s", i, e.Events[i].Raw(), events[i])
			}
			again, err := wire.Open(e.Alone(i), "events")
			if err != nil || len(again.Events) != 1 || string(again.Events[0].Raw()) != string(events[i]) {
				t.Errorf("alone event %d is %v, %v", i, again.Events, err)
			}
		}
	})
}
