package console

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

const (
	usualLimit = 50
	mostLimit  = 200
	mostHeads  = 2000 // that one request with filters looks at
	mostLogs   = 200  // that one request with q reads the messages of
	pageHeads  = 100  // read at once while filtering
)

// A listing is one page of a list.
type listing struct {
	Items  []desk.Card     `json:"items"`
	Next   string          `json:"next"`
	Looked *looked         `json:"looked,omitempty"`
	Unread []desk.TicketID `json:"unreadable,omitempty"` // which belong here, or may, and cannot be read

	tickets []desk.Ticket // that Items are of, where they were read
	named   string        // what q names, "ticket" or "author", in place of words
}

// A looked says how far a filtered list has looked: at so many tickets, back to
// this one's creation. What is older comes with the next page.
type looked struct {
	Tickets int     `json:"tickets"`
	Back    instant `json:"back_to"`
}

// A position is a place in a list: a page of the table's, the last ticket of that
// page which was dealt with, and how much came before.
type position struct {
	Page string        `json:"p,omitempty"`
	Done desk.TicketID `json:"d,omitempty"`
	Skip int           `json:"s,omitempty"`
	Name bool          `json:"n,omitempty"` // q names an author
}

func (p position) cursor() string {
	if p == (position{}) {
		return ""
	}
	text, err := json.Marshal(p)
	if err != nil { // texts and a number
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func positionOf(cursor string) (position, error) {
	var p position
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil && cursor != "" {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		return p, fmt.Errorf("cursor: it is none of ours: %w", errRequest)
	}
	return p, nil
}

func limitOf(r *http.Request) (int, error) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return usualLimit, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("limit: %q is no count: %w", text, errRequest)
	}
	if n > mostLimit {
		return 0, fmt.Errorf("limit: %d is more than %d: %w", n, mostLimit, errRequest)
	}
	return n, nil
}

func (c *Console) apiTickets(w http.ResponseWriter, r *http.Request, who people.Person) error {
	f, err := filterOf(r.URL.Query(), who, c.now())
	if err != nil {
		return err
	}
	limit, err := limitOf(r)
	if err != nil {
		return err
	}
	list, err := c.list(r.Context(), f, r.URL.Query().Get("cursor"), limit)
	if err != nil {
		return err
	}
	list.Items = c.renamed(r.Context(), list.Items...)
	writeJSON(w, http.StatusOK, jsonType, list)
	return nil
}

// list returns a page of the tickets that fit f. By deadline it holds what is on
// a worklist; otherwise every ticket there is, the newest first. What the first
// index says of worklists may be old, so heads are read.
func (c *Console) list(ctx context.Context, f filter, cursor string, limit int) (listing, error) {
	from, err := positionOf(cursor)
	if err != nil {
		return listing{}, err
	}
	if f, err = c.resolved(ctx, f); err != nil {
		return listing{}, err
	}
	var some bool
	if f.brands, some = ofTheirs(ctx, f.brands); !some {
		return listing{Items: []desk.Card{}}, nil
	}
	if f.asIs != "" && !f.words && (cursor == "" || from.Name) {
		if out, found, err := c.byName(ctx, f, from, limit); found || err != nil {
			return out, err
		}
	}
	switch {
	case f.mine != "":
		return c.scan(ctx, f, from, limit, c.assigned(f.mine))
	case f.cards && len(f.authors) == 1:
		return c.scan(ctx, f, from, limit, c.of(f.authors[0]))
	case f.byDeadline && !slices.ContainsFunc(f.states, desk.State.Final):
		return c.scan(ctx, f, from, limit, c.onWorklist(f))
	case len(f.authors) == 1:
		return c.scan(ctx, f, from, limit, c.of(f.authors[0]))
	}
	return c.scan(ctx, f, from, limit, whole(c.cfg.Lists.All))
}

