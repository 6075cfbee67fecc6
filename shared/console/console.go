// Package console is where people work: server-rendered pages over the tickets,
// and the JSON API under /api/v1 that the same people's programs use. Both are
// thin: a request reads a ticket's head by its key, a verb of package desk
// decides, the change is committed on condition of the version that was read,
// and the queues are told.
//
// It decides nothing on what a list says, since lists come from indexes that
// lag. It keeps no state of its own: a session is a sealed cookie, a draft is in
// the form, a claim's token is with whoever holds it.
package console

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/policy"
	"example.com/skala/shared/wording"
)

// Tickets is the table by key. Reads are consistent.
type Tickets interface {
	// Ticket returns a ticket, or desk.ErrNotFound.
	Ticket(ctx context.Context, id desk.TicketID) (desk.Ticket, error)
	// Tickets returns those of ids that there are, in their order.
	Tickets(ctx context.Context, ids []desk.TicketID) ([]desk.Ticket, error)
	// Commit writes a change or nothing of it: desk.ErrStale when the ticket
	// moved on, desk.ErrDuplicate when its entry stands already.
	Commit(ctx context.Context, c desk.Change) error
	// CommitBoth writes changes of two tickets, both or neither: desk.ErrStale when
	// either moved on.
	CommitBoth(ctx context.Context, one, other desk.Change) error
}

// Logs are what was said and done about a ticket.
type Logs interface {
	// Log returns the entries of a ticket in order, messages with their present
	// text.
	Log(ctx context.Context, id desk.TicketID) ([]desk.Entry, error)
	// Message returns a reply or note by its key, or desk.ErrNotFound.
	Message(ctx context.Context, id desk.TicketID, key string) (desk.Message, error)
	// Examples returns what people corrected or confirmed from since on, the
	// earliest first, with the words that still stand, and the cursor of what
	// follows. A page may hold fewer than limit, or none, before the end.
	Examples(ctx context.Context, since, now time.Time, after string, limit int) ([]desk.Example, string, error)
}

// Lists are the table's indexes. They may lag. Each returns the cursor of what
// follows, empty at the end.
type Lists interface {
	Worklist(ctx context.Context, q desk.WorklistQuery, after string, limit int) ([]desk.Card, string, error)
	All(ctx context.Context, after string, limit int) ([]desk.Ticket, string, error)
	Assigned(ctx context.Context, assignee, after string, limit int) ([]desk.Card, string, error)
	// Written holds an author's tickets, whatever their state, newest first.
	Written(ctx context.Context, author, after string, limit int) ([]desk.Ticket, string, error)
}

// A Shelf holds what the desk could not use, newest first.
type Shelf interface {
	// Glimpses has of long bodies the beginnings; a page may be over before limit.
	Glimpses(ctx context.Context, after string, limit int) ([]desk.Glimpse, string, error)
	// Kept returns one of it, whole, or desk.ErrNotFound.
	Kept(ctx context.Context, id string) (desk.Kept, error)
}

// A Redriver gives what the desk could not use another try: one of it, or
// desk.ErrNotFound; all of it from a cursor on, as much as one request has time
// for.
type Redriver interface {
	One(ctx context.Context, id string) (desk.Replay, error)
	All(ctx context.Context, after string) (desk.Replays, error)
}

// DeadLetters are what functions failed on as often as their queues let them, by
// the names of those queues; a name that is none is desk.ErrInvalid. An empty name
// lists those of all queues, an empty id redrives as many as one request has time
// for; one that is not there is desk.ErrNotFound.
type DeadLetters interface {
	Backlogs(ctx context.Context) ([]desk.Backlog, error)
	List(ctx context.Context, queue string, limit int) ([]desk.DeadLetter, error)
	Redrive(ctx context.Context, queue, id string) (desk.Redriven, error)
}

// A Ledger balances what came in against what became of it, hour by hour.
type Ledger interface {
	// ClosedHours returns the pages of the closed hours between from and to, both
	// included, in order; OpenHours the hours that are not.
	ClosedHours(ctx context.Context, from, to time.Time) ([]desk.LedgerPage, error)
	OpenHours(ctx context.Context, now time.Time) ([]desk.OpenHour, error)
	LedgerHour(ctx context.Context, hour time.Time) (desk.LedgerHour, error)
}

// Queues are the tiers' queues, as somebody who takes from them sees them. What
// Receive returns is hidden from others until it is deleted or given back.
type Queues interface {
	Receive(ctx context.Context, tier desk.Tier, limit int) ([]desk.ReceivedNudge, error)
	Delete(ctx context.Context, tier desk.Tier, done []desk.ReceivedNudge) error
	GiveBack(ctx context.Context, tier desk.Tier, unused []desk.ReceivedNudge) error
}

