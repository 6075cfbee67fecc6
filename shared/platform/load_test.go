package platform_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
)

const twoApps = `# a comment with a secret: hunter2
apps:
  - name: shop
    platform: line
    secrets: [line-secret, line-secret-before]
    accounts:
      - {id: U1, brand: Aegean Coffee, channel: line, token: line-token, zone: Asia/Bangkok, languages: [th, en-GB]}
      - {id: 1784, brand: Another, token: other-token}
  - name: web
    platform: standard
    secrets: [whsec_d2ViLXNlY3JldA==]
    reply_secret: whsec_cmVwbHktc2VjcmV0
    accounts:
      - {id: shop-web, brand: Aegean Coffee, reply_url: "https://shop.example.com/replies?key=in-the-address"}
`

// several has the apps of platforms with more to say for themselves.
const several = `apps:
  - name: shop
    platform: meta
    secrets: [meta-secret, threads-secret]
    verify_token: meta-verify
    proof_secret: meta-proof
    graph_version: v25.0
    accounts:
      - {id: "100001", brand: Aegean Coffee, token: page-token}
      - {id: "178401", channel: instagram, brand: Aegean Coffee, token: instagram-token, page: "100001"}
      - {id: 100002, channel: whatsapp, brand: Another, token: whatsapp-token}
  - name: other-shop
    platform: meta
    secrets: [other-meta-secret]
    accounts: [{id: "300001", channel: threads, brand: Third, token: threads-token}]
  - name: shop
    platform: x
    secrets: [x-secret]
    accounts: [{id: "1700001", brand: Aegean Coffee, token: x-token}]
`

