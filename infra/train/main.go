// Command train learns the weights of triage that are built into the program,
// from infra/corpus: go run ./infra/train. It takes a minute.
//
// infra/corpus/labels has judgements of published messages by a hash of their
// text. Where -texts names a folder with those messages (NAME.jsonl.gz for
// labels/NAME.tsv, a line {"text"} each) they are learnt from too, as the weights
// that are built in were.
package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"example.com/skala/infra/corpus"
	"example.com/skala/infra/policy"
	"example.com/skala/infra/train/fit"
	judge "example.com/skala/shared/policy"
	"example.com/skala/shared/policy/model"
)

func main() {
	root := flag.String("corpus", "infra/corpus", "folder to learn from")
	texts := flag.String("texts", "", "folder with the published messages that labels/ judges, if they are here")
	out := flag.String("out", "shared/policy/model/weights.bin", "file to write")
	flag.Parse()
	if err := run(os.DirFS(*root), *texts, *out); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run(root fs.FS, texts, out string) error {
	rows, err := corpus.Read(root)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, corpus.Row.Held)
	written := len(rows)
	if texts != "" {
		published, err := labelled(root, texts)
		if err != nil {
			return err
		}
		rows = append(rows, published...)
	}
	words, err := conceptWords(root)
	if err != nil {
		return err
	}
	file, err := fit.Learn(fit.Usual(), policy.Default, rows, words)
	if err != nil {
		return err
	}
	weights, err := model.Open(file)
	if err != nil {
		return err
	}
	maps.DeleteFunc(words, func(_ uint32, concepts []int) bool { return len(concepts) == 0 }) // beginnings
	fmt.Printf("%s: %d written and %d published messages, %d features, %d words of concepts, %d bytes\n",
		weights.Name, written, len(rows)-written, weights.Features, len(words), len(file))
	return os.WriteFile(out, file, 0o644)
}

// labelled returns the published messages that labels/ judges and texts has.
func labelled(root fs.FS, texts string) (rows []corpus.Row, err error) {
	files, err := fs.Glob(root, "labels/*.tsv")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		const lang = "th" // all of them so far
		judged, err := corpus.Labels(root, file, lang)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(path.Base(file), ".tsv")
		err = eachText(filepath.Join(texts, name+".jsonl.gz"), func(text string) {
			key := corpus.Key(text)
			if row, ok := judged[key]; ok {
				delete(judged, key) // some texts are there twice
				row.Text = text
				rows = append(rows, row)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("the texts of %s: %w", name, err)
		}
		if len(judged) > 0 {
			return nil, fmt.Errorf("%d of the texts that %s judges are not in %s", len(judged), file, texts)
		}
	}
	return rows, nil
}

func eachText(file string, take func(text string)) error {
	packed, err := os.Open(file)
	if err != nil {
		return err
	}
	defer packed.Close()
	in, err := gzip.NewReader(packed)
	if err != nil {
		return err
	}
	all := bufio.NewScanner(in)
	all.Buffer(nil, 1<<20)
	for all.Scan() {
		var row struct{ Text string }
		if err := json.Unmarshal(all.Bytes(), &row); err != nil {
			return err
		}
		take(row.Text)
	}
	return all.Err()
}

// conceptWords returns the concepts that words stand for, by the words' keys.
func conceptWords(root fs.FS) (map[uint32][]int, error) {
	names, entries, err := corpus.Concepts(root)
	if err != nil {
		return nil, err
	}
	words := map[uint32][]int{}
	for at, name := range names {
		for _, entry := range entries[name] {
			keys, on := judge.ConceptKeys(entry.Text, entry.Lang)
			for _, key := range keys {
				if !slices.Contains(words[key], at) {
					words[key] = append(words[key], at)
				}
			}
			for _, key := range on {
				words[key] = words[key][:len(words[key]):len(words[key])] // known, if for nothing by itself
			}
		}
	}
	return words, nil
}
