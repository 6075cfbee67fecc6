package simulator_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestWhatTheDeskToldIsOnAPageOfItsOwn(t *testing.T) {
	t.Parallel()
	s, origin, _ := open(t)
	post := func(path, kind, body string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, origin+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	resp, page := visit(t, origin+"/told", nil)
	if resp.StatusCode != http.StatusOK || !strings.Contains(page, "Nobody was told anything yet") {
		t.Fatalf("%d %s", resp.StatusCode, page)
	}
	_, list := visit(t, origin+"/told/list", nil)
	tag := func() string { r, _ := visit(t, origin+"/told/list", nil); return r.Header.Get("ETag") }
	before := tag()
	post("/receivers/slack/leads", "application/json", `{"text":"One &lt;i&gt; is late"}`)
	post("/receivers/slack/general", "application/json", `{"text":""}`)
	if list == "" || before == tag() {
		t.Error("the list keeps its tag though somebody was told something")
	}
	if r, _ := visit(t, origin+"/told/list", nil, "If-None-Match", tag()); r.StatusCode != http.StatusNotModified {
		t.Errorf("asked again it says %d", r.StatusCode)
	}
	_, page = visit(t, origin+"/told?receiver=slack", nil)
	for _, words := range []string{"One &lt;i&gt; is late", "taken, answered 200 ok", "not taken, answered 400 no_text", "/told?name=leads&amp;receiver=slack"} {
		if !strings.Contains(page, words) {
			t.Errorf("%q is not on the page", words)
		}
	}
	if _, page = visit(t, origin+"/told?receiver=slack&name=general", nil); strings.Contains(page, "is late") {
		t.Error("a page of one shows what another was told")
	}
	if _, page = visit(t, origin+"/told?receiver=push&name=lea", nil); !strings.Contains(page, "p256dh") {
		t.Error("what a browser says when it subscribes is not on its page")
	}
	if r, _ := visit(t, origin+"/told/1/html", nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("the look of what is no mail: %d", r.StatusCode)
	}

	visit(t, origin+"/told/misbehave", url.Values{"kind": {"slack"}, "fault": {"500"}, "count": {"2"}})
	if f := s.Receivers.Faults(); len(f) != 1 || f[0].Count != 2 {
		t.Errorf("set: %+v", f)
	}
	if _, page = visit(t, origin+"/told", nil); !strings.Contains(page, "slack: 500, 2 times") {
		t.Error("what is to go wrong is not on the page")
	}
	if r, page := visit(t, origin+"/told/misbehave", url.Values{"kind": {"slack"}, "fault": {"fire"}}); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "has no fault") {
		t.Errorf("a fault that is none: %d", r.StatusCode)
	}
	visit(t, origin+"/told/misbehave", url.Values{"end": {"1"}})
	if len(s.Receivers.Faults()) > 0 {
		t.Error("they misbehave on")
	}
}
