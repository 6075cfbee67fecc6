package platforms

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// The API of X, version 2:
//
//	POST /2/tweets                                   an answer to a post
//	POST /2/dm_conversations/with/{user}/messages
//	PUT  /2/tweets/{id}/hidden
//	POST /2/users/{id}/blocking, DELETE /2/users/{id}/blocking/{target}
//	GET  /2/users/{id}

// An xCall is one request to X.
type xCall struct {
	*Network
	w    http.ResponseWriter
	r    *http.Request
	app  *app
	part *part
	args object
}

func (n *Network) xRoutes(mux *http.ServeMux) {
	for pattern, serve := range map[string]func(*xCall){
		"POST /2/tweets": n.sendPost,
		"POST /2/dm_conversations/with/{user}/messages": n.sendDirect,
		"PUT /2/tweets/{id}/hidden":                     n.hidePost,
		"POST /2/users/{id}/blocking":                   n.blockX,
		"DELETE /2/users/{id}/blocking/{target}":        n.blockX,
		"GET /2/users/{id}":                             n.xProfile,
		"GET /2/users/me":                               n.xMe,
	} {
		mux.HandleFunc(pattern, n.logged(func(w http.ResponseWriter, r *http.Request, call *Call) {
			c := &xCall{Network: n, w: w, r: r}
			token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			for _, a := range n.apps {
				if a.Platform == "x" && bearer && a.Token != "" && token == a.Token {
					c.app, c.part = a, a.part("")
				}
			}
			if c.app == nil {
				c.fail(http.StatusUnauthorized, "about:blank", "Unauthorized", "Unauthorized")
				return
			}
			call.by(c.app, c.part)
			var err error
			if c.args, err = arguments(r); err != nil {
				c.fail(http.StatusBadRequest, invalidRequest, "Invalid Request", err.Error())
			} else if r.Method == http.MethodGet && !c.keptBack() || r.Method != http.MethodGet && !c.misbehaves() {
				serve(c)
			}
		}))
	}
}

// The types of X's problems.
const (
	invalidRequest = "https://api.twitter.com/2/problems/invalid-request"
	forbidden      = "about:blank"
	notFound       = "https://api.twitter.com/2/problems/resource-not-found"
)

// fail answers with a problem as RFC 9457 has them.
func (c *xCall) fail(status int, kind, title, detail string) {
	c.w.Header().Set("Content-Type", "application/problem+json")
	c.w.WriteHeader(status)
	body, err := encode(object{"type": kind, "title": title, "status": status, "detail": detail})
	if err == nil {
		_, _ = c.w.Write(body) // a client that left is no failure of ours
	}
}

// keptBack answers a question that fails, and reports whether it did.
func (c *xCall) keptBack() bool {
	if _, ok := c.takeOf("unfetched", c.app, c.part); ok {
		c.fail(http.StatusServiceUnavailable, "about:blank", "Service Unavailable", "Service Unavailable")
		return true
	}
	if _, ok := c.takeOf("gone", c.app, c.part); ok {
		c.unknown(c.r.PathValue("id"))
		return true
	}
	return false
}

// misbehaves answers a request that is not accepted, and reports whether it did.
func (c *xCall) misbehaves() bool {
	take := func(name string) (Fault, bool) { return c.takeOf(name, c.app, c.part) }
	if _, ok := take("401"); ok {
		c.fail(http.StatusUnauthorized, "about:blank", "Unauthorized", "Unauthorized")
		return true
	}
	if f, ok := take("429"); ok {
		c.limited(100, c.cfg.Now().Add(f.After.or(5*time.Second)))
		return true
	}
	if _, ok := take("500"); ok {
		c.fail(http.StatusServiceUnavailable, "about:blank", "Service Unavailable", "Service Unavailable")
		return true
	}
	if _, ok := take("400"); ok {
		c.fail(http.StatusBadRequest, invalidRequest, "Invalid Request", "One or more parameters to your request was invalid.")
		return true
	}
	if _, ok := take("unreachable"); ok {
		c.fail(http.StatusForbidden, forbidden, "Forbidden", "You cannot send messages to this user.")
		return true
	}
	if _, ok := take("unsummoned"); ok { // all who speak here did summon us
		c.fail(http.StatusForbidden, forbidden, "Forbidden", "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the post you are replying to.")
		return true
	}
	return false
}