// byName looks q up as the id of a ticket, or of an author: what an index finds
// exactly is not looked for in words. found is false where it is neither.
func (c *Console) byName(ctx context.Context, f filter, from position, limit int) (out listing, found bool, err error) {
	name := f.asIs
	f.q = ""
	if _, _, ok := desk.TicketID(name).Split(); ok {
		tickets, err := c.cfg.Tickets.Tickets(ctx, []desk.TicketID{desk.TicketID(name)})
		unread, err := c.spared(ctx, err)
		if err != nil || len(tickets)+len(unread) == 0 {
			return listing{}, false, err
		}
		if len(tickets) == 0 {
			return listing{Items: []desk.Card{}, Unread: unread, named: "ticket"}, true, nil
		}
		out = listing{Items: []desk.Card{}, named: "ticket"}
		if fits, _ := f.fits(tickets[0].Card()); fits {
			out.Items, out.tickets = []desk.Card{tickets[0].Card()}, tickets
		}
		return out, true, nil
	}
	if !from.Name {
		one, _, err := c.cfg.Lists.Written(ctx, name, "", 1)
		unread, err := c.spared(ctx, err)
		if err != nil || len(one)+len(unread) == 0 {
			return listing{}, false, err
		}
	}
	from.Name = true
	out, err = c.scan(ctx, f, from, limit, c.of(name))
	out.named = "author"
	return out, true, err
}

// A row is a ticket on a list, or what the list itself says of it.
type row struct {
	card   desk.Card
	ticket desk.Ticket // without an id where the card is all there is
}

// A pager returns a page of a list and the cursor of the next.
type pager func(ctx context.Context, after string, limit int) ([]row, string, error)

// whole makes a pager of a list that reads tickets.
func whole(list func(ctx context.Context, after string, limit int) ([]desk.Ticket, string, error)) pager {
	return func(ctx context.Context, after string, limit int) ([]row, string, error) {
		tickets, next, err := list(ctx, after, limit)
		return rowsOf(tickets), next, err
	}
}

func rowsOf(tickets []desk.Ticket) []row {
	rows := make([]row, len(tickets))
	for i, t := range tickets {
		rows[i] = row{t.Card(), t}
	}
	return rows
}

// of pages through the tickets of an author.
func (c *Console) of(author string) pager {
	return whole(func(ctx context.Context, after string, limit int) ([]desk.Ticket, string, error) {
		return c.cfg.Lists.Written(ctx, author, after, limit)
	})
}

// assigned pages through what is somebody's, by deadline.
func (c *Console) assigned(to string) pager {
	return func(ctx context.Context, after string, limit int) ([]row, string, error) {
		cards, next, err := c.cfg.Lists.Assigned(ctx, to, after, limit)
		return cardRows(cards), next, err
	}
}

func cardRows(cards []desk.Card) []row {
	rows := make([]row, len(cards))
	for i, card := range cards {
		rows[i].card = card
	}
	return rows
}

// onWorklist pages through f's worklists: by the heads of what is on them or, where
// that will do, by their cards alone, which cost a tenth.
func (c *Console) onWorklist(f filter) pager {
	q := desk.WorklistQuery{Brands: c.brands(), Tiers: f.tiers, States: f.states}
	if len(f.brands) > 0 {
		q.Brands = f.brands
	}
	switch {
	case len(q.States) == 0 && !f.until.IsZero(): // of the others no clock runs
		q.States = lists[:4]
	case len(q.States) == 0 && f.cards: // what waits for somebody here: each state is a query for each brand, tier and shard
		q.States = lists[:2]
	case len(q.States) == 0:
		q.States = lists
	}
	return func(ctx context.Context, after string, limit int) ([]row, string, error) {
		cards, next, bad := c.cfg.Lists.Worklist(ctx, q, after, limit)
		if bad != nil && !errors.Is(bad, desk.ErrBroken) {
			return nil, "", bad
		}
		if !f.until.IsZero() { // in the order of deadlines, nothing that follows fits
			if i := slices.IndexFunc(cards, func(c desk.Card) bool { return c.Deadline.IsZero() || c.Deadline.After(f.until) }); i >= 0 {
				cards, next = cards[:i], ""
			}
		}
		if !f.cards {
			ids := make([]desk.TicketID, len(cards))
			for i, card := range cards {
				ids[i] = card.ID
			}
			tickets, err := c.cfg.Tickets.Tickets(ctx, ids)
			return rowsOf(tickets), next, errors.Join(bad, err)
		}
		return cardRows(cards), next, bad
	}
}

