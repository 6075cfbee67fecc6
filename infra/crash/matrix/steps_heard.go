package matrix

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/skala/infra/crash/world"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// program is the channel that people and teams choose here: letters to it are seen.
var program = people.Channel{Kind: people.Webhook, To: "records"}

// hears is a setup: a lead and her team are told by the program.
func hears(r *Run) error {
	for _, path := range []string{"/api/v1/me/channels", "/api/v1/teams/care/channels"} {
		answer, err := r.World.Ask(r.Ctx, world.Request{Who: world.Lead, Method: http.MethodPut, Path: path, JSON: map[string]any{"channels": []people.Channel{program}}})
		if err == nil && answer.Status != http.StatusOK {
			err = fmt.Errorf("%s was answered %d %s", path, answer.Status, answer.Body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rang is a setup: the lead's list has what she has not seen.
func rang(r *Run) error {
	return chain(opened(world.Line, low), func(r *Run) error {
		return r.does(world.Admin, "assign", map[string]any{"assignee": world.Lead, "reason": "hers"})
	}, rested)(r)
}

// seen is a check: the lead was told something, and has seen it all.
func seen(r *Run) error {
	rings, _, err := r.World.Store.Bell(r.Ctx, world.Lead, "", 10)
	if err != nil {
		return err
	}
	unread, _, err := r.World.Store.Rang(r.Ctx, world.Lead)
	if err == nil && (unread != 0 || len(rings) != 1) {
		err = fmt.Errorf("of %d lines on her list %d are not seen", len(rings), unread)
	}
	return err
}

// tried is a check: the program got the test that somebody asked for. Who got no
// answer may have asked for another.
func tried(r *Run) error {
	for _, l := range r.World.Told() {
		if slices.ContainsFunc(l.Notices, func(n desk.Notice) bool { return n.Kind == desk.ToldTest }) {
			return nil
		}
	}
	return fmt.Errorf("the program got no test, but %+v", r.World.Told())
}

// browses is a check: the lead has one browser, and what it is told by is kept.
func browses(r *Run) error {
	d, err := r.World.Store.Directory(r.Ctx)
	if err != nil {
		return err
	}
	all := d.Members[world.Lead].Channels
	if len(all) != 1 || all[0].Kind != people.Push {
		return fmt.Errorf("her channels are %+v", all)
	}
	_, err = r.World.Store.Subscription(r.Ctx, world.Lead, all[0].To)
	return err
}

// heardSteps are those in which people say how they are told, and that they have seen
// what they were told.
func heardSteps() []Step {
	of := people.Channel{Kind: program.Kind, To: program.To}
	mine := changed(world.Lead, "changed", func(d people.Directory) bool {
		return slices.ContainsFunc(d.Members[world.Lead].Channels, func(ch people.Channel) bool { return ch.To == of.To })
	})
	room := changed("care", "changed", func(d people.Directory) bool {
		return slices.ContainsFunc(d.Teams["care"].Channels, func(ch people.Channel) bool { return ch.To == of.To })
	})
	list, add := map[string]any{"channels": []people.Channel{program}}, url.Values{"webhook": {program.To}}
	test, button := map[string]any{"kind": of.Kind, "to": of.To}, url.Values{"which": {string(of.Kind) + " " + of.To}}
	browser := map[string]any{"endpoint": "https://push.example.com/send/abc", "keys": map[string]any{
		"p256dh": base64.RawURLEncoding.EncodeToString(append([]byte{4}, make([]byte, 64)...)), "auth": base64.RawURLEncoding.EncodeToString(make([]byte, 16))}}
	var steps []Step
	for _, s := range []struct {
		route string
		body  any        // of the API
		form  url.Values // of a page
		setup func(*Run) error
		check func(*Run) error
	}{
		{"PUT /api/v1/me/channels", list, nil, employed, mine},
		{"POST /me", nil, add, employed, mine},
		{"PUT /api/v1/teams/{id}/channels", list, nil, employed, room},
		{"POST /teams/{id}/channels", nil, add, employed, room},
		{"POST /api/v1/me/channels/push", browser, nil, employed, browses},
		{"POST /api/v1/me/channels/test", test, nil, chain(employed, hears), tried},
		{"POST /me/test", nil, button, chain(employed, hears), tried},
		{"POST /api/v1/teams/{id}/channels/test", test, nil, chain(employed, hears), tried},
		{"POST /teams/{id}/channels/test", nil, button, chain(employed, hears), tried},
		{"POST /api/v1/notices/heard", struct{}{}, nil, chain(employed, rang), seen},
		{"POST /notices/heard", nil, url.Values{"until": {world.Noon.Add(24 * time.Hour).Format(time.RFC3339)}}, chain(employed, rang), seen},
	} {
		method, path, _ := strings.Cut(s.route, " ")
		setup := s.setup
		if s.form != nil {
			setup = chain(setup, signedIn(world.Lead))
		}
		request := world.Request{Who: world.Lead, Method: method, Path: strings.ReplaceAll(path, "{id}", "care"), JSON: s.body, Form: s.form}
		steps = append(steps, Step{Name: spelt(s.route), Routes: []string{s.route}, Setup: setup, Act: asks(request, false), Check: s.check})
	}
	return steps
}
