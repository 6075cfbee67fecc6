package policy

import (
	"slices"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy/model"
)

// floor returns the category of what is critical in the message by itself,
// whatever the rest says, -1 for nothing, and the tier below which it must not
// fall then: desk.Individual, or lower where the profile itself sends that
// category lower; and whether it was a passage that is. c and s are what it was
// judged as a whole: what is not low needs no second look.
func (j *judgement) floor(c int, s desk.Severity) (t desk.Tier, worst int, hidden bool) {
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
		if c, hidden = j.hidden(); hidden {
			t, worst = j.bottom(c), c
		}
	}
	return t, worst, hidden
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
const passageColumns = model.AtGrave + 1

// windows is what every segment says, added up from the first on.
type windows struct {
	words, ideas running
	reaches      []reach
	evenly       []float32 // what each of so many features weighs, as Evenly says
}

// A reach is what decides whether a passage is looked at: how many features and
// ideas there are up to a segment, and how much they speak for what is critical
// and what is low.
type reach struct {
	words, ideas               int32
	critical, low, grave, idle float32 // of the words; of the ideas
}

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
	scale := (*[passageColumns]float32)(m.Scale[:])
	for _, h := range known {
		row, numbers := &r.sums[h.Segment+1], (*[passageColumns]byte)(m.Numbers(h)[:])
		for c, number := range numbers {
			row[c] += float32(int32(number)-model.Zero) * scale[c]
		}
	}
	for i := 1; i < n; i++ {
		r.counts[i] += r.counts[i-1]
		before, row := &r.sums[i-1], &r.sums[i]
		for c := range row {
			row[c] += before[c]
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
// message: what stands around it does not count. Between two ends of clauses it is
// judged as a message of its own; elsewhere, where it may be torn from what it
// means, it must be surer. The work grows with the text's length alone.
func (j *judgement) hidden() (c int, found bool) {
	w, m := j.work, j.policy.weights
	if w.blank() {
		return 0, false
	}
	s := &w.windows
	n := len(w.segments) + 1
	s.words.of(m, w.features, w.hits, n)
	s.ideas.of(m, w.ideas, w.thoughts, n)
	if c, found = j.clauses(n); found {
		return c, true
	}
	s.measure(n)
	bar, evenly := float32(m.Hidden), s.evenly
	var alone judgement
	for from := 0; from+shortest < n; from++ {
		a := s.reaches[from]
		for further, b := range s.reaches[from+shortest : min(n, from+widest+1)] {
			v, u := evenly[b.words-a.words], evenly[b.ideas-a.ideas]
			if (b.critical-a.critical)*v+(b.grave-a.grave)*u-(b.low-a.low)*v-(b.idle-a.idle)*u < bar {
				continue
			}
			j.passage(from, from+shortest+further, &alone)
			if c := alone.heeded(alone.likeliest()); !j.policy.categories[c].none && alone.mixed(c, alone.severities(c))[3] > m.Sure {
				return c, true
			}
		}
	}
	return 0, false
}

// measure fills s.reaches from the running sums, and s.evenly as far as they go.
func (s *windows) measure(n int) {
	const critical, low = model.AtSeverity + 3, model.AtSeverity
	s.reaches = slices.Grow(s.reaches[:0], n)[:n]
	for i := range s.reaches {
		words, ideas := &s.words.sums[i], &s.ideas.sums[i]
		s.reaches[i] = reach{s.words.counts[i], s.ideas.counts[i], words[critical], words[low], ideas[critical], ideas[low]}
	}
	for len(s.evenly) <= int(max(s.words.counts[n-1], s.ideas.counts[n-1])) {
		s.evenly = append(s.evenly, float32(Evenly(len(s.evenly))))
	}
}

// together is how many clauses in a row are judged as one passage, at most.
const together = 6

// clauses looks at the clauses of the message, and at some in a row.
func (j *judgement) clauses(n int) (c int, found bool) {
	w := j.work
	w.ends = append(w.ends[:0], 0)
	for i := 1; i < n-1; i++ {
		if w.clauseEnds(i) {
			w.ends = append(w.ends, int32(i))
		}
	}
	w.ends = append(w.ends, int32(n-1))
	var alone judgement
	for first := range w.ends {
		for last := first + 1; last < min(len(w.ends), first+together+1); last++ {
			from, to := int(w.ends[first]), int(w.ends[last])
			if from == to {
				continue
			}
			j.passage(from, to, &alone)
			if c := alone.heeded(alone.likeliest()); !j.policy.categories[c].none && alone.severity(c) == desk.Critical {
				return c, true
			}
		}
	}
	return 0, false
}

// tongue is the language of a segment, by its script.
func (w *workspace) tongue(segment int) language {
	at := w.segments[segment].from
	switch r := w.text.runes[at]; {
	case w.text.class[at] == inThai:
		return thai
	case hellenic(r):
		return greek
	default:
		return w.mostly
	}
}

// passage makes alone the judgement of the segments from one to another alone.
func (j *judgement) passage(from, to int, alone *judgement) {
	w := j.work
	*alone = judgement{policy: j.policy, work: w, lang: w.tongue(from)}
	v, u := w.windows.words.evenly(from, to), w.windows.ideas.evenly(from, to)
	bias := &j.policy.bias[alone.lang]
	for k := range passageColumns {
		alone.logits[k] = float64(w.windows.words.between(from, to, k, v) + w.windows.ideas.between(from, to, k, u) + bias[k])
	}
	start, end := w.text.start[w.segments[from].from], w.text.end[w.segments[to-1].to-1]
	for _, h := range j.heard {
		if h.start >= start && h.end <= end {
			alone.learnt(h.signal)
			alone.rule(&j.policy.signals[h.signal])
		}
	}
	alone.share()
}
