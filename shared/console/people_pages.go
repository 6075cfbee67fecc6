package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
	"example.com/skala/shared/wording"
)

// Addresses of the directory's pages.
const (
	peoplePath = "/people"
	teamsPath  = "/teams"
	rotasPath  = "/rotas"
	auditPath  = "/audit"
)

// directoryTabs lead between the pages of the directory.
func (c *Console) directoryTabs(here string) []tab {
	var tabs []tab
	for _, t := range []struct{ name, path string }{{"tab.people", peoplePath}, {"tab.teams", teamsPath}, {"tab.rotas", rotasPath}, {"replies", repliesPath}} {
		tabs = append(tabs, tab{Name: c.text.say(t.name), Path: t.path, Here: here == t.path})
	}
	return tabs
}

// A personLine is somebody on the list of people.
type personLine struct {
	people.Member
	On, Away bool
}

// A peoplePage shows who works here, who is there first.
type peoplePage struct {
	Name     string
	Tabs     []tab
	Says     []string // what was not possible
	People   []personLine
	Form     *memberForm // of who may add somebody
	Imported *importView
}

func (v peoplePage) about() (title, news string) { return v.Name, peoplePath }

func (c *Console) peopleList(w http.ResponseWriter, r *http.Request, who people.Person) error {
	return c.showPeople(w, r, who, http.StatusOK, peoplePage{})
}

