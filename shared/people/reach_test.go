package people_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// office is a directory of a small desk. Monday at noon in Athens all of it works
// but lena, who has the night, and vic, who is away; the rota nights has lena.
func office(t *testing.T) people.Directory {
	t.Helper()
	day, night := people.Week{"mon": {"09:00-17:00"}}, people.Week{"mon": {"17:00-09:00"}}
	const athens = "Europe/Athens"
	away := people.Presence{Away: true, Since: at(t, athens, "2026-11-23 11:00")}
	return people.NewDirectory([]people.Member{
		{ID: "ann", Roles: []string{"agent:1"}, Teams: []string{"general"}, Languages: []string{"el", "en"}, Zone: athens, Shifts: day},
		{ID: "bo", Roles: []string{"agent:2"}, Teams: []string{"general", "legal"}, Zone: athens, Shifts: day},
		{ID: "cy", Roles: []string{"agent:1"}, Teams: []string{"thai"}, Zone: athens, Shifts: day},
		{ID: "sam", Roles: []string{"senior"}, Teams: []string{"general"}, Languages: []string{"en"}, Zone: athens, Shifts: day},
		{ID: "sue", Roles: []string{"senior"}, Teams: []string{"general"}, Languages: []string{"el"}, Zone: athens, Shifts: day},
		{ID: "lea", Roles: []string{"lead"}, Teams: []string{"general"}, Zone: athens, Shifts: day},
		{ID: "lena", Roles: []string{"lead"}, Teams: []string{"legal"}, Zone: athens, Shifts: night},
		{ID: "vic", Roles: []string{"agent:4"}, Teams: []string{"vendors"}, Presence: away},
		{ID: "gone", Roles: []string{"lead"}, Teams: []string{"general", "press"}, Left: true},
		{ID: "otto", Roles: []string{"viewer"}},
	}, []people.Team{
		{ID: "general", Name: "General"},
		{ID: "legal", Name: "Legal", Leads: []string{"lena"}},
		{ID: "thai", Name: "Thai", Languages: []string{"th"}, Brands: []string{"Mango"}},
		{ID: "vendors", Name: "Vendors"},
	}, []people.Rota{
		{ID: "nights", Name: "Nights", Zone: athens, Start: "2026-11-16", Handover: "09:00", Turn: 14, Members: []string{"lena"}},
		{ID: "away", Name: "Vendors' own", Zone: athens, Start: "2026-11-16", Handover: "09:00", Turn: 1, Members: []string{"vic"}},
		{ID: "weekend", Name: "Weekend", Zone: athens, Start: "2026-11-16", Handover: "09:00", Turn: 1, Members: []string{"bo"}, Hours: people.Week{"sat": {"00:00-24:00"}}},
	})
}

