package people_test

import (
	"testing"
	"time"

	"example.com/skala/shared/people"
)

func TestQuietHoursEndByTheClockOfWhoHasThem(t *testing.T) {
	t.Parallel()
	nights := people.Week{"mon": {"22:00-07:00"}, "tue": {"22:00-07:00"}}
	weekend := people.Week{"sat": {"22:00-07:00"}}
	always := people.Week{}
	for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		always[day] = []string{"00:00-24:00"}
	}
	at := func(text string) time.Time {
		t.Helper()
		instant, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return instant.UTC()
	}
	for _, tt := range []struct {
		name     string
		zone     string
		quiet    people.Week
		at, want string
	}{
		{"by day", "Europe/Athens", nights, "2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z"},
		{"at night", "Europe/Athens", nights, "2026-11-23T20:00:00Z", "2026-11-24T05:00:00Z"},
		{"in the early morning", "Europe/Athens", nights, "2026-11-24T04:59:59Z", "2026-11-24T05:00:00Z"},
		{"at their end", "Europe/Athens", nights, "2026-11-24T05:00:00Z", "2026-11-24T05:00:00Z"},
		{"on a day without", "Europe/Athens", nights, "2026-11-25T20:00:00Z", "2026-11-25T20:00:00Z"},
		{"in the night in which clocks go back", "Europe/Athens", weekend, "2026-10-24T19:00:00Z", "2026-10-25T05:00:00Z"},
		{"after they went back", "Europe/Athens", weekend, "2026-10-25T04:30:00Z", "2026-10-25T05:00:00Z"},
		{"in the night in which they go on", "Europe/Athens", weekend, "2026-03-28T20:00:00Z", "2026-03-29T04:00:00Z"},
		{"at the end of that", "Europe/Athens", weekend, "2026-03-29T04:00:00Z", "2026-03-29T04:00:00Z"},
		{"without a zone", "", nights, "2026-11-23T20:00:00Z", "2026-11-23T20:00:00Z"},
		{"of who has none", "Europe/Athens", nil, "2026-11-23T20:00:00Z", "2026-11-23T20:00:00Z"},
		{"that never end", "Europe/Athens", always, "2026-11-23T20:00:00Z", "2026-11-23T20:00:00Z"},
		{"of nowhere", "Nowhere/Land", nights, "2026-11-23T20:00:00Z", "2026-11-23T20:00:00Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := people.Member{ID: "lea", Zone: tt.zone, Quiet: tt.quiet}
			for _, d := range []people.Directory{people.NewDirectory([]people.Member{m}, nil, nil), {}} {
				if got := d.Quiet(m, at(tt.at)); !got.Equal(at(tt.want)) {
					t.Errorf("told at %v", got)
				}
			}
		})
	}
}