func (c *Console) showPeople(w http.ResponseWriter, r *http.Request, who people.Person, code int, view peoplePage) error {
	d, err := c.directory(r.Context())
	if err != nil {
		return err
	}
	view.Name, view.Tabs = c.text.say("tab.people"), c.directoryTabs(peoplePath)
	now := c.now()
	for _, m := range d.Members {
		view.People = append(view.People, personLine{m, d.On(m, now), m.Presence.AwayAt(now)})
	}
	slices.SortFunc(view.People, func(a, b personLine) int {
		rank := func(p personLine) int {
			switch {
			case p.Left:
				return 2
			case p.On:
				return 0
			}
			return 1
		}
		return cmp.Or(rank(a)-rank(b), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	if view.Form == nil && people.MayEver(who, people.KeepTeams) {
		view.Form = c.memberForm(d, people.Member{}, true)
	}
	c.render(w, r, who, "people", code, "", view)
	return nil
}

// A personPage shows one of them, with a form for who may change something.
type personPage struct {
	personLine
	Tabs    []tab
	Says    []string
	Form    *memberForm // nil for who may not
	MayAway bool
	Keeper  bool // all of it is theirs to change
	Back    string
}

func (v personPage) about() (title, news string) {
	return cmp.Or(v.Name, v.ID), itemPath(peoplePath, v.ID)
}

// itemPath is the address of an item's page.
func itemPath(list, id string) string { return list + "/" + url.PathEscape(id) }

func (c *Console) personPage(w http.ResponseWriter, r *http.Request, who people.Person) error {
	d, err := c.directory(r.Context())
	if err != nil {
		return err
	}
	m, ok := d.Members[r.PathValue("id")]
	if !ok {
		return errNoItem
	}
	return c.showPerson(w, r, who, http.StatusOK, m, personPage{})
}

func (c *Console) showPerson(w http.ResponseWriter, r *http.Request, who people.Person, code int, m people.Member, view personPage) error {
	d, err := c.directory(r.Context())
	if err != nil {
		return err
	}
	now := c.now()
	view.personLine, view.Tabs = personLine{m, d.On(m, now), m.Presence.AwayAt(now)}, c.directoryTabs("")
	view.Keeper = people.MayEver(who, people.KeepTeams)
	view.MayAway, view.Back = d.MayBeAway(who, m) == nil && !m.Left, itemPath(peoplePath, m.ID)
	if view.Form == nil && d.MayKeep(who, m, m) == nil {
		view.Form = c.memberForm(d, m, view.Keeper)
	}
	c.render(w, r, who, "person", code, "", view)
	return nil
}

// submitPerson saves the form of a person. Which fields it has depends on who may
// change which.
func (c *Console) submitPerson(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("form: %w: %w", err, errRequest)
	}
	form := r.PostForm
	d, err := c.cfg.Keeper.Directory(r.Context())
	if err != nil {
		return err
	}
	id := strings.TrimSpace(form.Get("id"))
	was := d.Members[id]
	is, err := memberOf(form, was, people.MayEver(who, people.KeepTeams))
	if err == nil {
		is.ID = id
		_, _, err = keep(r.Context(), c, c.members(), wish{who: who, seen: formVersion(form), why: strings.TrimSpace(form.Get("why"))}, is)
	}
	if err == nil {
		c.changed(w, r, itemPath(peoplePath, id))
		return nil
	}
	code, says, ok := c.refusal(r.Context(), err)
	if !ok {
		return err
	}
	draft := c.memberForm(d, is, people.MayEver(who, people.KeepTeams))
	draft.ID, draft.Version, draft.Why = id, was.Version, form.Get("why")
	draft.typed(form)
	if formVersion(form) == seenNone || was.Version == 0 {
		draft.Version = formVersion(form)
		return c.showPeople(w, r, who, code, peoplePage{Says: says, Form: draft})
	}
	return c.showPerson(w, r, who, code, was, personPage{Says: says, Form: draft})
}

// refusal is what a page says of a form that was not possible; not ok is for what
// is no fault of its sender's.
func (c *Console) refusal(ctx context.Context, err error) (code int, says []string, ok bool) {
	f := failureOf(err)
	if f.code >= http.StatusInternalServerError || f.code == http.StatusNotFound {
		return 0, nil, false
	}
	f.note(ctx, err)
	says = []string{c.text.say(f.key)}
	for _, wrong := range fieldErrors(err) {
		words := c.text.mistake(wrong.Reason)
		if wrong.Field != "" {
			words = c.text.name("field", wrong.Field) + ": " + words
		}
		says = append(says, words)
	}
	return f.code, says, true
}

// formVersion is the version that a form was filled in on, 0 for something new.
func formVersion(form url.Values) int64 {
	version, err := versionOf(form.Get("version"))
	if err != nil {
		return seenNone
	}
	return version
}

// submitImport is the form that sends a file of people.
func (c *Console) submitImport(w http.ResponseWriter, r *http.Request, who people.Person) error {
	file, _, err := r.FormFile("file")
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return err
	}
	if err != nil {
		return fmt.Errorf("form: %w: %w", err, errRequest)
	}
	defer file.Close()
	out, err := c.importPeople(r.Context(), who, file)
	if err != nil {
		return err
	}
	code := http.StatusOK
	if len(out.Mistakes) > 0 {
		code = http.StatusUnprocessableEntity
	}
	for i := range out.Mistakes {
		out.Mistakes[i].Reason = c.text.mistake(out.Mistakes[i].Reason)
	}
	return c.showPeople(w, r, who, code, peoplePage{Imported: &out})
}

// A teamsPage shows the teams, and of one of them the form.
type teamsPage struct {
	Name  string
	Path  string
	Tabs  []tab
	Says  []string
	Teams []teamLine
	Form  *teamForm     // nil for who may not keep teams
	One   string        // the id of the one that is shown
	Room  *channelsForm // its channels; nil for who may not keep them
	Told  string
	Typed url.Values // of a form of channels that was refused
}

type teamLine struct {
	people.Team
	Members []people.Member
}

func (v teamsPage) about() (title, news string) { return v.Name, v.Path }

func (c *Console) teamList(w http.ResponseWriter, r *http.Request, who people.Person) error {
	return c.showTeams(w, r, who, http.StatusOK, teamsPage{One: r.PathValue("id")})
}

func (c *Console) showTeams(w http.ResponseWriter, r *http.Request, who people.Person, code int, view teamsPage) error {
	d, err := c.directory(r.Context())
	if err != nil {
		return err
	}
	view.Name, view.Path, view.Tabs = c.text.say("tab.teams"), teamsPath, c.directoryTabs(teamsPath)
	for _, id := range slices.Sorted(maps.Keys(d.Teams)) {
		if view.One != "" && id != view.One {
			continue
		}
		line := teamLine{Team: d.Teams[id]}
		for _, m := range d.Colleagues() {
			if slices.Contains(m.Teams, id) {
				line.Members = append(line.Members, m)
			}
		}
		view.Teams = append(view.Teams, line)
	}
	if view.One != "" {
		if len(view.Teams) == 0 {
			return errNoItem
		}
		view.Name, view.Path = view.Teams[0].Name, itemPath(teamsPath, view.One)
		c.showChannels(r, who, d, &view)
	}
	if view.Form == nil && people.MayEver(who, people.KeepTeams) {
		view.Form = c.teamForm(d, d.Teams[view.One])
	}
	c.render(w, r, who, "teams", code, "", view)
	return nil
}

// showChannels adds the channels of the team that is shown, for who may keep them.
func (c *Console) showChannels(r *http.Request, who people.Person, d people.Directory, view *teamsPage) {
	team := view.Teams[0].Team
	if d.MayKeepRoom(who, team.ID) != nil {
		return
	}
	if r.URL.Query().Has("tested") {
		view.Told = c.text.say("hear.tested")
	}
	all := team.Channels
	if view.Typed != nil {
		all = kept(view.Typed)
	}
	view.Room = c.channelsForm(r, post.TeamOwner(team.ID), view.Path+"/channels", team.Version, all, cmp.Or(team.Reads, wording.English))
	view.Room.Typed = view.Typed
}

func (c *Console) submitTeam(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("form: %w: %w", err, errRequest)
	}
	form := r.PostForm
	is := people.Team{ID: strings.TrimSpace(form.Get("id")), Name: strings.TrimSpace(form.Get("name")), Brands: chosen(form["brands"]), Languages: chosen(form["languages"]), Leads: chosen(form["leads"]),
		Assigns: people.Assigns(form.Get("assigns"))}
	aside := func(string) bool { return false } // how it is told has a form of its own
	_, _, err := keep(r.Context(), c, c.teams(), wish{who: who, seen: formVersion(form), said: aside}, is)
	if err == nil {
		c.changed(w, r, itemPath(teamsPath, is.ID))
		return nil
	}
	return c.refusedTeam(w, r, who, is, formVersion(form), err)
}

