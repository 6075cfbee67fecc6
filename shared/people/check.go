package people

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/sla"
)

// A Mistake is something in an item of the directory that a person has to put right.
type Mistake struct {
	Line  int    `json:"line,omitempty"`  // of the file that it came from, from 1
	Field string `json:"field,omitempty"` // by its name in JSON; empty for the item as a whole
	Text  string `json:"text"`
}

func (m Mistake) String() string {
	text := m.Text
	if m.Field != "" {
		text = m.Field + ": " + text
	}
	if m.Line > 0 {
		text = fmt.Sprintf("line %d: %s", m.Line, text)
	}
	return text
}

// Bounds of what one item may have. An item of the table has 400 KB.
const (
	maxID        = 255 // bytes, as a subject of OpenID Connect
	maxText      = 200 // bytes
	maxList      = 200
	maxTurn      = 366 // days
	maxOverrides = 500
	maxCapacity  = 1000
)

// A checker collects the mistakes of an item.
type checker struct {
	Directory
	mistakes []Mistake
}

func (c *checker) add(field, format string, args ...any) {
	c.mistakes = append(c.mistakes, Mistake{Field: field, Text: fmt.Sprintf(format, args...)})
}

// CheckMember returns what is wrong with m, as it would stand in d, nothing where it
// can be saved.
func (d Directory) CheckMember(m Member) []Mistake {
	c := &checker{Directory: d}
	c.id(m.ID)
	c.text("name", m.Name, true)
	c.text("sign", m.Sign, false)
	for _, word := range c.list("roles", m.Roles, nil) {
		if _, err := (Person{}).Grant(word); err != nil {
			c.add("roles", "%v", err)
		}
	}
	c.list("teams", m.Teams, c.team)
	if len(m.Teams) == 0 && len(d.Teams) > 0 && !m.Left && m.needsTeam() {
		c.add("teams", "is in no team, and so would be told of nothing; only admins, auditors and viewers need none")
	}
	c.list("skills", m.Skills, nil)
	c.list("languages", m.Languages, c.language)
	c.reads(m.Reads)
	c.list("brands", m.Brands, nil)
	c.week("shifts", m.Zone, m.Shifts)
	c.week("quiet", m.Zone, m.Quiet)
	if len(m.Quiet) > 0 && m.Zone == "" && len(m.Shifts) == 0 { // else that is told of the shifts
		c.add("zone", "is missing: quiet hours are by a clock of some place")
	}
	c.channels(m.Channels)
	c.capacity(m.Capacity)
	if most := int(desk.LongestGrace / time.Second); m.Undo != nil && (*m.Undo < 0 || *m.Undo > most) {
		c.add("undo", "%d is not between 0 and %d seconds", *m.Undo, most)
	}
	return append(c.mistakes, CheckPresence(m.Presence)...)
}

// CheckPresence is CheckMember for what somebody says of their being there.
func CheckPresence(p Presence) []Mistake {
	c := &checker{}
	switch {
	case !p.Away && !p.Until.IsZero():
		c.add("presence", "is there until %s, which only who is away can be", p.Until.Format(time.RFC3339))
	case p.Away && !p.Until.IsZero() && !p.Until.After(p.Since):
		c.add("presence", "is back at %s, before being away", p.Until.Format(time.RFC3339))
	}
	c.text("presence", p.Why, false)
	return c.mistakes
}

// needsTeam reports whether m answers customers, or might: what their sign-in says
// the directory does not know.
func (m Member) needsTeam() bool {
	return len(m.Roles) == 0 || slices.ContainsFunc(m.Roles, func(word string) bool {
		return word != string(Admin) && word != string(Auditor) && word != string(Viewer)
	})
}

