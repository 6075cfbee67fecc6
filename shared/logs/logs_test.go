package logs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/logs"
)

// keys are those of the one line that was written, without time.
func keys(t *testing.T, out *bytes.Buffer) map[string]any {
	t.Helper()
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	delete(line, "time")
	return line
}

func TestALineCarriesWhatWasNotedOfItsUnit(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := logs.New(&out)
	invocation := logs.Unit(t.Context(), "request", "r-1")
	first, second := logs.Unit(invocation, "record", "a"), logs.Unit(invocation, "record", "b")
	logs.Note(first, "ticket", "t.1", "version", 1)
	logs.Note(first, "version", 2, "message", "")
	logs.Note(second, "ticket", "t.2")
	log.InfoContext(first, "event", "outcome", "taken", logs.Took(1500*time.Millisecond))
	want := map[string]any{"level": "INFO", "msg": "event", "outcome": "taken", "took_ms": 1500.0, "request": "r-1", "record": "a", "ticket": "t.1", "version": 2.0}
	if diff := cmp.Diff(want, keys(t, &out)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	out.Reset()
	log.With("queue", "q").InfoContext(second, "event", "ticket", "its own")
	want = map[string]any{"level": "INFO", "msg": "event", "queue": "q", "request": "r-1", "record": "b", "ticket": "its own"}
	if diff := cmp.Diff(want, keys(t, &out)); diff != "" {
		t.Errorf("the line's own key does not count (-want +got)\n%s", diff)
	}
}

func TestOutsideOfAUnitNothingIsNoted(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logs.Note(context.Background(), "ticket", "t.1")
	logs.New(&out).Info("sweep")
	if diff := cmp.Diff(map[string]any{"level": "INFO", "msg": "sweep"}, keys(t, &out)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// An answer is what AWS's SDK makes of an error of the service.
type answer struct{ code, message string }

func (a answer) Error() string        { return "api error " + a.code + ": " + a.message }
func (a answer) ErrorCode() string    { return a.code }
func (a answer) ErrorMessage() string { return a.message }

func TestWhatErrorsQuoteIsLeftOut(t *testing.T) {
	t.Parallel()
	const words = `she said "ของหาย" 4111-1111`
	_, number := strconv.ParseInt(words, 10, 64)
	_, instant := time.Parse(time.RFC3339, words)
	_, long := time.Parse(time.RFC3339, "2026-11-22T06:00:00Z"+words)
	overflow := json.Unmarshal([]byte(`4111111111111111`), new(int8))
	address := &url.Error{Op: "Post", URL: "https://api.example/bot-4111-1111/send?key=ของหาย", Err: errors.New("connection refused")}
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"a number", fmt.Errorf("reading: %w", number), "reading: strconv.ParseInt: invalid syntax"},
		{"a time", fmt.Errorf("reading: %w", instant), "reading: parsing a time: not of the form 2006-01-02T15:04:05Z07:00"},
		{"what follows a time", long, "parsing a time: not of the form 2006-01-02T15:04:05Z07:00"},
		{"a number that is too large", overflow, "json: cannot unmarshal number into Go value of type int8"},
		{"an address", fmt.Errorf("courier: %w", address), `courier: Post "https://api.example/…": connection refused`},
		{"what a service says of what it got", fmt.Errorf("dynamo: %w", answer{"ValidationException", "Value '" + words + "' is no good"}), "dynamo: api error ValidationException: …"},
		{"what a service says of who asked", answer{"AccessDeniedException", "not allowed to Query"}, "api error AccessDeniedException: not allowed to Query"},
		{"two at once", errors.Join(number, answer{"InvalidParameterValue", words}), "strconv.ParseInt: invalid syntax\napi error InvalidParameterValue: …"},
		{"more than anybody reads", errors.New(strings.Repeat("ข", 10_000)), strings.Repeat("ข", 666) + "…"},
		{"none", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := logs.Text(tt.err); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if tt.err == nil {
				return
			}
			var out bytes.Buffer
			logs.New(&out).Error("event", "err", tt.err)
			if got := keys(t, &out)["err"]; got != tt.want {
				t.Errorf("the log has %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAPanicIsToldWithoutWhatItCarries(t *testing.T) {
	t.Parallel()
	told := func(panics func()) (said string) {
		defer func() { said = logs.Panic(recover()) }()
		panics()
		return ""
	}
	var none []int
	if got := told(func() { _ = none[len(none)+3] }); !strings.Contains(got, "index out of range [3]") {
		t.Errorf("the runtime's words are %q", got)
	}
	for _, value := range []any{"her words", errors.New("her words"), []byte("her words")} {
		if got := told(func() { panic(value) }); strings.Contains(got, "her") || got != fmt.Sprintf("%T", value) {
			t.Errorf("of a %T it says %q", value, got)
		}
	}
}
