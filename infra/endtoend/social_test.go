package endtoend_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/infra/localtest"
)

// TestMetasFamilyAndX plays, on one desk, what these platforms do and few others
// do, with LinkedIn, YouTube and TikTok beside them: echoes and receipts, answers by
// another way, windows, thin notices, moderation. Each story has customers of its own.
func TestMetasFamilyAndX(t *testing.T) {
	w := open(t, localtest.Options{})
	for _, story := range []struct {
		name string
		play func(*testing.T, *social)
	}{
		{"their handshakes are answered", handshakes},
		{"every channel is read, answered and confirmed", everyChannel},
		{"an answer by another way stops the clocks", answeredElsewhere},
		{"an album is one ticket", album},
		{"an edit is judged and a deletion blanks the text", editAndDelete},
		{"a late failure opens the ticket again", lateFailure},
		{"a reply whose answer is lost is confirmed by its echo", lostAnswer},
		{"an expired token has replies wait until somebody resumes the account", expiredToken},
		{"a thin notice is fetched, at the second try too", fetched},
		{"one that nobody can fetch is a ticket that says so", unfetched},
		{"after the window only a template goes out", windowClosed},
		{"a comment is answered in private, once", privately},
		{"a comment is hidden, shown and deleted", moderated},
		{"what comes again, together and before its time is there once", againAndAgain},
	} {
		t.Run(story.name, func(t *testing.T) {
			inner := *w
			inner.t = t
			story.play(t, &social{&inner, map[string]string{}})
		})
	}
}

// A social is a world with customers on Meta's family and X.
type social struct {
	*world
	tokens map[string]string // of claims, by ticket
}

// say has a customer do something that the desk must accept.
func (s *social) say(what map[string]any) (t told) {
	s.t.Helper()
	if code := s.Ask("POST", s.Simulator+"/sim/api/say", what, &t); code != 200 || t.Status != 200 {
		s.t.Fatalf("%v: the simulator answers %d, the desk %+v", what, code, t)
	}
	return t
}

// misbehave sets a fault of the simulator's.
func (s *social) misbehave(channel, fault string, more map[string]any) {
	s.t.Helper()
	what := map[string]any{"fault": fault, "platform": channel}
	for name, value := range more {
		what[name] = value
	}
	if code := s.Ask("POST", s.Simulator+"/sim/api/misbehave", what, nil); code != 200 {
		s.t.Fatalf("%v: %d", what, code)
	}
}

// behave ends all faults.
func (s *social) behave() {
	s.t.Helper()
	s.Ask("DELETE", s.Simulator+"/sim/api/misbehave", nil, nil)
}

// with waits for the ticket that has a message with a platform's id.
func (s *social) with(channel, id string) (found ticket) {
	s.t.Helper()
	s.wait("a ticket with message "+id, patience, func() bool {
		var page struct{ Items []struct{ ID string } }
		s.Ask("GET", s.API+"/api/v1/tickets?limit=100&platform="+url.QueryEscape(channel), nil, &page)
		for _, item := range page.Items {
			got := s.ticket(item.ID)
			if slices.ContainsFunc(got.Messages, func(m message) bool { return m.ID == id }) {
				found = got
				return true
			}
		}
		return false
	})
	return found
}

// until waits until a ticket is as it should be. One that is read while it changes
// may show its state of before with what has happened since, so what belongs
// together is waited for together.
func (s *social) until(what, id string, holds func(ticket) bool) (got ticket) {
	s.t.Helper()
	s.wait(what, patience, func() bool { got = s.ticket(id); return holds(got) })
	return got
}

// answer claims a ticket and replies to it. It returns the status of the reply.
func (s *social) answer(id, key string, reply map[string]any) int {
	s.t.Helper()
	if s.tokens[id] == "" {
		var claim struct{ Token string }
		if code := s.Ask("POST", s.API+"/api/v1/tickets/"+id+"/claim", map[string]any{}, &claim); code != 200 {
			s.t.Fatalf("claim: %d", code)
		}
		s.tokens[id] = claim.Token
	}
	reply["token"] = s.tokens[id]
	return s.Ask("POST", s.API+"/api/v1/tickets/"+id+"/reply", reply, nil, "Idempotency-Key", key)
}

