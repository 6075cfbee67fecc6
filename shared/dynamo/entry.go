package dynamo

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/desk"
)

// entryRecord is an entry as M# and L# hold it in their attribute "e", beside
// "v" (version), "n" (the ticket's number), "w" (what) and "at", and "was" of a
// correction. An event that is in no ticket's log has no "v" and "n". Its shape
// is closed as headRecord's.
type entryRecord struct {
	Who      string        `json:"who,omitzero"`
	Why      string        `json:"why,omitzero"`
	Event    desk.Kind     `json:"event,omitzero"`
	Message  *desk.Message `json:"message,omitempty"`
	Verdict  *desk.Verdict `json:"verdict,omitempty"`
	Policy   string        `json:"policy,omitzero"`
	Target   string        `json:"target,omitzero"`
	Lease    desk.Lease    `json:"lease,omitzero"`
	Assignee string        `json:"assignee,omitzero"`
	Tier     desk.Tier     `json:"tier,omitzero"`
	Metric   desk.Metric   `json:"metric,omitzero"`
	Cycle    int           `json:"cycle,omitzero"`
	Level    int           `json:"level,omitzero"`
	Step     desk.StepKind `json:"step,omitzero"`
	To       []string      `json:"to,omitempty"`
	Passed   bool          `json:"passed,omitzero"`
	Deadline time.Time     `json:"deadline,omitzero"`
	Until    time.Time     `json:"until,omitzero"`
	Tags     []string      `json:"tags,omitempty"`
	Seen     int64         `json:"seen,omitzero"`
	Doubt    bool          `json:"doubt,omitzero"`
	Origin   *desk.Origin  `json:"origin,omitempty"`

	Moderation desk.ModerationAction `json:"moderation,omitzero"`
	Delivery   desk.DeliveryState    `json:"delivery,omitzero"`
	Profile    bool                  `json:"profile,omitzero"`
}

// entryItem makes the item of e, with raw packed beside it where there is one.
// A raw event too large for an item is cut into pieces of their own.
func (s *Store) entryItem(pk, sk string, e desk.Entry, raw []byte) (entry item, pieces []item, err error) {
	i := key(pk, sk)
	i["w"], i["at"] = text(string(e.What)), instant(e.At)
	if m := e.Message; m != nil && m.ID != "" {
		i["id"] = text(m.ID) // what edits and deletions name it by
	}
	if e.Target != "" {
		i["target"] = text(e.Target)
	}
	if e.Was != nil {
		was, err := json.Marshal(e.Was)
		if err != nil {
			return nil, nil, fmt.Errorf("dynamo: encoding a verdict: %w", err)
		}
		packed, err := s.pack(was)
		if err != nil {
			return nil, nil, err
		}
		i["was"] = binary(packed[0])
	}
	pieces, err = s.packEntry(i, e, raw)
	return i, pieces, err
}

// An item holds 400 KB in all: that many bytes of a packed entry, and of its
// packed raw event beside it.
const (
	maxEntry = 180_000
	maxRaw   = 200_000
)

// packEntry sets in i what e and raw are packed to. It returns desk.ErrInvalid
// for an entry that no item holds.
func (s *Store) packEntry(i item, e desk.Entry, raw []byte) (pieces []item, err error) {
	plain, err := json.Marshal(entryRecord{
		Who: e.Who, Why: e.Why, Event: e.Event, Message: e.Message, Verdict: unquoted(e.Verdict, e.Message), Policy: e.Policy, Target: e.Target, Lease: e.Lease,
		Assignee: e.Assignee, Tier: e.Tier, Metric: e.Metric, Cycle: e.Cycle, Level: e.Level, Step: e.Step, To: e.To, Passed: e.Passed, Deadline: e.Deadline, Until: e.Until,
		Tags: e.Tags, Seen: e.Seen, Doubt: e.Doubt, Origin: e.Origin, Moderation: e.Moderation, Delivery: e.Delivery, Profile: e.Profile,
	})
	if err != nil {
		return nil, fmt.Errorf("dynamo: encoding an entry: %w", err)
	}
	for _, name := range []string{"raw", "pieces", "until"} {
		delete(i, name)
	}
	if m := e.Message; m != nil {
		if _, until, _ := desk.Forget(m.Attachments, time.Time{}); !until.IsZero() {
			i["until"] = number(until.UnixMilli()) // what is to be forgotten is found by it
		}
	}
	parts := [][]byte{plain}
	if len(raw) > 0 {
		parts = append(parts, raw)
	}
	packed, err := s.pack(parts...)
	if err != nil {
		return nil, err
	}
	if len(packed[0]) > maxEntry {
		return nil, fmt.Errorf("an entry of %d bytes is more than an item holds: %w", len(packed[0]), desk.ErrInvalid)
	}
	i["e"] = binary(packed[0])
	switch {
	case len(raw) == 0:
		return nil, nil
	case len(packed[1]) <= maxRaw:
		i["raw"] = binary(packed[1])
		return nil, nil
	}
	pieces = cut(textOf(i, "pk"), textOf(i, "sk"), packed[1])
	i["pieces"] = number(len(pieces))
	return pieces, nil
}

