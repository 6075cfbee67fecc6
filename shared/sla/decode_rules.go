package sla

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
)

// maxRules bounds the rules of a plan: they are gone through at every entry of a
// ticket.
const maxRules = 200

// What a rule may ask for, and how.
var conditions = []string{"tiers", "severities", "segments", "brands", "organisations", "channels", "platforms", "categories", "languages", "lanes"}

// rules reads the rules of a plan whose own calendar is given.
func (r *reader) rules(node *yaml.Node, calendar string, lanes []string) []promiseRule {
	if node == nil {
		return nil
	}
	list := r.list(node, "rules")
	if len(list) > maxRules {
		r.mistake(node.Line, "rules: more than %d", maxRules)
		return nil
	}
	rules := make([]promiseRule, 0, len(list))
	for _, n := range list {
		rules = append(rules, r.rule(n, calendar, lanes))
	}
	return rules
}

// A promiseRule is a rule as it is written down.
type promiseRule struct {
	when condition
	promise
	line int
}

func (r *reader) rule(node *yaml.Node, calendar string, lanes []string) promiseRule {
	rule := promiseRule{promise: promise{calendar: calendar, metrics: map[desk.Metric]amount{}}, line: node.Line}
	fields := r.fields(node, "rules", append([]string{"when", "calendar"}, metricNames()...))
	if i := slices.IndexFunc(fields, func(f field) bool { return f.name == "calendar" }); i >= 0 {
		rule.calendar = r.calendarName(fields[i].value, "rules")
	}
	asked := false
	for _, f := range fields {
		switch f.name {
		case "calendar":
		case "when":
			rule.when, asked = r.when(f.value, lanes), true
		default:
			rule.metrics[desk.Metric(f.name)] = r.amount(f.value, "rules: "+f.name, rule.calendar)
		}
	}
	if !asked {
		r.mistake(node.Line, "rules: there is no when: what every ticket is promised stands in targets")
	}
	if len(rule.metrics) == 0 {
		r.mistake(node.Line, "rules: the rule promises nothing; it may speak of %s", strings.Join(metricNames(), ", "))
	}
	return rule
}

// when reads the condition of a rule.
func (r *reader) when(node *yaml.Node, lanes []string) condition {
	var c condition
	fields := r.fields(node, "rules: when", conditions)
	for _, f := range fields {
		what := "rules: when: " + f.name
		values := r.values(f.value, what)
		switch f.name {
		case "tiers":
			for _, v := range values {
				tier, err := strconv.Atoi(v)
				if err != nil || tier < 0 || tier >= desk.Tiers {
					r.mistake(f.line, "%s: %q is not a tier from 0 to %d", what, v, desk.Tiers-1)
					continue
				}
				c.tiers = append(c.tiers, desk.Tier(tier))
			}
		case "severities":
			names := []string{desk.Critical.String(), desk.High.String(), desk.Normal.String(), desk.Low.String()}
			r.among(values, names, what, f.line)
			for i, name := range names {
				if slices.Contains(values, name) {
					c.severities = append(c.severities, desk.Critical-desk.Severity(i))
				}
			}
		case "segments":
			r.among(values, []string{b2b, b2c}, what, f.line)
			c.segments = values
		case "categories":
			names := make([]string, len(desk.Categories))
			for i, name := range desk.Categories {
				names[i] = string(name)
			}
			r.among(values, names, what, f.line)
			c.categories = values
		case "lanes":
			r.among(values, lanes, what, f.line)
			c.lanes = values
		case "brands":
			c.brands = values
		case "organisations":
			c.organisations = values
		case "channels":
			c.channels = values
		case "platforms":
			c.platforms = values
		case "languages":
			c.languages = values
		}
	}
	if len(fields) == 0 {
		r.mistake(node.Line, "rules: when asks for nothing: what every ticket is promised stands in targets")
	}
	if len(c.organisations) > 0 {
		if len(c.segments) > 0 && !slices.Contains(c.segments, b2b) {
			r.mistake(node.Line, "rules: when: an organisation is of segment %s: no ticket fits", b2b)
		}
		c.segments = []string{b2b}
	}
	return c
}

// values reads a list of texts, each there once.
func (r *reader) values(node *yaml.Node, what string) []string {
	var values []string
	for _, n := range r.list(node, what) {
		value := r.text(n, what)
		switch {
		case value == "":
		case slices.Contains(values, value):
			r.mistake(n.Line, "%s: %q stands there twice", what, value)
		default:
			values = append(values, value)
		}
	}
	if len(values) == 0 {
		r.mistake(node.Line, "%s: none is given: no ticket fits", what)
	}
	return values
}

// among notes the values that are not known.
func (r *reader) among(values, known []string, what string, line int) {
	for _, v := range values {
		if !slices.Contains(known, v) {
			r.mistake(line, "%s: %q is not one of %s", what, v, strings.Join(known, ", "))
		}
	}
}

// counts reads what counts as an answer.
func (r *reader) counts(node *yaml.Node, counts map[desk.Answer]bool) map[desk.Answer]bool {
	counts = maps.Clone(counts)
	var known []string
	for _, a := range desk.Answers {
		known = append(known, string(a))
	}
	for _, f := range r.fields(node, "counts", known) {
		n := follow(f.value)
		if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
			r.mistake(f.value.Line, "counts: %s: true or false is expected", f.name)
			continue
		}
		var yes bool
		if err := n.Decode(&yes); err != nil {
			r.mistake(f.value.Line, "counts: %s: %v", f.name, err)
		}
		counts[desk.Answer(f.name)] = yes
	}
	return counts
}

func metricNames() []string {
	names := make([]string, len(desk.Metrics))
	for i, m := range desk.Metrics {
		names[i] = string(m)
	}
	return names
}
