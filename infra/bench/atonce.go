package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	escalate "example.com/skala/functions/escalate/assembly"
	"example.com/skala/functions/wiring"
	"example.com/skala/infra/emulator"
	"example.com/skala/infra/faults"
	"example.com/skala/infra/figures"
	"example.com/skala/infra/template"
	"example.com/skala/shared/desk"
)

// How many tickets fall due at one instant, how many instances of the function
// work on them side by side, a batch each at a time, and how often either program
// is measured.
const (
	atOnce    = 3000
	instances = 4
	tens      = 10
	turns     = 3
)

// A backlogReport is what it takes to act on a backlog, beside a plain program that
// makes the very same calls of AWS and nothing else.
type backlogReport struct {
	figures.About
	Due        int            `json:"due"`
	Acted      int            `json:"acted"` // breaches that stand in the table afterwards
	Calls      int            `json:"calls"`
	CallsOf    map[string]int `json:"calls_by_operation"`
	Wall       float64        `json:"wall_s"` // median of the rounds, as all below
	PlainWall  float64        `json:"plain_wall_s"`
	Ratio      float64        `json:"ratio"` // of those two
	SweepWall  float64        `json:"sweep_wall_s"`
	PlainSweep float64        `json:"plain_sweep_wall_s"`
	CPU        float64        `json:"cpu_s"` // of the whole process: user and system
	PlainCPU   float64        `json:"plain_cpu_s"`
	OwnCPU     float64        `json:"own_cpu_s"` // what the product adds to its calls
	Rounds     int            `json:"rounds"`
	Load       string         `json:"load"` // of the machine, before the rounds and after
}

// A backlog is what is due, and how to make it due again and again.
type backlog struct {
	e      *emulator.Emulator
	t      *template.Template
	prefix string
	root   string
	dir    string
	items  []map[string]types.AttributeValue
	now    time.Time // by the function's clock, when it begins
	due    []events.SQSMessage
}

// measureBacklog has 3,000 tickets miss their first deadline at one instant. The
// product is functions/escalate as it is put together for Lambda: one invocation by
// the schedule, then instances that take ten nudges each. What it asks of AWS is
// recorded once; the plain program asks the same of an equal table, call by call,
// with as many side by side. Both poll no queue, which AWS does for either.
func measureBacklog(ctx context.Context, root string, e *emulator.Emulator, t *template.Template) (r backlogReport, err error) {
	began := time.Now()
	b := &backlog{e: e, t: t, root: root}
	if b.dir, err = os.MkdirTemp("", "skala-bench-"); err != nil {
		return r, err
	}
	defer os.RemoveAll(b.dir)
	r.About, r.Due, r.Rounds = figures.Here(ctx, root, emulatorName()), atOnce, turns
	if err := b.fill(ctx); err != nil {
		return r, err
	}
	if len(b.due) != atOnce {
		return r, fmt.Errorf("%d tickets are due, not %d", len(b.due), atOnce)
	}
	script, err := b.record(ctx)
	if err != nil {
		return r, err
	}
	r.Calls, r.CallsOf = script.counted()
	var product, plain []spent
	before := loadAverage()
	for range turns {
		one, acted, err := b.product(ctx)
		if err != nil {
			return r, err
		}
		if r.Acted = acted; acted != atOnce {
			return r, fmt.Errorf("%d of %d were acted on", acted, atOnce)
		}
		other, err := b.plainly(ctx, script)
		if err != nil {
			return r, err
		}
		product, plain = append(product, one), append(plain, other)
	}
	r.Load = before + " before, " + loadAverage() + " after"
	r.Wall, r.PlainWall = middle(product, spent.wall), middle(plain, spent.wall)
	r.SweepWall, r.PlainSweep = middle(product, spent.sweeping), middle(plain, spent.sweeping)
	r.CPU, r.PlainCPU = middle(product, spent.processor), middle(plain, spent.processor)
	r.Ratio, r.OwnCPU = r.Wall/r.PlainWall, r.CPU-r.PlainCPU
	r.Took = time.Since(began).Seconds()
	return r, nil
}

