package triage_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/policy"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/nudge"
	rules "example.com/skala/shared/policy"
	"example.com/skala/shared/triage"
)

// What becomes of events is told in infra/story. Here is in which order triage
// says so to whom, and what it does when one of them fails.

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// world is the table and the queues around triage. It notes who is asked for what.
type world struct {
	thread  desk.Thread
	policy  *rules.Policy
	broken  string // what fails, by its first word in did
	moves   int    // how often the thread changes before a commit
	did     []string
	commits []desk.Change
}

var errBroken = errors.New("broken")

func (w *world) do(format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	w.did = append(w.did, what)
	if name, _, _ := strings.Cut(what, " "); name == w.broken {
		return errBroken
	}
	return nil
}

func (w *world) Parse(raw desk.RawEvent) (e desk.Event, err error) {
	if err := json.Unmarshal(raw.Body, &e); err != nil {
		return e, errors.New("no event")
	}
	e.Profile = e.Kind == desk.MessageCreated
	return e, nil
}

func (w *world) Brand(desk.App, string) string { return "aegean" }

func (w *world) Siblings(desk.App) []string { return []string{"cafe"} }

func (w *world) Active(context.Context) (*rules.Policy, error) { return w.policy, nil }

func (w *world) Version(context.Context, string) (*rules.Policy, error) { return w.policy, nil }

func (w *world) Thread(context.Context, desk.Event) (desk.Thread, error) {
	return w.thread, w.do("thread")
}

func (w *world) Commit(_ context.Context, c desk.Change) error {
	if w.moves--; w.moves >= 0 {
		return fmt.Errorf("moved: %w", desk.ErrStale)
	}
	w.commits = append(w.commits, c)
	return w.do("commit %s", c.Entry.What)
}

func (w *world) MessageByID(context.Context, desk.ThreadKey, string) (desk.Message, desk.TicketID, error) {
	if err := w.do("find"); err != nil {
		return desk.Message{}, "", err
	}
	return desk.Message{}, "", desk.ErrNotFound
}

func (w *world) Written(context.Context, string, string, int) ([]desk.Ticket, string, error) {
	return nil, "", w.do("written")
}

func (w *world) Crowd(context.Context, desk.ThreadKey) ([]string, error) { return nil, w.do("crowd") }

func (w *world) Log(context.Context, desk.TicketID) ([]desk.Entry, error) { return nil, w.do("log") }

func (w *world) Message(context.Context, desk.TicketID, string) (desk.Message, error) {
	if err := w.do("message"); err != nil {
		return desk.Message{}, err
	}
	return desk.Message{}, desk.ErrNotFound
}

func (w *world) SendAll(_ context.Context, events []desk.RawEvent) ([]desk.RawEvent, error) {
	if err := w.do("fetch"); err != nil {
		return events, err
	}
	return nil, nil
}

func (w *world) Entomb(context.Context, desk.Event, desk.RawEvent) error { return w.do("entomb") }

func (w *world) Keep(context.Context, desk.Event, desk.RawEvent) error { return w.do("keep") }

func (w *world) Quarantine(context.Context, desk.RawEvent, string) error { return w.do("quarantine") }

func (w *world) Settle(_ context.Context, _ desk.RawEvent, o desk.Outcome) error {
	return w.do("settle %s", o)
}

func (w *world) Nudge(_ context.Context, tier desk.Tier, _ desk.Nudge) error {
	return w.do("tier %d", tier)
}

type due struct{ *world }

func (d due) Send(context.Context, desk.Nudge, time.Duration) error { return d.do("due") }

// open is triage a minute after noon, in a world with a thread that nobody wrote
// to yet.
func open(t *testing.T) (*triage.Triager[*world], *world) {
	t.Helper()
	p, err := rules.Load(policy.Default, "default")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{policy: p, thread: desk.Thread{Ticket: desk.Ticket{ID: "thread.1"}}}
	return &triage.Triager[*world]{
		Apps: map[desk.App]*world{{Platform: "chat", Name: "demo"}: w}, Directory: w, Policies: w, Threads: w, Targets: w, Logs: w, Fetch: w, Shelf: w, Ledger: w,
		Nudger: &nudge.Nudger{Tiers: w, Outbound: due{w}, Due: due{w}}, Now: func() time.Time { return noon.Add(time.Minute) }, Log: slog.New(slog.DiscardHandler),
	}, w
}

// event is one that came in at noon.
func event(t *testing.T, e desk.Event) desk.RawEvent {
	t.Helper()
	e.Platform, e.Account, e.Author, e.Direction, e.Visibility, e.Key = "chat", "cafe", desk.Author{ID: "malee"}, desk.In, desk.Private, "k"
	body, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return desk.RawEvent{App: desk.App{Platform: "chat", Name: "demo"}, Account: "cafe", Body: body, Received: noon, Delivery: "w1.0"}
}

