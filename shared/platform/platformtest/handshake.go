package platformtest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/webhook"
)

// A Handshake is how a platform asks whether the address is ours.
type Handshake struct {
	Query     string                               // a right question, as it stands in the address
	Challenge string                               // the parameter that is to be answered
	Answer    func(challenge string) desk.Greeting // of an app with the first two of the secrets
	Guards    []string                             // the parameters that must be as they are in Query
	Refusal   desk.Greeting
}

// handshakes asks through the door, as the platform does: it is the door that
// decodes the question.
func handshakes(t *testing.T, p Platform) {
	t.Parallel()
	w, _ := p.app(t)
	_, greets := w.(platform.Greeter)
	if greets != (p.Handshake != nil) {
		t.Fatalf("it answers handshakes: %v, and there is one to try: %v", greets, p.Handshake != nil)
	}
	if !greets {
		return
	}
	for _, tt := range p.Handshake.cases(t) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ask(t, w, tt.query)
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: the answer differs (-want +got):\n%s", tt.query, diff)
			}
		})
	}
}

// ask returns what the door answers to a question.
func ask(t *testing.T, w platform.Webhooks, query string) desk.Greeting {
	t.Helper()
	door := webhook.Door[platform.Webhooks]{
		Apps: map[desk.App]platform.Webhooks{{Platform: "p", Name: "app"}: w}, Now: time.Now, Log: logs.New(io.Discard),
	}
	r := httptest.NewRequest(http.MethodGet, "/webhooks/p/app", nil)
	r.URL.RawQuery = query
	answer := httptest.NewRecorder()
	door.Handler().ServeHTTP(answer, r)
	if answer.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Error("a browser may guess what the answer is")
	}
	return desk.Greeting{Status: answer.Code, ContentType: answer.Header().Get("Content-Type"), Body: answer.Body.Bytes()}
}

type handshakeCase struct {
	name, query string
	want        desk.Greeting
}

// cases are questions of every kind.
func (h Handshake) cases(t *testing.T) []handshakeCase {
	t.Helper()
	right, err := url.ParseQuery(h.Query)
	if err != nil || right.Get(h.Challenge) == "" {
		t.Fatalf("%q asks nothing: %v", h.Query, err)
	}
	with := func(name string, values ...string) string {
		q := url.Values{}
		for other, v := range right {
			q[other] = slices.Clone(v)
		}
		q[name] = values
		return q.Encode()
	}
	refusal := h.Refusal
	if refusal.Status < 400 || refusal.Status > 499 {
		t.Errorf("a refusal has status %d", refusal.Status)
	}
	all := []handshakeCase{
		{"as the platform asks", h.Query, h.Answer(right.Get(h.Challenge))},
		{"with what nobody knows", h.Query + "&nonce=abc123&nonce=2&a.b=c", h.Answer(right.Get(h.Challenge))},
		{"nothing", "", refusal},
		{"half a question", h.Query + "&%zz=1", refusal},
		{"with a semicolon", h.Query + ";a=1", refusal},
	}
	for name, challenge := range map[string]string{
		"digits that a number would lose": "007", "more digits than a number has": "11582014441158201444115820144411582014441",
		"markup": `<script>alert("1")</script>&amp;`, "a plus, a space, a slash": "a+b c/d=", "what is still encoded when it was decoded once": "%3Cb%3E%2525",
		"letters": "Ελληνικά ไทย 😤", "line ends": "a\r\nSet-Cookie: b=c\n", "bytes that are no text": "\xff\xfe", "nought": "\x00", "a long one": strings.Repeat("x", 4096),
	} {
		all = append(all, handshakeCase{"a challenge of " + name, with(h.Challenge, challenge), h.Answer(challenge)})
	}
	for _, name := range append([]string{h.Challenge}, h.Guards...) {
		value := right.Get(name)
		for what, values := range map[string][]string{"missing": nil, "empty": {""}, "there twice": {value, value}, "there with two values": {value, "other"}, "there with two values, the right one last": {"other", value}} {
			all = append(all, handshakeCase{name + " " + what, with(name, values...), refusal})
		}
	}
	for _, name := range h.Guards {
		value := right.Get(name)
		for what, wrong := range map[string]string{"cut": value[:len(value)-1], "longer": value + "x", "shouted": strings.ToUpper(value), "with a space": value + " ", "another": "another"} {
			if wrong != value {
				all = append(all, handshakeCase{name + " " + what, with(name, wrong), refusal})
			}
		}
	}
	return all
}

// FuzzGreet holds for any question that only one with the right guards is
// answered, with what its challenge asks for.
func FuzzGreet(f *testing.F, p Platform) {
	w, _ := p.app(f)
	greeter, ok := w.(platform.Greeter)
	if !ok || p.Handshake == nil {
		f.Fatal("there is no handshake to try")
	}
	right, err := url.ParseQuery(p.Handshake.Query)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(p.Handshake.Query)
	f.Add(p.Handshake.Query + "&" + p.Handshake.Query)
	f.Add(p.Handshake.Challenge + "=%3Cb%3E")
	f.Fuzz(func(t *testing.T, query string) {
		asked, err := url.ParseQuery(query)
		if err != nil {
			asked = url.Values{}
		}
		answer := greeter.Greet(asked)
		entitled := len(asked[p.Handshake.Challenge]) == 1 && asked.Get(p.Handshake.Challenge) != ""
		for _, name := range p.Handshake.Guards {
			entitled = entitled && len(asked[name]) == 1 && asked.Get(name) == right.Get(name)
		}
		want := p.Handshake.Refusal
		if entitled {
			want = p.Handshake.Answer(asked.Get(p.Handshake.Challenge))
		}
		if answer.Status != want.Status || answer.ContentType != want.ContentType || !bytes.Equal(answer.Body, want.Body) {
			t.Errorf("%q is answered %d %s %q", query, answer.Status, answer.ContentType, answer.Body)
		}
	})
}
