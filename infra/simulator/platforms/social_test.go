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

// social are all channels of Meta's family and X, with each place to speak in.
var social = []struct{ channel, in string }{
	{"messenger", "direct"}, {"facebook_page", "comment"}, {"facebook_page", "post"}, {"facebook_page", "mention"}, {"facebook_page", "review"},
	{"instagram", "direct"}, {"instagram", "comment"}, {"instagram", "live"}, {"instagram", "ad"}, {"instagram", "mention"}, {"instagram", "tag"},
	{"whatsapp", "direct"}, {"threads", "comment"}, {"threads", "mention"}, {"x", "mention"}, {"x", "reply"}, {"x", "quote"}, {"x", "direct"},
	{"linkedin", "comment"}, {"linkedin", "mention"}, {"tiktok", "direct"}, {"tiktok", "comment"},
}

// from is where the desk's answer to e comes from.
func from(e desk.Event) desk.Origin {
	return desk.Origin{Platform: e.Platform, App: "tea", Account: e.Account, Channel: e.Channel, Conversation: e.Conversation, Visibility: e.Visibility}
}

func replyTo(e desk.Event, text string) desk.Reply {
	return desk.Reply{
		Key: "key-1", Ticket: "t.1", Origin: from(e), Visibility: e.Visibility, To: e.Author.ID, ToAlias: e.Author.Alias, ReplyTo: e.ID, Text: text,
		Answers: desk.Answered{ID: e.ID, Parent: e.Parent, Form: e.Form, At: e.Time},
	}
}

// latest waits for n webhooks and returns the last event.
func (w *world) latest(t *testing.T, n int) desk.Event {
	t.Helper()
	all := w.wait(t, n)
	if len(all) == 0 {
		t.Fatal("nothing was accepted")
	}
	return all[len(all)-1]
}

// whole returns e, fetched where it is thin.
func (w *world) whole(t *testing.T, e desk.Event) desk.Event {
	t.Helper()
	if e.Needs == desk.NeedsNothing {
		return e
	}
	sender, err := w.senders.Sender(from(e))
	if err != nil {
		t.Fatal(err)
	}
	fetched, err := sender.(platform.Fetcher).Fetch(t.Context(), e)
	if err != nil {
		t.Fatalf("%+v: %v", e, err)
	}
	w.mu.Lock()
	raw := w.raws[len(w.raws)-1]
	w.mu.Unlock()
	raw.Fetched = fetched
	got, err := w.hooks(desk.App{Platform: e.Platform, Name: "tea"}).Parse(raw)
	if err != nil || got.Key != e.Key || got.Needs != "" {
		t.Fatalf("fetched: %+v, %v; thin: %+v", got, err, e)
	}
	return got
}

