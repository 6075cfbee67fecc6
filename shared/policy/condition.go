package policy

import (
	"slices"

	"example.com/skala/shared/desk"
)

// A condition says which messages a rule is for: those that have one of the
// given in everything where any are given. The zero value is for all.
type condition struct {
	tags       []string
	brands     []string
	platforms  []string
	categories places
	severities places
	languages  places
	visibility places
	segments   places
	authors    places
}

// places are a set of small numbers; none given is as good as all.
type places uint32

func (s places) takes(n int) bool { return s == 0 || s&(1<<n) != 0 }

// The numbers of what conditions tell apart. Of languages they are those of the
// lexicon, and unknown.
var (
	visibilities = [...]string{string(desk.Public), string(desk.Private), string(desk.Group)}
	segmentNames = [...]string{b2b, b2c}
	spoken       = [...]string{codes[thai], codes[spanish], codes[greek], codes[english], "und"}
	traitNames   = [...]string{"vip", "press", "industry", "business", "verified"}
)

// The traits of an author, in the order of their names.
const (
	isVIP = iota
	isPress
	isIndustry
	isBusiness
	isVerified
)

// facts are what conditions ask of a message and its verdict.
type facts struct {
	brand, platform                                   string
	tags                                              []string
	category, severity, language, visibility, segment int
	authors                                           places
}

// factsOf gathers them. A message of no visibility is public, as anybody can see
// it for all we know.
func (p *Policy) factsOf(m *Message, v *desk.Verdict) facts {
	f := facts{
		brand: m.Brand, platform: string(m.Platform), tags: v.Tags, category: place(v.Category), severity: int(v.Severity) - 1,
		language: len(spoken) - 1, segment: 1, authors: p.authors.traits(m),
	}
	for i, code := range spoken {
		if v.Lang == code {
			f.language = i
		}
	}
	switch m.Visibility {
	case desk.Private:
		f.visibility = 1
	case desk.Group:
		f.visibility = 2
	}
	if m.Author.Organisation != "" {
		f.segment = 0
	}
	return f
}

// holds reports whether the condition is for a message of those facts.
func (c *condition) holds(f *facts) bool {
	return c.categories.takes(f.category) && c.severities.takes(f.severity) && c.languages.takes(f.language) &&
		c.visibility.takes(f.visibility) && c.segments.takes(f.segment) && (c.authors == 0 || c.authors&f.authors != 0) &&
		(len(c.brands) == 0 || slices.Contains(c.brands, f.brand)) && (len(c.platforms) == 0 || slices.Contains(c.platforms, f.platform)) &&
		(len(c.tags) == 0 || slices.ContainsFunc(c.tags, func(tag string) bool { return slices.Contains(f.tags, tag) }))
}

// covers reports whether c is for every message that d is for.
func (c *condition) covers(d *condition) bool {
	within := func(c, d places) bool { return c == 0 || d != 0 && d&^c == 0 }
	among := func(c, d []string) bool {
		return len(c) == 0 || len(d) > 0 && !slices.ContainsFunc(d, func(s string) bool { return !slices.Contains(c, s) })
	}
	return within(c.categories, d.categories) && within(c.severities, d.severities) && within(c.languages, d.languages) &&
		within(c.visibility, d.visibility) && within(c.segments, d.segments) && within(c.authors, d.authors) &&
		among(c.brands, d.brands) && among(c.platforms, d.platforms) && among(c.tags, d.tags)
}

// meets reports whether c and d plainly are for some of the same messages. A
// message may have several tags and its author several traits; that two rules
// for different ones meet in such a message is what their order is for.
func (c *condition) meets(d *condition) bool {
	share := func(c, d places) bool { return c == 0 || d == 0 || c&d != 0 }
	common := func(c, d []string) bool {
		return len(c) == 0 || len(d) == 0 || slices.ContainsFunc(d, func(s string) bool { return slices.Contains(c, s) })
	}
	return share(c.categories, d.categories) && share(c.severities, d.severities) && share(c.languages, d.languages) &&
		share(c.visibility, d.visibility) && share(c.segments, d.segments) && share(c.authors, d.authors) &&
		common(c.brands, d.brands) && common(c.platforms, d.platforms) && common(c.tags, d.tags)
}

// respects are those in which the condition asks anything.
func (c *condition) respects() (all places) {
	for i, asks := range [...]bool{
		c.categories != 0, c.severities != 0, c.languages != 0, c.visibility != 0, c.segments != 0, c.authors != 0,
		len(c.brands) > 0, len(c.platforms) > 0, len(c.tags) > 0,
	} {
		if asks {
			all |= 1 << i
		}
	}
	return all
}
