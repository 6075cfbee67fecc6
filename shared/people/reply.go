package people

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"example.com/skala/shared/desk"
)

// A SavedReply is an answer that is written once and given often. It is a person's
// own, a team's, or for whoever answers for a brand: one of these three.
type SavedReply struct {
	ID         string          `json:"id"`
	Title      string          `json:"title"`
	Text       string          `json:"text"`                 // with places to fill, such as {customer}
	Language   string          `json:"language"`             // one of Languages
	Categories []desk.Category `json:"categories,omitempty"` // it is offered first on tickets of these
	Tags       []string        `json:"tags,omitempty"`       // and on those with these
	Platforms  []desk.Platform `json:"platforms,omitempty"`  // offered on no others; empty for all
	Brands     []string        `json:"brands,omitempty"`     // likewise
	Owner      string          `json:"owner,omitempty"`
	Team       string          `json:"team,omitempty"`
	Brand      string          `json:"brand,omitempty"`
	From       string          `json:"from,omitempty"` // the message that it was made of: TICKET/KEY
	Uses       int             `json:"uses,omitempty"` // how often it was put into a reply, about
	Used       time.Time       `json:"used,omitzero"`  // when last
	Version    int64           `json:"version"`
	Changed    time.Time       `json:"changed,omitzero"`
}

// Bounds of saved replies. The directory is read as one, so all of it stays small.
const (
	MaxReplies   = 50 // of one owner, team or brand
	MaxReplyText = 3000
)

// The places of a saved reply that are filled when somebody takes it.
const (
	PlaceCustomer = "{customer}" // as the platform calls them
	PlaceAgent    = "{agent}"    // the name under the answers of who takes it
	PlaceTicket   = "{ticket}"   // its id
	PlaceBrand    = "{brand}"
)

// Places lists them.
var Places = []string{PlaceCustomer, PlaceAgent, PlaceTicket, PlaceBrand}

// Gap stands where there is nothing to fill a place with: better a hole that somebody
// sees than a wrong name.
const Gap = "____"

// longestFilling is how much of a name goes into a place, in characters.
const longestFilling = 60

// WithReplies returns d with these saved replies. Of two with one id the later stands.
func (d Directory) WithReplies(all []SavedReply) Directory {
	d.Replies = make(map[string]SavedReply, len(all))
	for _, r := range all {
		d.Replies[r.ID] = r
	}
	return d
}

