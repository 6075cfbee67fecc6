package sla

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
)

// A Mistake is something in a policy document that a person has to put right.
type Mistake struct {
	Line int // from 1; 0 where it is about the document as a whole
	Text string
}

// maxDays bounds a duration in a policy, in days and in time alike.
const maxDays = 366

// DecodeCalendars reads the `calendars` of a policy document:
//
//	office:
//	  zone: Europe/Athens
//	  week: {mon: ["09:00-13:00", "14:00-18:00"], tue: ["22:00-06:00"]}
//	  dates: {2026-12-25: [], 2026-12-24: ["09:00-12:00"]}
//
// See NewCalendar for what the fields mean. A calendar with a mistake in it is
// in the map too, so that a plan which names it is not refused for that. node
// may be nil.
func DecodeCalendars(node *yaml.Node) (map[string]*Calendar, []Mistake) {
	r := new(reader)
	calendars := make(map[string]*Calendar)
	for _, f := range r.fields(node, "calendars", nil) {
		if f.name == Always || f.name == "" {
			r.mistake(f.line, "calendars: %q is no name for a calendar of your own", f.name)
			continue
		}
		calendars[f.name] = r.calendar(f.value, "calendar "+f.name)
	}
	return calendars, r.mistakes
}

func (r *reader) calendar(node *yaml.Node, what string) *Calendar {
	c := &Calendar{clock: newClock(time.UTC), dates: make(map[int64][]period)}
	fields := r.fields(node, what, []string{"zone", "week", "dates"})
	for _, name := range []string{"zone", "week"} {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			r.mistake(node.Line, "%s: there is no %s", what, name)
		}
	}
	for _, f := range fields {
		switch f.name {
		case "zone":
			zone, err := LoadZone(r.text(f.value, what+": zone"))
			if err != nil {
				r.mistake(f.value.Line, "%s: %v", what, err)
				continue
			}
			c.clock = newClock(zone)
		case "week":
			for _, d := range r.fields(f.value, what+": week", nil) {
				weekday, err := parseWeekday(d.name)
				if err != nil {
					r.mistake(d.line, "%s: %v", what, err)
					continue
				}
				c.week[weekday] = r.periods(d.value, what+": "+d.name)
			}
		case "dates":
			for _, d := range r.fields(f.value, what+": dates", nil) {
				date, err := parseDate(d.name)
				if err != nil {
					r.mistake(d.line, "%s: %v", what, err)
					continue
				}
				c.dates[date] = r.periods(d.value, what+": "+d.name)
			}
		}
	}
	return c
}

func (r *reader) periods(node *yaml.Node, what string) []period {
	var all []period
	for _, n := range r.list(node, what) {
		periods, err := parsePeriods([]string{r.text(n, what)})
		if err != nil {
			r.mistake(n.Line, "%s: %v", what, err)
		}
		all = append(all, periods...)
	}
	sortPeriods(all)
	return all
}

// DecodePlan reads the `plan` of a policy document, by the calendars of the same
// document. Every field but calendar may be left out, and
// then is as in Default:
//
//	calendar: office      # one of the calendars, or always
//	warn: 75              # percent of a target after which to warn; 0 for never
//	targets:              # critical, high, normal, low; sales is for sales of severity high
//	  high: {calendar: always, acknowledge: 12m, first_response: 1h, next_response: 1h, resolution: {time: 1d, calendar: office}}
//	pauses: {resolution: [waiting], next_response: [waiting]}
//	chain: {top: 3, repeat: 15m, limit: 5}
//	lease: 5m
//	renudge: 15m
//	reopen_within: 7d
//
// Lanes may have rows of their own, by their names; one needs a first response,
// and what else it leaves out is as in the row high.
//
// Durations are whole days, hours, minutes and seconds: 1d4h. A day of a target
// is an average working day of its calendar, any other 24 hours. The plan is
// nil when there are mistakes.
func DecodePlan(node *yaml.Node, calendars map[string]*Calendar, lanes ...string) (*Plan, []Mistake) {
	r := &reader{calendars: calendars}
	p := newPlan(calendars)
	fields := r.fields(node, "plan", []string{"calendar", "warn", "targets", "pauses", "chain", "lease", "renudge", "reopen_within"})
	calendar := ""
	var targets *yaml.Node
	for _, f := range fields {
		switch f.name {
		case "calendar":
			calendar = r.calendarName(f.value, "plan")
		case "warn":
			p.warn = float64(r.number(f.value, "warn", 0, 99)) / 100
		case "targets":
			targets = f.value
		case "pauses":
			p.pauses = r.pauses(f.value)
		case "chain":
			p.chain = r.chain(f.value, p.chain)
		case "lease":
			p.lease = r.duration(f.value, f.name)
		case "renudge":
			p.renudge = r.duration(f.value, f.name)
		case "reopen_within":
			p.reopenWithin = r.duration(f.value, f.name)
		}
	}
	if !slices.ContainsFunc(fields, func(f field) bool { return f.name == "calendar" }) {
		r.mistake(lineOf(node), "plan: there is no calendar")
	}
	rows := r.promises(targets, calendar, lanes)
	if len(r.mistakes) > 0 {
		return nil, r.mistakes
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		p.promise(name, rows[name])
		r.canBeMet(p, name, rows[name], lineOf(node))
	}
	if len(r.mistakes) > 0 {
		return nil, r.mistakes
	}
	return p, nil
}

