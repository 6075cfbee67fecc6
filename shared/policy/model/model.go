// Package model is the part of triage that was learnt: what each word, pair of
// words and few letters of one speak for, as one row of small numbers. Adding
// rows up is all it does; what the sums mean is package policy's. The rows are
// built into the program: command infra/train makes them from infra/corpus.
//
// A file of weights is a line of JSON, the Header, and behind it the rows. It is
// used where it lies: nothing is unpacked at a cold start.
package model

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync"

	"example.com/skala/shared/desk"
)

// The columns of a row: what a feature says for each category, in the order of
// desk.Categories, each severity, each sentiment, abuse, and each of Languages.
const (
	Categories = 15
	Severities = 4
	Sentiments = 3
	languages  = 4

	AtSeverity  = Categories
	AtSentiment = AtSeverity + Severities
	AtAbusive   = AtSentiment + Sentiments
	AtLanguage  = AtAbusive + 1
	Columns     = AtLanguage + languages
)

// Languages and Moods are the columns' orders.
var (
	Languages = [languages]string{"th", "es", "el", "en"}
	Moods     = [Sentiments]desk.Sentiment{desk.Negative, desk.Neutral, desk.Positive}
)

// A Row is what one thing speaks for, in logits.
type Row [Columns]float32

// A Header says how to read the rows.
type Header struct {
	Slots    int                    `json:"slots"` // a power of two
	Words    int                    `json:"words"` // slots of the words of concepts, a power of two
	Features int                    `json:"features"`
	Scale    Row                    `json:"scale"`    // logits of one step of a feature's number
	Signals  map[string]Row         `json:"signals"`  // of the lexicon, by name
	Bias     map[string]Row         `json:"bias"`     // by language
	Severity [Categories][4]float32 `json:"severity"` // given the category
	Point    float64                `json:"point"`    // a point of the lexicon's weight, in logits
	Prior    float64                `json:"prior"`    // what the usual severity of a category counts, in logits
	Rule     float64                `json:"rule"`     // what a severity counts that a signal of the lexicon asks for, in logits
	Mood     float64                `json:"mood"`     // a point of the lexicon's mood, in logits
	Grave    [languages]float64     `json:"grave"`    // by language, how likely high or critical must be for a message to be either
	Sure     float64                `json:"sure"`     // how likely critical must be for a passage alone to set a floor
	Hidden   float64                `json:"hidden"`   // logits of critical over low from which a passage is looked at
	Corpus   string                 `json:"corpus"`   // a hash of what was learnt from
}

// A slot is 4 bytes that tell features apart that share a place, and a number a
// column, 128 being nothing.
const (
	word  = 8 // of the words' slots: 4 bytes of key, 2 each of a concept and another, 0 being none
	slot  = 32
	check = 4
	zero  = 128
)

// Weights are a model ready to be asked. They don't change.
type Weights struct {
	Header
	Name string // 12 hexadecimal digits of the file's SHA-256

	slots, words  []byte
	known, worded filter
}

// A filter has a bit for every key, and some for others: most of what a text has
// is none, and need not be looked for.
type filter [1 << (filterBits - 6)]uint64

const filterBits = 20

// of fills the filter, and reports whether the table has room.
func (f *filter) of(slots []byte, size int) (room bool) {
	for at := 0; at < len(slots); at += size {
		if key := binary.LittleEndian.Uint32(slots[at:]); key != 0 {
			f[key>>(38-filterBits)] |= 1 << (key >> (32 - filterBits) & 63)
		} else {
			room = true
		}
	}
	return room
}

func (f *filter) has(key uint32) bool {
	return f[key>>(38-filterBits)]>>(key>>(32-filterBits)&63)&1 != 0
}

//go:embed weights.bin
var embedded []byte

// Embedded returns the weights built into the program.
var Embedded = sync.OnceValues(func() (*Weights, error) { return Open(embedded) })

// Blank returns weights that know nothing: the rules alone judge.
func Blank() *Weights {
	return &Weights{Header: Header{Point: 1, Prior: 1, Rule: 1, Mood: 1, Grave: [languages]float64{0.4, 0.4, 0.4, 0.4}, Sure: 1, Hidden: math.Inf(1), Slots: 1, Words: 1}, slots: make([]byte, slot), words: make([]byte, word)}
}

