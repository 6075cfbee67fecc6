// Package assign gives the tickets of teams that want it to their people: the most
// urgent first, to whoever is there, suits and has room, and is the next by the
// team's way (package people). It runs when a ticket comes that nobody has, when
// somebody gets room or comes to work, and each minute for what those missed.
//
// Whose turn it is is written before the ticket, in the version that was read: of
// many who give at once one goes first, and the others choose again with what it gave.
// What a step that dies in between has begun, the next one writes.
package assign

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/nudge"
	"example.com/skala/shared/people"
	"example.com/skala/shared/policy"
)

// Tickets is the table as the assigner sees it; Commit as for every step.
type Tickets interface {
	Tickets(ctx context.Context, ids []desk.TicketID) ([]desk.Ticket, error)
	Log(ctx context.Context, id desk.TicketID) ([]desk.Entry, error)
	Commit(ctx context.Context, c desk.Change) error
}

// Lists are the table's indexes, which lag by a moment.
type Lists interface {
	Worklist(ctx context.Context, q desk.WorklistQuery, after string, limit int) ([]desk.Card, string, error)
	Assigned(ctx context.Context, assignee, after string, limit int) ([]desk.Card, string, error)
}

// Turns say whose turn it is. SaveTurn is desk.ErrStale where somebody else was first.
type Turns interface {
	Turn(ctx context.Context, team string) (desk.Turn, error)
	SaveTurn(ctx context.Context, t desk.Turn) error
}

// Policies are the versions of the policy.
type Policies interface {
	Version(ctx context.Context, hash string) (*policy.Policy, error)
}

// A Directory knows who is there; see package roster.
type Directory interface {
	Directory(ctx context.Context) (people.Directory, error)
}

// An Assigner gives tickets to people.
type Assigner struct {
	Tickets  Tickets
	Lists    Lists
	Turns    Turns
	Policies Policies
	People   Directory
	Nudger   *nudge.Nudger
	Brands   []string // whose worklists there are, the unknown account's among them
	Now      func() time.Time
	Log      *slog.Logger

	mu    sync.Mutex
	next  time.Time // not before this, for a nudge
	waits bool      // one was put off until then
}

const (
	page       = 50   // of a worklist, read at once
	mostLooked = 2000 // tickets that a round of a team looks at
	mostGiven  = 100  // that it gives: what is left is the next round's
	mostInHand = 200  // tickets of one person that are weighed
	tries      = 4    // at one turn, that others take as well

	// apart is between two rounds of one process: who asks in between is served by
	// one round after it.
	apart = 2 * time.Second
)

// Asked is Round for a nudge. While many come one round serves them all.
func (a *Assigner) Asked(ctx context.Context) error {
	a.mu.Lock()
	now := a.Now()
	wait := a.next.Sub(now)
	waits := a.waits
	switch {
	case wait <= 0 || wait > apart: // a clock may have been set back
		a.next, a.waits = now.Add(apart), false
	default:
		a.waits = true
	}
	a.mu.Unlock()
	switch {
	case wait <= 0 || wait > apart:
		err := a.Round(ctx)
		if err != nil { // the nudge that comes back is not put off
			a.mu.Lock()
			a.next = time.Time{}
			a.mu.Unlock()
		}
		return err
	case waits:
		return nil
	}
	return a.Nudger.Due.Send(ctx, desk.Nudge{Assign: true}, apart)
}

// Scheduled is Round for the sweep. It also has the queue ask again at each instant
// before the sweep after the next at which somebody comes.
func (a *Assigner) Scheduled(ctx context.Context) error {
	errs := []error{a.Round(ctx)}
	d, err := a.People.Directory(ctx)
	if err != nil {
		return errors.Join(append(errs, fmt.Errorf("assign: %w", err))...)
	}
	now := a.Now()
	for _, at := range d.Joins(now, now.Add(nudge.Ahead)) {
		errs = append(errs, a.Nudger.Due.Send(ctx, desk.Nudge{Assign: true}, at.Sub(now)))
	}
	return errors.Join(errs...)
}

// Round gives what can be given, team by team. One team's failure is no other's.
func (a *Assigner) Round(ctx context.Context) error {
	d, err := a.People.Directory(ctx)
	if err != nil {
		return fmt.Errorf("assign: %w", err)
	}
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(d.Teams)) {
		if team := d.Teams[id]; team.Assigns != people.AssignsNobody {
			if err := a.team(ctx, d, team); err != nil {
				errs = append(errs, fmt.Errorf("assign: team %s: %w", id, err))
			}
		}
	}
	return errors.Join(errs...)
}

// A round is one team's, at one time.
type round struct {
	*Assigner
	d     people.Directory
	team  people.Team
	cards map[string][]desk.Card // what people have in hand, as far as somebody asked
	given int
}

