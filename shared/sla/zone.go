package sla

import (
	_ "embed"
	"fmt"
	"math"
	"sort"
	"time"
)

// ZoneData is the release of the IANA time zone database in zoneinfo.zip. A
// deadline depends on it as it does on the calendar, so reports name it.
const ZoneData = "2025c"

// zoneinfo is the compiled zone database, in the public domain, as Go 1.26
// ships it in lib/time. It is a file of our own because the time package
// prefers what it finds on the machine over what is linked in: two machines
// would then disagree about a deadline.
//
//go:embed zoneinfo.zip
var zoneinfo string

// LoadZone returns the named zone of the embedded database. Names are the
// database's, such as "Europe/Athens"; "", "Local" and other spellings are
// refused.
func LoadZone(name string) (*time.Location, error) {
	data, ok := stored(zoneinfo, name)
	if !ok {
		return nil, fmt.Errorf("there is no time zone %q", name)
	}
	return time.LoadLocationFromTZData(name, []byte(data))
}

// stored returns a file of a zip archive that compresses none. Reading the
// whole directory of the archive with package zip takes longer than all else
// that a calendar needs.
func stored(archive, name string) (data string, ok bool) {
	short := func(at int) int { return int(archive[at]) | int(archive[at+1])<<8 }
	long := func(at int) int { return short(at) | short(at+2)<<16 }
	end := len(archive) - 22 // of the directory; its record is the last of the archive
	at := long(end + 16)
	for range short(end + 10) {
		const header = 46
		length := short(at + 28)
		if archive[at+header:at+header+length] != name {
			at += header + length + short(at+30) + short(at+32)
			continue
		}
		size, file := long(at+24), long(at+42)
		file += 30 + short(file+26) + short(file+28)
		return archive[file : file+size], true
	}
	return "", false
}

// No zone was ever further than maxOffset from UTC, so instants of the same
// wall time lie at most twice that apart. A test holds the database to it.
const maxOffset = 16 * 60 * 60

// A span is a time during which a zone keeps one offset, in seconds: from
// (inclusive) and to in Unix time, offset east of UTC.
type span struct{ from, to, offset int64 }

// Beyond these there are no transitions; they leave room to add offsets to.
const (
	dawn = math.MinInt64 / 4
	dusk = math.MaxInt64 / 4
)

// A clock maps the wall times of a zone to instants.
type clock struct {
	zone  *time.Location
	spans []span // those of the years around ours, as looking one up in zone is slow
}

func newClock(zone *time.Location) clock {
	c := clock{zone: zone}
	end := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	for at := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Unix(); at < end; {
		s := c.look(at)
		if last := len(c.spans) - 1; last >= 0 && c.spans[last].offset == s.offset {
			c.spans[last].to = s.to
		} else {
			c.spans = append(c.spans, s)
		}
		at = s.to
	}
	return c
}

// span returns the span that holds the instant.
func (c *clock) span(at int64) span {
	if last := len(c.spans) - 1; at < c.spans[0].from || c.spans[last].to <= at {
		return c.look(at)
	}
	return c.spans[sort.Search(len(c.spans), func(i int) bool { return at < c.spans[i].to })]
}

// look asks the time package. Where that computes bounds by rule, in years past
// the zone's table, they are not only the transitions but also the new years,
// by UTC; and on the last day of a leap year it returns, as the end, the
// beginning of that day (as of Go 1.26). Spans may well be shorter than they
// could be, but must hold the instant.
func (c *clock) look(at int64) span {
	t := time.Unix(at, 0).In(c.zone)
	_, offset := t.Zone()
	s := span{dawn, dusk, int64(offset)}
	from, to := t.ZoneBounds()
	if !from.IsZero() {
		s.from = from.Unix()
	}
	if !to.IsZero() {
		s.to = to.Unix()
	}
	if s.to <= at {
		s.to = time.Date(t.UTC().Year()+1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	}
	return s
}

// opening returns the instant of a wall time (seconds since 1970 by the wall
// clock) at which something opens: of an ambiguous one the first, of a skipped
// one the jump. near is a guess of the span and is kept up to date, since most
// wall times share it with the one before.
func (c *clock) opening(wall int64, near *span) int64 {
	if at, ok := near.only(wall); ok {
		return at
	}
	for *near = c.span(wall - maxOffset); ; *near = c.span(near.to) {
		switch at := wall - near.offset; {
		case at < near.from:
			return near.from
		case at < near.to:
			return at
		}
	}
}

// closing is opening for what closes: of an ambiguous wall time it returns the
// second instant.
func (c *clock) closing(wall int64, near *span) int64 {
	if at, ok := near.only(wall); ok {
		return at
	}
	for *near = c.span(wall + maxOffset); ; *near = c.span(near.from - 1) {
		switch at := wall - near.offset; {
		case at >= near.to:
			return near.to
		case at >= near.from:
			return at
		}
	}
}

// only returns the instant of a wall time that is so far inside the span that
// it can be neither skipped nor ambiguous.
func (s *span) only(wall int64) (at int64, ok bool) {
	at = wall - s.offset
	return at, s.from+2*maxOffset <= at && at < s.to-2*maxOffset
}
