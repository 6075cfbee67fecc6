package people_test

import (
	"slices"
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

func TestWhoJoinsAndWhen(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC) // a Tuesday
	shift := func(from, to string) people.Week { return people.Week{"tue": {from + "-" + to}} }
	worker := func(id string, change func(*people.Member)) people.Member {
		m := people.Member{ID: id, Name: id, Roles: []string{"agent:1"}, Teams: []string{"care"}, Zone: "Asia/Bangkok"}
		change(&m)
		return m
	}
	care := people.Team{ID: "care", Name: "Care", Assigns: people.RoundRobin}
	for _, tt := range []struct {
		name  string
		team  people.Team
		those []people.Member
		want  []time.Duration
	}{
		{"nobody", care, nil, nil},
		{"who is there all along", care, []people.Member{worker("a", func(*people.Member) {})}, nil},
		{"a shift begins, one ends", care, []people.Member{
			worker("a", func(m *people.Member) { m.Shifts = shift("19:02", "22:00") }),
			worker("b", func(m *people.Member) { m.Shifts = shift("12:00", "19:01") })}, []time.Duration{2 * time.Minute}},
		{"an absence ends", care, []people.Member{worker("a", func(m *people.Member) {
			m.Presence = people.Presence{Away: true, Since: noon.Add(-time.Hour), Until: noon.Add(90 * time.Second)}
		})}, []time.Duration{90 * time.Second}},
		{"later than that", care, []people.Member{worker("a", func(m *people.Member) { m.Shifts = shift("19:04", "22:00") })}, nil},
		{"an absence ends outside the shift", care, []people.Member{worker("a", func(m *people.Member) {
			m.Shifts, m.Presence = shift("12:00", "19:00"), people.Presence{Away: true, Since: noon.Add(-time.Hour), Until: noon.Add(90 * time.Second)}
		})}, nil},
		{"two, one after the other", care, []people.Member{
			worker("a", func(m *people.Member) { m.Shifts = shift("19:02", "22:00") }),
			worker("b", func(m *people.Member) { m.Presence = people.Presence{Away: true, Until: noon.Add(time.Second)} })}, []time.Duration{time.Second, 2 * time.Minute}},
		{"a team that gives nothing", people.Team{ID: "care", Name: "Care"}, []people.Member{worker("a", func(m *people.Member) { m.Shifts = shift("19:02", "22:00") })}, nil},
	} {
		got := people.NewDirectory(tt.those, []people.Team{tt.team}, nil).Joins(noon, noon.Add(3*time.Minute))
		var after []time.Duration
		for _, at := range got {
			after = append(after, at.Sub(noon))
		}
		if !slices.Equal(after, tt.want) {
			t.Errorf("%s: after %v, want %v", tt.name, after, tt.want)
		}
	}
}
