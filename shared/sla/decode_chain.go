package sla

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
)

// Bounds of a policy's chains. Whoever is told has been told after that many steps.
const (
	maxChains = 50
	maxSteps  = 20
	maxLimit  = 100
	maxNamed  = 100 // bytes of the name of a chain, which its clocks carry with them
	maxTold   = 255 // bytes of whom a step tells, as ids of the directory
)

// own is the name of a plan's own chain beside others with names.
const own = "plan"

// chainText is a chain as it is written down: steps that may stand for another
// chain's.
type chainText struct {
	fitting
	line    int
	steps   []stepText
	written bool // there are steps
	repeats bool
	limited bool
	hours   bool // there is a calendar
	named   bool // by another chain
}

type stepText struct {
	desk.Step
	line  int
	chain string // the chain whose steps these are
	after bool   // there is a delay
}

// called is how mistakes call the chain.
func (c *chainText) called() string { return strings.TrimSuffix("chain "+c.chain.Name, " ") }

// chains reads the `chains` of a policy document:
//
//   - name: night
//     when: {severities: [critical], metrics: [first_response]}
//     steps:
//   - {do: page, to: nights}
//   - {do: raise, after: 10m}
//   - {chain: leads, after: 5m}
//     calendar: office
//     top: 3
//     repeat: 15m
//     limit: 6
//
// The first that fits a clock is its chain. One without `when` is for others to
// name.
func (r *reader) chains(node *yaml.Node, names Names) []*chainText {
	if node == nil {
		return nil
	}
	var all []*chainText
	for i, n := range r.list(node, "chains") {
		if i == maxChains {
			r.mistake(n.Line, "chains: there are more than %d", maxChains)
			break
		}
		c := &chainText{line: n.Line, fitting: fitting{chain: desk.Chain{Top: desk.Senior}}}
		fields := r.fields(n, "chain", []string{"name", "when", "steps", "calendar", "top", "repeat", "limit"})
		if i := slices.IndexFunc(fields, func(f field) bool { return f.name == "name" }); i >= 0 {
			c.chain.Name = r.text(fields[i].value, "chain: name")
		}
		name := c.chain.Name
		switch {
		case name == "":
			r.mistake(n.Line, "chains: there is one without a name")
		case len(name) > maxNamed:
			r.mistake(n.Line, "chains: the name %q has more than %d bytes", clip(name), maxNamed)
			continue
		case name == own:
			r.mistake(n.Line, "chain %s: the plan's own chain has that name", name)
		case slices.ContainsFunc(all, func(o *chainText) bool { return o.chain.Name == name }):
			r.mistake(n.Line, "chain %s: stands there twice", name)
		}
		r.chain(c, fields, names)
		if !c.written {
			r.mistake(n.Line, "chain %s: there are no steps", name)
		}
		all = append(all, c)
	}
	return all
}

// chain reads the fields of a chain into c, which has the defaults.
func (r *reader) chain(c *chainText, fields []field, names Names) {
	what := c.called()
	for _, f := range fields {
		called := what + ": " + f.name
		switch f.name {
		case "when":
			c.when = r.fits(f.value, called, names)
		case "steps":
			c.written = true
			c.steps = r.steps(f.value, what, names)
		case "calendar":
			c.hours = true
			if c.chain.Calendar = r.calendarName(f.value, what); c.chain.Calendar == Always {
				c.chain.Calendar = ""
			}
		case "top":
			c.chain.Top = desk.Tier(r.number(f.value, called, 0, desk.Tiers-1))
		case "repeat":
			c.repeats = true
			c.chain.Repeat = r.duration(f.value, called)
		case "limit":
			c.limited = true
			c.chain.Limit = r.number(f.value, called, 0, maxLimit)
		}
	}
	switch {
	case !c.written:
	case c.repeats && !c.limited:
		r.mistake(c.line, "%s: repeats without a limit", what)
	case c.limited && !c.repeats:
		r.mistake(c.line, "%s: there is a limit, and nothing repeats", what)
	}
}

