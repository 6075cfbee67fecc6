package dynamo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"hash/fnv"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// Every key of the table and its indexes is made in this file.
//
//	pk                 sk
//	C#thread           HEAD                          the present ticket
//	                   M#hash                        a message: of a customer by its event's key, of the desk by its own
//	                   M#hash#000                    a piece of a raw event too large for its message
//	                   L#version                     any other entry of the log
//	                   T#number                      the head of an earlier ticket
//	                   X#hash                        a tombstone: what came before the message it is about
//	                   B#number#metric#cycle#level   a breach, once
//	C#thread           N#version                     whom to tell of an entry, until it is posted
//	BOX#hash           HEAD, W#number                what waits for one address, and each line of it; of a ticket at a vendor for a month
//	S#hash, Q#hash     RAW, P#000                    an event that was spilled, quarantined, and its pieces
//	H#hour#shard       delivery, delivery.n          the ledger: a webhook that the door accepted, what became of an event that left nothing else
//	LEDGER             H#hour, OPEN, R#hour          its closed hours, the first that is not, those opened again
//	ALLOWANCE          D#day                         how many second opinions were asked for on it
//	POLICY             ACTIVE, V#hash, V#hash#000    the policy in force, and every version there was
//	DIRECTORY          P#id, T#id, R#id, V#id        everybody, every team, every rota, every saved view: few enough to be read as one
//	DIRECTORY          S#id                          a session that was signed out of, until it would have ended
//	AUDIT#month        instant#id                    what somebody changed, written with the change
//	AUDIT              M#month                       the months with any
//	BELL#member        N#instant#ticket#version      what somebody was told in the console
//	BELL#member        N~HEARD, S#id                 until when they have seen it; browsers that are told by web push
//	PATROL             AT                            how far the rounds of the audit have come
//	ACCOUNTS           hash                          what is known of an account: what its platform says, whether its replies wait
//	CURSORS            hash                          how far an account was asked what people wrote
//	TOKENS             hash                          the token set of an account whose tokens end, sealed
//	TURNS              team                          whose turn it is in a team whose tickets find somebody by themselves
//	HELD               hash#ticket                   tickets with a reply that waits for its account
//	LOOK#ticket        member                        who has its page open, for an hour
//	KIN#hash           hash                          what was said of an identity and another, on either's
//	REFUSED            day#platform#app              how many webhooks the door refused, for eight days
//
//	gsi1  W#brand#tier#list#shard   deadline#id   worklists, projecting the card; 9999#due#id or 9999#id without a deadline
//	gsi2  D#shard                   due#id        what the desk has to look at by itself: tickets, spilled events, notices, boxes
//	gsi3  E#shard       created#n#delivery         every ticket, on its first message
//	gsi3  R#shard       received#outcome#delivery  every other event that was taken in
//	gsi3  Q#shard       received#id#delivery       every quarantined event
//	gsi3  K#month#shard corrected#thread#version   what people said of triage's verdicts, the examples that it can learn from: on the entry that says it
//	gsi3  F#hash of a conversation   thread        its threads, where events may name the conversation alone: on HEAD
//	gsi1  N#hash of a handle        created#n     who goes by it: on a claim, and where they are introduced
//	gsi2  N#hash of a name          created#n     the same
//	gsi4  A#assignee                deadline#id   whose it is, until it has come to its end
//	gsi4  U#hash of the author's id created#n     who wrote it: on the first entry of the ticket, for good
//
// One index key takes 1,000 writes a second. A worklist is one of many keys
// already (brand, tier, state), and a reader pays one query for each shard; 4
// carry 4,000 writes a second into one list. All due work and all tickets of the
// desk share one name each: due work gets 8 shards, since every message moves
// it, and it is read once a minute only; the list of everything is written once
// for each new ticket and read by people, so 4 do.
const (
	listShards = 4
	dueShards  = 8
)

type item = map[string]types.AttributeValue

var base = base32.StdEncoding.WithPadding(base32.NoPadding)

// hash names what parts name together, in 128 bits.
func (s *Store) hash(parts ...string) string {
	mac := hmac.New(sha256.New, s.Pepper)
	fmt.Fprintf(mac, "%q", parts) // quoted: no two lists look alike
	return strings.ToLower(base.EncodeToString(mac.Sum(nil)[:16]))
}

