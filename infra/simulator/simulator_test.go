package simulator_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"example.com/skala/infra/simulator"
	"example.com/skala/infra/simulator/customers"
	"example.com/skala/infra/simulator/platforms"
)

const accounts = `
apps:
  - name: shop
    platform: line
    secrets: [line-secret-of-the-test]
    accounts: [{id: U0123456789abcdef0123456789abcdef, brand: Test Tea, token: line-token-of-the-test}]
  - name: form
    platform: standard
    secrets: [whsec_dGhlIHdlYmhvb2sgc2VjcmV0IG9mIHRoZSB0ZXN0]
    accounts: [{id: web, brand: Test Tea}]
  - name: shop
    platform: meta
    secrets: [meta-secret-of-the-test]
    verify_token: verify-token-of-the-test
    accounts:
      - {id: "100000000000001", brand: Test Tea, token: page-token}
      - {id: "100000000000002", brand: Second Tea, token: second-token}
      - {id: "17840000000000003", channel: instagram, brand: Test Tea, token: instagram-token}
      - {id: "100000000000005", channel: whatsapp, brand: Test Tea, token: whatsapp-token}
      - {id: "30000000000000006", channel: threads, brand: Test Tea, token: threads-token}
  - name: shop
    platform: x
    secrets: [x-secret-of-the-test]
    accounts: [{id: "1700000000000000007", brand: Test Tea, token: x-token}]
`

// open returns a simulator on the network before a door that takes everything
// and counts it.
func open(t *testing.T) (s *simulator.Simulator, origin string, came *atomic.Int64) {
	t.Helper()
	came = new(atomic.Int64)
	door := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { came.Add(1) }))
	t.Cleanup(door.Close)
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	s, err := simulator.New(simulator.Config{
		Accounts: []byte(accounts), Webhooks: door.URL, Public: server.URL, Console: "http://127.0.0.1:18080",
		Patience: 20 * time.Second, Now: time.Now, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	handler = s
	t.Cleanup(func() {
		server.Close()
		s.Close()
	})
	return s, server.URL, came
}

// visit makes a browser's request; a form makes it a POST.
func visit(t *testing.T, address string, form url.Values, header ...string) (*http.Response, string) {
	t.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(page)
}

func TestSomebodyWritesOnThePageWithoutAScript(t *testing.T) {
	t.Parallel()
	_, origin, came := open(t)
	_, page := visit(t, origin+"/", nil)
	for _, p := range customers.Personas() {
		if !strings.Contains(page, p.Name) {
			t.Errorf("%s is not on the page", p.Name)
		}
	}
	resp, page := visit(t, origin+"/say", url.Values{"app": {"line/shop"}, "who": {"malee"}, "do": {"message"}, "text": {"โดนหักเงินสองรอบ <b>"}})
	if resp.StatusCode != http.StatusOK || !strings.Contains(page, "โดนหักเงินสองรอบ &lt;b&gt;") || !strings.Contains(page, "answered 200") {
		t.Errorf("%d, came back to:\n%s", resp.StatusCode, page)
	}
	if got := resp.Request.URL.Query(); got.Get("who") != "malee" || got.Get("app") != "line/shop" {
		t.Errorf("came back to %s", resp.Request.URL)
	}
	resp, page = visit(t, origin+"/say", url.Values{"app": {"line/shop"}, "who": {"malee"}, "text": {strings.Repeat("x", 5001)}})
	if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "A message has 1 to 5000 characters.") || !strings.Contains(page, strings.Repeat("x", 5001)) {
		t.Errorf("%d: a refused draft is lost, or nobody says why", resp.StatusCode)
	}
	if n := came.Load(); n != 1 {
		t.Errorf("%d webhooks", n)
	}
}

func TestEveryChannelHasAPageWithWhatItDoes(t *testing.T) {
	t.Parallel()
	_, origin, _ := open(t)
	for app, wants := range map[string][]string{
		"line/shop": {"Group", "Follow", "Sticker"}, "messenger/shop": {"Three pictures", "Voice", "Another app has the thread"}, "facebook_page/shop": {"Reviews", "Nobody says who wrote it"},
		"instagram/shop": {"During a broadcast", "Answer a story", "flat envelope"}, "whatsapp/shop": {"Get another number", "say later that it never arrived"}, "threads/shop": {"Mentions"},
		"x/shop": {"Quotes", "The old API", "The author did not ask us"}, "messenger/shop/100000000000002": {"Second Tea"},
	} {
		_, page := visit(t, origin+"/?who=jo&app="+url.QueryEscape(app), nil)
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %q", app, want)
			}
		}
		if !strings.HasPrefix(app, "x/") && strings.Contains(page, "The author did not ask us") || strings.HasPrefix(app, "threads") && strings.Contains(page, "Put it in one body") {
			t.Errorf("%s: the page offers what is nothing of this channel's", app)
		}
	}
}

