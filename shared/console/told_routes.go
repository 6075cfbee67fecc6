package console

import "example.com/skala/shared/people"

// toldRoutes are the addresses of what people are told, and how.
func (c *Console) toldRoutes() []route {
	return []route{
		{"GET /api/v1/notices", people.Hear, c.apiNotices},
		{"POST /api/v1/notices/heard", people.Hear, c.apiHeard},
		{"GET /api/v1/me", people.Hear, c.apiMe},
		{"PUT /api/v1/me/channels", people.Hear, c.apiPutChannels},
		{"POST /api/v1/me/channels/push", people.Hear, c.apiSubscribe},
		{"POST /api/v1/me/channels/test", people.Hear, c.apiTest},
		{"GET /api/v1/teams/{id}/channels", people.SeePeople, c.apiRoom},
		{"PUT /api/v1/teams/{id}/channels", people.KeepPeople, c.apiPutRoom},
		{"POST /api/v1/teams/{id}/channels/test", people.KeepPeople, c.apiTestRoom},

		{"GET /notices", people.Hear, c.notices},
		{"POST /notices/heard", people.Hear, c.submitHeard},
		{"GET /me", people.Hear, c.mePage},
		{"POST /me", people.Hear, c.submitMe},
		{"POST /me/test", people.Hear, c.submitTest},
		{"POST /teams/{id}/channels", people.KeepPeople, c.submitRoom},
		{"POST /teams/{id}/channels/test", people.KeepPeople, c.submitTestRoom},
	}
}
