package policy

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"example.com/skala/shared/policy/model"
)

// taught returns weights that know the words of some concepts, a line "LANG ENTRY"
// for each, numbered in this order.
func taught(tb testing.TB, entries ...string) *model.Weights {
	tb.Helper()
	words := map[uint32][]int{}
	for n, entry := range entries {
		lang, text, _ := strings.Cut(entry, " ")
		keys, on := ConceptKeys(text, lang)
		for _, key := range keys {
			words[key] = append(words[key], n)
		}
		for _, key := range on {
			words[key] = words[key][:len(words[key]):len(words[key])]
		}
	}
	file, err := model.Pack(model.Header{Point: 1}, nil, words)
	if err != nil {
		tb.Fatal(err)
	}
	w, err := model.Open(file)
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

// conceived returns the workspace in which the concepts of a text were found: one
// that, in Latin letters, is said to be Greek or English.
func conceived(m *model.Weights, text string, greeklish bool) *workspace {
	nothing := newLexiconBuilder().build()
	p := &Policy{folder: entryFolder(), weights: m, written: nothing, sounded: nothing}
	w := new(workspace)
	p.hear(Message{Text: text, Lang: map[bool]string{true: "el", false: "en"}[greeklish]}, w)
	return w
}

func keysOf(entry string) []uint32 {
	keys, _ := ConceptKeys(strings.TrimPrefix(entry, "en "), "en")
	return keys
}

func (w *workspace) concepts() (all []int32) {
	for _, f := range w.found {
		all = append(all, f.concept)
	}
	return all
}

func TestAConceptIsFoundInItsWordsAndInNoOthers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, entry, text string
		found             bool
	}{
		{"a word", "en refund", "a REFUND, please", true},
		{"a word at the beginning", "en refund", "refund me", true},
		{"a word at the end", "en refund", "my refund", true},
		{"a short word", "en ok", "is it ok?", true},
		{"a word that goes on", "en refund", "refunds", false},
		{"a word that begins before", "en refund", "prerefund", false},
		{"a word that ends sooner", "en refund", "refun", false},
		{"a word behind a hyphen", "en refund", "re-refund", true},
		{"a stretched word", "en refund", "refuuuund", true},
		{"a word of full width", "en refund", "ｒｅｆｕｎｄ", true},

		{"a stem", "en charg*", "charged", true},
		{"a stem alone", "en charg*", "charg", true},
		{"a stem of three letters", "en pay*", "payments", true},
		{"a stem inside a word", "en charg*", "recharged", false},
		{"a stem that is not whole", "en charg*", "chart", false},

		{"a phrase of two words", "en money back", "my money back now", true},
		{"a phrase of three", "en cash on delivery", "is it cash on delivery?", true},
		{"a phrase of short words", "en it is up", "so it is up", true},
		{"a phrase of three with a stem", "en cash on deliver*", "cash on delivered", true},
		{"a phrase over two lines", "en money back", "money\n\n back", true},
		{"a phrase with a hyphen", "en money back", "money-back", true},
		{"a phrase of four words", "en out of the blue", "out of the blue", false},
		{"half of a phrase", "en cash on delivery", "cash on", false},
		{"a phrase with a word between", "en money back", "money right back", false},
		{"a phrase across a comma", "en money back", "money, back to you", false},
		{"a phrase across a full stop", "en money back", "money. back", false},
		{"a phrase across an emoji", "en money back", "money 😡 back", false},
		{"a phrase that goes on", "en money back", "money backs", false},
		{"a phrase that begins before", "en money back", "nomoney back", false},

		{"an emoji", "en 😡", "so bad😡", true},
		{"an emoji many times", "en 😡", "😡😡😡", true},
		{"an emoji of another tone", "en 👍", "ok 👍🏽", true},
		{"another emoji", "en 😡", "😀", false},

		{"Thai inside a sentence", "th หักเงิน", "โดนหักเงินไปสองรอบ", true},
		{"Thai alone", "th หักเงิน", "หักเงิน", true},
		{"Thai with sara am in two letters", "th ซ้ำนะ", "ซ้ํานะ", true},
		{"Thai that ends within a cluster", "th การ", "บัตรการ์ด", false},
		{"Thai that ends before a vowel of its cluster", "th ตัด", "ตัดะ", false},
		{"Thai that ends with a cluster", "th การ", "ทำการแล้ว", true},
		{"Thai that begins within a cluster", "th งิน", "เงิน", false},
		{"Thai across a space", "th หักเงิน", "หัก เงิน", false},
		{"Thai before Latin letters", "th หักเงิน", "หักเงินapp", true},

		{"Greek without accents", "el χρεωση", "μια χρέωση", true},
		{"Greek in capitals", "el χρεωση", "ΧΡΈΩΣΗ", true},
		{"Greek with accents apart", "el χρέωση", "χρε\u0301ωση", true},
		{"Greek with the final sigma", "el λογαριασμος", "ο λογαριασμός μου", true},
		{"a Greek stem", "el χρεωσ*", "με χρεώσατε", true},
		{"a Greek phrase", "el μου πηραν", "μου πήραν λεφτά", true},
		{"other Greek", "el χρεωση", "χρέος", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := taught(t, "en nothing", tt.entry)
			got := conceived(m, tt.text, false).concepts()
			if want := []int32{1}; tt.found && !slices.Equal(got, want) || !tt.found && got != nil {
				t.Errorf("%q in %q: concepts %v, want it found: %t", tt.entry, tt.text, got, tt.found)
			}
		})
	}
}

