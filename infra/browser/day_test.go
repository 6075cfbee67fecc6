package browser_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A hand works a page: by keys alone, or by its buttons.
type hand struct {
	*tab
	keys bool
}

// tabTo presses Tab until an element that matches has the focus.
func (p *tab) tabTo(selector string) {
	p.Helper()
	for range 200 {
		if js[bool](p, "document.activeElement.matches("+quote(selector)+")") {
			return
		}
		p.types(kb.Tab)
	}
	p.shot("failed")
	p.Fatalf("Tab does not come to %s", selector)
}

// does presses a button of the page or opens what stands folded: by keys from the
// command bar.
func (h hand) does(words string) {
	h.Helper()
	if !h.keys {
		h.press(words)
		return
	}
	h.commandBar()
	h.inserts("#bar-input", words)
	h.types(kb.Enter)
}

// inserts types into the field that has the focus, and fails when another has it.
func (h hand) inserts(field, words string) {
	h.Helper()
	eventually(h.T, patience, field+" has the focus", func() bool { return js[bool](h.tab, "document.activeElement.matches("+quote(field)+")") })
	h.do("typing "+words, call(input.InsertText, input.InsertTextParams{Text: words}))
}

// types into a field that is come to by Tab, or by a touch.
func (h hand) fills(field, words string) {
	h.Helper()
	if h.keys {
		h.tabTo(field)
		h.inserts(field, words)
		return
	}
	h.write(field, words)
}

// sends a form by the button that matches.
func (h hand) sends(button string) {
	h.Helper()
	if h.keys {
		h.tabTo(button)
		h.key("Enter", 13, "\r")
		return
	}
	h.touch(button)
}

