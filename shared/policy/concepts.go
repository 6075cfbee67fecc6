package policy

import (
	"slices"
	"strings"
	"sync"

	"example.com/skala/shared/policy/model"
)

// Concepts are what words stand for, whatever their language: what the model
// learnt of "charged" and "twice" it knows of "διπλά" and "χρέωση". Which words
// those are is in the weights, by key; infra/corpus/concepts has them in letters.

// Seeds of the keys of entries: whole words, beginnings of words, pieces of Thai,
// Greek as it sounds, for Greek in Latin letters, and beginnings of entries.
const (
	seedWhole  = 0x1b873593
	seedStem   = 0xe6546b64
	seedPiece  = 0x2545f491
	seedSounds = 0x7feb352d
	seedOn     = 0x68e31da4
	seedIdea   = 0x846ca68b
)

// Limits of an entry, in folded letters.
const (
	longestEntry = 28
	longestThai  = 16
	shortestStem = 3
	wordsOfEntry = 3
	opening      = 3 // letters from which on it is asked whether any entry begins so
)

// entryFolder folds entries, as every policy's folder does texts.
var entryFolder = sync.OnceValue(newFolder)

// neighbours is how many concepts before it each is paired with.
const neighbours = 3

// ConceptKeys returns the keys under which an entry of a language's words is
// found, "refund*" or "money back", and those of its beginnings, which say that it
// is worth while to read on. It returns none for an entry that is nothing once
// folded.
func ConceptKeys(entry, lang string) (keys, on []uint32) {
	var text, heard folded
	stem := strings.HasSuffix(entry, "*")
	entryFolder().fold(strings.TrimSuffix(entry, "*"), &text)
	keys, on = entryKeys(text.runes, stem, 0)
	if lang == codes[greek] {
		sound(&text, &heard)
		more, further := entryKeys(heard.runes, stem, seedSounds)
		keys, on = append(keys, more...), append(on, further...)
	}
	return keys, on
}

func entryKeys(runes []rune, stem bool, seed uint32) (keys, on []uint32) {
	for len(runes) > 0 && runes[0] == ' ' {
		runes = runes[1:]
	}
	for len(runes) > 0 && runes[len(runes)-1] == ' ' {
		runes = runes[:len(runes)-1]
	}
	if len(runes) == 0 {
		return nil, nil
	}
	h := uint32(seedGram) ^ seed
	for i, r := range runes {
		h = (h ^ uint32(r)) * prime
		if i+1 >= opening {
			on = append(on, mix(h^seedOn))
		}
	}
	switch {
	case slices.ContainsFunc(runes, func(r rune) bool { return classOf(r) == inThai }):
		return []uint32{mix(h ^ seedPiece)}, on
	case stem:
		return []uint32{mix(h ^ seedStem)}, on
	default:
		return []uint32{mix(h ^ seedWhole)}, on
	}
}

// An idea is a concept where it was found.
type idea struct {
	concept int32
	segment int32
}

// conceive finds the concepts of the text, and fills w.ideas with what the model
// may know of them: each, and each with those a little before it.
func (w *workspace) conceive(m *model.Weights, greeklish bool) {
	w.found = w.found[:0]
	for n, s := range w.segments {
		if w.text.class[s.from] == inThai {
			w.thaiEntries(m, n)
		} else {
			w.entries(m, &w.text, int(s.from), int32(n), 0)
		}
	}
	if greeklish {
		n := 0
		for i := range w.sound.runes {
			if w.sound.class[i] == inWord && (i == 0 || w.sound.class[i-1] != inWord) {
				for n+1 < len(w.segments) && w.text.start[w.segments[n+1].from] <= w.sound.start[i] {
					n++
				}
				w.entries(m, &w.sound, i, int32(n), seedSounds)
			}
		}
		slices.SortStableFunc(w.found, func(a, b idea) int { return int(a.segment - b.segment) })
	}
	w.ideas = slices.Grow(w.ideas[:0], len(w.found)*(1+neighbours))
	ideas, count := w.ideas[:cap(w.ideas)], 0
	var seen [4]uint64
	clause, segment := 0, int32(0) // where the clause begins among what was found, and how far it was followed
	for i, f := range w.found {
		for at := f.segment; at > segment; at-- {
			if w.clauseEnds(int(at)) {
				clause = i
				break
			}
		}
		segment = f.segment
		if bit := uint64(1) << (f.concept & 63); seen[f.concept>>6&3]&bit == 0 {
			seen[f.concept>>6&3] |= bit
			ideas[count] = model.Feature{Key: mix(uint32(f.concept)*prime ^ seedIdea), Segment: f.segment}
			count++
		}
		for _, before := range w.found[max(clause, i-neighbours):i] {
			if before.concept != f.concept {
				low, high := uint32(min(before.concept, f.concept)), uint32(max(before.concept, f.concept))
				ideas[count] = model.Feature{Key: mix((low<<8|high)*prime ^ seedIdea ^ seedPair), Segment: f.segment}
				count++
			}
		}
	}
	w.ideas = ideas[:count]
}

