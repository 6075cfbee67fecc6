package sla

import (
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

func TestARulePromisesToSomeBeforeTheirRow(t *testing.T) {
	t.Parallel()
	p, mistakes := document(t, office+`
plans:
  default:
    calendar: office
    targets:
      critical: {calendar: always, first_response: 15m, resolution: 4h}
      normal: {calendar: always, first_response: 4h, resolution: 20h}
    rules:
      - {when: {organisations: [hermes]}, first_response: 5m}
      - {when: {segments: [b2b]}, calendar: always, first_response: 30m, resolution: {time: 9h, calendar: office}}
      - {when: {severities: [critical], tiers: [3]}, calendar: always, first_response: 20m}
      - {when: {tiers: [4]}, calendar: always, vendor: 8h}
      - {when: {brands: [aegean], channels: [feed], platforms: [meta], categories: [billing], languages: [el]}, calendar: always, first_response: 1m}
`)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	business := desk.Author{Organisation: "acme"}
	feed := desk.Origin{Brand: "aegean", Channel: "feed", Platform: "meta"}
	tests := []struct {
		name   string
		ticket desk.Ticket
		metric desk.Metric
		want   desk.Target
		none   bool
	}{
		{"nobody else's ticket is touched", desk.Ticket{Severity: desk.Normal}, desk.FirstResponse, desk.Target{Time: 4 * time.Hour}, false},
		{"a business customer's is", desk.Ticket{Severity: desk.Normal, Author: business}, desk.FirstResponse, desk.Target{Time: 30 * time.Minute}, false},
		{"acknowledge is a fifth of it", desk.Ticket{Severity: desk.Normal, Author: business}, desk.Acknowledge, desk.Target{Time: 6 * time.Minute}, false},
		{"each target on its calendar", desk.Ticket{Severity: desk.Normal, Author: business}, desk.Resolution, desk.Target{Time: 9 * time.Hour, Calendar: "office"}, false},
		{"the first that fits is taken", desk.Ticket{Severity: desk.Normal, Author: desk.Author{Organisation: "hermes"}}, desk.FirstResponse, desk.Target{Time: 5 * time.Minute, Calendar: "office"}, false},
		{"the next that fits speaks of what it does not", desk.Ticket{Severity: desk.Normal, Author: desk.Author{Organisation: "hermes"}}, desk.Resolution, desk.Target{Time: 9 * time.Hour, Calendar: "office"}, false},
		{"what is critical is not slowed down", desk.Ticket{Severity: desk.Critical, Author: business}, desk.FirstResponse, desk.Target{Time: 15 * time.Minute}, false},
		{"unless the rule names it", desk.Ticket{Severity: desk.Critical, Tier: 3}, desk.FirstResponse, desk.Target{Time: 20 * time.Minute}, false},
		{"minutes of business hours may be days", desk.Ticket{Severity: desk.Critical, Author: desk.Author{Organisation: "hermes"}}, desk.FirstResponse, desk.Target{Time: 15 * time.Minute}, false},
		{"a vendor has a clock where a rule says so", desk.Ticket{Severity: desk.Normal, Tier: 4}, desk.VendorWait, desk.Target{Time: 8 * time.Hour}, false},
		{"and nowhere else", desk.Ticket{Severity: desk.Normal, Tier: 3}, desk.VendorWait, desk.Target{}, true},
		{"all that is asked must be so", desk.Ticket{Severity: desk.Normal, Origin: feed, Category: desk.Billing, Lang: "el"}, desk.FirstResponse, desk.Target{Time: time.Minute}, false},
		{"and not most of it", desk.Ticket{Severity: desk.Normal, Origin: feed, Category: desk.Billing, Lang: "en"}, desk.FirstResponse, desk.Target{Time: 4 * time.Hour}, false},
	}
	for _, tt := range tests {
		tt.ticket.Disposition = desk.NeedsAnswer
		if got, ok := p.Target(tt.ticket, tt.metric); ok == tt.none || got != tt.want {
			t.Errorf("%s: %v %v, want %v", tt.name, got, ok, tt.want)
		}
	}
	if got := p.Doubts(); len(got) > 0 {
		t.Errorf("doubts %v", got)
	}
}

func TestARuleThatNoTicketGetsToIsDoubted(t *testing.T) {
	t.Parallel()
	p, mistakes := document(t, `calendars: {}
plans:
  default:
    calendar: always
    rules:
      - {when: {segments: [b2b], severities: [high, normal]}, first_response: 30m, resolution: 4h}
      - {when: {segments: [b2b], severities: [high]}, first_response: 5m}
      - {when: {organisations: [acme], severities: [normal]}, resolution: 2h}
      - {when: {organisations: [acme]}, resolution: 2h}
      - {when: {segments: [b2b], severities: [high]}, vendor: 5h}
`)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	var lines []int
	for _, d := range p.Doubts() {
		lines = append(lines, d.Line)
		if !strings.Contains(d.Text, "line 6") {
			t.Error(d)
		}
	}
	if len(lines) != 2 || lines[0] != 7 || lines[1] != 8 {
		t.Errorf("doubts on lines %v, want 7 and 8", lines)
	}
}

func TestEveryMistakeOfARuleHasItsLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ rule, want string }{
		{`{first_response: 1h}`, "no when"},
		{`{when: {}, first_response: 1h}`, "asks for nothing"},
		{`{when: {tiers: [3]}}`, "promises nothing"},
		{`{when: {tiers: [3]}, calendar: always}`, "promises nothing"},
		{`{when: {tiers: [5]}, first_response: 1h}`, "not a tier"},
		{`{when: {tiers: []}, first_response: 1h}`, "none is given"},
		{`{when: {tiers: 3}, first_response: 1h}`, "a list is expected"},
		{`{when: {severities: [urgent]}, first_response: 1h}`, `"urgent" is not one of`},
		{`{when: {segments: [c2c]}, first_response: 1h}`, `"c2c" is not one of`},
		{`{when: {segments: [b2c], organisations: [acme]}, first_response: 1h}`, "no ticket fits"},
		{`{when: {categories: [bills]}, first_response: 1h}`, `"bills" is not one of`},
		{`{when: {lanes: [slow]}, first_response: 1h}`, `"slow" is not one of`},
		{`{when: {brands: [a, a]}, first_response: 1h}`, "twice"},
		{`{when: {colours: [red]}, first_response: 1h}`, "unknown field"},
		{`{when: {tiers: [3]}, first_response: 0s}`, "not more than zero"},
		{`{when: {tiers: [3]}, first_reply: 1h}`, "unknown field"},
		{`{when: {tiers: [3]}, calendar: nights, first_response: 1h}`, "no calendar"},
		{`{when: {tiers: [3]}, calendar: closed, first_response: 1h}`, "never opens"},
		{`{when: {tiers: [3]}, calendar: rare, resolution: 300h}`, "does not open long enough"},
	} {
		_, mistakes := document(t, office+"plans:\n  default:\n    calendar: office\n    rules:\n      - "+tt.rule+"\n")
		found := false
		for _, m := range mistakes {
			found = found || m.Line == strings.Count(office, "\n")+5 && strings.Contains(m.Text, tt.want)
		}
		if !found {
			t.Errorf("%s: %v, want %q", tt.rule, mistakes, tt.want)
		}
	}
	if _, mistakes := document(t, "calendars: {}\nplans:\n  default:\n    calendar: always\n    counts: {bot: perhaps}\n"); len(mistakes) != 1 || mistakes[0].Line != 5 {
		t.Errorf("counts: %v", mistakes)
	}
	if _, mistakes := document(t, "calendars: {}\nplans:\n  default:\n    calendar: always\n    counts: {machine: true}\n"); len(mistakes) != 1 || mistakes[0].Line != 5 {
		t.Errorf("counts: %v", mistakes)
	}
}