// RepliesOf returns the saved replies that p works with, by title: their own, those of
// their teams, and of the brands that they answer for.
func (d Directory) RepliesOf(p Person) []SavedReply {
	var all []SavedReply
	for _, r := range d.Replies {
		if d.SeesReply(p, r) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b SavedReply) int {
		return cmp.Or(cmp.Compare(a.Title, b.Title), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// SeesReply reports whether a saved reply is one of p's.
func (d Directory) SeesReply(p Person, r SavedReply) bool {
	switch {
	case r.Team != "":
		return d.Sees(p, SavedView{Team: r.Team})
	case r.Brand != "":
		of := d.Members[p.ID].Brands
		return p.Is(Admin) || len(of) == 0 || slices.Contains(of, r.Brand)
	}
	return r.Owner == p.ID
}

// MayKeepReply returns nil when p may make of the reply was what is says, a zero is
// being none any more: everybody of their own, an admin and who leads a team of the
// team's, leads and admins of a brand's.
func (d Directory) MayKeepReply(p Person, was, is SavedReply) error {
	for _, r := range []SavedReply{was, is} {
		switch {
		case r.ID == "" || p.Is(Admin) && r.Owner == "":
		case r.Team != "" && !d.Leads(p, r.Team):
			return fmt.Errorf("team: a lead keeps the replies of their own teams: %w", ErrNotTheirs)
		case r.Brand != "" && (!p.Is(Lead) || !d.SeesReply(p, r)):
			return fmt.Errorf("brand: a lead keeps the replies of the brands that they answer for: %w", ErrNotTheirs)
		case r.Team == "" && r.Brand == "" && r.Owner != p.ID:
			return fmt.Errorf("owner: it is somebody else's: %w", ErrNotTheirs)
		}
	}
	return nil
}

// CheckReply is CheckMember for a saved reply.
func (d Directory) CheckReply(r SavedReply) []Mistake {
	c := &checker{Directory: d}
	c.id(r.ID)
	c.text("title", r.Title, true)
	c.replyText(r.Text)
	c.language("language", r.Language)
	for _, category := range r.Categories {
		if !slices.Contains(desk.Categories, category) {
			c.add("categories", "%s is none of ours", quoted(string(category)))
		}
	}
	c.list("tags", r.Tags, nil)
	c.list("brands", r.Brands, nil)
	var platforms []string
	for _, p := range r.Platforms {
		platforms = append(platforms, string(p))
	}
	c.list("platforms", platforms, nil)
	whose := 0
	for _, of := range []string{r.Owner, r.Team, r.Brand} {
		if of != "" {
			whose++
		}
	}
	if whose != 1 {
		c.add("owner", "a saved reply is somebody's, a team's or a brand's: one of these")
	}
	if r.Team != "" {
		c.team("team", r.Team)
	}
	others := 0
	for id, other := range d.Replies {
		if id != r.ID && other.Owner == r.Owner && other.Team == r.Team && other.Brand == r.Brand {
			others++
		}
	}
	if others >= MaxReplies {
		c.add("", "there are %d saved replies already: remove one first", others)
	}
	return c.mistakes
}

// replyText checks what a saved reply says: each place in it is one that can be filled.
func (c *checker) replyText(text string) {
	switch {
	case strings.TrimSpace(text) == "":
		c.add("text", "is missing")
	case len(text) > MaxReplyText:
		c.add("text", "has more than %d bytes", MaxReplyText)
	case !plain(strings.NewReplacer("\n", "", "\r", "", "\t", "").Replace(text)):
		c.add("text", "has what can't be seen")
	}
	for at, place := range placesOf(text) {
		if !slices.Contains(Places, place) {
			c.add("text", "%s at character %d is no place that can be filled; there are %s",
				quoted(place), utf8.RuneCountInString(text[:at])+1, strings.Join(Places, ", "))
		}
	}
}

// placesOf walks over the places of a text, each with the byte at which it begins.
func placesOf(text string) func(yield func(at int, place string) bool) {
	return func(yield func(int, string) bool) {
		for from := 0; ; {
			open := strings.IndexByte(text[from:], '{')
			if open < 0 {
				return
			}
			open += from
			length := strings.IndexAny(text[open+1:], "{}\n")
			if length < 0 {
				return
			}
			if from = open + 1 + length; text[from] == '}' {
				from++
				if !yield(open, text[open:from]) {
					return
				}
			}
		}
	}
}

// Fill puts what is known into the places of a text, and a gap where nothing is. What
// it puts in is not looked through again: a customer may be called {agent}.
func Fill(text string, known map[string]string) string {
	var b strings.Builder
	last := 0
	for at, place := range placesOf(text) {
		if !slices.Contains(Places, place) {
			continue
		}
		b.WriteString(text[last:at])
		b.WriteString(cmp.Or(filling(known[place]), Gap))
		last = at + len(place)
	}
	return b.String() + text[last:]
}

// filling is a name on one line, without what can't be seen; nothing where it is too
// long to be a name.
func filling(name string) string {
	name = strings.Join(strings.Fields(name), " ")
	if !plain(name) || utf8.RuneCountInString(name) > longestFilling {
		return ""
	}
	return name
}

// Found returns those of all whose title, text or tags have every word of a search, in
// whatever letters it is typed.
func Found(all []SavedReply, search string) []SavedReply {
	words := strings.Fields(Folded(search))
	return slices.DeleteFunc(slices.Clone(all), func(r SavedReply) bool {
		in := Folded(r.Title + "\n" + r.Text + "\n" + strings.Join(r.Tags, "\n"))
		return slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(in, word) })
	})
}

// An OfferedReply is a saved reply for a ticket.
type OfferedReply struct {
	SavedReply
	Filled string `json:"filled"`         // its text with the places filled
	Long   bool   `json:"long,omitempty"` // more than one message of the ticket's platform holds
	Fits   bool   `json:"fits,omitempty"` // its category or a tag of it is the ticket's
	score  int
}

// Offer returns those of all that can be of use on a ticket, the likeliest first: in
// the language of the conversation, on what the ticket is about, taken often. What is
// for another platform or brand is left out.
func Offer(all []SavedReply, t desk.Ticket, most desk.Length, known map[string]string) []OfferedReply {
	var offered []OfferedReply
	for _, r := range all {
		if len(r.Platforms) > 0 && !slices.Contains(r.Platforms, t.Origin.Platform) || len(r.Brands) > 0 && !slices.Contains(r.Brands, t.Brand) || r.Brand != "" && r.Brand != t.Brand {
			continue
		}
		o := OfferedReply{SavedReply: r, Filled: Fill(r.Text, known), score: bits.Len(uint(max(r.Uses, 0)))}
		o.Long = most.Value > 0 && lengthIn(most.Unit, o.Filled) > most.Value
		if r.Language == t.Lang {
			o.score += 1000
		}
		if slices.Contains(r.Categories, t.Category) {
			o.score, o.Fits = o.score+200, true
		}
		for _, tag := range r.Tags {
			if slices.Contains(t.Tags, tag) {
				o.score, o.Fits = o.score+50, true
			}
		}
		if o.Long {
			o.score -= 100
		}
		offered = append(offered, o)
	}
	slices.SortFunc(offered, func(a, b OfferedReply) int {
		return cmp.Or(b.score-a.score, b.Used.Compare(a.Used), cmp.Compare(a.Title, b.Title), cmp.Compare(a.ID, b.ID))
	})
	return offered
}

// lengthIn counts a text as a platform does. What weighs double on X is counted so;
// its links, which count as 23, are taken as they are.
func lengthIn(unit, text string) (n int) {
	if unit == "bytes" {
		return len(text)
	}
	for _, r := range text {
		switch {
		case unit == "UTF-16 units":
			n += utf16.RuneLen(r)
		case unit == "weighted characters" && r > 0x10ff:
			n += 2
		default:
			n++
		}
	}
	return n
}
