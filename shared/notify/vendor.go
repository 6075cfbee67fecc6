package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/nudge"
	"example.com/skala/shared/post"
)

// What follows hands tickets to vendors and developers outside the desk, with as
// little as they need to know. A ticket is theirs from when they took the letter.

// Said is what customers said; see courier.
type Said interface {
	Said(ctx context.Context, t desk.Ticket) (desk.Message, error)
}

// handingType is the type of what vendors get.
const handingType = "ticket.sent"

// anyone is how long a vendor has who is given no time, by a plan that has none.
const anyone = 24 * time.Hour

// vendor returns who gets the ticket of a notice that it is for vendors.
func (n *Notifier) vendor(notice desk.Notice) (post.Vendor, bool) {
	if notice.Kind != desk.ToldVendor {
		return post.Vendor{}, false
	}
	i := slices.IndexFunc(n.Vendors, func(v post.Vendor) bool { return v.Takes(notice) })
	if i < 0 {
		return post.Vendor{}, false
	}
	return n.Vendors[i], true
}

// nobody is the change that writes into a ticket's log that it is with its own tier
// alone.
func (n *Notifier) nobody(ctx context.Context, notice desk.Notice) (desk.Change, error) {
	c, _, err := n.change(ctx, notice.Ticket, func(t desk.Ticket, _ desk.Clockwork) desk.Entry {
		return t.NotSent("", "nobody outside the desk was told: no vendor is there for such tickets", n.Now())
	})
	return c, err
}

// change is what an entry makes of a ticket, and nothing where that is gone or no longer
// the last of its thread.
func (n *Notifier) change(ctx context.Context, id desk.TicketID, entry func(t desk.Ticket, w desk.Clockwork) desk.Entry) (desk.Change, desk.Clockwork, error) {
	head, err := n.Tickets.Head(ctx, id)
	if errors.Is(err, desk.ErrNotFound) {
		return desk.Change{}, nil, nil
	}
	if err != nil {
		return desk.Change{}, nil, err
	}
	t := head.Ticket
	p, err := n.Policies.Version(ctx, t.Policy)
	if err != nil {
		return desk.Change{}, nil, err
	}
	e := entry(t, p.Plan)
	after := desk.Apply(t, e, p.Plan)
	return desk.Change{Before: t, After: after, Entry: e, DueAt: after.DueAt(p.Plan)}, p.Plan, nil
}

// taken is the entry of a vendor having taken t at now, with a time to answer always.
func (n *Notifier) taken(t desk.Ticket, v post.Vendor, notice desk.Notice, w desk.Clockwork) desk.Entry {
	e := t.SentTo(v.Name, notice, v.Expect, "", n.Now())
	if after := desk.Apply(t, e, w); v.Expect == 0 && after.With(v.Name) && after.AnswersBy().IsZero() {
		e.Until = e.At.Add(anyone)
	}
	return e
}

// of returns the vendor of that name as the file has them; one who is not there any
// more has no more than that.
func (n *Notifier) of(name string) post.Vendor {
	for _, v := range n.Vendors {
		if v.Name == name {
			return v
		}
	}
	return post.Vendor{Name: name}
}

// last is the notice that stands of those in a letter: a ticket that was taken back and
// handed out again is handed out as it is now.
func last(lines map[int64]desk.Notice) desk.Notice {
	return lines[slices.Max(slices.Collect(maps.Keys(lines)))]
}

// A handing is what a vendor is sent of a ticket.
type handing struct {
	Ticket   desk.TicketID `json:"ticket"`
	Brand    string        `json:"brand"`
	Category desk.Category `json:"category,omitempty"`
	Severity desk.Severity `json:"severity"`
	Tags     []string      `json:"tags,omitempty"`
	Language string        `json:"language,omitempty"`
	Why      string        `json:"why,omitempty"` // as whoever sent it wrote, or the chain of a clock says
	AnswerBy time.Time     `json:"answer_by,omitzero"`
	AnswerTo string        `json:"answer_to,omitempty"`
	Text     string        `json:"text,omitempty"`   // the customer's, for vendors who get it
	Author   *desk.Name    `json:"author,omitempty"` // for vendors who get it
}

