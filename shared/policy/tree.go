package policy

// A tree has the words of a lexicon, a node a rune, those with the same
// beginning sharing its nodes. Most words of a text are in none and leave it
// after two or three steps, so looking from every place where a word may begin
// costs less than an automaton that takes all of them at once.
type tree struct {
	root  [known]int32   // by rune, where a word leads that begins with it; 0 is nowhere
	far   map[rune]int32 // the same for the runes beyond
	sieve [1024]uint64   // a bit for the beginning of every word, and for some others
	nodes []node         // the first is none
	edges []edge         // of the nodes with many, by hash; a power of two
	shift uint8          // of a hash, to a place among them
}

// A node is a step of a word. A word's nodes lie one after the other where it
// shares them with none before it.
type node struct {
	rune    rune  // that leads here
	child   int32 // the first, 0 for none; below 0 there are many, and they are among edges, from this number
	sibling int32 // the next, 0 for none
	word    int32 // that ends here, -1 for none
}

// An edge is a step from a node that has many.
type edge struct {
	from int32
	rune rune
	to   int32 // 0 where there is no edge
}

// few is how many children are looked through one by one.
const few = 3

func newTree() *tree { return &tree{far: map[rune]int32{}, nodes: make([]node, 1)} }

// begin returns where the first rune of a word leads, 0 for nowhere.
func (t *tree) begin(r rune) int32 {
	if r < known {
		return t.root[r]
	}
	return t.far[r]
}

// sieved is how many runes of a word the sieve keeps; of a shorter one, two.
const sieved = 4

// may reports whether a word of several runes may begin where runes do. At which
// step a text leaves the tree can't be foretold, and a processor that guesses
// wrong loses more than the steps take; most often it is here, and that can.
func (t *tree) may(runes []rune) bool {
	if len(runes) < sieved {
		return true
	}
	two := twoOf(runes)
	four := two + nextOf(runes)
	return (t.sieve[two>>22]>>(two>>16&63)|t.sieve[four>>22]>>(four>>16&63))&1 != 0
}

// sift keeps the beginning of a word of several runes.
func (t *tree) sift(word []rune) {
	h := twoOf(word)
	if len(word) >= sieved {
		h += nextOf(word)
	}
	t.sieve[h>>22] |= 1 << (h >> 16 & 63)
}

func twoOf(runes []rune) uint32  { return uint32(runes[0])*0x9e3779b1 + uint32(runes[1])*0x85ebca77 }
func nextOf(runes []rune) uint32 { return uint32(runes[2])*0xc2b2ae3d + uint32(runes[3])*0x27d4eb2f }

// plant puts a word into the tree, unless it is there, and returns its last
// node. It must not be empty. Once the tree is ready no more are planted.
func (t *tree) plant(word []rune) *node {
	if len(word) > 1 {
		t.sift(word)
	}
	at := t.begin(word[0])
	if at == 0 {
		at = t.sprout(word[0], 0)
		if word[0] < known {
			t.root[word[0]] = at
		} else {
			t.far[word[0]] = at
		}
	}
	for _, r := range word[1:] {
		next := t.nodes[at].child
		for next != 0 && t.nodes[next].rune != r {
			next = t.nodes[next].sibling
		}
		if next == 0 {
			next = t.sprout(r, t.nodes[at].child)
			t.nodes[at].child = next
		}
		at = next
	}
	return &t.nodes[at]
}

func (t *tree) sprout(r rune, sibling int32) int32 {
	t.nodes = append(t.nodes, node{rune: r, sibling: sibling, word: -1})
	return int32(len(t.nodes) - 1)
}

// ready lays out the edges of the nodes with many.
func (t *tree) ready() {
	var many []int32
	count := 0
	for at := range t.nodes {
		children := 0
		for c := t.nodes[at].child; c != 0; c = t.nodes[c].sibling {
			children++
		}
		if children > few {
			many = append(many, int32(at))
			count += children
		}
	}
	t.shift = 63
	for 1<<(64-t.shift) < 2*count {
		t.shift--
	}
	t.edges = make([]edge, 1<<(64-t.shift))
	for _, at := range many {
		for c := t.nodes[at].child; c != 0; c = t.nodes[c].sibling {
			place := t.place(-at, t.nodes[c].rune)
			for t.edges[place].to != 0 {
				place = (place + 1) & (len(t.edges) - 1)
			}
			t.edges[place] = edge{-at, t.nodes[c].rune, c}
		}
		t.nodes[at].child = -at
	}
}

// place returns where among the edges to look for one.
func (t *tree) place(from int32, r rune) int {
	const golden = 0x9e3779b97f4a7c15
	return int((uint64(-from)<<21 | uint64(r)) * golden >> (t.shift & 63))
}

// leap returns where r leads from a node with many children, 0 for nowhere.
func (t *tree) leap(from int32, r rune) int32 {
	for place := t.place(from, r); ; place++ {
		e := &t.edges[place&(len(t.edges)-1)]
		if e.to == 0 || e.from == from && e.rune == r {
			return e.to
		}
	}
}
