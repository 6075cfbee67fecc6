package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"example.com/skala/infra/checklist"
	"example.com/skala/infra/emulator"
	sim "example.com/skala/infra/simulator/platforms"
)

// patience is how long a busy machine may take over what the desk does in a
// second; the schedule's minute has its own.
const (
	patience = 45 * time.Second
	minute   = 2 * time.Minute
)

// A told is what the simulator says of what a customer did.
type told = sim.Told

// checks are made of the deployed desk. The outage comes first, and the schedule
// that ends it last, so that its minute passes while the others are made.
func (w *world) checks() []checklist.Check {
	return []checklist.Check{
		{Name: "both Function URLs answer", Do: w.answers},
		{Name: "what the inbound queue refuses is taken all the same", Do: w.refuse},
		{Name: "a forged webhook is refused", Do: w.forged},
		{Name: "a signed webhook becomes a ticket, and once only", Do: w.ticketed},
		{Name: "what a platform only gives notice of is fetched", Do: w.fetched},
		{Name: "people sign in", Do: w.signsIn},
		{Name: "it is claimed, and the answer reaches the platform", Do: w.answered},
		{Name: "what nobody touches climbs, by the due queue", Do: w.climbs},
		{Name: "slower schedules work", Do: w.slower},
		{Name: "the schedule brings in what the queue refused", Do: w.broughtIn},
		{Name: "the schedule has an author asked for: their ticket has a name", Do: w.introduced},
		{Name: "no queue has dead letters", Do: w.dead},
		{Name: "no function logged an error, or was refused anything by IAM", Do: w.clean},
		{Name: "the doctor finds nothing wrong, but what was forgotten", Do: w.examined},
	}
}

