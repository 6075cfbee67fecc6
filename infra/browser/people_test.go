package browser_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// employed has an admin add a person and put them on a rota in place of whose turn
// it is, somebody go away and come back, and an auditor look for all of that.
func employed(t *testing.T, d *desk, c *chromium, s screen) {
	if s.phone {
		s.width = 360 // the narrowest that people have
	}
	id, name := "nok-"+s.name, "Nok "+s.name
	admin := c.open(t, s)
	if s.phone {
		admin.withoutScripts()
	}
	admin.signIn(d, "Ari Admin")
	admin.press("People")
	admin.sees("Sam Senior", "on shift")
	admin.show("people")
	admin.press("Add a person")
	admin.write(`details[open] input[name="id"]`, id)
	admin.write(`details[open] input[name="name"]`, name)
	admin.choose(`details[open] select[name="tier"]`, "2")
	admin.touch(`details[open] input[name="teams"][value="general"]`)
	admin.touch(`details[open] input[name="languages"][value="th"]`)
	admin.write(`details[open] input[name="zone"]`, "Asia/Nowhere")
	admin.write(`details[open] input[name="mon"]`, "09:00-17:00")
	admin.pressIn("details[open] form", "Add a person")
	admin.sees("Time zone:", "Asia/Nowhere")
	admin.show("person-refused")
	admin.do("emptying the zone", chromedp.SetValue(chromedp.CSS(`details[open] input[name="zone"]`), "Asia/Bangkok"))
	admin.pressIn("details[open] form", "Add a person")
	eventually(t, patience, "the person has a page", func() bool { return js[string](admin, "location.pathname") == "/people/"+id })
	admin.sees(name, "Save")
	admin.show("person")

	admin.visit(d.Console + "/rotas")
	admin.press("Add a rota")
	admin.write(`details[open] input[name="id"]`, "rota-"+s.name)
	admin.write(`details[open] input[name="name"]`, "Nights "+s.name)
	admin.choose(`details[open] select[name="team"]`, "general")
	admin.do("choosing whose turn it is", chromedp.SetValue(chromedp.CSS(`details[open] select[name="members"]`), "demo-lead"))
	admin.pressIn("details[open] form", "Add a rota")
	admin.sees("This week and the next", "Lea Lead")
	admin.press("Put somebody on instead")
	day := time.Now().AddDate(0, 0, 1).Format(time.DateOnly)
	admin.choose(`details[open] select[name="who"]`, id)
	admin.do("choosing from when to when", chromedp.SetValue(chromedp.CSS(`details[open] input[name="from"]`), day+"T10:00"), chromedp.SetValue(chromedp.CSS(`details[open] input[name="to"]`), day+"T18:00"))
	admin.write(`details[open] input[name="why"]`, "a swap")
	admin.press("Put them on")
	admin.sees(name, "instead", "10:00 – ", "a swap")
	admin.show("rota")

	admin.press("Go away")
	admin.choose(".there select[name=for]", "1h")
	admin.show("going-away")
	admin.pressIn(".there form", "Go away")
	admin.sees("Away until")
	admin.show("away")
	admin.pressIn("form.there", "I am back")
	admin.misses("Away until")

	auditor := c.open(t, s)
	auditor.signIn(d, "Audra Auditor")
	if auditor.has("Quarantine") == auditor.has("Take next") {
		t.Error("an auditor looks and takes nothing")
	}
	auditor.press("Audit")
	auditor.sees("Export as CSV")
	auditor.write(`.filters input[name="target"]`, id)
	auditor.choose(`.filters select[name="kind"]`, "person")
	auditor.pressIn(".filters", "Show")
	auditor.sees("Ari Admin added", id, "Asia/Bangkok")
	auditor.misses("rota-" + s.name)
	auditor.show("audit")
	file := js[string](auditor, `fetch(document.querySelector('a[href*="format=csv"]').href).then(r => r.text())`)
	if lines := strings.Split(strings.TrimSpace(file), "\r\n"); !strings.HasPrefix(lines[0], "id,at,who,what,kind,target") || !strings.Contains(file, ",added,person,"+id) || strings.Contains(file, "rota-") {
		t.Errorf("the file says\n%s", file)
	}
	var of struct{ Items []struct{ What, Who string } }
	d.Ask(http.MethodGet, d.Console+"/api/v1/audit?who=demo-admin&what=away", nil, &of)
	if len(of.Items) == 0 {
		t.Error("nobody wrote down that the admin was away")
	}
	// Another's instance may have a directory of ten seconds ago.
	eventually(t, patience, "the auditor sees who was added", func() bool {
		auditor.visit(d.Console + "/people/" + id)
		return strings.Contains(auditor.text(), "agent of tier 2")
	})
	auditor.sees(name)
	if js[bool](auditor, `!!document.querySelector('main form:not(.search)')`) {
		t.Error("an auditor is offered to change somebody")
	}
	eventually(t, patience, "the auditor sees the rota", func() bool {
		auditor.visit(fmt.Sprintf("%s/rotas/rota-%s", d.Console, s.name))
		return strings.Contains(auditor.text(), name)
	})
	auditor.show("rota-seen")
}
