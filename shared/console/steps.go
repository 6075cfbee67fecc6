package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/people"
)

// What has to be there before a desk answers its first customer, and what of it is.

const stepsPath = "/first-steps"

// A stepView is one thing that is done, or to do.
type stepView struct {
	Step string `json:"step"`
	Done bool   `json:"done"`
	Says string `json:"says"` // what is there, or what to do
	Path string `json:"path"` // of the page where
}

// The steps, in the order in which they are taken.
const (
	stepAddress = "address" // platforms and people find the desk
	stepPeople  = "people"  // an admin beside the first, and somebody for each tier
	stepShift   = "shift"   // somebody is there now
	stepTold    = "told"    // and is told of what waits
	stepAccount = "account" // an account of a platform
	stepHeard   = "heard"   // from which something came
	stepSent    = "sent"    // and through which the platform lets us answer
)

// steps says of each whether it is done.
func (c *Console) steps(ctx context.Context, accounts []accountView) ([]stepView, error) {
	d, err := c.directory(ctx)
	if err != nil {
		return nil, err
	}
	now := c.now()
	missing := c.unstaffed(ctx, d)
	told := slices.ContainsFunc(d.Colleagues(), func(m people.Member) bool { return len(m.Channels) > 0 })
	for _, team := range d.Teams {
		told = told || len(team.Channels) > 0
	}
	heard := slices.ContainsFunc(accounts, func(a accountView) bool { return !a.Heard.IsZero() })
	let := slices.ContainsFunc(accounts, func(a accountView) bool { return a.Found == desk.FoundWell })
	views := []stepView{
		{stepAddress, c.cfg.SignIn.PublicURL != "" && c.cfg.Accounts.Webhooks != "", "", ""},
		{stepPeople, len(missing) == 0, "", peoplePath},
		{stepShift, len(d.OnShift(now)) > 0, "", peoplePath},
		{stepTold, told, "", "/me"},
		{stepAccount, len(accounts) > 0, "", accountsPath},
		{stepHeard, heard, "", accountsPath},
		{stepSent, let, "", accountsPath},
	}
	for i, v := range views {
		key := "step.todo"
		if v.Done {
			key = "step.done"
		}
		views[i].Says = c.text.name(key, v.Step)
		if v.Step == stepPeople && !v.Done {
			views[i].Says = c.text.say("step.todo.people", missing[0])
		}
	}
	return views, nil
}

// unstaffed names the tiers that the policy uses and nobody of the directory answers.
// A desk without a directory lives by its sign-in alone: of it nothing is known.
func (c *Console) unstaffed(ctx context.Context, d people.Directory) (missing []string) {
	for _, tier := range c.tiers(ctx) {
		if tier.Tier == desk.SelfService || tier.Tier == desk.Vendor { // answered by articles, and by others
			continue
		}
		if !slices.ContainsFunc(d.Colleagues(), func(m people.Member) bool {
			p, ok := d.SignedIn(people.Person{ID: m.ID})
			return ok && p.Works(tier.Tier)
		}) {
			missing = append(missing, tier.Name)
		}
	}
	return missing
}

// A stepsPage shows what is done and what is to do, and has each account tried.
type stepsPage struct {
	Name     string
	Says     string
	Steps    []stepView
	Accounts []accountView
	Ready    bool
}

func (c *Console) stepsPage(w http.ResponseWriter, r *http.Request, who people.Person) error {
	return c.showSteps(w, r, who, stepsPage{})
}

func (c *Console) showSteps(w http.ResponseWriter, r *http.Request, who people.Person, page stepsPage) error {
	var err error
	if page.Accounts, err = c.accountViews(r.Context()); err != nil {
		return err
	}
	if page.Steps, err = c.steps(r.Context(), page.Accounts); err != nil {
		return err
	}
	page.Name = c.text.say("tab.steps")
	page.Ready = !slices.ContainsFunc(page.Steps, func(s stepView) bool { return !s.Done })
	c.render(w, r, who, "steps", http.StatusOK, "", page)
	return nil
}

func (c *Console) apiSteps(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	accounts, err := c.accountViews(r.Context())
	if err != nil {
		return err
	}
	steps, err := c.steps(r.Context(), accounts)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, jsonType, map[string]any{"items": steps})
	return nil
}

// try has what looks after accounts ask a platform about one of them now, and look
// when something last came in. What comes of it stands with the account within
// seconds. Twice within ten seconds it is asked once.
func (c *Console) try(r *http.Request, k desk.AccountKey) error {
	if c.cfg.Accounts.Checks == nil {
		return errNoPage
	}
	if !slices.ContainsFunc(c.theirAccounts(r.Context()), func(o desk.Origin) bool { return o.AccountKey() == k }) {
		return fmt.Errorf("account: %w: %w", errNoAccount, errRequest)
	}
	if err := c.cfg.Accounts.Checks.Send(r.Context(), desk.Nudge{Check: &k}, 0*time.Second); err != nil {
		return err
	}
	logs.Note(r.Context(), "platform", k.Platform, "app", k.App, "account", k.ID)
	return nil
}

func (c *Console) apiTryAccount(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	var in desk.AccountKey
	if err := wholly(r, &in); err != nil {
		return err
	}
	if err := c.try(r, in); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

func (c *Console) tryAccount(w http.ResponseWriter, r *http.Request, who people.Person) error {
	k := desk.AccountKey{Platform: desk.Platform(r.PostFormValue("platform")), App: r.PostFormValue("app"), ID: r.PostFormValue("id")}
	if err := c.try(r, k); err != nil {
		return err
	}
	return c.showSteps(w, r, who, stepsPage{Says: c.text.say("step.tried", k.ID)})
}

// about gives the page its own address for news, also after a button.
func (v stepsPage) about() (title, news string) { return v.Name, stepsPath }
