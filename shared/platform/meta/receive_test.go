package meta_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/meta"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	const (
		official = "sha256=0c61947b610d4f45e65f3d680e26027121ec2413e77598bcb6cfc6e0d9888221" // of test under TEST_APP_SECRET, as Meta's SDK has it
		escaped  = "sha256=6391a4b29f471a13a49fa2277984f705d587e146db81711960f80042bbb30436"
		thai     = `{"t":"\u03b1"}`
	)
	tests := []struct {
		name    string
		secrets []string
		header  http.Header
		body    string
		ok      bool
	}{
		{"Meta's own example", []string{"TEST_APP_SECRET"}, http.Header{"X-Hub-Signature-256": {official}}, "test", true},
		{"escapes, as they came", []string{"5d1b7a0f3c9e4a62b8d0e6f1a2c3d4e5"}, http.Header{"X-Hub-Signature-256": {escaped}}, thai, true},
		{"the same text without its escapes", []string{"5d1b7a0f3c9e4a62b8d0e6f1a2c3d4e5"}, http.Header{"X-Hub-Signature-256": {escaped}}, `{"t":"α"}`, false},
		{"the secret of Instagram beside the app's", []string{"APP", "TEST_APP_SECRET"}, http.Header{"X-Hub-Signature-256": {official}}, "test", true},
		{"the older signature beside it, wrong", []string{"TEST_APP_SECRET"}, http.Header{"X-Hub-Signature-256": {official}, "X-Hub-Signature": {"sha1=00"}}, "test", true},
		{"the older signature alone", []string{"TEST_APP_SECRET"}, http.Header{"X-Hub-Signature": {official}}, "test", false},
		{"the prefix of the older one", []string{"TEST_APP_SECRET"}, http.Header{"X-Hub-Signature-256": {strings.Replace(official, "sha256", "sha1", 1)}}, "test", false},
		{"no prefix", []string{"TEST_APP_SECRET"}, http.Header{"X-Hub-Signature-256": {strings.TrimPrefix(official, "sha256=")}}, "test", false},
		{"the header twice, joined by a gateway", []string{"TEST_APP_SECRET"}, http.Header{"x-hub-signature-256": {"sha256=00, " + official}}, "test", true},
		{"a digit too few", []string{"TEST_APP_SECRET"}, http.Header{"X-Hub-Signature-256": {official[:len(official)-1]}}, "test", false},
		{"a byte too many", []string{"TEST_APP_SECRET"}, http.Header{"X-Hub-Signature-256": {official + "00"}}, "test", false},
		{"no digits", []string{"TEST_APP_SECRET"}, http.Header{"X-Hub-Signature-256": {"sha256=" + strings.Repeat("z", 64)}}, "test", false},
		{"no secret", nil, http.Header{"X-Hub-Signature-256": {sign([]byte("test"), "")}}, "test", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := webhooks(t, tt.secrets...).Verify(tt.header, []byte(tt.body), time.Time{}); (err == nil) != tt.ok {
				t.Errorf("Verify = %v", err)
			}
		})
	}
	if _, err := meta.NewWebhooks([]string{""}, ""); err == nil {
		t.Error("an empty secret is taken: anybody could sign with it")
	}
}

func TestAnAppWithoutAVerifyTokenGreetsNobody(t *testing.T) {
	t.Parallel()
	w, err := meta.NewWebhooks([]string{"a secret"}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"", "a secret"} {
		if g := w.Greet(url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {"1"}, "hub.verify_token": {token}}); g.Status != http.StatusForbidden || len(g.Body) > 0 {
			t.Errorf("with the token %q the answer is %d %s", token, g.Status, g.Body)
		}
	}
}

