package matrix

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/skala/infra/crash/world"
	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
)

// shop is the account that the run's customers write to.
var shop = desk.AccountKey{Platform: world.Line.Platform, App: world.Line.Name, ID: world.Event{App: world.Line}.Account()}

// known is a setup: what is known of the account is as change makes it.
func known(change func(a desk.Account, now time.Time) desk.Account) func(*Run) error {
	return func(r *Run) error {
		a, err := r.World.Store.Account(r.Ctx, shop)
		if err != nil {
			return err
		}
		return r.World.Store.SaveAccount(r.Ctx, change(a, r.World.Now()))
	}
}

// resumed is a setup: replies of the account waited until a moment ago. refusedAccount
// is one: they wait.
func resumed(r *Run) error {
	return known(func(a desk.Account, now time.Time) desk.Account { return a.Pause("no token", now).Resume("", now) })(r)
}

func refusedAccount(r *Run) error {
	return known(func(a desk.Account, now time.Time) desk.Account { return a.Pause("no token", now) })(r)
}

// held is a setup: a reply waits for the account.
func held(r *Run) error {
	return chain(replied(world.Line), refusedAccount, delivered("OutboundQueue"), func(r *Run) error {
		waiting, err := r.World.Store.HeldBack(r.Ctx, shop, 2)
		if err == nil && len(waiting) != 1 {
			err = fmt.Errorf("%d replies wait for the account:\n%s", len(waiting), r.World.Log())
		}
		return err
	}, lose("OutboundQueue"))(r)
}

// released is a setup: who answered has let go of the ticket.
func released(r *Run) error {
	return r.does(world.Senior, "release", map[string]any{"token": r.Claim.Token})
}

// refuses is the act of somebody who knocks at the door without being a platform.
func refuses(r *Run) (bool, error) {
	r.World.Pass(2 * time.Minute)
	return r.World.Forge(r.Ctx, world.Line) == http.StatusUnauthorized && counted(r) == nil, nil // what is not counted is, with the next
}

// challenges is the act of a platform that makes sure again that the address is ours.
func challenges(r *Run) (bool, error) {
	r.World.Pass(6 * time.Minute)
	return r.World.Challenge(r.Ctx, world.YouTube) && noted(r) == nil, nil // what is not noted is, with the next
}

// noted is a check: when a platform asked is known.
func noted(r *Run) error {
	all, err := r.World.Store.Challenges(r.Ctx)
	if err == nil && (len(all) != 1 || all[0].App != world.YouTube || all[0].Answered.IsZero()) {
		err = fmt.Errorf("the door was asked %+v", all)
	}
	return err
}

// counted is a check: what the door refused is known.
func counted(r *Run) error {
	all, err := r.World.Store.Refusals(r.Ctx, r.World.Now().Add(-time.Hour))
	if err == nil && (len(all) != 1 || all[0].App != world.Line || all[0].N < 1) {
		err = fmt.Errorf("the door refused %+v", all)
	}
	return err
}

// paused is a check: whether replies wait for the account, and that none is on the
// list of those that do when they don't.
func paused(want bool) func(*Run) error {
	return func(r *Run) error {
		a, err := r.World.Store.Account(r.Ctx, shop)
		if err == nil && !a.Paused.IsZero() != want {
			err = fmt.Errorf("replies wait for %q", a.PausedFor)
		}
		if err != nil || want {
			return err
		}
		waiting, err := r.World.Store.HeldBack(r.Ctx, desk.AccountKey{}, 2)
		if err == nil && len(waiting) > 0 {
			err = fmt.Errorf("%v is on the list of what waits", waiting)
		}
		return err
	}
}

// looksAfter is the act of the schedule that looks after accounts.
func looksAfter(r *Run) (bool, error) { return r.World.Sweep(r.Ctx, "Fetch") == nil, nil }

// purse is the account whose tokens end, on a platform that takes a refresh token once.
var purse = desk.AccountKey{Platform: "zalo", App: "demo", ID: "366000000000000900"}

// granted is a setup: the account has tokens, which have just ended.
func granted(r *Run) error {
	if _, err := looksAfter(r); err != nil {
		return err
	}
	t, err := r.World.Store.Token(r.Ctx, purse)
	if err != nil {
		return err
	}
	t.Ends = r.World.Now()
	return r.World.Store.SaveToken(r.Ctx, t)
}