// steps reads the steps of a chain.
func (r *reader) steps(node *yaml.Node, of string, names Names) []stepText {
	list := r.list(node, of+": steps")
	if follow(node).Kind == yaml.SequenceNode && len(list) == 0 {
		r.mistake(node.Line, "%s: steps: there is none", of)
	}
	var all []stepText
	for i, n := range list {
		what := fmt.Sprintf("%s: step %d", of, i+1)
		s := stepText{line: n.Line}
		fields := r.fields(n, what, []string{"do", "to", "after", "outside", "chain"})
		for _, f := range fields {
			switch f.name {
			case "do":
				s.Do = oneOf(r, f.value, what+": do", desk.WarnHolder, desk.NotifyTeam, desk.RaiseTier, desk.PageLead, desk.StartSwarm, desk.HandToVendor, desk.OpenIncident)
			case "to":
				if s.To = r.text(f.value, what+": to"); len(s.To) > maxTold {
					r.mistake(f.line, "%s: to: %q has more than %d bytes", what, clip(s.To), maxTold)
				}
			case "after":
				s.After, s.after = r.delay(f.value, what+": after"), true
				if i == 0 && s.After > 0 {
					r.mistake(f.line, "%s: after: the first step is taken at the deadline", what)
				}
			case "outside":
				s.Outside = oneOf(r, f.value, what+": outside", desk.WaitToOpen, desk.PassBy, desk.Anyway)
			case "chain":
				s.chain = r.text(f.value, what+": chain")
			}
		}
		named := func(name string) bool {
			return slices.ContainsFunc(fields, func(f field) bool { return f.name == name })
		}
		switch {
		case named("chain") && (named("do") || named("to") || named("outside")):
			r.mistake(n.Line, "%s: a step that is another chain says only that and after", what)
		case !named("chain") && !named("do"):
			r.mistake(n.Line, "%s: says neither what to do nor which chain", what)
		case s.To == "" || s.Do == desk.PageLead: // a team or a rota; of rotas only the directory knows
		case s.Do == desk.NotifyTeam || s.Do == desk.StartSwarm:
			if !slices.Contains(names.Teams, s.To) {
				r.mistake(n.Line, "%s: there is no team %q", what, s.To)
			}
		case s.Do != "":
			r.mistake(n.Line, "%s: %s is for nobody whom one could name", what, s.Do)
		}
		if s.Do == desk.HandToVendor && len(names.Tiers) > 0 && !slices.Contains(names.Tiers, desk.Vendor) {
			r.mistake(n.Line, "%s: the desk has no tier %d for vendors", what, desk.Vendor)
		}
		all = append(all, s)
	}
	return all
}

// join puts the steps that chains name in place of their names. Those of c are
// behind the ones that lead to it.
func (r *reader) join(c *chainText, all []*chainText, path []string) (steps []desk.Step) {
	what := c.called()
	path = append(path, c.chain.Name)
	for _, s := range c.steps {
		if s.chain == "" {
			steps = append(steps, s.Step)
			continue
		}
		i := slices.IndexFunc(all, func(o *chainText) bool { return o.chain.Name == s.chain })
		switch {
		case i < 0:
			r.once(s.line, "%s: there is no chain %q", what, s.chain)
			return nil
		case slices.Contains(path, s.chain):
			r.once(s.line, "%s: never ends: it leads to chain %s, which leads to it", what, s.chain)
			return nil
		}
		all[i].named = true
		more := r.join(all[i], all, path)
		if len(more) == 0 {
			return nil // its mistakes are noted
		}
		more[0].After = s.After
		if steps = append(steps, more...); len(steps) > maxSteps {
			break
		}
	}
	if len(steps) > maxSteps {
		r.once(c.line, "%s: has more than %d steps", what, maxSteps)
		return nil
	}
	return steps
}

