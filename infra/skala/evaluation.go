package main

import (
	"cmp"
	"maps"
	"slices"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

// An evaluation counts agreement per language and over all.
type evaluation struct {
	all      *agreement
	by       map[string]*agreement
	taken    map[mistaken]int // by language, category for category
	missed   map[mistaken]int // what is tier 3 and did not reach it
	feared   map[mistaken]int // what reached tier 3 and is less
	trust    [trustBins]trusted
	wrong    []wrongID
	listed   int // of wrong, at most
	listable int // how many wrong ones there are
}

// A mistaken is one kind of mistake.
type mistaken struct {
	Lang    string        `json:"lang"`
	Label   desk.Category `json:"label"`
	Verdict desk.Category `json:"verdict"`
}

// trustBins is how many steps confidence is looked at in.
const trustBins = 10

// A trusted counts what was said with about the same confidence.
type trusted struct {
	rows, right int
	confidence  float64 // added up
}

// A wrongID names a label that is judged wrongly.
type wrongID struct {
	ID string `json:"id"`
	mistaken
	Confidence float64 `json:"confidence"`
}

func newEvaluation(listed int) *evaluation {
	return &evaluation{all: newAgreement(), by: map[string]*agreement{}, taken: map[mistaken]int{}, missed: map[mistaken]int{}, feared: map[mistaken]int{}, listed: listed}
}

func (e *evaluation) add(j *judged) {
	if e.by[j.Lang] == nil {
		e.by[j.Lang] = newAgreement()
	}
	e.by[j.Lang].add(j)
	e.all.add(j)
	v := j.verdict
	kind := mistaken{j.Lang, j.Category, v.Category}
	if j.wrong() {
		e.taken[kind]++
		e.list(wrongID{j.ID, kind, v.Confidence})
	}
	switch {
	case j.Tier == desk.Senior && v.Tier != desk.Senior:
		e.missed[kind]++
	case j.Tier != desk.Senior && v.Tier == desk.Senior:
		e.feared[kind]++
	}
	t := &e.trust[min(trustBins-1, max(0, int(v.Confidence*trustBins)))]
	t.rows++
	t.confidence += v.Confidence
	count(&t.right, !j.wrong())
}

// list keeps the ids of the wrong ones of which triage was surest.
func (e *evaluation) list(w wrongID) {
	e.listable++
	if e.listed == 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(e.wrong, w, func(a, b wrongID) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(a.ID, b.ID))
	})
	if e.wrong = slices.Insert(e.wrong, at, w); len(e.wrong) > e.listed {
		e.wrong = e.wrong[:e.listed]
	}
}

// An agreement counts how verdicts compare with labels.
type agreement struct {
	rows, right, rightOrAlt      int
	senior, seniorSaid, both     int // tier 3 by the label, by the verdict, by both
	critical, criticalInSenior   int
	tierRight, severityRight     int
	moods, moodRight             int // of those whose label says so
	abuse, abuseSaid, abuseBoth  int
	actionables, actionableRight int
	langRight, unsure            int
	unsureWrong                  int
	table                        map[[2]desk.Category]int // label, verdict
}

func newAgreement() *agreement { return &agreement{table: map[[2]desk.Category]int{}} }

func count(n *int, yes bool) {
	if yes {
		*n++
	}
}

func (a *agreement) add(j *judged) {
	v := &j.verdict
	a.rows++
	count(&a.right, v.Category == j.Category)
	count(&a.rightOrAlt, !j.wrong())
	count(&a.senior, j.Tier == desk.Senior)
	count(&a.seniorSaid, v.Tier == desk.Senior)
	count(&a.both, j.Tier == desk.Senior && v.Tier == desk.Senior)
	count(&a.critical, j.Severity == desk.Critical)
	count(&a.criticalInSenior, j.Severity == desk.Critical && v.Tier == desk.Senior)
	count(&a.tierRight, j.Tier == v.Tier)
	count(&a.severityRight, j.Severity == v.Severity)
	count(&a.langRight, j.Lang == v.Lang)
	count(&a.unsure, v.Unsure())
	count(&a.unsureWrong, v.Unsure() && j.wrong())
	if j.Sentiment != "" {
		a.moods++
		count(&a.moodRight, j.Sentiment == v.Sentiment)
	}
	if j.Abusive != nil {
		count(&a.abuse, *j.Abusive)
		count(&a.abuseSaid, v.Abusive)
		count(&a.abuseBoth, *j.Abusive && v.Abusive)
	}
	if j.Actionable != nil {
		a.actionables++
		count(&a.actionableRight, *j.Actionable == v.Actionable)
	}
	a.table[[2]desk.Category{j.Category, v.Category}]++
}

// f1 returns how well one category is found.
func (a *agreement) f1(c desk.Category) found {
	said, labelled := 0, 0
	for pair, n := range a.table {
		if pair[0] == c {
			labelled += n
		}
		if pair[1] == c {
			said += n
		}
	}
	return foundOf(a.table[[2]desk.Category{c, c}], said, labelled)
}

