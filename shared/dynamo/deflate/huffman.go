package deflate

import (
	"math/bits"
	"slices"
	"sync"
)

// A code says with which bits each symbol is written: as many as length has, those of
// word, the first of them lowest.
type code struct {
	length [288]uint8
	word   [288]uint16
}

// maxCode is how many bits a symbol has at most; maxShort, one of those that lengths
// are written in.
const (
	maxCode  = 15
	maxShort = 7
)

// make finds the code that writes symbols used so often in the fewest bits, of those
// with no word longer than most (Huffman's; where that has longer words, others give
// up a bit each until there is room).
func (c *code) make(uses []uint32, most int) {
	clear(c.length[:])
	var order [288]uint64 // use and symbol, rarest first
	n := 0
	for symbol, times := range uses {
		if times > 0 {
			order[n] = uint64(times)<<16 | uint64(symbol)
			n++
		}
	}
	if n < 2 { // one word of one bit is no whole code; readers take it
		if n == 1 {
			c.length[order[0]&0xffff] = 1
		} else {
			c.length[0] = 1
		}
		c.words()
		return
	}
	slices.Sort(order[:n])
	counts := depths(order[:n], most)
	next := 0
	for length := most; length > 0; length-- {
		for range counts[length] {
			c.length[order[next]&0xffff] = uint8(length)
			next++
		}
	}
	c.words()
}

// depths is how many leaves stand how deep in the tree of Huffman, none deeper than
// most. order has at least two.
func depths(order []uint64, most int) (counts [maxCode + 1]int) {
	var weight [2 * 288]uint64
	var parent [2 * 288]uint16
	n := len(order)
	for i, use := range order {
		weight[i] = use >> 16
	}
	// Both the leaves and what is made of two of them come in the order of their
	// weight, so the lightest is always the first of one or of the other.
	leaf, joined := 0, n
	for made := n; made < 2*n-1; made++ {
		for range 2 {
			lightest := &joined
			if leaf < n && (joined == made || weight[leaf] <= weight[joined]) {
				lightest = &leaf
			}
			weight[made] += weight[*lightest]
			parent[*lightest] = uint16(made)
			*lightest++
		}
	}
	var depth [2 * 288]uint16
	for i := 2*n - 3; i >= 0; i-- {
		depth[i] = depth[parent[i]] + 1
		if i < n {
			counts[min(int(depth[i]), most)]++
		}
	}
	taken := 0 // of 1<<most
	for length := 1; length <= most; length++ {
		taken += counts[length] << (most - length)
	}
	for ; taken > 1<<most; taken-- {
		short := most - 1
		for counts[short] == 0 {
			short--
		}
		counts[most]--
		counts[short]--
		counts[short+1] += 2
	}
	return counts
}

// words gives each symbol its word, which follow from the lengths (RFC 1951, 3.2.2).
func (c *code) words() {
	var counts, next [maxCode + 2]uint16
	for _, length := range c.length {
		counts[length]++
	}
	counts[0] = 0
	for length := 1; length <= maxCode; length++ {
		next[length+1] = (next[length] + counts[length]) << 1
	}
	for symbol, length := range c.length {
		if length > 0 {
			c.word[symbol] = bits.Reverse16(next[length]) >> (16 - length)
			next[length]++
		}
	}
}

// fixedLetters and fixedWays are the codes that need no header.
var (
	fixedLetters = sync.OnceValue(func() *code {
		c := &code{}
		for symbol := range c.length {
			switch {
			case symbol < 144:
				c.length[symbol] = 8
			case symbol < 256:
				c.length[symbol] = 9
			case symbol < 280:
				c.length[symbol] = 7
			default:
				c.length[symbol] = 8
			}
		}
		c.words()
		return c
	})
	fixedWays = sync.OnceValue(func() *code {
		c := &code{}
		for symbol := range 32 {
			c.length[symbol] = 5
		}
		c.words()
		return c
	})
)

// A header says which codes a block is written in: their lengths, runs of the same
// told in one (RFC 1951, 3.2.7).
type header struct {
	letters, ways, shorts int // lengths that are told, of each
	told                  []run
	code                  code
	bits                  int
}

// A run is a symbol of a header with what follows it.
type run struct{ symbol, extra, more uint8 }

// shortOrder is the order in which the lengths of a header's own code stand.
var shortOrder = [...]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// header is that of both codes.
func (d *deflater) header() *header {
	h := &d.head
	h.letters, h.ways, h.shorts = literals, distances, len(shortOrder)
	for h.letters > endOfBlock+1 && d.codes[0].length[h.letters-1] == 0 {
		h.letters--
	}
	for h.ways > 1 && d.codes[1].length[h.ways-1] == 0 {
		h.ways--
	}
	var all [literals + distances]uint8
	n := copy(all[:], d.codes[0].length[:h.letters])
	n += copy(all[n:], d.codes[1].length[:h.ways])
	h.told = runs(h.told[:0], all[:n])
	var uses [19]uint32
	for _, r := range h.told {
		uses[r.symbol]++
	}
	h.code.make(uses[:], maxShort)
	for h.shorts > 4 && h.code.length[shortOrder[h.shorts-1]] == 0 {
		h.shorts--
	}
	h.bits = 5 + 5 + 4 + 3*h.shorts
	for _, r := range h.told {
		h.bits += int(h.code.length[r.symbol] + r.more)
	}
	return h
}

// runs tells lengths: 16 is the last one 3 to 6 times more, 17 no length 3 to 10
// times, 18 the same 11 to 138 times.
func runs(to []run, lengths []uint8) []run {
	for at := 0; at < len(lengths); {
		length, same := lengths[at], 1
		for at+same < len(lengths) && lengths[at+same] == length {
			same++
		}
		at += same
		if length > 0 {
			to, same = append(to, run{symbol: length}), same-1
		}
		for same >= 3 {
			var n int
			switch {
			case length > 0:
				n = min(same, 6)
				to = append(to, run{16, uint8(n - 3), 2})
			case same <= 10:
				n = same
				to = append(to, run{17, uint8(n - 3), 3})
			default:
				n = min(same, 138)
				to = append(to, run{18, uint8(n - 11), 7})
			}
			same -= n
		}
		for range same {
			to = append(to, run{symbol: length})
		}
	}
	return to
}

func (h *header) write(to *bitWriter) {
	to.write(uint64(h.letters-257), 5)
	to.write(uint64(h.ways-1), 5)
	to.write(uint64(h.shorts-4), 4)
	for _, symbol := range shortOrder[:h.shorts] {
		to.write(uint64(h.code.length[symbol]), 3)
	}
	for _, r := range h.told {
		to.symbol(&h.code, int(r.symbol))
		to.write(uint64(r.extra), uint(r.more))
	}
}

// A bitWriter appends bits to bytes, the lowest first.
type bitWriter struct {
	bytes []byte
	held  uint64
	n     uint // of held, less than 8 between writes
}

func (w *bitWriter) write(bits uint64, n uint) {
	w.held |= bits << w.n
	for w.n += n; w.n >= 8; w.n -= 8 {
		w.bytes = append(w.bytes, byte(w.held))
		w.held >>= 8
	}
}

func (w *bitWriter) symbol(c *code, symbol int) {
	w.write(uint64(c.word[symbol]), uint(c.length[symbol]))
}

// align goes on to the next byte.
func (w *bitWriter) align() {
	if w.n > 0 {
		w.bytes, w.held, w.n = append(w.bytes, byte(w.held)), 0, 0
	}
}
