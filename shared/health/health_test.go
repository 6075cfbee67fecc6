package health_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/simulator/memory"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/health"
	"example.com/skala/shared/ledger"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	rules "example.com/skala/shared/policy"
)

var noon = time.Date(2036, 3, 3, 12, 0, 0, 0, time.UTC)

// network is the platform of all accounts: it answers by their ids.
type network struct {
	mu      sync.Mutex
	probes  map[string]desk.Probe
	refuses map[string]error
	asked   []string
}

// A page is an account's sender; a mute one can't be asked.
type (
	page struct {
		*network
		id string
	}
	mute struct{}
)

func (p page) Probe(ctx context.Context, _ desk.Origin) (desk.Probe, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, p.id)
	return p.probes[p.id], p.refuses[p.id]
}

type policies struct{ p *rules.Policy }

func (p policies) Version(context.Context, string) (*rules.Policy, error) { return p.p, nil }

// nudges are what the courier is told.
type nudges struct {
	mu   sync.Mutex
	told []desk.TicketID
	err  error
}

func (n *nudges) Send(_ context.Context, nudge desk.Nudge, after time.Duration) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told = append(n.told, nudge.Ticket)
	if after != 0 {
		return fmt.Errorf("the courier is told after %v", after)
	}
	return n.err
}

// A place is a desk of which the accounts are looked after.
type place struct {
	*testing.T
	*network
	*health.Round[any]
	store    *memory.Store
	now      time.Time
	outbound nudges
	wrote    bytes.Buffer
}

func open(t *testing.T, ids ...string) *place {
	t.Helper()
	p, err := rules.Load(policy.Default, "default")
	if err != nil {
		t.Fatal(err)
	}
	x := &place{T: t, network: &network{probes: map[string]desk.Probe{}, refuses: map[string]error{}}, now: noon}
	now := func() time.Time { return x.now }
	x.store = &memory.Store{Now: now, Pepper: []byte("p")}
	log := logs.New(&x.wrote)
	x.Round = &health.Round[any]{
		Sender: func(o desk.Origin) (any, error) {
			if o.Account == "mute" {
				return mute{}, nil
			}
			return page{x.network, o.Account}, nil
		},
		Accounts: x.store, Ledger: x.store, Now: now, Log: log,
		Releaser: &health.Releaser{Accounts: x.store, Waiting: x.store, Tickets: x.store, Policies: policies{p}, Outbound: &x.outbound, Now: now, Log: log},
	}
	for _, id := range ids {
		x.Known = append(x.Known, desk.Origin{Platform: "chat", App: "demo", Account: id, Brand: "b"})
	}
	return x
}

func key(id string) desk.AccountKey { return desk.AccountKey{Platform: "chat", App: "demo", ID: id} }

func (x *place) account(id string) desk.Account {
	x.Helper()
	a, err := x.store.Account(x.Context(), key(id))
	if err != nil {
		x.Fatal(err)
	}
	return a
}

// runs looks after all accounts, and returns what was measured.
func (x *place) runs() map[metrics.Name]float64 {
	x.Helper()
	var measured bytes.Buffer
	x.Metrics = &metrics.Recorder{Out: &measured, Stack: "s", Now: x.Now}
	if err := x.Round.Run(x.Context()); err != nil {
		x.Fatal(err)
	}
	x.Metrics.Flush()
	var line map[string]any
	if err := json.Unmarshal(measured.Bytes(), &line); err != nil {
		x.Fatal(err)
	}
	values := map[metrics.Name]float64{}
	for _, name := range []metrics.Name{metrics.AccountsUnwell, metrics.AccountsSilent} {
		values[name], _ = line[string(name)].(float64)
	}
	return values
}

// A careful page is of a platform that asks every two hours whether our address is ours.
type careful struct{ page }

func (careful) ChallengedEvery() time.Duration { return 2 * time.Hour }

func TestAnAccountWhosePlatformNoLongerAsksWhetherTheAddressIsOursIsUnwell(t *testing.T) {
	t.Parallel()
	x := open(t, "careful", "careless")
	x.Sender = func(o desk.Origin) (any, error) {
		if o.Account == "careful" {
			return careful{page{x.network, o.Account}}, nil
		}
		return page{x.network, o.Account}, nil
	}
	app := desk.App{Platform: "chat", Name: "demo"}
	for _, step := range []struct {
		after  time.Duration
		asked  bool // just before
		unwell float64
		broken bool // when platforms asked can't be read
	}{
		{after: 0}, // the first is waited for
		{after: 4*time.Hour + 20*time.Minute, unwell: 1},
		{after: 5 * time.Hour, asked: true},
		{after: 9 * time.Hour},
		{after: 10 * time.Hour, broken: true}, // what is not known is no reason to call anybody
		{after: 11 * time.Hour, unwell: 1},
	} {
		x.now = noon.Add(step.after)
		if step.asked {
			if err := x.store.Challenged(t.Context(), app, true, x.now); err != nil {
				t.Fatal(err)
			}
		}
		x.store.Between = func(call string, _ bool) error {
			if step.broken && call == "Challenges" {
				return errors.New("broken")
			}
			return nil
		}
		if step.broken {
			if err := x.Round.Run(t.Context()); err == nil || !x.account("careful").Challenge.Missed.IsZero() {
				t.Errorf("after %v it says %v of %+v", step.after, err, x.account("careful").Challenge)
			}
			continue
		}
		if got := x.runs(); got[metrics.AccountsUnwell] != step.unwell {
			t.Errorf("after %v measured %v of %+v", step.after, got, x.account("careful").Challenge)
		}
	}
	if c := x.account("careful").Challenge; !c.Answered.Equal(noon.Add(5*time.Hour)) || !c.Missed.Equal(x.now) || !c.Watched.Equal(noon) {
		t.Errorf("it is %+v", c)
	}
	if c := x.account("careless").Challenge; c != (desk.Challenge{}) {
		t.Errorf("of a platform that asks once it is %+v", c)
	}
	if says := x.wrote.String(); !bytes.Contains([]byte(says), []byte(`"challenged":false`)) {
		t.Errorf("the log says %s", says)
	}
}

