package console

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// Who may ask for each address at all, retyped. What they may do to a ticket
// that is not of their tier is package people's to say, and tested there.
const reachable = `
GET /healthz                         everybody
GET /static/{file}                   everybody
GET /sign-in                         everybody
GET /auth/callback                   everybody
POST /sign-out                       everybody
GET /signed-out                      everybody
GET /api/v1/openapi.json             everybody
GET /{$}                             agent senior lead admin auditor viewer
GET /tiers/{tier}                    agent senior lead admin auditor viewer
GET /mine                            agent senior lead admin auditor viewer
GET /all                             agent senior lead admin auditor viewer
GET /tickets                         agent senior lead admin auditor viewer
GET /review                          agent senior lead admin
GET /quarantine                      lead admin auditor
GET /quarantine/{id}                 lead admin auditor
GET /quarantine/{id}/body            lead admin auditor
POST quarantine/replay               lead admin
POST quarantine/{id}/replay          lead admin
GET dead-letters                     lead admin auditor
POST dead-letters/redrive            lead admin
GET accounting                       lead admin auditor
GET accounts                         lead admin auditor
POST accounts/resume                 lead admin
POST /tiers/{tier}/next              agent senior lead admin
GET /tickets/{id}                    agent senior lead admin auditor viewer
GET /tickets/{id}/at                 agent senior lead admin auditor viewer
GET /tickets/{id}/author             agent senior lead admin auditor viewer
GET /first-steps                     lead admin auditor
POST /first-steps/try                lead admin
GET /api/v1/first-steps              lead admin auditor
POST /api/v1/accounts/try            lead admin
POST /tickets/{id}/here              agent senior lead admin auditor viewer
GET /api/v1/tickets/{id}/here        agent senior lead admin auditor viewer
POST /api/v1/tickets/{id}/here       agent senior lead admin auditor viewer
POST /tickets/{id}/preview           agent senior lead admin
POST /api/v1/tickets/{id}/preview    agent senior lead admin
POST /tickets/{id}/identity          agent senior lead admin
GET /api/v1/whoami                   agent senior lead admin auditor viewer
GET /api/v1/tickets                  agent senior lead admin auditor viewer
GET /api/v1/tickets/{id}             agent senior lead admin auditor viewer
GET /api/v1/tickets/{id}/clocks      agent senior lead admin auditor viewer
GET /api/v1/tickets/{id}/explain     agent senior lead admin auditor viewer
GET /api/v1/tickets/{id}/author      agent senior lead admin auditor viewer
POST /api/v1/tickets/{id}/identity   agent senior lead admin
POST /api/v1/tiers/{tier}/next       agent senior lead admin
GET /api/v1/examples                 lead admin
GET /api/v1/quarantine               lead admin auditor
GET /api/v1/quarantine/{id}          lead admin auditor
GET /api/v1/quarantine/{id}/body     lead admin auditor
POST tickets/{id}/claim              agent senior lead admin
POST tickets/{id}/take-over          agent senior lead admin
POST tickets/{id}/extend             agent senior lead admin
POST tickets/{id}/release            agent senior lead admin
POST tickets/{id}/assign             agent senior lead admin
POST tickets/{id}/reply              agent senior lead admin
POST tickets/{id}/undo               agent senior lead admin
POST tickets/{id}/note               agent senior lead admin viewer
POST tickets/{id}/escalate           agent senior lead admin
POST tickets/{id}/hand-back          senior lead admin
POST tickets/{id}/hold               agent senior lead admin
POST tickets/{id}/snooze             agent senior lead admin
POST tickets/{id}/merge              agent senior lead admin
POST tickets/{id}/link               agent senior lead admin
POST tickets/{id}/unlink             agent senior lead admin
POST tickets/{id}/swarm              agent senior lead admin
POST tickets/{id}/leave              agent senior lead admin viewer
POST tickets/{id}/solve              agent senior lead admin
POST tickets/{id}/reopen             agent senior lead admin
POST tickets/{id}/tags               agent senior lead admin
POST tickets/{id}/correct            agent senior lead admin
POST tickets/{id}/promote            agent senior lead admin viewer
POST tickets/{id}/moderate           senior lead admin
GET people                           agent senior lead admin auditor viewer
POST /people                         lead admin
POST people/import                   admin
GET people/{id}                      agent senior lead admin auditor viewer
PUT /api/v1/people/{id}              lead admin
POST people/{id}/presence            agent senior lead admin auditor viewer
GET teams                            agent senior lead admin auditor viewer
POST /teams                          admin
GET teams/{id}                       agent senior lead admin auditor viewer
POST /teams/{id}/remove              admin
PUT /api/v1/teams/{id}               admin
DELETE /api/v1/teams/{id}            admin
GET rotas                            agent senior lead admin auditor viewer
POST /rotas                          lead admin
GET rotas/{id}                       agent senior lead admin auditor viewer
POST /rotas/{id}/override            lead admin
POST /rotas/{id}/remove              lead admin
PUT /api/v1/rotas/{id}               lead admin
DELETE /api/v1/rotas/{id}            lead admin
GET /api/v1/on-shift                 agent senior lead admin auditor viewer
GET /api/v1/presence                 agent senior lead admin auditor viewer
POST presence                        agent senior lead admin auditor viewer
GET audit                            auditor admin
GET notices                          agent senior lead admin auditor viewer
POST notices/heard                   agent senior lead admin auditor viewer
GET me                               agent senior lead admin auditor viewer
POST /me                             agent senior lead admin auditor viewer
POST /me/test                        agent senior lead admin auditor viewer
PUT /api/v1/me/channels              agent senior lead admin auditor viewer
POST /api/v1/me/channels/push        agent senior lead admin auditor viewer
POST /api/v1/me/channels/test        agent senior lead admin auditor viewer
GET /api/v1/teams/{id}/channels      agent senior lead admin auditor viewer
PUT /api/v1/teams/{id}/channels      lead admin
POST teams/{id}/channels/test        lead admin
POST /teams/{id}/channels            lead admin
GET /api/v1/views                    agent senior lead admin auditor viewer
GET /api/v1/views/{id}               agent senior lead admin auditor viewer
PUT /api/v1/views/{id}               agent senior lead admin auditor viewer
DELETE /api/v1/views/{id}            agent senior lead admin auditor viewer
POST /views                          agent senior lead admin auditor viewer
POST /views/{id}/remove              agent senior lead admin auditor viewer
GET /api/v1/saved-replies            agent senior lead admin auditor viewer
GET /api/v1/saved-replies/{id}       agent senior lead admin auditor viewer
PUT /api/v1/saved-replies/{id}       agent senior lead admin auditor viewer
DELETE /api/v1/saved-replies/{id}    agent senior lead admin auditor viewer
POST /api/v1/saved-replies/{id}/used agent senior lead admin
GET /api/v1/tickets/{id}/saved-replies agent senior lead admin auditor viewer
GET /replies                         agent senior lead admin auditor viewer
POST /replies                        agent senior lead admin auditor viewer
POST /replies/{id}/remove            agent senior lead admin auditor viewer
GET /tickets/{id}/replies            agent senior lead admin
`

