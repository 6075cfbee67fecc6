package policy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy/model"
	"example.com/skala/shared/sla"
)

// Hash names a policy document: the first 16 bytes of its SHA-256, in
// hexadecimal.
func Hash(document []byte) string {
	sum := sha256.Sum256(document)
	return hex.EncodeToString(sum[:16])
}

// Load reads a policy document. name is the one its mistakes are reported
// under, that of its file. The error, if any, is a *Mistakes with all of them.
func Load(document []byte, name string) (*Policy, error) {
	weights, err := model.Embedded()
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return LoadWith(document, name, weights)
}

// LoadWith is Load, with other weights than those built in.
func LoadWith(document []byte, name string, weights *model.Weights) (*Policy, error) {
	l, _, err := read(document, name)
	if err != nil {
		return nil, err
	}
	l.policy.learn(weights)
	return l.policy, nil
}

// read takes a document apart, and returns its root with what came of it. The
// error is a *Mistakes.
func read(document []byte, name string) (*loader, *yaml.Node, error) {
	mistakes := &Mistakes{Name: name}
	l := &loader{reader: reader{mistakes}, policy: &Policy{Name: name, Hash: Hash(document), Document: bytes.Clone(document)}, numbers: map[string]int{}}
	var root *yaml.Node
	if len(document) > maxBytes {
		mistakes.add(0, "the document has %d bytes; at most %d are read", len(document), maxBytes)
	} else if root = l.parse(document); root != nil && l.bounded(root) {
		l.read(root)
	}
	if len(mistakes.List) > 0 {
		mistakes.sort()
		return nil, nil, mistakes
	}
	return l, root, nil
}

// A loader fills a policy from a document.
type loader struct {
	reader
	policy         *Policy
	numbers        map[string]int // of signals, by name
	turned         []turning
	heard          []phrase     // all there are to listen for
	off            map[int]bool // signals of a lexicon that are not to be heard
	base           int          // how many of them, from the first, are the built-in lexicon's
	added          int          // phrases that the document adds or drops
	governed       bool         // whether the document declares its tags
	tagLines       []int        // where each tag is declared
	tagNumbers     map[string]int
	ends           []int  // where each tag's merges end: a tag, or -1 for nowhere
	folded, sounds folded // memory for one phrase after the other
}

// A turning is a signal's word on what it becomes when negated, kept until all
// signals are known.
type turning struct {
	signal int
	into   string
	line   int
}

// yamlMistake takes apart what the YAML package says: a line, where it knows
// it, and the reason.
func yamlMistake(err error) (line int, reason string) {
	reason = strings.TrimPrefix(err.Error(), "yaml: ")
	if at, rest, ok := strings.Cut(strings.TrimPrefix(reason, "line "), ": "); ok && at != reason {
		if line, err := strconv.Atoi(at); err == nil {
			for _, of := range [...]string{"key", "node content", "'-' indicator", "',' or ']'", "',' or '}'", "<document start>"} {
				if rest == "did not find expected "+of {
					line++ // its parser, unlike its scanner, counts lines from 0
				}
			}
			return line, rest
		}
	}
	return 0, reason
}

// parse returns the root of the document.
func (l *loader) parse(document []byte) *yaml.Node {
	decoder := yaml.NewDecoder(bytes.NewReader(document))
	var root, more yaml.Node
	if err := decoder.Decode(&root); errors.Is(err, io.EOF) {
		l.mistakes.add(0, "the document is empty")
		return nil
	} else if err != nil {
		line, reason := yamlMistake(err)
		l.mistakes.add(line, "not YAML: %s", reason)
		return nil
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		l.mistakes.add(more.Line, "there is a second document behind the first")
	}
	return root.Content[0]
}

