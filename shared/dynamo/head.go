package dynamo

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/desk"
)

// headRecord is a ticket as HEAD and T# hold it in their attribute "t", beside
// "v" (version), "n" (number) and "nudged". Older binaries run beside newer
// ones and write the whole of it, so its shape is closed: a field that comes
// later gets an attribute of its own, which those leave alone.
type headRecord struct {
	Touched     int64             `json:"touched,omitzero"`
	Policy      string            `json:"policy,omitzero"`
	Origin      desk.Origin       `json:"origin"`
	Author      desk.Author       `json:"author"`
	Lang        string            `json:"lang,omitzero"`
	State       desk.State        `json:"state"`
	Disposition desk.Disposition  `json:"disposition"`
	Category    desk.Category     `json:"category,omitzero"`
	Severity    desk.Severity     `json:"severity,omitzero"`
	Tier        desk.Tier         `json:"tier"`
	Sentiment   desk.Sentiment    `json:"sentiment,omitzero"`
	Tags        []string          `json:"tags,omitempty"`
	Verdict     desk.Verdict      `json:"verdict"`
	VerdictOn   string            `json:"verdict_on,omitzero"`
	Corrected   bool              `json:"corrected,omitzero"`
	Assignee    string            `json:"assignee,omitzero"`
	Lease       desk.Lease        `json:"lease,omitzero"`
	Clocks      []desk.Clock      `json:"clocks,omitempty"`
	Unanswered  []desk.Unanswered `json:"unanswered,omitempty"`
	Outbox      []string          `json:"outbox,omitempty"`
	OutboxAt    time.Time         `json:"outbox_at,omitzero"`
	Behind      string            `json:"behind,omitzero"`
	DueBack     time.Time         `json:"due_back,omitzero"`
	Created     time.Time         `json:"created,omitzero"`
	Updated     time.Time         `json:"updated,omitzero"`
	Entered     time.Time         `json:"entered,omitzero"`
	Preview     string            `json:"preview,omitzero"`
	PreviewOf   string            `json:"preview_of,omitzero"`
	Messages    int               `json:"messages,omitzero"`
	Previous    desk.TicketID     `json:"previous,omitzero"`
}

func record(t desk.Ticket) headRecord {
	return headRecord{
		Touched: t.Touched, Policy: t.Policy, Origin: t.Origin, Author: t.Author, Lang: t.Lang, State: t.State, Disposition: t.Disposition,
		Category: t.Category, Severity: t.Severity, Tier: t.Tier, Sentiment: t.Sentiment, Tags: t.Tags, Verdict: t.Verdict, VerdictOn: t.VerdictOn,
		Corrected: t.Corrected, Assignee: t.Assignee, Lease: t.Lease, Clocks: t.Clocks, Unanswered: t.Unanswered, Outbox: t.Outbox,
		OutboxAt: t.OutboxAt, Behind: t.Behind, DueBack: t.DueBack, Created: t.Created, Updated: t.Updated, Entered: t.Entered, Preview: t.Preview,
		PreviewOf: t.PreviewOf, Messages: t.Messages, Previous: t.Previous,
	}
}

func (r headRecord) ticket() desk.Ticket {
	return desk.Ticket{
		Touched: r.Touched, Policy: r.Policy, Origin: r.Origin, Author: r.Author, Lang: r.Lang, State: r.State, Disposition: r.Disposition,
		Category: r.Category, Severity: r.Severity, Tier: r.Tier, Sentiment: r.Sentiment, Tags: r.Tags, Verdict: r.Verdict, VerdictOn: r.VerdictOn,
		Corrected: r.Corrected, Assignee: r.Assignee, Lease: r.Lease, Clocks: r.Clocks, Unanswered: r.Unanswered, Outbox: r.Outbox,
		OutboxAt: r.OutboxAt, Behind: r.Behind, DueBack: r.DueBack, Created: r.Created, Updated: r.Updated, Entered: r.Entered, Preview: r.Preview,
		PreviewOf: r.PreviewOf, Messages: r.Messages, Previous: r.Previous,
	}
}

