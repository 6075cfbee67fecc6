package console

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/sla"
)

// A memberForm is the form of a person. Who may not change who somebody is gets the
// part of it that says when they work, and what they answer.
type memberForm struct {
	people.Member
	All                             bool // all of its fields
	Tiers                           []choice
	Roles, Teams, Languages, Brands []choice
	Skills                          string
	Days                            []dayField
	Soft, Hard                      string
	Why                             string
}

func (c *Console) memberForm(d people.Directory, m people.Member, all bool) *memberForm {
	f := &memberForm{Member: m, All: all, Skills: strings.Join(m.Skills, ", "), Days: daysOf(m.Shifts), Soft: bound(m.Capacity.Soft), Hard: bound(m.Capacity.Hard)}
	var roles []string
	tier := ""
	for _, word := range m.Roles {
		if n, ok := agentTier(word); ok {
			tier = n
		} else {
			roles = append(roles, word)
		}
	}
	f.Tiers = []choice{{"", c.text.say("agent.none"), tier == ""}}
	for t := desk.Tier(0); t < desk.Tiers; t++ {
		n := strconv.Itoa(int(t))
		f.Tiers = append(f.Tiers, choice{n, c.text.say("agent.tier", t), tier == n})
	}
	named := func(kind string) func(string) string {
		return func(value string) string { return c.text.name(kind, value) }
	}
	f.Roles = choices([]string{"senior", "lead", "admin", "auditor", "viewer"}, roles, named("role"))
	f.Teams = choices(slices.Sorted(maps.Keys(d.Teams)), m.Teams, func(id string) string { return d.Teams[id].Name })
	f.Languages = choices(people.Languages, m.Languages, named("language"))
	f.Brands = choices(slices.Sorted(slices.Values(c.cfg.Brands)), m.Brands, func(b string) string { return b })
	return f
}

// typed puts back what somebody typed and no member can hold.
func (f *memberForm) typed(form url.Values) {
	f.Soft, f.Hard = form.Get("soft"), form.Get("hard")
}

func bound(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// agentTier reads an agent's role; agent alone is one of the general tier.
func agentTier(word string) (tier string, ok bool) {
	name, tier, _ := strings.Cut(word, ":")
	if name != string(people.Agent) {
		return "", false
	}
	if tier == "" {
		tier = strconv.Itoa(int(desk.General))
	}
	return tier, true
}

// memberOf reads the form of a person over what stands: what a form has no field
// for stays.
func memberOf(form url.Values, was people.Member, all bool) (people.Member, error) {
	is := was
	is.Zone, is.Shifts = strings.TrimSpace(form.Get("zone")), weekOf(form)
	is.Skills, is.Languages = listOf(form.Get("skills")), chosen(form["languages"])
	if all {
		is.Name, is.Sign = strings.TrimSpace(form.Get("name")), strings.TrimSpace(form.Get("sign"))
		is.Teams, is.Brands, is.Left = chosen(form["teams"]), chosen(form["brands"]), form.Get("left") != ""
		is.Roles = chosen(form["roles"])
		if tier := form.Get("tier"); tier != "" {
			is.Roles = append([]string{string(people.Agent) + ":" + tier}, is.Roles...)
		}
	}
	for _, field := range []struct {
		name string
		into *int
	}{{"soft", &is.Capacity.Soft}, {"hard", &is.Capacity.Hard}} {
		text := strings.TrimSpace(form.Get(field.name))
		if *field.into = 0; text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return is, wrongField("capacity", "%s: %q is no number", field.name, text)
		}
		*field.into = n
	}
	return is, nil
}

// A teamForm is the form of a team.
type teamForm struct {
	people.Team
	Leads, Languages, Brands []choice
}

func (c *Console) teamForm(d people.Directory, t people.Team) *teamForm {
	f := &teamForm{Team: t}
	var ids []string
	for _, m := range d.Colleagues() {
		ids = append(ids, m.ID)
	}
	f.Leads = choices(ids, t.Leads, d.Called)
	f.Languages = choices(people.Languages, t.Languages, func(l string) string { return c.text.name("language", l) })
	f.Brands = choices(slices.Sorted(slices.Values(c.cfg.Brands)), t.Brands, func(b string) string { return b })
	return f
}

// A rotaForm is the form of a rota. Its turns are chosen one by one, with some more
// to be had.
type rotaForm struct {
	people.Rota
	Teams  []choice
	Turns  [][]choice
	Days   []dayField
	Length string // how long a turn is, as it was typed
}

// moreTurns is for how many more people a rota's form has room.
const moreTurns = 3

func (c *Console) rotaForm(d people.Directory, r people.Rota, teams []string) *rotaForm {
	f := &rotaForm{Rota: r, Days: daysOf(r.Hours), Length: bound(r.Turn)}
	of := []string{}
	if r.Team != "" {
		of = append(of, r.Team)
	}
	f.Teams = choices(teams, of, func(id string) string { return d.Teams[id].Name })
	for i := range len(r.Members) + moreTurns {
		who := ""
		if i < len(r.Members) {
			who = r.Members[i]
		}
		f.Turns = append(f.Turns, peopleChoices(d, who))
	}
	return f
}

// peopleChoices are all who can be named, and nobody.
func peopleChoices(d people.Directory, who string) []choice {
	all := []choice{{}}
	for _, m := range d.Colleagues() {
		all = append(all, choice{m.ID, d.Called(m.ID), m.ID == who})
	}
	return all
}

// rotaOf reads the form of a rota over what stands.
func rotaOf(form url.Values, was people.Rota) (people.Rota, error) {
	is := was
	is.ID, is.Name, is.Team = strings.TrimSpace(form.Get("id")), strings.TrimSpace(form.Get("name")), form.Get("team")
	is.Zone, is.Start, is.Handover = strings.TrimSpace(form.Get("zone")), form.Get("start"), form.Get("handover")
	is.Members, is.Hours = chosen(form["members"]), weekOf(form)
	var err error
	if is.Turn, err = strconv.Atoi(strings.TrimSpace(form.Get("turn"))); err != nil {
		return is, wrongField("turn", "%q is no number of days", form.Get("turn"))
	}
	return is, nil
}

// overrideOf reads the form of an override, by the wall clock of the rota's zone.
func overrideOf(form url.Values, r people.Rota) (people.Override, error) {
	o := people.Override{Who: form.Get("who"), Why: strings.TrimSpace(form.Get("why"))}
	zone, err := sla.LoadZone(r.Zone)
	if err != nil {
		return o, wrongField("zone", "%v", err)
	}
	if o.From, err = inZone(form.Get("from"), zone); err != nil {
		return o, wrongField("from", "%q is no date and time", form.Get("from"))
	}
	if o.To, err = inZone(form.Get("to"), zone); err != nil {
		return o, wrongField("to", "%q is no date and time", form.Get("to"))
	}
	o.From, o.To = o.From.UTC(), o.To.UTC()
	return o, nil
}

func overrideName(o people.Override) string { return fmt.Sprint(o.From.Unix(), "-", o.Who) }
