package sla

import (
	"maps"
	"slices"
	"strings"

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

// Names are what a plan may speak of that other sections of the document declare,
// and its section of chains.
type Names struct {
	Lanes, Teams []string
	Tiers        []desk.Tier // none for all
	Chains       *yaml.Node
}

// DecodePlan reads the `plan` of a policy document, by the calendars of the same
// document. Every field but calendar may be left out, and
// then is as in Default:
//
//	calendar: office      # one of the calendars, or always
//	warn: 75              # percent of a target after which to warn; 0 for never
//	targets:              # critical, high, normal, low; sales is for sales of severity high
//	  high: {calendar: always, acknowledge: 12m, first_response: 1h, next_response: 1h, resolution: {time: 1d, calendar: office}}
//	rules:                # for some tickets, before the row of their severity or lane
//	  - {when: {segments: [b2b], tiers: [3]}, calendar: always, first_response: 30m}
//	counts: {elsewhere: true, bot: false, receipt: false, note: false, failed: false}
//	pauses: {resolution: [waiting], next_response: [waiting], update: [waiting]}
//	chain: {top: 3, repeat: 15m, limit: 5} # or with steps, as one of names.Chains
//	lease: 5m
//	renudge: 15m
//	reopen_within: 7d
//
// Names.Lanes may have rows of their own, by their names; one needs a first response,
// and what else it leaves out is as in the row high. Vendor, update, requester_wait
// and agent_work have a clock only where a row or a rule has a target for them.
//
// Of the rules for a ticket the first that speaks of a metric is taken: when names
// tiers, severities, segments (b2b: an organisation is known; b2c), brands,
// organisations, channels, platforms, categories, languages, lanes. What is critical
// is promised what a rule says only where that is sooner at any hour, or the rule
// names critical. Counts says what is an answer beside what a person writes here.
//
// Durations are whole days, hours, minutes and seconds: 1d4h. A day of a target
// is an average working day of its calendar, any other 24 hours. The plan is
// nil when there are mistakes.
func DecodePlan(node *yaml.Node, calendars map[string]*Calendar, names Names) (*Plan, []Mistake) {
	r := &reader{calendars: calendars}
	p := newPlan(calendars)
	fields := r.fields(node, "plan", []string{"calendar", "warn", "targets", "rules", "counts", "pauses", "chain", "lease", "renudge", "reopen_within"})
	calendar := ""
	var targets, given, chain *yaml.Node
	for _, f := range fields {
		switch f.name {
		case "calendar":
			calendar = r.calendarName(f.value, "plan")
		case "warn":
			p.warn = float64(r.number(f.value, "warn", 0, 99)) / 100
		case "targets":
			targets = f.value
		case "rules":
			given = f.value
		case "counts":
			p.counts = r.counts(f.value, p.counts)
		case "pauses":
			update := p.pauses[desk.PeriodicUpdate]
			if p.pauses = r.pauses(f.value); p.pauses[desk.PeriodicUpdate] == nil {
				p.pauses[desk.PeriodicUpdate] = update
			}
		case "chain":
			chain = f.value
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
	r.escalation(p, chain, calendar, names)
	rows := r.promises(targets, calendar, names.Lanes)
	rules := r.rules(given, calendar, names.Lanes)
	if len(r.mistakes) > 0 {
		return nil, r.mistakes
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		p.promise(name, rows[name])
		r.canBeMet(p, "target "+name, p.targets[name], rows[name], lineOf(node))
	}
	for _, written := range rules {
		targets := p.promised(written.promise)
		p.rules = append(p.rules, rule{when: written.when, targets: targets, line: written.line})
		r.canBeMet(p, "rules", targets, written.promise, written.line)
	}
	if len(r.mistakes) > 0 {
		return nil, r.mistakes
	}
	return p, nil
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
