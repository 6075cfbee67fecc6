package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/skala/shared/people"
)

// longestAway bounds for how long somebody can be away at once, longestWhy the
// words that say why, in bytes.
const (
	longestAway = 366 * 24 * time.Hour
	longestWhy  = 200
)

// A presenceView says whether somebody is there.
type presenceView struct {
	ID      string  `json:"id"`
	Away    bool    `json:"away"`
	Since   instant `json:"since"`
	Until   instant `json:"until"`
	Why     string  `json:"why"`
	OnShift bool    `json:"on_shift"` // there, by their shifts and by what they said
}

func presenceOf(d people.Directory, m people.Member, now time.Time) presenceView {
	v := presenceView{ID: m.ID, OnShift: d.On(m, now)}
	if p := m.Presence; m.Presence.AwayAt(now) {
		v.Away, v.Since, v.Until, v.Why = true, instant(p.Since), instant(p.Until), p.Why
	}
	return v
}

// A leave is what somebody says of their being there.
type leave struct {
	Away  *bool     `json:"away"`
	Until time.Time `json:"until"`
	Why   string    `json:"why"`
}

func (c *Console) apiPresence(w http.ResponseWriter, r *http.Request, who people.Person) error {
	d, err := c.cfg.Keeper.Directory(r.Context())
	if err != nil {
		return err
	}
	m, ok := d.Members[who.ID]
	if !ok {
		return errNotListed
	}
	writeJSON(w, http.StatusOK, jsonType, presenceOf(d, m, c.now()))
	return nil
}

// apiSetPresence lets somebody say that they are away or back, and who keeps them
// say it for them.
func (c *Console) apiSetPresence(w http.ResponseWriter, r *http.Request, who people.Person) error {
	var said leave
	if err := strictly(r, &said); err != nil {
		return err
	}
	if said.Away == nil {
		return wrongField("away", "it is missing: true or false")
	}
	id := who.ID
	if named := r.PathValue("id"); named != "" {
		id = named
	}
	m, err := c.setPresence(r, who, id, said)
	if err != nil {
		return err
	}
	d, err := c.cfg.Keeper.Directory(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("ETag", etag(m.Version))
	writeJSON(w, http.StatusOK, jsonType, presenceOf(d, m, c.now()))
	return nil
}

// setPresence writes whether the member id is there. It is decided on whatever they
// are now: two who say so at once are both right, the later last.
func (c *Console) setPresence(r *http.Request, who people.Person, id string, said leave) (people.Member, error) {
	now := c.now()
	said.Why = strings.TrimSpace(said.Why)
	switch {
	case len(said.Why) > longestWhy || !utf8.ValidString(said.Why):
		return people.Member{}, wrongField("why", "it is longer than %d bytes, or no text", longestWhy)
	case !*said.Away && !said.Until.IsZero():
		return people.Member{}, wrongField("until", "who is back is so until they say otherwise")
	case !said.Until.IsZero() && !said.Until.After(now):
		return people.Member{}, wrongField("until", "%s is over", said.Until.Format(time.RFC3339))
	case said.Until.Sub(now) > longestAway:
		return people.Member{}, wrongField("until", "it is more than a year from now")
	}
	asked := c.members()
	asked.may = func(d people.Directory, who people.Person, was, _ people.Member) error { return d.MayBeAway(who, was) }
	asked.check = func(_ people.Directory, is people.Member) []people.Mistake { return people.CheckPresence(is.Presence) } // of their other fields nothing is decided
	var m people.Member
	for range maxTries {
		d, err := c.cfg.Keeper.Directory(r.Context())
		if err != nil {
			return m, err
		}
		var ok bool
		switch m, ok = d.Members[id]; {
		case !ok && id == who.ID:
			return m, errNotListed
		case !ok || m.Left:
			return m, errNoItem
		}
		w := wish{who: who, what: "away", seen: m.Version, why: said.Why}
		is := people.Presence{Away: true, Since: now, Until: said.Until, Why: said.Why}
		switch {
		case !*said.Away:
			is, w.what = people.Presence{}, "back"
		case m.Presence.AwayAt(now):
			is.Since = m.Presence.Since
		}
		m.Presence = is
		m, _, err = keep(r.Context(), c, asked, w, m)
		if !errors.Is(err, errMoved) { // else somebody changed them meanwhile
			return m, err
		}
	}
	return m, errMoved
}

// leaveOf reads the form by which somebody says that they are away: for so many
// hours, or until they say that they are back.
func leaveOf(form url.Values, now time.Time) (leave, error) {
	gone := form.Get("away") == "yes"
	said := leave{Away: &gone, Why: form.Get("why")}
	if minutes := form.Get("for"); gone && minutes != "" {
		length, err := time.ParseDuration(minutes)
		if err != nil || length <= 0 {
			return said, wrongField("for", "%q is no length of time", minutes)
		}
		said.Until = now.Add(length)
	}
	return said, nil
}

// submitPresence is the form in the header of every page, and the one on the page
// of a person. It leads back to where it was sent from.
func (c *Console) submitPresence(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("form: %w: %w", err, errRequest)
	}
	id := who.ID
	if named := r.PathValue("id"); named != "" {
		id = named
	}
	said, err := leaveOf(r.PostForm, c.now())
	if err != nil {
		return err
	}
	if _, err := c.setPresence(r, who, id, said); err != nil {
		return err
	}
	c.changed(w, r, local(r.PostForm.Get("back")))
	return nil
}

// A me is what the header says of who reads the page.
type me struct {
	Listed bool // in the directory: else there is nothing to say
	Away   bool
	Until  time.Time // zero for no end
	Back   string    // where the form leads back to
}

func (c *Console) meOf(d people.Directory, who people.Person, now time.Time, back string) me {
	m, ok := d.Members[who.ID]
	if !ok {
		return me{}
	}
	v := me{Listed: true, Away: m.Presence.AwayAt(now), Back: local(back)}
	if v.Away {
		v.Until = m.Presence.Until
	}
	return v
}
