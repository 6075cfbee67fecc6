// Command train learns the weights of triage from the corpus.
package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"

	"example.com/skala/infra/corpus"
	standard "example.com/skala/infra/policy"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
	"example.com/skala/shared/policy/model"
)

type measured struct {
	corpus.Row
	tier desk.Tier
}

func main() {
	var s settings
	flag.IntVar(&s.epochs, "epochs", 12, "")
	flag.Float64Var(&s.rate, "rate", 0.3, "")
	flag.Float64Var(&s.decayW, "l2", 1e-5, "")
	flag.Float64Var(&s.decayR, "l2r", 1e-4, "")
	flag.Float64Var(&s.point, "point", 0.15, "")
	flag.Float64Var(&s.prior, "prior", 1, "")
	flag.Float64Var(&s.rule, "rule", 2.5, "")
	flag.Float64Var(&s.firm, "firm", 1, "")
	flag.Float64Var(&s.mood, "mood", 0.3, "")
	flag.Float64Var(&s.signal, "signal", 0.5, "")
	flag.IntVar(&s.average, "average", 0, "")
	flag.Float64Var(&s.drop, "drop", 0, "")
	minDF := flag.Int("df", 2, "")
	alt := flag.Float64("alt", 0.2, "")
	theta := flag.Float64("theta", 0.4, "")
	noidea := flag.Bool("noidea", false, "")
	nosig := flag.Bool("nosig", false, "")
	measure := flag.String("measure", "", "")
	extra := flag.String("extra", "", "")
	out := flag.String("out", "", "")
	keep := flag.Int("keep", 96000, "")
	balance := flag.Float64("balance", 0.3, "")
	seed := flag.Uint64("seed", 1, "")
	flag.Parse()

	words, err := conceptWords("infra/corpus/concepts")
	must(err)
	seedFile, err := model.Pack(model.Header{Point: 1}, nil, words)
	must(err)
	seedWeights, err := model.Open(seedFile)
	must(err)
	p, err := policy.LoadWith(standard.Default, "default.yaml", seedWeights)
	must(err)
	rows, err := corpus.Read(os.DirFS("infra/corpus"))
	if err != nil {
		fmt.Println(err)
	}
	ws := make([]float64, 0)
	for range rows {
		ws = append(ws, 1)
	}
	if *extra != "" {
		r := readExtra(*extra)
		rows = append(rows, r...)
		for range r {
			ws = append(ws, 1)
		}
	}
	sigs := map[string]int32{}
	vocab := map[uint32]int32{}
	var examples, held []example
	count := map[uint32]int{}
	type ev struct {
		policy.Evidence
	}
	evs := make([]policy.Evidence, len(rows))
	for i, r := range rows {
		evs[i] = p.Evidence(policy.Message{Text: r.Text}, r.Lang)
		seen := map[uint32]bool{}
		for _, k := range append(slices.Clone(evs[i].Features), evs[i].Ideas...) {
			if !seen[k.Key] && !r.Held() {
				seen[k.Key] = true
				count[k.Key]++
			}
		}
	}
	keys := make([]uint32, 0)
	for k, n := range count {
		if n >= *minDF {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for i, k := range keys {
		vocab[k] = int32(i)
	}
	byLang := map[string]int{}
	for i, r := range rows {
		e := toExample(evs[i], r, vocab, sigs, !r.Held(), *alt)
		if *noidea {
			e.ideas = nil
		}
		if *nosig {
			e.signals = nil
			e.points = [nCategories]float64{}
		}
		e.weight = ws[i]
		if r.Held() {
			held = append(held, e)
		} else {
			byLang[r.Lang]++
			examples = append(examples, e)
		}
	}
	fmt.Println(len(examples), "examples", byLang, len(held), "held", len(vocab), "features", len(sigs), "signals")
	perClass := map[[2]int]int{}
	perLang := map[int]int{}
	for i := range examples {
		perClass[[2]int{examples[i].lang, examples[i].want.gold}]++
		perLang[examples[i].lang]++
	}
	for i := range examples {
		e := &examples[i]
		n := float64(perClass[[2]int{e.lang, e.want.gold}]) * 15 / float64(perLang[e.lang])
		e.weight = math.Pow(n, -*balance)
	}
	f := newFit(s, len(vocab), len(sigs)+64)
	if len(keys) > *keep {
		first := s
		first.epochs = 4
		g := newFit(first, len(vocab), len(sigs)+64)
		g.learn(examples, *seed, nil)
		often := make([]int, len(keys))
		for i, k := range keys {
			often[i] = count[k]
		}
		kept := g.strongest(*keep, often)
		to := make([]int32, len(keys))
		for i := range to {
			to[i] = -1
		}
		slices.Sort(kept)
		var fewer []uint32
		for i, at := range kept {
			to[at] = int32(i)
			fewer = append(fewer, keys[at])
			vocab[keys[at]] = int32(i)
		}
		for i, k := range keys {
			if to[i] < 0 {
				delete(vocab, k)
			}
		}
		keys = fewer
		for _, all := range [][]example{examples, held} {
			for i := range all {
				n := all[i].features[:0]
				for _, at := range all[i].features {
					if to[at] >= 0 {
						n = append(n, to[at])
					}
				}
				all[i].features = n
				n = all[i].ideas[:0]
				for _, at := range all[i].ideas {
					if to[at] >= 0 {
						n = append(n, to[at])
					}
				}
				all[i].ideas = n
			}
		}
		f = newFit(s, len(vocab), len(sigs)+64)
	}
	var mrows []measured
	var mex []example
	if *measure != "" {
		mrows = readMeasure(*measure)
		for _, r := range mrows {
			e := toExample(p.Evidence(policy.Message{Text: r.Text}, r.Lang), r.Row, vocab, sigs, false, 0)
			if *noidea {
				e.ideas = nil
			}
			if *nosig {
				e.signals = nil
				e.points = [nCategories]float64{}
			}
			mex = append(mex, e)
		}
	}
	f.learn(examples, *seed, func(epoch int) {
		if epoch%4 == 3 || epoch == s.epochs-1 {
			fmt.Printf("epoch %d\n", epoch)
			report("held", f, held, nil, *theta)
			if len(mex) > 0 {
				report("dev", f, mex, mrows, *theta)
			}
		}
	})
	if *out != "" {
		must(write(*out, f, keys, sigs, words, model.Header{Grave: *theta, Sure: 0.8, Hidden: 2}))
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func toExample(ev policy.Evidence, r corpus.Row, vocab map[uint32]int32, sigs map[string]int32, grow bool, alt float64) example {
	e := example{lang: slices.Index([]string{"th", "es", "el", "en"}, r.Lang), total: len(ev.Features), totalIdeas: len(ev.Ideas), mood: ev.Mood, abused: ev.Insult, weight: 1}
	for _, k := range ev.Features {
		if at, ok := vocab[k.Key]; ok {
			e.features = append(e.features, at)
		}
	}
	for _, k := range ev.Ideas {
		if at, ok := vocab[k.Key]; ok {
			e.ideas = append(e.ideas, at)
		}
	}
	for _, name := range ev.Signals {
		at, ok := sigs[name]
		if !ok && grow {
			at, ok = int32(len(sigs)), true
			sigs[name] = at
		}
		if ok {
			e.signals = append(e.signals, at)
		}
	}
	for c := range ev.Points {
		e.points[c] = float64(ev.Points[c])
		e.heard[c] = ev.Asked[c]
		e.rule[c] = int(ev.Severity[c]) - 1
	}
	e.want.gold = slices.Index(desk.Categories, r.Category)
	share := 0.0
	if len(r.Alt) > 0 {
		share = alt
		for _, a := range r.Alt {
			e.want.category[slices.Index(desk.Categories, a)] += share / float64(len(r.Alt))
		}
	}
	e.want.category[e.want.gold] += 1 - share
	e.want.severity = int(r.Severity) - 1
	e.want.sentiment = slices.Index([]desk.Sentiment{desk.Negative, desk.Neutral, desk.Positive}, r.Sentiment)
	e.want.abusive = r.Abusive
	return e
}

func readExtra(file string) (rows []corpus.Row) {
	in, err := os.Open(file)
	must(err)
	defer in.Close()
	sc := bufio.NewScanner(in)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var v struct{ Key, Text, Category, Severity, Sentiment, Flags, Lang string }
		must(json.Unmarshal(sc.Bytes(), &v))
		if v.Lang == "" {
			v.Lang = "th"
		}
		r := corpus.Row{Lang: v.Lang, Category: desk.Category(v.Category), Sentiment: desk.Sentiment(v.Sentiment), Text: v.Text}
		must(r.Severity.UnmarshalText([]byte(v.Severity)))
		rows = append(rows, r)
	}
	return rows
}

func readMeasure(file string) (rows []measured) {
	in, err := os.Open(file)
	must(err)
	defer in.Close()
	var sc *bufio.Scanner
	if z, err := gzip.NewReader(in); err == nil {
		sc = bufio.NewScanner(z)
	} else {
		in.Seek(0, 0)
		sc = bufio.NewScanner(in)
	}
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var v struct {
			Lang, Text string
			Category   desk.Category
			Severity   desk.Severity
			Sentiment  desk.Sentiment
			Tier       desk.Tier
			Abusive    bool
			Alt        []desk.Category
		}
		must(json.Unmarshal(sc.Bytes(), &v))
		rows = append(rows, measured{corpus.Row{Lang: v.Lang, Text: v.Text, Category: v.Category, Severity: v.Severity, Sentiment: v.Sentiment, Abusive: v.Abusive, Alt: v.Alt}, v.Tier})
	}
	return rows
}
