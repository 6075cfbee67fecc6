// Package platforms plays the other side of the platforms that the desk speaks
// to: it signs and posts webhooks as LINE, Meta's family, X and a sender of
// Standard Webhooks do, takes the desk's replies at their real paths with their
// real refusals, and misbehaves on request in the ways they are known for.
//
// It knows the secrets of the accounts file and nothing of the desk's code:
// signatures and bodies are made here from the platforms' documents, so that a
// mistake in the desk is not repeated on this side.
//
// The paths of the platforms, where PLATFORM_API points the desk:
//
//	POST /v2/bot/message/push                      LINE, with X-Line-Retry-Key
//	POST /v2/bot/message/reply
//	GET  /v2/bot/message/quota, .../quota/consumption
//	GET  /v2/bot/message/{id}/content
//	GET  /v2/bot/profile/{user}, /v2/bot/info
//	GET  /v2/bot/group/{group}/summary, .../member/{user}
//	POST /standard/{app}/replies                   Standard Webhooks
//	     /vNN.N/{id}, /vNN.N/{id}/{edge}           Meta: graph_api.go lists them
//	     /2/tweets, /2/users/{id} and so on        X: x_api.go lists them
//
// For tests and scripts (JSON both ways, errors as {"error"} with 400):
//
//	POST   /sim/api/say         a Say; answers a Told
//	                            (platform may be a channel of Meta's everywhere, such as whatsapp)
//	GET    /sim/api/replies     ?platform=&app=&author=   {"items":[Sent...]}, oldest first; author may be a persona
//	GET    /sim/api/calls       ?platform=&app=           {"items":[Call...]}: what the desk asked of the platforms, refusals too
//	GET    /sim/api/handshakes  {"items":[Handshake...]}: the latest answer of each address that is asked whose it is
//	POST   /sim/api/handshakes  ?platform=&app=           asks now, and answers likewise
//	GET    /sim/api/events      ?platform=&app=&author=   {"items":[Event...]}, oldest first, each with its attempts
//	POST   /sim/api/redeliver   {"event","times","after"}: posts an event again, now or later
//	POST   /sim/api/post        ?platform=&app=&id=       signs and posts the body it is given; answers an Attempt
//	GET    /sim/api/customers   {"items":[...]}: the personas with their ids on each account
//	GET    /sim/api/misbehave   {"items":[Fault...]}: what is still to go wrong
//	POST   /sim/api/misbehave   a Fault
//	DELETE /sim/api/misbehave   from now on everything goes right
package platforms

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/skala/infra/simulator/customers"
)

// Config is what a Network needs.
type Config struct {
	Accounts []byte        // the accounts file, already found good by who starts us
	Webhooks string        // origin that webhooks are posted to
	Public   string        // own origin, for the addresses of pictures
	Journal  string        // file that keeps conversations and replies over restarts; empty keeps nothing
	Patience time.Duration // how long to wait for a webhook's answer; zero is as long as the platform would
	Now      func() time.Time
	Log      *slog.Logger
}

// What is kept at most, so that a demo can run for days.
const (
	keptEvents = 20000
	keptLines  = 500 // of a thread
)

// A Network is all platforms with all their users.
type Network struct {
	cfg    Config
	apps   []*app
	people map[string]customers.Persona // by id
	client *http.Client
	cancel context.CancelFunc
	later  func(time.Duration, func(context.Context)) // does something later unless closed before
	work   sync.WaitGroup

	mu      sync.Mutex
	journal *journal
	version int // counts every change, for pages that poll
	users   map[user]customers.Persona
	threads map[ThreadKey]*Thread
	events  []*Event
	byID    map[string]*Event
	sent    []*Sent
	keys    map[string]*Sent // by account and retry key
	tokens  map[string]replyToken
	where   map[string]ThreadKey // of each message
	calls   []Call
	shaken  map[string]Handshake // by platform and app
	holds   map[string]container // Threads: what waits to be published
	grants  map[*app]*granted    // of accounts whose tokens end
	faults  []Fault
	last    int64                // id that a message got
	held    map[*app][]*delivery // waits for a later event to overtake it
	joining map[string][]*Event  // waits for another to share its body
}

// A user is one author on one account.
type user struct{ Platform, App, ID string }

// A ThreadKey names a conversation.
type ThreadKey struct {
	Platform     string `json:"platform"`
	App          string `json:"app"`
	Conversation string `json:"conversation"`
}

// A Thread is a conversation as the customer sees it: a chat, or in public what
// somebody wrote with all that was said to it.
type Thread struct {
	ThreadKey
	Account string
	Channel string
	In      string // as in Say
	Group   bool
	Blocked bool // the customer does not follow us any more
	Lines   []Line
}

