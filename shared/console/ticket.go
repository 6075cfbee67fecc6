package console

import (
	"encoding/json"
	"net/url"
	"time"

	"example.com/skala/shared/desk"
)

// An instant is written in UTC to the second, and null where there is none.
type instant time.Time

// MarshalJSON writes RFC 3339.
func (i instant) MarshalJSON() ([]byte, error) {
	if time.Time(i).IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(time.Time(i).UTC().Format(time.RFC3339Nano))
}

// Time is the instant, for pages.
func (i instant) Time() time.Time { return time.Time(i) }

// A ticketView is a ticket as the API shows it.
type ticketView struct {
	ID          desk.TicketID    `json:"id"`
	Version     int64            `json:"version"`
	State       desk.State       `json:"state"`
	Disposition desk.Disposition `json:"disposition"`
	Tier        desk.Tier        `json:"tier"`
	Severity    desk.Severity    `json:"severity"`
	Category    desk.Category    `json:"category"`
	Tags        []string         `json:"tags"`
	Platform    desk.Platform    `json:"platform"`
	Account     string           `json:"account"`
	Brand       string           `json:"brand"`
	Channel     string           `json:"channel"`
	Author      desk.Author      `json:"author"`
	Assignee    string           `json:"assignee"`
	Team        *string          `json:"team"` // null for whoever serves the tier
	Lane        string           `json:"lane,omitempty"`
	Review      bool             `json:"review"`
	Corrected   bool             `json:"corrected,omitempty"`
	Lease       *leaseView       `json:"lease"`
	Created     instant          `json:"created"`
	Updated     instant          `json:"updated"`
	Previous    desk.TicketID    `json:"previous,omitempty"`
	Into        desk.TicketID    `json:"into,omitempty"`  // that it was merged into
	Links       []desk.TicketID  `json:"links,omitempty"` // related tickets
	Swarm       []string         `json:"swarm,omitempty"` // who works on it beside its assignee
	Until       *instant         `json:"until,omitempty"` // of a hold or a snooze that has an end
	Capability  desk.Capability  `json:"capability"`
	Blocked     bool             `json:"blocked,omitempty"` // the author, by the account
	Vendor      *vendorView      `json:"vendor,omitempty"`
	Messages    []messageView    `json:"messages"`
	Verdict     verdictView      `json:"verdict"`
	Clocks      []clockView      `json:"clocks"`
	Timeline    []changeView     `json:"timeline"`
}

// A leaseView says who types now. The token is its holder's alone.
type leaseView struct {
	Agent   string  `json:"agent"`
	Expires instant `json:"expires"`
}

type messageView struct {
	ID          string             `json:"id"`
	Key         string             `json:"key"`
	Direction   desk.Direction     `json:"direction"`
	Visibility  desk.Visibility    `json:"visibility"`
	Text        string             `json:"text"`
	Author      desk.Author        `json:"author"`
	Account     string             `json:"account"`
	Time        instant            `json:"time"`
	Permalink   string             `json:"permalink"`
	Attachments []desk.Attachment  `json:"attachments"`
	Parent      string             `json:"parent,omitempty"`
	Deleted     bool               `json:"deleted,omitempty"`
	EditedAt    *instant           `json:"edited_at,omitempty"`
	Delivery    desk.DeliveryState `json:"delivery,omitempty"`
	HeldUntil   *instant           `json:"held_until,omitempty"` // and can be taken back until then
	TakenBack   *withdrawal        `json:"taken_back,omitempty"`
	Problem     string             `json:"problem,omitempty"`
	Tries       int                `json:"tries,omitempty"`
	Form        string             `json:"form,omitempty"`
	Template    *desk.Template     `json:"template,omitempty"`
	Unfetched   string             `json:"unfetched,omitempty"`
	Standby     bool               `json:"standby,omitempty"`
	Aside       bool               `json:"aside,omitempty"`
	Via         desk.TicketID      `json:"via,omitempty"` // the merged ticket that it came by
	Hidden      bool               `json:"hidden,omitempty"`
	Removed     bool               `json:"removed,omitempty"`
	Reactions   []reactionView     `json:"reactions,omitempty"`
	Moderation  []actView          `json:"moderation,omitempty"`
}

