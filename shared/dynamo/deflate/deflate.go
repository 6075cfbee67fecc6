// Package deflate deflates short texts behind a dictionary (RFC 1951); compress/flate
// reads what it makes. That package's own writer indexes the dictionary anew for each
// text, and clears tables of 600 KB for it, which takes longer than all else that is
// done with a ticket. Here a dictionary is indexed once, and what a text puts over that
// index is small. Dictionary and texts share one window: what is longer is left to
// compress/flate.
package deflate

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sync"
)

// A Writer deflates behind one dictionary. Its methods may be called concurrently.
type Writer struct {
	dictionary []byte
	fresh      [1 << hashBits]uint16 // where the bytes of a hash stand last in it, or nowhere
	deflaters  sync.Pool             // of *deflater, with the dictionary in the window
}

const (
	windowSize = 32 << 10
	hashBits   = 13
	nowhere    = windowSize // no position
	minMatch   = 4          // bytes: shorter ones save nothing beside text
	maxMatch   = 258
	enough     = 64 // bytes of a match, after which none longer is looked for
	tries      = 24 // of earlier places for a match
	literals   = 286
	distances  = 30
	endOfBlock = 256
)

// NewWriter indexes a dictionary, which is shorter than a window.
func NewWriter(dictionary []byte) *Writer {
	w := &Writer{dictionary: dictionary}
	w.deflaters.New = func() any {
		d := &deflater{}
		for i := range d.latest {
			d.latest[i] = nowhere
		}
		copy(d.window[:], dictionary)
		for at := range dictionary {
			d.index(at, len(dictionary))
		}
		return d
	}
	first := w.deflaters.New().(*deflater)
	w.fresh = first.latest
	w.deflaters.Put(first)
	return w
}

// Fits says whether so many bytes in all have room in the window.
func (w *Writer) Fits(size int) bool { return len(w.dictionary)+size <= windowSize }

// Append deflates a text that fits in parts, behind head. Each part goes on from those
// before it and ends as a flush does, on a byte, but for the mark of one (0, 0, 0xff,
// 0xff).
func (w *Writer) Append(head []byte, parts ...[]byte) [][]byte {
	d := w.deflaters.Get().(*deflater)
	defer w.deflaters.Put(d)
	d.latest = w.fresh
	d.to.bytes = append(d.to.bytes[:0], head...)
	packed, from, at := make([][]byte, len(parts)), 0, len(w.dictionary)
	for i, part := range parts {
		end := at + copy(d.window[at:], part)
		if len(part) > 0 {
			d.look(at, end)
			d.block(part)
		}
		d.to.write(0, 3) // an empty block, less its length, which is the mark
		d.to.align()
		packed[i], from, at = slices.Clone(d.to.bytes[from:]), len(d.to.bytes), end
	}
	return packed
}

// A deflater is what one text is deflated with. What others left in its window is
// written over before anything refers to it.
type deflater struct {
	window [windowSize]byte      // the dictionary, then the parts
	latest [1 << hashBits]uint16 // where the bytes of a hash stand last
	before [windowSize]uint16    // where those of a position stand before that
	steps  []step                // of the part that is being deflated
	uses   [2][literals]uint32   // of literals and lengths, and of distances
	codes  [2]code               // made of uses
	head   header                // that tells codes
	to     bitWriter
}

// A step is a byte as it is, which stands in distance then, or so many bytes that
// stood so far before.
type step struct{ length, distance uint16 }

// look finds the steps of the part that stands in the window from at to end. A match
// waits for the next byte's: where that one is longer it comes instead.
func (d *deflater) look(at, end int) {
	d.steps, d.uses = d.steps[:0], [2][literals]uint32{}
	d.uses[0][endOfBlock] = 1
	for at < end {
		length, distance := d.longest(at, end, minMatch-1)
		d.index(at, end)
		for length > 0 && length < enough {
			longer, further := d.longest(at+1, end, length)
			if longer == 0 {
				break
			}
			d.literal(at)
			at, length, distance = at+1, longer, further
			d.index(at, end)
		}
		if length == 0 {
			d.literal(at)
			at++
			continue
		}
		d.steps = append(d.steps, step{uint16(length), uint16(distance)})
		symbol, _, _ := lengthCode(length)
		d.uses[0][symbol]++
		symbol, _, _ = distanceCode(distance)
		d.uses[1][symbol]++
		for stop := at + length; ; {
			if at++; at == stop {
				break
			}
			d.index(at, end)
		}
	}
}

