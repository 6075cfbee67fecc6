package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/people"
)

const repliesPath = "/replies"

// replyRoutes are the addresses of saved replies. Whose of them somebody may change is
// package people's to say.
func (c *Console) replyRoutes() []route {
	return []route{
		{"GET /api/v1/saved-replies", people.View, c.apiReplies},
		{"GET /api/v1/saved-replies/{id}", people.View, apiItem(c, c.replies())},
		{"PUT /api/v1/saved-replies/{id}", people.View, apiPut(c, c.replies())},
		{"DELETE /api/v1/saved-replies/{id}", people.View, apiDelete(c, c.replies())},
		{"POST /api/v1/saved-replies/{id}/used", people.Reply, c.apiReplyUsed},
		{"GET /api/v1/tickets/{id}/saved-replies", people.View, c.apiOfferedReplies},
		{"GET /replies", people.View, c.replyList},
		{"POST /replies", people.View, c.submitReply},
		{"POST /replies/{id}/remove", people.View, c.removeReplyForm},
		{"GET /tickets/{id}/replies", people.Reply, c.offeredPage},
	}
}

func (c *Console) replies() shelf[people.SavedReply] {
	return shelf[people.SavedReply]{people.KindReply,
		func(d people.Directory) map[string]people.SavedReply { return d.Replies },
		func(r *people.SavedReply) (*string, *int64, *time.Time) { return &r.ID, &r.Version, &r.Changed },
		func(d people.Directory, who people.Person, was, is people.SavedReply) error {
			return d.MayKeepReply(who, was, is)
		},
		func(d people.Directory, is people.SavedReply) []people.Mistake { return d.CheckReply(is) },
		func(ctx context.Context, is people.SavedReply, change people.Change) error {
			return c.cfg.Keeper.SaveReply(ctx, is, change)
		},
		func(_ people.Directory, _ people.Person, is people.SavedReply) people.SavedReply { return is },
		// What is counted is nobody's to write down.
		func(is *people.SavedReply, was people.SavedReply, _ func(string) bool) {
			is.Uses, is.Used = was.Uses, was.Used
		},
		func(ctx context.Context, id string, version int64, change people.Change) error {
			return c.cfg.Keeper.RemoveReply(ctx, id, version, change)
		},
		func(d people.Directory, who people.Person, is people.SavedReply) bool { return d.SeesReply(who, is) }}
}

// apiReplies lists the saved replies that somebody works with.
func (c *Console) apiReplies(w http.ResponseWriter, r *http.Request, who people.Person) error {
	query := r.URL.Query()
	if err := onlyAsked(query, "q", "lang", "category"); err != nil {
		return err
	}
	d, err := c.cfg.Keeper.Directory(r.Context())
	if err != nil {
		return err
	}
	items := append([]people.SavedReply{}, repliesAsked(d, who, query)...)
	writeJSON(w, http.StatusOK, jsonType, map[string]any{"items": items, "next": ""})
	return nil
}

// repliesAsked are those of somebody's saved replies that a query asks for, by title.
func repliesAsked(d people.Directory, who people.Person, query url.Values) []people.SavedReply {
	return slices.DeleteFunc(people.Found(d.RepliesOf(who), query.Get("q")), func(r people.SavedReply) bool {
		lang, category := query.Get("lang"), desk.Category(query.Get("category"))
		return lang != "" && r.Language != lang || category != "" && !slices.Contains(r.Categories, category)
	})
}

