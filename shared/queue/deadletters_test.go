package queue_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/emulator"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/queue"
	"example.com/skala/shared/queue/queuetest"
)

// buried returns a queue's dead letters with bodies among them that no function
// ever took, and the queue that they came from.
func buried(t *testing.T, bodies []string, options ...func(*sqs.Options)) (dead *queue.DeadLetters, main *queue.Queue[string]) {
	t.Helper()
	e := emulator.ForTest(t)
	mainURL, deadURL := e.NewQueue(t, "InboundQueue")
	plain := sqs.NewFromConfig(e.Config())
	for _, body := range bodies {
		_, err := plain.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &deadURL, MessageBody: aws.String(fmt.Sprintf("%q", body)), MessageGroupId: aws.String(groupOf(body))})
		if err != nil {
			t.Fatal(err)
		}
	}
	dead = &queue.DeadLetters{Client: sqs.NewFromConfig(e.Config(), options...), Name: "inbound", URL: deadURL, Main: mainURL}
	return dead, &queue.Queue[string]{Client: plain, URL: mainURL}
}

func groupOf(body string) string { return "group-of-" + body }

func many(n int) (bodies []string) {
	for i := range n {
		bodies = append(bodies, fmt.Sprintf("%02d", i))
	}
	return bodies
}

// listed returns the bodies of all dead letters, sorted.
func listed(t *testing.T, d *queue.DeadLetters) (bodies []string) {
	t.Helper()
	letters, err := d.List(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range letters {
		bodies = append(bodies, l.Body[1:len(l.Body)-1])
	}
	slices.Sort(bodies)
	return bodies
}

// arrived takes everything off a queue and returns it sorted. What is hidden is waited
// for: the machine's clock was set back, or an answer was lost, whose messages come again.
func arrived(t *testing.T, q *queue.Queue[string]) (bodies []string) {
	t.Helper()
	for tries := 0; tries < 200 && !empty(t, q.Client, q.URL); tries++ {
		out, err := q.Client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &q.URL, MaxNumberOfMessages: 10, VisibilityTimeout: 2})
		if err != nil {
			t.Fatal(err)
		}
		var receipts []string
		for _, m := range out.Messages {
			body, err := strconv.Unquote(aws.ToString(m.Body))
			if err != nil {
				t.Fatal(err)
			}
			bodies, receipts = append(bodies, body), append(receipts, aws.ToString(m.ReceiptHandle))
		}
		if err := q.Delete(t.Context(), receipts...); err != nil {
			t.Fatal(err)
		}
		if len(receipts) == 0 {
			time.Sleep(50 * time.Millisecond)
		}
	}
	slices.Sort(bodies)
	return bodies
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	queuetest.DeadLetterSuite(t, func(t *testing.T, name string, bodies []string) (queuetest.DeadLetters, queuetest.QueueOf[string]) {
		dead, main := buried(t, bodies)
		dead.Name, main.Group = name, groupOf
		return dead, main
	}, func(dead ...queuetest.DeadLetters) queuetest.DeadLetterQueues {
		var all queue.DeadLetterQueues
		for _, d := range dead {
			all = append(all, d.(*queue.DeadLetters))
		}
		return all
	})
}

func TestOneDeadLetterGoesBackAloneInItsGroup(t *testing.T) {
	t.Parallel()
	var groups []string
	d, main := buried(t, many(13), answering(func(in any, next func() (any, error)) (any, error) {
		if m, ok := in.(*sqs.SendMessageInput); ok {
			groups = append(groups, aws.ToString(m.MessageGroupId))
		}
		return next()
	}))
	letters, err := d.List(t.Context(), 100)
	if err != nil || len(letters) != 13 {
		t.Fatalf("%d listed, %v", len(letters), err)
	}
	one := letters[11]
	out, err := d.Redrive(t.Context(), one.ID)
	if err != nil || out != (desk.Redriven{Queue: "inbound", Redriven: 1, Remaining: 12}) {
		t.Errorf("%+v, %v", out, err)
	}
	if got := arrived(t, main); !slices.Equal(got, []string{one.Body[1:3]}) || !slices.Equal(groups, []string{one.Group}) {
		t.Errorf("arrived %v in groups %v, want %s", got, groups, one.Body)
	}
	if left := listed(t, d); len(left) != 12 || slices.Contains(left, one.Body[1:3]) {
		t.Errorf("still there: %v", left)
	}
	if _, err := d.Redrive(t.Context(), one.ID); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("once more: %v", err)
	}
}

