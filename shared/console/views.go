package console

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/people"
)

// viewRoutes are the addresses of lists that people named. Whose of them somebody may
// change is package people's to say.
func (c *Console) viewRoutes() []route {
	return []route{
		{"GET /api/v1/views", people.View, c.apiViews},
		{"GET /api/v1/views/{id}", people.View, apiItem(c, c.views())},
		{"PUT /api/v1/views/{id}", people.View, apiPut(c, c.views())},
		{"DELETE /api/v1/views/{id}", people.View, apiDelete(c, c.views())},
		{"POST /views", people.View, c.submitView},
		{"POST /views/{id}/remove", people.View, c.removeViewForm},
	}
}

func (c *Console) views() shelf[people.SavedView] {
	return shelf[people.SavedView]{people.KindView,
		func(d people.Directory) map[string]people.SavedView { return d.Views },
		func(v *people.SavedView) (*string, *int64, *time.Time) { return &v.ID, &v.Version, &v.Changed },
		func(d people.Directory, who people.Person, was, is people.SavedView) error {
			return d.MayKeepView(who, was, is)
		},
		c.checkView,
		func(ctx context.Context, is people.SavedView, change people.Change) error {
			return c.cfg.Keeper.SaveView(ctx, is, change)
		},
		func(_ people.Directory, _ people.Person, is people.SavedView) people.SavedView { return is }, nil,
		func(ctx context.Context, id string, version int64, change people.Change) error {
			return c.cfg.Keeper.RemoveView(ctx, id, version, change)
		},
		func(d people.Directory, who people.Person, is people.SavedView) bool { return d.Sees(who, is) }}
}

// checkView holds a view to what lists can be asked for.
func (c *Console) checkView(d people.Directory, is people.SavedView) []people.Mistake {
	mistakes := d.CheckView(is)
	query, err := url.ParseQuery(is.Query)
	if err != nil {
		return mistakes
	}
	if _, err := filterOf(query, people.Person{ID: is.Owner}, c.now()); err != nil {
		mistakes = append(mistakes, people.Mistake{Field: "query", Text: reason(err)})
	}
	return mistakes
}

// apiViews lists the views that somebody works with.
func (c *Console) apiViews(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := onlyAsked(r.URL.Query()); err != nil {
		return err
	}
	d, err := c.cfg.Keeper.Directory(r.Context())
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, jsonType, map[string]any{"items": append([]people.SavedView{}, d.ViewsOf(who)...), "next": ""})
	return nil
}

// keeping adds for whom a list can be saved, and the view that it is already.
func (c *Console) keeping(d people.Directory, who people.Person, view *listPage) {
	if view.Path != listPath {
		return
	}
	for _, v := range d.ViewsOf(who) {
		if query, err := url.ParseQuery(v.Query); err == nil && query.Encode() == view.Filter {
			view.Name = v.Name
			if d.MayKeepView(who, v, people.SavedView{}) == nil {
				view.View = &v
			}
		}
	}
	if view.Filter == "" || view.View != nil {
		return
	}
	for _, l := range sideLists {
		if query, err := url.ParseQuery(l.query); err == nil && query.Encode() == view.Filter {
			view.Name = c.text.name("side", l.name)
			return
		}
	}
	view.Keep = []choice{{"", c.text.say("view.mine"), true}}
	for _, id := range slices.Sorted(maps.Keys(d.Teams)) {
		if who.Is(people.Admin) || d.Leads(who, id) {
			view.Keep = append(view.Keep, choice{id, d.Teams[id].Name, false})
		}
	}
}

// submitView saves a list under a name. The same list saved twice by somebody is one
// view.
func (c *Console) submitView(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("form: %w: %w", err, errRequest)
	}
	query, err := url.ParseQuery(r.PostForm.Get("query"))
	if err != nil {
		return fmt.Errorf("query: %w: %w", err, errRequest)
	}
	is := people.SavedView{Name: strings.TrimSpace(r.PostForm.Get("name")), Team: r.PostForm.Get("team"), Query: filters(query).Encode()}
	if is.Team == "" {
		is.Owner = who.ID
	}
	sum := sha256.Sum256([]byte(fmt.Sprintf("%q %q %q", is.Owner, is.Team, is.Query)))
	is.ID = hex.EncodeToString(sum[:8])
	if _, _, err := keep(r.Context(), c, c.views(), wish{who: who, seen: seenAny}, is); err != nil {
		return c.refusedView(w, r, who, is.Query, err)
	}
	c.changed(w, r, listPath+"?"+is.Query)
	return nil
}

// removeViewForm forgets a view; the list itself is still there.
func (c *Console) removeViewForm(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("form: %w: %w", err, errRequest)
	}
	d, err := c.cfg.Keeper.Directory(r.Context())
	if err != nil {
		return err
	}
	query := d.Views[r.PathValue("id")].Query
	if err := remove(r.Context(), c, c.views(), who, r.PathValue("id"), formVersion(r.PostForm)); err != nil {
		return c.refusedView(w, r, who, query, err)
	}
	c.changed(w, r, listPath+"?"+query)
	return nil
}

// refusedView shows the list again with what was wrong.
func (c *Console) refusedView(w http.ResponseWriter, r *http.Request, who people.Person, query string, problem error) error {
	code, says, ok := c.refusal(r.Context(), problem)
	asked, err := url.ParseQuery(query)
	if _, bad := filterOf(asked, who, c.now()); !ok || err != nil || bad != nil {
		return problem
	}
	view := listPage{Name: c.text.say("list.filtered"), Path: listPath, Empty: "list.none", Says: strings.Join(says, " ")}
	return c.showList(w, r, who, code, view, asked, with(asked, "order", "deadline"))
}
