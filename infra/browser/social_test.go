package browser_test

import (
	"net/http"
	"strings"
	"testing"
)

// does lets something happen on a channel of Meta's, and returns the customer's
// ticket and the name of the message.
func (d *desk) does(t *testing.T, channel string, say map[string]any) (found ticket, message string) {
	t.Helper()
	say["platform"], say["channel"] = "meta", channel
	var told struct {
		Author, Message, Answer, Problem string
		Status                           int
	}
	if code := d.Ask(http.MethodPost, d.Simulator+"/sim/api/say", say, &told); code != http.StatusOK || told.Status != http.StatusOK {
		t.Fatalf("%v: the simulator answered %d, the door %d %s %s", say, code, told.Status, told.Answer, told.Problem)
	}
	return d.ticketOf(t, told.Author), told.Message
}

// moderated hides what somebody said for all to read, shows it again, answers it in
// private, and has it deleted.
func moderated(t *testing.T, d *desk, c *chromium, s screen) {
	who := "bitter-" + s.name
	const said = "Your coffee is poison, and whoever sells it belongs in prison. I was charged twice!"
	found, _ := d.does(t, "facebook_page", map[string]any{"author": who, "name": "Bitter Guest", "text": said})
	senior := c.open(t, s)
	if !s.phone {
		senior.withoutScripts()
	}
	senior.signIn(d, "Sam Senior")
	senior.visit(d.Console + "/tickets/" + found.ID)
	senior.sees(said, "It can be answered in private too", "Bitter Guest", "not told")
	senior.misses("Delete it for everybody")
	senior.pressIn("#conversation", "Moderate")
	senior.sees("Hide it")
	senior.touch(`#moderate input[value=hide]`)
	senior.write("#moderate textarea", "It insults our staff.")
	senior.show("moderate")
	senior.press("Go on")
	senior.sees("Hide this from everybody but its author?", "It insults our staff.")
	senior.show("moderate-sure")
	senior.press("Hide it")
	senior.sees("Asked for: hiding it, by")
	again := func(words string) { // a page without scripts brings no news
		eventually(t, patience, words, func() bool {
			if !s.phone {
				senior.visit(d.Console + "/tickets/" + found.ID)
			}
			return strings.Contains(senior.text(), words)
		})
	}
	again("Hidden by the account: its author still sees it.")
	senior.sees("Hidden by the platform for us", "It insults our staff.")

	senior.press("Claim")
	senior.sees("Yours until", "Send in private")
	senior.write("#reply-text", "We are sorry. Please tell us the number of your order.")
	senior.show("private")
	senior.press("Send in private")
	senior.sees("Please tell us the number of your order.")
	eventually(t, patience, "the private answer is accepted", func() bool {
		if !s.phone {
			senior.visit(d.Console + "/tickets/" + found.ID)
		}
		return strings.Contains(senior.text(), "Accepted by the platform") || strings.Contains(senior.text(), "Delivered") || strings.Contains(senior.text(), "Read")
	})
	if senior.has("Send in private") {
		t.Error("a second private answer is offered")
	}

	lead := c.open(t, s)
	lead.signIn(d, "Lea Lead")
	lead.visit(d.Console + "/tickets/" + found.ID)
	lead.press("Moderate")
	lead.sees("Show it again", "Delete it for everybody", "Block its author")
	lead.touch(`#moderate input[value=delete]`)
	lead.write("#moderate textarea", "A second complaint by our staff.")
	lead.press("Go on")
	lead.sees("Nobody can undo that.")
	lead.press("Leave it")
	lead.misses("Nobody can undo that.", "A second complaint by our staff.")
	lead.pressIn("#conversation", "Moderate")
	lead.touch(`#moderate input[value=delete]`)
	lead.write("#moderate textarea", "A third complaint by our staff.")
	lead.press("Go on")
	lead.press("Delete it for everybody")
	lead.sees("Deleted by the account.", "A third complaint by our staff.")
	lead.show("moderated")
}

// shown has a customer send what is no text.
func shown(t *testing.T, d *desk, c *chromium, s screen) {
	who := "pictures-" + s.name
	found, first := d.does(t, "messenger", map[string]any{"author": who, "name": "Pía Pictures", "text": "My grinder arrived broken, look"})
	for _, do := range []string{"picture", "voice", "sticker", "location", "file"} {
		d.does(t, "messenger", map[string]any{"author": who, "do": do})
	}
	_, _ = d.does(t, "messenger", map[string]any{"author": who, "text": "This one I mean", "message": first})
	agent := c.open(t, s)
	agent.signIn(d, "Sam Senior")
	agent.visit(d.Console + "/tickets/" + found.ID)
	agent.sees("My grinder arrived broken, look", "Picture", "Recording", "Sticker", "Place", "Show on a map", "File", "Answers", "This one I mean", "Free text until", "a person may still write until")
	agent.misses("Moderate")
	agent.press("Claim")
	agent.sees("Yours until")
	agent.write("#reply-text", "We send you a new one today.")
	agent.press("Send")
	agent.sees("We send you a new one today.")
	agent.sees("Read by the customer") // by itself
	agent.show("shown")
	if bad := js[string](agent, `[...document.querySelectorAll('.said a[target], .said img, .said iframe')].filter(a => a.tagName !== 'A' || !a.href.startsWith('https://') || !/noreferrer/.test(a.rel) || a.referrerPolicy !== 'no-referrer').map(a => a.outerHTML).join('\n')`); bad != "" {
		t.Errorf("these lead somewhere they should not:\n%s", bad)
	}
}

// tooLate has an agent come a day late to WhatsApp, which takes a template then.
func tooLate(t *testing.T, d *desk, c *chromium, s screen) {
	found, _ := d.does(t, "whatsapp", map[string]any{"author": "late-" + s.name, "name": "Lucía Late", "text": "Me cobraron dos veces el pedido, quiero mi dinero", "ago": "25h"})
	agent := c.open(t, s)
	agent.signIn(d, "Sam Senior")
	agent.visit(d.Console + "/tickets/" + found.ID)
	agent.sees("The time for free text is over since", "only a template can be sent")
	agent.press("Claim")
	agent.sees("Yours until", "Send a template")
	if agent.has("Send") && !agent.has("Send a template") {
		t.Error("text is offered that the platform does not take")
	}
	agent.write("input[name=template]", "refund_started")
	agent.write("input[name=language]", "es")
	agent.write("textarea[name=parameters]", "48213\n19,90 €")
	agent.write("form:has(input[name=template]) textarea[name=text]", "Hemos iniciado la devolución de 19,90 € del pedido 48213.")
	agent.show("template")
	agent.press("Send the template")
	agent.sees("By template refund_started (es)", "Hemos iniciado la devolución")
	eventually(t, patience, "the template is accepted", func() bool {
		text := agent.text()
		return strings.Contains(text, "Accepted by the platform") || strings.Contains(text, "Delivered") || strings.Contains(text, "Read")
	})
	agent.show("templated")
}
