package console

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/people"
	"example.com/skala/shared/wording"
)

//go:embed templates
var templateFiles embed.FS

// parse reads the templates, so that a broken one stops the start.
func (c *Console) parse() (*template.Template, error) {
	return template.New("").Funcs(c.words()).ParseFS(templateFiles, "templates/*.html")
}

// words are the functions of templates, in the console's language.
func (c *Console) words() template.FuncMap {
	return template.FuncMap{
		"t":      c.text.say,
		"name":   c.text.name,
		"called": c.called,
		"asset": func(name string) (string, error) {
			a, ok := c.assets[name]
			if !ok {
				return "", fmt.Errorf("no asset %q", name)
			}
			return "/static/" + name + "?v=" + a.version, nil
		},
		"segment": url.PathEscape, // of an address, in which an id is one, whatever is in it
		"gist":    desk.Preview,
		"share":   c.text.Share,
		"short":   func(hash string) string { return hash[:min(len(hash), 12)] },
		"truth":   func(b *bool) bool { return b != nil && *b },
		"lasting": c.text.lasting,
		"why":     c.text.why,
		"subject": c.text.subject,
		"because": c.text.because,
		"count":   func(n *int64) string { return c.text.Number(*n) },
		"date":    func(t *time.Time) string { return c.text.Date(*t) },
		"tongue":  tongue,
		"foreign": c.foreign,
	}
}

// tongue is the code of the language that a text is in, as pages mark it up for those
// who have them read aloud and for the fonts; empty where triage could not tell.
func tongue(lang string) string {
	if wording.Speaks(lang) {
		return lang
	}
	return ""
}

// foreign is the tongue of a text that is in another language than the page, which says
// its own once.
func (c *Console) foreign(lang string) string {
	if lang == c.text.Code {
		return ""
	}
	return tongue(lang)
}

// called is what pages call an author: by name or handle or, where the platform
// tells neither, by the end of their id, so that two of them are told apart.
func (c *Console) called(name, handle, id string) string {
	switch letters := []rune(id); {
	case name != "":
		return desk.ShortName(name)
	case handle != "":
		return desk.ShortName(handle)
	case id != "":
		return c.text.say("author.by_id", string(letters[max(0, len(letters)-6):]))
	}
	return c.text.say("author.unknown")
}

// A page is what every template gets; Body is the page's own.
type page struct {
	Title  string
	Who    people.Person
	Tabs   []tab
	News   string // where the page asks for its own news; empty for nowhere
	Lang   wording.Language
	Zone   *time.Location // time.UTC itself where nobody knows the reader's
	Now    time.Time
	Body   any
	Saved  bool          // what its reader just sent was
	Me     me            // whether the reader is there
	Bell   bell          // what they were told
	Around any           // what Body is a part of
	Main   template.HTML // the page's block, for the frame around it

	people people.Directory
}

// A tab leads to a list. Count is empty where nobody counted.
type tab struct {
	Name, Path, Count string
	Here              bool
}

// A moment is an instant for a time element. A browser with the script shows it
// in its own zone where the desk does not know the reader's.
type moment struct{ ISO, Text string }

// When returns t in the page's zone, today's without the date, this year's without
// the year. Second is When to the second.
func (p page) When(t time.Time) moment   { return p.moment(t, p.Lang.Clock(t.In(p.Zone))) }
func (p page) Second(t time.Time) moment { return p.moment(t, t.In(p.Zone).Format("15:04:05")) }

// Date is the day of t in the page's zone.
func (p page) Date(t time.Time) string { return p.Lang.Date(t.In(p.Zone)) }

func (p page) moment(t time.Time, clock string) moment {
	local, now, text := t.In(p.Zone), p.Now.In(p.Zone), clock
	switch {
	case local.Year() != now.Year():
		text = p.Lang.Date(local) + " " + clock
	case local.YearDay() != now.YearDay():
		text = p.Lang.Day(local) + " " + clock
	}
	if p.Zone == time.UTC {
		text += " UTC"
	}
	return moment{t.UTC().Format(time.RFC3339), text}
}

// Clock names the zone that the page's instants are in, empty where they are the
// browser's to show.
func (p page) Clock() string {
	if p.Zone == time.UTC {
		return ""
	}
	return p.Zone.String()
}

