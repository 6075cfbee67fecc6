package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// beside opens another tab of the same person.
func (p *tab) beside() *tab {
	p.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx)
	p.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as what it is opened with
		p.Fatalf("opening a tab: %v", err)
	}
	other := *p
	other.ctx = ctx
	other.do("sizing a tab", call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: p.screen.width, Height: p.screen.height, DeviceScaleFactor: 1, Mobile: p.screen.phone}))
	return &other
}

// connected plugs the tab into its network, or out of it.
func (p *tab) connected(is bool) {
	p.Helper()
	rule := &network.Conditions{Offline: !is, DownloadThroughput: -1, UploadThroughput: -1}
	p.do("changing the network",
		call(network.Enable, network.EnableParams{}),
		call(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{rule}}),
		call(network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: !is, DownloadThroughput: -1, UploadThroughput: -1}))
}

// draft is what stands in the composer.
func (p *tab) draft() string { return js[string](p, `document.querySelector('#reply-text')?.value`) }

// mishaps lets everything come between an agent and their answers: the network, a
// second tab, a closed one, the end of their session. Nothing that they wrote is lost,
// nothing is sent that they were told was not, and nothing twice.
func mishaps(t *testing.T, d *desk, c *chromium, s screen) {
	who := "unlucky-" + s.name
	found, _ := d.says(t, "standard", who, "I was charged twice, give me my money back")
	agent := c.open(t, s)
	agent.signIn(d, "Sam Senior")
	agent.visit(d.Console + "/tickets/" + found.ID)
	agent.press("Claim")
	agent.sees("Yours until")

	const first = "We found both payments."
	agent.write("#reply-text", first)
	agent.connected(false)
	agent.press("Send")
	agent.sees("Nothing was sent: the connection is gone")
	if kept := agent.draft(); kept != first {
		t.Errorf("without a connection the draft became %q", kept)
	}
	agent.show("offline")
	agent.connected(true)
	agent.press("Send") // while the page still says so
	agent.sees(first, "Accepted by the platform")

	const second = "The second one goes back today."
	agent.write("#reply-text", second)
	claimed := js[string](agent, "location.href")
	agent.visit(d.Console + "/all")
	other := agent.beside()
	other.visit(claimed) // as if the first had been closed
	if kept := other.draft(); kept != second {
		t.Errorf("of a closed tab the draft is %q", kept)
	}
	agent.visit(claimed)
	other.write("#reply-text", " Sorry for that.")
	eventually(t, patience, "both tabs show one draft", func() bool {
		return agent.draft() == second+" Sorry for that." || agent.draft() == " Sorry for that."+second
	})
	both := agent.draft()
	agent.press("Give back")
	agent.sees("Given back by")
	other.press("Send") // the claim that it shows is over
	other.sees("Nothing was sent; what you wrote is kept")
	if kept := other.draft(); kept != both {
		t.Errorf("in the tab whose claim is over the draft became %q", kept)
	}
	other.press("Claim")
	other.sees("Yours until")

	other.do("losing the session", call(network.ClearBrowserCookies, cdp.Empty{}))
	other.press("Send")
	other.sees("Your session has ended", "Nothing was sent")
	if kept := js[string](other, `document.querySelector('textarea').value`); kept != both {
		t.Errorf("at the end of the session the draft became %q", kept)
	}
	other.show("session-ended")
	agent.visit(d.Console + "/sign-in?return=/signed-out")
	agent.press("Sam Senior")
	agent.sees("You are signed in", "go back to the one beside it")
	agent.show("signed-in")
	other.press("Send again")
	other.sees(both, "Waiting for the customer")
	var sent []answer
	eventually(t, patience, "both answers are with the customer", func() bool {
		sent = d.heard("standard", who)
		return len(sent) == 2
	})
	for _, item := range sent {
		if item.Identical != 1 || item.Text != first && item.Text != strings.TrimSpace(both) {
			t.Errorf("the customer got %+v", item)
		}
	}
}
