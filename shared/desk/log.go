package desk

import "time"

// A What names an entry of a ticket's log.
type What string

// What can happen to a ticket. Each changes it as Apply says, and nothing else
// does.
const (
	Received      What = "received" // a customer's message
	Edited        What = "edited"   // of a message, by its author
	Deleted       What = "deleted"  // of a message, by its author
	SentElsewhere What = "answered elsewhere"
	Noticed       What = "noticed" // any other event of the thread: a receipt, a reaction, an unsupported one
	Claimed       What = "claimed"
	TakenOver     What = "taken over"
	Extended      What = "extended" // the lease
	Released      What = "released"
	Lapsed        What = "lapsed" // the lease, without a reply
	Assigned      What = "assigned"
	Noted         What = "noted"
	Replied       What = "replied"       // a reply written, on its way
	TakenBack     What = "taken back"    // a reply, by who wrote it, before it went out
	Sending       What = "sending"       // handed to the platform
	Sent          What = "sent"          // accepted by the platform
	SendDeferred  What = "send deferred" // not now, again later
	SendFailed    What = "send failed"
	SendUncertain What = "send unknown" // it may have arrived: a person checks
	Escalated     What = "escalated"    // by a person
	HandedBack    What = "handed back"
	Held          What = "held"
	Resumed       What = "resumed" // a hold came to its end
	Snoozed       What = "snoozed" // put off until an instant, or until the customer writes
	Woken         What = "woken"   // a snooze came to its end
	SolvedNow     What = "solved"
	ReopenedNow   What = "reopened"
	ClosedNow     What = "closed"
	Retagged      What = "tagged"
	Corrected     What = "corrected"          // the verdict, by a person
	Promoted      What = "promoted"           // from no answer needed
	Undelivered   What = "undelivered"        // accepted by the platform, which says later that it never arrived
	Introduced    What = "introduced"         // the platform told who the author is
	Moderated     What = "moderated"          // asked for by a person, on its way
	ModeratedNow  What = "moderation done"    // by the platform
	ModerateFail  What = "moderation refused" // by the platform
	Warned        What = "warned"             // a clock is about to miss
	Breached      What = "breached"           // a clock missed: a step of the chain
	MergedInto    What = "merged into"        // another ticket, which goes on
	MergedFrom    What = "merged from"        // another ticket, which has ended
	Linked        What = "linked"             // to another ticket, as it is to this one
	Unlinked      What = "unlinked"           // from it
	Swarmed       What = "swarmed"            // others were asked in
	SwarmLeft     What = "left the swarm"
	Notified      What = "notified"       // people and programs, of what an entry did: how that ended, in Why
	VendorTold    What = "sent to vendor" // the ticket, outside the desk
	VendorSaid    What = "vendor said"    // what became of it there
)

// A DeliveryState says how far a reply has got.
type DeliveryState string

// The ends and stages of a reply.
const (
	Queued          DeliveryState = "queued"
	BeingSent       DeliveryState = "sending" // handed over; whether it arrived is not known yet
	Accepted        DeliveryState = "accepted"
	Delivered       DeliveryState = "delivered" // to the customer's device, as the platform tells
	Read            DeliveryState = "read"
	DeliveryFailed  DeliveryState = "failed"
	DeliveryUnknown DeliveryState = "unknown"
	Undone          DeliveryState = "taken back" // before it went out: nobody outside has seen it
)

// A Message is one thing somebody said in a ticket's conversation, to the
// customer or, as a note, to the desk.
type Message struct {
	ID          string        `json:"id,omitempty"` // the platform's own; of a reply once it is known
	Key         string        `json:"key"`          // the event's, or a reply's or note's idempotency key
	Direction   Direction     `json:"direction"`
	Visibility  Visibility    `json:"visibility"`
	Text        string        `json:"text"`
	Author      Author        `json:"author"`
	Account     string        `json:"account,omitempty"`
	Time        time.Time     `json:"time,omitzero"` // by the platform's clock; as received where it does not say
	Received    time.Time     `json:"received,omitzero"`
	Permalink   string        `json:"permalink,omitempty"`
	Parent      string        `json:"parent,omitempty"`
	Attachments []Attachment  `json:"attachments,omitempty"`
	Standby     bool          `json:"standby,omitempty"`
	Aside       bool          `json:"aside,omitempty"`
	Deleted     bool          `json:"deleted,omitempty"`
	EditedAt    time.Time     `json:"edited_at,omitzero"`
	Delivery    DeliveryState `json:"delivery,omitempty"`
	Problem     string        `json:"problem,omitempty"` // why a send failed, for the agent
	Tries       int           `json:"tries,omitempty"`   // how often a reply was handed to the platform
	Seen        int64         `json:"seen,omitempty"`    // the ticket's version that the author of a reply had before them
	Form        string        `json:"form,omitempty"`    // as Event.Form
	Template    *Template     `json:"template,omitempty"`
	Unfetched   string        `json:"unfetched,omitempty"` // why its content could not be fetched
	Automatic   Answer        `json:"automatic,omitempty"` // that no person wrote it: ByBot or ByReceipt
	// Of what is no message but an action on one, on its way out like a reply:
	// what is done, to the message with the id Parent and the key About.
	Moderation ModerationAction `json:"moderation,omitempty"`
	About      string           `json:"about,omitempty"`
	// Of what came by the thread of a ticket that was merged into this one: that ticket.
	// It was said in another conversation, to which no reply of this ticket goes.
	Via TicketID `json:"via,omitempty"`
}

