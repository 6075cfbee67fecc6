package policy

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
)

// negation reads the words that turn what comes after them into its opposite.
func (l *loader) negation(n *yaml.Node) {
	for _, f := range l.fields(n, "negation", codes[:]...) {
		l.phrases(f, "negation", form{role: negates})
	}
}

// signals reads what to listen for.
func (l *loader) signals(n *yaml.Node) {
	for _, f := range l.fields(n, "signals") {
		l.numbers[f.key] = len(l.policy.signals)
		l.signal(f)
	}
	for _, t := range l.turned {
		into, ok := l.numbers[t.into]
		if !ok {
			l.mistakes.add(t.line, "negated: there is no signal %q to turn into, nor is it keep or drop", t.into)
			continue
		}
		l.policy.signals[t.signal].instead = into
	}
}

func (l *loader) signal(f field) {
	number := len(l.policy.signals)
	s := signal{name: f.key, category: -1}
	phrases := 0
	known := append([]string{"category", "weight", "severity", "raises", "mood", "abusive", "asks", "tags", "negated"}, codes[:]...)
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
			s.tags = l.texts(g.value, what)
		case "negated":
			s.negated = l.negated(number, g, what)
		default:
			phrases += l.phrases(g, f.key, form{role: speaks, signal: int32(number)})
		}
	}
	switch {
	case phrases == 0:
		l.mistakes.add(f.line, "%s: there is no phrase to listen for", f.key)
	case s.category >= 0 && s.weight == 0:
		l.mistakes.add(f.line, "%s: it speaks for a category, but has no weight", f.key)
	case s.category < 0 && (s.weight > 0 || s.severity > 0):
		l.mistakes.add(f.line, "%s: it has a weight or a severity, but speaks for no category", f.key)
	case s.category < 0 && s.raises == 0 && s.mood == 0 && !s.abusive && !s.asks && len(s.tags) == 0:
		l.mistakes.add(f.line, "%s: hearing it would change nothing", f.key)
	}
	if s.category >= 0 {
		if s.severity == 0 {
			s.severity = l.policy.categories[s.category].severity
		}
		s.whichever = s.severity == desk.Critical
	}
	l.policy.signals = append(l.policy.signals, s)
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

// phrases puts a language's phrases into the lexicons and returns how many.
// Greek ones are listened for as they sound, too, for Greek in Latin letters.
func (l *loader) phrases(f field, what string, proto form) int {
	proto.lang = language(l.one(&yaml.Node{Kind: yaml.ScalarNode, Value: f.key, Line: f.line}, what, codes[:]...))
	nodes := l.list(f.value, what+"."+f.key)
	for _, n := range nodes {
		text := l.text(n, what+"."+f.key)
		if text == "" {
			continue
		}
		phrase, err := parts(l.policy.folder, text, &l.folded)
		if err != nil {
			l.mistakes.add(n.Line, "%s: %v", what, err)
			continue
		}
		if l.written.add(proto, phrase) {
			l.mistakes.add(n.Line, "%s: phrase %q stands there twice", what, text)
		}
		if proto.lang == greek {
			l.sounded.add(proto, l.sound(phrase))
		}
	}
	return len(nodes)
}

// sound returns a phrase as it sounds.
func (l *loader) sound(phrase []partOf) []partOf {
	heard := slices.Clone(phrase)
	for i, p := range heard {
		l.folded.reset()
		for k, r := range p.runes {
			l.folded.put(r, classOf(r), int32(k), int32(k+1))
		}
		sound(&l.folded, &l.heard)
		heard[i].runes, heard[i].run = slices.Clone(l.heard.runes), slices.Clone(l.heard.run)
	}
	return heard
}
