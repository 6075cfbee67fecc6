// Package memory keeps a desk in this process as package dynamo keeps it in a
// table and package queue on SQS, so that the real steps run a year of it in a
// minute, under a clock that is passed in and with faults that a seed repeats. The
// suites of dynamotest and queuetest hold it to what the real ones do.
//
// What it keeps it shares with nobody: values are copied in and out. It knows no
// items and no units: nothing is too large for it but what is too large for a
// message of a queue, and nothing costs anything.
package memory

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/skala/shared/desk"
)

// A Between is called before and after the effect of each call of a store or
// queue, which it names as "Commit" or, of the queue named due, "due.Send". What it
// does in between it may do to the same store: that is how another worker gets
// ahead, and how a step dies at that place. An error that it returns before the
// effect (done is false) leaves it undone; one that it returns after leaves it done
// and the caller without knowing. See Faults for such errors.
type Between func(call string, done bool) error

// A Store does what a *dynamo.Store does. Its zero value but for Now is an empty
// one; its methods may be called concurrently.
type Store struct {
	Now     func() time.Time
	Pepper  []byte        // keys the hashes that name threads, as the table's
	Between Between       // nil for no faults
	Lag     time.Duration // how far the indexes are behind: lists are as they were that long ago

	mu       sync.Mutex
	threads  map[string]*thread
	names    map[desk.ThreadKey]string // hashes that were made
	indexes  map[list]*index
	pending  []change // of indexes, the earliest first
	spilled  map[string]*shelved
	aside    map[string]*shelved // the quarantine
	ledger   ledger
	policies map[string][]byte
	active   string
	spent    map[string]int // questions asked, by day
	people   directory
	patrols  desk.Patrols
	boxes    map[string]*box
	bells    map[string]*bell // by member
	accounts accountBook
	cursors  map[desk.AccountKey]entry
	tokens   map[desk.AccountKey]entry
	kin      map[kinOf][]byte
	turns    map[string]entry // by team
	lookers  map[desk.TicketID]map[string]desk.Onlooker
}

// effect does what a call does, once, unless a fault has it otherwise.
func (s *Store) effect(ctx context.Context, call string, do func() error) error {
	return s.Between.around(ctx, call, func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.threads == nil {
			s.open()
		}
		return do()
	})
}

// around calls b before and after what do does. A fault after it hides how it went.
func (b Between) around(ctx context.Context, call string, do func() error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memory: %s: %w", call, err)
	}
	if b == nil {
		return do()
	}
	if err := b(call, false); err != nil {
		return err
	}
	err := do()
	if fault := b(call, true); fault != nil {
		return fault
	}
	return err
}

func (s *Store) open() {
	s.threads, s.names, s.indexes = map[string]*thread{}, map[desk.ThreadKey]string{}, map[list]*index{}
	s.spilled, s.aside = map[string]*shelved{}, map[string]*shelved{}
	s.policies, s.spent = map[string][]byte{}, map[string]int{}
	s.ledger = ledger{hours: map[time.Time]map[string]line{}, pages: map[time.Time][]byte{}, again: map[time.Time]desk.OpenHour{}}
	s.people = directory{items: map[string]entry{}}
	s.boxes, s.bells = map[string]*box{}, map[string]*bell{}
	s.cursors = map[desk.AccountKey]entry{}
	s.tokens = map[desk.AccountKey]entry{}
	s.accounts = accountBook{items: map[desk.AccountKey]entry{}, held: map[desk.HeldBack]bool{}, refused: map[refused]desk.Refusals{}, asked: map[desk.App]desk.Challenges{}}
}

var base = base32.StdEncoding.WithPadding(base32.NoPadding)

// hash names what parts name together, as the table does: a ticket has the same id
// here and there.
func (s *Store) hash(parts ...string) string {
	mac := hmac.New(sha256.New, s.Pepper)
	fmt.Fprintf(mac, "%q", parts)
	return strings.ToLower(base.EncodeToString(mac.Sum(nil)[:16]))
}

func (s *Store) threadName(k desk.ThreadKey) string {
	if k.Name != "" {
		return k.Name
	}
	name, ok := s.names[k]
	if !ok {
		name = s.hash("thread", string(k.Platform), k.Account, k.Conversation, k.Author)
		s.names[k] = name
	}
	return name
}

// position is a place in the order of time, to the millisecond, and of ids; a zero
// time comes last. Cursors and ids of the audit log are made of it.
func position(at time.Time, id string) string {
	if at.IsZero() {
		return never + "#" + id
	}
	ms := strconv.FormatInt(max(0, at.UnixMilli()), 10)
	return "0000000000000"[:max(0, 13-len(ms))] + ms + "#" + id
}

// never sorts after every instant.
const never = "9999"

// parsePosition is the reverse of position.
func parsePosition(at string) (time.Time, string, error) {
	ms, id, ok := strings.Cut(at, "#")
	if ms == never && ok {
		return time.Time{}, id, nil
	}
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil || !ok {
		return time.Time{}, "", fmt.Errorf("memory: %q is no position in a list: %w", at, cmp.Or(err, desk.ErrInvalid))
	}
	return time.UnixMilli(n).UTC(), id, nil
}

// roundUp is the first full millisecond not before at.
func roundUp(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return at.Add(time.Millisecond - time.Nanosecond).Truncate(time.Millisecond)
}

// Spend takes one of the questions that may be asked on the day, in UTC, that at
// lies in, and reports false when most have been.
func (s *Store) Spend(ctx context.Context, at time.Time, most int) (may bool, err error) {
	err = s.effect(ctx, "Spend", func() error {
		day := at.UTC().Format(time.DateOnly)
		if may = s.spent[day] < most; may {
			s.spent[day]++
		}
		return nil
	})
	return may && err == nil, err
}