// nobodyListed is an empty directory.
type nobodyListed struct{}

func (nobodyListed) Directory(context.Context) (people.Directory, error) {
	return people.Directory{}, nil
}
func (nobodyListed) Changed() {}

func TestEveryRouteIsForTheRolesThatWereAgreedOn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 3, 10, 0, 0, 0, time.UTC)
	c := &Console{cfg: Config{Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), People: nobodyListed{}}}
	var err error
	if c.seal, err = newSealer([]byte(strings.Repeat("k", 32))); err != nil {
		t.Fatal(err)
	}
	if c.signin, err = newSignin(SignIn{Issuer: "https://idp.example", ClientID: "c", PublicURL: "http://127.0.0.1:1"}, c.cfg.Now); err != nil {
		t.Fatal(err)
	}
	if c.text, err = readTexts("en"); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(reachable), "\n") {
		method, rest, _ := strings.Cut(line, " ")
		path, roles, _ := strings.Cut(rest, " ")
		for _, at := range []string{"/", "/api/v1/"} {
			if strings.HasPrefix(path, "/") {
				at = ""
			}
			want[method+" "+at+path] = strings.TrimSpace(roles)
		}
	}
	for _, route := range c.table() {
		expected, ok := want[route.pattern]
		if !ok {
			t.Errorf("%s is in no list of who may", route.pattern)
			continue
		}
		delete(want, route.pattern)
		reached := false
		route.serve = func(w http.ResponseWriter, _ *http.Request, _ people.Person) error {
			reached = true
			w.WriteHeader(http.StatusTeapot)
			return nil
		}
		guard := c.guard(route)
		for _, role := range append([]string{""}, "agent", "senior", "lead", "admin", "auditor", "viewer", "nobody") {
			reached = false
			r := httptest.NewRequest(route.method(), "http://127.0.0.1:1/x", nil)
			if route.api() {
				r.URL.Path = apiRoot
			}
			if role != "" {
				value, err := c.seal.seal("skala", session{ID: "p", Roles: []string{role}, Until: now.Add(time.Hour)})
				if err != nil {
					t.Fatal(err)
				}
				r.AddCookie(&http.Cookie{Name: "skala", Value: value})
			}
			w := httptest.NewRecorder()
			func() {
				defer func() { _ = recover() }() // a refusal's page asks the table, which is not here
				guard.ServeHTTP(w, r)
			}()
			may := expected == "everybody" || role != "" && strings.Contains(" "+expected+" ", " "+role+" ")
			if reached != may {
				t.Errorf("%s as %q: reached %v", route.pattern, role, reached)
			}
		}
	}
	for pattern := range want {
		t.Errorf("%s is no route", pattern)
	}
}

