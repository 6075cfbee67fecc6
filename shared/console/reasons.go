package console

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// The desk says in English why it did something, in its log too, since a log is for
// programs as well. The texts under whyKey are those sentences: where one of them fits,
// a reader gets it in their language, with what stands in its places.
const whyKey = "why."

// A phrase is one of the desk's sentences.
type phrase struct {
	key   string
	fits  *regexp.Regexp
	plain int // how much of it stands fast: what says more is tried first
}

// aboutWords is which words stand in the places of a reason, where they are the desk's.
var aboutWords = map[string]string{
	"why.severity": "severity", "why.category": "category", "why.language": "language", "why.metric_missed": "metric", "why.metric_soon": "metric", "why.while": "state", "why.it_is": "state",
}

// listsPeople are the reasons in which names stand side by side.
var listsPeople = []string{"why.notified", "why.asked_in", "why.paged", "why.and_more"}

var place = regexp.MustCompile(`%s`)

// phrasesIn returns the sentences of the English texts whose keys begin with kind,
// those that say most first. words matches what stands in a place.
func phrasesIn(english texts, kind, words string) (all []phrase) {
	for _, key := range english.Keys() {
		if !strings.HasPrefix(key, kind) {
			continue
		}
		parts := place.Split(english.say(key), -1)
		plain := 0
		for i, part := range parts {
			plain += len(part)
			parts[i] = regexp.QuoteMeta(part)
		}
		all = append(all, phrase{key, regexp.MustCompile(`^` + strings.Join(parts, words) + `$`), plain})
	}
	slices.SortStableFunc(all, func(a, b phrase) int { return cmp.Compare(b.plain, a.plain) })
	return all
}

// why is a sentence of the desk's in the reader's language, each part of it that is
// known; what people typed or a platform said stays as it is.
func (t texts) why(sentence string) string {
	if len(t.phrases) == 0 || sentence == "" {
		return sentence
	}
	for _, r := range t.phrases {
		if said, ok := t.phrase(r, sentence); ok {
			return said
		}
	}
	for _, between := range []string{"; ", ": ", ", "} {
		if before, after, ok := strings.Cut(sentence, between); ok {
			return t.why(before) + between + t.why(after)
		}
	}
	return t.name("what", sentence) // an entry of the log names itself
}

// phrase is a sentence as r has it, if it is one of r's alone and not of several.
func (t texts) phrase(r phrase, sentence string) (said string, ok bool) {
	places := r.fits.FindStringSubmatch(sentence)
	if places == nil {
		return "", false
	}
	if r.key == "why.by" && t.Has("what."+places[1]) {
		return t.name("what", places[1]) + " " + places[2], true
	}
	var args []any
	for _, words := range places[1:] {
		if strings.Contains(words, ": ") || strings.Contains(words, "; ") || strings.Contains(words, ", ") && !slices.Contains(listsPeople, r.key) {
			return "", false
		}
		switch kind := aboutWords[r.key]; kind {
		case "":
			args = append(args, t.why(words))
		case "metric":
			args = append(args, t.name(kind, strings.ReplaceAll(words, " ", "_")))
		default:
			args = append(args, t.name(kind, words))
		}
	}
	return t.say(r.key, args...), true
}

// subject says what a cause is about.
func (t texts) subject(r desk.Cause) string { return t.why(r.Subject()) }

// fine writes a duration that may be short: 0.3 s.
func (t texts) fine(d time.Duration) string {
	switch d = max(0, d); {
	case d < time.Second:
		return t.say("unit.fine", math.Round(d.Seconds()*1000)/1000)
	case d < time.Minute:
		return t.say("unit.fine", math.Round(d.Seconds()*10)/10)
	}
	return t.lasting(d)
}

// A words is a part of a sentence: an instant, or what stands between them.
type words struct {
	Text string
	At   time.Time
}

// because says what became of a timer behind the word for that, as desk.Cause.Words
// does, with its instants apart, so that a page can show them in its reader's zone.
func (t texts) because(r desk.Cause) (all []words) {
	const mark = "\x00"
	sentence := t.became(r, func(at time.Time) string { return mark + at.UTC().Format(time.RFC3339Nano) + mark })
	for i, part := range strings.Split(sentence, mark) {
		if at, err := time.Parse(time.RFC3339Nano, part); i%2 == 1 && err == nil {
			all = append(all, words{At: at})
		} else if part != "" {
			all = append(all, words{Text: part})
		}
	}
	return all
}

// became is the sentence of because. when writes an instant.
func (t texts) became(r desk.Cause, when func(time.Time) string) string {
	var said string
	why := t.why(r.Why)
	switch r.Outcome {
	case desk.DidFire, desk.DidPass:
		said = t.say("because.at", when(r.At)) + t.punctual(r)
	case desk.NotYet:
		said = t.say("because.at", when(r.Due))
	case desk.DueAlready:
		said = t.say(map[bool]string{true: "because.undone", false: "because.since"}[why == ""], when(r.Due))
	case desk.DidStand:
		said = t.say("because.stood", why, when(r.At))
		if !r.Due.IsZero() {
			said += t.say("because.missed", when(r.Due))
		}
		return said
	case desk.DidMeet:
		said = t.met(r, when)
	case desk.DidEnd:
		said = t.say("because.over", when(r.At))
	default:
		return cmp.Or(why, t.say("because.never"))
	}
	if why != "" {
		said += ": " + why
	}
	if r.Moved != nil && (r.Outcome == desk.NotYet || r.Outcome == desk.DueAlready) {
		said += t.say("because.moved", t.why(r.Moved.Why), when(r.Moved.At))
	}
	return said
}

// punctual says how late a step was, or that it was early.
func (t texts) punctual(r desk.Cause) string {
	switch {
	case r.Late > 0:
		return t.say("because.late", t.fine(r.Late))
	case r.At.Before(r.Due):
		return t.say("because.early")
	}
	return ""
}

// met says by how much a deadline was met, or not.
func (t texts) met(r desk.Cause, when func(time.Time) string) string {
	switch {
	case r.Late > 0:
		return t.say("because.met_late", t.fine(r.Late), when(r.At))
	case !r.Due.IsZero() && r.At.Equal(r.Due):
		return t.say("because.met_then", when(r.At))
	case !r.Due.IsZero() && r.At.Before(r.Due):
		return t.say("because.met_before", t.fine(r.Due.Sub(r.At)), when(r.At))
	}
	return t.say("because.met", when(r.At))
}