// heard are the replies that a channel accepted to somebody.
func (s *social) heard(channel, author string) (list []struct {
	Text, Endpoint, Template, Tag string
	Identical                     int
}) {
	s.t.Helper()
	var page struct {
		Items []struct {
			Text, Endpoint, Template, Tag string
			Identical                     int
		}
	}
	s.Ask("GET", s.Simulator+"/sim/api/replies?platform="+channel+"&author="+url.QueryEscape(author), nil, &page)
	return page.Items
}

// message returns a ticket's message with a text.
func (t ticket) message(text string) (message, bool) {
	i := slices.IndexFunc(t.Messages, func(m message) bool { return strings.Contains(m.Text, text) })
	if i < 0 {
		return message{}, false
	}
	return t.Messages[i], true
}

func (t ticket) happened(what string) bool {
	return slices.ContainsFunc(t.Timeline, func(e struct {
		At             time.Time
		Who, What, Why string
	}) bool {
		return e.What == what
	})
}

func (t ticket) clock(metric string) string {
	for _, c := range t.Clocks {
		if c.Metric == metric {
			return c.State
		}
	}
	return ""
}

func handshakes(t *testing.T, s *social) {
	var page struct {
		Items []struct {
			Platform, Problem string
			OK                bool
		}
	}
	s.Ask("POST", s.Simulator+"/sim/api/handshakes", nil, &page)
	asked := map[string]bool{}
	for _, h := range page.Items {
		if asked[h.Platform] = true; !h.OK {
			t.Errorf("%+v", h)
		}
	}
	if !asked["meta"] || !asked["x"] || !asked["linkedin"] {
		t.Errorf("asked were %v", asked)
	}
	s.wait("the hub of YouTube asks, for the desk has subscribed", patience, func() bool {
		s.Ask("GET", s.Simulator+"/sim/api/handshakes", nil, &page)
		for _, h := range page.Items {
			if h.Platform == "youtube" {
				return h.OK
			}
		}
		return false
	})
}

func everyChannel(t *testing.T, s *social) {
	for _, at := range []struct{ channel, in, delivery string }{
		{"messenger", "direct", "read"}, {"facebook_page", "comment", "accepted"}, {"facebook_page", "post", "accepted"}, {"facebook_page", "review", "accepted"}, {"facebook_page", "mention", "accepted"},
		{"instagram", "direct", "read"}, {"instagram", "comment", "accepted"}, {"whatsapp", "direct", "read"}, {"threads", "comment", "accepted"},
		{"x", "mention", "accepted"}, {"x", "reply", "accepted"}, {"x", "direct", "accepted"},
		{"linkedin", "comment", "accepted"}, {"linkedin", "mention", "accepted"}, {"youtube", "comment", "accepted"},
		{"tiktok", "direct", "read"}, {"tiktok", "comment", "delivered"},
	} {
		text := "I was charged twice, " + at.channel + " " + at.in
		said := s.say(map[string]any{"platform": at.channel, "in": at.in, "author": "every-" + at.channel + "-" + at.in, "name": "Every One", "text": text})
		got := s.with(at.channel, said.Message)
		if got.Category != "billing" || got.Channel != at.channel && at.channel != "x" {
			t.Errorf("%s %s: judged as %+v", at.channel, at.in, got)
		}
		answer := "We look into it at once, " + at.channel + " " + at.in
		if code := s.answer(got.ID, "every", map[string]any{"text": answer}); code/100 != 2 {
			t.Errorf("%s %s: reply: %d", at.channel, at.in, code)
			continue
		}
		s.wait(at.channel+" hears the reply", patience, func() bool { return len(s.heard(at.channel, said.Author)) == 1 })
		after := s.until(at.channel+" "+at.in+": the reply is "+at.delivery, got.ID, func(now ticket) bool {
			m, ok := now.message(answer)
			return ok && m.Delivery == at.delivery && now.State == "waiting"
		})
		if after.happened("answered elsewhere") {
			t.Errorf("%s %s: %+v", at.channel, at.in, after.Timeline)
		}
		if n := len(after.Messages); n != 2 {
			t.Errorf("%s %s: %d messages: %+v", at.channel, at.in, n, after.Messages)
		}
	}
}

