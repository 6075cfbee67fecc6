package simulator

import (
	"bytes"
	"cmp"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/skala/infra/simulator/customers"
	"example.com/skala/infra/simulator/platforms"
)

//go:embed page.html told.html static
var files embed.FS

func readPage() (*template.Template, error) { return template.ParseFS(files, "page.html", "told.html") }

// pages adds the routes of the page. All of it works without a script; the one
// there is fetches the conversation while it changes.
func (s *Simulator) pages(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		s.render(w, r, "page.html", http.StatusOK, s.view(r.URL.Query(), nil))
	})
	mux.HandleFunc("GET /chat", s.chat)
	mux.HandleFunc("POST /say", s.say)
	mux.HandleFunc("POST /misbehave", s.misbehave)
	mux.Handle("GET /static/", http.FileServerFS(files))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
}

// A view is what the page shows.
type view struct {
	App, Who, In string // what is chosen: channel/app, persona, a place or "group"
	Account      platforms.Account
	Persona      customers.Persona
	Address      string // the webhook's
	Apps         []choice
	People       []choice
	Places       []choice
	Samples      []customers.Text
	Group        bool
	Public       bool
	Place        string // in words
	Blocked      bool
	Does         []button // by the customer
	Elsewhere    []button // by others
	Calls        []platforms.Call
	Handshake    *platforms.Handshake
	usual        string // of the places
	Lines        []bubble
	Version      int
	Now          time.Time
	Limit        int
	Problem      string
	Draft        string
	Webhooks     []preset
	Sends        []preset
	Asks         []preset
	Faults       []platforms.Fault
}

// A choice is a link that chooses something.
type choice struct {
	Href, Name, Lang, About, Picture string
	Current                          bool
}

// A bubble is a line of the conversation.
type bubble struct {
	platforms.Line
	Mine, Desk bool
	Picture    string // of a picture message
	CanEdit    bool
	CanUnsend  bool
	CanAnswer  bool
	Brand      []button // what the brand can do to it elsewhere
	State      string   // ok, held, bad: of its webhook
	Said       string   // what became of its webhook
}

// view collects the page from what was chosen; form holds what a refused
// message was.
func (s *Simulator) view(q, form url.Values) view {
	v := view{App: q.Get("app"), Who: q.Get("who"), In: q.Get("in"), Now: s.now(), Limit: platforms.LineLimit, Version: s.Version()}
	accounts := s.Accounts()
	names := accountNames(accounts)
	chosen := max(0, slices.Index(names, v.App))
	v.App, v.Account = names[chosen], accounts[chosen]
	people := customers.Personas()
	v.Persona = people[0]
	for _, p := range people {
		if p.ID == v.Who {
			v.Persona = p
		}
	}
	v.Who = v.Persona.ID
	v.Address = "/webhooks/" + v.Account.Platform + "/" + v.Account.App
	for i, a := range accounts {
		v.Apps = append(v.Apps, choice{Href: v.appLink(names[i]), Name: channelName(a.Channel) + " · " + a.App, About: a.Brand, Current: i == chosen})
	}
	places, does := s.Places(v.Account)
	v.place(places)
	for _, p := range people {
		c := choice{Href: v.link("who", p.ID), Name: p.Name, Lang: p.Lang, About: p.About, Current: p.ID == v.Who}
		if p.Picture {
			c.Picture = "/sim/picture/" + p.ID + ".png"
		}
		v.People = append(v.People, c)
	}
	v.Does, v.Elsewhere = buttons(does, v.Public)
	v.Samples = s.book.Samples(v.Persona.Lang)
	if v.Persona.Lang == "el-Latn" {
		v.Samples = append(v.Samples, s.book.Samples("el")...)
	}
	v.Webhooks, v.Sends, v.Asks = presets(v.Account.Channel)
	if v.Account.Platform == "meta" || v.Account.Platform == "x" {
		calls := s.Calls(v.Account.Channel, v.Account.App)
		v.Calls = slices.Clone(calls[max(0, len(calls)-8):])
		slices.Reverse(v.Calls)
	}
	for _, h := range s.Handshakes() {
		if h.Platform == v.Account.Platform && h.App == v.Account.App {
			v.Handshake = &h
		}
	}
	v.Faults = s.Faults()
	v.Draft, v.Problem = form.Get("text"), form.Get("problem")
	s.converse(&v, does)
	return v
}

// converse fills in the conversation.
func (s *Simulator) converse(v *view, does []string) {
	me := s.UserID(v.Account, v.Who)
	lines, events, blocked := s.Talk(v.Account, me, v.In)
	v.Blocked = blocked
	can := func(do string) bool { return slices.Contains(does, do) }
	for _, l := range lines {
		b := bubble{Line: l, Mine: l.Author == me, Desk: l.Author == ""}
		if l.Do == "picture" {
			b.Picture = "/sim/picture/" + l.Message + ".png"
		}
		there := !l.Unsent && l.Message != ""
		own := b.Mine && there && s.Tells(v.Account, v.Public)
		b.CanUnsend = own && can("unsend")
		b.CanEdit = own && can("edit") && (l.Do == "message" || l.Do == "mention") && (v.Group || v.Account.Platform != "line")
		b.CanAnswer = there && v.Public
		if v.Public && there {
			b.Brand = brandButtons(does, b)
		}
		if e, ok := events[l.ID]; ok {
			b.State, b.Said = outcome(e)
		}
		v.Lines = append(v.Lines, b)
	}
}