// Open reads a file of weights and keeps it.
func Open(file []byte) (*Weights, error) {
	head, rows, ok := bytes.Cut(file, []byte("\n"))
	if !ok {
		return nil, errors.New("model: there is no header")
	}
	w := new(Weights)
	if err := json.Unmarshal(head, &w.Header); err != nil {
		return nil, fmt.Errorf("model: reading the header: %w", err)
	}
	const most = 1 << 24 // of either kind: far beyond what a function could hold
	if w.Slots <= 0 || w.Slots > most || w.Slots&(w.Slots-1) != 0 || w.Words <= 0 || w.Words > most || w.Words&(w.Words-1) != 0 || len(rows) != w.Slots*slot+w.Words*word {
		return nil, fmt.Errorf("model: %d bytes are not %d slots and %d words", len(rows), w.Slots, w.Words)
	}
	if !(w.Point > 0) {
		return nil, errors.New("model: a point weighs nothing")
	}
	sum := sha256.Sum256(file)
	w.Name, w.slots, w.words = hex.EncodeToString(sum[:6]), rows[:w.Slots*slot], rows[w.Slots*slot:]
	if !w.known.of(w.slots, slot) || !w.worded.of(w.words, word) {
		return nil, errors.New("model: a table has no place left, so that looking for what is not there would not end")
	}
	return w, nil
}

// A Feature is a key of a text, and the piece of it that shows the feature.
type Feature struct {
	Key     uint32
	Segment int32
}

// A Hit is a feature that the weights know, by where its row is.
type Hit struct {
	At      int32
	Segment int32
}

// Sum adds up the rows of the features it knows, and appends those to hits. Most
// features it does not know: which it may know is found out first, without a jump
// that a processor would guess wrong.
func (w *Weights) Sum(features []Feature, hits []Hit) (sums [Columns]int32, _ []Hit) {
	var a [8]uint64 // sixteen bits a column
	const even = 0x00ff00ff00ff00ff
	count := 0
	var some [64]Feature
	for len(features) > 0 {
		part := features[:min(len(some), len(features))]
		features = features[len(part):]
		n := 0
		for _, f := range part {
			some[n&(len(some)-1)] = f
			n += int(w.known[f.Key>>(38-filterBits)] >> (f.Key >> (32 - filterBits) & 63) & 1)
		}
		for _, f := range some[:n] {
			at, ok := place(w.slots, slot, f.Key)
			if !ok {
				continue
			}
			row := w.slots[at+check : at+slot : at+slot]
			x, y, z, u := binary.LittleEndian.Uint64(row), binary.LittleEndian.Uint64(row[8:]), binary.LittleEndian.Uint64(row[16:]), uint64(binary.LittleEndian.Uint32(row[24:]))
			a[0] += x & even
			a[1] += x >> 8 & even
			a[2] += y & even
			a[3] += y >> 8 & even
			a[4] += z & even
			a[5] += z >> 8 & even
			a[6] += u & even
			a[7] += u >> 8 & even
			hits = append(hits, Hit{int32(at), f.Segment})
			if count++; count == 256 {
				spill(&a, &sums, count)
				count = 0
			}
		}
	}
	spill(&a, &sums, count)
	return sums, hits
}

// Knows reports whether the weights have a row for key.
func (w *Weights) Knows(key uint32) bool { return holds(&w.known, w.slots, slot, key) }

func holds(f *filter, table []byte, size int, key uint32) bool {
	if !f.has(key) {
		return false
	}
	_, ok := place(table, size, key)
	return ok
}

// spill moves what was added up where it has room.
func spill(a *[8]uint64, sums *[Columns]int32, count int) {
	for c := range sums {
		lane := &a[c/8*2+c%2]
		sums[c] += int32(*lane>>(c%8/2*16)&0xffff) - int32(zero*count)
	}
	*a = [8]uint64{}
}

// place returns where the slot of key begins in a table of slots of size bytes, a
// power of two of them, each with its key first: the key's own, or the next one
// that is free. held says which of the two.
func place(table []byte, size int, key uint32) (at int, held bool) {
	for n := int(key); ; n++ {
		at := n * size & (len(table) - 1)
		switch binary.LittleEndian.Uint32(table[at:]) {
		case 0: // also where 0 is looked for: it is no key
			return at, false
		case key:
			return at, true
		}
	}
}

// Concept returns the concept of a word's key, -1 for none, and a second one where
// the word stands for two.
func (w *Weights) Concept(key uint32) (concept, more int32) {
	if !w.worded.has(key) {
		return -1, -1
	}
	if at, ok := place(w.words, word, key); ok {
		return int32(binary.LittleEndian.Uint16(w.words[at+4:])) - 1, int32(binary.LittleEndian.Uint16(w.words[at+6:])) - 1
	}
	return -1, -1
}

// Begins reports whether a key is that of a beginning after which some word or
// phrase goes on.
func (w *Weights) Begins(key uint32) bool { return holds(&w.worded, w.words, word, key) }

// Number returns a hit's number in column c.
func (w *Weights) Number(h Hit, c int) int32 { return int32(w.slots[int(h.At)+check+c]) - zero }
