package discord

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// Parse reads one interaction or webhook event. One that Discord has added since comes
// out as desk.Unsupported. One of which nothing tells it from others is an error. When
// an interaction happened is not said.
func (w *Webhooks) Parse(raw desk.RawEvent) (desk.Event, error) {
	var d wire.Document
	if err := d.Read(raw.Body); err != nil || !d.Root().IsObject() {
		return desk.Event{}, errors.New("discord: reading event: it is no JSON object")
	}
	in := d.Root()
	e := desk.Event{
		Kind: desk.Unsupported, Key: in.Get("id").Text(), Platform: Name, Account: in.Get("application_id").Text(), Channel: string(Name),
		Direction: desk.In, Visibility: desk.Private,
	}
	if interaction(in) {
		read(&e, in)
	} else {
		event(&e, in)
	}
	if e.Key == "" {
		return desk.Event{}, errors.New("discord: reading event: nothing names it")
	}
	if e.Conversation == "" && e.Author.ID == "" { // names nobody: no one's thread
		e.Conversation = e.Key
	}
	return e, nil
}

// read reads what somebody did with the app: a command, a button, a form.
func read(e *desk.Event, in wire.Value) {
	user := in.Get("member").Get("user")
	if !user.IsObject() {
		user = in.Get("user")
	}
	e.Author = author(user)
	e.Conversation = cmp.Or(in.Get("channel_id").Text(), in.Get("channel").Get("id").Text())
	if in.Get("guild_id").Text() != "" {
		e.Visibility = desk.Group
	}
	data := in.Get("data")
	switch in.Get("type").Text() {
	case command:
		e.Kind, e.Text = desk.MessageCreated, strings.Join(values(nil, data.Get("options"), "options"), "\n")
		e.Text = cmp.Or(e.Text, words("/", data.Get("name").Text()))
	case component:
		e.Kind, e.Parent = desk.MessageCreated, in.Get("message").Get("id").Text()
		var chosen []string
		for value := range data.Get("values").Elements() {
			chosen = append(chosen, value.Text())
		}
		e.Text = cmp.Or(strings.Join(chosen, "\n"), data.Get("custom_id").Text())
	case modal:
		e.Kind, e.Text = desk.MessageCreated, strings.Join(values(nil, data.Get("components"), "components"), "\n")
	case ping, autocomplete:
		e.Kind = desk.Control
	}
	if e.Kind != desk.MessageCreated {
		return
	}
	e.ID = e.Key
	for id, file := range data.Get("resolved").Get("attachments").Members() {
		a := desk.Attachment{Type: "file", ID: id, URL: file.Get("url").Text(), Name: file.Get("filename").Text()}
		for _, is := range [...]string{"image", "video", "audio"} {
			if strings.HasPrefix(file.Get("content_type").Text(), is+"/") {
				a.Type = is
			}
		}
		e.Attachments = append(e.Attachments, a)
	}
	slices.SortFunc(e.Attachments, func(a, b desk.Attachment) int { return cmp.Compare(a.ID, b.ID) })
}

// maxDeep is how deep the parts of a command or of a form lie in each other.
const maxDeep = 5

// values returns what somebody typed into a command's options or a form's fields, in
// order. Those that name a user, a channel or a file are in what is resolved.
func values(all []string, list wire.Value, name string) []string {
	return valuesIn(all, list, name, 0)
}

func valuesIn(all []string, list wire.Value, name string, depth int) []string {
	for one := range list.Elements() {
		const text, whole, number = "3", "4", "10"
		is := one.Get("type")
		if v := one.Get("value").Text(); v != "" && (name == "components" || is.Is(text) || is.Is(whole) || is.Is(number)) {
			all = append(all, v)
		}
		if depth < maxDeep {
			all = valuesIn(all, one.Get(name), name, depth+1)
			if inner := one.Get("component"); inner.IsObject() && inner.Get("value").Text() != "" {
				all = append(all, inner.Get("value").Text())
			}
		}
	}
	return all
}

// words puts a sign before a word, and before none nothing.
func words(sign, word string) string {
	if word == "" {
		return ""
	}
	return sign + word
}

// event reads a webhook event: what happened to the app.
func event(e *desk.Event, in wire.Value) {
	what := in.Get("event")
	name, stamp := what.Get("type").Text(), what.Get("timestamp").Text()
	e.Time = utc(stamp)
	if name == "" && in.Get("type").Is("0") {
		e.Kind, e.Key = desk.Control, "ping"
		return
	}
	if name != "" || stamp != "" {
		e.Key = name + ":" + stamp
	}
	e.Author = author(what.Get("data").Get("user"))
	e.Conversation = e.Author.ID
	switch name {
	case "APPLICATION_AUTHORIZED", "APPLICATION_DEAUTHORIZED", "ENTITLEMENT_CREATE", "ENTITLEMENT_UPDATE", "ENTITLEMENT_DELETE", "QUEST_USER_ENROLLMENT":
		e.Kind = desk.Contact
	}
}

// utc reads an instant that has no zone, which is UTC.
func utc(stamp string) time.Time {
	if at := wire.ISO(stamp); !at.IsZero() {
		return at
	}
	return wire.ISO(stamp + "Z")
}

// author reads a user. When the account was made is in its id.
func author(user wire.Value) desk.Author {
	a := desk.Author{ID: user.Get("id").Text(), Handle: user.Get("username").Text()}
	a.Name = cmp.Or(user.Get("global_name").Text(), a.Handle)
	a.HasPicture = user.Get("avatar").Tells()
	const epoch, shift = 1420070400000, 22 // milliseconds; of a snowflake's clock
	if id, err := strconv.ParseInt(a.ID, 10, 64); err == nil && id > 1<<shift {
		if made := wire.Millis(strconv.FormatInt(id>>shift+epoch, 10)); !made.IsZero() {
			a.Created = &made
		}
	}
	return a
}
