package policy

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/infra/corpus"
	standard "example.com/skala/infra/policy"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy/model"
)

// says is what a word speaks for, in logits: categories, and severities by how
// grave they are.
type says map[any]float32

// knowing returns the default policy with weights that know some words and no more.
func knowing(tb testing.TB, words map[string]says, change func(h *model.Header)) *Policy {
	tb.Helper()
	h := model.Blank().Header
	h.Hidden, h.Sure = 2, 0.8
	if change != nil {
		change(&h)
	}
	rows := map[uint32]model.Row{}
	for word, of := range words {
		var row model.Row
		for what, logits := range of {
			switch what := what.(type) {
			case desk.Category:
				row[categoryOf(what)] = logits
			case desk.Severity:
				row[model.AtSeverity+int(what-desk.Low)] = logits
			}
		}
		w := new(workspace)
		entryFolder().fold(word, &w.text)
		features(w)
		rows[w.features[len(w.features)-1].Key] = row // of the whole word
	}
	file, err := model.Pack(h, rows, nil)
	if err != nil {
		tb.Fatal(err)
	}
	weights, err := model.Open(file)
	if err != nil {
		tb.Fatal(err)
	}
	p, err := LoadWith(standard.Default, "policy.yaml", weights)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// everyday are words of praise and of something critical.
func everyday() map[string]says {
	grave := says{desk.Fraud: 12, desk.Critical: 12, desk.Low: -6}
	return map[string]says{"lumovia": {desk.Praise: 12, desk.Low: 12, desk.Critical: -12}, "krakenu": grave, "fallado": grave, "vindik": grave}
}

func TestACriticalPassageBetweenPraiseSetsTheFloor(t *testing.T) {
	t.Parallel()
	p := knowing(t, everyday(), nil)
	const passage = "krakenu fallado vindik "
	for _, around := range []int{0, 30, 3000} {
		praise := strings.Repeat("lumovia bo ", around)
		v := p.Classify(Message{Text: praise + passage + praise, Visibility: desk.Public})
		if v.Tier < desk.Individual || v.Severity < desk.Normal || !v.Actionable || v.Disposition() == desk.NeedsNone {
			t.Errorf("between %d words of praise: %s, %s, tier %d", 2*around, v.Category, v.Severity, v.Tier)
		}
		if around == 0 {
			continue
		}
		if v := p.Classify(Message{Text: praise + praise, Visibility: desk.Public}); v.Category != desk.Praise || v.Tier >= desk.Individual {
			t.Errorf("%d words of praise alone: %s, tier %d", 2*around, v.Category, v.Tier)
		}
		apart := praise + "krakenu " + praise + "fallado " + praise + "vindik " + praise
		if v := p.Classify(Message{Text: apart, Visibility: desk.Public}); v.Tier >= desk.Individual {
			t.Errorf("the words far apart, among %d words of praise: %s, tier %d; they are no passage", 4*around, v.Category, v.Tier)
		}
	}
}

// TestNothingPutAroundHidesWhatIsCritical wraps what triage takes for critical by
// itself in praise, chatter, advertising and questions.
func TestNothingPutAroundHidesWhatIsCritical(t *testing.T) {
	t.Parallel()
	p, err := Load(standard.Default, "policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var grave, slight []string
	for _, row := range messages(t, 6000) {
		m := Message{Text: row.Text}
		switch v := p.Classify(m); {
		case row.Held() && row.Severity == desk.Critical && v.Severity == desk.Critical && v.Tier == desk.Senior:
			grave = append(grave, row.Text)
		case row.Severity == desk.Low && v.Severity == desk.Low && len(row.Text) < 160:
			slight = append(slight, row.Text)
		}
	}
	if len(grave) < 50 || len(slight) < 500 {
		t.Fatalf("%d grave and %d slight messages are too few", len(grave), len(slight))
	}
	r := rand.New(rand.NewPCG(21, 22))
	for n := range 3000 {
		parts := []string{grave[n%len(grave)]}
		for range 1 + r.IntN(6) {
			if other := slight[r.IntN(len(slight))]; r.IntN(2) == 0 {
				parts = append(parts, other)
			} else {
				parts = slices.Insert(parts, 0, other)
			}
		}
		text := strings.Join(parts, []string{". ", ", ", "! ", "\n", " ... ", "; ", " 😂 ", "? ", " - "}[r.IntN(9)])
		if v := p.Classify(Message{Text: text}); v.Tier < desk.Individual || v.Disposition() == desk.NeedsNone {
			t.Errorf("%s, %s, tier %d: %q in %q", v.Category, v.Severity, v.Tier, grave[n%len(grave)], text)
		}
	}
}

func TestAPassageOfWhatWantsNoAnswerSetsNoFloor(t *testing.T) {
	t.Parallel()
	words := everyday()
	for _, word := range []string{"krakenu", "fallado", "vindik"} {
		words[word] = says{desk.Spam: 12, desk.Critical: 12, desk.Low: -6}
	}
	praise := strings.Repeat("lumovia bo ", 100)
	if v := knowing(t, words, nil).Classify(Message{Text: praise + "krakenu fallado vindik " + praise, Visibility: desk.Public}); v.Tier >= desk.Individual {
		t.Errorf("%s, tier %d", v.Category, v.Tier)
	}
}

func TestLookingForAPassageIsLinear(t *testing.T) {
	t.Parallel()
	words := map[string]says{"b": {desk.Critical: 8, desk.Low: 4}} // always worth a second look, never enough
	p := knowing(t, words, func(h *model.Header) { h.Sure, h.Grave = 1, [...]float64{2, 2, 2, 2} })
	start := time.Now()
	v := p.Classify(Message{Text: strings.Repeat("b ", 50_000)})
	// Half a second or so on a busy machine; the square of it would be minutes.
	if took := time.Since(start); took > 20*time.Second || v.Severity != desk.Low {
		t.Errorf("100 KB took %v and are %s", took, v.Severity)
	}
}

// messages returns some of the corpus, drawn by chance but always the same way.
func messages(tb testing.TB, n int) (rows []corpus.Row) {
	tb.Helper()
	all, _ := corpus.Read(os.DirFS("../../infra/corpus")) // its own tests tell of lines that cannot be read
	if len(all) < n {
		tb.Fatalf("there are %d messages, not %d", len(all), n)
	}
	r := rand.New(rand.NewPCG(11, 12))
	for range n {
		rows = append(rows, all[r.IntN(len(all))])
	}
	return rows
}

func TestReasonsStandOnWordsAndAddUp(t *testing.T) {
	t.Parallel()
	p, err := Load(standard.Default, "policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, row := range messages(t, 2000) {
		m, w := Message{Text: row.Text, Lang: row.Lang}, new(workspace)
		v := p.Classify(m)
		p.hear(m, w)
		begins, ends := map[int32]bool{}, map[int32]bool{}
		for _, s := range w.segments {
			begins[w.text.start[s.from]], ends[w.text.end[s.to-1]] = true, true
		}
		score, words, rest := 0, 0, 0
		for _, r := range v.Reasons {
			score += r.Weight
			switch r.Signal {
			case modelRest:
				rest++
			case modelWord:
				words++
				if !begins[int32(r.Start)] || !ends[int32(r.End)] {
					t.Errorf("%s:%d: %+v does not stand on whole words of %q", row.File, row.Line, r, row.Text)
				}
				if r.Weight < 1 {
					t.Errorf("%s:%d: %+v says nothing", row.File, row.Line, r)
				}
			}
		}
		spans := slices.DeleteFunc(slices.Clone(v.Reasons), func(r desk.Reason) bool { return r.Signal != modelWord })
		slices.SortFunc(spans, func(a, b desk.Reason) int { return cmp.Compare(a.Start, b.Start) })
		for i := 1; i < len(spans); i++ {
			if spans[i].Start < spans[i-1].End {
				t.Errorf("%s:%d: %+v and %+v overlap", row.File, row.Line, spans[i-1], spans[i])
			}
		}
		if words > wordsNamed || rest > 1 || score != v.Score {
			t.Errorf("%s:%d: %d words and %d rests named, weights of %d in a score of %d", row.File, row.Line, words, rest, score, v.Score)
		}
		named += words
	}
	if named < 1000 {
		t.Errorf("%d words are named in all", named)
	}
}

func TestTheScoreIsWhatTheWordsSay(t *testing.T) {
	t.Parallel()
	p := knowing(t, map[string]says{"krakenu": {desk.Fraud: 12}, "fallado": {desk.Fraud: 20}, "lumovia": {desk.Fraud: -8, desk.Praise: 1}}, func(h *model.Header) { h.Point = 0.5 })
	for text, want := range map[string]int{ // a quarter of the logits each, two points a logit
		"krakenu": 6, "krakenu fallado": 16, "krakenu, krakenu, fallado": 22, "krakenu lumovia": 2, "fallado xx lumovia": 6,
	} {
		if v := p.Classify(Message{Text: text}); v.Category != desk.Fraud || v.Score != want {
			t.Errorf("%q: %s with a score of %d, want %d; reasons %+v", text, v.Category, v.Score, want, v.Reasons)
		}
	}
}

func TestOnlyTheWeightiestWordsAreNamed(t *testing.T) {
	t.Parallel()
	words := map[string]says{}
	var text []string
	for i, word := range []string{"amok", "burim", "cavo", "dulen", "erpo", "fasil"} {
		words[word] = says{desk.Fraud: float32(8 + 4*(i*5%6))}
		text = append(text, word)
	}
	v := knowing(t, words, nil).Classify(Message{Text: strings.Join(text, ", ")})
	var got []string
	for _, r := range v.Reasons {
		if r.Signal == modelWord {
			got = append(got, r.Text)
		}
	}
	if want := []string{"burim", "cavo", "dulen", "erpo"}; !slices.Equal(got, want) {
		t.Errorf("named are %q, want %q: the weightiest first", got, want)
	}
}

func TestWhatWasWrittenToUsAloneIsAnsweredUnlessItSurelyWantsNone(t *testing.T) {
	t.Parallel()
	p := knowing(t, map[string]says{"lumovia": {desk.Other: 12, desk.Complaint: 11}, "surelumo": {desk.Other: 40}}, nil)
	for _, tt := range []struct {
		text string
		seen desk.Visibility
		want desk.Disposition
	}{
		{"lumovia", desk.Private, desk.NeedsAnswer}, {"lumovia", desk.Group, desk.NeedsAnswer}, {"lumovia", desk.Public, desk.NeedsNone},
		{"surelumo", desk.Private, desk.NeedsNone}, {"surelumo", desk.Group, desk.NeedsNone}, {"surelumo", desk.Public, desk.NeedsNone},
	} {
		if v := p.Classify(Message{Text: tt.text, Visibility: tt.seen}); v.Disposition() != tt.want {
			t.Errorf("%q, %s: %s, %s; want %s", tt.text, tt.seen, v.Category, v.Disposition(), tt.want)
		}
	}
}

func TestHowGraveItIsMixesWhatItMayBeAbout(t *testing.T) {
	t.Parallel()
	word := says{desk.Request: 13, desk.Fraud: 12}
	harmless := func(h *model.Header) { // a request is low, fraud critical
		h.Grave = [...]float64{0.3, 0.3, 0.3, 0.3}
		h.Severity[categoryOf(desk.Request)] = [4]float32{8, 0, -8, -8}
		h.Severity[categoryOf(desk.Fraud)] = [4]float32{-8, -8, 0, 8}
	}
	if v := knowing(t, map[string]says{"lumovia": word}, harmless).Classify(Message{Text: "lumovia"}); v.Category != desk.Request || v.Severity < desk.High {
		t.Errorf("a request that may as well be fraud is %s and %s", v.Category, v.Severity)
	}
	word[desk.Request] = 40
	if v := knowing(t, map[string]says{"lumovia": word}, harmless).Classify(Message{Text: "lumovia"}); v.Category != desk.Request || v.Severity != desk.Low {
		t.Errorf("a request that can be nothing else is %s and %s", v.Category, v.Severity)
	}
}

// shuffled returns p with its signals in another order.
func shuffled(p *Policy, r *rand.Rand) *Policy {
	to := r.Perm(len(p.signals))
	q := &Policy{
		Name: p.Name, Hash: p.Hash, Profile: p.Profile, Tiers: p.Tiers, Plan: p.Plan, Second: p.Second, Document: p.Document,
		folder: p.folder, written: p.written, sounded: p.sounded, categories: p.categories, otherwise: p.otherwise, route: p.route,
		authors: p.authors, rise: p.rise, contact: p.contact, graver: p.graver, doubt: p.doubt, tags: p.tags, teams: p.teams,
		rules: p.rules, lanes: p.lanes, sensitive: p.sensitive,
		signals: make([]signal, len(p.signals)),
	}
	for from, s := range p.signals {
		if s.negated == turns {
			s.instead = to[s.instead]
		}
		q.signals[to[from]] = s
	}
	for _, l := range []*lexicon{&q.written, &q.sounded} {
		l.forms = slices.Clone(l.forms)
		for i := range l.forms {
			if f := &l.forms[i]; f.role == speaks {
				f.signal = int32(to[f.signal])
			}
		}
	}
	q.learn(p.weights)
	return q
}

func TestTheOrderOfSignalsDoesNotMatter(t *testing.T) {
	t.Parallel()
	p, err := Load(standard.Default, "policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(13, 14))
	rows := messages(t, 500)
	for range 4 {
		q := shuffled(p, r)
		for _, row := range rows {
			m := Message{Text: row.Text, Lang: row.Lang}
			a, b := p.Classify(m), q.Classify(m)
			ra, rb := counted(a.Reasons), counted(b.Reasons)
			if a.Category != b.Category || a.Severity != b.Severity || a.Tier != b.Tier || a.Sentiment != b.Sentiment || a.Abusive != b.Abusive ||
				a.Score != b.Score || a.Lang != b.Lang || !slices.Equal(a.Tags, b.Tags) || !maps.Equal(ra, rb) {
				t.Errorf("%s:%d: %+v, with the signals in another order %+v", row.File, row.Line, a, b)
			}
		}
	}
}

// counted returns how often each reason is given.
func counted(reasons []desk.Reason) map[desk.Reason]int {
	n := map[desk.Reason]int{}
	for _, r := range reasons {
		n[r]++
	}
	return n
}
