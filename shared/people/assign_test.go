package people_test

import (
	"testing"
	"time"

	"example.com/skala/shared/people"
)

func TestWhoIsGivenATicketIsWhoseTurnItIsOrWhoHasTheLeast(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return time.Date(2026, 11, 3, 10, minute, 0, 0, time.UTC) }
	of := func(id string, load int, last time.Time, bounds ...int) people.Candidate {
		c := people.Candidate{ID: id, Load: load, Last: last}
		if len(bounds) == 2 {
			c.Capacity = people.Capacity{Soft: bounds[0], Hard: bounds[1]}
		}
		return c
	}
	for _, tt := range []struct {
		name   string
		how    people.Assigns
		weight int
		all    []people.Candidate
		want   string
	}{
		{"nobody is there", people.RoundRobin, 1, nil, ""},
		{"whoever never was", people.RoundRobin, 1, []people.Candidate{of("a", 0, at(1)), of("b", 5, time.Time{})}, "b"},
		{"the longest ago", people.RoundRobin, 1, []people.Candidate{of("a", 0, at(2)), of("b", 5, at(1))}, "b"},
		{"of equals the first by id", people.RoundRobin, 1, []people.Candidate{of("b", 0, at(1)), of("a", 0, at(1))}, "a"},
		{"whoever has room", people.RoundRobin, 1, []people.Candidate{of("a", 3, at(1), 3, 5), of("b", 5, at(2))}, "b"},
		{"a critical one weighs two", people.RoundRobin, 2, []people.Candidate{of("a", 2, at(1), 3, 0), of("b", 5, at(2))}, "b"},
		{"nobody has room", people.RoundRobin, 1, []people.Candidate{of("a", 3, at(1), 3, 5), of("b", 10, at(2)), of("c", 4, at(3), 0, 4)}, ""},
		{"the fewest", people.FewestOpen, 1, []people.Candidate{of("a", 3, at(1)), of("b", 2, at(2))}, "b"},
		{"the fewest for the room that they have", people.FewestOpen, 1, []people.Candidate{of("a", 3, at(2), 20, 0), of("b", 2, at(1), 4, 0)}, "a"},
		{"of as few the longest ago", people.FewestOpen, 1, []people.Candidate{of("a", 2, at(2)), of("b", 2, at(1))}, "b"},
	} {
		got, ok := tt.how.Pick(tt.all, tt.weight)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
