package endtoend_test

import (
	"fmt"
	"log/slog"
	"net/url"

	"example.com/skala/infra/emulator"
)

// sendsFail sends replies that platforms refuse in each way.
func (c *canaries) sendsFail() {
	c.t.Helper()
	for _, fault := range []map[string]any{
		{"fault": "401"}, {"fault": "400"}, {"fault": "500"}, {"fault": "lost"}, {"fault": "broken"}, {"fault": "429", "after": "1s"}, {"fault": "quota", "platform": "line"},
		{"fault": "410", "platform": "standard"}, {"fault": "timeout", "after": "1s"},
	} {
		name := "canary-" + fmt.Sprint(fault["fault"])
		author, post := name, func() int {
			return c.postStandard("message.created", map[string]any{"id": name, "conversation_id": name, "author": map[string]any{"id": name}, "text": "I was charged twice " + c.words("before "+name)})
		}
		if fault["platform"] != "standard" {
			fault["platform"] = "line"
			author, post = "U"+name, func() int {
				return c.postLINE(map[string]any{"type": "message", "source": map[string]any{"type": "user", "userId": "U" + name},
					"message": map[string]any{"type": "text", "id": name, "text": "I was charged twice " + c.words("before "+name)}})
			}
		}
		c.wants(post(), 200, name)
		id := c.of(author).ID
		token := c.claim(id)
		c.wants(c.Ask("POST", c.Simulator+"/sim/api/misbehave", fault, nil), 200, "misbehaving")
		c.wants(c.Ask("POST", c.API+"/api/v1/tickets/"+id+"/reply", map[string]any{"text": c.words("a reply met by " + name), "token": token}, nil, "Idempotency-Key", name), 200, "a reply")
		c.wait("the reply met by "+name+" came to something", patience, func() bool {
			for _, m := range c.ticket(id).Messages {
				if m.Direction == "out" && (m.Delivery == "accepted" || m.Delivery == "failed" || m.Delivery == "unknown") {
					return true
				}
				if m.Direction == "out" && fault["fault"] == "401" && m.Problem != "" { // it waits for its account
					c.resume()
				}
			}
			return false
		})
	}
}

// replays gives the quarantine another try.
func (c *canaries) replays() {
	c.t.Helper()
	var replayed struct{ Sent, Unreadable, Failed int }
	c.wants(c.Ask("POST", c.API+"/api/v1/quarantine/replay", map[string]any{}, &replayed), 200, "replaying the quarantine")
	if replayed.Unreadable == 0 {
		c.t.Errorf("replayed %+v", replayed)
	}
	c.wants(c.Ask("GET", c.API+"/api/v1/quarantine/"+url.PathEscape(c.words("what is not in quarantine")), nil, nil), 404, "what is not in quarantine")
}

// outage takes table and queues away under the desk's work, and kills its
// functions.
func (c *canaries) outage() {
	c.t.Helper()
	id := c.of("canary-author").ID
	token := c.claim(id)
	if err := emulator.Desk(c.Home(), slog.New(slog.DiscardHandler)).Stop(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	c.wants(c.postLINE(map[string]any{"type": "message", "message": map[string]any{"type": "text", "id": "canary-outage", "text": c.words("a text in an outage")}}), 503, "a webhook in an outage")
	c.wants(c.signedLINE([]byte(c.words("an unreadable body in an outage"))), 503, "an unreadable body in an outage")
	code := c.Ask("POST", c.API+"/api/v1/tickets/"+id+"/reply", map[string]any{"text": c.words("a reply in an outage"), "token": token}, nil, "Idempotency-Key", c.key("a key in an outage"))
	if code < 500 {
		c.t.Errorf("a reply in an outage: answered %d", code)
	}
	for _, name := range []string{"webhook", "triage", "fetch", "escalate", "courier", "console"} {
		if c.KillFunctions(name) == 0 {
			c.t.Errorf("no process of %s to kill", name)
		}
	}
	c.Kill()
	c.Run()
	c.secret("the admin's token after a restart", c.Token)
	c.wants(c.postLINE(map[string]any{"type": "message", "message": map[string]any{"type": "text", "id": "canary-after", "text": c.words("a text after an outage")}}), 200, "a webhook after an outage")
	c.wait("the text after the outage is there", patience, func() bool {
		for _, m := range c.of("Ucanary").Messages {
			if m.ID == "canary-after" {
				return true
			}
		}
		return false
	})
}
