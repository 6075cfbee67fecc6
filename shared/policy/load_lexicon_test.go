package policy_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	standard "example.com/skala/infra/policy"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
	"example.com/skala/shared/policy/lexicon"
	"example.com/skala/shared/policy/model"
)

func TestTheBuiltInLexiconHasNoMistakes(t *testing.T) {
	t.Parallel()
	if err := policy.CheckLexicon(lexicon.Files()); err != nil {
		t.Error(err)
	}
}

func TestTheBuiltInLexiconIsNamedByItsFiles(t *testing.T) {
	t.Parallel()
	if hash := policy.LexiconHash(); len(hash) != 12 || hash != lexicon.Hash() {
		t.Errorf("hash %q, want %q", hash, lexicon.Hash())
	}
}

// TestALanguagesFileIsYAML holds that the short way to read such a file reads
// what YAML does.
func TestALanguagesFileIsYAML(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"en", "es", "el", "th", "any"} {
		file, err := fs.ReadFile(lexicon.Files(), name+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Negation, Settled []string

			Phrases map[string][]string
		}
		decoder := yaml.NewDecoder(bytes.NewReader(file))
		decoder.KnownFields(true)
		if err := decoder.Decode(&doc); err != nil {
			t.Fatalf("%s.yaml: %v", name, err)
		}
		lines, phrases := 0, len(doc.Negation)+len(doc.Settled)
		for line := range strings.Lines(string(file)) {
			if strings.HasPrefix(strings.TrimLeft(line, " "), "- ") {
				lines++
			}
		}
		// What YAML reads is known under that name: to drop it is no mistake.
		dropped := "lexicon:"
		for signal, all := range doc.Phrases {
			phrases += len(all)
			dropped += "\n  " + signal + ":\n    drop:"
			for _, phrase := range all {
				dropped += fmt.Sprintf("\n      - %q", phrase)
			}
		}
		if _, err := policy.Load(edited(t, "lexicon: {}", dropped), name+".yaml"); err != nil {
			t.Error(err)
		}
		if lines != phrases {
			t.Errorf("%s.yaml has %d lines with a dash, of which YAML reads %d phrases", name, lines, phrases)
		}
	}
}

// edited is the default document with one text in place of another.
func edited(t *testing.T, old, new string) []byte {
	t.Helper()
	document := bytes.Replace(standard.Default, []byte(old), []byte(new), 1)
	if bytes.Equal(document, standard.Default) {
		t.Fatalf("the default policy has no %q to replace", old)
	}
	return document
}

