package platforms_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
)

func TestTheKeyOfTheTestIsTheOneThatIsPlayed(t *testing.T) {
	t.Parallel()
	if !strings.Contains(accounts, platforms.DiscordPublicKey("bot")) {
		t.Errorf("the app bot has the public key %s", platforms.DiscordPublicKey("bot"))
	}
}

func TestDiscordSaysWhatItsPeopleDo(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	for _, tt := range []struct {
		do, text, in string
		kind         desk.Kind // empty for nothing that is an event
	}{
		{"message", "where is it?", "direct", desk.MessageCreated}, {"message", "where is it?", "mention", desk.MessageCreated}, {"picture", "", "direct", desk.MessageCreated},
		{"file", "", "direct", desk.MessageCreated}, {"postback", "refund", "direct", desk.MessageCreated}, {"unfollow", "", "direct", desk.Contact},
		{"follow", "", "direct", desk.Contact}, {"unknown", "", "direct", desk.Unsupported}, {"dashboard", "", "direct", ""},
	} {
		before := len(w.wait(t, 0))
		told := w.say(t, platforms.Say{Platform: "discord", Persona: "jo", In: tt.in, Do: tt.do, Text: tt.text})
		all := w.wait(t, 1)
		if told.Status/100 != 2 || (len(all) > before) != (tt.kind != "") {
			t.Errorf("%s is answered %d and becomes %d events", tt.do, told.Status, len(all)-before)
			continue
		}
		if tt.kind == "" {
			continue
		}
		if e := all[len(all)-1]; e.Kind != tt.kind || e.Account != "845027738276462632" || e.Author.ID != told.Author {
			t.Errorf("%s is %s of %q at %q", tt.do, e.Kind, e.Author.ID, e.Account)
		}
	}
}

func TestDiscordTakesAnswersAndMisbehaves(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"direct", "mention"} {
		w := open(t, "")
		w.say(t, platforms.Say{Platform: "discord", Persona: "jo", In: in, Text: "hello"})
		e := w.wait(t, 1)[0]
		reply := desk.Reply{Key: "1", Ticket: "a.1", Origin: origin("discord", e), To: e.Author.ID, Text: "yes"}
		sender, err := w.senders.Sender(reply.Origin)
		if err != nil {
			t.Fatal(err)
		}
		if id, err := sender.Send(t.Context(), reply); err != nil || id == "" {
			t.Fatalf("%s: %q, %v", in, id, err)
		}
		if got := w.Replies("discord", "", ""); len(got) != 1 || got[0].Text != "yes" || got[0].To != e.Author.ID {
			t.Errorf("%s: arrived %+v", in, got)
		}
		for fault, want := range map[string]desk.SendError{
			"429": {Class: desk.SendRetry, After: 5 * time.Second}, "500": {Class: desk.SendUnknown}, "401": {Class: desk.SendAuth},
			"400": {Class: desk.SendRejected}, "unreachable": {Class: desk.SendUnreachable},
		} {
			if err := w.Misbehave(platforms.Fault{Fault: fault, Platform: "discord"}); err != nil {
				t.Fatal(err)
			}
			_, err := sender.Send(t.Context(), reply)
			if failed, ok := errors.AsType[*desk.SendError](err); !ok || failed.Class != want.Class || failed.After != want.After {
				t.Errorf("%s: %v", fault, err)
			}
		}
	}
}
