package model

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// Pack writes a file of weights: the header, rows for the features by key, and
// the words of concepts, one or two each.
// It sets the header's slots, features and scale. Key 0 stands for no feature
// and is left out.
func Pack(h Header, features map[uint32]Row, words map[uint32][]int) ([]byte, error) {
	keys := make([]uint32, 0, len(features))
	for key := range features {
		if key != 0 {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
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
		place := key & uint32(h.Slots-1)
		for binary.LittleEndian.Uint32(rows[place*slot:]) != 0 {
			place = (place + 1) & uint32(h.Slots-1)
		}
		into := rows[place*slot:]
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
	keys := make([]uint32, 0, len(words))
	for key := range words {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		place := int(key)
		for binary.LittleEndian.Uint32(out[place&(slots-1)*word:]) != 0 {
			place++
		}
		into := out[place&(slots-1)*word:]
		binary.LittleEndian.PutUint32(into, key)
		for i, concept := range words[key][:min(2, len(words[key]))] {
			binary.LittleEndian.PutUint16(into[4+2*i:], uint16(concept+1))
		}
	}
	return out
}