// thaiEntries adds the concepts of the entries that begin with a cluster of Thai,
// and end with one. It reads on only as long as some entry begins so.
func (w *workspace) thaiEntries(m *model.Weights, n int) {
	t, from := &w.text, int(w.segments[n].from)
	end := min(from+longestThai, len(t.runes))
	runes, classes := t.runes[from:end], t.class[from:end]
	h := uint32(seedGram)
	for i, r := range runes {
		if classes[i] != inThai {
			return
		}
		h = (h ^ uint32(r)) * prime
		if i+1 < opening {
			continue
		}
		if !m.Begins(mix(h ^ seedOn)) {
			return
		}
		if key := mix(h ^ seedPiece); m.Worded(key) && w.clusterEnds(from+i) {
			w.idea(m, key, int32(n))
		}
	}
}

// clusterEnds reports whether a cluster of Thai ends with the letter at i.
func (w *workspace) clusterEnds(i int) bool {
	t := &w.text
	return i+1 >= len(t.runes) || t.class[i+1] != inThai || !continues(t.runes[i], t.runes[i+1])
}

// entries adds the concepts of the entries that begin at a place, not with Thai. It
// reads on only as long as some entry begins so, which it asks at every other
// letter: most words of a text begin some.
func (w *workspace) entries(m *model.Weights, t *folded, from int, segment int32, seed uint32) {
	h, i, end := uint32(seedGram)^seed, from, min(from+longestEntry, len(t.runes))
	runes, classes := t.runes[:end], t.class[:end]
	if classes[from] != inWord { // a sign or an emoji is an entry by itself
		w.idea(m, mix((h^uint32(runes[from]))*prime^seedWhole), segment)
		return
	}
	for words := 1; ; words++ {
		last := i
		for last < len(classes) && classes[last] == inWord {
			last++
		}
		whole := last == len(t.runes) || t.class[last] != inWord // not cut at the longest entry
		last--
		for ; i <= last; i++ {
			h = (h ^ uint32(runes[i])) * prime
			long := i - from + 1
			if i == last && whole {
				if key := mix(h ^ seedWhole); m.Worded(key) && (long < opening || m.Begins(mix(h^seedOn))) {
					w.idea(m, key, segment)
				}
			}
			if long < shortestStem {
				continue
			}
			if long&1 == 0 && !m.Begins(mix(h^seedOn)) {
				return
			}
			if key := mix(h ^ seedStem); m.Worded(key) && m.Begins(mix(h^seedOn)) {
				w.idea(m, key, segment)
			}
		}
		if words == wordsOfEntry || i+1 >= len(runes) || runes[i] != ' ' || classes[i+1] != inWord {
			return
		}
		h = (h ^ ' ') * prime
		if i++; i-from >= opening && !m.Begins(mix(h^seedOn)) {
			return
		}
	}
}

func (w *workspace) idea(m *model.Weights, key uint32, segment int32) {
	concept, more := m.Concept(key)
	if concept < 0 {
		return
	}
	w.found = append(w.found, idea{concept, segment})
	if more >= 0 {
		w.found = append(w.found, idea{more, segment})
	}
}
