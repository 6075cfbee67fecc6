package platforms_test

import (
	"errors"
	"testing"
	"time"

	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
)

func TestLinkedInSaysWhatItsPeopleDo(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	first := w.say(t, platforms.Say{Platform: "linkedin", Persona: "jo", Text: "where is it?"})
	was := w.latest(t, 1)
	for _, tt := range []struct {
		say  platforms.Say
		kind desk.Kind
	}{
		{platforms.Say{Do: "edit", Text: "where is my parcel?", Message: first.Message}, desk.MessageEdited}, {platforms.Say{Text: "hello?", Message: first.Message}, desk.MessageCreated},
		{platforms.Say{Do: "react", Message: first.Message}, desk.Reaction}, {platforms.Say{Do: "unsend", Message: first.Message}, desk.MessageDeleted}, {platforms.Say{Do: "unknown"}, desk.Unsupported},
	} {
		tt.say.Platform, tt.say.Persona = "linkedin", "jo"
		w.say(t, tt.say)
		e := w.latest(t, 1)
		if e.Kind != tt.kind || e.Account != "urn:li:organization:487" || e.Conversation != was.Conversation {
			t.Errorf("%s is %s at %q in %q", tt.say.Do, e.Kind, e.Account, e.Conversation)
		}
		if (e.Kind == desk.MessageEdited || e.Kind == desk.MessageDeleted) && e.Target != was.ID {
			t.Errorf("%s is about %q, not about %q", tt.say.Do, e.Target, was.ID)
		}
		if tt.say.Text == "hello?" && e.Parent != was.ID {
			t.Errorf("what answers a comment is below %q", e.Parent)
		}
	}
}

func TestLinkedInsBareNoticesAreAskedFor(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"comment", "mention"} {
		w := open(t, "")
		if err := w.Misbehave(platforms.Fault{Fault: "thin", Platform: "linkedin"}); err != nil {
			t.Fatal(err)
		}
		w.say(t, platforms.Say{Platform: "linkedin", Persona: "jo", In: in, Text: "hello"})
		thin := w.latest(t, 1)
		if thin.Kind != desk.FetchRequired || thin.Text != "" || thin.Author.ID != "" {
			t.Fatalf("%s: %+v", in, thin)
		}
		if e := w.whole(t, thin); e.Kind != desk.MessageCreated || e.Author.ID == "" || len(e.Text) < len("hello") {
			t.Errorf("%s: %+v", in, e)
		}
	}
}

func TestLinkedInMisbehaves(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	w.say(t, platforms.Say{Platform: "linkedin", Persona: "jo", Text: "hello"})
	reply := replyTo(w.latest(t, 1), "yes?")
	sender, err := w.senders.Sender(reply.Origin)
	if err != nil {
		t.Fatal(err)
	}
	for fault, want := range map[string]desk.SendError{
		"429": {Class: desk.SendRetry, After: 5 * time.Second}, "500": {Class: desk.SendUnknown}, "401": {Class: desk.SendAuth}, "400": {Class: desk.SendRejected}, "unreachable": {Class: desk.SendUnreachable},
		"broken": {Class: desk.SendUnknown},
	} {
		if err := w.Misbehave(platforms.Fault{Fault: fault, Platform: "linkedin"}); err != nil {
			t.Fatal(err)
		}
		_, err := sender.Send(t.Context(), reply)
		if failed, ok := errors.AsType[*desk.SendError](err); !ok || failed.Class != want.Class || failed.After != want.After {
			t.Errorf("%s: %v", fault, err)
		}
	}
}