func (s *Store) thread(k desk.ThreadKey) string {
	if k.Name != "" {
		return k.Name
	}
	return s.hash("thread", string(k.Platform), k.Account, k.Conversation, k.Author)
}

// eventKey is the sort key of the message, or other event, that a platform names
// key. replyKey is that of a reply or note, whose keys are agents' to choose:
// no customer's event can take one's place.
func (s *Store) eventKey(account, key string) string { return "M#" + s.hash("event", account, key) }
func (s *Store) replyKey(key string) string          { return "M#" + s.hash("reply", key) }

func (s *Store) tombKey(account, message string) string {
	return "X#" + s.hash("message", account, message)
}

// targetKey is the sort key of the message that e is about.
func (s *Store) targetKey(account string, e desk.Entry) string {
	if e.What == desk.Edited || e.What == desk.Deleted {
		return s.eventKey(account, e.Target)
	}
	return s.replyKey(e.Target)
}

const head = "HEAD"

const allowance = "ALLOWANCE"

const turns = "TURNS"

const (
	directory   = "DIRECTORY"
	auditMonths = "AUDIT"
	auditMonth  = "2006-01" // how a month is written
)

// directoryKey is the sort key of an item of the directory: ids of people, teams and
// rotas are their own.
func directoryKey(kind people.Kind, id string) string {
	switch kind {
	case people.KindTeam:
		return "T#" + id
	case people.KindRota:
		return "R#" + id
	case people.KindView:
		return "V#" + id
	case people.KindReply:
		return "A#" + id
	}
	return "P#" + id
}

// endedKey is the sort key of a session that is over.
func endedKey(id string) string { return "S#" + id }

func auditPK(month string) string { return auditMonths + "#" + month }

// auditID is the id, and the sort key, of what was changed at an instant; unique
// tells it from all else of the same millisecond.
func auditID(at time.Time, unique string) string { return position(at, unique) }

func bellPK(member string) string { return "BELL#" + member }

// heardKey is the sort key of how far a member has looked. It follows every line of
// their list, so that one query has it and the latest line.
const heardKey = "N~HEARD"

// ringKey is the sort key of what came onto somebody's list at an instant; a zero
// time comes last.
func ringKey(at time.Time, id string) string { return "N#" + position(at, id) }

func subscriptionKey(id string) string { return "S#" + id }

const (
	accounts = "ACCOUNTS"
	cursors  = "CURSORS"
	tokens   = "TOKENS"
	heldBack = "HELD"
	refusals = "REFUSED"
	// challenged is where apps have when their platforms asked whose address it is.
	challenged = "CHALLENGED"
)

// accountKey is the sort key of what is known of an account.
func (s *Store) accountKey(k desk.AccountKey) string {
	return s.hash("account", string(k.Platform), k.App, k.ID)
}

// heldKey is the sort key of a ticket that waits for its account.
func (s *Store) heldKey(h desk.HeldBack) string {
	return s.accountKey(h.Account) + "#" + string(h.Ticket)
}

func refusalKey(at time.Time, app desk.App) string {
	return day(at).Format(time.DateOnly) + "#" + string(app.Platform) + "#" + app.Name
}

func challengeKey(app desk.App) string { return string(app.Platform) + "#" + app.Name }

func allowanceKey(day time.Time) string { return "D#" + day.UTC().Format(time.DateOnly) }

func threadPK(thread string) string    { return "C#" + thread }
func logKey(version int64) string      { return fmt.Sprintf("L#%012d", version) }
func noticeKey(version int64) string   { return fmt.Sprintf("N#%012d", version) }
func lineKey(n int64) string           { return fmt.Sprintf("W#%012d", n) }
func boxPK(id string) string           { return "BOX#" + id }
func earlierKey(number int) string     { return fmt.Sprintf("T#%06d", number) }
func pieceKey(of string, n int) string { return fmt.Sprintf("%s#%03d", of, n) }
func shard(name string, of uint32) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return h.Sum32() % of
}

func breachKey(number int, e desk.Entry) string {
	return fmt.Sprintf("B#%06d#%s#%d#%d", number, e.Metric, e.Cycle, e.Level)
}

// worklistKey is the list that agents find the tickets of a thread on.
func worklistKey(brand string, tier desk.Tier, list desk.State, shard uint32) string {
	return fmt.Sprintf("W#%s#%d#%s#%d", url.PathEscape(brand), tier, list, shard)
}

