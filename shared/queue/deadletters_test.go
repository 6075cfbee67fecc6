package queue_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/emulator"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/queue"
)

// buried returns a queue's dead letters with bodies among them that no function
// ever took, and the queue that they came from.
func buried(t *testing.T, bodies []string, options ...func(*sqs.Options)) (dead *queue.DeadLetters, main *queue.Queue[string]) {
	t.Helper()
	e := emulator.ForTest(t)
	mainURL, deadURL := e.NewQueue(t, "InboundQueue")
	plain := sqs.NewFromConfig(e.Config())
	for _, body := range bodies {
		_, err := plain.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &deadURL, MessageBody: aws.String(fmt.Sprintf("%q", body)), MessageGroupId: aws.String("group-of-" + body)})
		if err != nil {
			t.Fatal(err)
		}
	}
	dead = &queue.DeadLetters{Client: sqs.NewFromConfig(e.Config(), options...), Name: "inbound", URL: deadURL, Main: mainURL}
	return dead, &queue.Queue[string]{Client: plain, URL: mainURL}
}

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

// arrived takes everything off a queue and returns it sorted.
func arrived(t *testing.T, q *queue.Queue[string]) (bodies []string) {
	t.Helper()
	for {
		got, err := q.Receive(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 0 {
			slices.Sort(bodies)
			return bodies
		}
		for _, r := range got {
			bodies = append(bodies, r.Value)
		}
	}
}

func TestLookingAtDeadLettersLeavesThemWhereTheyAre(t *testing.T) {
	t.Parallel()
	d, _ := buried(t, many(23))
	letters, err := d.List(t.Context(), 100)
	if err != nil || len(letters) != 23 {
		t.Fatalf("%d listed, %v", len(letters), err)
	}
	for _, l := range letters {
		if l.Queue != "inbound" || l.ID == "" || l.Group != "group-of-"+l.Body[1:3] || l.Receives != 1 || l.Sent.IsZero() || l.First.IsZero() {
			t.Errorf("%+v", l)
		}
	}
	if again := listed(t, d); len(again) != 23 { // at once, though it was just looked at
		t.Errorf("looked again: %d", len(again))
	}
	if few, err := d.List(t.Context(), 5); err != nil || len(few) != 5 || few[0].Receives != 3 {
		t.Errorf("asked for five: %d, received %d times, %v", len(few), few[0].Receives, err)
	}
	if n, err := d.Waiting(t.Context()); n != 23 || err != nil {
		t.Errorf("%d wait, %v", n, err)
	}
}

func TestAMessageThatItsFunctionGaveUpOnIsListedWithHowOftenItWasTried(t *testing.T) {
	t.Parallel()
	d, main := buried(t, nil)
	main.Group = func(string) string { return "U1" }
	if err := main.Send(t.Context(), "poison", 0); err != nil {
		t.Fatal(err)
	}
	for range 20 { // as template.yaml has it
		got, err := main.Receive(t.Context(), 1)
		if err != nil || len(got) != 1 {
			t.Fatalf("received %d, %v", len(got), err)
		}
		if err := main.GiveBack(t.Context(), got[0].Receipt); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := main.Receive(t.Context(), 1); err != nil || len(got) != 0 {
		t.Fatalf("received once more: %d, %v", len(got), err)
	}
	letters, err := d.List(t.Context(), 10)
	if err != nil || len(letters) != 1 || letters[0].Body != `"poison"` || letters[0].Group != "U1" || letters[0].Receives < 20 {
		t.Errorf("%+v, %v", letters, err)
	}
}

func TestDeadLettersGoBackToTheirQueueWhole(t *testing.T) {
	t.Parallel()
	bodies := many(23)
	d, main := buried(t, bodies)
	out, err := d.Redrive(t.Context(), "")
	if err != nil || out != (desk.Redriven{Queue: "inbound", Redriven: 23}) {
		t.Errorf("%+v, %v", out, err)
	}
	if diff := cmp.Diff(bodies, arrived(t, main)); diff != "" {
		t.Error(diff)
	}
	if left := listed(t, d); len(left) != 0 {
		t.Errorf("still there: %v", left)
	}
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
		if _, err := again.Redrive(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		all := append(first, arrived(t, main)...)
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

func TestDeadLettersAreAskedForByTheNameOfTheirQueue(t *testing.T) {
	t.Parallel()
	inbound, _ := buried(t, many(2))
	due, main := buried(t, many(1))
	due.Name = "due"
	all := queue.DeadLetterQueues{inbound, due}
	backlogs, err := all.Backlogs(t.Context())
	if diff := cmp.Diff([]desk.Backlog{{Queue: "inbound", Waiting: 2}, {Queue: "due", Waiting: 1}}, backlogs); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for name, want := range map[string]int{"": 3, "inbound": 2, "due": 1} {
		if got, err := all.List(t.Context(), name, 10); err != nil || len(got) != want {
			t.Errorf("%q: %d, %v", name, len(got), err)
		}
	}
	if out, err := all.Redrive(t.Context(), "due", ""); err != nil || out.Redriven != 1 || len(arrived(t, main)) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	if _, err := all.List(t.Context(), "tier9", 10); !errors.Is(err, desk.ErrInvalid) {
		t.Errorf("of no queue: %v", err)
	}
	if _, err := all.Redrive(t.Context(), "", ""); !errors.Is(err, desk.ErrInvalid) {
		t.Errorf("of all at once: %v", err)
	}
}
