package simulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"example.com/skala/infra/simulator/receivers"
)

// toldPages adds the routes of the page that shows what the desk told its own people
// and programs. All of it works without a script, too.
func (s *Simulator) toldPages(mux *http.ServeMux) {
	mux.HandleFunc("GET /told", func(w http.ResponseWriter, r *http.Request) {
		s.render(w, r, "told.html", http.StatusOK, s.toldView(r.URL.Query(), ""))
	})
	mux.HandleFunc("GET /told/list", s.toldList)
	mux.HandleFunc("GET /told/{n}/html", s.toldHTML)
	mux.HandleFunc("POST /told/misbehave", s.toldMisbehave)
}

// A toldView is what that page shows.
type toldView struct {
	Receiver, Name string // what is chosen; empty for all
	Kinds          []choice
	Names          []choice
	Got            []receipt
	More           int
	Version        int
	Faults         []receivers.Fault
	Wrongs         []wrong
	Problem        string
	Browser        string // what the chosen browser says when it subscribes
}

// A receipt is a line of the list.
type receipt struct {
	receivers.Receipt
	Pretty string // of its data
}

// A wrong is what can be made to go wrong with a kind of receiver.
type wrong struct {
	Receiver, Title string
	Faults          []string
}

// toldMost is how many receipts a page shows.
const toldMost = 100

func (s *Simulator) toldView(q url.Values, problem string) toldView {
	v := toldView{Receiver: q.Get("receiver"), Name: q.Get("name"), Version: s.Receivers.Version(), Faults: s.Receivers.Faults(), Problem: problem}
	titles := map[string]string{receivers.Mail: "Mail", receivers.Slack: "Slack", receivers.Hook: "Webhooks", receivers.Push: "Push"}
	v.Kinds = []choice{{Href: "/told", Name: "All", Current: v.Receiver == ""}}
	var names []string
	for _, kind := range receivers.Kinds {
		v.Kinds = append(v.Kinds, choice{Href: toldLink(kind, ""), Name: titles[kind], Current: v.Receiver == kind})
		v.Wrongs = append(v.Wrongs, wrong{kind, titles[kind], receivers.FaultsOf(kind)})
	}
	for _, got := range s.Receivers.Received(v.Receiver, "", "") {
		if v.Receiver != "" && !slices.Contains(names, got.Name) {
			names = append(names, got.Name)
		}
		if v.Name == "" || got.Name == v.Name {
			v.Got = append(v.Got, receipt{got, pretty(got.Data)})
		}
	}
	slices.Sort(names)
	for _, name := range names {
		v.Names = append(v.Names, choice{Href: toldLink(v.Receiver, name), Name: name, Current: name == v.Name})
	}
	slices.Reverse(v.Got)
	if v.More = len(v.Got) - toldMost; v.More > 0 {
		v.Got = v.Got[:toldMost]
	}
	if v.Receiver == receivers.Push && v.Name != "" {
		if doc, err := json.MarshalIndent(s.Receivers.Subscription(v.Name), "", "  "); err == nil { // texts always marshal
			v.Browser = string(doc)
		}
	}
	return v
}

func toldLink(receiver, name string) string {
	q := url.Values{"receiver": {receiver}}
	if name != "" {
		q.Set("name", name)
	}
	return "/told?" + q.Encode()
}

// List returns the address of the list alone.
func (v toldView) List() string {
	return "/told/list?" + url.Values{"receiver": {v.Receiver}, "name": {v.Name}}.Encode()
}

// Clock returns the time of a receipt in this machine's zone.
func (r receipt) Clock() string { return r.At.Local().Format("15:04:05") }

// Title is what a list calls it.
func (r receipt) Title() string {
	switch {
	case r.Subject != "":
		return r.Subject
	case r.Type != "":
		return r.Type
	}
	return "without a subject"
}

// State is ok, held or bad: how it went for its sender.
func (r receipt) State() string {
	switch {
	case !r.Taken:
		return "bad"
	case r.Answer == "" || r.Repeats > 0 || len(r.Problems) > 0:
		return "held"
	}
	return "ok"
}

func pretty(doc json.RawMessage) string {
	var v any
	if len(doc) == 0 || json.Unmarshal(doc, &v) != nil {
		return ""
	}
	out, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return "" // it was read a moment ago
	}
	return string(out)
}

// toldList answers with the list alone, 304 while nothing changes.
func (s *Simulator) toldList(w http.ResponseWriter, r *http.Request) {
	tag := `"` + strconv.Itoa(s.Receivers.Version()) + `"`
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	s.render(w, r, "told-list", http.StatusOK, s.toldView(r.URL.Query(), ""))
}

// toldHTML shows a mail as a program for mail would, in a sandbox.
func (s *Simulator) toldHTML(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.PathValue("n"))
	for _, got := range s.Receivers.Received("", "", "") {
		if err == nil && got.N == n && got.HTML != "" {
			h := w.Header()
			h.Set("Content-Type", "text/html; charset=utf-8")
			h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'")
			h.Set("Cache-Control", "no-store")
			h.Set("X-Content-Type-Options", "nosniff")
			_, _ = w.Write([]byte(got.HTML)) // a browser that left is no failure of ours
			return
		}
	}
	http.NotFound(w, r)
}

// toldMisbehave sets a fault, or ends them.
func (s *Simulator) toldMisbehave(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The form could not be read.", http.StatusBadRequest)
		return
	}
	form := r.PostForm
	if form.Get("end") != "" {
		s.Receivers.Behave()
	} else {
		f := receivers.Fault{Receiver: form.Get("kind"), Name: form.Get("name"), Fault: form.Get("fault")}
		f.Count, _ = strconv.Atoi(form.Get("count")) // what is no number is one
		if err := s.Receivers.Misbehave(f); err != nil {
			s.render(w, r, "told.html", http.StatusUnprocessableEntity, s.toldView(form, upperFirst(err.Error())+"."))
			return
		}
	}
	back := "/told"
	if form.Get("receiver") != "" {
		back = toldLink(form.Get("receiver"), form.Get("name"))
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}
