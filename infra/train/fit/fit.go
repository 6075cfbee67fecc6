// Package fit learns the weights of triage: how much each word, piece of a word,
// pair and concept speaks for each category, severity, mood and language.
//
// It is logistic regression by stochastic steps, their size by AdaGrad (Duchi,
// Hazan and Singer, 2011), the weights averaged over the last rounds. The
// lexicon's points are added beforehand and not learnt, so that what is learnt is
// what the lexicon lacks, and a phrase that a lead adds later counts in full. It
// learns in one order, from one seed: the same examples give the same weights.
package fit

import (
	"math"
	"math/rand/v2"
	"slices"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
	"example.com/skala/shared/policy/model"
)

// Settings of learning. Those of Usual were chosen on messages that nothing was
// learnt from.
type Settings struct {
	Rounds   int                       // how often each example is seen
	Starts   int                       // fits whose mean is taken, each over the examples in orders of its own
	Averaged int                       // of the last of them, whose weights are averaged
	Rate     float64                   // of AdaGrad
	Decay    float64                   // of the weights, towards nothing
	Fewest   int                       // messages that a feature must be in
	Features int                       // how many are kept, the most telling
	Balance  float64                   // by which power rare categories count more
	Alt      float64                   // share of an example that its other defensible categories get
	Lean     map[desk.Category]float64 // added to a category in the end, in logits: the corpus is no sample of what comes in
	Grave    map[desk.Category]float64 // the same, added to a category's high and critical
	Late     float64                   // what rows count that were written last, when it was known what customers' own look like
	Signal   float64                   // how large a signal of the lexicon is, beside a feature

	Point float64 // a point of the lexicon, in logits
	Prior float64 // what a category's usual severity counts, in logits
	Rule  float64 // what high and critical count where a signal asks for them, in logits
	Firm  float64 // how much more it counts in judging than in learning: examples contradict rules more than leads do
	Mood  float64 // a point of the lexicon's mood, in logits

	Bars                [len(model.Languages)]float64 // Grave of model.Header
	Blend, Sure, Hidden float64                       // as there
}

// Usual are the settings of the weights built in.
func Usual() Settings {
	return Settings{
		Rounds: 16, Starts: 4, Averaged: 8, Rate: 0.3, Decay: 3e-3, Fewest: 2, Features: 122_000, Balance: 0.4, Lean: map[desk.Category]float64{desk.Complaint: -0.4, desk.Conduct: 0.5}, Alt: 0.3, Signal: 0.5, Late: 2,
		Grave: map[desk.Category]float64{desk.Access: 1, desk.Conduct: -1.2, desk.Damaged: -0.6, desk.Sales: -0.6},
		Point: 0.3, Prior: 0.5, Rule: 1.5, Firm: 1.5, Mood: 0.3,
		Bars: [...]float64{0.29, 0.37, 0.45, 0.33}, Blend: 0.4, Sure: 0.33, Hidden: 0.5,
	}
}

// Places of the columns that are learnt alike.
var heads = [...]int{0, model.AtSeverity, model.AtGrave, model.AtSentiment, model.AtAbusive, model.AtLanguage, model.Columns}

// A weights table is a row for each feature and signal, with AdaGrad's memory.
type table struct{ rows, steps, sum []model.Row }

func newTable(n int) table {
	return table{make([]model.Row, n), make([]model.Row, n), make([]model.Row, n)}
}

// A Fit is weights as they are learnt.
type Fit struct {
	Settings
	features, signals, bias table
	severity                table // given the category; the first four columns
	averaged                int
}

func newFit(s Settings, features, signals int) *Fit {
	return &Fit{Settings: s, features: newTable(features), signals: newTable(signals), bias: newTable(len(model.Languages)), severity: newTable(model.Categories)}
}

// learn goes over the examples, each round in another order.
func (f *Fit) learn(all []Example, rounds int, seed uint64) {
	r := rand.New(rand.NewPCG(seed, seed))
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	for round := range rounds {
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			f.step(&all[i])
		}
		if round >= rounds-f.Averaged {
			f.averaged++
			for _, t := range f.tables() {
				t.remember()
			}
		}
	}
	for _, t := range f.tables() {
		t.average(f.averaged)
	}
}

func (f *Fit) tables() []*table { return []*table{&f.features, &f.signals, &f.bias, &f.severity} }

// mean makes f the mean of fits of the same examples: it is luck less than any of
// them.
func (f *Fit) mean(of []*Fit) {
	for i, into := range f.tables() {
		for _, one := range of {
			t := one.tables()[i]
			for at := range t.rows {
				for c, v := range t.rows[at] {
					into.rows[at][c] += v / float32(len(of))
				}
			}
		}
	}
}