// entryOf reads an entry of the log. What became of a reply since it was written
// stands in attributes of its own, and is part of its message.
func entryOf(i item) (desk.Entry, error) {
	plain, err := unpack(bytesOf(i, "e"))
	if err != nil {
		return desk.Entry{}, broken(i, err)
	}
	var r entryRecord
	if err := json.Unmarshal(plain, &r); err != nil {
		return desk.Entry{}, broken(i, err)
	}
	at := instantOf(i, "at")
	if at.IsZero() || textOf(i, "w") == "" {
		return desk.Entry{}, broken(i, errors.New("no what or at"))
	}
	e := desk.Entry{
		Version: numberOf(i, "v"), What: desk.What(textOf(i, "w")), At: at, Who: r.Who, Why: r.Why, Event: r.Event, Message: r.Message,
		Verdict: r.Verdict, Policy: r.Policy, Target: r.Target, Lease: r.Lease, Assignee: r.Assignee, Tier: r.Tier, Metric: r.Metric,
		Cycle: r.Cycle, Level: r.Level, Step: r.Step, To: r.To, Passed: r.Passed, Deadline: r.Deadline, Until: r.Until, Tags: r.Tags, Seen: r.Seen, Doubt: r.Doubt, Origin: r.Origin,
		Moderation: r.Moderation, Delivery: r.Delivery, Profile: r.Profile,
	}
	if packed := bytesOf(i, "was"); packed != nil {
		was, err := unpack(packed)
		if err != nil {
			return desk.Entry{}, broken(i, err)
		}
		if err := json.Unmarshal(was, &e.Was); err != nil {
			return desk.Entry{}, broken(i, err)
		}
	}
	quote(e.Verdict, e.Message)
	if m := e.Message; m != nil {
		if id := textOf(i, "id"); id != "" {
			m.ID = id
		}
		if state := textOf(i, "delivery"); state != "" {
			m.Delivery, m.Problem = desk.DeliveryState(state), textOf(i, "problem")
		}
		m.Tries += int(numberOf(i, "tries"))
	}
	return e, nil
}

// unquoted is v, of m, without the words that its reasons have from m's text: they
// stand there.
func unquoted(v *desk.Verdict, m *desk.Message) *desk.Verdict {
	if v == nil || m == nil {
		return v
	}
	without := *v
	without.Reasons = slices.Clone(v.Reasons)
	for n, r := range without.Reasons {
		if words, ok := said(r, m.Text); ok && words == r.Text {
			without.Reasons[n].Text = ""
		}
	}
	return &without
}

// quote gives the reasons of v the words that unquoted left out.
func quote(v *desk.Verdict, m *desk.Message) {
	if v == nil || m == nil {
		return
	}
	for n, r := range v.Reasons {
		if words, ok := said(r, m.Text); ok && r.Text == "" {
			v.Reasons[n].Text = words
		}
	}
}

// said is what r is about in text.
func said(r desk.Reason, text string) (words string, ok bool) {
	if r.Start < 0 || r.End <= r.Start || r.End > len(text) {
		return "", false
	}
	return text[r.Start:r.End], true
}

// messageOf reads the message of an item that must have one.
func messageOf(i item) (desk.Message, error) {
	e, err := entryOf(i)
	if err != nil {
		return desk.Message{}, err
	}
	if e.Message == nil {
		return desk.Message{}, broken(i, errors.New("no message"))
	}
	return *e.Message, nil
}

// deliver is the write that says how far the reply that e is about has got by it, and
// false for an entry that is about no delivery.
func (s *Store) deliver(pk, account string, e desk.Entry) (*types.Update, bool) {
	var state desk.DeliveryState
	switch e.What {
	case desk.Sending:
		state = desk.BeingSent
	case desk.Sent, desk.ModeratedNow:
		state = desk.Accepted
	case desk.SendDeferred:
		state = desk.Queued
		if e.Doubt {
			state = desk.BeingSent
		}
	case desk.SendFailed, desk.Undelivered, desk.ModerateFail:
		state = desk.DeliveryFailed
	case desk.SendUncertain:
		state = desk.DeliveryUnknown
	case desk.TakenBack:
		state = desk.Undone
	default:
		return nil, false
	}
	u := newUpdate(s.Table, pk, s.targetKey(account, e))
	u.whenThere("pk")
	u.set("delivery", text(string(state)))
	if e.What == desk.Sending {
		u.add("tries")
	}
	if e.Message != nil && e.Message.ID != "" {
		u.set("id", text(e.Message.ID))
	}
	if e.Why != "" {
		u.set("problem", text(e.Why))
	} else {
		u.remove("problem")
	}
	return u.update(), true
}
