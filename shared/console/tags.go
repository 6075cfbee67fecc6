package console

import (
	"context"
	"fmt"
	"slices"

	"example.com/skala/shared/desk"
)

// declared returns tags as a ticket is to have them: those that it has stay under
// the name they have there, and of others only what the policy declares and has
// not taken back.
func (d decision) declared(tags []string) ([]string, error) {
	kept := []string{}
	for _, name := range tags {
		had := false
		for _, old := range d.ticket.Tags {
			if d.policy.Resolve(old) == d.policy.Resolve(name) {
				kept, had = append(kept, old), true
			}
		}
		if had {
			continue
		}
		switch tag, ok := d.policy.Tag(name); {
		case !ok:
			return nil, fmt.Errorf("tags: %q is none that the policy declares: %w", name, desk.ErrInvalid)
		case tag.Merged != "":
			return nil, fmt.Errorf("tags: %q was merged into %q: %w", name, d.policy.Resolve(name), desk.ErrInvalid)
		case tag.Retired:
			return nil, fmt.Errorf("tags: %q is retired: %w", name, desk.ErrInvalid)
		}
		kept = append(kept, name)
	}
	return kept, nil
}

// tagsOf returns tags by the names they have today. The log keeps those they had.
func (c *Console) tagsOf(ctx context.Context, tags []string) []string {
	if len(tags) == 0 {
		return tags
	}
	p, err := c.cfg.Policies.Active(ctx)
	if err != nil {
		c.cfg.Log.WarnContext(ctx, "policy not read", "err", err)
		return tags
	}
	now := make([]string, len(tags))
	for i, tag := range tags {
		now[i] = p.Resolve(tag)
	}
	slices.Sort(now)
	return slices.Compact(now)
}

// renamed returns cards with the names that their tags have today.
func (c *Console) renamed(ctx context.Context, cards ...desk.Card) []desk.Card {
	for i := range cards {
		cards[i].Tags = c.tagsOf(ctx, cards[i].Tags)
	}
	return cards
}

// resolved returns f with the present names of its tags, and by what to find
// those of tickets.
func (c *Console) resolved(ctx context.Context, f filter) (filter, error) {
	if len(f.tags) == 0 {
		return f, nil
	}
	p, err := c.cfg.Policies.Active(ctx)
	if err != nil {
		return f, err
	}
	f.resolve, f.tags = p.Resolve, slices.Clone(f.tags)
	for i, tag := range f.tags {
		f.tags[i] = p.Resolve(tag)
	}
	return f, nil
}

// choices are the teams that the policy in force declares, and the tags that it
// lets people give.
func (c *Console) choices(ctx context.Context) (teams, tags []string) {
	p, err := c.cfg.Policies.Active(ctx)
	if err != nil {
		c.cfg.Log.WarnContext(ctx, "policy not read", "err", err)
		return nil, nil
	}
	for _, team := range p.Teams() {
		teams = append(teams, team.Name)
	}
	for _, tag := range p.Tags() {
		if tag.Settable() {
			tags = append(tags, tag.Name)
		}
	}
	return teams, tags
}
