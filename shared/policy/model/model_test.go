package model_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"example.com/skala/shared/policy/model"
)

// header is one of a file that is whole.
func header(slots, words int) model.Header {
	return model.Header{Slots: slots, Words: words, Point: 1}
}

// written returns the line that h begins a file with.
func written(tb testing.TB, h model.Header) string {
	tb.Helper()
	line, err := json.Marshal(h)
	if err != nil {
		tb.Fatal(err)
	}
	return string(line) + "\n"
}

func TestAFileThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	const slot, word, tables = 32, 8, 2<<15 + 2<<17 // bytes of a row's place and a word's, and of what finds them
	rest := strings.Repeat("\x00", slot+word+tables)
	if _, err := model.Open([]byte(written(t, header(1, 1)) + rest)); err != nil {
		t.Fatalf("the file that the others are made of is refused: %v", err)
	}
	for _, tt := range []struct{ name, file, says string }{
		{"nothing", "", "no header"},
		{"a header without an end", strings.TrimSuffix(written(t, header(1, 1)), "\n"), "no header"},
		{"an empty header", "\n" + rest, "reading the header"},
		{"a header that is no JSON", "{slots}\n" + rest, "reading the header"},
		{"a header that is a list", "[]\n" + rest, "reading the header"},
		{"a header of words for numbers", `{"slots":"one"}` + "\n" + rest, "reading the header"},
		{"a number that no float holds", `{"slots":1,"words":1,"scale":[1e99]}` + "\n" + rest, "reading the header"},
		{"a header without sizes", "{}\n" + rest, "bytes are not"},
		{"no slots", written(t, header(0, 1)) + rest[slot:], "bytes are not"},
		{"no words", written(t, header(1, 0)) + rest[word:], "bytes are not"},
		{"less than no slots", written(t, header(-1, 10)) + rest, "bytes are not"},
		{"more slots than any function could hold", written(t, header(1<<60, 1)) + rest, "bytes are not"},
		{"a row too few", written(t, header(2, 1)) + rest, "bytes are not"},
		{"a byte too few", written(t, header(1, 1)) + rest[1:], "bytes are not"},
		{"a byte too many", written(t, header(1, 1)) + rest + "\x00", "bytes are not"},
		{"no rows", written(t, header(1, 1)), "bytes are not"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, err := model.Open([]byte(tt.file))
			if err == nil || !strings.HasPrefix(err.Error(), "model: ") || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("weights %v, error %v; want one about %q", w != nil, err, tt.says)
			}
		})
	}
}

