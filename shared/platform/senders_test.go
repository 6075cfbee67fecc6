package platform_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
)

func TestAReplyLeavesByTheAccountItsTicketCameInBy(t *testing.T) {
	t.Parallel()
	var asked []string
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path+" "+r.Header.Get("Authorization"))
	}))
	defer api.Close()
	doc := strings.Replace(twoApps, `, reply_url: "https://shop.example.com/replies?key=in-the-address"`, "", 1)
	senders, err := load(t, doc, platform.ForSending).Senders(api.URL+"/", &http.Client{}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []desk.Origin{
		{Platform: "line", App: "shop", Account: "1784", Visibility: desk.Private},
		{Platform: "line", App: "shop", Account: "U1", Visibility: desk.Private},
		{Platform: "standard", App: "web", Account: "shop-web", Visibility: desk.Private},
	} {
		s, err := senders.Sender(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Send(t.Context(), desk.Reply{Key: "k", Origin: o, To: "U9", Text: "hello"}); err != nil {
			t.Error(err)
		}
	}
	want := []string{"/v2/bot/message/push Bearer other-token", "/v2/bot/message/push Bearer line-token", "/standard/web/replies "}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("the requests differ (-want +got):\n%s", diff)
	}
	for _, o := range []desk.Origin{{Platform: "line", App: "shop", Account: "U2"}, {Platform: "line", App: "web", Account: "U1"}, {Platform: "icq"}} {
		if _, err := senders.Sender(o); err == nil {
			t.Errorf("there is a sender for %v", o)
		}
	}
}

func web(address string) string {
	return "apps: [{name: web, platform: standard, secrets: [whsec_YWJj], accounts: [{id: w, brand: b, reply_url: \"" + address + "\"}]}]"
}

func TestAReplyAddressMayNotLeadInside(t *testing.T) {
	t.Parallel()
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a request arrived inside")
	}))
	defer inside.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(inside.URL, "https://"), ":")
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "[fd00::1]", "[fe80::1]", "[64:ff9b::a00:1]", "[2002:7f00:1::]", "224.0.0.1", "255.255.255.255"} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			senders, err := load(t, web("https://"+host+":"+port+"/"), platform.ForSending).Senders("", inside.Client(), time.Now)
			if err != nil {
				t.Fatal(err)
			}
			s, err := senders.Sender(desk.Origin{Platform: "standard", App: "web", Account: "w"})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Send(t.Context(), desk.Reply{Key: "k", Text: "hello"})
			if failed, ok := errors.AsType[*desk.SendError](err); !ok || failed.Class != desk.SendRejected || !strings.Contains(failed.Reason, "not public") {
				t.Errorf("Send = %v", err)
			}
		})
	}
	if _, err := load(t, web("http://example.com/"), platform.ForSending).Senders("", &http.Client{}, time.Now); err == nil {
		t.Error("replies may go out without https")
	}
}

func TestAStandInMustBeAnOrigin(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"127.0.0.1:8081", "ftp://127.0.0.1", "http://127.0.0.1:8081/path", "http://", ":"} {
		if _, err := load(t, twoApps, platform.ForSending).Senders(api, &http.Client{}, time.Now); err == nil {
			t.Errorf("%q is taken", api)
		}
	}
}

func TestAnAccountThatCannotSendSaysSo(t *testing.T) {
	t.Parallel()
	const doc = `apps:
- {name: shop, platform: line, accounts: [{id: U1, brand: b}]}
- {name: web, platform: standard, accounts: [{id: w, brand: b}]}
- {name: keys, platform: standard, secrets: [whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=], accounts: [{id: k, brand: b, reply_url: "https://example.com"}]}
- {name: deaf, platform: standard, secrets: [whsec_YWJj], accounts: [{id: d, brand: b}]}
`
	senders, err := load(t, doc, platform.ForSending).Senders("", &http.Client{}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		platform     desk.Platform
		app, account string
		want         desk.SendClass
	}{{"line", "shop", "U1", desk.SendAuth}, {"standard", "web", "w", desk.SendAuth}, {"standard", "keys", "k", desk.SendAuth}, {"standard", "deaf", "d", desk.SendRejected}} {
		s, err := senders.Sender(desk.Origin{Platform: tt.platform, App: tt.app, Account: tt.account})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Send(t.Context(), desk.Reply{Key: "k", To: "U9", Text: "hello"})
		if failed, ok := errors.AsType[*desk.SendError](err); !ok || failed.Class != tt.want {
			t.Errorf("%s: Send = %v, want %s", tt.app, err, tt.want)
		}
	}
}