func TestEveryChannelIsReadAnsweredAndEchoed(t *testing.T) {
	t.Parallel()
	for _, at := range social {
		t.Run(at.channel+" "+at.in, func(t *testing.T) {
			t.Parallel()
			w := open(t, "")
			told := w.say(t, platforms.Say{Platform: at.channel, In: at.in, Persona: "eleni", Text: "Με χρεώσατε δύο φορές 😠"})
			if told.Status != 200 {
				t.Fatalf("%+v", told)
			}
			e := w.whole(t, w.latest(t, 1))
			public := at.in != "direct"
			if e.Kind != desk.MessageCreated || e.Direction != desk.In || !strings.HasSuffix(e.Text, "Με χρεώσατε δύο φορές 😠") || (e.Visibility == desk.Public) != public || e.ID != told.Message || e.Time.IsZero() {
				t.Fatalf("%+v", e)
			}
			if e.Author.ID == "" && at.channel != "instagram" {
				t.Errorf("nobody wrote it: %+v", e.Author)
			}
			r := replyTo(e, "Το κοιτάμε αμέσως")
			if at.in == "live" {
				r.Visibility = desk.Private
			}
			sender, err := w.senders.Sender(r.Origin)
			if err != nil {
				t.Fatal(err)
			}
			id, err := sender.Send(t.Context(), r)
			if err != nil || id == "" {
				t.Fatalf("sent as %q: %v", id, err)
			}
			got := w.Replies(at.channel, "tea", "eleni")
			if at.in == "mention" && (at.channel == "instagram" || at.channel == "threads") || at.in == "tag" {
				if len(got) != 1 || got[0].Text != r.Text {
					t.Errorf("%+v", got)
				}
				return // it stands under what is somebody else's, of which nobody tells us
			}
			if at.in != "live" && (len(got) != 1 || got[0].Text != r.Text || got[0].Messages[0].ID != id) {
				t.Errorf("%+v", got)
			}
			echo := w.latest(t, 1)
			if at.channel == "whatsapp" {
				if echo.Kind != desk.Receipt || echo.Own.Key != "key-1" || echo.Own.Ticket != "t.1" {
					t.Errorf("%+v", echo)
				}
				return
			}
			if echo.Kind != desk.Echo || echo.ID != id || echo.Direction == desk.In || echo.Text != r.Text {
				t.Errorf("the echo is %+v", echo)
			}
			if at.channel == "messenger" && (echo.Own.Key != "key-1" || !echo.Own.Last) {
				t.Errorf("the echo names %+v", echo.Own)
			}
			if at.in != "live" && at.channel != "threads" && echo.Thread() != e.Thread() && !e.Crowded { // Threads does not say whom it answers
				t.Errorf("the echo is of %+v, the message of %+v", echo.Thread(), e.Thread())
			}
			if e.Crowded && at.in != "live" && echo.Conversation != e.Conversation {
				t.Errorf("the echo is in %q, the message in %q", echo.Conversation, e.Conversation)
			}
		})
	}
}

func TestAfterAnAnswerPeopleAreSaidToHaveReadIt(t *testing.T) {
	t.Parallel()
	for _, channel := range []string{"messenger", "instagram", "whatsapp"} {
		t.Run(channel, func(t *testing.T) {
			t.Parallel()
			w := open(t, "")
			w.say(t, platforms.Say{Platform: channel, Persona: "jo", Text: "hello"})
			sent := w.send(t, replyTo(w.latest(t, 1), "yes?"))
			for {
				e := w.latest(t, 1)
				if e.Kind == desk.Receipt && e.Delivery == desk.Read {
					if e.Target != sent && e.Until.IsZero() {
						t.Errorf("%+v", e)
					}
					return
				}
			}
		})
	}
}

