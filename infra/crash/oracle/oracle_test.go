package oracle_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/infra/crash/matrix"
	"example.com/skala/infra/crash/oracle"
	"example.com/skala/infra/crash/world"
	"example.com/skala/infra/emulator"
	"example.com/skala/infra/faults"
	"example.com/skala/infra/template"
	"example.com/skala/shared/desk"
)

// A stage is a world that came to rest: a ticket that was answered, one that
// nobody has, one that was breached.
type stage struct {
	t  *testing.T
	w  *world.World
	db *dynamodb.Client
}

const (
	malee = "U4af49806290000000000000000000001"
	pedro = "U4af49806290000000000000000000002"
)

func says(author, key, words string) world.Event {
	return world.Event{App: world.Line, Kind: desk.MessageCreated, Key: key, ID: "m-" + key, Author: author, Text: words}
}

func open(t *testing.T) *stage {
	t.Helper()
	root, err := template.Root()
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	e := emulator.ForTest(t)
	w, err := world.Open(t.Context(), e, tmpl)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	s := &stage{t, w, e.DynamoDB()}
	for _, e := range []world.Event{says(malee, "e1", "I was charged twice"), says(pedro, "e2", "What are your opening hours?"), says(malee, "e3", "Hello?")} {
		if status, err := w.Post(t.Context(), w.Webhook(e)); status != 200 || err != nil {
			t.Fatalf("posting: %d, %v", status, err)
		}
		s.rest()
	}
	w.Pass(4 * time.Minute)
	s.rest()
	for _, ticket := range s.rest().Tickets {
		if ticket.Author.ID == pedro {
			answer, err := w.Ask(t.Context(), world.Request{Who: world.Lead, Path: "/api/v1/tickets/" + string(ticket.ID) + "/correct",
				JSON: map[string]any{"category": "request"}, Header: map[string]string{"If-Match": "*"}})
			if err != nil || answer.Status != http.StatusOK {
				t.Fatalf("correcting: %d %s, %v", answer.Status, answer.Body, err)
			}
		}
		if ticket.Author.ID == malee {
			claim, err := w.Claim(t.Context(), world.Senior, ticket.ID)
			if err != nil {
				t.Fatal(err)
			}
			if status, err := w.Reply(t.Context(), world.Senior, claim, "r1", "We look into it."); status != 200 || err != nil {
				t.Fatalf("replying: %d, %v", status, err)
			}
		}
	}
	return s
}

func (s *stage) rest() *oracle.State {
	s.t.Helper()
	state, wrong, err := matrix.Rest(s.t.Context(), s.w)
	if err != nil || len(wrong) > 0 {
		s.t.Fatalf("%v, %v", wrong, err)
	}
	return state
}

func (s *stage) check() string {
	s.t.Helper()
	wrong, err := oracle.Check(s.t.Context(), s.w, s.rest())
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.Join(wrong, "\n")
}

// find is the key of an item of which the sort key begins so, of a customer who
// has two messages or one.
func (s *stage) find(prefix string, messages int) faults.Item {
	s.t.Helper()
	state := s.rest()
	for _, ticket := range state.Tickets {
		thread, _, _ := ticket.ID.Split()
		if (ticket.Author.ID == malee) != (messages == 2) {
			continue
		}
		for _, at := range slices.Sorted(maps.Keys(state.Items)) { // the first: of a log, the last would leave no gap
			if i := state.Items[at]; strings.HasPrefix(at, "C#"+thread+" "+prefix) {
				return faults.Item{"pk": i["pk"], "sk": i["sk"]}
			}
		}
	}
	s.t.Fatalf("no item %s", prefix)
	return nil
}

