package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// types presses keys as a person does, wherever they are.
func (p *tab) types(keys string) {
	p.Helper()
	p.loaded()
	p.do("pressing "+keys, chromedp.KeyEvent(keys))
}

// strikes presses one key that pages may take for themselves: nothing is written then.
func (p *tab) strikes(key string) {
	p.Helper()
	p.loaded()
	p.do("striking "+key,
		call(input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: key, Text: key}),
		call(input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: key}))
}

// commandBar opens the command bar.
func (p *tab) commandBar() {
	p.Helper()
	p.loaded()
	p.do("Ctrl K", chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
}

// byKeys lets a lead find a ticket, save the list that it is on and look around, by
// keys where that is quicker.
func byKeys(t *testing.T, d *desk, c *chromium, s screen) {
	found, _ := d.says(t, "standard", "by-keys-"+s.name, "I was charged twice, give me my money back")
	author := found.Author.ID
	lead := c.open(t, s)
	lead.signIn(d, "Lea Lead")
	lead.visit(d.Console + "/tickets")
	lead.sees("Unassigned", "Breaching soon", "On hold")
	lead.press("Filters")
	lead.choose("select[name=category]", "billing")
	lead.write("input[name=author]", author)
	lead.press("Show")
	lead.sees("Category: Billing", "Author's id: "+author, "charged twice")
	lead.strikes("v")
	lead.sees("Name")
	lead.write("form.row input[name=name]", "Money of "+author)
	lead.types(kb.Enter)
	lead.sees("A saved list")
	if title := js[string](lead, "document.querySelector('h1').innerText"); title != "Money of "+author {
		t.Errorf("the saved list is called %q", title)
	}
	lead.show("inbox")
	lead.forced("inbox")

	lead.strikes("?")
	lead.sees("Next and previous ticket", "Filters")
	lead.show("keys")
	lead.types(kb.Escape)
	lead.commandBar()
	lead.write("#bar-input", "everything")
	lead.show("bar")
	lead.types(kb.Enter)
	eventually(t, patience, "the list of everything", func() bool {
		return js[bool](lead, "location.pathname === '/all' && document.readyState === 'complete'")
	})
	lead.strikes("/")
	lead.write("#q", found.ID)
	lead.types(kb.Enter)
	lead.sees("That is the id of a ticket")
	lead.strikes("j")
	lead.types(kb.Enter)
	eventually(t, patience, "the ticket", func() bool { return strings.HasSuffix(js[string](lead, "location.pathname"), found.ID) })

	lead.visit(d.Console + "/tickets?author=" + author + "&category=billing")
	lead.press("Forget it")
	lead.sees("Save this list")
	if strings.Contains(js[string](lead, "document.getElementById('side').innerText"), author) {
		t.Error("the list that was forgotten stands beside it")
	}
}