func complaint(t *testing.T) desk.RawEvent {
	return event(t, desk.Event{Kind: desk.MessageCreated, ID: "m", Text: "you charged me twice"})
}

// known has the thread hold a message that came by a delivery.
func (w *world) known(delivery string) {
	w.thread.Known, w.thread.Delivery = true, delivery
	w.thread.Ticket = desk.Ticket{ID: "thread.1", Version: 1, State: desk.New, Disposition: desk.NeedsAnswer, Tier: desk.Senior, Entered: noon, Updated: noon}
}

func TestTheQueuesAreToldOfWhatTheTableHas(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		given func(*world)
		want  []string
	}{
		{"a new message", func(*world) {}, []string{"thread", "commit received", "tier 3", "due"}},
		{"one whose thread changes meanwhile", func(w *world) { w.moves = 2 }, []string{"thread", "thread", "thread", "commit received", "tier 3", "due"}},
		{"one that the queue delivers again", func(w *world) { w.known("w1.0") }, []string{"thread", "tier 3"}},
		{"one that the platform delivers again", func(w *world) { w.known("w0.0") }, []string{"thread", "settle duplicate"}},
		{"one that was written down before there was a ledger", func(w *world) { w.known("") }, []string{"thread", "settle duplicate"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tr, w := open(t)
			tt.given(w)
			if err := tr.Event(t.Context(), complaint(t)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, w.did); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnEventGoesBackToItsQueueWhateverFails(t *testing.T) {
	t.Parallel()
	strange, unsend := desk.Event{Kind: desk.Unsupported}, desk.Event{Kind: desk.MessageDeleted, Target: "m0"}
	tests := []struct {
		broken string
		raw    desk.RawEvent
		known  string // the delivery that wrote it
	}{
		{"thread", complaint(t), ""},
		{"commit", complaint(t), ""},
		{"tier", complaint(t), ""},
		{"due", complaint(t), ""},
		{"tier", complaint(t), "w1.0"},
		{"settle", complaint(t), "w0.0"},
		{"settle", event(t, desk.Event{Kind: desk.Control}), ""},
		{"quarantine", event(t, strange), ""},
		{"quarantine", desk.RawEvent{App: desk.App{Platform: "gone"}}, ""},
		{"quarantine", desk.RawEvent{App: complaint(t).App, Body: []byte("?")}, ""},
		{"find", event(t, unsend), ""},
		{"entomb", event(t, unsend), ""},
		{"keep", event(t, desk.Event{Kind: desk.Receipt}), ""},
	}
	for _, tt := range tests {
		tr, w := open(t)
		w.broken = tt.broken
		if tt.known != "" {
			w.known(tt.known)
		}
		err := tr.Event(t.Context(), tt.raw)
		if !errors.Is(err, errBroken) || !slices.ContainsFunc(w.did, func(did string) bool { return strings.HasPrefix(did, tt.broken) }) {
			t.Errorf("%s broken: %v after %q", tt.broken, err, w.did)
		}
	}
}

func TestWhoIsKnownIsAskedForAgainOnceTheCardIsOld(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		who  string
		told time.Time
		asks bool
	}{
		"of yesterday":        {"malee", noon.AddDate(0, 0, -1), false},
		"almost too old":      {"malee", noon.Add(time.Second - desk.CardLasts), false},
		"too old":             {"malee", noon.Add(-desk.CardLasts), true},
		"never told":          {"malee", time.Time{}, true},
		"of another identity": {"ploy", noon.AddDate(0, 0, -1), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr, w := open(t)
			w.thread.Ticket = desk.Ticket{ID: "thread.1", Version: 5, State: desk.Closed, Author: desk.Author{ID: tt.who, Name: "Malee S.", Told: tt.told}}
			if err := tr.Event(t.Context(), complaint(t)); err != nil {
				t.Fatal(err)
			}
			next := w.commits[0].After
			if next.ID != "thread.2" || next.Author.ID != "malee" || (next.Profile == desk.ProfileWanted) != tt.asks || (next.Author.Name == "Malee S.") == tt.asks || !tt.asks && !next.Author.Told.Equal(tt.told) {
				t.Errorf("%s: profile %q of %+v", next.ID, next.Profile, next.Author)
			}
		})
	}
}

func TestAPromiseRunsFromWhenThePlatformHadItsAnswer(t *testing.T) {
	t.Parallel()
	tr, w := open(t)
	if err := tr.Event(t.Context(), complaint(t)); err != nil {
		t.Fatal(err)
	}
	c := w.commits[0]
	if !c.Entry.At.Equal(noon) || !c.After.Created.Equal(noon) || !c.After.Clocks[0].Started.Equal(noon) {
		t.Errorf("a minute later it was taken for one of %v: %+v", c.Entry.At, c.After.Clocks)
	}
}
