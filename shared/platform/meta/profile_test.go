package meta_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/meta"
)

func TestAProfileSaysWhatThePlatformTellsAndNoMore(t *testing.T) {
	t.Parallel()
	yes, no, followers := true, false, int64(9007199254740993)
	const messenger = "GET /v25.0/7001?fields=first_name,last_name,name,profile_pic"
	const instagram = "GET /v25.0/7001?fields=name,username,profile_pic,follower_count,is_verified_user,is_user_follow_business,is_business_follow_user"
	tests := []struct {
		name, channel, answer, call string
		want                        desk.Author
	}{
		{"Messenger", meta.Messenger, `200 {"first_name":"Νίκη","last_name":"Α.","name":"Νίκη Α.","profile_pic":"https://example.com/p","id":"7001"}`, messenger, desk.Author{ID: "7001", Name: "Νίκη Α.", HasPicture: &yes}},
		{"Messenger, in two names", meta.Messenger, `200 {"first_name":"Νίκη","last_name":"Α."}`, messenger, desk.Author{ID: "7001", Name: "Νίκη Α."}},
		{"Messenger, of wrong types", meta.Messenger, `200 {"first_name":["Νίκη"],"name":{},"profile_pic":true}`, messenger, desk.Author{ID: "7001"}},
		{"Instagram", meta.Instagram, `200 {"name":"Νίκη","username":"niki.a","follower_count":9007199254740993,"is_verified_user":false,"profile_pic":"https://example.com/p"}`, instagram, desk.Author{ID: "7001", Name: "Νίκη", Handle: "niki.a", Followers: &followers, Verified: &no, HasPicture: &yes}},
		{"nothing told", meta.Instagram, `200 {"id":"7001"}`, instagram, desk.Author{ID: "7001"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := standIn(t, tt.answer)
			got, err := g.sender("1001").Profile(t.Context(), from(tt.channel, desk.Private), "7001")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("the author differs (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]request{{Call: tt.call}}, g.got); diff != "" {
				t.Errorf("the call differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhoCannotBeAskedAboutIsNot(t *testing.T) {
	t.Parallel()
	for _, o := range []desk.Origin{from(meta.FacebookPage, desk.Public), from(meta.Instagram, desk.Public), from(meta.WhatsApp, desk.Private), from(meta.Threads, desk.Public)} {
		g := standIn(t, "200 {}")
		_, err := g.sender("1001").Profile(t.Context(), o, "7001")
		if got := failure(t, err); got.Class != desk.SendUnreachable || len(g.got) != 0 {
			t.Errorf("%s %s: Profile = %v after %d calls", o.Channel, o.Visibility, err, len(g.got))
		}
	}
}

func TestAProfileThatIsNotToldIsNoAlarm(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]desk.SendError{
		`400 {"error":{"code":100,"error_subcode":2018218}}`: {Class: desk.SendUnreachable},
		`400 {"error":{"code":100}}`:                         {Class: desk.SendUnreachable},
		`403 {"error":{"code":230}}`:                         {Class: desk.SendUnreachable},
		`403 {"error":{"code":10}}`:                          {Class: desk.SendAuth},
		`401 {"error":{"code":190}}`:                         {Class: desk.SendAuth},
		`400 {"error":{"code":4}}`:                           {Class: desk.SendRetry},
		`500 {"error":{"code":1}}`:                           {Class: desk.SendRetry},
		`500 `:                                               {Class: desk.SendRetry},
	} {
		_, err := standIn(t, answer).sender("1001").Profile(t.Context(), from(meta.Instagram, desk.Private), "7001")
		got := failure(t, err)
		got.Reason = ""
		if got != want {
			t.Errorf("%s: Profile = %+v, want %+v", answer, got, want)
		}
	}
}