// read splits and parses a body, which must both succeed.
func read(t *testing.T, body string) []desk.Event {
	t.Helper()
	w := webhooks(t)
	raw, err := w.Split(nil, []byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	var events []desk.Event
	for _, r := range raw {
		e, err := w.Parse(r)
		if err != nil {
			t.Fatalf("%s: %v", r.Body, err)
		}
		events = append(events, e)
	}
	return events
}

func recordedAs(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile("testdata/" + name + ".webhook.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestTheSameActHasOneKeyHoweverItComes(t *testing.T) {
	t.Parallel()
	for _, twins := range [][2]string{
		{"facebook_page/same_act_as_feed", "facebook_page/same_act_as_mention"},
		{"instagram/comment", "instagram/comment_flat"},
	} {
		one, other := read(t, recordedAs(t, twins[0]))[0], read(t, recordedAs(t, twins[1]))[0]
		if one.Key != other.Key || one.Thread() != other.Thread() {
			t.Errorf("%s is %q of %+v, %s is %q of %+v", twins[0], one.Key, one.Thread(), twins[1], other.Key, other.Thread())
		}
	}
}

// Meta says of an entry when it sent it, which is later in each redelivery.
func TestAKeyStaysWhenMetaSendsItAgainLater(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*/*.webhook.json")
	if err != nil || len(paths) < 100 {
		t.Fatalf("%d recorded webhooks, %v", len(paths), err)
	}
	sent := regexp.MustCompile(`("time" ?: ?)\d+`)
	changed := 0
	for _, path := range paths {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		later := sent.ReplaceAll(body, []byte("${1}1795999999"))
		if !bytes.Equal(later, body) {
			changed++
		}
		first, second := read(t, string(body)), read(t, string(later))
		for i := range first {
			if first[i].Key != second[i].Key || first[i].Thread() != second[i].Thread() {
				t.Errorf("%s: event %d is %q, and then %q", path, i, first[i].Key, second[i].Key)
			}
		}
	}
	if changed < 60 {
		t.Errorf("only %d webhooks say when they were sent", changed)
	}
}

func TestNobodysWordsComeWithSomebodyElsesEvent(t *testing.T) {
	t.Parallel()
	raw, err := webhooks(t).Split(nil, []byte(recordedAs(t, "whatsapp/several_people_in_one_change")))
	if err != nil || len(raw) != 3 {
		t.Fatal(len(raw), err)
	}
	for i, want := range []string{"Ιωάννα Φ.", "Other O."} {
		var got []string
		var body struct {
			Entry []struct {
				Changes []struct {
					Value struct {
						Contacts []struct{ Profile struct{ Name string } }
						Messages []json.RawMessage
					}
				}
			}
		}
		if err := json.Unmarshal(raw[i].Body, &body); err != nil {
			t.Fatal(err)
		}
		value := body.Entry[0].Changes[0].Value
		for _, c := range value.Contacts {
			got = append(got, c.Profile.Name)
		}
		if diff := cmp.Diff([]string{want}, got); diff != "" || len(value.Messages) != 1 {
			t.Errorf("message %d comes with %d, and the contacts (-want +got):\n%s", i, len(value.Messages), diff)
		}
	}
}

func TestAThousandEventsTakeNoMoreRoomThanTheyCameIn(t *testing.T) {
	t.Parallel()
	for name, body := range thousand() {
		raw, err := webhooks(t).Split(nil, []byte(body))
		if err != nil || len(raw) != 1000 {
			t.Fatalf("%s: %d events, %v", name, len(raw), err)
		}
		total, keys := 0, map[string]bool{}
		for _, r := range raw {
			total += len(r.Body)
			e, err := webhooks(t).Parse(r)
			if err != nil {
				t.Fatal(err)
			}
			keys[e.Key] = true
		}
		if len(keys) != 1000 || total > len(body)*6/5 {
			t.Errorf("%s: %d bytes became %d, in %d keys", name, len(body), total, len(keys))
		}
	}
}

func TestABodyThatWouldFillTheMemoryIsNotSplit(t *testing.T) {
	t.Parallel()
	body := `{"junk":"` + strings.Repeat("x", 1<<20) + `","object":"page","entry":[` + strings.Repeat("{},", 1000) + `{}]}`
	if raw, err := webhooks(t).Split(nil, []byte(body)); err == nil {
		t.Errorf("a megabyte is copied %d times", len(raw))
	}
}

func TestAListThatIsThereTwiceIsKeptForAPerson(t *testing.T) {
	t.Parallel()
	const change = `{"field":"messages","value":{"messages":[{"id":"w1"}]}}`
	for _, body := range []string{
		`{"entry":[],"entry":[]}`, `{"entry":{}}`, `{"entry":null}`, `{"values":{},"values":{}}`,
		`{"entry":[{"changes":[],"messaging":[],"changes":[]}]}`, `{"entry":[{"standby":1,"standby":2}]}`,
		`{"object":"whatsapp_business_account","entry":[{"changes":[{"value":{},"value":{}}]}]}`,
		`{"object":"whatsapp_business_account","entry":[{"changes":[` + change + `,{"value":{"messages":[],"statuses":[],"messages":[1]}}]}]}`,
	} {
		if raw, err := webhooks(t).Split(nil, []byte(body)); err == nil {
			t.Errorf("%s splits into %d", body, len(raw))
		}
	}
}

func TestWhatCannotBeToldFromAnotherIsKeptForAPerson(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{}`, `{"object":"page"}`, `{"entry":[null]}`, `{"entry":[{}]}`, `{"entry":[{"id":"1","time":5}]}`, `{"entry":[{"messaging":[7]}]}`, `{"entry":[{"changes":[{}]}]}`,
		`{"object":"whatsapp_business_account","entry":[{"changes":[{"value":{"messages":["x"]}}]}]}`,
	} {
		raw, err := webhooks(t).Split(nil, []byte(body))
		if err != nil || len(raw) != 1 {
			t.Fatalf("%s: %d, %v", body, len(raw), err)
		}
		if e, err := webhooks(t).Parse(raw[0]); err == nil {
			t.Errorf("%s reads as %+v", body, e)
		}
	}
	if raw, err := webhooks(t).Split(nil, []byte(`{"object":"page","entry":[]}`)); err != nil || len(raw) != 0 {
		t.Errorf("no entries are %d events, %v", len(raw), err)
	}
}

func TestTimesAreToldApartByTheirSize(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	for _, at := range []string{`1795253400`, `"1795253400"`, `1795253400000`, `"1795253400000"`, `1795253400000000`, `"2026-11-21T09:30:00+0000"`, `"2026-11-21T16:30:00+07:00"`} {
		e := read(t, fmt.Sprintf(`{"object":"page","entry":[{"id":"1","messaging":[{"sender":{"id":"2"},"timestamp":%s,"message":{"mid":"m","text":"x"}}]}]}`, at))[0]
		if !e.Time.Equal(want) {
			t.Errorf("%s is %v", at, e.Time)
		}
	}
	for _, at := range []string{`-1`, `0`, `1e10`, `"soon"`, `null`, `[]`, `99999999999999999999`, `9223372036854775807`} {
		e := read(t, fmt.Sprintf(`{"object":"page","entry":[{"id":"1","messaging":[{"sender":{"id":"2"},"timestamp":%s,"message":{"mid":"m","text":"x"}}]}]}`, at))[0]
		if !e.Time.IsZero() {
			t.Errorf("%s is %v", at, e.Time)
		}
	}
}

func TestAnAnswerThatTellsNothingIsNone(t *testing.T) {
	t.Parallel()
	for name, answers := range map[string][]string{
		"instagram/mention_comment":      {`{}`, `{"mentioned_comment":{}}`, `{"mentioned_comment":"gone"}`, `{"mentioned_comment":{"text":"cut`, `{"error":{"code":100}}`},
		"instagram/mention_media":        {`{"mentioned_media":{"caption":"","username":""}}`, `[]`},
		"instagram/dm_edit_without_text": {`{"id":"aWdA8"}`, `{"message":""}`, `{"message":{}}`},
	} {
		raw, err := webhooks(t).Split(nil, []byte(recordedAs(t, name)))
		if err != nil || len(raw) != 1 {
			t.Fatal(len(raw), err)
		}
		for _, answer := range answers {
			raw[0].Fetched = []byte(answer)
			e, err := webhooks(t).Parse(raw[0])
			if err != nil || e.Kind != desk.MessageCreated || e.Unfetched == "" || e.Needs != desk.NeedsNothing {
				t.Errorf("%s with %s becomes %+v, %v", name, answer, e, err)
			}
		}
	}
}
