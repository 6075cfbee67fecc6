package console

import (
	"slices"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"example.com/skala/shared/desk"
)

// A segment is a piece of a message, and the signals that it satisfied.
type segment struct {
	Text    string
	Signals []desk.Reason
}

// marked cuts text where reasons begin and end. A span is widened to whole
// characters as people see them, since a mark between a letter and its accents
// would tear them apart; one that does not lie in text is left out.
func marked(text string, reasons []desk.Reason) []segment {
	var spans []desk.Reason
	for _, r := range reasons {
		if r.Start >= 0 && r.Start < r.End && r.End <= len(text) {
			spans = append(spans, r)
		}
	}
	if len(spans) == 0 || !utf8.ValidString(text) {
		return []segment{{Text: text}}
	}
	edges := characterEdges(text)
	cuts := []int{0, len(text)}
	for i, r := range spans {
		at, whole := slices.BinarySearch(edges, r.Start)
		if !whole {
			at--
		}
		end, _ := slices.BinarySearch(edges, r.End)
		spans[i].Start, spans[i].End = edges[at], edges[end]
		cuts = append(cuts, spans[i].Start, spans[i].End)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var out []segment
	for i := 1; i < len(cuts); i++ {
		s := segment{Text: text[cuts[i-1]:cuts[i]]}
		for _, r := range spans {
			if r.Start <= cuts[i-1] && cuts[i] <= r.End {
				s.Signals = append(s.Signals, r)
			}
		}
		out = append(out, s)
	}
	return out
}

// characterEdges are the places between the characters of text, from 0 to its
// end.
func characterEdges(text string) []int {
	edges := []int{0}
	for rest, state := text, -1; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		edges = append(edges, edges[len(edges)-1]+len(cluster))
	}
	return edges
}