func TestAStepReachesThoseItAsksForWhoAreThere(t *testing.T) {
	t.Parallel()
	const noon, night = "2026-11-23 12:00", "2026-11-23 23:00"
	greek := desk.Ticket{Tier: desk.General, Lang: "el", Origin: desk.Origin{Brand: "Mango"}}
	of := func(change func(*desk.Ticket)) desk.Ticket {
		ticket := greek
		change(&ticket)
		return ticket
	}
	for _, tt := range []struct {
		name   string
		step   desk.Step
		ticket desk.Ticket
		when   string
		want   string
	}{
		{"a warning goes to the holder", desk.Step{Do: desk.WarnHolder}, of(func(t *desk.Ticket) { t.Assignee = "ann" }), noon, "ann"},
		{"a holder whose shift is over is not there", desk.Step{Do: desk.WarnHolder}, of(func(t *desk.Ticket) { t.Assignee = "ann" }), night, ""},
		{"nor is one who is away", desk.Step{Do: desk.WarnHolder}, of(func(t *desk.Ticket) { t.Assignee = "vic" }), noon, ""},
		{"a holder of whom nobody has heard is warned", desk.Step{Do: desk.WarnHolder}, of(func(t *desk.Ticket) { t.Assignee = "zoe" }), noon, "zoe"},
		{"whoever types holds it too", desk.Step{Do: desk.WarnHolder}, of(func(ticket *desk.Ticket) {
			ticket.Lease = desk.Lease{Agent: "bo", Token: "t", Until: at(t, "Europe/Athens", "2026-11-23 12:05")}
		}), noon, "bo"},
		{"nobody holds it", desk.Step{Do: desk.WarnHolder}, greek, noon, ""},
		{"a notice goes to the team it names", desk.Step{Do: desk.NotifyTeam, To: "legal"}, greek, noon, "bo"},
		{"and of that to those on shift", desk.Step{Do: desk.NotifyTeam, To: "legal"}, greek, night, "lena"},
		{"else to the ticket's own", desk.Step{Do: desk.NotifyTeam}, of(func(t *desk.Ticket) { t.Team = "legal" }), noon, "bo"},
		{"else to whoever works the tier and suits", desk.Step{Do: desk.NotifyTeam}, greek, noon, "ann bo lea sue"},
		{"a team with nobody in it is none", desk.Step{Do: desk.NotifyTeam}, of(func(t *desk.Ticket) { t.Team = "press" }), noon, "ann bo lea sue"},
		{"but one that a step names is asked in vain", desk.Step{Do: desk.NotifyTeam, To: "press"}, greek, noon, ""},
		{"who serves other languages and brands is not asked", desk.Step{Do: desk.NotifyTeam}, of(func(t *desk.Ticket) { t.Lang = "th" }), noon, "bo cy lea"},
		{"a swarm is asked as a team is told", desk.Step{Do: desk.StartSwarm}, of(func(t *desk.Ticket) { t.Team = "legal" }), noon, "bo"},
		{"a ticket is raised to those of the next tier who suit", desk.Step{Do: desk.RaiseTier}, of(func(t *desk.Ticket) { t.Tier = desk.Individual }), noon, "lea sue"},
		{"or to all of them where none does", desk.Step{Do: desk.RaiseTier}, of(func(t *desk.Ticket) { t.Tier, t.Team = desk.Individual, "thai" }), noon, "lea sam sue"},
		{"at night there is a lead", desk.Step{Do: desk.RaiseTier}, of(func(t *desk.Ticket) { t.Tier = desk.Individual }), night, "lena"},
		{"above the highest tier is none", desk.Step{Do: desk.RaiseTier}, of(func(t *desk.Ticket) { t.Tier = desk.Vendor }), noon, "lea"},
		{"the leads of a team are paged", desk.Step{Do: desk.PageLead}, of(func(t *desk.Ticket) { t.Team = "legal" }), night, "lena"},
		{"on their shift", desk.Step{Do: desk.PageLead}, of(func(t *desk.Ticket) { t.Team = "legal" }), noon, ""},
		{"where a team names none, whoever is a lead", desk.Step{Do: desk.PageLead}, of(func(t *desk.Ticket) { t.Team = "general" }), noon, "lea"},
		{"a rota pages whom it has, whatever their shifts", desk.Step{Do: desk.PageLead, To: "nights"}, greek, noon, "lena"},
		{"but not somebody who is away", desk.Step{Do: desk.PageLead, To: "away"}, greek, noon, ""},
		{"and outside its hours nobody", desk.Step{Do: desk.PageLead, To: "weekend"}, greek, noon, ""},
		{"nor one that there is not", desk.Step{Do: desk.PageLead, To: "knights"}, greek, noon, ""},
		{"a notice may go to a rota as well", desk.Step{Do: desk.NotifyTeam, To: "nights"}, greek, noon, "lena"},
		{"vendors are those who work their tier", desk.Step{Do: desk.HandToVendor}, greek, noon, "lea"},
		{"an incident is the leads' matter", desk.Step{Do: desk.OpenIncident}, greek, noon, "lea"},
		{"what is no step reaches nobody", desk.Step{Do: "sing"}, greek, noon, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			who, known := office(t).Reach(tt.step, tt.ticket, at(t, "Europe/Athens", tt.when))
			if got := strings.Join(who, " "); got != tt.want || !known {
				t.Errorf("reached are %q, %v", got, known)
			}
		})
	}
}

func TestADirectoryWithoutAnybodyWhoWorksKnowsOfNobody(t *testing.T) {
	t.Parallel()
	for name, members := range map[string][]people.Member{
		"nobody":                               nil,
		"a viewer":                             {{ID: "otto", Roles: []string{"viewer", "auditor"}}},
		"one who has left":                     {{ID: "gone", Roles: []string{"lead"}, Left: true}},
		"one whose roles the directory leaves": {{ID: "ann"}},
		"a role that is none":                  {{ID: "ann", Roles: []string{"boss"}}},
	} {
		d := people.NewDirectory(members, nil, nil)
		var crew desk.Crew = d
		if who, known := crew.Reach(desk.Step{Do: desk.RaiseTier}, desk.Ticket{}, at(t, "UTC", "2026-11-23 12:00")); known || len(who) > 0 {
			t.Errorf("%s: it knows of %v", name, who)
		}
	}
}