func TestGreekConceptsAreFoundBySoundInLatinLetters(t *testing.T) {
	t.Parallel()
	m := taught(t, "el χρεωσ*", "el λεφτα", "el μου πηραν", "en charge", "el ευχαριστώ")
	for _, tt := range []struct {
		text string
		want []int32
	}{
		{"me xrewsate", []int32{0}}, {"me chreosate", []int32{0}}, {"xreosi", []int32{0}},
		{"ta lefta mou", []int32{1}}, {"mou piran ta lefta", []int32{2, 1}}, {"mou phran", nil},
		{"mou, piran", nil}, {"euxaristw", []int32{4}}, {"efxaristo", []int32{4}}, {"epharisto", nil}, {"a charge", []int32{3}}, {"charges", nil},
	} {
		w := conceived(m, tt.text, true)
		if got := w.concepts(); !slices.Equal(got, tt.want) {
			t.Errorf("%q: %v, want %v", tt.text, got, tt.want)
		}
		for _, f := range w.found {
			if f.segment < 0 || int(f.segment) >= len(w.segments) {
				t.Errorf("%q: concept %d is of segment %d of %d", tt.text, f.concept, f.segment, len(w.segments))
			}
		}
		if got := conceived(m, tt.text, false).concepts(); slices.ContainsFunc(got, func(c int32) bool { return c != 3 }) {
			t.Errorf("%q is no Greek, but has %v", tt.text, got)
		}
	}
}

func TestAConceptStandsWhereItsWordDoes(t *testing.T) {
	t.Parallel()
	m := taught(t, "en refund", "el λεφτα", "th หักเงิน")
	for _, tt := range []struct{ text, word string }{
		{"please, a refund now", "refund"}, {"😡 refund", "refund"},
		{"thelo ta lefta mou", "lefta"}, {"eee!! lefta", "lefta"},
		{"โดนหักเงินไป", "หั"},
	} {
		w := conceived(m, tt.text, true)
		if len(w.found) != 1 {
			t.Errorf("%q: %v", tt.text, w.found)
			continue
		}
		s := w.segments[w.found[0].segment]
		if got := tt.text[w.text.start[s.from]:w.text.end[s.to-1]]; got != tt.word {
			t.Errorf("%q: the concept stands at %q, want %q", tt.text, got, tt.word)
		}
	}
}

func TestAnEntryIsFoundUpToItsLimit(t *testing.T) {
	t.Parallel()
	latin, thai := strings.Repeat("ab", longestEntry/2), strings.Repeat("กด", longestThai/2)
	m := taught(t, "en "+latin, "th "+thai)
	if got := conceived(m, latin+" "+thai, false).concepts(); !slices.Equal(got, []int32{0, 1}) {
		t.Errorf("entries as long as can be: %v", got)
	}
	m = taught(t, "en "+latin+"c", "th "+thai+"น")
	if got := conceived(m, latin+"c "+thai+"น", false).concepts(); got != nil {
		t.Errorf("entries that are too long: %v", got)
	}
}

