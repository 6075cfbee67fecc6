package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// A ticketPage shows one ticket to one person.
type ticketPage struct {
	Ticket      desk.Ticket
	Called      string // what the page calls the author
	Messages    []messagePart
	Timeline    []happening
	Clocks      clocksPart
	Tiers       []tierName
	Says        string // what was not possible
	Form        string // the action whose form was refused
	Draft       url.Values
	Claim       string // the token of the claim that this tab holds or held
	Key         string // of the next reply
	NoteKey     string
	TemplateKey string // of the next reply by template
	Holds       bool   // this tab's claim is live
	Mine        bool   // the live claim is this person's
	Live        bool   // somebody's claim is live
	Lease       int    // seconds a claim lasts without a sign of life
	Grounds     []ground
	Score       int      // that they add up to
	Teams       []string // that the policy declares
	Declared    []string // tags that can be given
	Can         desk.Capability
	Window      window
	Related     []related
	Author      acquaintance
	There       []desk.Onlooker       // beside its reader
	Preview     *preview              // of the reply, where somebody asked for it
	Vendor      *vendorView           // who has it outside the desk; nil for nobody
	Blocked     bool                  // the author, by the account
	About       string                // the name of the message to moderate; empty for the last
	Sure        desk.ModerationAction // what is asked to be confirmed
	Moderate    *moderatePart         // nil where nothing can be done, or not by this reader
}

func (v ticketPage) about() (title, news string) {
	news = "/tickets/" + string(v.Ticket.ID)
	if v.Claim != "" {
		news += "?" + url.Values{"claim": {v.Claim}}.Encode()
	}
	return v.Called, news
}

// Value returns what a refused form held in a field, for the form of an action.
func (v ticketPage) Value(form, field string) string {
	if v.Form != form {
		return ""
	}
	return v.Draft.Get(field)
}

// Picked returns what a refused form held in a field of choices, or what stands.
func (v ticketPage) Picked(form, field string, otherwise any) string {
	if v.Form != form {
		return fmt.Sprint(otherwise)
	}
	return v.Draft.Get(field)
}

type tierName struct {
	Tier desk.Tier
	Name string
}

// ticketPage serves a ticket. A page that asks for news costs one read of the
// head, and of the reader's bell, while there is none.
func (c *Console) ticketPage(w http.ResponseWriter, r *http.Request, who people.Person) error {
	id := desk.TicketID(r.PathValue("id"))
	t, err := c.cfg.Tickets.Ticket(r.Context(), id)
	if err != nil {
		return err
	}
	claim := r.URL.Query().Get("claim")
	there := c.beside(r, id, who)
	tag := c.tag(t, who, claim, c.bellOf(r, who), there)
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		nothingNew(w)
		return nil
	}
	view := ticketPage{Claim: claim, About: r.URL.Query().Get("moderate")}
	c.taken(r, who, t, &view)
	return c.showTicket(w, r, who, t, http.StatusOK, view)
}

// tag names all that the page of a ticket shows: its version, what its reader was
// told, and what time alone changes.
func (c *Console) tag(t desk.Ticket, who people.Person, claim string, told bell, there []desk.Onlooker) string {
	late, now := 0, c.now()
	for _, clock := range t.Clocks {
		if clock.State == desk.Running && clock.Deadline.Before(now) {
			late++
		}
	}
	// How long a customer can be written to depends on what they said, which is not
	// read for this.
	return fmt.Sprintf(`"%d-%t-%t-%d-%d-%d%s"`, t.Version, t.Lease.Live(now), c.holds(t, who, claim), late, told.Unread, now.Unix()/int64(staleFor/time.Second), c.hereTag(there))
}

// staleFor is for how long a page may go on saying that a customer can be written
// to when that is over.
const staleFor = 5 * time.Minute

func (c *Console) holds(t desk.Ticket, who people.Person, claim string) bool {
	return claim != "" && t.Lease.Token == claim && t.Lease.Agent == who.ID && t.Lease.Live(c.now())
}

