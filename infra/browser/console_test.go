package browser_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"example.com/skala/infra/localtest"
)

// TestTheConsole starts one desk and one browser for all stories. The first two
// have both for themselves, the others run side by side, each with customers of
// its own.
func TestTheConsole(t *testing.T) {
	if testing.Short() {
		t.Log("the whole desk takes a while; -short leaves it out")
		return
	}
	d, c := &desk{localtest.Start(t, localtest.Options{})}, launch(t)
	wide, phone := screens()[0], screens()[1]
	t.Run("a message stands in the console within two seconds", func(t *testing.T) { soon(t, d, c, wide) })
	t.Run("a reply that the platform puts off arrives once", func(t *testing.T) { putOff(t, d, c, wide) })
	t.Run("stories", func(t *testing.T) {
		for _, s := range screens() {
			t.Run("a customer who was charged twice is answered, on a "+s.name+" screen", func(t *testing.T) { t.Parallel(); answered(t, d, c, s) })
			t.Run("a ticket goes up and down the tiers, on a "+s.name+" screen", func(t *testing.T) { t.Parallel(); upAndDown(t, d, c, s) })
			t.Run("everybody may do what their role says, on a "+s.name+" screen", func(t *testing.T) { t.Parallel(); roles(t, d, c, s) })
			t.Run("an agent takes the next one, on a "+s.name+" screen", func(t *testing.T) { t.Parallel(); next(t, d, c, s) })
			t.Run("what the desk could not use is looked at and tried again, on a "+s.name+" screen", func(t *testing.T) { t.Parallel(); aside(t, d, c, s) })
			t.Run("a comment is hidden, answered in private and deleted, on a "+s.name+" screen", func(t *testing.T) { t.Parallel(); moderated(t, d, c, s) })
			t.Run("what is no text is shown as itself, on a "+s.name+" screen", func(t *testing.T) { t.Parallel(); shown(t, d, c, s) })
			t.Run("what triage is unsure of is judged in one click, on a "+s.name+" screen", func(t *testing.T) { t.Parallel(); doubted(t, d, c, s) })
			t.Run("somebody is added, put on a rota and audited, on a "+s.name+" screen", func(t *testing.T) { t.Parallel(); employed(t, d, c, s) })
			t.Run("a ticket is looked at as it was, on a "+s.name+" screen", func(t *testing.T) { t.Parallel(); past(t, d, c, s) })
			t.Run("somebody chooses how they are told, and is, on a "+s.name+" screen", func(t *testing.T) { t.Parallel(); told(t, d, c, s) })
			t.Run("a list is found, saved and left by keys, on a "+s.name+" screen", func(t *testing.T) { t.Parallel(); byKeys(t, d, c, s) })
			t.Run("who comes too late sends a template, on a "+s.name+" screen", func(t *testing.T) { t.Parallel(); tooLate(t, d, c, s) })
			t.Run("what comes between an agent and an answer loses nothing, on a "+s.name+" screen", func(t *testing.T) { t.Parallel(); mishaps(t, d, c, s) })
		}
		t.Run("an agent's day", func(t *testing.T) {
			t.Parallel()
			for _, s := range screens() { // one person on both, one after the other
				t.Run(s.name, func(t *testing.T) { agentsDay(t, d, c, s) })
			}
		})
		for _, s := range screens() {
			t.Run("a lead's day, on a "+s.name+" screen", func(t *testing.T) { t.Parallel(); leadsDay(t, d, c, s) })
		}
		t.Run("everything works without scripts", func(t *testing.T) { t.Parallel(); plain(t, d, c, wide) })
		t.Run("two agents, one ticket", func(t *testing.T) { t.Parallel(); race(t, d, c, wide) })
		t.Run("text that means harm is only text", func(t *testing.T) { t.Parallel(); harm(t, d, c, phone) })
	})
}

// signIn goes through the demo provider.
func (p *tab) signIn(d *desk, name string) {
	p.Helper()
	p.visit(d.Console + "/sign-in")
	p.sees("Who are you today?", "For local use only")
	p.press(name)
	p.sees(name, "Sign out")
}

// soon measures from the customer's click to the ticket on the agent's page, and
// leaves the figures to whoever reads the log: how busy the machine is decides.
func soon(t *testing.T, d *desk, c *chromium, s screen) {
	agent := c.open(t, s)
	agent.signIn(d, "Sam Senior")
	customer := c.open(t, s)
	customer.visit(d.Simulator + "/?app=line/demo&who=fah")
	var took []time.Duration
	for _, said := range []string{"โดนหักเงินซ้ำค่ะ รอบที่หนึ่ง", "โดนหักเงินซ้ำค่ะ รอบที่สอง", "โดนหักเงินซ้ำค่ะ รอบที่สาม", "โดนหักเงินซ้ำค่ะ รอบที่สี่", "โดนหักเงินซ้ำค่ะ รอบที่ห้า"} {
		customer.write("#text", said)
		began := time.Now()
		customer.press("Send")
		eventually(t, patience, "the ticket stands in tier 3", func() bool {
			agent.visit(d.Console + "/tiers/3")
			return strings.Contains(agent.text(), said)
		})
		took = append(took, time.Since(began).Round(time.Millisecond))
	}
	t.Logf("from the click to the agent's page: %v", took)
}

