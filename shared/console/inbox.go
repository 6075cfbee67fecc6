package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// The pages of lists. Each is a filter, and its address says which: who is given the
// address sees the same list.
const (
	allPath  = "/all"     // of every ticket, the newest first
	listPath = "/tickets" // of what is on worklists, by deadline
	minePath = "/mine"
)

// lists are the worklists of a tier, as its tabs show them: two that wait for somebody
// here, and two more on which clocks may run.
var lists = []desk.State{desk.New, desk.Open, desk.Waiting, desk.OnHold, desk.Solved, desk.NoAnswer}

// A listPage shows tickets.
type listPage struct {
	Name   string
	Path   string // of the list, without its filters
	Says   string // what was not possible
	Tier   *desk.Tier
	Tabs   []tab   // the states
	State  string  // of the tab that is here
	Side   []group // other lists
	Cards  []desk.Card
	Unread []desk.TicketID // that belong here, or may, and cannot be read
	Next   string          // address of what follows
	Looked int
	Named  string // what the words that are looked for name: a ticket, or an author
	Words  string // address of the same search in words
	Query  string // of the search
	Fields []filterField
	Chips  []tab    // filters that are on; their addresses are the list without them
	Keep   []choice // for whom the list can be saved; its values are teams
	View   *people.SavedView
	Filter string // the query of what is shown
	Empty  string // which words say that nothing is there
}

// A group is some of the lists beside a list.
type group struct {
	Name  string
	Lists []tab
}

func (l listPage) about() (title, news string) {
	if l.Tier != nil {
		news = fmt.Sprintf("/tiers/%d", *l.Tier)
	}
	return l.Name, news
}

func (c *Console) worklist(w http.ResponseWriter, r *http.Request, who people.Person) error {
	return c.showWorklist(w, r, who, http.StatusOK, "")
}

func (c *Console) showWorklist(w http.ResponseWriter, r *http.Request, who people.Person, code int, says string) error {
	tier, err := tierOf(r.PathValue("tier"))
	if err != nil {
		return err
	}
	query := filters(r.URL.Query())
	state := desk.State(strings.ReplaceAll(query.Get("state"), "_", " "))
	if state == "" {
		state = desk.New
	}
	if !slices.Contains(lists, state) || len(query["state"]) > 1 || query.Has("tier") {
		return errNoPage
	}
	view := listPage{Name: c.text.say("tier", tier), Path: fmt.Sprintf("/tiers/%d", tier), Tier: &tier, Says: says, Empty: "list.none.tier"}
	for _, named := range c.tiers(r.Context()) {
		if named.Tier == tier {
			view.Name = named.Name
		}
	}
	view.State = string(state)
	for _, s := range lists {
		view.Tabs = append(view.Tabs, tab{Name: c.text.name("state", s), Path: view.Path + "?" + with(query, "state", string(s)).Encode(), Here: s == state})
	}
	asked := with(with(query, "state", string(state)), "tier", fmt.Sprint(tier))
	return c.showList(w, r, who, code, view, query, with(asked, "order", "deadline"))
}

func (c *Console) mine(w http.ResponseWriter, r *http.Request, who people.Person) error {
	query := filters(r.URL.Query())
	view := listPage{Name: c.text.say("tab.mine"), Path: minePath, Empty: "list.none.mine"}
	return c.showList(w, r, who, http.StatusOK, view, query, with(query, "assignee", "me"))
}

func (c *Console) everything(w http.ResponseWriter, r *http.Request, who people.Person) error {
	query := filters(r.URL.Query())
	view := listPage{Name: c.text.say("tab.all"), Path: allPath, Empty: "list.none.all"}
	return c.showList(w, r, who, http.StatusOK, view, query, query)
}

// inbox is the list of what somebody asks for, by deadline.
func (c *Console) inbox(w http.ResponseWriter, r *http.Request, who people.Person) error {
	query := filters(r.URL.Query())
	view := listPage{Name: c.text.say("list.filtered"), Path: listPath, Empty: "list.none"}
	return c.showList(w, r, who, http.StatusOK, view, query, with(query, "order", "deadline"))
}

// filters is the part of a query that says what a list holds: without where on it
// somebody is, and what was left empty.
func filters(query url.Values) url.Values {
	f := url.Values{}
	for name, values := range query {
		if name == "cursor" || name == "limit" || name == "order" {
			continue
		}
		for _, value := range values {
			if value = strings.TrimSpace(value); value != "" {
				f.Add(name, value)
			}
		}
	}
	return f
}

