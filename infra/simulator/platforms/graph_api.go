package platforms

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The Graph API: one set of paths for what Meta has under several hosts. An app
// may ask by any version.
//
//	POST   /vN.N/{page, instagram or phone number id}/messages
//	POST   /vN.N/{comment, post or review id}/comments   a page's public answer
//	POST   /vN.N/{comment id}/replies                    Instagram's
//	POST   /vN.N/{instagram id}/mentions
//	POST   /vN.N/{comment id}                            is_hidden (page), hide (Instagram)
//	DELETE /vN.N/{comment id}
//	POST   /vN.N/{page id}/blocked, DELETE likewise
//	GET    /vN.N/{person, comment, message, media or instagram id}   ?fields=
//	POST   /vN.N/me/threads, /vN.N/me/threads_publish, /vN.N/{reply id}/manage_reply
//	GET    /vN.N/{id}/threads_publishing_limit, /vN.N/profile_lookup?username=

// A graphCall is one request to Meta.
type graphCall struct {
	*Network
	w    http.ResponseWriter
	r    *http.Request
	app  *app
	part *part
	id   string
	edge string
	args object
}

var versions = regexp.MustCompile(`^v[0-9]+\.[0-9]+$`)

// graph answers what is asked of Meta.
func (n *Network) graph(w http.ResponseWriter, r *http.Request, call *Call) {
	c := &graphCall{Network: n, w: w, r: r, id: r.PathValue("id"), edge: r.PathValue("edge")}
	if !versions.MatchString(r.PathValue("version")) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Facebook-Api-Version", r.PathValue("version"))
	var err error
	if c.args, err = arguments(r); err != nil {
		c.fail(100, 0, "(#100) "+err.Error())
		return
	}
	if c.known() {
		call.by(c.app, c.part)
		c.serve()
	}
}

// serve answers a call of a known account's.
func (c *graphCall) serve() {
	if c.r.Method == http.MethodGet {
		c.get()
		return
	}
	if c.misbehaves() {
		return
	}
	switch edge := c.r.Method + " " + c.edge; {
	case edge == "POST messages" && c.part.channel == "whatsapp":
		c.sendWhatsApp(c)
	case edge == "POST messages":
		c.sendChat(c)
	case edge == "POST comments", edge == "POST replies", edge == "POST mentions":
		c.sendComment(c)
	case edge == "POST threads", edge == "POST threads_publish":
		c.sendThreads(c)
	case edge == "POST blocked", edge == "DELETE blocked":
		c.block()
	case edge == "POST ", edge == "DELETE ", edge == "POST manage_reply":
		c.moderate(c)
	default:
		c.fail(2500, 0, "Unknown path components: /"+c.edge)
	}
}

// known finds the account that is asked for, by the token and the path.
func (c *graphCall) known() bool {
	token, bearer := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		token = str(c.args, "access_token")
	}
	if token == "" {
		c.fail(2500, 0, "An active access token must be used to query information about the current user.")
		return false
	}
	var mine []*app
	for _, a := range c.apps {
		if a.Platform == "meta" && a.Token != "" && a.Token == token {
			mine = append(mine, a)
		}
	}
	if len(mine) == 0 {
		c.fail(190, 460, "Error validating access token: the session has been invalidated.")
		return false
	}
	if proof := str(c.args, "appsecret_proof"); proof != "" && !slices.ContainsFunc(mine[0].keys, func(s signer) bool { return hex.EncodeToString(s.sum(token)) == proof }) {
		c.fail(100, 0, "Invalid appsecret_proof provided in the API argument")
		return false
	}
	c.app = mine[0]
	channel := ""
	if about := object(c.object("recipient")); c.edge == "messages" {
		channel = c.channelOf(str(about, "id") + str(about, "comment_id"))
	}
	if _, t, ok := c.message(c.id); ok {
		channel = t.Channel
		c.app, _, _ = c.find("meta", c.app.Name, t.Account, "")
		if !slices.Contains(mine, c.app) {
			c.fail(200, 0, "(#200) This token has no right to that object")
			return false
		}
	}
	for _, id := range []func(*app) string{func(a *app) string { return a.page }, func(a *app) string { return a.Account }} { // its own id counts more
		for _, a := range mine {
			if id(a) == c.id && (channel == "" || a.part(channel) != nil) {
				c.app = a
			}
		}
	}
	if strings.HasPrefix(c.edge, "threads") || c.id == "profile_lookup" {
		channel = "threads"
		for _, a := range mine {
			if a.part(channel) != nil {
				c.app = a
			}
		}
	}
	c.part = c.app.part(channel)
	if c.part == nil {
		c.part = c.app.part("")
	}
	return true
}

// message returns a message with its thread.
func (c *graphCall) message(id string) (Line, *Thread, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.line(id)
}

// channelOf says on which channel a person or a comment is.
func (c *graphCall) channelOf(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, t, ok := c.line(id); ok {
		if t.Channel == "facebook_page" {
			return "messenger"
		}
		return t.Channel
	}
	if t := c.threads[ThreadKey{"meta", c.app.Name, id}]; t != nil {
		return t.Channel
	}
	return ""
}

