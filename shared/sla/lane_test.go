package sla

import (
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
)

// laned reads a plan with rows for the lanes gold and sales.
func laned(t *testing.T, plan string, lanes ...string) (*Plan, []Mistake) {
	t.Helper()
	var doc struct{ Calendars, Plan yaml.Node }
	text := "calendars: {office: {zone: UTC, week: {mon: ['09:00-17:00'], tue: ['09:00-17:00'], wed: ['09:00-17:00'], thu: ['09:00-17:00'], fri: ['09:00-17:00']}}}\n" + plan
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	calendars, _ := DecodeCalendars(&doc.Calendars)
	return DecodePlan(&doc.Plan, calendars, Names{Lanes: lanes})
}

func TestALaneHasPromisesOfItsOwn(t *testing.T) {
	t.Parallel()
	plan, mistakes := laned(t, `plan:
  calendar: office
  targets:
    critical: {calendar: always, first_response: 15m, resolution: 4h}
    high: {calendar: always, first_response: 1h, resolution: 8h}
    gold: {calendar: always, first_response: 30m}
    live: {calendar: always, first_response: 5m}
    day: {first_response: 5m}
`, "gold", "live", "day", "plain")
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	for _, tt := range []struct {
		name, lane string
		severity   desk.Severity
		metric     desk.Metric
		want       time.Duration
	}{
		{"the lane's", "gold", desk.Low, desk.FirstResponse, 30 * time.Minute},
		{"the lane's, where the severity's is longer", "gold", desk.High, desk.FirstResponse, 30 * time.Minute},
		{"what is critical never waits for its lane", "gold", desk.Critical, desk.FirstResponse, 15 * time.Minute},
		{"what the lane leaves out is as high", "gold", desk.Low, desk.Resolution, 8 * time.Hour},
		{"unless that is sooner", "live", desk.Critical, desk.FirstResponse, 5 * time.Minute},
		{"minutes of business hours may be days", "day", desk.Critical, desk.FirstResponse, 15 * time.Minute},
		{"which what is high waits for", "day", desk.High, desk.FirstResponse, 5 * time.Minute},
		{"what is critical is solved by then, too", "gold", desk.Critical, desk.Resolution, 4 * time.Hour},
		{"acknowledge is a fifth", "gold", desk.Low, desk.Acknowledge, 6 * time.Minute},
		{"a lane without a row is as its severity", "plain", desk.High, desk.FirstResponse, time.Hour},
		{"a lane that the plan never heard of, too", "gone", desk.High, desk.FirstResponse, time.Hour},
	} {
		ticket := desk.Ticket{Severity: tt.severity, Lane: tt.lane, Disposition: desk.NeedsAnswer}
		if got, ok := plan.Target(ticket, tt.metric); !ok || got.Time != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got.Time, tt.want)
		}
	}
	if _, ok := plan.Target(desk.Ticket{Lane: "gold", Disposition: desk.NeedsNone}, desk.FirstResponse); ok {
		t.Error("what needs no answer has a clock in its lane")
	}
}

func TestTheSalesRowIsForSalesThatAreHighWithAndWithoutALane(t *testing.T) {
	t.Parallel()
	plan, mistakes := laned(t, "plan: {calendar: office, targets: {sales: {first_response: 30m, resolution: 1d}}}", "sales")
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	for _, lane := range []string{"", "sales"} {
		ticket := desk.Ticket{Category: desk.Sales, Severity: desk.High, Lane: lane, Disposition: desk.NeedsAnswer}
		got, _ := plan.Target(ticket, desk.FirstResponse)
		done, _ := plan.Target(ticket, desk.Resolution)
		if want := (desk.Target{Time: 30 * time.Minute, Calendar: "office"}); got != want || done.Time != 8*time.Hour {
			t.Errorf("lane %q: %v and %v, want %v and a working day", lane, got, done, want)
		}
	}
}

func TestALanesRowIsReadWithItsMistakes(t *testing.T) {
	t.Parallel()
	for plan, want := range map[string]string{
		"plan: {calendar: office, targets: {gold: {resolution: 1h}}}":         "target gold: there is no first_response",
		"plan: {calendar: office, targets: {silver: {first_response: 1h}}}":   `targets: unknown field "silver"`,
		"plan: {calendar: office, targets: {gold: {first_response: 0m}}}":     "is not more than zero",
		"plan: {calendar: office, targets: {gold: {first_response: [1, 2]}}}": "a text is expected",
	} {
		_, mistakes := laned(t, plan, "gold")
		found := false
		for _, m := range mistakes {
			found = found || strings.Contains(m.Text, want) && m.Line > 0
		}
		if !found {
			t.Errorf("%s: %v, want %q", plan, mistakes, want)
		}
	}
}