// removeTeamForm is the button that takes a team out.
func (c *Console) removeTeamForm(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("form: %w: %w", err, errRequest)
	}
	err := remove(r.Context(), c, c.teams(), who, r.PathValue("id"), formVersion(r.PostForm))
	if err == nil {
		c.changed(w, r, teamsPath)
		return nil
	}
	d, problem := c.directory(r.Context())
	if problem != nil {
		return problem
	}
	return c.refusedTeam(w, r, who, d.Teams[r.PathValue("id")], d.Teams[r.PathValue("id")].Version, err)
}

func (c *Console) refusedTeam(w http.ResponseWriter, r *http.Request, who people.Person, is people.Team, seen int64, err error) error {
	code, says, ok := c.refusal(r.Context(), err)
	if !ok {
		return err
	}
	d, problem := c.cfg.Keeper.Directory(r.Context())
	if problem != nil {
		return problem
	}
	is.Version = d.Teams[is.ID].Version
	view := teamsPage{Says: says, One: is.ID}
	if seen == seenNone || is.Version == 0 {
		is.Version, view.One = seenNone, ""
	}
	view.Form = c.teamForm(d, is)
	return c.showTeams(w, r, who, code, view)
}

// An auditPage shows lines of the audit log.
type auditPage struct {
	Name  string
	Query url.Values
	Kinds []people.Kind
	Lines []people.Change
	Next  string
	CSV   string // where all that fit are to be had as a file
	JSONL string
}

func (v auditPage) about() (title, news string) { return v.Name, "" }

func (c *Console) auditPage(w http.ResponseWriter, r *http.Request, who people.Person) error {
	query := r.URL.Query()
	q, err := auditQuery(query)
	if err != nil {
		return err
	}
	if query.Get("format") != "" {
		return c.exportAudit(w, r, q)
	}
	lines, next, err := c.cfg.Changes.Audit(r.Context(), q, query.Get("cursor"), usualLimit)
	if err != nil {
		return cursorError(err)
	}
	view := auditPage{Name: c.text.say("tab.audit"), Query: query, Kinds: auditKinds, Lines: lines}
	to := url.Values{}
	for name, values := range query {
		if name != "cursor" && values[0] != "" {
			to[name] = values
		}
	}
	with := func(name, value string) string {
		q := maps.Clone(to)
		q.Set(name, value)
		return auditPath + "?" + q.Encode()
	}
	if next != "" {
		view.Next = with("cursor", next)
	}
	view.CSV, view.JSONL = with("format", "csv"), with("format", "jsonl")
	c.render(w, r, who, "audit", http.StatusOK, "", view)
	return nil
}

// weekdays are the days of a form's week, in their order.
var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// A dayField is one day of a week in a form: periods such as 09:00-13:00, 14:00-18:00.
type dayField struct{ Key, Periods string }

func daysOf(week people.Week) []dayField {
	days := make([]dayField, len(weekdays))
	for i, day := range weekdays {
		days[i] = dayField{day, strings.Join(week[day], ", ")}
	}
	return days
}

// weekOf reads the days of a form.
func weekOf(form url.Values) people.Week {
	week := people.Week{}
	for _, day := range weekdays {
		if periods := listOf(form.Get(day)); len(periods) > 0 {
			week[day] = periods
		}
	}
	if len(week) == 0 {
		return nil
	}
	return week
}

// listOf reads words with commas or spaces between them.
func listOf(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' || r == '\t' })
	if len(words) == 0 {
		return nil
	}
	return words
}

// chosen are the values of a form's boxes that are ticked, nil for none.
func chosen(values []string) []string {
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	if len(values) == 0 {
		return nil
	}
	return values
}

// A choice is one of a form's boxes or options.
type choice struct {
	Value, Label string
	On           bool
}

// choices are all values that there are, with those that are on, which may be of
// before one was taken away.
func choices(all, on []string, label func(string) string) []choice {
	var out []choice
	for _, value := range append(slices.Clip(all), slices.DeleteFunc(slices.Clone(on), func(v string) bool { return slices.Contains(all, v) })...) {
		out = append(out, choice{value, label(value), slices.Contains(on, value)})
	}
	return out
}

// local times of forms: a date and a time without a zone.
const formTime = "2006-01-02T15:04"

func inZone(text string, zone *time.Location) (time.Time, error) {
	return time.ParseInLocation(formTime, text, zone)
}
