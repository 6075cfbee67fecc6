package main

import (
	"fmt"
)

var langs = []string{"th", "es", "el", "en"}

func report(name string, f *fit, all []example, rows []measured, theta float64) {
	fmt.Printf("%-5s %-3s %6s %6s %6s | %6s %6s %6s | %6s %6s\n", name, "", "F1", "acc", "alt", "t3rec", "t3pre", "crit", "sent", "lang")
	for l := range nLanguages {
		var tp, fp, fn [nCategories]float64
		var n, acc, alt, t3, t3s, t3b, crit, critS, sent, lang float64
		for i := range all {
			e := &all[i]
			if e.lang != l {
				continue
			}
			n++
			s := f.scores(e)
			best := argmax(s[:nCategories])
			sev := f.severity(e, &s, best)
			var ps [nSeverities]float64
			softmax(sev[:], ps[:])
			senior := ps[2]+ps[3] > theta && best < 13
			if best == e.want.gold {
				tp[best]++
				acc++
			} else {
				fp[best]++
				fn[e.want.gold]++
			}
			ok := best == e.want.gold || e.want.category[best] > 0
			isT3 := e.want.severity >= 2
			if rows != nil {
				for _, a := range rows[i].Alt {
					ok = ok || catIndex(string(a)) == best
				}
				isT3 = rows[i].tier == 3
			}
			if ok {
				alt++
			}
			if isT3 {
				t3++
				if senior {
					t3b++
				}
			}
			if senior {
				t3s++
			}
			if e.want.severity == 3 {
				crit++
				if senior {
					critS++
				}
			}
			if argmax(s[atSentiment:atSentiment+nSentiments]) == e.want.sentiment {
				sent++
			}
			if argmax(s[atLanguage:]) == e.lang {
				lang++
			}
		}
		if n == 0 {
			continue
		}
		f1, k := 0.0, 0.0
		for c := range tp {
			if tp[c]+fn[c] > 0 {
				k++
				if tp[c] > 0 {
					f1 += 2 * tp[c] / (2*tp[c] + fp[c] + fn[c])
				}
			}
		}
		fmt.Printf("%-5.0f %-3s %6.3f %6.3f %6.3f | %6.3f %6.3f %6.3f | %6.3f %6.3f\n", n, langs[l], f1/k, acc/n, alt/n, t3b/t3, t3b/t3s, critS/crit, sent/n, lang/n)
	}
}

func argmax(s []float64) int {
	best := 0
	for i, x := range s {
		if x > s[best] {
			best = i
		}
	}
	return best
}

func catIndex(s string) int {
	for i, c := range catNames {
		if c == s {
			return i
		}
	}
	return -1
}

var catNames = []string{"fraud", "compliance", "billing", "outage", "delivery", "damaged", "access", "conduct", "sales", "complaint", "request", "howto", "praise", "spam", "other"}
