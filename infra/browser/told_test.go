package browser_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// told has a lead choose how they are told, try it, and be told of a ticket that was
// given to them: under the bell, by mail, and on the ticket's timeline. On a phone all
// of it goes without scripts.
func told(t *testing.T, d *desk, c *chromium, s screen) {
	found, _ := d.says(t, "line", "waits-"+s.name, "I was charged twice, give me my money back")
	member, who, mail := "demo-lead", "Lea Lead", "lea-"+s.name+"@example.com"
	if s.phone {
		s.width = 360
		member, who = "demo-senior", "Sam Senior"
	}
	p := c.open(t, s)
	if s.phone {
		p.withoutScripts()
	}
	p.signIn(d, who)
	p.visit(d.Console + "/me")
	p.sees("My settings", "Quiet hours")
	p.write(`input[name="mail"]`, "no address")
	p.do("saving what no browser would", chromedp.SetAttributes(chromedp.CSS("form.hear"), map[string]string{"novalidate": ""}))
	p.pressIn("form.hear", "Save")
	p.sees("no address", "is no mail address")
	p.show("told-refused")
	p.do("writing an address", chromedp.SetValue(chromedp.CSS(`input[name="mail"]`), mail))
	p.pressIn("form.hear", "Save")
	p.sees(mail, "Nothing was sent yet.")
	p.show("told")
	p.pressIn(".way.email", "Send a test") // that of the last
	p.sees("A test is on its way")
	// A letter may have to wait for the minute that lies between two of one address, and
	// a lead may be told of a ticket of another story meanwhile.
	eventually(t, 3*patience, "the test has come", func() bool {
		return slices.ContainsFunc(d.received(t, "mail", mail), func(got receipt) bool { return strings.Contains(got.Subject+got.Text, "A test: this is how") })
	})
	eventually(t, patience, "the page says so", func() bool {
		p.visit(d.Console + "/me")
		return strings.Contains(p.text(), "Sent ")
	})
	p.do("looking at what is told there", chromedp.Click(chromedp.CSS(`.way.email summary`)))
	p.show("told-sent")

	d.Ask(http.MethodPost, d.Console+"/api/v1/tickets/"+found.ID+"/assign", map[string]any{"assignee": member}, nil, "If-Match", "*")
	eventually(t, 3*patience, "the mail about it has come", func() bool {
		for _, got := range d.received(t, "mail", mail) {
			if strings.Contains(got.Text, found.ID) {
				return true
			}
		}
		return false
	})
	p.visit(d.Console + "/tickets/" + found.ID)
	eventually(t, patience, "the bell rings", func() bool {
		if s.phone {
			p.visit(d.Console + "/tickets/" + found.ID)
		}
		return js[bool](p, `!!document.querySelector('.bell.rings')`)
	})
	p.sees("Told")
	p.show("told-ticket")
	p.touch(".bell")
	p.sees("A ticket was given to you", "not seen yet")
	p.show("notices")
	p.press("I have seen these")
	// A ticket of another story may have rung meanwhile: only this one's line counts.
	eventually(t, patience, "the notice counts as seen", func() bool {
		return js[bool](p, fmt.Sprintf(`!!document.querySelector('.told a[href="/tickets/%[1]s"]') && !document.querySelector('.told.unread a[href="/tickets/%[1]s"]')`, found.ID))
	})
	p.touch(".told .cover")
	p.sees("Timeline")

	if !s.phone {
		p.visit(d.Console + "/teams/general")
		p.sees("How the team is told")
		p.choose(`form.hear select[name="slack"]`, "leads")
		p.pressIn("form.hear", "Save")
		p.sees("Nothing was sent yet.")
		p.show("team-told")
		p.visit(d.Simulator + "/told?receiver=mail")
		p.sees(mail, "A test: this is how the desk tells you")
		p.show("simulator-told")
	}
}

// A receipt is what the tests look at of what came to a receiver.
type receipt struct {
	Name, ID, Subject, Text, Answer, Fault, Thread string
	Taken                                          bool
	Repeats                                        int
	Problems                                       []string
}

// received lists what a receiver of the simulator took.
func (d *desk) received(t *testing.T, receiver, name string) (taken []receipt) {
	t.Helper()
	var all struct{ Items []receipt }
	d.Ask(http.MethodGet, d.Simulator+"/sim/api/received?receiver="+receiver+"&name="+strings.ReplaceAll(name, "@", "%40"), nil, &all)
	for _, got := range all.Items {
		if got.Taken {
			taken = append(taken, got)
		}
		if len(got.Problems) > 0 {
			t.Errorf("%s %s: %v", receiver, name, got.Problems)
		}
	}
	return taken
}
