package platforms_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
)

func (w *world) misbehave(t *testing.T, f platforms.Fault) {
	t.Helper()
	if err := w.Misbehave(f); err != nil {
		t.Fatal(err)
	}
}

// last is the latest body that came.
func (w *world) last() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.bodiesOf[len(w.bodiesOf)-1]
}

func TestMetaWritesWhatIsNotASCIIInEscapes(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	w.say(t, platforms.Say{Platform: "messenger", Persona: "malee", Text: "ช้า <a/b> 😠"})
	if e := w.latest(t, 1); e.Text != "ช้า <a/b> 😠" {
		t.Errorf("read as %q", e.Text)
	}
	if body := w.last(); !bytes.Contains(body, []byte(`\u0e0a\u0e49\u0e32 <a\/b> \ud83d\ude20`)) || bytes.ContainsFunc(body, func(r rune) bool { return r > 126 }) {
		t.Errorf("%s", body)
	}
	w.say(t, platforms.Say{Platform: "x", Persona: "malee", Text: "ช้า"})
	w.wait(t, 1)
	if !bytes.Contains(w.last(), []byte("ช้า")) {
		t.Errorf("X escapes: %s", w.last())
	}
}

func TestOneBodyHoldsSeveralAccountsAndEvents(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	w.misbehave(t, platforms.Fault{Fault: "batch", Platform: "meta", Count: 1})
	if told := w.say(t, platforms.Say{Platform: "messenger", Account: "100000000000001", Persona: "jo", Text: "one"}); !told.Held {
		t.Fatalf("%+v", told)
	}
	w.say(t, platforms.Say{Platform: "facebook_page", Account: "100000000000002", Persona: "malee", Text: "two"})
	events := w.wait(t, 1)
	if len(events) != 2 || events[0].Account == events[1].Account || events[0].Channel == events[1].Channel {
		t.Errorf("%+v", events)
	}
	w.misbehave(t, platforms.Fault{Fault: "batch", Platform: "whatsapp"})
	w.say(t, platforms.Say{Platform: "whatsapp", Persona: "jo", Text: "one"})
	w.say(t, platforms.Say{Platform: "whatsapp", Persona: "jo", Text: "two"})
	if events := w.wait(t, 1); len(events) != 4 || events[3].Key == events[2].Key {
		t.Errorf("%+v", events)
	}
	if err := w.Misbehave(platforms.Fault{Fault: "batch", Platform: "threads"}); err == nil {
		t.Error("Threads has no batches")
	}
}

func TestOneActInTwoShapesHasOneKey(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, channel, in, fault string
	}{
		{"a comment of Instagram's in both envelopes", "instagram", "comment", "flat"},
		{"a post of X's in both", "x", "mention", "aaa"},
		{"an answer of X's in both", "x", "reply", "aaa"},
		{"a quote of X's in both", "x", "quote", "aaa"},
		{"a direct message of X's in both", "x", "direct", "aaa"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := open(t, "")
			for range 2 {
				w.say(t, platforms.Say{Platform: tt.channel, In: tt.in, Persona: "robin", Text: strings.Repeat("charged twice ", 15)})
				w.misbehave(t, platforms.Fault{Fault: tt.fault, Platform: tt.channel})
			}
			all := w.wait(t, 2)
			one, two := all[0], all[1]
			if one.Kind != two.Kind || one.Text != two.Text || one.Author.ID != two.Author.ID || one.Visibility != two.Visibility || strings.TrimPrefix(one.Key, one.ID) != strings.TrimPrefix(two.Key, two.ID) {
				t.Errorf("%+v\n%+v", one, two)
			}
			w.mu.Lock()
			bodies := slices.Clone(w.bodiesOf)
			w.mu.Unlock()
			old := map[string]string{"flat": `"field":"comments"`, "aaa": `"for_user_id"`}[tt.fault]
			if bytes.Contains(bodies[0], []byte(old)) && tt.fault == "aaa" || !bytes.Contains(bodies[1], []byte(old)) || tt.fault == "flat" && bytes.Contains(bodies[1], []byte(`"changes"`)) {
				t.Errorf("%s\n%s", bodies[0], bodies[1])
			}
		})
	}
}

