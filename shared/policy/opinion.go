package policy

import (
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// A Second says when a second opinion is asked for. The zero value asks for none.
type Second struct {
	Model   string        // whom to ask, as whoever asks knows it
	Timeout time.Duration // how long an answer may take
	Daily   int           // how many are asked for on one day at most, in UTC
}

// Asks reports whether anybody is asked at all.
func (s Second) Asks() bool { return s.Model != "" }

// opinion is the signal of a second opinion.
const opinion = "opinion"

// Reconsider returns v, which p was unsure of, as it is after somebody else had
// their say: m is of category c and that grave. One who agrees with the category
// or its runner-up settles the doubt; a third guess does not.
//
// What is critical stays critical, and what needs an answer is not put aside. Where
// the first category, its runner-up or the second opinion may do harm, nothing gets
// milder or slower than it stood; elsewhere nothing falls below desk.Normal and
// desk.Individual that was not below before. So words that persuade a model never
// hide what Classify's floor held up.
func (p *Policy) Reconsider(m Message, v desk.Verdict, c desk.Category, s desk.Severity) desk.Verdict {
	said, first, next := categoryOf(c), place(v.Category), place(v.RunnerUp)
	if said < 0 || s < desk.Low || s > desk.Critical {
		return v
	}
	harm := v.Severity == desk.Critical || p.doubt.harm&(1<<first|1<<next|1<<said) != 0
	least, lowest := min(v.Severity, desk.Normal), min(v.Tier, desk.Individual)
	if harm {
		least, lowest = v.Severity, v.Tier
	}
	weight := p.categories[said].threshold
	was := v
	v.Tags, v.Reasons = slices.Clone(v.Tags), slices.Clone(v.Reasons)
	if was.Disposition() == desk.NeedsAnswer && (p.categories[said].none || c == desk.Spam) {
		weight = 0 // a person decides whether to put it aside
	} else {
		v = p.adopt(m, v, said, max(s, least))
		v.RunnerUp = ""
		if said != first && said != next {
			v.RunnerUp = was.RunnerUp
		}
		v.Actionable = v.Actionable || was.Actionable
		v.Tier = p.route.used[max(v.Tier, lowest)]
		if harm && v.Lane == "" {
			v.Lane = was.Lane
		}
	}
	v.Reasons = append(v.Reasons, desk.Reason{Signal: opinion, Weight: weight})
	v.Score = 0
	for _, r := range v.Reasons {
		v.Score += r.Weight
	}
	return v
}

// adopt makes v one of category c, as the policy takes and routes such a message.
// Its reasons stay: they are what was heard.
func (p *Policy) adopt(m Message, v desk.Verdict, c int, s desk.Severity) desk.Verdict {
	of, reasons, confidence := &p.categories[c], v.Reasons, v.Confidence
	v.Category, v.Severity, v.RunnerUp = desk.Categories[c], s, ""
	v.Actionable = of.answer || !of.none && s >= desk.High
	for _, tag := range of.tags {
		v.Tags = set(v.Tags, tag)
	}
	v.Tier = p.tier(c, s, m.Author)
	if !of.none {
		v.Tier, _ = p.authors.weigh(&m, false, v.Tier, nil)
	}
	v.Tier, v.Reasons = p.route.used[v.Tier], nil
	v = p.settle(m, v, true)
	v.Reasons, v.Confidence = reasons, confidence
	return v
}

// shown is how much of a text is shown to others, in characters.
const shown = 2000

// Shown returns as much of text, in the language lang, as may be shown to somebody
// beyond the desk: its first 2,000 characters, with card, identity, phone and
// account numbers left out.
func Shown(text, lang string) string {
	var b strings.Builder
	from := 0
	for {
		found, ok := sensitiveIn(text, from, lang)
		if !ok {
			break
		}
		b.WriteString(text[from:found.start])
		b.WriteString(masked)
		from = found.end
	}
	b.WriteString(text[from:])
	count := 0
	for at := range b.String() {
		if count == shown {
			return strings.ToValidUTF8(b.String()[:at], "")
		}
		count++
	}
	return strings.ToValidUTF8(b.String(), "")
}
