package platforms_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
)

func TestZaloSaysWhatItsCustomersDo(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	for _, tt := range []struct {
		do, text string
		kind     desk.Kind
	}{
		{"message", "đâu rồi?", desk.MessageCreated}, {"picture", "", desk.MessageCreated}, {"sticker", "", desk.MessageCreated}, {"file", "", desk.MessageCreated},
		{"location", "", desk.MessageCreated}, {"unfollow", "", desk.Contact}, {"follow", "", desk.Contact}, {"unknown", "", desk.Unsupported},
	} {
		told := w.say(t, platforms.Say{Platform: "zalo", Persona: "jo", Do: tt.do, Text: tt.text})
		all := w.wait(t, 1)
		if e := all[len(all)-1]; e.Kind != tt.kind || e.Account != "3662729599332560487" || e.Author.ID != told.Author {
			t.Errorf("%s is %s of %q at %q", tt.do, e.Kind, e.Author.ID, e.Account)
		}
	}
}

func TestZaloTakesAnswersTellsHowFarTheyGotAndMisbehaves(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	w.say(t, platforms.Say{Platform: "zalo", Persona: "jo", Text: "hello"})
	e := w.wait(t, 1)[0]
	reply := desk.Reply{Key: "1", Ticket: "a.1", Origin: origin("zalo", e), To: e.Author.ID, Text: "yes"}
	sender, err := w.senders.Sender(reply.Origin)
	if err != nil {
		t.Fatal(err)
	}
	id, err := sender.Send(t.Context(), reply)
	if err != nil || id == "" {
		t.Fatalf("%q, %v", id, err)
	}
	told := w.wait(t, 3)[1:]
	for what, is := range map[string]func(desk.Event) bool{
		"echoed":    func(e desk.Event) bool { return e.Kind == desk.Echo && e.ID == id && e.Of == reply.To },
		"delivered": func(e desk.Event) bool { return e.Delivery == desk.Delivered && e.Target == id },
		"read":      func(e desk.Event) bool { return e.Delivery == desk.Read && e.Target == id },
	} {
		if !slices.ContainsFunc(told, is) {
			t.Errorf("nobody tells that it was %s: %+v", what, told)
		}
	}
	for fault, want := range map[string]desk.SendError{
		"429": {Class: desk.SendRetry, After: 10 * time.Second}, "500": {Class: desk.SendUnknown}, "401": {Class: desk.SendAuth},
		"400": {Class: desk.SendRejected}, "unreachable": {Class: desk.SendUnreachable}, "window": {Class: desk.SendWindowClosed},
	} {
		if err := w.Misbehave(platforms.Fault{Fault: fault, Platform: "zalo"}); err != nil {
			t.Fatal(err)
		}
		_, err := sender.Send(t.Context(), reply)
		if failed, ok := errors.AsType[*desk.SendError](err); !ok || failed.Class != want.Class || failed.After != want.After {
			t.Errorf("%s: %v", fault, err)
		}
	}
}
