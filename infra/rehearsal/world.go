package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"example.com/skala/infra/checklist"
	"example.com/skala/infra/emulator"
	"example.com/skala/infra/policy"
	"example.com/skala/infra/simulator"
	"example.com/skala/infra/template"
	"example.com/skala/shared/dynamo"
	"example.com/skala/shared/platform"
)

// A world is the deployed desk and those who use it.
type world struct {
	*account
	root      string
	log       *slog.Logger
	sam       *sam
	template  *template.Template
	accounts  []byte // the accounts file
	outputs   map[string]string
	resources map[string]string

	doors     map[string]net.Listener // before the Function URLs and the simulator, by name
	stops     []func()
	simulator *simulator.Simulator
	token     string // of the demo administrator, for the API
	outage    told   // what a customer said while the queue refused
	asked     told   // what one said who is asked for
}

// Names of the loopback listeners.
const (
	webhooks  = "webhooks"
	console   = "console"
	platforms = "simulated platforms"
)

// open listens, starts the simulator, and deploys nothing yet.
func open(ctx context.Context, root string, e *emulator.Emulator, log *slog.Logger) (w *world, err error) {
	w = &world{account: &account{emulator: e}, root: root, log: log, doors: map[string]net.Listener{}}
	if w.template, err = template.Open(root); err != nil {
		return nil, err
	}
	if w.accounts, err = os.ReadFile(filepath.Join(root, "infra", "local", "accounts.yaml")); err != nil {
		return nil, err
	}
	for _, name := range []string{webhooks, console, platforms} {
		if w.doors[name], err = (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("listening: %w", err)
		}
	}
	w.simulator, err = simulator.New(simulator.Config{Accounts: w.accounts, Webhooks: w.origin(webhooks), Public: w.origin(platforms), Console: w.origin(console),
		Patience: time.Minute, Now: time.Now, Log: log})
	if err != nil {
		return nil, err
	}
	w.serve(platforms, w.simulator)
	w.token, err = w.simulator.AdminToken(ctx)
	return w, err
}

func (w *world) origin(door string) string { return "http://" + w.doors[door].Addr().String() }

// serve answers at a door until close.
func (w *world) serve(door string, h http.Handler) {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(w.log.Handler(), slog.LevelWarn)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Serve(w.doors[door]); err != nil && !errors.Is(err, http.ErrServerClosed) {
			w.log.Error("listener failed", "door", door, "err", err)
		}
	}()
	w.stops = append(w.stops, func() {
		s.Close() // nobody's answer matters any more
		<-ended
	})
}

func (w *world) close() {
	for _, stop := range w.stops {
		stop()
	}
	w.simulator.Close()
	for _, l := range w.doors {
		l.Close() // again, where it was served
	}
}

// front passes what comes to a door on to a Function URL. The emulator knows the
// function by the host.
func (w *world) front(door, output string) error {
	function, err := url.Parse(w.outputs[output])
	if err != nil || function.Host == "" {
		return fmt.Errorf("the stack's output %s is %q, which is no address", output, w.outputs[output])
	}
	at, err := url.Parse(w.emulator.SQSURL)
	if err != nil {
		return err
	}
	w.serve(door, &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(at)
			r.Out.Host = function.Host
		},
		ErrorLog: slog.NewLogLogger(w.log.Handler(), slog.LevelWarn),
	})
	return nil
}

// deployment is what an operator does, in order; infra/doc/operating.md has it.
func (w *world) deployment() []checklist.Check {
	return []checklist.Check{
		{Name: "sam build", Do: func(ctx context.Context) (string, error) {
			return fmt.Sprintf("%d functions", len(w.template.Functions)), w.sam.build(ctx)
		}},
		{Name: "sam deploy", Do: func(ctx context.Context) (string, error) { return "", w.deploy(ctx, nil) }},
		{Name: "every resource of the expanded template is there", Do: w.complete},
		{Name: "accounts documents go into the secrets, a policy into the table", Do: w.furnish},
		{Name: "sam deploy again, now that the public address is known", Do: func(ctx context.Context) (string, error) {
			before := maps.Clone(w.outputs)
			if err := w.deploy(ctx, map[string]string{"PublicUrl": w.origin(console)}); err != nil {
				return "", err
			}
			if !maps.Equal(before, w.outputs) {
				return "", fmt.Errorf("the outputs were %v and are %v", before, w.outputs)
			}
			return "same table, secrets and addresses", errors.Join(w.front(webhooks, "WebhookUrl"), w.front(console, "ConsoleUrl"))
		}},
	}
}

