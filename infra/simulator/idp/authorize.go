package idp

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// An inquiry is what the console asks for: the parameters of an authorization
// request that the page hands on unchanged.
type inquiry struct {
	State, Nonce, Challenge string
}

// read returns the inquiry in form. A request from an unknown client, or with a
// foreign redirect address, gets a refusal on the page and is never redirected;
// any other mistake goes back to the client as an error code.
func (p *Provider) read(form url.Values) (in inquiry, refusal, code string) {
	in = inquiry{State: form.Get("state"), Nonce: form.Get("nonce"), Challenge: form.Get("code_challenge")}
	switch {
	case form.Get("client_id") != p.cfg.Client:
		return in, "This provider does not know the application that sent you here.", ""
	case form.Get("redirect_uri") != p.cfg.Redirect:
		return in, "The application wants the answer sent to an address that is not its own.", ""
	case form.Get("response_type") != "code":
		return in, "", "unsupported_response_type"
	case !slices.Contains(strings.Fields(form.Get("scope")), "openid"):
		return in, "", "invalid_scope"
	case form.Get("code_challenge_method") != "S256" || len(in.Challenge) != 43:
		return in, "", "invalid_request" // 43: base64url of a SHA-256
	}
	return in, "", ""
}

// ask shows who can sign in.
func (p *Provider) ask(w http.ResponseWriter, r *http.Request) {
	form := r.URL.Query()
	in, refusal, code := p.read(form)
	switch {
	case refusal != "":
		p.render(w, http.StatusBadRequest, map[string]any{"Path": p.path, "Refusal": refusal})
	case code != "":
		p.back(w, r, url.Values{"error": {code}, "state": {in.State}})
	default:
		p.render(w, http.StatusOK, map[string]any{"Path": p.path, "People": p.cfg.People, "Form": hidden(form), "Console": p.origin})
	}
}

// hidden returns what the page's forms carry along.
func hidden(form url.Values) map[string]string {
	fields := map[string]string{}
	for _, name := range []string{"client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method"} {
		fields[name] = form.Get(name)
	}
	return fields
}

// choose sends the person who was chosen back with a code.
func (p *Provider) choose(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		p.render(w, http.StatusBadRequest, map[string]any{"Path": p.path, "Refusal": "The form could not be read."})
		return
	}
	in, refusal, code := p.read(r.PostForm)
	person, known := p.person(r.PostForm.Get("person"))
	switch {
	case refusal != "":
		p.render(w, http.StatusBadRequest, map[string]any{"Path": p.path, "Refusal": refusal})
	case code != "":
		p.back(w, r, url.Values{"error": {code}, "state": {in.State}})
	case !known:
		p.back(w, r, url.Values{"error": {"access_denied"}, "state": {in.State}})
	default:
		code := rand.Text()
		now := p.cfg.Now()
		p.mu.Lock()
		for old, g := range p.codes {
			if now.Sub(g.signedIn) > codeLife {
				delete(p.codes, old)
			}
		}
		p.codes[code] = grant{person: person, challenge: in.Challenge, nonce: in.Nonce, signedIn: now}
		p.mu.Unlock()
		p.cfg.Log.InfoContext(r.Context(), "demo person signed in", "agent", person.ID)
		p.back(w, r, url.Values{"code": {code}, "state": {in.State}})
	}
}

// back redirects to the console, with iss as RFC 9207 has it.
func (p *Provider) back(w http.ResponseWriter, r *http.Request, answer url.Values) {
	answer.Set("iss", p.cfg.Issuer)
	if answer.Get("state") == "" {
		answer.Del("state")
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, p.cfg.Redirect+"?"+answer.Encode(), http.StatusSeeOther)
}
