package policy

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
)

// signalFields say what a signal does; a document's may have phrases too, and
// what a document says of a built-in one may take some away.
var (
	signalFields   = []string{"category", "weight", "severity", "raises", "mood", "abusive", "asks", "tags", "negated"}
	ownFields      = append(slices.Clone(signalFields), codes[:]...)
	additionFields = append(slices.Clone(ownFields), "drop", "off")
)

// negation reads the words that turn what comes after them into its opposite.
func (l *loader) negation(n *yaml.Node) {
	for _, f := range l.fields(n, "negation", codes[:]...) {
		l.phrases(f, "negation", form{role: negates})
	}
}

// signals reads what to listen for, where a document says all of it.
func (l *loader) signals(n *yaml.Node) {
	l.signalsOf(l.fields(n, "signals"), ownFields, func(field, *signal) {})
}

// signalsOf reads signals with the fields that are known there. Those of a name
// that is known already change that one. What is no matter of signals is left
// to rest.
func (l *loader) signalsOf(fields []field, known []string, rest func(field, *signal)) {
	for i, f := range fields {
		if !l.within(i, maxSignals, f.line, "signals") {
			break
		}
		number, again := l.numbers[f.key]
		if !again {
			number = len(l.policy.signals)
			l.numbers[f.key] = number
			l.policy.signals = append(l.policy.signals, signal{name: f.key, category: -1, line: f.line})
		}
		l.signal(f, number, again, known, rest)
	}
	for _, t := range l.turned {
		into, ok := l.numbers[t.into]
		if !ok {
			l.mistakes.add(t.line, "negated: there is no signal %q to turn into, nor is it keep or drop", t.into)
			continue
		}
		l.policy.signals[t.signal].instead = into
	}
	l.turned = nil
}

func (l *loader) signal(f field, number int, again bool, known []string, rest func(field, *signal)) {
	s := l.policy.signals[number]
	phrases := 0
	for _, g := range l.fields(f.value, f.key, known...) {
		what := f.key + "." + g.key
		switch g.key {
		case "category":
			s.category = l.category(g.value, what)
		case "weight":
			s.weight = l.number(g.value, what, 1, 100)
		case "severity":
			s.severity = l.severity(g.value, what)
		case "raises":
			s.raises = l.number(g.value, what, 1, 10)
		case "mood":
			s.mood = l.number(g.value, what, -3, 3)
		case "abusive":
			s.abusive = l.truth(g.value, what)
		case "asks":
			s.asks = l.truth(g.value, what)
		case "tags":
			s.tags = l.tags(g.value, what)
		case "negated":
			s.negated = l.negated(number, g, what)
		case "drop", "off":
			rest(g, &s)
		default:
			phrases += l.phrases(g, f.key, form{role: speaks, signal: int32(number)})
		}
	}
	switch {
	case phrases == 0 && !again && contains(known, codes[english]):
		l.mistakes.add(f.line, "%s: there is no phrase to listen for", f.key)
	case s.category >= 0 && s.weight == 0:
		l.mistakes.add(f.line, "%s: it speaks for a category, but has no weight", f.key)
	case s.category < 0 && (s.weight > 0 || s.severity > 0):
		l.mistakes.add(f.line, "%s: it has a weight or a severity, but speaks for no category", f.key)
	case s.category < 0 && s.raises == 0 && s.mood == 0 && !s.abusive && !s.asks && len(s.tags) == 0:
		l.mistakes.add(f.line, "%s: hearing it would change nothing", f.key)
	}
	l.policy.signals[number] = s
}

// gravest settles how grave each signal makes its category.
func (l *loader) gravest() {
	for i := range l.policy.signals {
		s := &l.policy.signals[i]
		if s.category < 0 {
			continue
		}
		if s.severity == 0 {
			s.severity = l.policy.categories[s.category].severity
		}
		s.whichever = s.severity == desk.Critical
	}
}

func (l *loader) negated(number int, f field, what string) negatedAs {
	switch into := l.text(f.value, what); into {
	case "keep":
		return keeps
	case "drop":
		return drops
	default:
		l.turned = append(l.turned, turning{number, into, follow(f.value).Line})
		return turns
	}
}

// phrases reads a language's phrases and returns how many there are.
func (l *loader) phrases(f field, what string, proto form) int {
	proto.lang = language(l.one(&yaml.Node{Kind: yaml.ScalarNode, Value: f.key, Line: f.line}, what, codes[:]...))
	nodes := l.list(f.value, what+"."+f.key)
	for _, n := range nodes {
		if !l.mayAdd(n.Line) {
			break
		}
		if text := l.filled(n, what+"."+f.key); text != "" {
			l.phrase(text, n.Line, what+": ", proto)
		}
	}
	return len(nodes)
}

// phrase takes one down. Greek ones are listened for as they sound, too, for
// Greek in Latin letters.
func (l *loader) phrase(text string, line int, what string, proto form) {
	p, err := parts(l.policy.folder, text, &l.folded)
	if err != nil {
		l.mistakes.add(line, "%s%v", what, err)
		return
	}
	one := phrase{form: proto, text: text, parts: p, line: line}
	if proto.lang == greek {
		one.heard = l.sound(p)
	}
	l.heard = append(l.heard, one)
}

// listen puts all phrases into the lexicons of the policy. Twice the same is a
// mistake, unless the built-in lexicon has come to know what the document adds.
func (l *loader) listen() {
	written, sounded := newLexiconBuilder(), newLexiconBuilder()
	for i := range l.heard {
		p := &l.heard[i]
		if written.add(p.form, p.parts) && i >= l.base && !l.isBuiltIn(p) {
			l.mistakes.add(p.line, "%s: phrase %q stands there twice", l.whose(p), p.text)
		}
		if p.heard != nil {
			sounded.add(p.form, p.heard)
		}
	}
	l.policy.written, l.policy.sounded = written.build(), sounded.build()
}

// isBuiltIn reports whether the built-in lexicon has the phrase.
func (l *loader) isBuiltIn(p *phrase) bool {
	for i := range l.heard[:l.base] {
		if l.heard[i].says(p) {
			return true
		}
	}
	return false
}

// whose names what a phrase speaks for.
func (l *loader) whose(p *phrase) string {
	switch p.form.role {
	case negates:
		return "negation"
	case settles:
		return "settled"
	}
	return l.policy.signals[p.form.signal].name
}

// sound returns a phrase as it sounds.
func (l *loader) sound(phrase []partOf) []partOf {
	heard := slices.Clone(phrase)
	for i, p := range heard {
		l.folded.reset()
		for k, r := range p.runes {
			l.folded.put(r, classOf(r), int32(k), int32(k+1))
		}
		sound(&l.folded, &l.sounds)
		heard[i].runes, heard[i].run = slices.Clone(l.sounds.runes), slices.Clone(l.sounds.run)
	}
	return heard
}
