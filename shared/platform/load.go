package platform

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a machine without zone data must not refuse every zone

	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/standard"
)

// A Use is what somebody reads the accounts file for. Nobody gets more of it
// than their use needs.
type Use uint8

// The uses, each a bit. Everybody may know which accounts there are.
const (
	ForReading Use = 1 << iota // triage and the console: apps, accounts, brands
	ForSigning                 // the door: also what signs webhooks
	ForSending                 // the courier: also what replies are sent with
	ForAll     = ForReading | ForSigning | ForSending
)

// A field is one that the accounts file may have, and the uses that may know it.
type field struct {
	name string
	uses Use
}

// appFields and accountFields are the fields of every platform. Those of one
// platform alone stand with it in spoken and come before these.
func appFields(s speech) []field {
	all := append(slices.Clone(s.app), field{"name", ForAll}, field{"platform", ForAll}, field{"secrets", ForSigning})
	if !s.alone {
		all = append(all, field{"accounts", ForAll})
	}
	return all
}

func accountFields(s speech) []field {
	return append(slices.Clone(s.account), field{"id", ForAll}, field{"channel", ForAll}, field{"brand", ForAll}, field{"zone", ForAll},
		field{"languages", ForAll}, field{"token", ForSending})
}

func usesOf(fields []field, name string) (Use, bool) {
	for _, f := range fields {
		if f.name == name {
			return f.uses, true
		}
	}
	return 0, false
}

// An entry is an app of the file as far as its reader may know it.
type entry struct {
	line     int
	name     string
	platform desk.Platform
	secrets  []text
	accounts []accountEntry
	own      map[string]text // the platform's own fields
}

type accountEntry struct {
	Account
	line  int
	token string
	own   map[string]text
}

// A text is a value of the file and where it stands.
type text struct {
	value string
	line  int
}

// signing returns the secrets themselves.
func (e entry) signing() []string {
	var secrets []string
	for _, s := range e.secrets {
		secrets = append(secrets, s.value)
	}
	return secrets
}

func (e entry) app() desk.App { return desk.App{Platform: e.platform, Name: e.name} }

// account is the id of the account that the app's events are about where they do
// not name it.
func (e entry) account() string { return cmp.Or(e.only().ID, e.name) }

// ids are those of its accounts.
func (e entry) ids() (all []string) {
	for _, a := range e.accounts {
		all = append(all, a.ID)
	}
	return all
}

// only returns the single account, or none.
func (e entry) only() Account {
	if len(e.accounts) != 1 {
		return Account{}
	}
	return e.accounts[0].Account
}

// Load reads an accounts file for use. An error lists every mistake, one a line
// as "name:line: reason", and repeats no secret. What only other uses need may be
// missing from doc, and is left unread when it is there.
func Load(doc []byte, name string, use Use) (*Accounts, error) {
	root, wrong := parse(doc)
	if wrong != nil {
		return nil, fail(name, []mistake{*wrong})
	}
	r := reader{use: use}
	a := &Accounts{apps: r.file(root), byID: map[desk.Platform]map[string]Account{}, receive: map[desk.App]Webhooks{}}
	for _, e := range a.apps {
		s, ok := speak(string(e.platform))
		if !ok {
			continue
		}
		r.receive(a, s, e)
	}
	if len(r.wrong) > 0 {
		return nil, fail(name, r.wrong)
	}
	return a, nil
}

// file reads all apps.
func (r *reader) file(root *yaml.Node) []entry {
	fields := r.fields(root, "the file", []field{{"apps", ForAll}})
	list, ok := fields["apps"]
	switch {
	case fields == nil:
		return nil // said already
	case !ok:
		r.mistake(root.Line, "apps are missing")
		return nil
	}
	var apps []entry
	for _, node := range r.list(list, "apps") {
		apps = append(apps, r.app(node))
	}
	lines := map[desk.App]int{}
	for _, e := range apps {
		if first, twice := lines[e.app()]; twice && e.name != "" && e.platform != "" {
			r.mistake(e.line, "app %q of platform %s is there twice, first in line %d", e.name, e.platform, first)
			continue
		}
		lines[e.app()] = e.line
	}
	return apps
}

