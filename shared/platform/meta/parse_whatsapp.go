package meta

import (
	"cmp"
	"strconv"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// whatsapp reads one element of a change of WhatsApp's, or one that has none.
func whatsapp(e *desk.Event, f found, field string, value wire.Value) {
	in := f.item
	switch f.inner {
	case "messages":
		sender(e, f)
		written(e, in)
	case "message_echoes":
		e.Direction = desk.OutElsewhere
		e.Author.ID, e.Of = e.Account, recipientOf(f)
		e.Conversation, e.Crowded = e.Of, true // it often names the phone number alone
		written(e, in)
	case "statuses":
		status(e, f)
	case "errors":
		code, _ := count(in.Get("code"))
		e.Kind, e.Problem = desk.AccountChanged, problem(code, 0)
	case "user_id_update":
		moved(e, f)
	case "user_preferences":
		sender(e, f)
		e.Kind, e.Time = desk.Contact, instant(in.Get("timestamp"))
	case "calls":
		sender(e, f)
		e.Key = key(in.Get("id").Text(), in.Get("event").Text())
		e.Time = instant(in.Get("timestamp"))
	default:
		notice(e, field, value)
	}
}

// notice reads what is about the account, or about its past.
func notice(e *desk.Event, field string, value wire.Value) {
	switch field {
	case "account_update", "account_review_update", "account_alerts", "business_capability_update", "business_status_update",
		"phone_number_quality_update", "phone_number_name_update", "message_template_status_update",
		"message_template_quality_update", "message_template_components_update", "security", "flows":
		e.Kind = desk.AccountChanged
		e.Problem = "WhatsApp tells of " + field
	case "history", "smb_app_state_sync":
		e.Kind = desk.Control // what was before us
	}
}

// contacts are the people whom a change of WhatsApp's tells about.
type contacts struct {
	change wire.Value
	by     map[string]wire.Value // either of their ids
	only   wire.Value
}

// of returns the contact whose event f is. The only contact is the one unless its
// ids say otherwise.
func (k *contacts) of(f found) wire.Value {
	if k.change != f.held {
		list := f.held.Get("value").Get("contacts")
		k.change, k.only, k.by = f.held, list.Only(), nil
		if !k.only.Found() {
			k.by = map[string]wire.Value{}
			for c := range list.Elements() {
				k.by[c.Get("wa_id").Text()] = c
				k.by[c.Get("user_id").Text()] = c
			}
			delete(k.by, "")
		}
	}
	user, phone := f.ids()
	id, number := k.only.Get("user_id").Text(), k.only.Get("wa_id").Text()
	switch {
	case k.by != nil:
		return cmp.Or(k.by[user], k.by[phone])
	case user != "" && user == id, phone != "" && phone == number:
		return k.only
	case user != "" && id != "", phone != "" && number != "": // somebody else
		return wire.Value{}
	}
	return k.only
}

// contact returns the contact whose event f is.
func contact(f found) wire.Value { return new(contacts).of(f) }

// ids returns by what WhatsApp names the person whom an element is about: the id
// for this business and the phone number, of which either may be missing.
func (f found) ids() (user, phone string) {
	in := f.item
	switch f.inner {
	case "statuses":
		return in.Get("recipient_user_id").Text(), in.Get("recipient_id").Text()
	case "message_echoes":
		return in.Get("to_user_id").Text(), in.Get("to").Text()
	case "user_id_update":
		return in.Get("user_id").Get("current").Text(), in.Get("wa_id").Text()
	case "user_preferences":
		return in.Get("user_id").Text(), in.Get("wa_id").Text()
	}
	return in.Get("from_user_id").Text(), in.Get("from").Text()
}

// sender says whose element it is. The id for this business comes first, since a
// phone number may be hidden any day.
func sender(e *desk.Event, f found) {
	user, phone := f.ids()
	c := contact(f)
	profile := c.Get("profile")
	user, phone = cmp.Or(user, c.Get("user_id").Text()), cmp.Or(phone, c.Get("wa_id").Text())
	e.Author = desk.Author{ID: cmp.Or(user, phone), Name: profile.Get("name").Text(), Handle: profile.Get("username").Text()}
	if user != "" {
		e.Author.Alias = phone
	}
	// Echoes and statuses name the phone number alone where messages have both.
	e.Conversation, e.Crowded = e.Author.ID, phone != ""
	if group := f.item.Get("group_id").Text(); group != "" {
		e.Conversation, e.Visibility = group, desk.Group
	}
}

// recipientOf returns to whom a message of the brand went.
func recipientOf(f found) string {
	user, phone := f.ids()
	return cmp.Or(user, contact(f).Get("user_id").Text(), phone)
}

// written reads a message.
func written(e *desk.Event, m wire.Value) {
	id := m.Get("id").Text()
	e.Kind, e.ID, e.Key = desk.MessageCreated, id, id
	e.Time = instant(m.Get("timestamp"))
	e.Parent = m.Get("context").Get("id").Text()
	if e.Direction != desk.In {
		e.Kind = desk.Echo
	}
	switch m.Get("type").Text() {
	case "reaction":
		e.Kind, e.ID, e.Target = desk.Reaction, "", m.Get("reaction").Get("message_id").Text()
		e.Attachments = reaction(m.Get("reaction").Get("emoji").Text())
	case "edit":
		edit := m.Get("edit")
		e.Kind, e.ID, e.Target = desk.MessageEdited, "", edit.Get("original_message_id").Text()
		e.Text, e.Attachments = content(edit.Get("message"))
		if e.Text == "" && len(e.Attachments) == 0 { // what it says now is not told, and nothing is not what it says
			e.Kind = desk.Unsupported
		}
	case "revoke":
		e.Kind, e.ID, e.Target = desk.MessageDeleted, "", m.Get("revoke").Get("original_message_id").Text()
	case "system":
		about := m.Get("system")
		e.Kind, e.ID, e.Text = desk.Contact, "", about.Get("body").Text()
		now := cmp.Or(about.Get("user_id").Text(), about.Get("new_user_id").Text(), about.Get("wa_id").Text(), about.Get("new_wa_id").Text())
		if now != e.Author.ID {
			e.Author.Alias = cmp.Or(now, e.Author.Alias)
		}
	case "request_welcome":
		e.Kind, e.ID = desk.Contact, ""
	default:
		e.Text, e.Attachments = content(m)
		e.Attachments = source(e.Attachments, m)
	}
}

// content reads what a message says and what came with it. What WhatsApp adds one
// day is kept under its name.
func content(m wire.Value) (text string, attachments []desk.Attachment) {
	is := m.Get("type").Text()
	about := m.Get(is)
	a := desk.Attachment{Type: is}
	switch is {
	case "text", "":
		return m.Get("text").Get("body").Text(), nil
	case "image", "video", "audio", "document", "sticker":
		a.ID, a.URL, a.Name = about.Get("id").Text(), about.Get("url").Text(), about.Get("filename").Text()
		switch {
		case is == "document":
			a.Type = "file"
		case about.Get("voice").True():
			a.Name = "voice"
		}
		text = about.Get("caption").Text()
	case "location":
		a.URL = about.Get("url").Text()
		a.Name = place(join(", ", about.Get("name").Text(), about.Get("address").Text()), about.Get("latitude"), about.Get("longitude"))
	case "contacts":
		for c := range about.Elements() {
			attachments = append(attachments, desk.Attachment{Type: "contact", Name: card(c)})
		}
		return "", attachments
	case "button":
		return cmp.Or(about.Get("text").Text(), about.Get("payload").Text()), nil
	case "interactive":
		return chosen(about), nil
	case "order":
		for item := range about.Get("product_items").Elements() {
			attachments = append(attachments, ordered(item))
		}
		return about.Get("text").Text(), attachments
	case "unsupported", "unknown":
		a.Type = "unsupported"
	default:
		text = cmp.Or(about.Get("text").Text(), about.Get("body").Text())
	}
	return text, []desk.Attachment{a}
}

// chosen returns what somebody chose, or filled into a form.
func chosen(i wire.Value) string {
	button, row, form := i.Get("button_reply"), i.Get("list_reply"), i.Get("nfm_reply")
	return cmp.Or(
		button.Get("title").Text(), row.Get("title").Text(),
		form.Get("response_json").Text(), form.Get("body").Text(),
		button.Get("id").Text(), row.Get("id").Text(),
	)
}

// card is what a contact card says, in one line.
func card(c wire.Value) string {
	name := c.Get("name")
	parts := []string{cmp.Or(name.Get("formatted_name").Text(), name.Get("first_name").Text())}
	for p := range c.Get("phones").Elements() {
		parts = append(parts, cmp.Or(p.Get("phone").Text(), p.Get("wa_id").Text()))
	}
	for mail := range c.Get("emails").Elements() {
		parts = append(parts, mail.Get("email").Text())
	}
	return join(", ", parts...)
}

// ordered is one line of an order.
func ordered(item wire.Value) desk.Attachment {
	quantity, price := item.Get("quantity").Text(), join(" ", item.Get("item_price").Text(), item.Get("currency").Text())
	return desk.Attachment{Type: "product", ID: item.Get("product_retailer_id").Text(), Name: join(" × ", quantity, price)}
}

// source appends the advertisement or the product that a message was written
// from.
func source(all []desk.Attachment, m wire.Value) []desk.Attachment {
	if r := m.Get("referral"); r.IsObject() {
		all = append(all, desk.Attachment{Type: "ad", ID: r.Get("source_id").Text(), URL: r.Get("source_url").Text(), Name: r.Get("headline").Text()})
	}
	if p := m.Get("context").Get("referred_product"); p.IsObject() {
		all = append(all, desk.Attachment{Type: "product", ID: p.Get("product_retailer_id").Text()})
	}
	return all
}

// status reads what became of a message of ours.
func status(e *desk.Event, f found) {
	in := f.item
	sender(e, f)
	e.Kind, e.Target = desk.Receipt, in.Get("id").Text()
	is := in.Get("status").Text()
	e.Key, e.Time = key(e.Target, is), instant(in.Get("timestamp"))
	e.Own, _ = desk.ParseTag(in.Get("biz_opaque_callback_data").Text())
	switch is {
	case "sent":
		e.Delivery = desk.Accepted
	case "delivered":
		e.Delivery = desk.Delivered
	case "read", "played":
		e.Delivery = desk.Read
	case "failed":
		e.Delivery, e.Problem = desk.DeliveryFailed, "WhatsApp does not say why"
		for failed := range in.Get("errors").Elements() {
			code, _ := count(failed.Get("code"))
			e.Problem = problem(code, 0)
			break
		}
	}
}

// moved reads that somebody has another id from now on.
func moved(e *desk.Event, f found) {
	sender(e, f)
	id := f.item.Get("user_id")
	previous, current := id.Get("previous").Text(), id.Get("current").Text()
	e.Kind, e.Time = desk.Contact, instant(f.item.Get("timestamp"))
	if previous != "" {
		e.Author.Alias = previous
	}
	if previous != "" || current != "" {
		e.Key = key(f.inner, previous, current, f.item.Get("timestamp").Text())
	}
}

// count reads a whole number.
func count(v wire.Value) (int64, bool) {
	n, err := strconv.ParseInt(v.Text(), 10, 64)
	return n, err == nil
}