type reactionView struct {
	Author desk.Author `json:"author"`
	Text   string      `json:"text"`
	Time   instant     `json:"time"`
}

// An actView is what somebody had the platform do about a message.
type actView struct {
	Key     string                `json:"key"`
	Action  desk.ModerationAction `json:"action"`
	Message string                `json:"message"` // its key
	State   actState              `json:"state"`
	Who     string                `json:"who"`
	Why     string                `json:"why"`
	At      instant               `json:"at"`
	Problem string                `json:"problem,omitempty"`
}

func actViewOf(a act) actView {
	return actView{Key: a.Key, Action: a.Action, Message: a.About, State: a.State, Who: a.Who, Why: a.Why, At: instant(a.At), Problem: a.Problem}
}

// A verdictView is a verdict as `skala classify` prints it; its id is the key of
// the message it is about.
type verdictView struct {
	ID string `json:"id"`
	desk.Verdict
}

type clockView struct {
	Metric   desk.Metric     `json:"metric"`
	Cycle    int             `json:"cycle"`
	Target   string          `json:"target"`
	Deadline instant         `json:"deadline"`
	State    desk.ClockState `json:"state"`
	Breached bool            `json:"breached"`
	Calendar string          `json:"calendar,omitempty"`
	Started  instant         `json:"started"`
	Ended    *instant        `json:"ended,omitempty"`
}

type changeView struct {
	At      instant   `json:"at"`
	Who     string    `json:"who"`
	What    desk.What `json:"what"`
	Why     string    `json:"why"`
	Version int64     `json:"version"`
	About   string    `json:"about,omitempty"`  // the message that it is about: its key or, of what a platform noticed, its id
	Event   desk.Kind `json:"event,omitempty"`  // what was noticed
	Ticket  string    `json:"ticket,omitempty"` // the other of two that were merged or linked
	Vendor  string    `json:"vendor,omitempty"` // who was sent the ticket, or was not, or said something

	Metric desk.Metric   `json:"metric,omitempty"` // of a warning or breach: the clock it is about
	Cycle  int           `json:"cycle,omitempty"`
	Level  int           `json:"level,omitempty"`  // of a breach: the how-manieth step
	Step   desk.StepKind `json:"step,omitempty"`   // of a breach: what was done
	To     []string      `json:"to,omitempty"`     // and who was told
	Passed bool          `json:"passed,omitempty"` // or that it was left out

	Action   desk.ModerationAction `json:"action,omitempty"`
	Delivery desk.DeliveryState    `json:"delivery,omitempty"`
	Message  *messageView          `json:"message,omitempty"` // in an answer that says what changed

	Before *judgedView `json:"before,omitempty"` // of a correction
	After  *judgedView `json:"after,omitempty"`
}

// A judgedView is as much of a verdict as a correction changes, with who judged.
type judgedView struct {
	Category   desk.Category  `json:"category"`
	Severity   desk.Severity  `json:"severity"`
	Tier       desk.Tier      `json:"tier"`
	Sentiment  desk.Sentiment `json:"sentiment"`
	Abusive    bool           `json:"abusive"`
	Actionable bool           `json:"actionable"`
	Confidence float64        `json:"confidence"`
	RunnerUp   desk.Category  `json:"runner_up,omitempty"`
	Team       string         `json:"team,omitempty"`
	Lane       string         `json:"lane,omitempty"`
	Policy     string         `json:"policy"`
	Model      string         `json:"model,omitempty"`
}

func judgedOf(v desk.Verdict) *judgedView {
	return &judgedView{v.Category, v.Severity, v.Tier, v.Sentiment, v.Abusive, v.Actionable, v.Confidence, v.RunnerUp, v.Team, v.Lane, v.Policy, v.Model}
}

