package sla

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
)

// document reads a policy's calendars and its plan named default.
func document(t *testing.T, text string) (*Plan, []Mistake) {
	t.Helper()
	var doc struct {
		Calendars yaml.Node
		Plans     struct{ Default yaml.Node }
	}
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	calendars, mistakes := DecodeCalendars(&doc.Calendars)
	plan, more := DecodePlan(&doc.Plans.Default, calendars, Names{})
	return plan, append(mistakes, more...)
}

const office = `
calendars:
  office:
    zone: Europe/Athens
    week: {mon: ["09:00-18:00"], tue: ["09:00-18:00"], wed: ["09:00-18:00"], thu: ["09:00-18:00"], fri: ["09:00-18:00"]}
    dates: {2026-12-25: [], 2026-12-24: ["09:00-12:00"]}
  shop: {zone: Asia/Bangkok, week: {sat: ["10:00-22:00", "20:00-24:00"], sun: ["22:00-06:00"]}}
  closed: {zone: UTC, week: {}, dates: {2026-12-24: ["09:00-12:00"]}}
  rare: {zone: UTC, week: {mon: ["09:00-09:01"]}}
`

func TestWhatAPolicyDoesNotSayIsAsTheFirstTargetsHaveIt(t *testing.T) {
	t.Parallel()
	written, mistakes := document(t, office+"plans: {default: {calendar: office}}")
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	c, err := NewCalendar("Europe/Athens", days(weekdays, "09:00-18:00"), nil)
	if err != nil {
		t.Fatal(err)
	}
	const workday = 9 * time.Hour
	type row = map[desk.Metric]desk.Target
	want := map[string]row{
		"critical": {
			desk.Acknowledge: {Time: 3 * time.Minute}, desk.FirstResponse: {Time: 15 * time.Minute},
			desk.NextResponse: {Time: 15 * time.Minute}, desk.Resolution: {Time: 4 * time.Hour},
		},
		"high": {
			desk.Acknowledge: {Time: 12 * time.Minute}, desk.FirstResponse: {Time: time.Hour},
			desk.NextResponse: {Time: time.Hour}, desk.Resolution: {Time: 8 * time.Hour},
		},
		"sales": {
			desk.Acknowledge: {Time: 6 * time.Minute, Calendar: "office"}, desk.FirstResponse: {Time: 30 * time.Minute, Calendar: "office"},
			desk.NextResponse: {Time: 30 * time.Minute, Calendar: "office"}, desk.Resolution: {Time: workday, Calendar: "office"},
		},
		"normal": {
			desk.Acknowledge: {Time: 48 * time.Minute}, desk.FirstResponse: {Time: 4 * time.Hour},
			desk.NextResponse: {Time: 4 * time.Hour}, desk.Resolution: {Time: 2 * workday, Calendar: "office"},
		},
		"low": {
			desk.Acknowledge: {Time: workday / 5, Calendar: "office"}, desk.FirstResponse: {Time: workday, Calendar: "office"},
			desk.NextResponse: {Time: workday, Calendar: "office"}, desk.Resolution: {Time: 3 * workday, Calendar: "office"},
		},
	}
	tickets := map[string]desk.Ticket{
		"critical": {Severity: desk.Critical, Category: desk.Sales},
		"high":     {Severity: desk.High, Category: desk.Complaint},
		"sales":    {Severity: desk.High, Category: desk.Sales},
		"normal":   {Severity: desk.Normal, Category: desk.Sales},
		"low":      {Severity: desk.Low},
	}
	for _, p := range []*Plan{written, Default(c)} {
		for name, ticket := range tickets {
			got := row{}
			for _, m := range desk.Metrics {
				if target, ok := p.Target(ticket, m); ok {
					got[m] = target
				}
			}
			if diff := cmp.Diff(want[name], got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		if p.WarnShare() != 0.75 || !raises(p, desk.Senior, 15*time.Minute, 5) ||
			p.Lease() != 5*time.Minute || p.Renudge() != 15*time.Minute || p.ReopenWithin() != 7*24*time.Hour {
			t.Errorf("warn %v, chain %v, lease %v, renudge %v, reopen %v", p.WarnShare(), p.Chain(desk.Ticket{}, desk.FirstResponse), p.Lease(), p.Renudge(), p.ReopenWithin())
		}
		if !p.Pauses(desk.Resolution, desk.Waiting) || !p.Pauses(desk.NextResponse, desk.Waiting) || p.Pauses(desk.Resolution, desk.Open) || p.Pauses(desk.FirstResponse, desk.Waiting) {
			t.Error("waiting for the customer pauses resolution and next response, and nothing else pauses")
		}
	}
}

func TestAPolicySaysWhatIsPromised(t *testing.T) {
	t.Parallel()
	p, mistakes := document(t, office+`
plans:
  default:
    calendar: shop
    warn: 0
    targets:
      critical: {calendar: office, first_response: 10s}
      high: {acknowledge: 2m, first_response: 1h30m, next_response: 45m, resolution: {time: 1d4h, calendar: always}}
      normal: {resolution: 2d}
    pauses: {first_response: [on hold]}
    chain: {top: 4, repeat: 10s, limit: 9}
    lease: 90s
    renudge: 20s
    reopen_within: 1d12h
`)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	// The shop is open 14 hours on Saturday, 8 from Sunday on.
	tests := []struct {
		name     string
		severity desk.Severity
		metric   desk.Metric
		want     desk.Target
	}{
		{"a severity may have a calendar of its own", desk.Critical, desk.FirstResponse, desk.Target{Time: 10 * time.Second, Calendar: "office"}},
		{"acknowledge is a fifth of the first response", desk.Critical, desk.Acknowledge, desk.Target{Time: 2 * time.Second, Calendar: "office"}},
		{"and next response as the first", desk.Critical, desk.NextResponse, desk.Target{Time: 10 * time.Second, Calendar: "office"}},
		{"a default moves to the row's calendar", desk.Critical, desk.Resolution, desk.Target{Time: 4 * time.Hour, Calendar: "office"}},
		{"unless it is given", desk.High, desk.Acknowledge, desk.Target{Time: 2 * time.Minute, Calendar: "shop"}},
		{"so with next response", desk.High, desk.NextResponse, desk.Target{Time: 45 * time.Minute, Calendar: "shop"}},
		{"a target may have a calendar of its own, and its days", desk.High, desk.Resolution, desk.Target{Time: 28 * time.Hour}},
		{"a day is an average day on which the calendar opens", desk.Normal, desk.Resolution, desk.Target{Time: 22 * time.Hour, Calendar: "shop"}},
		{"no severity is promised what normal is", 0, desk.Resolution, desk.Target{Time: 22 * time.Hour, Calendar: "shop"}},
		{"so is one from the future", 9, desk.FirstResponse, desk.Target{Time: 4 * time.Hour}},
	}
	for _, tt := range tests {
		if got, ok := p.Target(desk.Ticket{Severity: tt.severity, Disposition: desk.NeedsAnswer}, tt.metric); !ok || got != tt.want {
			t.Errorf("%s: %v %v, want %v", tt.name, got, ok, tt.want)
		}
	}
	if got, ok := p.Target(desk.Ticket{Severity: desk.Low, Disposition: desk.NeedsNone}, desk.FirstResponse); ok {
		t.Errorf("what needs no answer is promised %v", got)
	}
	if p.WarnShare() != 0 || !raises(p, desk.Vendor, 10*time.Second, 9) ||
		p.Lease() != 90*time.Second || p.Renudge() != 20*time.Second || p.ReopenWithin() != 36*time.Hour {
		t.Errorf("warn %v, chain %v, lease %v, renudge %v, reopen %v", p.WarnShare(), p.Chain(desk.Ticket{}, desk.FirstResponse), p.Lease(), p.Renudge(), p.ReopenWithin())
	}
	if !p.Pauses(desk.FirstResponse, desk.OnHold) || p.Pauses(desk.Resolution, desk.Waiting) {
		t.Error("pauses that are given replace the default ones")
	}
}

func TestEveryMistakeOfAPlanHasItsLine(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       map[int]string // a part of it, by the line below the calendars
	}{
		{"no plan", "plans: {}", map[int]string{0: "there is no calendar"}},
		{"no calendar", "plans: {default: {warn: 75}}", map[int]string{1: "there is no calendar"}},
		{"a calendar that is missing", "plans:\n  default:\n    calendar: bureau", map[int]string{3: `no calendar "bureau"`}},
		{"a calendar that never opens", "plans:\n  default:\n    calendar: closed", map[int]string{3: `"closed" never opens`}},
		{"a row's calendar that is missing", "plans:\n  default:\n    calendar: always\n    targets:\n      low: {calendar: bureau}", map[int]string{5: `no calendar "bureau"`}},
		{"a target's calendar that is missing", "plans:\n  default:\n    calendar: always\n    targets:\n      low: {resolution: {calendar: bureau, time: 1h}}", map[int]string{5: `no calendar "bureau"`}},
		{"a calendar that opens too little for a default", "plans:\n  default:\n    calendar: always\n    targets:\n      low: {calendar: rare, first_response: 30h, acknowledge: 1m, resolution: 1m}", map[int]string{3: "next_response: calendar rare does not open long enough for 30h0m0s", 5: "first_response: calendar rare"}},
		{"a calendar that opens too little for a target", "plans:\n  default:\n    calendar: always\n    targets:\n      low:\n        calendar: rare\n        first_response: 1m\n        resolution: 8h", map[int]string{8: "calendar rare does not open long enough for 8h"}},
		{"targets of zero, of less and of nonsense", "plans:\n  default:\n    calendar: office\n    targets:\n      high:\n        first_response: 0m\n        resolution: -1h\n        next_response: soon\n        acknowledge: 0d\n      low: {resolution: 1h1d}",
			map[int]string{6: "not more than zero", 7: "not a duration", 8: "not a duration", 9: "not more than zero", 10: "not a duration"}},
		{"a target without end", "plans:\n  default:\n    calendar: office\n    targets:\n      low:\n        resolution: 367d\n        first_response: 9000h", map[int]string{6: "longer than 366 days", 7: "longer than 366 days"}},
		{"a target without its time", "plans: {default: {calendar: office, targets: {low: {resolution: {calendar: always}}}}}", map[int]string{1: "there is no time"}},
		{"unknown fields, severities, metrics", "plans:\n  default:\n    calendar: office\n    color: red\n    targets:\n      urgent: {}\n      low: {solution: 1h}", map[int]string{4: `"color"`, 6: `"urgent"`, 7: `"solution"`}},
		{"a name that stands there twice", "plans: {default: {calendar: office,\n  targets: {low: {resolution: 1d,\n    resolution: 2d}}}}", map[int]string{3: "twice"}},
		{"pauses in states that have none", "plans:\n  default:\n    calendar: office\n    pauses:\n      resolution: [solved, asleep]\n      resolve: [waiting]\n      next_response: waiting", map[int]string{5: `"solved"`, 6: `"resolve"`, 7: "list"}},
		{"a chain to nowhere", "plans:\n  default:\n    calendar: office\n    chain:\n      top: 5\n      repeat: 0s\n      limit: -1", map[int]string{5: "from 0 to 4", 6: "not more than zero", 7: "from 0 to 100"}},
		{"a warning after the breach", "plans:\n  default:\n    calendar: office\n    warn: 100", map[int]string{4: "from 0 to 99"}},
		{"a lease of nothing", "plans:\n  default:\n    calendar: office\n    lease:\n    renudge: 0s\n    reopen_within: [7d]", map[int]string{4: "text", 5: "zero", 6: "text"}},
		{"targets that are a list", "plans:\n  default:\n    calendar: office\n    targets: [1h]", map[int]string{4: "mapping"}},
	}
	above := strings.Count(office, "\n")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			plan, mistakes := document(t, office+tt.text)
			if plan != nil {
				t.Error("the plan is taken")
			}
			matchMistakes(t, mistakes, tt.want, above)
		})
	}
}

