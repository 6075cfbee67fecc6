package policy

import (
	"cmp"
	"slices"

	"example.com/skala/shared/desk"
)

// A state is how a signal was heard in a text.
type state struct {
	heard      bool
	start, end int32
}

// A workspace is the memory of one judgement, used again for the next.
type workspace struct {
	text, sound folded
	scan        scan
}

// Classify returns the verdict of p on m. The category with the most weight
// wins, the graver of two equals; the weights of the reasons add up to the
// score. A message in which anything critical was heard never falls below
// desk.Normal and desk.Individual, whatever else it says and whoever wrote it,
// unless the profile sends that category lower by itself.
func (p *Policy) Classify(m Message) desk.Verdict {
	w, _ := p.work.Get().(*workspace)
	if w == nil {
		w = new(workspace)
	}
	defer p.work.Put(w)
	p.folder.fold(m.Text, &w.text)
	lang, told := p.listen(m, w)

	j := judgement{policy: p, heard: w.scan.heard}
	j.weigh()
	j.raises += p.urgency(m.Thread, j.abusive)
	c := j.category(m, w.text.runes)
	v := desk.Verdict{Lang: "und", Category: desk.Categories[c], Policy: p.Hash}
	if told {
		v.Lang = codes[lang]
	}
	v.Severity = j.severity(c)
	floor, critical := j.floor()
	if critical {
		v.Severity = max(v.Severity, desk.Normal)
	}
	v.Abusive, v.Actionable = j.abusive, p.categories[c].answer || critical
	v.Sentiment = j.sentiment(c)
	v.Tags = j.tags(c)
	v.Confidence = j.confidence(c)
	v.Reasons = j.reasons(c, m.Text)
	v.Tier = p.tier(c, v.Severity, m.Author)
	if !p.categories[c].none {
		v.Tier, v.Reasons = p.authors.weigh(&m, j.baseless(c), v.Tier, v.Reasons)
	}
	v.Tier = p.route.used[max(v.Tier, floor)]
	v = p.settle(m, v)
	for _, r := range v.Reasons {
		v.Score += r.Weight
	}
	return v
}

// listen finds the signals of m, each at its first phrase that counts.
func (p *Policy) listen(m Message, w *workspace) (lang language, told bool) {
	s := &w.scan
	s.hits, s.votes = s.hits[:0], [languages]int{}
	s.heard = slices.Grow(s.heard[:0], len(p.signals))[:len(p.signals)]
	clear(s.heard)
	p.written.find(&w.text, s, false)
	lang, told = languageOf(&w.text, s, m.Lang)
	if s.votes[greek] > 0 || w.text.latin > 0 && (!told || lang == greek && w.text.latin > w.text.greek) {
		sound(&w.text, &w.sound)
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
		switch was := &s.heard[n]; {
		case !was.heard:
			*was = state{true, h.start, h.end}
		case h.start < was.end && h.end > was.start: // "was charged", "charged twice"
			was.start, was.end = min(was.start, h.start), max(was.end, h.end)
		}
	}
	return lang, told
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
		return w.scan.votes[h.lang]*2 >= w.scan.votes[lang]
	}
}

// A judgement adds up what was heard.
type judgement struct {
	policy  *Policy
	heard   []state
	weight  [categories]int
	grave   [categories]desk.Severity
	raises  int
	mood    int
	abusive bool
	asks    bool
}

func (j *judgement) weigh() {
	for i, h := range j.heard {
		if !h.heard {
			continue
		}
		s := &j.policy.signals[i]
		if s.category >= 0 {
			j.weight[s.category] += s.weight
			j.grave[s.category] = max(j.grave[s.category], s.severity)
		}
		j.raises += s.raises
		j.mood += s.mood
		j.abusive = j.abusive || s.abusive
		j.asks = j.asks || s.asks
	}
}

// category returns what the message is about: what weighs most, or, where that
// is dissatisfaction as such, what there is to be dissatisfied with.
func (j *judgement) category(m Message, text []rune) int {
	best, trouble, worst := -1, -1, -1 // over all, of what names a trouble, of what is critical
	for c, weight := range j.weight {
		if weight == 0 || weight < j.policy.categories[c].threshold {
			continue
		}
		if best < 0 || weight > j.weight[best] {
			best = c
		}
		if j.severity(c) == desk.Critical && (worst < 0 || weight > j.weight[worst]) {
			worst = c
		}
		if of := &j.policy.categories[c]; of.mood < 0 && !of.rest && (trouble < 0 || weight > j.weight[trouble]) {
			trouble = c
		}
	}
	switch {
	case best >= 0 && j.policy.categories[best].rest && trouble >= 0:
		return trouble
	case best >= 0 && j.policy.categories[best].none && worst >= 0:
		return worst // what is critical is never put aside
	case best >= 0:
		return best
	default:
		return j.unplaced(m, text)
	}
}

