// Package desk is the vocabulary of the help desk in its users' words: what
// customers say, the tickets it belongs to, how fast and by whom those are
// answered, the claims agents hold, and the log that all of it is folded from.
//
// Everything here is a value or a pure function of values. Nothing reads a
// clock, a network or a table; callers pass the time in. It imports nothing but
// the standard library, and everything else in the desk may import it.
package desk

import (
	"cmp"
	"encoding/json"
	"time"
)

// A Platform is a network, such as "line".
type Platform string

// An App is one registration of ours with a platform: an entry of the accounts
// file, and the end of a webhook address.
type App struct {
	Platform Platform `json:"platform"`
	Name     string   `json:"name"`
}

// A RawEvent is one event as its platform sent it. The door signs for it,
// triage reads it. Body is a whole webhook body that holds this event alone, so
// that what was kept can be replayed as a webhook.
type RawEvent struct {
	App      App               `json:"app"`
	Account  string            `json:"account,omitempty"` // the page, bot or number it is about, where the door can tell
	Header   map[string]string `json:"header,omitempty"`  // the headers that matter to reading it, names in lower case
	Body     []byte            `json:"body"`
	Received time.Time         `json:"received"`
	Delivery string            `json:"delivery,omitempty"` // names this delivery of it in the ledger; another of the same event has its own
	Whole    bool              `json:"whole,omitempty"`    // Body is all of a webhook that could not be split

	// Of a thin event that went through the fetch: what its platform told when
	// it was asked, in the platform's own JSON, or why it did not.
	Fetched   []byte `json:"fetched,omitempty"`
	Unfetched string `json:"unfetched,omitempty"`
}

// A Kind says what an event tells us.
type Kind string

// The kinds of events. Only MessageCreated makes or extends a ticket; what a
// platform adds one day is Unsupported: kept and shown, never dropped.
const (
	MessageCreated Kind = "message.created"
	MessageEdited  Kind = "message.edited"
	MessageDeleted Kind = "message.deleted"
	Reaction       Kind = "reaction"
	Receipt        Kind = "receipt"
	Echo           Kind = "echo" // a message of our own, seen from outside
	Contact        Kind = "contact"
	AccountChanged Kind = "account" // a token revoked, a bot suspended
	Moderation     Kind = "moderation"
	FetchRequired  Kind = "fetch.required" // a thin notice: ids without content
	Control        Kind = "control"        // a platform trying the address
	VendorUpdate   Kind = "vendor"         // what a vendor says about a ticket that they were sent
	Unsupported    Kind = "unsupported"
)

// A Direction says who wrote a message.
type Direction string

// In is from a customer. Out is from the brand's account, and by this desk unless
// triage finds no such reply of ours; OutElsewhere is from the brand by another
// way for certain, such as the shop's own phone.
const (
	In           Direction = "in"
	Out          Direction = "out"
	OutElsewhere Direction = "out-elsewhere"
)

// A Visibility says who can read a message.
type Visibility string

// Who can read a message. A Note is for the desk alone.
const (
	Public  Visibility = "public"
	Private Visibility = "private"
	Group   Visibility = "group"
	Note    Visibility = "note"
)

// An Author is one platform's identity of a person. What a platform does not
// tell is nil, and counts neither for nor against the author.
type Author struct {
	ID           string     `json:"id"` // empty where the platform keeps it to itself
	Name         string     `json:"name,omitempty"`
	Handle       string     `json:"handle,omitempty"`
	Followers    *int64     `json:"followers,omitempty"`
	Following    *int64     `json:"following,omitempty"`
	Verified     *bool      `json:"verified,omitempty"`
	HasPicture   *bool      `json:"has_picture,omitempty"`
	Created      *time.Time `json:"created,omitempty"`
	VIP          *bool      `json:"vip,omitempty"`
	Organisation string     `json:"organisation,omitempty"`
	Alias        string     `json:"alias,omitempty"` // another id of the same identity, such as a phone number beside a user id
	Bio          string     `json:"bio,omitempty"`
	Posts        *int64     `json:"posts,omitempty"` // how many there are of them
	// Told is when the platform told who they are, because it was asked; zero where
	// all that is known came with what they wrote.
	Told time.Time `json:"told,omitzero"`
}

