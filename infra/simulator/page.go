package simulator

import (
	"bytes"
	"cmp"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.com/skala/infra/simulator/customers"
	"example.com/skala/infra/simulator/platforms"
)

//go:embed page.html static
var files embed.FS

func readPage() (*template.Template, error) { return template.ParseFS(files, "page.html") }

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
	App, Who, In string // what is chosen: platform/app, persona, "group" or empty
	Account      platforms.Account
	Persona      customers.Persona
	Address      string // the webhook's
	Apps         []choice
	People       []choice
	Places       []choice
	Samples      []customers.Text
	Group        bool
	Blocked      bool
	Lines        []bubble
	Version      int
	Now          time.Time
	Limit        int
	Problem      string
	Draft        string
	Webhooks     []preset
	Sends        []preset
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
	State      string // ok, held, bad: of its webhook
	Said       string // what became of its webhook
}

// A preset is a fault at one click.
type preset struct{ Fault, Label, Times, After string }

func presets() (webhooks, sends []preset) {
	return []preset{
			{"redeliver", "Send it again twice, a second apart", "2", "1s"},
			{"redeliver", "Send it again after two minutes", "1", "2m"},
			{"duplicate", "Send five copies at once", "5", ""},
			{"reorder", "Hold it until the next one has gone", "", "30s"},
			{"batch", "Put it in one body with the next one", "", "30s"},
			{"tamper", "Change one byte after signing", "", ""},
			{"stale", "Sign it as ten minutes old", "", ""},
		}, []preset{
			{"timeout", "Accept it, then answer nothing", "", "40s"},
			{"lost", "Accept it, then cut the line", "", ""},
			{"broken", "Accept it, then answer 500", "", ""},
			{"429", "429 with Retry-After of 10 s", "", "10s"},
			{"500", "500, not accepted", "", ""},
			{"401", "401, the token has expired", "", ""},
			{"400", "400, refused for good", "", ""},
			{"quota", "429, the month is used up", "", ""},
			{"410", "410, the receiver is gone", "", ""},
		}
}

// view collects the page from what was chosen; form holds what a refused
// message was.
func (s *Simulator) view(q, form url.Values) view {
	v := view{App: q.Get("app"), Who: q.Get("who"), In: q.Get("in"), Now: s.now(), Limit: platforms.LineLimit, Version: s.Version()}
	for _, a := range s.Accounts() {
		name := a.Platform + "/" + a.App
		if v.App == "" || v.App == name {
			v.App, v.Account = name, a
			break
		}
	}
	if v.Account.Platform == "" {
		v.Account = s.Accounts()[0]
		v.App = v.Account.Platform + "/" + v.Account.App
	}
	people := customers.Personas()
	v.Persona = people[0]
	for _, p := range people {
		if p.ID == v.Who {
			v.Persona = p
		}
	}
	v.Who = v.Persona.ID
	if v.Account.Platform != "line" {
		v.In = ""
	}
	v.Group = v.In != ""
	v.Address = "/webhooks/" + v.App
	for _, a := range s.Accounts() {
		name := a.Platform + "/" + a.App
		v.Apps = append(v.Apps, choice{Href: v.link("app", name), Name: platformName(a.Platform) + " · " + a.App, About: a.Brand, Current: name == v.App})
	}
	for _, p := range people {
		c := choice{Href: v.link("who", p.ID), Name: p.Name, Lang: p.Lang, About: p.About, Current: p.ID == v.Who}
		if p.Picture {
			c.Picture = "/sim/picture/" + p.ID + ".png"
		}
		v.People = append(v.People, c)
	}
	if v.Account.Platform == "line" {
		v.Places = []choice{
			{Href: v.link("in", ""), Name: "Direct chat", Current: v.In == ""},
			{Href: v.link("in", "group"), Name: "Group", Current: v.In != ""},
		}
	}
	v.Samples = s.book.Samples(v.Persona.Lang)
	if v.Persona.Lang == "el-Latn" {
		v.Samples = append(v.Samples, s.book.Samples("el")...)
	}
	v.Webhooks, v.Sends = presets()
	v.Faults = s.Faults()
	v.Draft, v.Problem = form.Get("text"), form.Get("problem")
	s.converse(&v)
	return v
}

// converse fills in the conversation.
func (s *Simulator) converse(v *view) {
	me := s.UserID(v.Account.Platform, v.Account.App, v.Who)
	conversation := me
	switch {
	case v.Account.Platform != "line":
		conversation = "conv_" + strings.TrimPrefix(me, "cust_")
	case v.Group:
		conversation = platforms.GroupID(v.In)
	}
	thread, events := s.Thread(platforms.ThreadKey{Platform: v.Account.Platform, App: v.Account.App, Conversation: conversation})
	v.Blocked = thread.Blocked
	for _, l := range thread.Lines {
		b := bubble{Line: l, Mine: l.Author == me, Desk: l.Author == ""}
		if l.Do == "picture" {
			b.Picture = "/sim/picture/" + l.Message + ".png"
		}
		own := b.Mine && !l.Unsent && l.Message != ""
		b.CanUnsend = own
		b.CanEdit = own && l.Do == "message" && (v.Group || v.Account.Platform != "line")
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

func platformName(platform string) string {
	if platform == "line" {
		return "LINE"
	}
	return "Standard Webhooks"
}

// link returns the page's address with one thing chosen otherwise.
func (v view) link(field, value string) string {
	q := url.Values{"app": {v.App}, "who": {v.Who}, "in": {v.In}}
	q.Set(field, value)
	if q.Get("in") == "" {
		q.Del("in")
	}
	return "/?" + q.Encode()
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
	platform, app, _ := strings.Cut(form.Get("app"), "/")
	text := strings.ReplaceAll(form.Get("text"), "\r\n", "\n")
	switch form.Get("do") {
	case "sticker", "picture", "location", "file", "follow", "unfollow", "unsend":
		text = "" // a draft that stood beside the button
	}
	_, err := s.Say(r.Context(), platforms.Say{
		Platform: platform, App: app, Persona: form.Get("who"), Group: form.Get("in"), Do: cmp.Or(form.Get("do"), "message"),
		Text: text, Mention: form.Get("mention") != "", Message: form.Get("message"),
	})
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
	platform, app, _ := strings.Cut(form.Get("app"), "/")
	f := platforms.Fault{Fault: fault, Platform: platform, App: app}
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

func (s *Simulator) render(w http.ResponseWriter, r *http.Request, name string, code int, v view) {
	var page bytes.Buffer
	if err := s.page.ExecuteTemplate(&page, name, v); err != nil {
		s.log.ErrorContext(r.Context(), "page not rendered", "page", name, "err", err)
		http.Error(w, "This page is broken.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_, _ = page.WriteTo(w) // a browser that left is no failure of ours
}