// FuzzOpen holds that no file, however broken, does more than be refused, and
// that what is opened can be asked.
func FuzzOpen(f *testing.F) {
	whole, err := model.Pack(model.Header{Point: 1}, map[uint32]model.Row{1: {1}, 1 << 31: {0, -2}}, map[uint32][]int{7: {1, 2}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add([]byte("{}\n"))
	f.Add([]byte(written(f, header(1, 1)) + strings.Repeat("\x00", 40+2<<15+2<<17)))
	f.Add([]byte(written(f, header(-4, 1<<20))))
	f.Fuzz(func(t *testing.T, file []byte) {
		w, err := model.Open(file)
		if err != nil {
			return
		}
		_, hits := w.Sum([]model.Feature{{Key: 1}, {Key: 1 << 31}, {Key: math.MaxUint32}}, nil)
		for _, h := range hits {
			w.Number(h, model.Columns-1)
		}
		for _, key := range []uint32{1, 7, math.MaxUint32} {
			if concept, _ := w.Concept(key); concept >= 0 && !w.Begins(key) {
				t.Errorf("key %d stands for concept %d and is not known", key, concept)
			}
		}
	})
}

// random returns rows by key, as many as asked for, whose keys crowd together at
// the end of the table and at its beginning.
func random(r *rand.Rand, n int) map[uint32]model.Row {
	rows := map[uint32]model.Row{}
	for len(rows) < n {
		key := r.Uint32()
		switch r.IntN(3) {
		case 0:
			key |= 0xffff // its place is the last
		case 1:
			key = key&^0xffff | uint32(r.IntN(3))
		}
		var row model.Row
		for c := range row {
			row[c] = float32(r.NormFloat64())
		}
		if key != 0 {
			rows[key] = row
		}
	}
	return rows
}

func opened(tb testing.TB, rows map[uint32]model.Row, words map[uint32][]int) *model.Weights {
	tb.Helper()
	file, err := model.Pack(model.Header{Point: 1}, rows, words)
	if err != nil {
		tb.Fatal(err)
	}
	w, err := model.Open(file)
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

func TestWhatIsPackedIsWhatIsAddedUp(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 3, 5, 100, 3000} {
		rows := random(r, size)
		w := opened(t, rows, nil)
		if w.Features != size {
			t.Errorf("%d features are said to be %d", size, w.Features)
		}
		keys := make([]uint32, 0, size)
		for key := range rows {
			keys = append(keys, key)
		}
		for _, long := range []int{0, 1, 63, 64, 65, 128, 255, 256, 257, 513, 2000} {
			t.Run(fmt.Sprintf("%d of %d", long, size), func(t *testing.T) {
				var features []model.Feature
				var naive [model.Columns]float64
				var known []int32
				for n := range long {
					key := r.Uint32()
					if _, ok := rows[key]; len(keys) > 0 && (ok || r.IntN(4) > 0) {
						key = keys[r.IntN(len(keys))]
						for c, v := range rows[key] {
							naive[c] += float64(v)
						}
						known = append(known, int32(n))
					}
					features = append(features, model.Feature{Key: key, Segment: int32(n)})
				}
				before := []model.Hit{{At: -7, Segment: -7}}
				sums, hits := w.Sum(features, before)
				if len(hits) != len(known)+1 || hits[0] != before[0] {
					t.Fatalf("%d hits behind %+v, want %d", len(hits)-1, hits[0], len(known))
				}
				var byHit [model.Columns]int32
				for i, h := range hits[1:] {
					if h.Segment != known[i] {
						t.Fatalf("hit %d is of segment %d, want %d", i, h.Segment, known[i])
					}
					for c := range byHit {
						byHit[c] += w.Number(h, c)
					}
				}
				if sums != byHit {
					t.Errorf("the sums %v are not what the hits add up to, %v", sums, byHit)
				}
				for c, want := range naive {
					// Rounding loses half a step of each row at most.
					got, lost := float64(sums[c])*float64(w.Scale[c]), (float64(len(known))*0.5+1e-3)*float64(w.Scale[c])+1e-9
					if math.Abs(got-want) > lost*1.001 {
						t.Errorf("column %d: %v, want %v, at most %v off", c, got, want, lost)
					}
				}
			})
		}
	}
}

func TestTheLargestWeightOfAColumnIsKeptAsItIs(t *testing.T) {
	t.Parallel()
	w := opened(t, map[uint32]model.Row{9: {8, -0.5}, 10: {-1, 0.25}}, nil)
	sums, hits := w.Sum([]model.Feature{{Key: 9}}, nil)
	if len(hits) != 1 || sums[0] != 127 || sums[1] != -127 || sums[2] != 0 {
		t.Errorf("sums %v", sums)
	}
	if first, second := w.Scale[0]*127, w.Scale[1]*127; math.Abs(float64(first-8)) > 1e-5 || math.Abs(float64(second-0.5)) > 1e-6 {
		t.Errorf("scales for %v and %v, want 8 and 0.5", first, second)
	}
}

func TestTheSameRowsMakeTheSameFile(t *testing.T) {
	t.Parallel()
	rows := random(rand.New(rand.NewPCG(3, 4)), 500)
	words := map[uint32][]int{}
	for key := range rows {
		words[key^1<<9] = []int{int(key % 90)}
	}
	first, second := opened(t, rows, words), opened(t, rows, words)
	if first.Name != second.Name || len(first.Name) != 12 {
		t.Errorf("names %q and %q", first.Name, second.Name)
	}
	for key := range rows {
		row := rows[key]
		row[3]++
		rows[key] = row
		break
	}
	if other := opened(t, rows, words); other.Name == first.Name {
		t.Error("other rows have the same name")
	}
}

func TestAWordStandsForOneConceptOrTwo(t *testing.T) {
	t.Parallel()
	const last = math.MaxUint32 // the place at the end of every table
	words := map[uint32][]int{
		5: {0}, 6: {3, 1}, 7: {2, 4, 6}, 8: {},
		last: {10}, last - 1<<20: {11, 12}, last - 2<<20: {13}, 1<<20 - 1: {14}, 1 << 20: {15},
	}
	w := opened(t, nil, words)
	for key, concepts := range words {
		want := [2]int32{-1, -1}
		for i, c := range concepts[:min(2, len(concepts))] {
			want[i] = int32(c)
		}
		concept, more := w.Concept(key)
		if got := [2]int32{concept, more}; got != want {
			t.Errorf("key %#x stands for %v, want %v", key, got, want)
		}
		if !w.Begins(key) {
			t.Errorf("key %#x is not known", key)
		}
	}
	for _, key := range []uint32{1, 9, last - 3<<20, 2 << 20, 3<<20 - 1} {
		if concept, more := w.Concept(key); concept != -1 || more != -1 {
			t.Errorf("key %#x stands for %d and %d, but was never packed", key, concept, more)
		}
	}
}

func TestManyWordsAreFoundWhereverTheyAreInTheTable(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	words := map[uint32][]int{}
	for key := range random(r, 3000) {
		words[key] = []int{r.IntN(200)}
	}
	w := opened(t, nil, words)
	for key, concepts := range words {
		if concept, more := w.Concept(key); concept != int32(concepts[0]) || more != -1 {
			t.Fatalf("key %#x stands for %d and %d, want %d alone", key, concept, more, concepts[0])
		}
	}
	for range 3000 {
		key := r.Uint32()
		if concept, _ := w.Concept(key); concept >= 0 && words[key] == nil {
			t.Fatalf("key %#x was never packed", key)
		}
	}
}

func TestBeginningsAreKnownAndFewOthers(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	words := map[uint32][]int{}
	for range 100_000 {
		words[r.Uint32()] = nil
	}
	w := opened(t, nil, words)
	for key := range words {
		if concept, more := w.Concept(key); !w.Begins(key) || concept != -1 || more != -1 {
			t.Fatalf("key %#x begins words: %t; it stands for %d and %d", key, w.Begins(key), concept, more)
		}
	}
	wrong := 0
	for range 10_000 {
		if w.Begins(r.Uint32()) {
			wrong++
		}
	}
	if wrong > 1500 {
		t.Errorf("%d of 10,000 keys that begin nothing are said to begin words", wrong)
	}
}

func TestKeysThatAreMuchAlikeFindPlaces(t *testing.T) {
	t.Parallel()
	rows := map[uint32]model.Row{}
	for key := range uint32(60) {
		rows[key+1] = model.Row{float32(key)} // all of one pilot
	}
	w := opened(t, rows, nil)
	for key := range rows {
		if _, hits := w.Sum([]model.Feature{{Key: key}}, nil); len(hits) != 1 {
			t.Errorf("key %d is not found", key)
		}
	}
	if _, hits := w.Sum([]model.Feature{{Key: 0}, {Key: 61}}, nil); len(hits) != 0 {
		t.Errorf("%d keys are found that were never packed", len(hits))
	}
	r := rand.New(rand.NewPCG(9, 10))
	for range 5000 {
		rows[1+r.Uint32N(1<<17)] = model.Row{}
	}
	if _, err := model.Pack(model.Header{Point: 1}, rows, nil); err == nil || !strings.Contains(err.Error(), "alike") {
		t.Errorf("thousands of keys of one pilot: error %v", err)
	}
}

func TestWeightsThatKnowNothingSayNothing(t *testing.T) {
	t.Parallel()
	w := model.Blank()
	sums, hits := w.Sum([]model.Feature{{Key: 1}, {Key: math.MaxUint32}}, nil)
	if sums != [model.Columns]int32{} || len(hits) != 0 || w.Begins(1) {
		t.Errorf("sums %v, hits %v", sums, hits)
	}
}

func TestTheBuiltInWeightsAreWholeAndHaveRoom(t *testing.T) {
	t.Parallel()
	w, err := model.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if w.Features == 0 || w.Slots < w.Features || w.Point <= 0 || w.Corpus == "" || len(w.Name) != 12 {
		t.Errorf("%d features in %d slots, a point is %v, of corpus %q, named %q", w.Features, w.Slots, w.Point, w.Corpus, w.Name)
	}
	for _, lang := range model.Languages {
		if _, ok := w.Bias[lang]; !ok {
			t.Errorf("nothing is known of %s", lang)
		}
	}
	for c, scale := range w.Scale {
		if scale <= 0 {
			t.Errorf("column %d has no scale", c)
		}
	}
	again, err := model.Embedded()
	if err != nil || again != w {
		t.Errorf("they are opened twice: %v", err)
	}
}
