package main

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// An example is what one message shows, and what it should be taken for.
type example struct {
	lang       int
	features   []int32 // places in the vocabulary, as often as they stand there
	ideas      []int32
	totalIdeas int
	total      int // features, the unknown ones too
	signals    []int32
	points     [nCategories]float64 // of the lexicon
	rule       [nCategories]int     // severity by the rules, 0 for low
	mood       int
	heard      [nCategories]bool
	abused     bool // by the lexicon

	want struct {
		category  [nCategories]float64 // adds up to one
		gold      int
		severity  int
		sentiment int
		abusive   bool
	}
	weight float64
}

const (
	nCategories = 15
	nSeverities = 4
	nSentiments = 3
	nLanguages  = 4

	atSeverity  = nCategories
	atSentiment = atSeverity + nSeverities
	atAbusive   = atSentiment + nSentiments
	atLanguage  = atAbusive + 1
	columns     = atLanguage + nLanguages
)

// Settings of the fit.
type settings struct {
	epochs  int
	rate    float64
	decayW  float64 // L2 of features
	decayR  float64 // L2 of signals
	point   float64 // of the lexicon, in logits
	prior   float64 // of the rules' severity, in logits
	rule    float64
	firm    float64
	mood    float64
	average int
	drop    float64
	signal  float64 // input value of a signal
	perLang bool
}

// A fit is the weights as they are learnt.
type fit struct {
	settings
	features [][columns]float32
	signals  [][columns]float32
	bias     [nLanguages][columns]float32
	table    [nCategories][nSeverities]float32 // severity, given the category

	sumOf struct { // of the weights after each of the last epochs, for their mean
		features, signals [][columns]float32
		bias              [nLanguages][columns]float32
		table             [nCategories][nSeverities]float32
		n                 float32
	}

	sumF [][columns]float32 // of squared steps, for AdaGrad
	sumS [][columns]float32
	sumB [nLanguages][columns]float32
	sumT [nCategories][nSeverities]float32
}

func newFit(s settings, features, signals int) *fit {
	return &fit{settings: s, features: make([][columns]float32, features), signals: make([][columns]float32, signals),
		sumF: make([][columns]float32, features), sumS: make([][columns]float32, signals)}
}

// scores returns the logits of every column; severity given category c.
func (f *fit) scores(e *example) (s [columns]float64) {
	var sum [columns]float32
	for _, at := range e.features {
		row := &f.features[at]
		for c := range sum {
			sum[c] += row[c]
		}
	}
	v := value(e.total)
	for c := range s {
		s[c] = float64(sum[c]) * v
	}
	sum = [columns]float32{}
	for _, at := range e.ideas {
		row := &f.features[at]
		for c := range sum {
			sum[c] += row[c]
		}
	}
	v = value(e.totalIdeas)
	for c := range atLanguage {
		s[c] += float64(sum[c])*v + float64(f.bias[e.lang][c])
	}
	for _, at := range e.signals {
		for c := range atLanguage {
			s[c] += float64(f.signals[at][c]) * f.signal
		}
	}
	for c := range nCategories {
		s[c] += f.point * e.points[c]
	}
	s[atSentiment] -= f.settings.mood * float64(e.mood)
	s[atSentiment+2] += f.settings.mood * float64(e.mood)
	return s
}

// severity returns the logits of the severities, given the category.
func (f *fit) severity(e *example, s *[columns]float64, c int) (to [nSeverities]float64) {
	for k := range to {
		to[k] = s[atSeverity+k] + float64(f.table[c][k])
		switch {
		case e.rule[c] != k:
		case e.heard[c]:
			to[k] += f.rule
		default:
			to[k] += f.prior
		}
	}
	return to
}

func value(n int) float64 { return 1 / math.Sqrt(float64(max(n, 16))) }

func softmax(s []float64, into []float64) {
	top := math.Inf(-1)
	for _, x := range s {
		top = max(top, x)
	}
	sum := 0.0
	for i, x := range s {
		into[i] = math.Exp(x - top)
		sum += into[i]
	}
	for i := range into {
		into[i] /= sum
	}
}

func (f *fit) learn(all []example, seed uint64, each func(epoch int)) {
	r := rand.New(rand.NewPCG(seed, 1))
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	for epoch := range f.epochs {
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			e := all[i]
			if f.drop > 0 {
				kept := make([]int32, 0, len(e.features))
				for _, at := range e.features {
					if r.Float64() >= f.drop {
						kept = append(kept, at)
					}
				}
				e.features = kept
			}
			f.step(&e)
		}
		if f.average > 0 && epoch >= f.epochs-f.average {
			f.remember()
		}
		if each != nil && epoch < f.epochs-1 {
			each(epoch)
		}
	}
	if f.sumOf.n > 0 {
		f.mean()
	}
	if each != nil {
		each(f.epochs - 1)
	}
}