// A Nudger tells the queues what a change asks for.
type Nudger interface {
	After(ctx context.Context, before, after desk.Ticket, w desk.Clockwork, now time.Time) error
	Again(ctx context.Context, t desk.Ticket, w desk.Clockwork, now time.Time) error
	Staffed(ctx context.Context, fresh time.Duration) error
}

// Policies are the versions of the policy document.
type Policies interface {
	Active(ctx context.Context) (*policy.Policy, error)
	Version(ctx context.Context, hash string) (*policy.Policy, error)
}

// Config is what a Console needs. All of it is required but where a comment
// says otherwise.
type Config struct {
	Tickets     Tickets
	Logs        Logs
	Lists       Lists
	Shelf       Shelf
	Redriver    Redriver
	DeadLetters DeadLetters
	Ledger      Ledger
	Queues      Queues
	Nudger      Nudger
	Policies    Policies
	People      People
	Keeper      Keeper
	Customers   Customers
	Onlookers   Onlookers
	Changes     Changes
	Capability  func(from desk.Origin, last desk.Answered) desk.Capability      // what may be said to a customer whose last message is last; pure
	Parts       func(text string, limit desk.Length) (parts []string, used int) // the messages that a text goes out as, and how long it is; pure
	Brands      []string                                                        // whose worklists are shown, beside the unknown account's

	Notifications Notifications // what of it is nil is not there
	Accounts      Accounts      // likewise

	SignIn     SignIn
	SessionKey []byte // seals the cookies; at least 32 bytes, the same for every instance

	Now     func() time.Time
	Log     *slog.Logger
	Metrics *metrics.Recorder // nil for none
}

// A Console serves the desk's people. Make it with New.
type Console struct {
	cfg    Config
	text   texts
	in     map[string]*Console // what it is in each language
	pages  *template.Template
	signin *signin
	seal   sealer
	own    *http.CrossOriginProtection
	counts *counts
	lately *lately
	routes []route
	assets map[string]asset
}

// New returns a console, or says what of its configuration is missing. It talks
// to nobody yet: an issuer that is slow to start does not stop it.
func New(cfg Config) (*Console, error) {
	switch {
	case cfg.Tickets == nil || cfg.Logs == nil || cfg.Lists == nil || cfg.Shelf == nil || cfg.Ledger == nil:
		return nil, errors.New("console: the table is missing")
	case cfg.Queues == nil || cfg.Nudger == nil || cfg.DeadLetters == nil || cfg.Redriver == nil:
		return nil, errors.New("console: the queues are missing")
	case cfg.Policies == nil:
		return nil, errors.New("console: the policies are missing")
	case cfg.People == nil || cfg.Keeper == nil || cfg.Changes == nil:
		return nil, errors.New("console: the directory is missing")
	case cfg.Capability == nil:
		return nil, errors.New("console: what platforms allow is missing")
	case cfg.Now == nil || cfg.Log == nil:
		return nil, errors.New("console: a clock and a log are missing")
	}
	cfg.border()
	c := &Console{cfg: cfg, own: new(http.CrossOriginProtection), counts: new(counts), lately: new(lately)}
	var err error
	if c.seal, err = newSealer(cfg.SessionKey); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	if c.signin, err = newSignin(cfg.SignIn, cfg.Now); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	if c.signin.origin != nil { // whatever host a proxy in front of us asks for
		if err := c.own.AddTrustedOrigin(strings.TrimSuffix(c.signin.address(nil, ""), "/")); err != nil {
			return nil, fmt.Errorf("console: %w", err)
		}
	}
	if c.text, err = readTexts(wording.English); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	if c.assets, err = readAssets(); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	if c.pages, err = c.parse(); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	c.routes = c.table()
	if c.in, err = c.translated(); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	return c, nil
}

// now is the instant at which a request is dealt with, to the millisecond: what
// is written is what is read back.
func (c *Console) now() time.Time { return c.cfg.Now().UTC().Truncate(time.Millisecond) }

// plan returns the promises of the policy version that a ticket was judged by.
func (c *Console) plan(ctx context.Context, t desk.Ticket) (desk.Clockwork, error) {
	p, err := c.policy(ctx, t)
	if err != nil {
		return nil, err
	}
	return p.Plan, nil
}

func (c *Console) policy(ctx context.Context, t desk.Ticket) (*policy.Policy, error) {
	if t.Policy == "" {
		return c.cfg.Policies.Active(ctx)
	}
	return c.cfg.Policies.Version(ctx, t.Policy)
}

// health answers whether the parts that the console needs do.
func (c *Console) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	answer, code := map[string]string{"status": "ok"}, http.StatusOK
	// A ticket that cannot be: the cheapest question only the table answers.
	if _, err := c.cfg.Tickets.Ticket(ctx, desk.NewTicketID("healthz", 1)); err != nil && !errors.Is(err, desk.ErrNotFound) {
		logs.Note(r.Context(), "err", err)
		answer["status"], code = "table does not answer", http.StatusServiceUnavailable
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, code, "application/json", answer)
}
