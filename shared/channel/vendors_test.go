package channel_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/channel"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/post"
)

const server = "email: {host: mail.example.com, port: 587, from: desk@example.com}\n"

const vendorSecret = "whsec_YW4gaW52ZW50ZWQga2V5LCAyNCBsb25n"

func TestVendorsAreReadAndTheFirstThatFitsHasATicket(t *testing.T) {
	t.Parallel()
	f, err := channel.Load([]byte(server+`vendors:
- {name: acme, url: "https://acme.example.com/in", secrets: [`+vendorSecret+`], for: {categories: [damaged], tags: [machine]}, with: [text, author], expect: 4h, answers: "https://desk.example.com/webhooks/vendor/acme"}
- {name: lawyers, email: law@example.com, for: {teams: [legal]}}
- {name: developers, email: dev@example.com, for: {brands: [aegean]}}
`), "f")
	if err != nil {
		t.Fatal(err)
	}
	want := []post.Vendor{
		{Name: "acme", For: post.For{Categories: []string{"damaged"}, Tags: []string{"machine"}}, Text: true, Author: true, Expect: 4 * time.Hour, Answers: "https://desk.example.com/webhooks/vendor/acme"},
		{Name: "lawyers", For: post.For{Teams: []string{"legal"}}},
		{Name: "developers", For: post.For{Brands: []string{"aegean"}}},
	}
	if diff := cmp.Diff(want, f.Hands()); diff != "" {
		t.Error(diff)
	}
	if f.Vendors[0].Endpoint.URL != "https://acme.example.com/in" || len(f.Vendors[0].Endpoint.Keys) != 1 || f.Vendors[1].Mail != "law@example.com" {
		t.Errorf("they are reached by %+v", f.Vendors)
	}
	for name, n := range map[string]desk.Notice{
		"acme":       {Brand: "aegean", Category: desk.Damaged, Tags: []string{"vip", "machine"}},
		"lawyers":    {Brand: "aegean", Category: desk.Damaged, Team: "legal"},
		"developers": {Brand: "aegean", Category: desk.Damaged},
		"":           {Brand: "another", Category: desk.Damaged, Tags: []string{"other"}},
	} {
		got := ""
		for _, v := range f.Hands() {
			if v.Takes(n) {
				got = v.Name
				break
			}
		}
		if got != name {
			t.Errorf("%+v goes to %q, want %q", n, got, name)
		}
	}
}

func TestEveryMistakeAboutAVendorHasItsLineAndTellsNoSecret(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ vendor, want string }{
		"no way":                    {"{name: a}", "f:3: a vendor has an email or a url, and not both"},
		"two ways":                  {`{name: a, email: a@example.com, url: "https://a.example.com", secrets: [` + vendorSecret + `]}`, "f:3: a vendor has an email or a url, and not both"},
		"no secret":                 {`{name: a, url: "https://a.example.com", answers: "https://d.example.com"}`, "f:3: a vendor has one or more secrets"},
		"a secret that is none":     {`{name: a, url: "https://a.example.com", secrets: [hunter2], answers: "https://d.example.com"}`, "f:3: a secret is no secret: whsec_ and the base64 of 24 to 64 bytes"},
		"nowhere to answer":         {`{name: a, url: "https://a.example.com", secrets: [` + vendorSecret + `]}`, "f:3: a vendor with a url is told where to answer: answers: https://ADDRESS/webhooks/vendor/NAME"},
		"an answer in the clear":    {`{name: a, email: a@example.com, answers: "http://d.example.com"}`, "f:3: answers begins with https: or mailto:"},
		"an address of ours":        {`{name: a, url: "http://169.254.169.254/", secrets: [` + vendorSecret + `], answers: "https://d.example.com"}`, "f:3: url"},
		"no mail address":           {`{name: a, email: "Ann <a@example.com>"}`, "f:3: email is no mail address"},
		"a mail that is signed":     {`{name: a, email: a@example.com, secrets: [` + vendorSecret + `]}`, "f:3: a mail is not signed: secrets are for a url"},
		"a name for two":            {"{name: a, email: a@example.com}\n- {name: a, email: b@example.com}", `f:4: "a" is there twice`},
		"a name that is none":       {"{name: a b, email: a@example.com}", `f:3: "a b" is no name: letters, digits, - and _, at most 64`},
		"a category that is none":   {"{name: a, email: a@example.com, for: {categories: [broken]}}", `f:3: "broken" is no category`},
		"a list without anything":   {"{name: a, email: a@example.com, for: {tags: []}}", "f:3: tags is empty: leave it out for any"},
		"what nobody may have":      {"{name: a, email: a@example.com, with: [phone]}", "f:3: with is text or author"},
		"a time that is none":       {"{name: a, email: a@example.com, expect: soon}", "f:3: expect is a time such as 4h or 30m, a minute at least"},
		"no time at all":            {"{name: a, email: a@example.com, expect: 0s}", "f:3: expect is a time such as 4h or 30m, a minute at least"},
		"a field that nobody knows": {"{name: a, email: a@example.com, phone: 1}", `f:3: a vendor: there is no field "phone"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := channel.Load([]byte(server+"vendors:\n- "+tt.vendor+"\n"), "f")
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
	if _, err := channel.Load([]byte("vendors:\n- {name: a, email: a@example.com}\n"), "f"); err == nil || err.Error() != "f:2: there is no server of email to write to a vendor by" {
		t.Errorf("without a server: %v", err)
	}
	if _, err := channel.Load([]byte("private: true\nvendors:\n- {name: a, url: \"http://127.0.0.1:8081/v\", secrets: ["+vendorSecret+"]}\n"), "f"); err != nil {
		t.Errorf("on a laptop: %v", err)
	}
}

type carrier struct{ to []string }

func (c *carrier) Send(_ context.Context, l post.Letter) post.Outcome {
	c.to = append(c.to, l.To)
	return post.Outcome{Class: post.Accepted}
}

func TestAVendorIsToldByMailOrByWebhook(t *testing.T) {
	t.Parallel()
	mail, hooks := &carrier{}, &carrier{}
	s := &channel.Vendors{Mails: map[string]string{"lawyers": "law@example.com"}, Email: mail, Webhooks: hooks}
	for _, name := range []string{"lawyers", "acme"} {
		if o := s.Send(t.Context(), post.Letter{To: name}); o.Class != post.Accepted {
			t.Errorf("%s: %+v", name, o)
		}
	}
	if diff := cmp.Diff([][]string{{"law@example.com"}, {"acme"}}, [][]string{mail.to, hooks.to}); diff != "" {
		t.Error(diff)
	}
}
