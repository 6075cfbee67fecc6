package corpus

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// An Entry is what stands for a concept in one language: a word, the beginning
// of words with a star behind it, or a phrase.
type Entry struct {
	File string // where it stands
	Line int

	Lang string
	Text string
}

// conceptsFile lists the concepts; beside it each language has a file of its own.
const conceptsFile = "concepts/concepts.txt"

// Concepts returns the names of the concepts below root, in the order in which
// they are listed, and by name what stands for each, in the order of Languages and
// of the line. The error, if any, joins all mistakes, each with its file and line;
// a language that has no line for a concept is one.
func Concepts(root fs.FS) (names []string, entries map[string][]Entry, err error) {
	mistakes := []error{named(root, conceptsFile, func(_ int, name, _ string) error {
		if slices.Contains(names, name) {
			return fmt.Errorf("concept %s stands there twice", name)
		}
		names = append(names, name)
		return nil
	})}
	entries = map[string][]Entry{}
	for _, lang := range Languages {
		file, seen := "concepts/"+lang+".txt", map[string]bool{}
		mistakes = append(mistakes, named(root, file, func(number int, name, rest string) error {
			if !slices.Contains(names, name) {
				return fmt.Errorf("%s is no concept of %s", name, conceptsFile)
			}
			if seen[name] {
				return fmt.Errorf("concept %s stands there twice", name)
			}
			seen[name] = true
			for text := range strings.SplitSeq(rest, "|") {
				if text = strings.TrimSpace(text); text == "" {
					return errors.New("there is an empty entry")
				}
				entries[name] = append(entries[name], Entry{file, number, lang, text})
			}
			return nil
		}))
		for _, name := range names {
			if !seen[name] {
				mistakes = append(mistakes, fmt.Errorf("%s: there is no line for %s", file, name))
			}
		}
	}
	return names, entries, errors.Join(mistakes...)
}

// named calls take with the name and the rest of every line "NAME: REST". A #
// begins a comment where a line begins or after a blank.
func named(root fs.FS, file string, take func(number int, name, rest string) error) error {
	return lines(root, file, func(number int, line string) error {
		line = strings.TrimSpace(uncommented(line))
		if line == "" {
			return nil
		}
		name, rest, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return errors.New("there is no name with a colon behind it")
		}
		return take(number, strings.TrimSpace(name), rest)
	})
}

// uncommented returns a line up to its comment.
func uncommented(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return line[:i]
		}
	}
	return line
}