func (t *table) remember() {
	for i := range t.rows {
		for c, v := range t.rows[i] {
			t.sum[i][c] += v
		}
	}
}

func (t *table) average(n int) {
	for i := range t.rows {
		for c := range t.rows[i] {
			t.rows[i][c] = t.sum[i][c] / float32(max(n, 1))
		}
	}
}

// logits returns what every column of e comes to.
func (f *Fit) logits(e *Example) (s [model.Columns]float64) {
	add := func(t *table, places []int32, each float64, columns int) {
		var sum model.Row
		for _, at := range places {
			for c, v := range t.rows[at] {
				sum[c] += v
			}
		}
		for c := range columns {
			s[c] += float64(sum[c]) * each
		}
	}
	add(&f.features, e.words, policy.Evenly(e.ofWords), model.Columns)
	add(&f.features, e.ideas, policy.Evenly(e.ofIdeas), model.AtLanguage)
	add(&f.signals, e.signals, f.Signal, model.AtLanguage)
	add(&f.bias, []int32{int32(e.lang)}, 1, model.AtLanguage)
	for c, points := range e.points {
		s[c] += f.Point * float64(points)
	}
	s[model.AtSentiment] -= f.Mood * float64(e.mood)
	s[model.AtSentiment+2] += f.Mood * float64(e.mood)
	return s
}

// severities returns the logits of the severities, given a category.
func (f *Fit) severities(e *Example, s *[model.Columns]float64, category int) (to [model.Severities]float64) {
	for k := range to {
		to[k] = s[model.AtSeverity+k] + float64(f.severity.rows[category][k])
	}
	if rule := e.rule[category]; e.asked[category] && rule >= int(desk.High-desk.Low) {
		to[rule] += f.Rule
	} else {
		to[rule] += f.Prior
	}
	return to
}

// step learns from one example.
func (f *Fit) step(e *Example) {
	s := f.logits(e)
	var g [model.Columns]float64 // how far each column is off
	softmax(s[:model.Categories], g[:])
	for c, want := range e.category {
		g[c] -= want
	}
	grave := f.severities(e, &s, e.gold)
	softmax(grave[:], g[model.AtSeverity:])
	g[model.AtSeverity+e.severity]--
	g[model.AtGrave] = 1 / (1 + math.Exp(-s[model.AtGrave]))
	if e.severity >= int(desk.High-desk.Low) {
		g[model.AtGrave]--
	}
	softmax(s[model.AtSentiment:model.AtAbusive], g[model.AtSentiment:])
	g[model.AtSentiment+e.sentiment]--
	g[model.AtAbusive] = 1 / (1 + math.Exp(-s[model.AtAbusive]))
	if e.abusive {
		g[model.AtAbusive]--
	}
	softmax(s[model.AtLanguage:], g[model.AtLanguage:])
	g[model.AtLanguage+e.lang]--
	for c := range g {
		g[c] *= e.weight
	}
	var given [model.Columns]float64
	copy(given[:], g[model.AtSeverity:model.AtGrave])

	f.update(&f.features, e.words, &g, policy.Evenly(e.ofWords), model.Columns)
	f.update(&f.features, e.ideas, &g, policy.Evenly(e.ofIdeas), model.AtLanguage)
	f.update(&f.signals, e.signals, &g, f.Signal, model.AtLanguage)
	f.update(&f.bias, []int32{int32(e.lang)}, &g, 1, model.AtLanguage)
	f.update(&f.severity, []int32{int32(e.gold)}, &given, 1, model.Severities)
}

// update moves rows against g. The columns of a head share the size of their
// step, so that what one gains the others lose.
func (f *Fit) update(t *table, places []int32, g *[model.Columns]float64, each float64, columns int) {
	for _, at := range places {
		w, memory := &t.rows[at], &t.steps[at]
		for h := 0; h+1 < len(heads) && heads[h] < columns; h++ {
			from, to := heads[h], heads[h+1]
			q := float64(memory[from])
			for c := from; c < to; c++ {
				d := g[c]*each + f.Decay*float64(w[c])
				q += d * d
			}
			memory[from] = float32(q)
			rate := f.Rate / (math.Sqrt(q) + 1e-6)
			for c := from; c < to; c++ {
				w[c] -= float32(rate * (g[c]*each + f.Decay*float64(w[c])))
			}
		}
	}
}

// softmax writes the shares that logits come to.
func softmax(logits, into []float64) {
	top, sum := slices.Max(logits), 0.0
	for i, x := range logits {
		into[i] = math.Exp(x - top)
		sum += into[i]
	}
	for i := range logits {
		into[i] /= sum
	}
}
