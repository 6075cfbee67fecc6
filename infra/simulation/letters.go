package simulation

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"example.com/skala/infra/simulation/judge"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/notify"
	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
)

// What the desk sends to its own people, to programs and to a vendor ends here.

// A letterbox is one way of being told, at its other end.
type letterbox struct {
	d    *Desk
	kind people.ChannelKind
}

// senders are all ways of being told that there are.
func (d *Desk) senders() map[people.ChannelKind]notify.Sender {
	all := map[people.ChannelKind]notify.Sender{}
	for _, kind := range []people.ChannelKind{people.Email, people.Slack, people.Webhook, post.ToVendor} {
		all[kind] = letterbox{d, kind}
	}
	return all
}

// Send takes a letter, or does what the mood of all that takes letters has it do.
func (b letterbox) Send(_ context.Context, l post.Letter) post.Outcome {
	d := b.d
	acting := d.acting
	d.acting = nil
	defer func() { d.acting = acting }()
	var is mood
	if len(d.mail) > 0 && (d.weather.quiet || d.chance.IntN(4) > 0) {
		is = d.mail[len(d.mail)-1]
	}
	took, o := true, post.Outcome{Class: post.Accepted}
	switch is {
	case limited, broken:
		took, o = false, post.Outcome{Class: post.Later, Why: "too much"}
	case mute:
		took, o = d.weather.quiet || d.chance.IntN(2) == 0, post.Outcome{Class: post.Unknown, Why: "no answer"}
	case expired:
		took, o = false, post.Outcome{Class: post.Refused, Why: "403"}
	}
	if o.Class == post.Later || o.Class == post.Unknown { // tried again in a quarter of an hour at most
		d.Witness.Trouble(judge.Letters, d.Now(), d.Now().Add(16*time.Minute))
	}
	to := post.Address{Owner: l.Owner, Kind: b.kind, To: l.To}
	d.Witness.Letters = append(d.Witness.Letters, judge.Letter{At: d.Now(), ID: l.ID, To: to, Urgent: l.Urgent, Says: saysOf(l), Took: took, How: o.Class})
	if took && b.kind == post.ToVendor && !d.lent[l.ID] { // they tell by the id what they have had
		d.lent[l.ID] = true
		d.handed(l)
	}
	return o
}

// saysOf are the notices that a letter tells of, by ticket and version; of one to a
// vendor the ticket alone.
func saysOf(l post.Letter) (all []judge.Notice) {
	var said struct {
		Ticket  desk.TicketID
		Notices []judge.Notice
	}
	if err := json.Unmarshal(l.Data, &said); err != nil {
		panic(err) // the desk wrote it
	}
	if said.Ticket != "" {
		return []judge.Notice{{Ticket: said.Ticket}}
	}
	return said.Notices
}

// roastery is the vendor of the accounts file, and supplier what the desk knows of
// them: they get every ticket of tier 4, and are to answer within six hours.
var roastery = desk.App{Platform: "vendor", Name: "roastery"}

func supplier() post.Vendor { return post.Vendor{Name: roastery.Name, Expect: 6 * time.Hour} }

// handed has the vendor take up a ticket that they were sent.
func (d *Desk) handed(l post.Letter) {
	ticket := l.Thread
	if d.cfg.Days == 0 { // a story, that says itself what they do
		if d.eager {
			d.posts(d.word(ticket, desk.VendorDone))
			d.meanwhile(time.Second)
		}
		return
	}
	answer := func(after time.Duration, status desk.VendorStatus) {
		d.after(after, func() { d.vendorSays(ticket, status) })
	}
	switch dice := d.fate.IntN(100); {
	case dice < 15: // says nothing
	case dice < 30:
		answer(d.soon(0, time.Hour), desk.VendorWorks)
		answer(d.soon(time.Hour, 9*time.Hour), desk.VendorDone)
	case dice < 45:
		answer(d.soon(0, 5*time.Hour), desk.VendorAsks)
	case dice < 60:
		answer(d.soon(0, 5*time.Hour), desk.VendorDeclined)
	default:
		answer(d.soon(0, 5*time.Hour), desk.VendorDone)
	}
}

// vendorSays has the vendor say something of a ticket, now and then twice.
func (d *Desk) vendorSays(ticket string, status desk.VendorStatus) {
	if d.silenced {
		return
	}
	l := d.word(ticket, status)
	d.posts(l)
	if d.seldom(20) {
		d.after(d.soon(time.Second, time.Hour), func() { d.posts(l) })
	}
}

// word is what the vendor says, as they sign it.
func (d *Desk) word(ticket string, status desk.VendorStatus) letter {
	d.told++
	s := saying{app: roastery, kind: desk.VendorUpdate, key: fmt.Sprintf("v%d", d.told), author: ticket, at: d.now}
	body := encode(map[string]any{"type": "ticket.update", "timestamp": s.at.Format(time.RFC3339Nano), "data": map[string]any{"ticket": ticket, "status": status, "text": "It was the seal."}})
	return letter{app: roastery, id: s.key, body: body, says: []saying{s}}
}
