package channel

import (
	"context"
	"net/mail"
	"net/url"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/channel/webhook"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/post"
)

// A Vendor is one of the file's vendors, who gets tickets by mail or as webhooks.
type Vendor struct {
	post.Vendor
	Mail     string           // an address; empty for webhooks
	Endpoint webhook.Endpoint // of one without a mail address
}

// Hands returns the vendors without how they are reached, in the order of the file.
func (f *File) Hands() []post.Vendor {
	var all []post.Vendor
	for _, v := range f.Vendors {
		all = append(all, v.Vendor)
	}
	return all
}

// A Carrier takes letters somewhere; see package notify.
type Carrier interface {
	Send(ctx context.Context, l post.Letter) post.Outcome
}

// Vendors takes letters to vendors by their names.
type Vendors struct {
	Mails    map[string]string // addresses of those who get mail
	Email    Carrier
	Webhooks Carrier
}

// Send sends l to the vendor whose name is its address.
func (s *Vendors) Send(ctx context.Context, l post.Letter) post.Outcome {
	if to, ok := s.Mails[l.To]; ok {
		l.To = to
		return s.Email.Send(ctx, l)
	}
	return s.Webhooks.Send(ctx, l)
}

// shortest is the least that a vendor may be given.
const shortest = time.Minute

func (r *reader) vendor(node *yaml.Node, f *File) {
	found := r.fields(node, "a vendor", "name", "email", "url", "secrets", "for", "with", "expect", "answers")
	name := r.text(found["name"], "name")
	v := Vendor{Vendor: post.Vendor{Name: r.name(node, found, "a vendor", slices.ContainsFunc(f.Vendors, func(o Vendor) bool { return o.Name == name }))}}
	switch {
	case found["email"] != nil && found["url"] != nil || found["email"] == nil && found["url"] == nil:
		r.mistake(node, "a vendor has an email or a url, and not both")
	case found["url"] != nil:
		v.Endpoint = webhook.Endpoint{URL: r.address(node, found, "a vendor", f.Private), Keys: r.keys(node, found, "a vendor")}
	default:
		v.Mail = r.text(found["email"], "email")
		if at, err := mail.ParseAddress(v.Mail); err != nil || at.Address != v.Mail {
			r.mistake(found["email"], "email is no mail address")
		}
		if f.Email == nil {
			r.mistake(found["email"], "there is no server of email to write to a vendor by")
		}
		if found["secrets"] != nil {
			r.mistake(found["secrets"], "a mail is not signed: secrets are for a url")
		}
	}
	if found["for"] != nil {
		v.For = r.suits(found["for"])
	}
	for _, one := range r.list(found["with"], "with") {
		switch word := r.text(one, "with"); word {
		case "text":
			v.Text = true
		case "author":
			v.Author = true
		default:
			r.mistake(one, "with is text or author")
		}
	}
	if long := found["expect"]; long != nil {
		var err error
		if v.Expect, err = time.ParseDuration(r.text(long, "expect")); err != nil || v.Expect < shortest {
			r.mistake(long, "expect is a time such as 4h or 30m, a minute at least")
		}
	}
	if at := found["answers"]; at != nil {
		v.Answers = r.text(at, "answers")
		if u, err := url.Parse(v.Answers); err != nil || u.Scheme != "https" && u.Scheme != "mailto" && !(f.Private && u.Scheme == "http") {
			r.mistake(at, "answers begins with https: or mailto:")
		}
	} else if found["url"] != nil && !f.Private {
		r.mistake(node, "a vendor with a url is told where to answer: answers: https://ADDRESS/webhooks/vendor/NAME")
	}
	f.Vendors = append(f.Vendors, v)
}

// suits says which tickets a vendor gets.
func (r *reader) suits(node *yaml.Node) (f post.For) {
	found := r.fields(node, "for", "brands", "categories", "tags", "teams")
	for field, into := range map[string]*[]string{"brands": &f.Brands, "categories": &f.Categories, "tags": &f.Tags, "teams": &f.Teams} {
		for _, one := range r.list(found[field], field) {
			word := r.text(one, field)
			if field == "categories" && !slices.Contains(desk.Categories, desk.Category(word)) {
				r.mistake(one, "%q is no category", word)
			}
			*into = append(*into, word)
		}
		if found[field] != nil && len(*into) == 0 {
			r.mistake(found[field], "%s is empty: leave it out for any", field)
		}
	}
	return f
}