// agentsDay has an agent of tier 1 work: on a wide screen by the keyboard alone, on a
// phone by touch alone.
func agentsDay(t *testing.T, d *desk, c *chromium, s screen) {
	who := "day-" + s.name
	found, _ := d.says(t, "standard", who, "What are your opening hours on Sundays?")
	here := d.Console + "/tickets/" + found.ID
	h := hand{c.open(t, s), !s.phone}
	h.signIn(d, "Anna Agent")

	// Half a minute to take a reply back: a busy machine is slower than a person.
	h.visit(d.Console + "/me")
	const chosen = `document.querySelector('input[name="undo"]')?.getAttribute('value') === '30'` // as the desk wrote it
	if !js[bool](h.tab, chosen) {
		h.do("choosing half a minute", chromedp.SetValue(chromedp.CSS(`input[name="undo"]`), "30"))
		h.pressIn("form.hear", "Save")
		eventually(t, patience, "half a minute is kept", func() bool { return js[bool](h.tab, chosen) })
	}

	title := "Sundays, " + s.name
	h.visit(d.Console + "/replies")
	h.does("Write a saved reply")
	h.write(`#saved input[name="title"]`, title)
	h.write(`#saved textarea[name="text"]`, "Hello {customer}, on Sundays we open at ten. {agent}")
	h.sends("#saved button.main")
	h.sees(title)
	h.show("saved-replies")

	h.visit(d.Console + "/tiers/1")
	if h.keys {
		h.strikes("n")
	} else {
		h.press("Take next")
	}
	h.sees("Yours until")
	if js[string](h.tab, "location.pathname.split('/').pop()") != found.ID { // another story's was more urgent
		h.does("Give back")
		h.sees("Given back by")
		h.visit(here)
		h.does("Claim")
	}
	h.sees("What are your opening hours on Sundays?", "Yours until", "Why it is here", "all together")
	if n := js[int](h.tab, "document.querySelectorAll('#verdict .legend .weight').length"); n < 2 {
		t.Errorf("the verdict gives %d reasons", n)
	}
	if h.keys {
		h.dialogs()
	}

	h.picks(title)
	const said = "on Sundays we open at ten. Anna"
	if draft := h.draft(); !strings.HasSuffix(draft, said) || strings.Contains(draft, "{") {
		t.Errorf("the saved reply became %q", draft)
	}
	if h.keys {
		h.types(kb.Escape) // out of the composer
		h.strikes("p")
	} else {
		h.press("Preview")
	}
	h.sees("What the customer would get")
	h.sends("#reply button.main")
	h.sees("It can be taken back until")
	h.show("held")
	if h.keys {
		h.strikes("z")
	} else {
		h.press("Undo")
	}
	h.sees("Reply taken back by")
	if draft := h.draft(); !strings.HasSuffix(draft, said) {
		t.Errorf("taken back, the draft is %q", draft)
	}
	h.show("undone")
	js[bool](h.tab, `(e => { e.focus(); e.setSelectionRange(e.value.length, e.value.length); return true })(document.querySelector('#reply-text'))`)
	h.inserts("#reply-text", " We close at six.")
	h.sends("#reply button.main")
	h.sees("We close at six.", "It can be taken back until")

	h.does("Write a note")
	h.fills("#note-text", "Their third question of hours. @demo-lead, shall we pin an answer?")
	h.sends(`form[action$="/note"] button`)
	h.sees("shall we pin an answer?", "note")

	h.does("Escalate")
	h.fills(`form[action$="/escalate"] textarea`, "They ask for a shop that I know nothing of")
	h.sends(`form[action$="/escalate"] button`)
	h.sees("They ask for a shop that I know nothing of", "Escalated by")
	h.show("handed-up")

	second, _ := d.says(t, "standard", who+"-2", "Do you have a shop in Piraeus?")
	h.visit(d.Console + "/tickets/" + second.ID)
	h.does("Snooze")
	h.fills(`form[action$="/snooze"] textarea`, "They look for the address")
	h.sends(`form[action$="/snooze"] button`)
	h.sees("Snoozed until", "Snoozed by")
	d.says(t, "standard", who+"-2", "It is the one by the harbour. Until when is it open?")
	h.sees("the one by the harbour") // by itself, and it is woken
	h.misses("Snoozed until")

	h.does("Go away")
	h.sends(".there form button")
	back := func() bool { return js[bool](h.tab, "!!document.querySelector('form.there')") } // the form to go away says the words too
	eventually(t, patience, "somebody is away", back)
	h.does("I am back")
	eventually(t, patience, "somebody is back", func() bool { return !back() && h.has("Go away") })

	var sent []answer
	eventually(t, patience, "the answer is with the customer, as it was sent at last", func() bool {
		sent = d.heard("standard", who)
		return len(sent) > 0
	})
	if len(sent) != 1 || sent[0].Identical != 1 || !strings.HasSuffix(sent[0].Text, said+" We close at six.") {
		t.Errorf("the customer got %+v", sent)
	}
}

// picks takes a saved reply by its title. A part of the desk may not know it yet for
// seconds: then one searches again.
func (h hand) picks(title string) {
	h.Helper()
	if h.keys {
		h.tabTo("#reply-text")
		h.strikes("/")
	} else {
		h.press("Saved replies")
	}
	offers := func() bool {
		return strings.Contains(js[string](h.tab, "document.querySelector('#replies-found [data-text]')?.innerText || ''"), title)
	}
	eventually(h.T, patience, "the saved reply is offered", func() bool {
		js[bool](h.tab, "document.querySelector('#replies-input').select() || true")
		h.inserts("#replies-input", title)
		for end := time.Now().Add(2 * time.Second); time.Now().Before(end) && !offers(); {
			time.Sleep(50 * time.Millisecond)
		}
		return offers()
	})
	h.show("picker")
	if h.keys {
		h.key("Enter", 13, "\r")
	} else {
		h.touch("#replies-found [data-text]")
	}
	eventually(h.T, patience, "it is in the composer", func() bool { return h.draft() != "" })
}