// A spent is what one program took for all of it.
type spent struct{ sweep, acts, cpu time.Duration }

func (s spent) wall() float64      { return (s.sweep + s.acts).Seconds() }
func (s spent) sweeping() float64  { return s.sweep.Seconds() }
func (s spent) processor() float64 { return s.cpu.Seconds() }

// middle is the median of what was measured.
func middle(of []spent, what func(spent) float64) float64 {
	var all []float64
	for _, s := range of {
		all = append(all, what(s))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// fill makes the tickets, and keeps the table's items and the nudges that they ask
// for. All were received at one instant: the first clock of each has just missed.
func (b *backlog) fill(ctx context.Context) error {
	g, err := openGround(ctx, b.e, b.t)
	if err != nil {
		return err
	}
	received := now().Truncate(time.Second)
	err = g.open(ctx, atOnce, func() (desk.RawEvent, error) {
		raw, err := g.raw(newPost(chargedTwice, received))
		raw.Received = received
		return raw, err
	})
	if err != nil {
		return errors.Join(fmt.Errorf("making what is due: %w", err), g.close(ctx))
	}
	b.now = received.Add(acknowledged + time.Second)
	due, err := g.plain.Due(ctx, b.now, 2*atOnce)
	if err != nil {
		return errors.Join(err, g.close(ctx))
	}
	for i, d := range due {
		b.due = append(b.due, events.SQSMessage{MessageId: strconv.Itoa(i), Body: string(encode(d.Nudge)), EventSource: "aws:sqs",
			Attributes: map[string]string{"ApproximateReceiveCount": "1"}})
	}
	pages := dynamodb.NewScanPaginator(g.plain.Client, &dynamodb.ScanInput{TableName: &g.plain.Table, ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return errors.Join(fmt.Errorf("keeping what is due: %w", err), g.close(ctx))
		}
		b.items = append(b.items, page.Items...)
	}
	return g.close(ctx)
}

// acknowledged is when the first clock of the bench's critical message falls due,
// by the default policy.
const acknowledged = 3 * time.Minute

// again makes table and queues as they were when everything fell due, always by the
// same names.
func (b *backlog) again(ctx context.Context) (*ground, error) {
	if b.prefix == "" {
		b.prefix = "bench-backlog-" + strconv.FormatInt(time.Now().UnixNano(), 36) + "-"
	}
	stack, err := b.e.Create(ctx, b.t, b.prefix)
	if err != nil {
		return nil, err
	}
	g := &ground{emulator: b.e, template: b.t, stack: stack}
	return g, putAll(ctx, b.e.DynamoDB(), stack.Tables["Table"], b.items)
}

// function is escalate as Lambda has it, on g, its clock at the instant at which
// everything is due.
func (b *backlog) function(ctx context.Context, g *ground, heard func(faults.Call)) (*instance, error) {
	env, err := g.environment(b.root, b.dir)
	if err != nil {
		return nil, err
	}
	of := map[string]string{}
	for _, f := range b.t.Functions {
		if strings.HasSuffix(f.Dir, "/escalate") {
			for _, pair := range env[f.ID] {
				name, value, _ := strings.Cut(pair, "=")
				of[name] = value
			}
		}
	}
	started := time.Now()
	f, err := escalate.Open(ctx, wiring.Input{
		Getenv: func(name string) string { return of[name] }, Log: io.Discard,
		Now: func() time.Time { return b.now.Add(time.Since(started)).Truncate(time.Millisecond) },
		Configure: func(cfg *aws.Config) {
			retryer := cfg.Retryer
			*cfg = b.e.Config()
			cfg.Retryer = retryer
			if heard != nil {
				(&faults.Process{Recorded: heard}).Watch(cfg)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	return &instance{lambda.NewHandler(f.Handler())}, nil
}

// An instance is the function as the runtime of Lambda invokes it.
type instance struct{ handler lambda.Handler }

func (i *instance) swept(ctx context.Context) error {
	_, err := i.handler.Invoke(ctx, []byte(`{}`))
	return err
}

// take gives it a batch, as the payload that the poller of a queue makes.
func (i *instance) take(ctx context.Context, payload []byte) error {
	answer, err := i.handler.Invoke(ctx, payload)
	return errors.Join(err, answeredWell(answer))
}

// batches are the payloads of all that is due, so many records in each.
func (b *backlog) batches(records int) (payloads [][]byte) {
	for some := range slices.Chunk(b.due, records) {
		payloads = append(payloads, encode(events.SQSEvent{Records: some}))
	}
	return payloads
}

// product has the product act, and counts the breaches that it leaves behind.
func (b *backlog) product(ctx context.Context) (s spent, acted int, err error) {
	g, err := b.again(ctx)
	if err != nil {
		return s, 0, err
	}
	defer func() { err = errors.Join(err, g.close(ctx)) }()
	var functions [instances]*instance
	for i := range functions {
		if functions[i], err = b.function(ctx, g, nil); err != nil {
			return s, 0, err
		}
	}
	payloads := b.batches(tens)
	s, err = timed(func() error { return functions[0].swept(ctx) }, func() error {
		return sideBySide(ctx, instances, payloads, func(lane int, payload []byte) error { return functions[lane].take(ctx, payload) })
	})
	if err != nil {
		return s, 0, err
	}
	acted, err = breaches(ctx, b.e.DynamoDB(), g.stack.Tables["Table"])
	return s, acted, err
}

// timed runs the two parts of a program, with nothing of an earlier one left to
// clean up.
func timed(sweep, acts func() error) (s spent, err error) {
	runtime.GC()
	cpu, began := used(), time.Now()
	if err := sweep(); err != nil {
		return s, err
	}
	s.sweep = time.Since(began)
	began = time.Now()
	if err := acts(); err != nil {
		return s, err
	}
	s.acts, s.cpu = time.Since(began), used()-cpu
	return s, nil
}

// used is the processor time of this process so far.
func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // of oneself it can be asked always
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// sideBySide does all of work in so many lanes, until one fails.
func sideBySide[T any](ctx context.Context, lanes int, work []T, do func(lane int, one T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan T, len(work))
	for _, one := range work {
		next <- one
	}
	close(next)
	var all sync.WaitGroup
	for lane := range lanes {
		all.Go(func() {
			for one := range next {
				if ctx.Err() != nil {
					return
				}
				if err := do(lane, one); err != nil {
					cancel(err)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// breaches counts those that stand in a table, of all tickets.
func breaches(ctx context.Context, client *dynamodb.Client, table string) (n int, err error) {
	pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: &table, ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return n, fmt.Errorf("counting breaches: %w", err)
		}
		for _, item := range page.Items {
			if sk, ok := item["sk"].(*types.AttributeValueMemberS); ok && strings.HasPrefix(sk.Value, "L#") {
				n++
			}
		}
	}
	return n, nil
}

// putAll writes items into a table, 25 at a time.
func putAll(ctx context.Context, client *dynamodb.Client, table string, items []map[string]types.AttributeValue) error {
	return sideBySide(ctx, instances, slices.Collect(slices.Chunk(items, 25)), func(_ int, some []map[string]types.AttributeValue) error {
		var puts []types.WriteRequest
		for _, item := range some {
			puts = append(puts, types.WriteRequest{PutRequest: &types.PutRequest{Item: item}})
		}
		for len(puts) > 0 {
			out, err := client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table: puts}})
			if err != nil {
				return fmt.Errorf("filling a table: %w", err)
			}
			puts = out.UnprocessedItems[table]
		}
		return nil
	})
}
