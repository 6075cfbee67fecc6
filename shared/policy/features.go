package policy

import (
	"math"

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
	seedWord  = 0x9e3779b1
	seedPair  = 0x85ebca77
	seedSkip  = 0xc2b2ae3d
	seedGram  = 0x27d4eb2f
	seedSign  = 0x165667b1
	prime     = 0x01000193
	wordEdge  = 0x2f
	fewest    = 3 // letters of a piece of a word
	most      = 5
	mostThai  = 6
	fewestT   = 2
	doubled   = 1 << 21
	maxSymbol = 0x5bd1e995
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
	h *= maxSymbol
	h ^= h >> 13
	return h
}

// features fills w.features, which the model may know (a word, two words in a
// row, a few letters of one, an emoji), and w.segments from the folded text.
func features(w *workspace) {
	t := &w.text
	w.features, w.segments = w.features[:0], w.segments[:0]
	last, before := uint32(0), uint32(0) // the words before
	gap := true
	for i := 0; i < len(t.runes); {
		switch t.class[i] {
		case inWord:
			end := i + 1
			for end < len(t.runes) && t.class[end] == inWord {
				end++
			}
			n := int32(len(w.segments))
			w.segments = append(w.segments, segment{int32(i), int32(end), gap})
			word := w.pieces(t, i, end, n)
			w.features = append(w.features, model.Feature{Key: mix(word ^ seedWord), Segment: n})
			if last != 0 {
				w.features = append(w.features, model.Feature{Key: mix(last*31 ^ word ^ seedPair), Segment: n})
			}
			if before != 0 {
				w.features = append(w.features, model.Feature{Key: mix(before*37 ^ word ^ seedSkip), Segment: n})
			}
			before, last = last, word
			i, gap = end, false
		case inThai:
			end := i + 1
			for end < len(t.runes) && t.class[end] == inThai {
				end++
			}
			w.thai(t, i, end, gap)
			i, gap, last, before = end, false, 0, 0
		default:
			if t.runes[i] != ' ' {
				n := int32(len(w.segments))
				w.segments = append(w.segments, segment{int32(i), int32(i + 1), true})
				sign := uint32(t.runes[i]) ^ uint32(min(t.run[i], 3))<<22
				w.features = append(w.features, model.Feature{Key: mix(sign*prime ^ seedSign), Segment: n})
				gap = true
			}
			i++
		}
	}
}

// pieces adds the letters of a word, few at a time, and returns its hash.
func (w *workspace) pieces(t *folded, from, to int, n int32) (word uint32) {
	word = wordEdge
	for i := from; i < to; i++ {
		word = (word ^ t.symbol(i)) * prime
	}
	for i := from - 1; i+fewest <= to+1; i++ {
		h := uint32(seedGram)
		for k := range most {
			at, s := i+k, uint32(wordEdge)
			if at > to {
				break
			}
			if at >= from && at < to {
				s = t.symbol(at)
			}
			h = (h ^ s) * prime
			if k+1 >= fewest {
				w.features = append(w.features, model.Feature{Key: mix(h), Segment: n})
			}
		}
	}
	return word
}

// thai adds the letters of a run of Thai, few at a time, since no space tells
// where its words are. What they show belongs to the cluster in their middle.
func (w *workspace) thai(t *folded, from, to int, gap bool) {
	first := len(w.segments)
	for i := from; i < to; i++ {
		if r := t.runes[i]; i > from && (thaiMark(r) || r == 'ะ' || r == 'า' || r == 'ำ' || r == 'ๆ' || r == '์' || thaiLead(t.runes[i-1])) {
			w.segments[len(w.segments)-1].to = int32(i + 1)
			continue
		}
		w.segments = append(w.segments, segment{int32(i), int32(i + 1), gap})
		gap = false
	}
	middle := first
	for i := from; i < to; i++ {
		h := uint32(seedGram)
		for int(w.segments[middle].to) <= i {
			middle++
		}
		for k := range mostThai {
			if i+k >= to {
				break
			}
			h = (h ^ t.symbol(i+k)) * prime
			if k+1 >= fewestT {
				n := middle
				for n+1 < len(w.segments) && int(w.segments[n].to) <= i+k/2 {
					n++
				}
				w.features = append(w.features, model.Feature{Key: mix(h), Segment: int32(n)})
			}
		}
	}
}

// evenly is what a feature of n weighs, so that long texts don't shout.
func evenly(n int) float64 { return 1 / math.Sqrt(float64(max(n, 16))) }
