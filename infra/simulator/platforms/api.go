package platforms

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Handler returns the platforms' API and that of the simulator.
func (n *Network) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v2/bot/message/push", n.channel(n.push))
	mux.HandleFunc("POST /v2/bot/message/reply", n.channel(n.reply))
	mux.HandleFunc("GET /v2/bot/profile/{user}", n.channel(n.profile))
	mux.HandleFunc("GET /v2/bot/group/{group}/member/{user}", n.channel(n.member))
	mux.HandleFunc("GET /v2/bot/group/{group}/summary", n.channel(func(w http.ResponseWriter, r *http.Request, _ *app) {
		write(w, http.StatusOK, map[string]string{"groupId": r.PathValue("group"), "groupName": "A group of demo customers"})
	}))
	mux.HandleFunc("GET /v2/bot/info", n.channel(func(w http.ResponseWriter, _ *http.Request, a *app) {
		write(w, http.StatusOK, map[string]string{"userId": a.Account, "basicId": "@" + a.Name, "displayName": a.Brand, "chatMode": "bot", "markAsReadMode": "manual"})
	}))
	mux.HandleFunc("GET /v2/bot/message/quota", n.channel(func(w http.ResponseWriter, _ *http.Request, _ *app) {
		write(w, http.StatusOK, map[string]any{"type": "limited", "value": monthly})
	}))
	mux.HandleFunc("GET /v2/bot/message/quota/consumption", n.channel(func(w http.ResponseWriter, _ *http.Request, a *app) {
		write(w, http.StatusOK, map[string]any{"totalUsage": n.pushed(a)})
	}))
	mux.HandleFunc("GET /v2/bot/message/{id}/content", n.channel(func(w http.ResponseWriter, r *http.Request, _ *app) { picture(w, r.PathValue("id")) }))
	mux.HandleFunc("POST /standard/{app}/replies", n.takeStandard)
	mux.HandleFunc("POST /pa/send_message", n.sendViber)
	mux.HandleFunc("POST /v3.0/oa/message/cs", n.sendZalo)
	mux.HandleFunc("POST /api/v10/channels/{channel}/messages", n.sendDiscord)
	mux.HandleFunc("POST /api/chat.postMessage", n.sendSlack)
	mux.HandleFunc("GET /api/users.info", n.slackUserInfo)
	mux.HandleFunc("POST /subscribe", n.subscribeYouTube)
	mux.HandleFunc("GET /youtube/v3/commentThreads", n.youtubeThreads)
	mux.HandleFunc("GET /youtube/v3/comments", n.youtubeReplies)
	mux.HandleFunc("POST /youtube/v3/comments", n.sendYouTube)
	mux.HandleFunc("GET /youtube/v3/channels", n.youtubeChannel)
	mux.HandleFunc("POST /rest/socialActions/{urn}/comments", n.sendLinkedIn)
	mux.HandleFunc("GET /rest/socialActions/{urn}/comments/{id}", n.linkedinTells)
	mux.HandleFunc("GET /rest/posts/{urn}", n.linkedinTells)
	graph := n.logged(n.graph)
	mux.HandleFunc("/{version}/{id}", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.PathValue("version"), "bot") { // and its token: Telegram's way
			n.sendTelegram(w, r)
			return
		}
		graph(w, r)
	})
	mux.HandleFunc("/{version}/{id}/{edge}", n.logged(n.graph))
	n.xRoutes(mux)
	n.probeRoutes(mux)
	n.tokenRoutes(mux)
	n.peopleRoutes(mux)
	n.tiktokRoutes(mux)
	mux.HandleFunc("GET /sim/media/{name}", n.media)
	mux.HandleFunc("GET /sim/picture/{name}", func(w http.ResponseWriter, r *http.Request) {
		picture(w, strings.TrimSuffix(r.PathValue("name"), ".png"))
	})

	mux.HandleFunc("POST /sim/api/say", n.apiSay)
	mux.HandleFunc("POST /sim/api/post", n.apiPost)
	mux.HandleFunc("POST /sim/api/redeliver", n.apiRedeliver)
	mux.HandleFunc("GET /sim/api/replies", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		items(w, n.Replies(q.Get("platform"), q.Get("app"), q.Get("author")))
	})
	mux.HandleFunc("GET /sim/api/events", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		items(w, n.Events(q.Get("platform"), q.Get("app"), q.Get("author")))
	})
	mux.HandleFunc("GET /sim/api/calls", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		items(w, n.Calls(q.Get("platform"), q.Get("app")))
	})
	mux.HandleFunc("GET /sim/api/handshakes", func(w http.ResponseWriter, _ *http.Request) { items(w, n.Handshakes()) })
	mux.HandleFunc("POST /sim/api/handshakes", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		n.Shake(r.Context(), q.Get("platform"), q.Get("app"))
		items(w, n.Handshakes())
	})
	mux.HandleFunc("GET /sim/api/customers", n.apiCustomers)
	mux.HandleFunc("GET /sim/api/misbehave", func(w http.ResponseWriter, _ *http.Request) { items(w, n.Faults()) })
	mux.HandleFunc("POST /sim/api/misbehave", func(w http.ResponseWriter, r *http.Request) {
		var f Fault
		if !read(w, r, &f) {
			return
		}
		if err := n.Misbehave(f); err != nil {
			mistake(w, err)
			return
		}
		items(w, n.Faults())
	})
	mux.HandleFunc("DELETE /sim/api/misbehave", func(w http.ResponseWriter, _ *http.Request) {
		n.Behave()
		items(w, n.Faults())
	})
	return mux
}

