package platforms_test

import (
	"strings"
	"testing"

	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/platform"
)

func TestPeopleHaveProfilesOnceTheyWrote(t *testing.T) {
	t.Parallel()
	for _, channel := range []string{"messenger", "instagram", "x"} {
		w := open(t, "")
		w.say(t, platforms.Say{Platform: channel, In: "direct", Persona: "fah", Text: "hello"})
		e := w.latest(t, 1)
		sender, err := w.senders.Sender(from(e))
		if err != nil {
			t.Fatal(err)
		}
		who, err := sender.(platform.Profiler).Profile(t.Context(), from(e), e.Author.ID)
		if err != nil || who.Name != "ฟ้า ทดสอบ" || channel != "messenger" && *who.Followers != 48000 {
			t.Errorf("%s: %+v, %v", channel, who, err)
		}
	}
	for _, said := range []platforms.Say{
		{Platform: "line"}, {Platform: "line", Group: "one"}, {Platform: "zalo"}, {Platform: "telegram"}, {Platform: "viber"}, {Platform: "tiktok", In: "direct"}, {Platform: "tiktok", In: "comment"},
	} {
		w := open(t, "")
		said.Persona, said.Text = "fah", "hello"
		w.say(t, said)
		e := w.wait(t, 1)[0]
		o := origin(said.Platform, e)
		if o.App == "" {
			o = from(e)
		}
		sender, err := w.senders.Sender(o)
		if err != nil {
			t.Fatal(err)
		}
		who, err := sender.(platform.Profiler).Profile(t.Context(), o, e.Author.ID)
		if err != nil || who.ID != e.Author.ID || who.Name != "ฟ้า ทดสอบ" || said.Platform != "tiktok" && !*who.HasPicture {
			t.Errorf("%s %s: %+v, %v", said.Platform, said.In, who, err)
		}
	}
	w := open(t, "")
	w.say(t, platforms.Say{Platform: "instagram", In: "comment", Persona: "fah", Text: "hello"})
	resp, body := w.call(t, "/v25.0/"+w.latest(t, 1).Author.ID+"?fields=name", "instagram-token", "", nil)
	if resp.StatusCode != 403 || !strings.Contains(body, `"code":230`) {
		t.Errorf("of somebody who only commented: %d %s", resp.StatusCode, body)
	}
}
