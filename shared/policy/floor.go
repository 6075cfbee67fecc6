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
	if of := &j.policy.categories[c]; worst < 0 && (of.none || !of.answer || s < desk.Normal) {
		if grave, found := j.hidden(); found {
			t, worst, hidden = j.bottom(grave), grave, true
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
	spoken := &w.scan
	slices.SortFunc(spoken.every, func(a, b heard) int { return int(a.start - b.start) })
	if len(spoken.counted) < len(j.policy.signals) {
		spoken.counted, spoken.within = make([]uint32, len(j.policy.signals)), 0
	}
	s.words.of(m, w.features, w.hits, n)
	s.ideas.of(m, w.ideas, w.thoughts, n)
	if c, found = j.clauses(n); found {
		return c, true
	}
	if c, found = j.around(n); found {
		return c, true
	}
	s.measure(n)
	bar := float32(m.Hidden)
	var alone judgement
	for from := 0; from+shortest < n; from++ {
		a, best, to := s.reaches[from], bar, 0
		for further, b := range s.reaches[from+shortest : min(n, from+widest+1)] {
			if x := s.between(&a, &b); x > best {
				best, to = x, from+shortest+further
			}
		}
		if to > 0 {
			if c, found = j.surely(from, to, &alone); found {
				return c, true
			}
		}
		if last := n - 1; to < last && last-from <= widest && s.speaks(from, last) > 0 { // what stands before it is all that is added
			if c, found = j.surely(from, last, &alone); found {
				return c, true
			}
		}
	}
	for to := shortest; to < min(n-1, widest); to++ { // what stands after it is
		if s.speaks(0, to) > 0 {
			if c, found = j.surely(0, to, &alone); found {
				return c, true
			}
		}
	}
	return 0, false
}

// around looks at what stands next to phrases of the lexicon that are critical, near
// and further.
func (j *judgement) around(n int) (c int, found bool) {
	w := j.work
	var alone judgement
	reach := [...]int{0, 2, 4, 8}
	at, looks := 0, phrases
	for _, h := range w.scan.every {
		s := &j.policy.signals[h.signal]
		if s.severity != desk.Critical || s.category < 0 {
			continue
		}
		if looks--; looks < 0 {
			break
		}
		for at+1 < n-1 && w.text.start[w.segments[at+1].from] <= h.start {
			at++
		}
		end := at + 1
		for end < n-1 && w.text.start[w.segments[end].from] < h.end {
			end++
		}
		for _, before := range reach {
			for _, after := range reach {
				j.passage(max(0, at-before), min(n-1, end+after), &alone)
				if c := alone.heeded(alone.likeliest()); !j.policy.categories[c].none && alone.severity(c) == desk.Critical {
					return c, true
				}
			}
		}
	}
	return 0, false
}

// phrases is how many are looked around, at most.
const phrases = 8

// surely judges a passage that may be torn from what it means.
func (j *judgement) surely(from, to int, alone *judgement) (c int, found bool) {
	j.passage(from, to, alone)
	c = alone.heeded(alone.likeliest())
	found = !j.policy.categories[c].none && (alone.severity(c) == desk.Critical || alone.mixed(c, alone.severities(c))[3] > j.policy.weights.Sure)
	return c, found
}

// between returns how much more what stands between two reaches speaks for what is
// critical than for what is low, in logits.
func (s *windows) between(a, b *reach) float32 {
	return (b.critical-a.critical-b.low+a.low)*s.evenly[b.words-a.words] + (b.grave-a.grave-b.idle+a.idle)*s.evenly[b.ideas-a.ideas]
}

func (s *windows) speaks(from, to int) float32 { return s.between(&s.reaches[from], &s.reaches[to]) }

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
	tries := again
	for first := range w.ends {
		for last := first + 1; last < min(len(w.ends), first+together+1); last++ {
			from, to := int(w.ends[first]), int(w.ends[last])
			if from == to {
				continue
			}
			j.passage(from, to, &alone)
			c = alone.heeded(alone.likeliest())
			p := alone.severities(c)
			if !j.policy.categories[c].none {
				p = alone.mixed(c, p)
			}
			switch beyond := alone.grievous(p) - j.policy.weights.Grave[alone.lang]; {
			case beyond > 0 && !j.policy.categories[c].none:
				j.mild = p[2] > p[3]
				return c, true
			case beyond > -nearly && tries > 0 && (first > 0 || last+1 < len(w.ends)):
				tries--
				if c, found = j.again(from, to); found {
					j.mild = true
					return c, true
				}
			}
		}
	}
	return 0, false
}

// Limits of judging a part again as a message of its own: how many are, and how
// much less likely to be grave they may seem where they stand.
const (
	again  = 4
	nearly = 0.12
)

// again judges some segments as the message that they would be without the rest:
// of its own language, with nothing before it that might negate it. It reports
// whether that is grave.
func (j *judgement) again(from, to int) (c int, found bool) {
	w := j.work
	if w.again == nil {
		w.again = new(workspace)
	}
	part := w.original[w.text.start[w.segments[from].from]:w.text.end[w.segments[to-1].to-1]]
	alone := judgement{policy: j.policy, work: w.again}
	alone.lang, _ = j.policy.hear(Message{Text: part}, w.again)
	alone.heard = w.again.scan.heard
	alone.weigh()
	c = alone.heeded(alone.likeliest())
	found = !w.again.blank() && !j.policy.categories[c].none && alone.severity(c) >= desk.High
	w.again.forget()
	return c, found
}

// tongue is the language of a segment, by its script.
func (w *workspace) tongue(segment int) language {
	at := w.segments[segment].from
	switch r := w.text.runes[at]; {
	case w.text.class[at] == inThai:
		return thai
	case hellenic(r):
		return greek
	case w.mostly == greek && w.text.greek > 0: // whose letters told, not these words
		return english
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
	s := &w.scan
	s.within++
	first, _ := slices.BinarySearchFunc(s.every, start, func(h heard, start int32) int { return int(h.start - start) })
	for _, h := range s.every[first:] {
		if h.start >= end {
			break
		}
		if h.end <= end && s.counted[h.signal] != s.within {
			s.counted[h.signal] = s.within
			alone.learnt(h.signal)
			alone.rule(&j.policy.signals[h.signal])
		}
	}
	alone.share()
}