func answeredElsewhere(t *testing.T, s *social) {
	for _, at := range []struct{ channel, in string }{
		{"messenger", "direct"}, {"facebook_page", "comment"}, {"facebook_page", "post"}, {"instagram", "direct"}, {"instagram", "comment"}, {"whatsapp", "direct"}, {"x", "mention"}, {"x", "direct"}, {"linkedin", "comment"}, {"youtube", "comment"}, {"tiktok", "direct"}, {"tiktok", "comment"}, // Threads does not say whom the brand answers
	} {
		author := "elsewhere-" + at.channel + "-" + at.in
		said := s.say(map[string]any{"platform": at.channel, "in": at.in, "author": author, "text": "I was charged twice"})
		id := s.with(at.channel, said.Message).ID
		s.say(map[string]any{"platform": at.channel, "in": at.in, "author": author, "do": "elsewhere", "text": "We have paid it back."})
		got := s.until(at.channel+" "+at.in+": answered elsewhere", id, func(now ticket) bool {
			return now.happened("answered elsewhere") && now.State == "waiting"
		})
		if got.clock("first_response") != "met" {
			t.Errorf("%s %s: %+v", at.channel, at.in, got.Clocks)
		}
	}
}

func album(t *testing.T, s *social) {
	for _, channel := range []string{"messenger", "instagram", "whatsapp"} {
		said := s.say(map[string]any{"platform": channel, "in": "direct", "author": "album-" + channel, "do": "album", "count": 4})
		got := s.with(channel, said.Message)
		got = s.until(channel+": four pictures on one ticket", got.ID, func(now ticket) bool { return len(now.Messages) == 4 })
		for _, m := range got.Messages {
			if len(m.Attachments) != 1 || m.Attachments[0].Type != "image" {
				t.Errorf("%s: %+v", channel, m)
			}
		}
	}
}

func editAndDelete(t *testing.T, s *social) {
	for _, channel := range []string{"facebook_page", "instagram", "whatsapp", "x"} {
		author := "edits-" + channel
		said := s.say(map[string]any{"platform": channel, "author": author, "text": "hello there"})
		id := s.with(channel, said.Message).ID
		s.say(map[string]any{"platform": channel, "author": author, "do": "edit", "message": said.Message, "text": "hello there, I was charged twice"})
		got := s.until(channel+": the edit is judged", id, func(now ticket) bool { return now.Category == "billing" })
		if _, ok := got.message("charged twice"); !ok || len(got.Messages) != 1 {
			t.Errorf("%s: %+v", channel, got.Messages)
		}
		s.say(map[string]any{"platform": channel, "author": author, "do": "unsend", "message": said.Message})
		s.until(channel+": the text is gone", id, func(now ticket) bool { return now.Messages[0].Deleted && now.Messages[0].Text == "" })
	}
}

func lateFailure(t *testing.T, s *social) {
	said := s.say(map[string]any{"platform": "whatsapp", "author": "late", "text": "I was charged twice"})
	id := s.with("whatsapp", said.Message).ID
	s.misbehave("whatsapp", "undelivered", nil)
	if code := s.answer(id, "late", map[string]any{"text": "We look into it."}); code/100 != 2 {
		t.Fatalf("reply: %d", code)
	}
	got := s.until("the reply failed after all", id, func(now ticket) bool {
		m, ok := now.message("We look into it.")
		return ok && m.Delivery == "failed" && now.State == "open"
	})
	if m, _ := got.message("We look into it."); m.Problem == "" || !got.happened("undelivered") {
		t.Errorf("%+v", got.Timeline)
	}
}