// A Line is one thing in a thread. Author is empty for what the brand sent.
type Line struct {
	ID      string    `json:"id"` // of its event or its request
	At      time.Time `json:"at"`
	Author  string    `json:"author,omitempty"`
	Name    string    `json:"name,omitempty"`
	Do      string    `json:"do"` // as in Say
	Text    string    `json:"text"`
	Message string    `json:"message,omitempty"`
	Group   bool      `json:"group,omitempty"`
	Edited  bool      `json:"edited,omitempty"`
	Unsent  bool      `json:"unsent,omitempty"`
	Account string    `json:"account,omitempty"`
	Channel string    `json:"channel,omitempty"`
	In      string    `json:"in,omitempty"`
	Parent  string    `json:"parent,omitempty"` // the message that it speaks to
	Edits   int       `json:"edits,omitempty"`
	Hidden  bool      `json:"hidden,omitempty"`    // by the brand
	Foreign bool      `json:"elsewhere,omitempty"` // by the brand, and not through the desk
	Failed  bool      `json:"failed,omitempty"`    // accepted of the desk, and never arrived
	Seen    string    `json:"seen,omitempty"`      // how far a message of the brand got: delivered, seen
}

// A Sent is a reply of the desk that a platform accepted.
type Sent struct {
	ID           string        `json:"id"` // of the request
	Platform     string        `json:"platform"`
	App          string        `json:"app"`
	Account      string        `json:"account"`
	Channel      string        `json:"channel"`
	Endpoint     string        `json:"endpoint"` // push, reply, standard; messages, comment, private_reply, mention, post, dm
	To           string        `json:"to"`
	Answers      string        `json:"answers,omitempty"`  // the message that it was sent as an answer to, where the platform is told
	Tag          string        `json:"tag,omitempty"`      // what the platform shows again in echoes and statuses
	Template     string        `json:"template,omitempty"` // in place of a text
	Conversation string        `json:"conversation"`
	Key          string        `json:"key,omitempty"` // retry key, or webhook-id
	Messages     []SentMessage `json:"messages"`
	Text         string        `json:"text"` // of all messages, line by line
	At           time.Time     `json:"at"`
	Delivered    bool          `json:"delivered"` // false: accepted, but the customer has blocked us
	Repeats      int           `json:"repeats"`   // how often it was sent again under its key, and not accepted again
	Identical    int           `json:"identical"` // accepted replies of this text in this conversation, this one included

	fails int // WhatsApp: the code of what its status will say
}

// A SentMessage is one message object of a reply.
type SentMessage struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Text string `json:"text,omitempty"`
}

