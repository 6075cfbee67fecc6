package policy

import (
	"testing"

	"example.com/skala/shared/desk"
)

func TestWhatTriageIsUnsureOfGoesATierUpWhereItMayDoHarm(t *testing.T) {
	t.Parallel()
	p := &Policy{doubt: doubt{below: 0.4, harm: 1<<place(desk.Billing) | 1<<place(desk.Fraud)}}
	p.categories[place(desk.Other)].none = true
	p.categories[place(desk.Spam)].none = true
	for _, tt := range []struct {
		name        string
		category    desk.Category
		runnerUp    desk.Category
		confidence  float64
		tier        desk.Tier
		want        desk.Tier
		unsure      bool
		disposition desk.Disposition
	}{
		{"sure", desk.HowTo, desk.Billing, 0.4, 1, 1, false, desk.NeedsAnswer},
		{"unsure, the runner-up may do harm", desk.HowTo, desk.Billing, 0.39, 1, 2, true, desk.NeedsAnswer},
		{"unsure, the category may do harm", desk.Billing, desk.HowTo, 0.39, 2, 3, true, desk.NeedsAnswer},
		{"unsure without harm", desk.HowTo, desk.Request, 0.1, 1, 1, true, desk.NeedsAnswer},
		{"unsure in the highest tier that triage raises to", desk.Billing, desk.Fraud, 0.1, 3, 3, true, desk.NeedsAnswer},
		{"unsure about a vendor's", desk.Billing, desk.Fraud, 0.1, 4, 4, true, desk.NeedsAnswer},
		{"chatter that may be fraud is not put aside", desk.Other, desk.Fraud, 0.1, 0, 1, true, desk.NeedsAnswer},
		{"spam that may be fraud is only looked at", desk.Spam, desk.Fraud, 0.1, 0, 0, true, desk.NeedsNone},
		{"nothing else likely", desk.Billing, "", 0.1, 1, 1, false, desk.NeedsAnswer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := desk.Verdict{Category: tt.category, RunnerUp: tt.runnerUp, Confidence: tt.confidence, Tier: tt.tier, Severity: desk.Low}
			v.Actionable = !p.categories[place(tt.category)].none
			p.hesitate(&v, place(tt.category))
			if v.Tier != tt.want || v.Unsure() != tt.unsure || v.Disposition() != tt.disposition {
				t.Errorf("tier %d, unsure %t, %s; want %d, %t, %s", v.Tier, v.Unsure(), v.Disposition(), tt.want, tt.unsure, tt.disposition)
			}
		})
	}
}

// BenchmarkSettle is what the document's rules cost a usual message.
func BenchmarkSettle(b *testing.B) {
	p := &Policy{sensitive: true, doubt: doubt{below: 0.4, harm: 7}}
	p.teams = []Team{{Name: "a"}, {Name: "b", Brands: []string{"x"}}}
	for range 5 {
		p.lanes = append(p.lanes, lane{when: condition{tags: []string{"reportable", "live"}}}, lane{when: condition{authors: 1 << isVIP, categories: 0xff}})
		p.rules = append(p.rules, rule{when: condition{tags: []string{"legal"}, categories: 2}}, rule{when: condition{brands: []string{"north", "south"}}, team: 1})
	}
	p.tags = []Tag{{Name: "a", Team: "a"}, {Name: "b", Team: "b"}, {Name: "c"}}
	p.authors.listed = map[string]places{"x:somebody": 1, "somebody": 2}
	m := Message{
		Text:   "Hi, I placed an order yesterday and was charged twice for it. I have called several times and nobody picks up the phone. I need my money back as soon as possible, I have been waiting for three days now. Thanks.",
		Author: desk.Author{ID: "1234567890123456", Handle: "Somebody_Else"}, Platform: "meta", Brand: "demo", Visibility: desk.Public,
	}
	v := desk.Verdict{Lang: "en", Category: desk.Billing, Severity: desk.Critical, Tier: 3, Tags: []string{"aggressive", "leaving"}, Reasons: []desk.Reason{}}
	b.ReportAllocs()
	for b.Loop() {
		p.settle(m, v, true)
	}
}
