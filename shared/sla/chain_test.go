package sla

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
)

// chained decodes a plan with chains, of a desk with the teams legal and press, the
// lane vip and the tiers 1 to 4.
func chained(t *testing.T, document string) (*Plan, []Mistake) {
	t.Helper()
	var doc struct{ Calendars, Chains, Plan yaml.Node }
	if err := yaml.Unmarshal([]byte(document), &doc); err != nil {
		t.Fatal(err)
	}
	calendars, mistakes := DecodeCalendars(&doc.Calendars)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	names := Names{Lanes: []string{"vip"}, Teams: []string{"legal", "press"}, Tiers: []desk.Tier{1, 2, 3, 4}}
	if doc.Chains.Kind != 0 {
		names.Chains = &doc.Chains
	}
	return DecodePlan(&doc.Plan, calendars, names)
}

const hours = `calendars: {office: {zone: UTC, week: {mon: ["09:00-18:00"]}}, never: {zone: UTC, week: {}}}
`

func TestAChainIsReadStepByStep(t *testing.T) {
	t.Parallel()
	p, mistakes := chained(t, hours+`
chains:
  - name: leads
    steps: [{do: page}, {do: page, to: nights, after: 5m}]
  - name: law
    when: {teams: [legal], severities: [high, critical]}
    calendar: always
    top: 2
    repeat: 1h
    limit: 9
    steps:
      - {do: warn, after: 0m}
      - {do: notify, to: legal, after: 5m, outside: wait}
      - {do: raise, after: 1d}
      - {chain: leads, after: 10m}
      - {do: swarm, to: press, outside: pass}
      - {do: vendor}
      - {do: incident, outside: page}
  - {name: vips, when: {metrics: [first_response], lanes: [vip], tiers: [1, 3], categories: [billing], brands: [aegean]}, steps: [{do: incident}]}
plan: {calendar: office, chain: {top: 3, repeat: 15m, limit: 5}}
`)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	law := desk.Chain{Name: "law", Top: 2, Repeat: time.Hour, Limit: 9, Steps: []desk.Step{
		{Do: desk.WarnHolder},
		{Do: desk.NotifyTeam, To: "legal", After: 5 * time.Minute, Outside: desk.WaitToOpen},
		{Do: desk.RaiseTier, After: 24 * time.Hour},
		{Do: desk.PageLead, After: 10 * time.Minute},
		{Do: desk.PageLead, To: "nights", After: 5 * time.Minute},
		{Do: desk.StartSwarm, To: "press", Outside: desk.PassBy},
		{Do: desk.HandToVendor},
		{Do: desk.OpenIncident, Outside: desk.Anyway},
	}}
	vips := desk.Chain{Name: "vips", Top: 3, Calendar: "office", Steps: []desk.Step{{Do: desk.OpenIncident}}}
	usual := desk.Chain{Name: "plan", Top: 3, Calendar: "office", Repeat: 15 * time.Minute, Limit: 5, Steps: []desk.Step{{Do: desk.RaiseTier}}}
	legal := desk.Ticket{Team: "legal", Severity: desk.High}
	vip := desk.Ticket{Lane: "vip", Tier: 3, Category: desk.Billing, Origin: desk.Origin{Brand: "aegean"}}
	for name, tt := range map[string]struct {
		ticket desk.Ticket
		metric desk.Metric
		want   desk.Chain
	}{
		"the team's":                     {legal, desk.Resolution, law},
		"not for what is milder":         {desk.Ticket{Team: "legal", Severity: desk.Normal}, desk.Resolution, usual},
		"nor without a severity":         {desk.Ticket{Team: "legal"}, desk.Resolution, usual},
		"all that it names fits":         {vip, desk.FirstResponse, vips},
		"but for the metric":             {vip, desk.Acknowledge, usual},
		"the first before those behind":  {desk.Ticket{Team: "legal", Severity: desk.High, Lane: "vip", Tier: 3, Category: desk.Billing, Origin: vip.Origin}, desk.FirstResponse, law},
		"what the clock is in":           {desk.Ticket{Clocks: []desk.Clock{{Metric: desk.Resolution, State: desk.Running, Chain: "law"}}}, desk.Resolution, law},
		"of its metric":                  {desk.Ticket{Clocks: []desk.Clock{{Metric: desk.Resolution, State: desk.Running, Chain: "law"}}}, desk.FirstResponse, usual},
		"of a name that nobody has":      {desk.Ticket{Clocks: []desk.Clock{{Metric: desk.Resolution, State: desk.Running, Chain: "gone"}}}, desk.Resolution, usual},
		"the plan's own that it is in":   {desk.Ticket{Team: "legal", Severity: desk.High, Clocks: []desk.Clock{{Metric: desk.Resolution, State: desk.Running, Chain: "plan"}}}, desk.Resolution, usual},
		"a new one where one has ended":  {desk.Ticket{Team: "legal", Severity: desk.High, Clocks: []desk.Clock{{Metric: desk.Resolution, State: desk.Met, Chain: "plan"}}}, desk.Resolution, law},
		"nothing fits without its brand": {desk.Ticket{Lane: "vip", Tier: 3, Category: desk.Billing}, desk.FirstResponse, usual},
	} {
		if diff := cmp.Diff(tt.want, p.Chain(tt.ticket, tt.metric)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestAPlansOwnChainMayHaveSteps(t *testing.T) {
	t.Parallel()
	p, mistakes := chained(t, hours+`plan: {calendar: office, chain: {steps: [{do: warn}, {do: page, to: nights, after: 5m}]}}`)
	want := desk.Chain{Top: 3, Calendar: "office", Steps: []desk.Step{{Do: desk.WarnHolder}, {Do: desk.PageLead, To: "nights", After: 5 * time.Minute}}}
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	if diff := cmp.Diff(want, p.Chain(desk.Ticket{}, desk.Resolution)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsWrongWithChainsIsToldWithItsLine(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		chains string // from line 2 of the document
		want   string
	}{
		"a loop":                 {"  - {name: a, when: {tiers: [1]}, steps: [{do: warn}, {chain: b}]}\n  - name: b\n    steps: [{chain: a}]", "3: chain a: never ends: it leads to chain b, which leads to it 5: chain b: never ends: it leads to chain a, which leads to it"},
		"itself":                 {"  - {name: a, when: {tiers: [1]}, steps: [{chain: a}]}", "3: chain a: never ends: it leads to chain a, which leads to it"},
		"an unknown chain":       {"  - {name: a, when: {tiers: [1]}, steps: [{chain: b}]}", `3: chain a: there is no chain "b"`},
		"an unknown step":        {"  - {name: a, when: {tiers: [1]}, steps: [{do: shout}]}", `3: chain a: step 1: do: "shout" is not one of warn, notify, raise, page, swarm, vendor, incident`},
		"an unknown team":        {"  - {name: a, when: {tiers: [1]}, steps: [{do: notify, to: lega}]}", `3: chain a: step 1: there is no team "lega"`},
		"a team for nobody":      {"  - {name: a, when: {tiers: [1]}, steps: [{do: raise, to: legal}]}", "3: chain a: step 1: raise is for nobody whom one could name"},
		"no steps":               {"  - {name: a, when: {tiers: [1]}, steps: []}", "3: chain a: steps: there is none"},
		"without steps":          {"  - {name: a, when: {tiers: [1]}}", "3: chain a: there are no steps"},
		"an empty step":          {"  - {name: a, when: {tiers: [1]}, steps: [{after: 5m}]}", "3: chain a: step 1: after: the first step is taken at the deadline 3: chain a: step 1: says neither what to do nor which chain"},
		"both at once":           {"  - {name: a, when: {tiers: [1]}, steps: [{do: raise, chain: a}]}", "3: chain a: step 1: a step that is another chain says only that and after"},
		"repeats for ever":       {"  - {name: a, when: {tiers: [1]}, repeat: 5m, steps: [{do: raise}]}", "3: chain a: repeats without a limit"},
		"repeats at once":        {"  - {name: a, when: {tiers: [1]}, repeat: 0m, limit: 3, steps: [{do: raise}]}", "3: chain a: repeat: 0m is not more than zero"},
		"a limit of nothing":     {"  - {name: a, when: {tiers: [1]}, limit: 3, steps: [{do: raise}]}", "3: chain a: there is a limit, and nothing repeats"},
		"a limit before the end": {"  - {name: a, when: {tiers: [1]}, repeat: 1m, limit: 1, steps: [{do: raise}, {do: page}]}", "3: chain a: the limit 1 is less than its 2 steps"},
		"a delay before all":     {"  - {name: a, when: {tiers: [1]}, steps: [{do: raise, after: 5m}]}", "3: chain a: step 1: after: the first step is taken at the deadline"},
		"a delay of words":       {"  - {name: a, when: {tiers: [1]}, steps: [{do: raise}, {do: page, after: soon}]}", `3: chain a: step 2: after: "soon" is not a duration of whole days, hours, minutes and seconds such as 1d4h or 30m`},
		"an unknown outside":     {"  - {name: a, when: {tiers: [1]}, steps: [{do: raise, outside: sleep}]}", `3: chain a: step 1: outside: "sleep" is not one of wait, pass, page`},
		"an unknown calendar":    {"  - {name: a, when: {tiers: [1]}, calendar: ofice, steps: [{do: raise}]}", `3: chain a: there is no calendar "ofice"`},
		"hours that never come":  {"  - {name: a, when: {tiers: [1]}, calendar: never, steps: [{do: raise}]}", `3: chain a: calendar "never" never opens in an ordinary week`},
		"nothing to fit":         {"  - {name: a, when: {}, steps: [{do: raise}]}", "3: chain a: when: there is nothing that has to fit"},
		"an unknown tier":        {"  - {name: a, when: {tiers: [0]}, steps: [{do: raise}]}", "3: chain a: when: tiers: the desk has no tier 0"},
		"an unknown severity":    {"  - {name: a, when: {severities: [grave]}, steps: [{do: raise}]}", `3: chain a: when: severities: "grave" is not one of low, normal, high, critical`},
		"an unknown metric":      {"  - {name: a, when: {metrics: [reply]}, steps: [{do: raise}]}", `3: chain a: when: metrics: "reply" is not one of acknowledge, first_response, next_response, resolution, vendor, update, requester_wait, agent_work`},
		"an unknown lane":        {"  - {name: a, when: {lanes: [fast]}, steps: [{do: raise}]}", `3: chain a: when: lanes: "fast" is not one of vip`},
		"nobody's":               {"  - {name: a, steps: [{do: raise}]}", "3: chain a: nothing comes to it: it has no when, and no step names it"},
		"no name":                {"  - {when: {tiers: [1]}, steps: [{do: raise}]}", "3: chains: there is one without a name"},
		"the plan's name":        {"  - {name: plan, when: {tiers: [1]}, steps: [{do: raise}]}", "3: chain plan: the plan's own chain has that name"},
		"a name without end":     {"  - {name: " + strings.Repeat("n", 101) + ", when: {tiers: [1]}, steps: [{do: raise}]}", `3: chains: the name "` + strings.Repeat("n", 40) + `…" has more than 100 bytes`},
		"told without end":       {"  - {name: a, when: {tiers: [1]}, steps: [{do: page, to: " + strings.Repeat("n", 256) + "}]}", `3: chain a: step 1: to: "` + strings.Repeat("n", 40) + `…" has more than 255 bytes`},
		"a name twice":           {"  - {name: a, when: {tiers: [1]}, steps: [{do: raise}]}\n  - {name: a, when: {tiers: [2]}, steps: [{do: raise}]}", "4: chain a: stands there twice"},
		"an unknown field":       {"  - {name: a, when: {tiers: [1]}, steps: [{do: raise, at: 5m}]}", `3: chain a: step 1: unknown field "at"; known are do, to, after, outside, chain`},
		"too many steps":         {"  - {name: a, steps: [" + strings.Repeat("{do: warn}, ", 11) + "]}\n  - {name: b, when: {tiers: [1]}, steps: [{chain: a}, {chain: a}]}", "4: chain b: has more than 20 steps"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, mistakes := chained(t, hours+"chains:\n"+tt.chains+"\nplan: {calendar: office}\n")
			slices.SortStableFunc(mistakes, func(a, b Mistake) int { return a.Line - b.Line })
			var got []string
			for _, m := range mistakes {
				got = append(got, fmt.Sprintf("%d: %s", m.Line, m.Text))
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAFirmWithoutVendorsHandsNothingToThem(t *testing.T) {
	t.Parallel()
	var plan yaml.Node
	if err := yaml.Unmarshal([]byte(`{calendar: always, chain: {steps: [{do: vendor}]}}`), &plan); err != nil {
		t.Fatal(err)
	}
	_, mistakes := DecodePlan(plan.Content[0], nil, Names{Tiers: []desk.Tier{0, 1}})
	if diff := cmp.Diff([]Mistake{{1, "chain: step 1: the desk has no tier 4 for vendors"}}, mistakes); diff != "" {
		t.Error(diff)
	}
}

func TestChainsThatAreProbablyNotMeantAreDoubted(t *testing.T) {
	t.Parallel()
	p, mistakes := chained(t, hours+`chains:
  - {name: grave, when: {severities: [high, critical]}, steps: [{do: page, to: legal}, {do: page, to: legl}]}
  - {name: gravest, when: {severities: [critical], tiers: [3]}, steps: [{do: raise}]}
  - {name: other, when: {tiers: [3]}, steps: [{do: page}]}
plan: {calendar: office}
`)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	want := []Mistake{
		{4, "chain gravest: no clock gets here: chain grave takes all of them"},
		{3, `chain grave: pages "legl", which is no team here: whoever a rota of that name has on duty, if the directory has one`},
	}
	if diff := cmp.Diff(want, p.Doubts()); diff != "" {
		t.Error(diff)
	}
}