// read takes the document apart, section by section.
func (l *loader) read(root *yaml.Node) {
	sections := map[string]*yaml.Node{}
	for _, f := range l.fields(root, "policy", "title", "profile", "tiers", "profiles", "teams", "tags", "categories", "otherwise", "rise", "authors",
		"thread", "segments", "lexicon", "negation", "signals", "unsure", "second_opinion", "lanes", "routes", "calendars", "chains", "plan") {
		sections[f.key] = f.value
	}
	// What others name comes first: teams, tags and categories.
	const may, must = false, true
	section := func(name string, must bool, read func(*yaml.Node)) {
		if n := sections[name]; n != nil {
			read(n)
		} else if must {
			l.mistakes.add(root.Line, "there is no section %q", name)
		}
	}
	section("title", must, func(n *yaml.Node) { l.policy.Title = l.text(n, "title") })
	section("teams", may, l.staff)
	section("tags", may, l.tagged)
	section("categories", must, l.categories)
	section("tiers", must, l.tiers)
	section("otherwise", must, l.otherwise)
	section("rise", must, func(n *yaml.Node) { l.policy.rise = l.number(n, "rise", 1, 100) })
	section("authors", must, l.authors)
	section("thread", may, l.thread)
	section("segments", may, l.segments)
	l.listening(root, sections["lexicon"], sections["negation"], sections["signals"])
	l.govern()
	l.profiles(root, sections["profile"], sections["profiles"])
	section("unsure", may, l.unsure)
	section("second_opinion", may, l.second)
	section("lanes", may, l.lanes)
	section("routes", may, l.routes)
	l.promises(root, sections["calendars"], sections["chains"], sections["plan"])
}

// listening reads what the policy listens for: the built-in lexicon and what the
// document adds to it, or, in a document of before there was one, all that the
// document says and nothing else.
func (l *loader) listening(root, additions, negation, signals *yaml.Node) {
	switch {
	case negation == nil && signals == nil:
		l.lexicon(additions)
	case additions != nil:
		l.mistakes.add(additions.Line, "lexicon: adds to the built-in lexicon, which a document with sections negation and signals of its own does without")
	default:
		l.policy.folder = newFolder()
		for _, s := range []struct {
			name string
			node *yaml.Node
			read func(*yaml.Node)
		}{{"negation", negation, l.negation}, {"signals", signals, l.signals}} {
			if s.node == nil {
				l.mistakes.add(root.Line, "there is no section %q", s.name)
				continue
			}
			s.read(s.node)
		}
	}
	if l.policy.folder != nil {
		l.gravest()
		l.listen()
	}
}

// category reads the name of one.
func (l *loader) category(n *yaml.Node, what string) int {
	return l.one(n, what, categoryNames()...)
}

func categoryNames() []string {
	names := make([]string, len(desk.Categories))
	for i, c := range desk.Categories {
		names[i] = string(c)
	}
	return names
}

func (l *loader) severity(n *yaml.Node, what string) desk.Severity {
	return desk.Severity(l.one(n, what, severityNames[:]...) + 1)
}

var severityNames = [...]string{"low", "normal", "high", "critical"}

func (l *loader) tier(n *yaml.Node, what string) desk.Tier {
	return desk.Tier(l.number(n, what, 0, desk.Tiers-1))
}

func (l *loader) categories(n *yaml.Node) {
	var seen [categories]bool
	for _, f := range l.fields(n, "categories", categoryNames()...) {
		c := categoryOf(desk.Category(f.key))
		seen[c] = true
		into := &l.policy.categories[c]
		*into = category{threshold: 1, answer: true}
		for _, g := range l.fields(f.value, f.key, "severity", "threshold", "answer", "disposition", "rises", "rest", "mood", "tags") {
			what := f.key + "." + g.key
			switch g.key {
			case "severity":
				into.severity = l.severity(g.value, what)
			case "threshold":
				into.threshold = l.number(g.value, what, 1, 1000)
			case "answer":
				into.answer = l.truth(g.value, what)
			case "disposition":
				into.none = l.one(g.value, what, string(desk.NeedsAnswer), string(desk.NeedsNone)) == 1
			case "rises":
				into.rises = l.truth(g.value, what)
			case "rest":
				l.truth(g.value, what) // of documents of before there were weights, which know it
			case "mood":
				l.number(g.value, what, -1, 1) // likewise
			case "tags":
				into.tags = l.tags(g.value, what)
			}
		}
		if into.severity == 0 {
			l.mistakes.add(f.line, "%s: there is no severity", f.key)
		}
	}
	for c, ok := range seen {
		if !ok {
			l.mistakes.add(n.Line, "categories: there is no %s", desk.Categories[c])
		}
	}
}

func (l *loader) tiers(n *yaml.Node) {
	var names [desk.Tiers]string
	for _, f := range l.fields(n, "tiers", "0", "1", "2", "3", "4") {
		names[f.key[0]-'0'] = l.text(f.value, "tiers."+f.key)
	}
	for t, name := range names {
		if name != "" {
			l.policy.Tiers = append(l.policy.Tiers, Tier{desk.Tier(t), name})
		}
	}
	if len(l.policy.Tiers) == 0 {
		l.mistakes.add(n.Line, "tiers: the desk needs at least one")
		return
	}
	// What is meant for a tier that the desk lacks goes to the next one up, and
	// from beyond the last to the last.
	for t := range desk.Tier(desk.Tiers) {
		l.policy.route.used[t] = l.policy.Tiers[len(l.policy.Tiers)-1].Queue
		for _, tier := range l.policy.Tiers {
			if tier.Queue >= t {
				l.policy.route.used[t] = tier.Queue
				break
			}
		}
	}
}

