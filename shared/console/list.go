package console

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

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

// A filter says which tickets a list holds. Of several values of a field any
// will do; all fields must fit.
type filter struct {
	tiers      []desk.Tier
	states     []desk.State // desk.NoAnswer for the tickets that need none
	categories []desk.Category
	severities []desk.Severity
	platforms  []string // of Meta's also its channels' names
	channels   []string
	accounts   []string
	authors    []string
	assignees  []string
	teams      []string
	tags       []string
	review     *bool  // whether triage was unsure and nobody has looked yet
	q          string // folded
	after      time.Time
	byDeadline bool

	resolve func(tag string) string // gives a tag's present name; nil where tags are not asked for
}

// asked are the words of a list's query.
var asked = []string{"tier", "state", "category", "severity", "platform", "channel", "account", "author", "assignee", "team", "tag", "review", "q", "updated_after", "order", "cursor", "limit"}

// filterOf reads a list's query. "me" is an assignee, and so is "none".
func filterOf(query url.Values, who people.Person) (filter, error) {
	for name := range query {
		if !slices.Contains(asked, name) { // a misspelt filter must not look like an answer
			return filter{}, fmt.Errorf("%q is no filter: %w", name, errRequest)
		}
	}
	f := filter{platforms: query["platform"], channels: query["channel"], accounts: query["account"], teams: query["team"], authors: query["author"], tags: query["tag"], q: folded(query.Get("q"))}
	for _, text := range query["tier"] {
		tier, err := tierOf(text)
		if err != nil {
			return f, fmt.Errorf("tier: %q is none of 0 to %d: %w", text, desk.Tiers-1, errRequest)
		}
		f.tiers = append(f.tiers, tier)
	}
	for _, text := range query["state"] {
		state := desk.State(strings.ReplaceAll(text, "_", " "))
		if state != desk.NoAnswer && !slices.Contains(desk.States, state) {
			return f, fmt.Errorf("state: %q is none of ours: %w", text, errRequest)
		}
		f.states = append(f.states, state)
	}
	for _, text := range query["category"] {
		if !slices.Contains(desk.Categories, desk.Category(text)) {
			return f, fmt.Errorf("category: %q is none of ours: %w", text, errRequest)
		}
		f.categories = append(f.categories, desk.Category(text))
	}
	for _, text := range query["severity"] {
		var severity desk.Severity
		if err := severity.UnmarshalText([]byte(text)); err != nil {
			return f, fmt.Errorf("%w: %w", err, errRequest)
		}
		f.severities = append(f.severities, severity)
	}
	for _, assignee := range query["assignee"] {
		switch assignee {
		case "me":
			assignee = who.ID
		case "none":
			assignee = ""
		}
		f.assignees = append(f.assignees, assignee)
	}
	if text := query.Get("review"); text != "" {
		review, err := strconv.ParseBool(text)
		if err != nil {
			return f, fmt.Errorf("review: %q is neither true nor false: %w", text, errRequest)
		}
		f.review = &review
	}
	if text := query.Get("updated_after"); text != "" {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return f, fmt.Errorf("updated_after: %q is no instant of RFC 3339: %w", text, errRequest)
		}
		f.after = at
	}
	switch order := query.Get("order"); order {
	case "", "time":
	case "deadline":
		f.byDeadline = true
	default:
		return f, fmt.Errorf("order: %q is neither deadline nor time: %w", order, errRequest)
	}
	return f, nil
}

// fits reports whether a list shows t, as far as its head says; told is false
// when only its messages can tell whether q is in there.
func (f filter) fits(t desk.Ticket) (fits, told bool) {
	list, _ := t.List()
	switch {
	case !among(f.tiers, t.Tier), !among(f.categories, t.Category), !among(f.severities, t.Severity),
		!among(f.platforms, string(t.Platform)) && !(t.Platform == meta && among(f.platforms, t.Channel)), !among(f.channels, t.Channel), !among(f.accounts, t.Account), !among(f.authors, t.Author.ID), !among(f.assignees, t.Assignee), !among(f.teams, t.Team),
		f.review != nil && t.Review != *f.review,
		len(f.states) > 0 && !slices.Contains(f.states, t.State) && !(list == desk.NoAnswer && slices.Contains(f.states, list)),
		!f.after.IsZero() && !t.Updated.After(f.after):
		return false, true
	}
	if len(f.tags) > 0 && !slices.ContainsFunc(t.Tags, func(tag string) bool { return slices.Contains(f.tags, f.resolve(tag)) }) {
		return false, true
	}
	if f.q == "" {
		return true, true
	}
	for _, text := range append([]string{string(t.ID), t.Author.ID, t.Author.Name, t.Author.Handle, t.Preview}, t.Tags...) {
		if strings.Contains(folded(text), f.q) {
			return true, true
		}
	}
	return false, false
}

// meta is the platform whose channels people take for platforms.
const meta desk.Platform = "meta"

