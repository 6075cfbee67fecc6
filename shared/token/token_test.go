package token_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/skala/infra/simulator/memory"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/token"
)

var (
	noon = time.Date(2036, 3, 3, 12, 0, 0, 0, time.UTC)
	shop = desk.AccountKey{Platform: "zalo", App: "demo", ID: "366"}
)

// A giver is a platform that takes each refresh token once, but for the one that it
// gave last before it lost an answer.
type giver struct {
	mu    sync.Mutex
	now   func() time.Time
	good  string // the refresh token that it takes
	n     int
	asked int
	fails []error       // instead of answering, one after the other; nil answers
	lost  bool          // what fails was given all the same
	in    chan struct{} // hears of each question, which is then answered as soon as wait ends
	wait  chan struct{}
}

func (g *giver) Refresh(_ context.Context, refresh string) (desk.TokenSet, error) {
	if g.wait != nil {
		g.in <- struct{}{}
		<-g.wait
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked++
	var err error
	if len(g.fails) > 0 {
		err, g.fails = g.fails[0], g.fails[1:]
	}
	if err != nil && !g.lost {
		return desk.TokenSet{}, err
	}
	if refresh != g.good {
		return desk.TokenSet{}, &desk.SendError{Class: desk.SendAuth, Reason: "used before"}
	}
	g.n++
	g.good = fmt.Sprintf("refresh-secret-%d", g.n)
	if err != nil {
		return desk.TokenSet{}, err
	}
	return desk.TokenSet{Access: fmt.Sprintf("access-secret-%d", g.n), Refresh: g.good, Ends: g.now().Add(24 * time.Hour), RefreshEnds: g.now().Add(90 * 24 * time.Hour)}, nil
}

// A place is a desk with one account whose tokens end.
type place struct {
	*testing.T
	store *memory.Store
	giver *giver
	now   time.Time
	wrote bytes.Buffer
	token.Settings
}

func open(t *testing.T) *place {
	x := &place{T: t, now: noon}
	now := func() time.Time { return x.now }
	x.store = &memory.Store{Now: now, Pepper: []byte("p")}
	x.giver = &giver{now: now, good: "refresh-secret-0"}
	x.Settings = token.Settings{AccountKey: shop, Access: "access-secret-0", Refresh: "refresh-secret-0", Secrets: []string{"the secret of the app"}, Asks: x.giver}
	return x
}

// keeper is that of a process that begins with the present settings.
func (x *place) keeper() *token.Keeper {
	return token.NewKeeper(x.store, []token.Settings{x.Settings}, func() time.Time { return x.now }, logs.New(&x.wrote))
}

// round is what the schedule does, in a process of its own.
func (x *place) round() desk.TokenState {
	x.Helper()
	state, ok, err := x.keeper().Keep(x.Context(), shop)
	if err != nil || !ok {
		x.Fatal(ok, err)
	}
	return state
}

// calls says what token a call is made with, in a process of its own.
func (x *place) calls(refused, want string) {
	x.Helper()
	a, ok := x.keeper().Of(shop)
	if !ok {
		x.Fatal("nobody keeps it")
	}
	got, err := a.Token(x.Context(), refused)
	if failed, ok := errors.AsType[*desk.SendError](err); ok {
		got = string(failed.Class)
	}
	if got != want {
		x.Errorf("a call is made with %q, %v; want %q", got, err, want)
	}
}

func (x *place) asked(want int) {
	x.Helper()
	if x.giver.asked != want {
		x.Errorf("the platform was asked %d times, want %d", x.giver.asked, want)
	}
}

func TestASetIsRenewedInTimeAndUsedByAll(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.calls("", "access-secret-0") // until the first round
	if state := x.round(); !state.Ends.Equal(noon.Add(24*time.Hour)) || !state.Refreshed.Equal(noon) {
		t.Errorf("it is %+v", state)
	}
	x.calls("", "access-secret-1")
	x.now = noon.Add(18*time.Hour - time.Second)
	x.round()
	x.asked(1)
	x.now = noon.Add(18 * time.Hour)
	x.round()
	x.round()
	x.asked(2)
	x.calls("", "access-secret-2")
}

func TestWhoFindsASetThatHasEndedRenewsIt(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.Access = ""
	x.calls("", "access-secret-1")
	x.now = noon.Add(24 * time.Hour)
	x.calls("", "access-secret-2")
	x.asked(2)
}

func TestOfManyAtOnceOneAsks(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.Access = ""
	x.giver.in, x.giver.wait = make(chan struct{}, 8), make(chan struct{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			a, _ := x.keeper().Of(shop)
			got, err := a.Token(t.Context(), "")
			if failed, _ := errors.AsType[*desk.SendError](err); got != "access-secret-1" && (failed == nil || failed.Class != desk.SendRetry || failed.After <= 0) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	<-x.giver.in
	x.calls("", "retry") // while another asks
	x.round()
	close(x.giver.wait)
	wg.Wait()
	x.asked(1)
	x.calls("", "access-secret-1")
}

func TestATokenInMemoryIsReadAgainWhenItIsRefused(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.round()
	a, _ := x.keeper().Of(shop)
	says := func(refused, want string) {
		t.Helper()
		if got, err := a.Token(t.Context(), refused); err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	says("", "access-secret-1")
	x.now = noon.Add(20 * time.Hour)
	x.round() // another process
	reads := 0
	x.store.Between = func(string, bool) error { reads++; return nil }
	says("", "access-secret-1")
	if reads != 0 {
		t.Errorf("the table was asked %d times for what is in memory", reads)
	}
	says("access-secret-1", "access-secret-2")
	says("access-secret-2", "access-secret-2") // there is no other, and this one is young
	x.now = noon.Add(21 * time.Hour)
	says("access-secret-2", "access-secret-3")
	x.asked(3)
}

func TestAnAnswerThatWasLostIsAskedForOnceMoreAndThenAPersonIsNeeded(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.giver.fails, x.giver.lost = []error{&desk.SendError{Class: desk.SendUnknown, Reason: "did not answer"}}, true
	if state := x.round(); state.Problem != "" {
		t.Errorf("at once it says %q", state.Problem)
	}
	x.now = noon.Add(5 * time.Minute)
	state := x.round()
	if !strings.Contains(state.Problem, "lost") || !strings.Contains(state.Problem, "used before") || !state.Refused.Equal(x.now) {
		t.Errorf("it says %+v", state)
	}
	x.asked(2)
	x.calls("", "access-secret-0") // as long as the platform takes it
	x.now = noon.Add(40 * time.Minute)
	x.round()
	x.asked(2)

	// The person gives the account a new one.
	x.Refresh, x.giver.good, x.giver.lost = "refresh-secret-new", "refresh-secret-new", false
	if state := x.round(); state.Problem != "" || state.Refreshed.IsZero() {
		t.Errorf("with a new refresh token it is %+v", state)
	}
	x.asked(3)
}

func TestAnAnswerThatWasLostHarmsNothingWhereTheOldTokenGoesOn(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.giver.fails = []error{&desk.SendError{Class: desk.SendUnknown}, &desk.SendError{Class: desk.SendRetry, After: 2 * time.Minute}}
	x.round()
	for range 3 {
		x.now = x.now.Add(90 * time.Second)
		x.round()
	}
	x.asked(3)
	x.calls("", "access-secret-1")
}

func TestWhoDiesOnTheWayKeepsNobodyFromRenewing(t *testing.T) {
	t.Parallel()
	for _, died := range []string{"before the platform was asked", "before its answer was kept"} {
		t.Run(died, func(t *testing.T) {
			t.Parallel()
			x := open(t)
			saves := 0
			x.store.Between = func(call string, done bool) error {
				if call == "SaveToken" && !done {
					if saves++; saves > 1 || died == "before the platform was asked" {
						return errors.New("killed")
					}
				}
				return nil
			}
			if _, _, err := x.keeper().Keep(t.Context(), shop); err == nil {
				t.Error("nobody says so")
			}
			x.store.Between = nil
			x.now = noon.Add(time.Minute)
			state := x.round()
			if lost := died == "before its answer was kept"; lost != strings.Contains(state.Problem, "lost") || !lost && state.Refreshed.IsZero() {
				t.Errorf("it is %+v", state)
			}
		})
	}
}

func TestAWriteThatTookEffectUnseenIsKnownAsOurOwn(t *testing.T) {
	t.Parallel()
	x := open(t)
	saves := 0
	x.store.Between = func(call string, done bool) error {
		if call == "SaveToken" && done {
			if saves++; saves == 2 {
				return errors.New("the answer was lost")
			}
		}
		return nil
	}
	if state := x.round(); state.Problem != "" || state.Refreshed.IsZero() {
		t.Errorf("it is %+v", state)
	}
	x.calls("", "access-secret-1")
	x.asked(1)
}

func TestASecretIsReplacedByOneBehindWhichTheFormerStands(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.round()
	old := x.keeper()
	x.Secrets = []string{"another secret", "the secret of the app"}
	x.calls("", "access-secret-1")
	x.now = noon.Add(20 * time.Hour)
	x.round()
	x.asked(2)
	x.Secrets = x.Secrets[:1]
	x.calls("", "access-secret-2")

	// A process that still has the former one changes nothing, and blames nobody.
	x.now = noon.Add(40 * time.Hour)
	if _, _, err := old.Keep(t.Context(), shop); err != nil {
		t.Error(err)
	}
	x.asked(2)
	a, _ := old.Of(shop)
	_, err := a.Token(t.Context(), "")
	if failed, _ := errors.AsType[*desk.SendError](err); failed == nil || failed.Class != desk.SendRetry {
		t.Errorf("it says %v", err)
	}
}

func TestASetThatNoSecretOpensBeginsAgainAndSaysSo(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.round()
	x.Secrets = []string{"another secret"}
	x.giver.good = x.Refresh // a platform that lets it be used again
	if state := x.round(); state.Problem != "" {
		t.Errorf("it is %+v", state)
	}
	if !strings.Contains(x.wrote.String(), `"unreadable"`) {
		t.Errorf("nobody says so: %s", x.wrote.String())
	}
	x.asked(2)
	x.calls("", "access-secret-2")
}

func TestASetOpensForNoOtherAccount(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.round()
	stolen, err := x.store.Token(t.Context(), shop)
	if err != nil {
		t.Fatal(err)
	}
	stolen.AccountKey.ID, stolen.Version = "367", 0
	if err := x.store.SaveToken(t.Context(), stolen); err != nil {
		t.Fatal(err)
	}
	x.AccountKey, x.Access = stolen.AccountKey, "its own"
	a, _ := x.keeper().Of(x.AccountKey)
	if got, err := a.Token(t.Context(), ""); err != nil || got != "its own" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestNothingOfATokenIsKeptInTheClearOrLogged(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.giver.fails = []error{nil, errors.New("broke with refresh-secret-1")}
	x.round()
	item, err := x.store.Token(t.Context(), shop)
	if err != nil {
		t.Fatal(err)
	}
	for what, said := range map[string]string{"the item": fmt.Sprintf("%s %+v", item.Sealed, item), "a set": fmt.Sprintf("%v %+v %#v", desk.TokenSet{Access: "access-secret-1"}, desk.TokenSet{Access: "access-secret-1"}, desk.TokenSet{Access: "access-secret-1"})} {
		if strings.Contains(said, "-secret-") || strings.Contains(said, "secret of the app") {
			t.Errorf("%s shows a token", what)
		}
	}
	x.now = noon.Add(20 * time.Hour)
	x.round()
	if strings.Contains(x.wrote.String(), "-secret-") {
		t.Errorf("the log shows a token: %s", x.wrote.String())
	}
}

func TestNobodyBeginsWithoutTheTimeToEnd(t *testing.T) {
	t.Parallel()
	x := open(t)
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(2*time.Second))
	defer cancel()
	if _, _, err := x.keeper().Keep(ctx, shop); err != nil {
		t.Error(err)
	}
	x.asked(0)
}