// CardLasts is how long it is before a platform is asked again who somebody is.
const CardLasts = 7 * 24 * time.Hour

// Fresh reports whether a platform told of a not long before now.
func (a Author) Fresh(now time.Time) bool { return !a.Told.IsZero() && now.Sub(a.Told) < CardLasts }

// Known returns a with what is known from before where a does not say, provided that
// both are the same identity and that the platform told of it not long before now.
func (a Author) Known(before Author, now time.Time) Author {
	if !before.Fresh(now) {
		return a
	}
	return a.or(before)
}

// or returns a with what is known from before where a does not say, provided that
// both are the same identity.
func (a Author) or(before Author) Author {
	if a.ID != before.ID {
		return a
	}
	return Author{
		ID: a.ID, Name: cmp.Or(a.Name, before.Name), Handle: cmp.Or(a.Handle, before.Handle), Followers: cmp.Or(a.Followers, before.Followers),
		Following: cmp.Or(a.Following, before.Following), Verified: cmp.Or(a.Verified, before.Verified), HasPicture: cmp.Or(a.HasPicture, before.HasPicture),
		Created: cmp.Or(a.Created, before.Created), VIP: cmp.Or(a.VIP, before.VIP), Organisation: cmp.Or(a.Organisation, before.Organisation),
		Alias: cmp.Or(a.Alias, before.Alias), Bio: cmp.Or(a.Bio, before.Bio), Posts: cmp.Or(a.Posts, before.Posts), Told: cmp.Or(a.Told, before.Told),
	}
}

// An Attachment is what came with a message beside its text. Type is image,
// video, audio, file, sticker, location, contact, link, story, reaction or what the
// platform calls it.
type Attachment struct {
	Type string `json:"type"`
	URL  string `json:"url,omitempty"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"` // a file's name, a place's title and address, a sticker's keywords
	// Until is when the platform wants it forgotten, as a story that a customer
	// mentioned the brand in. Its address is gone from then on, here too.
	Until time.Time `json:"until,omitzero"`
}

// Forget returns the attachments as they are to be kept at now, the next instant at
// which one is to be forgotten, and whether one was.
func Forget(attachments []Attachment, now time.Time) (kept []Attachment, next time.Time, forgot bool) {
	for _, a := range attachments {
		if !a.Until.IsZero() && !a.Until.After(now) {
			a, forgot = Attachment{Type: a.Type, Name: a.Name}, true
		}
		next = sooner(next, a.Until)
		kept = append(kept, a)
	}
	return kept, next, forgot
}