func load(t *testing.T, doc string, use platform.Use) *platform.Accounts {
	t.Helper()
	a, err := platform.Load([]byte(doc), "accounts.yaml", use)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAnAccountsFileSaysForWhomWeSpeak(t *testing.T) {
	t.Parallel()
	a := load(t, twoApps, platform.ForAll)
	account, ok := a.Account("line", "U1")
	want := platform.Account{ID: "U1", App: "shop", Platform: "line", Brand: "Aegean Coffee", Channel: "line", Zone: "Asia/Bangkok", Languages: []string{"th", "en-GB"}}
	if diff := cmp.Diff(want, account); diff != "" || !ok {
		t.Errorf("the account differs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Aegean Coffee", "Another"}, a.Brands()); diff != "" {
		t.Errorf("the brands differ (-want +got):\n%s", diff)
	}
	line, web := desk.App{Platform: "line", Name: "shop"}, desk.App{Platform: "standard", Name: "web"}
	if r := a.Receivers(); len(r) != 2 || r[line] == nil || r[web] == nil {
		t.Errorf("the receivers are %v", r)
	}
	for _, tt := range []struct{ account, want string }{{"U1", "Aegean Coffee"}, {"1784", "Another"}, {"U2", desk.UnknownBrand}, {"shop-web", desk.UnknownBrand}} {
		if got := a.Brand(line, tt.account); got != tt.want {
			t.Errorf("the brand of %s is %q, want %q", tt.account, got, tt.want)
		}
	}
	apps := a.Apps()
	if len(apps) != 2 || apps[0].App != line || apps[0].Tokens["1784"] != "other-token" || apps[1].Secrets[0] != "whsec_d2ViLXNlY3JldA==" {
		t.Errorf("the apps are %v", apps)
	}
	for _, tt := range []struct {
		platform, app, want string
		ok                  bool
	}{{"standard", "", "shop-web", true}, {"standard_webhooks", "web", "shop-web", true}, {"standard", "shop", "", false}, {"line", "shop", "", false}} {
		if got, ok := a.Single(tt.platform, tt.app); got != tt.want || ok != tt.ok {
			t.Errorf("the single account of %s %q is %q, %v", tt.platform, tt.app, got, ok)
		}
	}
}

func TestAppsOfOnePlatformKeepToThemselves(t *testing.T) {
	t.Parallel()
	a := load(t, several, platform.ForAll)
	shop, other := desk.App{Platform: "meta", Name: "shop"}, desk.App{Platform: "meta", Name: "other-shop"}
	for _, tt := range []struct {
		app         desk.App
		id, want    string
		belongs, ch string
	}{
		{shop, "100001", "Aegean Coffee", "shop", ""}, {shop, "178401", "Aegean Coffee", "shop", "instagram"}, {shop, "100002", "Another", "shop", "whatsapp"},
		{other, "300001", "Third", "other-shop", "threads"}, {other, "0", desk.UnknownBrand, "", ""}, {desk.App{Platform: "x", Name: "shop"}, "1700001", "Aegean Coffee", "shop", ""},
		{desk.App{Platform: "x", Name: "shop"}, "100001", desk.UnknownBrand, "", ""},
	} {
		account, ok := a.Account(tt.app.Platform, tt.id)
		if got := a.Brand(tt.app, tt.id); got != tt.want || account.App != tt.belongs || account.Channel != tt.ch || ok != (tt.belongs != "") {
			t.Errorf("%s is of brand %q: %+v", tt.id, got, account)
		}
	}
	body := []byte(`{"object":"page","entry":[]}`)
	for secret, takes := range map[string]desk.App{"meta-secret": shop, "threads-secret": shop, "other-meta-secret": other} {
		h := http.Header{"X-Hub-Signature-256": {hubSigned(secret, body)}}
		for _, app := range []desk.App{shop, other} {
			if err := a.Receivers()[app].Verify(h, body, time.Time{}); (err == nil) != (app == takes) {
				t.Errorf("signed with %s, %v says %v", secret, app, err)
			}
		}
	}
	right := url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {"1"}, "hub.verify_token": {"meta-verify"}}
	for app, want := range map[desk.App]int{shop: http.StatusOK, other: http.StatusForbidden} {
		if got := a.Receivers()[app].(platform.Greeter).Greet(right); got.Status != want {
			t.Errorf("%v answers %d, want %d", app, got.Status, want)
		}
	}
	senders, err := a.Senders("http://127.0.0.1:1", http.DefaultClient, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for id, app := range map[string]desk.App{"100002": shop, "300001": other} {
		if _, err := senders.Sender(desk.Origin{Platform: app.Platform, App: app.Name, Account: id}); err != nil {
			t.Error(err)
		}
	}
	if _, err := senders.Sender(desk.Origin{Platform: "meta", App: "other-shop", Account: "100002"}); err == nil {
		t.Error("an app sends for an account of another")
	}
}

// hubSigned is an HMAC of our own, so that the product's is not held against itself.
func hubSigned(secret string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write(body)
	return "sha256=" + hex.EncodeToString(h.Sum(nil))
}

func TestTheDemoAccountsCanBeLoaded(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../infra/local/accounts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	a := load(t, string(doc), platform.ForAll)
	for _, p := range platform.Names() {
		if !slices.ContainsFunc(a.Apps(), func(app platform.App) bool { return app.Platform == p && a.Receivers()[app.App] != nil }) {
			t.Errorf("nothing receives for %s", p)
		}
	}
	secret := regexp.MustCompile(`(?m)^ *(?:- |verify_|proof_|reply_)?(?:token|secrets?): *(.*)$`)
	for _, found := range secret.FindAllStringSubmatch(string(doc), -1) {
		if !strings.Contains(found[1], "-not-for-use") && !strings.Contains(found[1], "whsec_ZGVtby") {
			t.Errorf("a secret in a public file does not say that it is none: %s", found[0])
		}
	}
	if _, err := a.Senders("http://127.0.0.1:8081", http.DefaultClient, time.Now); err != nil {
		t.Error(err)
	}
}

func TestEveryMistakeInAnAccountsFileHasItsLine(t *testing.T) {
	t.Parallel()
	const line = "apps:\n- name: a\n  platform: line\n  secrets: [s]\n  accounts:\n  - {id: U1, brand: b}\n"
	const hub = "apps:\n- name: a\n  platform: meta\n  secrets: [s]\n  accounts:\n  - {id: 1, channel: instagram, brand: b}\n"
	const web = "- name: w\n  platform: standard\n  secrets: [whsec_YWJj]\n  accounts: [{id: w, brand: b}]\n"
	replace := func(doc, from, to string) string {
		if !strings.Contains(doc, from) {
			t.Fatalf("there is no %q", from)
		}
		return strings.Replace(doc, from, to, 1)
	}
	tests := []struct{ name, doc, want string }{
		{"an empty file", "", "f:1: the file is empty"},
		{"a file of comments", "# nothing\n", "f:1: the file is empty"},
		{"not YAML", "apps: [\n", "f:1: no YAML: did not find expected node content"},
		{"a bracket too many", replace(line, "[s]", "[s]]"), "f:4: no YAML: did not find expected key"},
		{"a line too far in", replace(line, "  secrets", "   secrets"), "f:4: no YAML: mapping values are not allowed in this context"},
		{"a tab", replace(line, "  secrets", "\tsecrets"), "f:4: no YAML: found a tab character that violates indentation"},
		{"a quote that never ends", replace(line, "[s]", `["s]`), "f:4: no YAML: found unexpected end of stream"},
		{"two documents", line + "---\napps: []\n", "f:7: a second document begins"},
		{"no mapping", "- line\n", "f:1: the file: is no mapping of fields to values"},
		{"no apps", "{}\n", "f:1: apps are missing"},
		{"an empty list", "apps: []\n", "f:1: apps: the list is empty"},
		{"apps that are no list", "apps: {}\n", "f:1: apps: is no list"},
		{"an app that is none", "apps: [line]\n", "f:1: app: platform is missing"},
		{"a field nobody knows", line + "extra: 1\n", `f:7: the file: there is no field "extra"`},
		{"no platform", replace(line, "  platform: line\n", ""), "f:2: app: platform is missing"},
		{"a platform that is none", replace(line, "line", "icq"), `f:3: app: there is no platform "icq"`},
		{"a platform for later", replace(line, "line", "google"), `f:3: app: platform "google" is not spoken yet`},
		{"an alias of a platform", replace(web, "- name: w\n  platform: standard", "apps:\n- name: w\n  platform: standard_webhooks"), `f:3: app: platform "standard_webhooks" is called standard here`},
		{"no name", replace(line, "- name: a\n  platform", "- platform"), "f:2: app: name is missing"},
		{"a name without a value", replace(line, "name: a", "name:"), "f:2: name: is no text"},
		{"a name that cannot be an address", replace(line, "name: a", "name: a/b"), `f:2: name: "a/b" cannot stand in an address as it is`},
		{"the same app twice", line + replace(replace(line, "apps:\n", ""), "U1", "U2"), `f:7: app "a" of platform line is there twice, first in line 2`},
		{"no secrets", replace(line, "  secrets: [s]\n", ""), `f:2: app "a": secrets are missing: nobody could check its webhooks`},
		{"an empty list of secrets", replace(line, "[s]", "[]"), "f:4: secrets: the list is empty"},
		{"a secret in place of a list", replace(line, "[s]", "s"), "f:4: secrets: is no list"},
		{"an empty secret", replace(line, "[s]", `[s, ""]`), "f:4: secrets: is empty"},
		{"a secret copied with a space", replace(line, "[s]", `["s "]`), "f:4: secrets: begins or ends with white space"},
		{"a secret that is no base64", "apps:\n" + replace(web, "whsec_YWJj", "whsec_YWJj, whsec_not base64"), `f:4: app "w": secret: what follows whsec_ is no base64`},
		{"a secret of nothing", "apps:\n" + replace(web, "whsec_YWJj", "whsec_"), `f:4: app "w": secret: secret is empty`},
		{"a public key of another length", "apps:\n" + replace(web, "whsec_YWJj", "whpk_YWJj"), `f:4: app "w": secret: public key has 3 bytes, not 32`},
		{"a Discord key of another length", "apps:\n- name: d\n  platform: discord\n  secrets: [00ff]\n  accounts:\n  - {id: '1', brand: b, token: t}\n", `f:4: app "d": secret: public key has 2 bytes, not 32`},
		{"a Discord key that is no hexadecimal", "apps:\n- name: d\n  platform: discord\n  secrets: [xyz]\n  accounts:\n  - {id: '1', brand: b, token: t}\n", `f:4: app "d": secret: the app's public key is no hexadecimal`},
		{"no accounts", replace(line, "  accounts:\n  - {id: U1, brand: b}\n", ""), `f:2: app "a": accounts are missing`},
		{"an account without an id", replace(line, "id: U1, ", ""), "f:6: account: id is missing"},
		{"an account without a brand", replace(line, ", brand: b", ""), "f:6: account: brand is missing"},
		{"an account with an empty id", replace(line, "U1", `""`), "f:6: id: is empty"},
		{"the same account twice", line + "  - {id: U1, brand: c}\n", `f:7: account "U1" of platform line is there twice, first in app "a"`},
		{"the same field twice", replace(line, "brand: b", "brand: b, brand: c"), "f:6: account: brand is there twice"},
		{"two accounts where there can be one", "apps:\n" + replace(web, "[{id: w, brand: b}]", "[{id: w, brand: b}, {id: v, brand: b}]"), `f:5: app "w": platform standard takes a single account`},
		{"a field of another platform", replace(line, "brand: b", "brand: b, reply_url: x"), `f:6: account: there is no field "reply_url"`},
		{"a field of another platform's apps", replace(line, "  secrets", "  verify_token: x\n  secrets"), `f:4: app: there is no field "verify_token"`},
		{"a zone that is none", replace(line, "brand: b", "brand: b, zone: Asia/Atlantis"), `f:6: zone: there is no time zone "Asia/Atlantis"`},
		{"languages that are none", replace(line, "brand: b", "brand: b, languages: [el, Greek, e-]"), "f:6: languages: \"Greek\" is no language, such as el or pt-BR\nf:6: languages: \"e-\" is no language, such as el or pt-BR"},
		{"a reply address that is none", "apps:\n" + replace(web, "brand: b", "brand: b, reply_url: shop"), "f:5: reply_url: is no address such as https://example.com/replies"},
		{"a reply address with a password", "apps:\n" + replace(web, "brand: b", `brand: b, reply_url: "https://a:b@example.com"`), "f:5: reply_url: is no address such as https://example.com/replies"},
		{"a reply secret that signs nothing", "apps:\n" + replace(web, "  accounts", "  reply_secret: whpk_YWJj\n  accounts"), "f:5: reply_secret: a public key signs nothing: give a secret, whsec_"},
		{"a channel that is none", replace(hub, "channel: instagram", "channel: insta"), `f:6: channel: platform meta has no channel "insta": it is one of messenger, facebook_page, instagram, whatsapp, threads`},
		{"a channel of another platform", replace(hub, "channel: instagram", "channel: x"), `f:6: channel: platform meta has no channel "x": it is one of messenger, facebook_page, instagram, whatsapp, threads`},
		{"one id for two channels", hub + "  - {id: \"1\", channel: messenger, brand: c}\n", `f:7: account "1" of platform meta is there twice, first in app "a"`},
		{"one id in two apps", hub + "- name: b\n  platform: meta\n  secrets: [s]\n  accounts:\n  - {id: 1, brand: c}\n", `f:11: account "1" of platform meta is there twice, first in app "a"`},
		{"a channel in place of the platform", replace(hub, "platform: meta", "platform: whatsapp"), `f:3: app: platform "whatsapp" is called meta here`},
		{"an empty verify token", replace(hub, "  secrets", "  verify_token: \"\"\n  secrets"), "f:4: verify_token: is empty"},
		{"a list of verify tokens", replace(hub, "  secrets", "  verify_token: [a, b]\n  secrets"), "f:4: verify_token: is no text"},
		{"a version that is none", replace(hub, "  secrets", "  graph_version: 25\n  secrets"), `f:4: graph_version: "25" is no version, such as v25.0`},
		{"a version with a path behind it", replace(hub, "  secrets", "  threads_version: v1.0/me\n  secrets"), `f:4: threads_version: "v1.0/me" is no version, such as v25.0`},
		{"a page that is no id", replace(hub, "brand: b", "brand: b, page: aegean"), `f:6: page: "aegean" is no id of a page`},
		{"a token of the app's in place of the account's", replace(hub, "  secrets", "  token: x\n  secrets"), `f:4: app: there is no field "token"`},
		{"what X does not have", "apps:\n- {name: a, platform: x, secrets: [s], verify_token: t, accounts: [{id: 1, brand: b}]}\n", `f:2: app: there is no field "verify_token"`},
		{"a vendor with accounts", "apps:\n- {name: a, platform: vendor, secrets: [whsec_YWJj], accounts: [{id: 1, brand: b}]}\n", `f:2: app: there is no field "accounts"`},
		{"a vendor without a secret", "apps:\n- {name: a, platform: vendor}\n", `f:2: app "a": secrets are missing: nobody could check its webhooks`},
		{"an empty secret of Meta's", replace(hub, "[s]", `[s, ""]`), "f:4: secrets: is empty"},
		{"several at once, in order", replace(replace(line, "brand: b", "zone: x"), "[s]", "[]"), "f:4: secrets: the list is empty\nf:6: account: brand is missing\nf:6: zone: there is no time zone \"x\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := platform.Load([]byte(tt.doc), "f", platform.ForAll)
			if err == nil {
				t.Fatal("no mistake was found")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("the mistake differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNobodyGetsMoreOfTheAccountsFileThanTheyNeed(t *testing.T) {
	t.Parallel()
	all := []string{"line-secret", "line-token", "other-token", "whsec_d2ViLXNlY3JldA==", "whsec_cmVwbHktc2VjcmV0", "in-the-address", "hunter2"}
	tests := []struct {
		name  string
		use   platform.Use
		knows []string
	}{
		{"the door knows what signs webhooks", platform.ForSigning, []string{"line-secret", "whsec_d2ViLXNlY3JldA=="}},
		{"the courier knows what replies are sent with", platform.ForSending, []string{"line-token", "other-token", "whsec_d2ViLXNlY3JldA==", "whsec_cmVwbHktc2VjcmV0", "in-the-address"}},
		{"triage and console know no secret", platform.ForReading, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc, err := platform.Project([]byte(twoApps), "accounts.yaml", tt.use)
			if err != nil {
				t.Fatal(err)
			}
			var knows []string
			for _, secret := range all {
				if strings.Contains(string(doc), secret) {
					knows = append(knows, secret)
				}
			}
			if diff := cmp.Diff(tt.knows, knows); diff != "" {
				t.Errorf("what is in the document differs (-want +got):\n%s", diff)
			}
			a, whole := load(t, string(doc), tt.use), load(t, twoApps, tt.use)
			if diff := cmp.Diff(whole.Apps(), a.Apps()); diff != "" {
				t.Errorf("the whole file tells more for the same use (-whole +projected):\n%s", diff)
			}
			if got, _ := a.Account("line", "U1"); got.Brand != "Aegean Coffee" {
				t.Errorf("the account became %v", got)
			}
			if len(a.Receivers()) != 2 {
				t.Errorf("there are %d receivers", len(a.Receivers()))
			}
		})
	}
	secret := regexp.MustCompile(`[a-z-]+-(?:secret|verify|proof|token)\b`)
	for use, knows := range map[platform.Use][]string{
		platform.ForSigning: {"meta-secret", "threads-secret", "meta-verify", "other-meta-secret", "x-secret"},
		platform.ForSending: {"meta-proof", "page-token", "instagram-token", "whatsapp-token", "threads-token", "x-token"},
		platform.ForReading: nil,
	} {
		doc, err := platform.Project([]byte(several), "accounts.yaml", use)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(knows, secret.FindAllString(string(doc), -1)); diff != "" {
			t.Errorf("what is in the document for use %d differs (-want +got):\n%s", use, diff)
		}
		if diff := cmp.Diff(load(t, several, use).Apps(), load(t, string(doc), use).Apps()); diff != "" {
			t.Errorf("the whole file tells more for the same use (-whole +projected):\n%s", diff)
		}
	}
	if _, err := platform.Project([]byte("apps: []"), "f", platform.ForReading); err == nil {
		t.Error("a broken file is projected")
	}
}

func TestAnchorsOfAnAccountsFileAreFollowed(t *testing.T) {
	t.Parallel()
	const doc = `apps:
- name: a
  platform: line
  secrets: &shared [s]
  accounts: [{id: U1, brand: &brand "Aegean Coffee", token: t}]
- {name: b, platform: line, secrets: *shared, accounts: [{id: U2, brand: *brand, token: t}]}
`
	if got := load(t, doc, platform.ForAll).Brand(desk.App{Platform: "line", Name: "b"}, "U2"); got != "Aegean Coffee" {
		t.Errorf("the brand is %q", got)
	}
	for _, use := range []platform.Use{platform.ForReading, platform.ForSigning, platform.ForSending} {
		out, err := platform.Project([]byte(doc), "f", use)
		if err != nil {
			t.Fatal(err)
		}
		load(t, string(out), use)
	}
}

func TestSomebodyWithOnlyABodyCanReadIt(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"line", "standard", "standard_webhooks", "meta", "messenger", "facebook_page", "facebook", "instagram", "whatsapp", "threads", "x"} {
		if _, err := platform.Reader(name, "a"); err != nil {
			t.Error(err)
		}
	}
	for _, tt := range []struct{ name, want string }{{"google", "not spoken yet"}, {"icq", "no platform"}, {"", "no platform"}} {
		if _, err := platform.Reader(tt.name, "a"); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Reader(%q) = %v, want %s", tt.name, err, tt.want)
		}
	}
}

// FuzzLoad holds that no file panics, that mistakes have lines, and that what
// can be loaded can be projected and loaded again.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(twoApps))
	f.Add([]byte(several))
	f.Add([]byte("apps: &a [*a]"))
	f.Add([]byte("apps: [{? [x] : y, platform: line}]"))
	f.Add([]byte("a: &a {<<: *a}\napps: [*a]"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if _, err := platform.Load(doc, "f", platform.ForAll); err != nil {
			for one := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.HasPrefix(one, "f:") {
					t.Errorf("a mistake without a line: %q of %q", one, err)
				}
			}
			return
		}
		for _, use := range []platform.Use{platform.ForReading, platform.ForSigning, platform.ForSending} {
			out, err := platform.Project(doc, "f", use)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := platform.Load(out, "f", use); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		}
	})
}