func TestAMentionThatComesTwiceHasOneKey(t *testing.T) {
	t.Parallel()
	for channel, in := range map[string]string{"facebook_page": "mention", "x": "reply"} {
		w := open(t, "")
		w.misbehave(t, platforms.Fault{Fault: "twin", Platform: channel})
		w.say(t, platforms.Say{Platform: channel, In: in, Persona: "jo", Text: "hello"})
		events := w.wait(t, 2)
		if len(events) != 2 || events[0].Key != events[1].Key || events[0].Text != events[1].Text {
			t.Errorf("%s: %+v", channel, events)
		}
	}
}

func TestNobodyIsNamedAndAnotherAppHasTheThread(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	w.misbehave(t, platforms.Fault{Fault: "unnamed"})
	w.say(t, platforms.Say{Platform: "facebook_page", Persona: "jo", Text: "hello"})
	if e := w.latest(t, 1); e.Author.ID != "" || e.Text != "hello" {
		t.Errorf("%+v", e)
	}
	w.misbehave(t, platforms.Fault{Fault: "standby", Platform: "messenger"})
	w.say(t, platforms.Say{Platform: "messenger", Persona: "jo", Text: "hello"})
	if e := w.latest(t, 1); !e.Standby || e.Text != "hello" {
		t.Errorf("%+v", e)
	}
}

func TestAnAlbumIsSeveralEvents(t *testing.T) {
	t.Parallel()
	for _, channel := range []string{"messenger", "instagram", "whatsapp"} {
		w := open(t, "")
		w.say(t, platforms.Say{Platform: channel, Persona: "jo", Do: "album", Count: 3})
		keys := map[string]bool{}
		for _, e := range w.wait(t, 3) {
			if len(e.Attachments) != 1 || e.Attachments[0].Type != "image" {
				t.Errorf("%s: %+v", channel, e)
			}
			keys[e.Key] = true
		}
		if len(keys) != 3 {
			t.Errorf("%s: %v", channel, keys)
		}
	}
}

func TestADayAndAHalfOfRetriesComesLessAndLessOften(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	w.misbehave(t, platforms.Fault{Fault: "retries", Platform: "messenger", Times: 8, After: platforms.Duration(400 * time.Millisecond)})
	w.say(t, platforms.Say{Platform: "messenger", Persona: "jo", Text: "hello"})
	events := w.wait(t, 9)
	for _, e := range events {
		if e.Key != events[0].Key {
			t.Errorf("%+v", e)
		}
	}
}

func TestADeletionComesBeforeItsMessage(t *testing.T) {
	t.Parallel()
	for _, channel := range []string{"instagram", "whatsapp", "facebook_page", "x"} {
		w := open(t, "")
		w.misbehave(t, platforms.Fault{Fault: "reorder", Platform: channel})
		told := w.say(t, platforms.Say{Platform: channel, Persona: "jo", Text: "hello"})
		w.say(t, platforms.Say{Platform: channel, Persona: "jo", Do: "unsend", Message: told.Message})
		events := w.wait(t, 2)
		if events[0].Kind != desk.MessageDeleted || events[0].Target != told.Message || events[1].Kind != desk.MessageCreated || events[1].ID != told.Message {
			t.Errorf("%s: %+v", channel, events)
		}
	}
}

func TestEchoesComeEarlyOrNot(t *testing.T) {
	t.Parallel()
	for _, channel := range []string{"messenger", "whatsapp", "x"} {
		w := open(t, "")
		w.say(t, platforms.Say{Platform: channel, In: "direct", Persona: "jo", Text: "hello"})
		r := replyTo(w.latest(t, 1), "yes?")
		w.misbehave(t, platforms.Fault{Fault: "early", Platform: channel})
		id := w.send(t, r)
		w.mu.Lock()
		events := slices.Clone(w.events) // nothing was waited for
		w.mu.Unlock()
		if len(events) < 2 || events[1].ID != id && events[1].Target != id {
			t.Errorf("%s: sent as %s, %+v", channel, id, events)
		}
	}
	w := open(t, "")
	w.say(t, platforms.Say{Platform: "messenger", Persona: "jo", Text: "hello"})
	w.misbehave(t, platforms.Fault{Fault: "silent"})
	w.send(t, replyTo(w.latest(t, 1), "yes?"))
	if e := w.Events("messenger", "", ""); len(e) != 1 {
		t.Errorf("%+v", e)
	}
}

