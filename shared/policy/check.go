package policy

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
)

// Check reads a policy document as Load does, and returns what is no mistake in
// it but probably not what was meant, in the order of the document: rules that no
// message gets to, promises that nobody made, tags that nobody sets. The error is
// that of Load, or about platforms that the desk does not know: a document that
// was in force when it knew them is still read.
func Check(document []byte, name string) ([]Mistake, error) {
	l, root, err := read(document, name)
	if err != nil {
		return nil, err
	}
	c := &checker{loader: l, root: root, doubts: &Mistakes{}}
	if c.platforms(); len(l.mistakes.List) > 0 {
		l.mistakes.sort()
		return nil, l.mistakes
	}
	c.rules()
	c.tagsInUse()
	c.promisesMade()
	c.tiersReached()
	c.additions()
	c.doubts.sort()
	return c.doubts.List, nil
}

// A checker looks at a document without mistakes.
type checker struct {
	*loader
	root   *yaml.Node
	doubts *Mistakes
}

func (c *checker) doubt(line int, format string, args ...any) { c.doubts.add(line, format, args...) }

// section returns the value below the names, and the line of the last of them;
// nil where there is none.
func (c *checker) section(names ...string) (n *yaml.Node, line int) {
	n = c.root
	for _, name := range names {
		found := false
		n = follow(n)
		for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
			if n.Content[i].Value == name {
				n, line, found = n.Content[i+1], n.Content[i].Line, true
				break
			}
		}
		if !found {
			return nil, line
		}
	}
	return n, line
}

// An ordered is a rule of a list of which the first that fits is taken.
type ordered struct {
	when condition
	line int
	does string // what it decides
	none bool   // whether no message can ever fit
}

// platformNames are those that the desk has addresses for.
var platformNames = [...]string{"line", "meta", "x", "standard", "telegram", "viber", "tiktok", "youtube", "linkedin", "slack", "discord", "zalo", "google"}

// platforms finds rules for a platform that is none.
func (c *checker) platforms() {
	check := func(what string, line int, when *condition) {
		for _, name := range when.platforms {
			if !contains(platformNames[:], name) {
				c.mistakes.add(line, "%s.when.platforms: %q is not one of %s", what, name, strings.Join(platformNames[:], ", "))
			}
		}
	}
	for i := range c.policy.lanes {
		check("lanes", c.policy.lanes[i].line, &c.policy.lanes[i].when)
	}
	for i := range c.policy.rules {
		check("routes", c.policy.rules[i].line, &c.policy.rules[i].when)
	}
	for _, asked := range c.policy.Plan.Platforms() {
		check("plan.rules", asked.Line, &condition{platforms: []string{asked.Text}})
	}
}

// fits reports whether a message of what the rule is for can be as grave as it
// asks: nothing makes graver what needs no answer but its own words.
func (c *checker) fits(when *condition, aside places) bool {
	if when.severities == 0 || when.categories == 0 || when.categories&^aside != 0 {
		return true
	}
	can := places(1) << (desk.Normal - 1) // what triage is not sure of
	for i, of := range c.policy.categories {
		if when.categories&(1<<i) == 0 {
			continue
		}
		can |= 1 << (of.severity - 1)
		if of.rises {
			can |= 1 << (desk.High - 1)
		}
		for s := range c.policy.signals {
			if signal := &c.policy.signals[s]; signal.category == i && signal.severity > 0 {
				can |= 1 << (signal.severity - 1)
			}
		}
	}
	return when.severities&can != 0
}

// unbound returns the condition without what it asks in vain: all there are.
func (when condition) unbound() condition {
	for _, of := range [...]struct {
		asked *places
		all   int
	}{
		{&when.categories, categories}, {&when.severities, len(severityNames)}, {&when.languages, len(spoken)},
		{&when.visibility, len(visibilities)}, {&when.segments, len(segmentNames)},
	} {
		if *of.asked == 1<<of.all-1 {
			*of.asked = 0
		}
	}
	return when
}

