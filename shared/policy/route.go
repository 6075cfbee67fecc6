package policy

import (
	"slices"
	"time"

	"example.com/skala/shared/desk"
)

// A rule sends the messages it is for to a team.
type rule struct {
	when condition
	team int       // of the policy's
	tier desk.Tier // at least
	line int
}

// A lane is a fast one: the messages it is for are at least that grave and get
// at least to that tier, and the plan may promise them something of their own.
type lane struct {
	name     string
	when     condition
	severity desk.Severity
	tier     desk.Tier
	tag      string
	line     int
}

// A doubt is what becomes of verdicts that triage is not sure of.
type doubt struct {
	below float64 // the confidence from which on it is sure
	harm  places  // the categories in which a mistake may do some
}

// Contact is how much it counts what came before a message on its ticket.
type contact struct {
	unanswered, returned, repeats urgency
	after                         time.Duration // how long a message must have gone unanswered
}

// An urgency is what one trait of a thread does.
type urgency struct {
	weight int
	raises int // points of urgency
}

// Patience is how long a customer's message may go unanswered before the next
// one is of a customer who waits: who writes in three breaths does not.
func (p *Policy) Patience() time.Duration { return p.contact.after }

// settle completes a verdict by what the policy makes of such a message beyond
// its words: what its author, its thread and its rating add, whom it is routed
// to, and how fast a lane it takes. numbers is whether its text may have digits.
func (p *Policy) settle(m Message, v desk.Verdict, numbers bool) desk.Verdict {
	p.rate(&m, &v)
	f := p.factsOf(&m, &v)
	aside := p.categories[f.category].none
	if s := p.graver[f.segment][f.category]; s > v.Severity && !aside {
		p.raise(&m, &v, f.category, s)
	}
	v.Tags = p.authors.tag(f.authors, v.Tags)
	if !aside {
		v.Reasons = p.before(m.Thread, v.Abusive, v.Reasons)
	}
	if p.sensitive && numbers && m.Visibility != desk.Private && m.Visibility != desk.Group {
		p.warn(&m, &v)
	}
	f.severity, f.tags = int(v.Severity)-1, v.Tags
	v.Lane = ""
	for i := range p.lanes {
		if l := &p.lanes[i]; !aside && l.when.holds(&f) {
			v.Lane = l.name
			if l.tag != "" {
				v.Tags = set(v.Tags, l.tag)
			}
			if l.severity > v.Severity {
				p.raise(&m, &v, f.category, l.severity)
			}
			v.Tier = max(v.Tier, l.tier)
			break
		}
	}
	p.hesitate(&v, f.category)
	f.severity, f.tags = int(v.Severity)-1, v.Tags
	v.Team = p.teamFor(&f, &v)
	v.Tier = p.route.used[v.Tier]
	return v
}

// raise makes a verdict graver, and sends it where that belongs.
func (p *Policy) raise(m *Message, v *desk.Verdict, c int, s desk.Severity) {
	v.Severity = s
	v.Tier = max(v.Tier, p.tier(c, s, m.Author))
}

// teamFor returns the team of the first route that fits, or of a tag that has
// one, and lifts the verdict to the tier that the route asks for.
func (p *Policy) teamFor(f *facts, v *desk.Verdict) string {
	for i := range p.rules {
		if r := &p.rules[i]; r.when.holds(f) && p.teams[r.team].serves(f.brand, v.Lang) {
			if !p.categories[f.category].none {
				v.Tier = max(v.Tier, r.tier)
			}
			return p.teams[r.team].Name
		}
	}
	for i := range p.tags {
		if t := &p.tags[i]; t.Team != "" && t.Settable() && slices.Contains(v.Tags, t.Name) {
			return t.Team
		}
	}
	return ""
}

// hesitate says whether triage is unsure, and lets somebody look who can do more
// where it might be wrong to somebody's harm.
func (p *Policy) hesitate(v *desk.Verdict, c int) {
	if v.RunnerUp == "" {
		return
	}
	if v.Confidence >= p.doubt.below {
		v.RunnerUp = ""
		return
	}
	next := place(v.RunnerUp)
	if p.doubt.harm == 0 || p.doubt.harm&(1<<c|1<<next) == 0 {
		return
	}
	if v.Category == desk.Spam { // the review list shows it; no clock runs for what may be a robot's
		return
	}
	if p.categories[c].none { // it would be put aside
		v.Actionable, v.Severity = true, max(v.Severity, desk.Normal)
	}
	if v.Tier < desk.Senior {
		v.Tier++
	}
}

// rate lets a review's stars speak where its words do not: a bad one has to be
// answered, whatever it says.
func (p *Policy) rate(m *Message, v *desk.Verdict) {
	c := place(v.Category)
	into, name := -1, ""
	switch of := &p.categories[c]; {
	case m.Rating == BadRating && (of.none || !of.answer) && v.Severity < desk.High:
		into, name = p.otherwise.negative, "rating.bad"
		v.Sentiment = desk.Negative
	case m.Rating == GoodRating && of.none && v.Category != desk.Spam:
		into, name = p.otherwise.positive, "rating.good"
		v.Sentiment = desk.Positive
	default:
		return
	}
	of := &p.categories[into]
	v.Category, v.Severity, v.Actionable = desk.Categories[into], max(v.Severity, of.severity), v.Actionable || of.answer
	v.Confidence, v.RunnerUp = 1, ""
	for _, tag := range of.tags {
		v.Tags = set(v.Tags, tag)
	}
	t, reasons := p.authors.weigh(m, false, p.tier(into, v.Severity, m.Author), []desk.Reason{{Signal: name, Weight: of.threshold}})
	v.Tier, v.Reasons = max(v.Tier, p.route.used[t]), reasons
}

// urgency returns the points of urgency that what came before a message adds to
// its own. The same words again are urgent only from who does not insult.
func (p *Policy) urgency(t Thread, abusive bool) (points int) {
	for _, trait := range p.contact.traits(t) {
		if trait.holds && (!abusive || trait.does != &p.contact.repeats) {
			points += trait.does.raises
		}
	}
	return points
}

// A threadTrait is one of what may have come before a message.
type threadTrait struct {
	name  string
	does  *urgency
	holds bool
}

func (c *contact) traits(t Thread) [3]threadTrait {
	return [...]threadTrait{
		{"thread.unanswered", &c.unanswered, t.Unanswered > 0},
		{"thread.returned", &c.returned, t.Returned},
		{"thread.repeats", &c.repeats, t.Repeats},
	}
}

// before returns the reasons with those about what came before the message.
func (p *Policy) before(t Thread, abusive bool, reasons []desk.Reason) []desk.Reason {
	for _, trait := range p.contact.traits(t) {
		if !trait.holds || abusive && trait.does == &p.contact.repeats {
			continue
		}
		if weight := trait.does.weight + trait.does.raises; weight > 0 {
			reasons = append(reasons, desk.Reason{Signal: trait.name, Weight: weight})
		}
	}
	return reasons
}
