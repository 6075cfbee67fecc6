package policy

import (
	"slices"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy/model"
)

// floor returns the category of what is critical in the message by itself,
// whatever the rest says, -1 for nothing, and the tier below which it must not
// fall then: desk.Individual, or lower where the profile itself sends that
// category lower. c and s are what it was judged as a whole: what is not low needs
// no second look.
func (j *judgement) floor(c int, s desk.Severity) (t desk.Tier, worst int) {
	worst = -1
	for c, points := range j.points {
		if s, _ := j.ruled(c); s == desk.Critical && points > 0 && points >= j.policy.categories[c].threshold {
			t = max(t, j.bottom(c))
			if worst < 0 || points > j.points[worst] {
				worst = c
			}
		}
	}
	if worst < 0 && (j.policy.categories[c].none || s < desk.Normal) {
		if c, hidden := j.hidden(); hidden {
			t, worst = j.bottom(c), c
		}
	}
	return t, worst
}

// bottom is the tier below which what is critical in category c does not fall.
func (j *judgement) bottom(c int) desk.Tier {
	return min(desk.Individual, j.policy.tier(c, desk.Critical, desk.Author{}))
}

// Limits of a passage, in segments.
const (
	shortest = 3
	widest   = 40
)

// A passage's columns.
const passageColumns = model.Categories + model.Severities

// windows is what every segment says, added up from the first on.
type windows struct{ words, ideas running }

// A running sum is of the features or the ideas of a text up to each segment.
type running struct {
	counts []int32
	sums   [][passageColumns]float32 // logits, were there but one
}

// of adds up what the segments show.
func (r *running) of(m *model.Weights, shown []model.Feature, known []model.Hit, n int) {
	r.counts, r.sums = slices.Grow(r.counts[:0], n)[:n], slices.Grow(r.sums[:0], n)[:n]
	clear(r.counts)
	clear(r.sums)
	for _, f := range shown {
		r.counts[f.Segment+1]++
	}
	for _, h := range known {
		row := &r.sums[h.Segment+1]
		for c := range row {
			row[c] += float32(m.Number(h, c)) * m.Scale[c]
		}
	}
	for i := 1; i < n; i++ {
		r.counts[i] += r.counts[i-1]
		for c := range r.sums[i] {
			r.sums[i][c] += r.sums[i-1][c]
		}
	}
}

// between returns a column's logits of the segments from one to another, which
// weigh v.
func (r *running) between(from, to, c int, v float32) float32 {
	return (r.sums[to][c] - r.sums[from][c]) * v
}

func (r *running) evenly(from, to int) float32 {
	return float32(Evenly(int(r.counts[to] - r.counts[from])))
}

// hidden looks for a passage that would be critical if it were the whole
// message: what stands around it does not count. The work grows with the text's
// length alone.
func (j *judgement) hidden() (c int, found bool) {
	w, m := j.work, j.policy.weights
	s := &w.windows
	n := len(w.segments) + 1
	s.words.of(m, w.features, w.hits, n)
	s.ideas.of(m, w.ideas, w.thoughts, n)
	bias := &j.policy.bias[j.lang]
	for from := 0; from+shortest < n; from++ {
		for to := from + shortest; to < min(n, from+widest+1); to++ {
			v, u := s.words.evenly(from, to), s.ideas.evenly(from, to)
			const critical, low = model.AtSeverity + 3, model.AtSeverity
			if s.words.between(from, to, critical, v)+s.ideas.between(from, to, critical, u)-
				s.words.between(from, to, low, v)-s.ideas.between(from, to, low, u) < float32(m.Hidden) {
				continue
			}
			var logits [passageColumns]float64
			for k := range logits {
				logits[k] = float64(s.words.between(from, to, k, v) + s.ideas.between(from, to, k, u) + bias[k])
			}
			if c, found = j.passage(&logits); found {
				return c, true
			}
		}
	}
	return 0, false
}

// passage judges a passage alone by its logits.
func (j *judgement) passage(logits *[passageColumns]float64) (c int, critical bool) {
	for k := range model.Categories {
		if logits[k] > logits[c] {
			c = k
		}
	}
	m := j.policy.weights
	var p [model.Severities]float64
	for k := range p {
		p[k] = logits[model.AtSeverity+k] + float64(m.Severity[c][k])
	}
	p[j.policy.categories[c].severity-1] += m.Prior
	softmax(p[:])
	return c, !j.policy.categories[c].none && p[3] > m.Sure
}
