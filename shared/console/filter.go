package console

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// A filter says which tickets a list holds. Of several values of a field any
// will do; all fields must fit.
type filter struct {
	tiers      []desk.Tier
	states     []desk.State // desk.NoAnswer for the tickets that need none
	categories []desk.Category
	severities []desk.Severity
	platforms  []string // of Meta's also its channels' names
	channels   []string
	accounts   []string
	authors    []string
	assignees  []string
	teams      []string
	tags       []string
	brands     []string
	languages  []string
	review     *bool  // whether triage was unsure and nobody has looked yet
	q          string // folded
	asIs       string // q as it was asked
	words      bool   // q is words, whatever it looks like
	after      time.Time
	until      time.Time // a clock runs out by then, or has
	byDeadline bool
	cards      bool   // what an index says of worklists will do
	mine       string // only what is theirs, and has not come to its end

	resolve func(tag string) string // gives a tag's present name; nil where tags are not asked for
}

// asked are the words of a list's query.
var asked = []string{"tier", "state", "category", "severity", "platform", "channel", "account", "author", "assignee", "team", "tag", "brand", "language", "review", "q", "in", "due", "updated_after", "order", "cursor", "limit"}

// filterOf reads a list's query as of an instant. "me" is an assignee, and so is
// "none".
func filterOf(query url.Values, who people.Person, now time.Time) (filter, error) {
	for name := range query {
		if !slices.Contains(asked, name) { // a misspelt filter must not look like an answer
			return filter{}, fmt.Errorf("%q is no filter: %w", name, errRequest)
		}
	}
	f := filter{platforms: query["platform"], channels: query["channel"], accounts: query["account"], teams: query["team"], authors: query["author"], tags: query["tag"], brands: query["brand"], languages: query["language"]}
	f.asIs = strings.TrimSpace(query.Get("q"))
	f.q = folded(f.asIs)
	for _, text := range query["tier"] {
		tier, err := tierOf(text)
		if err != nil {
			return f, fmt.Errorf("tier: %q is none of 0 to %d: %w", text, desk.Tiers-1, errRequest)
		}
		f.tiers = append(f.tiers, tier)
	}
	for _, text := range query["state"] {
		state := desk.State(strings.ReplaceAll(text, "_", " "))
		if state != desk.NoAnswer && !slices.Contains(desk.States, state) {
			return f, fmt.Errorf("state: %q is none of ours: %w", text, errRequest)
		}
		f.states = append(f.states, state)
	}
	for _, text := range query["category"] {
		if !slices.Contains(desk.Categories, desk.Category(text)) {
			return f, fmt.Errorf("category: %q is none of ours: %w", text, errRequest)
		}
		f.categories = append(f.categories, desk.Category(text))
	}
	for _, text := range query["severity"] {
		var severity desk.Severity
		if err := severity.UnmarshalText([]byte(text)); err != nil {
			return f, fmt.Errorf("%w: %w", err, errRequest)
		}
		f.severities = append(f.severities, severity)
	}
	for _, assignee := range query["assignee"] {
		switch assignee {
		case "me":
			assignee = who.ID
		case "none":
			assignee = ""
		}
		f.assignees = append(f.assignees, assignee)
	}
	if text := query.Get("review"); text != "" {
		review, err := strconv.ParseBool(text)
		if err != nil {
			return f, fmt.Errorf("review: %q is neither true nor false: %w", text, errRequest)
		}
		f.review = &review
	}
	if text := query.Get("updated_after"); text != "" {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return f, fmt.Errorf("updated_after: %q is no instant of RFC 3339: %w", text, errRequest)
		}
		f.after = at
	}
	if text := query.Get("due"); text != "" {
		within, err := time.ParseDuration(text)
		if err != nil || within < 0 || within > longestAway {
			return f, fmt.Errorf("due: %q is no length of time such as 1h: %w", text, errRequest)
		}
		f.until = now.Add(within)
	}
	switch in := query.Get("in"); in {
	case "":
	case "words":
		f.words = true
	default:
		return f, fmt.Errorf("in: %q is not words: %w", in, errRequest)
	}
	switch order := query.Get("order"); order {
	case "", "time":
	case "deadline":
		f.byDeadline = true
	default:
		return f, fmt.Errorf("order: %q is neither deadline nor time: %w", order, errRequest)
	}
	return f, nil
}

// fits reports whether a list shows what c is of, as far as that says; told is false
// when only its messages can tell whether q is in there.
func (f filter) fits(c desk.Card) (fits, told bool) {
	list, _ := c.Listed()
	switch {
	case !among(f.tiers, c.Tier), !among(f.categories, c.Category), !among(f.severities, c.Severity), !among(f.brands, c.Brand), !among(f.languages, c.Lang),
		!among(f.platforms, string(c.Platform)) && !(c.Platform == meta && among(f.platforms, c.Channel)), !among(f.channels, c.Channel), !among(f.accounts, c.Account), !among(f.authors, c.Author.ID), !among(f.assignees, c.Assignee), !among(f.teams, c.Team),
		f.review != nil && c.Review != *f.review,
		len(f.states) > 0 && !slices.Contains(f.states, c.State) && !(list == desk.NoAnswer && slices.Contains(f.states, list)),
		!f.until.IsZero() && (c.Deadline.IsZero() || c.Deadline.After(f.until)),
		!f.after.IsZero() && !c.Updated.After(f.after):
		return false, true
	}
	if len(f.tags) > 0 && !slices.ContainsFunc(c.Tags, func(tag string) bool { return slices.Contains(f.tags, f.resolve(tag)) }) {
		return false, true
	}
	if f.q == "" {
		return true, true
	}
	for _, text := range append([]string{string(c.ID), c.Author.ID, c.Author.Name, c.Author.Handle, c.Preview}, c.Tags...) {
		if strings.Contains(folded(text), f.q) {
			return true, true
		}
	}
	return false, false
}

// meta is the platform whose channels people take for platforms.
const meta desk.Platform = "meta"

func among[T comparable](any []T, v T) bool { return len(any) == 0 || slices.Contains(any, v) }

// empty reports whether every ticket fits.
func (f filter) empty() bool {
	return f.q == "" && f.after.IsZero() && f.until.IsZero() && f.review == nil && len(f.brands)+len(f.languages)+len(f.tiers)+len(f.states)+len(f.categories)+len(f.severities)+len(f.platforms)+
		len(f.channels)+len(f.accounts)+len(f.authors)+len(f.assignees)+len(f.teams)+len(f.tags) == 0
}

// indexed reports whether worklists alone tell what fits.
func (f filter) indexed() bool {
	g := f
	g.tiers, g.states, g.brands = nil, nil, nil
	return f.byDeadline && g.empty() && !slices.ContainsFunc(f.states, desk.State.Final)
}

// folded is text as it is compared: width, case and the accents of Greek and
// Latin letters do not count.
func folded(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x300 && r < 0x370 { // combining accents
			return -1
		}
		if r == 'ς' {
			return 'σ'
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(text))
}