// apiReplyUsed counts that somebody took a saved reply.
func (c *Console) apiReplyUsed(w http.ResponseWriter, r *http.Request, who people.Person) error {
	d, err := c.directory(r.Context())
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if _, ok := c.replies().item(d, who, id); !ok {
		return errNoItem
	}
	err = c.cfg.Keeper.UseReply(r.Context(), id, c.now())
	if errors.Is(err, desk.ErrNotFound) {
		return errNoItem
	}
	if err != nil {
		return err
	}
	logs.Note(r.Context(), "kind", people.KindReply, "item", id)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// offeredReplies are the saved replies for a ticket, filled for who asks, the likeliest first.
func (c *Console) offeredReplies(r *http.Request, who people.Person) (desk.Ticket, []people.OfferedReply, error) {
	t, err := c.cfg.Tickets.Ticket(r.Context(), desk.TicketID(r.PathValue("id")))
	if err != nil {
		return t, nil, err
	}
	d, err := c.directory(r.Context())
	if err != nil {
		return t, nil, err
	}
	all := people.Found(d.RepliesOf(who), r.URL.Query().Get("q"))
	able := c.cfg.Capability(t.Origin, desk.Answered{}) // how long a message may be does not depend on what it answers
	return t, people.Offer(all, t, able.MaxLength, placesFor(d, t, who)), nil
}

// placesFor is what is known for the places of a saved reply to t.
func placesFor(d people.Directory, t desk.Ticket, who people.Person) map[string]string {
	known := map[string]string{people.PlaceCustomer: t.Author.Name, people.PlaceAgent: who.Name, people.PlaceTicket: string(t.ID), people.PlaceBrand: t.Brand}
	if _, ok := d.Members[who.ID]; ok {
		known[people.PlaceAgent] = d.Signs(who.ID)
	}
	if t.Brand == desk.UnknownBrand {
		known[people.PlaceBrand] = ""
	}
	return known
}

func (c *Console) apiOfferedReplies(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := onlyAsked(r.URL.Query(), "q"); err != nil {
		return err
	}
	_, all, err := c.offeredReplies(r, who)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, jsonType, map[string]any{"items": append([]people.OfferedReply{}, all...), "next": ""})
	return nil
}

// An offeredPage lists the saved replies for a ticket: on its own without scripts, in
// the ticket's picker with them.
type offeredPage struct {
	Ticket desk.TicketID
	Claim  string
	Query  string
	Items  []people.OfferedReply
	Name   string
	Draft  url.Values // what was typed, of a browser that runs no scripts; nil for others
}

func (v offeredPage) about() (title, news string) { return v.Name, "" }

// To is the address of the ticket with a saved reply in the composer.
func (v offeredPage) To(id string) string {
	return "/tickets/" + url.PathEscape(string(v.Ticket)) + "?" + url.Values{"claim": {v.Claim}, "saved": {id}}.Encode() + "#reply"
}

func (c *Console) offeredPage(w http.ResponseWriter, r *http.Request, who people.Person) error {
	t, all, err := c.offeredReplies(r, who)
	if err != nil {
		return err
	}
	view := offeredPage{Ticket: t.ID, Claim: r.URL.Query().Get("claim"), Query: r.URL.Query().Get("q"), Items: all, Name: c.text.say("replies")}
	c.render(w, r, who, "offered", http.StatusOK, "", view)
	return nil
}

// pickReply shows the saved replies to somebody who has begun to write, and puts the one
// that they take behind what they wrote.
func (c *Console) pickReply(w http.ResponseWriter, r *http.Request, who people.Person, form url.Values) error {
	t, all, err := c.offeredReplies(r, who)
	if err != nil {
		return err
	}
	if !form.Has("saved") {
		view := offeredPage{Ticket: t.ID, Claim: form.Get("token"), Items: all, Name: c.text.say("replies"), Draft: form}
		c.render(w, r, who, "offered", http.StatusOK, "", view)
		return nil
	}
	view := ticketPage{Claim: form.Get("token"), Key: form.Get("key")}
	c.fillIn(r, who, t, form.Get("saved"), &view)
	view.Form, view.Draft = "reply", url.Values{"text": {strings.TrimSpace(form.Get("text") + "\n" + view.Draft.Get("text"))}}
	return c.showTicket(w, r, who, t, http.StatusOK, view)
}

// taken puts the saved reply that an address names into the composer of a ticket.
func (c *Console) taken(r *http.Request, who people.Person, t desk.Ticket, view *ticketPage) {
	if id := r.URL.Query().Get("saved"); id != "" {
		c.fillIn(r, who, t, id, view)
	}
}

