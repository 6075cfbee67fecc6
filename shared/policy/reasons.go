package policy

import (
	"cmp"
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

// reasons returns what the decision stands on: the signals of the category, and
// those that speak of urgency or insult, then the model's words, the weightiest
// first. Their weights are points, of which the category's add up to its score.
func (j *judgement) reasons(c int, text string) []desk.Reason {
	reasons := make([]desk.Reason, 0, 8)
	point := j.policy.weights.Point
	for i, h := range j.heard {
		if !h.heard {
			continue
		}
		s := &j.policy.signals[i]
		weight := s.raises + int(math.Round(float64(j.policy.learnt[i][c])/point))
		if s.category == c {
			weight += s.weight
		}
		if weight != 0 || s.abusive || s.category == c {
			reasons = append(reasons, desk.Reason{Signal: s.name, Start: int(h.start), End: int(h.end), Text: text[h.start:h.end], Weight: weight})
		}
	}
	reasons = j.words(c, text, reasons)
	slices.SortStableFunc(reasons, func(a, b desk.Reason) int {
		return cmp.Or(b.Weight-a.Weight, a.Start-b.Start)
	})
	return reasons
}

// words adds what the model makes of the message's words for category c.
func (j *judgement) words(c int, text string, reasons []desk.Reason) []desk.Reason {
	w, m := j.work, j.policy.weights
	if w.blank() {
		return reasons
	}
	scale := float64(m.Scale[c]) / m.Point
	v, u := Evenly(len(w.features)), Evenly(len(w.ideas))
	w.spoken = slices.Grow(w.spoken[:0], len(w.segments))[:len(w.segments)]
	clear(w.spoken)
	for _, h := range w.hits {
		w.spoken[h.Segment] += float64(m.Number(h, c)) * v
	}
	for _, h := range w.thoughts {
		w.spoken[h.Segment] += float64(m.Number(h, c)) * u
	}
	all := (float64(w.sums[c])*v+float64(w.meant[c])*u)*scale + float64(j.policy.bias[j.lang][c])/m.Point
	rest := int(math.Round(all))
	var named [wordsNamed]span
	count := 0
	for at := 0; at < len(w.segments); {
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
		reasons = append(reasons, desk.Reason{Signal: modelWord, Start: int(start), End: int(end), Text: text[start:end], Weight: weight})
	}
	if rest != 0 {
		reasons = append(reasons, desk.Reason{Signal: modelRest, Weight: rest})
	}
	return reasons
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

// span returns the segments from the one at on that speak for the category, or
// that one alone.
func (w *workspace) span(at int, scale float64) span {
	s := span{at, at + 1, w.spoken[at] * scale}
	if s.weight <= 0 {
		return s
	}
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
