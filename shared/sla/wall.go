package sla

import (
	"fmt"
	"time"
)

// A WallClock tells at which instant the clocks of a zone show a time. It does not
// change and may be used by many at once.
type WallClock struct{ clock clock }

// NewWallClock returns that of a zone of the embedded database.
func NewWallClock(zone string) (*WallClock, error) {
	location, err := LoadZone(zone)
	if err != nil {
		return nil, err
	}
	return &WallClock{newClock(location)}, nil
}

// Zone returns the zone.
func (w *WallClock) Zone() *time.Location { return w.clock.zone }

// First returns the first instant, in UTC, at which the clocks show a time of day on
// a date, or later where they skip it. Of date the year, month and day count, of
// timeOfDay, since midnight, whole seconds.
func (w *WallClock) First(date time.Time, timeOfDay time.Duration) time.Time {
	y, m, d := date.Date()
	wall := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() + int64(timeOfDay/time.Second)
	near := w.clock.span(wall)
	return time.Unix(w.clock.opening(wall, &near), 0).UTC()
}

// ParseTimeOfDay reads a time of day such as 09:30, from 00:00 to 23:59.
func ParseTimeOfDay(text string) (time.Duration, error) {
	if len(text) == len("09:30") {
		if seconds, ok := parseWall(text); ok {
			return time.Duration(seconds) * time.Second, nil
		}
	}
	return 0, fmt.Errorf("%q is not a time of day such as 09:30", text)
}
