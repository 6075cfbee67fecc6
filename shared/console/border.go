package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// Whom the directory limits to brands finds no ticket of another: not by its id, on
// no list, in no count. A request carries its person's brands (bordered), the readers
// below ask for them, and guard asks for the ticket that an address names before
// anything else is read of the request. So what is not theirs answers as what is not
// there.

type brandsKey struct{}

// bordered returns ctx for what who asks for.
func bordered(ctx context.Context, who people.Person) context.Context {
	if len(who.Brands) == 0 {
		return ctx
	}
	return context.WithValue(ctx, brandsKey{}, who.Brands)
}

// asker is whoever ctx is for, as far as their brands go.
func asker(ctx context.Context) people.Person {
	brands, _ := ctx.Value(brandsKey{}).([]string)
	return people.Person{Brands: brands}
}

// bounds names what of the desk ctx is for, for what is remembered of it.
func bounds(ctx context.Context) string {
	return strings.Join(slices.Sorted(slices.Values(asker(ctx).Brands)), "\n")
}

// ofTheirs narrows brands that somebody asks for, none for all, to those that they
// see. ok is false where nothing is left.
func ofTheirs(ctx context.Context, brands []string) (_ []string, ok bool) {
	who := asker(ctx)
	switch {
	case len(who.Brands) == 0:
		return brands, true
	case len(brands) == 0:
		return append(slices.Clip(who.Brands), desk.UnknownBrand), true
	}
	theirs := slices.DeleteFunc(slices.Clone(brands), func(b string) bool { return !who.Sees(b) })
	return theirs, len(theirs) > 0
}

// theirTickets are the tickets that a request's person sees.
type theirTickets struct{ all }

type all interface{ Tickets } // the method has the name of the interface

func (of theirTickets) Ticket(ctx context.Context, id desk.TicketID) (desk.Ticket, error) {
	t, err := of.all.Ticket(ctx, id)
	if err == nil && !asker(ctx).Sees(t.Brand) {
		return desk.Ticket{}, fmt.Errorf("ticket %s: of a brand that is not theirs: %w", id, desk.ErrNotFound)
	}
	return t, err
}

func (of theirTickets) Tickets(ctx context.Context, ids []desk.TicketID) ([]desk.Ticket, error) {
	tickets, err := of.all.Tickets(ctx, ids)
	return seen(ctx, tickets), err
}

// seen drops what a request's person does not see.
func seen(ctx context.Context, all []desk.Ticket) []desk.Ticket {
	who := asker(ctx)
	return slices.DeleteFunc(all, func(t desk.Ticket) bool { return !who.Sees(t.Brand) })
}

// theirLists are the lists as a request's person sees them. Of All, which is long,
// list narrows its filter instead: it bounds by that how much it reads.
type theirLists struct{ Lists }

func (of theirLists) Worklist(ctx context.Context, q desk.WorklistQuery, after string, limit int) ([]desk.Card, string, error) {
	brands, ok := ofTheirs(ctx, q.Brands)
	if !ok {
		return nil, "", nil
	}
	q.Brands = brands
	return of.Lists.Worklist(ctx, q, after, limit)
}

func (of theirLists) Written(ctx context.Context, author, after string, limit int) ([]desk.Ticket, string, error) {
	all, next, err := of.Lists.Written(ctx, author, after, limit)
	return seen(ctx, all), next, err
}

// theirCustomers are those whose likes a request's person is told of.
type theirCustomers struct {
	Customers
	lists Lists // as the person sees them
}

func (of theirCustomers) Alike(ctx context.Context, a desk.Author, limit int) ([]desk.Ticket, error) {
	all, err := of.Customers.Alike(ctx, a, limit)
	return seen(ctx, all), err
}

// Kin leaves out identities that wrote to other brands alone.
func (of theirCustomers) Kin(ctx context.Context, i desk.Identity) ([]desk.Kinship, error) {
	kin, err := of.Customers.Kin(ctx, i)
	if err != nil || len(asker(ctx).Brands) == 0 {
		return kin, err
	}
	var theirs []desk.Kinship
	for _, k := range kin {
		wrote, _, err := of.lists.Written(ctx, k.With.ID, "", mostWritten)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(wrote, func(t desk.Ticket) bool { return t.Identity().Is(k.With) }) {
			theirs = append(theirs, k)
		}
	}
	return theirs, nil
}

// theirLogs hand out what was corrected on tickets that a request's person sees. A
// log itself is asked for with its ticket at hand.
type theirLogs struct {
	Logs
	tickets Tickets
}

func (of theirLogs) Examples(ctx context.Context, since, now time.Time, after string, limit int) ([]desk.Example, string, error) {
	all, next, err := of.Logs.Examples(ctx, since, now, after, limit)
	if err != nil || len(all) == 0 || len(asker(ctx).Brands) == 0 {
		return all, next, err
	}
	var ids []desk.TicketID
	for _, e := range all {
		ids = append(ids, e.Ticket)
	}
	slices.Sort(ids)
	tickets, err := of.tickets.Tickets(ctx, slices.Compact(ids))
	if err != nil {
		return nil, "", err
	}
	return slices.DeleteFunc(all, func(e desk.Example) bool {
		return !slices.ContainsFunc(tickets, func(t desk.Ticket) bool { return t.ID == e.Ticket })
	}), next, nil
}

// theirAccounts are the accounts of the accounts file that a request's person sees.
func (c *Console) theirAccounts(ctx context.Context) []desk.Origin {
	who := asker(ctx)
	return slices.DeleteFunc(slices.Clone(c.cfg.Accounts.Known), func(o desk.Origin) bool { return !who.Sees(o.Brand) })
}

// hides reports whether an account, by its id, is one of brands that a request's
// person does not see. One that the file does not name is anybody's.
func (c *Console) hides(ctx context.Context, account string) bool {
	who, hidden := asker(ctx), false
	for _, o := range c.cfg.Accounts.Known {
		if o.Account != account {
			continue
		}
		if who.Sees(o.Brand) {
			return false
		}
		hidden = true
	}
	return hidden
}

// border lets c see the desk as each request's person does.
func (c *Config) border() {
	c.Tickets = theirTickets{c.Tickets}
	c.Lists, c.Logs = theirLists{c.Lists}, theirLogs{c.Logs, c.Tickets}
	if c.Customers != nil {
		c.Customers = theirCustomers{c.Customers, c.Lists}
	}
}

// theirs returns desk.ErrNotFound where the address of a request names a ticket that
// its person does not see, whatever else is in the request.
func (c *Console) theirs(r *http.Request, to route) error {
	if len(asker(r.Context()).Brands) == 0 || !strings.Contains(to.path(), "/tickets/{id}") {
		return nil
	}
	_, err := c.cfg.Tickets.Ticket(r.Context(), desk.TicketID(r.PathValue("id")))
	return err
}