func refusedFor(class desk.SendClass, why string) error {
	return &desk.SendError{Class: class, Reason: why}
}

func TestEachAccountIsAskedAboutAndWhatIsFoundIsKept(t *testing.T) {
	t.Parallel()
	x := open(t, "well", "revoked", "unsubscribed", "down", "mute")
	x.probes["well"] = desk.Probe{Subscription: desk.Subscribed}
	x.probes["unsubscribed"] = desk.Probe{Subscription: desk.Unsubscribed, Says: "no webhook is set"}
	x.refuses["revoked"] = refusedFor(desk.SendAuth, "the token is no good")
	x.refuses["down"] = refusedFor(desk.SendRetry, "did not answer")
	if got := x.runs(); got[metrics.AccountsUnwell] != 2 {
		t.Errorf("measured %v", got)
	}
	found := map[string]string{}
	for _, id := range []string{"well", "revoked", "unsubscribed", "down", "mute"} {
		a := x.account(id)
		found[id] = fmt.Sprintf("%s %s %v %s%s", a.Found, a.Hooked, !a.Paused.IsZero(), a.Problem, a.Hooks)
	}
	want := map[string]string{
		"well": "well subscribed false ", "revoked": "refused  true the token is no good", "unsubscribed": "well unsubscribed false no webhook is set",
		"down": "unanswered  false did not answer", "mute": "  false ",
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if x.account("well").Probed != noon || !x.account("mute").Probed.IsZero() {
		t.Error("who was asked when is wrong")
	}
	x.asked, x.now = nil, noon.Add(3*time.Minute)
	x.runs()
	if diff := cmp.Diff([]string{"revoked"}, x.asked); diff != "" { // whose replies may wait
		t.Errorf("asked again too soon (-want +got)\n%s", diff)
	}
}

func TestTheAccountThatWasNotAskedForLongestIsAskedFirst(t *testing.T) {
	t.Parallel()
	x := open(t, "a", "b")
	x.runs()
	x.now = noon.Add(5 * time.Minute)
	a := x.account("b")
	a.Probed = noon.Add(-time.Hour)
	if err := x.store.SaveAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	x.asked = nil
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(time.Second)) // less than it keeps for writing
	defer cancel()
	if err := x.Round.Run(ctx); err != nil || len(x.asked) != 0 {
		t.Errorf("without time it asked %q: %v", x.asked, err)
	}
}

// hours notes events of an account in hours before noon.
func (x *place) hours(id string, from, to time.Duration) {
	x.Helper()
	for at := noon.Add(-from); at.Before(noon.Add(-to)); at = at.Add(time.Hour) {
		a := desk.Acceptance{Delivery: fmt.Sprint("w", at.Unix()), App: desk.App{Platform: "chat", Name: "demo"}, Received: at, Accounts: []string{id}}
		if err := x.store.Accept(x.Context(), a); err != nil {
			x.Fatal(err)
		}
		h, err := x.store.LedgerHour(x.Context(), at)
		if err != nil {
			x.Fatal(err)
		}
		page := ledger.Reckon(h, noon)
		page.Closed = true
		if err := x.store.CloseHour(x.Context(), desk.OpenHour{Hour: at}, page); err != nil {
			x.Fatal(err)
		}
	}
	if err := x.store.ClosedUntil(x.Context(), noon.Add(-to)); err != nil {
		x.Fatal(err)
	}
}