// putOff answers while the platform limits the rate, and then loses the answer
// to what it took.
func putOff(t *testing.T, d *desk, c *chromium, s screen) {
	found, _ := d.says(t, "line", "put-off", "I was charged twice, give me my money back")
	for _, fault := range []map[string]any{{"fault": "429", "after": "2s"}, {"fault": "lost"}} {
		d.Ask(http.MethodPost, d.Simulator+"/sim/api/misbehave", fault, nil)
	}
	agent := c.open(t, s)
	agent.signIn(d, "Sam Senior")
	agent.visit(d.Console + "/tickets/" + found.ID)
	agent.press("Claim")
	agent.sees("Yours until")
	agent.write("#reply-text", "It is on its way back to you.")
	agent.press("Send")
	agent.sees("Reply put off by the platform")
	agent.show("put-off")
	eventually(t, time.Minute, "the reply is accepted", func() bool { return strings.Contains(agent.text(), "Accepted by the platform") })
	if sent := d.heard("line", "put-off"); len(sent) != 1 || sent[0].Identical != 1 || sent[0].Repeats != 1 {
		t.Errorf("the customer got %+v", sent)
	}
}

// next lets the agent of tier 1 take whatever is most urgent there.
func next(t *testing.T, d *desk, c *chromium, s screen) {
	found, _ := d.says(t, "standard", "asking-"+s.name, "What are your opening hours on Sundays?")
	if found.Tier != 1 {
		t.Fatalf("the ticket is in tier %d", found.Tier)
	}
	agent := c.open(t, s)
	agent.signIn(d, "Anna Agent")
	agent.visit(d.Console + "/tiers/1")
	agent.press("Take next")
	agent.sees("Yours until")
	// Another story's may be more urgent: then that is what the agent gets.
	taken := js[string](agent, "location.pathname.split('/').pop()")
	if taken == found.ID {
		agent.sees("What are your opening hours on Sundays?")
	} else if tier, due := d.due(t, taken); tier != found.Tier {
		t.Errorf("took a ticket of tier %d", tier)
	} else if _, ours := d.due(t, found.ID); due.After(ours) {
		t.Errorf("took what is due %v before what is due %v", due, ours)
	}
	agent.press("Give back")
	agent.sees("Given back by")
}

// answered is the desk's main story.
func answered(t *testing.T, d *desk, c *chromium, s screen) {
	persona := map[bool]string{false: "malee", true: "somchai"}[s.phone]
	customer := c.open(t, s)
	customer.visit(d.Simulator + "/?app=line/demo&who=" + persona)
	const said = "โดนหักเงินซ้ำสองรอบค่ะ ออเดอร์ 48213 ขอเงินคืนด้วย"
	customer.write("#text", said)
	customer.press("Send")
	customer.sees(said, "answered 200")

	var list struct{ Items []struct{ Author string } }
	d.Ask(http.MethodGet, d.Simulator+"/sim/api/events?platform=line&author="+persona, nil, &list)
	found := d.ticketOf(t, list.Items[0].Author)
	if found.Tier != 3 || found.Category != "billing" {
		t.Errorf("the ticket is about %s, in tier %d", found.Category, found.Tier)
	}

	agent := c.open(t, s)
	agent.signIn(d, "Sam Senior")
	agent.visit(d.Console + "/tiers/3")
	agent.sees(said)
	agent.show("worklist")
	agent.visit(d.Console + "/tickets/" + found.ID)
	agent.sees(said, "Why it is here", "Billing", "Critical")
	if marked := js[string](agent, `[...document.querySelectorAll('mark')].map(m => m.textContent + ' ' + m.title).join('; ')`); !strings.Contains(said, strings.Fields(marked + " ?")[0]) {
		t.Errorf("the deciding words are not marked: %q", marked)
	} else {
		t.Logf("marked: %s", marked)
	}
	agent.press("Claim")
	agent.sees("Yours until")
	const answer = "สวัสดีค่ะ ตรวจสอบแล้วพบยอดซ้ำจริง จะคืนเงินให้วันนี้ค่ะ"
	agent.write("#reply-text", answer)
	agent.show("ticket")
	if n := fmt.Sprintf("%d / 5,000", utf8.RuneCountInString(answer)); !strings.Contains(agent.text(), n) {
		t.Errorf("the composer does not count %s", n)
	}
	agent.press("Preview")
	agent.sees("What the customer would get", answer, "In private")
	agent.show("previewed")
	agent.press("Send")
	agent.sees(answer, "Accepted by the platform", "Waiting for the customer")
	customer.sees(answer)
	customer.show("simulator")

	customer.write("#text", "ขอบคุณค่ะ แต่ยังไม่เห็นเงินเข้าเลย")
	customer.press("Send")
	agent.sees("ขอบคุณค่ะ แต่ยังไม่เห็นเงินเข้าเลย") // by itself
	agent.show("answered")
	agent.forced("answered")
	agent.press("Solve")
	agent.sees("Solved")
	agent.press("Reopen")
	agent.sees("Open", "Reopened by")
	agent.press("Everything about them")
	agent.sees("What they wrote to us", "1 ticket", "Nobody has said so of anyone yet.")
	agent.show("author")
}

