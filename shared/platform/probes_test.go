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
)

const probed = `
apps:
  - {name: demo, platform: line, secrets: [a-secret-of-lines], accounts: [{id: U0, brand: b, token: t-line}]}
  - name: demo
    platform: meta
    secrets: [a-secret-of-metas]
    verify_token: v
    accounts:
      - {id: "100", channel: messenger, brand: b, token: t-page}
      - {id: "178", channel: instagram, brand: b, token: t-ig, page: "100"}
      - {id: "155", channel: whatsapp, brand: b, token: t-wa}
  - {name: demo, platform: slack, secrets: [a-secret-of-slacks], accounts: [{id: A1, brand: b, token: t-slack}]}
  - {name: demo, platform: discord, secrets: ["d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"], accounts: [{id: "900", brand: b, token: t-discord}]}
  - {name: demo, platform: telegram, secrets: [a-secret-of-telegrams], accounts: [{id: "700", brand: b, token: "700:t"}]}
  - {name: demo, platform: viber, secrets: [a-secret-of-vibers], accounts: [{id: pa, brand: b, token: t-viber}]}
  - {name: demo, platform: zalo, secrets: [a-secret-of-zalos], app_id: "1", accounts: [{id: "430", brand: b, token: t-zalo}]}
  - {name: demo, platform: tiktok, secrets: [a-secret-of-tiktoks], accounts: [{id: "-000Q", brand: b, token: t-tiktok}]}
  - {name: demo, platform: youtube, secrets: [a-secret-of-youtubes], accounts: [{id: UC9, brand: b, token: t-youtube}]}
  - {name: demo, platform: linkedin, secrets: [a-secret-of-linkedins], accounts: [{id: "urn:li:organization:99", brand: b, token: t-linkedin}]}
  - {name: demo, platform: x, secrets: [a-secret-of-x], accounts: [{id: "42", brand: b, token: t-x}]}
`

// prober is a sender that can be asked about its account.
type prober interface {
	Probe(ctx context.Context, o desk.Origin) (desk.Probe, error)
}

