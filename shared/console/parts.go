package console

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// A messagePart is a message as the conversation shows it.
type messagePart struct {
	saying
	Segments []segment
	Judged   bool // the ticket's verdict is about it
	Link     *link
	Files    []filePart
	Quote    *quotePart
	OtherWay bool                    // it went another way than the ticket's
	Can      []desk.ModerationAction // what this reader may have the platform do about it
	Undo     time.Time               // until when this reader can take it back; zero for not
	From     desk.TicketID           // the merged ticket that it stands on; empty for the page's own
}

// part shows s of t to who.
func (c *Console) part(t desk.Ticket, who people.Person, s saying, blocked bool) messagePart {
	p := messagePart{saying: s, Segments: []segment{{Text: s.Text}}, Link: linkTo(s.Permalink), Can: c.offered(t, who, s, blocked), Undo: c.undoable(t, who, s)}
	p.Judged = s.Key == t.VerdictOn && s.Direction == desk.In
	p.OtherWay = otherWay(t, s)
	if p.Judged && !s.Deleted {
		p.Segments = marked(s.Text, t.Verdict.Reasons)
	}
	for _, a := range s.Attachments {
		if !s.Deleted && !(s.Answers != nil && s.Answers.Story && a.Type == "story") {
			p.Files = append(p.Files, filePart{a, linkTo(a.URL), mapOf(a)})
		}
	}
	if q := s.Answers; q != nil && !s.Deleted {
		p.Quote = &quotePart{*q, linkTo(q.URL)}
	}
	return p
}

// otherWay reports whether s went another way than t's conversation does.
func otherWay(t desk.Ticket, s saying) bool {
	return s.Visibility != t.Visibility && s.Visibility != desk.Note
}

// offered returns what a page offers who to do about s: what there is no point in
// is left out.
func (c *Console) offered(t desk.Ticket, who people.Person, s saying, blocked bool) []desk.ModerationAction {
	pointless := []desk.ModerationAction{desk.UnhideMessage, desk.UnblockAuthor}
	if s.Hidden {
		pointless[0] = desk.HideMessage
	}
	if blocked {
		pointless[1] = desk.BlockAuthor
	}
	return slices.DeleteFunc(c.moderating(t, s), func(a desk.ModerationAction) bool {
		return slices.Contains(pointless, a) || s.Removed && !aboutAuthor(a) || !people.May(who, verbOf(a), t)
	})
}

// A filePart is what came with a message, and where to look at it.
type filePart struct {
	desk.Attachment
	Link *link
	Map  *link // of a place
}

// A quotePart is what a message answers, and where to look at it.
type quotePart struct {
	quote
	Link *link
}

// A link is an address that a page may lead to.
type link struct {
	URL  string
	Host string // for who wants to know before going there; empty where it is not plain
}

// linkTo returns a link for an address that a customer or a platform sent, nil for
// one that no page should lead to: anything but https to a host.
func linkTo(address string) *link {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return nil
	}
	l := &link{URL: u.String(), Host: u.Hostname()}
	if strings.ContainsFunc(l.Host, func(r rune) bool { return r <= ' ' || r > '~' }) {
		l.Host = ""
	}
	return l
}

// mapOf returns where a place is on a map, nil for what is none or has no
// coordinates: adapters write them behind its name, as in "Lumpini Park (13.73, 100.54)".
func mapOf(a desk.Attachment) *link {
	name, closed := strings.CutSuffix(a.Name, ")")
	at := strings.LastIndexByte(name, '(')
	if a.Type != "location" || !closed || at < 0 {
		return nil
	}
	lat, lon, both := strings.Cut(name[at+1:], ",")
	y, noLat := strconv.ParseFloat(strings.TrimSpace(lat), 64)
	x, noLon := strconv.ParseFloat(strings.TrimSpace(lon), 64)
	if !both || noLat != nil || noLon != nil || !(y >= -90 && y <= 90 && x >= -180 && x <= 180) {
		return nil
	}
	lat, lon = strconv.FormatFloat(y, 'f', -1, 64), strconv.FormatFloat(x, 'f', -1, 64)
	return linkTo("https://www.openstreetmap.org/?" + url.Values{"mlat": {lat}, "mlon": {lon}}.Encode() + "#map=17/" + lat + "/" + lon)
}

