package model

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
)

// Pack writes a file of weights: the header, rows for the features by key, and
// the words of concepts, one or two each. A word of no concept is a beginning of
// others.
// It sets the header's slots, words, features and scale. Key 0 stands for no
// feature and is left out.
func Pack(h Header, features map[uint32]Row, words map[uint32][]int) ([]byte, error) {
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(features)), func(key uint32) bool { return key == 0 })
	for c := range h.Scale {
		top := float32(0)
		for _, key := range keys {
			row := features[key]
			top = max(top, max(row[c], -row[c]))
		}
		h.Scale[c] = max(top, 1e-6) / (Zero - 1)
	}
	rows, known := new(table), new(filter)
	if err := rows.packRows(keys, features, &h.Scale); err != nil {
		return nil, err
	}
	for _, key := range keys {
		known.add(key)
	}
	entries, worded, err := packWords(words)
	if err != nil {
		return nil, err
	}
	h.Features, h.Slots, h.Words = len(keys), int(rows.count), int(entries.count)
	head, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("model: writing the header: %w", err)
	}
	const line = 64 // of a processor's cache: no row is to lie in two of them
	head = append(head, bytes.Repeat([]byte(" "), line-1-len(head)%line)...)
	return slices.Concat(append(head, '\n'), rows.cells, rows.pilots[:], entries.cells, entries.pilots[:], known[:], worded[:]), nil
}

func (t *table) packRows(keys []uint32, features map[uint32]Row, scale *Row) (err error) {
	if *t, err = fill(keys, slot); err != nil {
		return fmt.Errorf("model: placing the features: %w", err)
	}
	for _, key := range keys {
		into := t.cells[t.place(key):]
		row := features[key]
		for c, v := range row {
			into[check+c] = byte(Zero + int(math.Round(float64(v/scale[c]))))
		}
	}
	return nil
}

func packWords(words map[uint32][]int) (table, *filter, error) {
	var keys []uint32
	all := new(filter)
	for _, key := range slices.Sorted(maps.Keys(words)) {
		if all.add(key); len(words[key]) > 0 && key != 0 {
			keys = append(keys, key)
		}
	}
	t, err := fill(keys, word)
	if err != nil {
		return table{}, nil, fmt.Errorf("model: placing the words: %w", err)
	}
	for _, key := range keys {
		into := t.cells[t.place(key):]
		for i, concept := range words[key][:min(2, len(words[key]))] {
			binary.LittleEndian.PutUint16(into[4+2*i:], uint16(concept+1))
		}
	}
	return t, all, nil
}
