package people

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/skala/shared/sla"
)

// NewDirectory returns the directory of these. Of two with one id the later stands.
// Unlike a Directory made by hand it remembers the calendars of shifts and rotas,
// which take longer to make than to ask.
func NewDirectory(members []Member, teams []Team, rotas []Rota) Directory {
	d := Directory{
		Members: make(map[string]Member, len(members)), Teams: make(map[string]Team, len(teams)), Rotas: make(map[string]Rota, len(rotas)),
		known: &calendars{weeks: map[string]*sla.Calendar{}, clocks: map[string]*sla.WallClock{}},
	}
	for _, m := range members {
		d.Members[m.ID] = m
	}
	for _, t := range teams {
		d.Teams[t.ID] = t
	}
	for _, r := range rotas {
		d.Rotas[r.ID] = r
	}
	return d
}

// After returns d with the calendars that the directory before it has made.
func (d Directory) After(before Directory) Directory {
	if before.known != nil {
		d.known = before.known
	}
	return d
}

// AwayAt reports whether the presence says so at an instant, whatever shifts say.
func (p Presence) AwayAt(at time.Time) bool {
	return p.Away && !at.Before(p.Since) && (p.Until.IsZero() || at.Before(p.Until))
}

// There reports whether m can be reached outside their shifts too: they have neither
// left nor said that they are away.
func (m Member) There(at time.Time) bool { return !m.Left && !m.Presence.AwayAt(at) }

// On reports whether m works at an instant: by the shifts of their zone, unless they
// are away or have left. Without shifts they always do.
func (d Directory) On(m Member, at time.Time) bool {
	return m.There(at) && d.within(m.Zone, m.Shifts, at)
}

// OnShift returns those who work at an instant, in the order of their ids.
func (d Directory) OnShift(at time.Time) []Member {
	return d.those(func(m Member) bool { return d.On(m, at) })
}

// Colleagues returns those who have not left, in the order of their ids: whom a form
// can name.
func (d Directory) Colleagues() []Member {
	return d.those(func(m Member) bool { return !m.Left })
}

// those returns the members whom choose wants, in the order of their ids.
func (d Directory) those(choose func(Member) bool) []Member {
	var all []Member
	for _, m := range d.Members {
		if choose(m) {
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b Member) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// within reports whether an instant lies in a week of a zone; an empty week is
// always. What cannot be read, and so was never checked, keeps nobody out.
func (d Directory) within(zone string, week Week, at time.Time) bool {
	if len(week) == 0 {
		return true
	}
	c, err := d.known.week(zone, week)
	if err != nil {
		return true
	}
	open, _ := c.OpenAt(at)
	return open
}

// calendars are those that a directory has made so far. A nil one remembers none.
type calendars struct {
	mu     sync.Mutex
	weeks  map[string]*sla.Calendar
	clocks map[string]*sla.WallClock
}

func (c *calendars) week(zone string, week Week) (*sla.Calendar, error) {
	if c == nil {
		return sla.NewCalendar(zone, week, nil)
	}
	clock, err := c.clock(zone)
	if err != nil {
		return nil, err
	}
	var name strings.Builder
	name.WriteString(zone)
	for _, day := range slices.Sorted(maps.Keys(week)) {
		name.WriteString("\n" + day + " " + strings.Join(week[day], " "))
	}
	return remembered(c, c.weeks, name.String(), func() (*sla.Calendar, error) { return clock.Calendar(week, nil) })
}

func (c *calendars) clock(zone string) (*sla.WallClock, error) {
	if c == nil {
		return sla.NewWallClock(zone)
	}
	return remembered(c, c.clocks, zone, func() (*sla.WallClock, error) { return sla.NewWallClock(zone) })
}

func remembered[T any](c *calendars, of map[string]*T, name string, make func() (*T, error)) (*T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := of[name]; ok {
		return known, nil
	}
	made, err := make()
	if err == nil {
		of[name] = made
	}
	return made, err
}
