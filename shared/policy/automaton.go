package policy

import "slices"

// An automaton finds all its words in a text in one pass (Aho and Corasick,
// 1975). Its steps cost the same however many words it has.
type automaton struct {
	near   [known]uint16   // the symbol of a rune; 0 is in no word
	far    map[rune]uint16 // the same for the runes beyond
	root   []int32         // by symbol, where a word's first rune leads
	first  []int32         // by node, where its edges begin; they end where the next node's begin
	symbol []uint16        // of an edge, ascending within a node
	to     []int32         // of an edge
	fail   []int32         // by node, the longest suffix that is a node too
	word   []int32         // by node, the word that ends here, or -1
	suffix []int32         // by node, the next shorter node at which a word ends, or -1
}

// newAutomaton makes one for the given words, none of them empty or given
// twice. A word is known by its place among them.
func newAutomaton(words [][]rune) *automaton {
	a := &automaton{far: map[rune]uint16{}}
	symbols := uint16(0)
	for _, word := range words {
		for _, r := range word {
			if a.symbolOf(r) != 0 {
				continue
			}
			symbols++
			if r < known {
				a.near[r] = symbols
			} else {
				a.far[r] = symbols
			}
		}
	}
	child, sibling, symbol := a.plant(words)
	a.flatten(child, sibling, symbol, int(symbols)+1)
	a.link()
	return a
}

func (a *automaton) symbolOf(r rune) uint16 {
	if r < known {
		return a.near[r]
	}
	return a.far[r]
}

// plant makes the tree of the words, as lists of children.
func (a *automaton) plant(words [][]rune) (child, sibling []int32, symbol []uint16) {
	runes := 1
	for _, word := range words {
		runes += len(word)
	}
	child, sibling, symbol = append(make([]int32, 0, runes), -1), append(make([]int32, 0, runes), -1), append(make([]uint16, 0, runes), 0)
	a.word = append(make([]int32, 0, runes), -1)
	roots := map[uint16]int32{}
	for i, word := range words {
		at := int32(0)
		for depth, r := range word {
			s := a.symbolOf(r)
			next := int32(-1)
			if depth == 0 {
				if to, ok := roots[s]; ok {
					next = to
				}
			} else {
				for next = child[at]; next >= 0 && symbol[next] != s; {
					next = sibling[next]
				}
			}
			if next < 0 {
				next = int32(len(child))
				child, sibling, symbol = append(child, -1), append(sibling, child[at]), append(symbol, s)
				a.word = append(a.word, -1)
				child[at] = next
				if depth == 0 {
					roots[s] = next
				}
			}
			at = next
		}
		a.word[at] = int32(i)
	}
	return child, sibling, symbol
}

// flatten lays the edges out one after the other, so that a step stays within
// a line or two of the cache.
func (a *automaton) flatten(child, sibling []int32, symbol []uint16, symbols int) {
	a.root = make([]int32, symbols)
	a.first = make([]int32, len(child)+1)
	a.symbol, a.to = make([]uint16, 0, len(child)), make([]int32, 0, len(child))
	var edges []int32
	for node := range child {
		a.first[node] = int32(len(a.to))
		edges = edges[:0]
		for c := child[node]; c >= 0; c = sibling[c] {
			edges = append(edges, c)
		}
		slices.SortFunc(edges, func(x, y int32) int { return int(symbol[x]) - int(symbol[y]) })
		for _, c := range edges {
			a.symbol, a.to = append(a.symbol, symbol[c]), append(a.to, c)
			if node == 0 {
				a.root[symbol[c]] = c
			}
		}
	}
	a.first[len(child)] = int32(len(a.to))
}

// link sets where to go on when a step leads nowhere, the shorter nodes first.
func (a *automaton) link() {
	a.fail = make([]int32, len(a.word))
	a.suffix = make([]int32, len(a.word))
	a.suffix[0] = -1
	queue := append(make([]int32, 0, len(a.word)), 0)
	for next := 0; next < len(queue); next++ {
		node := queue[next]
		for e := a.first[node]; e < a.first[node+1]; e++ {
			c := a.to[e]
			if node != 0 {
				a.fail[c] = a.step(a.fail[node], a.symbol[e])
			}
			a.suffix[c] = a.fail[c]
			if a.word[a.fail[c]] < 0 {
				a.suffix[c] = a.suffix[a.fail[c]]
			}
			queue = append(queue, c)
		}
	}
}

// step returns where symbol s leads from node at.
func (a *automaton) step(at int32, s uint16) int32 {
	if s == 0 {
		return 0
	}
	for at != 0 {
		low, high := a.first[at], a.first[at+1]
		for low < high {
			middle := (low + high) / 2
			switch {
			case a.symbol[middle] == s:
				return a.to[middle]
			case a.symbol[middle] < s:
				low = middle + 1
			default:
				high = middle
			}
		}
		at = a.fail[at]
	}
	return a.root[s]
}
