package policy

import (
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/sla"
)

// tagged reads what tags mean.
func (l *loader) tagged(n *yaml.Node) {
	l.governed = true
	for i, f := range l.fields(n, "tags") {
		if !l.within(i, maxTags, f.line, "tags") {
			break
		}
		t := Tag{Name: f.key}
		for _, g := range l.fields(f.value, "tags."+f.key, "about", "team", "retired", "merged") {
			what := "tags." + f.key + "." + g.key
			switch g.key {
			case "about":
				t.About = l.text(g.value, what)
			case "team":
				t.Team = l.team(g.value, what)
			case "retired":
				t.Retired = l.truth(g.value, what)
			case "merged":
				t.Merged = l.text(g.value, what)
			}
		}
		switch {
		case t.About == "" && t.Merged == "":
			l.mistakes.add(f.line, "tags.%s: there is no about that says what it means", f.key)
		case t.Retired && t.Merged != "":
			l.mistakes.add(f.line, "tags.%s: it is merged, and so retired already", f.key)
		}
		l.policy.tags = append(l.policy.tags, t)
		l.tagLines = append(l.tagLines, f.line)
	}
	l.merge()
}

// merge finds where the merges of each tag end. Every tag is passed once: those on
// the way to an end that is known already share it.
func (l *loader) merge() {
	tags := l.policy.tags
	l.tagNumbers = make(map[string]int, len(tags))
	for i, t := range tags {
		l.tagNumbers[t.Name] = i
	}
	const unknown, nowhere, passed = -3, -1, -2
	l.ends = slices.Repeat([]int{unknown}, len(tags))
	var way []int
	for i := range tags {
		way = way[:0]
		end := i
		for l.ends[end] == unknown && tags[end].Merged != "" {
			l.ends[end] = passed
			way = append(way, end)
			next, ok := l.tagNumbers[tags[end].Merged]
			if !ok {
				l.mistakes.add(l.tagLines[end], "tags.%s: it is merged into %q, which is not declared", tags[end].Name, tags[end].Merged)
				end = -1
				break
			}
			end = next
		}
		switch {
		case end < 0:
			end = nowhere
		case l.ends[end] == unknown:
			l.ends[end] = end
		case l.ends[end] == passed: // on the same way: a circle
			for _, at := range way {
				l.mistakes.add(l.tagLines[at], "tags.%s: it is merged into itself in the end", tags[at].Name)
			}
			end = nowhere
		default:
			end = l.ends[end]
		}
		for _, at := range way {
			l.ends[at] = end
			if end >= 0 && tags[end].Retired {
				l.mistakes.add(l.tagLines[at], "tags.%s: it is merged into %q, which is retired", tags[at].Name, tags[end].Name)
			}
		}
	}
}

// current returns the tag that stands for name today, and whether a document that
// declares its tags has it.
func (l *loader) current(name string) (Tag, bool) {
	at, ok := l.tagNumbers[name]
	if !ok || l.ends[at] < 0 {
		return Tag{Name: name}, false
	}
	return l.policy.tags[l.ends[at]], true
}

// tag reads the name of a tag that may be set; it is empty where it may not.
func (l *loader) tag(n *yaml.Node, what string) string {
	name := l.text(n, what)
	if name == "" || !l.governed {
		return name
	}
	at, ok := l.tagNumbers[name]
	switch {
	case !ok:
		l.mistakes.add(follow(n).Line, "%s: the tag %q is not declared", what, name)
	case l.policy.tags[at].Merged != "":
		into, _ := l.current(name)
		l.mistakes.add(follow(n).Line, "%s: the tag %q was merged into %q", what, name, into.Name)
	case l.policy.tags[at].Retired:
		l.mistakes.add(follow(n).Line, "%s: the tag %q is retired", what, name)
	default:
		return name
	}
	return ""
}

func (l *loader) tags(n *yaml.Node, what string) (all []string) {
	for _, e := range l.list(n, what) {
		if name := l.tag(e, what); name != "" {
			all = append(all, name)
		}
	}
	return all
}

