package policy

import (
	"slices"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy/model"
)

// A heard signal is one that a text has, and the span of it that says so.
type heard struct{ signal, start, end int32 }

// foreign is how many logits less a language may have for its phrases to count
// in a text of another one.
const foreign = 1

// A workspace is the memory of one judgement, used again for the next.
type workspace struct {
	original    string
	text, sound folded
	scan        scan
	symbols     []uint32 // of the letters of a run of Thai
	clusters    []int32  // the segments that they are in
	features    []model.Feature
	hits        []model.Hit
	found       []idea
	ideas       []model.Feature
	thoughts    []model.Hit          // ideas that the model knows
	sums        [model.Columns]int32 // of the features
	meant       [model.Columns]int32 // of the ideas
	tongues     [languages]float64   // how much the words sound like each language, in logits
	mostly      language             // of what is in Latin letters
	segments    []segment
	spoken      []float64 // by segment, what it says for the category
	grounds     []ground
	windows     windows
	ends        []int32    // of clauses, by the segment after them
	again       *workspace // of a part, judged by itself
}

// forget lets go of the text, which nobody keeps.
func (w *workspace) forget() { w.original, w.text.text, w.sound.text = "", "", "" }

// Classify returns the verdict of p on m. What the lexicon hears and what the
// model has learnt of every word add up; the category with the most wins, the
// graver of two equals, and the weights of the reasons add up to its score. A
// message that is critical in any part never falls below desk.Normal and
// desk.Individual, whatever else it says and whoever wrote it, unless the profile
// sends that category lower by itself.
func (p *Policy) Classify(m Message) desk.Verdict {
	w, _ := p.work.Get().(*workspace)
	if w == nil {
		w = new(workspace)
	}
	defer func() {
		w.forget()
		p.work.Put(w)
	}()
	lang, told := p.hear(m, w)

	j := judgement{policy: p, work: w, heard: w.scan.heard, lang: lang}
	j.weigh()
	j.thread = p.urgency(m.Thread, j.abusive())
	c := j.category(m)
	v := desk.Verdict{Lang: "und", Category: desk.Categories[c], Policy: p.Hash, Model: p.model}
	if told {
		v.Lang = codes[lang]
	}
	v.Severity = j.severity(c)
	floor, grave, hidden := j.floor(c, v.Severity)
	critical := grave >= 0
	placed := c
	if p.categories[c].none {
		if c = j.meant(m, c); critical && !(j.mild && desk.Categories[c] == desk.Other) { // is never put aside
			c = grave
		}
		if c != placed {
			v.Category, v.Severity = desk.Categories[c], j.severity(c)
		}
	}
	switch {
	case hidden && p.categories[placed].none: // grave enough for somebody to read the whole, which says otherwise
		v.Severity = desk.Normal
	case critical:
		v.Severity = max(v.Severity, desk.Normal)
	}
	v.Abusive, v.Actionable = j.abusive(), p.categories[c].answer || critical || !p.categories[c].none && v.Severity >= desk.High
	v.Sentiment = j.sentiment()
	v.Tags = j.tags(c)
	v.Confidence, v.RunnerUp = j.confidence(c)
	v.Reasons = j.reasons(c, m.Text)
	v.Tier = p.tier(c, v.Severity, m.Author)
	if !p.categories[c].none {
		usual := v.Tier
		v.Tier, v.Reasons = p.authors.weigh(&m, v.Abusive && causeless(desk.Categories[c]), usual, v.Reasons)
		if p.categories[c].severity == desk.Critical { // whoever complains of such a thing
			v.Tier = max(v.Tier, min(usual, desk.Individual))
		}
	}
	v.Tier = p.route.used[max(v.Tier, floor)]
	if next := v.RunnerUp; hidden { // the floor has lifted it already, doubt does not once more
		v.RunnerUp = ""
		if v = p.settle(m, v, w.text.numbers); v.Confidence < p.doubt.below {
			v.RunnerUp = next
		}
	} else {
		v = p.settle(m, v, w.text.numbers)
	}
	for _, r := range v.Reasons {
		v.Score += r.Weight
	}
	return v
}

// hear finds all that m says: its language, its features, the signals of the
// lexicon in it, and the concepts.
func (p *Policy) hear(m Message, w *workspace) (lang language, told bool) {
	p.read(m.Text, w)
	w.sums, w.hits = p.weights.Sum(w.features, w.hits[:0])
	lang, told = w.language(p.weights, m.Lang)
	p.attend(w, lang, told)
	return lang, told
}

// read folds a text and finds its features.
func (p *Policy) read(text string, w *workspace) {
	w.original = text
	p.folder.fold(text, &w.text)
	w.plainly(p.weights)
	features(w)
}

// attend finds the signals and the concepts of a text whose language is known.
func (p *Policy) attend(w *workspace, lang language, told bool) {
	greeklish := w.text.latin > 0 && (!told || lang == greek && w.text.latin > w.text.greek || w.mostly == greek || w.greeklish(p.weights))
	if greeklish {
		sound(&w.text, &w.sound)
	}
	p.listen(w, lang, told, greeklish)
	w.conceive(p.weights, greeklish)
	w.meant, w.thoughts = p.weights.Sum(w.ideas, w.thoughts[:0])
}

// listen finds the signals of m, each at its first phrase that counts.
func (p *Policy) listen(w *workspace, lang language, told, greeklish bool) {
	s := &w.scan
	s.hits, s.heard, s.every = s.hits[:0], s.heard[:0], s.every[:0]
	s.among = slices.Grow(s.among[:0], len(p.signals))[:len(p.signals)]
	clear(s.among)
	p.written.find(&w.text, s, false)
	if greeklish {
		p.sounded.find(&w.sound, s, true)
	}
	for i := range s.hits {
		h := &s.hits[i]
		at := &p.signals[h.signal]
		if told && !at.whichever && !h.belongs(lang, w) {
			continue
		}
		n := h.signal
		if h.negated >= 0 {
			switch at.negated {
			case drops:
				continue
			case turns:
				n, h.start = int32(at.instead), h.negated
			}
		}
		s.every = append(s.every, heard{n, h.start, h.end})
		if s.among[n] == 0 {
			s.heard = append(s.heard, heard{n, h.start, h.end})
			s.among[n] = int32(len(s.heard))
			continue
		}
		if was := &s.heard[s.among[n]-1]; h.start < was.end && h.end > was.start { // "was charged", "charged twice"
			was.start, was.end = min(was.start, h.start), max(was.end, h.end)
		}
	}
	slices.SortFunc(s.heard, func(a, b heard) int { return int(a.signal - b.signal) })
}

// belongs reports whether the words found are of the text's language, and not
// words of another one that happen to look like it.
func (h *hit) belongs(lang language, w *workspace) bool {
	switch {
	case h.lang == lang, h.lang == anyLanguage:
		return true
	case h.lang == thai:
		return w.text.thai > 0
	case h.lang == greek && !h.latin:
		return w.text.greek > 0
	case h.lang == greek, h.lang == spanish && lang != english:
		return false
	case h.lang == english && lang != spanish:
		return true // with Thai and Greek people mix in English
	default:
		return w.tongues[h.lang] >= w.tongues[lang]-foreign
	}
}
