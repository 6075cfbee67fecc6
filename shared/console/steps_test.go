package console_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/console"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// TestTheFirstStepsSayWhatIsDoneAndWhatIsToDo begins with an empty desk, and does
// them one by one.
func TestTheFirstStepsSayWhatIsDoneAndWhatIsToDo(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *console.Config) {
		c.Accounts.Webhooks = "https://door.example/"
		c.Accounts.Mute = func(p desk.Platform) bool { return p == "telegram" }
	})
	if err := h.store.Refused(t.Context(), desk.App{Platform: "line", Name: "demo"}, 3, h.Now()); err != nil {
		t.Fatal(err)
	}
	done := func() (steps string) {
		t.Helper()
		for _, item := range h.api("demo-admin", "GET", "/api/v1/first-steps", nil).json(t)["items"].([]any) {
			if step := item.(map[string]any); step["done"] == true {
				steps += fmt.Sprint(step["step"], " ")
			}
		}
		return steps
	}
	if got := done(); got != "address account " {
		t.Errorf("of an empty desk is done %s", got)
	}
	b := h.browser()
	page := b.signIn("demo-admin", "/first-steps").body
	for _, want := range []string{"https://door.example/webhooks/line/demo", "https://door.example/webhooks/telegram/demo", "Nobody of the directory works on: General", "The way in: nothing came yet", "The way out: not asked yet", "this platform has nobody to ask", "handshakes of its app refused", "Try it now"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q: %s", want, page)
		}
	}
	if page := b.get("/accounts").body; !strings.Contains(page, "<code>https://door.example/webhooks/telegram/demo</code>") {
		t.Errorf("the page of accounts does not say where their platforms send webhooks: %s", page)
	}
	sam := people.Member{ID: "sam", Name: "Sam", Roles: []string{"senior"}, Channels: []people.Channel{{Kind: people.Email, To: "sam@example.com"}}}
	if err := h.store.SaveMember(t.Context(), sam, people.Change{At: h.Now(), Who: "seed", What: "added", Kind: people.KindMember, Target: "sam"}); err != nil {
		t.Fatal(err)
	}
	h.after(11 * time.Second) // the directory is that old at most
	if got := done(); got != "address people shift told account " {
		t.Errorf("with somebody who works is done %s", got)
	}
	key := shop.AccountKey()
	form := url.Values{"platform": {string(key.Platform)}, "app": {key.App}, "id": {key.ID}}
	if page := b.post("/first-steps/try", form); page.code != 200 || !strings.Contains(page.body, "Udemo is being asked") || !slices.Equal(h.queues.told, []string{"fetch"}) {
		t.Errorf("%d, told %v: %s", page.code, h.queues.told, page.body)
	}
	if got := h.api("demo-lead", "POST", "/api/v1/accounts/try", key); got.code != 202 || len(h.queues.told) != 2 {
		t.Errorf("by the API: %d %s", got.code, got.body)
	}
	if got := h.api("demo-lead", "POST", "/api/v1/accounts/try", desk.AccountKey{Platform: "line", App: "demo", ID: "nobody's"}); got.code != 400 {
		t.Errorf("of no account: %d %s", got.code, got.body)
	}
	a := desk.Account{AccountKey: key}.Learn(desk.FoundRefused, desk.Probe{}, "the token is <no> good", h.Now())
	save := func() {
		t.Helper()
		if err := h.saved(a); err != nil {
			t.Fatal(err)
		}
		a.Version++
	}
	save()
	if page := b.get("/first-steps").body; !strings.Contains(page, "The way out: the platform refuses</b> <bdi>the token is &lt;no&gt; good") {
		t.Errorf("of an account that is refused: %s", page)
	}
	a = a.Learn(desk.FoundUnanswered, desk.Probe{}, "a timeout", h.Now())
	save()
	if page := b.get("/first-steps").body; !strings.Contains(page, "the platform did not say") {
		t.Errorf("of an account without an answer: %s", page)
	}
	a = a.Learn(desk.FoundWell, desk.Probe{}, "", h.Now())
	a.Heard = h.Now()
	save()
	if got := done(); got != "address people shift told account heard sent " {
		t.Errorf("at the end is done %s", got)
	}
	if page := b.get("/first-steps").body; !strings.Contains(page, "All is there") || !strings.Contains(page, "The platform lets us in") {
		t.Errorf("at the end: %s", page)
	}
	if page := h.browser().signIn("auditor", "/first-steps").body; strings.Contains(page, "Try it now") {
		t.Error("an auditor is offered to try")
	}
}

func TestTheFirstStepsOfADeskWithoutAccountsBeginWithOne(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *console.Config) { c.Accounts.Known = nil })
	if page := h.browser().signIn("demo-admin", "/first-steps"); page.code != 200 || !strings.Contains(page.body, `<p class="nothing">`) {
		t.Errorf("%d %s", page.code, page.body)
	}
}