// govern settles the tags of the built-in signals by what the policy makes of
// them: it may not want some, and call others by another name. Where it declares
// none, those that it sets are its tags.
func (l *loader) govern() {
	p := l.policy
	for i := range p.signals {
		s := &p.signals[i]
		var kept []string
		for _, name := range s.tags {
			t, ok := l.current(name)
			if !l.governed || ok && t.Settable() {
				kept = set(kept, t.Name)
			}
		}
		s.tags = kept
	}
	if l.governed {
		at, ok := l.tagNumbers[sensitiveTag]
		p.sensitive = ok && p.tags[at].Settable()
		return
	}
	var names []string
	for _, c := range p.categories {
		for _, name := range c.tags {
			names = set(names, name)
		}
	}
	for _, s := range p.signals {
		for _, name := range s.tags {
			names = set(names, name)
		}
	}
	for _, name := range names {
		p.tags = append(p.tags, Tag{Name: name})
	}
}

// staff reads who there is to answer.
func (l *loader) staff(n *yaml.Node) {
	for i, f := range l.fields(n, "teams") {
		if !l.within(i, maxTeams, f.line, "teams") {
			break
		}
		t := Team{Name: f.key}
		for _, g := range l.fields(f.value, "teams."+f.key, "about", "brands", "languages") {
			what := "teams." + f.key + "." + g.key
			switch g.key {
			case "about":
				t.About = l.text(g.value, what)
			case "brands":
				t.Brands = l.texts(g.value, what)
			case "languages":
				for _, e := range l.list(g.value, what) {
					if i := l.one(e, what, spoken[:]...); i >= 0 {
						t.Languages = append(t.Languages, spoken[i])
					}
				}
			}
		}
		l.policy.teams = append(l.policy.teams, t)
	}
}

// team reads the name of a declared team.
func (l *loader) team(n *yaml.Node, what string) string {
	name := l.text(n, what)
	if _, ok := l.policy.Team(name); !ok && name != "" {
		l.mistakes.add(follow(n).Line, "%s: there is no team %q", what, name)
	}
	return name
}

// routes reads who answers what, the first rule that fits before the others.
func (l *loader) routes(n *yaml.Node) {
	for i, e := range l.list(n, "routes") {
		if !l.within(i, maxRoutes, e.Line, "routes") {
			break
		}
		r := rule{team: -1, line: e.Line}
		for _, f := range l.fields(e, "routes", "when", "team", "tier") {
			switch f.key {
			case "when":
				r.when = l.when(f.value, "routes.when")
			case "team":
				name := l.team(f.value, "routes.team")
				for i, t := range l.policy.teams {
					if t.Name == name {
						r.team = i
					}
				}
				if name == "" || r.team < 0 {
					r.team = -2
				}
			case "tier":
				r.tier = l.tier(f.value, "routes.tier")
			}
		}
		if r.team == -1 {
			l.mistakes.add(e.Line, "routes: there is no team to send it to")
		}
		l.policy.rules = append(l.policy.rules, r)
	}
}

// lanes reads what is served faster.
func (l *loader) lanes(n *yaml.Node) {
	for i, e := range l.list(n, "lanes") {
		if !l.within(i, maxLanes, e.Line, "lanes") {
			break
		}
		lane := lane{line: e.Line}
		for _, f := range l.fields(e, "lanes", "name", "when", "severity", "tier", "tag") {
			what := "lanes." + f.key
			switch f.key {
			case "name":
				lane.name = l.text(f.value, what)
			case "when":
				lane.when = l.when(f.value, what)
			case "severity":
				lane.severity = l.severity(f.value, what)
			case "tier":
				lane.tier = l.tier(f.value, what)
			case "tag":
				lane.tag = l.tag(f.value, what)
			}
		}
		switch {
		case lane.name == "":
			l.mistakes.add(e.Line, "lanes: there is no name")
		case contains(severityNames[:], lane.name):
			l.mistakes.add(e.Line, "lanes: %q is a severity's name", lane.name)
		}
		for _, other := range l.policy.lanes {
			if other.name == lane.name && lane.name != "" {
				l.mistakes.add(e.Line, "lanes: %q stands there twice", lane.name)
			}
		}
		l.policy.lanes = append(l.policy.lanes, lane)
	}
}

