package policy

import (
	"math"
	"slices"

	"example.com/skala/shared/desk"
)

// The names of the model's reasons: words of the customer's, and everything that
// is too little to be named alone, together with what the language's messages are
// about most often.
const (
	modelWord = "model.word"
	modelRest = "model.rest"
)

// wordsNamed is how many of the model's words a verdict names.
const wordsNamed = 4

// A ground is a reason before it is told: whatever is moved to its place is small,
// and the verdict's reasons are made when it is known how many there are.
type ground struct {
	signal     int32 // of the policy's; below 0 one of the model's
	start, end int32
	weight     int
}

// What grounds of the model's have in place of a signal.
const (
	aWord = -1 - iota
	theRest
)

// reasons returns what the decision stands on: the signals of the category, and
// those that speak of urgency or insult, then the model's words, the weightiest
// first. Their weights are points, of which the category's add up to its score.
func (j *judgement) reasons(c int, text string) []desk.Reason {
	w, point := j.work, j.policy.weights.Point
	w.grounds = w.grounds[:0]
	for _, h := range j.heard {
		s := &j.policy.signals[h.signal]
		weight := s.raises + int(math.Round(float64(j.policy.learnt[h.signal][c])/point))
		if s.category == c {
			weight += s.weight
		}
		if weight != 0 || s.abusive || s.category == c {
			w.ground(ground{h.signal, h.start, h.end, weight})
		}
	}
	j.words(c)
	const more = 2 // of the author's and the thread's
	reasons := make([]desk.Reason, 0, len(w.grounds)+more)
	for _, g := range w.grounds {
		name := modelWord
		switch {
		case g.signal >= 0:
			name = j.policy.signals[g.signal].name
		case g.signal == theRest:
			name = modelRest
		}
		reasons = append(reasons, desk.Reason{Signal: name, Start: int(g.start), End: int(g.end), Text: text[g.start:g.end], Weight: g.weight})
	}
	return reasons
}

// ground puts g among the grounds: behind those that weigh more, of equal ones
// behind those that begin before it.
func (w *workspace) ground(g ground) {
	w.grounds = append(w.grounds, g)
	at := len(w.grounds) - 1
	for ; at > 0; at-- {
		before := &w.grounds[at-1]
		if before.weight > g.weight || before.weight == g.weight && before.start <= g.start {
			break
		}
		w.grounds[at] = *before
	}
	w.grounds[at] = g
}

// words adds what the model makes of the message's words for category c.
func (j *judgement) words(c int) {
	w, m := j.work, j.policy.weights
	if w.blank() {
		return
	}
	scale := float64(m.Scale[c]) / m.Point
	v, u := Evenly(len(w.features)), Evenly(len(w.ideas))
	w.spoken = slices.Grow(w.spoken[:0], len(w.segments))[:len(w.segments)]
	clear(w.spoken)
	m.Spread(w.hits, c, v, w.spoken)
	m.Spread(w.thoughts, c, u, w.spoken)
	all := (float64(w.sums[c])*v+float64(w.meant[c])*u)*scale + float64(j.policy.bias[j.lang][c])/m.Point
	rest := int(math.Round(all))
	var named [wordsNamed]span
	count := 0
	for at := 0; at < len(w.spoken); {
		if w.spoken[at] <= 0 {
			at++
			continue
		}
		s := w.span(at, scale)
		at = s.to
		if s.weight < 0.5 {
			continue
		}
		if count < wordsNamed {
			named[count] = s
			count++
		} else if least := leastOf(&named); s.weight > named[least].weight {
			named[least] = s
		}
	}
	for _, s := range named[:count] {
		start, end := w.text.start[w.segments[s.from].from], w.text.end[w.segments[s.to-1].to-1]
		weight := int(math.Round(s.weight))
		rest -= weight
		w.ground(ground{aWord, start, end, weight})
	}
	if rest != 0 {
		w.ground(ground{theRest, 0, 0, rest})
	}
}

// A span is some segments in a row that speak for the same.
type span struct {
	from, to int
	weight   float64 // points
}

// widestSpan is how many segments a span has at most: more would be no reason but
// the message.
const (
	widestSpan = 6
	widestThai = 12
)

// span returns the segments from the one at on, which speaks for the category, that
// do so too.
func (w *workspace) span(at int, scale float64) span {
	s := span{at, at + 1, w.spoken[at] * scale}
	widest, least := widestSpan, 0.25
	if w.text.class[w.segments[at].from] == inThai { // clusters are less than words
		widest, least = widestThai, -0.25
	}
	for s.to < len(w.segments) && s.to-s.from < widest && !w.segments[s.to].gap {
		more := w.spoken[s.to] * scale
		if more < least {
			break
		}
		s.weight, s.to = s.weight+more, s.to+1
	}
	return s
}

func leastOf(all *[wordsNamed]span) int {
	least := 0
	for i, s := range all {
		if s.weight < all[least].weight {
			least = i
		}
	}
	return least
}