// Who did what in a timeline where no person of the desk did.
const (
	byCustomer  = "customer"
	byDesk      = "desk"
	byPlatform  = "platform"
	byElsewhere = "elsewhere" // somebody of the brand, not with this desk
	byVendor    = "vendor"    // somebody outside who was sent the ticket
)

func ticketOf(t desk.Ticket, log []desk.Entry, said talk, able desk.Capability) ticketView {
	v := ticketView{
		ID: t.ID, Version: t.Version, State: t.State, Disposition: t.Disposition, Tier: t.Tier, Severity: t.Severity, Category: t.Category,
		Tags: emptied(t.Tags), Platform: t.Platform, Account: t.Account, Brand: t.Brand, Channel: t.Channel, Author: t.Author, Assignee: t.Assignee,
		Lane: t.Lane, Review: t.Review, Corrected: t.Corrected,
		Created: instant(t.Created), Updated: instant(t.Updated), Previous: t.Previous, Links: t.Ties.Links, Swarm: t.Ties.Swarm, Capability: able, Blocked: said.blocked,
		Messages: []messageView{}, Verdict: verdictView{t.VerdictOn, t.Verdict}, Clocks: []clockView{}, Timeline: []changeView{},
	}
	v.Verdict.Tags, v.Verdict.Reasons = emptied(t.Verdict.Tags), emptied(t.Verdict.Reasons)
	if t.State == desk.Merged {
		v.Into = t.Into
	}
	if !t.DueBack.IsZero() {
		until := instant(t.DueBack)
		v.Until = &until
	}
	if t.Team != "" {
		v.Team = &t.Team
	}
	if t.Lease.Token != "" {
		v.Lease = &leaseView{t.Lease.Agent, instant(t.Lease.Until)}
	}
	for _, s := range said.said {
		v.Messages = append(v.Messages, sayingOf(s))
	}
	for _, clock := range t.Clocks {
		v.Clocks = append(v.Clocks, clockOf(clock))
	}
	v.Vendor = vendorOf(t, log)
	for _, e := range log {
		if e.What != desk.Extended { // a sign of life, once a minute
			v.Timeline = append(v.Timeline, changeOf(e))
		}
	}
	return v
}

// A vendorView is the vendor who has a ticket.
type vendorView struct {
	Name     string    `json:"name"`
	Since    instant   `json:"since"`
	AnswerBy *instant  `json:"answer_by,omitempty"` // while their clock runs
	Tier     desk.Tier `json:"tier"`                // that it goes back to
}

// vendorOf is the vendor who has t, nil for nobody.
func vendorOf(t desk.Ticket, log []desk.Entry) *vendorView {
	if t.Loan.Vendor == "" {
		return nil
	}
	v := &vendorView{Name: t.Loan.Vendor, Tier: t.Loan.Tier}
	for _, e := range log {
		if e.What == desk.VendorTold && !e.Passed {
			v.Since = instant(e.At)
		}
	}
	if by := instant(t.AnswersBy()); !t.AnswersBy().IsZero() {
		v.AnswerBy = &by
	}
	return v
}

// From and By are when they were sent it, and when they are to answer.
func (v vendorView) From() time.Time { return time.Time(v.Since) }
func (v vendorView) By() time.Time   { return time.Time(*v.AnswerBy) }