// when reads a condition.
func (l *loader) when(n *yaml.Node, what string) (c condition) {
	for _, f := range l.fields(n, what, "tags", "categories", "severities", "brands", "languages", "platforms", "visibility", "segments", "authors") {
		here := what + "." + f.key
		switch f.key {
		case "tags":
			c.tags = l.tags(f.value, here)
		case "brands":
			c.brands = l.texts(f.value, here)
		case "platforms":
			c.platforms = l.texts(f.value, here)
		case "categories":
			c.categories = l.places(f.value, here, categoryNames()...)
		case "severities":
			c.severities = l.places(f.value, here, severityNames[:]...)
		case "languages":
			c.languages = l.places(f.value, here, spoken[:]...)
		case "visibility":
			c.visibility = l.places(f.value, here, visibilities[:]...)
		case "segments":
			c.segments = l.places(f.value, here, segmentNames[:]...)
		case "authors":
			c.authors = l.places(f.value, here, traitNames[:]...)
		}
		if len(follow(f.value).Content) == 0 {
			l.mistakes.add(f.line, "%s: an empty list is for no message; leave it out to mean all", here)
		}
	}
	return c
}

// places reads a list of names that are among the given.
func (l *loader) places(n *yaml.Node, what string, of ...string) (all places) {
	for _, e := range l.list(n, what) {
		if i := l.one(e, what, of...); i >= 0 {
			all |= 1 << i
		}
	}
	return all
}

// segments reads what is graver when some customers say it.
func (l *loader) segments(n *yaml.Node) {
	for _, f := range l.fields(n, "segments", segmentNames[:]...) {
		segment := 0
		if f.key == b2c {
			segment = 1
		}
		for _, g := range l.fields(f.value, "segments."+f.key, "severity") {
			for _, h := range l.fields(g.value, "segments."+f.key+".severity", categoryNames()...) {
				l.policy.graver[segment][place(desk.Category(h.key))] = l.severity(h.value, "segments."+f.key+"."+h.key)
			}
		}
	}
}

// thread reads how much it counts what came before.
func (l *loader) thread(n *yaml.Node) {
	c := &l.policy.contact
	for _, f := range l.fields(n, "thread", "unanswered", "returned", "repeats") {
		into, known := &c.returned, []string{"weight", "raises"}
		switch f.key {
		case "unanswered":
			into, known = &c.unanswered, append(known, "after")
		case "repeats":
			into = &c.repeats
		}
		for _, g := range l.fields(f.value, "thread."+f.key, known...) {
			what := "thread." + f.key + "." + g.key
			switch g.key {
			case "weight":
				into.weight = l.number(g.value, what, 0, 100)
			case "raises":
				into.raises = l.number(g.value, what, 0, 10)
			case "after":
				text := l.text(g.value, what)
				after, err := sla.ParseTarget(text)
				if err != nil && text != "" {
					l.mistakes.add(g.line, "%s: %v", what, err)
				}
				c.after = min(after, 366*24*time.Hour)
			}
		}
	}
}

// unsure reads when triage doubts itself.
func (l *loader) unsure(n *yaml.Node) {
	for _, f := range l.fields(n, "unsure", "below", "up") {
		switch f.key {
		case "below":
			l.policy.doubt.below = l.share(f.value, "unsure.below")
		case "up":
			l.policy.doubt.harm = l.places(f.value, "unsure.up", categoryNames()...)
		}
	}
}

// slowest is how long a second opinion may take: triage waits for it, ten events in
// turn at worst, and has 30 s.
const slowest = 2 * time.Second

// second reads whom else to ask.
func (l *loader) second(n *yaml.Node) {
	into := &l.policy.Second
	for _, f := range l.fields(n, "second_opinion", "model", "timeout", "a_day") {
		what := "second_opinion." + f.key
		switch f.key {
		case "model":
			into.Model = l.text(f.value, what)
		case "timeout":
			text := l.text(f.value, what)
			timeout, err := time.ParseDuration(text)
			if text != "" && (err != nil || timeout < 100*time.Millisecond || timeout > slowest) {
				l.mistakes.add(f.line, "%s: a time from 100ms to 2s is expected, such as 1500ms", what)
			}
			into.Timeout = timeout
		case "a_day":
			into.Daily = l.number(f.value, what, 1, 1_000_000)
		}
	}
	if into.Model == "" || into.Timeout == 0 || into.Daily == 0 {
		l.mistakes.add(n.Line, "second_opinion: model, timeout and a_day are needed; leave it out to ask nobody")
	}
	if l.policy.doubt.below == 0 {
		l.mistakes.add(n.Line, "second_opinion: nobody is ever asked: unsure.below is missing")
	}
}
