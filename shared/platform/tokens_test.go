package platform_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/wire"
)

const renewing = `
apps:
  - name: demo
    platform: tiktok
    secrets: [a-secret-of-tiktoks]
    client_id: "70"
    client_secret: s-tiktok
    accounts: [{id: "-000Q", brand: b, token: t-tiktok, refresh_token: r-tiktok}, {id: "-000R", brand: b, token: t-for-good}]
  - name: demo
    platform: zalo
    secrets: [a-secret-of-zalos]
    app_id: "1"
    client_secret: s-zalo
    former_client_secret: s-zalo-once
    accounts: [{id: "430", brand: b, token: t-zalo, refresh_token: r-zalo}]
  - name: demo
    platform: youtube
    secrets: [a-secret-of-youtubes]
    client_id: 9.apps
    client_secret: s-google
    accounts: [{id: UC9, brand: b, refresh_token: r-google}]
`

// granted makes the grants of the file, of which each platform answers what is said.
func granted(t *testing.T, now time.Time, answer http.HandlerFunc) map[desk.Platform]platform.Grant {
	t.Helper()
	api := httptest.NewServer(answer)
	t.Cleanup(api.Close)
	all, err := load(t, renewing, platform.ForSending).Grants(api.URL, api.Client(), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	by := map[desk.Platform]platform.Grant{}
	for _, g := range all {
		by[g.Platform] = g
	}
	if len(all) != 3 || len(by) != 3 {
		t.Fatalf("%d grants", len(all))
	}
	return by
}

func TestTheNextTokensAreAskedForAsEachPlatformWants(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	asked := map[string]string{}
	by := granted(t, now, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked[r.Method+" "+r.URL.Path] = string(body) + " " + r.Header.Get("secret_key")
		_, _ = io.WriteString(w, map[string]string{
			"/open_api/v1.3/tt_user/oauth2/refresh_token/": `{"code":0,"data":{"access_token":"a2","refresh_token":"r2","expires_in":86400,"refresh_token_expires_in":31536000}}`,
			"/v4/oa/access_token":                          `{"access_token":"a3","refresh_token":"r3","expires_in":"90000"}`,
			"/token":                                       `{"access_token":"a4","expires_in":3599,"token_type":"Bearer"}`,
		}[r.URL.Path])
	})
	for p, want := range map[desk.Platform]desk.TokenSet{
		"tiktok":  {Access: "a2", Refresh: "r2", Ends: now.Add(24 * time.Hour), RefreshEnds: now.Add(365 * 24 * time.Hour)},
		"zalo":    {Access: "a3", Refresh: "r3", Ends: now.Add(25 * time.Hour), RefreshEnds: now.Add(90 * 24 * time.Hour)},
		"youtube": {Access: "a4", Ends: now.Add(3599 * time.Second)},
	} {
		if got, err := by[p].Asks.Refresh(t.Context(), by[p].Refresh); err != nil || got != want {
			t.Errorf("%s gives %q, %q until %v, %v: %v", p, got.Access, got.Refresh, got.Ends, got.RefreshEnds, err)
		}
	}
	for call, want := range map[string]string{
		"POST /open_api/v1.3/tt_user/oauth2/refresh_token/": `{"client_id":"70","client_secret":"s-tiktok","grant_type":"refresh_token","refresh_token":"r-tiktok"} `,
		"POST /v4/oa/access_token":                          "app_id=1&grant_type=refresh_token&refresh_token=r-zalo s-zalo",
		"POST /token":                                       "client_id=9.apps&client_secret=s-google&grant_type=refresh_token&refresh_token=r-google ",
	} {
		if asked[call] != want {
			t.Errorf("%s has %q, want %q", call, asked[call], want)
		}
	}
	if s := by["zalo"].Secrets; len(s) != 2 || s[0] != "s-zalo" || s[1] != "s-zalo-once" {
		t.Errorf("%d secrets open what was sealed", len(s))
	}
}

