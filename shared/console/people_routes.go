package console

import (
	"slices"

	"example.com/skala/shared/people"
)

// directoryRoutes are the addresses of who works here, who is there and what was
// changed. What of it somebody may change is package people's to say.
func (c *Console) directoryRoutes() []route {
	inTeam := func(m people.Member, team string) bool { return slices.Contains(m.Teams, team) }
	return []route{
		{"GET /api/v1/people", people.SeePeople, apiItems(c, c.members(), inTeam)},
		{"POST /api/v1/people/import", people.KeepTeams, c.apiImport},
		{"GET /api/v1/people/{id}", people.SeePeople, apiItem(c, c.members())},
		{"PUT /api/v1/people/{id}", people.KeepPeople, apiPut(c, c.members())},
		{"POST /api/v1/people/{id}/presence", people.GoAway, c.apiSetPresence},
		{"GET /api/v1/teams", people.SeePeople, apiItems(c, c.teams(), nil)},
		{"GET /api/v1/teams/{id}", people.SeePeople, apiItem(c, c.teams())},
		{"PUT /api/v1/teams/{id}", people.KeepTeams, apiPut(c, c.teams())},
		{"DELETE /api/v1/teams/{id}", people.KeepTeams, apiDelete(c, c.teams())},
		{"GET /api/v1/rotas", people.SeePeople, apiItems(c, c.rotas(), func(r people.Rota, team string) bool { return r.Team == team })},
		{"GET /api/v1/rotas/{id}", people.SeePeople, apiItem(c, c.rotas())},
		{"PUT /api/v1/rotas/{id}", people.KeepPeople, apiPut(c, c.rotas())},
		{"DELETE /api/v1/rotas/{id}", people.KeepPeople, apiDelete(c, c.rotas())},
		{"GET /api/v1/on-shift", people.SeePeople, c.apiOnShift},
		{"GET /api/v1/presence", people.GoAway, c.apiPresence},
		{"POST /api/v1/presence", people.GoAway, c.apiSetPresence},
		{"GET /api/v1/audit", people.Audit, c.apiAudit},

		{"GET /people", people.SeePeople, c.peopleList},
		{"POST /people", people.KeepPeople, c.submitPerson},
		{"POST /people/import", people.KeepTeams, c.submitImport},
		{"GET /people/{id}", people.SeePeople, c.personPage},
		{"POST /people/{id}/presence", people.GoAway, c.submitPresence},
		{"GET /teams", people.SeePeople, c.teamList},
		{"POST /teams", people.KeepTeams, c.submitTeam},
		{"GET /teams/{id}", people.SeePeople, c.teamList},
		{"POST /teams/{id}/remove", people.KeepTeams, c.removeTeamForm},
		{"GET /rotas", people.SeePeople, c.rotaList},
		{"POST /rotas", people.KeepPeople, c.submitRota},
		{"GET /rotas/{id}", people.SeePeople, c.rotaList},
		{"POST /rotas/{id}/override", people.KeepPeople, c.submitOverride},
		{"POST /rotas/{id}/remove", people.KeepPeople, c.removeRotaForm},
		{"GET /audit", people.Audit, c.auditPage},
		{"POST /presence", people.GoAway, c.submitPresence},
	}
}
