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

func TestTikTokSaysWhatPeopleDo(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	for _, tt := range []struct {
		say  platforms.Say
		kind desk.Kind
	}{
		{platforms.Say{Text: "where is it?"}, desk.MessageCreated}, {platforms.Say{Do: "picture"}, desk.MessageCreated}, {platforms.Say{Do: "sticker"}, desk.MessageCreated},
		{platforms.Say{Do: "share"}, desk.MessageCreated}, {platforms.Say{Do: "read"}, desk.Receipt}, {platforms.Say{Do: "unknown"}, desk.Unsupported}, {platforms.Say{Do: "revoke"}, desk.AccountChanged},
		{platforms.Say{Do: "elsewhere", Text: "we are on it"}, desk.Echo}, {platforms.Say{In: "mention", Text: "never again"}, desk.MessageCreated},
	} {
		tt.say.Platform, tt.say.Persona = "tiktok", "jo"
		told := w.say(t, tt.say)
		e := w.latest(t, 1)
		if e.Kind != tt.kind || e.Account != "-000Qtea" || tt.kind == desk.MessageCreated && (e.Author.ID != told.Author || e.ID != told.Message) {
			t.Errorf("%+v is %+v", tt.say, e)
		}
		if tt.say.Do == "elsewhere" && (e.Direction != desk.OutElsewhere || e.Of != told.Author) {
			t.Errorf("elsewhere is %s of %q", e.Direction, e.Of)
		}
	}
	first := w.say(t, platforms.Say{Platform: "tiktok", In: "comment", Persona: "jo", Text: "fake?"})
	was := w.latest(t, 1)
	for do, kind := range map[string]desk.Kind{"hide": desk.Moderation, "unhide": desk.Moderation, "elsewhere": desk.Echo, "message": desk.MessageCreated} {
		w.say(t, platforms.Say{Platform: "tiktok", In: "comment", Persona: "jo", Do: do, Text: "and?", Message: first.Message})
		e := w.latest(t, 1)
		if e.Kind != kind || e.Conversation != was.Conversation || e.Target != was.ID && e.Parent != was.ID {
			t.Errorf("%s is %+v", do, e)
		}
	}
	w.say(t, platforms.Say{Platform: "tiktok", In: "comment", Persona: "jo", Do: "unsend", Message: first.Message})
	if e := w.latest(t, 1); e.Kind != desk.MessageDeleted || e.Target != was.ID {
		t.Errorf("%+v", e)
	}
}

func TestTikToksBareNoticesAreAskedFor(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"direct", "comment"} {
		w := open(t, "")
		w.say(t, platforms.Say{Platform: "tiktok", Persona: "eleni", In: in, Text: "another time", Ago: platforms.Duration(20 * time.Second)})
		w.latest(t, 1)
		w.misbehave(t, platforms.Fault{Fault: "thin", Platform: "tiktok"})
		told := w.say(t, platforms.Say{Platform: "tiktok", Persona: "jo", In: in, Text: "hello"})
		thin := w.latest(t, 1)
		if thin.Kind != desk.FetchRequired || thin.Text != "" {
			t.Fatalf("%s: %+v", in, thin)
		}
		sender, err := w.senders.Sender(from(thin))
		if err != nil {
			t.Fatal(err)
		}
		w.misbehave(t, platforms.Fault{Fault: "unfetched", Platform: "tiktok"})
		_, err = sender.(platform.Fetcher).Fetch(t.Context(), thin)
		if failed, ok := errors.AsType[*desk.SendError](err); !ok || failed.Class != desk.SendRetry {
			t.Errorf("%s: %v", in, err)
		}
		if e := w.whole(t, thin); e.Kind != desk.MessageCreated || e.Author.ID != told.Author || e.Author.Name == "" || e.Text != "hello" || e.ID != told.Message {
			t.Errorf("%s: %+v", in, e)
		}
	}
}

func TestACommentThatMentionsTheAccountIsAskedFor(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	video := w.say(t, platforms.Say{Platform: "tiktok", Persona: "eleni", In: "mention", Text: "bad coffee"})
	if e := w.latest(t, 1); !strings.HasSuffix(e.Text, "bad coffee") || e.Form == "" {
		t.Fatalf("%+v", e)
	}
	told := w.say(t, platforms.Say{Platform: "tiktok", Persona: "jo", In: "mention", Text: "mine too", Message: video.Message})
	e := w.whole(t, w.latest(t, 1))
	if !strings.HasSuffix(e.Text, "mine too") || e.Author.ID != told.Author || e.Conversation != video.Message {
		t.Errorf("%+v", e)
	}
	if c := platform.Capability(from(e), desk.Answered{ID: e.ID, Form: e.Form}); len(c.Channels) != 0 {
		t.Errorf("it can be answered: %+v", c)
	}
}