// handing is the letter that sends a ticket to a vendor, or why it is not sent any
// more. It is made anew for each try: what the customer has taken back meanwhile stays
// here, and the time to answer begins when they have it. Its id is of the notice: the
// numbers of a box's lines begin anew when the box was forgotten.
func (n *Notifier) handing(ctx context.Context, b post.Box, name string, lines map[int64]desk.Notice) (l post.Letter, why string, err error) {
	notice, v := last(lines), n.of(name)
	c, _, err := n.change(ctx, notice.Ticket, func(t desk.Ticket, w desk.Clockwork) desk.Entry { return n.taken(t, v, notice, w) })
	switch t := c.Before; {
	case err != nil:
		return l, "", err
	case t.ID == "":
		return l, "the ticket is gone", nil
	case !c.After.With(name):
		return l, "the ticket was not for vendors any more", nil
	}
	h := handing{Ticket: notice.Ticket, Brand: notice.Brand, Category: notice.Category, Severity: notice.Severity, Tags: notice.Tags, Language: notice.Lang,
		Why: notice.Why, AnswerBy: c.After.AnswersBy().UTC(), AnswerTo: v.Answers}
	if h.AnswerTo == "" && n.Webhooks != "" {
		h.AnswerTo = n.Webhooks + "/webhooks/vendor/" + url.PathEscape(name)
	}
	if v.Text && n.Said != nil {
		m, err := n.Said.Said(ctx, c.Before)
		if err != nil && !errors.Is(err, desk.ErrNotFound) {
			return l, "", err
		}
		h.Text = m.Text
	}
	if v.Author {
		h.Author = &desk.Name{ID: c.Before.Author.ID, Name: c.Before.Author.Name, Handle: c.Before.Author.Handle}
	}
	data, err := json.Marshal(h)
	if err != nil {
		return l, "", fmt.Errorf("writing to a vendor: %w", err)
	}
	return post.Letter{
		ID: b.ID + "-" + strconv.FormatInt(notice.Version, 10), To: name, At: b.First, Thread: string(notice.Ticket), Type: handingType, Data: data,
		Subject: fmt.Sprintf("%s ticket %s: %s", h.Severity, short(h.Ticket), cmp.Or(string(h.Category), "no category")), Lines: h.lines(),
	}, "", nil
}

// lines are what a vendor reads who is told by mail.
func (h handing) lines() []post.Line {
	said := []post.Line{{Text: "Ticket " + string(h.Ticket)}}
	for _, field := range []struct{ name, value string }{
		{"Brand", h.Brand}, {"Category", string(h.Category)}, {"Severity", h.Severity.String()}, {"Tags", strings.Join(h.Tags, ", ")}, {"Language", h.Language}, {"Why", h.Why},
		{"Customer", h.customer()}, {"The customer wrote", h.Text}, {"Please answer by", h.by()}, {"Please answer to", h.AnswerTo},
	} {
		if field.value != "" {
			said = append(said, post.Line{Text: field.name + ": " + field.value})
		}
	}
	return said
}

func (h handing) by() string {
	if h.AnswerBy.IsZero() {
		return ""
	}
	return h.AnswerBy.Format("2006-01-02 15:04 UTC")
}

func (h handing) customer() string {
	if h.Author == nil {
		return ""
	}
	return strings.TrimSpace(cmp.Or(h.Author.Name, h.Author.ID) + " " + h.Author.Handle)
}

// lend writes into a ticket's log that a vendor has it, or why they don't. It does so
// once, and goes with the last line of the letter: there is one ticket in a box of
// theirs.
func (n *Notifier) lend(ctx context.Context, b post.Box, name string, lines map[int64]desk.Notice) error {
	for line := b.Told + 1; line <= b.Sent; line++ {
		notice, ok := lines[line]
		if !ok {
			continue
		}
		if err := n.lendBy(ctx, b, line, n.of(name), notice); err != nil {
			return err
		}
	}
	b.Told = b.Sent
	return n.Boxes.SaveBox(ctx, b, b.ActAt(nil))
}

func (n *Notifier) lendBy(ctx context.Context, b post.Box, line int64, v post.Vendor, notice desk.Notice) error {
	for range rounds {
		var c desk.Change
		var plan desk.Clockwork
		var err error
		if line == b.Sent {
			c, plan, err = n.change(ctx, notice.Ticket, func(t desk.Ticket, w desk.Clockwork) desk.Entry {
				if b.How == post.Accepted {
					return n.taken(t, v, notice, w)
				}
				return t.NotSent(v.Name, fmt.Sprintf("nobody outside the desk was told: %s (%s)", b.Why, b.How), n.Now())
			})
		}
		if err != nil {
			return err
		}
		err = n.Lines.Told(ctx, b.ID, line, c)
		switch {
		case errors.Is(err, desk.ErrStale):
			continue
		case errors.Is(err, desk.ErrDuplicate):
			return nil
		case err != nil:
			return err
		}
		if c.After.ID == "" || c.After.ActAt(plan).IsZero() {
			return nil
		}
		arms := nudge.Nudger{Due: n.Due} // nobody is to take it who was not told before
		return arms.Arm(ctx, desk.Nudge{Ticket: c.After.ID, Version: c.After.Version}, c.After.ActAt(plan), n.Now())
	}
	return errNeverDone
}
