package policy

import "slices"

// A Tag is a word on tickets that other teams look for. A policy declares them,
// so that nobody's own spelling is lost on them.
type Tag struct {
	Name    string
	About   string // what it means, in a sentence
	Team    string // whom a ticket with it goes to where no route says; may be empty
	Retired bool   // no longer set; tickets that have it keep it
	Merged  string // the tag that took its place; empty for none
}

// Settable reports whether a ticket may be given the tag.
func (t Tag) Settable() bool { return !t.Retired && t.Merged == "" }

// Tags returns those that the policy declares, in its order. A document of
// before tags were declared has those that its categories and signals set.
func (p *Policy) Tags() []Tag { return slices.Clone(p.tags) }

// Tag returns the declared tag of that name.
func (p *Policy) Tag(name string) (Tag, bool) {
	for _, t := range p.tags {
		if t.Name == name {
			return t, true
		}
	}
	return Tag{}, false
}

// Resolve returns the tag that stands for name today: the one it was merged
// into, if it was, and otherwise name itself, declared or not. So a search for a
// tag can find what had its former name.
func (p *Policy) Resolve(name string) string {
	for range p.tags { // no chain is longer
		t, ok := p.Tag(name)
		if !ok || t.Merged == "" {
			return name
		}
		name = t.Merged
	}
	return name
}

// set adds a tag to a verdict's, which are sorted.
func set(tags []string, name string) []string {
	at, found := slices.BinarySearch(tags, name)
	if found {
		return tags
	}
	return slices.Insert(slices.Clip(tags), at, name)
}

// A Team answers what is routed to it.
type Team struct {
	Name      string
	About     string
	Brands    []string // those it answers for; none for all
	Languages []string // those it speaks; none for all
}

// Teams returns those that the policy declares, in its order.
func (p *Policy) Teams() []Team { return slices.Clone(p.teams) }

// Team returns the declared team of that name.
func (p *Policy) Team(name string) (Team, bool) {
	for _, t := range p.teams {
		if t.Name == name {
			return t, true
		}
	}
	return Team{}, false
}

// serves reports whether the team answers for the brand in the language.
func (t *Team) serves(brand, lang string) bool {
	return (len(t.Brands) == 0 || slices.Contains(t.Brands, brand)) && (len(t.Languages) == 0 || slices.Contains(t.Languages, lang))
}
