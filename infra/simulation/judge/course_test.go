package judge

import (
	"slices"
	"testing"

	"example.com/skala/shared/desk"
)

func TestATroubleWithAMergedTicketIsOneWithItsTarget(t *testing.T) {
	of := func(id desk.TicketID, author string, from ...desk.TicketID) Ticket {
		all := []desk.Entry{{What: desk.Received}}
		for _, other := range from {
			all = append(all, desk.Entry{What: desk.MergedFrom, Target: string(other)})
		}
		return Ticket{Ticket: desk.Ticket{ID: id, Author: desk.Author{ID: author}}, Log: all}
	}
	j := &jury{Case: &Case{Tickets: []Ticket{of("a.1", "ann"), of("b.1", "bea", "a.1"), of("c.1", "cat", "b.1"), of("d.1", "dan")}}}
	for id, want := range map[desk.TicketID][]string{
		"a.1": {"a.1", "ann"},
		"c.1": {"c.1", "cat", "b.1", "bea", "a.1", "ann"},
		"d.1": {"d.1", "dan"},
	} {
		if got := j.names(id); !slices.Equal(got, want) {
			t.Errorf("troubles with %s have the names %q, want %q", id, got, want)
		}
	}
}
