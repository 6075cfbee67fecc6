package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"example.com/skala/infra/faults"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/queue"
	"example.com/skala/shared/queue/queuetest"
)

func TestQueue(t *testing.T) {
	t.Parallel()
	queuetest.Suite(t, func(t *testing.T) queuetest.Queue { return queuetest.New[desk.Nudge](t, "Tier3Queue") })
}

func TestTiers(t *testing.T) {
	t.Parallel()
	queuetest.TierSuite(t, func(t *testing.T) queuetest.Tiers {
		return &queue.Tiers{desk.General: queuetest.New[desk.Nudge](t, "Tier1Queue"), desk.Senior: queuetest.New[desk.Nudge](t, "Tier3Queue")}
	})
}

func TestTheSuitesKnowEveryMethodOfAQueue(t *testing.T) {
	t.Parallel()
	queuetest.SameMethods[*queue.Queue[string], queuetest.QueueOf[string]](t)
	queuetest.SameMethods[*queue.Tiers, queuetest.Tiers](t)
	queuetest.SameMethods[*queue.DeadLetters, queuetest.DeadLetters](t)
	queuetest.SameMethods[queue.DeadLetterQueues, queuetest.DeadLetterQueues](t)
}

// answering puts a client's calls into the hands of answer.
func answering(answer func(in any, next func() (any, error)) (any, error)) func(*sqs.Options) {
	return func(o *sqs.Options) { o.APIOptions = append(o.APIOptions, faults.Between(answer)) }
}

func TestWhatTheQueueDidNotTakeIsHandedBack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer func(in *sqs.SendMessageBatchInput) (any, error)
		want   []string
	}{
		{"one refused by name", func(in *sqs.SendMessageBatchInput) (any, error) {
			return &sqs.SendMessageBatchOutput{Successful: []types.SendMessageBatchResultEntry{{Id: in.Entries[0].Id}, {Id: in.Entries[2].Id}},
				Failed: []types.BatchResultErrorEntry{{Id: in.Entries[1].Id, Code: aws.String("InternalError")}}}, nil
		}, []string{"b"}},
		{"one that the answer does not speak of", func(in *sqs.SendMessageBatchInput) (any, error) {
			return &sqs.SendMessageBatchOutput{Successful: []types.SendMessageBatchResultEntry{{Id: in.Entries[1].Id}}}, nil
		}, []string{"a", "c"}},
		{"all of a call that failed", func(*sqs.SendMessageBatchInput) (any, error) { return nil, errors.New("unreachable") }, []string{"a", "b", "c"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			q := queuetest.New[string](t, "InboundQueue", answering(func(in any, _ func() (any, error)) (any, error) {
				return tt.answer(in.(*sqs.SendMessageBatchInput))
			}))
			refused, err := q.SendAll(t.Context(), []string{"a", "b", "c"})
			if !slices.Equal(refused, tt.want) || err == nil {
				t.Errorf("handed back %v, %v", refused, err)
			}
		})
	}
}

func TestWhatSQSDoesNotDeleteOrGiveBackIsAnError(t *testing.T) {
	t.Parallel()
	failed := []types.BatchResultErrorEntry{{Id: aws.String("0"), Code: aws.String("ReceiptHandleIsInvalid")}}
	q := queuetest.New[string](t, "InboundQueue", answering(func(in any, next func() (any, error)) (any, error) {
		switch in.(type) {
		case *sqs.DeleteMessageBatchInput:
			return &sqs.DeleteMessageBatchOutput{Failed: failed}, nil
		case *sqs.ChangeMessageVisibilityBatchInput:
			return &sqs.ChangeMessageVisibilityBatchOutput{Failed: failed}, nil
		}
		return next()
	}))
	for name, err := range map[string]error{"deleting": q.Delete(t.Context(), "receipt"), "giving back": q.GiveBack(t.Context(), "receipt")} {
		if err == nil || !strings.Contains(err.Error(), "ReceiptHandleIsInvalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAGroupIsNamedAsSQSTakesIt(t *testing.T) {
	t.Parallel()
	var sent []string
	q := queuetest.New[string](t, "InboundQueue", answering(func(in any, next func() (any, error)) (any, error) {
		if m, ok := in.(*sqs.SendMessageInput); ok {
			sent = append(sent, aws.ToString(m.MessageGroupId))
		}
		return next()
	}))
	q.Group = func(v string) string { return v }
	for _, account := range []string{"U123", "ร้านค้า", strings.Repeat("long", 40), ""} {
		if err := q.Send(t.Context(), account, 0); err != nil {
			t.Fatal(err)
		}
	}
	if sent[0] != "U123" || len(sent[1]) != 32 || len(sent[2]) != 32 || sent[3] != "" {
		t.Errorf("groups %q", sent)
	}
}

func TestWhatIsNoneOfOursStaysOnTheQueue(t *testing.T) {
	t.Parallel()
	q := queuetest.New[desk.Nudge](t, "Tier1Queue")
	if _, err := q.Client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &q.URL, MessageBody: aws.String("not JSON")}); err != nil {
		t.Fatal(err)
	}
	if got, err := q.Receive(t.Context(), 10); err != nil || len(got) != 0 {
		t.Errorf("received %+v, %v", got, err)
	}
}

