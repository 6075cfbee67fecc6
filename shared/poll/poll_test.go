package poll_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/poll"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// words are what a customer wrote: in no log.
const words = "her words"

// network is a platform that has to be asked.
type network struct {
	err, unsubscribed error
	news              bool
	asked, subscribed int
}

func (n *network) Poll(_ context.Context, c desk.Cursor) ([]byte, desk.Cursor, error) {
	n.asked++
	if n.err != nil {
		return nil, c, n.err
	}
	c.At, c.Next = c.At.Add(time.Minute), noon.Add(2*time.Minute)
	if n.news {
		return []byte(words), c, nil
	}
	return nil, c, nil
}

func (n *network) Subscribe(context.Context) error {
	n.subscribed++
	return n.unsubscribed
}

// mute is a sender of a platform that tells by itself.
type mute struct{}

// desks is one desk: its door and its cursors.
type desks struct {
	mu               sync.Mutex
	now              time.Time
	cursors          map[desk.AccountKey]desk.Cursor
	broken, shut     error
	stale            bool
	took             []string
	log, measurement bytes.Buffer
}

func (d *desks) Cursor(_ context.Context, k desk.AccountKey) (desk.Cursor, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, ok := d.cursors[k]
	if !ok {
		c.AccountKey = k
	}
	return c, d.broken
}

func (d *desks) SaveCursor(_ context.Context, c desk.Cursor) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stale || c.Version != d.cursors[c.AccountKey].Version {
		return desk.ErrStale
	}
	c.Version++
	d.cursors[c.AccountKey] = c
	return nil
}

func (d *desks) Take(_ context.Context, app desk.App, body []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut == nil {
		d.took = append(d.took, string(app.Platform)+"/"+app.Name+" "+string(body))
	}
	return d.shut
}

var shop = desk.AccountKey{Platform: "youtube", App: "demo", ID: "UCshop"}

func (d *desks) open(senders map[desk.AccountKey]any) *poll.Poll {
	if d.cursors == nil {
		d.cursors = map[desk.AccountKey]desk.Cursor{}
	}
	now := func() time.Time { return d.now }
	p := &poll.Poll{Cursors: d, Door: d, Now: now, Log: logs.New(&d.log), Metrics: &metrics.Recorder{Out: &d.measurement, Stack: "s", Now: now}}
	for k, s := range senders {
		p.Accounts = append(p.Accounts, poll.Account{AccountKey: k, Sender: s})
	}
	return p
}

func TestWhatWasWrittenGoesInByTheDoorBeforeTheCursorMoves(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name             string
		network          network
		before           desk.Cursor
		broken, shut     error
		stale            bool
		fails            bool
		took             []string
		asked, subscribe int
		after            desk.Cursor
	}{
		{"something new", network{news: true}, desk.Cursor{}, nil, nil, false, false, []string{"youtube/demo " + words}, 1, 1, desk.Cursor{Version: 1, At: time.Time{}.Add(time.Minute), Next: noon.Add(2 * time.Minute), Subscribed: noon}},
		{"nothing new", network{}, desk.Cursor{Version: 7, Subscribed: noon.Add(-time.Hour)}, nil, nil, false, false, nil, 1, 0, desk.Cursor{Version: 8, At: time.Time{}.Add(time.Minute), Next: noon.Add(2 * time.Minute), Subscribed: noon.Add(-time.Hour)}},
		{"not yet", network{news: true}, desk.Cursor{Version: 7, Next: noon.Add(time.Second)}, nil, nil, false, false, nil, 0, 0, desk.Cursor{Version: 7, Next: noon.Add(time.Second)}},
		{"a subscription of yesterday", network{}, desk.Cursor{Version: 7, Subscribed: noon.Add(-24 * time.Hour)}, nil, nil, false, false, nil, 1, 1, desk.Cursor{Version: 8, At: time.Time{}.Add(time.Minute), Next: noon.Add(2 * time.Minute), Subscribed: noon}},
		{"a hub that fails", network{news: true, unsubscribed: errors.New("down")}, desk.Cursor{}, nil, nil, false, false, []string{"youtube/demo " + words}, 1, 1, desk.Cursor{Version: 1, At: time.Time{}.Add(time.Minute), Next: noon.Add(2 * time.Minute)}},
		{"a platform that fails", network{err: &desk.SendError{Class: desk.SendRetry, Reason: "down"}}, desk.Cursor{Version: 7, Subscribed: noon}, nil, nil, false, false, nil, 1, 0, desk.Cursor{Version: 8, Subscribed: noon}},
		{"a platform that wants peace", network{err: &desk.SendError{Class: desk.SendRetry, After: time.Hour, Reason: "no more"}}, desk.Cursor{Version: 7, Subscribed: noon}, nil, nil, false, false, nil, 1, 0, desk.Cursor{Version: 8, Subscribed: noon, Next: noon.Add(time.Hour)}},
		{"a door that takes nothing", network{news: true}, desk.Cursor{Version: 7, Subscribed: noon}, nil, errors.New("shut"), false, true, nil, 1, 0, desk.Cursor{Version: 7, Subscribed: noon}},
		{"a table that cannot be read", network{news: true}, desk.Cursor{Version: 7, Subscribed: noon}, errors.New("broken"), nil, false, true, nil, 0, 0, desk.Cursor{Version: 7, Subscribed: noon}},
		{"another who asked meanwhile", network{news: true}, desk.Cursor{Version: 7, Subscribed: noon}, nil, nil, true, false, []string{"youtube/demo " + words}, 1, 0, desk.Cursor{Version: 7, Subscribed: noon}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := &desks{now: noon, broken: tt.broken, shut: tt.shut, stale: tt.stale, cursors: map[desk.AccountKey]desk.Cursor{}}
			if tt.before.Version > 0 {
				tt.before.AccountKey = shop
				d.cursors[shop] = tt.before
			}
			p := d.open(map[desk.AccountKey]any{shop: &tt.network, {Platform: "line", App: "demo", ID: "U1"}: mute{}})
			if err := p.Run(t.Context()); (err != nil) != tt.fails {
				t.Error(err)
			}
			tt.after.AccountKey = shop
			if diff := cmp.Diff(tt.after, d.cursors[shop]); diff != "" || tt.network.asked != tt.asked || tt.network.subscribed != tt.subscribe {
				t.Errorf("asked %d times, subscribed %d: %s", tt.network.asked, tt.network.subscribed, diff)
			}
			if diff := cmp.Diff(tt.took, d.took); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(d.log.String(), words) {
				t.Errorf("the log holds what somebody wrote: %s", d.log.String())
			}
		})
	}
}

func TestOneAccountThatFailsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	other := desk.AccountKey{Platform: "youtube", App: "demo", ID: "UCother"}
	d, well := &desks{now: noon}, &network{news: true}
	p := d.open(map[desk.AccountKey]any{shop: &network{err: errors.New("odd")}, other: well})
	if err := p.Run(t.Context()); err != nil || len(d.took) != 1 || well.asked != 1 {
		t.Errorf("%v, took %q", err, d.took)
	}
}

// slow is a platform that answers when another account was asked.
type slow struct{ asked, other chan struct{} }

func (s *slow) Poll(ctx context.Context, c desk.Cursor) ([]byte, desk.Cursor, error) {
	close(s.asked)
	select {
	case <-s.other:
		return nil, c, nil
	case <-ctx.Done():
		return nil, c, ctx.Err()
	}
}

func TestAPlatformThatTakesItsTimeLeavesSomeToTheOthers(t *testing.T) {
	t.Parallel()
	one, two := make(chan struct{}), make(chan struct{})
	d := &desks{now: noon}
	p := d.open(map[desk.AccountKey]any{shop: &slow{one, two}, {Platform: "youtube", App: "demo", ID: "UCother"}: &slow{two, one}})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := p.Run(ctx); err != nil || len(d.cursors) != 2 || strings.Contains(d.log.String(), "failed") {
		t.Errorf("%v, %d cursors: %s", err, len(d.cursors), d.log.String())
	}
}

func TestAnAccountThatFailsForLongIsCounted(t *testing.T) {
	t.Parallel()
	for since, want := range map[time.Duration]bool{5 * time.Minute: false, 11 * time.Minute: true} {
		d := &desks{now: noon, cursors: map[desk.AccountKey]desk.Cursor{shop: {AccountKey: shop, Version: 1, Next: noon.Add(-since), Subscribed: noon}}}
		p := d.open(map[desk.AccountKey]any{shop: &network{err: &desk.SendError{Class: desk.SendAuth, Reason: "the token"}}})
		if err := p.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.Metrics.Flush()
		if got := strings.Contains(d.measurement.String(), `"EventsUnfetched":1`); got != want || !strings.Contains(d.measurement.String(), `"SendAuthFailures":1`) {
			t.Errorf("after %v: %s", since, d.measurement.String())
		}
	}
}

func TestANoticeHasItsAccountAskedAtOnce(t *testing.T) {
	t.Parallel()
	d, n := &desks{now: noon, cursors: map[desk.AccountKey]desk.Cursor{shop: {AccountKey: shop, Version: 1, Next: noon.Add(time.Hour)}}}, &network{news: true}
	p := d.open(map[desk.AccountKey]any{shop: n, {Platform: "line", App: "demo", ID: "U1"}: mute{}})
	at := desk.Origin{Platform: "youtube", App: "demo", Account: "UCshop"}
	if err := p.At(t.Context(), at); err != nil || n.asked != 1 || n.subscribed != 0 || len(d.took) != 1 {
		t.Errorf("%v, asked %d times, took %q", err, n.asked, d.took)
	}
	n.err = &desk.SendError{Class: desk.SendRetry, After: time.Minute, Reason: "no more"}
	for o, want := range map[desk.Origin]desk.SendClass{at: desk.SendRetry, {Platform: "line", App: "demo", Account: "U1"}: desk.SendRejected, {Platform: "youtube", App: "demo", Account: "UCother"}: desk.SendRejected} {
		if failed, ok := errors.AsType[*desk.SendError](p.At(t.Context(), o)); !ok || failed.Class != want {
			t.Errorf("%v: %v", o, failed)
		}
	}
}

func TestTheLogSaysWhichAccountAndNoMoreThanThat(t *testing.T) {
	t.Parallel()
	d := &desks{now: noon}
	if err := d.open(map[desk.AccountKey]any{shop: &network{news: true}}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var line struct {
		Msg, Platform, App, Account, Outcome string
		Bytes                                int
	}
	if err := json.Unmarshal(d.log.Bytes(), &line); err != nil || line.Msg != "poll" || line.Account != "UCshop" || line.Outcome != "taken" || line.Bytes != len(words) {
		t.Errorf("%s, %v", d.log.String(), err)
	}
}