// canBeMet notes the targets of a row that five years of ordinary weeks are too
// short for. Deadline looks ten years ahead, which leaves as much again for
// dates that are closed. What the row does not say has the plan's line.
func (r *reader) canBeMet(p *Plan, name string, row promise, line int) {
	for _, m := range desk.Metrics {
		target := p.targets[name][m]
		if week, _ := p.calendars[target.Calendar].usual(); target.Time <= 5*52*week {
			continue
		}
		at := line
		if a := row.metrics[m]; a.line > 0 {
			at = a.line
		}
		r.mistake(at, "target %s: %s: calendar %s does not open long enough for %v", name, m, target.Calendar, target.Time)
	}
}

// promises reads the targets of a plan whose own calendar is given. Lanes have a
// row only where there is one for them.
func (r *reader) promises(node *yaml.Node, calendar string, lanes []string) map[string]promise {
	rows := defaultPromises()
	for name, row := range rows {
		if row.calendar == "" {
			row.calendar = calendar
			rows[name] = row
		}
	}
	own := map[string]int{} // lines of the lanes' rows
	for _, f := range r.fields(node, "targets", append(slices.Clone(promises), lanes...)) {
		row, usual := rows[f.name]
		if !usual {
			row = promise{calendar: calendar, metrics: map[desk.Metric]amount{}}
			own[f.name] = f.line
		}
		what := "target " + f.name
		known := []string{"calendar"}
		for _, m := range desk.Metrics {
			known = append(known, string(m))
		}
		fields := r.fields(f.value, what, known)
		if i := slices.IndexFunc(fields, func(f field) bool { return f.name == "calendar" }); i >= 0 {
			row.calendar = r.calendarName(fields[i].value, what)
		}
		for _, m := range fields {
			if m.name != "calendar" {
				row.metrics[desk.Metric(m.name)] = r.amount(m.value, what+": "+m.name, row.calendar)
			}
		}
		rows[f.name] = row
	}
	for name, line := range own {
		if _, ok := rows[name].metrics[desk.FirstResponse]; !ok {
			r.mistake(line, "target %s: there is no %s", name, desk.FirstResponse)
			continue
		}
		if _, ok := rows[name].metrics[desk.Resolution]; !ok {
			usual := rows["high"].metrics[desk.Resolution]
			if usual.calendar == "" {
				usual.calendar = rows["high"].calendar
			}
			rows[name].metrics[desk.Resolution] = usual
		}
	}
	return rows
}

// amount reads a target: a duration, or one with a calendar of its own. Else it
// counts on the given one.
func (r *reader) amount(node *yaml.Node, what, calendar string) amount {
	at := node
	if follow(node).Kind == yaml.MappingNode {
		at = nil
		for _, f := range r.fields(node, what, []string{"time", "calendar"}) {
			if f.name == "time" {
				at = f.value
			} else {
				calendar = r.calendarName(f.value, what)
			}
		}
		if at == nil {
			r.mistake(node.Line, "%s: there is no time", what)
			return amount{}
		}
	}
	days, rest, ok := r.days(at, what)
	if !ok {
		return amount{}
	}
	return amount{days: days, rest: rest, calendar: calendar, line: at.Line}
}

// calendarName reads the name of a calendar that can be counted on.
func (r *reader) calendarName(node *yaml.Node, what string) string {
	name := r.text(node, what+": calendar")
	if name == Always || name == "" {
		return name
	}
	c, ok := r.calendars[name]
	if !ok {
		r.mistake(node.Line, "%s: there is no calendar %q", what, name)
		return name
	}
	if week, _ := c.usual(); week == 0 {
		r.mistake(node.Line, "%s: calendar %q never opens in an ordinary week", what, name)
	}
	return name
}