// scan goes through pages until limit tickets fit, the list ends, or as much
// was looked at as one request may.
func (c *Console) scan(ctx context.Context, f filter, from position, limit int, page pager) (listing, error) {
	out := listing{Items: []desk.Card{}}
	far, most := looked{}, mostHeads
	if f.q != "" {
		most = mostLogs
	}
	size := limit
	if !f.empty() && !f.indexed() && f.mine == "" {
		size = pageHeads
	}
	for {
		rows, next, err := page(ctx, from.Page, size)
		unread, err := c.spared(ctx, err)
		if err != nil {
			return listing{}, err
		}
		out.Unread = append(out.Unread, unread...)
		todo := rows
		if i := slices.IndexFunc(rows, func(r row) bool { return r.card.ID == from.Done }); from.Done != "" && i >= 0 {
			todo = rows[i+1:]
		}
		fit, err := c.fitting(ctx, f, todo)
		if err != nil {
			return listing{}, err
		}
		for i, r := range todo {
			if fit[i] {
				out.Items, out.tickets = append(out.Items, r.card), append(out.tickets, r.ticket)
			}
			far = looked{far.Tickets + 1, instant(r.card.Created)}
			last := i == len(todo)-1
			if len(out.Items) == limit && !last {
				at, err := behind(ctx, page, from, len(rows)-len(todo)+i+1, r.card.ID)
				out.Next = at.cursor()
				return out.told(f, far), err
			}
		}
		from = position{Page: next, Name: from.Name}
		if next == "" || len(out.Items) >= limit || far.Tickets >= most {
			if next != "" {
				out.Next = from.cursor()
			}
			return out.told(f, far), nil
		}
	}
}

// spared takes of what kept a list from being read what can't be read of it: whose
// tickets those are is told, and the log says what is wrong.
func (c *Console) spared(ctx context.Context, err error) (unread []desk.TicketID, _ error) {
	bad, ok := errors.AsType[*desk.UnreadError](err)
	if !ok {
		return nil, err
	}
	c.cfg.Log.ErrorContext(ctx, "tickets not read", "err", err)
	return bad.Tickets, nil
}

// behind is the place right after the n-th row of a page, which is that of a
// ticket. On a worklist tickets come and go: only the list itself can tell a place
// that holds then. Where the ticket has gone meanwhile its id has to do.
func behind(ctx context.Context, page pager, from position, n int, id desk.TicketID) (position, error) {
	rows, next, err := page(ctx, from.Page, n)
	if errors.Is(err, desk.ErrBroken) { // which the log has been told of
		err = nil
	}
	if err != nil || next == "" || len(rows) == 0 || rows[len(rows)-1].card.ID != id {
		return position{Page: from.Page, Done: id, Name: from.Name}, err
	}
	return position{Page: next, Name: from.Name}, nil
}

// told adds how far a list looked, where it did not show all it saw.
func (l listing) told(f filter, far looked) listing {
	if !f.empty() && !(f.cards && f.indexed()) {
		l.Looked = &far
	}
	return l
}

// fitting says of each row whether it fits, reading the messages of those whose
// card does not tell. Of those an id is looked for, too, as it was written.
func (c *Console) fitting(ctx context.Context, f filter, rows []row) ([]bool, error) {
	fit := make([]bool, len(rows))
	tickets := make([]desk.Ticket, len(rows))
	var untold []int
	for i, r := range rows {
		var told bool
		tickets[i].ID = r.card.ID
		if fit[i], told = f.fits(r.card); !told {
			untold = append(untold, i)
		}
	}
	err := c.eachTalk(ctx, tickets, untold, func(i int, said talk) {
		fit[i] = slices.ContainsFunc(said.said, func(m saying) bool {
			return m.ID == f.asIs || m.Key == f.asIs || !m.Deleted && strings.Contains(folded(m.Text), f.q)
		})
	})
	if err != nil {
		return nil, err
	}
	return fit, nil
}
