package matrix

import (
	"fmt"
	"net/http"

	"example.com/skala/infra/crash/world"
	"example.com/skala/shared/desk"
)

// handed is a setup: somebody hands the run's ticket up to vendors.
func handed(r *Run) error {
	return r.does(world.Senior, "escalate", map[string]any{"tier": desk.Vendor, "reason": "the line is dead"})
}

// forVendors is a setup: a ticket that is for the vendor, whose notice the queue has.
var forVendors = chain(staffed(false), opened(world.Line, outage), func(r *Run) error { return r.claims(world.Senior) }, handed, inHand("NoticesQueue"))

// lent is a setup: a ticket that the vendor has.
var lent = chain(staffed(false), opened(world.Line, outage), func(r *Run) error { return r.claims(world.Senior) }, handed, rested)

// word is what the vendor says about the run's ticket.
func word(n int, status desk.VendorStatus) func(*Run) error {
	return func(r *Run) error { return arrives(wordOf(r.Ticket, n, status))(r) }
}

func wordOf(id desk.TicketID, n int, status desk.VendorStatus) world.Event {
	return world.Event{App: world.Vendor, Kind: desk.VendorUpdate, Key: fmt.Sprintf("word-%d", n), Author: "acme", Target: string(id), Extra: string(status), Text: "It was the cable."}
}

// outside is a check: who outside has the run's ticket, and the tier that it is in.
func outside(vendor string, tier desk.Tier) func(*Run) error {
	return func(r *Run) error {
		t, err := r.World.Store.Ticket(r.Ctx, r.Ticket)
		if err == nil && (t.Loan.Vendor != vendor || t.Tier != tier) {
			err = fmt.Errorf("it is %s in tier %d, with %q", t.State, t.Tier, t.Loan.Vendor)
		}
		return err
	}
}

// Vendors are the steps by which tickets go to a vendor and come back.
func Vendors() []Step {
	out := []Step{
		{Name: "vendor", Setup: forVendors, Check: outside("acme", desk.Vendor)},
		{Name: "vendor later", Setup: forVendors, Act: deaf(world.Deafness{Status: http.StatusServiceUnavailable, Times: 1}, notifies), Check: outside("acme", desk.Vendor)},
		{Name: "vendor in doubt", Setup: forVendors, Act: deaf(world.Deafness{Lost: true, Times: 1}, notifies), Check: outside("acme", desk.Vendor)},
		{Name: "vendor soon", Setup: chain(staffed(false), opened(world.Line, "Where is my parcel?"), handed, inHand("NoticesQueue")), Check: outside("quick", desk.Vendor)},
		{Name: "vendor none", Setup: chain(staffed(false), opened(world.Line, critical), handed, inHand("NoticesQueue")), Check: outside("", desk.Vendor)},
		{Name: "vendor too late", Setup: chain(forVendors, func(r *Run) error {
			return r.does(world.Lead, "hand-back", map[string]any{"tier": desk.Senior, "advice": "we can do that"})
		}), Check: outside("", desk.Senior)},
	}
	for i := range out {
		out[i].In = "Notify"
		if out[i].Act == nil {
			out[i].Act = notifies
		}
	}
	door := []Step{{Name: "door vendor", In: "Webhook", Setup: chain(lent, func(r *Run) error {
		r.Hook = r.World.Webhook(wordOf(r.Ticket, 1, desk.VendorDone))
		return nil
	}), Act: post}}
	in := []Step{
		{Name: "triage vendor working", Setup: chain(lent, word(1, desk.VendorWorks)), Check: outside("acme", desk.Vendor)},
		{Name: "triage vendor done", Setup: chain(lent, word(1, desk.VendorDone)), Check: outside("", desk.Senior), Tells: true},
		{Name: "triage vendor again", Setup: chain(lent, word(1, desk.VendorAsks), word(1, desk.VendorAsks)), Check: outside("", desk.Senior)},
		{Name: "triage vendor late", Setup: chain(lent, solved, word(1, desk.VendorDone)), Check: outside("", desk.Vendor)},
		{Name: "triage vendor stranger", Setup: chain(opened(world.Line, outage), word(1, desk.VendorDone)), Check: outside("", desk.Senior)},
	}
	for i := range in {
		in[i].In, in[i].Act = "Triage", deliver("InboundQueue")
	}
	return append(append(out, door...), in...)
}
