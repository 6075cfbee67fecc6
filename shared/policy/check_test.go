package policy_test

import (
	"fmt"
	"strings"
	"testing"

	standard "example.com/skala/infra/policy"
	"example.com/skala/shared/policy"
)

// sound is a document that gives no reason to doubt anything.
var sound = strings.NewReplacer(
	"title: Small", "title: Sound",
	"  calendar: always\n", `  calendar: always
  targets:
    critical: {first_response: 15m, resolution: 4h}
    high: {first_response: 1h, resolution: 8h}
    normal: {first_response: 4h, resolution: 2d}
    low: {first_response: 1d, resolution: 3d}
    gold: {first_response: 30m}
`,
	"negation:\n  en: [not]\nsignals:\n  outage.down:\n    category: outage\n    weight: 5\n    en: [is down, broke .. down]\n", `lexicon:
  outage.down: {en: [the lamp is red]}
tags:
  legal: {about: "The law."}
teams:
  law: {about: "The law."}
  north: {about: "Brand north.", brands: [north], languages: [el]}
lanes:
  - {name: gold, when: {authors: [vip]}}
routes:
  - {when: {tags: [legal]}, team: law}
  - {when: {categories: [billing, fraud]}, team: law}
  - {when: {categories: [sales], languages: [el, en]}, team: north}
`,
).Replace(small)

func TestASoundDocumentGivesNoReasonToDoubt(t *testing.T) {
	t.Parallel()
	for name, document := range map[string][]byte{"sound.yaml": []byte(sound), "default.yaml": standard.Default} {
		doubts, err := policy.Check(document, name)
		if err != nil || len(doubts) > 0 {
			t.Errorf("%s: %v, %v", name, doubts, err)
		}
	}
}

func TestWhatIsProbablyNotMeantIsSaidWithItsLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, old, new, at, want string }{
		{
			"a route that comes too late", "routes:\n", "routes:\n  - {when: {}, team: law}\n", "{when: {tags: [legal]}, team: law}",
			"routes: no message gets here: the rule on line %d takes all of them",
		},
		{
			"a narrower route behind a wider", "routes:\n", "routes:\n  - {when: {categories: [billing]}, team: law}\n  - {when: {categories: [billing], languages: [th]}, team: law}\n",
			"{when: {categories: [billing], languages: [th]}, team: law}", "routes: no message gets here: the rule on line %d takes all of them",
		},
		{
			"a route to a team that does not answer there", "languages: [el, en]}, team: north}", "languages: [en]}, team: north}", "languages: [en]}, team: north}",
			"routes: no message gets here: north answers for none of its brands or languages",
		},
		{
			"a route to a team of another brand", "{categories: [sales], languages", "{categories: [sales], brands: [south], languages", "brands: [south]",
			"routes: no message gets here: north answers for none of its brands or languages",
		},
		{
			"routes that disagree", "routes:\n", "routes:\n  - {when: {categories: [fraud, access]}, team: law, tier: 1}\n", "{when: {categories: [billing, fraud]}, team: law}",
			"routes: the rule on line %d asks for the same things and shares some messages with this one",
		},
		{
			"a route of all languages before others", "routes:\n", "routes:\n  - {when: {languages: [th, es, el, en, und]}, team: law}\n", "{when: {tags: [legal]}, team: law}",
			"routes: no message gets here: the rule on line %d takes all of them",
		},
		{
			"a route for grave spam", "routes:\n", "routes:\n  - {when: {categories: [spam], severities: [critical]}, team: law}\n", "{when: {categories: [spam]",
			"routes: no message gets here: what needs no answer is never so grave",
		},
		{
			"a lane that comes too late", "lanes:\n", "lanes:\n  - {name: all, when: {}}\n", "{name: gold,", "lanes: no message gets here: the rule on line %d takes all of them",
		},
		{
			"a lane for spam", "lanes:\n", "lanes:\n  - {name: junk, when: {categories: [spam, other]}}\n", "name: junk", "lanes: no message gets to junk: what needs no answer takes no lane",
		},
		{
			"a lane without a promise", "    gold: {first_response: 30m}\n", "", "{name: gold", "lanes: plan.targets has no row for gold",
		},
		{
			"a severity without a promise", "    high: {first_response: 1h, resolution: 8h}\n", "", "  targets:", "plan: there is no row of targets for high, which delivery, access, conduct, sales, complaint can be",
		},
		{
			"a tag that nothing sets", "tags:\n", "tags:\n  spare: {about: \"x\"}\n", "  spare:", "tags.spare: nothing sets it and no rule asks for it",
		},
		{
			"a tier that nothing is sent to", "none: 0", "none: 1", "tiers: {", "tiers.0: triage sends nothing to Self-service",
		},
		{
			"an addition that is there already", "[the lamp is red]", "[the lamp is red, went down]", "went down", `outage.down: the built-in lexicon has "went down" already`,
		},
		{
			"a phrase for two categories", "[the lamp is red]", "[charged twice]", "charged twice", `outage.down: "charged twice" speaks for billing in billing.charged as well`,
		},
		{
			"a phrase for two categories, both the document's", "lexicon:\n", "lexicon:\n  ours.a: {category: sales, weight: 5, en: [the lamp is red]}\n", "ours.a:", `ours.a: "the lamp is red" speaks for outage in outage.down as well`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			document := strings.Replace(sound, tt.old, tt.new, 1)
			if document == sound {
				t.Fatal("nothing was changed")
			}
			doubts, err := policy.Check([]byte(document), "x.yaml")
			if err != nil {
				t.Fatal(err)
			}
			line := lineOf(document, tt.at)
			want := tt.want
			if strings.Contains(want, "%d") {
				want = fmt.Sprintf(want, lineOf(document, strings.TrimSpace(strings.SplitN(strings.TrimPrefix(tt.new, strings.SplitN(tt.new, "\n", 2)[0]+"\n"), "\n", 2)[0])))
			}
			found := false
			for _, d := range doubts {
				found = found || d.Line == line && strings.HasPrefix(d.Text, want)
			}
			if !found {
				t.Errorf("doubts %v, want %q on line %d", doubts, want, line)
			}
		})
	}
}

func lineOf(document, text string) int {
	before, _, _ := strings.Cut(document, text)
	return 1 + strings.Count(before, "\n")
}

func TestADocumentWithMistakesIsNotDoubted(t *testing.T) {
	t.Parallel()
	if doubts, err := policy.Check([]byte("title: x"), "x.yaml"); err == nil || doubts != nil {
		t.Errorf("%v, %v", doubts, err)
	}
}

func TestAPlatformThatIsNoneIsAMistakeToWhoChecks(t *testing.T) {
	t.Parallel()
	document := strings.Replace(sound, "routes:\n", "routes:\n  - {when: {platforms: [line, myspace]}, team: law}\n", 1)
	want := fmt.Sprintf(`x.yaml:%d: routes.when.platforms: "myspace" is not one of line, meta, x, standard,`, lineOf(document, "myspace"))
	if _, err := policy.Check([]byte(document), "x.yaml"); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
	if _, err := policy.Load([]byte(document), "x.yaml"); err != nil {
		t.Errorf("what was in force is not read: %v", err)
	}
}
