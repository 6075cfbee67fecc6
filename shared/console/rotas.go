package console

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/people"
	"example.com/skala/shared/sla"
)

// weeksShown is for how many weeks a page says who is on when: this one and the next.
const weeksShown = 2

// A turn is for how long somebody is on duty, by the wall clock of their rota.
type turn struct {
	From, To string
	Who      string // empty for nobody
	Instead  bool   // by an override
	Now      bool
	begins   time.Time
}

// A rotaLine is a rota with who is on when.
type rotaLine struct {
	people.Rota
	Spans     []turn
	Overrides []overrideLine
	May       bool // the reader may change it
}

// An overrideLine is an override as its page shows it.
type overrideLine struct {
	people.Override
	Name       string // by which it is taken away
	Begin, End string
}

// A rotasPage shows who is on when, and of one rota the form.
type rotasPage struct {
	Name  string
	Path  string
	Tabs  []tab
	Says  []string
	Rotas []rotaLine
	One   string    // the id of the one that is shown
	Form  *rotaForm // nil for who may keep none
	Who   []choice  // for an override
	Draft url.Values
}

func (v rotasPage) about() (title, news string) { return v.Name, v.Path }

func (c *Console) rotaList(w http.ResponseWriter, r *http.Request, who people.Person) error {
	return c.showRotas(w, r, who, http.StatusOK, rotasPage{One: r.PathValue("id")})
}

func (c *Console) showRotas(w http.ResponseWriter, r *http.Request, who people.Person, code int, view rotasPage) error {
	d, err := c.directory(r.Context())
	if err != nil {
		return err
	}
	view.Name, view.Path, view.Tabs = c.text.say("tab.rotas"), rotasPath, c.directoryTabs(rotasPath)
	for _, id := range slices.Sorted(maps.Keys(d.Rotas)) {
		if view.One == "" || id == view.One {
			view.Rotas = append(view.Rotas, rotaLineOf(d, d.Rotas[id], who, c.now(), c.text))
		}
	}
	if view.One != "" {
		if len(view.Rotas) == 0 {
			return errNoItem
		}
		view.Name, view.Path = view.Rotas[0].Rota.Name, itemPath(rotasPath, view.One)
		view.Who = peopleChoices(d, view.Draft.Get("who"))
	}
	if teams := rotaTeams(d, who); view.Form == nil && len(teams) > 0 && (view.One == "" || view.Rotas[0].May) {
		rota := d.Rotas[view.One]
		if view.One == "" {
			rota = people.Rota{Zone: cmp.Or(d.Members[who.ID].Zone, "UTC"), Start: c.now().Format(time.DateOnly), Handover: "09:00", Turn: 7}
		}
		view.Form = c.rotaForm(d, rota, teams)
	}
	c.render(w, r, who, "rotas", code, "", view)
	return nil
}

// rotaTeams are the teams whose rotas somebody may keep.
func rotaTeams(d people.Directory, who people.Person) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(d.Teams)), func(id string) bool {
		return d.MayKeepRota(who, people.Rota{}, people.Rota{ID: "new", Team: id}) != nil
	})
}

func rotaLineOf(d people.Directory, r people.Rota, who people.Person, now time.Time, text texts) rotaLine {
	line := rotaLine{Rota: r, May: d.MayKeepRota(who, r, r) == nil}
	clock, err := sla.NewWallClock(r.Zone)
	if err != nil { // no such rota was ever saved
		return line
	}
	line.Spans = spansOf(d, r, clock, now, text)
	zone := clock.Zone()
	for _, o := range r.Overrides {
		if o.To.After(now) {
			line.Overrides = append(line.Overrides, overrideLine{o, overrideName(o), text.wall(o.From, zone), text.wall(o.To, zone)})
		}
	}
	slices.SortFunc(line.Overrides, func(a, b overrideLine) int { return a.From.Compare(b.From) })
	return line
}

