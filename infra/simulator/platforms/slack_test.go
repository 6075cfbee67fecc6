package platforms_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
)

func TestSlackSaysWhatItsPeopleDo(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"direct", "mention"} {
		w := open(t, "")
		first := w.say(t, platforms.Say{Platform: "slack", Persona: "jo", In: in, Text: "where is <it> & why?"})
		was := w.wait(t, 1)[0]
		if was.Kind != desk.MessageCreated || was.Aside || !strings.HasSuffix(was.Text, "where is <it> & why?") || was.ID != first.Message {
			t.Errorf("%s: %+v", in, was)
		}
		for _, tt := range []struct {
			say  platforms.Say
			kind desk.Kind
		}{
			{platforms.Say{Do: "edit", Text: "where is my parcel?", Message: first.Message}, desk.MessageEdited}, {platforms.Say{Text: "hello?", Message: first.Message}, desk.MessageCreated},
			{platforms.Say{Do: "picture", Message: first.Message}, desk.MessageCreated}, {platforms.Say{Do: "file", Message: first.Message}, desk.MessageCreated},
			{platforms.Say{Do: "unsend", Message: first.Message}, desk.MessageDeleted}, {platforms.Say{Do: "unknown"}, desk.Unsupported}, {platforms.Say{Do: "revoke"}, desk.AccountChanged},
		} {
			tt.say.Platform, tt.say.Persona, tt.say.In = "slack", "jo", in
			w.say(t, tt.say)
			all := w.wait(t, 1)
			e := all[len(all)-1]
			if e.Kind != tt.kind || e.Account != "T0TEST" {
				t.Errorf("%s of %s is %s at %q", tt.say.Do, in, e.Kind, e.Account)
			}
			if about := e.Kind == desk.MessageCreated || e.Target != ""; about && e.Thread() != was.Thread() {
				t.Errorf("%s of %s is in %v, not in %v", tt.say.Do, in, e.Thread(), was.Thread())
			}
		}
	}
}

func TestSlackTakesAnswersTellsWhoSomebodyIsAndMisbehaves(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"direct", "mention"} {
		w := open(t, "")
		w.say(t, platforms.Say{Platform: "slack", Persona: "jo", In: in, Text: "hello"})
		e := w.wait(t, 1)[0]
		reply := desk.Reply{Key: "1", Ticket: "a.1", Origin: origin("slack", e), To: e.Author.ID, Text: "yes & <b>"}
		sender, err := w.senders.Sender(reply.Origin)
		if err != nil {
			t.Fatal(err)
		}
		id, err := sender.Send(t.Context(), reply)
		if err != nil || id == "" {
			t.Fatalf("%s: %q, %v", in, id, err)
		}
		told := w.wait(t, 1)[1:]
		if !slices.ContainsFunc(told, func(o desk.Event) bool {
			return o.Kind == desk.Echo && o.ID == id && o.Conversation == e.Conversation && o.Text == reply.Text
		}) {
			t.Errorf("%s: nobody shows our message: %+v", in, told)
		}
		if who, err := sender.(platform.Profiler).Profile(t.Context(), reply.Origin, e.Author.ID); err != nil || who.Name == "" {
			t.Errorf("%+v, %v", who, err)
		}
		for fault, want := range map[string]desk.SendError{
			"429": {Class: desk.SendRetry, After: 5 * time.Second}, "500": {Class: desk.SendUnknown}, "401": {Class: desk.SendAuth},
			"400": {Class: desk.SendRejected}, "unreachable": {Class: desk.SendUnreachable},
		} {
			if err := w.Misbehave(platforms.Fault{Fault: fault, Platform: "slack"}); err != nil {
				t.Fatal(err)
			}
			_, err := sender.Send(t.Context(), reply)
			if failed, ok := errors.AsType[*desk.SendError](err); !ok || failed.Class != want.Class || failed.After != want.After {
				t.Errorf("%s: %v", fault, err)
			}
		}
	}
}
