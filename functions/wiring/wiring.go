// Package wiring reads what functions are told by their environment and puts
// their common parts together. Nothing here decides anything about tickets.
package wiring

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/logging"

	"example.com/skala/infra/policy"
	"example.com/skala/shared/bedrock"
	"example.com/skala/shared/channel"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo"
	"example.com/skala/shared/fetch"
	"example.com/skala/shared/health"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/nudge"
	"example.com/skala/shared/people"
	"example.com/skala/shared/people/roster"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/policy/versions"
	"example.com/skala/shared/queue"
	"example.com/skala/shared/secret"
)

// Common is what every function has.
type Common struct {
	Getenv  func(string) string
	Log     *slog.Logger
	Metrics *metrics.Recorder
	Now     func() time.Time
	Store   *dynamo.Store
	sqs     *sqs.Client
	read    *secret.Reader
	aws     aws.Config
}

// An Input is what a function is given from outside: its environment, where its
// log goes, and how its AWS clients are configured. Tests record and fail the
// calls of the very parts that run in Lambda through Configure.
type Input struct {
	Getenv    func(string) string
	Log       io.Writer
	Configure func(*aws.Config) // nil to leave it as the environment says
	Now       func() time.Time  // nil for the time of day
}

// Open puts the common parts together. It fails when one of the variables that
// the function needs is empty, and names all of them.
func Open(ctx context.Context, in Input, needs ...string) (*Common, error) {
	getenv := in.Getenv
	var missing []string
	for _, name := range append([]string{"TABLE", "PEPPER"}, needs...) {
		if getenv(name) == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("not set: %s", strings.Join(missing, ", "))
	}
	out := &lines{w: in.Log}
	log := logs.New(out)
	cfg, err := config.LoadDefaultConfig(ctx, config.WithLogger(logging.LoggerFunc(func(_ logging.Classification, format string, args ...any) {
		log.Warn("library says", "says", fmt.Sprintf(format, args...))
	})))
	if err != nil {
		return nil, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	cfg.Retryer = retries
	if in.Configure != nil {
		in.Configure(&cfg)
	}
	c := &Common{Getenv: getenv, Now: in.Now, Log: log, sqs: sqs.NewFromConfig(cfg), read: &secret.Reader{Config: cfg}, aws: cfg}
	if c.Now == nil {
		c.Now = now
	}
	c.Metrics = &metrics.Recorder{Out: out, Stack: getenv("METRICS_STACK"), Now: c.Now}
	pepper, err := c.Secret(ctx, "PEPPER")
	if err != nil {
		return nil, err
	}
	c.Store = &dynamo.Store{Client: dynamodb.NewFromConfig(cfg), Table: getenv("TABLE"), Pepper: pepper}
	return c, nil
}

// maxBackoff is how long a client waits before it asks AWS again. By its own lights
// it would wait up to 20 s: the door, which asks the queue and then the table, could
// not tell a platform to come again before its time is up.
const maxBackoff = time.Second

func retries() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = maxBackoff })
}

// Secret reads what the variable refers to.
func (c *Common) Secret(ctx context.Context, name string) ([]byte, error) {
	value, err := c.read.Read(ctx, c.Getenv(name))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return value, nil
}

// Accounts reads as much of the accounts file as use asks for.
func (c *Common) Accounts(ctx context.Context, use platform.Use) (*platform.Accounts, error) {
	doc, err := c.Secret(ctx, "ACCOUNTS")
	if err != nil {
		return nil, err
	}
	return platform.Load(doc, c.Getenv("ACCOUNTS"), use)
}

// Notify reads the file of notifications.
func (c *Common) Notify(ctx context.Context) (*channel.File, error) {
	doc, err := c.Secret(ctx, "NOTIFY")
	if err != nil {
		return nil, err
	}
	return channel.Load(doc, c.Getenv("NOTIFY"))
}

// Reach reads of the file of notifications what people can choose of it.
func (c *Common) Reach(ctx context.Context) (people.Reach, error) {
	doc, err := c.Secret(ctx, "NOTIFY")
	if err != nil {
		return people.Reach{}, err
	}
	return channel.LoadReach(doc, c.Getenv("NOTIFY"))
}

// Inbound is the queue of raw events. A noisy account starves no other.
func (c *Common) Inbound() *queue.Queue[desk.RawEvent] {
	return &queue.Queue[desk.RawEvent]{Client: c.sqs, URL: c.Getenv("INBOUND_QUEUE_URL"), Group: func(e desk.RawEvent) string { return e.Account }}
}

