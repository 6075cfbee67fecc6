package customers_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"example.com/skala/infra/simulator/customers"
)

var categories = []string{
	"billing", "outage", "delivery", "damaged", "fraud", "compliance", "conduct", "access",
	"sales", "complaint", "request", "howto", "praise", "spam", "other",
}

func TestEveryLanguageHasTextsOfEveryCategory(t *testing.T) {
	t.Parallel()
	book, err := customers.Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"th", "es", "el", "en"} {
		texts := book.Texts(lang)
		if lang == "el" {
			texts = slices.Concat(texts, book.Texts("el-Latn"))
		}
		if len(texts) < 40 {
			t.Errorf("%s has %d texts", lang, len(texts))
		}
		for _, category := range categories {
			if !slices.ContainsFunc(texts, func(t customers.Text) bool { return t.Category == category }) {
				t.Errorf("nobody writes about %s in %s", category, lang)
			}
		}
		for _, text := range texts {
			if !slices.Contains(categories, text.Category) {
				t.Errorf("%s has a text about %q", lang, text.Category)
			}
		}
	}
	if n := len(book.Texts("el-Latn")); n < 12 {
		t.Errorf("%d texts are greeklish", n)
	}
}

func TestNoSlotIsLeftOpen(t *testing.T) {
	t.Parallel()
	book, err := customers.Open()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(7, 7))
	for _, lang := range customers.Languages() {
		for range 500 {
			if text := book.Pick(lang, r).Text; strings.ContainsAny(text, "{}") {
				t.Errorf("%s: %s", lang, text)
			}
		}
		if thanks, again := customers.Thanks(lang, r), customers.Again(lang, r); thanks == "" || again == "" {
			t.Errorf("%s: nothing to say to an answer", lang)
		}
	}
}

func TestEveryPersonaIsSomebodyElse(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	people := customers.Personas()
	for n := range 200 {
		people = append(people, customers.Passer(n))
	}
	for _, p := range people {
		if seen[p.ID] || seen[p.Name] || p.Name == "" || !slices.Contains(customers.Languages(), p.Lang) {
			t.Errorf("%q %q %q", p.ID, p.Name, p.Lang)
		}
		seen[p.ID], seen[p.Name] = true, true
	}
}
