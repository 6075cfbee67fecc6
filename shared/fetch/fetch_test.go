package fetch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/policy"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/fetch"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	rules "example.com/skala/shared/policy"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// words are what a customer wrote, in the notice and in its content: in no log.
const words = "her words"

// reader reads bodies that are what the event needs, and answers that are not
// "garbled".
type reader struct{}

func (reader) Parse(raw desk.RawEvent) (desk.Event, error) {
	e := desk.Event{Kind: desk.FetchRequired, Key: "m1", ID: "m1", Platform: "meta", Account: raw.Account, Needs: desk.Need(raw.Body)}
	switch {
	case string(raw.Body) == "unreadable":
		return desk.Event{}, errors.New("no JSON object")
	case string(raw.Fetched) == "garbled":
		return desk.Event{}, errors.New("the answer is no JSON object")
	case string(raw.Fetched) == "odd": // as an adapter says that it can't read it
		e.Kind, e.Needs, e.Unfetched = desk.MessageCreated, desk.NeedsNothing, "can't be read"
	case string(raw.Fetched) == "thin":
		return e, nil
	case raw.Fetched != nil && e.Needs == desk.NeedsPoll:
		e.Kind, e.Needs = desk.Control, desk.NeedsNothing
	case raw.Fetched != nil:
		e.Kind, e.Needs, e.Text = desk.MessageCreated, desk.NeedsNothing, string(raw.Fetched)
	}
	return e, nil
}

// network is a platform that answers one thing.
type network struct {
	answer string
	author desk.Author
	err    error
	asked  int
	hangs  bool
}

func (n *network) Fetch(ctx context.Context, _ desk.Event) ([]byte, error) {
	return []byte(n.answer), n.ask(ctx)
}

func (n *network) Profile(ctx context.Context, _ desk.Origin, _ string) (desk.Author, error) {
	return n.author, n.ask(ctx)
}

func (n *network) ask(ctx context.Context) error {
	n.asked++
	if n.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	return n.err
}

// mute is a sender of a platform that can't be asked for anything.
type mute struct{}

// desks is one desk: its queues, and a table with one ticket.
type desks struct {
	now     time.Time
	inbound []desk.RawEvent
	put     []fetch.Job // off
	waits   []time.Duration
	refuses func(desk.RawEvent) error // what the inbound queue takes not
	jammed  error                     // the fetch queue
	ticket  desk.Ticket
	others  []desk.Ticket // of whoever wrote
	broken  error         // the table
	raced   int           // how often another is faster
	wrote   []desk.Entry
	log     bytes.Buffer
}

func (d *desks) SendAll(_ context.Context, events []desk.RawEvent) (refused []desk.RawEvent, err error) {
	for _, e := range events {
		if d.refuses != nil {
			if why := d.refuses(e); why != nil {
				refused, err = append(refused, e), why
				continue
			}
		}
		d.inbound = append(d.inbound, e)
	}
	return refused, err
}

func (d *desks) Send(_ context.Context, j fetch.Job, after time.Duration) error {
	if d.jammed == nil {
		d.put, d.waits = append(d.put, j), append(d.waits, after)
	}
	return d.jammed
}

func (d *desks) Ticket(_ context.Context, id desk.TicketID) (desk.Ticket, error) {
	if d.broken == nil && id != d.ticket.ID {
		return desk.Ticket{}, desk.ErrNotFound
	}
	return d.ticket, d.broken
}

func (d *desks) Written(_ context.Context, author, _ string, limit int) ([]desk.Ticket, string, error) {
	all := append([]desk.Ticket{d.ticket}, d.others...)
	return all[:min(len(all), limit)], "", d.broken
}

func (d *desks) Commit(_ context.Context, c desk.Change) error {
	if d.raced > 0 {
		d.raced--
		d.ticket.Version++
		return desk.ErrStale
	}
	if c.Before.Version != d.ticket.Version {
		return desk.ErrStale
	}
	d.ticket, d.wrote = c.After, append(d.wrote, c.Entry)
	return nil
}

