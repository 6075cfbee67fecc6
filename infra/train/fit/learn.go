package fit

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"
	"sync"

	"example.com/skala/infra/corpus"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
	"example.com/skala/shared/policy/model"
)

// An Example is what one message shows, and what it should be taken for.
type Example struct {
	lang             int
	words, ideas     []int32 // places of what is known, as often as it stands there
	ofWords, ofIdeas int     // how many there are, the unknown ones too
	signals          []int32
	points           [model.Categories]int
	rule             [model.Categories]int // severity by the rules, 0 for low
	asked            [model.Categories]bool
	mood             int

	category  [model.Categories]float64 // adds up to one
	gold      int
	severity  int
	sentiment int
	abusive   bool
	weight    float64
}

// Learn returns a file of weights, as package model opens it, learnt from rows by
// a policy's lexicon and the words of concepts, by key.
func Learn(s Settings, document []byte, rows []corpus.Row, words map[uint32][]int) ([]byte, error) {
	p, err := teacher(document, words)
	if err != nil {
		return nil, err
	}
	l := &lesson{Settings: s, places: map[uint32]int32{}, signals: map[string]int32{}}
	l.read(p, rows)
	if len(l.keys) > s.Features { // a first look at all of them says which to keep
		f := newFit(s, len(l.keys), len(l.signals))
		f.learn(l.examples(), rehearsal, 0)
		l.keep(f.features.rows)
	}
	examples, fits := l.examples(), make([]*Fit, max(1, s.Starts))
	var all sync.WaitGroup
	for i := range fits {
		fits[i] = newFit(s, len(l.keys), len(l.signals))
		all.Go(func() { fits[i].learn(examples, s.Rounds, uint64(i+1)) })
	}
	all.Wait()
	f := newFit(s, len(l.keys), len(l.signals))
	f.mean(fits)
	return l.pack(f, words)
}

// rehearsal is how many rounds it takes to see which features matter.
const rehearsal = 4

// teacher is a policy that hears the lexicon and the concepts, and knows nothing
// else.
func teacher(document []byte, words map[uint32][]int) (*policy.Policy, error) {
	file, err := model.Pack(model.Header{Point: 1}, nil, words)
	if err != nil {
		return nil, err
	}
	weights, err := model.Open(file)
	if err != nil {
		return nil, err
	}
	return policy.LoadWith(document, "policy", weights)
}

// A lesson is everything there is to learn from.
type lesson struct {
	Settings
	rows    []corpus.Row
	shown   []policy.Evidence // by row
	often   map[uint32]int    // in how many messages a feature is
	keys    []uint32          // of the features learnt, ascending
	places  map[uint32]int32
	signals map[string]int32
	source  string // a hash of it all
}

func (l *lesson) read(p *policy.Policy, rows []corpus.Row) {
	l.rows, l.often = rows, map[uint32]int{}
	hash := sha256.New()
	for _, r := range rows {
		e := p.Evidence(policy.Message{Text: r.Text}, r.Lang)
		l.shown = append(l.shown, e)
		seen := map[uint32]bool{}
		for _, features := range [][]model.Feature{e.Features, e.Ideas} {
			for _, f := range features {
				if !seen[f.Key] {
					seen[f.Key] = true
					l.often[f.Key]++
				}
			}
		}
		for _, name := range e.Signals {
			if _, ok := l.signals[name]; !ok {
				l.signals[name] = int32(len(l.signals))
			}
		}
		fmt.Fprintln(hash, r.Lang, r.Category, r.Severity, r.Sentiment, r.Abusive, r.Alt, r.Text)
	}
	l.source = hex.EncodeToString(hash.Sum(nil)[:6])
	for key, n := range l.often {
		if n >= l.Fewest && key != 0 {
			l.keys = append(l.keys, key)
		}
	}
	l.place(l.keys)
}

func (l *lesson) place(keys []uint32) {
	slices.Sort(keys)
	l.keys = keys
	clear(l.places)
	for i, key := range keys {
		l.places[key] = int32(i)
	}
}

