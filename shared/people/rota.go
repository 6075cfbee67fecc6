package people

import (
	"time"

	"example.com/skala/shared/sla"
)

// RotaAt returns who of a rota is on duty at an instant: whom an override names,
// else, in the hours of the rota, whose turn it is. It is nobody before the rota's
// start, outside of its hours, and where there is no such rota. A turn of somebody
// who has left is the next one's; whether somebody is away it does not ask.
func (d Directory) RotaAt(id string, at time.Time) (who string, ok bool) {
	r, ok := d.Rotas[id]
	if !ok {
		return "", false
	}
	for _, o := range r.Overrides {
		if !at.Before(o.From) && at.Before(o.To) && !d.left(o.Who) {
			return o.Who, true
		}
	}
	turn, ok := d.turn(r, at)
	if !ok || !d.within(r.Zone, r.Hours, at) {
		return "", false
	}
	for n := range len(r.Members) {
		if who := r.Members[(turn+n)%len(r.Members)]; !d.left(who) {
			return who, true
		}
	}
	return "", false
}

// left reports whether somebody is not, or no longer, of the desk.
func (d Directory) left(id string) bool {
	m, ok := d.Members[id]
	return !ok || m.Left
}

// turn returns how many turns of r were over at an instant.
func (d Directory) turn(r Rota, at time.Time) (int, bool) {
	clock, err := d.known.clock(r.Zone)
	if err != nil {
		return 0, false
	}
	start, err := time.Parse(time.DateOnly, r.Start)
	if err != nil {
		return 0, false
	}
	handover, err := sla.ParseTimeOfDay(r.Handover)
	if err != nil || r.Turn < 1 || len(r.Members) == 0 {
		return 0, false
	}
	begins := func(turn int) time.Time { return clock.First(start.AddDate(0, 0, turn*r.Turn), handover) }
	// Dates of the wall clock say where to look, and instants which it is: where
	// the clock is put back over the handover, it shows that time twice.
	y, m, day := at.In(clock.Zone()).Date()
	days := (time.Date(y, m, day, 0, 0, 0, 0, time.UTC).Unix() - start.Unix()) / (24 * 60 * 60) // which may be more than a Duration holds
	turn := int(days) / r.Turn
	for turn >= 0 && at.Before(begins(turn)) {
		turn--
	}
	for !at.Before(begins(turn + 1)) {
		turn++
	}
	return turn, turn >= 0
}