// A moderatePart is the form by which a message is moderated. Its key names the
// act, so that a form sent twice is one.
type moderatePart struct {
	messagePart
	Key string
}

// moderatePart chooses the message that the form is about: the one that was named,
// or the customer's last about which anything can be done.
func (v ticketPage) moderatePart() *moderatePart {
	name := v.About
	if v.Form == "moderate" {
		name = v.Draft.Get("message")
	}
	var chosen *moderatePart
	for _, m := range v.Messages {
		if len(m.Can) > 0 && (chosen == nil || chosen.messagePart.Key != name) {
			chosen = &moderatePart{m, token()}
		}
	}
	if key := v.Draft.Get("key"); v.Sure != "" && chosen != nil && key != "" {
		chosen.Key = key
	}
	return chosen
}

// A happening is a line of the timeline in words.
type happening struct {
	desk.Entry
	Says string
	Of   string // what it tells whom of, of a notification
	Whom bool   // To are who was asked in, or has left
	More int    // of whom it names no more
	With string // the other ticket, of what was done to two
}

// mostNamed is how many of those who were told a line of the timeline names.
const mostNamed = 5

// happened says what an entry tells.
func (c *Console) happened(e desk.Entry, said talk) happening {
	h := happening{Entry: e, Says: c.text.name("what", e.What)}
	if e.Who == "" { // else somebody typed it
		h.Why = c.text.why(e.Why)
	}
	switch e.What {
	case desk.Noticed:
		word := string(e.Event)
		switch {
		case e.Event == desk.Receipt && e.Delivery != "":
			word = string(e.Delivery)
		case e.Event == desk.Moderation && e.Moderation != "":
			word = string(e.Moderation)
		}
		if c.text.Has("noticed." + word) {
			h.Says = c.text.say("noticed." + word)
		}
	case desk.Corrected:
		switch was, is := e.Was, e.Verdict; {
		case was == nil || is == nil: // of before that was kept
		case e.Confirms():
			h.Says = c.text.say("confirmed")
		default:
			h.Says = c.text.say("corrected", c.text.name("category", was.Category), c.text.name("severity", was.Severity), was.Tier,
				c.text.name("category", is.Category), c.text.name("severity", is.Severity), is.Tier)
		}
	case desk.Notified:
		if kind, how, ok := strings.Cut(e.Why, ": "); ok {
			h.Of, h.Why = c.text.name("of", kind), how
		}
		if h.More = len(e.To) - mostNamed; h.More > 0 {
			h.To = e.To[:mostNamed]
		}
	case desk.VendorTold:
		switch {
		case !e.Passed:
			h.Says = c.text.say("vendor.told", e.Target)
		case e.Target != "":
			h.Says = c.text.say("vendor.not_told", e.Target)
		default:
			h.Says = c.text.say("vendor.nobody")
		}
	case desk.VendorSaid:
		h.Says = c.text.say("vendor.said", e.Message.Author.ID)
	case desk.Swarmed, desk.SwarmLeft:
		h.Whom = true
	case desk.MergedInto, desk.MergedFrom, desk.Linked, desk.Unlinked:
		h.With = e.Target
	case desk.Moderated:
		h.Says = c.text.say("moderate.asked", c.text.name("moderating", e.Moderation))
	case desk.ModeratedNow:
		h.Says = c.text.name("moderated", said.acts[e.Target].Action)
	case desk.ModerateFail:
		h.Says = c.text.say("moderate.refused", c.text.name("moderating", said.acts[e.Target].Action))
	}
	return h
}