// upAndDown escalates, hands back with advice, notes and corrects.
func upAndDown(t *testing.T, d *desk, c *chromium, s screen) {
	found, _ := d.says(t, "standard", "escalating-"+s.name, "La app no funciona, no puedo pagar nada, se queda en blanco")
	agent := c.open(t, s)
	agent.signIn(d, "Lea Lead")
	agent.visit(d.Console + "/tickets/" + found.ID)
	agent.sees("no puedo pagar nada")
	agent.press("Write a note")
	agent.write("#note-text", "Seen since the update of this morning.")
	agent.press("Save the note")
	agent.sees("Seen since the update of this morning.", "note")

	agent.pressIn(".actions", "Escalate")
	agent.choose("form[action$='/escalate'] select", "4")
	agent.write("form[action$='/escalate'] textarea", "The developers have to look")
	agent.pressIn("form[action$='/escalate']", "Escalate")
	agent.sees("The developers have to look", "Escalated by")

	agent.press("Hand back")
	agent.choose("form[action$='/hand-back'] select", "2")
	agent.write("form[action$='/hand-back'] textarea", "Known: ask for the version, then tell them to update.")
	agent.pressIn("form[action$='/hand-back']", "Hand back")
	agent.sees("Known: ask for the version", "Handed back by")

	agent.press("Correct the verdict")
	agent.choose("form[action$='/correct'] select[name=category]", "damaged")
	agent.pressIn("form[action$='/correct']", "Correct the verdict")
	agent.sees("corrected by a person", "Damaged")
	agent.show("handed-back")
	var now ticket
	d.Ask(http.MethodGet, d.Console+"/api/v1/tickets/"+found.ID, nil, &now)
	if now.Category != "damaged" {
		t.Errorf("the API says %+v", now)
	}
}

// roles looks at what each of the demo people is offered, and sends what they
// are not.
func roles(t *testing.T, d *desk, c *chromium, s screen) {
	found, _ := d.says(t, "standard", "refunded-"+s.name, "I was charged twice for my order and want my money back now")
	if found.Tier != 3 {
		t.Fatalf("the ticket is in tier %d", found.Tier)
	}
	tests := []struct {
		name              string
		claim, quarantine bool
	}{
		{"Anna Agent", false, false},
		{"Sam Senior", true, false},
		{"Lea Lead", true, true},
		{"Ari Admin", true, true},
	}
	for _, tt := range tests {
		p := c.open(t, s)
		p.signIn(d, tt.name)
		p.visit(d.Console + "/tickets/" + found.ID)
		p.sees("want my money back now")
		if got := p.has("Claim"); got != tt.claim {
			t.Errorf("%s is offered a claim: %v", tt.name, got)
		}
		var code int
		if !tt.claim { // what the page does not offer is refused all the same
			code = js[int](p, `fetch(location.pathname + '/solve', {method: 'POST', redirect: 'manual', body: new URLSearchParams({seen: document.querySelector('input[name=seen]').value})}).then(r => r.status)`)
			if code != http.StatusForbidden {
				t.Errorf("%s solving got %d", tt.name, code)
			}
		}
		code = js[int](p, `fetch('/quarantine').then(r => r.status)`)
		if got := code == http.StatusOK; got != tt.quarantine || !got && code != http.StatusForbidden {
			t.Errorf("%s asking for the quarantine got %d", tt.name, code)
		}
		p.press("Sign out")
		p.sees("You are signed out")
		code = js[int](p, `fetch('/tickets/`+found.ID+`', {redirect: 'manual'}).then(r => r.status)`)
		if code == http.StatusOK {
			t.Errorf("%s sees the ticket after signing out", tt.name)
		}
	}
	stranger := c.open(t, s)
	stranger.visit(d.Console + "/tickets/" + found.ID)
	stranger.misses("want my money back now")
	stranger.show("stranger")
}