func TestAVendorIsAnAppWithoutAccounts(t *testing.T) {
	t.Parallel()
	const doc = "apps:\n- {name: acme, platform: vendor, secrets: [whsec_YWJj]}\n"
	acme := desk.App{Platform: "vendor", Name: "acme"}
	for use, secrets := range map[platform.Use]int{platform.ForReading: 0, platform.ForSigning: 1, platform.ForSending: 0} {
		out, err := platform.Project([]byte(doc), "f", use)
		if err != nil {
			t.Fatal(err)
		}
		a := load(t, string(out), use)
		if apps := a.Apps(); len(apps) != 1 || apps[0].App != acme || len(apps[0].Secrets) != secrets || len(apps[0].Accounts) != 0 {
			t.Errorf("for use %d there is %+v", use, apps)
		}
		if id, ok := a.Single("vendor", "acme"); !ok || id != "acme" {
			t.Errorf("its events are about %q", id)
		}
		e, err := a.Receivers()[acme].Parse(desk.RawEvent{Body: []byte(`{"type":"ticket.update","data":{"id":"u","ticket":"abc.1","status":"done"}}`)})
		if err != nil || e.Account != "acme" || e.Kind != desk.VendorUpdate {
			t.Errorf("%+v, %v", e, err)
		}
		if senders, err := a.Senders("http://127.0.0.1:1", http.DefaultClient, time.Now); err != nil {
			t.Error(err)
		} else if _, err := senders.Sender(desk.Origin{Platform: "vendor", App: "acme", Account: "acme"}); err == nil {
			t.Error("a vendor is replied to")
		}
	}
	if can := platform.Capability(desk.Origin{Platform: "vendor"}, desk.Answered{}); can.Channels == nil || len(can.Channels) > 0 {
		t.Errorf("a vendor can be told %v", can.Channels)
	}
}