func (w *world) send(t *testing.T, r desk.Reply) string {
	t.Helper()
	sender, err := w.senders.Sender(r.Origin)
	if err != nil {
		t.Fatal(err)
	}
	id, err := sender.Send(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestWhatTheBrandDoesElsewhereIsTold(t *testing.T) {
	t.Parallel()
	for _, at := range social {
		if at.in == "live" || at.in == "ad" || at.in == "tag" || (at.channel == "instagram" || at.channel == "threads") && at.in == "mention" {
			continue
		}
		t.Run(at.channel+" "+at.in, func(t *testing.T) {
			t.Parallel()
			w := open(t, "")
			w.say(t, platforms.Say{Platform: at.channel, In: at.in, Persona: "jo", Text: "hello"})
			e := w.whole(t, w.latest(t, 1))
			told, err := w.Say(t.Context(), platforms.Say{Platform: at.channel, In: at.in, Persona: "jo", Do: "elsewhere", Text: "we are on it"})
			if err != nil || told.Status != 200 {
				t.Fatalf("%+v, %v", told, err)
			}
			echo := w.latest(t, 1)
			if echo.Kind != desk.Echo || echo.Direction == desk.In || echo.Text != "we are on it" || echo.Conversation != e.Conversation {
				t.Errorf("%+v", echo)
			}
			if (at.channel == "messenger" || at.channel == "whatsapp") && echo.Direction != desk.OutElsewhere {
				t.Errorf("%+v", echo)
			}
		})
	}
}

func TestWhatIsDoneToAMessageIsTold(t *testing.T) {
	t.Parallel()
	tests := []struct {
		channel, in, do string
		kind            desk.Kind
	}{
		{"messenger", "direct", "edit", desk.MessageEdited}, {"messenger", "direct", "react", desk.Reaction},
		{"facebook_page", "comment", "edit", desk.MessageEdited}, {"facebook_page", "comment", "unsend", desk.MessageDeleted}, {"facebook_page", "comment", "hide", desk.Moderation},
		{"facebook_page", "comment", "unhide", desk.Moderation}, {"facebook_page", "comment", "remove", desk.MessageDeleted}, {"facebook_page", "comment", "react", desk.Reaction},
		{"instagram", "direct", "edit", desk.MessageEdited}, {"instagram", "direct", "unsend", desk.MessageDeleted}, {"instagram", "direct", "react", desk.Reaction},
		{"whatsapp", "direct", "edit", desk.MessageEdited}, {"whatsapp", "direct", "unsend", desk.MessageDeleted}, {"whatsapp", "direct", "react", desk.Reaction},
		{"x", "mention", "edit", desk.MessageEdited}, {"x", "mention", "unsend", desk.MessageDeleted}, {"x", "mention", "react", desk.Reaction},
	}
	for _, tt := range tests {
		t.Run(tt.channel+" "+tt.in+" "+tt.do, func(t *testing.T) {
			t.Parallel()
			w := open(t, "")
			told := w.say(t, platforms.Say{Platform: tt.channel, In: tt.in, Persona: "jo", Text: "hello"})
			first := w.latest(t, 1)
			text := ""
			if tt.do == "edit" {
				text = "hello there"
			}
			w.say(t, platforms.Say{Platform: tt.channel, In: tt.in, Persona: "jo", Do: tt.do, Message: told.Message, Text: text})
			e := w.latest(t, 1)
			if e.Kind != tt.kind || tt.kind != desk.Reaction && e.Target != told.Message || e.Key == first.Key || tt.do == "edit" && !strings.HasSuffix(e.Text, text) {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestWhatIsNoMessageIsReadAsWhatItIs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		channel, in, do string
		kind            desk.Kind
		attached        string
	}{
		{"messenger", "", "sticker", desk.MessageCreated, "sticker"}, {"messenger", "", "voice", desk.MessageCreated, "audio"}, {"messenger", "", "file", desk.MessageCreated, "file"},
		{"messenger", "", "location", desk.MessageCreated, "location"}, {"messenger", "", "link", desk.MessageCreated, "link"}, {"messenger", "", "read", desk.Receipt, ""},
		{"messenger", "", "dashboard", desk.Control, ""}, {"messenger", "", "unknown", desk.Unsupported, ""}, {"facebook_page", "", "picture", desk.MessageCreated, "image"},
		{"facebook_page", "", "unknown", desk.Unsupported, ""}, {"facebook_page", "", "publish", desk.Echo, ""},
		{"instagram", "", "story_mention", desk.MessageCreated, "story"}, {"instagram", "", "unsupported", desk.MessageCreated, "unsupported"}, {"instagram", "", "dashboard", desk.Control, ""},
		{"instagram", "", "unknown", desk.Unsupported, ""}, {"whatsapp", "", "voice", desk.MessageCreated, "audio"}, {"whatsapp", "", "contact", desk.MessageCreated, "contact"},
		{"whatsapp", "", "sticker", desk.MessageCreated, "sticker"}, {"whatsapp", "", "unsupported", desk.MessageCreated, "unsupported"}, {"whatsapp", "", "renumber", desk.Contact, ""},
		{"whatsapp", "", "unknown", desk.MessageCreated, "something_new"}, {"threads", "", "publish", desk.Echo, ""}, {"threads", "", "unknown", desk.Unsupported, ""},
		{"x", "direct", "typing", desk.Receipt, ""}, {"x", "direct", "read", desk.Receipt, ""}, {"x", "direct", "encrypted", desk.MessageCreated, "encrypted"},
		{"x", "", "revoke", desk.AccountChanged, ""}, {"x", "", "dashboard", desk.Control, ""}, {"x", "", "unknown", desk.Unsupported, ""}, {"x", "", "publish", desk.Echo, ""},
	}
	for _, tt := range tests {
		t.Run(tt.channel+" "+tt.do, func(t *testing.T) {
			t.Parallel()
			w := open(t, "")
			told := w.say(t, platforms.Say{Platform: tt.channel, In: tt.in, Persona: "jo", Do: tt.do, Text: "a text"})
			e := w.latest(t, 1)
			if told.Status != 200 || e.Kind != tt.kind || tt.attached != "" && !slices.ContainsFunc(e.Attachments, func(a desk.Attachment) bool { return a.Type == tt.attached }) {
				t.Errorf("%+v", e)
			}
		})
	}
}

func classOf(err error) desk.SendClass {
	var failed *desk.SendError
	if errors.As(err, &failed) {
		return failed.Class
	}
	return ""
}

func TestSendsFailAsOnThePlatforms(t *testing.T) {
	t.Parallel()
	tests := []struct {
		channel, fault string
		code           int
		class          desk.SendClass
	}{
		{"messenger", "401", 0, desk.SendAuth}, {"messenger", "429", 0, desk.SendRetry}, {"messenger", "500", 0, desk.SendUnknown}, {"messenger", "400", 0, desk.SendRejected},
		{"messenger", "400", 368, desk.SendAuth}, {"messenger", "window", 0, desk.SendWindowClosed}, {"messenger", "unreachable", 0, desk.SendUnreachable},
		{"messenger", "lost", 0, desk.SendUnknown}, {"messenger", "broken", 0, desk.SendUnknown},
		{"facebook_page", "401", 0, desk.SendAuth}, {"facebook_page", "429", 0, desk.SendRetry}, {"facebook_page", "lost", 0, desk.SendUnknown},
		{"instagram", "window", 0, desk.SendWindowClosed}, {"instagram", "429", 0, desk.SendRetry},
		{"whatsapp", "401", 0, desk.SendAuth}, {"whatsapp", "429", 0, desk.SendRetry}, {"whatsapp", "429", 131056, desk.SendRetry}, {"whatsapp", "window", 0, desk.SendWindowClosed}, {"whatsapp", "unreachable", 0, desk.SendUnreachable},
		{"threads", "401", 0, desk.SendAuth}, {"threads", "429", 0, desk.SendRetry},
		{"x", "401", 0, desk.SendAuth}, {"x", "429", 0, desk.SendRetry}, {"x", "500", 0, desk.SendUnknown}, {"x", "400", 0, desk.SendRejected}, {"x", "unsummoned", 0, desk.SendRejected}, {"x", "lost", 0, desk.SendUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.channel+" "+tt.fault, func(t *testing.T) {
			t.Parallel()
			w := open(t, "")
			w.say(t, platforms.Say{Platform: tt.channel, Persona: "jo", Text: "hello"})
			r := replyTo(w.latest(t, 1), "yes?")
			if err := w.Misbehave(platforms.Fault{Fault: tt.fault, Platform: tt.channel, Code: tt.code, After: platforms.Duration(3 * time.Minute)}); err != nil {
				t.Fatal(err)
			}
			sender, err := w.senders.Sender(r.Origin)
			if err != nil {
				t.Fatal(err)
			}
			_, err = sender.Send(t.Context(), r)
			if class := classOf(err); class != tt.class {
				t.Errorf("%v is %q, want %q", err, class, tt.class)
			}
			var failed *desk.SendError
			if tt.fault == "429" && tt.code == 0 && errors.As(err, &failed) && (failed.After < 150*time.Second || failed.After > 200*time.Second) {
				t.Errorf("to wait %v", failed.After)
			}
			accepted := tt.fault == "lost" || tt.fault == "broken"
			if got := w.Replies(tt.channel, "", ""); (len(got) == 1) != accepted {
				t.Errorf("accepted: %+v", got)
			}
		})
	}
}

func TestATokenOfAnotherAccountOpensNothing(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	w.say(t, platforms.Say{Platform: "facebook_page", Persona: "jo", Text: "hello"})
	r := replyTo(w.latest(t, 1), "yes?")
	resp, body := w.call(t, "/v25.0/"+r.Answers.ID+"/comments", "page-token-2", "", object{"message": "yes?"})
	if resp.StatusCode != 403 || !strings.Contains(body, `"code":200`) {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	resp, body = w.call(t, "/v25.0/"+r.Answers.ID+"/comments", "", "", object{"message": "yes?"})
	if resp.StatusCode != 400 || !strings.Contains(body, `"code":2500`) {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

func TestWindowsCloseByTheClock(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		channel string
		ago     time.Duration
		tag     string
		closed  bool
	}{
		{"messenger", 23 * time.Hour, "", false}, {"messenger", 25 * time.Hour, "", true}, {"messenger", 25 * time.Hour, "HUMAN_AGENT", false}, {"messenger", 8 * 24 * time.Hour, "HUMAN_AGENT", true},
		{"instagram", 23 * time.Hour, "", false}, {"instagram", 25 * time.Hour, "", true},
	} {
		w := open(t, "")
		told := w.say(t, platforms.Say{Platform: tt.channel, Persona: "jo", Text: "hello", Ago: platforms.Duration(tt.ago)})
		e := w.latest(t, 1)
		body := object{"recipient": object{"id": told.Author}, "messaging_type": "RESPONSE", "message": object{"text": "yes?"}}
		if tt.tag != "" {
			body["messaging_type"], body["tag"] = "MESSAGE_TAG", tt.tag
		}
		token := map[string]string{"messenger": "page-token", "instagram": "instagram-token"}[tt.channel]
		resp, answer := w.call(t, "/v25.0/"+e.Account+"/messages", ""+token, "", body)
		if closed := strings.Contains(answer, `"code":10,`); closed != tt.closed || (resp.StatusCode == 200) == tt.closed {
			t.Errorf("%s after %v %s: %d %s", tt.channel, tt.ago, tt.tag, resp.StatusCode, answer)
		}
	}
}

func TestAPrivateReplyGoesOutOnce(t *testing.T) {
	t.Parallel()
	for _, channel := range []string{"facebook_page", "instagram"} {
		t.Run(channel, func(t *testing.T) {
			t.Parallel()
			w := open(t, "")
			w.say(t, platforms.Say{Platform: channel, In: "comment", Persona: "jo", Text: "hello"})
			r := replyTo(w.latest(t, 1), "let us talk here")
			r.Visibility = desk.Private
			w.send(t, r)
			echo := w.latest(t, 1)
			if echo.Visibility != desk.Private || echo.Kind != desk.Echo {
				t.Errorf("%+v", echo)
			}
			sender, err := w.senders.Sender(r.Origin)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sender.Send(t.Context(), r); classOf(err) != desk.SendRejected || !strings.Contains(err.Error(), "private reply") {
				t.Errorf("the second one: %v", err)
			}
			// An answer to it comes in the chat where it went.
			direct := map[string]string{"facebook_page": "messenger", "instagram": "instagram"}[channel]
			told := w.say(t, platforms.Say{Platform: direct, Persona: "jo", Text: "here I am"})
			if got := w.Replies(direct, "", ""); len(got) != 1 || got[0].To != told.Author {
				t.Errorf("went to %+v, who is %s", got, told.Author)
			}
		})
	}
}

func TestThinNoticesAreFetchedOrNot(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ channel, in, do, fault string }{
		{"instagram", "mention", "message", ""}, {"instagram", "tag", "picture", ""}, {"instagram", "direct", "edit", "thin"}, {"x", "reply", "message", "thin"},
	} {
		t.Run(tt.channel+" "+tt.in+" "+tt.do, func(t *testing.T) {
			t.Parallel()
			w := open(t, "")
			message := ""
			if tt.do == "edit" {
				message = w.say(t, platforms.Say{Platform: tt.channel, In: tt.in, Persona: "robin", Text: "before"}).Message
				w.latest(t, 1)
			}
			if tt.fault != "" {
				if err := w.Misbehave(platforms.Fault{Fault: tt.fault, Platform: tt.channel}); err != nil {
					t.Fatal(err)
				}
			}
			w.say(t, platforms.Say{Platform: tt.channel, In: tt.in, Do: tt.do, Persona: "robin", Text: "charged twice", Message: message})
			thin := w.latest(t, 1)
			if thin.Needs == "" {
				t.Fatalf("%+v", thin)
			}
			sender, err := w.senders.Sender(from(thin))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range []struct {
				fault string
				class desk.SendClass
			}{{"unfetched", desk.SendRetry}, {"gone", desk.SendUnreachable}} {
				if err := w.Misbehave(platforms.Fault{Fault: f.fault, Platform: tt.channel}); err != nil {
					t.Fatal(err)
				}
				if _, err := sender.(platform.Fetcher).Fetch(t.Context(), thin); classOf(err) != f.class {
					t.Errorf("%s: %v", f.fault, err)
				}
			}
			e := w.whole(t, thin)
			if tt.channel == "x" && (e.Author.Handle != "robin_placeholder" || *e.Author.Followers != 120000) || !strings.HasSuffix(e.Text, "charged twice") {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestWhatTheDeskModeratesIsDone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		channel, in string
		action      desk.ModerationAction
		told        bool
	}{
		{"facebook_page", "comment", desk.HideMessage, true}, {"facebook_page", "comment", desk.UnhideMessage, true}, {"facebook_page", "comment", desk.DeleteMessage, true}, {"facebook_page", "comment", desk.BlockAuthor, false},
		{"instagram", "comment", desk.HideMessage, false}, {"instagram", "comment", desk.DeleteMessage, false}, {"threads", "comment", desk.HideMessage, false},
		{"x", "reply", desk.HideMessage, false}, {"x", "reply", desk.UnhideMessage, false}, {"x", "mention", desk.BlockAuthor, false}, {"x", "mention", desk.UnblockAuthor, false}, {"facebook_page", "comment", desk.UnblockAuthor, false},
	} {
		t.Run(tt.channel+" "+string(tt.action), func(t *testing.T) {
			t.Parallel()
			w := open(t, "")
			told := w.say(t, platforms.Say{Platform: tt.channel, In: tt.in, Persona: "nobody", Text: "fools"})
			e := w.latest(t, 1)
			sender, err := w.senders.Sender(from(e))
			if err != nil {
				t.Fatal(err)
			}
			m := desk.ModerationRequest{Action: tt.action, Origin: from(e), Message: e.ID, Parent: e.Parent, Form: e.Form, Author: e.Author.ID}
			for range 2 {
				if err := sender.(platform.Moderator).Moderate(t.Context(), m); err != nil && (tt.action != desk.DeleteMessage || classOf(err) != desk.SendUnreachable) {
					t.Fatal(err)
				}
			}
			lines, _, _ := w.Talk(platforms.Account{Platform: string(e.Platform), App: "tea", ID: e.Account, Channel: tt.channel}, told.Author, tt.in)
			if len(lines) != 1 || lines[0].Hidden != (tt.action == desk.HideMessage) || lines[0].Unsent != (tt.action == desk.DeleteMessage) {
				t.Errorf("%+v", lines)
			}
			if tt.told {
				if e := w.latest(t, 1); e.Kind != desk.Moderation && e.Kind != desk.MessageDeleted || e.Target != told.Message {
					t.Errorf("%+v", e)
				}
			}
		})
	}
}

func TestWhatIsSaidInADirectChatIsSeenThere(t *testing.T) {
	t.Parallel()
	for _, channel := range []string{"line", "telegram", "viber", "zalo", "slack", "discord", "tiktok", "messenger", "x"} {
		w := open(t, "")
		in := "direct"
		if channel == "line" {
			in = ""
		}
		told := w.say(t, platforms.Say{Platform: channel, In: in, Persona: "fah", Text: "hello"})
		e := w.wait(t, 1)[0]
		o := origin(channel, e)
		if o.App == "" {
			o = from(e)
		}
		lines, _, _ := w.Talk(platforms.Account{Platform: string(e.Platform), App: o.App, ID: e.Account, Channel: channel}, told.Author, in)
		if len(lines) != 1 || lines[0].Text != "hello" {
			t.Errorf("%s: %+v", channel, lines)
		}
	}
}