// renewed is a check: the account has tokens that the platform takes, or it says that a
// person is needed, since an answer was lost. Nobody who died keeps others from it.
func renewed(r *Run) error {
	t, err := r.World.Store.Token(r.Ctx, purse)
	for n := 0; err == nil && n < 3 && (!t.Lease.IsZero() || t.Doubt || t.Refreshed.IsZero() && t.Problem == ""); n++ {
		r.World.Pass(5 * time.Minute)
		if _, err = looksAfter(r); err == nil {
			t, err = r.World.Store.Token(r.Ctx, purse)
		}
	}
	if err != nil {
		return err
	}
	lost := strings.Contains(t.Problem, "was lost")
	if !t.Lease.IsZero() || lost == (t.Problem == "") || !lost && (t.Doubt || !t.Ends.After(r.World.Now())) {
		return fmt.Errorf("its tokens are %+v, leased until %v, in doubt %t", t.TokenState, t.Lease, t.Doubt)
	}
	a, err := r.World.Store.Account(r.Ctx, purse)
	if err == nil && a.Token.Problem != t.Problem {
		err = fmt.Errorf("the account says %q of its tokens, and they %q", a.Token.Problem, t.Problem)
	}
	return err
}

// lookedAt is a check: what the last look found.
func lookedAt(want desk.Finding) func(*Run) error {
	return func(r *Run) error {
		a, err := r.World.Store.Account(r.Ctx, shop)
		if err == nil && (a.Found != want || a.Probed.IsZero()) {
			err = fmt.Errorf("the account was found %q at %v", a.Found, a.Probed)
		}
		return err
	}
}

// resumes is the act of a lead who lets the replies of the account go.
func resumes(page bool) func(*Run) (bool, error) {
	return func(r *Run) (bool, error) {
		in := world.Request{Who: world.Lead, Path: "/accounts/resume", Form: url.Values{"platform": {string(shop.Platform)}, "app": {shop.App}, "id": {shop.ID}}}
		if !page {
			in.Path, in.Form, in.JSON = "/api/v1/accounts/resume", nil, shop
		}
		answer, err := r.World.Ask(r.Ctx, in)
		return answer.Status == http.StatusOK, err
	}
}

// tries is the act of a lead who has an account looked after now.
func tries(page bool) func(*Run) (bool, error) {
	in := world.Request{Who: world.Lead, Method: http.MethodPost, Path: "/first-steps/try", Form: url.Values{"platform": {string(shop.Platform)}, "app": {shop.App}, "id": {shop.ID}}}
	if !page {
		in.Path, in.Form, in.JSON = "/api/v1/accounts/try", nil, shop
	}
	return asks(in, false)
}

// Accounts are the steps of what looks after accounts.
func Accounts() []Step {
	gone := chain(delivery("reply-1", desk.Accepted), paused(false))
	return []Step{
		{Name: "api resume account", In: "Console", Routes: []string{"POST /api/v1/accounts/resume"}, Setup: held, Act: resumes(false), Check: gone},
		{Name: "page resume account", In: "Console", Routes: []string{"POST /accounts/resume"}, Setup: chain(held, signedIn(world.Lead)), Act: resumes(true), Check: gone},
		{Name: "api try account", In: "Console", Routes: []string{"POST /api/v1/accounts/try"}, Act: tries(false)},
		{Name: "page try account", In: "Console", Routes: []string{"POST /first-steps/try"}, Setup: signedIn(world.Lead), Act: tries(true)},
		{Name: "look GET /first-steps", In: "Console", Routes: []string{"GET /first-steps"}, Setup: signedIn(world.Lead), Act: asks(world.Request{Who: world.Lead, Method: http.MethodGet, Path: "/first-steps"}, false)},
		{Name: "look GET /api/v1/first-steps", In: "Console", Routes: []string{"GET /api/v1/first-steps"}, Act: asks(world.Request{Who: world.Lead, Method: http.MethodGet, Path: "/api/v1/first-steps"}, false)},
		{Name: "account checked", In: "Fetch", Setup: func(r *Run) error { return r.World.Put(r.Ctx, "FetchQueue", desk.Nudge{Check: &shop}) }, Act: deliver("FetchQueue"), Check: lookedAt(desk.FoundWell)},
		{Name: "door refuses", In: "Webhook", Act: refuses, Check: counted},
		{Name: "door is asked whose it is", In: "Webhook", Act: challenges, Check: noted},
		{Name: "accounts are looked after", In: "Fetch", Setup: chain(wroteBelow("Ugy1"), arrives(says(world.Line, malee, 1, low))), Act: looksAfter, Check: chain(lookedAt(desk.FoundWell), came("Ugy1"))},
		{Name: "accounts of which the ledger was not told", In: "Fetch", Setup: untold, Act: looksAfter, Check: lookedAt(desk.FoundWell)},
		{Name: "accounts renew their tokens", In: "Fetch", Setup: granted, Act: looksAfter, Check: renewed},
		{Name: "accounts let replies go", In: "Fetch", Setup: held, Act: looksAfter, Check: gone},
		{Name: "accounts let go what was let go before", In: "Fetch", Setup: chain(held, resumed), Act: looksAfter, Check: gone},
		{Name: "accounts that are refused wait", In: "Fetch", Act: func(r *Run) (bool, error) {
			if err := r.World.Misbehave(platforms.Fault{Fault: "401", Count: -1}); err != nil {
				return false, err
			}
			return looksAfter(r)
		}, Check: chain(lookedAt(desk.FoundRefused), paused(true))},
	}
}
