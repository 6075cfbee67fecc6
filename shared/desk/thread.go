package desk

import "time"

// A Thread is what the table knows of an author's thread when an event of it
// comes in.
type Thread struct {
	Ticket    Ticket     // the present one; with an id and version 0 where there is none yet
	Known     bool       // the event is in the log already
	Delivery  string     // which it came by, when it is known and that was noted
	Tombstone *Tombstone // an edit or deletion that came before the message it is about
}

// A Tombstone waits for a message that is not there yet.
type Tombstone struct {
	Deleted bool
	Text    string    // of an edit
	At      time.Time // by the platform's clock
}

// A Change is one step of a ticket's life as it is written: the entry, and the
// ticket it leads to, both or neither.
type Change struct {
	Before Ticket // as read; its version is the condition
	After  Ticket // Before after Entry, or the thread's next ticket, Before then being kept as an earlier one
	Entry  Entry
	Thread ThreadKey // of an event
	Event  *Event    // of an event, whose item is also the check for duplicates
	Raw    RawEvent  // the event as it came
	DueAt  time.Time // when the sweep has to look at After
}

// A Kept is something the desk could not use yet, kept whole.
type Kept struct {
	ID     string    `json:"id"`
	Raw    RawEvent  `json:"raw"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// A Glimpse is a Kept as lists have it: Raw.Body may be no more than the
// beginning.
type Glimpse struct {
	Kept
	Bytes int // of the whole body
}

// A Due is something the desk has to look at by itself, and when. The nudge of a
// ticket names no version: whatever it is by then decides.
type Due struct {
	Nudge   Nudge
	At      time.Time
	Notices bool // it is for the queue of notices: a notice, or a mailbox
}

// A ReceivedNudge is one that a queue handed out. It is hidden from others until
// its receipt is used to delete it or give it back, or its time is up.
type ReceivedNudge struct {
	Nudge   Nudge
	Receipt string
}