type policies struct{ p *rules.Policy }

func (p policies) Version(context.Context, string) (*rules.Policy, error) { return p.p, nil }

// open returns the step that asks sender.
func (d *desks) open(t *testing.T, sender any, unknown error) *fetch.Fetch[reader, any] {
	t.Helper()
	p, err := rules.Load(policy.Default, "default")
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return d.now }
	return &fetch.Fetch[reader, any]{
		Apps: map[desk.App]reader{app: {}}, Sender: func(desk.Origin) (any, error) { return sender, unknown },
		Inbound: d, Later: d, Tickets: d, Policies: policies{p}, Now: now,
		Log: logs.New(&d.log), Metrics: &metrics.Recorder{Out: &d.log, Stack: "s", Now: now},
	}
}

// line is the one line that was logged, and what was counted.
func (d *desks) line(t *testing.T, m *metrics.Recorder) (line, counted map[string]any) {
	t.Helper()
	m.Flush()
	counted = map[string]any{}
	if strings.Contains(d.log.String(), words) {
		t.Errorf("the log holds what somebody wrote: %s", d.log.String())
	}
	for text := range strings.Lines(d.log.String()) {
		var v map[string]any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if v["_aws"] != nil {
			for name, value := range v {
				if n, ok := value.(float64); ok {
					counted[name] = n
				}
			}
			continue
		}
		if line != nil || v["msg"] != "fetch" {
			t.Errorf("more than its one line: %s", text)
		}
		line = v
	}
	return line, counted
}

var app = desk.App{Platform: "meta", Name: "demo"}

func thin(need string) desk.RawEvent {
	return desk.RawEvent{App: app, Account: "a1", Body: []byte(need), Received: noon.Add(-time.Second), Delivery: "d1.0"}
}

func failure(class desk.SendClass, after time.Duration) error {
	return &desk.SendError{Class: class, After: after, Reason: "answered 400"}
}

