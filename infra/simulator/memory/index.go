package memory

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// A list names an index's rows that are read together: a worklist, what is due, an
// author's tickets.
type list struct {
	kind  string
	of    string
	tier  desk.Tier
	state desk.State
}

// A row is an item's place on a list, and what a reader of the list finds there.
type row struct {
	at     string // sorts the list; see position
	of     string // the thread or id of the item, which makes the row its own
	ticket *desk.Ticket
	n      int // the number of the ticket that an entry opened
	entry  *entryRecord
	kept   *shelved
}

func (r row) compare(with row) int {
	if c := strings.Compare(r.at, with.at); c != 0 {
		return c
	}
	return strings.Compare(r.of, with.of)
}

// An index is the rows of one list in their order, in blocks, so that one of a
// hundred thousand is found and moved without moving the others.
type index struct{ blocks [][]row }

// blockRows is how many rows a block has at most.
const blockRows = 64

// find returns the place of the first row that is not before r.
func (x *index) find(r row) (block, place int) {
	block, _ = slices.BinarySearchFunc(x.blocks, r, func(b []row, r row) int { return b[len(b)-1].compare(r) })
	if block == len(x.blocks) {
		return block, 0
	}
	place, _ = slices.BinarySearchFunc(x.blocks[block], r, row.compare)
	return block, place
}

func (x *index) put(r row) {
	b, p := x.find(r)
	switch {
	case b == len(x.blocks) && b == 0:
		x.blocks = append(x.blocks, []row{r})
		return
	case b == len(x.blocks):
		b--
		p = len(x.blocks[b])
	case x.blocks[b][p].compare(r) == 0:
		x.blocks[b][p] = r
		return
	}
	rows := slices.Insert(x.blocks[b], p, r)
	if len(rows) <= blockRows {
		x.blocks[b] = rows
		return
	}
	half := blockRows / 2
	if b == len(x.blocks)-1 && p == blockRows { // what grows at its end is full behind it
		half = blockRows
	}
	x.blocks[b] = slices.Clip(rows[:half])
	x.blocks = slices.Insert(x.blocks, b+1, slices.Clone(rows[half:]))
}

func (x *index) remove(r row) {
	b, p := x.find(r)
	if b == len(x.blocks) || x.blocks[b][p].compare(r) != 0 {
		return
	}
	if rows := slices.Delete(x.blocks[b], p, p+1); len(rows) > 0 {
		x.blocks[b] = rows
		return
	}
	x.blocks = slices.Delete(x.blocks, b, b+1)
}

func (x *index) first() (r row, ok bool) {
	if len(x.blocks) == 0 {
		return row{}, false
	}
	return x.blocks[0][0], true
}

func (x *index) size() (n int) {
	for _, b := range x.blocks {
		n += len(b)
	}
	return n
}

// up yields the rows from one that sorts at or after a position, down those that
// sort before it, backwards.
func (x *index) up(from string) func(func(row) bool) {
	return func(yield func(row) bool) {
		if x == nil {
			return
		}
		b, p := x.find(row{at: from})
		for ; b < len(x.blocks); b, p = b+1, 0 {
			for _, r := range x.blocks[b][p:] {
				if !yield(r) {
					return
				}
			}
		}
	}
}

func (x *index) down(from string) func(func(row) bool) {
	return func(yield func(row) bool) {
		if x == nil {
			return
		}
		b, p := x.find(row{at: from})
		if b < len(x.blocks) {
			for i := p - 1; i >= 0; i-- {
				if !yield(x.blocks[b][i]) {
					return
				}
			}
		}
		for b--; b >= 0; b-- {
			for i := len(x.blocks[b]) - 1; i >= 0; i-- {
				if !yield(x.blocks[b][i]) {
					return
				}
			}
		}
	}
}

// A change of an index is seen by readers once the lag is over.
type change struct {
	when time.Time
	on   list
	row  row
	gone bool
}

func (s *Store) list(on list, r row)   { s.later(change{on: on, row: r}) }
func (s *Store) unlist(on list, r row) { s.later(change{on: on, row: r, gone: true}) }

func (s *Store) later(c change) {
	if s.Lag <= 0 && len(s.pending) == 0 {
		s.apply(c)
		return
	}
	c.when = s.Now()
	s.pending = append(s.pending, c)
}

func (s *Store) apply(c change) {
	x := s.indexes[c.on]
	if x == nil {
		x = &index{}
		s.indexes[c.on] = x
	}
	if !c.gone {
		x.put(c.row)
		return
	}
	if x.remove(c.row); len(x.blocks) == 0 {
		delete(s.indexes, c.on)
	}
}

// read returns a list as readers see it now.
func (s *Store) read(on list) *index {
	s.catchUp()
	return s.indexes[on]
}

func (s *Store) catchUp() {
	if len(s.pending) == 0 {
		return
	}
	seen := s.Now().Add(-s.Lag)
	n := 0
	for n < len(s.pending) && !s.pending[n].when.After(seen) {
		s.apply(s.pending[n])
		n++
	}
	s.pending = slices.Delete(s.pending, 0, n)
}

// A place is where an item stands on a list, so that it can be taken off.
type place struct {
	on list
	at string
}

// move puts an item onto a list, away from where it was; off it for the zero place.
func (s *Store) move(was *place, is place, r row) {
	if *was != is && *was != (place{}) {
		s.unlist(was.on, row{at: was.at, of: r.of})
	}
	if *was = is; is != (place{}) {
		r.at = is.at
		s.list(is.on, r)
	}
}

// page returns the first rows of some lists as one, after a cursor, at most limit,
// and the cursor of what follows, empty at the end.
func (s *Store) page(on []list, forward bool, cursor string, limit int) ([]row, string, error) {
	after, err := cursorOf(cursor, 100)
	if err != nil {
		return nil, "", err
	}
	rows, next := s.merge(on, forward, after, "", limit)
	return rows, cursorAt(next), nil
}

// cursorAt is a position as a cursor that can go out to people, cursorOf its reverse.
func cursorAt(position string) string { return base64.RawURLEncoding.EncodeToString([]byte(position)) }

func cursorOf(cursor string, most int) (string, error) {
	position, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(position) > most {
		return "", fmt.Errorf("memory: cursor: %w", desk.ErrInvalid)
	}
	return string(position), nil
}

// merge is page by positions, up to but without the one named end.
func (s *Store) merge(on []list, forward bool, after, end string, limit int) (rows []row, next string) {
	if limit <= 0 {
		return nil, ""
	}
	if len(on) > 1 {
		var all []row
		for _, l := range on {
			some, _ := s.merge([]list{l}, forward, after, end, limit+1)
			all = append(all, some...)
		}
		slices.SortStableFunc(all, func(a, b row) int {
			if !forward {
				a, b = b, a
			}
			return a.compare(b)
		})
		rows = all[:min(limit, len(all))]
		if len(all) > limit {
			next = rows[limit-1].at
		}
		return rows, next
	}
	var x *index
	if len(on) == 1 {
		x = s.read(on[0])
	}
	var in func(func(row) bool)
	switch {
	case forward && after != "":
		in = x.up(after + "\x00")
	case forward:
		in = x.up("")
	case after != "":
		in = x.down(after)
	default:
		in = x.down("\xff")
	}
	for r := range in {
		if end != "" && r.at >= end {
			break
		}
		if len(rows) == limit {
			return rows, rows[limit-1].at
		}
		rows = append(rows, r)
	}
	return rows, ""
}
