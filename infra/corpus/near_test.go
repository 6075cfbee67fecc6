package corpus_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"example.com/skala/infra/corpus"
)

// tooNear is the likeness from which on two messages of a language are one: it
// teaches nothing, and tells a test what learning has seen.
const tooNear = 0.6

func TestNoTwoMessagesOfALanguageAreNearlyTheSame(t *testing.T) {
	t.Parallel()
	rows, err := corpus.Read(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range corpus.Languages {
		of := slices.DeleteFunc(slices.Clone(rows), func(r corpus.Row) bool { return r.Lang != lang })
		texts := make([]string, 0, len(of)+1)
		for _, r := range of {
			texts = append(texts, r.Text)
		}
		longest := slices.MaxFunc(texts, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
		planted, seen := "ok "+strings.ToUpper(longest), false
		for _, p := range nearDuplicates(append(texts, planted), tooNear) {
			if p.b == len(of) {
				seen = true
				continue
			}
			t.Errorf("%s:%d and %s:%d are nearly the same (%.2f)", of[p.a].File, of[p.a].Line, of[p.b].File, of[p.b].Line, p.likeness)
		}
		if !seen {
			t.Errorf("%s: nobody noticed a message that was written twice", lang)
		}
	}
}

func TestLikenessIsTheShareOfFiveLettersInCommon(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, a, b string
		near       bool
	}{
		{"the same words", "my parcel is late", "my parcel is late", true},
		{"in capitals and with other blanks", "My  parcel is LATE", "my parcel is late", true},
		{"with a word before them", "hello, my parcel has been late for a week now", "my parcel has been late for a week now", true},
		{"with one amount for another", "I was charged 20 euros twice for a ticket I never bought", "I was charged 35 euros twice for a ticket I never bought", true},
		{"of six pieces four in common", "abcdefghij", "Zbcdefghij", true},          // 5 / 7
		{"three of five, which is not over it", "abcdefgh", "Zbcdefg" + "h", false}, // 3 / 5
		{"the same trouble told otherwise", "my parcel is late", "still no sign of my order", false},
		{"short ones that are the same", "ok", "OK", true},
		{"short ones that are not", "ok", "no", false},
		{"Thai with a particle more", "สั่งของไปสองอาทิตย์แล้วพัสดุยังไม่มาถึงเลยครับ", "สั่งของไปสองอาทิตย์แล้วพัสดุยังไม่มาถึงเลยนะครับ", true},
		{"Thai of other words", "พัสดุยังไม่มาถึงเลย", "เน็ตหลุดทั้งวัน", false},
	}
	for _, tt := range tests {
		if got := len(nearDuplicates([]string{tt.a, "", tt.b}, tooNear)) > 0; got != tt.near {
			t.Errorf("%s: near %t, want %t", tt.name, got, tt.near)
		}
	}
}

func TestTheIndexFindsWhatComparingAllWithAllFinds(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(6, 1))
	texts := make([]string, 400)
	for i := range texts {
		for range 2 + r.IntN(6) { // of few words, so that many are alike
			texts[i] += fmt.Sprintf("word%d ", r.IntN(12))
		}
	}
	for _, above := range []float64{0.3, tooNear, 0.9} {
		found := map[[2]int]bool{}
		for _, p := range nearDuplicates(texts, above) {
			found[[2]int{p.a, p.b}] = true
		}
		want := 0
		for b := range texts {
			for a := range b {
				if len(nearDuplicates([]string{texts[a], texts[b]}, above)) > 0 {
					want++
					if !found[[2]int{a, b}] {
						t.Errorf("above %v: %q and %q were not found", above, texts[a], texts[b])
					}
				}
			}
		}
		if want == 0 || want != len(found) {
			t.Errorf("above %v: %d found, want %d", above, len(found), want)
		}
	}
}

// A pair is two texts, by their places, and how like each other they are.
type pair struct {
	a, b     int
	likeness float64
}

// nearDuplicates returns every pair of texts that have more than above of their
// pieces of five letters in common: the number of those that both have, by that of
// those that either has.
//
// Two such texts share more than above of the pieces of each, and so at least one
// of the rarest of each: only those that do are compared.
func nearDuplicates(texts []string, above float64) (near []pair) {
	sets, pieces := piecesOf(texts)
	holders := make([][]int, pieces) // of a piece among their rarest
	compared := make([]int, len(sets))
	for b, set := range sets {
		for _, piece := range set[:len(set)-int(above*float64(len(set)))] {
			for _, a := range holders[piece] {
				if compared[a] == b {
					continue
				}
				compared[a] = b
				if l := likeness(sets[a], set); l > above {
					near = append(near, pair{a, b, l})
				}
			}
			holders[piece] = append(holders[piece], b)
		}
	}
	return near
}

// piecesOf returns what five letters in a row each text has, once each: as
// numbers below pieces, the rarest first.
func piecesOf(texts []string) (sets [][]int, pieces int) {
	const letters = 5
	number, often := map[[letters]rune]int{}, []int{}
	sets = make([][]int, len(texts))
	for i, text := range texts {
		runes := []rune(strings.Join(strings.Fields(strings.ToLower(text)), " "))
		for from := range max(1, len(runes)-letters+1) {
			var piece [letters]rune
			copy(piece[:], runes[from:])
			if _, ok := number[piece]; !ok {
				number[piece] = len(often)
				often = append(often, 0)
			}
			sets[i] = append(sets[i], number[piece])
		}
		slices.Sort(sets[i])
		sets[i] = slices.Compact(sets[i])
		for _, piece := range sets[i] {
			often[piece]++
		}
	}
	order := make([]int, len(often))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(often[a], often[b]), cmp.Compare(a, b)) })
	rank := make([]int, len(often))
	for r, piece := range order {
		rank[piece] = r
	}
	for _, set := range sets {
		for i := range set {
			set[i] = rank[set[i]]
		}
		slices.Sort(set)
	}
	return sets, len(often)
}

// likeness returns the Jaccard index of two ascending sets.
func likeness(a, b []int) float64 {
	both := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			both, i, j = both+1, i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}