// fillIn puts a saved reply into the composer. Counting it is no reason for a page not to
// be shown.
func (c *Console) fillIn(r *http.Request, who people.Person, t desk.Ticket, id string, view *ticketPage) {
	d, err := c.directory(r.Context())
	if err != nil {
		return
	}
	if saved, ok := c.replies().item(d, who, id); ok {
		if err := c.cfg.Keeper.UseReply(r.Context(), id, c.now()); err != nil {
			c.cfg.Log.WarnContext(r.Context(), "saved reply not counted", "item", id, "err", err)
		}
		view.Form, view.Draft = "reply", url.Values{"text": {people.Fill(saved.Text, placesFor(d, t, who))}}
	}
}

// A replyLine is a saved reply on the list.
type replyLine struct {
	people.SavedReply
	May bool // it is the reader's to change
}

// A repliesPage lists saved replies, with a form for one.
type repliesPage struct {
	Name      string
	Tabs      []tab
	Says      []string
	Query     url.Values
	Items     []replyLine
	Languages []choice
	Form      *replyForm
	Open      bool // the form is what somebody came for
}

// Fresh is the id of a new one.
func (v repliesPage) Fresh() string { return token() }

func (v repliesPage) about() (title, news string) { return v.Name, "" }

// A replyForm is the form of a saved reply.
type replyForm struct {
	people.SavedReply
	Whose, Languages, Categories, Brands, Platforms []choice
	TagList, Places                                 string
}

func (c *Console) replyList(w http.ResponseWriter, r *http.Request, who people.Person) error {
	return c.showReplies(w, r, who, http.StatusOK, repliesPage{Query: r.URL.Query()})
}

func (c *Console) showReplies(w http.ResponseWriter, r *http.Request, who people.Person, code int, view repliesPage) error {
	d, err := c.directory(r.Context())
	if err != nil {
		return err
	}
	view.Name, view.Tabs = c.text.say("replies"), c.directoryTabs(repliesPath)
	for _, s := range repliesAsked(d, who, view.Query) {
		view.Items = append(view.Items, replyLine{s, d.MayKeepReply(who, s, s) == nil})
	}
	view.Languages = choices(people.Languages, view.Query["lang"], func(l string) string { return c.text.name("language", l) })
	if view.Form == nil {
		is := people.SavedReply{Owner: who.ID, Language: c.text.Code}
		if edit, ok := d.Replies[view.Query.Get("edit")]; ok && d.MayKeepReply(who, edit, edit) == nil {
			is, view.Open = edit, true
		} else if ticket := view.Query.Get("from"); ticket != "" {
			if is, err = c.grown(r.Context(), d, who, desk.TicketID(ticket), view.Query.Get("message")); err != nil {
				return err
			}
			view.Open = true
		}
		view.Form = c.replyForm(r.Context(), d, who, is)
	}
	c.render(w, r, who, "replies", code, "", view)
	return nil
}

// grown makes a saved reply of one that was sent: names are places again, and long
// numbers gaps.
func (c *Console) grown(ctx context.Context, d people.Directory, who people.Person, id desk.TicketID, key string) (people.SavedReply, error) {
	is := people.SavedReply{Owner: who.ID, Language: c.text.Code}
	t, err := c.cfg.Tickets.Ticket(ctx, id)
	if err != nil {
		return is, err
	}
	log, err := c.logOf(ctx, t)
	if err != nil {
		return is, err
	}
	said := talkOf(log)
	s, ok := said.find(key)
	if !ok || s.Direction != desk.Out || s.Visibility == desk.Note {
		return is, errNoItem
	}
	known := placesFor(d, t, who)
	known[people.PlaceAgent] = d.Signs(s.Author.ID)
	is.Text, is.From = people.Template(s.Text, known), string(t.ID)+"/"+key
	if slices.Contains(people.Languages, t.Lang) {
		is.Language = t.Lang
	}
	if t.Category != "" {
		is.Categories = []desk.Category{t.Category}
	}
	return is, nil
}