func (d *deflater) literal(at int) {
	d.steps = append(d.steps, step{distance: uint16(d.window[at])})
	d.uses[0][d.window[at]]++
}

// longest is the longest match for what stands at, of those with more than so many
// bytes, or of none.
func (d *deflater) longest(at, end, than int) (length, distance int) {
	most := min(end-at, maxMatch)
	if most <= than {
		return 0, 0
	}
	for place, left := d.latest[d.hash(at)], tries; place != nowhere && left > 0; place, left = d.before[place], left-1 {
		from := int(place)
		if d.window[from+than] != d.window[at+than] {
			continue
		}
		n := 0
		for n < most && d.window[from+n] == d.window[at+n] {
			n++
		}
		if n > than {
			length, distance, than = n, at-from, n
			if n == most {
				break
			}
		}
	}
	return length, distance
}

func (d *deflater) hash(at int) uint32 {
	return binary.LittleEndian.Uint32(d.window[at:]) * 0x9e3779b1 >> (32 - hashBits)
}

// index lets later bytes find those that stand at, if there are enough until end.
func (d *deflater) index(at, end int) {
	if at+minMatch <= end {
		h := d.hash(at)
		d.before[at], d.latest[h] = d.latest[h], uint16(at)
	}
}

// block writes part by its steps, in whichever way takes the fewest bits.
func (d *deflater) block(part []byte) {
	letters, ways := &d.codes[0], &d.codes[1]
	letters.make(d.uses[0][:], maxCode)
	ways.make(d.uses[1][:distances], maxCode)
	head := d.header()
	var own, fixed int // bits
	for symbol, n := range d.uses[0] {
		own += int(n) * int(letters.length[symbol])
		fixed += int(n) * int(fixedLetters().length[symbol])
	}
	for symbol, n := range d.uses[1][:distances] {
		own += int(n) * int(ways.length[symbol])
		fixed += int(n) * 5
	}
	own += head.bits
	switch extra := d.extra(); {
	case min(own, fixed)+extra >= (len(part)+4)*8:
		d.to.write(0, 3)
		d.to.align()
		size := uint16(len(part))
		d.to.bytes = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(d.to.bytes, size), ^size)
		d.to.bytes = append(d.to.bytes, part...)
		return
	case fixed <= own:
		d.to.write(1<<1, 3)
		letters, ways = fixedLetters(), fixedWays()
	default:
		d.to.write(2<<1, 3)
		head.write(&d.to)
	}
	for _, s := range d.steps {
		if s.length == 0 {
			d.to.symbol(letters, int(s.distance))
			continue
		}
		symbol, extra, more := lengthCode(int(s.length))
		d.to.symbol(letters, symbol)
		d.to.write(uint64(extra), more)
		symbol, extra, more = distanceCode(int(s.distance))
		d.to.symbol(ways, symbol)
		d.to.write(uint64(extra), more)
	}
	d.to.symbol(letters, endOfBlock)
}

// extra is how many bits follow the symbols of all steps.
func (d *deflater) extra() (all int) {
	for _, s := range d.steps {
		if s.length > 0 {
			_, _, one := lengthCode(int(s.length))
			_, _, other := distanceCode(int(s.distance))
			all += int(one + other)
		}
	}
	return all
}

// lengthCode is the symbol of a match's length, and so many bits that follow it.
func lengthCode(length int) (symbol int, extra uint16, more uint) {
	x := length - 3
	switch {
	case length == maxMatch:
		return 285, 0, 0
	case x < 8:
		return 257 + x, 0, 0
	}
	more = uint(bits.Len(uint(x))) - 3
	return 257 + int(more)*4 + x>>more, uint16(x & (1<<more - 1)), more
}

// distanceCode is the same of its distance.
func distanceCode(distance int) (symbol int, extra uint16, more uint) {
	x := distance - 1
	if x < 4 {
		return x, 0, 0
	}
	more = uint(bits.Len(uint(x))) - 2
	return int(more)*2 + x>>more, uint16(x & (1<<more - 1)), more
}
