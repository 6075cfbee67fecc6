package people_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/people"
)

// said returns mistakes as a person reads them.
func said(mistakes []people.Mistake) []string {
	var all []string
	for _, m := range mistakes {
		all = append(all, m.String())
	}
	return all
}

// desk3 has two people, of whom bo has left, a team and a rota.
func desk3() people.Directory {
	return people.NewDirectory([]people.Member{{ID: "ann", Teams: []string{"general"}}, {ID: "bo", Left: true}}, []people.Team{{ID: "general"}}, []people.Rota{{ID: "nights", Team: "general"}})
}

func TestEveryMistakeOfAPersonIsTold(t *testing.T) {
	t.Parallel()
	sound := people.Member{
		ID: "cy", Name: "Cy", Sign: "C.", Roles: []string{"agent:2", "viewer"}, Teams: []string{"general"}, Skills: []string{"billing"}, Languages: []string{"th", "es", "el", "en"},
		Brands: []string{"Mango"}, Zone: "Asia/Bangkok", Shifts: people.Week{"mon": {"22:00-06:00"}, "tue": {}}, Capacity: people.Capacity{Soft: 5, Hard: 5},
		Presence: people.Presence{Away: true, Since: time.Unix(1, 0).UTC(), Until: time.Unix(2, 0).UTC(), Why: "lunch"},
	}
	for _, tt := range []struct {
		name   string
		change func(*people.Member)
		want   []string
	}{
		{"none", func(*people.Member) {}, nil},
		{"no id", func(m *people.Member) { m.ID = "" }, []string{"id: is missing"}},
		{"an id with a line in it", func(m *people.Member) { m.ID = "c\ny" }, []string{`id: "c\ny" has what can't be seen or begins or ends with a space`}},
		{"an id with a space at its end", func(m *people.Member) { m.ID = "cy " }, []string{`id: "cy " has what can't be seen or begins or ends with a space`}},
		{"an id that leads elsewhere", func(m *people.Member) { m.ID = ".." }, []string{`id: ".." can be no part of an address`}},
		{"a long id", func(m *people.Member) { m.ID = strings.Repeat("x", 256) }, []string{"id: has more than 255 bytes"}},
		{"no name", func(m *people.Member) { m.Name = " " }, []string{"name: is missing"}},
		{"a name that turns the line round", func(m *people.Member) { m.Name = "Cy\u202e" }, []string{"name: \"Cy\\u202e\" has what can't be seen"}},
		{"an unknown role", func(m *people.Member) { m.Roles = []string{"boss", "agent:7"} }, []string{
			"roles: role \"boss\" is none of [agent senior lead admin auditor viewer]", "roles: role \"agent:7\": tier \"7\" is none of 0 to 4"}},
		{"a team that is not there", func(m *people.Member) { m.Teams = []string{"general", "legal"} }, []string{`teams: there is no team "legal"; known are general`}},
		{"one team twice", func(m *people.Member) { m.Teams = []string{"general", "general"} }, []string{`teams: "general" stands there twice`}},
		{"no team", func(m *people.Member) { m.Teams = nil }, []string{"teams: is in no team, and so would be told of nothing; only admins, auditors and viewers need none"}},
		{"no team, and roles that the sign-in says", func(m *people.Member) { m.Teams, m.Roles = nil, nil }, []string{"teams: is in no team, and so would be told of nothing; only admins, auditors and viewers need none"}},
		{"no team, as an admin who audits", func(m *people.Member) { m.Teams, m.Roles = nil, []string{"admin", "auditor", "viewer"} }, nil},
		{"no team, having left", func(m *people.Member) { m.Teams, m.Left = nil, true }, nil},
		{"an unknown language", func(m *people.Member) { m.Languages = []string{"fr"} }, []string{`languages: "fr" is not one of th, es, el, en`}},
		{"an empty skill", func(m *people.Member) { m.Skills = []string{""} }, []string{`skills: "" is no name`}},
		{"201 brands", func(m *people.Member) { m.Brands = make([]string, 201) }, []string{"brands: has more than 200"}},
		{"an unknown zone", func(m *people.Member) { m.Zone = "Europe/Sparta" }, []string{`zone: there is no time zone "Europe/Sparta"`}},
		{"shifts of no zone", func(m *people.Member) { m.Zone = "" }, []string{`zone: there is no time zone ""`}},
		{"neither", func(m *people.Member) { m.Zone, m.Shifts = "", nil }, nil},
		{"bad periods", func(m *people.Member) { m.Shifts = people.Week{"mon": {"9-5"}, "moon": {"09:00-17:00"}} }, []string{
			`shifts: mon: period "9-5" is not of the form HH:MM-HH:MM`, `shifts: weekday "moon" is not one of mon, tue, wed, thu, fri, sat, sun`}},
		{"shifts that never begin", func(m *people.Member) { m.Shifts = people.Week{"mon": nil} }, []string{"shifts: has days without hours only, and so never begins; leave it out instead"}},
		{"soft over hard", func(m *people.Member) { m.Capacity = people.Capacity{Soft: 6, Hard: 5} }, []string{"capacity: soft is 6, more than hard, 5"}},
		{"soft without hard", func(m *people.Member) { m.Capacity = people.Capacity{Soft: 6} }, nil},
		{"less than nothing", func(m *people.Member) { m.Capacity = people.Capacity{Soft: -1, Hard: 1001} }, []string{
			"capacity: soft is -1; it is 1 to 1000, or 0 for no bound", "capacity: hard is 1001; it is 1 to 1000, or 0 for no bound"}},
		{"back before away", func(m *people.Member) { m.Presence.Until = time.Unix(1, 0).UTC() }, []string{"presence: is back at 1970-01-01T00:00:01Z, before being away"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := sound
			tt.change(&m)
			if diff := cmp.Diff(tt.want, said(desk3().CheckMember(m))); diff != "" {
				t.Error(diff)
			}
		})
	}
	first := people.NewDirectory(nil, nil, nil)
	if wrong := first.CheckMember(people.Member{ID: "ann", Name: "Ann", Roles: []string{"lead"}}); len(wrong) > 0 {
		t.Errorf("the first person, when there are no teams yet: %v", wrong)
	}
}