// limited answers that the rate is used up until then.
func (c *xCall) limited(limit int, until time.Time) {
	h := c.w.Header()
	h.Set("x-rate-limit-limit", strconv.Itoa(limit))
	h.Set("x-rate-limit-remaining", "0")
	h.Set("x-rate-limit-reset", strconv.FormatInt(until.Unix(), 10))
	c.fail(http.StatusTooManyRequests, "about:blank", "Too Many Requests", "Too Many Requests")
}

// within counts what was sent in the last 15 minutes, and answers when that is
// the limit already.
func (c *xCall) within(endpoint string, limit int) bool {
	const window = 15 * time.Minute
	now := c.cfg.Now().UTC()
	c.mu.Lock()
	count, first := 0, now
	for _, s := range c.sent {
		if s.Account == c.app.Account && s.Endpoint == endpoint && now.Sub(s.At) < window {
			if count == 0 {
				first = s.At
			}
			count++
		}
	}
	c.mu.Unlock()
	if count >= limit {
		c.limited(limit, first.Add(window))
		return false
	}
	h := c.w.Header()
	h.Set("x-rate-limit-limit", strconv.Itoa(limit))
	h.Set("x-rate-limit-remaining", strconv.Itoa(limit-count-1))
	h.Set("x-rate-limit-reset", strconv.FormatInt(first.Add(window).Unix(), 10))
	return true
}

func (c *xCall) accept(s Sent, answer object) {
	done, _ := c.Network.accept(c.app, c.part, s)
	c.confirm(c.r.Context(), c.app, c.part, done)
	if c.misbehaveAfter(c.w, c.r, c.app, c.part, func() {
		c.fail(http.StatusServiceUnavailable, "about:blank", "Service Unavailable", "Service Unavailable")
	}) {
		return
	}
	write(c.w, http.StatusCreated, object{"data": answer})
}