func (l *loader) otherwise(n *yaml.Node) {
	o := &l.policy.otherwise
	places := map[string]*int{"question": &o.question, "negative": &o.negative, "positive": &o.positive, "public": &o.public, "private": &o.private}
	for _, place := range places {
		*place = -1
	}
	for _, f := range l.fields(n, "otherwise", "question", "negative", "positive", "public", "private") {
		*places[f.key] = max(0, l.category(f.value, "otherwise."+f.key))
	}
	for _, name := range []string{"question", "negative", "positive", "public", "private"} {
		if *places[name] < 0 {
			l.mistakes.add(n.Line, "otherwise: there is no %s", name)
		}
	}
}

func (l *loader) authors(n *yaml.Node) {
	a := &l.policy.authors
	a.followers = math.MaxInt64
	for _, f := range l.fields(n, "authors", "verified", "vip", "press", "industry", "organisation", "reach", "troll") {
		into, known, trait := &a.verified, []string{"weight", "tiers", "tag"}, -1
		switch f.key {
		case "vip":
			into, known, trait = &a.vip, append(known, "list"), isVIP
		case "press":
			into, known, trait = &a.press, append(known, "list"), isPress
		case "industry":
			into, known, trait = &a.industry, append(known, "list"), isIndustry
		case "organisation":
			into = &a.organisation
		case "reach":
			into, known = &a.reach, []string{"weight", "tiers", "followers"}
		case "troll":
			into, known = &a.troll, []string{"weight", "tiers", "hints", "few_followed"}
		}
		for _, g := range l.fields(f.value, f.key, known...) {
			what := "authors." + f.key + "." + g.key
			switch {
			case g.key == "weight" && f.key == "troll":
				into.weight = l.number(g.value, what, -100, 0)
			case g.key == "weight":
				into.weight = l.number(g.value, what, 0, 100)
			case g.key == "tiers" && f.key == "troll":
				into.tiers = l.number(g.value, what, -desk.Tiers, 0)
			case g.key == "tiers":
				into.tiers = l.number(g.value, what, 0, desk.Tiers)
			case g.key == "tag":
				into.tag = l.tag(g.value, what)
			case g.key == "followers":
				a.followers = int64(l.number(g.value, what, 1, math.MaxInt32))
			case g.key == "hints":
				a.hints = l.number(g.value, what, 1, 5)
			case g.key == "few_followed":
				a.fewFollowed = int64(l.number(g.value, what, 0, math.MaxInt32))
			case g.key == "list":
				l.listed(g.value, what, trait)
			}
		}
	}
}

// listed reads the authors that are known by id or handle.
func (l *loader) listed(n *yaml.Node, what string, trait int) {
	a := &l.policy.authors
	for _, e := range l.list(n, what) {
		entry := l.filled(e, what)
		if entry == "" {
			continue
		}
		key := listKey(entry)
		switch {
		case strings.HasSuffix(key, ":") || key == "":
			l.mistakes.add(e.Line, "%s: %q names nobody", what, entry)
		case a.listed[key]&(1<<trait) != 0:
			l.mistakes.add(e.Line, "%s: %q stands there twice", what, entry)
		}
		if a.listed == nil {
			a.listed = map[string]places{}
		}
		a.listed[key] |= 1 << trait
	}
}

// promises reads what is promised and in which hours.
func (l *loader) promises(root, calendars, chains, plan *yaml.Node) {
	if plan == nil {
		l.mistakes.add(root.Line, "there is no section %q", "plan")
		return
	}
	hours, wrong := sla.DecodeCalendars(calendars)
	names := sla.Names{Chains: chains}
	for _, lane := range l.policy.lanes {
		names.Lanes = append(names.Lanes, lane.name)
	}
	for _, team := range l.policy.teams {
		names.Teams = append(names.Teams, team.Name)
	}
	for _, tier := range l.policy.Tiers {
		names.Tiers = append(names.Tiers, tier.Queue)
	}
	promised, more := sla.DecodePlan(plan, hours, names)
	for _, m := range append(wrong, more...) {
		l.mistakes.add(m.Line, "%s", m.Text)
	}
	l.policy.Plan = promised
}