func TestAProbeTellsWhetherThePlatformLetsTheAccountInAndSendsHere(t *testing.T) {
	t.Parallel()
	accounts, err := platform.Load([]byte(probed), "accounts", platform.ForAll)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	on, off, untold := desk.Probe{Subscription: desk.Subscribed}, desk.Probe{Subscription: desk.Unsubscribed}, desk.Probe{}
	refused := func(class desk.SendClass) error { return &desk.SendError{Class: class} }
	tests := []struct {
		name     string
		platform desk.Platform
		id       string
		channel  string
		answers  map[string]string // by method and path: a status, and a body
		want     desk.Probe
		err      error
	}{
		{"YouTube lets it in", "youtube", "UC9", "", map[string]string{"GET /youtube/v3/channels": `200 {"items":[{"id":"UC9"}]}`}, untold, nil},
		{"YouTube does not", "youtube", "UC9", "", map[string]string{"GET /youtube/v3/channels": `401 {"error":{"errors":[{"reason":"authError"}]}}`}, untold, refused(desk.SendAuth)},
		{"YouTube knows no such channel", "youtube", "UC9", "", map[string]string{"GET /youtube/v3/channels": `200 {"items":[]}`}, untold, refused(desk.SendUnreachable)},
		{"LINE sends", "line", "U0", "", map[string]string{"GET /v2/bot/info": `200 {}`, "GET /v2/bot/channel/webhook/endpoint": `200 {"endpoint":"https://d.example","active":true}`}, on, nil},
		{"LINE's webhook is off", "line", "U0", "", map[string]string{"GET /v2/bot/info": `200 {}`, "GET /v2/bot/channel/webhook/endpoint": `200 {"active":false}`}, off, nil},
		{"LINE has no webhook", "line", "U0", "", map[string]string{"GET /v2/bot/info": `200 {}`, "GET /v2/bot/channel/webhook/endpoint": `404 {"message":"Not found"}`}, off, nil},
		{"LINE knows no such token", "line", "U0", "", map[string]string{"GET /v2/bot/info": `401 {}`}, untold, refused(desk.SendAuth)},
		{"LINE is down", "line", "U0", "", map[string]string{"GET /v2/bot/info": `500 {}`}, untold, refused(desk.SendRetry)},
		{"a page that is subscribed", "meta", "100", "messenger", map[string]string{"GET /v25.0/100": `200 {"id":"100"}`, "GET /v25.0/100/subscribed_apps": `200 {"data":[{"id":"1","subscribed_fields":["feed"]}]}`}, on, nil},
		{"a page that is not", "meta", "100", "messenger", map[string]string{"GET /v25.0/100": `200 {"id":"100"}`, "GET /v25.0/100/subscribed_apps": `200 {"data":[]}`}, off, nil},
		{"a page that may not ask", "meta", "100", "messenger", map[string]string{"GET /v25.0/100": `200 {"id":"100"}`, "GET /v25.0/100/subscribed_apps": `403 {"error":{"code":200}}`}, untold, nil},
		{"an expired token of Meta's", "meta", "100", "messenger", map[string]string{"GET /v25.0/100": `401 {"error":{"code":190,"error_subcode":463}}`}, untold, refused(desk.SendAuth)},
		{"Instagram by a page", "meta", "178", "instagram", map[string]string{"GET /v25.0/178": `200 {"id":"178"}`, "GET /v25.0/100/subscribed_apps": `200 {"data":[{"id":"1"}]}`}, on, nil},
		{"a number of WhatsApp", "meta", "155", "whatsapp", map[string]string{"GET /v23.0/155": `200 {"id":"155"}`}, untold, nil},
		{"Slack", "slack", "A1", "", map[string]string{"POST /api/auth.test": `200 {"ok":true}`}, untold, nil},
		{"Slack has revoked it", "slack", "A1", "", map[string]string{"POST /api/auth.test": `200 {"ok":false,"error":"token_revoked"}`}, untold, refused(desk.SendAuth)},
		{"Discord", "discord", "900", "", map[string]string{"GET /api/v10/users/@me": `200 {"id":"900"}`}, untold, nil},
		{"Discord knows no such token", "discord", "900", "", map[string]string{"GET /api/v10/users/@me": `401 {"code":0}`}, untold, refused(desk.SendAuth)},
		{"Telegram sends", "telegram", "700", "", map[string]string{"POST /bot700:t/getWebhookInfo": `200 {"ok":true,"result":{"url":"https://d.example","pending_update_count":0}}`}, on, nil},
		{"Telegram fails to", "telegram", "700", "", map[string]string{"POST /bot700:t/getWebhookInfo": `200 {"ok":true,"result":{"url":"https://d.example","pending_update_count":3,"last_error_date":1772452500,"last_error_message":"x"}}`},
			desk.Probe{Subscription: desk.Subscribed, Says: "a delivery failed at 2026-03-02T11:55:00Z; 3 updates wait"}, nil},
		{"Telegram has no webhook", "telegram", "700", "", map[string]string{"POST /bot700:t/getWebhookInfo": `200 {"ok":true,"result":{"url":""}}`}, off, nil},
		{"Telegram knows no such bot", "telegram", "700", "", map[string]string{"POST /bot700:t/getWebhookInfo": `401 {"ok":false,"error_code":401}`}, untold, refused(desk.SendAuth)},
		{"Viber", "viber", "pa", "", map[string]string{"POST /pa/get_account_info": `200 {"status":0,"webhook":"https://d.example"}`}, on, nil},
		{"Viber without a webhook", "viber", "pa", "", map[string]string{"POST /pa/get_account_info": `200 {"status":0,"webhook":""}`}, off, nil},
		{"Viber knows no such token", "viber", "pa", "", map[string]string{"POST /pa/get_account_info": `200 {"status":2}`}, untold, refused(desk.SendAuth)},
		{"Zalo", "zalo", "430", "", map[string]string{"GET /v2.0/oa/getoa": `200 {"error":0,"data":{}}`}, untold, nil},
		{"Zalo knows no such token", "zalo", "430", "", map[string]string{"GET /v2.0/oa/getoa": `200 {"error":-216}`}, untold, refused(desk.SendAuth)},
		{"TikTok", "tiktok", "-000Q", "", map[string]string{"GET /open_api/v1.3/business/get/": `200 {"code":0,"data":{"username":"u"}}`}, untold, nil},
		{"TikTok knows no such token", "tiktok", "-000Q", "", map[string]string{"GET /open_api/v1.3/business/get/": `200 {"code":40105}`}, untold, refused(desk.SendAuth)},
		{"LinkedIn", "linkedin", "urn:li:organization:99", "", map[string]string{"GET /rest/organizations/99": `200 {"id":99}`}, untold, nil},
		{"LinkedIn knows no such token", "linkedin", "urn:li:organization:99", "", map[string]string{"GET /rest/organizations/99": `401 {"serviceErrorCode":65600}`}, untold, refused(desk.SendAuth)},
		{"LinkedIn lets the token comment, and not read the page", "linkedin", "urn:li:organization:99", "", map[string]string{"GET /rest/organizations/99": `403 {"serviceErrorCode":100}`},
			desk.Probe{Says: "the token is good, and may not read the page's own entry"}, nil},
		{"LinkedIn is down", "linkedin", "urn:li:organization:99", "", map[string]string{"GET /rest/organizations/99": `500 {}`}, untold, refused(desk.SendRetry)},
		{"X", "x", "42", "", map[string]string{"GET /2/users/me": `200 {"data":{"id":"42"}}`}, untold, nil},
		{"X by another's token", "x", "42", "", map[string]string{"GET /2/users/me": `200 {"data":{"id":"43"}}`}, untold, refused(desk.SendAuth)},
		{"X knows no such token", "x", "42", "", map[string]string{"GET /2/users/me": `401 {}`}, untold, refused(desk.SendAuth)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer, ok := tt.answers[r.Method+" "+r.URL.Path]
				if !ok {
					t.Errorf("asked %s %s", r.Method, r.URL.Path)
				}
				status, body, _ := strings.Cut(answer, " ")
				w.WriteHeader(map[string]int{"200": 200, "401": 401, "403": 403, "404": 404, "500": 500}[status])
				_, _ = io.WriteString(w, body)
			}))
			defer api.Close()
			senders, err := accounts.Senders(api.URL, api.Client(), func() time.Time { return now })
			if err != nil {
				t.Fatal(err)
			}
			o := desk.Origin{Platform: tt.platform, App: "demo", Account: tt.id, Channel: tt.channel}
			sender, err := senders.Sender(o)
			if err != nil {
				t.Fatal(err)
			}
			got, err := sender.(prober).Probe(t.Context(), o)
			if tt.want.Says == "" {
				got.Says = ""
			}
			if got != tt.want {
				t.Errorf("found %+v, want %+v", got, tt.want)
			}
			failed, _ := errors.AsType[*desk.SendError](err)
			want, _ := errors.AsType[*desk.SendError](tt.err)
			if (err == nil) != (tt.err == nil) || want != nil && failed.Class != want.Class {
				t.Errorf("failed with %v, want %v", err, want)
			}
		})
	}
}