func TestAMistakeInTheLexiconIsReportedWithFileAndLine(t *testing.T) {
	t.Parallel()
	const en = "# English\nnegation:\n  - not\n\nphrases:\n  a.one:\n    - first # a comment\n    - \"?\" # another\n"
	for _, tt := range []struct{ name, old, new, want string }{
		{"nothing wrong", "first", "first", ""},
		{"a signal that is not there", "  a.one:", "  a.two:", `en.yaml:6: there is no signal "a.two" in signals.yaml`},
		{"a signal twice", "- first", "- first\n  a.one:\n    - second", `en.yaml:8: "a.one" stands there twice`},
		{"a phrase twice", "- first", "- first\n    - First", `en.yaml:8: a.one: phrase "First" stands there twice`},
		{"a phrase outside", "  - not", "- not", `en.yaml:3: "- not": expected is negation:, settled:, phrases:,`},
		{"a phrase before its signal", "  a.one:\n", "", `en.yaml:6: "    - first # a comment": expected is`},
		{"a section that is none", "phrases:", "words:", `en.yaml:5: "words:": expected is`},
		{"a section twice", "phrases:", "negation:", `en.yaml:5: "negation:": expected is`},
		{"what YAML takes for something else", "first", "[first]", `en.yaml:7: [first]: such a phrase stands in double quotes`},
		{"a colon", "- first", "- first:", `en.yaml:7: first:: such a phrase stands in double quotes`},
		{"quotes left open", `"?"`, `"?`, `en.yaml:8: "? # another: a phrase in double quotes`},
		{"a phrase without a letter", "- first", `- "'"`, `en.yaml:7: phrase "'" has a part without a letter`},
		{"a list in brackets", "\n    - first", " [first]\n    - x", `en.yaml:6: "  a.one: [first]": expected is`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{"signals.yaml": {Data: []byte("a.one: {raises: 1}\n")}, "en.yaml": {Data: []byte(strings.Replace(en, tt.old, tt.new, 1))}}
			for _, other := range []string{"es", "el", "th", "any"} {
				files[other+".yaml"] = &fstest.MapFile{}
			}
			err := policy.CheckLexicon(files)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
	for name, files := range map[string]fstest.MapFS{
		"reading the lexicon: ": {},
		`signals.yaml:1: a.one.weight: a whole number is expected`: {"signals.yaml": {Data: []byte("a.one: {raises: 1, weight: x}")}},
		`signals.yaml:1: negated: there is no signal "gone"`:       {"signals.yaml": {Data: []byte("a.one: {raises: 1, negated: gone}")}},
		`signals.yaml:1: a.one: unknown field "en"`:                {"signals.yaml": {Data: []byte("a.one: {raises: 1, en: [x]}")}},
		`signals.yaml:2: a.two: no file has a phrase for it`: {
			"signals.yaml": {Data: []byte("a.one: {raises: 1}\na.two: {raises: 1}")}, "en.yaml": {Data: []byte(en)}, "es.yaml": {}, "el.yaml": {}, "th.yaml": {}, "any.yaml": {},
		},
	} {
		if err := policy.CheckLexicon(files); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want %q in it", err, name)
		}
	}
}

func TestADocumentAddsToTheLexicon(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, lexicon, text string
		category            desk.Category
		reason              string
		weight              int
		not                 string // a signal that must not be among the reasons
	}{
		{"a phrase", "outage.down: {en: [status page is red]}", "the status page is red", desk.Outage, "outage.down", 8, ""},
		{"a phrase in Greek, heard in Latin letters", "outage.down: {el: [κοκκινη σελιδα]}", "kokkini selida edo kai tora", desk.Outage, "outage.down", 8, ""},
		{"a weight", "outage.down: {weight: 33}", "your site is down", desk.Outage, "outage.down", 33, ""},
		{"a signal of its own", "ours.miles: {category: request, weight: 9, en: [my miles balance]}", "what about my miles balance", desk.Request, "ours.miles", 9, ""},
		{"a phrase less", "outage.down: {drop: [is down]}", "the lift is down the corridor", "", "", 0, "outage.down"},
		{"a signal less", "outage.down: {off: true}", "your site is down, total outage", "", "", 0, "outage.down"},
		{"a negation", "negation: {en: [hardly ever]}\n  outage.down: {negated: drop}", "the site hardly ever is down", "", "", 0, "outage.down"},
		{"what the lexicon knows already", "outage.down: {en: [is down, 'broke .. down']}", "your site is down", desk.Outage, "outage.down", 8, ""},
		{"what a signal that is off would turn into", "complaint.mild: {off: true}", "the food was not excellent", "", "", 0, "complaint.mild"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := policy.LoadWith(edited(t, "lexicon: {}", "lexicon:\n  "+tt.lexicon), "x", model.Blank())
			if err != nil {
				t.Fatal(err)
			}
			v := p.Classify(policy.Message{Text: tt.text})
			found := tt.reason == ""
			for _, r := range v.Reasons {
				found = found || r.Signal == tt.reason && r.Weight == tt.weight
				if r.Signal == tt.not {
					t.Errorf("reason %+v is not wanted", r)
				}
			}
			if !found || tt.category != "" && v.Category != tt.category {
				t.Errorf("%s with %+v, want %s by %s with %d", v.Category, v.Reasons, tt.category, tt.reason, tt.weight)
			}
		})
	}
}

func TestAMistakeInAnAdditionIsReportedWithItsLine(t *testing.T) {
	t.Parallel()
	line := 1 + strings.Count(string(standard.Default[:bytes.Index(standard.Default, []byte("\nlexicon: {}"))+1]), "\n")
	for _, tt := range []struct{ name, lexicon, want string }{
		{"a drop of what is not there", "outage.down: {drop: [no such phrase]}", `outage.down.drop: the built-in lexicon has no phrase "no such phrase" for it`},
		{"a drop from a signal of its own", "ours.one: {raises: 1, en: [x y], drop: [x y]}", `ours.one.drop: the built-in lexicon has no such signal`},
		{"a signal of its own without phrases", "ours.one: {raises: 1}", `ours.one: there is no phrase to listen for`},
		{"an addition twice", "outage.down: {en: [quite red, Quite red]}", `outage.down: phrase "Quite red" stands there twice`},
		{"an unknown field", "outage.down: {wait: 1}", `outage.down: unknown field "wait"`},
		{"a negation into nothing", "outage.down: {negated: nowhere}", `negated: there is no signal "nowhere"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := policy.Load(edited(t, "lexicon: {}", "lexicon:\n  "+tt.lexicon), "x.yaml")
			if want := fmt.Sprintf("x.yaml:%d: %s", line+1, tt.want); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q in it", err, want)
			}
		})
	}
	both := edited(t, "lexicon: {}", "lexicon: {}\nnegation: {}\nsignals: {}")
	if _, err := policy.Load(both, "x"); err == nil || !strings.Contains(err.Error(), "does without") {
		t.Errorf("a document that both adds to the lexicon and does without it: %v", err)
	}
}

func TestADocumentOfItsOwnSignalsHearsNothingElse(t *testing.T) {
	t.Parallel()
	p, err := policy.LoadWith([]byte(small), "small.yaml", model.Blank())
	if err != nil {
		t.Fatal(err)
	}
	if v := p.Classify(policy.Message{Text: "I was charged twice, refund me"}); len(v.Reasons) != 0 {
		t.Errorf("reasons %+v, want none: the document knows no such signal", v.Reasons)
	}
}