// plain goes from the customer's message to the answer with scripts switched
// off everywhere.
func plain(t *testing.T, d *desk, c *chromium, s screen) {
	customer := c.open(t, s)
	customer.withoutScripts()
	customer.visit(d.Simulator + "/?app=standard/demo&who=eleni")
	const said = "Με χρεώσατε δύο φορές, θέλω τα χρήματά μου πίσω"
	customer.write("#text", said)
	customer.press("Send")
	customer.sees(said, "answered 200")
	found := d.ticketOf(t, "cust_eleni")

	agent := c.open(t, s)
	agent.withoutScripts()
	agent.signIn(d, "Sam Senior")
	agent.visit(d.Console + "/tickets/" + found.ID)
	agent.press("Claim")
	agent.sees("Yours until")
	agent.write("#reply-text", "Το είδαμε, τα χρήματα επιστρέφουν σήμερα.")
	agent.press("Send")
	agent.sees("Το είδαμε, τα χρήματα επιστρέφουν σήμερα.")
	eventually(t, patience, "the reply reaches the customer", func() bool {
		customer.visit(d.Simulator + "/?app=standard/demo&who=eleni")
		return strings.Contains(customer.text(), "τα χρήματα επιστρέφουν σήμερα")
	})
}

// race lets a second agent take over while the first one writes.
func race(t *testing.T, d *desk, c *chromium, s screen) {
	found, _ := d.says(t, "standard", "raced", "My payment failed but the money is gone, I want a refund")
	first, second := c.open(t, s), c.open(t, s)
	first.signIn(d, "Sam Senior")
	first.visit(d.Console + "/tickets/" + found.ID)
	first.press("Claim")
	first.sees("Yours until")
	first.write("#reply-text", "We are looking into it")

	second.signIn(d, "Lea Lead")
	second.visit(d.Console + "/tickets/" + found.ID)
	second.sees("Held by")
	first.write("#reply-text", " now")
	second.sees("Sam Senior is typing") // by itself
	second.show("typing")
	second.press("Take over")
	second.sees("Yours until")
	first.sees("Lea Lead is looking")

	first.press("Send")
	first.sees("Nothing was sent; what you wrote is kept")
	if kept := js[string](first, `document.querySelector('#reply-text').value`); kept != "We are looking into it now" {
		t.Errorf("the draft became %q", kept)
	}
	first.show("taken-over")
	if sent := d.heard("standard", "raced"); len(sent) != 0 {
		t.Errorf("the customer got %+v", sent)
	}
}

// harm writes what tries to be more than text.
func harm(t *testing.T, d *desk, c *chromium, s screen) {
	said := `<script>document.title='owned'</script><img src=x onerror="document.title='owned'"> refund ` +
		"\u202Egnp.exe\u202C z̷̢̛̤̗̥̟̖͉͔̿̓̈́̄̽̆̚a" + strings.Repeat("\u0336\u0353\u0301", 60) + "lgo " + strings.Repeat("ยาวมาก", 200) + strings.Repeat("w", 3000)
	found, _ := d.says(t, "standard", "harmful", said)
	p := c.open(t, s)
	p.signIn(d, "Ari Admin")
	p.visit(d.Console + "/tickets/" + found.ID)
	p.sees("<script>document.title='owned'</script>")
	p.visit(d.Console + "/all")
	p.sees("<script>")
	if title := js[string](p, "document.title"); strings.Contains(title, "owned") {
		t.Errorf("the customer named the page %q", title)
	}
	p.show("harm")

	// A name of thousands of letters, as many marks over one letter as the platform lets
	// through, a link that is a script.
	var told struct {
		Author string
		Status int
	}
	d.Ask(http.MethodPost, d.Simulator+"/sim/api/say", map[string]string{"platform": "standard", "author": "endless", "name": strings.Repeat("🤬", 5000),
		"text": "refund javascript:alert(1) a" + strings.Repeat("\u0e49", 4900)}, &told)
	if told.Status != http.StatusOK {
		t.Fatalf("the door answered %d", told.Status)
	}
	endless := d.ticketOf(t, told.Author)
	for _, path := range []string{"/tickets/" + endless.ID, "/all"} {
		p.visit(d.Console + path)
		if tall := js[float64](p, "Math.max(...[...document.querySelectorAll('h1, #cards li, .said, #author')].map(e => e.getBoundingClientRect().height))"); tall > 600 {
			t.Errorf("%s: something is %v pixels tall", path, tall)
		}
		if link := js[string](p, "[...document.links].map(a => a.protocol).filter(p => !/^https?:$/.test(p)).join()"); link != "" {
			t.Errorf("%s leads to %s", path, link)
		}
	}
	p.visit(d.Console + "/tickets/" + endless.ID)
	p.show("endless")
}
