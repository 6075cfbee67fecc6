package desk

import "time"

// An Outcome says what became of an event that the door accepted. It has exactly
// one, but for what is in quarantine: replayed, it gets another in its place.
type Outcome string

// What becomes of events.
const (
	Ticketed    Outcome = "ticketed"    // it opened a ticket
	Appended    Outcome = "appended"    // it went into the log of one that was there
	Duplicate   Outcome = "duplicate"   // it had been taken in under another delivery
	Ignored     Outcome = "ignored"     // by rule: kept without a ticket, or a platform trying the address
	Quarantined Outcome = "quarantined" // nobody could read it; it is shown, whole
)

// An Acceptance is the door's word that it has the events of one webhook. It is
// written before the platform gets its 200.
type Acceptance struct {
	Delivery string // of the webhook; its events are named by it and their number
	App      App
	Received time.Time // whose hour it counts in, as do all its events
	Accounts []string  // of each event in turn; empty where the door can't tell
}

// A Settlement is what became of one event, as the table has it.
type Settlement struct {
	Delivery string // of the event: see package ledger
	Account  string // empty where an acceptance tells it
	Outcome  Outcome
}

// A LedgerHour is all that the table knows of the events received in one hour.
type LedgerHour struct {
	Hour     time.Time // its beginning
	Accepted []Acceptance
	Settled  []Settlement
}

// LedgerDays is how long the table knows what single events came to. Pages of
// closed hours stay.
const LedgerDays = 40

// An OpenHour is one whose account is not closed.
type OpenHour struct {
	Hour  time.Time
	Again string    // names its last opening, when something of it was replayed
	Since time.Time // when that was
}

// A LedgerRow counts the events of one account in one hour. Accepted is the sum
// of all that follow it, unless an event got two outcomes.
type LedgerRow struct {
	Account     string    `json:"account"` // empty for bodies that could not be split
	Hour        time.Time `json:"hour"`
	Accepted    int       `json:"accepted"`
	Ticketed    int       `json:"ticketed"`
	Appended    int       `json:"appended"`
	Duplicate   int       `json:"duplicate"`
	Ignored     int       `json:"ignored"`
	Quarantined int       `json:"quarantined"`
	InFlight    int       `json:"in_flight"`
}

// A LedgerEvent is an event that does not balance.
type LedgerEvent struct {
	Delivery string    `json:"delivery"`
	Account  string    `json:"account"`
	App      App       `json:"app,omitzero"` // where an acceptance tells it
	Received time.Time `json:"received,omitzero"`
	Outcomes []Outcome `json:"outcomes"` // none: it is in flight, or lost; two: it was taken in twice
}

// A LedgerPage is the account of one hour.
type LedgerPage struct {
	Hour       time.Time     `json:"hour"`
	Rows       []LedgerRow   `json:"rows"`       // by account
	Difference []LedgerEvent `json:"difference"` // what is in flight or doubled; when the hour has long been over, what is wrong
	Closed     bool          `json:"closed"`     // it balances and will not change, unless something is replayed
}