// CheckTeam is CheckMember for a team.
func (d Directory) CheckTeam(t Team) []Mistake {
	c := &checker{Directory: d}
	c.id(t.ID)
	if _, ok := d.Rotas[t.ID]; ok {
		c.add("id", "%q is a rota's, and steps of a chain name either", t.ID)
	}
	c.text("name", t.Name, true)
	c.list("brands", t.Brands, nil)
	c.list("languages", t.Languages, c.language)
	c.reads(t.Reads)
	c.list("leads", t.Leads, c.member)
	if t.Assigns != AssignsNobody && t.Assigns != RoundRobin && t.Assigns != FewestOpen {
		c.add("assigns", "%s is neither %s nor %s, nor empty for nobody", quoted(string(t.Assigns)), RoundRobin, FewestOpen)
	}
	c.channels(t.Channels)
	if slices.ContainsFunc(t.Channels, func(ch Channel) bool { return ch.Kind == Push }) {
		c.add("channels", "a browser is somebody's, not a team's")
	}
	return c.mistakes
}

// CheckRota is CheckMember for a rota.
func (d Directory) CheckRota(r Rota) []Mistake {
	c := &checker{Directory: d}
	c.id(r.ID)
	if _, ok := d.Teams[r.ID]; ok {
		c.add("id", "%q is a team's, and steps of a chain name either", r.ID)
	}
	c.text("name", r.Name, true)
	if r.Team != "" {
		c.team("team", r.Team)
	}
	if _, err := sla.LoadZone(r.Zone); err != nil {
		c.add("zone", "%v", err)
	}
	if _, err := time.Parse(time.DateOnly, r.Start); err != nil || len(r.Start) != len(time.DateOnly) {
		c.add("start", "%q is not a date such as 2026-11-23", r.Start)
	}
	if _, err := sla.ParseTimeOfDay(r.Handover); err != nil {
		c.add("handover", "%v", err)
	}
	if r.Turn < 1 || r.Turn > maxTurn {
		c.add("turn", "is %d days; 1 to %d are a turn", r.Turn, maxTurn)
	}
	if len(r.Members) == 0 {
		c.add("members", "is empty: nobody would ever be on duty")
	}
	if len(r.Members) > maxList {
		c.add("members", "has more than %d", maxList)
	}
	for _, who := range r.Members { // somebody may take two turns of a round
		c.member("members", who)
	}
	c.week("hours", r.Zone, r.Hours)
	c.overrides(r.Overrides)
	return c.mistakes
}

func (c *checker) overrides(all []Override) {
	if len(all) > maxOverrides {
		c.add("overrides", "has more than %d: take out those that are over", maxOverrides)
		return
	}
	sorted := slices.SortedStableFunc(slices.Values(all), func(a, b Override) int { return a.From.Compare(b.From) })
	var last Override // of those before, the one that ends last
	for _, o := range sorted {
		if _, ok := c.Members[o.Who]; !ok {
			c.add("overrides", "%s is nobody of the desk", quoted(o.Who))
		}
		c.text("overrides", o.Why, false)
		if !o.To.After(o.From) {
			c.add("overrides", "that of %s from %s ends at %s, before it begins", quoted(o.Who), o.From.Format(time.RFC3339), o.To.Format(time.RFC3339))
			continue
		}
		if o.From.Before(last.To) {
			c.add("overrides", "that of %s from %s crosses that of %s until %s", quoted(o.Who), o.From.Format(time.RFC3339), quoted(last.Who), last.To.Format(time.RFC3339))
		}
		if o.To.After(last.To) {
			last = o
		}
	}
}

