package meta

import (
	"cmp"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// messaging reads what happened in a direct thread of Messenger or Instagram.
func messaging(e *desk.Event, in wire.Value) {
	message := in.Get("message")
	sender, recipient := in.Get("sender").Get("id").Text(), in.Get("recipient").Get("id").Text()
	e.Author.ID, e.Conversation = sender, sender
	e.Time = instant(in.Get("timestamp"))
	own := message.Get("is_echo").True() || message.Get("is_self").True() || sender != "" && sender == e.Account
	if own {
		e.Direction = desk.Out
		e.Author.ID, e.Of, e.Conversation = e.Account, recipient, recipient
	}
	at := in.Get("timestamp").Text()
	switch {
	case message.IsObject():
		said(e, message)
	case in.Get("message_edit").IsObject():
		edited(e, in.Get("message_edit"))
	case in.Get("postback").IsObject():
		tapped(e, in.Get("postback"), key("postback", sender, at))
	case in.Get("reaction").IsObject():
		r := in.Get("reaction")
		e.Kind, e.Target = desk.Reaction, r.Get("mid").Text()
		e.Key = key(e.Target, "react", sender, r.Get("action").Text(), at)
		if r.Get("action").Text() != "unreact" {
			e.Attachments = reaction(r.Get("emoji").Text(), r.Get("reaction").Text())
		}
	case in.Get("read").IsObject():
		received(e, in.Get("read"), "read", desk.Read)
	case in.Get("delivery").IsObject():
		received(e, in.Get("delivery"), "delivery", desk.Delivered)
	default:
		e.Kind = signal(in)
	}
}

// reaction is somebody's opinion of a message, by the first of names that is there.
// What takes one back has none.
func reaction(names ...string) []desk.Attachment {
	name := cmp.Or(names...)
	if name == "" {
		return nil
	}
	return []desk.Attachment{{Type: "reaction", Name: name}}
}

// signal says what an event without words is.
func signal(in wire.Value) desk.Kind {
	for _, name := range [...]string{"referral", "optin", "account_linking"} {
		if in.Get(name).IsObject() {
			return desk.Contact
		}
	}
	for _, name := range [...]string{"pass_thread_control", "take_thread_control", "request_thread_control", "app_roles"} {
		if in.Get(name).IsObject() { // which app has the thread: standby says so of each message
			return desk.Control
		}
	}
	if in.Get("policy_enforcement").IsObject() || in.Get("policy-enforcement").IsObject() {
		return desk.AccountChanged
	}
	return desk.Unsupported
}

// said reads a message, or that it was taken back.
func said(e *desk.Event, m wire.Value) {
	id := m.Get("mid").Text()
	if m.Get("is_deleted").True() {
		e.Kind, e.Target, e.Key = desk.MessageDeleted, id, key(id, "del")
		return
	}
	e.Kind, e.ID, e.Key = desk.MessageCreated, id, id
	e.Text = m.Get("text").Text()
	e.Parent = cmp.Or(m.Get("reply_to").Get("mid").Text(), m.Get("reply_to").Get("story").Get("id").Text())
	e.Attachments = attachments(m)
	for i, a := range e.Attachments {
		if a.Type == "story" && a.Name == mentionedIn && !e.Time.IsZero() {
			e.Attachments[i].Until = e.Time.Add(storyLife)
		}
	}
	if e.Direction == desk.In {
		e.Profile = true
		return
	}
	e.Kind = desk.Echo
	own, ours := desk.ParseTag(m.Get("metadata").Text())
	e.Own = own
	if !ours && m.Get("app_id").Text() != "" { // an app, and not this one
		e.Direction = desk.OutElsewhere
	}
}

// edited reads an edit. Instagram sends some without the text, and no message is
// edited to nothing.
func edited(e *desk.Event, m wire.Value) {
	e.Kind, e.Target, e.Text = desk.MessageEdited, m.Get("mid").Text(), m.Get("text").Text()
	e.Key = key(e.Target, "edit", cmp.Or(m.Get("num_edit").Text(), "0"))
	if e.Text == "" && e.Target != "" {
		e.Kind, e.Needs = desk.FetchRequired, desk.NeedsContent
	}
}

// tapped reads the choice of a button.
func tapped(e *desk.Event, p wire.Value, otherwise string) {
	id := p.Get("mid").Text()
	e.Kind, e.ID, e.Key = desk.MessageCreated, id, cmp.Or(id, otherwise)
	e.Text = cmp.Or(p.Get("title").Text(), p.Get("payload").Text())
	e.Attachments = advert(nil, p.Get("referral"))
	e.Profile = e.Direction == desk.In
	if e.Direction != desk.In {
		e.Kind = desk.Echo
	}
}

// received reads that messages of ours arrived or were read: one that it names,
// or all up to a moment.
func received(e *desk.Event, r wire.Value, word string, state desk.DeliveryState) {
	watermark := r.Get("watermark")
	e.Kind, e.Delivery, e.Until = desk.Receipt, state, instant(watermark)
	e.Target = cmp.Or(r.Get("mid").Text(), r.Get("mids").Only().Text())
	if e.Target == "" && e.Until.IsZero() {
		for mid := range r.Get("mids").Elements() {
			e.Target = mid.Text() // the last
		}
	}
	if about := cmp.Or(watermark.Text(), e.Target); about != "" {
		e.Key = key(word, e.Author.ID, about)
	}
}

// mentionedIn is the name of a story that mentions the account. Its address must
// not be kept for longer than the story lives.
const (
	mentionedIn = "mention"
	storyLife   = 24 * time.Hour
)

// attachments reads what came with a message beside its text.
func attachments(m wire.Value) []desk.Attachment {
	var all []desk.Attachment
	if story := m.Get("reply_to").Get("story"); story.IsObject() {
		all = append(all, desk.Attachment{Type: "story", ID: story.Get("id").Text(), URL: story.Get("url").Text()})
	}
	for a := range m.Get("attachments").Elements() {
		all = attached(all, a)
	}
	if m.Get("is_unsupported").True() {
		all = append(all, desk.Attachment{Type: "unsupported"})
	}
	return advert(all, m.Get("referral"))
}

// attached appends an attachment. What Meta adds one day is kept under its name.
func attached(all []desk.Attachment, a wire.Value) []desk.Attachment {
	p := a.Get("payload")
	is := desk.Attachment{
		Type: cmp.Or(a.Get("type").Text(), "unsupported"),
		URL:  cmp.Or(p.Get("url").Text(), a.Get("url").Text()),
		Name: cmp.Or(p.Get("title").Text(), a.Get("title").Text()),
	}
	switch is.Type {
	case "image":
		if sticker := p.Get("sticker_id").Text(); sticker != "" {
			is.Type, is.ID = "sticker", sticker
		}
	case "location":
		at := p.Get("coordinates")
		is.Name = place(is.Name, at.Get("lat"), at.Get("long"))
	case "fallback":
		is.Type = "link"
	case "story_mention":
		is.Type, is.Name = "story", mentionedIn
	case "ig_reel", "reel":
		is.Type, is.ID = "reel", p.Get("reel_video_id").Text()
	case "ig_post":
		is.Type, is.ID = "share", p.Get("ig_post_media_id").Text()
	case "unsupported_type":
		is.Type = "unsupported"
	case "template":
		products := p.Get("product").Get("elements")
		for product := range products.Elements() {
			all = append(all, desk.Attachment{
				Type: "product", ID: product.Get("id").Text(), URL: product.Get("image_url").Text(),
				Name: join(", ", product.Get("title").Text(), product.Get("subtitle").Text()),
			})
		}
		if !products.Empty() {
			return all
		}
	}
	return append(all, is)
}

// advert appends the advertisement or the product that somebody writes about, for
// theirs is often the first message and says no more than "how much".
func advert(all []desk.Attachment, r wire.Value) []desk.Attachment {
	if product := r.Get("product").Get("id").Text(); product != "" {
		all = append(all, desk.Attachment{Type: "product", ID: product})
	}
	if ad := r.Get("ad_id").Text(); ad != "" {
		about := r.Get("ads_context_data")
		all = append(all, desk.Attachment{
			Type: "ad", ID: ad, Name: about.Get("ad_title").Text(),
			URL: cmp.Or(about.Get("photo_url").Text(), about.Get("video_url").Text()),
		})
	}
	return all
}