// New returns the platforms of the accounts file. What a journal holds is there
// again.
func New(cfg Config) (*Network, error) {
	apps, err := readApps(cfg.Accounts)
	if err != nil {
		return nil, fmt.Errorf("platforms: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	n := &Network{
		cfg: cfg, apps: apps, people: map[string]customers.Persona{}, cancel: cancel,
		client: &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		users: map[user]customers.Persona{}, threads: map[ThreadKey]*Thread{}, byID: map[string]*Event{},
		keys: map[string]*Sent{}, tokens: map[string]replyToken{}, held: map[*app][]*delivery{}, joining: map[string][]*Event{},
		where: map[string]ThreadKey{}, shaken: map[string]Handshake{}, holds: map[string]container{}, grants: map[*app]*granted{},
	}
	n.later = func(wait time.Duration, do func(context.Context)) {
		n.work.Go(func() {
			timer := time.NewTimer(wait)
			defer timer.Stop()
			select {
			case <-ctx.Done():
			case <-timer.C:
				do(ctx)
			}
		})
	}
	for _, p := range customers.Personas() {
		n.people[p.ID] = p
		for _, a := range apps {
			for _, c := range a.channels {
				n.users[user{a.Platform, a.Name, c.userID(a, p.ID)}] = p
			}
		}
	}
	if cfg.Journal != "" {
		if n.journal, err = openJournal(cfg.Journal, n.apply); err != nil {
			cancel()
			return nil, fmt.Errorf("platforms: %w", err)
		}
	}
	return n, nil
}

// Close gives up what was to be posted later.
func (n *Network) Close() {
	n.cancel()
	n.work.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.journal.close()
	n.client.CloseIdleConnections()
}

// An Account is one way into the desk.
type Account struct{ Platform, App, ID, Brand, Channel string }

// Accounts lists the accounts of the accounts file, each with each of its
// channels.
func (n *Network) Accounts() []Account {
	var list []Account
	for _, a := range n.apps {
		for _, p := range a.channels {
			list = append(list, Account{a.Platform, a.Name, a.Account, a.Brand, p.channel})
		}
	}
	return list
}

// Places lists where customers can speak to an account, the usual place first,
// and what can be done there.
func (n *Network) Places(of Account) (places, does []string) {
	_, p, err := n.find(of.Platform, of.App, of.ID, of.Channel)
	if err != nil {
		return nil, nil
	}
	return p.places, p.does
}

var errNoApp = errors.New("no such app in the accounts file")

// find returns an account and one of its channels; what is empty matches the
// first. The platform may be named by a channel.
func (n *Network) find(platform, name, account, channel string) (*app, *part, error) {
	for _, a := range n.apps {
		if name != "" && a.Name != name || account != "" && a.Account != account {
			continue
		}
		for _, p := range a.channels {
			if (platform == "" || a.Platform == platform || p.channel == platform) && (channel == "" || p.channel == channel) {
				return a, p, nil
			}
		}
	}
	return nil, nil, fmt.Errorf("%s/%s: %w", cmp.Or(channel, platform), name, errNoApp)
}

func lineUser(a *app, word string) string {
	if lineID(word, "U") {
		return word
	}
	return "U" + digest("user", a.Name, word)
}

func standardUser(_ *app, word string) string { return "cust_" + strings.TrimPrefix(word, "cust_") }

// digest returns 32 hex digits that stand for words.
func digest(words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// A record is one line of the journal, and the only way in which conversations
// and replies change.
type record struct {
	Thread *ThreadKey         `json:"thread,omitempty"`
	Line   *Line              `json:"line,omitempty"` // new, or in place of the one with its ID
	Sent   *Sent              `json:"sent,omitempty"`
	Repeat string             `json:"repeat,omitempty"` // the Sent that was sent again
	User   *user              `json:"user,omitempty"`
	Who    *customers.Persona `json:"who,omitempty"`
}

// write applies a record and keeps it. n.mu is held.
func (n *Network) write(r record) {
	n.apply(r)
	if err := n.journal.write(r); err != nil {
		n.cfg.Log.Error("simulator's journal not written", "err", err)
	}
}

func (n *Network) apply(r record) {
	n.version++
	if r.User != nil && r.Who != nil {
		n.users[*r.User] = *r.Who
	}
	if r.Thread != nil && r.Line != nil {
		t := n.thread(*r.Thread, r.Line.Group)
		t.Account, t.Channel, t.In = cmp.Or(t.Account, r.Line.Account), cmp.Or(t.Channel, r.Line.Channel), cmp.Or(t.In, r.Line.In)
		t.put(*r.Line)
		if r.Line.Message != "" {
			n.where[r.Line.Message] = *r.Thread
		}
	}
	if i := slices.IndexFunc(n.sent, func(s *Sent) bool { return s.ID == r.Repeat }); r.Repeat != "" && i >= 0 {
		n.sent[i].Repeats++
	}
	if s := r.Sent; s != nil {
		n.sent = append(n.sent, s)
		if len(n.sent) > keptEvents {
			delete(n.keys, n.sent[0].Platform+"/"+n.sent[0].App+"/"+n.sent[0].Key)
			n.sent = n.sent[1:]
		}
		if s.Key != "" {
			n.keys[s.Platform+"/"+s.App+"/"+s.Key] = s
		}
		key := ThreadKey{s.Platform, s.App, s.Conversation}
		t := n.thread(key, s.Platform == "line" && !lineID(s.Conversation, "U"))
		t.Account, t.Channel, t.In = cmp.Or(t.Account, s.Account), cmp.Or(t.Channel, s.Channel), cmp.Or(t.In, "direct")
		for _, m := range s.Messages {
			if s.Delivered {
				n.where[m.ID] = key
				t.put(Line{ID: s.ID + "/" + m.ID, At: s.At, Do: "message", Text: cmp.Or(m.Text, "("+m.Type+")"), Message: m.ID, Account: t.Account, Channel: t.Channel, In: t.In, Parent: s.Answers})
			}
		}
	}
}

func (n *Network) thread(key ThreadKey, group bool) *Thread {
	t := n.threads[key]
	if t == nil {
		t = &Thread{ThreadKey: key, Group: group}
		n.threads[key] = t
	}
	return t
}

func (t *Thread) put(l Line) {
	switch l.Do {
	case "follow":
		t.Blocked = false
	case "unfollow":
		t.Blocked = true
	}
	for i := range t.Lines {
		if t.Lines[i].ID == l.ID {
			t.Lines[i] = l
			return
		}
	}
	t.Lines = append(t.Lines, l)
	if over := len(t.Lines) - keptLines; over > 0 {
		t.Lines = slices.Delete(t.Lines, 0, over)
	}
}

// byMessage returns the line of a thread with a message id.
func (t *Thread) byMessage(id string) (Line, bool) {
	for _, l := range t.Lines {
		if id != "" && l.Message == id {
			return l, true
		}
	}
	return Line{}, false
}