func TestAnAnswerWithoutTokensIsARefusalAWaitOrADoubt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		platform desk.Platform
		status   int
		body     string
		want     desk.SendClass
	}{
		{"TikTok refuses", "tiktok", 200, `{"code":40105,"message":"secret words"}`, desk.SendAuth},
		{"TikTok knows no such app", "tiktok", 200, `{"code":40002}`, desk.SendRejected},
		{"TikTok takes no more", "tiktok", 200, `{"code":40100}`, desk.SendRetry},
		{"TikTok is broken", "tiktok", 502, ``, desk.SendUnknown},
		{"TikTok gives nothing", "tiktok", 200, `{"code":0,"data":{}}`, desk.SendUnknown},
		{"Zalo refuses", "zalo", 200, `{"error":-14014,"error_name":"secret words"}`, desk.SendRejected},
		{"Zalo takes no more", "zalo", 429, `{}`, desk.SendRetry},
		{"Zalo is broken", "zalo", 500, ``, desk.SendUnknown},
		{"Zalo gives nothing", "zalo", 200, `{}`, desk.SendUnknown},
		{"Google refuses", "youtube", 400, `{"error":"invalid_grant","error_description":"secret words"}`, desk.SendAuth},
		{"Google knows no such app", "youtube", 401, `{"error":"invalid_client"}`, desk.SendAuth},
		{"Google takes no more", "youtube", 429, `{}`, desk.SendRetry},
		{"Google is broken", "youtube", 503, ``, desk.SendUnknown},
		{"Google gives nothing", "youtube", 200, `{}`, desk.SendUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := granted(t, time.Now(), func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})[tt.platform]
			_, err := g.Asks.Refresh(t.Context(), g.Refresh)
			failed, _ := errors.AsType[*desk.SendError](err)
			if failed == nil || failed.Class != tt.want || strings.Contains(failed.Reason, "secret words") {
				t.Errorf("it is %v, want %s", err, tt.want)
			}
		})
	}
}

// renewals are tokens of which the second is good.
type renewals struct{ refused []string }

func (r *renewals) Token(_ context.Context, refused string) (string, error) {
	if refused == "" {
		return "old", nil
	}
	r.refused = append(r.refused, refused)
	return "new", nil
}

func TestACallWithATokenThatIsNoMoreIsMadeOnceMoreWithTheNext(t *testing.T) {
	t.Parallel()
	for _, p := range []desk.Platform{"tiktok", "zalo", "youtube"} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			calls := 0
			api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls++
				if token := r.Header.Get("Access-Token") + r.Header.Get("access_token") + strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); !strings.HasPrefix(token, "new") {
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				_, _ = io.WriteString(w, `{"code":0,"error":0,"items":[{"id":"UC9"}]}`)
			}))
			defer api.Close()
			tokens := &renewals{}
			accounts := load(t, renewing, platform.ForSending).Renewed(func(k desk.AccountKey) wire.Tokens {
				if k.ID == "-000R" {
					return nil
				}
				return tokens
			})
			senders, err := accounts.Senders(api.URL, api.Client(), time.Now)
			if err != nil {
				t.Fatal(err)
			}
			id := map[desk.Platform]string{"tiktok": "-000Q", "zalo": "430", "youtube": "UC9"}[p]
			o := desk.Origin{Platform: p, App: "demo", Account: id}
			sender, err := senders.Sender(o)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sender.(prober).Probe(t.Context(), o); err != nil || calls != 2 || len(tokens.refused) != 1 || tokens.refused[0] != "old" {
				t.Errorf("after %d calls, refused %q: %v", calls, tokens.refused, err)
			}
		})
	}
}

func TestWhatRenewingTokensNeedsIsThereWholeOrSaidWithItsLine(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, from, to, want string }{
		{"no id of the app", `    client_id: "70"` + "\n", "", "accounts:7: refresh_token: app \"demo\" has no client_id to renew tokens with"},
		{"no secret of the app", "    client_secret: s-google\n", "", "accounts:20: refresh_token: app \"demo\" has no client_secret to renew tokens with"},
		{"nothing to renew", ", refresh_token: r-google", "", "accounts:20: client_secret: no account of app \"demo\" has a refresh_token to renew tokens with"},
		{"a former secret that is the present one", "s-zalo-once", "s-zalo", "accounts:14: former_client_secret: there is no other client_secret that replaces it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc := strings.Replace(renewing, tt.from, tt.to, 1)
			for _, use := range []platform.Use{platform.ForSending, platform.ForAll} {
				if _, err := platform.Load([]byte(doc), "accounts", use); err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("it says %v, want %s", err, tt.want)
				}
			}
			if _, err := platform.Load([]byte(doc), "accounts", platform.ForSigning); err != nil {
				t.Errorf("the door, which has no use for it, says %v", err)
			}
		})
	}
	for use, want := range map[platform.Use]bool{platform.ForSending: true, platform.ForSigning: false, platform.ForReading: false} {
		doc, err := platform.Project([]byte(renewing), "accounts", use)
		if err != nil || strings.Contains(string(doc), "r-zalo") != want || strings.Contains(string(doc), "s-zalo") != want {
			t.Errorf("use %d: %s, %v", use, doc, err)
		}
	}
}
