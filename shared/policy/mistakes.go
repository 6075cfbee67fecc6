package policy

import (
	"fmt"
	"slices"
	"strings"
)

// A Mistake is something in a policy document that a person has to put right.
type Mistake struct {
	Line int // from 1; 0 where it is about the document as a whole
	Text string
}

// Mistakes are all those of one document, by line. Load returns nothing else
// as its error.
type Mistakes struct {
	Name string // of the document's file
	List []Mistake
}

// Error lists every mistake on a line of its own as file:line: reason.
func (m *Mistakes) Error() string {
	lines := make([]string, len(m.List))
	for i, one := range m.List {
		lines[i] = fmt.Sprintf("%s:%d: %s", m.Name, max(1, one.Line), one.Text)
	}
	return strings.Join(lines, "\n")
}

// most is how many are told: nobody reads more of them.
const most = 1000

func (m *Mistakes) add(line int, format string, args ...any) {
	if m.full() {
		return
	}
	m.List = append(m.List, Mistake{line, fmt.Sprintf(format, args...)})
}

// full reports whether no more are told.
func (m *Mistakes) full() bool { return len(m.List) >= most }

// sort brings them into the order of the document.
func (m *Mistakes) sort() {
	slices.SortStableFunc(m.List, func(a, b Mistake) int { return a.Line - b.Line })
}