// outcome says in a few words what became of an event's webhook.
func outcome(e platforms.Event) (state, said string) {
	if len(e.Attempts) == 0 {
		return "held", "held back"
	}
	last := e.Attempts[len(e.Attempts)-1]
	said = "answered " + strconv.Itoa(last.Status) + " in " + strconv.FormatInt(last.TookMS, 10) + " ms"
	if last.Status == 0 {
		said = last.Problem
	}
	if last.What != "first" {
		said = last.What + ": " + said
	}
	if n := len(e.Attempts); n > 1 {
		said += ", posted " + strconv.Itoa(n) + " times"
	}
	state = "bad"
	for _, a := range e.Attempts {
		if a.Status/100 == 2 {
			state = "ok"
		}
	}
	return state, said
}

// link returns the page's address with one thing chosen otherwise.
func (v view) link(field, value string) string {
	q := url.Values{"app": {v.App}, "who": {v.Who}, "in": {v.In}}
	q.Set(field, value)
	if v.In == v.usual {
		q.Del("in")
	}
	if field == "in" && value != v.usual {
		q.Set("in", value)
	}
	if q.Get("in") == "" {
		q.Del("in")
	}
	return "/?" + q.Encode()
}

// appLink is the page's address with another account, in its usual place.
func (v view) appLink(name string) string {
	return "/?" + url.Values{"app": {name}, "who": {v.Who}}.Encode()
}

// Here returns the page's own address.
func (v view) Here() string { return v.link("app", v.App) }

// Chat returns the address of the conversation alone.
func (v view) Chat() string { return "/chat" + strings.TrimPrefix(v.Here(), "/") }

// Clock returns the time of a line in this machine's zone, where whoever looks
// at the page sits.
func (b bubble) Clock() string { return b.Line.At.Local().Format("15:04:05") }

// chat answers with the conversation alone, 304 while nothing changes.
func (s *Simulator) chat(w http.ResponseWriter, r *http.Request) {
	tag := `"` + strconv.Itoa(s.Version()) + `"`
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	s.render(w, r, "chat", http.StatusOK, s.view(r.URL.Query(), nil))
}

// say lets the chosen persona do something. A browser without the script is
// sent back to the page.
func (s *Simulator) say(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 256<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The form could not be read.", http.StatusBadRequest)
		return
	}
	form := r.PostForm
	channel, app, account := choiceOf(form.Get("app"))
	text := strings.ReplaceAll(form.Get("text"), "\r\n", "\n")
	switch form.Get("do") {
	case "", "message", "edit", "choose", "postback", "story_reply", "elsewhere", "publish":
	default:
		text = "" // a draft that stood beside the button
	}
	say := platforms.Say{
		Platform: channel, App: app, Account: account, Persona: form.Get("who"), In: form.Get("in"), Do: cmp.Or(form.Get("do"), "message"),
		Text: text, Mention: form.Get("mention") != "", Message: form.Get("message"),
	}
	if channel == "line" {
		say.Group, say.In = form.Get("in"), ""
	}
	_, err := s.Say(r.Context(), say)
	code := http.StatusOK
	if err != nil {
		form.Set("problem", upperFirst(err.Error())+".")
		code = http.StatusUnprocessableEntity
	} else if text != "" {
		form.Del("text")
	}
	s.after(w, r, code, form)
}

// misbehave sets a fault for the chosen app, or ends them.
func (s *Simulator) misbehave(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The form could not be read.", http.StatusBadRequest)
		return
	}
	form := r.PostForm
	if form.Get("end") != "" {
		s.Behave()
		s.after(w, r, http.StatusOK, form)
		return
	}
	fault, more, _ := strings.Cut(form.Get("fault"), " ")
	times, after, _ := strings.Cut(more, " ")
	channel, app, _ := choiceOf(form.Get("app"))
	f := platforms.Fault{Fault: fault, Platform: channel, App: app}
	f.Count, _ = strconv.Atoi(form.Get("count")) // what is no number is one
	f.Times, _ = strconv.Atoi(times)
	code := http.StatusOK
	err := f.After.UnmarshalText([]byte(after))
	if err == nil {
		err = s.Misbehave(f)
	}
	if err != nil {
		form.Set("problem", upperFirst(err.Error())+".")
		code = http.StatusUnprocessableEntity
	}
	s.after(w, r, code, form)
}

// after answers a form: the script gets the conversation, a browser without it
// goes back to the page, or sees it at once with what was wrong.
func (s *Simulator) after(w http.ResponseWriter, r *http.Request, code int, form url.Values) {
	v := s.view(form, form)
	switch {
	case r.Header.Get("X-Fragment") != "":
		s.render(w, r, "chat", code, v)
	case code == http.StatusOK:
		http.Redirect(w, r, v.Here()+"#end", http.StatusSeeOther)
	default:
		s.render(w, r, "page.html", code, v)
	}
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (s *Simulator) render(w http.ResponseWriter, r *http.Request, name string, code int, v any) {
	var page bytes.Buffer
	if err := s.page.ExecuteTemplate(&page, name, v); err != nil {
		s.log.ErrorContext(r.Context(), "page not rendered", "page", name, "err", err)
		http.Error(w, "This page is broken.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_, _ = page.WriteTo(w) // a browser that left is no failure of ours
}
