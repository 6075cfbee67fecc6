package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/people"
)

// Accounts are what the console needs to tell how the accounts are. Without a Book
// there is nothing to tell.
type Accounts struct {
	Known   []desk.Origin // of the accounts file
	Book    AccountBook
	Resumer Resumer
	// Mute reports whether there is nobody to ask how an account of a platform is; nil
	// where all can be asked.
	Mute func(desk.Platform) bool
	// Checks has what looks after accounts look after one now; nil where nobody does.
	Checks interface {
		Send(ctx context.Context, n desk.Nudge, delay time.Duration) error
	}
	Webhooks string // the address of the function that takes webhooks; empty where it is not known
}

// An AccountBook is what is known of accounts, and what the door refused.
type AccountBook interface {
	Accounts(ctx context.Context) ([]desk.Account, error)
	HeldBack(ctx context.Context, k desk.AccountKey, limit int) ([]desk.HeldBack, error)
	Refusals(ctx context.Context, since time.Time) ([]desk.Refusals, error)
}

// A Resumer lets the replies of an account go out again, as somebody says.
type Resumer interface {
	Resume(ctx context.Context, k desk.AccountKey, by string) (desk.Account, error)
}

const (
	accountsPath = "/accounts"
	// mostHeld is how far replies that wait are counted.
	mostHeld = 1000
)

// An accountView is an account as the API and the page show it.
type accountView struct {
	desk.AccountKey
	Channel      string            `json:"channel"`
	Brand        string            `json:"brand"`
	Condition    string            `json:"condition"` // what there is to see to first
	Todo         string            `json:"todo"`
	Found        desk.Finding      `json:"found"`
	Problem      string            `json:"problem"`
	Since        time.Time         `json:"since,omitzero"`
	Probed       time.Time         `json:"probed,omitzero"`
	Subscription desk.Subscription `json:"subscription"`
	Webhooks     string            `json:"webhooks"`
	Door         string            `json:"door"`    // where its platform sends webhooks: a path at the address of the function webhook
	Webhook      string            `json:"webhook"` // that address with the path; empty where it is not known
	Paused       time.Time         `json:"paused,omitzero"`
	PausedFor    string            `json:"paused_for"`
	Waiting      int               `json:"waiting"` // tickets with a reply that waits
	Resumed      time.Time         `json:"resumed,omitzero"`
	ResumedBy    string            `json:"resumed_by"`
	Heard        time.Time         `json:"heard,omitzero"`
	Silent       bool              `json:"silent"`
	RhythmWeeks  int               `json:"rhythm_weeks"`
	Refused      int               `json:"refused"` // of its app, by the door, in eight days
	RefusedLast  time.Time         `json:"refused_last,omitzero"`
	TokenEnds    time.Time         `json:"token_ends,omitzero"` // of a platform whose tokens end and are renewed
	GrantEnds    time.Time         `json:"grant_ends,omitzero"` // until when they can be
	TokenProblem string            `json:"token_problem"`       // why the platform gives no other
	TokenRefused time.Time         `json:"token_refused,omitzero"`

	// Of a platform that asks again and again whether our address is ours.
	ChallengeEvery    int       `json:"challenge_every"` // in seconds; 0 for one that does not
	ChallengeAnswered time.Time `json:"challenge_answered,omitzero"`
	ChallengeRefused  time.Time `json:"challenge_refused,omitzero"`
	ChallengeMissed   time.Time `json:"challenge_missed,omitzero"` // since when it is known to ask no more
}

// The conditions of accounts, the gravest first.
var conditions = []string{"paused", "refused", "unrenewed", "unsubscribed", "unchallenged", "silent", "unanswered", "unasked", "mute", "well"}

// conditionOf is the gravest of what there is to see to about an account.
func (c *Console) conditionOf(a desk.Account, now time.Time) string {
	switch {
	case !a.Paused.IsZero():
		return "paused"
	case a.Found == desk.FoundRefused:
		return "refused"
	case a.Token.Problem != "":
		return "unrenewed"
	case a.Hooked == desk.Unsubscribed:
		return "unsubscribed"
	case !a.Challenge.Missed.IsZero():
		return "unchallenged"
	case a.Silent(now):
		return "silent"
	case a.Found == desk.FoundUnanswered:
		return "unanswered"
	case a.Found == "" && c.cfg.Accounts.Mute != nil && c.cfg.Accounts.Mute(a.Platform):
		return "mute"
	case a.Found == "":
		return "unasked"
	}
	return "well"
}

