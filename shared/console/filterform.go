package console

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// A filterField is a filter of a list that a form asks for.
type filterField struct {
	Name, Label string
	Options     []choice // none where it is written
	Any         string   // what it is without one
	Many        bool     // more than one of them is on
	Value       string
}

// mostOffered is how many people a form offers; of more it asks for the id.
const mostOffered = 50

// filterNames are the filters that a form asks for, in its order.
var filterNames = []string{"tier", "state", "severity", "category", "team", "assignee", "due", "platform", "brand", "language", "tag", "author"}

// filterFields are the filters of a list, with what is on. The list of a tier is of
// its tier and state already, one's own of the assignee.
func (c *Console) filterFields(ctx context.Context, d people.Directory, path string, query url.Values) []filterField {
	var fields []filterField
	for _, name := range filterNames {
		tiered := strings.HasPrefix(path, "/tiers/") && (name == "tier" || name == "state")
		if tiered || path == minePath && name == "assignee" {
			continue
		}
		f := filterField{Name: name, Label: c.text.name("filter", name), Any: c.text.say("filter.any"), Many: len(query[name]) > 1, Value: query.Get(name)}
		if name == "state" && path == listPath && query.Get("due") == "" && query.Get("author") == "" {
			f.Any = c.text.say("filter.any.state")
		}
		if name != "author" && (name != "assignee" || len(d.Members) <= mostOffered) {
			f.Options = c.filterChoices(ctx, d, name, query[name])
			if len(f.Options) == 0 {
				continue
			}
		}
		fields = append(fields, f)
	}
	return fields
}

// filterChoices are the values that a filter offers, and those that are on.
func (c *Console) filterChoices(ctx context.Context, d people.Directory, name string, on []string) []choice {
	var values []string
	switch name {
	case "tier":
		for _, t := range c.tiers(ctx) {
			values = append(values, fmt.Sprint(t.Tier))
		}
	case "state":
		values = texted(append(slices.Clone(desk.States), desk.NoAnswer))
	case "severity":
		values = texted(page{}.Severities())
	case "category":
		values = texted(desk.Categories)
	case "team":
		values, _ = c.choices(ctx)
	case "tag":
		_, values = c.choices(ctx)
	case "assignee":
		values = []string{"me", "none"}
		for _, m := range d.Colleagues() {
			values = append(values, m.ID)
		}
	case "due":
		values = []string{"0s", "15m", "1h", "4h", "24h"}
	case "platform":
		for _, o := range c.theirAccounts(ctx) {
			if o.Platform == meta && o.Channel != "" {
				values = append(values, o.Channel)
			} else {
				values = append(values, string(o.Platform))
			}
		}
		slices.Sort(values)
	case "brand":
		values, _ = ofTheirs(ctx, c.brands())
	case "language":
		values = slices.Clone(people.Languages)
	}
	for _, value := range on {
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	return choices(slices.Compact(values), on, func(value string) string { return c.filterValue(ctx, d, name, value) })
}

func texted[T any](all []T) []string {
	texts := make([]string, len(all))
	for i, v := range all {
		texts[i] = fmt.Sprint(v)
	}
	return texts
}

// filterValue is a value of a filter in words.
func (c *Console) filterValue(ctx context.Context, d people.Directory, name, value string) string {
	switch name {
	case "tier":
		for _, t := range c.tiers(ctx) {
			if fmt.Sprint(t.Tier) == value {
				return t.Name
			}
		}
	case "team":
		if t, ok := d.Teams[value]; ok {
			return t.Name
		}
	case "assignee":
		if value == "me" || value == "none" {
			return c.text.say("assignee." + value)
		}
		return d.Called(value)
	case "platform":
		return c.text.name("channel", value)
	case "tag", "brand", "author":
		return value
	}
	return c.text.name(name, value)
}

// chips adds what of a list's filters is on, each with the address of the list
// without it.
func (c *Console) chips(ctx context.Context, d people.Directory, view *listPage, query url.Values) {
	for _, name := range asked {
		for i, value := range query[name] {
			if name == "in" || name == "state" && view.Tier != nil {
				continue
			}
			without := with(query, name, slices.Delete(slices.Clone(query[name]), i, i+1)...)
			view.Chips = append(view.Chips, tab{Name: c.text.name("filter", name) + ": " + c.filterValue(ctx, d, name, value), Path: strings.TrimSuffix(view.Path+"?"+without.Encode(), "?")})
		}
	}
}
