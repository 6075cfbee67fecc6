package platforms_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
)

func TestAReplyOfTheDeskArrives(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"line", "standard"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, "")
			told := w.say(t, platforms.Say{Platform: name, Persona: "malee", Text: "ช่วยด้วย"})
			e := w.wait(t, 1)[0]
			reply := desk.Reply{Key: "key-1", Ticket: "t.1", Origin: origin(name, e), To: e.Author.ID, Text: "กำลังตรวจสอบค่ะ"}
			sender, err := w.senders.Sender(reply.Origin)
			if err != nil {
				t.Fatal(err)
			}
			first, err := sender.Send(t.Context(), reply)
			if err != nil {
				t.Fatal(err)
			}
			again, err := sender.Send(t.Context(), reply)
			if err != nil || again != first {
				t.Errorf("sent again: %q %v, the first time %q", again, err, first)
			}
			got := w.Replies(name, "", "malee")
			if len(got) != 1 || got[0].Text != reply.Text || got[0].Repeats != 1 || got[0].Identical != 1 || !got[0].Delivered || got[0].Conversation != told.Conversation {
				t.Errorf("%+v", got)
			}
			thread, _ := w.Thread(platforms.ThreadKey{Platform: name, App: got[0].App, Conversation: told.Conversation})
			if last := thread.Lines[len(thread.Lines)-1]; last.Author != "" || last.Text != reply.Text {
				t.Errorf("the customer sees %+v", thread.Lines)
			}
			reply.Key = "key-2"
			if _, err := sender.Send(t.Context(), reply); err != nil {
				t.Fatal(err)
			}
			if got := w.Replies(name, "", told.Author); len(got) != 2 || got[0].Identical != 2 {
				t.Errorf("the same text twice: %+v", got)
			}
			if got := w.Replies(name, "", "jo"); len(got) != 0 {
				t.Errorf("somebody else has %+v", got)
			}
		})
	}
}

func origin(name string, e desk.Event) desk.Origin {
	app := map[string]string{"line": "shop", "telegram": "bot", "viber": "bot", "zalo": "bot", "slack": "bot", "discord": "bot", "standard": "form"}[name]
	return desk.Origin{Platform: desk.Platform(name), App: app, Account: e.Account, Conversation: e.Conversation, Visibility: e.Visibility}
}

func TestConversationsAndRetryKeysOutliveARestart(t *testing.T) {
	t.Parallel()
	journal := t.TempDir() + "/state/conversations.jsonl"
	before := open(t, journal)
	told := before.say(t, platforms.Say{Platform: "line", Author: "passer-by", Name: "Passer By", Text: "hello"})
	push := object{"to": told.Author, "messages": []object{text("yes?")}}
	before.call(t, "/v2/bot/message/push", token, key, push)
	before.Close()

	after := open(t, journal)
	if resp, _ := after.call(t, "/v2/bot/message/push", token, key, push); resp.StatusCode != 409 {
		t.Errorf("the retry key is forgotten: %d", resp.StatusCode)
	}
	thread, _ := after.Thread(platforms.ThreadKey{Platform: "line", App: "shop", Conversation: told.Conversation})
	var lines []string
	for _, l := range thread.Lines {
		lines = append(lines, fmt.Sprint(l.Name, ": ", l.Text))
	}
	if got := strings.Join(lines, "; "); got != "Passer By: hello; : yes?" {
		t.Errorf("%s", got)
	}
	if got := after.Replies("", "", "passer-by"); len(got) != 1 || got[0].Repeats != 1 {
		t.Errorf("%+v", got)
	}
}
