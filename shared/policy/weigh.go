package policy

import (
	"math"
	"slices"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy/model"
)

// A judgement adds up what the lexicon and the model say.
type judgement struct {
	policy *Policy
	work   *workspace
	heard  []heard
	lang   language

	points [categories]int // of the lexicon
	grave  [categories]desk.Severity
	raises int
	thread int // points of urgency from what came before the message
	mood   int
	insult bool
	mild   bool // whether the passage that sets a floor is no more than high
	asks   bool

	logits [model.AtLanguage]float64 // of every column, all but the severity's rules
	shares [categories]float64       // how likely each category is
}

// weigh adds everything up.
func (j *judgement) weigh() {
	j.rules()
	m := j.policy.weights
	v, u := Evenly(len(j.work.features)), Evenly(len(j.work.ideas))
	bias := &j.policy.bias[j.lang]
	for c := range j.logits {
		j.logits[c] = (float64(j.work.sums[c])*v+float64(j.work.meant[c])*u)*float64(m.Scale[c]) + float64(bias[c])
	}
	for _, h := range j.heard {
		j.learnt(h.signal)
	}
	j.share()
	j.logits[model.AtSentiment] -= m.Mood * float64(j.mood)
	j.logits[model.AtSentiment+2] += m.Mood * float64(j.mood)
}

// learnt adds what was learnt of a signal.
func (j *judgement) learnt(signal int32) {
	learnt := &j.policy.learnt[signal]
	for c := range j.logits {
		j.logits[c] += float64(learnt[c])
	}
}

// share adds the lexicon's points, and says how likely each category is then.
func (j *judgement) share() {
	for c, points := range j.points {
		j.logits[c] += j.policy.weights.Point * float64(points)
	}
	copy(j.shares[:], j.logits[:categories])
	softmax(j.shares[:])
}

// rules adds up what the lexicon's signals say by themselves.
func (j *judgement) rules() {
	for _, h := range j.heard {
		j.rule(&j.policy.signals[h.signal])
	}
}

// rule adds what one signal says.
func (j *judgement) rule(s *signal) {
	if s.category >= 0 {
		j.points[s.category] += s.weight
		j.grave[s.category] = max(j.grave[s.category], s.severity)
	}
	j.raises += s.raises
	j.mood += s.mood
	j.insult = j.insult || s.abusive
	j.asks = j.asks || s.asks
}

// blank reports whether the model knows nothing of the text.
func (w *workspace) blank() bool { return len(w.hits) == 0 && len(w.thoughts) == 0 }

// category returns what the message is about.
func (j *judgement) category(m Message) int {
	if j.work.blank() && j.points == [categories]int{} {
		return j.unplaced(m)
	}
	return j.heeded(j.likeliest())
}

// heeded returns c, or where that needs no answer and the message is likely grave,
// the category that comes next and needs one.
func (j *judgement) heeded(c int) int {
	if !j.policy.categories[c].none || j.shares[c] >= aside {
		return c
	}
	next := -1
	for other := range categories {
		if !j.policy.categories[other].none && (next < 0 || j.logits[other] > j.logits[next]) {
			next = other
		}
	}
	if next >= 0 && j.grievous(j.mixed(next, j.severities(next))) > j.policy.weights.Grave[j.lang]+heedless {
		return next
	}
	return c
}

// heedless is how much surer it must be that a message is grave where it seems to
// need no answer.
const heedless = 0.15

// likeliest is the category with the most, the graver of two equals.
func (j *judgement) likeliest() int {
	best := 0
	for c := range categories {
		if j.logits[c] > j.logits[best] {
			best = c
		}
	}
	return best
}

// meant returns c, or what the policy makes of a message that was written to us
// alone and may want an answer after all.
func (j *judgement) meant(m Message, c int) int {
	if private(m) && j.policy.categories[c].none && j.points[c] == 0 && !j.work.blank() && j.shares[c] < aside {
		return j.policy.otherwise.private
	}
	return c
}

// aside is how sure it must be that what was written to us alone, or is likely
// grave, wants no answer.
const aside = 0.6

// private reports whether m was written to us alone. What a group says among
// itself is set aside before, so that one of a group's speaks to us.
func private(m Message) bool { return m.Visibility == desk.Private || m.Visibility == desk.Group }

// unplaced returns the category of what nothing is known of.
func (j *judgement) unplaced(m Message) int {
	o := j.policy.otherwise
	silent := !slices.ContainsFunc(j.work.text.runes, func(r rune) bool { return r != ' ' })
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
	case private(m):
		return o.private
	default:
		return o.public
	}
}