// sendPost takes an answer to a post whose author has summoned the account.
func (n *Network) sendPost(c *xCall) {
	text, about := str(c.args, "text"), str(asObject(c.args["reply"]), "in_reply_to_tweet_id")
	n.mu.Lock()
	l, t, known := n.line(about)
	id := "2" + n.messageID(c.cfg.Now())
	repeated := false
	for _, s := range n.sent {
		repeated = repeated || s.Account == c.app.Account && s.Answers == about && s.Text == text && s.Endpoint == "post"
	}
	n.mu.Unlock()
	switch {
	case text == "":
		c.fail(http.StatusBadRequest, invalidRequest, "Invalid Request", "One or more parameters to your request was invalid.")
	case weight(text) > 280:
		c.fail(http.StatusForbidden, forbidden, "Forbidden", "Your Tweet text is too long. You are not allowed to create a Tweet with more than 280 characters.")
	case about == "":
		c.fail(http.StatusForbidden, forbidden, "Forbidden", "This stand-in takes answers alone.")
	case !known || l.Unsent || t.In == "direct":
		c.fail(http.StatusForbidden, forbidden, "Forbidden", "You attempted to reply to a Tweet that is deleted or not visible to you.")
	case repeated:
		c.fail(http.StatusForbidden, forbidden, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
	case !c.within("post", 100):
	default:
		s := Sent{Endpoint: "post", Conversation: t.Conversation, Answers: about, To: wording(l.Author, t.Lines[0].Author), Messages: []SentMessage{{ID: id, Type: "text", Text: text}}}
		c.accept(s, object{"id": id, "text": text, "edit_history_tweet_ids": []string{id}})
	}
}

// sendDirect takes a direct message.
func (n *Network) sendDirect(c *xCall) {
	text, to := str(c.args, "text"), c.r.PathValue("user")
	n.mu.Lock()
	_, known := n.users[user{"x", c.app.Name, to}]
	id := "2" + n.messageID(c.cfg.Now())
	n.mu.Unlock()
	switch {
	case text == "" || len([]rune(text)) > 10000:
		c.fail(http.StatusBadRequest, invalidRequest, "Invalid Request", "One or more parameters to your request was invalid.")
	case !known:
		c.fail(http.StatusForbidden, forbidden, "Forbidden", "You cannot send messages to this user.")
	case !c.within("dm", 15):
	default:
		s := Sent{Endpoint: "dm", Conversation: to, To: to, Messages: []SentMessage{{ID: id, Type: "text", Text: text}}}
		c.accept(s, object{"dm_conversation_id": pair(c.app.Account, to), "dm_event_id": id})
	}
}

// hidePost hides an answer in one of the account's own conversations.
func (n *Network) hidePost(c *xCall) {
	hidden, ok := c.args["hidden"].(bool)
	n.mu.Lock()
	defer n.mu.Unlock()
	l, t, known := n.line(c.r.PathValue("id"))
	switch {
	case !ok:
		c.fail(http.StatusBadRequest, invalidRequest, "Invalid Request", "hidden is required.")
	case !known || l.Unsent:
		c.unknown(c.r.PathValue("id"))
	case t.In != "reply" || l.Author == "":
		c.fail(http.StatusForbidden, forbidden, "Forbidden", "You are not allowed to hide this Tweet.")
	default:
		l.Hidden = hidden
		n.write(record{Thread: &t.ThreadKey, Line: &l})
		write(c.w, http.StatusOK, object{"data": object{"hidden": hidden}})
	}
}

// blockX keeps somebody from an account, or lets them back.
func (n *Network) blockX(c *xCall) {
	who := wording(str(c.args, "target_user_id"), c.r.PathValue("target"))
	n.mu.Lock()
	_, known := n.users[user{"x", c.app.Name, who}]
	n.mu.Unlock()
	switch {
	case c.r.PathValue("id") != c.app.Account:
		c.fail(http.StatusForbidden, forbidden, "Forbidden", "The id of the path is not the one of the token.")
	case !known:
		c.unknown(who)
	default:
		write(c.w, http.StatusOK, object{"data": object{"blocking": c.r.Method == http.MethodPost}})
	}
}

// unknown answers 200 and an error, as X does for what it cannot find.
func (c *xCall) unknown(id string) {
	write(c.w, http.StatusOK, object{"errors": []object{{"value": id, "detail": "Could not find user with id: [" + id + "].", "title": "Not Found Error", "resource_type": "user", "parameter": "id", "resource_id": id, "type": notFound}}})
}

func (n *Network) xProfile(c *xCall) {
	id := c.r.PathValue("id")
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, known := n.users[user{"x", c.app.Name, id}]; !known && id != c.app.Account {
		c.unknown(id)
		return
	}
	all := n.xPerson(c.app, id, false)
	told := object{"id": id, "name": all["name"], "username": all["username"]}
	for _, name := range strings.Split(str(c.args, "user.fields"), ",") {
		if value, ok := all[name]; ok {
			told[name] = value
		}
	}
	write(c.w, http.StatusOK, object{"data": told})
}

var (
	address  = regexp.MustCompile(`https?://\S+`)
	summons  = regexp.MustCompile(`^(@\w+ )+`)
	sequence = regexp.MustCompile(`[\x{1F1E6}-\x{1F1FF}]{2}|[0-9#*]\x{FE0F}?\x{20E3}|[\x{1F300}-\x{1FAFF}\x{2600}-\x{27BF}\x{2B00}-\x{2BFF}][\x{FE0F}\x{1F3FB}-\x{1F3FF}]*(\x{200D}[\x{1F300}-\x{1FAFF}\x{2600}-\x{27BF}][\x{FE0F}\x{1F3FB}-\x{1F3FF}]*)*`)
)

// weight is the length of a post as X counts it: an address is 23, a picture sign
// 2, what is far from Latin 2, all else 1.
func weight(text string) int {
	text = summons.ReplaceAllString(norm.NFC.String(text), "")
	total := 23 * len(address.FindAllString(text, -1))
	text = address.ReplaceAllString(text, "")
	total += 2 * len(sequence.FindAllString(text, -1))
	for _, r := range sequence.ReplaceAllString(text, "") {
		if r <= 4351 || r >= 8192 && r <= 8205 || r >= 8208 && r <= 8223 || r >= 8242 && r <= 8247 {
			total++
		} else {
			total += 2
		}
	}
	return total
}
