package console

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
	"example.com/skala/shared/wording"
)

const mePath = "/me"

// A meView is how somebody is told, as the API shows it.
type meView struct {
	ID       string           `json:"id"`
	Name     string           `json:"name"`
	Listed   bool             `json:"listed"` // else nothing of it can be changed
	Channels []people.Channel `json:"channels"`
	States   []channelState   `json:"states"` // of the channels, in their order
	Quiet    people.Week      `json:"quiet"`
	Reads    string           `json:"reads"` // empty for what their browser asks for
	Zone     string           `json:"zone"`
	Undo     int              `json:"undo"` // for how many seconds a reply that they send from a page can be taken back
	Unread   int              `json:"unread"`
	Reach    reachView        `json:"reach"`
	Version  int64            `json:"version"`
}

// A reachView says by what channels anybody can be told at all.
type reachView struct {
	Mail     bool              `json:"mail"`
	PushKey  string            `json:"push_key"`
	Slack    []string          `json:"slack"`
	Webhooks []string          `json:"webhooks"`
	Kinds    []desk.NoticeKind `json:"kinds"` // of notices
}

func (c *Console) meView(r *http.Request, who people.Person, m people.Member) meView {
	reach := c.cfg.Notifications.Reach
	v := meView{
		ID: who.ID, Name: who.Name, Listed: m.Version > 0, Channels: append([]people.Channel{}, m.Channels...), States: c.states(r.Context(), who.ID, m.Channels), Quiet: m.Quiet, Reads: m.Reads, Zone: m.Zone, Undo: int(m.Grace() / time.Second),
		Unread: c.bellOf(r, who).Unread, Version: m.Version,
		Reach: reachView{reach.Mail, reach.PushKey, listed(reach.Slack), listed(reach.Webhooks), desk.NoticeKinds},
	}
	if v.Quiet == nil {
		v.Quiet = people.Week{}
	}
	return v
}

func (c *Console) apiMe(w http.ResponseWriter, r *http.Request, who people.Person) error {
	d, err := c.cfg.Keeper.Directory(r.Context())
	if err != nil {
		return err
	}
	m := d.Members[who.ID]
	if m.Version > 0 {
		w.Header().Set("ETag", etag(m.Version))
	}
	writeJSON(w, http.StatusOK, jsonType, c.meView(r, who, m))
	return nil
}

// apiPutChannels says how somebody is told from now on. Quiet hours, their zone and
// the language stay where the body has none.
func (c *Console) apiPutChannels(w http.ResponseWriter, r *http.Request, who people.Person) error {
	var in struct {
		Channels *[]people.Channel `json:"channels"`
		Quiet    *people.Week      `json:"quiet"`
		Reads    *string           `json:"reads"`
		Zone     *string           `json:"zone"`
		Undo     *int              `json:"undo"`
	}
	if err := strictly(r, &in); err != nil {
		return err
	}
	if in.Channels == nil {
		return wrongField("channels", "they are missing: a list, empty for none beside the console")
	}
	seen, err := seenOf(r)
	if err != nil {
		return err
	}
	m, err := c.heardOtherwise(r.Context(), who, seen, func(m *people.Member) {
		m.Channels = withoutNone(*in.Channels)
		if in.Quiet != nil {
			m.Quiet = *in.Quiet
		}
		if in.Reads != nil {
			m.Reads = *in.Reads
		}
		if in.Zone != nil {
			m.Zone = *in.Zone
		}
		if in.Undo != nil {
			m.Undo = in.Undo
		}
	})
	if err != nil {
		return err
	}
	w.Header().Set("ETag", etag(m.Version))
	writeJSON(w, http.StatusOK, jsonType, c.meView(r, who, m))
	return nil
}

// withoutNone is a list that is nil where it is empty, as in the directory.
func withoutNone(all []people.Channel) []people.Channel {
	if len(all) == 0 {
		return nil
	}
	return all
}

