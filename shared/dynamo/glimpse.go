package dynamo

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"example.com/skala/shared/desk"
)

const (
	// glimpseBytes is how much of a body a list shows: that of as many as a page
	// may have, with their headers, fits into one answer of Lambda's.
	glimpseBytes = 8 << 10
	// glimpsesRead bounds what one page reads from the table, in bytes as they
	// are packed; glimpsesAtOnce how many entries are read before that is looked at.
	glimpsesRead   = 4 << 20
	glimpsesAtOnce = 10
)

// Glimpses returns the beginnings of what is in quarantine, the latest received
// first; limit and cursor as for Worklist. A page may hold fewer than limit
// before the end: it is over, too, once it has read some megabytes.
func (s *Store) Glimpses(ctx context.Context, cursor string, limit int) ([]desk.Glimpse, string, error) {
	rows, next, err := s.list(ctx, scan{index: "gsi3", keys: shards(listShards, quarantineKey)}, cursor, limit)
	if err != nil {
		return nil, "", fmt.Errorf("reading the quarantine: %w", err)
	}
	var glimpses []desk.Glimpse
	at, read := map[string]item{}, 0
	for n, row := range rows {
		if n%glimpsesAtOnce == 0 {
			var keys []item
			for _, row := range rows[n:min(n+glimpsesAtOnce, len(rows))] {
				keys = append(keys, key(textOf(row, "pk"), textOf(row, "sk")))
			}
			items, err := s.batchGet(ctx, keys)
			if err != nil {
				return nil, "", fmt.Errorf("reading the quarantine: %w", err)
			}
			for _, i := range items {
				at[textOf(i, "pk")] = i
			}
		}
		i, ok := at[textOf(row, "pk")]
		if !ok {
			continue
		}
		delete(at, textOf(row, "pk"))
		g, size, err := s.glimpse(ctx, i)
		if err != nil {
			return nil, "", err
		}
		glimpses = append(glimpses, g)
		if read += size; read > glimpsesRead && n < len(rows)-1 {
			return glimpses, base64.RawURLEncoding.EncodeToString([]byte(textOf(row, "gsi3sk"))), nil
		}
	}
	return glimpses, next, nil
}

// glimpse is the beginning of what an item lists, and how much was read for it.
// Of pieces it reads the first alone, unless it was kept before items said how
// long a body is.
func (s *Store) glimpse(ctx context.Context, i item) (g desk.Glimpse, read int, err error) {
	g.Bytes = int(numberOf(i, "bytes"))
	if g.Bytes == 0 {
		g.Kept, err = s.keptOf(ctx, i)
		g.Bytes = len(g.Raw.Body)
		g.Raw.Body = g.Raw.Body[:min(len(g.Raw.Body), glimpseBytes)]
		return g, max(g.Bytes, len(bytesOf(i, "body"))), err
	}
	packed := bytesOf(i, "body")
	if numberOf(i, "pieces") > 0 {
		if packed, err = s.pieces(ctx, textOf(i, "pk"), "P", 1); err != nil {
			return g, 0, err
		}
	}
	body, err := beginning(packed, glimpseBytes)
	if err != nil {
		return g, 0, broken(i, err)
	}
	raw, err := shelvedAs(i, body)
	g.Kept = keptAs(i, raw)
	return g, len(packed), err
}

// beginning unpacks the first most bytes of a part that has more, of which packed
// may be a beginning too.
func beginning(packed []byte, most int64) ([]byte, error) {
	if len(packed) == 0 {
		return nil, errors.New("nothing is packed in it")
	}
	how, ok := packingOf(packed[0])
	if !ok {
		return nil, errors.New("packed by a version that is not known here")
	}
	u, err := unpackerOf(packed[1:], how.dictionary)
	if err != nil {
		return nil, fmt.Errorf("unpacking: %w", err)
	}
	defer unpackers.Put(u)
	plain, err := io.ReadAll(io.LimitReader(u.r, most))
	if err != nil {
		return nil, fmt.Errorf("unpacking: %w", err)
	}
	return plain, nil
}