// ruled returns how grave the message is when it is about c, by the policy's own
// rules, and whether one of them asks for just that: a signal of the category, or
// urgency. Otherwise it is what is usual.
func (j *judgement) ruled(c int) (s desk.Severity, asked bool) {
	s, asked = j.grave[c], j.grave[c] > 0
	if !asked {
		s = j.policy.categories[c].severity
	}
	if s == desk.Normal && j.policy.categories[c].rises && j.raises+j.thread >= j.policy.rise {
		return desk.High, true
	}
	return s, asked
}

// severity returns how grave the message is when it is about c: what the rules
// say, unless the words tell otherwise.
func (j *judgement) severity(c int) desk.Severity {
	if j.work.blank() {
		rule, _ := j.ruled(c)
		return rule
	}
	p := j.severities(c)
	if !j.policy.categories[c].none {
		p = j.mixed(c, p)
	}
	grave, usual := desk.High, desk.Low
	if p[3] >= p[2] {
		grave = desk.Critical
	}
	if p[1] >= p[0] {
		usual = desk.Normal
	}
	switch of := &j.policy.categories[c]; {
	case j.grievous(p) > j.policy.weights.Grave[j.lang]:
		return grave
	case usual == desk.Normal && of.rises && j.thread > 0 && j.raises+j.thread >= j.policy.rise:
		return desk.High // no word tells of what came before
	default:
		return usual
	}
}

// grievous returns how likely the message is high or critical: what the severities
// of its categories come to, p, and what its words say of that alone.
func (j *judgement) grievous(p [model.Severities]float64) float64 {
	blend := j.policy.weights.Blend
	return (1-blend)*(p[2]+p[3]) + blend/(1+math.Exp(-j.logits[model.AtGrave]))
}

// mixed returns how likely each severity is, given how likely every category is:
// p, when it is about c, and what the others that it may be about make of it.
func (j *judgement) mixed(c int, p [model.Severities]float64) (sum [model.Severities]float64) {
	const likely = 0.08
	whole := 0.0
	for other, share := range j.shares {
		if share < likely && other != c {
			continue
		}
		of := p
		if other != c {
			of = j.severities(other)
		}
		whole += share
		for s := range sum {
			sum[s] += share * of[s]
		}
	}
	for s := range sum {
		sum[s] /= whole
	}
	return sum
}

// severities returns how likely each severity is, low first, when the message is
// about c. A rule that asks for less than high is no more than a habit: it says at
// least that grave.
func (j *judgement) severities(c int) (p [model.Severities]float64) {
	m := j.policy.weights
	for s := range p {
		p[s] = j.logits[model.AtSeverity+s] + float64(m.Severity[c][s])
	}
	if rule, asked := j.ruled(c); asked && rule >= desk.High {
		p[rule-1] += m.Rule
	} else {
		p[rule-1] += m.Prior
	}
	softmax(p[:])
	return p
}

// softmax turns logits into shares of one.
func softmax(x []float64) {
	top, sum := slices.Max(x), 0.0
	for i := range x {
		x[i] = math.Exp(x[i] - top)
		sum += x[i]
	}
	for i := range x {
		x[i] /= sum
	}
}

func (j *judgement) sentiment() desk.Sentiment {
	best := 0
	for s := range model.Moods {
		if j.logits[model.AtSentiment+s] > j.logits[model.AtSentiment+best] {
			best = s
		}
	}
	return model.Moods[best]
}

func (j *judgement) abusive() bool { return j.insult || j.logits[model.AtAbusive] > 0 }

// confidence returns how likely c is among the categories, rounded to
// hundredths, and the one that comes next. What nothing is known of has neither.
func (j *judgement) confidence(c int) (float64, desk.Category) {
	if j.work.blank() && j.points == [categories]int{} {
		return 0, ""
	}
	next := -1
	for other, share := range j.shares {
		if other != c && (next < 0 || share > j.shares[next]) {
			next = other
		}
	}
	return math.Round(100*j.shares[c]) / 100, desk.Categories[next]
}

// tags returns those of the category and of all that was heard, sorted.
func (j *judgement) tags(c int) []string {
	tags := append([]string{}, j.policy.categories[c].tags...)
	for _, h := range j.heard {
		tags = append(tags, j.policy.signals[h.signal].tags...)
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// causeless reports whether nothing of a category is anything that anybody could put
// right: abuse of that kind attacks without a cause.
func causeless(c desk.Category) bool {
	switch c {
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

// learn looks up what the weights say of every signal and language.
func (p *Policy) learn(w *model.Weights) {
	p.weights, p.model = w, w.Name
	if w.Name != "" {
		const digits = 8 // of each hash: enough to tell releases apart
		p.model = w.Name[:digits] + "." + LexiconHash()[:digits]
	}
	p.learnt = make([]model.Row, len(p.signals))
	for i, s := range p.signals {
		p.learnt[i] = w.Signals[s.name]
	}
	for l := range p.bias {
		p.bias[l] = w.Bias[codes[l]]
	}
}