func among[T comparable](any []T, v T) bool { return len(any) == 0 || slices.Contains(any, v) }

// empty reports whether every ticket fits.
func (f filter) empty() bool {
	return f.q == "" && f.after.IsZero() && f.review == nil && len(f.tiers)+len(f.states)+len(f.categories)+len(f.severities)+len(f.platforms)+
		len(f.channels)+len(f.accounts)+len(f.authors)+len(f.assignees)+len(f.teams)+len(f.tags) == 0
}

// folded is text as it is compared: width, case and the accents of Greek and
// Latin letters do not count.
func folded(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x300 && r < 0x370 { // combining accents
			return -1
		}
		if r == 'ς' {
			return 'σ'
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(text))
}

// A listing is one page of a list.
type listing struct {
	Items  []desk.Card `json:"items"`
	Next   string      `json:"next"`
	Looked *looked     `json:"looked,omitempty"`

	tickets []desk.Ticket // that Items are of
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
	f, err := filterOf(r.URL.Query(), who)
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
// a worklist; otherwise every ticket there is, the newest first.
func (c *Console) list(ctx context.Context, f filter, cursor string, limit int) (listing, error) {
	from, err := positionOf(cursor)
	if err != nil {
		return listing{}, err
	}
	if f, err = c.resolved(ctx, f); err != nil {
		return listing{}, err
	}
	if f.byDeadline && !slices.ContainsFunc(f.states, desk.State.Final) {
		return c.scan(ctx, f, from, limit, c.onWorklist(f))
	}
	if len(f.authors) == 1 {
		return c.scan(ctx, f, from, limit, func(ctx context.Context, after string, limit int) ([]desk.Ticket, string, error) {
			return c.cfg.Lists.Written(ctx, f.authors[0], after, limit)
		})
	}
	return c.scan(ctx, f, from, limit, c.cfg.Lists.All)
}

// A pager returns a page of tickets and the cursor of the next.
type pager func(ctx context.Context, after string, limit int) ([]desk.Ticket, string, error)

// onWorklist pages through the tickets of f's worklists. What the index says of
// them may be old, so their heads are read.
func (c *Console) onWorklist(f filter) pager {
	q := desk.WorklistQuery{Brands: c.brands(), Tiers: f.tiers, States: f.states}
	if len(q.States) == 0 {
		q.States = lists
	}
	return func(ctx context.Context, after string, limit int) ([]desk.Ticket, string, error) {
		cards, next, err := c.cfg.Lists.Worklist(ctx, q, after, limit)
		if err != nil {
			return nil, "", err
		}
		tickets, err := c.heads(ctx, cards)
		return tickets, next, err
	}
}

// heads reads the tickets of cards, in their order.
func (c *Console) heads(ctx context.Context, cards []desk.Card) ([]desk.Ticket, error) {
	ids := make([]desk.TicketID, len(cards))
	for i, card := range cards {
		ids[i] = card.ID
	}
	return c.cfg.Tickets.Tickets(ctx, ids)
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
	if !f.empty() {
		size = pageHeads
	}
	for {
		tickets, next, err := page(ctx, from.Page, size)
		if err != nil {
			return listing{}, err
		}
		todo := tickets
		if i := slices.IndexFunc(tickets, func(t desk.Ticket) bool { return t.ID == from.Done }); from.Done != "" && i >= 0 {
			todo = tickets[i+1:]
		}
		fit, err := c.fitting(ctx, f, todo)
		if err != nil {
			return listing{}, err
		}
		for i, t := range todo {
			if fit[i] {
				out.Items, out.tickets = append(out.Items, t.Card()), append(out.tickets, t)
			}
			far = looked{far.Tickets + 1, instant(t.Created)}
			last := i == len(todo)-1
			if len(out.Items) == limit && !last {
				out.Next = position{Page: from.Page, Done: t.ID}.cursor()
				return out.told(f, far), nil
			}
		}
		from = position{Page: next}
		if next == "" || len(out.Items) >= limit || far.Tickets >= most {
			out.Next = from.cursor()
			return out.told(f, far), nil
		}
	}
}

// told adds how far a list looked, where it did not show all it saw.
func (l listing) told(f filter, far looked) listing {
	if !f.empty() {
		l.Looked = &far
	}
	return l
}

// fitting says of each ticket whether it fits, reading the messages of those
// whose head does not tell.
func (c *Console) fitting(ctx context.Context, f filter, tickets []desk.Ticket) ([]bool, error) {
	fit := make([]bool, len(tickets))
	var untold []int
	for i, t := range tickets {
		var told bool
		if fit[i], told = f.fits(t); !told {
			untold = append(untold, i)
		}
	}
	err := c.eachTalk(ctx, tickets, untold, func(i int, said talk) {
		fit[i] = slices.ContainsFunc(said.said, func(m saying) bool { return !m.Deleted && strings.Contains(folded(m.Text), f.q) })
	})
	if err != nil {
		return nil, err
	}
	return fit, nil
}
