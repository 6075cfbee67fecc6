package browser_test

import (
	"net/http"
	"testing"
	"time"
)

// past has a lead look at a ticket as it was: from its timeline, and from there to
// what came before and after.
func past(t *testing.T, d *desk, c *chromium, s screen) {
	if s.phone {
		s.width = 360
	}
	author := "past-" + s.name
	found, _ := d.says(t, "standard", author, "โดนหักเงินสองรอบค่ะ ขอเงินคืนด้วย ติดต่อไปแล้วไม่มีใครตอบ")
	here := d.Console + "/tickets/" + found.ID
	lead := c.open(t, s)
	lead.signIn(d, "Lea Lead")
	if status := d.Ask(http.MethodPost, d.Console+"/api/v1/tickets/"+found.ID+"/assign", map[string]any{"assignee": "demo-lead"}, nil, "If-Match", "*"); status != http.StatusOK {
		t.Fatalf("assigning answered %d", status)
	}
	lead.visit(here)
	lead.sees("Timeline", "Why each step came or did not")
	first := "document.querySelector('#timeline li:last-child a.when').href"
	lead.visit(js[string](lead, first))
	lead.sees("As it was at", "not yet", "First response", "The beginning", "Later", "version 1")
	lead.misses("Assigned to")
	if marked := js[int](lead, "document.querySelectorAll('.moment[aria-current]').length"); marked != 1 {
		t.Errorf("%d moments are where the page is", marked)
	}
	lead.show("past-first")
	lead.pressIn(".steps", "Later")
	lead.sees("version 2", "Earlier")
	lead.visit(here + "/at")
	lead.sees("As it is at", "Nothing came after")
	lead.show("past-now")
	at := js[string](lead, "document.querySelector('#at').value")
	if !instant(at) {
		t.Errorf("the field for an instant holds %q", at)
	}
}

// instant is what a field of that type holds: a browser leaves the seconds out where
// they are none.
func instant(value string) bool {
	for _, form := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if _, err := time.Parse(form, value); err == nil {
			return true
		}
	}
	return false
}