// showTicket fills in the page of t around what view says already.
func (c *Console) showTicket(w http.ResponseWriter, r *http.Request, who people.Person, t desk.Ticket, code int, view ticketPage) error {
	log, err := c.logOf(r.Context(), t)
	if err != nil {
		return err
	}
	p, err := c.policy(r.Context(), t)
	if err != nil {
		return err
	}
	t.Tags = c.tagsOf(r.Context(), t.Tags)
	view.Teams, view.Declared = c.choices(r.Context())
	now, work := c.now(), p.Plan
	view.Called = c.called(t.Author.Name, t.Author.Handle, t.Author.ID)
	view.Ticket, view.Lease = t, int(work.Lease()/time.Second)
	view.Live = t.Lease.Live(now)
	view.Mine = view.Live && t.Lease.Agent == who.ID
	view.Holds = c.holds(t, who, view.Claim)
	if view.Key == "" {
		view.Key = token()
	}
	if view.NoteKey == "" {
		view.NoteKey = token()
	}
	if view.TemplateKey == "" {
		view.TemplateKey = token()
	}
	view.Tiers = c.tiers(r.Context())
	said := talkOf(log)
	if t.Previous != "" && said.missing() {
		earlier, err := c.cfg.Logs.Log(r.Context(), t.Previous)
		if err != nil {
			return err
		}
		said.quoteFrom(t.Previous, talkOf(earlier))
	}
	view.Can, view.Blocked = c.can(t, said), said.blocked
	view.Vendor = vendorOf(t, log)
	view.Related = c.relatedTo(t, log)
	view.Window = c.windowOf(t, view.Can, now)
	for _, s := range said.said {
		part := c.part(t, who, s, said.blocked)
		view.Messages = append(view.Messages, part)
	}
	if view.Messages, err = c.withMerged(r.Context(), t, log, who, view.Messages); err != nil {
		return err
	}
	hints, enough := c.hintsOf(p, t, said)
	view.There = c.beside(r, t.ID, who)
	view.Author = c.acquaint(r, t, hints, enough)
	view.Grounds, view.Score = groundsOf(t.Verdict.Reasons)
	view.Moderate = view.moderatePart()
	for _, e := range slices.Backward(log) {
		if e.What != desk.Extended && e.What != desk.Sending {
			view.Timeline = append(view.Timeline, c.happened(e, said))
		}
	}
	if view.Clocks, err = c.clocks(r.Context(), t, log, p.Plan, now); err != nil {
		return err
	}
	c.render(w, r, who, "ticket", code, "", view)
	return nil
}

// submit takes an action that a person asks for by a form. What worked leads
// back to the page; what was refused is said on it, with all that was written.
func (c *Console) submit(w http.ResponseWriter, r *http.Request, who people.Person, a action) error {
	id := desk.TicketID(r.PathValue("id"))
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("form: %w: %w", err, errRequest)
	}
	form := r.PostForm
	in, err := formInput(a, form, c.now())
	if err == nil && a.verb == people.Moderate && form.Get("sure") == "" {
		if err = c.confirm(w, r, who, a, id, in, form); err == nil {
			return nil
		}
	}
	if a.verb == people.Reply {
		in.Hold = int(c.graceOf(r.Context(), who) / time.Second)
	}
	var d done
	if err == nil {
		d, err = c.do(r.Context(), who, a, id, in)
	}
	if a.verb == people.Extend { // asked for by the script alone
		return c.extended(w, r, d, err)
	}
	if err != nil {
		return c.refused(w, r, who, a, id, form, err)
	}
	view := ticketPage{Claim: d.entry.Lease.Token}
	switch a.verb {
	case people.Undo:
		return c.takenBack(w, r, who, d, form)
	case people.Claim, people.TakeOver:
		if form.Get("text") == "" {
			http.Redirect(w, r, claimed(d), http.StatusSeeOther)
			return nil
		}
		// Somebody's claim ended while they wrote: what they wrote stays.
		view.Form, view.Draft, view.Key = "reply", form, form.Get("key")
		return c.showTicket(w, r, who, d.ticket, http.StatusOK, view)
	}
	if a.verb == people.Merge {
		http.Redirect(w, r, "/tickets/"+string(d.ticket.Into), http.StatusSeeOther)
		return nil
	}
	if back := backTo(form); back != "" {
		http.Redirect(w, r, back, http.StatusSeeOther)
		return nil
	}
	to := url.Values{}
	if d.ticket.Lease.Token != "" && d.ticket.Lease.Token == form.Get("token") {
		to.Set("claim", form.Get("token"))
	}
	http.Redirect(w, r, "/tickets/"+string(id)+"?"+to.Encode(), http.StatusSeeOther)
	return nil
}

// refused shows a ticket with what was not possible, and why.
func (c *Console) refused(w http.ResponseWriter, r *http.Request, who people.Person, a action, id desk.TicketID, form url.Values, err error) error {
	f := failureOf(err)
	t, problem := c.cfg.Tickets.Ticket(r.Context(), id)
	if problem != nil {
		return problem
	}
	f.note(r.Context(), err)
	view := ticketPage{Says: c.text.say(f.key), Form: a.name, Draft: form, Claim: form.Get("token"), Key: form.Get("key"), About: form.Get("message")}
	switch {
	case errors.Is(err, errOtherContent): // what was sent under the old key stays sent; this is another reply
		view.Key = ""
	case errors.Is(err, desk.ErrInvalid), errors.Is(err, desk.ErrWindow), errors.Is(err, errFull), errors.Is(err, errAway):
		view.Says += " " + c.text.mistake(strings.TrimPrefix(reason(err), strings.ReplaceAll(a.name, "-", " ")+": ")) + "."
	}
	switch {
	case a.verb == people.Note:
		view.Key, view.NoteKey = "", view.Key
	case a.verb == people.Moderate:
		view.Key = ""
	case form.Has("template"):
		view.Key, view.TemplateKey = "", view.Key
	}
	return c.showTicket(w, r, who, t, f.code, view)
}

