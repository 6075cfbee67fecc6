package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	shipped "example.com/skala/shared/policy/lexicon"
)

// A base is a lexicon in files, parsed: what the signals are, and the phrases
// that speak for them.
type base struct {
	hash    string
	folder  *folder
	signals []signal
	numbers map[string]int // of signals, by name
	phrases []phrase
	off     map[int]bool // signals that are heard only where a policy says so
}

// A phrase is one of a lexicon's, ready to be listened for.
type phrase struct {
	form  form
	text  string   // as it is written down
	parts []partOf // as they are looked for
	heard []partOf // the same as they sound, for Greek
	line  int
}

// builtIn is the lexicon that stands in the program. It is parsed by whoever
// first needs it, and never changes.
var builtIn = sync.OnceValues(func() (*base, error) {
	b, err := parseLexicon(shipped.Files())
	if err == nil {
		b.hash = shipped.Hash()
	}
	return b, err
})

// LexiconHash names the lexicon that is built into the program, in 12
// hexadecimal digits. It is empty where that can't be read, and then no document
// that builds on it can be loaded.
func LexiconHash() string {
	b, err := builtIn()
	if err != nil {
		return ""
	}
	return b.hash
}

// CheckLexicon reads the files of a lexicon, as package lexicon has them, and
// returns every mistake in them as file:line: reason.
func CheckLexicon(files fs.FS) error {
	b, err := parseLexicon(files)
	if err != nil {
		return err
	}
	var all []error
	mute := &Mistakes{Name: "signals.yaml"}
	for name, number := range b.numbers {
		if !slices.ContainsFunc(b.phrases, func(p phrase) bool { return p.form.role == speaks && int(p.form.signal) == number }) {
			mute.add(b.signals[number].line, "%s: no file has a phrase for it", name)
		}
	}
	if len(mute.List) > 0 {
		mute.sort()
		all = append(all, mute)
	}
	for lang, code := range codes {
		twice := &Mistakes{Name: code + ".yaml"}
		for i := range b.phrases {
			p := &b.phrases[i]
			if p.form.lang == language(lang) && slices.ContainsFunc(b.phrases[:i], func(q phrase) bool { return q.says(p) }) {
				twice.add(p.line, "%s: phrase %q stands there twice", b.whose(p), p.text)
			}
		}
		if len(twice.List) > 0 {
			all = append(all, twice)
		}
	}
	return errors.Join(all...)
}

func (b *base) whose(p *phrase) string {
	switch p.form.role {
	case negates:
		return "negation"
	case settles:
		return "settled"
	}
	return b.signals[p.form.signal].name
}

// parseLexicon reads signals.yaml and a file a language. The error is a
// *Mistakes about the first file that has any.
func parseLexicon(files fs.FS) (*base, error) {
	l := &loader{policy: &Policy{folder: newFolder()}, numbers: map[string]int{}, off: map[int]bool{}}
	for _, f := range []struct {
		name string
		read func([]byte)
	}{
		{"signals.yaml", l.lexiconSignals},
		{"en.yaml", func(file []byte) { l.words(file, english) }},
		{"es.yaml", func(file []byte) { l.words(file, spanish) }},
		{"el.yaml", func(file []byte) { l.words(file, greek) }},
		{"th.yaml", func(file []byte) { l.words(file, thai) }},
		{"any.yaml", func(file []byte) { l.words(file, anyLanguage) }},
	} {
		l.mistakes = &Mistakes{Name: f.name}
		file, err := fs.ReadFile(files, f.name)
		if err != nil {
			return nil, fmt.Errorf("reading the lexicon: %w", err)
		}
		f.read(file)
		if len(l.mistakes.List) > 0 {
			l.mistakes.sort()
			return nil, l.mistakes
		}
	}
	return &base{folder: l.policy.folder, signals: l.policy.signals, numbers: l.numbers, phrases: l.heard, off: l.off}, nil
}

// lexiconSignals reads what each signal of a lexicon does.
func (l *loader) lexiconSignals(file []byte) {
	if root := l.parse(file); root != nil {
		l.signalsOf(l.fields(root, "signals"), append(slices.Clone(signalFields), "off"), func(g field, s *signal) {
			l.off[l.numbers[s.name]] = l.truth(g.value, s.name+".off")
		})
	}
}

