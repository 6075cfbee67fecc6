package policy_test

import (
	"errors"
	"strings"
	"testing"

	standard "example.com/skala/infra/policy"
	"example.com/skala/shared/policy"
	"example.com/skala/shared/policy/model"
)

// small is a whole document, as short as one can be.
const small = `title: Small
profile: social
tiers: {0: Self-service, 1: General, 4: Developers}
profiles:
  social:
    none: 0
    severity: {critical: 4, high: 4, normal: 1, low: 1}
categories:
  fraud: {severity: critical}
  compliance: {severity: critical}
  billing: {severity: critical}
  outage: {severity: critical}
  delivery: {severity: critical}
  damaged: {severity: critical}
  access: {severity: normal}
  conduct: {severity: high}
  sales: {severity: normal}
  complaint: {severity: normal}
  request: {severity: normal}
  howto: {severity: low}
  praise: {severity: low, answer: false}
  spam: {severity: low, disposition: none}
  other: {severity: low, disposition: none}
otherwise: {question: howto, negative: complaint, positive: praise, public: other, private: request}
rise: 2
authors:
  verified: {weight: 1, tiers: 1}
negation:
  en: [not]
signals:
  outage.down:
    category: outage
    weight: 5
    en: [is down, broke .. down]
plan:
  calendar: always
`

func TestASmallDocumentIsWhole(t *testing.T) {
	t.Parallel()
	p, err := policy.LoadWith([]byte(small), "small.yaml", model.Blank())
	if err != nil {
		t.Fatal(err)
	}
	if p.Title != "Small" || len(p.Hash) != 32 || p.Hash != policy.Hash([]byte(small)) || p.Plan == nil {
		t.Errorf("policy %+v", p)
	}
	if v := p.Classify(policy.Message{Text: "it broke all the way down"}); v.Category != "outage" || v.Tier != 4 {
		t.Errorf("verdict %+v", v)
	}
}

func TestAMistakeIsReportedWithItsLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, old, new, want string }{
		{"an unknown section", "rise: 2", "rise: 2\nextra: 1", `small.yaml:26: policy: unknown field "extra"`},
		{"a missing section", "rise: 2\n", "", `small.yaml:1: there is no section "rise"`},
		{"a field twice", "    weight: 5", "    weight: 5\n    weight: 6", `small.yaml:34: outage.down: "weight" stands there twice`},
		{"a missing category", "  conduct: {severity: high}\n", "", `small.yaml:9: categories: there is no conduct`},
		{"an unknown category", "category: outage", "category: outrage", `small.yaml:32: outage.down.category: "outrage" is not one of fraud, compliance,`},
		{"an unknown severity", "sales: {severity: normal}", "sales: {severity: soon}", `small.yaml:17: sales.severity: "soon" is not one of low, normal, high, critical`},
		{"a tier that is none", "none: 0", "none: 5", `small.yaml:6: profiles.social.none: 5 is not from 0 to 4`},
		{"a severity without a tier", ", low: 1}", "}", `small.yaml:5: profiles.social: severity low has no tier`},
		{"a profile that is not there", "profile: social", "profile: support", `small.yaml:2: profile: "support" is not one of the profiles`},
		{"a weight that is a word", "weight: 5", "weight: five", `small.yaml:33: outage.down.weight: a whole number is expected`},
		{"a signal without a phrase", "    en: [is down, broke .. down]\n", "", `small.yaml:31: outage.down: there is no phrase`},
		{"a signal without a weight", "    weight: 5\n", "", `small.yaml:31: outage.down: it speaks for a category, but has no weight`},
		{"a signal that changes nothing", "    category: outage\n    weight: 5\n", "", `small.yaml:31: outage.down: hearing it would change nothing`},
		{"a phrase twice", "[is down,", "[is down, Is Down,", `small.yaml:34: outage.down: phrase "Is Down" stands there twice`},
		{"a phrase without a letter", "[is down,", `[is down, "' .. x",`, `small.yaml:34: outage.down: phrase "' .. x" has a part without a letter`},
		{"a star inside a word", "[is down,", `["do*wn",`, `small.yaml:34: outage.down: phrase "do*wn": a star stands`},
		{"too many parts", "[is down,", `[a .. b .. c .. d .. e,`, `small.yaml:34: outage.down: phrase "a .. b .. c .. d .. e" has 5 parts`},
		{"a negation into nothing", "    weight: 5\n", "    weight: 5\n    negated: gone\n", `small.yaml:34: negated: there is no signal "gone"`},
		{"a text where a list belongs", "[is down, broke .. down]", "down", `small.yaml:34: outage.down.en: a list is expected`},
		{"a list where a mapping belongs", "{weight: 1, tiers: 1}", "[1]", `small.yaml:27: verified: a mapping of names to values is expected`},
		{"a calendar that is not there", "calendar: always", "calendar: office", `there is no calendar "office"`},
		{"a plan field that is unknown", "  calendar: always", "  calendar: always\n  leases: 1m", `small.yaml:37: plan: unknown field "leases"`},
		{"a chain that never ends", "plan:", "chains:\n  - {name: a, when: {tiers: [1]}, steps: [{chain: a}]}\nplan:", `small.yaml:36: chain a: never ends: it leads to chain a, which leads to it`},
		{"a chain of a team that is none", "plan:", "chains:\n  - {name: a, when: {tiers: [1]}, steps: [{do: notify, to: legal}]}\nplan:", `small.yaml:36: chain a: step 1: there is no team "legal"`},
		{"no YAML at all", "rise: 2", "rise: [2\n", `small.yaml:25: not YAML: did not find expected ',' or ']'`},
		{"a tab for a blank", "rise: 2", "rise:\n\t2", `small.yaml:26: not YAML: found character that cannot start any token`},
		{"an indent too many", "rise: 2", "  rise: 2\nx: [", `: not YAML: `},
		{"a second document", "title: Small", "title: Small\n---\na: 1", `there is a second document`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			document := strings.Replace(small, tt.old, tt.new, 1)
			if document == small {
				t.Fatal("nothing was changed")
			}
			_, err := policy.Load([]byte(document), "small.yaml")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestAllMistakesAreReportedInOrder(t *testing.T) {
	t.Parallel()
	document := strings.NewReplacer("none: 0", "none: 9", "rise: 2", "rise: no", "weight: 5", "weight: 0").Replace(small)
	_, err := policy.Load([]byte(document), "small.yaml")
	mistakes, ok := errors.AsType[*policy.Mistakes](err)
	if !ok {
		t.Fatalf("error %v, want *policy.Mistakes", err)
	}
	var lines []int
	for _, m := range mistakes.List {
		lines = append(lines, m.Line)
	}
	if len(lines) < 3 || lines[0] != 6 || lines[1] != 25 || lines[2] != 33 {
		t.Errorf("mistakes on lines %v:\n%v", lines, err)
	}
}

func TestAnEmptyDocumentIsAMistake(t *testing.T) {
	t.Parallel()
	for _, document := range []string{"", "# nothing\n", "null", "[]", "7", "\x00"} {
		if _, err := policy.Load([]byte(document), "empty.yaml"); err == nil || !strings.HasPrefix(err.Error(), "empty.yaml:1: ") {
			t.Errorf("%q: error %v", document, err)
		}
	}
}

// FuzzLoad holds that no document, however broken, does more than being refused.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(sound))
	f.Add(standard.Default[:2000])
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("signals: {x: {en: ['*', '..', ' .. ', '{link}']}}"))
	f.Fuzz(func(t *testing.T, document []byte) {
		p, err := policy.Load(document, "fuzz.yaml")
		if err == nil {
			p.Classify(policy.Message{Text: "it is not down @a https://b.example ไม่ได้"})
			if _, err := policy.Check(document, "fuzz.yaml"); err != nil {
				t.Errorf("doubted, though it loads: %v", err)
			}
			return
		}
		if mistakes, ok := errors.AsType[*policy.Mistakes](err); !ok || len(mistakes.List) == 0 {
			t.Errorf("error %v, want mistakes", err)
		}
	})
}