// A found tells how well one thing is found.
type found struct {
	Rows      int     `json:"rows"` // that are labelled so
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

func foundOf(hit, said, labelled int) found {
	f := found{Rows: labelled, Precision: share(hit, said), Recall: share(hit, labelled)}
	if hit > 0 {
		f.F1 = 2 * f.Precision * f.Recall / (f.Precision + f.Recall)
	}
	return f
}

// macroF1 is the mean over the categories that have labels.
func (a *agreement) macroF1() float64 {
	sum, n := 0.0, 0
	for _, c := range desk.Categories {
		if f := a.f1(c); f.Rows > 0 {
			sum += f.F1
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// Figures are what an evaluation found, for people and for programs.
type figures struct {
	Policy      string                             `json:"policy"`
	Name        string                             `json:"name"`
	Profile     string                             `json:"profile"`
	Part        string                             `json:"part,omitempty"`
	Messages    int                                `json:"messages"`
	Scores      map[string]scores                  `json:"scores"`     // by language, and "all"
	Categories  map[string]map[desk.Category]found `json:"categories"` // by language, and "all"
	Confusions  []tally                            `json:"confusions"` // over all, right ones too
	Errors      []tally                            `json:"errors"`     // of category, alt counting as right
	Missed      []tally                            `json:"missed"`     // tier 3 by the label alone
	Feared      []tally                            `json:"feared"`     // tier 3 by the verdict alone
	Calibration []calibrated                       `json:"calibration"`
	Deviation   float64                            `json:"calibration_error"` // how far confidence is from the share that is right, on average
	Wrong       []wrongID                          `json:"wrong,omitempty"`
	WrongRows   int                                `json:"wrong_rows"`
}

// Scores are the figures of one language. Shares are of rows, unless they say
// otherwise; what no label tells is 0.
type scores struct {
	Rows            int     `json:"rows"`
	MacroF1         float64 `json:"macro_f1"`
	Strict          float64 `json:"strict"`
	WithAlt         float64 `json:"with_alt"`
	Severity        float64 `json:"severity"`
	Tier            float64 `json:"tier"`
	SeniorRecall    float64 `json:"tier3_recall"`
	SeniorPrecision float64 `json:"tier3_precision"`
	Critical        float64 `json:"critical_in_tier3"`
	Sentiment       float64 `json:"sentiment"`
	Abusive         found   `json:"abusive"`
	Language        float64 `json:"language"`
	Actionable      float64 `json:"actionable"`
	Unsure          float64 `json:"unsure"`
	UnsureWrong     float64 `json:"unsure_wrong"` // of the unsure ones
}

// A tally is how often one kind of mistake was made.
type tally struct {
	mistaken
	Rows int `json:"rows"`
}

// A calibrated is a step of confidence, and how often it is right.
type calibrated struct {
	From       float64 `json:"from"`
	To         float64 `json:"to"`
	Rows       int     `json:"rows"`
	Confidence float64 `json:"confidence"` // on average
	Right      float64 `json:"right"`
}

// figures returns what was found of policy p.
func (e *evaluation) figures(p *policy.Policy, part string) figures {
	f := figures{Policy: p.Hash, Name: p.Name, Profile: p.Profile, Part: part, Messages: e.all.rows,
		Scores: map[string]scores{everything: e.all.scores()}, Categories: map[string]map[desk.Category]found{everything: e.all.categories()},
		Errors: tallies(e.taken), Missed: tallies(e.missed), Feared: tallies(e.feared), Wrong: e.wrong, WrongRows: e.listable}
	for lang, a := range e.by {
		f.Scores[lang], f.Categories[lang] = a.scores(), a.categories()
	}
	for _, said := range desk.Categories {
		for _, c := range desk.Categories {
			if n := e.all.table[[2]desk.Category{said, c}]; n > 0 {
				f.Confusions = append(f.Confusions, tally{mistaken{everything, said, c}, n})
			}
		}
	}
	for i, t := range e.trust {
		c := calibrated{From: float64(i) / trustBins, To: float64(i+1) / trustBins, Rows: t.rows, Right: share(t.right, t.rows)}
		if t.rows > 0 {
			c.Confidence = t.confidence / float64(t.rows)
			f.Deviation += share(t.rows, e.all.rows) * max(c.Confidence-c.Right, c.Right-c.Confidence)
		}
		f.Calibration = append(f.Calibration, c)
	}
	return f
}

// everything is the name of the row over all languages.
const everything = "all"

func (a *agreement) scores() scores {
	return scores{Rows: a.rows, MacroF1: a.macroF1(), Strict: share(a.right, a.rows), WithAlt: share(a.rightOrAlt, a.rows),
		Severity: share(a.severityRight, a.rows), Tier: share(a.tierRight, a.rows), SeniorRecall: share(a.both, a.senior), SeniorPrecision: share(a.both, a.seniorSaid),
		Critical: share(a.criticalInSenior, a.critical), Sentiment: share(a.moodRight, a.moods), Abusive: foundOf(a.abuseBoth, a.abuseSaid, a.abuse),
		Language: share(a.langRight, a.rows), Actionable: share(a.actionableRight, a.actionables), Unsure: share(a.unsure, a.rows), UnsureWrong: share(a.unsureWrong, a.unsure)}
}

func (a *agreement) categories() map[desk.Category]found {
	all := map[desk.Category]found{}
	for _, c := range desk.Categories {
		if f := a.f1(c); f.Rows > 0 || f.Precision > 0 {
			all[c] = f
		}
	}
	return all
}

// tallies sorts counts, the most first.
func tallies(of map[mistaken]int) []tally {
	all := []tally{}
	for kind, n := range of {
		all = append(all, tally{kind, n})
	}
	slices.SortFunc(all, func(a, b tally) int {
		return cmp.Or(b.Rows-a.Rows, cmp.Compare(a.Lang, b.Lang), cmp.Compare(a.Label, b.Label), cmp.Compare(a.Verdict, b.Verdict))
	})
	return all
}

// languages returns the languages that have figures.
func (f *figures) languages() []string {
	langs := slices.Sorted(maps.Keys(f.Scores))
	return slices.DeleteFunc(langs, func(lang string) bool { return lang == everything })
}