// unplaced returns the category of what no signal places.
func (j *judgement) unplaced(m Message, text []rune) int {
	o := j.policy.otherwise
	silent := true
	for _, r := range text {
		silent = silent && r == ' '
	}
	switch {
	case silent && slices.ContainsFunc(m.Attachments, func(a desk.Attachment) bool { return a.Type != "sticker" }):
		return categoryOf(desk.Request)
	case silent:
		return categoryOf(desk.Other)
	case j.asks:
		return o.question
	case j.mood < 0:
		return o.negative
	case j.mood > 0:
		return o.positive
	case m.Visibility == desk.Private || m.Visibility == desk.Group: // what a group says among itself is set aside before
		return o.private
	default:
		return o.public
	}
}

// severity returns how grave the message is when it is about c.
func (j *judgement) severity(c int) desk.Severity {
	s := j.grave[c]
	if s == 0 {
		s = j.policy.categories[c].severity
	}
	if s == desk.Normal && j.policy.categories[c].rises && j.raises >= j.policy.rise {
		s = desk.High
	}
	return s
}

// floor reports whether the message would be critical if it were about nothing
// but one of the categories heard in it, and the tier below which it must not
// fall then: desk.Individual, or lower where the profile itself sends that
// category lower.
func (j *judgement) floor() (t desk.Tier, critical bool) {
	for c, weight := range j.weight {
		if weight > 0 && weight >= j.policy.categories[c].threshold && j.severity(c) == desk.Critical {
			t, critical = max(t, min(desk.Individual, j.policy.tier(c, desk.Critical, desk.Author{}))), true
		}
	}
	return t, critical
}

func (j *judgement) sentiment(c int) desk.Sentiment {
	switch mood := j.mood*2 + j.policy.categories[c].mood; {
	case mood > 0:
		return desk.Positive
	case mood < 0:
		return desk.Negative
	default:
		return desk.Neutral
	}
}

// tags returns those of the category and of all that was heard, sorted.
func (j *judgement) tags(c int) []string {
	tags := append([]string{}, j.policy.categories[c].tags...)
	for i, h := range j.heard {
		if h.heard {
			tags = append(tags, j.policy.signals[i].tags...)
		}
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// confidence compares the category with the next best, and weighs how much was
// heard at all. It is rounded to hundredths.
func (j *judgement) confidence(c int) float64 {
	next := 0
	for other, weight := range j.weight {
		if other != c {
			next = max(next, weight)
		}
	}
	const doubt = 4 // as much as one middling signal against it
	return float64(100*j.weight[c]/(j.weight[c]+next+doubt)) / 100
}

// reasons returns what the decision stands on: the signals of the category, and
// those that speak of urgency or mood, the weightiest first.
func (j *judgement) reasons(c int, text string) []desk.Reason {
	count := 0
	for i, h := range j.heard {
		if s := &j.policy.signals[i]; h.heard && s.matters(c) {
			count++
		}
	}
	reasons := make([]desk.Reason, 0, count)
	for i, h := range j.heard {
		s := &j.policy.signals[i]
		if !h.heard || !s.matters(c) {
			continue
		}
		weight := s.raises
		if s.category == c {
			weight += s.weight
		}
		reasons = append(reasons, desk.Reason{Signal: s.name, Start: int(h.start), End: int(h.end), Text: text[h.start:h.end], Weight: weight})
	}
	slices.SortStableFunc(reasons, func(a, b desk.Reason) int {
		return cmp.Or(b.Weight-a.Weight, a.Start-b.Start)
	})
	return reasons
}

// matters reports whether the signal is a ground for a verdict of category c.
func (s *signal) matters(c int) bool { return s.category == c || s.raises > 0 || s.abusive }

// baseless reports whether the message attacks without a cause: abuse, and
// nothing in it that anybody could put right.
func (j *judgement) baseless(c int) bool {
	if !j.abusive {
		return false
	}
	switch desk.Categories[c] {
	case desk.Complaint, desk.Spam, desk.Other, desk.Conduct:
		return true
	default:
		return false
	}
}

// tier maps the answer to who can give it.
func (p *Policy) tier(c int, s desk.Severity, a desk.Author) desk.Tier {
	r := &p.route
	if p.categories[c].none {
		return r.none
	}
	segment := b2c
	if a.Organisation != "" {
		segment = b2b
	}
	t := r.severity[s]
	if byCategory := r.category[c][s]; byCategory.set {
		t = byCategory.tier
	}
	if bySegment := r.segment[segment][s]; bySegment.set {
		t = max(t, bySegment.tier)
	}
	return t
}
