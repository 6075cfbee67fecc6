package desk

import "time"

// An AccountKey names an account of the accounts file.
type AccountKey struct {
	Platform Platform `json:"platform"`
	App      string   `json:"app"`
	ID       string   `json:"id"`
}

// AccountKey names the account that a ticket came in by and its replies leave by.
func (o Origin) AccountKey() AccountKey { return AccountKey{o.Platform, o.App, o.Account} }

// A Finding is how a platform answered to a question about an account.
type Finding string

// What is found. Without any nobody has asked, or the platform can't be asked.
const (
	FoundWell       Finding = "well"
	FoundRefused    Finding = "refused"    // the platform lets the account, or its token, do nothing
	FoundUnanswered Finding = "unanswered" // it did not say
)

// A Subscription says whether a platform sends its webhooks here.
type Subscription string

// Subscriptions. Without any the platform does not tell.
const (
	Subscribed   Subscription = "subscribed"
	Unsubscribed Subscription = "unsubscribed"
)

// A Probe is what a platform tells of an account that it lets in.
type Probe struct {
	Subscription Subscription
	Says         string // what it says of the webhooks that it sends, in our words; empty for nothing
}

// An Account is what is known of an account of the accounts file.
type Account struct {
	AccountKey
	Version int64 `json:"version"` // goes up with each change; 0 of one of which nothing is known

	Probed  time.Time    `json:"probed,omitzero"` // when the platform was asked last
	Found   Finding      `json:"found,omitempty"`
	Since   time.Time    `json:"since,omitzero"` // when that was found first
	Problem string       `json:"problem,omitempty"`
	Hooked  Subscription `json:"subscription,omitempty"`
	Hooks   string       `json:"webhooks,omitempty"` // as Probe.Says

	// Replies wait from Paused until a probe finds the account well, or somebody
	// says that it is; that was last at Resumed.
	Paused    time.Time `json:"paused,omitzero"`
	PausedFor string    `json:"paused_for,omitempty"`
	Resumed   time.Time `json:"resumed,omitzero"`
	ResumedBy string    `json:"resumed_by,omitempty"` // a person of the desk; empty for a probe

	Token TokenState `json:"token,omitzero"` // where its tokens end

	Challenge Challenge `json:"challenge,omitzero"`

	Heard  time.Time `json:"heard,omitzero"` // when the door last took an event of it
	Rhythm Rhythm    `json:"rhythm,omitzero"`
}

// trust is how long after an account was found well a platform's refusal to let it
// do something is about what it was to do, and not about the account.
const trust = time.Hour

// Pausable reports whether replies are to wait for a when a platform refuses one of
// them: not where they wait already, and not where it was found well a moment ago.
func (a Account) Pausable(now time.Time) bool {
	return a.Paused.IsZero() && (a.Resumed.IsZero() || now.Sub(a.Resumed) >= trust)
}

// Pause returns a with its replies waiting for why, and is as a was where they wait
// already.
func (a Account) Pause(why string, now time.Time) Account {
	if a.Paused.IsZero() {
		a.Paused, a.PausedFor = now, why
	}
	return a
}

// Resume returns a with its replies going out; by names who says so.
func (a Account) Resume(by string, now time.Time) Account {
	if !a.Paused.IsZero() {
		a.Paused, a.PausedFor, a.Resumed, a.ResumedBy = time.Time{}, "", now, by
	}
	return a
}

// Learn returns a as a probe found it at now: well with what the platform told, or
// not for why. A platform that refuses has replies wait, one that finds the account
// well lets them go, and one that does not answer changes nothing about them.
func (a Account) Learn(found Finding, p Probe, why string, now time.Time) Account {
	if found != a.Found {
		a.Since = now
	}
	a.Probed, a.Found, a.Problem = now, found, why
	switch found {
	case FoundWell:
		a.Hooked, a.Hooks = p.Subscription, p.Says
		return a.Resume("", now)
	case FoundRefused:
		return a.Pause(why, now)
	}
	return a
}

// Silent reports whether nothing has come in for longer than a's rhythm explains.
func (a Account) Silent(now time.Time) bool {
	return !a.Heard.IsZero() && a.Rhythm.Broken(a.Heard, now)
}

// Unwell reports whether somebody has to see to a: its platform refuses it, sends it
// nothing, asks no more whether our address is ours or gives it no other token, or its
// replies wait.
func (a Account) Unwell() bool {
	return !a.Paused.IsZero() || a.Found == FoundRefused || a.Hooked == Unsubscribed || a.Token.Problem != "" || !a.Challenge.Missed.IsZero()
}

// A HeldBack is a ticket with a reply that waits for its account.
type HeldBack struct {
	Account AccountKey
	Ticket  TicketID
}

// Refusals are the webhooks and handshakes of one app that the door refused on one
// day, in UTC: not signed by their platform, or not ours.
type Refusals struct {
	App  App       `json:"app"`
	Day  time.Time `json:"day"`
	N    int       `json:"n"`
	Last time.Time `json:"last"`
}
