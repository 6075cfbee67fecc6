package story

import (
	"context"
	"strings"
	"sync"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/notify"
	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
)

// A Sent is a letter that came to its address, at an instant.
type Sent struct {
	post.Letter
	Kind people.ChannelKind
	At   time.Time
}

// A Postman is every channel of a story. It takes all letters, unless Answer has it
// otherwise.
type Postman struct {
	Answer func(kind people.ChannelKind, l post.Letter) post.Outcome // nil takes it

	mu   sync.Mutex
	now  func() time.Time
	sent []Sent // that were taken, or may have been
}

// on is one kind of channel.
type on struct {
	*Postman
	kind people.ChannelKind
}

// Send is a try of a letter.
func (p on) Send(_ context.Context, l post.Letter) post.Outcome {
	o := post.Outcome{Class: post.Accepted}
	if p.Answer != nil {
		o = p.Answer(p.kind, l)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if o.Class == post.Accepted || o.Class == post.Unknown {
		p.sent = append(p.sent, Sent{l, p.kind, p.now()})
	}
	return o
}

// Sent are the letters so far, of one kind of channel.
func (p *Postman) Sent(kind people.ChannelKind) (all []Sent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.sent {
		if s.Kind == kind {
			all = append(all, s)
		}
	}
	return all
}

func (d *Desk) notifier() *notify.Notifier {
	d.Letters.now = d.Now
	senders := map[people.ChannelKind]notify.Sender{}
	for _, kind := range people.ChannelKinds {
		senders[kind] = on{&d.Letters, kind}
	}
	senders[post.ToVendor] = on{&d.Letters, post.ToVendor}
	return &notify.Notifier{
		Notices: d.Store, Boxes: d.Store, Lines: d.Store, Tickets: d.Store, Policies: d.book, People: d.Store, Senders: senders,
		Programs: func(desk.NoticeKind) []string { return d.Programs }, Vendors: vendors(), Said: d.Store, Due: &d.due, Webhooks: "https://desk.example", Queue: &d.notices, Console: "https://desk.example", Now: d.Now, Log: d.log, Metrics: d.measured,
	}
}

// vendors are those of a story: one for what is broken, who is shown the customer's
// words, and one for what is tagged as theirs, who is not and has a time of their own.
func vendors() []post.Vendor {
	return []post.Vendor{
		{Name: "globex", For: post.For{Tags: []string{"globex"}}, Expect: 2 * time.Hour},
		{Name: "acme", For: post.For{Categories: []string{"billing", "damaged"}}, Text: true},
	}
}

// Joins puts people into the directory, or in place of who they were.
func (d *Desk) Joins(members ...people.Member) {
	d.T.Helper()
	is, err := d.Store.Directory(d.T.Context())
	d.must(err)
	for _, m := range members {
		m.Version = is.Members[m.ID].Version
		d.must(d.Store.SaveMember(d.T.Context(), m, people.Change{At: d.Now(), Who: "story", What: "changed", Kind: people.KindMember, Target: m.ID}))
	}
}

// Notifies gives a nudge to the notifier now.
func (d *Desk) Notifies(n desk.Nudge) {
	d.T.Helper()
	d.must(d.tells.Tell(d.T.Context(), n))
}

// Results are what the log of the author's newest ticket says of notices.
func (d *Desk) Results(author string) (why []string) {
	d.T.Helper()
	entries, err := d.Store.Log(d.T.Context(), d.Of(author).ID)
	d.must(err)
	for _, e := range entries {
		if e.What == desk.Notified {
			said := e.Why
			if len(e.To) > 0 {
				said += " (" + strings.Join(e.To, ", ") + ")"
			}
			why = append(why, said)
		}
	}
	return why
}