func (c *checker) rules() {
	var lanes, routes []ordered
	aside := places(0)
	for i, of := range c.policy.categories {
		if of.none {
			aside |= 1 << i
		}
	}
	for _, l := range c.policy.lanes {
		if l.when.categories != 0 && l.when.categories&^aside == 0 {
			c.doubt(l.line, "lanes: no message gets to %s: what needs no answer takes no lane", l.name)
			continue
		}
		lanes = append(lanes, ordered{when: l.when.unbound(), line: l.line, does: l.name})
	}
	for _, r := range c.policy.rules {
		o := ordered{when: r.when, line: r.line, does: fmt.Sprint(c.policy.teams[r.team].Name, r.tier)}
		team := &c.policy.teams[r.team]
		o.when.brands, o.none = narrowed(o.when.brands, team.Brands)
		if len(team.Languages) > 0 {
			spoke := places(0)
			for i, code := range spoken {
				if slices.Contains(team.Languages, code) {
					spoke |= 1 << i
				}
			}
			if o.when.languages != 0 {
				spoke &= o.when.languages
			}
			o.when.languages, o.none = spoke, o.none || spoke == 0
		}
		if o.none {
			c.doubt(o.line, "routes: no message gets here: %s answers for none of its brands or languages", team.Name)
			continue
		}
		if !c.fits(&r.when, aside) {
			c.doubt(o.line, "routes: no message gets here: what needs no answer is never so grave")
			continue
		}
		o.when = o.when.unbound()
		routes = append(routes, o)
	}
	c.inOrder("lanes", lanes)
	c.inOrder("routes", routes)
}

// narrowed returns what is among both, where none given means all, and whether
// that is nothing.
func narrowed(a, b []string) (both []string, none bool) {
	if len(a) == 0 || len(b) == 0 {
		if len(a) == 0 {
			a = b
		}
		return a, false
	}
	for _, s := range a {
		if slices.Contains(b, s) {
			both = append(both, s)
		}
	}
	return both, len(both) == 0
}

// inOrder finds rules that come too late to be taken, and pairs that ask for the
// same things, share some and decide differently.
func (c *checker) inOrder(what string, rules []ordered) {
	names := 0
	for _, r := range rules {
		names += len(r.when.tags) + len(r.when.brands) + len(r.when.platforms)
	}
	if names > maxNames {
		c.doubt(rules[0].line, "%s: they name more than %d brands, platforms and tags, and are not compared with each other", what, maxNames)
		return
	}
	for j := range rules {
		if c.doubts.full() {
			return
		}
		for i := range rules[:j] {
			first, later := &rules[i], &rules[j]
			if first.when.covers(&later.when) {
				c.doubt(later.line, "%s: no message gets here: the rule on line %d takes all of them", what, first.line)
				break
			}
			if first.does != later.does && first.when.respects() == later.when.respects() && first.when.meets(&later.when) && !later.when.covers(&first.when) {
				c.doubt(later.line, "%s: the rule on line %d asks for the same things and shares some messages with this one: there it is the one that decides", what, first.line)
			}
		}
	}
}

// tagsInUse finds tags that nothing sets and no rule asks for.
func (c *checker) tagsInUse() {
	if !c.governed {
		return
	}
	used := map[string]bool{sensitiveTag: true}
	note := func(tags ...string) {
		for _, tag := range tags {
			used[tag] = true
		}
	}
	for _, s := range c.policy.signals {
		note(s.tags...)
	}
	for _, of := range c.policy.categories {
		note(of.tags...)
	}
	for _, l := range c.policy.lanes {
		note(l.tag)
		note(l.when.tags...)
	}
	for _, r := range c.policy.rules {
		note(r.when.tags...)
	}
	a := &c.policy.authors
	note(a.verified.tag, a.vip.tag, a.press.tag, a.industry.tag, a.organisation.tag)
	for i, t := range c.policy.tags {
		if t.Settable() && !used[t.Name] {
			c.doubt(c.tagLines[i], "tags.%s: nothing sets it and no rule asks for it: only people can", t.Name)
		}
	}
}

