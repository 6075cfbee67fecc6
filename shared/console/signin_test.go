package console_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/skala/infra/simulator/idp"
	"example.com/skala/shared/console"
	"example.com/skala/shared/people/roster"
)

func TestSomebodySignsInAndEndsWhereTheyWantedToGo(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.browser()
	got := b.signIn("demo-lead", "/all?q=refund")
	if got.code != 200 || b.at.Path != "/all" || b.at.Query().Get("q") != "refund" || !strings.Contains(got.body, "Lea Lead") {
		t.Fatalf("%d at %s\n%s", got.code, b.at, got.body)
	}
	if out := b.post("/sign-out", nil); out.code != 200 || !strings.Contains(out.body, "You are signed out") {
		t.Errorf("signed out: %d %s", out.code, out.body)
	}
	if again := b.get("/all"); !strings.Contains(b.at.Path, "/idp/authorize") {
		t.Errorf("after signing out: %d at %s", again.code, b.at)
	}
}

func TestTheSessionsCookieIsThisHostsAndNoScripts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, public, cookie string
		secure               bool
	}{
		{"under https the browser holds us to our host", "https://desk.example", "__Host-skala-signin-", true},
		{"without an address of its own the console assumes https", "", "__Host-skala-signin-", true},
		{"on this machine http will do", "http://127.0.0.1:8080", "skala-signin-", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := open(t, func(c *console.Config) { c.SignIn.PublicURL = tt.public })
			b := h.browser()
			b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			got := b.get("/sign-in?return=//evil.example/")
			cookies := (&http.Response{Header: got.header}).Cookies()
			if got.code != 302 || len(cookies) != 1 {
				t.Fatalf("%d %v", got.code, got.header)
			}
			c := cookies[0]
			if !strings.HasPrefix(c.Name, tt.cookie) || c.Secure != tt.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
				t.Errorf("%+v", c)
			}
			to, err := url.Parse(got.header.Get("Location"))
			if err != nil {
				t.Fatal(err)
			}
			if q := to.Query(); q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || q.Get("state") == "" || q.Get("nonce") == "" || strings.Contains(to.String(), "evil") {
				t.Errorf("asked the issuer with %s", to)
			}
		})
	}
}

func TestASignInThatIsNotThisBrowsersIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	// An attacker's code and state, sent to a victim's browser.
	attacker := h.browser()
	attacker.get("/all")
	form := attacker.at.Query()
	form.Set("person", "demo-admin")
	attacker.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	sent := attacker.post(attacker.at.Scheme+"://"+attacker.at.Host+attacker.at.Path, form)
	link, err := url.Parse(sent.header.Get("Location"))
	if err != nil || link.Path != "/auth/callback" {
		t.Fatalf("%v: %s", err, link)
	}
	victim := h.browser()
	if got := victim.get(link.RequestURI()); got.code != 400 || len(got.header["Set-Cookie"]) != 0 {
		t.Errorf("%d %v", got.code, got.header)
	}
	// The attempt is the attacker's, but too long ago.
	h.after(time.Hour)
	if got := attacker.get(link.RequestURI()); got.code != 400 {
		t.Errorf("an old attempt: %d", got.code)
	}
}