func TestEveryMistakeOfATeamIsTold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		team people.Team
		want []string
	}{
		{"none", people.Team{ID: "legal", Name: "Legal", Leads: []string{"ann"}, Languages: []string{"el"}, Brands: []string{"Mango"}}, nil},
		{"nothing", people.Team{}, []string{"id: is missing", "name: is missing"}},
		{"a rota's id", people.Team{ID: "nights", Name: "N"}, []string{`id: "nights" is a rota's, and steps of a chain name either`}},
		{"leads who are not there", people.Team{ID: "legal", Name: "Legal", Leads: []string{"zoe", "bo"}}, []string{`leads: "zoe" is nobody of the desk`, `leads: "bo" has left`}},
		{"an unknown language", people.Team{ID: "legal", Name: "Legal", Languages: []string{"xx"}}, []string{`languages: "xx" is not one of th, es, el, en`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, said(desk3().CheckTeam(tt.team))); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := said(desk3().CheckRemoval(people.KindTeam, "general")); !slices.Equal(got, []string{"there are people in it: ann", "rota nights is of it"}) {
		t.Errorf("a team that is needed: %q", got)
	}
	if got := desk3().CheckRemoval(people.KindTeam, "legal"); len(got) > 0 {
		t.Errorf("a team that nobody needs: %v", got)
	}
}

func TestEveryMistakeOfARotaIsTold(t *testing.T) {
	t.Parallel()
	hour := func(n int) time.Time { return time.Date(2026, 11, 23, n, 0, 0, 0, time.UTC) }
	sound := people.Rota{
		ID: "days", Name: "Days", Team: "general", Zone: "UTC", Start: "2026-11-23", Handover: "09:00", Turn: 7, Members: []string{"ann", "ann"}, Hours: people.Week{"sat": {"00:00-24:00"}},
		Overrides: []people.Override{{From: hour(12), To: hour(13), Who: "ann"}, {From: hour(11), To: hour(12), Who: "bo"}},
	}
	for _, tt := range []struct {
		name   string
		change func(*people.Rota)
		want   []string
	}{
		{"none", func(*people.Rota) {}, nil},
		{"a team's id", func(r *people.Rota) { r.ID = "general" }, []string{`id: "general" is a team's, and steps of a chain name either`}},
		{"no team of the desk", func(r *people.Rota) { r.Team = "legal" }, []string{`team: there is no team "legal"; known are general`}},
		{"nobody", func(r *people.Rota) { r.Members = nil }, []string{"members: is empty: nobody would ever be on duty"}},
		{"somebody unknown, and who has left", func(r *people.Rota) { r.Members = []string{"zoe", "ann", "bo"} }, []string{`members: "zoe" is nobody of the desk`, `members: "bo" has left`}},
		{"no zone", func(r *people.Rota) { r.Zone = "" }, []string{`zone: there is no time zone ""`}},
		{"no date", func(r *people.Rota) { r.Start = "23.11.2026" }, []string{`start: "23.11.2026" is not a date such as 2026-11-23`}},
		{"a day that there is not", func(r *people.Rota) { r.Start = "2026-02-30" }, []string{`start: "2026-02-30" is not a date such as 2026-11-23`}},
		{"no time of day", func(r *people.Rota) { r.Handover = "9am" }, []string{`handover: "9am" is not a time of day such as 09:30`}},
		{"turns of no day", func(r *people.Rota) { r.Turn = 0 }, []string{"turn: is 0 days; 1 to 366 are a turn"}},
		{"bad hours", func(r *people.Rota) { r.Hours = people.Week{"sat": {"25:00-26:00"}} }, []string{`hours: sat: period "25:00-26:00" does not open at a time of day`}},
		{"an override of somebody unknown", func(r *people.Rota) { r.Overrides[0].Who = "zoe" }, []string{`overrides: "zoe" is nobody of the desk`}},
		{"two that cross", func(r *people.Rota) { r.Overrides[1].To = hour(13) }, []string{
			`overrides: that of "ann" from 2026-11-23T12:00:00Z crosses that of "bo" until 2026-11-23T13:00:00Z`}},
		{"one that ends before it begins", func(r *people.Rota) { r.Overrides[1].To = hour(11) }, []string{
			`overrides: that of "bo" from 2026-11-23T11:00:00Z ends at 2026-11-23T11:00:00Z, before it begins`}},
		{"501 of them", func(r *people.Rota) { r.Overrides = make([]people.Override, 501) }, []string{"overrides: has more than 500: take out those that are over"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := sound
			r.Overrides = slices.Clone(sound.Overrides)
			tt.change(&r)
			if diff := cmp.Diff(tt.want, said(desk3().CheckRota(r))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnInnerOverrideCrossesTheOuter(t *testing.T) {
	t.Parallel()
	hour := func(n int) time.Time { return time.Date(2026, 11, 23, n, 0, 0, 0, time.UTC) }
	r := people.Rota{ID: "days", Name: "Days", Zone: "UTC", Start: "2026-11-23", Handover: "09:00", Turn: 7, Members: []string{"ann"}, Overrides: []people.Override{
		{From: hour(8), To: hour(20), Who: "ann"}, {From: hour(9), To: hour(10), Who: "ann"}, {From: hour(12), To: hour(13), Who: "ann"},
	}}
	if wrong := desk3().CheckRota(r); len(wrong) != 2 {
		t.Errorf("both inner ones cross the outer: %v", wrong)
	}
}