func dueKey(shard uint32) string     { return fmt.Sprintf("D#%d", shard) }
func everyKey(shard uint32) string   { return fmt.Sprintf("E#%d", shard) }
func outcomeKey(shard uint32) string { return fmt.Sprintf("R#%d", shard) }

// exampleKey is the list of a month's corrections and confirmations. A month by
// itself can be read to its end, and no key grows for ever; people correct far
// less than a shard takes.
func exampleKey(month time.Time, shard uint32) string {
	return fmt.Sprintf("K#%s#%d", month.UTC().Format("2006-01"), shard)
}

// crowdKey is the list of the threads of a conversation.
func (s *Store) crowdKey(p desk.Platform, account, conversation string) string {
	return "F#" + s.hash("conversation", string(p), account, conversation)
}

func quarantineKey(shard uint32) string  { return fmt.Sprintf("Q#%d", shard) }
func assigneeKey(assignee string) string { return "A#" + assignee }

// authorKey is the list of an author's tickets, on whatever platforms their id
// is one. It is kept short, 64 bits, since it stands on a message, and one of
// 1 KB costs half as much as a longer one; whoever reads the list looks at the
// tickets' authors.
func (s *Store) authorKey(author string) string { return "U#" + s.hash("author", author)[:13] }

// markKey is the list of the tickets whose authors share a handle, or a name.
func (s *Store) markKey(kind, mark string) string { return "N#" + s.hash(kind, mark)[:13] }

// lookersPK has who is at a ticket, each under their own name.
func lookersPK(ticket desk.TicketID) string { return "LOOK#" + string(ticket) }

// kinPK has what was said of an identity; each of whom it was said is an item, under
// its own hash.
func (s *Store) kinPK(i desk.Identity) string { return "KIN#" + s.identityHash(i) }

func (s *Store) identityHash(i desk.Identity) string {
	return s.hash("identity", string(i.Platform), i.ID)
}

// never sorts after every instant.
const never = "9999"

// position is a sort key of an index: at, in milliseconds, then id. It sorts as
// text in the order of time until the year 2286; a zero time comes last.
func position(at time.Time, id string) string {
	if at.IsZero() {
		return never + "#" + id
	}
	return fmt.Sprintf("%013d#%s", max(0, at.UnixMilli()), id)
}

// roundUp is the first full millisecond not before at: what is due is never
// listed for an instant at which it is not.
func roundUp(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return at.Add(time.Millisecond - time.Nanosecond).Truncate(time.Millisecond)
}

// parsePosition is the reverse of position.
func parsePosition(sk string) (at time.Time, id string, err error) {
	ms, id, ok := strings.Cut(sk, "#")
	if ms == never && ok {
		return time.Time{}, id, nil
	}
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil || !ok {
		return time.Time{}, "", fmt.Errorf("%q is no position in an index", sk)
	}
	return time.UnixMilli(n).UTC(), id, nil
}

func key(pk, sk string) item { return item{"pk": text(pk), "sk": text(sk)} }

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func binary(b []byte) types.AttributeValue { return &types.AttributeValueMemberB{Value: b} }

func number[N int | int64](n N) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(int64(n), 10)}
}

// instant keeps t to the nanosecond: a fold over what was read must give what
// was written.
func instant(t time.Time) types.AttributeValue {
	return text(t.UTC().Format(time.RFC3339Nano))
}

func textOf(i item, name string) string {
	if v, ok := i[name].(*types.AttributeValueMemberS); ok {
		return v.Value
	}
	return ""
}

func bytesOf(i item, name string) []byte {
	if v, ok := i[name].(*types.AttributeValueMemberB); ok {
		return v.Value
	}
	return nil
}

func numberOf(i item, name string) int64 {
	v, ok := i[name].(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(v.Value, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func instantOf(i item, name string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, textOf(i, name))
	if err != nil {
		return time.Time{}
	}
	return t
}

// broken is the error for an item of ours that does not hold what we write. Its
// keys are hashes and tell nothing about anybody.
func broken(i item, err error) error {
	return fmt.Errorf("dynamo: item %s %s is broken: %w", textOf(i, "pk"), textOf(i, "sk"), err)
}