// With returns the page for a part of it.
func (p page) With(part any) page {
	p.Around, p.Body = p.Body, part
	return p
}

// Named is what the page calls somebody who works here, Signs the name under their
// answers. Both take an id.
func (p page) Named(id string) string { return p.people.Called(id) }
func (p page) Signs(id string) string { return p.people.Signs(id) }

// Colleagues are those whom a form can name.
func (p page) Colleagues() []people.Member { return p.people.Colleagues() }

// Past reports whether an instant is over.
func (p page) Past(t time.Time) bool { return t.Before(p.Now) }

// May reports whether the page's reader may do verb to a ticket of tier.
func (p page) May(verb string, tier desk.Tier) bool {
	return people.May(p.Who, people.Verb(verb), desk.Ticket{Tier: tier})
}

// MayOn is May to a ticket as it stands: who holds its claim may finish it, to
// whatever tier it was raised.
func (p page) MayOn(verb string, t desk.Ticket) bool { return people.May(p.Who, people.Verb(verb), t) }

// Categories, Severities and Sentiments are what a correction chooses from.
func (p page) Categories() []desk.Category { return desk.Categories }
func (p page) Severities() []desk.Severity {
	return []desk.Severity{desk.Critical, desk.High, desk.Normal, desk.Low}
}

func (p page) Sentiments() []desk.Sentiment { return desk.Sentiments }

