package people

import "time"

// Quiet returns when m may be told of what is not urgent, at an instant or after it:
// the end of the quiet hours that the instant lies in, or itself. Hours that never
// end, and such as nobody can read, are none: what is for somebody comes to them.
func (d Directory) Quiet(m Member, at time.Time) time.Time {
	if len(m.Quiet) == 0 {
		return at
	}
	c, err := d.known.week(m.Zone, m.Quiet)
	if err != nil {
		return at
	}
	quiet, changes := c.OpenAt(at)
	if !quiet || changes.IsZero() {
		return at
	}
	return changes
}