// ticketOf reads the ticket of a HEAD or T#. A HEAD without a version is one
// that only remembers tombstones: there is no ticket yet.
func ticketOf(i item) (desk.Ticket, error) {
	thread, ok := strings.CutPrefix(textOf(i, "pk"), threadPK(""))
	if !ok || numberOf(i, "n") <= 0 || numberOf(i, "v") <= 0 {
		return desk.Ticket{}, broken(i, errors.New("no thread, number or version"))
	}
	parts := [][]byte{bytesOf(i, "t")}
	if card := bytesOf(i, "card"); card != nil {
		parts = [][]byte{card, parts[0]}
	}
	plain, err := unpack(parts...)
	if err != nil {
		return desk.Ticket{}, broken(i, err)
	}
	var r headRecord
	if err := json.Unmarshal(plain, &r); err != nil {
		return desk.Ticket{}, broken(i, err)
	}
	t := r.ticket()
	t.ID, t.Version, t.Nudged = desk.NewTicketID(thread, int(numberOf(i, "n"))), numberOf(i, "v"), instantOf(i, "nudged")
	t.Profile, t.Forget = desk.ProfileState(textOf(i, "profile")), instantOf(i, "forget")
	t.Team, t.Lane, t.Review = textOf(i, "team"), textOf(i, "lane"), i["review"] != nil
	t.Into, t.Told = desk.TicketID(textOf(i, "into")), numberOf(i, "told")
	if loan := textOf(i, "loan"); loan != "" {
		if err := json.Unmarshal([]byte(loan), &t.Loan); err != nil {
			return desk.Ticket{}, broken(i, err)
		}
	}
	if grace := textOf(i, "grace"); grace != "" {
		if err := json.Unmarshal([]byte(grace), &t.Grace); err != nil {
			return desk.Ticket{}, broken(i, err)
		}
	}
	if ties := textOf(i, "ties"); ties != "" {
		if err := json.Unmarshal([]byte(ties), &t.Ties); err != nil {
			return desk.Ticket{}, broken(i, err)
		}
	}
	return t, nil
}

// cardOf reads what a list shows from a row of the first index.
func cardOf(i item) (desk.Card, error) {
	plain, err := unpack(bytesOf(i, "card"))
	if err != nil {
		return desk.Card{}, broken(i, err)
	}
	var c desk.Card
	if err := json.Unmarshal(plain, &c); err != nil {
		return desk.Card{}, broken(i, err)
	}
	return c, nil
}

// maxHead is how many bytes a ticket and its card may be packed to; an item holds
// 400 KB in all.
const maxHead = 380_000

// headUpdate is the write that takes HEAD from before to after. It names the
// attributes it sets and no others: a newer binary's stay.
func (s *Store) headUpdate(before, after desk.Ticket, dueAt time.Time) (*update, error) {
	thread, n, ok := after.ID.Split()
	if !ok {
		return nil, fmt.Errorf("dynamo: %q is no ticket id: %w", after.ID, desk.ErrInvalid)
	}
	card, err := json.Marshal(after.Card())
	if err != nil {
		return nil, fmt.Errorf("dynamo: encoding a card: %w", err)
	}
	whole, err := json.Marshal(record(after))
	if err != nil {
		return nil, fmt.Errorf("dynamo: encoding a ticket: %w", err)
	}
	packed, err := s.pack(card, whole)
	if err != nil {
		return nil, err
	}
	if size := len(packed[0]) + len(packed[1]); size > maxHead {
		return nil, fmt.Errorf("dynamo: a ticket of %d bytes is more than an item holds: %w", size, desk.ErrInvalid)
	}
	u := newUpdate(s.Table, threadPK(thread), head)
	u.set("v", number(after.Version))
	u.set("n", number(n))
	u.set("card", binary(packed[0]))
	u.set("t", binary(packed[1]))
	if after.ID != before.ID || !after.Nudged.Equal(before.Nudged) { // else leave the stamp of whoever nudged since
		if after.Nudged.IsZero() {
			u.remove("nudged")
		} else {
			u.set("nudged", instant(after.Nudged))
		}
	}
	if after.ID != before.ID || after.Profile != before.Profile {
		if after.Profile == "" {
			u.remove("profile")
		} else {
			u.set("profile", text(string(after.Profile)))
		}
	}
	if !after.Forget.Equal(before.Forget) {
		u.set("forget", instant(after.Forget))
	}
	if next := after.ID != before.ID; next || after.Team != before.Team || after.Lane != before.Lane || after.Review != before.Review ||
		after.Into != before.Into || after.Told != before.Told || after.Loan != before.Loan || !after.Ties.Equal(before.Ties) ||
		!desk.SameGrace(after.Grace, before.Grace) {
		route, err := routeOf(after)
		if err != nil {
			return nil, err
		}
		for name, value := range route {
			if value != nil {
				u.set(name, value)
			} else if before.Version > 0 {
				u.remove(name)
			}
		}
	}
	u.place("gsi1", listed(after, dueAt))
	u.place("gsi2", due(after, dueAt))
	u.place("gsi4", assigned(after))
	if before.Version == 0 {
		u.whenMissing("v")
	} else {
		_, was, _ := before.ID.Split()
		u.whenIs("v", number(before.Version))
		u.whenIs("n", number(was))
		whenUnstamped(u, before, after)
	}
	return u, nil
}

