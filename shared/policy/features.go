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
// by themselves, since what a word means is mostly in its stem.
var beginnings = [...]int{4, 6}

// Pieces of Thai have 2, 3 and 5 letters, from every cluster on.
const (
	piecesThai   = 3
	longestPiece = 5
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
	first, runes, run := len(w.segments), t.runes[from:to], t.run[from:to]
	w.symbols, w.clusters = slices.Grow(w.symbols[:0], len(runes))[:len(runes)], slices.Grow(w.clusters[:0], len(runes))[:len(runes)]
	symbols, clusters := w.symbols[:len(runes)], w.clusters[:len(runes)]
	w.segments = slices.Grow(w.segments, len(runes))
	segments := w.segments[:first+len(runes)]
	n, begins := first, 1 // the first letter begins a cluster, whatever it is
	for i, r := range runes {
		// Where clusters end can't be guessed: each letter writes where its
		// cluster would begin, and the next one writes over it unless it did.
		segments[n] = segment{from: int32(from + i)}
		n += begins
		segments[n-1].to = int32(from + i + 1)
		clusters[i] = int32(n - 1)
		symbols[i] = uint32(r)
		if run[i] == 2 {
			symbols[i] |= doubled
		}
		if i+1 < len(runes) {
			begins = 1 - joined(r, runes[i+1])
		}
	}
	segments[first].gap = gap
	w.segments = segments[:n]
	w.features = slices.Grow(w.features, piecesThai*(n-first))
	features, count := w.features[:cap(w.features)], len(w.features)
	for _, cluster := range w.segments[first:] {
		begin := int(cluster.from) - from
		if begin+longestPiece > len(symbols) { // the last few
			count += pieces(features[count:], symbols[begin:], clusters[begin:])
			continue
		}
		s, of, into := (*[longestPiece]uint32)(symbols[begin:]), (*[longestPiece]int32)(clusters[begin:]), (*[piecesThai]model.Feature)(features[count:])
		two := ((seedGram^s[0])*prime ^ s[1]) * prime
		three := (two ^ s[2]) * prime
		five := ((three^s[3])*prime ^ s[4]) * prime
		into[0] = model.Feature{Key: mix(two), Segment: of[0]}
		into[1] = model.Feature{Key: mix(three), Segment: of[1]}
		into[2] = model.Feature{Key: mix(five), Segment: of[2]}
		count += piecesThai
	}
	w.features = features[:count]
}

// pieces puts the pieces that begin with the first of a few letters into features,
// and returns how many there are.
func pieces(features []model.Feature, symbols []uint32, clusters []int32) (count int) {
	h := uint32(seedGram)
	for k, s := range symbols {
		h = (h ^ s) * prime
		if k == 1 || k == 2 {
			features[count] = model.Feature{Key: mix(h), Segment: clusters[k/2]}
			count++
		}
	}
	return count
}

// continues reports whether r belongs to the cluster that the rune before it is in.
func continues(before, r rune) bool {
	return thaiMark(r) || r == 'ะ' || r == 'า' || r == 'ำ' || r == 'ๆ' || thaiLead(before)
}

// The letters of Thai, from U+0E00 on, that belong to the cluster of
// the one before them, and those whose cluster goes on: a bit for each. They are
// those of continues.
const (
	followLow  = 1<<0x3b - 1<<0x30
	followHigh = 1<<0x0f - 1<<0x06
	leadHigh   = 1<<0x05 - 1<<0x00
)

// joined returns 1 where two letters of Thai are of one cluster, else 0, without
// a jump.
func joined(before, r rune) int {
	follow, lead := uint64(followLow), uint64(0)
	if r&64 != 0 {
		follow = followHigh
	}
	if before&64 != 0 {
		lead = leadHigh
	}
	return int((follow>>(r&63) | lead>>(before&63)) & 1)
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