func record(id, group, body string) events.SQSMessage {
	r := events.SQSMessage{MessageId: id, Body: body, Attributes: map[string]string{}}
	if group != "" {
		r.Attributes["MessageGroupId"] = group
	}
	return r
}

func TestOnlyWhatFailedGoesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var taken []string
		each := queue.Each(slog.New(slog.DiscardHandler), func(ctx context.Context, body string) error {
			mu.Lock()
			taken = append(taken, body)
			mu.Unlock()
			switch body {
			case "bad":
				return errors.New("no")
			case "worse":
				panic("oh")
			case "slow":
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		got, err := each(ctx, events.SQSEvent{Records: []events.SQSMessage{
			record("1", "noisy", `"slow"`), record("2", "noisy", `"gets no turn"`), record("3", "quiet", `"bad"`), record("4", "quiet", `"good"`),
			record("5", "", `"worse"`), record("6", "", `not JSON`), record("7", "", `"fine"`),
		}})
		want := []events.SQSBatchItemFailure{{ItemIdentifier: "1"}, {ItemIdentifier: "2"}, {ItemIdentifier: "3"}, {ItemIdentifier: "5"}, {ItemIdentifier: "6"}}
		if err != nil || !slices.Equal(got.BatchItemFailures, want) {
			t.Errorf("%v failed, want %v; %v", got, want, err)
		}
		if slices.Contains(taken, "gets no turn") || !slices.Contains(taken, "good") || time.Since(start) != 9*time.Second {
			t.Errorf("took %q in %v", taken, time.Since(start))
		}
	})
}

func TestGroupsGoSideBySideAndTheirRecordsInTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var order []string
		each := queue.Each(slog.New(slog.DiscardHandler), func(_ context.Context, body string) error {
			time.Sleep(time.Duration(len(body)) * time.Second)
			mu.Lock()
			defer mu.Unlock()
			order = append(order, body)
			return nil
		})
		start := time.Now()
		_, err := each(t.Context(), events.SQSEvent{Records: []events.SQSMessage{
			record("1", "a", `"four"`), record("2", "a", `"1"`), record("3", "b", `"22"`), record("4", "", `"333"`)}})
		if err != nil || !slices.Equal(order, []string{"22", "333", "four", "1"}) || time.Since(start) != 5*time.Second {
			t.Errorf("%q in %v, %v", order, time.Since(start), err)
		}
	})
}

func TestABatchWithoutFailuresIsAnEmptyList(t *testing.T) {
	t.Parallel()
	got, err := queue.Each(slog.New(slog.DiscardHandler), func(context.Context, string) error { return nil })(t.Context(), events.SQSEvent{})
	if b, _ := json.Marshal(got); err != nil || string(b) != `{"batchItemFailures":[]}` {
		t.Errorf("answered %s, %v", b, err)
	}
}

func TestAFunctionTellsItsQueueFromItsSchedule(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, event, want string }{
		{"records are a batch", `{"Records":[{"messageId":"1","body":"\"x\""}]}`, "x"},
		{"a batch may be empty", `{"Records":[]}`, ""},
		{"what a schedule sends has no records", `{"source":"aws.scheduler"}`, "scheduled"},
		{"a schedule may send nothing", `{}`, "scheduled"},
		{"or what is no object", `"tick"`, "scheduled"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			did := ""
			handle := queue.Dispatch(
				queue.Each(slog.New(slog.DiscardHandler), func(_ context.Context, body string) error { did = body; return nil }),
				func(context.Context) error { did = "scheduled"; return nil })
			if _, err := handle(t.Context(), json.RawMessage(tt.event)); err != nil || did != tt.want {
				t.Errorf("did %q, %v; want %q", did, err, tt.want)
			}
		})
	}
}
