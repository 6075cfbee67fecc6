// Package policy judges messages: what each is about, how grave it is, which
// tier it deserves, and why. What it knows is a document that the team which runs
// the desk edits, the lexicon and the weights built in; Load puts them together,
// and nothing that Load accepted can fail later.
//
// A verdict depends on these and the message and on nothing else: no clock, no network, no order of a map. So any of them can be replayed and
// argued with. The package stores nothing and knows no ticket: what a verdict
// does to one is package desk's.
package policy

import (
	"sync"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy/model"
	"example.com/skala/shared/sla"
)

// A Policy is a team's own way of judging and promising. It is made by Load and
// is safe for concurrent use.
type Policy struct {
	Name     string    // the document's file name
	Title    string    // what the team calls it
	Hash     string    // of the document: 32 hexadecimal digits
	Profile  string    // the one of its profiles that is in force
	Tiers    []Tier    // those the desk uses, ascending
	Plan     *sla.Plan // what is promised
	Second   Second    // whom else to ask when unsure
	Document []byte    // as it was loaded

	folder     *folder
	written    lexicon // phrases as they are written
	sounded    lexicon // Greek phrases as they sound
	signals    []signal
	categories [categories]category
	otherwise  otherwise
	route      route
	authors    authors
	rise       int // points of urgency that make normal high
	contact    contact
	graver     [2][categories]desk.Severity // by segment, at least
	doubt      doubt
	tags       []Tag
	teams      []Team
	rules      []rule
	lanes      []lane
	sensitive  bool // whether to look for numbers that should be private
	work       sync.Pool

	weights *model.Weights
	model   string      // names the weights and the lexicon
	learnt  []model.Row // by signal, what was learnt of it beyond its weight
	bias    [languages]model.Row
}

// A Tier is one of the desk's tiers and the queue that serves it.
type Tier struct {
	Queue desk.Tier
	Name  string
}

// categories is how many there are; desk.Categories has their order.
const categories = model.Categories

// A signal is a set of phrases that mean the same. However often a message has
// them, the signal counts once.
type signal struct {
	name      string
	category  int // of desk.Categories, -1 for none
	weight    int
	severity  desk.Severity // the least that its category has when it is heard
	raises    int           // points of urgency
	mood      int           // good above 0, bad below
	abusive   bool
	asks      bool
	tags      []string
	negated   negatedAs
	instead   int  // the signal that is heard when negated
	whichever bool // heard in whatever language the rest is: no chatter may hide it
	line      int  // of the file that first says what it is
}

// negatedAs says what a negation before a signal does to it.
type negatedAs uint8

const (
	keeps negatedAs = iota
	drops
	turns // into another signal
)

// A category is how the desk takes what belongs to it.
type category struct {
	severity  desk.Severity
	threshold int  // the least weight of signals by which it is heard: what is critical then sets a floor
	answer    bool // whether somebody has to do or answer something
	none      bool // whether it is kept and shown without a clock
	rises     bool // whether urgency makes it high
	tags      []string
}

// otherwise are the categories of what no signal places.
type otherwise struct {
	question, negative, positive, public, private int
}

// A route maps severity to tier, the narrower rule before the wider.
type route struct {
	none     desk.Tier // for what needs no answer
	severity [5]desk.Tier
	category [categories][5]routed
	segment  map[string][5]routed
	used     [desk.Tiers]desk.Tier // the tier that serves in place of each
}

type routed struct {
	tier desk.Tier
	set  bool
}

// Segments of customers.
const (
	b2b = "b2b"
	b2c = "b2c"
)

// A Message is what there is to judge by.
type Message struct {
	Text        string
	Lang        string // as the platform says, may be empty
	Visibility  desk.Visibility
	Platform    desk.Platform
	Brand       string // that the account speaks for
	Author      desk.Author
	Attachments []desk.Attachment
	Rating      Rating
	Thread      Thread
}

// A Rating is what a review says beside its words.
type Rating int8

// The ratings. Of stars, one and two are bad, four and five good.
const (
	BadRating  Rating = -1
	Unrated    Rating = 0
	GoodRating Rating = 1
)

// A Thread is what came before a message in its conversation. The zero value is
// a first contact.
type Thread struct {
	Earlier    int  // messages of the customer's on the same ticket
	Unanswered int  // those of them that nobody has answered
	Returned   bool // whether the thread had a ticket before this one
	Repeats    bool // whether the customer has said the very same before
}

// TierName returns what the desk calls tier t.
func (p *Policy) TierName(t desk.Tier) string {
	for _, tier := range p.Tiers {
		if tier.Queue == t {
			return tier.Name
		}
	}
	return ""
}

// categoryOf returns the place of c among desk.Categories, or -1.
func categoryOf(c desk.Category) int {
	for i, other := range desk.Categories {
		if c == other {
			return i
		}
	}
	return -1
}
