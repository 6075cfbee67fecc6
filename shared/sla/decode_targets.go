package sla

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
)

// canBeMet notes the targets of a row that five years of ordinary weeks are too
// short for. Deadline looks ten years ahead, which leaves as much again for
// dates that are closed. What the row does not say has the plan's line.
func (r *reader) canBeMet(p *Plan, what string, targets map[desk.Metric]desk.Target, row promise, line int) {
	for _, m := range desk.Metrics {
		target := targets[m]
		if week, _ := p.calendars[target.Calendar].usual(); target.Time <= 5*52*week {
			continue
		}
		at := line
		if a := row.metrics[m]; a.line > 0 {
			at = a.line
		}
		r.mistake(at, "%s: %s: calendar %s does not open long enough for %v", what, m, target.Calendar, target.Time)
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
		fields := r.fields(f.value, what, append([]string{"calendar"}, metricNames()...))
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
