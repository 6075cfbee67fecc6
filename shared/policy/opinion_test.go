package policy_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	standard "example.com/skala/infra/policy"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

func everyday(t *testing.T) *policy.Policy {
	t.Helper()
	p, err := policy.Load(standard.Default, "default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestASecondOpinionSettlesADoubtOrLeavesIt(t *testing.T) {
	t.Parallel()
	p := everyday(t)
	first := desk.Verdict{
		Category: desk.HowTo, RunnerUp: desk.Request, Severity: desk.Low, Tier: desk.General, Actionable: true, Confidence: 0.3, Tags: []string{},
		Score: 4, Reasons: []desk.Reason{{Signal: "model.rest", Weight: 4}},
	}
	chatter := first
	chatter.Category, chatter.RunnerUp, chatter.Tier, chatter.Actionable = desk.Other, desk.Sales, desk.SelfService, false
	for _, tt := range []struct {
		name     string
		given    desk.Verdict
		says     desk.Category
		severity desk.Severity
		want     desk.Category
		tier     desk.Tier
		unsure   bool
		answer   desk.Disposition
	}{
		{"it agrees", first, desk.HowTo, desk.Low, desk.HowTo, desk.General, false, desk.NeedsAnswer},
		{"it takes the runner-up's side", first, desk.Request, desk.Normal, desk.Request, desk.Individual, false, desk.NeedsAnswer},
		{"a third guess", first, desk.Sales, desk.Normal, desk.Sales, desk.Individual, true, desk.NeedsAnswer},
		{"graver than anybody thought", first, desk.Fraud, desk.Critical, desk.Fraud, desk.Senior, true, desk.NeedsAnswer},
		{"it would put aside what needs an answer", first, desk.Spam, desk.Low, desk.HowTo, desk.General, true, desk.NeedsAnswer},
		{"what was put aside needs an answer", chatter, desk.Sales, desk.Normal, desk.Sales, desk.Individual, false, desk.NeedsAnswer},
		{"no category of ours", first, "refund", desk.Normal, desk.HowTo, desk.General, true, desk.NeedsAnswer},
		{"no severity of ours", first, desk.Fraud, 9, desk.HowTo, desk.General, true, desk.NeedsAnswer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := p.Reconsider(policy.Message{Text: "hello"}, tt.given, tt.says, tt.severity)
			if v.Category != tt.want || v.Tier != tt.tier || v.Unsure() != tt.unsure || v.Disposition() != tt.answer || v.Confidence != tt.given.Confidence {
				t.Errorf("%s, tier %d, unsure %t, %s, confidence %v", v.Category, v.Tier, v.Unsure(), v.Disposition(), v.Confidence)
			}
		})
	}
}