// apiSubscribe adds the browser that says so of itself.
func (c *Console) apiSubscribe(w http.ResponseWriter, r *http.Request, who people.Person) error {
	var in browserInput
	if err := strictly(r, &in); err != nil {
		return err
	}
	m, ch, err := c.subscribe(r.Context(), who, in)
	if err != nil {
		return err
	}
	http.SetCookie(w, c.cookie(r, c.cookieName(r, changedCookie), "1", changedFor)) // the page that asked is read again
	w.Header().Set("ETag", etag(m.Version))
	writeJSON(w, http.StatusCreated, jsonType, ch)
	return nil
}

// A testInput names a channel.
type testInput struct {
	Kind people.ChannelKind `json:"kind"`
	To   string             `json:"to"`
}

func (c *Console) apiTest(w http.ResponseWriter, r *http.Request, who people.Person) error {
	var in testInput
	if err := strictly(r, &in); err != nil {
		return err
	}
	d, err := c.cfg.Keeper.Directory(r.Context())
	if err != nil {
		return err
	}
	if err := c.test(r.Context(), who, who.ID, d.Members[who.ID].Channels, in.Kind, in.To); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// A roomView is the channels of a team.
type roomView struct {
	ID       string           `json:"id"`
	Channels []people.Channel `json:"channels"`
	States   []channelState   `json:"states"`
	Reads    string           `json:"reads"` // the language of what is told there; empty for English
	Version  int64            `json:"version"`
}

func (c *Console) showRoom(w http.ResponseWriter, r *http.Request, t people.Team) {
	w.Header().Set("ETag", etag(t.Version))
	writeJSON(w, http.StatusOK, jsonType, roomView{t.ID, append([]people.Channel{}, t.Channels...), c.states(r.Context(), post.TeamOwner(t.ID), t.Channels), t.Reads, t.Version})
}

func (c *Console) apiRoom(w http.ResponseWriter, r *http.Request, who people.Person) error {
	t, may, err := c.room(r, who)
	if err != nil {
		return err
	}
	if !may {
		t.Channels = nil
	}
	c.showRoom(w, r, t)
	return nil
}

func (c *Console) apiPutRoom(w http.ResponseWriter, r *http.Request, who people.Person) error {
	var in struct {
		Channels *[]people.Channel `json:"channels"`
		Reads    *string           `json:"reads"`
	}
	if err := strictly(r, &in); err != nil {
		return err
	}
	if in.Channels == nil {
		return wrongField("channels", "they are missing: a list, empty for none")
	}
	seen, err := seenOf(r)
	if err != nil {
		return err
	}
	t, err := c.keepRoom(r.Context(), who, r.PathValue("id"), seen, func(t *people.Team) {
		if t.Channels = withoutNone(*in.Channels); in.Reads != nil {
			t.Reads = *in.Reads
		}
	})
	if err != nil {
		return err
	}
	c.showRoom(w, r, t)
	return nil
}

func (c *Console) apiTestRoom(w http.ResponseWriter, r *http.Request, who people.Person) error {
	var in testInput
	if err := strictly(r, &in); err != nil {
		return err
	}
	if err := c.testRoom(r, who, in); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

func (c *Console) testRoom(r *http.Request, who people.Person, in testInput) error {
	t, may, err := c.room(r, who)
	if err == nil && !may {
		err = errForbidden
	}
	if err != nil {
		return err
	}
	return c.test(r.Context(), who, post.TeamOwner(t.ID), t.Channels, in.Kind, in.To)
}

// A channelsForm is the form of channels: a person's, with their quiet hours, or a
// team's.
type channelsForm struct {
	Action   string // where it goes; tests go to /test below it
	Version  int64
	Channels []channelLine
	Mail     bool
	Slack    []string // that could be added
	Webhooks []string
	PushKey  string // empty where a browser cannot be added here
	Full     bool
	Personal bool
	Reads    []choice // languages
	Zone     string
	Zones    []string // some that there are
	Undo     int      // seconds
	Longest  int      // that it can be
	OwnZone  bool     // theirs to choose here: they have no shifts
	Days     []dayField
	Typed    url.Values // what somebody typed to add
}

// someZones are offered to who chooses by which clock they are told; any other of the
// zone database can be typed.
var someZones = []string{
	"Asia/Bangkok", "Europe/Madrid", "Atlantic/Canary", "Europe/Athens", "Asia/Nicosia", "Europe/London", "America/Mexico_City", "America/Bogota", "America/Lima",
	"America/Santiago", "America/Argentina/Buenos_Aires", "America/New_York", "Asia/Singapore", "Asia/Tokyo", "UTC",
}

// A channelLine is one channel of a form.
type channelLine struct {
	people.Channel
	N     int
	State channelState
	Kinds []choice // of notices: all that there are, those on that go there
}

func (c *Console) channelLines(all []people.Channel, states []channelState) []channelLine {
	lines := make([]channelLine, len(all))
	for i, ch := range all {
		lines[i] = channelLine{Channel: ch, N: i, State: states[i]}
		for _, kind := range desk.NoticeKinds {
			lines[i].Kinds = append(lines[i].Kinds, choice{string(kind), c.text.name("notice", kind), len(ch.Only) == 0 || slices.Contains(ch.Only, kind)})
		}
	}
	return lines
}

func (c *Console) channelsForm(r *http.Request, owner, action string, version int64, all []people.Channel, reads string) *channelsForm {
	reach := c.cfg.Notifications.Reach
	other := func(kind people.ChannelKind) []string {
		return slices.DeleteFunc(slices.Clone(reach.Names(kind)), func(name string) bool { return hasChannel(all, kind, name) })
	}
	return &channelsForm{
		Action: action, Version: version, Channels: c.channelLines(all, c.states(r.Context(), owner, all)),
		Reads: choices(wording.Languages, strings.Fields(reads), func(code string) string { return c.text.name("tongue", code) }), Zones: someZones,
		Mail: reach.Mail, Slack: other(people.Slack), Webhooks: other(people.Webhook), Full: len(all) >= people.MaxChannels,
	}
}

// channelsOf reads a form of channels: those that were there, without the one that is
// to go, and those that are to come. It returns all of them, whatever is wrong.
func channelsOf(form url.Values) (all []people.Channel, err error) {
	for n := range people.MaxChannels {
		of := func(field string) string { return field + "." + strconv.Itoa(n) }
		if !form.Has(of("kind")) || form.Get("drop") == strconv.Itoa(n) {
			continue
		}
		ch := people.Channel{Kind: people.ChannelKind(form.Get(of("kind"))), To: form.Get(of("to")), Urgent: form.Get(of("urgent")) != "", Only: onlySome(form[of("only")])}
		if len(form[of("only")]) == 0 {
			err = wrongField("channels", "of %s nothing is left to be told: choose something, or remove it", ch.To)
		}
		all = append(all, ch)
	}
	for _, field := range []struct {
		name string
		kind people.ChannelKind
	}{{"mail", people.Email}, {"slack", people.Slack}, {"webhook", people.Webhook}} {
		if to := strings.TrimSpace(form.Get(field.name)); to != "" {
			all = append(all, people.Channel{Kind: field.kind, To: to})
		}
	}
	return all, err
}

// A mePage shows somebody how they are told.
type mePage struct {
	Name   string
	Says   []string
	Told   string // what was done
	Listed bool
	Form   *channelsForm
}

func (v mePage) about() (title, news string) { return v.Name, mePath }

func (c *Console) mePage(w http.ResponseWriter, r *http.Request, who people.Person) error {
	view := mePage{}
	if r.URL.Query().Has("tested") {
		view.Told = c.text.say("hear.tested")
	}
	return c.showMe(w, r, who, http.StatusOK, view, nil)
}

// showMe shows how somebody is told, or what they typed.
func (c *Console) showMe(w http.ResponseWriter, r *http.Request, who people.Person, code int, view mePage, typed *people.Member) error {
	d, err := c.directory(r.Context())
	if err != nil {
		return err
	}
	m, ok := d.Members[who.ID]
	view.Name, view.Listed = c.text.say("tab.me"), ok
	if ok {
		if typed != nil {
			m.Channels, m.Quiet, m.Reads, m.Zone, m.Undo = typed.Channels, typed.Quiet, typed.Reads, typed.Zone, typed.Undo
		}
		view.Form = c.channelsForm(r, who.ID, mePath, m.Version, m.Channels, m.Reads)
		view.Form.Personal, view.Form.Zone, view.Form.OwnZone, view.Form.Days = true, m.Zone, len(m.Shifts) == 0, daysOf(m.Quiet)
		view.Form.Undo, view.Form.Longest = int(m.Grace()/time.Second), int(desk.LongestGrace/time.Second)
		if c.cfg.Notifications.Browsers != nil {
			view.Form.PushKey = c.cfg.Notifications.Reach.PushKey
		}
		if typed != nil {
			view.Form.Typed = r.PostForm
		}
	}
	c.render(w, r, who, "me-page", code, "", view)
	return nil
}

func (c *Console) submitMe(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := r.ParseForm(); err != nil {
		return errors.Join(err, errRequest)
	}
	all, err := channelsOf(r.PostForm)
	var typed people.Member
	if err == nil {
		_, err = c.heardOtherwise(r.Context(), who, formVersion(r.PostForm), func(m *people.Member) {
			m.Channels, m.Quiet, m.Reads = all, weekOf(r.PostForm), r.PostForm.Get("reads")
			if r.PostForm.Has("zone") {
				m.Zone = strings.TrimSpace(r.PostForm.Get("zone"))
			}
			if seconds, ok := undoOf(r.PostForm); ok {
				m.Undo = seconds
			}
			typed = *m
		})
	}
	if err == nil {
		c.changed(w, r, mePath)
		return nil
	}
	code, says, ok := c.refusal(r.Context(), err)
	if !ok {
		return err
	}
	typed.Channels, typed.Quiet, typed.Reads, typed.Zone = kept(r.PostForm), weekOf(r.PostForm), r.PostForm.Get("reads"), r.PostForm.Get("zone")
	typed.Undo, _ = undoOf(r.PostForm)
	return c.showMe(w, r, who, code, mePage{Says: says}, &typed)
}

// kept are the channels of a form that was refused, without those that were to come:
// these stay in their fields.
func kept(form url.Values) []people.Channel {
	form = maps.Clone(form)
	for _, field := range []string{"mail", "slack", "webhook"} {
		form.Del(field)
	}
	all, _ := channelsOf(form) // what is wrong was told
	return all
}

// testOf reads which channel a button names.
func testOf(r *http.Request) testInput {
	kind, to, _ := strings.Cut(r.PostFormValue("which"), " ")
	return testInput{people.ChannelKind(kind), to}
}

func (c *Console) submitTest(w http.ResponseWriter, r *http.Request, who people.Person) error {
	d, err := c.cfg.Keeper.Directory(r.Context())
	if err != nil {
		return err
	}
	in := testOf(r)
	if err := c.test(r.Context(), who, who.ID, d.Members[who.ID].Channels, in.Kind, in.To); err != nil {
		code, says, ok := c.refusal(r.Context(), err)
		if !ok && !errors.Is(err, errNoChannel) {
			return err
		}
		if !ok {
			code, says = http.StatusNotFound, []string{c.text.say("problem.no_channel")}
		}
		return c.showMe(w, r, who, code, mePage{Says: says}, nil)
	}
	http.Redirect(w, r, mePath+"?tested", http.StatusSeeOther)
	return nil
}

func (c *Console) submitRoom(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := r.ParseForm(); err != nil {
		return errors.Join(err, errRequest)
	}
	id := r.PathValue("id")
	all, err := channelsOf(r.PostForm)
	if err == nil {
		_, err = c.keepRoom(r.Context(), who, id, formVersion(r.PostForm), func(t *people.Team) { t.Channels, t.Reads = all, r.PostForm.Get("reads") })
	}
	if err == nil {
		c.changed(w, r, itemPath(teamsPath, id))
		return nil
	}
	code, says, ok := c.refusal(r.Context(), err)
	if !ok {
		return err
	}
	return c.showTeams(w, r, who, code, teamsPage{Says: says, One: id, Typed: r.PostForm})
}

func (c *Console) submitTestRoom(w http.ResponseWriter, r *http.Request, who people.Person) error {
	id := r.PathValue("id")
	if err := c.testRoom(r, who, testOf(r)); err != nil {
		code, says, ok := c.refusal(r.Context(), err)
		if !ok {
			return err
		}
		return c.showTeams(w, r, who, code, teamsPage{Says: says, One: id})
	}
	http.Redirect(w, r, itemPath(teamsPath, id)+"?tested", http.StatusSeeOther)
	return nil
}
