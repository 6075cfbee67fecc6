package people

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A SavedView is a list of tickets that somebody named: the query of its address. It
// is a person's own, or a team's.
type SavedView struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Owner   string    `json:"owner,omitempty"` // whose it is, as they sign in; empty for a team's
	Team    string    `json:"team,omitempty"`
	Query   string    `json:"query"` // such as state=new&assignee=none
	Version int64     `json:"version"`
	Changed time.Time `json:"changed,omitzero"`
}

// MaxViews is how many views a person, or a team, may have.
const MaxViews = 20

// maxQuery bounds a view's query, in bytes.
const maxQuery = 1000

// WithViews returns d with these views. Of two with one id the later stands.
func (d Directory) WithViews(views []SavedView) Directory {
	d.Views = make(map[string]SavedView, len(views))
	for _, v := range views {
		d.Views[v.ID] = v
	}
	return d
}

// ViewsOf returns the views that p works with: their own, and those of their teams,
// by name. An admin has those of all teams.
func (d Directory) ViewsOf(p Person) []SavedView {
	var all []SavedView
	for _, v := range d.Views {
		if d.Sees(p, v) {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(a, b SavedView) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// Sees reports whether a view is one of p's.
func (d Directory) Sees(p Person, v SavedView) bool {
	if v.Team == "" {
		return v.Owner == p.ID
	}
	return p.Is(Admin) || slices.Contains(d.Members[p.ID].Teams, v.Team) || d.Leads(p, v.Team)
}

// CheckView is CheckMember for a view.
func (d Directory) CheckView(v SavedView) []Mistake {
	c := &checker{Directory: d}
	c.id(v.ID)
	c.text("name", v.Name, true)
	switch {
	case (v.Owner == "") == (v.Team == ""):
		c.add("owner", "a view is either somebody's or a team's")
	case v.Team != "":
		c.team("team", v.Team)
	}
	if _, err := url.ParseQuery(v.Query); err != nil || len(v.Query) > maxQuery || strings.HasPrefix(v.Query, "?") {
		c.add("query", "is no query of an address, or longer than %d bytes", maxQuery)
	}
	others := 0
	for id, other := range d.Views {
		if id != v.ID && other.Owner == v.Owner && other.Team == v.Team {
			others++
		}
	}
	if others >= MaxViews {
		c.add("", "there are %d views already: remove one first", others)
	}
	return c.mistakes
}

// MayKeepView returns nil when p may make of the view was what is says, a zero is
// being none any more: everybody of their own, an admin and who leads a team of the
// team's.
func (d Directory) MayKeepView(p Person, was, is SavedView) error {
	for _, v := range []SavedView{was, is} {
		switch {
		case v.ID == "":
		case v.Team == "" && v.Owner != p.ID:
			return fmt.Errorf("owner: it is somebody else's: %w", ErrNotTheirs)
		case v.Team != "" && !p.Is(Admin) && !d.Leads(p, v.Team):
			return fmt.Errorf("team: a lead keeps the views of their own teams: %w", ErrNotTheirs)
		}
	}
	return nil
}