// promisesMade finds severities and lanes that the plan has no row for, and rules of
// the plan that no ticket gets to.
func (c *checker) promisesMade() {
	for _, m := range c.policy.Plan.Doubts() {
		c.doubt(m.Line, "%s", m.Text)
	}
	targets, line := c.section("plan", "targets")
	promised := map[string]bool{}
	if targets != nil {
		for _, f := range c.fields(targets, "targets") {
			promised[f.key] = true
		}
	}
	var of [desk.Critical + 1][]string
	for i, category := range c.policy.categories {
		if category.none {
			continue
		}
		said := places(1) << category.severity
		for s := range c.policy.signals {
			if signal := &c.policy.signals[s]; signal.category == i {
				said |= 1 << signal.severity
			}
		}
		if category.rises {
			said |= 1 << desk.High
		}
		for _, graver := range c.policy.graver {
			said |= 1 << graver[i]
		}
		for s := desk.Low; s <= desk.Critical; s++ {
			if said&(1<<s) != 0 {
				of[s] = append(of[s], string(desk.Categories[i]))
			}
		}
	}
	for s := desk.Critical; s >= desk.Low; s-- {
		if len(of[s]) > 0 && !promised[s.String()] {
			c.doubt(line, "plan: there is no row of targets for %s, which %s can be: what is built in is promised", s, strings.Join(of[s], ", "))
		}
	}
	for _, l := range c.policy.lanes {
		if !promised[l.name] {
			c.doubt(l.line, "lanes: plan.targets has no row for %s: it is promised no more than without the lane", l.name)
		}
	}
}

// tiersReached finds tiers that triage sends nothing to. Tier 4 is where people
// send what only developers or a vendor can solve.
func (c *checker) tiersReached() {
	r := &c.policy.route
	reached := places(0)
	to := func(t desk.Tier) { reached |= 1 << r.used[t] }
	to(r.none)
	for i, of := range c.policy.categories {
		for s := desk.Low; s <= desk.Critical && !of.none; s++ {
			for _, author := range [...]desk.Author{{}, {Organisation: b2b}} {
				to(c.policy.tier(i, s, author))
			}
		}
	}
	for range desk.Tiers {
		up := places(0)
		for _, i := range [...]*influence{&c.policy.authors.verified, &c.policy.authors.vip, &c.policy.authors.press, &c.policy.authors.industry, &c.policy.authors.organisation, &c.policy.authors.reach} {
			if i.tiers > 0 {
				up |= 1 << i.tiers
			}
		}
		if c.policy.doubt.harm != 0 && c.policy.doubt.below > 0 {
			up |= 1 << 1
		}
		for ; up != 0; up &= up - 1 {
			for t := desk.General; t < desk.Senior; t++ {
				if reached&(1<<t) != 0 {
					to(min(desk.Senior, t+desk.Tier(bits.TrailingZeros32(uint32(up)))))
				}
			}
		}
	}
	for _, l := range c.policy.lanes {
		if l.tier > desk.SelfService {
			to(l.tier)
		}
	}
	for _, rule := range c.policy.rules {
		if rule.tier > desk.SelfService {
			to(rule.tier)
		}
	}
	for _, tier := range c.policy.Tiers {
		if tier.Queue != desk.Vendor && reached&(1<<tier.Queue) == 0 {
			_, line := c.section("tiers", fmt.Sprint(tier.Queue))
			c.doubt(line, "tiers.%d: triage sends nothing to %s", tier.Queue, tier.Name)
		}
	}
}

// additions finds phrases of the document that the built-in lexicon has already,
// and those that speak for two categories at once.
func (c *checker) additions() {
	said := map[string][]*phrase{}
	for i := range c.heard {
		if p := &c.heard[i]; p.form.role == speaks {
			said[p.key()] = append(said[p.key()], p)
		}
	}
	for i := range c.heard[c.base:] {
		p := &c.heard[c.base+i]
		if c.isBuiltIn(p) {
			c.doubt(p.line, "%s: the built-in lexicon has %q already", c.whose(p), p.text)
			continue
		}
		if p.form.role != speaks || c.policy.signals[p.form.signal].category < 0 {
			continue
		}
		if c.doubts.full() {
			return
		}
		for _, q := range said[p.key()] {
			s, other := &c.policy.signals[p.form.signal], &c.policy.signals[q.form.signal]
			if other.category >= 0 && other.category != s.category && (c.base > 0 || q.line < p.line) {
				c.doubt(p.line, "%s: %q speaks for %s in %s as well", s.name, p.text, desk.Categories[other.category], other.name)
			}
		}
	}
}

// key is the same for phrases of a language that are found in the same words.
func (p *phrase) key() string {
	var b strings.Builder
	b.WriteByte(byte(p.form.lang))
	for _, part := range p.parts {
		fmt.Fprint(&b, part.left, part.right, part.run)
		b.WriteString(string(part.runes))
	}
	return b.String()
}