// remember adds the present weights to those whose mean is taken in the end: it
// depends less on the last examples seen.
func (f *fit) remember() {
	m := &f.sumOf
	if m.n == 0 {
		m.features, m.signals = make([][columns]float32, len(f.features)), make([][columns]float32, len(f.signals))
	}
	m.n++
	for i := range f.features {
		for c := range columns {
			m.features[i][c] += f.features[i][c]
		}
	}
	for i := range f.signals {
		for c := range columns {
			m.signals[i][c] += f.signals[i][c]
		}
	}
	for l := range f.bias {
		for c := range columns {
			m.bias[l][c] += f.bias[l][c]
		}
	}
	for c := range f.table {
		for s := range f.table[c] {
			m.table[c][s] += f.table[c][s]
		}
	}
}

func (f *fit) mean() {
	m := &f.sumOf
	for i := range f.features {
		for c := range columns {
			f.features[i][c] = m.features[i][c] / m.n
		}
	}
	for i := range f.signals {
		for c := range columns {
			f.signals[i][c] = m.signals[i][c] / m.n
		}
	}
	for l := range f.bias {
		for c := range columns {
			f.bias[l][c] = m.bias[l][c] / m.n
		}
	}
	for c := range f.table {
		for s := range f.table[c] {
			f.table[c][s] = m.table[c][s] / m.n
		}
	}
}

func (f *fit) step(e *example) {
	s := f.scores(e)
	var g [columns]float64
	var p [nCategories]float64
	softmax(s[:nCategories], p[:])
	for c := range p {
		g[c] = p[c] - e.want.category[c]
	}
	sev := f.severity(e, &s, e.want.gold)
	var ps [nSeverities]float64
	softmax(sev[:], ps[:])
	ps[e.want.severity]--
	copy(g[atSeverity:], ps[:])
	var pm [nSentiments]float64
	softmax(s[atSentiment:atSentiment+nSentiments], pm[:])
	pm[e.want.sentiment]--
	copy(g[atSentiment:], pm[:])
	g[atAbusive] = 1 / (1 + math.Exp(-s[atAbusive]))
	if e.want.abusive {
		g[atAbusive]--
	}
	var pl [nLanguages]float64
	softmax(s[atLanguage:], pl[:])
	pl[e.lang]--
	copy(g[atLanguage:], pl[:])
	for c := range g {
		g[c] *= e.weight
	}
	v := value(e.total)
	for _, at := range e.features {
		update(&f.features[at], &f.sumF[at], &g, v, f.rate, f.decayW, columns)
	}
	v = value(e.totalIdeas)
	for _, at := range e.ideas {
		update(&f.features[at], &f.sumF[at], &g, v, f.rate, f.decayW, atLanguage)
	}
	for _, at := range e.signals {
		update(&f.signals[at], &f.sumS[at], &g, f.signal, f.rate, f.decayR, atLanguage)
	}
	update(&f.bias[e.lang], &f.sumB[e.lang], &g, 1, f.rate, 0, atLanguage)
	row, sum := &f.table[e.want.gold], &f.sumT[e.want.gold]
	for k := range row {
		d := ps[k] * e.weight
		sum[0] += float32(d * d)
	}
	for k := range row {
		row[k] -= float32(f.rate * ps[k] * e.weight / (math.Sqrt(float64(sum[0])) + 1e-6))
	}
}

// heads are where the columns that belong together begin: their steps are of one
// size, so that what one gains the others lose.
var heads = [...]int{0, atSeverity, atSentiment, atAbusive, atLanguage, columns}

func update(w, sum *[columns]float32, g *[columns]float64, v, rate, decay float64, n int) {
	for h := 0; h+1 < len(heads) && heads[h] < n; h++ {
		from, to := heads[h], heads[h+1]
		q := 0.0
		for c := from; c < to; c++ {
			d := g[c]*v + decay*float64(w[c])
			q += d * d
		}
		q += float64(sum[from])
		sum[from] = float32(q)
		step := rate / (math.Sqrt(q) + 1e-6)
		for c := from; c < to; c++ {
			w[c] -= float32(step * (g[c]*v + decay*float64(w[c])))
		}
	}
}

// strongest returns the keep features that say most: weight by how often they
// are there to say it.
func (f *fit) strongest(keep int, often []int) []int32 {
	order := make([]int32, len(f.features))
	says := make([]float64, len(f.features))
	for i := range order {
		order[i] = int32(i)
		for _, x := range f.features[i] {
			says[i] += float64(x) * float64(x)
		}
		says[i] *= float64(often[i])
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(cmp.Compare(says[b], says[a]), cmp.Compare(a, b)) })
	return order[:min(keep, len(order))]
}