// routeOf is what a ticket has beside its record of whom it is routed to, of whether a
// person should look at its verdict, of the ticket that goes on in its place, of the
// last entry that somebody is told of, of the vendor who has it, of what it has to do
// with others, and of replies that can be taken back; nil for what it has not.
func routeOf(t desk.Ticket) (map[string]types.AttributeValue, error) {
	of := map[string]types.AttributeValue{"team": nil, "lane": nil, "review": nil, "into": nil, "told": nil, "loan": nil, "ties": nil, "grace": nil}
	if t.Team != "" {
		of["team"] = text(t.Team)
	}
	if t.Lane != "" {
		of["lane"] = text(t.Lane)
	}
	if t.Review {
		of["review"] = number(1)
	}
	if t.Into != "" {
		of["into"] = text(string(t.Into))
	}
	if t.Told > 0 {
		of["told"] = number(t.Told)
	}
	if t.Loan != (desk.Loan{}) {
		loan, err := json.Marshal(t.Loan)
		if err != nil {
			return nil, fmt.Errorf("dynamo: encoding a loan: %w", err)
		}
		of["loan"] = text(string(loan))
	}
	if len(t.Grace) > 0 {
		grace, err := json.Marshal(t.Grace)
		if err != nil {
			return nil, fmt.Errorf("dynamo: encoding what can be taken back: %w", err)
		}
		of["grace"] = text(string(grace))
	}
	if !t.Ties.None() {
		ties, err := json.Marshal(t.Ties)
		if err != nil {
			return nil, fmt.Errorf("dynamo: encoding ties: %w", err)
		}
		of["ties"] = text(string(ties))
	}
	return of, nil
}

// earlierItem is the T# of a ticket that another follows in its thread.
func (s *Store) earlierItem(t desk.Ticket) (item, error) {
	thread, n, ok := t.ID.Split()
	if !ok {
		return nil, fmt.Errorf("dynamo: %q is no ticket id: %w", t.ID, desk.ErrInvalid)
	}
	whole, err := json.Marshal(record(t))
	if err != nil {
		return nil, fmt.Errorf("dynamo: encoding a ticket: %w", err)
	}
	packed, err := s.pack(whole)
	if err != nil {
		return nil, err
	}
	i := key(threadPK(thread), earlierKey(n))
	i["v"], i["n"], i["t"] = number(t.Version), number(n), binary(packed[0])
	if !t.Nudged.IsZero() {
		i["nudged"] = instant(t.Nudged)
	}
	if !t.Forget.IsZero() {
		i["forget"] = instant(t.Forget)
	}
	if t.Profile != "" {
		i["profile"] = text(string(t.Profile))
	}
	route, err := routeOf(t)
	if err != nil {
		return nil, err
	}
	for name, value := range route {
		if value != nil {
			i[name] = value
		}
	}
	return i, nil
}

// whenUnstamped has a change be refused that is next due because of what a stamp, which
// leaves the version as it is, has done since: else the ticket would be due for ever.
func whenUnstamped(u *update, before, after desk.Ticket) {
	if after.ID == before.ID && after.Profile == desk.ProfileWanted && before.Profile == desk.ProfileWanted {
		u.whenIs("profile", text(string(before.Profile)))
	}
	if !after.Forget.IsZero() && after.Forget.Equal(before.Forget) {
		u.whenIs("forget", instant(before.Forget))
	}
}