// confirm asks whether somebody means to moderate a message, when nothing else
// speaks against it.
func (c *Console) confirm(w http.ResponseWriter, r *http.Request, who people.Person, a action, id desk.TicketID, in input, form url.Values) error {
	d, err := c.read(r.Context(), who, a, id, in)
	if err != nil {
		return err
	}
	if _, err := c.decide(a, d); err != nil {
		return err
	}
	return c.showTicket(w, r, who, d.ticket, http.StatusOK, ticketPage{Claim: in.Token, Form: a.name, Draft: form, Sure: in.Action})
}

// reason is the words of what was not possible, without the sentinel's.
func reason(err error) string {
	text := strings.TrimSuffix(err.Error(), ": "+desk.ErrInvalid.Error())
	text = strings.TrimSuffix(strings.TrimSuffix(text, ": "+errFull.Error()), ": "+errAway.Error())
	return strings.TrimSuffix(text, ": "+desk.ErrWindow.Error())
}

// extended answers the script that keeps a claim alive.
func (c *Console) extended(w http.ResponseWriter, r *http.Request, d done, err error) error {
	if err != nil {
		f := failureOf(err)
		if f.code >= http.StatusInternalServerError {
			return err
		}
		f.note(r.Context(), err)
		http.Error(w, c.text.say(f.key), f.code)
		return nil
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// formInput reads the fields of a page's form.
func formInput(a action, form url.Values, now time.Time) (input, error) {
	in := input{Token: form.Get("token"), Text: form.Get("text"), Assignee: form.Get("assignee"), Why: form.Get("why"), Advice: form.Get("advice"),
		Category: desk.Category(form.Get("category")), Key: form.Get("key"), Named: form.Get("key") != "", Visibility: desk.Visibility(form.Get("visibility")),
		Action: desk.ModerationAction(form.Get("action")), MessageName: form.Get("message")}
	if form.Has("template") {
		in.Template = &desk.Template{Name: strings.TrimSpace(form.Get("template")), Language: strings.TrimSpace(form.Get("language")),
			Parameters: lines(form.Get("parameters"))}
	}
	in.Who, in.Swarm = names(form.Get("who")), form.Get("swarm") != ""
	in.Into, in.Ticket = desk.TicketID(form.Get("into")), desk.TicketID(form.Get("ticket"))
	in.Sentiment, in.Anyway = desk.Sentiment(form.Get("sentiment")), form.Get("anyway") != ""
	if team := form.Get("team"); team != "" {
		in.Team = &team
	}
	if a.verb == people.Tag || a.verb == people.Correct && form.Has("tags") {
		in.Tags = emptied(names(form.Get("tags")))
	}
	if text := form.Get("tier"); text != "" {
		tier, err := tierOf(text)
		if err != nil {
			return in, fmt.Errorf("tier: %q is none of ours: %w", text, desk.ErrInvalid)
		}
		in.Tier = &tier
	}
	if text := form.Get("severity"); text != "" {
		if err := in.Severity.UnmarshalText([]byte(text)); err != nil {
			return in, fmt.Errorf("%w: %w", err, desk.ErrInvalid)
		}
	}
	if text := form.Get("hours"); text != "" {
		hours, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return in, fmt.Errorf("hours: %q is no number of hours: %w", text, desk.ErrInvalid)
		}
		in.Until = now.Add(time.Duration(hours) * time.Hour)
	}
	if text := form.Get("seen"); text != "" {
		seen, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return in, fmt.Errorf("form: seen %q is no version: %w", text, errRequest)
		}
		in.Seen = seen
	}
	in.Told = in.Seen > 0
	if in.Key == "" && (a.verb == people.Reply || a.verb == people.Note || a.verb == people.Moderate) {
		return in, fmt.Errorf("form: the key is missing: %w", errRequest)
	}
	return in, nil
}

// names are the words of a list with commas or spaces.
func names(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\r' || r == '\t' })
}

// lines are those of text that hold anything.
func lines(text string) []string {
	var full []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			full = append(full, line)
		}
	}
	return full
}