// words reads a language's file: a small part of YAML, a phrase a line, since a
// function that starts has no time for all of it.
//
//	negation:
//	  - not
//	settled:
//	  - no problem
//	phrases:
//	  billing.charged: # a comment
//	    - charged .. twice
//	    - "!!!"
func (l *loader) words(file []byte, lang language) {
	l.heard = slices.Grow(l.heard, bytes.Count(file, []byte("\n")))
	section, proto, seen := "", form{}, map[string]bool{}
	for number, line := range strings.Split(string(file), "\n") {
		number++
		text := strings.TrimRight(line, " \r")
		indent := len(text) - len(strings.TrimLeft(text, " "))
		text = text[indent:]
		wrong := func() {
			l.mistakes.add(number, "%q: expected is negation:, settled:, phrases:, the name of a signal and a colon two blanks in, or a dash and a phrase below it", line)
		}
		switch name, isName := strings.CutSuffix(uncommented(text), ":"); {
		case text == "" || text[0] == '#':
		case strings.HasPrefix(text, "- "):
			if (section == "negation" || section == "settled") && indent == 2 || section == "phrases" && indent == 4 && proto.role == speaks {
				l.word(text[len("- "):], number, proto)
				continue
			}
			wrong()
		case isName && indent == 0 && (name == "negation" || name == "settled" || name == "phrases") && !seen[name]:
			section, proto = name, form{role: negates, lang: lang}
			if name == "settled" {
				proto.role = settles
			}
			seen[name] = true
		case isName && indent == 2 && section == "phrases":
			signal, known := l.numbers[name]
			if !known {
				l.mistakes.add(number, "there is no signal %q in signals.yaml", name)
			}
			if seen["phrases."+name] {
				l.mistakes.add(number, "%q stands there twice", name)
			}
			seen["phrases."+name] = true
			proto = form{role: speaks, lang: lang, signal: int32(signal)}
		default:
			wrong()
		}
	}
}

// uncommented returns text without the comment at its end.
func uncommented(text string) string {
	if at := strings.Index(text, " #"); at >= 0 {
		text = text[:at]
	}
	return strings.TrimRight(text, " ")
}

// word reads the phrase on one line.
func (l *loader) word(text string, line int, proto form) {
	if rest, ok := strings.CutPrefix(text, `"`); ok {
		quoted, after, closed := strings.Cut(rest, `"`)
		if !closed || strings.Contains(quoted, `\`) || uncommented(" "+after) != "" {
			l.mistakes.add(line, "%s: a phrase in double quotes has none inside, no backslash, and only a comment after it", text)
			return
		}
		l.phrase(quoted, line, "", proto)
		return
	}
	text = uncommented(text)
	if text == "" || strings.ContainsRune("[]{}*&!|>'%@`?:-,#", rune(text[0])) || strings.Contains(text, ": ") || strings.HasSuffix(text, ":") {
		l.mistakes.add(line, "%s: such a phrase stands in double quotes", text)
		return
	}
	l.phrase(text, line, "", proto)
}

// lexicon reads what a document adds to the built-in lexicon and what it
// changes in it.
func (l *loader) lexicon(n *yaml.Node) {
	b, err := builtIn()
	if err != nil {
		l.mistakes.add(0, "the built-in lexicon: %v", err)
		return
	}
	l.policy.folder = b.folder
	l.policy.signals = slices.Clone(b.signals)
	maps.Copy(l.numbers, b.numbers)
	off, dropped := maps.Clone(b.off), map[int]bool{} // signals, phrases
	if n != nil {
		fields := l.fields(n, "lexicon")
		if len(fields) > 0 && fields[0].key == "negation" {
			l.negation(fields[0].value)
			fields = fields[1:]
		}
		l.signalsOf(fields, additionFields, func(g field, s *signal) {
			number := l.numbers[s.name]
			what := s.name + "." + g.key
			switch {
			case number >= len(b.signals):
				l.mistakes.add(g.line, "%s: the built-in lexicon has no such signal", what)
			case g.key == "off":
				off[number] = l.truth(g.value, what)
			default:
				l.drop(b, number, g, what, dropped)
			}
		})
	}
	for i := range l.policy.signals {
		if s := &l.policy.signals[i]; s.negated == turns && off[s.instead] {
			s.negated = drops
		}
	}
	added := l.heard
	l.heard = make([]phrase, 0, len(b.phrases)+len(added))
	for i, p := range b.phrases {
		if !dropped[i] && (p.form.role != speaks || !off[int(p.form.signal)]) {
			l.heard = append(l.heard, p)
		}
	}
	l.base = len(l.heard)
	l.heard = append(l.heard, added...)
}

// drop notes the phrases of a built-in signal that are not to be heard.
func (l *loader) drop(b *base, signal int, f field, what string, into map[int]bool) {
	for _, n := range l.list(f.value, what) {
		if !l.mayAdd(n.Line) {
			break
		}
		text := l.filled(n, what)
		if text == "" {
			continue
		}
		folded, err := parts(l.policy.folder, text, &l.folded)
		if err != nil {
			l.mistakes.add(n.Line, "%s: %v", what, err)
			continue
		}
		found := false
		for i, p := range b.phrases {
			if p.form.role == speaks && int(p.form.signal) == signal && slices.EqualFunc(p.parts, folded, partOf.equal) {
				found, into[i] = true, true
			}
		}
		if !found {
			l.mistakes.add(n.Line, "%s: the built-in lexicon has no phrase %q for it", what, text)
		}
	}
}

// says reports whether q says the same to the same end.
func (p *phrase) says(q *phrase) bool {
	return p.form.role == q.form.role && p.form.lang == q.form.lang && p.form.signal == q.form.signal && slices.EqualFunc(p.parts, q.parts, partOf.equal)
}

// equal reports whether the same is looked for.
func (p partOf) equal(q partOf) bool {
	return p.left == q.left && p.right == q.right && slices.Equal(p.runes, q.runes) && slices.Equal(p.run, q.run)
}