func TestACommentIsAnsweredHiddenAndReadOnThePage(t *testing.T) {
	t.Parallel()
	s, origin, _ := open(t)
	form := func(more url.Values) url.Values {
		all := url.Values{"app": {"facebook_page/shop"}, "who": {"eleni"}, "in": {"comment"}}
		for name, values := range more {
			all[name] = values
		}
		return all
	}
	visit(t, origin+"/say", form(url.Values{"do": {"message"}, "text": {"Πότε ανοίγετε;"}}))
	visit(t, origin+"/say", form(url.Values{"do": {"elsewhere"}, "text": {"Στις εννιά"}}))
	said := s.Events("facebook_page", "", "eleni")
	if len(said) != 1 {
		t.Fatalf("%+v", said)
	}
	_, page := visit(t, origin+"/say", form(url.Values{"do": {"message"}, "text": {"Ευχαριστώ"}, "message": {said[0].Message}}))
	for _, want := range []string{"Πότε ανοίγετε;", "the brand, elsewhere", "Στις εννιά", "Ευχαριστώ"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if _, page = visit(t, origin+"/say", form(url.Values{"do": {"hide"}, "message": {said[0].Message}})); !strings.Contains(page, "· hidden") {
		t.Error("nothing is hidden")
	}
	resp, err := http.Get(origin + "/v25.0/100000000000001/unheard_of?access_token=page-token&fields=name")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if _, page = visit(t, origin+"/?app=facebook_page/shop&who=eleni", nil); strings.Contains(page, "page-token") {
		t.Error("a token is on the page")
	}
	if calls := s.Calls("meta", ""); len(calls) != 1 || calls[0].Path != "/v25.0/100000000000001/unheard_of?fields=name" || calls[0].Status != 400 {
		t.Errorf("%+v", calls)
	}
}

func TestThePageAllowsNoForeignCode(t *testing.T) {
	t.Parallel()
	_, origin, came := open(t)
	resp, page := visit(t, origin+"/?app=line/shop&who=jo&in=group", nil)
	policy := resp.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	if strings.Contains(page, "<style") || strings.Contains(page, " style=") || strings.Contains(page, " onclick=") || strings.Contains(page, "<script>") {
		t.Error("something is inline")
	}
	for _, file := range []string{"/static/page.css", "/static/page.js"} {
		if resp, _ := visit(t, origin+file, nil); resp.StatusCode != http.StatusOK {
			t.Errorf("%s answers %d", file, resp.StatusCode)
		}
	}
	resp, _ = visit(t, origin+"/say", url.Values{"who": {"jo"}, "text": {"x"}}, "Sec-Fetch-Site", "cross-site")
	if resp.StatusCode != http.StatusForbidden || came.Load() != 0 {
		t.Errorf("another site made a customer speak: %d", resp.StatusCode)
	}
}

func TestTheConversationIsFetchedOnlyWhenItChanged(t *testing.T) {
	t.Parallel()
	s, origin, _ := open(t)
	resp, _ := visit(t, origin+"/chat?app=line/shop&who=jo", nil)
	tag := resp.Header.Get("ETag")
	if resp, _ := visit(t, origin+"/chat?app=line/shop&who=jo", nil, "If-None-Match", tag); resp.StatusCode != http.StatusNotModified {
		t.Errorf("unchanged: %d", resp.StatusCode)
	}
	if _, err := s.Say(t.Context(), platforms.Say{Platform: "line", Persona: "jo", Text: "news"}); err != nil {
		t.Fatal(err)
	}
	resp, page := visit(t, origin+"/chat?app=line/shop&who=jo", nil, "If-None-Match", tag)
	if resp.StatusCode != http.StatusOK || !strings.Contains(page, "news") || strings.Contains(page, "<html") {
		t.Errorf("changed: %d\n%s", resp.StatusCode, page)
	}
}

func TestFaultsAreSetAndEndedOnThePage(t *testing.T) {
	t.Parallel()
	s, origin, _ := open(t)
	_, page := visit(t, origin+"/", nil)
	for _, value := range []string{"redeliver 1 2m", "timeout  40s", "tamper  "} {
		if !strings.Contains(page, `value="`+value+`"`) {
			t.Errorf("no button says %q", value)
		}
		visit(t, origin+"/misbehave", url.Values{"app": {"line/shop"}, "who": {"jo"}, "fault": {value}, "count": {"5"}})
	}
	faults := s.Faults()
	if len(faults) != 3 || faults[0].Times != 1 || time.Duration(faults[0].After) != 2*time.Minute || faults[0].App != "shop" || faults[2].Count != 5 {
		t.Errorf("%+v", faults)
	}
	visit(t, origin+"/misbehave", url.Values{"end": {"1"}})
	if faults := s.Faults(); len(faults) != 0 {
		t.Errorf("%+v", faults)
	}
}

func TestTheStreamIsAlive(t *testing.T) {
	t.Parallel()
	s, _, came := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		s.Stream(ctx, 60_000)
		close(done)
	}()
	for came.Load() < 400 && t.Context().Err() == nil {
		time.Sleep(time.Millisecond) // polls; nothing is ordered by it
	}
	cancel()
	<-done
	langs, authors := map[string]int{}, map[string]bool{}
	for _, e := range s.Events("", "", "") {
		authors[e.Author] = true
		langs[e.Channel]++
	}
	if len(authors) < 40 || len(langs) != 8 || langs["line"] < 10 || langs["instagram"] < 10 {
		t.Errorf("%d people wrote, %v", len(authors), langs)
	}
}

func TestTheDemoAdministratorHasAToken(t *testing.T) {
	t.Parallel()
	s, origin, _ := open(t)
	provider, err := oidc.NewProvider(t.Context(), origin+"/idp")
	if err != nil {
		t.Fatal(err)
	}
	check := provider.Verifier(&oidc.Config{ClientID: simulator.ClientID})
	admin, err := s.AdminToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range simulator.DemoPeople() {
		token, err := s.Token(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if p.ID == "demo-admin" {
			token = admin
		}
		id, err := check.Verify(t.Context(), token)
		if err != nil || id.Subject != p.ID {
			t.Errorf("%s: %v %v", p.ID, id, err)
		}
	}
}
