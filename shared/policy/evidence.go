package policy

import (
	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy/model"
)

// Evidence is what a text shows before the model weighs it: what there is to
// learn from.
type Evidence struct {
	Lang     string
	Features []model.Feature
	Ideas    []model.Feature
	Signals  []string                  // of the lexicon, heard
	Points   [categories]int           // of the lexicon
	Severity [categories]desk.Severity // by the rules alone, if it were about that
	Asked    [categories]bool          // whether one asks for just that
	Mood     int
}

// Evidence returns what m, in the language told, shows to p.
func (p *Policy) Evidence(m Message, lang string) Evidence {
	w := new(workspace)
	p.read(m.Text, w)
	l := english
	for i, code := range codes[:languages] {
		if code == lang {
			l = language(i)
		}
	}
	w.tongues = [languages]float64{-9, -9, -9, -9}
	w.tongues[l], w.mostly = 0, l
	p.attend(w, l, true)
	j := judgement{policy: p, work: w, heard: w.scan.heard, lang: l}
	j.rules()
	e := Evidence{Lang: lang, Features: w.features, Ideas: w.ideas, Points: j.points, Mood: j.mood}
	for _, h := range j.heard {
		e.Signals = append(e.Signals, p.signals[h.signal].name)
	}
	for c := range e.Severity {
		e.Severity[c], e.Asked[c] = j.ruled(c)
	}
	return e
}
