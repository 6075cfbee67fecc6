package dynamo

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"

	_ "embed"
)

// What customers write and what platforms send is most of what the table holds,
// and it pays for each kilobyte written. So it is deflated, with a dictionary of
// what such texts have in common; the parts of one item share a window, so that
// a text that stands in the message, its reasons and the raw event is paid once.
// Each part ends on a byte and stands in an attribute of its own: whoever needs
// the first only need not read the others.

// dictionary1 is what the first parts packed under packVersion begin from. What
// was written under it can't be read under another: a better one gets a version
// of its own beside it.
//
//go:embed dictionary1.txt
var dictionary1 []byte

const packVersion = 1

// maxUnpacked bounds what one item unpacks to; an event has 1 MiB at most.
const maxUnpacked = 16 << 20

// finish is an empty last block: parts are flushed, never closed.
var finish = []byte{0x01, 0x00, 0x00, 0xff, 0xff}

type packer struct {
	to bytes.Buffer
	w  *flate.Writer
}

// pack compresses parts, each of which can be read by unpack together with those
// before it.
func (s *Store) pack(parts ...[]byte) ([][]byte, error) {
	p, ok := s.packers.Get().(*packer)
	if !ok {
		p = &packer{}
		w, err := flate.NewWriterDict(&p.to, flate.DefaultCompression, dictionary1)
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
		packed[i] = bytes.Clone(p.to.Bytes()[from:])
		from = p.to.Len()
	}
	return packed, nil
}

// unpack returns what the last of packed was made of; the parts before it in
// their order come first.
func unpack(packed ...[]byte) ([]byte, error) {
	skip := 0
	if len(packed) > 1 {
		before, err := inflate(packed[:len(packed)-1])
		if err != nil {
			return nil, err
		}
		skip = len(before)
	}
	all, err := inflate(packed)
	if err != nil {
		return nil, err
	}
	if len(all) < skip {
		return nil, errors.New("its parts do not belong together")
	}
	return all[skip:], nil
}

func inflate(packed [][]byte) ([]byte, error) {
	all := bytes.Join(packed, nil)
	if len(all) == 0 || all[0] != packVersion {
		return nil, errors.New("packed by a version that is not known here")
	}
	r := flate.NewReaderDict(io.MultiReader(bytes.NewReader(all[1:]), bytes.NewReader(finish)), dictionary1)
	plain, err := io.ReadAll(io.LimitReader(r, maxUnpacked+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("unpacking: %w", err)
	case len(plain) > maxUnpacked:
		return nil, fmt.Errorf("unpacks to more than %d bytes", maxUnpacked)
	}
	return plain, nil
}
