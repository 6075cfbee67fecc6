package platforms_test

import (
	"errors"
	"testing"
	"time"

	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
)

func TestTelegramSaysWhatItsCustomersDo(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	first := w.say(t, platforms.Say{Platform: "telegram", Persona: "jo", Text: "where is it?"})
	for _, tt := range []struct {
		say  platforms.Say
		kind desk.Kind
	}{
		{platforms.Say{Do: "edit", Text: "where is my parcel?", Message: first.Message}, desk.MessageEdited},
		{platforms.Say{Do: "picture"}, desk.MessageCreated}, {platforms.Say{Do: "sticker"}, desk.MessageCreated}, {platforms.Say{Do: "voice"}, desk.MessageCreated},
		{platforms.Say{Do: "file"}, desk.MessageCreated}, {platforms.Say{Do: "location"}, desk.MessageCreated}, {platforms.Say{Do: "contact"}, desk.MessageCreated},
		{platforms.Say{Do: "postback", Text: "refund"}, desk.MessageCreated}, {platforms.Say{Do: "react", Message: first.Message}, desk.Reaction},
		{platforms.Say{Do: "unfollow"}, desk.Contact}, {platforms.Say{Do: "follow"}, desk.Contact}, {platforms.Say{Do: "unknown"}, desk.Unsupported},
	} {
		tt.say.Platform, tt.say.Persona = "telegram", "jo"
		w.say(t, tt.say)
		all := w.wait(t, 1)
		e := all[len(all)-1]
		if e.Kind != tt.kind || e.Account != "7000000000001" || e.Kind != desk.Unsupported && e.Thread().Author != first.Author {
			t.Errorf("%s is %s of %q at %q", tt.say.Do, e.Kind, e.Thread().Author, e.Account)
		}
		if e.Kind == desk.MessageEdited && e.Target != first.Message {
			t.Errorf("the edit is of %q, not of %q", e.Target, first.Message)
		}
	}
}

func TestInAGroupOfTelegramsTheBotIsSpokenToByNameOrByAnAnswer(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	said := func(s platforms.Say) desk.Event {
		s.Platform, s.In = "telegram", "group"
		w.say(t, s)
		all := w.wait(t, 1)
		e := all[len(all)-1]
		if e.Kind != desk.MessageCreated || e.Visibility != desk.Group {
			t.Fatalf("%+v", e)
		}
		return e
	}
	if e := said(platforms.Say{Persona: "eleni", Text: "has anybody a spare cup?"}); !e.Aside {
		t.Errorf("talk beside the bot is taken for talk to it: %+v", e)
	}
	e := said(platforms.Say{Persona: "jo", Text: "where is my parcel?", Mention: true})
	if e.Aside || e.Author.Name == "" || e.Conversation == e.Author.ID {
		t.Errorf("%+v", e)
	}
	reply := desk.Reply{Key: "1", Ticket: "a.1", Origin: origin("telegram", e), To: e.Author.ID, ReplyTo: e.ID, Answers: desk.Answered{ID: e.ID}, Text: "on its way"}
	sender, err := w.senders.Sender(reply.Origin)
	if err != nil {
		t.Fatal(err)
	}
	id, err := sender.Send(t.Context(), reply)
	if err != nil {
		t.Fatal(err)
	}
	if heard := w.Replies("telegram", "", "jo"); len(heard) != 1 || heard[0].Text != reply.Text {
		t.Errorf("%+v", heard)
	}
	if e := said(platforms.Say{Persona: "jo", Text: "thanks", Message: id}); e.Aside || e.Parent != id {
		t.Errorf("an answer to the bot is taken for talk beside it: %+v", e)
	}
	if _, err := w.Say(t.Context(), platforms.Say{Platform: "telegram", In: "group", Persona: "jo", Do: "unfollow"}); err == nil {
		t.Error("somebody blocks a bot in a group")
	}
}

func TestTelegramTakesAnswersAndMisbehaves(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	w.say(t, platforms.Say{Platform: "telegram", Persona: "jo", Text: "hello"})
	e := w.wait(t, 1)[0]
	reply := desk.Reply{Key: "1", Ticket: "a.1", Origin: origin("telegram", e), To: e.Author.ID, Text: "yes", Answers: desk.Answered{ID: e.ID}}
	sender, err := w.senders.Sender(reply.Origin)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := sender.Send(t.Context(), reply); err != nil || id == "" {
		t.Fatalf("%q, %v", id, err)
	}
	for fault, want := range map[string]desk.SendError{
		"429": {Class: desk.SendRetry, After: 5 * time.Second}, "500": {Class: desk.SendUnknown}, "broken": {Class: desk.SendUnknown}, "lost": {Class: desk.SendUnknown},
		"401": {Class: desk.SendAuth}, "400": {Class: desk.SendRejected}, "unreachable": {Class: desk.SendUnreachable},
	} {
		if err := w.Misbehave(platforms.Fault{Fault: fault, Platform: "telegram"}); err != nil {
			t.Fatal(err)
		}
		_, err := sender.Send(t.Context(), reply)
		if failed, ok := errors.AsType[*desk.SendError](err); !ok || failed.Class != want.Class || failed.After != want.After {
			t.Errorf("%s: %v", fault, err)
		}
	}
	w.say(t, platforms.Say{Platform: "telegram", Persona: "jo", Do: "unfollow"})
	_, err = sender.Send(t.Context(), reply)
	if failed, ok := errors.AsType[*desk.SendError](err); !ok || failed.Class != desk.SendUnreachable {
		t.Errorf("who has blocked the bot is answered: %v", err)
	}
	if got := w.Replies("telegram", "", ""); len(got) != 3 { // and what was accepted before the line broke
		t.Errorf("%d replies arrived", len(got))
	}
}
