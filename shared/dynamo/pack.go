package dynamo

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	_ "embed"
)

// What customers write and what platforms send is most of what the table holds,
// and it pays for each kilobyte written. So it is deflated, with a dictionary of
// what such texts have in common; the parts of one item share a window, so that
// a text that stands in the message, its reasons and the raw event is paid once.
// Each part ends on a byte and stands in an attribute of its own: whoever needs
// the first only need not read the others.

// A dictionary is what first parts begin from. What was written under one can't
// be read under another: a better one gets a version of its own beside it.
var (
	//go:embed dictionary1.txt
	dictionary1 []byte
	//go:embed dictionary2.txt
	dictionary2 []byte
	//go:embed dictionary3.txt
	dictionary3 []byte
)

// A packing is one way that parts are packed in; their first byte is its version.
type packing struct {
	dictionary []byte
	marked     bool // each part ends with the mark of a flush, which is always the same
}

const packVersion = 3

func packingOf(version byte) (p packing, ok bool) {
	switch version {
	case 1:
		return packing{dictionary: dictionary1, marked: true}, true
	case 2:
		return packing{dictionary: dictionary2}, true
	case packVersion:
		return packing{dictionary: dictionary3}, true
	}
	return packing{}, false
}

// maxUnpacked bounds what one item unpacks to; an event has 1 MiB at most.
const maxUnpacked = 16 << 20

// flushed is what ends a flushed part, and finish an empty last block: parts are
// flushed, never closed.
var (
	flushed = []byte{0x00, 0x00, 0xff, 0xff}
	finish  = []byte{0x01, 0x00, 0x00, 0xff, 0xff}
)

type packer struct {
	to bytes.Buffer
	w  *flate.Writer
}

// shortest is the length in bytes from which deflating pays. What the clock writes
// is shorter: to fill a window with the dictionary takes longer than all else that a
// step does with such an entry, and saves no unit.
const shortest = 256

// pack compresses parts, each of which can be read by unpack together with those
// before it.
func (s *Store) pack(parts ...[]byte) ([][]byte, error) {
	if len(parts) == 1 && len(parts[0]) < shortest {
		return [][]byte{stored(parts[0])}, nil
	}
	p, ok := s.packers.Get().(*packer)
	if !ok {
		p = &packer{}
		w, err := flate.NewWriterDict(&p.to, flate.DefaultCompression, dictionary3)
		if err != nil {
			return nil, fmt.Errorf("dynamo: packing: %w", err)
		}
		p.w = w
	}
	defer s.packers.Put(p)
	p.to.Reset()
	p.w.Reset(&p.to)
	p.to.WriteByte(packVersion)
	packed, from := make([][]byte, len(parts)), 0
	for i, part := range parts {
		if _, err := p.w.Write(part); err != nil {
			return nil, fmt.Errorf("dynamo: packing: %w", err)
		}
		if err := p.w.Flush(); err != nil {
			return nil, fmt.Errorf("dynamo: packing: %w", err)
		}
		packed[i] = bytes.Clone(bytes.TrimSuffix(p.to.Bytes()[from:], flushed))
		from = p.to.Len()
	}
	return packed, nil
}

// stored packs part as it is: a stored block and the empty one of a flush, less the
// mark of that (RFC 1951, 3.2.4). Whoever reads deflated parts reads it too.
func stored(part []byte) []byte {
	low, high := byte(len(part)), byte(len(part)>>8)
	to := append(make([]byte, 0, len(part)+7), packVersion, 0, low, high, ^low, ^high)
	return append(append(to, part...), 0)
}

// An unpacker is what parts are unpacked with, one after the other: its window is
// large beside them.
type unpacker struct {
	from bytes.Reader
	r    io.ReadCloser
}

// unpackers are those that nobody uses. Nothing that was read stays in them to be
// seen by the next.
var unpackers = sync.Pool{New: func() any {
	u := &unpacker{}
	u.r = flate.NewReader(&u.from)
	return u
}}

func unpackerOf(packed, dictionary []byte) (*unpacker, error) {
	u := unpackers.Get().(*unpacker)
	u.from.Reset(packed)
	return u, u.r.(flate.Resetter).Reset(&u.from, dictionary) // which flate promises of its readers
}

// unpack returns what the last of packed was made of; the parts before it in
// their order come first.
func unpack(packed ...[]byte) ([]byte, error) {
	if len(packed) == 0 || len(packed[0]) == 0 {
		return nil, errors.New("nothing is packed in it")
	}
	how, ok := packingOf(packed[0][0])
	if !ok {
		return nil, errors.New("packed by a version that is not known here")
	}
	var mark []byte
	if !how.marked {
		mark = flushed
	}
	size := len(finish)
	for _, part := range packed {
		size += len(part) + len(mark)
	}
	all := make([]byte, 0, size)
	for _, part := range packed {
		all = append(append(all, part...), mark...)
	}
	last := len(all) - len(packed[len(packed)-1]) - len(mark) // where the last part begins
	u, err := unpackerOf(append(all, finish...)[1:], how.dictionary)
	if err != nil {
		return nil, fmt.Errorf("unpacking: %w", err)
	}
	defer unpackers.Put(u)
	from, r := &u.from, u.r
	plain, skip := make([]byte, 0, unpackedAtFirst), 0
	for {
		if len(plain) == cap(plain) {
			plain = slices.Grow(plain, len(plain))
		}
		n, err := r.Read(plain[len(plain):cap(plain)])
		plain = plain[:len(plain)+n]
		// A flush hands out all that was read until then, and nothing of a part is read
		// before that of those in front of it is taken.
		if read := int(from.Size()) - from.Len() + 1; read <= last {
			skip = len(plain)
		}
		switch {
		case errors.Is(err, io.EOF):
			return plain[skip:], nil
		case err != nil:
			return nil, fmt.Errorf("unpacking: %w", err)
		case len(plain) > maxUnpacked:
			return nil, fmt.Errorf("unpacks to more than %d bytes", maxUnpacked)
		}
	}
}

// unpackedAtFirst is as much as nearly every head unpacks to, card included.
const unpackedAtFirst = 4 << 10
