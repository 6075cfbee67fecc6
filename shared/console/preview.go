package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/policy"
)

// A preview is what a reply would be if it were sent now.
type preview struct {
	Visibility desk.Visibility `json:"visibility"`
	Parts      []string        `json:"parts"` // the messages that it would go out as
	Used       int             `json:"used"`  // of the length of one, by the whole text
	Limit      desk.Length     `json:"limit"`
	Gaps       int             `json:"gaps"`      // places of a saved reply that nobody has filled
	Sensitive  []string        `json:"sensitive"` // kinds of numbers in it that nobody should read
	Possible   bool            `json:"possible"`  // whether the platform takes free text this way now
}

// previewOf reads a text as the platform of t would be given it.
func (c *Console) previewOf(t desk.Ticket, said talk, text string, v desk.Visibility) preview {
	able := c.can(t, said)
	if v == "" {
		v = t.Visibility
	}
	w := c.windowOf(t, able, c.now())
	p := preview{Visibility: v, Parts: []string{}, Limit: able.MaxLength, Sensitive: []string{}, Possible: w.Free}
	if v == desk.Private && t.Visibility == desk.Public {
		p.Possible = w.Private
		if able.PrivateMaxLength != nil {
			p.Limit = *able.PrivateMaxLength
		}
	}
	text = strings.TrimSpace(text)
	p.Gaps = strings.Count(text, people.Gap)
	if text != "" {
		p.Parts, p.Used = c.cfg.Parts(text, p.Limit)
	}
	p.Sensitive = append(p.Sensitive, policy.Sensitive(text, t.Lang)...)
	return p
}

// A previewInput is what a program asks to see.
type previewInput struct {
	Text       string          `json:"text"`
	Visibility desk.Visibility `json:"visibility"`
}

// previewed reads a ticket and what a reply to it would be.
func (c *Console) previewed(r *http.Request, who people.Person, in previewInput) (desk.Ticket, preview, error) {
	t, err := c.cfg.Tickets.Ticket(r.Context(), desk.TicketID(r.PathValue("id")))
	if err != nil {
		return t, preview{}, err
	}
	switch {
	case !people.May(who, people.Reply, t):
		return t, preview{}, errForbidden
	case in.Visibility != "" && in.Visibility != desk.Public && in.Visibility != desk.Private:
		return t, preview{}, wrongField("visibility", "%q is neither public nor private", in.Visibility)
	case len(in.Text) > desk.MaxText:
		return t, preview{}, wrongField("text", "it is longer than %d bytes", desk.MaxText)
	}
	log, err := c.logOf(r.Context(), t)
	if err != nil {
		return t, preview{}, err
	}
	return t, c.previewOf(t, talkOf(log), in.Text, in.Visibility), nil
}

func (c *Console) apiPreview(w http.ResponseWriter, r *http.Request, who people.Person) error {
	var in previewInput
	if err := strictly(r, &in); err != nil {
		return err
	}
	_, p, err := c.previewed(r, who, in)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, jsonType, p)
	return nil
}

// submitPreview shows a ticket with what its reply would be, and the words still in
// the composer.
func (c *Console) submitPreview(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("form: %w: %w", err, errRequest)
	}
	form := r.PostForm
	if form.Has("pick") || form.Has("saved") { // without scripts what was typed comes along to the saved replies and back
		return c.pickReply(w, r, who, form)
	}
	t, p, err := c.previewed(r, who, previewInput{form.Get("text"), desk.Visibility(form.Get("visibility"))})
	if err != nil {
		return err
	}
	return c.showTicket(w, r, who, t, http.StatusOK, ticketPage{Claim: form.Get("token"), Form: "reply", Draft: url.Values{"text": form["text"]}, Key: form.Get("key"), Preview: &p})
}
