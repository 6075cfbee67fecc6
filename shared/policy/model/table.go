package model

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
)

// A table has a cell for each of a set of keys, which were all known when it was
// made: a pilot for every few keys says where theirs are, and was tried out for
// them not to meet. So any key is looked for in one place alone, with no next one
// that a processor could not have guessed.
type table struct {
	pilots *pilots
	cells  []byte // each begins with its key, 0 for none
	size   int    // bytes of a cell
	count  uint64
}

type pilots [1 << pilotBits]byte

const (
	pilotBits = 15
	most      = 1 << 20 // cells: far beyond what a function should hold
)

// newTable returns a table without keys.
func newTable(size, count int) table {
	return table{new(pilots), make([]byte, count*size), size, uint64(count)}
}

// tableOf returns the table that a file goes on with, and what comes after it.
func tableOf(file []byte, size, count int) (t table, rest []byte) {
	t = table{cells: file[:count*size], size: size, count: uint64(count)}
	rest = file[count*size:]
	t.pilots = (*pilots)(rest)
	return t, rest[len(t.pilots):]
}

// place returns where the cell of key begins, if it has one.
func (t *table) place(key uint32) int {
	return int(lands(key, t.pilots[key>>(32-pilotBits)], t.count)) * t.size
}

// lands returns which of count cells a pilot leads a key to.
func lands(key uint32, pilot byte, count uint64) uint64 {
	return uint64((key^uint32(pilot)*0x9e3779b1)*0x85ebca6b) * count >> 32
}

// holds reports whether the table has a cell for key.
func (t *table) holds(key uint32) bool {
	return key != 0 && binary.LittleEndian.Uint32(t.cells[t.place(key):]) == key
}

// fill returns a table of cells of size bytes for the keys, each with its key, at
// most four fifths full. The keys differ, and none is 0.
func fill(keys []uint32, size int) (table, error) {
	var of [1 << pilotBits][]uint32
	for _, key := range keys {
		at := key >> (32 - pilotBits)
		of[at] = append(of[at], key)
	}
	crowded := make([]int, 0, len(of)) // pilots of many keys choose first
	for at, keys := range of {
		if len(keys) > 0 {
			crowded = append(crowded, at)
		}
	}
	slices.SortStableFunc(crowded, func(a, b int) int { return cmp.Compare(len(of[b]), len(of[a])) })
next:
	for count := len(keys)*5/4 + 1; count <= min(8*len(keys)+64, most); count += count/40 + 1 {
		t := newTable(size, count)
		for _, at := range crowded {
			if !t.settle(of[at]) {
				continue next
			}
		}
		return t, nil
	}
	return table{}, errors.New("too many keys are alike")
}

// settle finds a pilot for keys that share one, if there is any that leads each to
// a cell of its own.
func (t *table) settle(keys []uint32) bool {
try:
	for pilot := range 256 {
		t.pilots[keys[0]>>(32-pilotBits)] = byte(pilot)
		for n, key := range keys {
			cell := t.cells[t.place(key):]
			if binary.LittleEndian.Uint32(cell) != 0 {
				for _, before := range keys[:n] {
					binary.LittleEndian.PutUint32(t.cells[t.place(before):], 0)
				}
				continue try
			}
			binary.LittleEndian.PutUint32(cell, key)
		}
		return true
	}
	return false
}

// A filter has a bit for every key, and some for others: most of what a text has
// is none, and need not be looked for.
type filter [1 << (filterBits - 3)]byte

const filterBits = 20

func (f *filter) bit(key uint32) byte {
	return f[key>>(35-filterBits)] >> (key >> (32 - filterBits) & 7) & 1
}

func (f *filter) add(key uint32) {
	f[key>>(35-filterBits)] |= 1 << (key >> (32 - filterBits) & 7)
}
