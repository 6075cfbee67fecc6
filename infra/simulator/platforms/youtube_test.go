package platforms_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
)

// watched is a channel that is asked what people wrote.
type watched struct {
	*world
	sender platform.Sender
	cursor desk.Cursor
}

func watch(t *testing.T) *watched {
	t.Helper()
	w := open(t, "")
	sender, err := w.senders.Sender(desk.Origin{Platform: "youtube", App: "tea", Account: "UCtest00000000000000487"})
	if err != nil {
		t.Fatal(err)
	}
	return &watched{world: w, sender: sender}
}

// came asks, and returns what people wrote since.
func (w *watched) came(t *testing.T) (events []desk.Event) {
	t.Helper()
	body, next, err := w.sender.(platform.Poller).Poll(t.Context(), w.cursor)
	if err != nil {
		t.Fatal(err)
	}
	if w.cursor = next; body == nil {
		return nil
	}
	hooks := w.hooks(desk.App{Platform: "youtube", Name: "tea"})
	raws, err := hooks.Split(nil, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range raws {
		e, err := hooks.Parse(raw)
		if err != nil || e.Account != "UCtest00000000000000487" {
			t.Fatalf("%+v, %v", e, err)
		}
		events = append(events, e)
	}
	return events
}

func TestYouTubeTellsOfVideosAndOfCommentsWhenItIsAsked(t *testing.T) {
	t.Parallel()
	w := watch(t)
	first := w.say(t, platforms.Say{Platform: "youtube", Persona: "jo", Text: "where is <it> & why?"})
	if e := w.latest(t, 1); e.Kind != desk.FetchRequired || e.Needs != desk.NeedsPoll || e.Account != "UCtest00000000000000487" {
		t.Errorf("the hub tells %+v", e)
	}
	all := w.came(t)
	if len(all) != 1 || all[0].Kind != desk.MessageCreated || all[0].Text != "where is <it> & why?" || all[0].ID != first.Message || all[0].Author.ID != first.Author || all[0].Author.Handle == "" {
		t.Fatalf("%+v", all)
	}
	was := all[0]
	for _, tt := range []struct {
		say  platforms.Say
		kind desk.Kind
	}{
		{platforms.Say{Do: "edit", Text: "where is my parcel?", Message: first.Message}, desk.MessageEdited}, {platforms.Say{Text: "hello?", Message: first.Message}, desk.MessageCreated}, {platforms.Say{Do: "elsewhere", Text: "we are on it"}, desk.Echo},
	} {
		tt.say.Platform, tt.say.Persona = "youtube", "jo"
		w.say(t, tt.say)
		w.latest(t, 1)
		all := w.came(t)
		if len(all) != 1 || all[0].Kind != tt.kind || all[0].Conversation != was.Conversation || tt.kind != desk.MessageEdited && all[0].Parent != was.ID || tt.kind == desk.MessageEdited && all[0].Target != was.ID {
			t.Errorf("%s %q is %+v", tt.say.Do, tt.say.Text, all)
		}
	}
	if again := w.came(t); again != nil {
		t.Errorf("asked again it tells %+v", again)
	}
	for _, do := range []string{"publish", "remove"} {
		w.say(t, platforms.Say{Platform: "youtube", Persona: "jo", Do: do})
		if e := w.latest(t, 1); e.Needs != desk.NeedsPoll || strings.Contains(e.Key, "deleted") != (do == "remove") {
			t.Errorf("%s is %+v", do, e)
		}
	}
	if err := w.Misbehave(platforms.Fault{Fault: "silent", Platform: "youtube"}); err != nil {
		t.Fatal(err)
	}
	if told := w.say(t, platforms.Say{Platform: "youtube", Persona: "eleni", Text: "καλησπέρα"}); !told.Held {
		t.Errorf("the hub told of it: %+v", told)
	}
	if all := w.came(t); len(all) != 1 || all[0].Text != "καλησπέρα" || all[0].Conversation == was.Conversation {
		t.Errorf("what nobody told of is %+v", all)
	}
}

func TestYouTubesManyThreadsAndAnswersAreAllAskedFor(t *testing.T) {
	t.Parallel()
	w := watch(t)
	top := w.say(t, platforms.Say{Platform: "youtube", Persona: "jo", Text: "first"})
	for range 8 {
		w.say(t, platforms.Say{Platform: "youtube", Persona: "eleni", Text: "below", Message: top.Message})
	}
	for range 110 {
		w.say(t, platforms.Say{Platform: "youtube", Persona: "malee", Text: "another"})
	}
	if all := w.came(t); len(all) != 1+8+110 {
		t.Errorf("%d came", len(all))
	}
	if again := w.came(t); again != nil {
		t.Errorf("%d came again", len(again))
	}
}

func TestYouTubeTakesAnswersTellsWhoSomebodyIsAndMisbehaves(t *testing.T) {
	t.Parallel()
	w := watch(t)
	w.say(t, platforms.Say{Platform: "youtube", Persona: "malee", Text: "hello"})
	e := w.came(t)[0]
	reply := replyTo(e, "yes & <b>")
	id, err := w.sender.Send(t.Context(), reply)
	if err != nil || id == "" {
		t.Fatalf("%q, %v", id, err)
	}
	if all := w.came(t); len(all) != 1 || all[0].Kind != desk.Echo || all[0].ID != id || all[0].Text != reply.Text || all[0].Conversation != e.Conversation {
		t.Errorf("our answer shows as %+v", all)
	}
	if got := w.Replies("youtube", "tea", "malee"); len(got) != 1 || got[0].Text != reply.Text {
		t.Errorf("%+v", got)
	}
	if who, err := w.sender.(platform.Profiler).Profile(t.Context(), reply.Origin, e.Author.ID); err != nil || who.Name == "" || who.Followers == nil || who.Created == nil {
		t.Errorf("%+v, %v", who, err)
	}
	for fault, want := range map[string]desk.SendError{
		"429": {Class: desk.SendRetry, After: 5 * time.Second}, "quota": {Class: desk.SendRetry, After: time.Hour}, "500": {Class: desk.SendUnknown}, "401": {Class: desk.SendAuth},
		"400": {Class: desk.SendRejected}, "unreachable": {Class: desk.SendUnreachable}, "broken": {Class: desk.SendUnknown},
	} {
		if err := w.Misbehave(platforms.Fault{Fault: fault, Platform: "youtube"}); err != nil {
			t.Fatal(err)
		}
		_, err := w.sender.Send(t.Context(), reply)
		if failed, ok := errors.AsType[*desk.SendError](err); !ok || failed.Class != want.Class || failed.After != want.After {
			t.Errorf("%s: %v", fault, err)
		}
	}
	if err := w.Misbehave(platforms.Fault{Fault: "unfetched", Platform: "youtube"}); err != nil {
		t.Fatal(err)
	}
	_, _, err = w.sender.(platform.Poller).Poll(t.Context(), w.cursor)
	if failed, ok := errors.AsType[*desk.SendError](err); !ok || failed.Class != desk.SendRetry {
		t.Errorf("%v", err)
	}
}

func TestTheHubAsksWhoseTheAddressIsWhenItIsSubscribedTo(t *testing.T) {
	t.Parallel()
	w := watch(t)
	if err := w.sender.(interface {
		Subscribe(ctx context.Context) error
	}).Subscribe(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wait(t, 1)
	for {
		if all := w.Handshakes(); len(all) == 1 {
			if !all[0].OK || all[0].Platform != "youtube" {
				t.Errorf("%+v", all)
			}
			return
		}
		if t.Context().Err() != nil {
			t.Fatal("the hub noted nothing")
		}
	}
}
