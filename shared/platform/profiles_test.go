package platform_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
)

// profiler is a sender that can be asked who somebody is.
func profiler(t *testing.T, api string, client *http.Client, o desk.Origin) platform.Profiler {
	t.Helper()
	accounts, err := platform.Load([]byte(probed), "accounts", platform.ForAll)
	if err != nil {
		t.Fatal(err)
	}
	senders, err := accounts.Senders(api, client, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	sender, err := senders.Sender(o)
	if err != nil {
		t.Fatal(err)
	}
	return sender.(platform.Profiler)
}

func TestAProfileIsWhatThePlatformTellsAndNothingMore(t *testing.T) {
	t.Parallel()
	direct := func(p desk.Platform, account string) desk.Origin {
		return desk.Origin{Platform: p, App: "demo", Account: account, Visibility: desk.Private, Conversation: "talk"}
	}
	in := func(o desk.Origin, v desk.Visibility, conversation string) desk.Origin {
		o.Visibility, o.Conversation = v, conversation
		return o
	}
	yes, no := true, false
	friend, group, room := direct("line", "U0"), in(direct("line", "U0"), desk.Group, "C9"), in(direct("line", "U0"), desk.Group, "R9")
	zalo, telegram, viber, tiktok := direct("zalo", "430"), direct("telegram", "700"), direct("viber", "pa"), direct("tiktok", "-000Q")
	comment := in(tiktok, desk.Public, "v7")
	tests := []struct {
		name   string
		of     desk.Origin
		author string
		asks   string // a method, a path and, after it, what has to be in the query or the body
		answer string // a status, and a body
		want   desk.Author
		err    desk.SendClass
	}{
		{"LINE: a friend", friend, "U1", "GET /v2/bot/profile/U1", `200 {"userId":"U1","displayName":"มาลี","pictureUrl":"https://p.example","statusMessage":"☕","language":"th"}`, desk.Author{ID: "U1", Name: "มาลี", Bio: "☕", HasPicture: &yes}, ""},
		{"LINE: without a picture", friend, "U1", "GET /v2/bot/profile/U1", `200 {"displayName":"Jo"}`, desk.Author{ID: "U1", Name: "Jo", HasPicture: &no}, ""},
		{"LINE: a member of a group", group, "U1", "GET /v2/bot/group/C9/member/U1", `200 {"displayName":"Jo"}`, desk.Author{ID: "U1", Name: "Jo", HasPicture: &no}, ""},
		{"LINE: somebody in a room", room, "U1", "GET /v2/bot/room/R9/member/U1", `200 {"displayName":"Jo"}`, desk.Author{ID: "U1", Name: "Jo", HasPicture: &no}, ""},
		{"LINE: no friend", friend, "U1", "GET /v2/bot/profile/U1", `404 {"message":"Not found"}`, desk.Author{}, desk.SendUnreachable},
		{"LINE: an answer without a name", friend, "U1", "GET /v2/bot/profile/U1", `200 {}`, desk.Author{}, desk.SendUnreachable},
		{"LINE: a bad token", friend, "U1", "GET /v2/bot/profile/U1", `401 {}`, desk.Author{}, desk.SendAuth},
		{"LINE: too often", friend, "U1", "GET /v2/bot/profile/U1", `429 {}`, desk.Author{}, desk.SendRetry},
		{"LINE: down", friend, "U1", "GET /v2/bot/profile/U1", `500 <html>`, desk.Author{}, desk.SendRetry},
		{"LINE: nobody", friend, "", "", "", desk.Author{}, desk.SendUnreachable},

		{"Zalo", zalo, "614", `GET /v3.0/oa/user/detail {"user_id":"614"}`, `200 {"error":0,"data":{"user_id":"614","display_name":"Lan","avatar":"https://p.example"}}`, desk.Author{ID: "614", Name: "Lan", HasPicture: &yes}, ""},
		{"Zalo: tells no picture", zalo, "614", "GET /v3.0/oa/user/detail", `200 {"error":0,"data":{"display_name":"Lan"}}`, desk.Author{ID: "614", Name: "Lan"}, ""},
		{"Zalo: who does not follow", zalo, "614", "GET /v3.0/oa/user/detail", `200 {"error":-213,"message":"User has not followed OA"}`, desk.Author{}, desk.SendUnreachable},
		{"Zalo: a yes without a name", zalo, "614", "GET /v3.0/oa/user/detail", `200 {"error":0,"data":{}}`, desk.Author{}, desk.SendUnreachable},
		{"Zalo: a bad token under 200", zalo, "614", "GET /v3.0/oa/user/detail", `200 {"error":-216}`, desk.Author{}, desk.SendAuth},
		{"Zalo: nobody", zalo, "", "", "", desk.Author{}, desk.SendUnreachable},

		{"Telegram", telegram, "551", `POST /bot700:t/getChat {"chat_id":"551"}`, `200 {"ok":true,"result":{"id":551,"type":"private","first_name":"Eleni","last_name":"D.","username":"eleni","bio":"coffee","photo":{"small_file_id":"s"}}}`,
			desk.Author{ID: "551", Name: "Eleni D.", Handle: "eleni", Bio: "coffee", HasPicture: &yes}, ""},
		{"Telegram: without bio and picture", telegram, "551", "POST /bot700:t/getChat", `200 {"ok":true,"result":{"id":551,"first_name":"Eleni"}}`, desk.Author{ID: "551", Name: "Eleni", HasPicture: &no}, ""},
		{"Telegram: a chat that is gone", telegram, "551", "POST /bot700:t/getChat", `400 {"ok":false,"error_code":400,"description":"Bad Request: chat not found"}`, desk.Author{}, desk.SendUnreachable},
		{"Telegram: no, under 200", telegram, "551", "POST /bot700:t/getChat", `200 {"ok":false,"error_code":401,"description":"Unauthorized"}`, desk.Author{}, desk.SendAuth},
		{"Telegram: of a group it tells nothing", in(telegram, desk.Group, "-1001"), "551", "", "", desk.Author{}, desk.SendUnreachable},

		{"Viber", viber, "v1=", `POST /pa/get_user_details {"id":"v1="}`, `200 {"status":0,"user":{"id":"v1=","name":"Νίκος","avatar":""}}`, desk.Author{ID: "v1=", Name: "Νίκος", HasPicture: &no}, ""},
		{"Viber: who is not subscribed", viber, "v1=", "POST /pa/get_user_details", `200 {"status":6}`, desk.Author{}, desk.SendUnreachable},
		{"Viber: too often", viber, "v1=", "POST /pa/get_user_details", `200 {"status":12}`, desk.Author{}, desk.SendRetry},
		{"Viber: a bad token under 200", viber, "v1=", "POST /pa/get_user_details", `200 {"status":2}`, desk.Author{}, desk.SendAuth},
		{"Viber: nobody", viber, "", "", "", desk.Author{}, desk.SendUnreachable},

		{"TikTok: who sent a message", tiktok, "p1", "GET /open_api/v1.3/business/message/content/list/ talk", `200 {"code":0,"data":{"participants":[{"id":"-000Q","role":"BUSINESS_ACCOUNT","display_name":"us"},{"id":"p1","role":"PERSONAL_ACCOUNT","display_name":"Jo"}]}}`, desk.Author{ID: "p1", Name: "Jo"}, ""},
		{"TikTok: who takes no part", tiktok, "p2", "GET /open_api/v1.3/business/message/content/list/", `200 {"code":0,"data":{"participants":[{"id":"p1","display_name":"Jo"}]}}`, desk.Author{}, desk.SendUnreachable},
		{"TikTok: who commented", comment, "c1", "GET /open_api/v1.3/business/comment/list/ v7", `200 {"code":0,"data":{"comments":[{"comment_id":"1","unique_identifier":"c0","username":"other"},{"comment_id":"2","unique_identifier":"c1","username":"jo","display_name":"Jo","profile_image":"https://p.example"}]}}`,
			desk.Author{ID: "c1", Name: "Jo", Handle: "jo", HasPicture: &yes}, ""},
		{"TikTok: whose comment is far below", comment, "c9", "GET /open_api/v1.3/business/comment/list/", `200 {"code":0,"data":{"comments":[]}}`, desk.Author{}, desk.SendUnreachable},
		{"TikTok: a video of somebody else's", comment, "c9", "GET /open_api/v1.3/business/comment/list/", `200 {"code":40002}`, desk.Author{}, desk.SendUnreachable},
		{"TikTok: a bad token under 200", comment, "c1", "GET /open_api/v1.3/business/comment/list/", `200 {"code":40105}`, desk.Author{}, desk.SendAuth},
		{"TikTok: nobody", comment, "", "", "", desk.Author{}, desk.SendUnreachable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				method, rest, _ := strings.Cut(tt.asks, " ")
				path, with, _ := strings.Cut(rest, " ")
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				said := string(body)
				for _, values := range r.URL.Query() {
					said += strings.Join(values, "\n")
				}
				if r.Method != method || r.URL.Path != path || !strings.Contains(said, with) {
					t.Errorf("asked %s %s with %q, want %s", r.Method, r.URL.Path, said, tt.asks)
				}
				status, answer, _ := strings.Cut(tt.answer, " ")
				var code int
				if err := json.Unmarshal([]byte(status), &code); err != nil {
					t.Error(err)
				}
				w.WriteHeader(code)
				_, _ = io.WriteString(w, answer)
			}))
			defer api.Close()
			got, err := profiler(t, api.URL, api.Client(), tt.of).Profile(t.Context(), tt.of, tt.author)
			failed, _ := errors.AsType[*desk.SendError](err)
			if (err == nil) != (tt.err == "") || failed != nil && failed.Class != tt.err {
				t.Errorf("failed with %v, want %q", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("who it is differs (-want +got):\n%s", diff)
			}
			if (asked > 0) != (tt.asks != "") {
				t.Errorf("asked %d times, want %q", asked, tt.asks)
			}
		})
	}
}

func TestWhatCanBeAskedHowAnAccountIsAndWhatCannot(t *testing.T) {
	t.Parallel()
	for _, name := range platform.Names() {
		if name == "vendor" { // has no accounts
			continue
		}
		if got, want := platform.Mute(name), name == "standard"; got != want {
			t.Errorf("%s: mute %t", name, got)
		}
	}
	accounts, err := platform.Load([]byte(probed), "accounts", platform.ForAll)
	if err != nil {
		t.Fatal(err)
	}
	senders, err := accounts.Senders("", http.DefaultClient, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[desk.Platform]bool{}
	for k, sender := range senders.Each() {
		_, asks := sender.(prober)
		if seen[k.Platform] = true; asks == platform.Mute(k.Platform) {
			t.Errorf("the sender of %s can be asked: %t", k.Platform, asks)
		}
	}
	for _, name := range platform.Names() {
		if !seen[name] && name != "vendor" && name != "standard" {
			t.Errorf("no account of %s is asked here", name)
		}
	}
}
