package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/skala/infra/simulator"
	"example.com/skala/shared/people"
	"example.com/skala/shared/policy"
)

// A keeper keeps the directory.
type keeper interface {
	Directory(ctx context.Context) (people.Directory, error)
	SaveMember(ctx context.Context, m people.Member, c people.Change) error
	SaveTeam(ctx context.Context, t people.Team, c people.Change) error
	SaveRota(ctx context.Context, r people.Rota, c people.Change) error
	SaveReply(ctx context.Context, r people.SavedReply, c people.Change) error
	Audit(ctx context.Context, q people.AuditQuery, after string, limit int) ([]people.Change, string, error)
}

// seeds are what the local run's directory begins with: the people who can sign in,
// the teams of the policy and one for all else, two rotas of leads, and a few saved
// replies of everybody's. Whoever
// works on tickets is of every team and always on, so that nothing that happens at
// the demo is nobody's.
func seeds(teams []policy.Team) people.Directory {
	const zone = "Europe/Athens"
	all := []people.Team{{ID: "general", Name: "General"}}
	for _, t := range teams {
		if t.Name != "general" {
			all = append(all, people.Team{ID: t.Name, Name: strings.ToUpper(t.Name[:1]) + t.Name[1:], Brands: t.Brands, Languages: t.Languages})
		}
	}
	var members []people.Member
	var names, leads []string
	for _, t := range all {
		names = append(names, t.ID)
	}
	for _, p := range simulator.DemoPeople() {
		first, _, _ := strings.Cut(p.Name, " ")
		m := people.Member{ID: p.ID, Name: p.Name, Sign: first, Roles: p.Roles}
		switch {
		case slices.Contains(p.Roles, string(people.Admin)), slices.Contains(p.Roles, string(people.Auditor)):
		case slices.Contains(p.Roles, string(people.Lead)):
			leads = append(leads, p.ID)
			m.Channels = []people.Channel{{Kind: people.Email, To: p.Email}, {Kind: people.Slack, To: "leads"}, {Kind: people.Push, To: browser}}
			fallthrough
		default:
			m.Teams = names
		}
		members = append(members, m)
	}
	for i := range all {
		all[i].Leads = leads
	}
	duty := append(slices.Clone(leads), "demo-senior")
	return people.NewDirectory(members, all, []people.Rota{
		{ID: "on-call", Name: "On call", Team: "general", Zone: zone, Start: "2026-01-05", Handover: "09:00", Turn: 7, Members: duty},
		{ID: "weekend", Name: "Weekend", Team: "general", Zone: zone, Start: "2026-01-05", Handover: "09:00", Turn: 7, Members: duty,
			Hours: people.Week{"sat": {"00:00-24:00"}, "sun": {"00:00-24:00"}}},
	}).WithReplies(simulator.DemoReplies("general"))
}

// sow puts what is missing of the seeds into the directory, and says how much that
// was. What was sown before and is gone was taken out by somebody, and stays so;
// what somebody changed is there, and stays too.
func sow(ctx context.Context, in keeper, all people.Directory, now time.Time) (n int, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("seeding the directory: %w", err)
		}
	}()
	is, err := in.Directory(ctx)
	if err != nil {
		return 0, err
	}
	sown, err := sownBefore(ctx, in)
	if err != nil {
		return 0, err
	}
	save := func(kind people.Kind, id string, there bool, item any, save func(people.Change) error) error {
		if there || sown[string(kind)+" "+id] {
			return nil
		}
		err := save(people.Change{At: now, Who: seeder, What: "added", Kind: kind, Target: id, Fields: people.Diff(nil, item)})
		if err == nil {
			n++
		}
		return err
	}
	for id, t := range all.Teams {
		_, there := is.Teams[id]
		if err := save(people.KindTeam, id, there, t, func(c people.Change) error { return in.SaveTeam(ctx, t, c) }); err != nil {
			return n, err
		}
	}
	for id, m := range all.Members {
		_, there := is.Members[id]
		if err := save(people.KindMember, id, there, m, func(c people.Change) error { return in.SaveMember(ctx, m, c) }); err != nil {
			return n, err
		}
	}
	for id, r := range all.Replies {
		_, there := is.Replies[id]
		if err := save(people.KindReply, id, there, r, func(c people.Change) error { return in.SaveReply(ctx, r, c) }); err != nil {
			return n, err
		}
	}
	for id, r := range all.Rotas {
		_, there := is.Rotas[id]
		if err := save(people.KindRota, id, there, r, func(c people.Change) error { return in.SaveRota(ctx, r, c) }); err != nil {
			return n, err
		}
	}
	return n, nil
}

// seeder is who the audit log says has sown.
const seeder = "seed"

// sownBefore returns what the audit log says was sown, by kind and id.
func sownBefore(ctx context.Context, in keeper) (map[string]bool, error) {
	sown := map[string]bool{}
	for after := ""; ; {
		lines, next, err := in.Audit(ctx, people.AuditQuery{Who: seeder}, after, 100)
		if err != nil {
			return nil, err
		}
		for _, c := range lines {
			sown[string(c.Kind)+" "+c.Target] = true
		}
		if after = next; after == "" {
			return sown, nil
		}
	}
}