func (w *world) deploy(ctx context.Context, more map[string]string) (err error) {
	parameters := map[string]string{
		"OidcIssuer": w.origin(platforms) + "/idp", "OidcClientId": simulator.ClientID, "PlatformApi": w.origin(platforms),
		"AlarmEmail": "on-call@desk.example", // so that all is made that has a condition
	}
	maps.Copy(parameters, more)
	if err := w.sam.deploy(ctx, parameters); err != nil {
		return err
	}
	w.outputs, err = w.sam.outputs(ctx)
	return err
}

func (w *world) complete(ctx context.Context) (_ string, err error) {
	if w.resources, err = w.sam.resources(ctx); err != nil {
		return "", err
	}
	for _, id := range slices.Sorted(maps.Keys(w.resources)) {
		if w.resources[id] == "" || w.resources[id] == "-" {
			return "", fmt.Errorf("%s was not made", id)
		}
	}
	for _, f := range w.template.Functions {
		if w.resources[f.ID] == "" {
			return "", fmt.Errorf("there is no function %s among %d resources", f.ID, len(w.resources))
		}
	}
	return fmt.Sprint(len(w.resources)), nil
}

// brisk is a row of the default policy, and how it reads here: who has a normal
// trouble is answered within seconds, or the ticket climbs.
var brisk = strings.NewReplacer(
	"normal: {first_response: {time: 4h, calendar: always}, resolution: 2d}",
	"normal: {calendar: always, acknowledge: 6s, first_response: 10s, resolution: 4h}")

func (w *world) furnish(ctx context.Context) (string, error) {
	for output, use := range map[string]platform.Use{"SigningAccountsArn": platform.ForSigning, "SendingAccountsArn": platform.ForSending, "ReadingAccountsArn": platform.ForReading} {
		part, err := platform.Project(w.accounts, "accounts.yaml", use)
		if err != nil {
			return "", err
		}
		if err := w.putSecret(ctx, w.outputs[output], part); err != nil {
			return "", err
		}
	}
	quick := []byte(brisk.Replace(string(policy.Default)))
	if bytes.Equal(quick, policy.Default) {
		return "", errors.New("the default policy has another row for normal")
	}
	pepper, err := w.secret(ctx, w.resources["Pepper"])
	if err != nil {
		return "", err
	}
	store := &dynamo.Store{Client: w.emulator.DynamoDB(), Table: w.outputs["TableName"], Pepper: pepper}
	_, err = store.PutPolicy(ctx, quick, time.Now().UTC())
	return "clocks of 6 and 10 s for what is normal", err
}

// api calls an address of the API with a JSON body, unless in is nil, and reads
// the answer into out, unless that is nil or the status is none of success.
func (w *world) api(ctx context.Context, method, path string, in, out any, headers ...string) (status int, err error) {
	var body io.Reader
	if in != nil {
		doc, err := json.Marshal(in)
		if err != nil {
			return 0, err
		}
		body = bytes.NewReader(doc)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, w.origin(console)+path, body)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+w.token)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	doc, err := io.ReadAll(resp.Body)
	if err == nil && out != nil && resp.StatusCode < 300 && len(doc) > 0 {
		err = json.Unmarshal(doc, out)
	}
	if err != nil {
		return 0, fmt.Errorf("%s %s: %w in %.300s", method, path, err, doc)
	}
	return resp.StatusCode, nil
}

// tell prints where everything is.
func (w *world) tell(people io.Writer) {
	fmt.Fprintln(people)
	table := tabwriter.NewWriter(people, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "  console\t%s/\tfor %s\n", w.origin(console), w.outputs["ConsoleUrl"])
	fmt.Fprintf(table, "  webhooks\t%s/webhooks/line/demo\tfor %s\n", w.origin(webhooks), w.outputs["WebhookUrl"])
	fmt.Fprintf(table, "  simulated platforms\t%s/\n", w.origin(platforms))
	fmt.Fprintf(table, "  the account\tAWS_ENDPOINT_URL=%s\tkeys test and test, region %s, stack %s\n", w.emulator.SQSURL, emulator.Region, stack)
	table.Flush()
	fmt.Fprintln(people)
}

// explain prints what went wrong in the functions by their own words, the last
// lines of it.
func (w *world) explain(ctx context.Context, people io.Writer) {
	lines, err := w.logs(ctx)
	if err != nil {
		fmt.Fprintln(people, "the functions' logs cannot be read:", err)
	}
	var bad []string
	for _, l := range lines {
		if l.grave() {
			bad = append(bad, fmt.Sprintf("%s: %.700s", l.Group, strings.TrimSpace(l.Message)))
		}
	}
	for _, l := range bad[max(0, len(bad)-8):] {
		fmt.Fprintln(people, l)
	}
}