func TestAnEntryOfNothingHasNoKeys(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{"", " ", "*", " *", "\u0301", "'"} {
		if keys, on := ConceptKeys(entry, "el"); keys != nil || on != nil {
			t.Errorf("%q: %v, %v", entry, keys, on)
		}
	}
}

func TestAPairOfConceptsIsTheSameEitherWayRound(t *testing.T) {
	t.Parallel()
	m := taught(t, "en charged", "en twice", "es cobrado")
	keys := func(text string) (all []uint32) {
		for _, f := range conceived(m, text, false).ideas {
			all = append(all, f.Key)
		}
		slices.Sort(all)
		return all
	}
	there, back := keys("charged me twice"), keys("twice it charged")
	if len(there) != 3 || !slices.Equal(there, back) {
		t.Errorf("ideas %x and %x, want the same two concepts and their pair", there, back)
	}
	if once, again := keys("charged"), keys("charged and charged"); len(once) != 1 || !slices.Equal(once, again) {
		t.Errorf("ideas %x, said again %x, want one", once, again)
	}
	if other := keys("charged cobrado"); len(other) != 3 || slices.Equal(there, other) {
		t.Errorf("ideas %x, those of another pair %x", other, there)
	}
}

func TestConceptsOfTwoClausesAreNoPair(t *testing.T) {
	t.Parallel()
	m := taught(t, "en charged", "en twice", "th สองรอบ", "el διπλα")
	for text, want := range map[string]int{
		"charged me twice": 3, "charged, twice": 2, "charged. twice": 2, "charged 😡 twice": 2, "charged\ntwice": 2,
		"charged - twice": 2, "charged สองรอบ": 2, "charged διπλά": 2, "twice. charged me twice": 3,
	} {
		if w := conceived(m, text, false); len(w.ideas) != want {
			t.Errorf("%q: %d ideas, want %d", text, len(w.ideas), want)
		}
	}
}

func TestConceptsFarApartAreNoPair(t *testing.T) {
	t.Parallel()
	var entries []string
	var text strings.Builder
	for _, r := range "abcdefghij" {
		word := strings.Repeat(string(r)+"x", 3)
		entries = append(entries, "en "+word)
		text.WriteString(word + " ")
	}
	pairs := 0
	for n := range entries {
		pairs += min(n, neighbours)
	}
	if w := conceived(taught(t, entries...), text.String(), false); len(w.ideas) != len(entries)+pairs {
		t.Errorf("%d ideas, want %d concepts and %d pairs", len(w.ideas), len(entries), pairs)
	}
}

// TestLookingForConceptsWithTheirOpeningsIsLookingEverywhere holds the search,
// which gives up early, to one that asks for every piece of the text.
func TestLookingForConceptsWithTheirOpeningsIsLookingEverywhere(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	word := func() string {
		b := make([]byte, 1+r.IntN(5))
		for i := range b {
			b[i] = "ab"[r.IntN(2)]
		}
		return string(b)
	}
	for range 300 {
		var entries, words []string
		for range 1 + r.IntN(6) {
			entry := word()
			for range r.IntN(wordsOfEntry) {
				entry += " " + word()
			}
			entries = append(entries, "en "+entry)
		}
		for range 1 + r.IntN(30) {
			words = append(words, word())
		}
		text := strings.Join(words, " ")
		var plain folded
		f := entryFolder()
		f.fold(text, &plain)
		said := " " + string(plain.runes) + " "
		want := map[int32]bool{}
		for n, entry := range entries {
			f.fold(strings.TrimPrefix(entry, "en "), &plain)
			if strings.Contains(said, " "+string(plain.runes)+" ") {
				want[int32(n)] = true
			}
		}
		got := map[int32]bool{}
		for _, c := range conceived(taught(t, entries...), text, false).concepts() {
			got[c] = true
		}
		for n, entry := range entries {
			same := slices.IndexFunc(entries, func(other string) bool { return slices.Equal(keysOf(other), keysOf(entry)) })
			if c := int32(n); same == n && got[c] != want[c] {
				t.Fatalf("%q in %q: found is %t, want %t", entry, text, got[c], want[c])
			}
		}
	}
}