// render writes the page name. Its tag is of what stands on it, so that a page
// that asks again is told when nothing is new.
func (c *Console) render(w http.ResponseWriter, r *http.Request, who people.Person, name string, code int, title string, body any) {
	p := page{Title: c.text.say(title), Who: who, Lang: c.text.Language, Zone: c.zone(r), Now: c.now(), Body: body}
	if r.Method == http.MethodGet {
		p.News = r.URL.RequestURI()
	}
	if v, ok := body.(interface{ about() (title, news string) }); ok {
		var news string
		if p.Title, news = v.about(); r.Method != http.MethodGet { // what came of a form has no address of its own
			p.News = news
		}
	}
	if people.MayEver(who, people.View) {
		p.Tabs = c.tabs(r.Context(), who, r.URL.Path)
		var err error
		if p.people, err = c.directory(r.Context()); err != nil {
			c.cfg.Log.WarnContext(r.Context(), "directory not read", "err", err)
		}
		back := p.News
		if r.Method == http.MethodGet {
			back = r.URL.RequestURI()
		}
		p.Me = c.meOf(p.people, who, p.Now, back)
		if _, err := r.Cookie(c.cookieName(r, savedCookie)); err == nil && r.Method == http.MethodGet && !polls(r) {
			p.Saved = true
			http.SetCookie(w, c.cookie(r, c.cookieName(r, savedCookie), "", 0))
		}
		p.Bell = c.bellOf(r, who)
		p.Bell.Here = r.URL.Path == noticesPath
	}
	html, err := c.fill(name, p)
	if err != nil {
		logs.Note(r.Context(), "outcome", "not rendered", "err", err)
		http.Error(w, c.text.say("problem.ours"), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if code == http.StatusOK && r.Method == http.MethodGet && h.Get("ETag") == "" {
		sum := sha256.Sum256(html)
		h.Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
		if r.Header.Get("If-None-Match") == h.Get("ETag") {
			nothingNew(w)
			return
		}
	}
	w.WriteHeader(code)
	_, _ = w.Write(html) // a browser that left is no failure of ours
}

func (c *Console) fill(name string, p page) ([]byte, error) {
	var main, whole bytes.Buffer
	if err := c.pages.ExecuteTemplate(&main, name, p); err != nil {
		return nil, err
	}
	p.Main = template.HTML(main.String())
	if err := c.pages.ExecuteTemplate(&whole, "frame", p); err != nil {
		return nil, err
	}
	return whole.Bytes(), nil
}

// tabs are the lists a person can look at, with how many tickets wait there.
func (c *Console) tabs(ctx context.Context, who people.Person, here string) []tab {
	waiting := c.tally(ctx)
	var tabs []tab
	for _, tier := range c.tiers(ctx) {
		path := fmt.Sprintf("/tiers/%d", tier.Tier)
		tabs = append(tabs, tab{Name: tier.Name, Path: path, Count: waiting.tiers[tier.Tier], Here: here == path})
	}
	tabs = append(tabs, tab{Name: c.text.say("tab.mine"), Path: minePath, Count: waiting.mine(who.ID), Here: here == minePath}, tab{Name: c.text.say("tab.all"), Path: "/all", Here: here == "/all"})
	for _, t := range []struct {
		verb       people.Verb
		name, path string
	}{
		{people.Correct, "tab.review", reviewPath},
		{people.Quarantine, "tab.quarantine", "/quarantine"},
		{people.Quarantine, "tab.dead_letters", "/dead-letters"},
		{people.Accounting, "tab.accounting", "/accounting"},
		{people.Accounting, "tab.accounts", accountsPath},
		{people.SeePeople, "tab.people", peoplePath},
		{people.Audit, "tab.audit", auditPath},
	} {
		if people.MayEver(who, t.verb) {
			count := ""
			if t.path == reviewPath {
				count = waiting.list("unsure")
			}
			tabs = append(tabs, tab{Name: c.text.say(t.name), Path: t.path, Count: count, Here: within(here, t.path) || t.path == peoplePath && (within(here, teamsPath) || within(here, rotasPath) || within(here, repliesPath))})
		}
	}
	return tabs
}

func within(here, path string) bool { return here == path || strings.HasPrefix(here, path+"/") }

// tiers are those that the desk uses, by the names that its policy gives them. Those
// of the policies that come with the desk are said in the reader's language, a firm's
// own as they are.
func (c *Console) tiers(ctx context.Context) []tierName {
	var tiers []tierName
	p, err := c.cfg.Policies.Active(ctx)
	if err != nil {
		c.cfg.Log.WarnContext(ctx, "policy not read", "err", err)
		for tier := desk.Tier(0); tier < desk.Tiers; tier++ {
			tiers = append(tiers, tierName{tier, c.text.say("tier", tier)})
		}
		return tiers
	}
	for _, tier := range p.Tiers {
		tiers = append(tiers, tierName{tier.Queue, c.text.name("level", tier.Name)})
	}
	return tiers
}

// home leads to the list that a person works from.
func (c *Console) home(w http.ResponseWriter, r *http.Request, who people.Person) error {
	to := "/all"
	for _, tier := range who.Tiers() {
		if tier <= desk.Senior {
			to = fmt.Sprintf("/tiers/%d", tier)
		}
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// claimed is the address of a ticket for whoever claimed it. The token is in
// it, so that each tab keeps its own claim over a reload; with another's session
// it is worth nothing.
func claimed(d done) string {
	return "/tickets/" + string(d.ticket.ID) + "?" + url.Values{"claim": {d.entry.Lease.Token}}.Encode()
}

func (c *Console) signedOut(w http.ResponseWriter, r *http.Request) error {
	if _, ok := c.session(r); ok { // they came from a page that asked them to, and are waited for there
		c.render(w, r, people.Person{}, "signed-in", http.StatusOK, "expired.signed_in", nil)
		return nil
	}
	c.render(w, r, people.Person{}, "signed-out", http.StatusOK, "signed_out.title", nil)
	return nil
}

// askToSignIn sends a reader to sign in. Who wrote something keeps it before
// them: they sign in beside it and send it again. A page that asks for news is
// told plainly.
func (c *Console) askToSignIn(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("If-None-Match") != "" || r.Header.Get("X-Requested-With") != "":
		http.Error(w, c.text.say("problem.nobody"), http.StatusUnauthorized)
		return
	case r.Method == http.MethodGet:
		http.Redirect(w, r, "/sign-in?"+url.Values{"return": {r.URL.RequestURI()}}.Encode(), http.StatusSeeOther)
		return
	}
	var view struct {
		Action string
		Hidden map[string]string
		Texts  map[string]string
	}
	view.Action, view.Hidden, view.Texts = r.URL.Path, map[string]string{}, map[string]string{}
	if err := r.ParseForm(); err == nil { // else there is nothing to keep
		for name, values := range r.PostForm {
			switch {
			case name == "text" || name == "why" || name == "advice":
				view.Texts[name] = values[0]
			default:
				view.Hidden[name] = values[0]
			}
		}
	}
	c.render(w, r, people.Person{}, "expired", http.StatusUnauthorized, "expired.title", view)
}