// An Event is a RawEvent once read, in the same shape for every platform.
type Event struct {
	Kind         Kind         `json:"kind"`
	Key          string       `json:"key"` // names the event once per account, over all redeliveries
	ID           string       `json:"id,omitempty"`
	Platform     Platform     `json:"platform"`
	Account      string       `json:"account"`
	Channel      string       `json:"channel"`
	Direction    Direction    `json:"direction"`
	Visibility   Visibility   `json:"visibility"`
	Author       Author       `json:"author"`
	Text         string       `json:"text"`
	Lang         string       `json:"lang,omitempty"`
	Conversation string       `json:"conversation"` // a direct thread, or the root post of a public one, as the platform names it
	Parent       string       `json:"parent,omitempty"`
	Target       string       `json:"target,omitempty"` // the message that an edit, a deletion or a reaction is about
	Permalink    string       `json:"permalink,omitempty"`
	Time         time.Time    `json:"-"` // when it happened by the platform's clock; zero when the event does not say
	Standby      bool         `json:"standby,omitempty"`
	Aside        bool         `json:"aside,omitempty"` // said near us, not to us: group talk that does not mention the brand
	Form         string       `json:"form,omitempty"`  // the platform's kind of message where replying depends on it: mention, review, live, post
	Attachments  []Attachment `json:"attachments"`

	// What follows is between an adapter and triage; `skala parse` prints none.

	// Of is the author whose thread the event belongs to, where that is not who
	// wrote or did it: the customer to whom an echo went. A direct thread's echo
	// has it always.
	Of string `json:"-"`
	// Crowded says that events of others in this conversation may not name the
	// author whose thread they are about, as a page's own comment under a
	// customer's, or name them by their alias alone: the table then finds threads by
	// conversation, or by the author's alias where there is one, as well.
	Crowded bool `json:"-"`
	// Anew says of an edit that it is a message by itself where what it edits never
	// came, as a post that was edited to speak of us.
	Anew bool `json:"-"`
	// In names the thread where that is known by other means than its author.
	In string `json:"-"`
	// Own is which reply of ours an echo or a receipt is about, by the tag that
	// the reply was sent with.
	Own OwnReply `json:"-"`
	// Delivery is how far a receipt says that a message of ours has got, the one
	// named by Own or Target or, with neither, all that were sent until Until.
	Delivery DeliveryState `json:"-"`
	Until    time.Time     `json:"-"`
	Problem  string        `json:"-"` // why a delivery failed, for the agent: a code's meaning, nothing that a customer wrote
	// Moderation is what an event of that kind says was done, to Target.
	Moderation ModerationAction `json:"-"`
	// Needs is what has to be fetched before the event is worth reading. An event
	// whose content is missing, or stands elsewhere, has the kind FetchRequired.
	Needs Need `json:"-"`
	// Unfetched is why what it needed could not be fetched.
	Unfetched string `json:"-"`
	// Profile says that the platform can be asked who the author is.
	Profile bool `json:"-"`
}

// A Need is what a thin event lacks.
type Need string

// What an event may lack: its content, or no more than who its author is. One that
// needs a poll says no more than that its account is worth asking what people wrote.
const (
	NeedsNothing Need = ""
	NeedsContent Need = "content"
	NeedsAuthor  Need = "author"
	NeedsPoll    Need = "poll"
)

// MarshalJSON writes an event as `skala parse` prints it: a time that the event
// lacks is null, no attachments are an empty list.
func (e Event) MarshalJSON() ([]byte, error) {
	type plain Event
	out := struct {
		plain
		Time *time.Time `json:"time"`
	}{plain: plain(e)}
	if out.plain.Attachments == nil {
		out.plain.Attachments = []Attachment{}
	}
	if !e.Time.IsZero() {
		at := e.Time.UTC()
		out.Time = &at
	}
	return json.Marshal(out)
}

// A ThreadKey says which author's thread an event belongs to. Two people under
// one post have two threads.
type ThreadKey struct {
	Platform     Platform
	Account      string
	Conversation string
	Author       string
	Name         string // of the thread, where it is known by that: the rest does not matter then
}

// Thread returns the thread that e belongs to.
func (e Event) Thread() ThreadKey {
	return ThreadKey{Platform: e.Platform, Account: e.Account, Conversation: e.Conversation, Author: cmp.Or(e.Of, e.Author.ID), Name: e.In}
}

// A Nudge says that something deserves a look. Queues carry nothing else except
// raw events on their way in, so a lost or doubled nudge does no harm: the
// table is the truth.
type Nudge struct {
	Ticket  TicketID `json:"ticket,omitempty"`
	Version int64    `json:"version,omitempty"`
	Spill   string   `json:"spill,omitempty"`   // instead of a ticket: an event that the inbound queue once refused
	Mailbox string   `json:"mailbox,omitempty"` // instead of a ticket: what waits for one person or program on one channel
	Assign  bool     `json:"assign,omitempty"`  // instead of a ticket: somebody may be given one
	// Check is an account, in place of a ticket, that somebody wants looked after now.
	Check *AccountKey `json:"check,omitempty"`
}

// UnknownBrand is the brand of an account that no entry of the accounts file
// names. Its events are kept and shown under it, never dropped.
const UnknownBrand = "unknown account"
