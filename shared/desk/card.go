package desk

import "time"

// NoAnswer names, in place of a state, the worklist of tickets that need no
// answer. No ticket is ever in it as a state.
const NoAnswer State = "none"

// List returns the worklist a ticket stands on, and false for one that is on
// none because it has come to its end.
func (t Ticket) List() (State, bool) {
	switch {
	case t.State == "" || t.State.Final():
		return "", false
	case t.Disposition == NeedsNone:
		return NoAnswer, true
	}
	return t.State, true
}

// A Card is what a list shows of a ticket. Lists are read from indexes, which
// lag: decide on nothing but the ticket itself, read by its id.
type Card struct {
	ID          TicketID    `json:"id"`
	Version     int64       `json:"version"`
	State       State       `json:"state"`
	Disposition Disposition `json:"disposition"`
	Tier        Tier        `json:"tier"`
	Severity    Severity    `json:"severity"`
	Category    Category    `json:"category"`
	Platform    Platform    `json:"platform"`
	Account     string      `json:"account"`
	Brand       string      `json:"brand"`
	Channel     string      `json:"channel"`
	Author      Name        `json:"author"`
	Assignee    string      `json:"assignee,omitempty"`
	Holder      string      `json:"holder,omitempty"` // of the lease
	HeldUntil   time.Time   `json:"held_until,omitzero"`
	Deadline    time.Time   `json:"deadline,omitzero"`
	Breached    bool        `json:"breached,omitempty"` // an open clock missed its deadline
	Team        string      `json:"team,omitempty"`
	Review      bool        `json:"review,omitempty"` // triage was unsure, and nobody has looked yet
	Tags        []string    `json:"tags,omitempty"`
	Lang        string      `json:"lang,omitempty"`
	Preview     string      `json:"preview,omitempty"`
	Created     time.Time   `json:"created"`
	Updated     time.Time   `json:"updated"`
	Messages    int         `json:"message_count"`
	Waiting     time.Time   `json:"waiting,omitzero"` // since then the customer has had no answer
}

// A Name is as much of an author as a list shows.
type Name struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Handle string `json:"handle,omitempty"`
}

// nameBytes bounds a name on lists and pages: some 50 emoji, 66 letters of Thai. Whoever
// calls themselves longer things would fill a list with themselves.
const nameBytes = 200

// ShortName is a name where it is not too long to be shown, else its beginning.
func ShortName(name string) string { return begin(name, nameBytes) }

// Card returns what a list shows of t.
func (t Ticket) Card() Card {
	c := Card{
		ID: t.ID, Version: t.Version, State: t.State, Disposition: t.Disposition, Tier: t.Tier, Severity: t.Severity, Category: t.Category,
		Platform: t.Platform, Account: t.Account, Brand: t.Brand, Channel: t.Channel,
		Author:   Name{ID: t.Author.ID, Name: ShortName(t.Author.Name), Handle: ShortName(t.Author.Handle)},
		Assignee: t.Assignee, Holder: t.Lease.Agent, HeldUntil: t.Lease.Until, Deadline: t.Deadline(), Team: t.Team, Review: t.Review, Tags: t.Tags, Lang: t.Lang, Preview: t.Preview,
		Created: t.Created, Updated: t.Updated, Messages: t.Messages,
	}
	for _, clock := range t.Clocks {
		c.Breached = c.Breached || clock.open() && clock.Breached()
	}
	if len(t.Unanswered) > 0 {
		c.Waiting = t.Unanswered[0].At
	}
	return c
}

// A WorklistQuery says which worklists to read as one, by deadline. Brands must
// be named, since an index has a key for each; no tiers are all of them, and no
// states are those in which a ticket is worked on.
type WorklistQuery struct {
	Brands []string
	Tiers  []Tier
	States []State // NoAnswer is one of them here
}

// Listed is List of the ticket that a card is of.
func (c Card) Listed() (State, bool) {
	return Ticket{State: c.State, Disposition: c.Disposition}.List()
}
