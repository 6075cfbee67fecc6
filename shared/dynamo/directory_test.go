package dynamo_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo"
	"example.com/skala/shared/dynamo/dynamotest"
	"example.com/skala/shared/people"
)

var hired = time.Date(2099, 11, 22, 9, 0, 0, 0, time.UTC)

// hire is a change that adds somebody.
func hire(id string) (people.Member, people.Change) {
	return people.Member{ID: id, Name: "A Name"}, people.Change{At: hired, Who: "nok", What: "added", Kind: people.KindMember, Target: id}
}

// stands returns how many people there are, and how many lines of the audit log.
func stands(t *testing.T, s *dynamo.Store) (members, lines int) {
	t.Helper()
	d, err := s.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	log, _, err := s.Audit(t.Context(), people.AuditQuery{}, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	return len(d.Members), len(log)
}

func TestAChangeOfTheDirectoryThatFailedAndYetTookEffectIsKnownAsOurOwn(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"TransactionConflict", "ThrottlingError"} {
		for _, persisted := range []bool{false, true} {
			t.Run(fmt.Sprint(code, persisted), func(t *testing.T) {
				t.Parallel()
				var fired atomic.Int32
				store := dynamotest.NewTable(t, faulty(&fired, 1, persisted, code))
				m, c := hire("ann")
				if err := store.SaveMember(t.Context(), m, c); err != nil || fired.Load() != 1 {
					t.Fatalf("hired: %v after %d faults", err, fired.Load())
				}
				fired.Store(0)
				m.Version = 1
				if err := store.SaveMember(t.Context(), m, c); err != nil || fired.Load() != 1 {
					t.Fatalf("changed: %v after %d faults", err, fired.Load())
				}
				if members, lines := stands(t, store); members != 1 || lines != 2 {
					t.Errorf("%d people, %d lines", members, lines)
				}
				if err := store.SaveMember(t.Context(), m, c); !errors.Is(err, desk.ErrStale) {
					t.Errorf("the same by another call: %v", err)
				}
			})
		}
	}
}

func TestAChangeOfTheDirectoryStandsWithItsLineWhereverMakingItBreaksOff(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} { // before or after the call has its effect
		for calls := int32(0); ; calls++ {
			var left atomic.Int32
			left.Store(1000)
			store := dynamotest.NewTable(t, between(func(in any, next func() (any, error)) (any, error) {
				if left.Add(-1) >= 0 {
					return next()
				}
				if after {
					if _, err := next(); err != nil {
						return nil, err
					}
				}
				return nil, errors.New("broke off")
			}))
			m, c := hire("ann")
			left.Store(calls)
			failed := store.SaveMember(t.Context(), m, c)
			left.Store(1000)
			members, lines := stands(t, store)
			if members != lines || failed == nil && members != 1 {
				t.Errorf("after %d calls: %v with %d people and %d lines", calls, failed, members, lines)
			}
			// Whoever saves it again is told that it is there, or saves it.
			err := store.SaveMember(t.Context(), m, c)
			if there := errors.Is(err, desk.ErrDuplicate); there != (members == 1) || !there && err != nil {
				t.Errorf("after %d calls and again: %v", calls, err)
			}
			if members, lines := stands(t, store); members != 1 || lines != 1 {
				t.Errorf("after %d calls and again: %d people and %d lines", calls, members, lines)
			}
			if failed == nil {
				if calls != 2 {
					t.Errorf("it takes %d calls", calls)
				}
				break
			}
		}
	}
}

func TestALargeDirectoryAndALongLogAreReadToTheirEnd(t *testing.T) {
	t.Parallel()
	var pages atomic.Int32
	small := dynamotest.NewTable(t)
	options := small.Client.Options()
	paged(&pages)(&options)
	store := &dynamo.Store{Client: dynamodb.New(options), Table: small.Table, Pepper: small.Pepper}
	for n := range 7 {
		m, c := hire(fmt.Sprint("p", n))
		if err := small.SaveMember(t.Context(), m, c); err != nil {
			t.Fatal(err)
		}
	}
	if members, lines := stands(t, store); members != 7 || lines != 7 || pages.Load() < 8 {
		t.Errorf("%d people, %d lines in %d pages", members, lines, pages.Load())
	}
}

// What the directory costs is little, and does not grow with what is open.
func TestADirectoryIsReadInOneCallAndWrittenInTwo(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	store := dynamotest.NewTable(t, between(func(in any, next func() (any, error)) (any, error) {
		calls.Add(1)
		if q, ok := in.(*dynamodb.QueryInput); ok && !aws.ToBool(q.ConsistentRead) {
			t.Error("what was just saved may be missing")
		}
		return next()
	}))
	m, c := hire("ann")
	m.Shifts = people.Week{"mon": {"09:00-17:00"}, "tue": {"09:00-17:00"}, "wed": {"09:00-17:00"}, "thu": {"09:00-17:00"}, "fri": {"09:00-17:00"}}
	m.Teams, m.Skills, m.Languages, m.Zone = []string{"general", "legal"}, []string{"billing", "delivery"}, []string{"el", "en"}, "Europe/Athens"
	before, err := dynamotest.Snap(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	calls.Store(0)
	if err := store.SaveMember(t.Context(), m, c); err != nil || calls.Load() != 2 {
		t.Errorf("%d calls, %v", calls.Load(), err)
	}
	after, err := dynamotest.Snap(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	total, costs := dynamotest.Units(before, after, true)
	if total > 6 { // that of the month, which is written alone, counts half
		t.Errorf("%d units: %v", total, costs)
	}
	for key, item := range after {
		if strings.HasPrefix(key, "DIRECTORY ") && dynamotest.Size(item) > 1024 {
			t.Errorf("a person takes %d bytes", dynamotest.Size(item))
		}
	}
	calls.Store(0)
	if _, err := store.Directory(t.Context()); err != nil || calls.Load() != 1 {
		t.Errorf("%d calls, %v", calls.Load(), err)
	}
}
