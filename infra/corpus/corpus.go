// Package corpus reads the messages that triage learns from. The files beside it
// were written for it, by language and theme; README.md says how, and anyone can
// add to them. labels/ holds judgements of published messages whose licences let
// weights be shipped: their texts are elsewhere, and known here by a hash.
package corpus

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/skala/shared/desk"
)

// A Row is a message with the judgement of the person who wrote it.
type Row struct {
	File string // where it stands
	Line int

	Lang      string
	Category  desk.Category
	Severity  desk.Severity
	Sentiment desk.Sentiment
	Abusive   bool            // insults or threatens somebody
	Idle      bool            // nobody has to do or answer anything
	Alt       []desk.Category // others that are as right
	Market    string
	Register  string
	Text      string
}

// Tier returns the tier that the labels mean by the row's severity.
func (r Row) Tier() desk.Tier {
	switch {
	case r.Category == desk.Spam, r.Idle && r.Category == desk.Other:
		return desk.SelfService
	case r.Severity >= desk.High:
		return desk.Senior
	case r.Severity == desk.Normal:
		return desk.Individual
	default:
		return desk.General
	}
}

// Held reports whether the row is held back from learning, for the tests: every
// tenth, by a hash of its text.
func (r Row) Held() bool {
	sum := sha256.Sum256([]byte(r.Text))
	return binary.BigEndian.Uint32(sum[:4])%10 == 0
}

// Languages are those that the corpus is written in.
var Languages = []string{"el", "en", "es", "th"}

// Markets and Registers are what a message may come from and sound like.
var (
	Markets   = []string{"airline", "bank", "telecom", "shop", "food", "insurance", "software", "townhall", "transport", "hotel", "utilities", "beauty", "cars", "other"}
	Registers = []string{"polite", "neutral", "furious", "ironic", "terse", "review", "speech", "slang"}
)

// Read returns every sound row below root, in the order of files and lines. The
// error, if any, joins all mistakes, each with its file and line.
func Read(root fs.FS) ([]Row, error) {
	var rows []Row
	var mistakes []error
	for _, lang := range Languages {
		files, err := fs.Glob(root, path.Join(lang, "*.tsv"))
		if err != nil {
			return nil, fmt.Errorf("corpus: %w", err)
		}
		for _, file := range files {
			err := lines(root, file, func(number int, line string) error {
				row, err := parse(strings.Split(line, "\t"))
				if err != nil {
					return err
				}
				row.File, row.Line, row.Lang = file, number, lang
				rows = append(rows, row)
				return nil
			})
			mistakes = append(mistakes, err)
		}
	}
	return rows, errors.Join(mistakes...)
}

// lines calls take with every line of a file, and joins what it finds wrong.
func lines(root fs.FS, file string, take func(number int, line string) error) error {
	in, err := root.Open(file)
	if err != nil {
		return fmt.Errorf("corpus: %w", err)
	}
	defer in.Close()
	var mistakes []error
	all := bufio.NewScanner(in)
	all.Buffer(nil, 1<<20)
	for number := 1; all.Scan(); number++ {
		err := errors.New("the line is not UTF-8")
		if utf8.Valid(all.Bytes()) {
			err = take(number, all.Text())
		}
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s:%d: %w", file, number, err))
		}
	}
	if err := all.Err(); err != nil {
		mistakes = append(mistakes, fmt.Errorf("corpus: reading %s: %w", file, err))
	}
	return errors.Join(mistakes...)
}

// parse reads the seven columns of a row.
func parse(fields []string) (Row, error) {
	if len(fields) != 7 {
		return Row{}, fmt.Errorf("there are %d columns, not 7", len(fields))
	}
	r := Row{Market: fields[4], Register: fields[5], Text: fields[6]}
	if err := r.judged(fields[0], fields[1], fields[2], fields[3]); err != nil {
		return Row{}, err
	}
	switch {
	case !slices.Contains(Markets, r.Market):
		return Row{}, fmt.Errorf("market %q is none of %s", r.Market, strings.Join(Markets, ", "))
	case !slices.Contains(Registers, r.Register):
		return Row{}, fmt.Errorf("register %q is none of %s", r.Register, strings.Join(Registers, ", "))
	case strings.TrimSpace(r.Text) == "":
		return Row{}, errors.New("there is no text")
	}
	return r, nil
}

// judged reads the columns of a judgement.
func (r *Row) judged(category, severity, sentiment, flags string) error {
	r.Category = desk.Category(category)
	if !slices.Contains(desk.Categories, r.Category) {
		return fmt.Errorf("category %q is none of ours", category)
	}
	if err := r.Severity.UnmarshalText([]byte(severity)); err != nil || r.Severity == 0 {
		return fmt.Errorf("severity %q is none of ours", severity)
	}
	r.Sentiment = desk.Sentiment(sentiment)
	if !slices.Contains(desk.Sentiments, r.Sentiment) {
		return fmt.Errorf("sentiment %q is none of ours", sentiment)
	}
	if flags == "-" {
		return nil
	}
	for flag := range strings.SplitSeq(flags, ",") {
		alt, isAlt := strings.CutPrefix(flag, "alt:")
		other := desk.Category(alt)
		switch {
		case flag == "abusive":
			r.Abusive = true
		case flag == "idle":
			r.Idle = true
		case isAlt && slices.Contains(desk.Categories, other):
			if other == r.Category || slices.Contains(r.Alt, other) {
				return fmt.Errorf("flag %q says again what the row says", flag)
			}
			r.Alt = append(r.Alt, other)
		default:
			return fmt.Errorf("flag %q is none of -, abusive, idle, alt:CATEGORY", flag)
		}
	}
	return nil
}

// Key names a published text in labels/: the first 16 digits of its SHA-256.
func Key(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// Labels returns the sound judgements of a file of labels/, by key, without the
// texts. The error joins all mistakes, as Read's does; keys ascend, so that two
// people who add to a file see it where they meet.
func Labels(root fs.FS, file, lang string) (map[string]Row, error) {
	rows, last := map[string]Row{}, ""
	err := lines(root, file, func(number int, line string) error {
		fields := strings.Split(line, "\t")
		if len(fields) != 5 {
			return fmt.Errorf("there are %d columns, not 5", len(fields))
		}
		key, r := fields[0], Row{File: file, Line: number, Lang: lang}
		if err := r.judged(fields[1], fields[2], fields[3], fields[4]); err != nil {
			return err
		}
		switch raw, err := hex.DecodeString(key); {
		case err != nil || len(raw) != 8 || key != strings.ToLower(key):
			return fmt.Errorf("key %q is not 16 small hexadecimal digits", key)
		case key == last:
			return fmt.Errorf("key %s stands there twice", key)
		case key < last:
			return fmt.Errorf("key %s stands below %s", key, last)
		}
		rows[key], last = r, key
		return nil
	})
	return rows, err
}
