package people_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/people"
)

// house is a directory of two teams: lea leads billing, sam and ann are in it, bo
// is in shop, ari is the admin.
func house() people.Directory {
	d := people.Directory{Members: map[string]people.Member{}, Teams: map[string]people.Team{}, Rotas: map[string]people.Rota{}}
	for _, m := range []people.Member{
		{ID: "ari", Name: "Ari", Roles: []string{"admin"}},
		{ID: "lea", Name: "Lea", Roles: []string{"lead"}, Teams: []string{"billing"}},
		{ID: "sam", Name: "Sam", Roles: []string{"senior"}, Teams: []string{"billing"}},
		{ID: "ann", Name: "Ann", Sign: "Ann from billing", Teams: []string{"billing"}},
		{ID: "bo", Name: "Bo", Roles: []string{"agent:1"}, Teams: []string{"shop"}},
		{ID: "old", Name: "Old", Roles: []string{"admin"}, Left: true},
	} {
		m.Version = 1
		d.Members[m.ID] = m
	}
	d.Teams["billing"] = people.Team{ID: "billing", Leads: []string{"lea"}, Version: 1}
	d.Teams["shop"] = people.Team{ID: "shop", Version: 1}
	return d
}

func TestWhoMayChangeWhatOfAPerson(t *testing.T) {
	t.Parallel()
	d := house()
	roles := map[string]string{"ari": "admin", "lea": "lead", "sam": "senior", "bo": "agent:1", "au": "auditor", "vi": "viewer", "other-lead": "lead"}
	changes := map[string]func(*people.Member){
		"shifts":   func(m *people.Member) { m.Shifts = people.Week{"mon": {"09:00-17:00"}} },
		"zone":     func(m *people.Member) { m.Zone = "Asia/Bangkok" },
		"away":     func(m *people.Member) { m.Presence.Away = true },
		"capacity": func(m *people.Member) { m.Capacity.Hard = 3 },
		"skills":   func(m *people.Member) { m.Skills = []string{"billing"} },
		"language": func(m *people.Member) { m.Languages = []string{"th"} },
		"name":     func(m *people.Member) { m.Name = "Other" },
		"sign":     func(m *people.Member) { m.Sign = "Other" },
		"brands":   func(m *people.Member) { m.Brands = []string{"demo"} },
		"teams":    func(m *people.Member) { m.Teams = []string{"shop"} },
		"roles":    func(m *people.Member) { m.Roles = append([]string{"viewer"}, m.Roles...) },
		"admin":    func(m *people.Member) { m.Roles = []string{"admin"} },
		"left":     func(m *people.Member) { m.Left = true },
	}
	theirs := []string{"shifts", "zone", "away", "capacity", "skills", "language"}
	all := []string{"shifts", "zone", "away", "capacity", "skills", "language", "name", "sign", "brands", "teams", "roles", "admin", "left"}
	want := map[string]map[string][]string{ // by who changes whom
		"ari": {"sam": all, "ann": all, "bo": all, "lea": all, "new": all, "ari": {"shifts", "zone", "away", "capacity", "skills", "language", "name", "sign", "brands", "teams", "roles", "admin"}},
		"lea": {"sam": theirs, "ann": theirs, "lea": theirs, "bo": nil, "ari": nil, "new": nil},
		"sam": {"sam": nil, "ann": nil}, "bo": {"bo": nil}, "au": {"ann": nil}, "vi": {"ann": nil}, "other-lead": {"ann": nil, "bo": nil},
	}
	for who, targets := range want {
		p := person(t, roles[who])
		p.ID = who
		for target, may := range targets {
			var got []string
			for _, name := range all {
				was := d.Members[target]
				is := was
				is.ID = target
				changes[name](&is)
				switch err := d.MayKeep(p, was, is); {
				case err == nil:
					got = append(got, name)
				case !strings.Contains(err.Error(), ": "), !errors.Is(err, people.ErrNotTheirs) && !errors.Is(err, people.ErrLastAdmin):
					t.Errorf("%s of %s by %s: %v", name, target, who, err)
				}
			}
			if diff := cmp.Diff(may, got); diff != "" {
				t.Errorf("%s changes of %s (-may +did):\n%s", who, target, diff)
			}
		}
	}
}

