package platforms

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// keptCalls is how many calls are remembered.
const keptCalls = 500

// A Call is one request of the desk to Meta or X, and how it was answered.
type Call struct {
	At       time.Time `json:"at"`
	Platform string    `json:"platform"`
	App      string    `json:"app"`
	Channel  string    `json:"channel"`
	Method   string    `json:"method"`
	Path     string    `json:"path"`   // with the query, without the token
	Status   int       `json:"status"` // 0 for none
}

// by notes whose call it is.
func (c *Call) by(a *app, p *part) { c.Platform, c.App, c.Channel = a.Platform, a.Name, p.channel }

// logged notes what serve answers, also when the answer is cut off.
func (n *Network) logged(serve func(http.ResponseWriter, *http.Request, *Call)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		seen := &watched{ResponseWriter: w}
		c := Call{At: n.cfg.Now().UTC(), Method: r.Method, Path: r.URL.Path}
		q := r.URL.Query()
		q.Del("access_token")
		q.Del("appsecret_proof")
		if len(q) > 0 {
			c.Path += "?" + q.Encode()
		}
		defer func() {
			c.Status = seen.status
			n.mu.Lock()
			defer n.mu.Unlock()
			n.version++
			n.calls = append(n.calls, c)
			if over := len(n.calls) - keptCalls; over > 0 {
				n.calls = slices.Delete(n.calls, 0, over)
			}
		}()
		serve(seen, r, &c)
	}
}

// Calls lists the latest requests, oldest first. What is empty matches all; the
// platform may be a channel.
func (n *Network) Calls(platform, name string) []Call {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := []Call{}
	for _, c := range n.calls {
		if (platform == "" || c.Platform == platform || c.Channel == platform) && (name == "" || c.App == name) {
			list = append(list, c)
		}
	}
	return list
}

// A watched writer remembers the status.
type watched struct {
	http.ResponseWriter
	status int
}

func (w *watched) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// media hands out the content of a WhatsApp message to whoever has a token.
func (n *Network) media(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if isNumber(name, "1", 16) && (!bearer || !slices.ContainsFunc(n.apps, func(a *app) bool { return a.Platform == "meta" && a.Token == token })) {
		http.Error(w, "no token", http.StatusUnauthorized)
		return
	}
	picture(w, strings.TrimSuffix(name, ".png"))
}
