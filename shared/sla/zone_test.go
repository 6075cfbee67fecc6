package sla

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"time"
)

// eachZone calls f for every zone of the database.
func eachZone(t *testing.T, f func(t *testing.T, name string, zone *time.Location)) {
	t.Helper()
	archive, err := zip.NewReader(strings.NewReader(zoneinfo), int64(len(zoneinfo)))
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.File) < 590 {
		t.Fatalf("only %d zones", len(archive.File))
	}
	for _, file := range archive.File {
		zone, err := LoadZone(file.Name)
		if err != nil {
			t.Errorf("%s: %v", file.Name, err)
			continue
		}
		f(t, file.Name, zone)
	}
}

func TestTheZoneDataIsTheReleaseThatIsNamed(t *testing.T) {
	t.Parallel()
	const want = "8f55634d05f8bca1f7bc7c69c5933428c69357e0bdf565e5ba224e3f88ff12e8"
	sum := sha256.Sum256([]byte(zoneinfo))
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("zoneinfo.zip has the hash %s: put it here and the release that it is in ZoneData (now %s)", got, ZoneData)
	}
}

func TestAZoneComesFromTheEmbeddedDataWhateverTheMachineHas(t *testing.T) {
	t.Setenv("ZONEINFO", "/nowhere")
	archive, err := zip.NewReader(strings.NewReader(zoneinfo), int64(len(zoneinfo)))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range archive.File {
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := stored(zoneinfo, file.Name); !ok || got != string(want) {
			t.Errorf("%s: %d bytes, want %d", file.Name, len(got), len(want))
		}
	}
	zone, err := LoadZone("Europe/Athens")
	if err != nil || zone.String() != "Europe/Athens" {
		t.Fatalf("%v, %v", zone, err)
	}
}

// transitions returns the spans of a zone from the first on to 2110, those of
// one offset together.
func transitions(c *clock) []span {
	all := []span{c.look(time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC).Unix())}
	end := time.Date(2110, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	for all[len(all)-1].to < end {
		last := &all[len(all)-1]
		if s := c.look(last.to); s.offset == last.offset {
			last.to = s.to
		} else {
			all = append(all, s)
		}
	}
	return all
}

// What opening, closing and walk take for granted of the world's zones.
func TestNoZoneBreaksWhatTheArithmeticRestsOn(t *testing.T) {
	t.Parallel()
	eachZone(t, func(t *testing.T, name string, zone *time.Location) {
		c := newClock(zone)
		spans := transitions(&c)
		for i, s := range spans {
			if max(s.offset, -s.offset) >= maxOffset {
				t.Errorf("%s: an offset of %d seconds", name, s.offset)
			}
			if i == 0 {
				continue
			}
			// A wall time that is skipped or passed must not come once more.
			if back := spans[i-1].offset - s.offset; back > 0 && i > 1 && spans[i-1].from+back > s.from {
				t.Errorf("%s: at %v the clock is put back over the change before", name, time.Unix(s.from, 0).UTC())
			}
			if back := spans[i-1].offset - s.offset; back > day {
				t.Errorf("%s: at %v the clock is put back by more than a day", name, time.Unix(s.from, 0).UTC())
			}
		}
	})
}

func TestASpanHoldsItsInstantAndOneOffset(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/Athens", "America/Santiago", "Africa/Casablanca", "Europe/Dublin", "Antarctica/Troll", "UTC"} {
		zone, err := LoadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		c := newClock(zone)
		// Hour by hour over a leap year past every table, and its new years.
		for at := time.Date(2103, 12, 30, 0, 0, 0, 0, time.UTC); at.Year() < 2106; at = at.Add(time.Hour) {
			s := c.span(at.Unix())
			if s.from > at.Unix() || at.Unix() >= s.to {
				t.Fatalf("%s: the span of %v is from %v to %v", name, at, time.Unix(s.from, 0).UTC(), time.Unix(s.to, 0).UTC())
			}
			for _, edge := range []int64{max(s.from, at.Unix()-400*day), min(s.to, at.Unix()+400*day) - 1} {
				if _, offset := time.Unix(edge, 0).In(zone).Zone(); int64(offset) != s.offset {
					t.Fatalf("%s: the span of %v has the offset %d, at %v it is %d", name, at, s.offset, time.Unix(edge, 0).UTC(), offset)
				}
			}
		}
	}
}

func TestTheTableOfSpansSaysWhatTheZoneSays(t *testing.T) {
	t.Parallel()
	eachZone(t, func(t *testing.T, name string, zone *time.Location) {
		c := newClock(zone)
		for at := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2102; at = at.Add(997 * time.Hour) {
			if _, want := at.In(zone).Zone(); c.span(at.Unix()).offset != int64(want) {
				t.Fatalf("%s at %v: %d, want %d", name, at, c.span(at.Unix()).offset, want)
			}
		}
	})
}