// with is a query with one value for a name, without for none.
func with(query url.Values, name string, values ...string) url.Values {
	q := url.Values{}
	for other, v := range query {
		q[other] = slices.Clone(v)
	}
	q.Del(name)
	if len(values) > 0 {
		q[name] = values
	}
	return q
}

// showList shows a page of what asked asks for. query is as much of that as stands
// in the address.
func (c *Console) showList(w http.ResponseWriter, r *http.Request, who people.Person, code int, view listPage, query, asked url.Values) error {
	f, err := filterOf(asked, who, c.now())
	if err != nil {
		return err
	}
	f.cards = true
	if view.Path == minePath {
		f.mine = who.ID
	}
	cursor := r.URL.Query().Get("cursor")
	key := strings.Join([]string{"list", view.Path, asked.Encode(), cursor, bounds(r.Context())}, " ")
	if slices.Contains(asked["assignee"], "me") {
		key += " " + who.ID
	}
	list, err := recent(c, r, key, func() (listing, error) {
		list, err := c.list(r.Context(), f, cursor, usualLimit)
		list.Items = c.renamed(r.Context(), list.Items...)
		return list, err
	})
	if err != nil {
		return err
	}
	view.Cards, view.Unread, view.Named, view.Query, view.Filter = list.Items, list.Unread, list.named, f.asIs, query.Encode()
	if list.Looked != nil && !f.byDeadline && f.mine == "" {
		view.Looked = list.Looked.Tickets
	}
	if list.Next != "" {
		view.Next = view.Path + "?" + with(query, "cursor", list.Next).Encode()
	}
	if view.Named != "" {
		view.Words = view.Path + "?" + with(query, "in", "words").Encode()
	}
	d, err := c.directory(r.Context())
	if err != nil {
		return err
	}
	view.Side = c.side(r.Context(), d, who, view.Path, query)
	view.Fields = c.filterFields(r.Context(), d, view.Path, query)
	c.chips(r.Context(), d, &view, query)
	c.keeping(d, who, &view)
	if len(view.Chips) > 0 {
		view.Empty = "list.none.filtered"
	}
	if f.q != "" {
		view.Empty = "list.none.search"
	}
	c.render(w, r, who, "list", code, "", view)
	return nil
}

// sideLists are the lists beside a list, by the names that they are counted under.
var sideLists = []struct{ name, query string }{
	{"unassigned", "assignee=none&state=new&state=open"},
	{"soon", "due=1h"},
	{"waiting", "state=waiting"},
	{"on hold", "state=on+hold"},
	{"none", "state=none"},
}

// side are the lists beside a list: those of all tiers, of teams, and those that were
// saved.
func (c *Console) side(ctx context.Context, d people.Directory, who people.Person, path string, query url.Values) []group {
	tally, here := c.tally(ctx), ""
	if path == listPath {
		here = query.Encode()
	}
	link := func(name, query, count string) tab {
		asked, err := url.ParseQuery(query)
		return tab{Name: name, Path: listPath + "?" + query, Count: count, Here: err == nil && here == asked.Encode()}
	}
	general := group{Name: c.text.say("side.lists")}
	for _, l := range sideLists {
		general.Lists = append(general.Lists, link(c.text.name("side", l.name), l.query, tally.list(l.name)))
	}
	teams, saved := group{Name: c.text.say("tab.teams")}, group{Name: c.text.say("side.saved")}
	routed, _ := c.choices(ctx)
	for _, team := range routed {
		name := team
		if t, ok := d.Teams[team]; ok {
			name = t.Name
		}
		teams.Lists = append(teams.Lists, link(name, url.Values{"team": {team}, "state": {"new", "open"}}.Encode(), tally.team(team)))
	}
	for _, v := range d.ViewsOf(who) {
		name := v.Name
		if v.Team != "" {
			name += " · " + d.Teams[v.Team].Name
		}
		saved.Lists = append(saved.Lists, link(name, v.Query, ""))
	}
	return slices.DeleteFunc([]group{general, teams, saved}, func(g group) bool { return len(g.Lists) == 0 })
}

// takeNext is the button over a worklist.
func (c *Console) takeNext(w http.ResponseWriter, r *http.Request, who people.Person) error {
	tier, err := tierOf(r.PathValue("tier"))
	if err != nil {
		return err
	}
	taken, err := c.next(r.Context(), who, tier)
	if errors.Is(err, desk.ErrNotFound) {
		return c.showWorklist(w, r, who, http.StatusOK, c.text.say("next.none"))
	}
	if errors.Is(err, errFull) {
		return c.showWorklist(w, r, who, http.StatusConflict, c.text.say("problem.full")+" "+c.text.mistake(reason(err))+".")
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, claimed(taken), http.StatusSeeOther)
	return nil
}
