package policy

import (
	"math/bits"
	"strings"

	"example.com/skala/shared/policy/model"
)

// language tells the language of what was read: by its script where that has one
// alone, then by its words, then by what the platform said. Greek in Latin
// letters is Greek.
func (w *workspace) language(m *model.Weights, platform string) (lang language, told bool) {
	t := &w.text
	v := Evenly(len(w.features))
	for l := range w.tongues {
		at := model.AtLanguage + l
		w.tongues[l] = float64(w.sums[at]) * float64(m.Scale[at]) * v
	}
	best, next := w.latin()
	w.mostly = best
	switch {
	case t.thai > 0 && t.thai*3 >= t.latin+t.greek:
		return thai, true
	case t.greek > 0 && t.greek*2 >= t.latin:
		return greek, true
	case t.latin > 0 && w.tongues[best]-w.tongues[next] >= surely:
		return best, true
	}
	platform, _, _ = strings.Cut(strings.ToLower(platform), "-")
	for l, code := range codes[:languages] {
		if code == platform {
			return language(l), true
		}
	}
	return best, t.latin > 0 && w.tongues[best]-w.tongues[next] >= rather
}

// How many logits one language must lead by to be the one whatever the platform
// says, and where it says nothing: names and numbers are of none.
const (
	surely = 1
	rather = 0.1
)

// latin returns the two likeliest languages of a text in Latin letters.
func (w *workspace) latin() (best, next language) {
	best, next = english, spanish
	for _, l := range [...]language{spanish, greek} {
		if w.tongues[l] > w.tongues[best] {
			best, next = l, best
		} else if w.tongues[l] > w.tongues[next] {
			next = l
		}
	}
	return best, next
}

// greeklish reports whether some of the Latin letters may be Greek, be it among
// words of another language: where most of what the model knows of some words in
// a row sounds so.
func (w *workspace) greeklish(m *model.Weights) bool {
	var lately uint32 // a bit for each of the last hits
	for _, h := range w.hits {
		lately <<= 1
		if m.Number(h, model.AtLanguage+int(greek)) >= sounding {
			lately |= 1
			if bits.OnesCount32(lately&(1<<row-1)) >= enough {
				return true
			}
		}
	}
	return false
}

// Limits of greeklish: the number from which on a feature speaks for Greek, of
// 127, how many features are looked at in a row, and how many of them do.
const (
	sounding = 10
	row      = 6
	enough   = 4
)
