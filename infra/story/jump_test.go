package story_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
)

// stepsOf are the warnings and steps of the author's ticket, and how often each is
// in its log.
func stepsOf(d *story.Desk, author string) map[string]int {
	d.T.Helper()
	log, err := d.Store.Log(d.T.Context(), d.Of(author).ID)
	if err != nil {
		d.T.Fatal(err)
	}
	steps := map[string]int{}
	for _, e := range log {
		if e.Metric != "" {
			steps[fmt.Sprintf("%s %s %d/%d", e.What, e.Metric, e.Cycle, e.Level)]++
		}
	}
	return steps
}

// onceEach fails where something was done twice, or a deadline that passes on a calm
// day was missed by nobody. Steps after the first are so long after the one before
// it as was decided late, and a deadline that has passed needs no warning.
func onceEach(t *testing.T, got, want map[string]int) {
	t.Helper()
	for step, n := range got {
		if n != 1 {
			t.Errorf("%s, %d times", step, n)
		}
	}
	for step := range want {
		if strings.HasPrefix(step, string(desk.Breached)) && strings.HasSuffix(step, "/1") && got[step] == 0 {
			t.Errorf("no %s in %v", step, got)
		}
	}
}

func TestAClockThatJumpsDoesNothingTwiceAndSkipsNothing(t *testing.T) {
	t.Parallel()
	calm := story.Tell(t, policy.Default)
	calm.Says("somchai", chargedTwice)
	calm.FastForward(40 * time.Minute)
	want := stepsOf(calm, "somchai")
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			d := story.Tell(t, policy.Default)
			r := rand.New(rand.NewPCG(seed, 8))
			d.Says("somchai", chargedTwice)
			for right := d.Now(); right.Before(story.Noon.Add(40 * time.Minute)); {
				by := time.Duration(r.Int64N(int64(8 * time.Minute)))
				d.FastForward(by)
				right = right.Add(by)
				wrong := right // set right, or an hour off
				if r.IntN(2) == 0 {
					wrong = right.Add(time.Duration(r.IntN(3)-1) * time.Hour)
				}
				d.SetTime(wrong)
				d.Works(desk.Nudge{Ticket: d.Of("somchai").ID})
				d.FastForward(time.Second)
				d.SetTime(right)
			}
			d.SetTime(story.Noon.Add(2 * time.Hour)) // past all that was an hour ahead
			d.FastForward(time.Minute)
			onceEach(t, stepsOf(d, "somchai"), want)
		})
	}
}

func TestSweepsThatAreMissedDoubledOrLateComeToTheSame(t *testing.T) {
	t.Parallel()
	calm := story.Tell(t, policy.Default)
	calm.Says("somchai", chargedTwice)
	calm.FastForward(20 * time.Minute)
	want := stepsOf(calm, "somchai")
	for name, sweep := range map[string]func(d *story.Desk){
		"doubled": func(d *story.Desk) {
			for range 20 {
				d.Sweeps()
				d.FastForward(time.Minute)
				d.Sweeps()
			}
		},
		"each a minute late": func(d *story.Desk) {
			d.SweepDown = true
			for range 10 {
				d.FastForward(2 * time.Minute)
				d.Sweeps()
			}
			d.FastForward(0)
		},
		"missed for a while": func(d *story.Desk) {
			d.FastForward(time.Minute)
			d.SweepDown = true
			d.FastForward(18 * time.Minute)
			d.SweepDown = false
			d.FastForward(time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := story.Tell(t, policy.Default)
			d.Says("somchai", chargedTwice)
			sweep(d)
			onceEach(t, stepsOf(d, "somchai"), want)
		})
	}
}

// TestATicketThatNobodyCanReadHoldsUpNoOther has one whose item is broken among
// others that are due.
func TestATicketThatNobodyCanReadHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Unsound = true
	id := map[string]desk.TicketID{}
	for _, author := range []string{"somchai", "malee", "pedro"} {
		d.Says(author, chargedTwice)
		id[author] = d.Of(author).ID
	}
	thread, _, _ := id["malee"].Split()
	_, err := d.Store.Client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName:                 &d.Store.Table,
		Key:                       map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "C#" + thread}, "sk": &types.AttributeValueMemberS{Value: "HEAD"}},
		UpdateExpression:          aws.String("SET t = :t"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":t": &types.AttributeValueMemberB{Value: []byte("poison")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.SetTime(story.Noon.Add(3 * time.Minute))
	d.Sweeps()
	worker, audit := d.Fails()
	if len(worker) != 1 || worker[id["malee"]] == nil || audit == nil {
		t.Errorf("the worker fails with %v, the audit with %v", worker, audit)
	}
	for _, author := range []string{"somchai", "pedro"} {
		log, err := d.Store.Log(t.Context(), id[author])
		if err != nil || log[len(log)-1].What != desk.Breached {
			t.Errorf("the last of %s's ticket is %s, %v", author, log[len(log)-1].What, err)
		}
	}
}