func lostAnswer(t *testing.T, s *social) {
	for _, tt := range []struct{ channel, in, fault string }{{"messenger", "direct", "lost"}, {"whatsapp", "direct", "broken"}, {"facebook_page", "comment", "lost"}, {"x", "mention", "lost"}} {
		said := s.say(map[string]any{"platform": tt.channel, "in": tt.in, "author": "lost-" + tt.channel, "text": "I was charged twice"})
		id := s.with(tt.channel, said.Message).ID
		s.misbehave(tt.channel, tt.fault, nil)
		answer := "We look into what was lost, " + tt.channel
		if code := s.answer(id, "lost", map[string]any{"text": answer}); code/100 != 2 {
			t.Fatalf("%s: reply: %d", tt.channel, code)
		}
		got := s.until(tt.channel+": the echo confirms the reply", id, func(now ticket) bool {
			m, ok := now.message(answer)
			return ok && slices.Contains([]string{"accepted", "delivered", "read"}, m.Delivery) && now.State == "waiting"
		})
		if heard := s.heard(tt.channel, said.Author); len(heard) != 1 || heard[0].Identical != 1 || got.happened("send unknown") {
			t.Errorf("%s: %+v, %+v", tt.channel, heard, got.Timeline)
		}
	}
}

func expiredToken(t *testing.T, s *social) {
	for _, channel := range []string{"messenger", "x"} {
		said := s.say(map[string]any{"platform": channel, "author": "expired-" + channel, "text": "I was charged twice"})
		id := s.with(channel, said.Message).ID
		s.misbehave(channel, "401", nil)
		if code := s.answer(id, "expired", map[string]any{"text": "We look into it."}); code/100 != 2 {
			t.Fatalf("%s: reply: %d", channel, code)
		}
		got := s.until(channel+": the reply waits for its account", id, func(now ticket) bool {
			m, ok := now.message("We look into it.")
			return ok && m.Delivery == "queued" && m.Problem != ""
		})
		if m, _ := got.message("We look into it."); got.State == "waiting" {
			t.Errorf("%s: %+v", channel, m)
		}
		s.resume()
		s.until(channel+": the reply goes out", id, func(now ticket) bool {
			m, ok := now.message("We look into it.")
			return ok && slices.Contains([]string{"accepted", "delivered", "read"}, m.Delivery)
		})
	}
}

func fetched(t *testing.T, s *social) {
	said := s.say(map[string]any{"platform": "instagram", "in": "mention", "persona": "fah", "text": "they charged me twice"})
	got := s.with("instagram", said.Message)
	if got.Messages[0].Text != "they charged me twice" || got.Author.Handle != "fah_test" || got.Category != "billing" {
		t.Errorf("%+v", got)
	}
	s.misbehave("x", "thin", nil)
	s.misbehave("x", "unfetched", nil) // once: the second try gets it
	said = s.say(map[string]any{"platform": "x", "in": "reply", "persona": "robin", "text": "you charged me twice"})
	got = s.with("x", said.Message)
	if got.Author.Handle != "robin_placeholder" || got.Messages[0].Unfetched != "" {
		t.Errorf("%+v", got)
	}
	s.misbehave("linkedin", "thin", nil)
	s.misbehave("linkedin", "unfetched", nil)
	said = s.say(map[string]any{"platform": "linkedin", "persona": "robin", "text": "you charged me twice"})
	if got = s.with("linkedin", said.Message); got.Messages[0].Text != "you charged me twice" || got.Author.ID != said.Author || got.Category != "billing" {
		t.Errorf("%+v", got)
	}
	for _, in := range []string{"comment", "direct"} { // and directly it is one from Europe
		s.misbehave("tiktok", "thin", nil)
		s.misbehave("tiktok", "unfetched", nil)
		said = s.say(map[string]any{"platform": "tiktok", "in": in, "persona": "robin", "text": "you charged me twice"})
		if got = s.with("tiktok", said.Message); got.Messages[0].Text != "you charged me twice" || got.Author.ID != said.Author || got.Category != "billing" {
			t.Errorf("%s: %+v", in, got)
		}
	}
}