func TestTikTokTellsHowFarAnAnswerGot(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]desk.DeliveryState{"direct": desk.Read, "comment": desk.Delivered} {
		w := open(t, "")
		w.say(t, platforms.Say{Platform: "tiktok", Persona: "jo", In: in, Text: "hello"})
		id := w.send(t, replyTo(w.latest(t, 1), "yes?"))
		if !slices.ContainsFunc(w.wait(t, 2), func(e desk.Event) bool {
			return e.Kind == desk.Receipt && e.Delivery == want && (e.Target == id || in == "direct" && !e.Until.IsZero())
		}) {
			t.Errorf("%s: nobody tells that it was %s", in, want)
		}
	}
}

func TestTikTokTakesTenMessagesWithinTwoDays(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	w.misbehave(t, platforms.Fault{Fault: "silent", Platform: "tiktok", Count: -1})
	w.say(t, platforms.Say{Platform: "tiktok", Persona: "jo", Text: "hello"})
	reply := replyTo(w.latest(t, 1), "yes?")
	sender, err := w.senders.Sender(reply.Origin)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 11 {
		if _, err := sender.Send(t.Context(), reply); (err == nil) != (n < 10) {
			t.Errorf("message %d: %v", n, err)
		}
	}
	w.say(t, platforms.Say{Platform: "tiktok", Persona: "jo", Text: "hello?"})
	w.latest(t, 1)
	if _, err := sender.Send(t.Context(), reply); err != nil {
		t.Error(err)
	}
	w.mu.Lock()
	w.now = w.now.Add(49 * time.Hour)
	w.mu.Unlock()
	if _, err := sender.Send(t.Context(), reply); err == nil {
		t.Error("two days later it is taken")
	}
}

func TestTikTokHidesCommentsOnRequest(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	told := w.say(t, platforms.Say{Platform: "tiktok", Persona: "jo", In: "comment", Text: "spam"})
	e := w.latest(t, 1)
	sender, err := w.senders.Sender(from(e))
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range []desk.ModerationAction{desk.HideMessage, desk.UnhideMessage} {
		if err := sender.(platform.Moderator).Moderate(t.Context(), desk.ModerationRequest{Action: action, Origin: from(e), Message: e.ID}); err != nil {
			t.Fatal(err)
		}
		thread, _ := w.Thread(platforms.ThreadKey{Platform: "tiktok", App: "tea", Conversation: told.Conversation})
		if thread.Lines[0].Hidden != (action == desk.HideMessage) {
			t.Errorf("%s: %+v", action, thread.Lines)
		}
	}
}

func TestTikTokMisbehaves(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"direct", "comment"} {
		w := open(t, "")
		w.say(t, platforms.Say{Platform: "tiktok", Persona: "jo", In: in, Text: "hello"})
		reply := replyTo(w.latest(t, 1), "yes?")
		sender, err := w.senders.Sender(reply.Origin)
		if err != nil {
			t.Fatal(err)
		}
		for fault, want := range map[string]desk.SendError{
			"429": {Class: desk.SendRetry, After: 5 * time.Minute}, "500": {Class: desk.SendUnknown}, "401": {Class: desk.SendAuth}, "400": {Class: desk.SendRejected}, "unreachable": {Class: desk.SendUnreachable},
			"broken": {Class: desk.SendUnknown},
		} {
			w.misbehave(t, platforms.Fault{Fault: fault, Platform: "tiktok"})
			_, err := sender.Send(t.Context(), reply)
			if failed, ok := errors.AsType[*desk.SendError](err); !ok || failed.Class != want.Class || failed.After != want.After {
				t.Errorf("%s: %v", fault, err)
			}
		}
	}
	for _, name := range []string{"tiktok", "slack"} {
		for _, fault := range []string{"stale", "tamper"} {
			w := open(t, "")
			w.misbehave(t, platforms.Fault{Fault: fault, Platform: name})
			if told := w.say(t, platforms.Say{Platform: name, Persona: "jo", Text: "hello"}); told.Status != 401 {
				t.Errorf("%s: what is %s is answered with %d", name, fault, told.Status)
			}
		}
	}
}