// Fetch is the queue of events whose content is to be fetched. They go side by
// side, whosever they are: one platform's silence is nobody else's wait.
func (c *Common) Fetch() *queue.Queue[desk.RawEvent] {
	return &queue.Queue[desk.RawEvent]{Client: c.sqs, URL: c.Getenv("FETCH_QUEUE_URL")}
}

// Jobs is the same queue as those who take from it and put off see it.
func (c *Common) Jobs() *queue.Queue[fetch.Job] {
	return &queue.Queue[fetch.Job]{Client: c.sqs, URL: c.Getenv("FETCH_QUEUE_URL")}
}

// Nudges is the queue that a variable names.
func (c *Common) Nudges(name string) *queue.Queue[desk.Nudge] {
	return &queue.Queue[desk.Nudge]{Client: c.sqs, URL: c.Getenv(name)}
}

// Tiers are the queues that agents take from.
func (c *Common) Tiers() *queue.Tiers {
	tiers := &queue.Tiers{}
	for tier := range tiers {
		tiers[tier] = c.Nudges(fmt.Sprintf("TIER%d_QUEUE_URL", tier))
	}
	return tiers
}

// DeadLetters are those of every queue.
func (c *Common) DeadLetters() queue.DeadLetterQueues {
	var all queue.DeadLetterQueues
	for _, name := range queueNames {
		variable := strings.ToUpper(name)
		all = append(all, &queue.DeadLetters{
			Client: c.sqs, Name: name, URL: c.Getenv(variable + "_DEAD_LETTERS_URL"), Main: c.Getenv(variable + "_QUEUE_URL"), Wait: time.Second,
		})
	}
	return all
}

var queueNames = []string{"inbound", "fetch", "outbound", "due", "notices", "tier0", "tier1", "tier2", "tier3", "tier4"}

// DeadLettersNeeds are the variables that DeadLetters reads.
func DeadLettersNeeds() []string {
	var needs []string
	for _, name := range queueNames {
		variable := strings.ToUpper(name)
		needs = append(needs, variable+"_DEAD_LETTERS_URL", variable+"_QUEUE_URL")
	}
	return needs
}

// Nudger tells tiers, courier, due queue and notifier what a change asks for.
func (c *Common) Nudger() *nudge.Nudger {
	book := c.People()
	return &nudge.Nudger{
		Tiers: c.Tiers(), Outbound: c.Nudges("OUTBOUND_QUEUE_URL"), Due: c.Nudges("DUE_QUEUE_URL"), Notices: c.Nudges("NOTICES_QUEUE_URL"),
		Assigning: func(ctx context.Context) bool {
			d, err := book.Directory(ctx)
			return err == nil && d.Assigning() // else the sweep looks
		},
	}
}

// NudgerNeeds are the variables that Nudger reads.
var NudgerNeeds = []string{"TIER0_QUEUE_URL", "TIER1_QUEUE_URL", "TIER2_QUEUE_URL", "TIER3_QUEUE_URL", "TIER4_QUEUE_URL", "OUTBOUND_QUEUE_URL", "DUE_QUEUE_URL", "NOTICES_QUEUE_URL"}

// Policies are the versions of the policy in the table, the embedded one where
// none was ever put there. The active one is read now, while the function starts
// and has a whole processor; when that fails, whoever needs it tries again.
func (c *Common) Policies(ctx context.Context) *versions.Book {
	book := &versions.Book{Versions: c.Store, Default: policy.Default, Now: c.Now}
	if _, err := book.Active(ctx); err != nil {
		c.Log.WarnContext(ctx, "policy not read at the start", "err", err)
	}
	return book
}

// Releaser lets replies go that waited for their accounts. It needs OUTBOUND_QUEUE_URL.
func (c *Common) Releaser(policies *versions.Book) *health.Releaser {
	return &health.Releaser{Accounts: c.Store, Waiting: c.Store, Tickets: c.Store, Policies: policies, Outbound: c.Nudges("OUTBOUND_QUEUE_URL"), Now: c.Now, Log: c.Log}
}

// People is the directory of the table, ten seconds old at most.
func (c *Common) People() *roster.Book { return &roster.Book{Reader: c.Store, Now: c.Now} }

// SecondOpinion asks language models what messages are about.
func (c *Common) SecondOpinion() *bedrock.Client {
	return &bedrock.Client{
		Credentials: c.aws.Credentials, Region: c.aws.Region, Endpoint: c.Getenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME"), Now: c.Now,
		HTTP: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// lines lets the log and the metrics share a writer, each line whole.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(line)
}

// now is the one clock of a function. Nothing here is finer than a millisecond,
// and what is written of an instant takes its place in every item.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
