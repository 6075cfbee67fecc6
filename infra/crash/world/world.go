// Package world is a whole desk in one process, for making it fail: the functions
// as their assemblies put them together, on real tables and queues of an emulator,
// invoked with the events that Lambda would hand them, under a clock that is moved
// and never waited for. Around it stand those who would be there: platforms that
// post and take replies, the provider that people sign in with, the event sources
// that take from queues and give back what failed.
//
// It decides nothing about what goes wrong, which is package faults', nor about
// what is right afterwards, which is the oracle's.
package world

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	audit "example.com/skala/functions/audit/assembly"
	console "example.com/skala/functions/console/assembly"
	courier "example.com/skala/functions/courier/assembly"
	escalate "example.com/skala/functions/escalate/assembly"
	fetch "example.com/skala/functions/fetch/assembly"
	notify "example.com/skala/functions/notify/assembly"
	triage "example.com/skala/functions/triage/assembly"
	webhook "example.com/skala/functions/webhook/assembly"
	"example.com/skala/functions/wiring"
	"example.com/skala/infra/emulator"
	"example.com/skala/infra/faults"
	"example.com/skala/infra/simulator/idp"
	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/infra/template"
	"example.com/skala/shared/dynamo"
	"example.com/skala/shared/policy"
)

// The accounts and the policy of every world.
var (
	//go:embed accounts.yaml
	Accounts []byte
	//go:embed policy.yaml
	Policy []byte
)

// assemblies put the template's functions together, by logical id.
var assemblies = map[string]func(context.Context, wiring.Input) (*wiring.Function, error){
	"Webhook": webhook.Open, "Triage": triage.Open, "Escalate": escalate.Open, "Fetch": fetch.Open, "Courier": courier.Open, "Notify": notify.Open, "Console": console.Open, "Audit": audit.Open,
}

// Functions lists the functions by logical id.
func Functions() []string { return slices.Sorted(maps.Keys(assemblies)) }

// Noon is when worlds begin: a Monday, and one to come, since the emulator takes
// away what is past its time to live by the day it is.
var Noon = time.Date(2031, 3, 3, 12, 0, 0, 0, time.UTC)

// address is where people open the console.
const address = "https://desk.example"

// A World is one desk. Functions may be invoked side by side; what resets it may
// not.
type World struct {
	Template *template.Template
	Stack    *emulator.Stack
	Store    *dynamo.Store  // of the table, for looking at it: nothing goes wrong with it
	Policy   *policy.Policy // in force
	Recorder faults.Recorder
	Ledger   *Ledger // of what the world outside was told

	emulator *emulator.Emulator
	db       *dynamodb.Client
	sqs      *sqs.Client
	http     *http.Client // to the emulator
	server   *httptest.Server
	people   *idp.Provider
	names    map[string]string            // of tables, queues and secrets, by what they are physically
	env      map[string]map[string]string // of functions, by logical id
	cold     map[string]map[string]string // the same with secrets where AWS has them
	dir      string                       // secrets
	empty    *Snapshot

	mu       sync.Mutex
	now      time.Time
	plan     faults.Plan
	warm     map[string][]*instance // by function
	dead     []*instance
	ended    func()            // hears of the end of every call
	queues   map[string]*queue // by logical id
	network  *platforms.Network
	refusal  Refusal // of what Meta is asked
	comments []Event // below videos
	deaf     Deafness
	told     []Taken          // letters that the program took
	earlier  []platforms.Sent // replies of a network before this one
	tokens   map[string]token
	cookies  map[string]string
	log      bytes.Buffer
	newest   []string // partitions written last
}