// accountViews returns the accounts that a request's person sees, those to see to
// first.
func (c *Console) accountViews(ctx context.Context) ([]accountView, error) {
	book := c.cfg.Accounts.Book
	if book == nil {
		return nil, errNoPage
	}
	now := c.now()
	known, err := book.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	refused, err := book.Refusals(ctx, now.AddDate(0, 0, -7))
	if err != nil {
		return nil, err
	}
	held, err := book.HeldBack(ctx, desk.AccountKey{}, mostHeld)
	if err != nil {
		return nil, err
	}
	waiting := map[desk.AccountKey]int{}
	for _, h := range held {
		waiting[h.Account]++
	}
	theirs := c.theirAccounts(ctx)
	all := make([]accountView, 0, len(theirs))
	for _, o := range theirs {
		a := desk.Account{AccountKey: o.AccountKey()}
		if i := slices.IndexFunc(known, func(k desk.Account) bool { return k.AccountKey == a.AccountKey }); i >= 0 {
			a = known[i]
		}
		v := c.accountOf(a, now)
		v.Channel, v.Brand, v.Waiting = o.Channel, o.Brand, waiting[a.AccountKey]
		if c.cfg.Accounts.Webhooks != "" {
			v.Webhook = strings.TrimSuffix(c.cfg.Accounts.Webhooks, "/") + v.Door
		}
		for _, r := range refused {
			if r.App == (desk.App{Platform: o.Platform, Name: o.App}) {
				v.Refused, v.RefusedLast = v.Refused+r.N, r.Last
			}
		}
		all = append(all, v)
	}
	slices.SortStableFunc(all, func(a, b accountView) int {
		return cmp.Compare(slices.Index(conditions, a.Condition), slices.Index(conditions, b.Condition))
	})
	return all, nil
}

func (c *Console) accountOf(a desk.Account, now time.Time) accountView {
	is := c.conditionOf(a, now)
	todo := is
	if a.Token.Problem != "" && (is == "paused" || is == "refused") { // of a token that ended: another in the file would not last
		todo = "unrenewed"
	}
	return accountView{
		Door:       "/webhooks/" + url.PathEscape(string(a.Platform)) + "/" + url.PathEscape(a.App),
		AccountKey: a.AccountKey, Condition: is, Todo: c.text.name("account.todo", todo), Found: a.Found, Problem: a.Problem, Since: a.Since, Probed: a.Probed,
		Subscription: a.Hooked, Webhooks: a.Hooks, Paused: a.Paused, PausedFor: a.PausedFor, Resumed: a.Resumed, ResumedBy: a.ResumedBy, Heard: a.Heard,
		Silent: a.Silent(now), RhythmWeeks: a.Rhythm.Weeks,
		TokenEnds: a.Token.Ends, GrantEnds: a.Token.RefreshEnds, TokenProblem: a.Token.Problem, TokenRefused: a.Token.Refused,
		ChallengeEvery: int(a.Challenge.Every / time.Second), ChallengeAnswered: a.Challenge.Answered, ChallengeRefused: a.Challenge.Refused, ChallengeMissed: a.Challenge.Missed,
	}
}

func (c *Console) apiAccounts(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	all, err := c.accountViews(r.Context())
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, jsonType, map[string]any{"items": all, "next": ""})
	return nil
}

func (c *Console) apiResume(w http.ResponseWriter, r *http.Request, who people.Person) error {
	var in desk.AccountKey
	if err := wholly(r, &in); err != nil {
		return err
	}
	a, err := c.resumed(r, who, in)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, jsonType, a)
	return nil
}

// errNoAccount says that the accounts file does not name an account.
var errNoAccount = errors.New("the accounts file names no such account")

// resumed lets the replies of an account go out again. It may be asked for again: what
// goes out already goes out once.
func (c *Console) resumed(r *http.Request, who people.Person, k desk.AccountKey) (accountView, error) {
	if c.cfg.Accounts.Resumer == nil {
		return accountView{}, errNoPage
	}
	theirs := c.theirAccounts(r.Context())
	i := slices.IndexFunc(theirs, func(o desk.Origin) bool { return o.AccountKey() == k })
	if i < 0 {
		return accountView{}, fmt.Errorf("account: %w: %w", errNoAccount, errRequest)
	}
	a, err := c.cfg.Accounts.Resumer.Resume(r.Context(), k, who.ID)
	if err != nil {
		return accountView{}, err
	}
	logs.Note(r.Context(), "platform", k.Platform, "app", k.App, "account", k.ID)
	v := c.accountOf(a, c.now())
	v.Channel, v.Brand = theirs[i].Channel, theirs[i].Brand
	return v, nil
}

// An accountsPage shows how the accounts are.
type accountsPage struct {
	Says     string
	Accounts []accountView
}

func (c *Console) accountsPage(w http.ResponseWriter, r *http.Request, who people.Person) error {
	return c.showAccounts(w, r, who, accountsPage{})
}

func (c *Console) showAccounts(w http.ResponseWriter, r *http.Request, who people.Person, page accountsPage) error {
	var err error
	if page.Accounts, err = c.accountViews(r.Context()); err != nil {
		return err
	}
	c.render(w, r, who, "accounts", http.StatusOK, "tab.accounts", page)
	return nil
}

// resume is the button of an account whose replies wait.
func (c *Console) resume(w http.ResponseWriter, r *http.Request, who people.Person) error {
	k := desk.AccountKey{Platform: desk.Platform(r.PostFormValue("platform")), App: r.PostFormValue("app"), ID: r.PostFormValue("id")}
	if _, err := c.resumed(r, who, k); err != nil {
		return err
	}
	return c.showAccounts(w, r, who, accountsPage{Says: c.text.say("account.resumed", k.ID)})
}