func TestAMessageFailsThoughItWasAccepted(t *testing.T) {
	t.Parallel()
	for _, ago := range []time.Duration{0, 25 * time.Hour} {
		w := open(t, "")
		told := w.say(t, platforms.Say{Platform: "whatsapp", Persona: "jo", Text: "hello", Ago: platforms.Duration(ago)})
		e := w.latest(t, 1)
		if ago == 0 {
			w.misbehave(t, platforms.Fault{Fault: "undelivered"})
		}
		resp, body := w.call(t, "/v23.0/"+e.Account+"/messages", "whatsapp-token", "", object{"messaging_product": "whatsapp", "recipient": told.Author, "text": object{"body": "yes?"}})
		var answer struct {
			Messages []struct{ ID string }
		}
		if err := json.Unmarshal([]byte(body), &answer); err != nil || resp.StatusCode != 200 {
			t.Fatalf("%d %s", resp.StatusCode, body)
		}
		for {
			if e := w.latest(t, 1); e.Delivery == desk.DeliveryFailed {
				if e.Target != answer.Messages[0].ID || e.Problem == "" {
					t.Errorf("%+v", e)
				}
				break
			}
		}
		lines, _, _ := w.Talk(platforms.Account{Platform: "meta", App: "tea", ID: e.Account, Channel: "whatsapp"}, told.Author, "direct")
		if !lines[1].Failed {
			t.Errorf("%+v", lines)
		}
	}
}

func TestTemplatesGoOutAtAnyTime(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	w.say(t, platforms.Say{Platform: "whatsapp", Persona: "jo", Text: "hello", Ago: platforms.Duration(50 * time.Hour)})
	r := replyTo(w.latest(t, 1), "")
	r.Template = &desk.Template{Name: "follow_up", Language: "en", Parameters: []string{"Jo", "48213"}}
	w.send(t, r)
	if got := w.Replies("whatsapp", "", ""); got[0].Template != "follow_up" || got[0].Text != "follow_up: Jo, 48213" {
		t.Errorf("%+v", got)
	}
	r.Template.Name = "missing_one"
	sender, err := w.senders.Sender(r.Origin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sender.Send(t.Context(), r); classOf(err) != desk.SendRejected {
		t.Errorf("one that is not there: %v", err)
	}
}

func TestLongAnswersGoOutInParts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Στέλνουμε σήμερα ό,τι λείπει. ", 60)
	for channel, most := range map[string]int{"messenger": 1, "instagram": 4, "threads": 4, "x": 7} {
		w := open(t, "")
		w.say(t, platforms.Say{Platform: channel, Persona: "jo", Text: "hello"})
		w.send(t, replyTo(w.latest(t, 1), long))
		got := w.Replies(channel, "", "jo")
		if len(got) != most {
			t.Errorf("%s: %d messages", channel, len(got))
		}
		whole := ""
		for _, s := range got {
			whole += s.Text + " "
		}
		if strings.Join(strings.Fields(whole), " ") != strings.TrimSpace(long) {
			t.Errorf("%s: went out as %q", channel, whole)
		}
	}
}

func TestXTakesNothingTwiceAndNoMoreThanItsRate(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	w.say(t, platforms.Say{Platform: "x", Persona: "jo", Text: "hello"})
	r := replyTo(w.latest(t, 1), "yes?")
	w.send(t, r)
	sender, err := w.senders.Sender(r.Origin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sender.Send(t.Context(), r); classOf(err) != desk.SendRejected {
		t.Errorf("the same text again: %v", err)
	}
	w.say(t, platforms.Say{Platform: "x", In: "direct", Persona: "jo", Text: "hello"})
	path := "/2/dm_conversations/with/" + r.To + "/messages"
	for i := range 16 {
		resp, _ := w.call(t, path, "x-token", "", object{"text": strings.Repeat("a", i+1)})
		if want := map[bool]int{true: 201, false: 429}[i < 15]; resp.StatusCode != want || resp.Header.Get("X-Rate-Limit-Reset") == "" {
			t.Errorf("message %d: %d %v", i, resp.StatusCode, resp.Header)
		}
	}
}

func TestEachPlatformRemembersWhatItWasAsked(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	w.say(t, platforms.Say{Platform: "threads", Persona: "jo", Text: "hello"})
	w.send(t, replyTo(w.latest(t, 1), "yes?"))
	calls := w.Calls("threads", "tea")
	if len(calls) != 2 || calls[0].Path != "/v1.0/me/threads" || calls[1].Path != "/v1.0/me/threads_publish" || calls[1].Status != 200 {
		t.Errorf("%+v", calls)
	}
}
