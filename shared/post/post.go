// Package post is the vocabulary of what the desk sends to its own people and
// programs, and to vendors: addresses, the boxes in which lines wait for them, the
// letters that take these along, and how each ended. It says when a box is emptied;
// it sends nothing itself.
package post

import (
	"encoding/json"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// An Address is one place where somebody is told.
type Address struct {
	Owner string             `json:"owner,omitempty"` // a member's id, TeamOwner of a team's; empty for a program
	Kind  people.ChannelKind `json:"kind"`
	To    string             `json:"to,omitempty"` // as people.Channel.To; empty for the console
}

// TeamOwner is the owner of what a team has of its own. No member has such an id: the
// directory takes none that begins with a space.
func TeamOwner(team string) string { return " " + team }

// Team returns the team whose the address is, and false for anybody else's.
func (a Address) Team() (id string, ok bool) { return strings.CutPrefix(a.Owner, TeamOwner("")) }

// Key tells addresses apart, and is their order.
func (a Address) Key() string { return a.Owner + "\x00" + string(a.Kind) + "\x00" + a.To }

// Program reports whether nobody reads there: it gets everything, at once and whole.
func (a Address) Program() bool { return a.Kind == people.Webhook || a.Kind == ToVendor }

// A Ring is a notice as somebody's list in the console has it.
type Ring struct {
	At     time.Time   `json:"at"` // when it came onto the list
	Notice desk.Notice `json:"notice"`
}

// A Letter is what goes to one address, in one piece. Which of its parts it shows is
// its channel's to choose.
type Letter struct {
	ID      string          // the same however often it is tried: receivers tell by it. Letters, digits, - and _
	Owner   string          // as Address.Owner
	To      string          // as Address.To
	At      time.Time       // when it was put together first, the same at each try too
	Urgent  bool            //
	Subject string          // one line of text
	Lines   []Line          // for people, in their order
	More    int             // how many lines were left out
	Rest    string          // that in words, "and 3 more"; empty for none
	Link    string          // where all of it is to be seen
	Thread  string          // letters of one thread belong together, as those about one ticket; empty for none
	Type    string          // of Data, as Standard Webhooks has types of events
	Data    json.RawMessage // for programs
}

// A Line is one thing that a letter says.
type Line struct {
	Text string
	Link string // empty for none
}

// A Class says how a letter ended, or what to do about it.
type Class string

// How letters end.
const (
	Accepted Class = "accepted" // by the receiver
	Later    Class = "later"    // certainly not taken: try again
	Unknown  Class = "unknown"  // it may have been taken: try again, under the same id
	Refused  Class = "refused"  // for good
)

// An Outcome is what came of trying to send a letter.
type Outcome struct {
	Class Class
	After time.Duration // of Later: how long the receiver wants to be left alone; zero where it doesn't say
	Why   string        // for people: a status, never what the receiver wrote
	Gone  bool          // of Refused: there is nobody at that address any more
}

// A Subscription is a browser that agreed to be told by web push (RFC 8030). Whoever
// knows the endpoint can make it ring, so that it is for nobody but its owner to see.
type Subscription struct {
	ID       string    `json:"id"`       // what a channel of its owner calls it
	Endpoint string    `json:"endpoint"` // an https address of the browser's push service
	P256dh   string    `json:"p256dh"`   // the browser's public key, base64url of 65 bytes
	Auth     string    `json:"auth"`     // its secret, base64url of 16 bytes
	At       time.Time `json:"at"`       // when it agreed
}

// A Posting takes a notice to some of its addresses, in the order of their keys.
type Posting struct {
	Notice   desk.Notice
	From, To string // up to whom it was posted before, and is after
	Last     bool   // nobody is left
	At       time.Time
	Bells    []string // members whose lists in the console it comes onto
	Boxes    []Filled
}

// A Filled is a box with the line that was dropped into it last.
type Filled struct {
	Box   Box // its version is the one that was read
	DueAt time.Time
}