func unfetched(t *testing.T, s *social) {
	s.misbehave("instagram", "gone", map[string]any{"count": -1})
	said := s.say(map[string]any{"platform": "instagram", "in": "mention", "author": "gone", "text": "they charged me twice"})
	got := s.with("instagram", said.Message)
	s.behave()
	if got.Messages[0].Text != "" || got.Messages[0].Unfetched == "" {
		t.Errorf("%+v", got.Messages)
	}
	s.misbehave("linkedin", "thin", nil)
	s.misbehave("linkedin", "gone", map[string]any{"count": -1})
	said = s.say(map[string]any{"platform": "linkedin", "author": "gone", "text": "they charged me twice"})
	got = s.with("linkedin", said.Message)
	s.behave()
	if got.Messages[0].Text != "" || got.Messages[0].Unfetched == "" {
		t.Errorf("%+v", got.Messages)
	}
}

func windowClosed(t *testing.T, s *social) {
	said := s.say(map[string]any{"platform": "whatsapp", "author": "closed", "text": "I was charged twice", "ago": "25h"})
	id := s.with("whatsapp", said.Message).ID
	if code := s.answer(id, "closed", map[string]any{"text": "We look into it."}); code != 422 {
		t.Errorf("free text after the window: %d", code)
	}
	if code := s.answer(id, "closed-2", map[string]any{"template": map[string]any{"name": "follow_up", "language": "en", "parameters": []string{"48213"}}}); code/100 != 2 {
		t.Errorf("a template: %d", code)
	}
	s.wait("WhatsApp hears the template", patience, func() bool { return len(s.heard("whatsapp", said.Author)) == 1 })
	if heard := s.heard("whatsapp", said.Author); heard[0].Template != "follow_up" {
		t.Errorf("%+v", heard)
	}

	// A person may write by Messenger for a week, unless Messenger says otherwise.
	said = s.say(map[string]any{"platform": "messenger", "author": "closed", "text": "I was charged twice", "ago": "25h"})
	id = s.with("messenger", said.Message).ID
	if code := s.answer(id, "closed", map[string]any{"text": "We look into it."}); code/100 != 2 {
		t.Errorf("a person's text: %d", code)
	}
	s.wait("Messenger hears it", patience, func() bool { return len(s.heard("messenger", said.Author)) == 1 })
	s.misbehave("messenger", "window", nil)
	if code := s.answer(id, "closed-2", map[string]any{"text": "Are you there?"}); code/100 != 2 {
		t.Errorf("a second one: %d", code)
	}
	s.until("the refusal is seen", id, func(now ticket) bool {
		m, ok := now.message("Are you there?")
		return ok && m.Delivery == "failed" && m.Problem != ""
	})
}

func privately(t *testing.T, s *social) {
	for _, tt := range []struct{ public, direct string }{{"facebook_page", "messenger"}, {"instagram", "instagram"}} {
		author := "private-" + tt.public
		said := s.say(map[string]any{"platform": tt.public, "in": "comment", "author": author, "name": "Pri Vate", "text": "I was charged twice"})
		id := s.with(tt.public, said.Message).ID
		answer := "Let us talk here, " + tt.public
		if code := s.answer(id, "private", map[string]any{"text": answer, "visibility": "private"}); code/100 != 2 {
			t.Fatalf("%s: reply: %d", tt.public, code)
		}
		s.until(tt.public+": it went out", id, func(now ticket) bool {
			m, ok := now.message(answer)
			return ok && slices.Contains([]string{"accepted", "delivered", "read"}, m.Delivery)
		})
		if heard := s.heard(tt.direct, author); len(heard) != 1 || heard[0].Endpoint != "private_reply" {
			t.Errorf("%s: %+v", tt.public, heard)
		}
		switch code := s.answer(id, "private-2", map[string]any{"text": "And once more", "visibility": "private"}); {
		case code/100 == 2: // then Meta says no
			s.until(tt.public+": the second one is refused", id, func(now ticket) bool {
				m, ok := now.message("And once more")
				return ok && m.Delivery == "failed"
			})
		case code != 422:
			t.Errorf("%s: a second private reply: %d", tt.public, code)
		}
	}
}

