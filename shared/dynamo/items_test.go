package dynamo_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo"
	"example.com/skala/shared/dynamo/dynamotest"
	"example.com/skala/shared/post"
)

type item = map[string]types.AttributeValue

// items returns everything in the table.
func items(t testing.TB, s *dynamo.Store) []item {
	t.Helper()
	out, err := s.Client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &s.Table, ConsistentRead: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	return out.Items
}

func text(i item, name string) string {
	v, _ := i[name].(*types.AttributeValueMemberS)
	if v == nil {
		return ""
	}
	return v.Value
}

// head returns the only HEAD of the table.
func headOf(t testing.TB, s *dynamo.Store) item {
	t.Helper()
	for _, i := range items(t, s) {
		if text(i, "sk") == "HEAD" {
			return i
		}
	}
	t.Fatal("no HEAD")
	return nil
}

func set(t testing.TB, s *dynamo.Store, i item, name string, v types.AttributeValue) {
	t.Helper()
	_, err := s.Client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{TableName: &s.Table, Key: item{"pk": i["pk"], "sk": i["sk"]},
		UpdateExpression: aws.String("SET #a = :v"), ExpressionAttributeNames: map[string]string{"#a": name}, ExpressionAttributeValues: item{":v": v}})
	if err != nil {
		t.Fatal(err)
	}
}

func TestARowThatCannotBeReadHidesNoOther(t *testing.T) {
	t.Parallel()
	s := dynamotest.NewTable(t)
	c := dynamotest.FirstMessage(t, s)
	if err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	list := text(headOf(t, s), "gsi1pk")
	for n, at := range []string{"00000", "000x#thread.1", "0000000000001#thread.1#one"} {
		broken := item{"pk": &types.AttributeValueMemberS{Value: fmt.Sprintf("C#broken%d", n)}, "sk": &types.AttributeValueMemberS{Value: "HEAD"}}
		for name, value := range map[string]string{"gsi1pk": list, "gsi1sk": at, "gsi2pk": "D#0", "gsi2sk": at} {
			broken[name] = &types.AttributeValueMemberS{Value: value}
		}
		if _, err := s.Client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &s.Table, Item: broken}); err != nil {
			t.Fatal(err)
		}
	}
	until := c.After.Created.Add(1000 * time.Hour)
	due, err := s.Due(t.Context(), until, 100)
	if !errors.Is(err, desk.ErrBroken) || len(due) != 1 || due[0].Nudge.Ticket != c.After.ID {
		t.Errorf("%v: due are %+v", err, due)
	}
	passed, err := s.Passed(t.Context(), desk.WorklistQuery{Brands: []string{c.After.Brand}}, until, 100)
	if !errors.Is(err, desk.ErrBroken) || len(passed) == 0 || passed[len(passed)-1].Nudge.Ticket != c.After.ID {
		t.Errorf("%v: passed are %+v", err, passed)
	}
	cards, _, err := s.Worklist(t.Context(), desk.WorklistQuery{Brands: []string{c.After.Brand}}, "", 100)
	if bad, ok := errors.AsType[*desk.UnreadError](err); !ok || !errors.Is(err, desk.ErrBroken) || len(bad.Tickets) != 3 || len(cards) != 1 || cards[0].ID != c.After.ID {
		t.Errorf("%v: on the worklist are %+v", err, cards)
	}
}

func TestOnlyABoxWithNothingInItIsForgotten(t *testing.T) {
	t.Parallel()
	s := dynamotest.NewTable(t)
	noon := time.Date(2036, 11, 4, 12, 0, 0, 0, time.UTC)
	boxes, err := s.Boxes(t.Context(), []post.Address{post.VendorAddress("acme", "thread.1")})
	if err != nil {
		t.Fatal(err)
	}
	sent := boxes[0].Drop(false, noon).Try("token", noon).End(post.Outcome{Class: post.Accepted}, noon)
	told := sent
	told.Told, told.Version = sent.Sent, 1
	again := told.Drop(false, noon)
	again.Version = 2
	for n, is := range []struct {
		box    post.Box
		forget string
	}{{sent, ""}, {told, fmt.Sprint(noon.Add(30 * 24 * time.Hour).Unix())}, {again, ""}} {
		if err := s.SaveBox(t.Context(), is.box, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if got, _ := headOf(t, s)["ttl"].(*types.AttributeValueMemberN); (got == nil) != (is.forget == "") || got != nil && got.Value != is.forget {
			t.Errorf("%d: it is forgotten at %+v", n, got)
		}
	}
}

func TestWhatANewerBinaryAddsToAHeadSurvivesAWrite(t *testing.T) {
	t.Parallel()
	s := dynamotest.NewTable(t)
	c := dynamotest.FirstMessage(t, s)
	if err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	set(t, s, headOf(t, s), "incident", &types.AttributeValueMemberS{Value: "inc-1"})
	claim, err := c.After.Claim("ann", "token", c.Entry.At, dynamotest.Promises())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), dynamotest.Change(c.After, claim)); err != nil {
		t.Fatal(err)
	}
	if got := text(headOf(t, s), "incident"); got != "inc-1" {
		t.Errorf("the incident became %q", got)
	}
}