func (s *stage) remove(key faults.Item) {
	s.t.Helper()
	if _, err := s.db.DeleteItem(s.t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String(s.w.Stack.Tables["Table"]), Key: key}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) update(key faults.Item, expression string, values faults.Item) {
	s.t.Helper()
	if _, err := s.db.UpdateItem(s.t.Context(), &dynamodb.UpdateItemInput{
		TableName: aws.String(s.w.Stack.Tables["Table"]), Key: key, UpdateExpression: &expression, ExpressionAttributeValues: values,
	}); err != nil {
		s.t.Fatal(err)
	}
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func TestADeskThatKeptItsPromisesIsFoundGood(t *testing.T) {
	t.Parallel()
	if wrong := open(t).check(); wrong != "" {
		t.Error(wrong)
	}
}

// What is broken by hand here must be found, or the oracle says nothing about what
// breaks by itself.
func TestEachBrokenPromiseIsFound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		does  func(*stage)
		wants string
	}{
		{"a message is lost", func(s *stage) { s.remove(s.find("M#", 1)) }, "is lost"},
		{"an entry of the log is lost", func(s *stage) { s.remove(s.find("L#", 2)) }, "has versions"},
		{"an event that was answered 200 never came", func(s *stage) { s.w.Accepted(says(pedro, "e9", "?")) }, "event e9"},
		{"a head is older than its log", func(s *stage) {
			s.update(s.find("HEAD", 1), "SET v = :v", faults.Item{":v": &types.AttributeValueMemberN{Value: "7"}})
		}, "not the fold"},
		{"a due time is not indexed", func(s *stage) { s.update(s.find("HEAD", 1), "REMOVE gsi2pk, gsi2sk", nil) }, "gsi2"},
		{"a due time is indexed too late", func(s *stage) {
			s.update(s.find("HEAD", 1), "SET gsi2sk = :sk", faults.Item{":sk": text("9999999999999#x")})
		}, "gsi2"},
		{"a worklist has it in another tier", func(s *stage) {
			s.update(s.find("HEAD", 1), "SET gsi1pk = :pk", faults.Item{":pk": text("W#Aegean%20Coffee#4#new#0")})
		}, "gsi1"},
		{"a correction is no example", func(s *stage) { s.update(s.find("L#", 1), "REMOVE gsi3pk, gsi3sk", nil) }, "no example"},
		{"an example is about nothing", func(s *stage) {
			s.update(s.find("L#", 1), "SET about = :m", faults.Item{":m": text("M#gone")})
		}, "about C#"},
		{"a breach has no item", func(s *stage) { s.remove(s.find("B#", 2)) }, "without the item"},
		{"a reply was taken and is not there", func(s *stage) {
			s.w.Replied(world.Reply{Ticket: s.rest().Tickets[0].ID, Key: "r9", Text: "?"})
		}, "is there 0 times"},
		{"a reply is said to have failed and was sent", func(s *stage) {
			for _, ticket := range s.rest().Tickets {
				for _, e := range ticket.Log {
					if e.What == desk.Replied {
						thread, _, _ := ticket.ID.Split()
						for at, i := range s.rest().Items {
							if strings.HasPrefix(at, "C#"+thread+" M#") && i["delivery"] != nil {
								s.update(faults.Item{"pk": i["pk"], "sk": i["sk"]}, "SET delivery = :d", faults.Item{":d": text("failed")})
							}
						}
					}
				}
			}
		}, "the platform has it"},
		{"a delivery has no outcome", func(s *stage) { s.update(s.find("M#", 1), "REMOVE gsi3pk, gsi3sk", nil) }, "does not balance"},
		{"a body is nowhere", func(s *stage) {
			s.w.Ledger.Bodies = append(s.w.Ledger.Bodies, world.Webhook{Body: []byte("?")})
		}, "in quarantine 0 times"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			tt.does(s)
			if wrong := s.check(); !strings.Contains(wrong, tt.wants) {
				t.Errorf("says %q, wants %q", wrong, tt.wants)
			}
		})
	}
}

func TestATicketThatNobodyIsToldOfIsFound(t *testing.T) {
	t.Parallel()
	s := open(t)
	if err := s.w.Lose(t.Context(), "Tier1Queue"); err != nil {
		t.Fatal(err)
	}
	if wrong := s.check(); wrong != "" {
		t.Errorf("a lost nudge that the sweep repeats: %s", wrong)
	}
	nudged := world.Noon.Add(10 * time.Minute) // again before a clock is due
	s.update(s.find("HEAD", 1), "SET nudged = :at, profile = :asked", faults.Item{":at": text(nudged.Format(time.RFC3339Nano)), ":asked": text(string(desk.ProfileAsked))})
	if wrong, again := s.check(), fmt.Sprintf(`not as "D#"… "%d#`, nudged.Add(s.w.Policy.Plan.Renudge()).UnixMilli()); !strings.Contains(wrong, again) {
		t.Errorf("says %q, wants %q", wrong, again)
	}
}

func TestDigestsDifferByWhatHappenedTwice(t *testing.T) {
	t.Parallel()
	got := oracle.Differ([]string{"a", "b"}, []string{"a", "a"})
	if len(got) != 2 || got[0] != "too much: a" || got[1] != "missing: b" {
		t.Errorf("%q", got)
	}
}