func (c *Console) replyForm(ctx context.Context, d people.Directory, who people.Person, is people.SavedReply) *replyForm {
	f := &replyForm{SavedReply: is, TagList: strings.Join(is.Tags, ", "), Places: strings.Join(people.Places, " ")}
	whose := "me"
	switch {
	case is.Team != "":
		whose = "team " + is.Team
	case is.Brand != "":
		whose = "brand " + is.Brand
	}
	f.Whose = []choice{{"me", c.text.say("replies.mine"), whose == "me"}}
	for _, id := range slices.Sorted(maps.Keys(d.Teams)) {
		if who.Is(people.Admin) || d.Leads(who, id) {
			f.Whose = append(f.Whose, choice{"team " + id, cmp.Or(d.Teams[id].Name, id), whose == "team "+id})
		}
	}
	for _, brand := range slices.Sorted(slices.Values(c.cfg.Brands)) {
		if d.MayKeepReply(who, people.SavedReply{}, people.SavedReply{ID: "new", Brand: brand}) == nil {
			f.Whose = append(f.Whose, choice{"brand " + brand, c.text.say("replies.brand", brand), whose == "brand "+brand})
		}
	}
	f.Languages = choices(people.Languages, []string{is.Language}, func(l string) string { return c.text.name("language", l) })
	f.Categories = choices(texted(desk.Categories), texted(is.Categories), func(v string) string { return c.text.name("category", v) })
	f.Brands = choices(slices.Sorted(slices.Values(c.cfg.Brands)), is.Brands, func(b string) string { return b })
	var platforms []string
	for _, o := range c.theirAccounts(ctx) {
		platforms = append(platforms, string(o.Platform))
	}
	slices.Sort(platforms)
	f.Platforms = choices(slices.Compact(platforms), texted(is.Platforms), func(p string) string { return c.filterValue(ctx, d, "platform", p) })
	return f
}

// replyOf reads the form of a saved reply over what stands.
func replyOf(form url.Values, was people.SavedReply, who people.Person) people.SavedReply {
	is := was
	is.Title, is.Language = strings.TrimSpace(form.Get("title")), form.Get("language")
	is.Text = strings.TrimSpace(strings.ReplaceAll(form.Get("text"), "\r\n", "\n"))
	is.Owner, is.Team, is.Brand = "", "", ""
	switch kind, id, _ := strings.Cut(form.Get("whose"), " "); kind {
	case "team":
		is.Team = id
	case "brand":
		is.Brand = id
	default:
		is.Owner = who.ID
	}
	is.Categories = nil
	for _, category := range chosen(form["categories"]) {
		is.Categories = append(is.Categories, desk.Category(category))
	}
	is.Platforms = nil
	for _, platform := range chosen(form["platforms"]) {
		is.Platforms = append(is.Platforms, desk.Platform(platform))
	}
	is.Tags, is.Brands = listOf(form.Get("tags")), chosen(form["brands"])
	if is.Version == 0 {
		is.From = form.Get("from")
	}
	return is
}

// submitReply saves a reply by its form. The form of a new one brings its id, so that
// one that is sent twice is one.
func (c *Console) submitReply(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("form: %w: %w", err, errRequest)
	}
	form := r.PostForm
	d, err := c.cfg.Keeper.Directory(r.Context())
	if err != nil {
		return err
	}
	was, _ := c.replies().item(d, who, form.Get("id"))
	is := replyOf(form, was, who)
	is.ID = form.Get("id")
	if _, _, err = keep(r.Context(), c, c.replies(), wish{who: who, seen: formVersion(form)}, is); err == nil {
		c.changed(w, r, repliesPath)
		return nil
	}
	code, says, ok := c.refusal(r.Context(), err)
	if !ok {
		return err
	}
	is.Version = max(formVersion(form), 0)
	return c.showReplies(w, r, who, code, repliesPage{Says: says, Form: c.replyForm(r.Context(), d, who, is), Open: true, Query: url.Values{}})
}

// removeReplyForm forgets a saved reply.
func (c *Console) removeReplyForm(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("form: %w: %w", err, errRequest)
	}
	if err := remove(r.Context(), c, c.replies(), who, r.PathValue("id"), formVersion(r.PostForm)); err != nil {
		code, says, ok := c.refusal(r.Context(), err)
		if !ok {
			return err
		}
		return c.showReplies(w, r, who, code, repliesPage{Says: says, Query: url.Values{}})
	}
	c.changed(w, r, repliesPath)
	return nil
}
