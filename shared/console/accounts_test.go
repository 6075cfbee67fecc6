package console_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// shop is the account that the house's customers write to.
var shop = desk.Origin{Platform: "line", App: "demo", Account: "Udemo", Channel: "line", Brand: "demo"}

// saved writes an account. Where a busy emulator's answer was lost, and the second try
// met the first, it is written all the same.
func (h *house) saved(a desk.Account) error {
	err := h.store.SaveAccount(h.t.Context(), a)
	if errors.Is(err, desk.ErrStale) {
		if there, problem := h.store.Account(h.t.Context(), a.AccountKey); problem == nil && there.Version == a.Version+1 {
			return nil
		}
	}
	return err
}

// held has a reply of somebody wait for the account, and returns its ticket.
func (h *house) held(author string) desk.Ticket {
	h.t.Helper()
	t := h.says(author, "I was charged twice")
	token := h.claim("demo-lead", t.ID)
	if got := h.api("demo-lead", "POST", fmt.Sprintf("/api/v1/tickets/%s/reply", t.ID), map[string]any{"text": "We look into it.", "visibility": "private", "token": token}, "Idempotency-Key", "r-"+author); got.code != 200 {
		h.t.Fatalf("%d %s", got.code, got.body)
	}
	a, err := h.store.Account(h.t.Context(), shop.AccountKey())
	if err != nil {
		h.t.Fatal(err)
	}
	if a.Paused.IsZero() {
		a = a.Learn(desk.FoundRefused, desk.Probe{}, "the token is <no> good", h.Now())
		if err := h.saved(a); err != nil {
			h.t.Fatal(err)
		}
	}
	t = h.ticket(t.ID)
	entry := desk.Entry{Version: t.Version + 1, What: desk.SendDeferred, At: h.Now(), Target: t.Outbox[0], Until: h.Now().Add(4 * time.Hour), Why: "waits until the account is in use again"}
	if err := h.store.HoldBack(h.t.Context(), desk.HeldBack{Account: shop.AccountKey(), Ticket: t.ID}); err != nil {
		h.t.Fatal(err)
	}
	return h.commit(t, entry, func(*desk.Change) {})
}

func TestTheAccountsSayHowTheyAreThoseToSeeToFirst(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.held("malee")
	if err := h.store.Refused(t.Context(), desk.App{Platform: "line", Name: "demo"}, 3, h.Now()); err != nil {
		t.Fatal(err)
	}
	got := h.api("auditor", "GET", "/api/v1/accounts", nil)
	items, _ := got.json(t)["items"].([]any)
	if got.code != 200 || len(items) != 2 {
		t.Fatalf("%d %s", got.code, got.body)
	}
	first, second := items[0].(map[string]any), items[1].(map[string]any)
	if first["id"] != "Udemo" || first["condition"] != "paused" || first["found"] != "refused" || first["waiting"] != 1.0 || first["refused"] != 3.0 || first["paused_for"] != "the token is <no> good" {
		t.Errorf("%v", first)
	}
	if second["id"] != "700" || second["condition"] != "unasked" || second["platform"] != "telegram" || second["todo"] == "" || second["door"] != "/webhooks/telegram/"+fmt.Sprint(second["app"]) {
		t.Errorf("%v", second)
	}
	page := h.browser().signIn("auditor", "/accounts")
	if page.code != 200 || !strings.Contains(page.body, "the token is &lt;no&gt; good") || !strings.Contains(page.body, "<code>/webhooks/line/demo</code>") || !strings.Contains(page.body, "1 ticket has a reply that waits") || strings.Contains(page.body, "/accounts/resume") {
		t.Errorf("%d %s", page.code, page.body)
	}
}