func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	d := house()
	token := person(t, "admin") // by their sign-in, in no directory
	ari := d.Members["ari"]
	for name, change := range map[string]func(*people.Member){
		"who leaves":     func(m *people.Member) { m.Left = true },
		"without a role": func(m *people.Member) { m.Roles = nil },
		"of another one": func(m *people.Member) { m.Roles = []string{"lead"} },
	} {
		is := ari
		change(&is)
		if err := d.MayKeep(token, ari, is); !errors.Is(err, people.ErrLastAdmin) {
			t.Errorf("%s: %v", name, err)
		}
		two := house()
		two.Members["eve"] = people.Member{ID: "eve", Roles: []string{"admin"}, Version: 1}
		if err := two.MayKeep(token, ari, is); err != nil {
			t.Errorf("%s, of two: %v", name, err)
		}
	}
	ari.Name = "Ariadne"
	if err := d.MayKeep(token, d.Members["ari"], ari); err != nil {
		t.Errorf("another name: %v", err)
	}
}

func TestWhoMayKeepARota(t *testing.T) {
	t.Parallel()
	d := house()
	lea, ari, sam := person(t, "lead"), person(t, "admin"), person(t, "senior")
	lea.ID, ari.ID, sam.ID = "lea", "ari", "sam"
	billing, shop, none := people.Rota{ID: "r", Team: "billing"}, people.Rota{ID: "r", Team: "shop"}, people.Rota{}
	tests := []struct {
		name    string
		who     people.Person
		was, is people.Rota
		may     bool
	}{
		{"a lead adds one to their team", lea, none, billing, true},
		{"a lead changes it", lea, billing, billing, true},
		{"a lead removes it", lea, billing, none, true},
		{"a lead takes another team's", lea, shop, billing, false},
		{"a lead gives theirs away", lea, billing, shop, false},
		{"a lead makes one of no team", lea, none, people.Rota{ID: "r"}, false},
		{"an admin does", ari, shop, none, true},
		{"a senior doesn't", sam, billing, billing, false},
	}
	for _, tt := range tests {
		if err := d.MayKeepRota(tt.who, tt.was, tt.is); (err == nil) != tt.may {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestEverybodySaysOfThemselvesThatTheyAreAway(t *testing.T) {
	t.Parallel()
	d := house()
	for who, may := range map[string]string{"ari": "ari lea sam ann bo", "lea": "lea sam ann", "sam": "sam", "bo": "bo", "ann": "ann"} {
		p := people.Person{ID: who}
		p, _ = d.SignedIn(p)
		if who == "ann" { // whose roles are her sign-in's
			p = person(t, "viewer")
			p.ID = who
		}
		for _, target := range []string{"ari", "lea", "sam", "ann", "bo"} {
			if err := d.MayBeAway(p, d.Members[target]); (err == nil) != strings.Contains(" "+may+" ", " "+target+" ") {
				t.Errorf("%s of %s: %v", who, target, err)
			}
		}
	}
	if d.MayBeAway(people.Person{ID: "ann"}, d.Members["ann"]) == nil {
		t.Error("somebody without a role says that they are away")
	}
}

func TestRolesOfTheDirectoryStandInPlaceOfTheTokens(t *testing.T) {
	t.Parallel()
	d := house()
	tests := []struct {
		name, id string
		token    []string
		want     []string
		left     bool
	}{
		{"roles of the directory", "bo", []string{"lead"}, []string{"agent:1"}, false},
		{"none there: the token's", "ann", []string{"senior"}, []string{"senior"}, false},
		{"an admin's token", "bo", []string{"admin"}, []string{"agent:1", "admin"}, false},
		{"nobody it knows", "stranger", []string{"viewer"}, []string{"viewer"}, false},
		{"who has left, an admin too", "old", []string{"admin"}, []string{}, true},
	}
	for _, tt := range tests {
		p := person(t, tt.token...)
		p.ID = tt.id
		got, ok := d.SignedIn(p)
		if ok == tt.left || got.ID != tt.id {
			t.Errorf("%s: %v, %v", tt.name, got, ok)
		}
		if diff := cmp.Diff(tt.want, got.Words()); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	if d.Called("ann") != "Ann" || d.Signs("ann") != "Ann from billing" || d.Signs("bo") != "Bo" || d.Called("stranger") != "stranger" {
		t.Error("somebody is called by another name")
	}
}
