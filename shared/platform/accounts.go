package platform

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// An Account is one page, bot or number of a brand.
type Account struct {
	ID        string
	App       string
	Platform  desk.Platform
	Brand     string
	Channel   string // of its events where the file says so; empty leaves it to the platform
	Zone      string // of the IANA database; empty where the file does not say
	Languages []string
}

// An App is an entry of the accounts file with its secrets. They are for those
// who stand in for a platform: the simulator and tests.
type App struct {
	desk.App
	Secrets  []string
	Accounts []Account
	Tokens   map[string]string // by account id, of those that have one
}

// Accounts is an accounts file that was read for some uses. It never changes.
type Accounts struct {
	apps    []entry
	byID    map[desk.Platform]map[string]Account
	receive map[desk.App]Webhooks
	tokens  func(desk.AccountKey) wire.Tokens // of those that are renewed; nil for none
}

// Receivers returns the webhooks of every app. Without ForSigning they can be
// split and read, but each is refused.
func (a *Accounts) Receivers() map[desk.App]Webhooks { return maps.Clone(a.receive) }

// Account returns the account of a platform with the id, and false when the
// file does not name it: what comes in for it is kept under desk.UnknownBrand.
func (a *Accounts) Account(p desk.Platform, id string) (Account, bool) {
	account, ok := a.byID[p][id]
	return account, ok
}

// Brand returns the brand of an account, desk.UnknownBrand for one that the file
// does not name.
func (a *Accounts) Brand(app desk.App, account string) string {
	known, _ := a.Account(app.Platform, account)
	return cmp.Or(known.Brand, desk.UnknownBrand)
}

// Siblings returns the ids of the accounts of an app, in the order of the file.
func (a *Accounts) Siblings(app desk.App) []string {
	var ids []string
	for _, e := range a.apps {
		if e.app() != app {
			continue
		}
		for _, account := range e.accounts {
			ids = append(ids, account.ID)
		}
	}
	return ids
}

// Origins returns all accounts, in the order of the file, as tickets that they get
// come from them.
func (a *Accounts) Origins() []desk.Origin {
	var all []desk.Origin
	for _, e := range a.apps {
		for _, account := range e.accounts {
			all = append(all, desk.Origin{Platform: e.platform, App: e.name, Account: account.ID, Channel: account.Channel, Brand: account.Brand})
		}
	}
	return all
}

// Brands returns the brands of all accounts, sorted.
func (a *Accounts) Brands() []string {
	brands := map[string]bool{}
	for _, of := range a.byID {
		for _, account := range of {
			brands[account.Brand] = true
		}
	}
	return slices.Sorted(maps.Keys(brands))
}

// Apps returns the apps in the order of the file, with as much of their secrets
// as the file was read for.
func (a *Accounts) Apps() []App {
	var apps []App
	for _, e := range a.apps {
		app := App{App: e.app(), Secrets: e.signing(), Tokens: map[string]string{}}
		for _, account := range e.accounts {
			app.Accounts = append(app.Accounts, account.Account)
			if account.token != "" {
				app.Tokens[account.ID] = account.token
			}
		}
		apps = append(apps, app)
	}
	return apps
}

// Reader returns the webhooks of a platform, by its name or an alias, for
// somebody who has only a body to read: every signature is refused. The account
// is the app's only one, on platforms whose events do not name theirs.
func Reader(name, account string) (Webhooks, error) {
	s, ok := speak(name)
	if !ok {
		return nil, fmt.Errorf("platform: %s", unspoken(name))
	}
	w, err := s.receive(entry{platform: s.name, accounts: []accountEntry{{Account: Account{ID: account}}}})
	if err != nil {
		return nil, fmt.Errorf("platform: %w", err)
	}
	return w, nil
}

// unspoken says why there is no platform of that name here.
func unspoken(name string) string {
	if slices.Contains(promised(), desk.Platform(name)) {
		return fmt.Sprintf("platform %q is not spoken yet", name)
	}
	return fmt.Sprintf("there is no platform %q", name)
}

// Single reports whether a platform's events do not name the account they are
// about, since each app has a single one there. The name may be an alias.
func Single(name string) bool {
	s, ok := speak(name)
	return ok && s.single
}

// Single returns the id of the single account of an app of such a platform.
// Without an app's name it is the platform's only app; it is not ok when there
// is none or a choice.
func (a *Accounts) Single(name, app string) (id string, ok bool) {
	s, spoken := speak(name)
	if !spoken || !s.single {
		return "", false
	}
	for _, e := range a.apps {
		if e.platform == s.name && (app == "" || e.name == app) {
			if ok {
				return "", false
			}
			id, ok = e.account(), true
		}
	}
	return id, ok
}