func TestAMarkNeverTearsACharacterApart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		start, end int
		want       string
	}{
		{"a word", "charged twice today", 8, 13, "twice"},
		{"the end of a text", "twice", 0, 5, "twice"},
		{"a span that ends between a letter and its tone mark", "ถูกที่นี่", 0, len("ถู"), "ถู"},
		{"a span that ends before a combining accent", "cafe\u0301 now", 0, 4, "cafe\u0301"},
		{"a span that begins inside a family", "a👨‍👩‍👧b", 1 + len("👨"), 1 + len("👨‍👩‍👧"), "👨‍👩‍👧"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var whole, got string
			for _, s := range marked(tt.text, []desk.Reason{{Signal: "s", Start: tt.start, End: tt.end}}) {
				whole += s.Text
				if len(s.Signals) > 0 {
					got += s.Text
				}
			}
			if got != tt.want || whole != tt.text {
				t.Errorf("marked %q of %q", got, whole)
			}
		})
	}
}

func TestSignalsThatOverlapAreOneRunWithOneWeight(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		spans      []desk.Reason
		want       string
	}{
		{"apart", "one two", []desk.Reason{{Start: 0, End: 3, Weight: 2}, {Start: 4, End: 7, Weight: -1}}, "[one]+2 .[two]-1"},
		{"one in another", "one two", []desk.Reason{{Start: 0, End: 7, Weight: 2}, {Start: 4, End: 7, Weight: 3}}, "[one ][two]+5"},
		{"across each other", "one two six", []desk.Reason{{Start: 0, End: 7, Weight: 2}, {Start: 4, End: 11, Weight: -3}}, "[one ][two][ six]-1"},
		{"side by side", "onetwo", []desk.Reason{{Start: 0, End: 3, Weight: 2}, {Start: 3, End: 6, Weight: 3}}, "[one]+2[two]+3"},
		{"of words that an edit took away", "one two", []desk.Reason{{Start: 0, End: 3, Weight: 2, Text: "six"}}, ".one two"},
		{"a number that is not quoted", "call 0812345678", []desk.Reason{{Signal: "sensitive.phone", Start: 5, End: 15, Text: "•••"}}, ".call [0812345678]+0"},
		{"words around such numbers", "call 0812345678 or 0812345679 now", []desk.Reason{{Start: 0, End: 33, Text: "call ••• or ••• now", Weight: 2}}, "[call 0812345678 or 0812345679 now]+2"},
		{"other words around one, by an edit", "tell 0812345678 now", []desk.Reason{{Start: 0, End: 19, Text: "call ••• now", Weight: 2}}, ".tell 0812345678 now"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got string
			for _, s := range marked(tt.text, tt.spans) {
				switch {
				case len(s.Signals) == 0:
					got += "." + s.Text
				case s.Last:
					got += fmt.Sprintf("[%s]%+d", s.Text, s.Weight)
				default:
					got += "[" + s.Text + "]"
				}
			}
			if strings.ReplaceAll(got, ". ", " .") != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzMarksNeverChangeTheText(f *testing.F) {
	f.Add("charged twice", 0, 7, 5, 13)
	f.Add("ก็่\xff", -1, 99, 2, 1)
	f.Fuzz(func(t *testing.T, text string, a, b, c, d int) {
		var whole string
		for _, s := range marked(text, []desk.Reason{{Start: a, End: b}, {Start: c, End: d}}) {
			whole += s.Text
		}
		if whole != text {
			t.Errorf("%q became %q", text, whole)
		}
	})
}

func TestATargetIsWrittenAsPoliciesWriteIt(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{"15m": 15 * time.Minute, "8h30m": 510 * time.Minute, "90h": 90 * time.Hour, "10s": 10 * time.Second, "1h0m5s": time.Hour + 5*time.Second, "1m30s": 90 * time.Second, "10m": 10 * time.Minute, "20h": 20 * time.Hour, "0s": 0} {
		if got := targetText(d); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
	}
}