func (c *graphCall) now() time.Time { return c.cfg.Now().UTC() }

// object returns an argument that is one; a form holds it as JSON.
func (c *graphCall) object(name string) object {
	switch v := c.args[name].(type) {
	case map[string]any:
		return v
	case string:
		var out object
		if json.Unmarshal([]byte(v), &out) == nil {
			return out
		}
	}
	return object{}
}

// str returns a field that is a text or a number as a text.
func str(in object, name string) string {
	switch v := in[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// arguments reads what a request says, in its address and its body.
func arguments(r *http.Request) (object, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return nil, errors.New("the body broke off")
	}
	out := object{}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") && len(body) > 0 {
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		if err := dec.Decode(&out); err != nil {
			return nil, errors.New("the body is no JSON object")
		}
	} else {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	if err := r.ParseForm(); err != nil {
		return nil, errors.New("the form cannot be read")
	}
	for name, values := range r.Form {
		out[name] = values[0]
	}
	return out, nil
}

// fail answers with one of Meta's errors. Its status is no help, as in earnest.
func (c *graphCall) fail(code, subcode int, message string) {
	status, kind := http.StatusBadRequest, "OAuthException"
	switch code {
	case 190:
		c.w.Header().Set("WWW-Authenticate", `OAuth "Facebook Platform" "invalid_token" "`+message+`"`)
		if c.part != nil && c.part.channel == "whatsapp" {
			status = http.StatusUnauthorized
		}
	case 1, 2, 1200:
		status = http.StatusInternalServerError
	case 4, 17, 32, 613, 80006, 130429, 131056:
		if c.part != nil && c.part.channel == "whatsapp" {
			status = http.StatusTooManyRequests
		}
	case 10, 200, 230, 368:
		status = http.StatusForbidden
	}
	e := object{"message": message, "type": kind, "code": code, "fbtrace_id": "A" + digest("trace", requestID())[:20]}
	if subcode != 0 {
		e["error_subcode"] = subcode
	}
	if c.part != nil && c.part.channel == "whatsapp" {
		e["error_data"] = object{"messaging_product": "whatsapp", "details": message}
	}
	c.answer(status, object{"error": e})
}

func (c *graphCall) answer(status int, v any) {
	body, err := encodeMeta(v)
	if err != nil {
		status, body = http.StatusInternalServerError, nil
	}
	c.w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // a client that left is no failure of ours
}

// accept takes a message and answers, unless something goes wrong with that.
func (c *graphCall) accept(s Sent, answer object) {
	done, _ := c.Network.accept(c.app, c.part, s)
	c.confirm(c.r.Context(), c.app, c.part, done)
	if c.spoils() {
		return
	}
	c.answer(http.StatusOK, answer)
}

// misbehaves answers a request that is not accepted, and reports whether it did.
func (c *graphCall) misbehaves() bool {
	take := func(name string) (Fault, bool) { return c.takeOf(name, c.app, c.part) }
	if _, ok := take("401"); ok {
		c.fail(190, 463, "Error validating access token: Session has expired.")
		return true
	}
	if f, ok := take("429"); ok {
		minutes := max(1, int(f.After.or(time.Minute).Minutes()))
		c.w.Header().Set("X-App-Usage", `{"call_count":100,"total_cputime":25,"total_time":30}`)
		c.w.Header().Set("X-Business-Use-Case-Usage", fmt.Sprintf(`{"%s":[{"type":"%s","call_count":100,"total_cputime":25,"total_time":30,"estimated_time_to_regain_access":%d}]}`, c.app.Account, c.part.channel, minutes))
		code := map[string]int{"whatsapp": 130429, "messenger": 613, "facebook_page": 32, "threads": 4, "instagram": 4}[c.part.channel]
		code = cmp.Or(f.Code, code)
		c.fail(code, 0, fmt.Sprintf("(#%d) Application request limit reached", code))
		return true
	}
	if f, ok := take("500"); ok {
		c.fail(cmp.Or(f.Code, 2), 0, "Service temporarily unavailable")
		return true
	}
	if f, ok := take("400"); ok {
		code := cmp.Or(f.Code, 100)
		c.fail(code, 0, fmt.Sprintf("(#%d) The parameter is not what it should be", code))
		return true
	}
	if _, ok := take("unreachable"); ok {
		code := 551
		if c.part.channel == "whatsapp" {
			code = 131026
		}
		c.fail(code, 0, fmt.Sprintf("(#%d) This person isn't available right now.", code))
		return true
	}
	return false
}

// spoils spoils the answer to what was accepted, and reports whether it wrote one
// of its own. Where none is due the connection is cut.
func (c *graphCall) spoils() bool {
	return c.Network.misbehaveAfter(c.w, c.r, c.app, c.part, func() { c.fail(1, 0, "An unknown error has occurred.") })
}