// spansOf says who is on when from the Monday of this week on. It asks at each
// instant at which that can change.
func spansOf(d people.Directory, r people.Rota, clock *sla.WallClock, now time.Time, text texts) []turn {
	zone := clock.Zone()
	y, m, day := now.In(zone).Date()
	monday := day - (int(now.In(zone).Weekday())+6)%7
	begin, end := time.Date(y, m, monday, 0, 0, 0, 0, zone), time.Date(y, m, monday+7*weeksShown, 0, 0, 0, 0, zone)
	at := []time.Time{begin}
	note := func(t time.Time) {
		if t.After(begin) && t.Before(end) {
			at = append(at, t)
		}
	}
	for n := -1; n < 7*weeksShown; n++ {
		date := time.Date(y, m, monday+n, 0, 0, 0, 0, zone)
		times := []string{r.Handover, "00:00"}
		for _, period := range r.Hours[weekdays[(n+7)%7]] {
			opens, closes, _ := strings.Cut(period, "-")
			times = append(times, opens, closes)
			if closes <= opens { // overnight
				if closed, ok := clockOn(date.AddDate(0, 0, 1), closes, clock); ok {
					note(closed)
				}
			}
		}
		for _, shown := range times {
			if t, ok := clockOn(date, shown, clock); ok {
				note(t)
			}
		}
	}
	for _, o := range r.Overrides {
		note(o.From)
		note(o.To)
	}
	slices.SortFunc(at, time.Time.Compare)
	var spans []turn
	for _, t := range at {
		who, _ := d.RotaAt(r.ID, t)
		instead := slices.ContainsFunc(r.Overrides, func(o people.Override) bool { return !t.Before(o.From) && t.Before(o.To) })
		if last := len(spans) - 1; last >= 0 && spans[last].Who == who && spans[last].Instead == instead {
			continue
		}
		spans = append(spans, turn{Who: who, Instead: instead, begins: t})
	}
	for i := range spans {
		ends := end
		if i+1 < len(spans) {
			ends = spans[i+1].begins
		}
		spans[i].From, spans[i].To = text.wall(spans[i].begins, zone), text.wall(ends, zone)
		spans[i].Now = !now.Before(spans[i].begins) && now.Before(ends)
	}
	return spans
}

// clockOn is the first instant at which the clock shows a time on a date, as rotas
// and shifts take it.
func clockOn(date time.Time, shown string, clock *sla.WallClock) (time.Time, bool) {
	since, err := sla.ParseTimeOfDay(shown)
	if err != nil {
		return time.Time{}, false
	}
	return clock.First(date, since), true
}

func (c *Console) submitRota(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("form: %w: %w", err, errRequest)
	}
	form := r.PostForm
	d, err := c.cfg.Keeper.Directory(r.Context())
	if err != nil {
		return err
	}
	was := d.Rotas[strings.TrimSpace(form.Get("id"))]
	is, err := rotaOf(form, was)
	if err == nil {
		_, _, err = keep(r.Context(), c, c.rotas(), wish{who: who, seen: formVersion(form)}, is)
	}
	if err == nil {
		c.changed(w, r, itemPath(rotasPath, is.ID))
		return nil
	}
	code, says, ok := c.refusal(r.Context(), err)
	if !ok {
		return err
	}
	view := rotasPage{Says: says, One: was.ID}
	if formVersion(form) == seenNone {
		is.Version, view.One = seenNone, ""
	}
	view.Form = c.rotaForm(d, is, rotaTeams(d, who))
	view.Form.Length = form.Get("turn")
	return c.showRotas(w, r, who, code, view)
}

// submitOverride puts somebody on a rota for a while, or takes that back.
func (c *Console) submitOverride(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("form: %w: %w", err, errRequest)
	}
	form := r.PostForm
	d, err := c.cfg.Keeper.Directory(r.Context())
	if err != nil {
		return err
	}
	rota, ok := d.Rotas[r.PathValue("id")]
	if !ok {
		return errNoItem
	}
	is := rota
	if name := form.Get("remove"); name != "" {
		is.Overrides = slices.DeleteFunc(slices.Clone(rota.Overrides), func(o people.Override) bool { return overrideName(o) == name })
		if len(is.Overrides) == 0 {
			is.Overrides = nil
		}
	} else {
		var o people.Override
		if o, err = overrideOf(form, rota); err == nil {
			is.Overrides = append(slices.Clone(rota.Overrides), o)
		}
		if slices.Contains(rota.Overrides, o) { // the form was sent twice
			is = rota
		}
	}
	if err == nil {
		_, _, err = keep(r.Context(), c, c.rotas(), wish{who: who, what: "override", seen: rota.Version, why: strings.TrimSpace(form.Get("why"))}, is)
	}
	if err == nil {
		c.changed(w, r, itemPath(rotasPath, rota.ID))
		return nil
	}
	code, says, ok := c.refusal(r.Context(), err)
	if !ok {
		return err
	}
	return c.showRotas(w, r, who, code, rotasPage{Says: says, One: rota.ID, Draft: form})
}

// removeRotaForm is the button that takes a rota out.
func (c *Console) removeRotaForm(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("form: %w: %w", err, errRequest)
	}
	if err := remove(r.Context(), c, c.rotas(), who, r.PathValue("id"), formVersion(r.PostForm)); err != nil {
		code, says, ok := c.refusal(r.Context(), err)
		if !ok {
			return err
		}
		return c.showRotas(w, r, who, code, rotasPage{Says: says, One: r.PathValue("id")})
	}
	c.changed(w, r, rotasPath)
	return nil
}
