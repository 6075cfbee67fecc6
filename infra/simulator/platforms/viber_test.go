package platforms_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
)

func TestViberSaysWhatItsCustomersDo(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	for _, tt := range []struct {
		do, text string
		kind     desk.Kind
	}{
		{"message", "where is it?", desk.MessageCreated}, {"picture", "", desk.MessageCreated}, {"sticker", "", desk.MessageCreated}, {"file", "", desk.MessageCreated},
		{"location", "", desk.MessageCreated}, {"contact", "", desk.MessageCreated}, {"postback", "refund", desk.MessageCreated}, {"unfollow", "", desk.Contact},
		{"follow", "", desk.Contact}, {"unknown", "", desk.Unsupported},
	} {
		told := w.say(t, platforms.Say{Platform: "viber", Persona: "jo", Do: tt.do, Text: tt.text})
		all := w.wait(t, 1)
		if e := all[len(all)-1]; e.Kind != tt.kind || e.Account != "tea-viber" || e.Author.ID != told.Author {
			t.Errorf("%s is %s of %q at %q", tt.do, e.Kind, e.Author.ID, e.Account)
		}
	}
}

func TestViberTakesAnswersTellsHowFarTheyGotAndMisbehaves(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	w.say(t, platforms.Say{Platform: "viber", Persona: "jo", Text: "hello"})
	e := w.wait(t, 1)[0]
	reply := desk.Reply{Key: "1", Ticket: "a.1", Origin: origin("viber", e), To: e.Author.ID, Text: "yes"}
	sender, err := w.senders.Sender(reply.Origin)
	if err != nil {
		t.Fatal(err)
	}
	id, err := sender.Send(t.Context(), reply)
	if err != nil || id == "" {
		t.Fatalf("%q, %v", id, err)
	}
	receipts := w.wait(t, 2)[1:]
	for _, state := range []desk.DeliveryState{desk.Delivered, desk.Read} {
		if !slices.ContainsFunc(receipts, func(e desk.Event) bool { return e.Kind == desk.Receipt && e.Target == id && e.Delivery == state }) {
			t.Errorf("nobody tells that it was %s: %+v", state, receipts)
		}
	}
	for fault, want := range map[string]desk.SendError{
		"429": {Class: desk.SendRetry, After: 10 * time.Second}, "500": {Class: desk.SendUnknown}, "401": {Class: desk.SendAuth},
		"400": {Class: desk.SendRejected}, "unreachable": {Class: desk.SendUnreachable},
	} {
		if err := w.Misbehave(platforms.Fault{Fault: fault, Platform: "viber"}); err != nil {
			t.Fatal(err)
		}
		_, err := sender.Send(t.Context(), reply)
		if failed, ok := errors.AsType[*desk.SendError](err); !ok || failed.Class != want.Class || failed.After != want.After {
			t.Errorf("%s: %v", fault, err)
		}
	}
	w.say(t, platforms.Say{Platform: "viber", Persona: "jo", Do: "unfollow"})
	_, err = sender.Send(t.Context(), reply)
	if failed, ok := errors.AsType[*desk.SendError](err); !ok || failed.Class != desk.SendUnreachable {
		t.Errorf("who has unsubscribed is answered: %v", err)
	}
}