// app reads one app. Which fields it may have depends on its platform, so that
// is looked at first.
func (r *reader) app(node *yaml.Node) entry {
	e := entry{line: node.Line, own: map[string]text{}}
	p := lookup(node, "platform")
	if p == nil {
		r.mistake(node.Line, "app: platform is missing")
		return e
	}
	s, ok := speak(p.Value)
	switch {
	case !ok || p.Kind != yaml.ScalarNode:
		r.mistake(p.Line, "app: %s", unspoken(p.Value))
		return e
	case string(s.name) != p.Value:
		r.mistake(p.Line, "app: platform %q is called %s here", p.Value, s.name)
		return e
	}
	e.platform = s.name
	for name, value := range r.fields(node, "app", appFields(s)) {
		switch name {
		case "platform":
		case "name":
			e.name = r.name(value)
		case "secrets":
			for _, secret := range r.list(value, "secrets") {
				e.secrets = append(e.secrets, r.text(secret, "secrets"))
			}
		case "accounts":
			for _, account := range r.list(value, "accounts") {
				e.accounts = append(e.accounts, r.account(account, s))
			}
		default:
			e.own[name] = r.text(value, name)
		}
	}
	for i := range e.accounts {
		e.accounts[i].App, e.accounts[i].Platform = e.name, e.platform
	}
	if lookup(node, "name") == nil {
		r.mistake(node.Line, "app: name is missing")
	}
	if lookup(node, "accounts") == nil && !s.alone {
		r.mistake(node.Line, "app %q: accounts are missing", e.name)
	}
	if r.use&ForSigning != 0 && lookup(node, "secrets") == nil {
		r.mistake(node.Line, "app %q: secrets are missing: nobody could check its webhooks", e.name)
	}
	if s.single && len(e.accounts) > 1 {
		r.mistake(e.accounts[1].line, "app %q: platform %s takes a single account", e.name, s.name)
	}
	if s.check != nil {
		r.wrong = append(r.wrong, s.check(e)...)
	}
	return e
}

func (r *reader) account(node *yaml.Node, s speech) accountEntry {
	a := accountEntry{line: node.Line, own: map[string]text{}}
	for name, value := range r.fields(node, "account", accountFields(s)) {
		switch name {
		case "id":
			a.ID = r.text(value, name).value
		case "brand":
			a.Brand = r.text(value, name).value
		case "channel":
			a.Channel = r.channel(value, s)
		case "token":
			a.token = r.text(value, name).value
		case "zone":
			a.Zone = r.text(value, name).value
			if _, err := time.LoadLocation(a.Zone); err != nil || a.Zone == "Local" {
				r.mistake(value.Line, "zone: there is no time zone %q", a.Zone)
			}
		case "languages":
			for _, language := range r.list(value, "languages") {
				t := r.text(language, "languages")
				if t.value != "" && !isLanguage(t.value) {
					r.mistake(t.line, "languages: %q is no language, such as el or pt-BR", t.value)
				}
				a.Languages = append(a.Languages, t.value)
			}
		default:
			a.own[name] = r.text(value, name)
		}
	}
	for _, name := range []string{"id", "brand"} {
		if lookup(node, name) == nil {
			r.mistake(node.Line, "account: %s is missing", name)
		}
	}
	return a
}

// channel is what an account is there for, on platforms that have several.
func (r *reader) channel(node *yaml.Node, s speech) string {
	t := r.text(node, "channel")
	if t.value != "" && s.channels != nil && !slices.Contains(s.channels, t.value) {
		r.mistake(t.line, "channel: platform %s has no channel %q: it is one of %s", s.name, t.value, strings.Join(s.channels, ", "))
	}
	return t.value
}