// emptied returns a list that is written as [] when it is empty.
func emptied[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func messageOf(m desk.Message) messageView {
	v := messageView{ID: m.ID, Key: m.Key, Direction: m.Direction, Visibility: m.Visibility, Text: m.Text, Author: m.Author, Account: m.Account,
		Time: instant(m.Time), Permalink: onTheWeb(m.Permalink), Attachments: attachmentsOf(m), Parent: m.Parent, Deleted: m.Deleted,
		Delivery: m.Delivery, Problem: m.Problem, Tries: m.Tries, Form: m.Form, Template: m.Template, Unfetched: m.Unfetched, Standby: m.Standby, Aside: m.Aside, Via: m.Via}
	if m.Deleted {
		v.Text, v.Attachments = "", []desk.Attachment{}
	}
	if !m.EditedAt.IsZero() {
		at := instant(m.EditedAt)
		v.EditedAt = &at
	}
	return v
}

// attachmentsOf are those of m, with such addresses alone as a program may follow.
func attachmentsOf(m desk.Message) []desk.Attachment {
	all := []desk.Attachment{}
	for _, a := range m.Attachments {
		a.URL = onTheWeb(a.URL)
		all = append(all, a)
	}
	return all
}

// onTheWeb returns an address that a customer or a platform sent, empty for one that
// leads anywhere but to the web: what shows it as a link would run it.
func onTheWeb(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return address
}

func sayingOf(s saying) messageView {
	v := messageOf(s.Message)
	v.Hidden, v.Removed, v.HeldUntil, v.TakenBack = s.Hidden, s.Removed, heldUntil(s.Message, s.Until), s.Withdrawn
	for _, r := range s.Reactions {
		v.Reactions = append(v.Reactions, reactionView{r.Author, r.Text, instant(r.At)})
	}
	for _, a := range s.Acts {
		v.Moderation = append(v.Moderation, actViewOf(a))
	}
	return v
}

func clockOf(clock desk.Clock) clockView {
	v := clockView{Metric: clock.Metric, Cycle: clock.Cycle, Target: targetText(clock.Target), Deadline: instant(clock.Deadline), State: clock.State,
		Breached: clock.Breached(), Calendar: clock.Calendar, Started: instant(clock.Started)}
	if !clock.Ended.IsZero() {
		at := instant(clock.Ended)
		v.Ended = &at
	}
	return v
}

// targetText writes a target as policies do: whole hours, minutes and seconds.
func targetText(d time.Duration) string {
	text := d.Round(time.Second).String()
	for _, zero := range []string{"m0s", "h0m"} {
		if n := len(text) - 2; n > 0 && text[n-1:] == zero {
			text = text[:n]
		}
	}
	return text
}

func changeOf(e desk.Entry) changeView {
	v := changeView{At: instant(e.At), Who: e.Who, What: e.What, Why: e.Why, Version: e.Version, Action: e.Moderation, Delivery: e.Delivery,
		Metric: e.Metric, Cycle: e.Cycle, Level: e.Level, Step: e.Step, To: e.To, Passed: e.Passed}
	switch e.What {
	case desk.Edited, desk.Deleted, desk.Moderated, desk.ModeratedNow, desk.ModerateFail, desk.Undelivered, desk.TakenBack:
		v.About = e.Target
	case desk.Noticed:
		v.About, v.Event = e.Target, e.Event
	case desk.MergedInto, desk.MergedFrom, desk.Linked, desk.Unlinked:
		v.Ticket = e.Target
	case desk.VendorTold:
		v.Vendor = e.Target
	case desk.VendorSaid:
		v.Vendor = e.Message.Author.ID
	case desk.Corrected:
		v.About = e.Target
		if e.Was != nil && e.Verdict != nil {
			v.Before, v.After = judgedOf(*e.Was), judgedOf(*e.Verdict)
		}
	}
	if v.Who == "" {
		v.Who = byWhom(e)
	}
	return v
}

// byWhom says who did what no person of the desk did.
func byWhom(e desk.Entry) string {
	switch e.What {
	case desk.Received, desk.Edited, desk.Deleted:
		return byCustomer
	case desk.SentElsewhere:
		return byElsewhere
	case desk.ModeratedNow, desk.ModerateFail, desk.Undelivered, desk.Introduced:
		return byPlatform
	case desk.VendorSaid:
		return byVendor
	case desk.Noticed:
		switch e.Event {
		case desk.Receipt:
			return byPlatform
		case desk.Moderation, desk.Echo:
			return byElsewhere
		}
		return byCustomer
	}
	return byDesk
}

// changesOf is a log with its messages in place.
func changesOf(log []desk.Entry) []changeView {
	changes := []changeView{}
	for _, e := range log {
		v := changeOf(e)
		if e.Message != nil {
			m := messageOf(*e.Message)
			v.Message = &m
		}
		changes = append(changes, v)
	}
	return changes
}
