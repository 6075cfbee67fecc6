package console_test

import (
	"net/url"
	"strings"
	"testing"
)

// TestATeamSaysHowItsTicketsFindSomebody sets it by the API and by the form, and by
// neither what there is not.
func TestATeamSaysHowItsTicketsFindSomebody(t *testing.T) {
	t.Parallel()
	h := open(t)
	put := func(body map[string]any, headers ...string) answer {
		return h.api("demo-admin", "PUT", "/api/v1/teams/care", body, headers...)
	}
	if got := put(map[string]any{"name": "Care", "assigns": "raffle"}); got.code != 422 || !strings.Contains(got.body, "neither round_robin nor fewest_open") {
		t.Errorf("a raffle: %d %s", got.code, got.body)
	}
	if got := put(map[string]any{"name": "Care", "assigns": "round_robin"}); got.code != 201 || got.json(t)["assigns"] != "round_robin" {
		t.Errorf("by the API: %d %s", got.code, got.body)
	}
	b := h.browser()
	if page := b.signIn("demo-admin", "/teams/care").body; !strings.Contains(page, "In turn") || !strings.Contains(page, `value="round_robin" selected`) {
		t.Errorf("the page does not say so: %s", page)
	}
	form := url.Values{"id": {"care"}, "version": {"1"}, "name": {"Care"}, "assigns": {"fewest_open"}}
	if page := b.post("/teams", form).body; !strings.Contains(page, `value="fewest_open" selected`) {
		t.Errorf("by the form: %s", page)
	}
	form.Set("version", "2")
	form.Set("assigns", "")
	if page := b.post("/teams", form).body; strings.Contains(page, " selected") && strings.Contains(page, `fewest_open" selected`) {
		t.Errorf("taken back: %s", page)
	}
	if got := h.api("demo-admin", "GET", "/api/v1/audit?kind=team&target=care", nil).json(t)["items"].([]any); len(got) != 3 {
		t.Errorf("the audit log has %d lines", len(got))
	}
}