func (n *Network) apiSay(w http.ResponseWriter, r *http.Request) {
	var s Say
	if !read(w, r, &s) {
		return
	}
	told, err := n.Say(r.Context(), s)
	if err != nil {
		mistake(w, err)
		return
	}
	write(w, http.StatusOK, told)
}

func (n *Network) apiPost(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<20))
	if err != nil {
		mistake(w, err)
		return
	}
	q := r.URL.Query()
	try, err := n.Post(r.Context(), q.Get("platform"), q.Get("app"), q.Get("id"), body)
	if err != nil {
		mistake(w, err)
		return
	}
	write(w, http.StatusOK, try)
}

func (n *Network) apiRedeliver(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Event string   `json:"event"`
		Times int      `json:"times"`
		After Duration `json:"after"`
	}
	if !read(w, r, &in) {
		return
	}
	if err := n.Redeliver(r.Context(), in.Event, min(in.Times, 100), in.After.or(0)); err != nil {
		mistake(w, err)
		return
	}
	write(w, http.StatusOK, map[string]string{"event": in.Event})
}

func (n *Network) apiCustomers(w http.ResponseWriter, _ *http.Request) {
	var list []map[string]string
	for _, a := range n.apps {
		for _, c := range a.channels {
			for id, p := range n.people {
				list = append(list, map[string]string{"persona": id, "name": p.Name, "lang": p.Lang, "platform": a.Platform, "channel": c.channel, "app": a.Name, "account": a.Account, "author": c.userID(a, id)})
			}
		}
	}
	slices.SortFunc(list, func(x, y map[string]string) int {
		return strings.Compare(x["platform"]+x["app"]+x["channel"]+x["persona"], y["platform"]+y["app"]+y["channel"]+y["persona"])
	})
	items(w, list)
}

// Replies returns what the platforms accepted of the desk, oldest first. What is
// empty matches all. author is an id or a word that one is made of.
func (n *Network) Replies(platform, name, author string) []Sent {
	n.mu.Lock()
	defer n.mu.Unlock()
	type same struct {
		ThreadKey
		text string
	}
	counts := map[same]int{}
	of := func(s *Sent) same { return same{ThreadKey{s.Platform, s.App, s.Conversation}, s.Text} }
	for _, s := range n.sent {
		counts[of(s)]++
	}
	list := []Sent{}
	for _, s := range n.sent {
		from := from{s.Platform, s.App, s.Account, s.Channel}
		if n.concerns(from, s.To, platform, name, author) || author != "" && n.spoke(s, from, platform, name, author) {
			out := *s
			out.Identical = counts[of(s)]
			list = append(list, out)
		}
	}
	return list
}

// spoke reports whether author wrote in the conversation that s went to.
func (n *Network) spoke(s *Sent, at from, platform, name, author string) bool {
	t := n.threads[ThreadKey{s.Platform, s.App, s.Conversation}]
	return t != nil && slices.ContainsFunc(t.Lines, func(l Line) bool {
		return l.Author != "" && n.concerns(at, l.Author, platform, name, author)
	})
}

// Events returns what customers did, oldest first, with every attempt to deliver
// it. What is empty matches all.
func (n *Network) Events(platform, name, author string) []Event {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := []Event{}
	for _, e := range n.events {
		if n.concerns(from{e.Platform, e.App, e.Account, e.Channel}, e.Author, platform, name, author) {
			out := *e
			out.Attempts = slices.Clone(e.Attempts)
			list = append(list, out)
		}
	}
	return list
}

// A from is where something comes from.
type from struct{ platform, app, account, channel string }

// concerns reports whether something of id at an account is asked for.
func (n *Network) concerns(at from, id string, wantPlatform, wantApp, author string) bool {
	if wantPlatform != "" && at.platform != wantPlatform && at.channel != wantPlatform || wantApp != "" && at.app != wantApp {
		return false
	}
	if author == "" || id == author {
		return true
	}
	a, p, err := n.find(at.platform, at.app, at.account, at.channel)
	return err == nil && id == p.userID(a, author)
}

func (n *Network) pushed(a *app) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	total := 0
	for _, s := range n.sent {
		if s.Endpoint == "push" && s.Account == a.Account {
			total++
		}
	}
	return total
}

// Thread returns a conversation as the customer sees it, with the events of its
// lines by id; empty where nobody has said anything.
func (n *Network) Thread(key ThreadKey) (Thread, map[string]Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	t := n.threads[key]
	if t == nil {
		return Thread{ThreadKey: key}, nil
	}
	out := *t
	out.Lines = slices.Clone(t.Lines)
	events := map[string]Event{}
	for _, l := range out.Lines {
		if e := n.byID[l.ID]; e != nil {
			copied := *e
			copied.Attempts = slices.Clone(e.Attempts)
			events[l.ID] = copied
		}
	}
	return out, events
}

// UserID returns the id that a persona, or any word, has at an account.
func (n *Network) UserID(of Account, word string) string {
	a, p, err := n.find(of.Platform, of.App, of.ID, of.Channel)
	if err != nil {
		return ""
	}
	return p.userID(a, word)
}

// Version counts the changes to anything that is shown.
func (n *Network) Version() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.version
}

func read(w http.ResponseWriter, r *http.Request, v any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		mistake(w, err)
		return false
	}
	return true
}

func mistake(w http.ResponseWriter, err error) {
	write(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
}

func items[T any](w http.ResponseWriter, list []T) {
	write(w, http.StatusOK, map[string]any{"items": list})
}