func TestAThinNoticeGoesOnWithItsContentOrWithTheReasonWhyThereIsNone(t *testing.T) {
	t.Parallel()
	counts := func(names ...string) map[string]any {
		all := map[string]any{}
		for _, n := range names {
			all[n] = 1.0
		}
		return all
	}
	tests := []struct {
		name      string
		job       fetch.Job
		sender    any
		unknown   error // the account
		outcome   string
		fetched   string
		unfetched string
		counted   map[string]any
	}{
		{name: "its content", job: fetch.Job{RawEvent: thin("content")}, sender: &network{answer: words}, outcome: "fetched", fetched: words, counted: counts("EventsFetched")},
		{name: "its author", job: fetch.Job{RawEvent: thin("author")}, sender: &network{answer: "x"}, outcome: "fetched", fetched: "x", counted: counts("EventsFetched")},
		{name: "deleted in between", job: fetch.Job{RawEvent: thin("content")}, sender: &network{err: failure(desk.SendRejected, 0)}, outcome: "unfetched", unfetched: "rejected: answered 400", counted: counts("EventsUnfetched")},
		{name: "a bad token", job: fetch.Job{RawEvent: thin("content")}, sender: &network{err: failure(desk.SendAuth, 0)}, outcome: "unfetched", unfetched: "auth: answered 400", counted: counts("EventsUnfetched", "SendAuthFailures")},
		{name: "nobody to be told of", job: fetch.Job{RawEvent: thin("author")}, sender: &network{err: failure(desk.SendUnreachable, 0)}, outcome: "unfetched", unfetched: "recipient_unreachable: answered 400", counted: counts("EventsUnfetched")},
		{name: "an account that no entry names", job: fetch.Job{RawEvent: thin("content")}, unknown: errors.New("no account a1"), outcome: "unfetched", unfetched: "no account to ask with: no account a1", counted: counts("EventsUnfetched")},
		{name: "a platform that can't be asked", job: fetch.Job{RawEvent: thin("content")}, sender: mute{}, outcome: "unfetched", unfetched: "its platform can't be asked by this account", counted: counts("EventsUnfetched")},
		{name: "an answer that nobody can read", job: fetch.Job{RawEvent: thin("content")}, sender: &network{answer: "garbled"}, outcome: "unfetched", unfetched: "nobody can read what the platform answered", counted: counts("EventsUnfetched")},
		{name: "an answer that its platform's reader can't read", job: fetch.Job{RawEvent: thin("content")}, sender: &network{answer: "odd"}, outcome: "unfetched", unfetched: "nobody can read what the platform answered", counted: counts("EventsUnfetched")},
		{name: "no answer", job: fetch.Job{RawEvent: thin("content")}, sender: &network{answer: ""}, outcome: "unfetched", unfetched: "nobody can read what the platform answered", counted: counts("EventsUnfetched")},
		{name: "an answer as thin as the notice", job: fetch.Job{RawEvent: thin("content")}, sender: &network{answer: "thin"}, outcome: "unfetched", unfetched: "nobody can read what the platform answered", counted: counts("EventsUnfetched")},
		{name: "an app that is gone", job: fetch.Job{RawEvent: desk.RawEvent{App: desk.App{Platform: "x", Name: "gone"}}}, outcome: "unfetched", unfetched: "the accounts file names its app no more", counted: counts("EventsUnfetched")},
		{name: "what can't be read here", job: fetch.Job{RawEvent: thin("unreadable")}, outcome: "unfetched", unfetched: "nothing in it says what to ask for", counted: counts("EventsUnfetched")},
		{name: "what lacks nothing", job: fetch.Job{RawEvent: thin("")}, outcome: "unfetched", unfetched: "nothing in it says what to ask for", counted: counts("EventsUnfetched")},
		{name: "what was here before", job: fetch.Job{RawEvent: func() desk.RawEvent { e := thin("content"); e.Unfetched = "before"; return e }()}, outcome: "nothing", unfetched: "before", counted: counts()},
		{name: "time used up", job: fetch.Job{RawEvent: thin("content"), Since: noon.Add(-5 * time.Minute), Tries: 9}, sender: &network{err: failure(desk.SendRetry, 0)}, outcome: "unfetched", unfetched: "retry: answered 400", counted: counts("EventsUnfetched")},
		{name: "a limit that outlasts the time", job: fetch.Job{RawEvent: thin("content")}, sender: &network{err: failure(desk.SendRetry, 6*time.Minute)}, outcome: "unfetched", unfetched: "retry: answered 400", counted: counts("EventsUnfetched")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := &desks{now: noon}
			f := d.open(t, tt.sender, tt.unknown)
			if err := f.Job(t.Context(), tt.job); err != nil {
				t.Fatal(err)
			}
			want := tt.job.RawEvent
			want.Unfetched = tt.unfetched
			if tt.fetched != "" {
				want.Fetched = []byte(tt.fetched)
			}
			if diff := cmp.Diff([]desk.RawEvent{want}, d.inbound); diff != "" || len(d.put) > 0 {
				t.Errorf("put off %v, passed on: %s", d.put, diff)
			}
			line, counted := d.line(t, f.Metrics)
			if line["outcome"] != tt.outcome || line["delivery"] != want.Delivery && want.Delivery != "" {
				t.Errorf("the line is %v", line)
			}
			if diff := cmp.Diff(tt.counted, counted); diff != "" {
				t.Errorf("counted: %s", diff)
			}
		})
	}
}