// escalation reads the chains of a document, the plan's own among them, into p,
// whose calendar is given.
func (r *reader) escalation(p *Plan, plan *yaml.Node, calendar string, names Names) {
	if calendar == Always {
		calendar = ""
	}
	before := len(r.mistakes)
	all := r.chains(names.Chains, names)
	mine := &chainText{fitting: fitting{chain: p.chain}, line: lineOf(plan)}
	fields := r.fields(plan, "chain", []string{"steps", "calendar", "top", "repeat", "limit"})
	if slices.ContainsFunc(fields, func(f field) bool { return f.name == "steps" }) {
		mine.chain = desk.Chain{Top: desk.Senior}
	}
	r.chain(mine, fields, names)
	if len(all) > 0 {
		mine.chain.Name = own
	}
	if len(r.mistakes) > before { // what is not known, nothing can name
		return
	}
	for _, c := range append(slices.Clone(all), mine) {
		if !c.hours {
			c.chain.Calendar = calendar
		}
		if c.written {
			c.chain.Steps = r.join(c, all, nil)
		}
		if c.repeats && c.limited && c.chain.Limit < len(c.chain.Steps) {
			r.mistake(c.line, "%s: the limit %d is less than its %d steps", c.called(), c.chain.Limit, len(c.chain.Steps))
		}
	}
	for n, c := range all {
		if c.when == nil && !c.named {
			r.mistake(c.line, "chain %s: nothing comes to it: it has no when, and no step names it", c.chain.Name)
		}
		p.chains = append(p.chains, c.fitting)
		for _, earlier := range all[:n] {
			if earlier.when != nil && c.when != nil && earlier.when.covers(*c.when) {
				p.doubts = append(p.doubts, Mistake{c.line, fmt.Sprintf("chain %s: no clock gets here: chain %s takes all of them", c.chain.Name, earlier.chain.Name)})
				break
			}
		}
	}
	p.chain = mine.chain
	for _, c := range append(all, mine) {
		for _, s := range c.steps {
			if s.Do == desk.PageLead && s.To != "" && !slices.Contains(names.Teams, s.To) {
				p.doubts = append(p.doubts, Mistake{s.line, fmt.Sprintf("%s: pages %q, which is no team here: whoever a rota of that name has on duty, if the directory has one", c.called(), s.To)})
			}
		}
	}
}

// once notes a mistake unless it is noted already: a chain is joined for each that
// names it.
func (r *reader) once(line int, format string, args ...any) {
	if m := (Mistake{line, fmt.Sprintf(format, args...)}); !slices.Contains(r.mistakes, m) {
		r.mistakes = append(r.mistakes, m)
	}
}

// fits reads what a chain is for.
func (r *reader) fits(node *yaml.Node, what string, names Names) *when {
	w := &when{}
	fields := r.fields(node, what, []string{"metrics", "severities", "tiers", "categories", "teams", "lanes", "brands"})
	if len(fields) == 0 {
		r.mistake(node.Line, "%s: there is nothing that has to fit", what)
	}
	for _, f := range fields {
		what := what + ": " + f.name
		list := r.list(f.value, what)
		if follow(f.value).Kind == yaml.SequenceNode && len(list) == 0 {
			r.mistake(f.line, "%s: there is none", what)
		}
		for _, n := range list {
			switch f.name {
			case "metrics":
				w.metrics = append(w.metrics, oneOf(r, n, what, desk.Metrics...))
			case "severities":
				for s := desk.Low; s <= desk.Critical; s++ {
					if s.String() == follow(n).Value {
						w.severities = append(w.severities, s)
					}
				}
				oneOf(r, n, what, desk.Low.String(), desk.Normal.String(), desk.High.String(), desk.Critical.String())
			case "tiers":
				tier := desk.Tier(r.number(n, what, 0, desk.Tiers-1))
				if len(names.Tiers) > 0 && !slices.Contains(names.Tiers, tier) {
					r.mistake(n.Line, "%s: the desk has no tier %d", what, tier)
				}
				w.tiers = append(w.tiers, tier)
			case "categories":
				w.categories = append(w.categories, oneOf(r, n, what, desk.Categories[:]...))
			case "teams":
				w.teams = append(w.teams, oneOf(r, n, what, names.Teams...))
			case "lanes":
				w.lanes = append(w.lanes, oneOf(r, n, what, names.Lanes...))
			case "brands":
				w.brands = append(w.brands, r.text(n, what))
			}
		}
	}
	return w
}

// oneOf reads a text that is one of the known.
func oneOf[T ~string](r *reader, node *yaml.Node, what string, known ...T) T {
	value := T(r.text(node, what))
	if value == "" || slices.Contains(known, value) {
		return value
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	if len(names) == 0 {
		names = []string{"none"}
	}
	r.mistake(node.Line, "%s: %q is not one of %s", what, value, strings.Join(names, ", "))
	return ""
}

// delay reads a duration that may be none.
func (r *reader) delay(node *yaml.Node, what string) time.Duration {
	if d, err := ParseTarget(follow(node).Value); err == nil && d == 0 {
		return 0
	}
	return r.duration(node, what)
}
