package corpus_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"example.com/skala/infra/corpus"
	"example.com/skala/shared/desk"
)

func TestTheCorpusIsWellFormed(t *testing.T) {
	t.Parallel()
	rows, err := corpus.Read(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if problem := illWritten(r.Text); problem != "" {
			t.Errorf("%s:%d: %s", r.File, r.Line, problem)
		}
		if r.Idle && r.Tier() > desk.General {
			t.Errorf("%s:%d: nobody has to do anything, and yet it goes to tier %d", r.File, r.Line, r.Tier())
		}
	}
}

// illWritten says what is wrong with how a text is written down.
func illWritten(text string) string {
	switch {
	case text != strings.TrimSpace(text):
		return "a blank at an end"
	case strings.ContainsRune(text, utf8.RuneError):
		return "a character was lost"
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }):
		return "a character that controls"
	}
	return ""
}

// What each language must have at least.
const (
	rowsOfALanguage = 1200
	ofACategory     = 0.04
	ofASeverity     = 0.10
)

func TestTheCorpusIsBroadInEveryLanguage(t *testing.T) {
	t.Parallel()
	rows, err := corpus.Read(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range narrow(rows) {
		t.Error(problem)
	}
	without := func(drop func(corpus.Row) bool) []corpus.Row { return slices.DeleteFunc(slices.Clone(rows), drop) }
	tests := []struct {
		name string
		rows []corpus.Row
	}{
		{"without a language", without(func(r corpus.Row) bool { return r.Lang == "el" })},
		{"without a category", without(func(r corpus.Row) bool { return r.Lang == "th" && r.Category == desk.Conduct })},
		{"without a severity", without(func(r corpus.Row) bool { return r.Lang == "es" && r.Severity == desk.High })},
		{"without a market", without(func(r corpus.Row) bool { return r.Lang == "en" && r.Market == "bank" })},
		{"without a register", without(func(r corpus.Row) bool { return r.Lang == "en" && r.Register == "ironic" })},
		{"without short messages", without(func(r corpus.Row) bool { return r.Lang == "th" && utf8.RuneCountInString(r.Text) < 40 })},
		{"without long messages", without(func(r corpus.Row) bool { return r.Lang == "el" && utf8.RuneCountInString(r.Text) >= 150 })},
		{"held back too little", without(func(r corpus.Row) bool { return r.Lang == "es" && r.Held() && r.Line%2 == 0 })},
		{"nothing held back of a category", without(func(r corpus.Row) bool { return r.Lang == "th" && r.Held() && r.Category == desk.Access })},
	}
	for _, tt := range tests {
		if len(narrow(tt.rows)) == 0 {
			t.Errorf("a corpus %s is not found wanting", tt.name)
		}
	}
}

// narrow says what a corpus has too little of.
func narrow(rows []corpus.Row) (problems []string) {
	for _, lang := range corpus.Languages {
		all, have, held := 0, map[string]int{}, map[string]int{}
		for _, r := range rows {
			if r.Lang != lang {
				continue
			}
			all++
			length := "medium"
			switch n := utf8.RuneCountInString(r.Text); {
			case n < 40:
				length = "short"
			case n >= 150:
				length = "long"
			}
			for _, kind := range []string{"category " + string(r.Category), "severity " + r.Severity.String(), "market " + r.Market, "register " + r.Register, "length " + length, "sentiment " + string(r.Sentiment)} {
				have[kind]++
				if r.Held() {
					held[kind]++
				}
			}
			if r.Held() {
				held["all"]++
			}
			if r.Abusive {
				have["flag abusive"]++
			}
		}
		want := func(kind string, share float64) {
			if n := float64(have[kind]); n == 0 || n < share*float64(all) {
				problems = append(problems, fmt.Sprintf("%s: %d of %d rows are of %s, want %.0f %% and at least one", lang, have[kind], all, kind, 100*share))
			}
		}
		holds := func(what string, held, of int, least, most float64) {
			if n := float64(held); n < least*float64(of) || n > most*float64(of) {
				problems = append(problems, fmt.Sprintf("%s: of %d rows of %s %d are held back, want %.0f to %.0f %%", lang, of, what, held, 100*least, 100*most))
			}
		}
		if all < rowsOfALanguage {
			problems = append(problems, fmt.Sprintf("%s has %d rows, want %d", lang, all, rowsOfALanguage))
		}
		holds("all", held["all"], all, 0.08, 0.12)
		for _, c := range desk.Categories {
			kind := "category " + string(c)
			want(kind, ofACategory)
			holds(kind, held[kind], have[kind], 0.03, 0.2)
		}
		for s := desk.Low; s <= desk.Critical; s++ {
			want("severity "+s.String(), ofASeverity)
		}
		for _, m := range desk.Sentiments {
			want("sentiment "+string(m), 0.05)
		}
		for _, m := range corpus.Markets {
			want("market "+m, 0)
		}
		for _, r := range corpus.Registers {
			want("register "+r, 0)
		}
		want("length short", 0.1)
		want("length medium", 0.4)
		want("length long", 0.04)
		want("flag abusive", 0)
	}
	return problems
}

func TestTheCorpusNamesNobody(t *testing.T) {
	t.Parallel()
	rows, err := corpus.Read(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if what := personal(r.Text); what != "" {
			t.Errorf("%s:%d has %s", r.File, r.Line, what)
		}
	}
}

func TestPersonalDataIsSeen(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"my order 48213 for @brand never came, see https://u.example/x, @user", ""},
		{"masked as 0000 0000 0000 or xxxx", ""},
		{"5555555555 😂", ""},
		{"βρε μ@λάκα, στις 9/11 @ 5μμ", ""},
		{"write to no-reply@brand-secure.example", ""},
		{"paid 1.250.000 on 12/03/2025", ""},
		{"it is order 482136", "a long number"},
		{"call me on 210 555 4 671", "a long number"},
		{"โทร ๐๘๑๒๓๔๕๖๗๘", "a long number"},
		{"write to jo@mail.com", "an e-mail address"},
		{"ask @somebody", "a handle"},
		{"ถาม@somebody", ""}, // an e-mail's middle; no platform takes it for a handle
		{"see http://shop.example", "a link"},
		{"see www.shop.example", "a link"},
		{"see shop.com.mx/sale", "a link"},
	}
	for _, tt := range tests {
		if got := personal(tt.text); got != tt.want {
			t.Errorf("%q has %q, want %q", tt.text, got, tt.want)
		}
	}
}