func TestAPlatformThatFailsForAWhileIsAskedAgainForSomeMinutes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err      error
		need     string
		patience time.Duration
	}{
		"as it says":              {failure(desk.SendRetry, 0), "content", 5 * time.Minute},
		"it does not know":        {failure(desk.SendUnknown, 0), "content", 5 * time.Minute},
		"broken off":              {context.DeadlineExceeded, "content", 5 * time.Minute},
		"for the author not long": {failure(desk.SendRetry, 0), "author", time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, asked := &desks{now: noon}, &network{err: tt.err}
			f := d.open(t, asked, nil)
			job := fetch.Job{RawEvent: thin(tt.need)}
			for range 100 {
				if err := f.Job(t.Context(), job); err != nil {
					t.Fatal(err)
				}
				if len(d.inbound) > 0 {
					break
				}
				job = overTheQueue(t, d.put[len(d.put)-1])
				d.now = d.now.Add(d.waits[len(d.waits)-1])
			}
			if len(d.inbound) != 1 || d.inbound[0].Unfetched == "" {
				t.Fatalf("passed on %+v", d.inbound)
			}
			var all time.Duration
			for n, wait := range d.waits {
				all += wait
				if wait < time.Second || wait > 15*time.Minute || n > 0 && n < len(d.waits)-1 && wait < d.waits[n-1] {
					t.Errorf("waits %v", d.waits)
				}
			}
			if all != tt.patience || asked.asked < 4 || asked.asked > 15 {
				t.Errorf("asked %d times over %v", asked.asked, all)
			}
		})
	}
}

func TestAPlatformsOwnAdviceIsKept(t *testing.T) {
	t.Parallel()
	d := &desks{now: noon}
	f := d.open(t, &network{err: failure(desk.SendRetry, 4*time.Minute)}, nil)
	if err := f.Job(t.Context(), fetch.Job{RawEvent: thin("content")}); err != nil || len(d.waits) != 1 || d.waits[0] != 4*time.Minute {
		t.Fatalf("%v, waits %v", err, d.waits)
	}
	line, counted := d.line(t, f.Metrics)
	if line["outcome"] != "deferred" || line["class"] != "retry" || line["attempt"] != 1.0 || len(counted) > 0 {
		t.Errorf("the line is %v, counted %v", line, counted)
	}
	d.now = d.now.Add(4 * time.Minute)
	if err := f.Job(t.Context(), overTheQueue(t, d.put[0])); err != nil || len(d.inbound) != 1 {
		t.Errorf("%v: it waits past its time: %v", err, d.waits)
	}
}

// overTheQueue is a job as the queue hands it out.
func overTheQueue(t *testing.T, j fetch.Job) (out fetch.Job) {
	t.Helper()
	doc, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(doc, &out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(j, out); diff != "" {
		t.Errorf("the queue changes it: %s", diff)
	}
	return out
}

func TestWhatTriageAndTheDueWorkerSendIsAJob(t *testing.T) {
	t.Parallel()
	event := thin("content")
	for want, sent := range map[string]any{"d1.0 ": event, " thread.1": desk.Nudge{Ticket: "thread.1", Version: 3}} {
		doc, err := json.Marshal(sent)
		if err != nil {
			t.Fatal(err)
		}
		var j fetch.Job
		if err := json.Unmarshal(doc, &j); err != nil || fmt.Sprint(j.Delivery, " ", j.Ticket) != want || !j.Since.IsZero() {
			t.Errorf("%s is the job %+v, %v", doc, j, err)
		}
	}
}

func TestWhatAQueueDoesNotTakeComesBack(t *testing.T) {
	t.Parallel()
	broken := errors.New("no queues today")
	for name, tt := range map[string]struct {
		asked  *network
		broken desks
	}{
		"the inbound queue":                        {&network{answer: "x"}, desks{refuses: func(desk.RawEvent) error { return broken }}},
		"the inbound queue, with the content gone": {&network{err: failure(desk.SendRejected, 0)}, desks{refuses: func(desk.RawEvent) error { return broken }}},
		"the fetch queue":                          {&network{err: failure(desk.SendRetry, 0)}, desks{jammed: broken}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &desks{now: noon, refuses: tt.broken.refuses, jammed: tt.broken.jammed}
			f := d.open(t, tt.asked, nil)
			if err := f.Job(t.Context(), fetch.Job{RawEvent: thin("content")}); !errors.Is(err, broken) {
				t.Errorf("%v: the record is done, and its event is nowhere", err)
			}
			if _, counted := d.line(t, f.Metrics); len(counted) > 0 || strings.Contains(d.log.String(), "outcome") {
				t.Errorf("it says that it is done: %v, %s", counted, d.log.String())
			}
		})
	}
}