// dialogs opens the sheet of keys and the command bar: neither lets the focus out, and
// both give it back.
func (h hand) dialogs() {
	h.Helper()
	for name, open := range map[string]func(){
		"#keys": func() { h.strikes("?") },
		"#bar":  h.commandBar,
	} {
		h.loaded() // else its fragment takes the focus
		h.do("focusing a link", chromedp.Focus(chromedp.CSS("a.brand")))
		open()
		for n := range 6 {
			if js[bool](h.tab, fmt.Sprintf("!(d => d.open && (d.contains(document.activeElement) || document.activeElement === document.body))(document.querySelector(%q))", name)) {
				h.Errorf("after %d Tabs the focus is outside of %s", n, name)
			}
			h.types(kb.Tab)
		}
		h.types(kb.Escape)
		if !js[bool](h.tab, fmt.Sprintf("!document.querySelector(%q).open && document.activeElement.matches('a.brand')", name)) {
			h.Errorf("%s does not close and give the focus back", name)
		}
	}
}

// leadsDay has a lead look after the desk, and an admin set it up and see who did what.
func leadsDay(t *testing.T, d *desk, c *chromium, s screen) {
	if s.phone {
		s.width = 360 // the narrowest that people have
	}
	found, _ := d.says(t, "standard", "led-"+s.name, "I was charged twice, give me my money back")
	lead := c.open(t, s)
	lead.signIn(d, "Lea Lead")
	lead.visit(d.Console + "/tickets/" + found.ID)
	lead.press("Right as it is")
	lead.sees("Verdict confirmed by")
	lead.press("Assign")
	lead.do("naming somebody", chromedp.SetValue(chromedp.CSS(`form[action$="/assign"] input[name="assignee"]`), "demo-senior"))
	lead.pressIn(`form[action$="/assign"]`, "Assign")
	lead.sees("With Sam Senior", "Assigned by Lea Lead")
	lead.show("reassigned")

	again, _ := d.says(t, "line", "led-"+s.name, "โดนหักเงินสองรอบค่ะ เรื่องเดียวกับที่เขียนในเว็บ")
	lead.press("Merge into another ticket")
	lead.write(`form[action$="/merge"] input[name="into"]`, d.Console+"/tickets/"+again.ID)
	lead.pressIn(`form[action$="/merge"]`, "Merge into another ticket")
	lead.sees("I was charged twice, give me my money back", "from a merged ticket", "เรื่องเดียวกับที่เขียนในเว็บ")
	lead.show("merged")

	lead.visit(d.Console + "/tickets?category=billing&author=" + found.Author.ID)
	lead.press("Save this list")
	name := "Money, " + s.name
	lead.write("form.row input[name=name]", name)
	lead.choose(`form.row select[name="team"]`, "general")
	lead.pressIn("details.keep form", "Save")
	lead.sees("A saved list", name)
	lead.press("Forget it")
	lead.sees("Save this list")

	admin := c.open(t, s)
	admin.signIn(d, "Ari Admin")
	admin.visit(d.Console + "/teams")
	admin.press("Add a team")
	team := "day-" + s.name
	admin.write(`details[open] input[name="id"]`, team)
	admin.write(`details[open] input[name="name"]`, "The day, "+s.name)
	admin.choose(`details[open] select[name="assigns"]`, "round_robin")
	admin.pressIn("details[open] form", "Add a team")
	eventually(t, patience, "the team has a page", func() bool { return js[string](admin, "location.pathname") == "/teams/"+team })
	admin.sees("In turn")
	admin.choose(`select[name="assigns"]`, "fewest_open")
	admin.pressIn(`form:has(select[name="assigns"])`, "Save")
	eventually(t, patience, "the team gives to whoever has the most room", func() bool {
		return js[string](admin, `document.querySelector('select[name="assigns"] option[selected]')?.value`) == "fewest_open"
	})
	admin.show("team-assigns")
	admin.visit(d.Console + "/first-steps")
	admin.sees("Webhook address", "The way in")
	admin.show("first-steps")
	admin.press("Try it now")
	admin.sees("is being asked")
	admin.show("first-steps-tried")
	admin.visit(d.Console + "/audit?kind=team")
	admin.sees("Export as CSV", team, "Ari Admin added", "Ari Admin changed")
}
