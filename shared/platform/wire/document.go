package wire

import (
	"errors"
	"iter"
	"math"
	"unicode/utf8"
)

// A Document is JSON that was read in one go, for those to whom it may bring
// anything: whether it is valid, where each value begins and ends, and what is in
// which. Only what somebody asks for is then decoded. It takes a fourth of the
// time that decoding into a struct takes, and no value can be of a wrong type.
//
// Its values are parts of the body that it was read from, which must not change.
type Document struct {
	body  []byte
	nodes []node
}

// A node is a value, or the name of a member, which comes before its value.
// Whatever is in an object or an array comes right behind it.
type node struct {
	begin, end int32
	next       int32 // the node behind it and all that is in it
	kind       byte  // what it begins with; any digit and - are '0'
	escaped    bool  // of a string: it does not say what stands there
}

// maxDepth is how deep values may lie in each other, as the standard library has it.
const maxDepth = 10000

// errJSON does not say where: a place in a customer's words is of no use to
// anybody.
var errJSON = errors.New("body is no JSON")

// Read reads body, which must be one value and nothing else. A document may read
// another body in the memory that it has: values of the one before are none of it.
func (d *Document) Read(body []byte) error {
	if len(body) > math.MaxInt32 {
		return errors.New("body is too large")
	}
	d.body = body
	if cap(d.nodes) == 0 {
		d.nodes = make([]node, 0, len(body)/12+8)
	}
	var ok bool
	if d.nodes, ok = scan(body, d.nodes[:0]); !ok {
		d.nodes = d.nodes[:0]
		return errJSON
	}
	return nil
}

// Root returns the value that the document is, none of one that was not read.
func (d *Document) Root() Value {
	if len(d.nodes) == 0 {
		return Value{}
	}
	return Value{doc: d}
}

// A Value is one of a document. Its zero value is none: what is asked of it is
// empty, as is what is asked of a value of another type.
type Value struct {
	doc *Document
	at  int32
}

func (v Value) node() node {
	if v.doc == nil {
		return node{}
	}
	return v.doc.nodes[v.at]
}

// Found reports whether there is such a value.
func (v Value) Found() bool { return v.doc != nil }

// Tells reports whether v has any text, nil where there is no such value: of what a
// platform does not speak nobody knows.
func (v Value) Tells() *bool {
	if !v.Found() {
		return nil
	}
	told := v.Text() != ""
	return &told
}

// IsObject reports whether v is one.
func (v Value) IsObject() bool { return v.node().kind == '{' }

// IsArray reports whether v is one.
func (v Value) IsArray() bool { return v.node().kind == '[' }

// Place returns where v stands in the body.
func (v Value) Place() (begin, end int) {
	n := v.node()
	return int(n.begin), int(n.end)
}

// Raw returns v as it came.
func (v Value) Raw() []byte {
	if v.doc == nil {
		return nil
	}
	n := v.node()
	return v.doc.body[n.begin:n.end:n.end]
}

// Text returns a string. A number comes out digit by digit as it was written, and
// anything else as empty.
func (v Value) Text() string {
	n := v.node()
	switch {
	case n.kind == '0':
		return string(v.doc.body[n.begin:n.end])
	case n.kind != '"':
		return ""
	}
	inside := v.doc.body[n.begin+1 : n.end-1]
	if !n.escaped && utf8.Valid(inside) {
		return string(inside)
	}
	return unescape(inside)
}

// Is reports whether Text returns text, which it does not have to make for that.
func (v Value) Is(text string) bool {
	n := v.node()
	switch {
	case n.kind == '0':
		return string(v.doc.body[n.begin:n.end]) == text
	case n.kind != '"':
		return text == ""
	}
	inside := v.doc.body[n.begin+1 : n.end-1]
	if !n.escaped && utf8.Valid(inside) {
		return string(inside) == text
	}
	return unescape(inside) == text
}

// True reports whether v is true, and not false or anything else.
func (v Value) True() bool { return v.node().kind == 't' }

// Get returns the member of an object, the last one where it is there twice.
func (v Value) Get(name string) Value {
	found, _ := v.look(name)
	return found
}

// Sole returns the member of an object, and false when it is there twice.
func (v Value) Sole(name string) (Value, bool) {
	found, times := v.look(name)
	return found, times < 2
}

func (v Value) look(name string) (found Value, times int) {
	n := v.node()
	if n.kind != '{' {
		return Value{}, 0
	}
	nodes, body, quoted := v.doc.nodes, v.doc.body, int32(len(name)+len(`""`))
	for i := v.at + 1; i < n.next; i = nodes[i+1].next {
		key := &nodes[i]
		switch {
		case key.escaped:
			if unescape(body[key.begin+1:key.end-1]) != name {
				continue
			}
		case key.end-key.begin != quoted: // most others, at the least price
			continue
		case string(body[key.begin+1:key.end-1]) != name:
			continue
		}
		found, times = Value{v.doc, i + 1}, times+1
	}
	return found, times
}

// Members goes through the members of an object.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		n := v.node()
		if n.kind != '{' {
			return
		}
		for i := v.at + 1; i < n.next; i = v.doc.nodes[i+1].next {
			if !yield(Value{v.doc, i}.Text(), Value{v.doc, i + 1}) {
				return
			}
		}
	}
}

// Elements goes through the elements of an array.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		n := v.node()
		if n.kind != '[' {
			return
		}
		for i := v.at + 1; i < n.next; i = v.doc.nodes[i].next {
			if !yield(Value{v.doc, i}) {
				return
			}
		}
	}
}

// Only returns the element of an array that has a single one.
func (v Value) Only() Value {
	n := v.node()
	if n.kind != '[' || n.next == v.at+1 || v.doc.nodes[v.at+1].next != n.next {
		return Value{}
	}
	return Value{v.doc, v.at + 1}
}

// Empty reports whether v is no array, or one without elements.
func (v Value) Empty() bool {
	n := v.node()
	return n.kind != '[' || n.next == v.at+1
}
