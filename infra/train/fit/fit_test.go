package fit_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"example.com/skala/infra/corpus"
	standard "example.com/skala/infra/policy"
	"example.com/skala/infra/train/fit"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
	"example.com/skala/shared/policy/model"
)

// words are what the toy's messages are made of: of no lexicon, so that all that
// is known of them was learnt.
var words = map[string]map[desk.Category][]string{
	"en": {
		desk.Delivery: {"wibblet", "frandle", "mosketh", "tarnip", "quorfle"},
		desk.Request:  {"zindle", "plovick", "hustern", "grammel", "vextip"},
		desk.Other:    {"bo", "da", "lumen", "forda", "nex"},
	},
	"el": {
		desk.Delivery: {"ζαμπιλο", "τρεφουνι", "μοσκεθι", "κορφαλο", "βιμπλετι"},
		desk.Request:  {"πλοβικα", "χουστερνα", "γραμελο", "βεξτιπι", "ζιντελο"},
		desk.Other:    {"λουμενο", "φορντα", "νεξο", "μπο", "ντα"},
	},
}

// said returns a message of a category: two of its words among others.
func said(r *rand.Rand, lang string, c desk.Category) string {
	of, others := words[lang][c], words[lang][desk.Other]
	all := []string{of[r.IntN(len(of))], of[r.IntN(len(of))], others[r.IntN(len(others))], others[r.IntN(len(others))]}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return strings.Join(all, " ")
}

// rows returns so many messages of each of the toy's categories and languages.
func rows(seed uint64, each map[desk.Category]int) (all []corpus.Row) {
	r := rand.New(rand.NewPCG(seed, seed))
	for _, lang := range []string{"en", "el"} {
		for _, c := range []desk.Category{desk.Delivery, desk.Request} {
			row := corpus.Row{Lang: lang, Category: c, Severity: desk.Low, Sentiment: desk.Neutral}
			if c == desk.Delivery {
				row.Severity, row.Sentiment, row.Abusive = desk.Critical, desk.Negative, true
			}
			for range each[c] {
				row.Text = said(r, lang, c)
				all = append(all, row)
			}
		}
	}
	return all
}

// same is as many messages of either category.
func same(n int) map[desk.Category]int {
	return map[desk.Category]int{desk.Delivery: n, desk.Request: n}
}

// settings are those of Usual but for what would take long.
func settings() fit.Settings {
	s := fit.Usual()
	s.Rounds, s.Averaged = 6, 3
	return s
}