// CheckRemoval returns why a team or a rota can't be taken out: somebody still needs
// it.
func (d Directory) CheckRemoval(kind Kind, id string) []Mistake {
	c := &checker{Directory: d}
	if kind != KindTeam {
		return nil
	}
	if in := ids(d.those(func(m Member) bool { return !m.Left && slices.Contains(m.Teams, id) })); len(in) > 0 {
		c.add("", "there are people in it: %s", strings.Join(in, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(d.Rotas)) {
		if d.Rotas[name].Team == id {
			c.add("", "rota %s is of it", name)
		}
	}
	return c.mistakes
}

func (c *checker) id(id string) {
	switch {
	case id == "":
		c.add("id", "is missing")
	case id == "." || id == "..":
		c.add("id", "%s can be no part of an address", quoted(id))
	case len(id) > maxID:
		c.add("id", "has more than %d bytes", maxID)
	case !plain(id) || strings.TrimSpace(id) != id:
		c.add("id", "%s has what can't be seen or begins or ends with a space", quoted(id))
	}
}

func (c *checker) text(field, text string, must bool) {
	switch {
	case must && strings.TrimSpace(text) == "":
		c.add(field, "is missing")
	case len(text) > maxText:
		c.add(field, "has more than %d bytes", maxText)
	case !plain(text):
		c.add(field, "%s has what can't be seen", quoted(text))
	}
}

// plain reports whether a text is one that a page can show in a line.
func plain(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) })
}

// list checks the texts of a list, each with one more look where there is one, and
// returns those that are texts.
func (c *checker) list(field string, all []string, look func(field, text string)) []string {
	if len(all) > maxList {
		c.add(field, "has more than %d", maxList)
		return nil
	}
	var sound []string
	for i, text := range all {
		switch {
		case text == "" || len(text) > maxID || !plain(text):
			c.add(field, "%s is no name", quoted(text))
		case slices.Contains(all[:i], text):
			c.add(field, "%s stands there twice", quoted(text))
		default:
			sound = append(sound, text)
			if look != nil {
				look(field, text)
			}
		}
	}
	return sound
}

func (c *checker) team(field, id string) {
	if _, ok := c.Teams[id]; !ok {
		c.add(field, "there is no team %s; known are %s", quoted(id), listed(slices.Sorted(maps.Keys(c.Teams))))
	}
}

func (c *checker) member(field, id string) {
	switch m, ok := c.Members[id]; {
	case !ok:
		c.add(field, "%s is nobody of the desk", quoted(id))
	case m.Left:
		c.add(field, "%s has left", quoted(id))
	}
}

func (c *checker) language(field, code string) {
	if !slices.Contains(Languages, code) {
		c.add(field, "%s is not one of %s", quoted(code), strings.Join(Languages, ", "))
	}
}

// reads checks in which language the desk speaks to somebody.
func (c *checker) reads(code string) {
	if code != "" {
		c.language("reads", code)
	}
}

// week checks hours and the zone whose they are.
func (c *checker) week(field, zone string, week Week) {
	if zone != "" || len(week) > 0 {
		if _, err := sla.LoadZone(zone); err != nil && field == "shifts" { // a rota has its zone without hours too
			c.add("zone", "%v", err)
		}
	}
	periods := 0
	for _, day := range slices.Sorted(maps.Keys(week)) {
		periods += len(week[day])
		if len(week[day]) > maxList {
			c.add(field, "%s has more than %d periods", day, maxList)
		} else if _, err := sla.NewCalendar("UTC", map[string][]string{day: week[day]}, nil); err != nil {
			c.add(field, "%v", err)
		}
	}
	if len(week) > 0 && periods == 0 {
		c.add(field, "has days without hours only, and so never begins; leave it out instead")
	}
}

func (c *checker) capacity(of Capacity) {
	for _, bound := range []struct {
		name string
		is   int
	}{{"soft", of.Soft}, {"hard", of.Hard}} {
		if bound.is < 0 || bound.is > maxCapacity {
			c.add("capacity", "%s is %d; it is 1 to %d, or 0 for no bound", bound.name, bound.is, maxCapacity)
		}
	}
	if of.Hard > 0 && of.Soft > of.Hard {
		c.add("capacity", "soft is %d, more than hard, %d", of.Soft, of.Hard)
	}
}

// quoted returns a text as it can stand in a message.
func quoted(text string) string {
	const most = 60
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

func listed(all []string) string {
	const most = 12
	if len(all) > most {
		return strings.Join(all[:most], ", ") + fmt.Sprintf(" and %d more", len(all)-most)
	}
	return cmp.Or(strings.Join(all, ", "), "none")
}
