package desk

import (
	"slices"
	"strings"
	"time"
)

// Who has a ticket's page open, and who writes in it, others on that page see. It is
// a hint: whose the ticket is says the claim alone.

// An Onlooker is somebody at a ticket.
type Onlooker struct {
	Who   string    `json:"who"`
	Seen  time.Time `json:"seen"`           // their page's last sign of life
	Typed time.Time `json:"typed,omitzero"` // they wrote in its composer
}

const (
	// LookLasts is for how long a sign of life says that somebody is there: two that
	// got lost on the way are none.
	LookLasts = 40 * time.Second
	// TypeLasts is for how long one that says so says that they are writing.
	TypeLasts = 12 * time.Second
)

// Typing reports whether o is writing at now.
func (o Onlooker) Typing(now time.Time) bool {
	return !o.Typed.IsZero() && now.Sub(o.Typed) < TypeLasts
}

// Present returns those of all who are there at now but one, by their ids. A clock
// that is ahead of ours makes nobody stay.
func Present(all []Onlooker, but string, now time.Time) []Onlooker {
	var there []Onlooker
	for _, o := range all {
		if age := now.Sub(o.Seen); o.Who != but && age < LookLasts && age > -LookLasts {
			there = append(there, o)
		}
	}
	slices.SortFunc(there, func(a, b Onlooker) int { return strings.Compare(a.Who, b.Who) })
	return there
}
