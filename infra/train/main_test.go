package main

import (
	"compress/gzip"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"example.com/skala/infra/corpus"
	"example.com/skala/shared/desk"
	judge "example.com/skala/shared/policy"
)

// published writes texts as a collection of published messages, and returns the
// folder.
func published(t *testing.T, name string, texts ...string) string {
	t.Helper()
	folder := t.TempDir()
	file, err := os.Create(filepath.Join(folder, name+".jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	packed := gzip.NewWriter(file)
	out := json.NewEncoder(packed)
	for _, text := range texts {
		if err := out.Encode(map[string]string{"text": text, "source": "elsewhere"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
	return folder
}

// labels returns a corpus whose labels judge texts, each as billing.
func labels(texts ...string) fstest.MapFS {
	var lines []string
	for _, text := range texts {
		lines = append(lines, corpus.Key(text)+"\tbilling\thigh\tnegative\talt:access\n")
	}
	slices.Sort(lines)
	return fstest.MapFS{"labels/some.tsv": {Data: []byte(strings.Join(lines, ""))}}
}

func TestPublishedMessagesAreTakenWithTheirLabels(t *testing.T) {
	t.Parallel()
	texts := published(t, "some", "คืนเงินด้วย", "nobody judged this", "ตัดเงิน\tสองรอบ", "คืนเงินด้วย")
	rows, err := labelled(labels("ตัดเงิน\tสองรอบ", "คืนเงินด้วย"), texts)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range rows {
		got = append(got, row.Text)
		if row.Lang != "th" || row.Category != desk.Billing || row.Severity != desk.High || row.Sentiment != desk.Negative || !slices.Equal(row.Alt, []desk.Category{desk.Access}) {
			t.Errorf("row %+v is not what its label says", row)
		}
	}
	if want := []string{"คืนเงินด้วย", "ตัดเงิน\tสองรอบ"}; !slices.Equal(got, want) {
		t.Errorf("texts %q, want %q: each once, in their order", got, want)
	}
}

func TestWithoutLabelsNoTextsAreAskedFor(t *testing.T) {
	t.Parallel()
	if rows, err := labelled(fstest.MapFS{}, filepath.Join(t.TempDir(), "none")); err != nil || rows != nil {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestALabelWhoseTextIsMissingIsAnError(t *testing.T) {
	t.Parallel()
	cut := published(t, "some", strings.Repeat("a long text ", 100))
	file := filepath.Join(cut, "some.jsonl.gz")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, whole[:len(whole)-9], 0o600); err != nil {
		t.Fatal(err)
	}
	plain := t.TempDir()
	if err := os.WriteFile(filepath.Join(plain, "some.jsonl.gz"), []byte(`{"text":"here"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		labels fs.FS
		texts  string
		says   string
	}{
		{"a text is not there", labels("here", "gone", "gone too"), published(t, "some", "here"), "2 of the texts that labels/some.tsv judges"},
		{"a text has changed", labels("here"), published(t, "some", "here "), "1 of the texts"},
		{"the file has another name", labels("here"), published(t, "other", "here"), "the texts of some"},
		{"the file is not packed", labels("here"), plain, "the texts of some"},
		{"the file is cut off", labels("here"), cut, "the texts of some"},
		{"a label cannot be read", fstest.MapFS{"labels/some.tsv": {Data: []byte("00\tbilling\n")}}, published(t, "some", "here"), "labels/some.tsv:1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rows, err := labelled(tt.labels, tt.texts)
			if err == nil || rows != nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%d rows, error %v; want one about %q", len(rows), err, tt.says)
			}
		})
	}
}

// concepts returns a corpus with the words of concepts, by language.
func concepts(names, el, en, es, th string) fstest.MapFS {
	root := fstest.MapFS{}
	for name, text := range map[string]string{"concepts": names, "el": el, "en": en, "es": es, "th": th} {
		root["concepts/"+name+".txt"] = &fstest.MapFile{Data: []byte(text)}
	}
	return root
}

func TestTheWordsOfConceptsAreKnownByTheirKeys(t *testing.T) {
	t.Parallel()
	words, err := conceptWords(concepts("pay: money\nback: again\n",
		"pay: πληρωσ*\nback: πισω\n", "pay: pay | money back\nback: money back | back | back\n", "pay: pagar\nback: atras\n", "pay: จ่าย\nback: คืน\n"))
	if err != nil {
		t.Fatal(err)
	}
	const pay, back = 0, 1
	for _, tt := range []struct {
		lang, entry string
		want        []int
	}{
		{"en", "pay", []int{pay}}, {"en", "back", []int{back}}, {"en", "money back", []int{pay, back}},
		{"el", "πληρωσ*", []int{pay}}, {"el", "πίσω", []int{back}}, {"es", "pagar", []int{pay}}, {"th", "คืน", []int{back}},
	} {
		keys, on := judge.ConceptKeys(tt.entry, tt.lang)
		if want := map[bool]int{true: 2, false: 1}[tt.lang == "el"]; len(keys) != want {
			t.Errorf("%q has %d keys, want %d", tt.entry, len(keys), want)
		}
		for _, key := range keys {
			if !slices.Equal(words[key], tt.want) {
				t.Errorf("%q stands for %v, want %v", tt.entry, words[key], tt.want)
			}
		}
		for _, key := range on {
			if of, known := words[key]; !known || len(of) > 0 {
				t.Errorf("a beginning of %q stands for %v, known %t", tt.entry, of, known)
			}
		}
	}
	if keys, _ := judge.ConceptKeys("money", "en"); len(words[keys[0]]) > 0 {
		t.Error("half of a phrase stands for something")
	}
}

func TestConceptsWithAMistakeAreNotLearnt(t *testing.T) {
	t.Parallel()
	for _, root := range []fs.FS{fstest.MapFS{}, concepts("pay: money\n", "pay: πληρωσ*\n", "pay: pay\n", "", "pay: จ่าย\n")} {
		if words, err := conceptWords(root); err == nil || words != nil {
			t.Errorf("%d words, %v", len(words), err)
		}
	}
}

func TestTrainingStopsAtTheFirstMistake(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "weights.bin")
	bad := fstest.MapFS{"en/some.tsv": {Data: []byte("no row\n")}}
	if err := run(bad, "", out); err == nil || !strings.Contains(err.Error(), "en/some.tsv:1") {
		t.Errorf("a corpus with a mistake: %v", err)
	}
	if err := run(labels("gone"), t.TempDir(), out); err == nil {
		t.Error("labels without their texts are learnt from")
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("weights are written all the same")
	}
}
