package console

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"example.com/skala/shared/desk"
)

// A segment is a piece of a message, and the signals that it satisfied. Signals
// that overlap make one run, whose weight is that of all of them: so the weights
// along a text count each once, and no word is torn by more numbers than it must.
type segment struct {
	Text    string
	Signals []desk.Reason
	Weight  int  // of the run
	Last    bool // of the run
}

// Turns reports whether the piece has characters that could turn round what
// follows it: an override or an embedding that nobody has to close.
func (s segment) Turns() bool {
	return strings.ContainsFunc(s.Text, func(r rune) bool { return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' })
}

// marked cuts text where reasons begin and end. A span is widened to whole
// characters as people see them, since a mark between a letter and its accents
// would tear them apart. One that does not lie in text is left out, and one that
// quotes other words than stand there now: an edit put them in place of those that
// were judged. A number that must not be quoted is marked all the same.
func marked(text string, reasons []desk.Reason) []segment {
	var spans []desk.Reason
	for _, r := range reasons {
		if r.Start >= 0 && r.Start < r.End && r.End <= len(text) && quotes(r.Text, text[r.Start:r.End]) {
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
	weighed(out, cuts, spans)
	return out
}

// weighed gives each segment, which ends at the next of cuts, the weight of its run.
func weighed(segments []segment, cuts []int, spans []desk.Reason) {
	for first, i := 0, 0; i < len(segments); i++ {
		if slices.ContainsFunc(spans, func(r desk.Reason) bool { return r.Start < cuts[i+1] && cuts[i+1] < r.End }) {
			continue
		}
		weight := 0
		for _, r := range spans {
			if cuts[first] <= r.Start && r.End <= cuts[i+1] {
				weight += r.Weight
			}
		}
		for n := first; n <= i; n++ {
			segments[n].Weight, segments[n].Last = weight, n == i
		}
		first = i + 1
	}
}

// quotes reports whether a reason's words are those of the text, but for numbers
// that it does not quote. None at all are as good.
func quotes(words, text string) bool {
	before, rest, hides := strings.Cut(words, masked)
	if !hides {
		return words == "" || words == text
	}
	after := rest[strings.LastIndex(masked+rest, masked):]
	return strings.HasPrefix(text, before) && strings.HasSuffix(text[len(before):], after)
}

// masked stands in a reason's words for a number that is not quoted.
const masked = "•••"

// A ground is one line of why a verdict came out as it did. What the weights know
// of single words stands together, with the words.
type ground struct {
	Signal string
	Weight int
	Text   string
	Words  []desk.Reason
}

// wordSignal is what each word is named that the weights know.
const wordSignal = "model.word"

// groundsOf puts the reasons of a verdict into lines, in their order, and adds
// them up.
func groundsOf(reasons []desk.Reason) (grounds []ground, score int) {
	words := -1
	for _, r := range reasons {
		score += r.Weight
		switch {
		case r.Signal != wordSignal:
			grounds = append(grounds, ground{Signal: r.Signal, Weight: r.Weight, Text: r.Text})
			continue
		case words < 0:
			words = len(grounds)
			grounds = append(grounds, ground{Signal: wordSignal})
		}
		grounds[words].Weight += r.Weight
		grounds[words].Words = append(grounds[words].Words, r)
	}
	return grounds, score
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