func TestForgedAndExpiredCookiesAreNobody(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.browser()
	b.signIn("demo-admin", "/all")
	origin, err := url.Parse(h.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	good := b.client.Jar.Cookies(origin)[0]
	raw, err := base64.RawURLEncoding.DecodeString(good.Value)
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte(nil), raw...)
	flipped[len(flipped)/2] ^= 1
	ask := func(value string) int {
		r, err := http.NewRequestWithContext(t.Context(), "GET", h.server.URL+"/api/v1/whoami", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(&http.Cookie{Name: "skala", Value: value})
		return h.ask(http.DefaultClient, r).code
	}
	for name, tt := range map[string]struct {
		value string
		want  int
	}{
		"as it was set": {good.Value, 200}, "one bit other": {base64.RawURLEncoding.EncodeToString(flipped), 401}, "cut short": {good.Value[:20], 401},
		"empty": {"", 401}, "no base64": {"%%%", 401}, "plain json": {base64.RawURLEncoding.EncodeToString([]byte(`{"id":"x","roles":["admin"],"until":"2099-01-01T00:00:00Z"}`)), 401},
	} {
		if code := ask(tt.value); code != tt.want {
			t.Errorf("%s: %d, want %d", name, code, tt.want)
		}
	}
	h.after(12*time.Hour - time.Minute)
	if code := ask(good.Value); code != 200 {
		t.Errorf("just before its end: %d", code)
	}
	h.after(time.Minute)
	if code := ask(good.Value); code != 401 {
		t.Errorf("at its end: %d", code)
	}
}

func TestACookieThatWasCopiedIsWorthNothingAfterItsOwnerHasSignedOut(t *testing.T) {
	t.Parallel()
	h := open(t)
	origin, err := url.Parse(h.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	b, phone := h.browser(), h.browser()
	b.signIn("demo-admin", "/all")
	phone.signIn("demo-admin", "/all")
	copied := b.client.Jar.Cookies(origin)
	other, err := console.New(h.config) // another instance, which has read the directory
	if err != nil {
		t.Fatal(err)
	}
	replay := func(at http.Handler, method, path string) int {
		r := httptest.NewRequest(method, h.server.URL+path, nil)
		for _, c := range copied {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		at.ServeHTTP(w, r)
		return w.Code
	}
	for _, at := range []http.Handler{h.server.Config.Handler, other.Handler()} {
		if code := replay(at, "GET", "/api/v1/whoami"); code != 200 {
			t.Errorf("before: %d", code)
		}
	}
	b.post("/sign-out", nil)
	h.after(roster.Fresh)
	for name, at := range map[string]http.Handler{"this one": h.server.Config.Handler, "another": other.Handler()} {
		for path, want := range map[string]int{"/api/v1/whoami": 401, "/all": 303} {
			if code := replay(at, "GET", path); code != want {
				t.Errorf("%s by %s: %d, want %d", path, name, code, want)
			}
		}
		if code := replay(at, "POST", "/presence"); code != 401 {
			t.Errorf("an act by %s: %d", name, code)
		}
	}
	if got := phone.get("/all"); got.code != 200 || phone.at.Path != "/all" {
		t.Errorf("the session of their phone: %d at %s", got.code, phone.at)
	}
}

// lasting is a table that writes down no session's end.
type lasting struct{ console.Keeper }

func (lasting) EndSession(context.Context, string, time.Time) error { return errors.New("throttled") }

func TestNobodyIsToldThatTheyAreOutWhoIsNot(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *console.Config) { c.Keeper = lasting{c.Keeper} })
	b := h.browser()
	b.signIn("demo-lead", "/all")
	if got := b.post("/sign-out", nil); got.code != 500 || strings.Contains(got.body, "You are signed out") {
		t.Errorf("%d %s", got.code, got.body)
	}
	if got := b.get("/all"); got.code != 200 || b.at.Path != "/all" {
		t.Errorf("%d at %s: they can't press it again", got.code, b.at)
	}
}

func TestTheConsoleStartsBeforeItsIssuerDoes(t *testing.T) {
	t.Parallel()
	down := true
	front := httptest.NewUnstartedServer(nil)
	at := "http://" + front.Listener.Addr().String() + "/idp"
	h := open(t, func(c *console.Config) { c.SignIn.Issuer = at })
	provider, err := idp.New(idp.Config{Issuer: at, Client: clientID, Redirect: h.server.URL + "/auth/callback", People: everybody(), Now: h.Now})
	if err != nil {
		t.Fatal(err)
	}
	front.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down {
			http.Error(w, "not yet", http.StatusBadGateway)
			return
		}
		provider.Handler().ServeHTTP(w, r)
	})
	front.Start()
	t.Cleanup(front.Close)
	b := h.browser()
	if got := b.get("/sign-in"); got.code != 503 || !strings.Contains(got.body, "sign-in service") {
		t.Errorf("while it is down: %d %s", got.code, got.body)
	}
	if got := b.get("/healthz"); got.code != 200 {
		t.Errorf("health while the issuer is down: %d", got.code)
	}
	down = false
	h.after(2 * time.Second)
	if got := b.get("/sign-in"); got.code != 200 || !strings.Contains(b.at.Path, "authorize") {
		t.Errorf("once it is up: %d at %s", got.code, b.at)
	}
}

