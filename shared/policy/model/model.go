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
	"slices"
	"sync"

	"example.com/skala/shared/desk"
)

// The columns of a row: what a feature says for each category, in the order of
// desk.Categories, each severity, high or critical whatever it is about, each
// sentiment, abuse, and each of Languages.
const (
	Categories = 15
	Severities = 4
	Sentiments = 3
	languages  = 4

	AtSeverity  = Categories
	AtGrave     = AtSeverity + Severities
	AtSentiment = AtGrave + 1
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
	Slots    int                    `json:"slots"`    // places for rows
	Words    int                    `json:"words"`    // places for the words of concepts
	Features int                    `json:"features"` // rows
	Scale    Row                    `json:"scale"`    // logits of one step of a feature's number
	Signals  map[string]Row         `json:"signals"`  // of the lexicon, by name
	Bias     map[string]Row         `json:"bias"`     // by language
	Severity [Categories][4]float32 `json:"severity"` // given the category
	Point    float64                `json:"point"`    // a point of the lexicon's weight, in logits
	Prior    float64                `json:"prior"`    // what the usual severity of a category counts, in logits
	Rule     float64                `json:"rule"`     // what a severity counts that a signal of the lexicon asks for, in logits
	Mood     float64                `json:"mood"`     // a point of the lexicon's mood, in logits
	Grave    [languages]float64     `json:"grave"`    // by language, how likely high or critical must be for a message to be either
	Blend    float64                `json:"blend"`    // share of AtGrave in how likely either is; the severities have the rest
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
	Zero  = 128
)

// Weights are a model ready to be asked. They don't change.
type Weights struct {
	Header
	Name string // 12 hexadecimal digits of the file's SHA-256

	rows, words   table
	known, begins *filter
	worded        filter
}

//go:embed weights.bin
var embedded []byte

// Embedded returns the weights built into the program.
var Embedded = sync.OnceValues(func() (*Weights, error) { return Open(embedded) })

// Blank returns weights that know nothing: the rules alone judge.
func Blank() *Weights {
	h := Header{Point: 1, Prior: 1, Rule: 1, Mood: 1, Grave: [languages]float64{0.4, 0.4, 0.4, 0.4}, Sure: 1, Hidden: math.Inf(1), Slots: 1, Words: 1}
	return &Weights{Header: h, rows: newTable(slot, 1), words: newTable(word, 1), known: new(filter), begins: new(filter)}
}

// Open reads a file of weights and keeps it.
func Open(file []byte) (*Weights, error) {
	head, rest, ok := bytes.Cut(file, []byte("\n"))
	if !ok {
		return nil, errors.New("model: there is no header")
	}
	w := new(Weights)
	if err := json.Unmarshal(head, &w.Header); err != nil {
		return nil, fmt.Errorf("model: reading the header: %w", err)
	}
	if w.Slots <= 0 || w.Slots > most || w.Words <= 0 || w.Words > most || len(rest) != size(w.Slots, w.Words) {
		return nil, fmt.Errorf("model: %d bytes are not %d slots and %d words", len(rest), w.Slots, w.Words)
	}
	if !(w.Point > 0) {
		return nil, errors.New("model: a point weighs nothing")
	}
	sum := sha256.Sum256(file)
	w.Name = hex.EncodeToString(sum[:6])
	w.rows, rest = tableOf(rest, slot, w.Slots)
	w.words, rest = tableOf(rest, word, w.Words)
	w.known, w.begins = (*filter)(rest), (*filter)(rest[len(filter{}):])
	for at := 0; at < len(w.words.cells); at += word {
		w.worded.add(binary.LittleEndian.Uint32(w.words.cells[at:]))
	}
	return w, nil
}

// size is how many bytes follow the header.
func size(slots, words int) int {
	return slots*slot + words*word + 2*len(pilots{}) + 2*len(filter{})
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
	hits = slices.Grow(hits, len(features)+1)
	found := hits[len(hits):cap(hits)]
	n := 0
	for _, f := range features {
		found[n] = Hit{int32(f.Key), f.Segment} // to be looked for
		n += int(w.known.bit(f.Key))
	}
	count := 0
	for from := 0; from < n; from += together {
		count = w.add(found[from:min(n, from+together)], found, count, &sums)
	}
	return sums, hits[:len(hits)+count]
}

// together is how many rows are added up before their sums need more than the 16
// bits that a column has until then.
const together = 1 << 8

// add adds the rows of the keys that it finds to the sums, and puts where they are
// behind the first count of found.
//
// Eight numbers are added at a time: the even bytes of a word by themselves, and
// the whole word, from which what the even ones took is taken away in the end.
func (w *Weights) add(keys, found []Hit, count int, sums *[Columns]int32) int {
	const even = 0x00ff00ff00ff00ff
	var a, b, c, d, e, f, g, h uint64
	before := count
	for _, k := range keys {
		at := w.rows.place(uint32(k.At))
		row := (*[slot]byte)(w.rows.cells[at:])
		x := binary.LittleEndian.Uint64(row[:])
		if uint32(x) != uint32(k.At) || k.At == 0 {
			continue
		}
		a += x & even
		b += x >> 8
		x = binary.LittleEndian.Uint64(row[8:])
		c += x & even
		d += x >> 8
		x = binary.LittleEndian.Uint64(row[16:])
		e += x & even
		f += x >> 8
		x = binary.LittleEndian.Uint64(row[24:])
		g += x & even
		h += x >> 8
		found[count] = Hit{int32(at), k.Segment}
		count++
	}
	words := [...][2]uint64{{a, b}, {c, d}, {e, f}, {g, h}}
	for i := range words {
		words[i][1] -= words[i][0] &^ 0xffff >> 8
	}
	for column := range sums {
		at := check + column
		sums[column] += int32(words[at/8][at%2]>>(at%8/2*16)&0xffff) - int32(Zero*(count-before))
	}
	return count
}

// Knows reports whether the weights have a row for key.
func (w *Weights) Knows(key uint32) bool {
	return w.known.bit(key) != 0 && w.rows.holds(key)
}

// Concept returns the concept of a word's key, -1 for none, and a second one where
// the word stands for two.
func (w *Weights) Concept(key uint32) (concept, more int32) {
	if !w.Worded(key) || !w.words.holds(key) {
		return -1, -1
	}
	of := (*[word]byte)(w.words.cells[w.words.place(key):])
	return int32(binary.LittleEndian.Uint16(of[4:])) - 1, int32(binary.LittleEndian.Uint16(of[6:])) - 1
}

// Worded reports whether a key may be a word's. It is wrong about few that are none.
func (w *Weights) Worded(key uint32) bool { return w.worded.bit(key) != 0 }

// Begins reports whether a key may be that of a beginning of words. It is wrong
// about one in six that are none.
func (w *Weights) Begins(key uint32) bool { return w.begins.bit(key) != 0 }

// Spread adds the numbers of hits in column c, each weighing v, to what their
// segments say.
func (w *Weights) Spread(hits []Hit, c int, v float64, segments []float64) {
	cells := w.rows.cells[check+c:]
	for _, h := range hits {
		segments[h.Segment] += float64(int32(cells[h.At])-Zero) * v
	}
}

// Numbers returns the bytes of a hit's columns, in which Zero is nothing.
func (w *Weights) Numbers(h Hit) *[Columns]byte { return (*[Columns]byte)(w.rows.cells[h.At+check:]) }

// Number returns a hit's number in column c.
func (w *Weights) Number(h Hit, c int) int32 { return int32(w.rows.cells[int(h.At)+check+c]) - Zero }