func TestEveryMistakeOfACalendarHasItsLine(t *testing.T) {
	t.Parallel()
	plan, mistakes := document(t, `calendars:
  always: {zone: UTC, week: {}}
  a: {week: {}}
  b: {zone: Local, week: {mon: ["09:00-18:00"]}}
  c:
    zone: UTC
    week:
      mon: ["09:00-18:00", "9-18"]
      Tue: []
      wed: "09:00-18:00"
    dates:
      2026-02-30: []
      2026-02-27: ["24:00-25:00"]
    holidays: []
  d: office
plans: {default: {calendar: b}}
`)
	if plan == nil {
		t.Error("a plan is refused for the mistakes of its calendar")
	}
	matchMistakes(t, mistakes, map[int]string{
		2: `"always"`, 3: "no zone", 4: `no time zone "Local"`, 8: `"9-18"`, 9: `"Tue"`, 10: "list",
		12: "2026-02-30", 13: "24:00-25:00", 14: "holidays: a text is expected", 15: "mapping",
	}, 0)
}

// matchMistakes wants of each line a mistake with the text in it, and of other
// lines none. Lines are counted below those above; 0 is the document as a whole.
func matchMistakes(t *testing.T, got []Mistake, want map[int]string, above int) {
	t.Helper()
	texts := map[int]string{}
	for _, m := range got {
		line := max(m.Line-above, 0)
		texts[line] += m.Text + "\n"
		if _, ok := want[line]; !ok {
			t.Errorf("line %d: %s", line, m.Text)
		}
	}
	for line, text := range want {
		if !strings.Contains(texts[line], text) {
			t.Errorf("line %d: %q, want %q in it", line, texts[line], text)
		}
	}
}