func (r *reader) pauses(node *yaml.Node) map[desk.Metric][]desk.State {
	pauses := make(map[desk.Metric][]desk.State)
	var known, working []string
	for _, m := range desk.Metrics {
		known = append(known, string(m))
	}
	for _, s := range desk.States {
		if s.Working() {
			working = append(working, string(s))
		}
	}
	for _, f := range r.fields(node, "pauses", known) {
		for _, n := range r.list(f.value, "pauses: "+f.name) {
			state := r.text(n, "pauses: "+f.name)
			if state != "" && !slices.Contains(working, state) {
				r.mistake(n.Line, "pauses: %s: %q is not one of %s", f.name, state, strings.Join(working, ", "))
				continue
			}
			pauses[desk.Metric(f.name)] = append(pauses[desk.Metric(f.name)], desk.State(state))
		}
	}
	return pauses
}

func (r *reader) chain(node *yaml.Node, c desk.Chain) desk.Chain {
	for _, f := range r.fields(node, "chain", []string{"top", "repeat", "limit"}) {
		what := "chain: " + f.name
		switch f.name {
		case "top":
			c.Top = desk.Tier(r.number(f.value, what, 0, desk.Tiers-1))
		case "repeat":
			c.Repeat = r.duration(f.value, what)
		case "limit":
			c.Limit = r.number(f.value, what, 0, 100)
		}
	}
	return c
}

// A reader takes a part of a policy apart and notes every mistake it meets,
// rather than stopping at the first. What is wrong reads as the zero value.
type reader struct {
	calendars map[string]*Calendar
	mistakes  []Mistake
}

// A field is one entry of a mapping.
type field struct {
	name  string
	line  int
	value *yaml.Node
}

func (r *reader) mistake(line int, format string, args ...any) {
	r.mistakes = append(r.mistakes, Mistake{line, fmt.Sprintf(format, args...)})
}

// fields returns the entries of a mapping, none of nothing at all. A name that
// stands there twice or is not a known one is a mistake; nil knows all.
func (r *reader) fields(node *yaml.Node, what string, known []string) []field {
	if node == nil {
		return nil
	}
	n := follow(node)
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		r.mistake(node.Line, "%s: a mapping of names to values is expected", what)
		return nil
	}
	var all []field
	for i := 0; i+1 < len(n.Content); i += 2 {
		f := field{follow(n.Content[i]).Value, n.Content[i].Line, n.Content[i+1]}
		switch {
		case slices.ContainsFunc(all, func(g field) bool { return g.name == f.name }):
			r.mistake(f.line, "%s: %q stands there twice", what, f.name)
		case known != nil && !slices.Contains(known, f.name):
			r.mistake(f.line, "%s: unknown field %q; known are %s", what, f.name, strings.Join(known, ", "))
		default:
			all = append(all, f)
		}
	}
	return all
}

func (r *reader) list(node *yaml.Node, what string) []*yaml.Node {
	n := follow(node)
	if n.Kind != yaml.SequenceNode {
		r.mistake(node.Line, "%s: a list is expected", what)
		return nil
	}
	return n.Content
}

func (r *reader) text(node *yaml.Node, what string) string {
	n := follow(node)
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Value == "" {
		r.mistake(node.Line, "%s: a text is expected", what)
		return ""
	}
	return n.Value
}

func (r *reader) number(node *yaml.Node, what string, low, high int) int {
	n := follow(node)
	value, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || err != nil || value < low || value > high {
		r.mistake(node.Line, "%s: a whole number from %d to %d is expected", what, low, high)
		return low
	}
	return value
}

// duration reads a duration whose days have 24 hours.
func (r *reader) duration(node *yaml.Node, what string) time.Duration {
	days, rest, _ := r.days(node, what)
	return time.Duration(days)*24*time.Hour + rest
}

// days reads a duration of more than zero, its days apart from the rest.
func (r *reader) days(node *yaml.Node, what string) (days int64, rest time.Duration, ok bool) {
	text := r.text(node, what)
	if text == "" {
		return 0, 0, false
	}
	before, after, found := strings.Cut(text, "d")
	if !found {
		before, after = "", text
	}
	var err error
	if found {
		days, err = strconv.ParseInt(before, 10, 64)
	}
	if err == nil && after != "" {
		rest, err = ParseTarget(after)
	}
	switch {
	case err != nil || strings.HasPrefix(before, "+") || strings.HasPrefix(before, "-"):
		r.mistake(node.Line, "%s: %q is not a duration of whole days, hours, minutes and seconds such as 1d4h or 30m", what, text)
	case days == 0 && rest == 0:
		r.mistake(node.Line, "%s: %s is not more than zero", what, text)
	case days > maxDays || rest > maxDays*24*time.Hour:
		r.mistake(node.Line, "%s: %s is longer than %d days", what, text, maxDays)
	default:
		return days, rest, true
	}
	return 0, 0, false
}

// follow returns the node that an alias stands for.
func follow(node *yaml.Node) *yaml.Node {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return node
}

func lineOf(node *yaml.Node) int {
	if node == nil {
		return 0
	}
	return node.Line
}
