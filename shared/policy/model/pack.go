package model

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
)

// Pack writes a file of weights: the header, rows for the features by key, and
// the words of concepts, one or two each.
// It sets the header's slots, features and scale. Key 0 stands for no feature
// and is left out.
func Pack(h Header, features map[uint32]Row, words map[uint32][]int) ([]byte, error) {
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(features)), func(key uint32) bool { return key == 0 })
	h.Features, h.Slots = len(keys), 1
	for h.Slots*3 < len(keys)*4 { // at most three quarters full
		h.Slots *= 2
	}
	for c := range h.Scale {
		top := float32(0)
		for _, key := range keys {
			row := features[key]
			top = max(top, max(row[c], -row[c]))
		}
		h.Scale[c] = max(top, 1e-6) / (zero - 1)
	}
	h.Words = 1
	for h.Words < 2*len(words) {
		h.Words *= 2
	}
	head, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("model: writing the header: %w", err)
	}
	file := append(head, '\n')
	rows := make([]byte, h.Slots*slot)
	for _, key := range keys {
		at, _ := place(rows, slot, key)
		into := rows[at:]
		binary.LittleEndian.PutUint32(into, key)
		row := features[key]
		for c, v := range row {
			into[check+c] = byte(zero + int(math.Round(float64(v/h.Scale[c]))))
		}
		into[check+Columns] = zero
	}
	return append(append(file, rows...), packWords(words, h.Words)...), nil
}

func packWords(words map[uint32][]int, slots int) []byte {
	out := make([]byte, slots*word)
	for _, key := range slices.Sorted(maps.Keys(words)) {
		at, _ := place(out, word, key)
		into := out[at:]
		binary.LittleEndian.PutUint32(into, key)
		for i, concept := range words[key][:min(2, len(words[key]))] {
			binary.LittleEndian.PutUint16(into[4+2*i:], uint16(concept+1))
		}
	}
	return out
}
