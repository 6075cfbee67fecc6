package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/skala/shared/policy"
	"example.com/skala/shared/policy/model"
)

func write(out string, f *fit, keys []uint32, sigs map[string]int32, words map[uint32][]int, h model.Header) error {
	h.Signals, h.Bias = map[string]model.Row{}, map[string]model.Row{}
	for name, at := range sigs {
		var row model.Row
		for c := range atLanguage {
			row[c] = f.signals[at][c] * float32(f.signal)
		}
		h.Signals[name] = row
	}
	for l, lang := range model.Languages {
		var row model.Row
		copy(row[:atLanguage], f.bias[l][:atLanguage])
		h.Bias[lang] = row
	}
	for c := range f.table {
		for s := range f.table[c] {
			h.Severity[c][s] = f.table[c][s]
		}
	}
	h.Point, h.Prior, h.Rule, h.Mood = f.point, f.prior, f.rule+f.firm, f.settings.mood
	rows := map[uint32]model.Row{}
	for at := range f.features {
		var row model.Row
		for c := range row {
			row[c] = f.features[at][c]
		}
		rows[keys[at]] = row
	}
	file, err := model.Pack(h, rows, words)
	if err != nil {
		return err
	}
	return os.WriteFile(out, file, 0o644)
}

// conceptWords reads which words stand for which concept.
func conceptWords(dir string) (map[uint32][]int, error) {
	names := map[string]int{}
	words := map[uint32][]int{}
	read := func(file string, take func(name, rest string) error) error {
		doc, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return err
		}
		for n, line := range strings.Split(string(doc), "\n") {
			line, _, _ = strings.Cut(line, "#")
			if strings.TrimSpace(line) == "" {
				continue
			}
			name, rest, ok := strings.Cut(line, ":")
			if !ok {
				return fmt.Errorf("%s:%d: there is no colon", file, n+1)
			}
			if err := take(strings.TrimSpace(name), rest); err != nil {
				return fmt.Errorf("%s:%d: %w", file, n+1, err)
			}
		}
		return nil
	}
	if err := read("concepts.txt", func(name, _ string) error {
		if _, ok := names[name]; ok {
			return fmt.Errorf("concept %s stands there twice", name)
		}
		names[name] = len(names)
		return nil
	}); err != nil {
		return nil, err
	}
	for _, lang := range model.Languages {
		if err := read(lang+".txt", func(name, rest string) error {
			at, ok := names[name]
			if !ok {
				return fmt.Errorf("%s is no concept", name)
			}
			for entry := range strings.SplitSeq(rest, "|") {
				for _, key := range policy.ConceptKeys(strings.TrimSpace(entry), lang) {
					if !slices.Contains(words[key], at) {
						words[key] = append(words[key], at)
					}
				}
			}
			return nil
		}); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	return words, nil
}