func TestALeadLetsTheRepliesOfAnAccountGoOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	first, second := h.held("malee"), h.held("somchai")
	h.queues.told = nil
	key := map[string]any{"platform": "line", "app": "demo", "id": "Udemo"}
	for range 2 {
		got := h.api("demo-lead", "POST", "/api/v1/accounts/resume", key)
		if got.code != 200 || got.json(t)["condition"] != "refused" || got.json(t)["resumed_by"] == "" {
			t.Fatalf("%d %s", got.code, got.body)
		}
	}
	if told := strings.Join(h.queues.told, " "); told != "outbound outbound" {
		t.Errorf("told %q", told)
	}
	for _, was := range []desk.Ticket{first, second} {
		is := h.ticket(was.ID)
		if is.Version != was.Version+1 || is.OutboxAt.After(h.Now()) || len(is.Outbox) != 1 {
			t.Errorf("after it the ticket is %+v", is)
		}
	}
	for name, tt := range map[string]struct {
		who  string
		body any
		want int
	}{
		"an account that is none": {"demo-lead", map[string]any{"platform": "line", "app": "demo", "id": "Unobody"}, 400},
		"no account":              {"demo-lead", map[string]any{}, 400},
		"an auditor":              {"auditor", key, 403},
	} {
		if got := h.api(tt.who, "POST", "/api/v1/accounts/resume", tt.body); got.code != tt.want {
			t.Errorf("%s: %d %s", name, got.code, got.body)
		}
	}
	h.held("ploy")
	a, err := h.store.Account(t.Context(), shop.AccountKey())
	if err != nil || a.Paused.IsZero() {
		t.Fatalf("%+v, %v", a, err)
	}
	b := h.browser()
	if page := b.signIn("demo-lead", "/accounts"); !strings.Contains(page.body, `action="/accounts/resume"`) {
		t.Errorf("%d %s", page.code, page.body)
	}
	done := b.post("/accounts/resume", url.Values{"platform": {"line"}, "app": {"demo"}, "id": {"Udemo"}})
	if done.code != 200 || !strings.Contains(done.body, "The replies of Udemo go out again.") {
		t.Errorf("%d %s", done.code, done.body)
	}
}

func TestAnAccountWhoseTokensEndSaysWhenAndWhatToDoWhenThereIsNoOther(t *testing.T) {
	t.Parallel()
	h := open(t)
	a := desk.Account{AccountKey: desk.AccountKey{Platform: "telegram", App: "bot", ID: "700"}, Found: desk.FoundWell}
	for _, k := range h.api("auditor", "GET", "/api/v1/accounts", nil).json(t)["items"].([]any) {
		if one := k.(map[string]any); one["id"] == "700" {
			a.App, _ = one["app"].(string)
		}
	}
	a.Token = desk.TokenState{Ends: h.Now().Add(time.Hour), RefreshEnds: h.Now().Add(48 * time.Hour), Refused: h.Now(), Problem: "Zalo <refuses> it"}
	if !a.Unwell() {
		t.Error("nobody is called")
	}
	if err := h.saved(a); err != nil {
		t.Fatal(err)
	}
	first := h.api("auditor", "GET", "/api/v1/accounts", nil).json(t)["items"].([]any)[0].(map[string]any)
	if first["id"] != "700" || first["condition"] != "unrenewed" || first["token_problem"] != "Zalo <refuses> it" || first["token_ends"] == nil || first["grant_ends"] == nil || first["token_refused"] == nil {
		t.Errorf("%v", first)
	}
	page := h.browser().signIn("auditor", "/accounts")
	for _, want := range []string{"Zalo &lt;refuses&gt; it", "The present token ends", "Connect the account again"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	a.Version = 1
	if err := h.saved(a.Learn(desk.FoundRefused, desk.Probe{}, "it has ended", h.Now())); err != nil {
		t.Fatal(err)
	}
	first = h.api("auditor", "GET", "/api/v1/accounts", nil).json(t)["items"].([]any)[0].(map[string]any)
	if todo, _ := first["todo"].(string); first["condition"] != "paused" || !strings.Contains(todo, "Connect the account again") {
		t.Errorf("when its replies wait it says %q", todo)
	}
}

func TestAnAccountWhosePlatformNoLongerAsksWhoseOurAddressIsSaysSo(t *testing.T) {
	t.Parallel()
	h := open(t)
	a := desk.Account{AccountKey: shop.AccountKey(), Found: desk.FoundWell}
	a.Challenge = desk.Challenge{Every: 2 * time.Hour, Watched: h.Now().Add(-time.Minute)}
	for _, step := range []struct{ condition, says string }{
		{"well", "is waited for"},
		{"unchallenged", "save our address there again"},
	} {
		if err := h.saved(a); err != nil {
			t.Fatal(err)
		}
		first := h.api("auditor", "GET", "/api/v1/accounts", nil).json(t)["items"].([]any)
		i := 0
		if step.condition == "well" { // the other was not asked about
			i = len(first) - 1
		}
		got := first[i].(map[string]any)
		if got["id"] != "Udemo" || got["condition"] != step.condition || got["challenge_every"] != 7200.0 || (got["challenge_missed"] != nil) != (step.condition == "unchallenged") {
			t.Errorf("%v", got)
		}
		if page := h.browser().signIn("auditor", "/accounts"); page.code != 200 || !strings.Contains(page.body, step.says) {
			t.Errorf("the page does not say %q", step.says)
		}
		a.Version++
		a.Challenge = desk.Challenge{Every: 2 * time.Hour, Watched: h.Now().Add(-9 * time.Hour), Answered: h.Now().Add(-5 * time.Hour), Refused: h.Now().Add(-time.Hour), Missed: h.Now()}
	}
}