func TestBearerTokens(t *testing.T) {
	t.Parallel()
	h := open(t)
	good, err := h.idp.Token(t.Context(), "demo-lead")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + "."
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(strings.Repeat("k", 32))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	forged, err := jwt.Signed(signer).Claims(map[string]any{"sub": "x", "aud": clientID, "skala_roles": []string{"admin"}, "exp": h.Now().Add(time.Hour).Unix()}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	other, err := idp.New(idp.Config{Issuer: "http://127.0.0.1:1/idp", Client: clientID, Redirect: h.server.URL + "/auth/callback", People: everybody(), Now: h.Now})
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := other.Token(t.Context(), "demo-admin")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, token string
		want        int
	}{
		{"the issuer's", good, 200},
		{"with another's signature", parts[0] + "." + parts[1] + "." + strings.Split(foreign, ".")[2], 401},
		{"without a signature", none, 401},
		{"signed with a shared secret", forged, 401},
		{"another issuer's", foreign, 401},
		{"no token at all", "x", 401},
	}
	for _, tt := range tests {
		if got := h.api("", "GET", "/api/v1/whoami", nil, "Authorization", "Bearer "+tt.token); got.code != tt.want {
			t.Errorf("%s: %d %s", tt.name, got.code, got.body)
		}
	}
	if got := h.api("", "GET", "/api/v1/whoami", nil, "Authorization", "bearer "+good); got.code != 200 {
		t.Errorf("the scheme in lower case: %d", got.code)
	}
	h.after(2 * time.Hour)
	if got := h.api("", "GET", "/api/v1/whoami", nil, "Authorization", "Bearer "+good); got.code != 401 || got.header.Get("WWW-Authenticate") == "" {
		t.Errorf("expired: %d", got.code)
	}
}

func TestATokenForAnotherClientIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *console.Config) { c.SignIn.ClientID = "another" })
	if got := h.api("demo-admin", "GET", "/api/v1/whoami", nil); got.code != 401 {
		t.Errorf("%d %s", got.code, got.body)
	}
}

func TestTheConsoleDoesNotStartWithoutWhatKeepsItClosed(t *testing.T) {
	t.Parallel()
	h := open(t)
	tests := []struct {
		name   string
		change func(*console.Config)
		says   string
	}{
		{"no issuer", func(c *console.Config) { c.SignIn.Issuer = "" }, "issuer"},
		{"no client", func(c *console.Config) { c.SignIn.ClientID = "" }, "client"},
		{"an issuer by http elsewhere", func(c *console.Config) { c.SignIn.Issuer = "http://idp.example" }, "https"},
		{"an issuer by http at a name that only sounds like here", func(c *console.Config) { c.SignIn.Issuer = "http://localhost.example" }, "https"},
		{"an issuer that is no address", func(c *console.Config) { c.SignIn.Issuer = "idp" }, "no address"},
		{"a public address by http elsewhere", func(c *console.Config) { c.SignIn.PublicURL = "http://desk.example" }, "https"},
		{"a public address with a path", func(c *console.Config) { c.SignIn.PublicURL = "https://desk.example/console" }, "origin"},
		{"a short session key", func(c *console.Config) { c.SessionKey = []byte("short") }, "session key"},
		{"no table", func(c *console.Config) { c.Tickets = nil }, "table"},
		{"no policies", func(c *console.Config) { c.Policies = nil }, "policies"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := h.config
			tt.change(&cfg)
			if _, err := console.New(cfg); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAnotherSiteCannotActInASignedInPersonsName(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	b := h.browser()
	b.signIn("demo-lead", "/all")
	for _, path := range []string{"/tickets/" + string(ticket.ID) + "/claim", "/api/v1/tickets/" + string(ticket.ID) + "/claim", "/sign-out", "/tiers/3/next"} {
		for _, headers := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}} {
			r, err := http.NewRequestWithContext(t.Context(), "POST", h.server.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range headers {
				r.Header.Set(name, value)
			}
			if got := h.ask(b.client, r); got.code != 403 {
				t.Errorf("%s with %v: %d", path, headers, got.code)
			}
		}
	}
	if h.ticket(ticket.ID).Lease.Token != "" {
		t.Error("the ticket is claimed")
	}
	for _, pattern := range console.Routes() { // and whatever else changes something
		method, path, _ := strings.Cut(pattern, " ")
		if method == http.MethodGet {
			continue
		}
		path = strings.NewReplacer("{id}", string(ticket.ID), "{tier}", "3", "{key}", "k").Replace(path)
		r, err := http.NewRequestWithContext(t.Context(), method, h.server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if got := h.ask(b.client, r); got.code != 403 {
			t.Errorf("%s from another site: %d", pattern, got.code)
		}
	}
}

func TestACodeThatWasNotMadeForThisAttemptIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, changed := range []string{"nonce", "code_challenge"} {
		b := h.browser()
		b.get("/all")
		form := b.at.Query()
		form.Set("person", "demo-admin")
		form.Set(changed, strings.Repeat("x", 43))
		got := b.post(b.at.Scheme+"://"+b.at.Host+b.at.Path, form)
		if got.code != 400 || b.at.Path != "/auth/callback" || strings.Contains(got.body, "Ari Admin") {
			t.Errorf("another %s: %d at %s", changed, got.code, b.at)
		}
		b.get("/all")
		if !strings.Contains(b.at.Path, "/idp/authorize") {
			t.Errorf("another %s: signed in all the same", changed)
		}
	}
}