// Open makes table and queues of a new world on an emulator. Close deletes them.
func Open(ctx context.Context, e *emulator.Emulator, t *template.Template) (w *World, err error) {
	w = &World{
		Template: t, Ledger: &Ledger{}, emulator: e, names: map[string]string{}, env: map[string]map[string]string{}, cold: map[string]map[string]string{},
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32, IdleConnTimeout: idle}},
		now:  Noon, warm: map[string][]*instance{}, queues: map[string]*queue{}, tokens: map[string]token{}, cookies: map[string]string{},
	}
	cfg := w.config()
	w.db, w.sqs = dynamodb.NewFromConfig(cfg), sqs.NewFromConfig(cfg)
	if w.Policy, err = policy.Load(Policy, "the world's policy"); err != nil {
		return nil, err
	}
	if w.Stack, err = e.Create(ctx, t, "crash-"+rand.Text()+"-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close(ctx))
		}
	}()
	if w.dir, err = os.MkdirTemp("", "skala-crash-"); err != nil {
		return w, err
	}
	w.server = httptest.NewServer(http.HandlerFunc(w.serve))
	if w.people, err = idp.New(idp.Config{
		Issuer: w.server.URL + "/idp", Client: "skala-console", Redirect: address + "/auth/callback", People: idp.DemoPeople(), Now: w.Now, Log: slog.New(slog.DiscardHandler),
	}); err != nil {
		return w, err
	}
	if err := w.environments(ctx); err != nil {
		return w, err
	}
	for _, q := range t.Queues {
		w.queues[q.ID] = &queue{Queue: q, url: w.Stack.Queues[q.ID]}
		w.names[w.Stack.Queues[q.ID]] = q.ID
	}
	w.names[w.Stack.Tables["Table"]] = "Table"
	w.Store = &dynamo.Store{Client: w.db, Table: w.Stack.Tables["Table"], Pepper: []byte(pepper)}
	if err := w.connect(); err != nil {
		return w, err
	}
	if _, err = w.Store.PutPolicy(ctx, Policy, w.now); err != nil {
		return w, err
	}
	w.empty, err = w.Snapshot(ctx)
	return w, err
}

// idle is how long a connection may wait for its next request: less than the
// emulator lets it. Who sends on one that is being closed has to send again, and a
// queue then hides twice what it hands out once.
const idle = 2 * time.Second

// config is for clients of the emulator.
func (w *World) config() aws.Config {
	cfg := w.emulator.Config()
	cfg.HTTPClient = w.http
	cfg.ConfigSources = []any{endpoints{w.emulator}}
	return cfg
}

// endpoints are those of the emulator, which plays Secrets Manager beside SQS.
type endpoints struct{ *emulator.Emulator }

// GetServiceBaseEndpoint gives a client its service's address.
func (e endpoints) GetServiceBaseEndpoint(ctx context.Context, sdkID string) (string, bool, error) {
	if sdkID == secretsmanager.ServiceID {
		return e.SQSURL, true, nil
	}
	return e.Emulator.GetServiceBaseEndpoint(ctx, sdkID)
}

// pepper stands for every secret but the accounts.
const pepper = "a pepper of the worlds that fail, and a session key too"

// environments resolves what the template says of each function's environment:
// with secrets in files, and with secrets where AWS has them.
func (w *World) environments(ctx context.Context) error {
	told, err := notifications(w.server.URL)
	if err != nil {
		return err
	}
	secrets, kept := map[string]string{}, map[string]string{}
	for id, value := range map[string][]byte{
		"SigningAccounts": Accounts, "SendingAccounts": Accounts, "ReadingAccounts": Accounts, "Pepper": []byte(pepper), "SessionKey": []byte(pepper), "Notifications": told, "ReadingNotifications": told,
	} {
		path := filepath.Join(w.dir, id)
		if err := os.WriteFile(path, value, 0o600); err != nil {
			return fmt.Errorf("keeping secrets: %w", err)
		}
		secrets[id] = "file:" + path
		arn, err := w.keep(ctx, "crash-"+rand.Text()+id, value)
		if err != nil {
			return fmt.Errorf("keeping secrets: %w", err)
		}
		kept[id], w.names[arn] = arn, id
	}
	parameters := map[string]string{"OidcIssuer": w.server.URL + "/idp", "PlatformApi": w.server.URL, "PublicUrl": address}
	for _, f := range w.Template.Functions {
		if assemblies[f.ID] == nil {
			return fmt.Errorf("the template has a function %s that no world puts together", f.ID)
		}
		var err error
		if w.env[f.ID], err = w.Template.Environment(f, w.Stack.Place(secrets, parameters)); err != nil {
			return err
		}
		if w.cold[f.ID], err = w.Template.Environment(f, w.Stack.Place(kept, parameters)); err != nil {
			return err
		}
	}
	return nil
}