// empty reports whether a queue has nothing, not even hidden.
func empty(t *testing.T, client *sqs.Client, url string) bool {
	t.Helper()
	names := []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible}
	out, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: names})
	if err != nil {
		t.Fatal(err)
	}
	return out.Attributes[string(names[0])] == "0" && out.Attributes[string(names[1])] == "0"
}

func TestDyingBetweenTheCallsOfARedriveLosesNothing(t *testing.T) {
	t.Parallel()
	bodies := many(12)
	for last := 0; ; last++ { // the calls that are made before it dies
		var receipts []string
		calls := 0
		d, main := buried(t, bodies, answering(func(_ any, next func() (any, error)) (any, error) {
			if calls++; calls > last {
				return nil, errors.New("died")
			}
			out, err := next()
			if got, ok := out.(*sqs.ReceiveMessageOutput); ok && err == nil {
				for _, m := range got.Messages {
					receipts = append(receipts, aws.ToString(m.ReceiptHandle))
				}
			}
			return out, err
		}))
		_, err := d.Redrive(t.Context(), "")
		// In time the queue gives out again what somebody died with.
		if len(receipts) > 0 {
			_ = (&queue.Queue[string]{Client: main.Client, URL: d.URL}).GiveBack(t.Context(), receipts...) // those that are deleted are refused
		}
		first := arrived(t, main)
		if died := calls > last; !died {
			if err != nil || last < 16 || !slices.Equal(first, bodies) {
				t.Errorf("%d calls in all, %v, arrived %v", last, err, first)
			}
			return
		}
		again := &queue.DeadLetters{Client: main.Client, Name: d.Name, URL: d.URL, Main: d.Main}
		all := first
		for tries := 0; ; tries++ {
			_, err = again.Redrive(t.Context(), "")
			all = append(all, arrived(t, main)...)
			if empty(t, again.Client, again.URL) || tries == 100 {
				break
			}
			// An answer of SQS was lost, on a busy machine by itself: who asked has nothing,
			// and the letters are hidden for as long as a look hides them.
			time.Sleep(500 * time.Millisecond)
		}
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(all)
		if diff := cmp.Diff(bodies, slices.Compact(all)); diff != "" {
			t.Errorf("after %d calls: %s", last, diff)
		}
		if left := listed(t, again); len(left) != 0 {
			t.Errorf("after %d calls: still there %v", last, left)
		}
	}
}

func TestWhatAQueueRefusesStaysADeadLetter(t *testing.T) {
	t.Parallel()
	d, main := buried(t, many(4), answering(func(in any, next func() (any, error)) (any, error) {
		if m, ok := in.(*sqs.SendMessageInput); ok && aws.ToString(m.MessageBody) == `"02"` {
			return nil, errors.New("refused")
		}
		return next()
	}))
	out, err := d.Redrive(t.Context(), "")
	if err != nil || out != (desk.Redriven{Queue: "inbound", Redriven: 3, Failed: 1, Remaining: 1}) {
		t.Errorf("%+v, %v", out, err)
	}
	if got := arrived(t, main); !slices.Equal(got, []string{"00", "01", "03"}) {
		t.Errorf("arrived %v", got)
	}
	if left := listed(t, d); !slices.Equal(left, []string{"02"}) {
		t.Errorf("left %v", left)
	}
	if out, err := d.Redrive(t.Context(), ""); err == nil || out.Failed != 1 {
		t.Errorf("with nothing redriven: %+v, %v", out, err)
	}
}
