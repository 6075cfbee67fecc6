package matrix

import (
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/infra/crash/world"
	"example.com/skala/shared/desk"
)

// untimed is a setup: the run's ticket is in no index of what is due any more, and no
// queue has a nudge for it.
func untimed(r *Run) error {
	thread, _, _ := r.Ticket.Split()
	_, err := r.World.Store.Client.UpdateItem(r.Ctx, &dynamodb.UpdateItemInput{
		TableName:        &r.World.Store.Table,
		Key:              map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "C#" + thread}, "sk": &types.AttributeValueMemberS{Value: "HEAD"}},
		UpdateExpression: aws.String("REMOVE gsi2pk, gsi2sk"),
	})
	if err != nil {
		return fmt.Errorf("losing a timer: %w", err)
	}
	return lose("DueQueue", "OutboundQueue", "Tier1Queue", "Tier3Queue")(r)
}

// damaged is a setup: the run's ticket is not what its log says.
func damaged(r *Run) error {
	head, err := r.World.Store.Head(r.Ctx, r.Ticket)
	if err != nil {
		return err
	}
	is := head.Ticket
	is.Tier, is.Clocks = desk.SelfService, slices.Clone(is.Clocks[:1])
	is.Clocks[0].State = desk.Paused
	return r.World.Store.Mend(r.Ctx, head, is, time.Time{})
}

// rounded is a setup: the rounds of the audit go on in the middle of all there is, as
// on a desk that no run sees whole.
func rounded(r *Run) error {
	behind := base64.RawURLEncoding.EncodeToString([]byte("9999"))
	return r.World.Store.Patrolled(r.Ctx, desk.Patrols{Every: behind, Until: r.World.Now()})
}

// finds is the act of the audit's schedule until it has found and mended the run's
// ticket: what fails, or an index does not show yet, is done the next time.
func finds(r *Run) (bool, error) {
	return r.World.Sweep(r.Ctx, "Audit") == nil && timed(r) == nil, nil
}

// timed is a check: the run's ticket is where it should be found.
func timed(r *Run) error {
	head, err := r.World.Store.Head(r.Ctx, r.Ticket)
	if err != nil {
		return err
	}
	due := head.DueAt(r.World.Policy.Plan)
	if want := r.World.Store.Places(head.Ticket, due); head.Places != want {
		return fmt.Errorf("ticket %s is at %+v, not %+v", r.Ticket, head.Places, want)
	}
	if !due.IsZero() && r.World.Now().Sub(due) > time.Minute && len(r.World.Waiting("DueQueue")) == 0 {
		return fmt.Errorf("ticket %s was due at %v, and nobody is told", r.Ticket, due)
	}
	return nil
}

// waits is the act of the audit's schedule until a queue has been told of something.
func waits(queue string) func(*Run) (bool, error) {
	return func(r *Run) (bool, error) {
		return r.World.Sweep(r.Ctx, "Audit") == nil && len(r.World.Waiting(queue)) > 0, nil
	}
}

// jump is a setup: the clock jumps, forward or back.
func jump(by time.Duration) func(*Run) error {
	return func(r *Run) error {
		r.World.Turn(by)
		return nil
	}
}

// onceEach is a check: no warning and no step of a chain is in the ticket's log twice.
func onceEach(r *Run) error {
	log, err := r.World.Store.Log(r.Ctx, r.Ticket)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, e := range log {
		what := fmt.Sprintf("%s of %s %d/%d", e.What, e.Metric, e.Cycle, e.Level)
		if e.Metric != "" && seen[what] {
			return fmt.Errorf("%s, twice", what)
		}
		seen[what] = true
	}
	return nil
}

// Audits are the steps of the audit that looks for what the desk has forgotten.
func Audits() []Step {
	critically := opened(world.Line, critical)
	all := []Step{
		{Name: "audit finds a timer", Setup: chain(critically, untimed)},
		{Name: "audit finds a timer long past", Setup: chain(critically, untimed, pass(10*time.Minute))},
		{Name: "audit mends a head", Setup: chain(critically, damaged, lose("DueQueue"))},
		// One of these is enough: it asks for each list of each brand, several times.
		{Name: "audit goes its rounds", Setup: chain(critically, solved, untimed, rounded, pass(8*24*time.Hour))},
		{Name: "audit tells a tier again", Setup: chain(opened(world.Line, low), lose("Tier1Queue"), pass(17*time.Minute)), Act: waits("Tier1Queue"), Tells: true},
		{Name: "audit tells the courier again", Setup: chain(replied(world.Line), lose("OutboundQueue"), pass(3*time.Minute)), Act: waits("OutboundQueue")},
		{Name: "audit tells of a spilled event", Setup: chain(hook(says(world.Line, malee, 1, critical)), func(r *Run) error {
			r.World.Plan(inboundDown)
			defer r.World.Plan(nil)
			return r.arrive(r.Hook)
		}, pass(2*time.Minute)), Act: waits("DueQueue")},
		{Name: "audit tells of a notice", Setup: chain(critically, due(181*time.Second), deliveredOnce, lose("NoticesQueue"), pass(2*time.Minute)), Act: waits("NoticesQueue")},
	}
	for i := range all {
		all[i].In = "Audit"
		if all[i].Act == nil {
			all[i].Act, all[i].Check = finds, timed
		}
	}
	return all
}

// late are the steps of a sweep and a worker for whom time does not go as it should.
func late() []Step {
	critically := opened(world.Line, critical)
	const hour = time.Hour
	return []Step{
		{Name: "sweep late", Setup: chain(critically, lose("DueQueue"), pass(10*time.Minute)), Act: sweeps, Check: logged(desk.Breached)},
		{Name: "sweep again", Setup: chain(critically, lose("DueQueue"), pass(time.Minute), func(r *Run) error { return r.World.Sweep(r.Ctx, "Escalate") }), Act: sweeps, Check: onceEach},
		{Name: "sweep while the clock is ahead", Setup: chain(critically, lose("DueQueue"), jump(hour)), Act: sweeps, Check: onceEach},
		{Name: "due after the clock went back", Setup: chain(critically, due(181*time.Second), jump(-hour)), Check: onceEach},
		{Name: "due while the clock is ahead", Setup: chain(critically, due(136*time.Second), jump(hour)), Check: onceEach},
		{Name: "due again after the clock went back", Setup: chain(critically, due(181*time.Second), jump(hour), deliveredOnce, jump(-hour), func(r *Run) error {
			return r.World.Put(r.Ctx, "DueQueue", desk.Nudge{Ticket: r.Ticket})
		}), Check: onceEach},
	}
}