// keep makes a secret and returns its ARN. It may be there by a try whose answer
// was lost.
func (w *World) keep(ctx context.Context, name string, value []byte) (arn string, err error) {
	out, err := w.secrets().CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: &name, SecretBinary: value})
	if _, ok := errors.AsType[*types.ResourceExistsException](err); ok {
		there, err := w.secrets().DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &name})
		if err != nil {
			return "", err
		}
		return *there.ARN, nil
	}
	if err != nil {
		return "", err
	}
	return *out.ARN, nil
}

// secrets is a client of Secrets Manager.
func (w *World) secrets() *secretsmanager.Client {
	return secretsmanager.NewFromConfig(w.config())
}

// Close ends everything that Open began, whatever became of ctx.
func (w *World) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	w.End()
	if w.network != nil {
		w.network.Close()
	}
	if w.server != nil {
		w.server.CloseClientConnections()
		w.server.Close()
	}
	var errs []error
	for _, name := range w.Stack.Tables {
		_, err := w.db.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name})
		errs = append(errs, unlessGone(err))
	}
	for _, url := range w.Stack.Queues {
		_, err := w.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
		errs = append(errs, unlessGone(err))
	}
	for arn, id := range w.names {
		if !strings.HasPrefix(arn, "arn:") {
			continue
		}
		_, err := w.secrets().DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: &arn, ForceDeleteWithoutRecovery: aws.Bool(true)})
		if err = unlessGone(err); err != nil {
			errs = append(errs, fmt.Errorf("forgetting %s: %w", id, err))
		}
	}
	if w.dir != "" {
		errs = append(errs, os.RemoveAll(w.dir))
	}
	return errors.Join(errs...)
}

// unlessGone takes it for no error that something was deleted before: by a try
// whose answer was lost.
func unlessGone(err error) error {
	if api, ok := errors.AsType[smithy.APIError](err); ok && (strings.Contains(api.ErrorCode(), "NotFound") || strings.Contains(api.ErrorCode(), "NonExistent")) {
		return nil
	}
	return err
}

// Now is the world's clock, as fine as functions read theirs.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// Pass lets time pass in which nothing happens.
func (w *World) Pass(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(max(0, by))
}

// Turn sets the clock, forward or back, as somebody might who sets it right.
func (w *World) Turn(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(by)
}

// Plan sets what goes wrong from now on; nil for nothing.
func (w *World) Plan(p faults.Plan) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.plan = p
}

// Watch has f hear of the end of every call, from another goroutine each time; nil
// for nobody.
func (w *World) Watch(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = f
}

func (w *World) callEnded() {
	w.mu.Lock()
	f := w.ended
	w.mu.Unlock()
	if f != nil {
		f()
	}
}

// Next asks the plan of the moment.
func (w *World) Next(c faults.Call) *faults.Fault {
	w.mu.Lock()
	p := w.plan
	w.mu.Unlock()
	if p == nil {
		return nil
	}
	return p.Next(c)
}

// Log is what the functions have logged since it was asked for last.
func (w *World) Log() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	said := w.log.String()
	w.log.Reset()
	return said
}

// Write is where functions log to.
func (w *World) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.log.Len() > 1<<20 { // a run that goes on for long
		w.log.Reset()
	}
	return w.log.Write(line)
}

// Newest reports whether a row is of a partition that was written just now.
func (w *World) Newest(row faults.Item) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Contains(w.newest, text(row["pk"]))
}

// feeds returns the logical id of the function that a queue feeds, and how many
// records it takes at once.
func (w *World) feeds(queue string) (function string, batch int) {
	for _, f := range w.Template.Functions {
		for _, s := range f.Sources {
			if s.Queue == queue {
				return f.ID, s.Batch
			}
		}
	}
	return "", 0
}