// keep keeps the features that say most: by their weight, and how often they are
// there to say it.
func (l *lesson) keep(rows []model.Row) {
	says := make(map[uint32]float64, len(l.keys))
	for i, key := range l.keys {
		for _, v := range rows[i] {
			says[key] += float64(v) * float64(v) * float64(l.often[key])
		}
	}
	slices.SortFunc(l.keys, func(a, b uint32) int { return cmp.Or(cmp.Compare(says[b], says[a]), cmp.Compare(a, b)) })
	l.place(l.keys[:l.Features])
}

// examples returns what the rows teach of the features that are kept.
func (l *lesson) examples() []Example {
	type kind struct {
		lang string
		of   desk.Category
	}
	kinds, langs := map[kind]int{}, map[string]int{}
	for _, r := range l.rows {
		kinds[kind{r.Lang, r.Category}]++
		langs[r.Lang]++
	}
	all := make([]Example, len(l.rows))
	for i, r := range l.rows {
		all[i] = l.example(&l.shown[i], r)
		share := float64(kinds[kind{r.Lang, r.Category}]*model.Categories) / float64(langs[r.Lang])
		all[i].weight = math.Pow(share, -l.Balance)
		if late(r) {
			all[i].weight *= l.Late
		}
	}
	return all
}

// late reports whether a row was written after customers' own messages had been
// read: its file says so.
func late(r corpus.Row) bool {
	name := path.Base(r.File)
	return strings.HasPrefix(name, "r3") || strings.HasPrefix(name, "r4") || strings.HasPrefix(name, "r5")
}

func (l *lesson) example(shown *policy.Evidence, r corpus.Row) Example {
	e := Example{
		lang: slices.Index(model.Languages[:], r.Lang), ofWords: len(shown.Features), ofIdeas: len(shown.Ideas), mood: shown.Mood,
		points: shown.Points, asked: shown.Asked,
		gold: slices.Index(desk.Categories, r.Category), severity: int(r.Severity - desk.Low),
		sentiment: slices.Index(model.Moods[:], r.Sentiment), abusive: r.Abusive,
	}
	known := func(features []model.Feature) (places []int32) {
		for _, f := range features {
			if at, ok := l.places[f.Key]; ok {
				places = append(places, at)
			}
		}
		return places
	}
	e.words, e.ideas = known(shown.Features), known(shown.Ideas)
	for _, name := range shown.Signals {
		e.signals = append(e.signals, l.signals[name])
	}
	for c, s := range shown.Severity {
		e.rule[c] = int(s - desk.Low)
	}
	e.category[e.gold] = 1
	for _, alt := range r.Alt {
		share := l.Alt / float64(len(r.Alt))
		e.category[e.gold] -= share
		e.category[slices.Index(desk.Categories, alt)] += share
	}
	return e
}

// pack writes what was learnt as a file.
func (l *lesson) pack(f *Fit, words map[uint32][]int) ([]byte, error) {
	h := model.Header{
		Signals: map[string]model.Row{}, Bias: map[string]model.Row{},
		Point: l.Point, Prior: l.Prior, Rule: l.Rule + l.Firm, Mood: l.Mood,
		Grave: l.Bars, Blend: l.Blend, Sure: l.Sure, Hidden: l.Hidden, Corpus: l.source,
	}
	for name, at := range l.signals {
		row := f.signals.rows[at]
		for c := range row {
			row[c] *= float32(l.Signal)
		}
		h.Signals[name] = row
	}
	for at, lang := range model.Languages {
		row := f.bias.rows[at]
		for c, category := range desk.Categories {
			row[c] += float32(l.Lean[category])
		}
		h.Bias[lang] = row
	}
	for c := range h.Severity {
		copy(h.Severity[c][:], f.severity.rows[c][:model.Severities])
		for s := desk.High - desk.Low; s <= desk.Critical-desk.Low; s++ {
			h.Severity[c][s] += float32(l.Settings.Grave[desk.Categories[c]])
		}
	}
	features := make(map[uint32]model.Row, len(l.keys))
	for i, key := range l.keys {
		features[key] = f.features.rows[i]
	}
	return model.Pack(h, features, words)
}