// receive gives a's maps what e has to say.
func (r *reader) receive(a *Accounts, s speech, e entry) {
	for _, secret := range e.secrets {
		if secret.value == "" { // said already
			continue
		}
		one := e
		one.secrets = []text{secret}
		if _, err := s.receive(one); err != nil {
			r.mistake(secret.line, "app %q: %v", e.name, err)
		}
	}
	if len(r.wrong) == 0 {
		webhooks, err := s.receive(e)
		if err != nil {
			r.mistake(e.line, "app %q: %v", e.name, err)
		}
		a.receive[e.app()] = webhooks
	}
	for _, account := range e.accounts {
		if a.byID[e.platform] == nil {
			a.byID[e.platform] = map[string]Account{}
		}
		if first, twice := a.byID[e.platform][account.ID]; twice && account.ID != "" {
			r.mistake(account.line, "account %q of platform %s is there twice, first in app %q", account.ID, e.platform, first.App)
		}
		a.byID[e.platform][account.ID] = account.Account
	}
}

// name is the end of a webhook address.
func (r *reader) name(node *yaml.Node) string {
	t := r.text(node, "name")
	if t.value != "" && url.PathEscape(t.value) != t.value {
		r.mistake(t.line, "name: %q cannot stand in an address as it is", t.value)
	}
	return t.value
}

// isLanguage reports whether s looks like a tag of BCP 47.
func isLanguage(s string) bool {
	parts := strings.Split(s, "-")
	for i, part := range parts {
		letters := strings.TrimFunc(part, func(r rune) bool { return r >= 'a' && r <= 'z' }) == ""
		other := strings.TrimFunc(part, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' }) == ""
		if i == 0 && (!letters || len(part) < 2 || len(part) > 3) || i > 0 && (!other || len(part) < 2 || len(part) > 8) {
			return false
		}
	}
	return true
}

// checkMeta looks at what only Meta has: it ends in the addresses that are called.
func checkMeta(app entry) []mistake {
	var wrong []mistake
	for _, name := range []string{"graph_version", "threads_version"} {
		version, ok := app.own[name]
		major, minor, dotted := strings.Cut(strings.TrimPrefix(version.value, "v"), ".")
		if ok && (!strings.HasPrefix(version.value, "v") || !dotted || !isDigits(major) || !isDigits(minor)) {
			wrong = append(wrong, mistake{version.line, fmt.Sprintf("%s: %q is no version, such as v25.0", name, version.value)})
		}
	}
	for _, account := range app.accounts {
		if page, ok := account.own["page"]; ok && !isDigits(page.value) {
			wrong = append(wrong, mistake{page.line, fmt.Sprintf("page: %q is no id of a page", page.value)})
		}
	}
	return wrong
}

// checkLinkedIn looks at what only LinkedIn has: a version is a year and a month.
func checkLinkedIn(app entry) []mistake {
	var wrong []mistake
	if version, ok := app.own["version"]; ok && (!isDigits(version.value) || len(version.value) != 6) {
		wrong = append(wrong, mistake{version.line, fmt.Sprintf("version: %q is no version, such as 202601", version.value)})
	}
	return wrong
}

// checkYouTube looks at what only YouTube has: the hub sends to the address, and keeps
// the secret that it is given.
func checkYouTube(app entry) []mistake {
	wrong := checkRefresh(app, "client_id")
	callback, ok := app.own["callback"]
	if u, err := url.Parse(callback.value); ok && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Fragment != "") {
		wrong = append(wrong, mistake{callback.line, "callback: is no address such as https://example.com/webhooks/youtube/demo"})
	}
	return wrong
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// checkStandard looks at what only Standard Webhooks has.
func checkStandard(app entry) []mistake {
	var wrong []mistake
	if secret, ok := app.own["reply_secret"]; ok {
		if _, err := standard.NewSigner(secret.value); err != nil {
			wrong = append(wrong, mistake{secret.line, fmt.Sprintf("reply_secret: %v", err)})
		}
	}
	for _, account := range app.accounts {
		address, ok := account.own["reply_url"]
		if !ok {
			continue
		}
		u, err := url.Parse(address.value)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Fragment != "" {
			wrong = append(wrong, mistake{address.line, "reply_url: is no address such as https://example.com/replies"})
		}
	}
	return wrong
}
