package people

import (
	"time"

	"example.com/skala/shared/desk"
)

// A Member is a person as the directory has them: who they are when they sign in,
// what they may do, whom they answer and when. What is empty asks nothing: a member
// without languages answers all, one without shifts is on whenever they are not
// away.
type Member struct {
	ID        string    `json:"id"` // as the provider that people sign in with names them
	Name      string    `json:"name"`
	Sign      string    `json:"sign,omitempty"`  // the name under their answers
	Roles     []string  `json:"roles,omitempty"` // as Grant reads them; in place of what their sign-in says, unless empty
	Teams     []string  `json:"teams,omitempty"`
	Skills    []string  `json:"skills,omitempty"`    // categories and tags that they answer
	Languages []string  `json:"languages,omitempty"` // th, es, el, en
	Brands    []string  `json:"brands,omitempty"`
	Reads     string    `json:"reads,omitempty"` // the language in which the desk speaks to them, one of Languages; empty for what their browser asks for
	Zone      string    `json:"zone,omitempty"`  // by whose clock they work, and are told of instants
	Shifts    Week      `json:"shifts,omitempty"`
	Capacity  Capacity  `json:"capacity,omitzero"`
	Presence  Presence  `json:"presence,omitzero"`
	Channels  []Channel `json:"channels,omitempty"` // by which they are told, beside the console
	Quiet     Week      `json:"quiet,omitempty"`    // hours of Zone in which only what is urgent is sent to them
	Undo      *int      `json:"undo,omitempty"`     // for how many seconds they can take a reply back; nil for the usual
	Left      bool      `json:"left,omitempty"`     // may no longer sign in; kept for what they did
	Version   int64     `json:"version"`            // of the item, from 1
	Changed   time.Time `json:"changed,omitzero"`
}

// usualUndo is for how many seconds a reply can be taken back by who chose nothing.
const usualUndo = 5

// Grace is for how long m can take a reply back that they sent from the console.
func (m Member) Grace() time.Duration {
	if m.Undo == nil {
		return usualUndo * time.Second
	}
	return time.Duration(*m.Undo) * time.Second
}

// A Week has the periods of weekdays, as a calendar of package sla: mon to sun,
// HH:MM-HH:MM.
type Week map[string][]string

// A Capacity is how much of a person's time tickets may take at once, by weight: a
// ticket weighs 1, a critical one 2. Beyond Soft they are given none by the desk
// while others have room; beyond Hard neither the desk nor anybody else gives them
// one, though they may claim what they see. Zero is no bound.
type Capacity struct {
	Soft int `json:"soft,omitempty"`
	Hard int `json:"hard,omitempty"`
}

// A Presence says whether somebody is there, whatever their shifts say. The zero
// value is: by their shifts.
type Presence struct {
	Away  bool      `json:"away,omitempty"`
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"` // back by themselves then; zero for when they say so
	Why   string    `json:"why,omitempty"`
}

// A Team is who answers together. Its id is what routes of the policy name.
type Team struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Brands    []string  `json:"brands,omitempty"`    // that it serves; empty for all
	Languages []string  `json:"languages,omitempty"` // empty for all
	Reads     string    `json:"reads,omitempty"`     // the language of what is told to its channels; empty for English
	Leads     []string  `json:"leads,omitempty"`     // members; who is paged
	Assigns   Assigns   `json:"assigns,omitempty"`   // how its tickets find somebody by themselves
	Channels  []Channel `json:"channels,omitempty"`  // of the team itself, as a room that it shares
	Version   int64     `json:"version"`
	Changed   time.Time `json:"changed,omitzero"`
}

// A ChannelKind is a way in which people and programs are told.
type ChannelKind string

// The kinds of channels. Everybody has the console.
const (
	Console ChannelKind = "console"
	Email   ChannelKind = "email"
	Push    ChannelKind = "push"    // to a browser that was subscribed
	Slack   ChannelKind = "slack"   // an incoming webhook of theirs
	Webhook ChannelKind = "webhook" // signed by us, as Standard Webhooks
)

// A Channel is where somebody is told. Addresses that are secrets, as those of
// Slack and of programs, are named here and stand in the file of notifications.
type Channel struct {
	Kind   ChannelKind       `json:"kind"`
	To     string            `json:"to"`               // a mail address, the name of an address in that file, or a subscription's id
	Only   []desk.NoticeKind `json:"only,omitempty"`   // empty for all kinds
	Urgent bool              `json:"urgent,omitempty"` // nothing else
}

// A Rota says who of several is on duty when: they take turns of Turn days, handed
// over at Handover by the wall clock of Zone, the first of Members from Start on.
// Within a turn it is on by the hours of Hours, always without any. What an override
// says goes before that.
type Rota struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Team      string     `json:"team,omitempty"`
	Zone      string     `json:"zone"`
	Start     string     `json:"start"`    // a date, 2026-11-23
	Handover  string     `json:"handover"` // 09:00
	Turn      int        `json:"turn"`     // days, 1 and more
	Members   []string   `json:"members"`
	Hours     Week       `json:"hours,omitempty"`
	Overrides []Override `json:"overrides,omitempty"`
	Version   int64      `json:"version"`
	Changed   time.Time  `json:"changed,omitzero"`
}

// An Override puts somebody on a rota from one instant to another, in place of
// whose turn it is. Two of a rota never cross.
type Override struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Who  string    `json:"who"`
	Why  string    `json:"why,omitempty"`
}

// A Directory is all members, teams, rotas, saved views and replies at one moment, by their ids, and
// which sessions are over before their time. It does not change, and may be asked by many at once.
type Directory struct {
	Members map[string]Member
	Teams   map[string]Team
	Rotas   map[string]Rota
	Views   map[string]SavedView
	Replies map[string]SavedReply
	Ended   map[string]time.Time // sessions that somebody signed out of, until their cookies would have held

	known *calendars // nil where it was not made by NewDirectory
}

// A Kind is what an item of the directory is.
type Kind string

// The kinds of items.
const (
	KindMember Kind = "person"
	KindTeam   Kind = "team"
	KindRota   Kind = "rota"
	KindView   Kind = "view"
	KindReply  Kind = "reply"
	// KindIdentity is no item: the audit log has what people said of two identities.
	KindIdentity Kind = "identity"
)

// A Change is a line of the audit log: what somebody did to the directory, or to
// anything else that an auditor asks for. It is written with the change itself.
type Change struct {
	ID     string    `json:"id"` // sorts by time
	At     time.Time `json:"at"`
	Who    string    `json:"who"`    // a member; "seed" and "import" for those
	What   string    `json:"what"`   // added, changed, removed, away, back, override...
	Kind   Kind      `json:"kind"`   // of what
	Target string    `json:"target"` // its id
	Fields []Field   `json:"fields,omitempty"`
	Why    string    `json:"why,omitempty"`
}

// A Field is one value that a change changed, as JSON.
type Field struct {
	Name string `json:"name"`
	Was  string `json:"was,omitempty"`
	Is   string `json:"is,omitempty"`
}

// An AuditQuery chooses lines of the audit log. What is empty asks nothing.
type AuditQuery struct {
	From, To    time.Time // From is in, To is not
	Who, Target string
	Kind        Kind
	What        string
}

// Weight is how much of a capacity a ticket takes.
func Weight(t desk.Ticket) int {
	if t.Severity == desk.Critical {
		return 2
	}
	return 1
}
