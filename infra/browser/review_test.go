package browser_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// doubts are messages of which few could say at once what they are about. Triage
// must be unsure of some of them, whichever it is that its weights know.
var doubts = []string{
	"It is the blue one and not the green one",
	"เรื่องเดิมอีกแล้วนะ",
	"το ίδιο πάλι όπως πέρσι",
	"Quisiera uno igual pero que funcione",
	"hm so what now",
	"แล้วเรื่องบัตรกับของที่สั่งล่ะคะ",
	"Μου είπαν άλλα στο τηλέφωνο και άλλα στο μαγαζί, τελικά τι ισχύει;",
	"Bueno, otra vez lo mismo que la semana pasada",
	"Two things about my visit yesterday",
	"ถามหน่อยค่ะ เรื่องเมื่อวานยังไม่จบเลย",
	"Ευχαριστώ για την αναμονή μιας ώρας, πότε θα το δω το δέμα;",
	"the card, the parcel, the app, where do I even start",
}

// doubted has a lead go through what triage is unsure of: one by the keyboard, one
// with a click on what it may be instead, one by the form.
func doubted(t *testing.T, d *desk, c *chromium, s screen) {
	if s.phone {
		s.width = 360 // the narrowest that people have
	}
	var mine []string
	for n, text := range doubts {
		found, _ := d.says(t, "standard", fmt.Sprintf("doubt-%d-%s", n, s.name), text)
		mine = append(mine, found.ID)
	}
	type judged struct {
		ID, Category string
		Review       bool
		Corrected    bool
		Verdict      struct {
			RunnerUp string `json:"runner_up"`
			Lang     string
		}
	}
	read := func(id string) (j judged) {
		d.Ask(http.MethodGet, d.Console+"/api/v1/tickets/"+id, nil, &j)
		return j
	}
	var unsure []judged
	for _, id := range mine {
		if j := read(id); j.Review {
			unsure = append(unsure, j)
		}
	}
	if len(unsure) < 3 {
		t.Fatalf("triage doubts %d of %d messages that anybody would", len(unsure), len(doubts))
	}
	lead := c.open(t, s)
	if s.phone {
		lead.withoutScripts()
	}
	lead.signIn(d, "Lea Lead")
	lead.press("Review")
	lead.sees("What triage was unsure of")
	card := func(j judged) string { return fmt.Sprintf(`li.doubt:has(a[href="/tickets/%s"])`, j.ID) }
	// Other stories' doubts stand there too: a page has 20, the newest first.
	there := func(j judged) bool { return js[bool](lead, "!!document.querySelector("+quote(card(j))+")") }
	for _, j := range unsure[len(unsure)-3:] {
		eventually(t, patience, j.ID+" is on the review", func() bool {
			if !there(j) {
				lead.visit(d.Console + "/review")
			}
			return there(j)
		})
	}
	lead.show("review")
	first, second, third := unsure[len(unsure)-1], unsure[len(unsure)-2], unsure[len(unsure)-3]

	button := card(first) + " form.judge button"
	if order := js[int](lead, "document.querySelector("+quote(button)+").tabIndex"); order != 0 {
		t.Errorf("the button cannot be reached by the keyboard: %d", order)
	}
	lead.do("focusing the button", chromedp.Focus(chromedp.CSS(button)))
	lead.key("Enter", 13, "\r")
	gone := func(j judged) {
		t.Helper()
		eventually(t, patience, j.ID+" is off the review", func() bool {
			return js[string](lead, "location.pathname") == "/review" && !there(j) && strings.Contains(lead.text(), "What triage was unsure of")
		})
	}
	gone(first)
	if now := read(first.ID); now.Category != first.Category || now.Review || !now.Corrected {
		t.Errorf("it became %+v", now)
	}

	lead.pressIn(card(second), "No:")
	gone(second)
	if now := read(second.ID); now.Category != second.Verdict.RunnerUp || now.Review {
		t.Errorf("it became %+v, not %s", now, second.Verdict.RunnerUp)
	}

	lead.pressIn(card(third), "Something else")
	lead.show("review-else")
	lead.choose(card(third)+" details select[name=category]", "conduct")
	lead.pressIn(card(third)+" details", "Correct the verdict")
	gone(third)
	if now := read(third.ID); now.Category != "conduct" {
		t.Errorf("it became %+v", now)
	}
	lead.visit(d.Console + "/tickets/" + third.ID)
	lead.sees("Verdict corrected from", "corrected by a person", "all together", "Policy")
	lead.show("corrected")
	explained(t, d, c, s)
}

// explained looks at why triage judged as it did, in each language.
func explained(t *testing.T, d *desk, c *chromium, s screen) {
	agent := c.open(t, s)
	agent.signIn(d, "Lea Lead")
	for lang, text := range map[string]string{
		"th": "โดนหักเงินสองรอบค่ะ ออเดอร์ 48213 ขอเงินคืนด้วย ติดต่อไปแล้วไม่มีใครตอบ",
		"el": "Με χρεώσατε δύο φορές για την ίδια παραγγελία και κανείς δεν απαντάει στο τηλέφωνο. Θέλω τα χρήματά μου πίσω!",
		"en": "I was charged twice for my order and nobody answers. I want my money back now!",
	} {
		found, _ := d.says(t, "standard", "why-"+lang+"-"+s.name, text)
		agent.visit(d.Console + "/tickets/" + found.ID)
		agent.sees(text, "Why it is here", "all together", "Right as it is")
		agent.show("why-" + lang)
		both := js[[2][]string](agent, `(() => {
			const marks = [...document.querySelectorAll('.said mark[data-weight]')];
			return [marks.map(m => m.dataset.weight), marks.map(m => getComputedStyle(m, '::after').content)];
		})()`)
		weights, shown := both[0], both[1]
		if len(weights) == 0 || len(shown) != len(weights) || slices.Contains(shown, "none") {
			t.Errorf("%s: the weights %q are shown as %q", lang, weights, shown)
			continue
		}
		// What a screen reader is told: the number is part of the text there.
		told := strings.Join(agent.told(), "\n")
		for _, w := range weights {
			if !strings.Contains(told, w) {
				t.Errorf("%s: the weight %s is not told to a screen reader:\n%s", lang, w, told)
			}
		}
		if sum := js[bool](agent, `(() => {
			const rows = [...document.querySelectorAll('#verdict > .legend > li')].map(li => Number(li.querySelector('.weight').textContent));
			const all = rows.pop();
			return rows.length > 0 && rows.reduce((a, b) => a + b, 0) === all;
		})()`); !sum {
			t.Errorf("%s: the grounds do not add up:\n%s", lang, agent.text())
		}
	}
}

// key presses and lets go of a key.
func (p *tab) key(name string, code int64, text string) {
	p.Helper()
	p.loaded()
	down := input.DispatchKeyEventParams{Type: "keyDown", Key: name, Code: name, WindowsVirtualKeyCode: code, Text: text}
	up := input.DispatchKeyEventParams{Type: "keyUp", Key: name, Code: name, WindowsVirtualKeyCode: code}
	p.do("pressing "+name, call(input.DispatchKeyEvent, down), call(input.DispatchKeyEvent, up))
}

// told are the texts of the page as a screen reader gets them.
func (p *tab) told() (texts []string) {
	p.Helper()
	p.do("reading the accessibility tree", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		tree, err := cdp.Call(ctx, target, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		if err != nil {
			return err
		}
		for _, node := range tree.Nodes {
			if node.Name != nil && !node.Ignored {
				texts = append(texts, strings.Trim(string(node.Name.Value), `"`))
			}
		}
		return nil
	}))
	return texts
}
