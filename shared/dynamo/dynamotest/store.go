package dynamotest

import (
	"context"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
)

// A Store is everything that the steps ask of the table: each method of *dynamo.Store
// is here, and the suite calls it. Tests say so of both stores that there are.
type Store interface {
	Thread(ctx context.Context, e desk.Event) (desk.Thread, error)
	Commit(ctx context.Context, c desk.Change) error
	CommitBoth(ctx context.Context, one, other desk.Change) error
	Ticket(ctx context.Context, id desk.TicketID) (desk.Ticket, error)
	Tickets(ctx context.Context, ids []desk.TicketID) ([]desk.Ticket, error)
	Log(ctx context.Context, id desk.TicketID) ([]desk.Entry, error)
	MessageByID(ctx context.Context, k desk.ThreadKey, id string) (desk.Message, desk.TicketID, error)
	Message(ctx context.Context, id desk.TicketID, key string) (desk.Message, error)
	Crowd(ctx context.Context, k desk.ThreadKey) ([]string, error)
	Said(ctx context.Context, t desk.Ticket) (desk.Message, error)
	Asked(ctx context.Context, t desk.Ticket, dueAt time.Time) error
	Forget(ctx context.Context, t desk.Ticket, now time.Time) (next time.Time, err error)
	Forgot(ctx context.Context, t desk.Ticket, next, dueAt time.Time) error
	Entomb(ctx context.Context, e desk.Event, raw desk.RawEvent) error
	Keep(ctx context.Context, e desk.Event, raw desk.RawEvent) error
	Nudged(ctx context.Context, t desk.Ticket, now, dueAt time.Time) error
	Due(ctx context.Context, until time.Time, limit int) ([]desk.Due, error)
	Head(ctx context.Context, id desk.TicketID) (desk.Head, error)
	Heads(ctx context.Context, ids []desk.TicketID) ([]desk.Head, error)
	Places(t desk.Ticket, dueAt time.Time) desk.Places
	Mend(ctx context.Context, was desk.Head, is desk.Ticket, dueAt time.Time) error
	Standing(ctx context.Context, q desk.WorklistQuery, cursor string, limit int) ([]desk.TicketID, string, error)
	Passed(ctx context.Context, q desk.WorklistQuery, until time.Time, limit int) ([]desk.Due, error)
	Every(ctx context.Context, cursor string, limit int) ([]desk.TicketID, string, error)
	Patrols(ctx context.Context) (desk.Patrols, error)
	Patrolled(ctx context.Context, p desk.Patrols) error
	Worklist(ctx context.Context, q desk.WorklistQuery, cursor string, limit int) ([]desk.Card, string, error)
	Count(ctx context.Context, q desk.WorklistQuery) (int, error)
	All(ctx context.Context, cursor string, limit int) ([]desk.Ticket, string, error)
	Assigned(ctx context.Context, assignee, cursor string, limit int) ([]desk.Card, string, error)
	Written(ctx context.Context, author, cursor string, limit int) ([]desk.Ticket, string, error)
	Alike(ctx context.Context, a desk.Author, limit int) ([]desk.Ticket, error)
	Look(ctx context.Context, ticket desk.TicketID, o desk.Onlooker) error
	Leave(ctx context.Context, ticket desk.TicketID, who string) error
	Onlookers(ctx context.Context, ticket desk.TicketID) ([]desk.Onlooker, error)
	Turn(ctx context.Context, team string) (desk.Turn, error)
	SaveTurn(ctx context.Context, t desk.Turn) error
	Kin(ctx context.Context, of desk.Identity) ([]desk.Kinship, error)
	SaveKin(ctx context.Context, of desk.Identity, k desk.Kinship, c people.Change) error
	Examples(ctx context.Context, since, now time.Time, cursor string, limit int) ([]desk.Example, string, error)
	Spill(ctx context.Context, events []desk.RawEvent) error
	Spilled(ctx context.Context, id string) (desk.RawEvent, error)
	Unspill(ctx context.Context, id string) error
	Quarantine(ctx context.Context, e desk.RawEvent, reason string) error
	Quarantined(ctx context.Context, cursor string, limit int) ([]desk.Kept, string, error)
	QuarantinedAfter(ctx context.Context, cursor string, most int) (int, error)
	Glimpses(ctx context.Context, cursor string, limit int) ([]desk.Glimpse, string, error)
	Kept(ctx context.Context, id string) (desk.Kept, error)
	Replaying(ctx context.Context, id, token string) (desk.Kept, error)
	Replayed(ctx context.Context, k desk.Kept, token string, now time.Time) error
	Accept(ctx context.Context, a desk.Acceptance) error
	Settle(ctx context.Context, raw desk.RawEvent, o desk.Outcome) error
	LedgerHour(ctx context.Context, hour time.Time) (desk.LedgerHour, error)
	OpenHours(ctx context.Context, now time.Time) ([]desk.OpenHour, error)
	CloseHour(ctx context.Context, of desk.OpenHour, page desk.LedgerPage) error
	ClosedUntil(ctx context.Context, until time.Time) error
	ClosedHours(ctx context.Context, from, to time.Time) ([]desk.LedgerPage, error)
	Spend(ctx context.Context, at time.Time, most int) (bool, error)
	ActivePolicy(ctx context.Context) (hash string, err error)
	PolicyDocument(ctx context.Context, hash string) ([]byte, error)
	PutPolicy(ctx context.Context, doc []byte, now time.Time) (hash string, err error)
	Directory(ctx context.Context) (people.Directory, error)
	SaveMember(ctx context.Context, m people.Member, c people.Change) error
	SaveTeam(ctx context.Context, t people.Team, c people.Change) error
	SaveRota(ctx context.Context, r people.Rota, c people.Change) error
	RemoveTeam(ctx context.Context, id string, version int64, c people.Change) error
	RemoveRota(ctx context.Context, id string, version int64, c people.Change) error
	SaveView(ctx context.Context, v people.SavedView, c people.Change) error
	RemoveView(ctx context.Context, id string, version int64, c people.Change) error
	SaveReply(ctx context.Context, r people.SavedReply, c people.Change) error
	RemoveReply(ctx context.Context, id string, version int64, c people.Change) error
	UseReply(ctx context.Context, id string, at time.Time) error
	EndSession(ctx context.Context, id string, until time.Time) error
	Notice(ctx context.Context, ticket desk.TicketID, version int64) (n desk.Notice, upTo string, err error)
	Boxes(ctx context.Context, of []post.Address) ([]post.Box, error)
	Box(ctx context.Context, id string) (post.Box, error)
	SaveBox(ctx context.Context, b post.Box, dueAt time.Time) error
	Post(ctx context.Context, p post.Posting, c desk.Change) error
	Drop(ctx context.Context, f post.Filled, n desk.Notice) error
	Lines(ctx context.Context, box string, after, upTo int64) (map[int64]desk.Notice, error)
	Told(ctx context.Context, box string, line int64, c desk.Change) error
	Bell(ctx context.Context, member, cursor string, limit int) ([]post.Ring, string, error)
	Rang(ctx context.Context, member string) (unread int, latest post.Ring, err error)
	Ringing(ctx context.Context, member string) (mark string, err error)
	Heard(ctx context.Context, member string, until time.Time) error
	Subscribe(ctx context.Context, member string, sub post.Subscription) error
	Subscription(ctx context.Context, member, id string) (post.Subscription, error)
	Subscriptions(ctx context.Context, member string) ([]post.Subscription, error)
	Unsubscribe(ctx context.Context, member, id string) error
	Accounts(ctx context.Context) ([]desk.Account, error)
	Account(ctx context.Context, k desk.AccountKey) (desk.Account, error)
	SaveAccount(ctx context.Context, a desk.Account) error
	HoldBack(ctx context.Context, h desk.HeldBack) error
	HeldBack(ctx context.Context, k desk.AccountKey, limit int) ([]desk.HeldBack, error)
	LetGo(ctx context.Context, h desk.HeldBack) error
	Refused(ctx context.Context, app desk.App, n int, at time.Time) error
	Refusals(ctx context.Context, since time.Time) ([]desk.Refusals, error)
	Challenged(ctx context.Context, app desk.App, answered bool, at time.Time) error
	Challenges(ctx context.Context) ([]desk.Challenges, error)
	Cursor(ctx context.Context, k desk.AccountKey) (desk.Cursor, error)
	SaveCursor(ctx context.Context, c desk.Cursor) error
	Token(ctx context.Context, k desk.AccountKey) (desk.Token, error)
	SaveToken(ctx context.Context, t desk.Token) error
	Audit(ctx context.Context, q people.AuditQuery, after string, limit int) ([]people.Change, string, error)
}