var (
	number = regexp.MustCompile(`\p{Nd}{6,}|\p{Nd}(?:[ .\-/()]{0,2}\p{Nd}){8,}`)
	mail   = regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+\.[\p{L}.]{2,}`)
	handle = regexp.MustCompile(`(?:^|[^\p{L}\p{M}\p{N}])@([A-Za-z_\p{Greek}][A-Za-z0-9_\p{Greek}]+)`)
	link   = regexp.MustCompile(`(?i)https?://\S+|\bwww\.\S+|\b[a-z0-9-]+\.(?:com|net|org|info|co|io|me|ly|app|gr|cy|es|mx|ar|cl|pe|th|uk|in|us)\b`)
)

// personal names what could lead to a person in a text: examples have none.
func personal(text string) string {
	for _, digits := range number.FindAllString(text, -1) {
		figures := strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) {
				return r
			}
			return -1
		}, digits)
		if first, _ := utf8.DecodeRuneInString(figures); strings.Trim(figures, string(first)) != "" { // masks and laughter
			return "a long number"
		}
	}
	for _, address := range mail.FindAllString(text, -1) {
		if !strings.HasSuffix(strings.TrimRight(address, "."), ".example") {
			return "an e-mail address"
		}
	}
	for _, found := range handle.FindAllStringSubmatch(text, -1) {
		if !slices.Contains([]string{"brand", "user"}, found[1]) {
			return "a handle"
		}
	}
	if link.MatchString(strings.ReplaceAll(text, "https://u.example", "")) {
		return "a link"
	}
	return ""
}

func TestTheLabelsAreWellFormed(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"labels/wisesight.tsv", "labels/truevoice.tsv"} {
		labels, err := corpus.Labels(os.DirFS("."), file, "th")
		if err != nil {
			t.Error(err)
		}
		if len(labels) < 1000 {
			t.Errorf("%s has %d labels", file, len(labels))
		}
	}
}

// What an entry may have so that triage finds it.
const (
	wordsOfEntry  = 3
	lettersOfWord = 28
	lettersOfThai = 18
)

func TestTheConceptsAreWhole(t *testing.T) {
	t.Parallel()
	names, entries, err := corpus.Concepts(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 100 || len(names) > 255 {
		t.Errorf("there are %d concepts: a pair of them is kept in two bytes", len(names))
	}
	for _, name := range names {
		for _, e := range entries[name] {
			if problem := lost(e); problem != "" {
				t.Errorf("%s:%d: %s: %q %s", e.File, e.Line, name, e.Text, problem)
			}
		}
	}
}

func TestAnEntryThatCannotBeFoundIsSeen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		entry string
		fine  bool
	}{
		{"refund*", true}, {"money back", true}, {"👍", true}, {"+1", true}, {"no", true}, {"คืนเงิน", true},
		{"u", false}, {"*", false}, {"re*", false}, {"re*fund", false}, {"give me money back", false}, {"ก", false},
		{"an otherwise interminable word", false}, {"ครั้งแรกและครั้งสุดท้าย", false},
	}
	for _, tt := range tests {
		if got := lost(corpus.Entry{Text: tt.entry}); (got == "") != tt.fine {
			t.Errorf("%q: %q, fine %t", tt.entry, got, tt.fine)
		}
	}
}

// lost says why triage could not find an entry, or would find it everywhere.
func lost(e corpus.Entry) string {
	text, stem := strings.CutSuffix(e.Text, "*")
	letters := utf8.RuneCountInString(text)
	first, _ := utf8.DecodeRuneInString(text)
	switch thai := strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Thai, r) }); {
	case strings.Contains(text, "*"):
		return "has a star before its end"
	case letters == 0, letters == 1 && (unicode.IsLetter(first) || unicode.IsDigit(first)):
		return "is too short"
	case stem && letters < 3:
		return "is too short a beginning"
	case len(strings.Fields(text)) > wordsOfEntry, thai && letters > lettersOfThai, letters > lettersOfWord:
		return "is too long"
	}
	return ""
}