func TestWhatWasWrittenBeforeThereWereTeamsAndExamplesIsRead(t *testing.T) {
	t.Parallel()
	s := dynamotest.NewTable(t)
	c := dynamotest.FirstMessage(t, s)
	if err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	v := c.After.Verdict
	v.Category = desk.Fraud
	entry, err := c.After.Correct("ann", desk.Correction{Message: c.After.VerdictOn, Was: c.After.Verdict, Verdict: v, Tier: v.Tier}, c.Entry.At)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), dynamotest.Change(c.After, entry)); err != nil {
		t.Fatal(err)
	}
	for _, i := range items(t, s) { // as they were
		_, err := s.Client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{TableName: &s.Table, Key: item{"pk": i["pk"], "sk": i["sk"]},
			UpdateExpression: aws.String("REMOVE team, lane, review, was, about")})
		if err != nil {
			t.Fatal(err)
		}
	}
	ticket, err := s.Ticket(t.Context(), c.After.ID)
	if err != nil || ticket.Team != "" || ticket.Lane != "" || ticket.Review || ticket.Category != desk.Fraud {
		t.Errorf("%v, read as %+v", err, ticket)
	}
	log, err := s.Log(t.Context(), c.After.ID)
	if err != nil || len(log) != 2 || log[1].Was != nil || log[1].Verdict.Category != desk.Fraud {
		t.Errorf("%v, the log is %+v", err, log)
	}
	if examples, _, err := s.Examples(t.Context(), c.Entry.At, c.Entry.At, "", 10); err != nil || len(examples) != 0 {
		t.Errorf("%v, examples %+v", err, examples)
	}
}

func TestNoPlatformsIdStandsInAKey(t *testing.T) {
	t.Parallel()
	s := dynamotest.NewTable(t)
	c := dynamotest.FirstMessage(t, s)
	if err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for _, i := range items(t, s) {
		for _, name := range []string{"pk", "sk", "gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk", "gsi3pk", "gsi3sk", "gsi4pk", "gsi4sk"} {
			for _, id := range []string{c.Event.Author.ID, c.Event.ID, c.Event.Key, c.Event.Account} {
				if strings.Contains(text(i, name), id) {
					t.Errorf("%s is %s", name, text(i, name))
				}
			}
		}
	}
}

func TestADeletionLeavesNothingOfWhatAPlatformSent(t *testing.T) {
	t.Parallel()
	s := dynamotest.NewTable(t)
	c := dynamotest.FirstMessage(t, s)
	event := func(kind desk.Kind, key, text string) (desk.Event, desk.RawEvent) {
		e := *c.Event
		e.Kind, e.Key, e.ID, e.Target, e.Text, e.Time = kind, key, "", c.Event.ID, text, e.Time.Add(time.Minute)
		return e, desk.RawEvent{App: c.Raw.App, Account: e.Account, Body: []byte(text), Received: c.Entry.At, Delivery: key + ".0"}
	}
	early, raw := event(desk.MessageEdited, "early", "what I meant")
	if err := s.Entomb(t.Context(), early, raw); err != nil { // it comes before its message
		t.Fatal(err)
	}
	c = dynamotest.FirstMessage(t, s)
	noise := make([]byte, 900_000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	c.Raw.Body = noise // too large for its item
	if err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	next := dynamotest.NextMessage(t, s, 2)
	if err := s.Commit(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	// delete writes the deletion of a message as triage does.
	ticket := next.After
	for n, of := range []desk.Change{c, next} {
		gone := *of.Event
		gone.Kind, gone.Key, gone.ID, gone.Target, gone.Text = desk.MessageDeleted, fmt.Sprint("gone", n), "", of.Event.ID, ""
		entry := desk.Entry{Version: ticket.Version + 1, What: desk.Deleted, At: ticket.Updated, Event: gone.Kind, Target: of.Event.Key, Message: &desk.Message{Key: gone.Key}}
		deletion := dynamotest.Change(ticket, entry)
		deletion.Thread, deletion.Event = gone.Thread(), &gone
		if err := s.Commit(t.Context(), deletion); err != nil {
			t.Fatal(err)
		}
		ticket = deletion.After
	}
	for _, i := range items(t, s) {
		sk := text(i, "sk")
		if strings.HasPrefix(sk, "X#") || strings.Count(sk, "#") > 1 {
			t.Errorf("%s is left", sk)
		}
		if _, raw := i["raw"]; raw {
			t.Errorf("the raw event is left in %s (%s)", sk, text(i, "w"))
		}
	}
}

func TestABrokenItemOfOursIsAnErrorThatNamesItsKey(t *testing.T) {
	t.Parallel()
	broken := map[string]types.AttributeValue{
		"nothing":     &types.AttributeValueMemberB{Value: []byte{}},
		"noise":       &types.AttributeValueMemberB{Value: []byte{1, 2, 3, 4}},
		"other":       &types.AttributeValueMemberB{Value: []byte{99, 0, 0}},
		"another way": &types.AttributeValueMemberS{Value: "text"},
	}
	for name, value := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := dynamotest.NewTable(t)
			c := dynamotest.FirstMessage(t, s)
			if err := s.Commit(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			for _, i := range items(t, s) {
				if strings.HasPrefix(text(i, "sk"), "M#") {
					set(t, s, i, "e", value)
				} else {
					set(t, s, i, "t", value)
					set(t, s, i, "card", value)
				}
			}
			calls := map[string]func() error{
				"Ticket": func() error { _, err := s.Ticket(t.Context(), c.After.ID); return err },
				"Thread": func() error { _, err := s.Thread(t.Context(), *c.Event); return err },
				"Log":    func() error { _, err := s.Log(t.Context(), c.After.ID); return err },
				"Worklist": func() error {
					_, _, err := s.Worklist(t.Context(), desk.WorklistQuery{Brands: []string{"demo"}}, "", 5)
					return err
				},
			}
			for call, try := range calls {
				if err := try(); err == nil || !strings.Contains(err.Error(), "C#") || strings.Contains(err.Error(), c.Event.Author.ID) {
					t.Errorf("%s: %v", call, err)
				}
			}
		})
	}
}
