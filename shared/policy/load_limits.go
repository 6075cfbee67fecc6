package policy

import "go.yaml.in/yaml/v3"

// What a document may have. A desk's own is far below; what is above would keep a
// function that starts from its messages, and whoever checks it waiting.
const (
	maxBytes   = 1 << 20
	maxValues  = 400_000 // names and values, those behind an alias wherever it stands
	maxRoutes  = 1000
	maxLanes   = 200
	maxTags    = 1000
	maxTeams   = 1000
	maxSignals = 2000
	maxPhrases = 20_000 // added to the built-in lexicon, or taken from it
	maxListed  = 200    // names in a list of a condition or a team
	maxNames   = 5000   // in the conditions of rules that are compared
)

// within reports whether element i of a list is still read; the first that is not
// is a mistake.
func (r reader) within(i, limit, line int, what string) bool {
	if i == limit {
		r.mistakes.add(line, "%s: there are more than %d", what, limit)
	}
	return i < limit
}

// mayAdd reports whether one more phrase is read.
func (l *loader) mayAdd(line int) bool {
	l.added++
	return l.within(min(l.added-1, maxPhrases+1), maxPhrases, line, "phrases")
}

// bounded reports whether a document is small and whole also when every alias is
// read as what it stands for: a few of them, nested, can stand for billions.
func (l *loader) bounded(root *yaml.Node) bool {
	const reading = -1
	sizes := map[*yaml.Node]int{} // of what has an anchor
	var size func(n *yaml.Node) int
	size = func(n *yaml.Node) int {
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if n.Anchor != "" {
			switch known, ok := sizes[n]; {
			case known == reading:
				l.mistakes.add(n.Line, "%q contains itself", n.Anchor)
				return maxValues + 1
			case ok:
				return known
			}
			sizes[n] = reading
		}
		all := 1
		for _, part := range n.Content {
			if all += size(part); all > maxValues {
				all = maxValues + 1
				break
			}
		}
		if n.Anchor != "" {
			sizes[n] = all
		}
		return all
	}
	if size(root) <= maxValues {
		return true
	}
	if len(l.mistakes.List) == 0 {
		l.mistakes.add(root.Line, "the document has more than %d names and values", maxValues)
	}
	return false
}
