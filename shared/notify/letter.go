package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
	"example.com/skala/shared/sla"
	"example.com/skala/shared/wording"
)

// letterType is the type of what programs get.
const letterType = "notices"

// letter is what a box's lines come to. The same lines make the same letter, whoever
// writes it: a try whose end nobody knows is made again with it.
func (n *Notifier) letter(b post.Box, lines map[int64]desk.Notice, d people.Directory) post.Letter {
	all := make([]desk.Notice, 0, len(lines))
	for _, number := range slices.Sorted(maps.Keys(lines)) {
		all = append(all, lines[number])
	}
	l := post.Letter{ID: b.ID + "-" + strconv.FormatInt(b.Upto, 10), Owner: b.Address.Owner, To: b.Address.To, At: b.First, Type: letterType, Data: data(all, n.link)}
	slices.SortStableFunc(all, func(a, b desk.Notice) int { return cmp.Compare(grave(b), grave(a)) })
	l.Urgent = all[0].Urgent
	zone, said := zoneOf(d.Members[b.Address.Owner]), catalogues()[languageOf(d, b.Address)]
	for _, notice := range all[:min(len(all), post.MaxShown)] {
		l.Lines = append(l.Lines, post.Line{Text: words(notice, zone, said), Link: n.link(notice.Ticket)})
	}
	if l.More = len(all) - len(l.Lines); l.More > 0 {
		l.Rest = said.Say("more", l.More)
	}
	l.Subject, l.Link, l.Thread = l.Lines[0].Text, l.Lines[0].Link, string(all[0].Ticket)
	if slices.ContainsFunc(all, func(other desk.Notice) bool { return other.Ticket != all[0].Ticket }) {
		l.Thread = ""
	}
	if len(all) > 1 {
		l.Subject = said.Say("subject", l.Subject, len(all)-1)
	}
	if l.Thread == "" && n.Console != "" {
		l.Link = n.Console + "/"
	}
	return l
}

// written is the letter with a box's lines, or why there is none to send any more.
func (n *Notifier) written(ctx context.Context, b post.Box, lines map[int64]desk.Notice, d people.Directory) (l post.Letter, why string, err error) {
	if vendor, ok := b.Address.Vendor(); ok {
		return n.handing(ctx, b, vendor, lines)
	}
	return n.letter(b, lines, d), "", nil
}

// grave is how far up in a letter a notice stands.
func grave(n desk.Notice) int {
	g := int(n.Severity)
	if n.Urgent {
		g += 100
	}
	return g
}

func (n *Notifier) link(t desk.TicketID) string {
	if n.Console == "" {
		return ""
	}
	if t == "" { // a test
		return n.Console + "/me"
	}
	return n.Console + "/tickets/" + string(t)
}

// data is what programs get of notices: all of them, without what people typed.
func data(all []desk.Notice, link func(desk.TicketID) string) json.RawMessage {
	type one struct {
		desk.Notice
		Link string `json:"link,omitempty"`
	}
	out := struct {
		Notices []one `json:"notices"`
	}{}
	for _, n := range all {
		if n.Kind != desk.ToldWarning && n.Kind != desk.ToldBreach { // those are the desk's own words
			n.Why = ""
		}
		out.Notices = append(out.Notices, one{n, link(n.Ticket)})
	}
	doc, err := json.Marshal(out)
	if err != nil {
		return nil // values without a way to fail
	}
	return doc
}

// words says a notice in one line, with nothing in it that a customer or a colleague
// typed: a letter passes through others' hands.
func words(n desk.Notice, zone *time.Location, t wording.Texts) string {
	brand := n.Brand
	if brand == "" {
		brand = t.Say("no_brand")
	}
	ticket := t.Say("ticket", t.Name("severity", n.Severity), short(n.Ticket), brand, n.Platform, int(n.Tier))
	told := "told." + string(n.Kind)
	switch n.Kind {
	case desk.ToldTest:
		return t.Say(told)
	case desk.ToldWarning, desk.ToldBreach:
		at := n.Deadline.In(zone)
		text := t.Say(told, t.Weekday(at)+" "+at.Format("15:04 MST"), t.Name("metric", n.Metric), ticket)
		if n.Kind == desk.ToldBreach && n.Level > 1 {
			text = t.Say("told.step", text, n.Level)
		}
		return text
	}
	if !t.Has(told) {
		return string(n.Kind) + ": " + ticket
	}
	return t.Say(told, ticket)
}

// short is enough of a ticket's id to tell it from the others of a day.
func short(id desk.TicketID) string {
	thread, n, ok := id.Split()
	if !ok {
		return string(id)
	}
	return fmt.Sprintf("%s.%d", thread[:min(8, len(thread))], n)
}

// zoneOf is where somebody is, UTC where they don't say.
func zoneOf(m people.Member) *time.Location {
	if m.Zone == "" {
		return time.UTC
	}
	zone, err := sla.LoadZone(m.Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}