func moderated(t *testing.T, s *social) {
	for _, tt := range []struct {
		channel, in string
		actions     []string
	}{{"facebook_page", "comment", []string{"hide", "unhide", "delete"}}, {"instagram", "comment", []string{"hide", "unhide", "delete"}}, {"threads", "comment", []string{"hide"}}, {"x", "reply", []string{"hide", "unhide"}}} {
		said := s.say(map[string]any{"platform": tt.channel, "in": tt.in, "author": "moderated-" + tt.channel, "text": "You charged me twice, you idiots"})
		id := s.with(tt.channel, said.Message).ID
		for i, action := range tt.actions {
			if code := s.Ask("POST", s.API+"/api/v1/tickets/"+id+"/moderate", map[string]any{"action": action, "message": said.Message, "why": "insults others"}, nil); code/100 != 2 {
				t.Fatalf("%s: %s: %d", tt.channel, action, code)
			}
			s.until(tt.channel+": "+action+" is done", id, func(now ticket) bool { // a page's feed tells of it as well, a little later
				done := 0
				for _, e := range now.Timeline {
					if e.What == "moderation done" {
						done++
					}
				}
				return done == i+1 && now.Messages[0].Hidden == (action == "hide")
			})
		}
		if code := s.Ask("POST", s.API+"/api/v1/tickets/"+id+"/moderate", map[string]any{"action": "hide", "message": said.Message}, nil); code/100 != 4 {
			t.Errorf("%s: without a reason: %d", tt.channel, code)
		}
	}
}

func againAndAgain(t *testing.T, s *social) {
	s.misbehave("messenger", "retries", map[string]any{"times": 12, "after": "4s"})
	one := s.say(map[string]any{"platform": "messenger", "author": "again", "text": "I was charged twice"})
	s.misbehave("facebook_page", "twin", nil)
	two := s.say(map[string]any{"platform": "facebook_page", "in": "mention", "author": "twin", "text": "I was charged twice"})
	s.misbehave("instagram", "reorder", nil)
	var held told
	s.Ask("POST", s.Simulator+"/sim/api/say", map[string]any{"platform": "instagram", "author": "early", "text": "I was charged twice"}, &held)
	s.say(map[string]any{"platform": "instagram", "author": "early", "do": "unsend", "message": held.Message})
	early := s.say(map[string]any{"platform": "instagram", "author": "early", "text": "I mean, I was charged three times"})
	s.misbehave("messenger", "batch", nil)
	var first told
	s.Ask("POST", s.Simulator+"/sim/api/say", map[string]any{"platform": "messenger", "author": "batch-1", "text": "I was charged twice"}, &first)
	second := s.say(map[string]any{"platform": "facebook_page", "author": "batch-2", "text": "I was charged twice"})

	s.wait("all attempts were made", patience, func() bool {
		var page struct {
			Items []struct{ Attempts []struct{ Status int } }
		}
		s.Ask("GET", s.Simulator+"/sim/api/events?platform=messenger&author="+one.Author, nil, &page)
		return len(page.Items) == 1 && len(page.Items[0].Attempts) == 13
	})
	for _, m := range []struct{ channel, message string }{{"messenger", one.Message}, {"facebook_page", two.Message}, {"messenger", first.Message}, {"facebook_page", second.Message}} {
		if got := s.with(m.channel, m.message); len(got.Messages) != 1 {
			t.Errorf("%s: %+v", m.message, got.Messages)
		}
	}
	got := s.with("instagram", early.Message)
	for _, m := range got.Messages {
		if m.ID == held.Message && m.Text != "" || m.Direction != "in" {
			t.Errorf("deleted before it came, and there: %+v", m)
		}
	}
}