func learnt(t *testing.T, s fit.Settings, document []byte, rows []corpus.Row, concepts map[uint32][]int) *model.Weights {
	t.Helper()
	file, err := fit.Learn(s, document, rows, concepts)
	if err != nil {
		t.Fatal(err)
	}
	w, err := model.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func loaded(t *testing.T, document []byte, w *model.Weights) *policy.Policy {
	t.Helper()
	p, err := policy.LoadWith(document, "policy.yaml", w)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheSameMessagesTeachTheSameWeights(t *testing.T) {
	t.Parallel()
	of := rows(1, same(30))
	first, err := fit.Learn(settings(), standard.Default, of, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := fit.Learn(settings(), standard.Default, slices.Clone(of), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("learnt twice, the files differ")
	}
	s := settings()
	s.Features = 20 // so that some must be chosen
	one, err := fit.Learn(s, standard.Default, of, nil)
	if err != nil {
		t.Fatal(err)
	}
	other, err := fit.Learn(s, standard.Default, of, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one, other) {
		t.Error("learnt twice with a choice of features, the files differ")
	}
	if w, err := model.Open(one); err != nil || w.Features != 20 {
		t.Errorf("%v: not 20 features were kept", err)
	}
	of[7].Abusive = !of[7].Abusive
	third, err := fit.Learn(settings(), standard.Default, of, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, errA := model.Open(first)
	c, errC := model.Open(third)
	if errA != nil || errC != nil || a.Corpus == c.Corpus {
		t.Errorf("another judgement has the same hash (%v, %v)", errA, errC)
	}
}

func TestUnseenSentencesOfLearntWordsAreJudgedRightly(t *testing.T) {
	t.Parallel()
	of := rows(2, same(60))
	seen := map[string]bool{}
	for _, row := range of {
		seen[row.Text] = true
	}
	p := loaded(t, standard.Default, learnt(t, settings(), standard.Default, of, nil))
	r := rand.New(rand.NewPCG(99, 99))
	for lang := range words {
		for _, c := range []desk.Category{desk.Delivery, desk.Request} {
			for range 20 {
				text := said(r, lang, c)
				if seen[text] {
					continue
				}
				v := p.Classify(policy.Message{Text: text})
				if v.Lang != lang || v.Category != c {
					t.Errorf("%q is %s and of %s, want %s and %s; reasons %+v", text, v.Lang, v.Category, lang, c, v.Reasons)
				}
				if grave := c == desk.Delivery; grave != (v.Severity >= desk.High) || grave != v.Abusive || grave != (v.Sentiment == desk.Negative) {
					t.Errorf("%q is %s, %s, abusive %t; want it grave: %t", text, v.Severity, v.Sentiment, v.Abusive, grave)
				}
			}
		}
	}
}

func TestWhatALanguageTaughtOfAConceptHoldsInTheOther(t *testing.T) {
	t.Parallel()
	concepts := map[uint32][]int{}
	at := 0
	for _, c := range []desk.Category{desk.Delivery, desk.Request} {
		for n := range words["en"][c] {
			for lang, of := range words {
				keys, on := policy.ConceptKeys(of[c][n], lang)
				for _, key := range keys {
					concepts[key] = append(concepts[key], at)
				}
				for _, key := range on {
					concepts[key] = slices.Clip(concepts[key])
				}
			}
			at++
		}
	}
	of := slices.DeleteFunc(rows(3, same(120)), func(r corpus.Row) bool { return r.Lang != "en" })
	r := rand.New(rand.NewPCG(98, 98))
	for n := range 40 { // of Greek only what says nothing of either
		c := []desk.Category{desk.Delivery, desk.Request}[n%2]
		of = append(of, corpus.Row{Lang: "el", Category: c, Severity: desk.Low, Sentiment: desk.Neutral, Text: strings.Join(words["el"][desk.Other], " ")})
	}
	p := loaded(t, standard.Default, learnt(t, settings(), standard.Default, of, concepts))
	right := 0
	const asked = 40
	for n := range asked {
		c := []desk.Category{desk.Delivery, desk.Request}[n%2]
		if v := p.Classify(policy.Message{Text: said(r, "el", c)}); v.Category == c {
			right++
		}
	}
	if right < asked*9/10 {
		t.Errorf("%d of %d Greek messages are judged rightly, after English ones", right, asked)
	}
}

// withPhrase returns the default document with a phrase of a weight for a category
// beside the lexicon's.
func withPhrase(t *testing.T, phrase string, c desk.Category, weight int) []byte {
	t.Helper()
	addition := fmt.Appendf(nil, "\nlexicon:\n  %s.toy: {category: %s, weight: %d, en: [%s]}\n", c, c, weight, phrase)
	document := bytes.Replace(standard.Default, []byte("\nlexicon: {}\n"), addition, 1)
	if bytes.Equal(document, standard.Default) {
		t.Fatal("the default document has no place for additions")
	}
	return document
}

func TestAPointOfTheLexiconCountsBeforeAnythingIsLearnt(t *testing.T) {
	t.Parallel()
	of := rows(4, same(40))
	for i := range of {
		if of[i].Category == desk.Delivery && of[i].Lang == "en" {
			of[i].Text += " klaxonet"
		}
	}
	heard := withPhrase(t, "klaxonet", desk.Delivery, 20)
	without, with := learnt(t, settings(), standard.Default, of, nil), learnt(t, settings(), heard, of, nil)
	speaks := func(w *model.Weights) float64 {
		e := loaded(t, standard.Default, model.Blank()).Evidence(policy.Message{Text: "klaxonet"}, "en")
		sums, hits := w.Sum(e.Features, nil)
		if len(hits) == 0 {
			t.Fatal("the word was not learnt")
		}
		at := slices.Index(desk.Categories, desk.Delivery)
		return float64(sums[at]) * float64(w.Scale[at])
	}
	if a, b := speaks(without), speaks(with); b <= 0 && a <= 0 || b > a*0.8 {
		t.Errorf("the word alone speaks with %v where the lexicon has it, with %v where it has not: nothing was left out", b, a)
	}
	if _, ok := with.Signals["delivery.toy"]; !ok {
		t.Errorf("nothing was learnt of the signal: %d signals", len(with.Signals))
	}
	later := loaded(t, withPhrase(t, "klaxonet", desk.Delivery, 20), without).Classify(policy.Message{Text: "klaxonet"})
	found := false
	for _, r := range later.Reasons {
		found = found || r.Signal == "delivery.toy" && r.Weight == 20
	}
	if !found || later.Category != desk.Delivery {
		t.Errorf("%s, reasons %+v; want the phrase that was added later to count in full", later.Category, later.Reasons)
	}
}

func TestRareCategoriesAreWeighedAsTheBalanceSays(t *testing.T) {
	t.Parallel()
	of := rows(5, map[desk.Category]int{desk.Delivery: 10, desk.Request: 200})
	for i := range of {
		of[i].Text, of[i].Severity, of[i].Abusive = "undritz morvane", desk.Low, false
	}
	s := settings()
	for _, tt := range []struct {
		balance float64
		want    desk.Category
	}{{0, desk.Request}, {0.5, desk.Request}, {2, desk.Delivery}} {
		s.Balance = tt.balance
		p := loaded(t, standard.Default, learnt(t, s, standard.Default, of, nil))
		if v := p.Classify(policy.Message{Text: "undritz morvane", Lang: "en"}); v.Category != tt.want {
			t.Errorf("balance %v: %s, want %s of two that are said alike, one of them rarely", tt.balance, v.Category, tt.want)
		}
	}
}

func TestAnotherDefensibleCategoryGetsItsShare(t *testing.T) {
	t.Parallel()
	of := rows(6, same(60))
	for i := range of {
		if of[i].Category == desk.Delivery {
			of[i].Alt = []desk.Category{desk.Damaged}
		}
	}
	s := settings()
	judged := func(share float64) desk.Verdict {
		s.Alt = share
		p := loaded(t, standard.Default, learnt(t, s, standard.Default, of, nil))
		return p.Classify(policy.Message{Text: "wibblet frandle mosketh lumen"})
	}
	none, some, most := judged(0), judged(0.3), judged(0.7)
	if none.Category != desk.Delivery || some.Category != desk.Delivery || most.Category != desk.Damaged {
		t.Errorf("%s, %s, %s; want the other category only where most is its", none.Category, some.Category, most.Category)
	}
	if none.Confidence <= some.Confidence {
		t.Errorf("confidence %v without another category, %v with one", none.Confidence, some.Confidence)
	}
}

func TestWhatIsSaidTooSeldomIsNotLearnt(t *testing.T) {
	t.Parallel()
	of := rows(7, same(20))
	s := settings()
	few := learnt(t, s, standard.Default, of, nil)
	s.Fewest = len(of) + 1
	if none := learnt(t, s, standard.Default, of, nil); none.Features != 0 || few.Features == 0 {
		t.Errorf("%d features are in more messages than there are, %d in three", none.Features, few.Features)
	}
}

func TestADocumentThatCannotBeReadTeachesNothing(t *testing.T) {
	t.Parallel()
	if file, err := fit.Learn(settings(), []byte("title: ["), rows(8, same(3)), nil); err == nil || file != nil {
		t.Errorf("%d bytes, %v", len(file), err)
	}
}
