package platforms_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
)

func TestWhatACustomerDoesIsReadAsThat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		say  platforms.Say
		kind desk.Kind
		text string
		more func(desk.Event) bool
	}{
		{"a Thai message on LINE", platforms.Say{Platform: "line", Persona: "malee", Text: "โดนหักเงินซ้ำ <สองรอบ> & \"คืน\""}, desk.MessageCreated, "โดนหักเงินซ้ำ <สองรอบ> & \"คืน\"", func(e desk.Event) bool { return e.Visibility == desk.Private }},
		{"a message to a group that speaks to us", platforms.Say{Platform: "line", Persona: "jo", Text: "help", Group: "g", Mention: true}, desk.MessageCreated, "@Test Tea help", func(e desk.Event) bool { return e.Visibility == desk.Group && !e.Aside }},
		{"a message to a group that does not", platforms.Say{Platform: "line", Persona: "jo", Text: "hi all", Group: "g"}, desk.MessageCreated, "hi all", func(e desk.Event) bool { return e.Aside }},
		{"a sticker", platforms.Say{Platform: "line", Persona: "jo", Do: "sticker"}, desk.MessageCreated, "", func(e desk.Event) bool {
			return e.Attachments[0].Type == "sticker" && e.Attachments[0].Name == "angry, grumpy"
		}},
		{"a picture", platforms.Say{Platform: "line", Persona: "jo", Do: "picture"}, desk.MessageCreated, "", func(e desk.Event) bool { return e.Attachments[0].Type == "image" }},
		{"a location", platforms.Say{Platform: "line", Persona: "jo", Do: "location", Text: "2 Sample Street"}, desk.MessageCreated, "", func(e desk.Event) bool { return strings.Contains(e.Attachments[0].Name, "2 Sample Street") }},
		{"a file", platforms.Say{Platform: "line", Persona: "jo", Do: "file"}, desk.MessageCreated, "", func(e desk.Event) bool { return e.Attachments[0].Name == "receipt.pdf" }},
		{"a button of ours", platforms.Say{Platform: "line", Persona: "jo", Do: "postback", Text: "Call me"}, desk.MessageCreated, "Call me", nil},
		{"a follow", platforms.Say{Platform: "line", Persona: "jo", Do: "follow"}, desk.Contact, "", nil},
		{"an unfollow", platforms.Say{Platform: "line", Persona: "jo", Do: "unfollow"}, desk.Contact, "", nil},
		{"a message through the web form", platforms.Say{Platform: "standard", Persona: "eleni", Text: "Πού είναι;"}, desk.MessageCreated, "Πού είναι;", func(e desk.Event) bool {
			return e.Author.Name == "Ελένη Δοκιμή" && *e.Author.Followers == 150 && *e.Author.HasPicture && e.Account == "web"
		}},
		{"a picture through the web form", platforms.Say{Platform: "standard", Persona: "eleni", Do: "picture"}, desk.MessageCreated, "", func(e desk.Event) bool { return strings.HasSuffix(e.Attachments[0].URL, ".png") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := open(t, "")
			told := w.say(t, tt.say)
			if told.Status != 200 {
				t.Fatalf("the door answered %+v", told)
			}
			e := w.wait(t, 1)[0]
			if e.Kind != tt.kind || e.Text != tt.text || e.Key != told.Event || e.ID != told.Message || e.Author.ID != told.Author || e.Conversation != told.Conversation {
				t.Errorf("told %+v, read %+v", told, e)
			}
			if e.Time.UnixMilli() != w.clock().UnixMilli() {
				t.Errorf("it happened at %s, not at %s", e.Time, w.clock())
			}
			if tt.more != nil && !tt.more(e) {
				t.Errorf("read as %+v", e)
			}
		})
	}
}

func TestCustomersChangeTheirMind(t *testing.T) {
	t.Parallel()
	for _, place := range []platforms.Say{{Platform: "line", Persona: "jo", Group: "g"}, {Platform: "standard", Persona: "jo"}} {
		t.Run(place.Platform, func(t *testing.T) {
			t.Parallel()
			w := open(t, "")
			first, edit, unsend := place, place, place
			first.Text = "secret"
			told := w.say(t, first)
			edit.Do, edit.Text, edit.Message = "edit", "better", told.Message
			w.say(t, edit)
			unsend.Do, unsend.Message = "unsend", told.Message
			w.say(t, unsend)
			events := w.wait(t, 3)
			if e := events[1]; e.Kind != desk.MessageEdited || e.Target != told.Message || e.Text != "better" {
				t.Errorf("the edit was read as %+v", e)
			}
			if e := events[2]; e.Kind != desk.MessageDeleted || e.Target != told.Message || e.Text != "" {
				t.Errorf("the deletion was read as %+v", e)
			}
			thread, _ := w.Thread(platforms.ThreadKey{Platform: place.Platform, App: map[string]string{"line": "shop", "standard": "form"}[place.Platform], Conversation: told.Conversation})
			if len(thread.Lines) != 1 || !thread.Lines[0].Unsent || thread.Lines[0].Text != "" {
				t.Errorf("the thread shows %+v", thread.Lines)
			}
			if _, err := w.Say(t.Context(), unsend); err == nil {
				t.Error("a message was unsent twice")
			}
		})
	}
}

func TestWhatAPlatformDoesNotAllow(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	told := w.say(t, platforms.Say{Platform: "line", Persona: "jo", Text: "hi"})
	for name, s := range map[string]platforms.Say{
		"nothing to say":                   {Platform: "line", Persona: "jo", Text: " \n"},
		"more than LINE takes":             {Platform: "line", Persona: "jo", Text: strings.Repeat("🙏", 2501)},
		"an edit in a direct chat of LINE": {Platform: "line", Persona: "jo", Do: "edit", Text: "x", Message: told.Message},
		"unsending somebody else's":        {Platform: "line", Persona: "malee", Do: "unsend", Message: told.Message},
		"a group in a web form":            {Platform: "standard", Persona: "jo", Text: "x", Group: "g"},
		"an unknown persona":               {Persona: "stranger", Text: "x"},
		"nobody":                           {Text: "x"},
		"an unknown app":                   {App: "none", Persona: "jo", Text: "x"},
		"an unknown deed":                  {Persona: "jo", Do: "dance"},
	} {
		if _, err := w.Say(t.Context(), s); err == nil {
			t.Errorf("%s was allowed", name)
		}
	}
	if n := len(w.Events("", "", "")); n != 1 {
		t.Errorf("%d events", n)
	}
}

func TestAnyBodyCanBeSigned(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	body := `{"destination":"U0123456789abcdef0123456789abcdef","events":[]}`
	resp, err := http.Post(w.origin+"/sim/api/post?platform=line&app=shop", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var try platforms.Attempt
	if err := json.NewDecoder(resp.Body).Decode(&try); err != nil || try.Status != 200 {
		t.Errorf("%v %+v", err, try)
	}
}