func TestAnAnswerTooLargeForTheQueueIsLeftOut(t *testing.T) {
	t.Parallel()
	d := &desks{now: noon, refuses: func(e desk.RawEvent) error {
		if len(e.Fetched) > 10 {
			return fmt.Errorf("%d bytes: %w", len(e.Fetched), desk.ErrInvalid)
		}
		return nil
	}}
	f := d.open(t, &network{answer: "more than ten bytes"}, nil)
	if err := f.Job(t.Context(), fetch.Job{RawEvent: thin("content")}); err != nil || len(d.inbound) != 1 || d.inbound[0].Unfetched != "what the platform answered is too large" {
		t.Errorf("%v, %+v", err, d.inbound)
	}
}

func TestAJobThatFailsForTheLastTimeGoesOnWithout(t *testing.T) {
	t.Parallel()
	d := &desks{now: noon}
	f := d.open(t, nil, nil)
	for _, j := range []fetch.Job{{RawEvent: thin("content")}, {Ticket: "thread.1"}} {
		if err := f.GiveUp(t.Context(), j, errors.New("no time left")); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.inbound) != 1 || d.inbound[0].Unfetched != "failed again and again" || d.inbound[0].Delivery != "d1.0" {
		t.Errorf("passed on %+v", d.inbound)
	}
}

func TestAPlatformThatHangsLeavesTimeToPutTheJobOff(t *testing.T) {
	t.Parallel()
	d := &desks{now: noon}
	f := d.open(t, &network{hangs: true}, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second+50*time.Millisecond)
	defer cancel()
	if err := f.Job(ctx, fetch.Job{RawEvent: thin("content")}); err != nil || len(d.put) != 1 || ctx.Err() != nil {
		t.Errorf("%v, put off %d, the function's time is over: %v", err, len(d.put), ctx.Err())
	}
}

func TestANoticeOfMoreThanOneThingHasThemAskedForAndEndsThere(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fails              error
		polls              bool
		fetched, unfetched string
		later              int
	}{
		"they come in by themselves": {nil, true, "{}", "", 0},
		"the token is no good":       {failure(desk.SendAuth, 0), true, "", "auth: answered 400", 0},
		"the platform fails":         {failure(desk.SendRetry, 0), true, "", "", 1},
		"the table fails":            {errors.New("table broken"), true, "", "", 1},
		"nobody polls":               {nil, false, "", "its platform can't be asked by this account", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, asked := &desks{now: noon}, []desk.Origin{}
			f := d.open(t, mute{}, nil)
			if tt.polls {
				f.Poll = func(_ context.Context, o desk.Origin) error {
					asked = append(asked, o)
					return tt.fails
				}
			}
			if err := f.Job(t.Context(), fetch.Job{RawEvent: thin("poll")}); err != nil || len(d.put) != tt.later || len(d.inbound) != 1-tt.later {
				t.Fatalf("%v, put off %v, passed on %v", err, d.put, d.inbound)
			}
			if tt.polls && (len(asked) != 1 || asked[0].AccountKey() != (desk.AccountKey{Platform: "meta", App: "demo", ID: "a1"})) {
				t.Errorf("asked %+v", asked)
			}
			if tt.later == 0 && (string(d.inbound[0].Fetched) != tt.fetched || d.inbound[0].Unfetched != tt.unfetched) {
				t.Errorf("passed on %+v", d.inbound[0])
			}
		})
	}
}
