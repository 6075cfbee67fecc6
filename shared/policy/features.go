package policy

import (
	"math"
	"slices"

	"example.com/skala/shared/policy/model"
)

// A segment is what a person would mark when asked for a reason: a word, in Thai
// a cluster of letters that is never torn apart. From and to are places among
// the folded runes.
type segment struct {
	from, to int32
	gap      bool // whether something stands between it and the one before
}

// Seeds keep the kinds of features apart.
const (
	seedWord = 0x9e3779b1
	seedPair = 0x85ebca77
	seedGram = 0x27d4eb2f
	seedSign = 0x165667b1

	prime    = 0x01000193 // of the hash by Fowler, Noll and Vo
	scramble = 0x5bd1e995
	wordEdge = 0x2f
	doubled  = 1 << 21 // no rune is as large
)

// beginnings are how many letters the beginnings of words have that are features
// by themselves, since what a word means is mostly in its stem. piecesThai are the
// letters for runs of Thai, from every cluster on.
var (
	beginnings = [...]int{4, 6}
	piecesThai = [...]int{2, 3, 5}
)

// symbol is what a folded rune is to the model: every digit is alike but for 5,
// with which Thais laugh; a doubled letter is another one than a single, a
// stretched one is not.
func (t *folded) symbol(i int) uint32 {
	r := uint32(t.runes[i])
	if r >= '0' && r <= '9' && r != '5' {
		return '0'
	}
	if t.run[i] == 2 {
		r |= doubled
	}
	return r
}

func mix(h uint32) uint32 {
	h ^= h >> 15
	h *= scramble
	h ^= h >> 13
	return h
}

// features fills w.features, which the model may know (a word, its beginnings, two
// words in a row, a few letters of Thai, an emoji), and w.segments from the folded
// text.
func features(w *workspace) {
	t := &w.text
	w.features, w.segments = w.features[:0], w.segments[:0]
	last := uint32(0) // the word before
	gap := true
	for i := 0; i < len(t.runes); {
		switch t.class[i] {
		case inWord:
			n := int32(len(w.segments))
			end, word := w.word(t, i, n)
			w.segments = append(w.segments, segment{int32(i), int32(end), gap})
			if last != 0 {
				w.features = append(w.features, model.Feature{Key: mix(last*31 ^ word ^ seedPair), Segment: n})
			}
			i, gap, last = end, false, word
		case inThai:
			end := i + 1
			for end < len(t.runes) && t.class[end] == inThai {
				end++
			}
			w.thai(t, i, end, gap)
			i, gap, last = end, false, 0
		default:
			if t.runes[i] != ' ' {
				n := int32(len(w.segments))
				w.segments = append(w.segments, segment{int32(i), int32(i + 1), true})
				sign := uint32(t.runes[i]) ^ uint32(min(t.run[i], 3))<<22
				w.features = append(w.features, model.Feature{Key: mix(sign*prime ^ seedSign), Segment: n})
				gap, last = true, 0
			}
			i++
		}
	}
}

// word adds the word that begins at a place, and its beginnings, and returns where
// it ends and its hash.
func (w *workspace) word(t *folded, from int, n int32) (end int, h uint32) {
	h = wordEdge
	next := 0
	for end = from; end < len(t.runes) && t.class[end] == inWord; end++ {
		if next < len(beginnings) && end-from == beginnings[next] { // the word goes on
			w.features = append(w.features, model.Feature{Key: mix(h ^ seedGram ^ uint32(end-from)), Segment: n})
			next++
		}
		h = (h ^ t.symbol(end)) * prime
	}
	w.features = append(w.features, model.Feature{Key: mix(h ^ seedWord), Segment: n})
	return end, h
}

// thai adds the letters of a run of Thai, few at a time, since no space tells
// where its words are. What they show belongs to the cluster in their middle.
func (w *workspace) thai(t *folded, from, to int, gap bool) {
	first := len(w.segments)
	w.symbols, w.clusters = w.symbols[:0], w.clusters[:0]
	for i := from; i < to; i++ {
		if i > from && continues(t.runes[i-1], t.runes[i]) {
			w.segments[len(w.segments)-1].to = int32(i + 1)
		} else {
			w.segments = append(w.segments, segment{int32(i), int32(i + 1), gap})
			gap = false
		}
		w.symbols, w.clusters = append(w.symbols, t.symbol(i)), append(w.clusters, int32(len(w.segments)-1))
	}
	features := slices.Grow(w.features, len(piecesThai)*(len(w.segments)-first))
	for _, s := range w.segments[first:] {
		begin := int(s.from) - from
		symbols, clusters := w.symbols[begin:], w.clusters[begin:]
		h, k := uint32(seedGram), 0
		for _, long := range piecesThai {
			if long > len(symbols) {
				break
			}
			for ; k < long; k++ {
				h = (h ^ symbols[k]) * prime
			}
			features = append(features, model.Feature{Key: mix(h), Segment: clusters[(long-1)/2]})
		}
	}
	w.features = features
}

// continues reports whether r belongs to the cluster that the rune before it is in.
func continues(before, r rune) bool {
	return thaiMark(r) || r == 'ะ' || r == 'า' || r == 'ำ' || r == 'ๆ' || thaiLead(before)
}

// clauseEnds reports whether a clause ends before segment i: at a sign, a line's
// end, a dash, a blank in Thai, or where the script changes.
func (w *workspace) clauseEnds(i int) bool {
	t := &w.text
	a, b := w.segments[i-1], w.segments[i]
	before, after := t.class[a.from], t.class[b.from]
	switch {
	case before == apart || after == apart || before != after:
		return true
	case before == inThai:
		return b.gap
	case hellenic(t.runes[a.from]) != hellenic(t.runes[b.from]):
		return true
	default: // more than a blank between them
		return b.from-a.to != 1 || t.run[a.to] > 1 || w.original[t.start[a.to]] != ' '
	}
}

func hellenic(r rune) bool { return r >= 0x370 && r < 0x400 }

// Evenly is what each of n features weighs, so that long texts don't shout.
func Evenly(n int) float64 { return 1 / math.Sqrt(float64(max(n, 16))) }