func TestAClockAlwaysHasADeadline(t *testing.T) {
	t.Parallel()
	p, mistakes := document(t, office+"plans: {default: {calendar: office}}")
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	friday := instant(t, "2026-05-15T17:00:00+03:00")
	tests := []struct {
		name, calendar string
		left           time.Duration
		want           string
	}{
		{"on its calendar", "office", 2 * time.Hour, "2026-05-18T10:00:00+03:00"},
		{"around the clock", "", 2 * time.Hour, "2026-05-15T19:00:00+03:00"},
		{"on a calendar that the policy had before", "bureau", 2 * time.Hour, "2026-05-15T19:00:00+03:00"},
		{"at once when nothing is left", "office", 0, "2026-05-15T17:00:00+03:00"},
		{"at once when less than nothing is left", "closed", -time.Hour, "2026-05-15T17:00:00+03:00"},
		{"in ten years when it cannot be met", "closed", 4 * time.Hour, "2036-05-15T17:00:00+03:00"},
	}
	for _, tt := range tests {
		if got := p.Deadline(tt.calendar, friday, tt.left); !got.Equal(instant(t, tt.want)) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if got := p.Between("office", friday, instant(t, "2026-05-18T10:00:00+03:00")); got != 2*time.Hour {
		t.Errorf("%v between, want 2h", got)
	}
	if p.Calendar("office").Zone().String() != "Europe/Athens" || p.Calendar("").Zone() != time.UTC {
		t.Error("a plan's calendar is not found by its name")
	}
}

// raises reports whether the plan's chain is the one that goes a tier up, up to top.
func raises(p *Plan, top desk.Tier, repeat time.Duration, limit int) bool {
	c := p.Chain(desk.Ticket{}, desk.FirstResponse)
	return len(c.Steps) == 1 && c.Steps[0] == desk.Step{Do: desk.RaiseTier} && c.Top == top && c.Repeat == repeat && c.Limit == limit
}
