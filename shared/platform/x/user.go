package x

import (
	"bytes"
	"cmp"
	"strconv"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// user reads who somebody is, in either shape, and in the newer one also wrapped
// as {"data": {...}}.
func user(v wire.Value) desk.Author {
	v = bare(v)
	metrics := v.Get("public_metrics")
	return desk.Author{
		ID:         text(v, "id_str", "id"),
		Name:       v.Get("name").Text(),
		Handle:     text(v, "username", "screen_name"),
		Followers:  count(metrics.Get("followers_count"), v.Get("followers_count")),
		Following:  count(metrics.Get("following_count"), v.Get("friends_count")),
		Posts:      count(metrics.Get("tweet_count"), v.Get("statuses_count")),
		Verified:   verified(v),
		HasPicture: hasPicture(v),
		Created:    created(v),
		Bio:        v.Get("description").Text(),
	}
}

// bare takes off the wrapping that there may be.
func bare(v wire.Value) wire.Value {
	if inside := v.Get("data"); inside.IsObject() {
		return inside
	}
	return v
}

// find returns the user with an id among those of the event, bare.
func (r *reading) find(id string) wire.Value {
	if id == "" {
		return wire.Value{}
	}
	if by := r.users.Get(id); by.IsObject() {
		return bare(by)
	}
	for one := range r.users.Elements() {
		if one = bare(one); is(one.Get("id"), id) {
			return one
		}
	}
	return wire.Value{}
}

// other returns the only user of the event that is not the one with an id.
func (r *reading) other(id string) wire.Value {
	var found wire.Value
	for one := range r.users.Elements() {
		if one = bare(one); is(one.Get("id"), id) {
			continue
		}
		if found.Found() {
			return wire.Value{}
		}
		found = one
	}
	return found
}

// author returns what the event tells of the user with an id.
func (r *reading) author(id string) desk.Author {
	a := user(r.find(id))
	a.ID = id
	return a
}

// is reports whether v says s, which has no escapes.
func is(v wire.Value, s string) bool {
	raw := v.Raw()
	if len(raw) > 1 && raw[0] == '"' {
		raw = raw[1 : len(raw)-1]
	}
	return string(raw) == s
}

// count returns the first of some values that is a whole number.
func count(values ...wire.Value) *int64 {
	for _, v := range values {
		if !v.Found() {
			continue // without the price of an error
		}
		if n, err := strconv.ParseInt(v.Text(), 10, 64); err == nil {
			return &n
		}
	}
	return nil
}

// flag reads true or false, or a string of one: X is of two minds about some. It
// is nil for anything else.
func flag(v wire.Value) *bool {
	var yes bool
	switch string(v.Raw()) {
	case `true`, `"true"`:
		yes = true
	case `false`, `"false"`:
	default:
		return nil
	}
	return &yes
}

// verified reads the badge: of the older kind, or of one of the newer types.
func verified(v wire.Value) *bool {
	yes := flag(v.Get("verified"))
	kind := v.Get("verified_type")
	switch raw := kind.Raw(); {
	case len(raw) <= len(`""`) || raw[0] != '"':
	case !is(kind, "none"):
		badge := true
		return &badge
	case yes == nil:
		yes = new(bool)
	}
	return yes
}

// hasPicture reads whether somebody has chosen a picture of themselves.
func hasPicture(v wire.Value) *bool {
	var yes bool
	if none := flag(v.Get("default_profile_image")); none != nil {
		yes = !*none
		return &yes
	}
	address := v.Get("profile_image_url").Raw()
	if address == nil {
		address = v.Get("profile_image_url_https").Raw()
	}
	if len(address) <= len(`""`) || address[0] != '"' {
		return nil
	}
	yes = !bytes.Contains(address, []byte("default_profile_images"))
	return &yes
}

// created reads when an account was opened.
func created(v wire.Value) *time.Time {
	at := instant(v.Get("created_at").Text())
	if at.IsZero() {
		at = wire.Millis(v.Get("created_timestamp").Text())
	}
	if at.IsZero() {
		return nil
	}
	return &at
}

// instant reads an instant of the newer shape, or one of the older.
func instant(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	if s[0] >= '0' && s[0] <= '9' {
		return wire.ISO(s)
	}
	at, err := time.Parse(time.RubyDate, s)
	if err != nil || at.Unix() <= 0 || at.UTC().Year() > 9999 {
		return time.Time{}
	}
	return at.UTC()
}

// time returns when the event happened by what it says, the most exact first.
func (r *reading) time() time.Time {
	ms := text(r.data, "timestamp_ms", "created_timestamp", "created_at_msec")
	if at := wire.Millis(ms); !at.IsZero() {
		return at
	}
	return instant(r.data.Get("created_at").Text())
}

// introduce adds who the author of a message is, where the event does not tell: as
// fetched, or as what is to be fetched.
func (r *reading) introduce(raw desk.RawEvent) {
	e := &r.event
	if raw.Fetched != nil {
		if a, ok := profile(raw.Fetched); ok && a.ID == e.Author.ID {
			e.Author = a
			e.Permalink = cmp.Or(permalink(e.Visibility, a.Handle, e.ID), e.Permalink)
			return
		}
		e.Unfetched = "X's answer about the author cannot be read"
	}
	e.Profile = true
	if e.Unfetched = cmp.Or(raw.Unfetched, e.Unfetched); e.Unfetched == "" {
		e.Needs = desk.NeedsAuthor
	}
}

// profile reads X's answer about somebody, {"data": {...}}.
func profile(answer []byte) (desk.Author, bool) {
	var doc wire.Document
	if doc.Read(answer) != nil {
		return desk.Author{}, false
	}
	a := user(doc.Root())
	return a, a.ID != "" && a.Handle != ""
}