func TestATicketSuitsWhoAnswersItsTeamBrandLanguageAndCategory(t *testing.T) {
	t.Parallel()
	d := office(t)
	for _, tt := range []struct {
		name   string
		member people.Member
		ticket desk.Ticket
		want   bool
	}{
		{"who says nothing answers all", people.Member{}, desk.Ticket{Origin: desk.Origin{Brand: "Mango"}, Lang: "th", Category: desk.Billing}, true},
		{"a language of theirs", people.Member{Languages: []string{"el"}}, desk.Ticket{Lang: "el"}, true},
		{"none of theirs", people.Member{Languages: []string{"el"}}, desk.Ticket{Lang: "th"}, false},
		{"a language that triage could not tell", people.Member{Languages: []string{"el"}}, desk.Ticket{Lang: "und"}, true},
		{"and none at all", people.Member{Languages: []string{"el"}}, desk.Ticket{}, true},
		{"a brand of theirs", people.Member{Brands: []string{"Mango"}}, desk.Ticket{Origin: desk.Origin{Brand: "Mango"}}, true},
		{"none of theirs", people.Member{Brands: []string{"Mango"}}, desk.Ticket{Origin: desk.Origin{Brand: "Papaya"}}, false},
		{"an account of no brand", people.Member{Brands: []string{"Mango"}}, desk.Ticket{Origin: desk.Origin{Brand: desk.UnknownBrand}}, true},
		{"a brand of their team", people.Member{Teams: []string{"thai"}}, desk.Ticket{Origin: desk.Origin{Brand: "Mango"}, Lang: "th"}, true},
		{"none of their team", people.Member{Teams: []string{"thai"}}, desk.Ticket{Origin: desk.Origin{Brand: "Papaya"}}, false},
		{"a language of none of their teams", people.Member{Teams: []string{"thai"}}, desk.Ticket{Lang: "el"}, false},
		{"one of their teams answers all", people.Member{Teams: []string{"thai", "general"}}, desk.Ticket{Lang: "el", Origin: desk.Origin{Brand: "Papaya"}}, true},
		{"what they say goes before their team", people.Member{Teams: []string{"thai"}, Languages: []string{"el"}}, desk.Ticket{Lang: "el"}, true},
		{"a team that is not there says nothing", people.Member{Teams: []string{"lost"}}, desk.Ticket{Lang: "el", Origin: desk.Origin{Brand: "Papaya"}}, true},
		{"a ticket of their team", people.Member{Teams: []string{"legal"}}, desk.Ticket{Team: "legal"}, true},
		{"a ticket of another", people.Member{Teams: []string{"general"}}, desk.Ticket{Team: "legal"}, false},
		{"a ticket of a team with nobody in it", people.Member{Teams: []string{"general"}}, desk.Ticket{Team: "press"}, true},
		{"a category of theirs", people.Member{Skills: []string{"billing"}}, desk.Ticket{Category: desk.Billing}, true},
		{"none of theirs", people.Member{Skills: []string{"billing"}}, desk.Ticket{Category: desk.Fraud, Tags: []string{"vip"}}, false},
		{"a tag of theirs", people.Member{Skills: []string{"billing", "vip"}}, desk.Ticket{Category: desk.Fraud, Tags: []string{"live", "vip"}}, true},
		{"what triage has not told", people.Member{Skills: []string{"billing"}}, desk.Ticket{}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := d.Suits(tt.member, tt.ticket); got != tt.want {
				t.Errorf("it suits: %v", got)
			}
		})
	}
}

func TestWhoIsOnShiftIsToldInTheOrderOfIDs(t *testing.T) {
	t.Parallel()
	var on []string
	for _, m := range office(t).OnShift(at(t, "Europe/Athens", "2026-11-23 12:00")) {
		on = append(on, m.ID)
	}
	if want := []string{"ann", "bo", "cy", "lea", "otto", "sam", "sue"}; !slices.Equal(on, want) {
		t.Errorf("on shift are %v", on)
	}
}