// team goes through what nobody has, the most urgent first. A ticket for which nobody
// has room is passed over and keeps its place: what comes after it is for others.
func (a *Assigner) team(ctx context.Context, d people.Directory, team people.Team) error {
	r := &round{Assigner: a, d: d, team: team, cards: map[string][]desk.Card{}}
	q := desk.WorklistQuery{Brands: a.brands(team), Tiers: d.AssignableTiers(team, a.Now()), States: []desk.State{desk.New, desk.Open}}
	if len(q.Tiers) == 0 { // nobody is there
		return nil
	}
	var errs []error
	for cursor, looked := "", 0; looked < mostLooked && r.given < mostGiven; {
		cards, next, err := a.Lists.Worklist(ctx, q, cursor, page)
		if err != nil && !errors.Is(err, desk.ErrBroken) { // what cannot be read keeps the rest from nothing
			return err
		}
		var ids []desk.TicketID
		for _, c := range cards {
			if c.Assignee == "" {
				ids = append(ids, c.ID)
			}
		}
		tickets, err := a.Tickets.Tickets(ctx, ids)
		if err != nil && !errors.Is(err, desk.ErrBroken) {
			return err
		}
		for _, t := range tickets {
			if err := r.ticket(ctx, t); err != nil { // one that cannot be read or written holds up nobody behind it
				errs = append(errs, fmt.Errorf("%s: %w", t.ID, err))
			}
		}
		looked += len(cards)
		if cursor = next; next == "" || ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// brands are those of a team that there are worklists of.
func (a *Assigner) brands(team people.Team) []string {
	if len(team.Brands) == 0 {
		return a.Brands
	}
	return slices.DeleteFunc(slices.Clone(a.Brands), func(b string) bool { return b != desk.UnknownBrand && !slices.Contains(team.Brands, b) })
}

// ticket gives t to somebody, where it is the team's to give and somebody has room.
func (r *round) ticket(ctx context.Context, t desk.Ticket) error {
	if !t.WantsNudge() || t.Lease.Live(r.Now()) || !r.d.Gives(r.team, t) {
		return nil
	}
	who := r.d.Assignable(r.team, t, r.Now())
	if len(who) == 0 {
		return nil
	}
	log, err := r.Tickets.Log(ctx, t.ID)
	if err != nil {
		return err
	}
	before := desk.GivenBefore(log)
	who = slices.DeleteFunc(who, func(m people.Member) bool { return slices.Contains(before, m.ID) })
	for range tries {
		err := r.give(ctx, t, who)
		if !errors.Is(err, desk.ErrStale) {
			return err
		}
	}
	return nil // others are giving: they, or the next minute, come to it
}

// give takes a turn for t and then gives it. It is desk.ErrStale when somebody else
// took a turn meanwhile.
func (r *round) give(ctx context.Context, t desk.Ticket, members []people.Member) error {
	turn, err := r.Turns.Turn(ctx, r.team.ID)
	if err != nil {
		return err
	}
	now, weight := r.Now(), people.Weight(t)
	if g, ok := turn.Begun(t.ID, now); ok && slices.ContainsFunc(members, func(m people.Member) bool { return m.ID == g.Who }) {
		return r.write(ctx, t, g.Who, now)
	}
	var all []people.Candidate
	for _, m := range members {
		load, err := r.load(ctx, m.ID, turn, now)
		if err != nil {
			return err
		}
		all = append(all, people.Candidate{ID: m.ID, Capacity: m.Capacity, Load: load, Last: turn.Last(m.ID)})
	}
	who, ok := r.team.Assigns.Pick(all, weight)
	if !ok {
		return nil
	}
	if err := r.Turns.SaveTurn(ctx, turn.Gave(desk.Gift{Who: who, Ticket: t.ID, Weight: weight, At: now})); err != nil {
		return err
	}
	return r.write(ctx, t, who, now)
}

// write gives t to who, whose turn is taken.
func (r *round) write(ctx context.Context, t desk.Ticket, who string, now time.Time) error {
	why := desk.GivenInTurn
	if r.team.Assigns == people.FewestOpen {
		why = desk.GivenFewest
	}
	entry, err := t.Assign("", who, why+r.team.ID, now)
	if err != nil {
		return err
	}
	p, err := r.Policies.Version(ctx, t.Policy)
	if err != nil {
		return err
	}
	after := desk.Apply(t, entry, p.Plan)
	err = r.Tickets.Commit(ctx, desk.Change{Before: t, After: after, Entry: entry, DueAt: after.DueAt(p.Plan)})
	if errors.Is(err, desk.ErrStale) || errors.Is(err, desk.ErrDuplicate) {
		return nil // something happened to it: it is looked at again when it is wanted still
	}
	if err != nil {
		return err
	}
	r.given++
	r.Log.InfoContext(logs.Unit(ctx, "ticket", t.ID), "assigned", "team", r.team.ID, "person", who, "how", r.team.Assigns, "version", after.Version)
	return r.Nudger.After(ctx, t, after, p.Plan, now)
}

// load is how much of somebody's room is taken: what the list of theirs shows, and
// what they were given of late that it does not show yet.
func (r *round) load(ctx context.Context, who string, turn desk.Turn, now time.Time) (int, error) {
	cards, read := r.cards[who]
	if !read {
		var err error
		cards, _, err = r.Lists.Assigned(ctx, who, "", mostInHand)
		if err != nil && !errors.Is(err, desk.ErrBroken) {
			return 0, err
		}
		r.cards[who] = cards
	}
	load := people.LoadOfCards(cards)
	unlisted := slices.DeleteFunc(turn.Lately(who, now), func(g desk.Gift) bool {
		return slices.ContainsFunc(cards, func(c desk.Card) bool { return c.ID == g.Ticket })
	})
	if len(unlisted) == 0 {
		return load, nil
	}
	var ids []desk.TicketID
	for _, g := range unlisted {
		ids = append(ids, g.Ticket)
	}
	tickets, err := r.Tickets.Tickets(ctx, ids)
	if err != nil && !errors.Is(err, desk.ErrBroken) {
		return 0, err
	}
	for _, t := range tickets {
		switch {
		case t.Assignee == who:
			load += people.Load([]desk.Ticket{t})
		case t.Assignee == "": // somebody is about to give it, or died and is followed
			load += people.Weight(t)
		}
	}
	return load, nil
}