// Message returns what e says as a message, received at an instant.
func (e Event) Message(received time.Time) *Message {
	m := &Message{
		ID: e.ID, Key: e.Key, Direction: e.Direction, Visibility: e.Visibility, Text: e.Text, Author: e.Author, Account: e.Account,
		Time: e.Time, Received: received, Permalink: e.Permalink, Parent: e.Parent, Attachments: e.Attachments, Standby: e.Standby, Aside: e.Aside,
		Form: e.Form, Unfetched: e.Unfetched,
	}
	if m.Time.IsZero() {
		m.Time = received
	}
	return m
}

// An Entry is one line of a thread's log. Which fields it has depends on What.
// Entries are written once; only the text of what a customer deleted is blanked.
type Entry struct {
	Version int64
	What    What
	At      time.Time // when it took effect on the ticket, by our clock
	Who     string    // a person of the desk; empty for the customer and for the desk itself
	Why     string    // in words for people: a reason, advice, the class of a failure

	Event    Kind     // of Received, Edited, Deleted, SentElsewhere, Noticed
	Message  *Message // of Received, Edited (with the new text), SentElsewhere, Noticed, Noted, Replied
	Verdict  *Verdict // of Received, Edited, Corrected
	Was      *Verdict // of Corrected: what stood before, without its grounds
	Policy   string   // of Received: the version in force
	Target   string   // the key of the message that Edited, Deleted, Sending... are about; of MergedInto, MergedFrom, Linked, Unlinked the other ticket's id; of a ticket's first entry the one that the thread's ticket before it was merged into
	Lease    Lease    // of Claimed, TakenOver, Extended
	Assignee string   // of Assigned; of Corrected, who has the ticket and keeps it
	Tier     Tier     // of Escalated, HandedBack, Corrected, Breached: the tier it goes to; of MergedFrom the other's, whose category and severity are those of Verdict
	Metric   Metric   // of Warned, Breached
	Cycle    int
	Level    int
	Step     StepKind  // of Breached: what was done about it
	To       []string  // of Breached: who was told; of Noted: who is named in it; of Swarmed: who was asked in; of SwarmLeft: who left
	Passed   bool      // of Breached: the step was left out, for the reason Why
	Deadline time.Time // of Warned, Breached: the one that is or was missed
	Until    time.Time // of Held, Snoozed; of Replied: until when it is held and can be taken back, zero for not at all; of MergedFrom since when the customer waits there; of Sending and SendDeferred: when another try may be made; of Breached: till when the first step waits
	Tags     []string  // of Retagged, Corrected: all of them from now on
	Seen     int64     // of Sent, SentElsewhere: the ticket's version that the reply's author had before them; below zero, nothing of it
	Doubt    bool      // of SendDeferred: the platform may have the reply all the same

	// Of Noticed and Moderated...: what was done to the message Target, here the
	// platform's id or, of our own doing, its key; and how far a message of ours
	// has got, the one Target or, without one, all sent until Until.
	Moderation ModerationAction
	Delivery   DeliveryState
	Profile    bool    // of Received: the platform can be asked who the author is
	Origin     *Origin // of the first entry of a ticket
}

// An Origin says where a ticket comes from. It never changes.
type Origin struct {
	Platform     Platform   `json:"platform"`
	App          string     `json:"app"`
	Account      string     `json:"account"`
	Channel      string     `json:"channel"`
	Brand        string     `json:"brand"`
	Conversation string     `json:"conversation"`
	Visibility   Visibility `json:"visibility"`
}
