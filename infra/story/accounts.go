package story

import (
	"context"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/health"
)

// Probe tells how the account is: refused for as long as the story has it so.
func (c *Carrier) Probe(context.Context, desk.Origin) (desk.Probe, error) {
	return desk.Probe{}, c.Refuses
}

// Guards has replies wait where the platform refuses the account. Nothing but Looks
// lets them go, and the time that they wait at most.
func (d *Desk) Guards() { d.post.Accounts = d.Store }

// Looks has the desk look after its account.
func (d *Desk) Looks() {
	d.T.Helper()
	round := &health.Round[*Carrier]{
		Known: []desk.Origin{{Platform: Chat, App: "demo", Account: cafe}}, Sender: d.post.Carrier, Accounts: d.Store, Ledger: d.Store,
		Releaser: &health.Releaser{Accounts: d.Store, Waiting: d.Store, Tickets: d.Store, Policies: d.book, Outbound: &d.outbound, Now: d.Now, Log: d.log},
		Now:      d.Now, Log: d.log, Metrics: d.measured,
	}
	d.must(round.Run(d.T.Context()))
}