// wrong is an error that says what was found, and err where there is one.
func wrong(err error, format string, args ...any) error {
	if err == nil {
		return fmt.Errorf(format, args...)
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

func (w *world) answers(ctx context.Context) (string, error) {
	var health json.RawMessage
	if status, err := w.api(ctx, "GET", "/healthz", nil, &health); err != nil || status != 200 {
		return "", wrong(err, "the console's /healthz: %d %s", status, health)
	}
	resp, err := w.post(ctx, "/webhooks/nowhere/demo", nil, nil)
	if err != nil || resp != 404 {
		return "", wrong(err, "a platform that does not exist: %d", resp)
	}
	return string(health), nil
}

// post sends a body to the webhooks' Function URL and returns the status.
func (w *world) post(ctx context.Context, path string, body io.Reader, header http.Header) (int, error) {
	r, err := http.NewRequestWithContext(ctx, "POST", w.origin(webhooks)+path, body)
	if err != nil {
		return 0, err
	}
	for name, values := range header {
		r.Header[name] = values
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

func (w *world) forged(ctx context.Context) (string, error) {
	status, err := w.post(ctx, "/webhooks/line/demo", strings.NewReader(`{"destination":"x","events":[]}`), http.Header{"X-Line-Signature": {"AAAA"}})
	if err != nil || status != 401 {
		return "", wrong(err, "answered %d", status)
	}
	return "", nil
}

// say has a customer of LINE's write something, which the desk must take.
func (w *world) say(ctx context.Context, author, text string) (told, error) {
	said, err := w.simulator.Say(ctx, sim.Say{Platform: "line", App: "demo", Author: author, Text: text})
	if err == nil && said.Status != 200 {
		err = fmt.Errorf("the door answered %d %s %s", said.Status, said.Answer, said.Problem)
	}
	return said, err
}

// refusal is what IAM says of a policy that denies.
const refusal = "explicit deny in a resource-based policy"

// refuse has the inbound queue refuse whatever the functions send, by a policy
// as somebody might set it by mistake, while a customer writes.
func (w *world) refuse(ctx context.Context) (string, error) {
	url := w.resources["InboundQueue"]
	set := func(policy string) error {
		_, err := w.emulator.SQS().SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{"Policy": policy}})
		return err
	}
	deny, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": emulator.QueueARN(url)}}})
	if err != nil {
		return "", err
	}
	if err := set(string(deny)); err != nil {
		return "", err
	}
	w.outage, err = w.say(ctx, "in-the-outage", "I was charged twice")
	if err := errors.Join(err, set("")); err != nil {
		return "", err
	}
	if refused, err := w.logged(ctx, refusal); err != nil || len(refused) != 1 {
		return "", wrong(err, "the door's log holds %d refusals: did the queue refuse?", len(refused))
	}
	return "", nil
}

// A ticket is what the API shows of one, as much as is needed here.
type ticket struct {
	ID, State, Severity, Category string
	Tier                          int
	Author                        struct{ ID, Name string }
	Messages                      []struct{ ID, Key, Direction, Text string }
	Timeline                      []struct {
		At        time.Time
		Who, What string
	}
}

// until asks until what it is told holds.
func until(ctx context.Context, within time.Duration, holds func() (bool, error)) error {
	for end := time.Now().Add(within); ; {
		done, err := holds()
		if done || err != nil {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("not within %v", within)
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// of waits for the ticket of an author.
func (w *world) of(ctx context.Context, author string, within time.Duration) (found ticket, err error) {
	err = until(ctx, within, func() (bool, error) {
		var page struct {
			Items []struct {
				ID     string
				Author struct{ ID string }
			}
		}
		if status, err := w.api(ctx, "GET", "/api/v1/tickets?author="+url.QueryEscape(author), nil, &page); err != nil || status != 200 {
			return false, wrong(err, "listing tickets: %d", status)
		}
		for _, item := range page.Items {
			if item.Author.ID == author {
				found, err = w.ticket(ctx, item.ID)
				return true, err
			}
		}
		return false, nil
	})
	return found, err
}

func (w *world) ticket(ctx context.Context, id string) (t ticket, err error) {
	status, err := w.api(ctx, "GET", "/api/v1/tickets/"+id, nil, &t)
	if err == nil && status != 200 {
		err = fmt.Errorf("reading ticket %s: %d", id, status)
	}
	return t, err
}

const charged = "charged-twice"

func (w *world) ticketed(ctx context.Context) (string, error) {
	said, err := w.say(ctx, charged, "โดนตัดเงินซ้ำสองครั้งค่ะ ขอเงินคืนด้วย")
	if err != nil {
		return "", err
	}
	if err := w.simulator.Redeliver(ctx, said.Event, 1, 0); err != nil {
		return "", fmt.Errorf("delivering it again: %w", err)
	}
	got, err := w.of(ctx, said.Author, patience)
	if err != nil {
		return "", err
	}
	if got.Tier != 3 || got.Category != "billing" || got.Severity != "critical" || len(got.Messages) != 1 {
		return "", fmt.Errorf("judged as %+v", got)
	}
	return fmt.Sprintf("%s, %s, tier %d", got.Category, got.Severity, got.Tier), nil
}

// fetched has a customer mention the account on Instagram, which tells no more than
// where, and another write to it, who is asked for later.
func (w *world) fetched(ctx context.Context) (string, error) {
	const words = "they charged me twice, says a mention"
	for _, s := range []sim.Say{{In: "mention", Author: "mentions-us", Text: words}, {In: "direct", Author: "asked-for", Name: "Asked For", Text: "I was charged twice"}} {
		s.Platform = "instagram"
		said, err := w.simulator.Say(ctx, s)
		if err != nil || said.Status != 200 {
			return "", wrong(err, "the door answered %d %s %s", said.Status, said.Answer, said.Problem)
		}
		w.asked = said
	}
	var found ticket
	err := until(ctx, patience, func() (bool, error) {
		var page struct{ Items []struct{ ID string } }
		if status, err := w.api(ctx, "GET", "/api/v1/tickets?platform=meta", nil, &page); err != nil || status != 200 {
			return false, wrong(err, "listing tickets: %d", status)
		}
		for _, item := range page.Items {
			got, err := w.ticket(ctx, item.ID)
			if err != nil {
				return false, err
			}
			if len(got.Messages) == 1 && got.Messages[0].Text == words {
				found = got
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil {
		return "", fmt.Errorf("a ticket with what the mention says: %w", err)
	}
	return fmt.Sprintf("%s, %s, tier %d", found.Category, found.Severity, found.Tier), nil
}

func (w *world) introduced(ctx context.Context) (string, error) {
	if w.asked.Author == "" {
		return "", errors.New("nobody wrote")
	}
	return "", until(ctx, minute, func() (bool, error) {
		got, err := w.of(ctx, w.asked.Author, patience)
		return err == nil && got.Author.Name != "", err
	})
}

// signsIn goes through the code flow as a browser does, cookies and all.
func (w *world) signsIn(ctx context.Context) (string, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	browser := &http.Client{Jar: jar, Timeout: time.Minute}
	open := func(method, address string, form url.Values) (*http.Response, string, error) {
		r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
		if err != nil {
			return nil, "", err
		}
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		resp, err := browser.Do(r)
		if err != nil {
			return nil, "", err
		}
		defer resp.Body.Close()
		page, err := io.ReadAll(resp.Body)
		return resp, string(page), err
	}
	asked, page, err := open("GET", w.origin(console)+"/sign-in", nil)
	if err != nil || asked.StatusCode != 200 || asked.Request.URL.Path != "/idp/authorize" {
		return "", wrong(err, "led to %v: %.300s", asked, page)
	}
	form := asked.Request.URL.Query()
	form.Set("person", "demo-senior")
	home, page, err := open("POST", w.origin(platforms)+"/idp/authorize", form)
	if err != nil || home.StatusCode != 200 || "http://"+home.Request.URL.Host != w.origin(console) || !strings.Contains(page, "Sam Senior") {
		return "", wrong(err, "led to %v: %.300s", home, page)
	}
	return "Sam Senior, to " + home.Request.URL.Path, nil
}

func (w *world) answered(ctx context.Context) (string, error) {
	const text = "กำลังตรวจสอบค่ะ"
	author := w.simulator.UserID(sim.Account{Platform: "line", App: "demo"}, charged)
	got, err := w.of(ctx, author, patience)
	if err != nil {
		return "", err
	}
	var claim struct{ Token string }
	if status, err := w.api(ctx, "POST", "/api/v1/tickets/"+got.ID+"/claim", map[string]any{}, &claim); err != nil || status != 200 || claim.Token == "" {
		return "", wrong(err, "claiming: %d", status)
	}
	reply := map[string]any{"text": text, "visibility": "private", "token": claim.Token, "last_seen": got.Messages[0].ID}
	if status, err := w.api(ctx, "POST", "/api/v1/tickets/"+got.ID+"/reply", reply, nil, "Idempotency-Key", "rehearsal"); err != nil || status/100 != 2 {
		return "", wrong(err, "replying: %d", status)
	}
	err = until(ctx, patience, func() (bool, error) {
		got, err = w.ticket(ctx, got.ID)
		return err == nil && got.State == "waiting", err
	})
	heard := w.simulator.Replies("line", "demo", author)
	if err != nil || len(heard) != 1 || heard[0].Text != text || !heard[0].Delivered {
		return "", wrong(err, "the ticket is %s, the customer heard %+v", got.State, heard)
	}
	return "the ticket waits for the customer", nil
}

func (w *world) climbs(ctx context.Context) (string, error) {
	said, err := w.say(ctx, "nobody-answers", "the mug arrived, but the handle is loose and it wobbles, not happy")
	if err != nil {
		return "", err
	}
	got, err := w.of(ctx, said.Author, patience)
	if err != nil {
		return "", err
	}
	if got.Severity != "normal" || got.Tier != 2 {
		return "", fmt.Errorf("judged %s for tier %d, not as something normal", got.Severity, got.Tier)
	}
	err = until(ctx, patience, func() (bool, error) {
		got, err = w.ticket(ctx, got.ID)
		return err == nil && got.Tier > 2, err
	})
	if err != nil {
		return "", wrong(err, "tier %d, timeline %v:", got.Tier, got.Timeline)
	}
	for _, e := range got.Timeline {
		if e.What == "breached" {
			return fmt.Sprintf("from tier 2 to %d", got.Tier), nil
		}
	}
	return "", fmt.Errorf("it climbed without a breach: %v", got.Timeline)
}

// slower calls by hand what the schedule calls more seldom than each minute.
func (w *world) slower(ctx context.Context) (string, error) {
	var called []string
	for _, f := range w.template.Functions {
		for _, s := range f.Schedules {
			if s.Every <= time.Minute {
				continue
			}
			if err := w.invoke(ctx, w.resources[f.ID], []byte(s.Input)); err != nil {
				return "", err
			}
			called = append(called, fmt.Sprintf("%s, each %v, called by hand", f.ID, s.Every))
		}
	}
	if len(called) == 0 {
		return "there are none", nil
	}
	return strings.Join(called, "; "), nil
}

func (w *world) broughtIn(ctx context.Context) (string, error) {
	if w.outage.Author == "" {
		return "", errors.New("the queue refused nothing")
	}
	got, err := w.of(ctx, w.outage.Author, minute)
	if err != nil {
		return "", err
	}
	if len(got.Messages) != 1 {
		return "", fmt.Errorf("%d messages of one", len(got.Messages))
	}
	return "its ticket is there", nil
}

func (w *world) dead(ctx context.Context) (string, error) {
	looked := 0
	for _, q := range w.template.Queues {
		if q.DeadLetters == "" {
			continue
		}
		url := w.resources[q.DeadLetters]
		got, err := w.emulator.SQS().GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}})
		if err != nil {
			return "", err
		}
		for _, name := range []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible} {
			if n, err := strconv.Atoi(got.Attributes[string(name)]); err != nil || n > 0 {
				return "", wrong(err, "%s holds %d messages", q.DeadLetters, n)
			}
		}
		looked++
	}
	return fmt.Sprintf("%d queues", looked), nil
}

// grave reports whether a line says that something went wrong which should not:
// an error, or a call that IAM refused.
func (l line) grave() bool {
	return strings.Contains(l.Message, `"level":"ERROR"`) || strings.Contains(l.Message, "AccessDenied") || strings.Contains(l.Message, "not authorized") ||
		strings.Contains(l.Message, "panic:") || strings.Contains(l.Message, "fatal error")
}

// logged are the lines that hold a text. Lambda hands lines over when an
// invocation has ended, so they come a moment late.
func (w *world) logged(ctx context.Context, text string) (found []line, err error) {
	late := until(ctx, 5*time.Second, func() (bool, error) {
		lines, err := w.logs(ctx)
		if err != nil {
			return false, err
		}
		for _, l := range lines {
			if strings.Contains(l.Message, text) {
				found = append(found, l)
			}
		}
		return len(found) > 0, nil
	})
	if len(found) > 0 {
		late = nil
	}
	return found, late
}

func (w *world) clean(ctx context.Context) (string, error) {
	lines, err := w.logs(ctx)
	if err != nil {
		return "", err
	}
	groups, wanted := map[string]bool{}, 0
	for _, l := range lines {
		groups[l.Group] = true
		if !l.grave() {
			continue
		}
		if strings.Contains(l.Message, refusal) && wanted == 0 {
			wanted++ // the refusal that we asked for
			continue
		}
		return "", fmt.Errorf("%s: %.800s", l.Group, l.Message)
	}
	if wanted == 0 || len(groups) < len(w.template.Functions) {
		return "", fmt.Errorf("%d lines of %d functions: this looks in the wrong place", len(lines), len(groups))
	}
	return fmt.Sprintf("%d lines of %d functions", len(lines), len(groups)), nil
}

func (w *world) deleted(ctx context.Context) (string, error) {
	if err := w.sam.delete(ctx); err != nil {
		return "", err
	}
	items, err := w.emulator.DynamoDB().Scan(ctx, &dynamodb.ScanInput{TableName: aws.String(w.outputs["TableName"]), Select: ddb.SelectCount})
	if err != nil || items.Count == 0 {
		return "", wrong(err, "the table is gone or empty")
	}
	if _, err := w.secret(ctx, w.resources["Pepper"]); err != nil {
		return "", fmt.Errorf("the pepper: %w", err)
	}
	if _, err := w.secret(ctx, w.resources["SessionKey"]); err == nil {
		return "", errors.New("the session key is still there")
	}
	queues, err := w.emulator.SQS().ListQueues(ctx, &sqs.ListQueuesInput{})
	if err != nil || len(queues.QueueUrls) > 0 {
		return "", wrong(err, "queues are still there: %v", queues.QueueUrls)
	}
	return fmt.Sprintf("%d items", items.Count), nil
}