func TestAnAccountThatIsSilentForLongerThanItEverIsIsCounted(t *testing.T) {
	t.Parallel()
	x := open(t, "busy", "rare")
	x.hours("busy", 15*24*time.Hour, 3*time.Hour)
	if got := x.runs(); got[metrics.AccountsSilent] != 1 {
		t.Errorf("measured %v", got)
	}
	a := x.account("busy")
	if want := noon.Add(-4 * time.Hour); !a.Heard.Equal(want) || a.Rhythm.Weeks != 2 {
		t.Errorf("heard at %v, a rhythm of %d weeks", a.Heard, a.Rhythm.Weeks)
	}
	x.now = noon.Add(10 * time.Minute)
	if err := x.store.Accept(t.Context(), desk.Acceptance{Delivery: "now", Received: x.now, Accounts: []string{"busy"}}); err != nil {
		t.Fatal(err)
	}
	if got := x.runs(); got[metrics.AccountsSilent] != 0 || !x.account("busy").Heard.Equal(x.now) {
		t.Errorf("after an event: %v, %v", got, x.account("busy").Heard)
	}
}

func TestWhatFailsKeepsNothingElseFromBeingDone(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"OpenHours", "HeldBack", "SaveAccount"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			x := open(t, "a", "b")
			n := 0
			x.store.Between = func(c string, done bool) error {
				if c == call && !done {
					if n++; n == 1 {
						return errors.New("broken")
					}
				}
				return nil
			}
			if err := x.Round.Run(t.Context()); err == nil {
				t.Error("nobody says so")
			}
			if len(x.asked) != 2 {
				t.Errorf("asked %q", x.asked)
			}
			if err := x.Round.Run(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAPauseThatComesWhileTheAccountIsAskedAboutIsNotLost(t *testing.T) {
	t.Parallel()
	x := open(t, "a")
	x.refuses["a"] = refusedFor(desk.SendRetry, "did not answer")
	saved := false
	x.store.Between = func(call string, done bool) error {
		if call == "SaveAccount" && !done && !saved {
			saved = true
			return x.store.SaveAccount(t.Context(), x.account("a").Pause("refused", x.now))
		}
		return nil
	}
	x.runs()
	if a := x.account("a"); a.Paused.IsZero() || a.Found != desk.FoundUnanswered {
		t.Errorf("it is %+v", a)
	}
}

// purse has tokens for one account, as the time goes by.
type purse struct {
	of   string
	has  desk.TokenState
	err  error
	kept []string
}

func (p *purse) Keep(_ context.Context, k desk.AccountKey) (desk.TokenState, bool, error) {
	if k.ID != p.of {
		return desk.TokenState{}, false, nil
	}
	p.kept = append(p.kept, k.ID)
	return p.has, p.err == nil, p.err
}

func TestTokensAreRenewedBeforeTheAccountIsAskedAboutAndAnAccountWithoutAnyIsUnwell(t *testing.T) {
	t.Parallel()
	x := open(t, "short", "long")
	tokens := &purse{of: "short", has: desk.TokenState{Ends: noon.Add(time.Hour), Refreshed: noon}}
	x.Tokens = tokens
	if got := x.runs(); got[metrics.AccountsUnwell] != 0 || x.account("short").Token != tokens.has || x.account("long").Token != (desk.TokenState{}) {
		t.Errorf("measured %v, and it is %+v", got, x.account("short"))
	}
	tokens.has.Problem, tokens.has.Refused = "used before", noon
	x.now = noon.Add(time.Minute) // sooner than anybody is asked
	if got := x.runs(); got[metrics.AccountsUnwell] != 1 || x.account("short").Token != tokens.has || len(x.asked) != 2 {
		t.Errorf("measured %v, asked %v, and it is %+v", got, x.asked, x.account("short"))
	}
	tokens.err = errors.New("broken")
	x.now = noon.Add(time.Hour)
	if err := x.Round.Run(t.Context()); err == nil || len(x.asked) != 4 || x.account("short").Token.Problem != "used before" {
		t.Errorf("%v, asked %v", err, x.asked)
	}
}

// TestAnAccountIsLookedAfterWhenSomebodyWishes asks about one at once, and not twice
// within seconds.
func TestAnAccountIsLookedAfterWhenSomebodyWishes(t *testing.T) {
	t.Parallel()
	x := open(t, "one", "two", "mute")
	x.refuses["two"] = &desk.SendError{Class: desk.SendAuth, Reason: "the token is no good"}
	x.runs()
	delete(x.refuses, "two")
	x.now = x.now.Add(30 * time.Second)
	if err := x.store.Accept(t.Context(), desk.Acceptance{Delivery: "now", Received: x.now, Accounts: []string{"two"}}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"two", "two", "mute", "nobody's"} {
		if err := x.Check(t.Context(), key(id)); err != nil {
			t.Fatal(err)
		}
	}
	if a := x.account("two"); a.Found != desk.FoundWell || !a.Probed.Equal(x.now) || !a.Heard.Equal(x.now) || !a.Paused.IsZero() {
		t.Errorf("it is found %+v", a)
	}
	if a := x.account("one"); !a.Probed.Equal(noon) {
		t.Errorf("another was asked at %v", a.Probed)
	}
	if n := len(x.asked); n != 3 {
		t.Errorf("platforms were asked %d times: %v", n, x.asked)
	}
	x.now = x.now.Add(health.Apart)
	if err := x.Check(t.Context(), key("two")); err != nil || len(x.asked) != 4 {
		t.Errorf("ten seconds later %v: %v", x.asked, err)
	}
}