// TestASecondOpinionNeverLowersWhatMayDoHarm tries every opinion on every verdict
// that there may be.
func TestASecondOpinionNeverLowersWhatMayDoHarm(t *testing.T) {
	t.Parallel()
	p := everyday(t)
	harm := []desk.Category{desk.Fraud, desk.Compliance, desk.Billing, desk.Outage, desk.Delivery, desk.Damaged}
	m := policy.Message{Text: "my number is 4111 1111 1111 1111", Visibility: desk.Public, Thread: policy.Thread{Unanswered: 1}}
	tried := 0
	for _, category := range desk.Categories {
		for _, next := range desk.Categories {
			for stood := desk.Low; stood <= desk.Critical; stood++ {
				for tier := range desk.Tier(desk.Tiers) {
					given := desk.Verdict{Category: category, RunnerUp: next, Severity: stood, Tier: tier, Actionable: true, Tags: []string{"live"}, Score: 3, Reasons: []desk.Reason{{Signal: "model.rest", Weight: 3}}}
					for _, says := range desk.Categories {
						for s := desk.Low; s <= desk.Critical; s++ {
							tried++
							v := p.Reconsider(m, given, says, s)
							sum := 0
							for _, r := range v.Reasons {
								sum += r.Weight
							}
							may := slices.Contains(harm, category) || slices.Contains(harm, next) || slices.Contains(harm, says)
							switch {
							case stood == desk.Critical && (v.Severity < desk.Critical || v.Tier < tier):
								t.Fatalf("critical %s on tier %d became %s on tier %d by %s", category, tier, v.Severity, v.Tier, says)
							case may && (v.Tier < tier || v.Severity < stood):
								t.Fatalf("%s or %s on tier %d, %s, became %s on tier %d, %s", category, next, tier, stood, v.Category, v.Tier, v.Severity)
							case v.Tier < min(tier, desk.Individual) || v.Severity < min(stood, desk.Normal):
								t.Fatalf("%s on tier %d, %s, fell to tier %d, %s", category, tier, stood, v.Tier, v.Severity)
							case given.Disposition() == desk.NeedsAnswer && v.Disposition() != desk.NeedsAnswer:
								t.Fatalf("%s was put aside by %s", category, says)
							case sum != v.Score:
								t.Fatalf("reasons of %d, score %d", sum, v.Score)
							case len(v.Reasons) != 2 || v.Reasons[1].Signal != "opinion" || len(given.Reasons) != 1 || len(given.Tags) != 1:
								t.Fatalf("reasons %v of %v", v.Reasons, given)
							}
						}
					}
				}
			}
		}
	}
	if tried != 15*15*4*5*15*4 {
		t.Errorf("%d tried", tried)
	}
}

func TestWhatIsShownToOthersHasNobodysNumbersAndAnEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, lang, want string }{
		{"a card", "my card 4111 1111 1111 1111 was charged", "en", "my card ••• was charged"},
		{"two numbers", "4111111111111111 and 5500005555555559", "en", "••• and •••"},
		{"a phone", "llámame al 612 345 678", "es", "llámame al •••"},
		{"none", "κλείνετε στις 5;", "el", "κλείνετε στις 5;"},
		{"what is no text", "a\xffb", "en", "ab"},
		{"a long one", strings.Repeat("ก", 3000), "th", strings.Repeat("ก", 2000)},
		{"just so long", strings.Repeat("a", 2000), "en", strings.Repeat("a", 2000)},
		{"a number across the end", strings.Repeat("a", 1990) + " 4111111111111111", "en", strings.Repeat("a", 1990) + " •••"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := policy.Shown(tt.text, tt.lang); got != tt.want || !utf8.ValidString(got) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestASecondOpinionIsAskedForWhereTheDocumentSaysSo(t *testing.T) {
	t.Parallel()
	if p := everyday(t); p.Second.Asks() {
		t.Errorf("the default asks %+v", p.Second)
	}
	const unsure = "unsure: {below: 0.4}\n"
	const asks = "second_opinion: {model: amazon.nova-lite-v1:0, timeout: 1500ms, a_day: 500}\n"
	p, err := policy.Load([]byte(small+unsure+asks), "small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !p.Second.Asks() || p.Second.Model != "amazon.nova-lite-v1:0" || p.Second.Timeout.Milliseconds() != 1500 || p.Second.Daily != 500 {
		t.Errorf("%+v", p.Second)
	}
	for _, tt := range []struct{ name, old, new, want string }{
		{"slower than triage can wait", "1500ms", "3s", "second_opinion.timeout: a time from 100ms to 2s is expected"},
		{"without an end of the day's questions", ", a_day: 500", "", "second_opinion: model, timeout and a_day are needed"},
		{"none a day", "a_day: 500", "a_day: 0", "second_opinion.a_day: 0 is not from 1 to 1000000"},
		{"an unknown field", "model:", "models:", `second_opinion: unknown field "models"`},
		{"nothing to doubt", unsure, "", "second_opinion: nobody is ever asked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := policy.Load([]byte(small+strings.Replace(unsure+asks, tt.old, tt.new, 1)), "small.yaml")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}
