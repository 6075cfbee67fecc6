package platform_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/webhook"
)

// A vector is a webhook or a handshake with what is to become of it. Fields that
// only platforms have which are not spoken yet are left out.
type vector struct {
	ID         string            `json:"id"`
	Platform   string            `json:"platform"` // or a channel of one
	Kind       string            `json:"kind"`     // signature or handshake
	Scheme     string            `json:"scheme"`
	Secret     string            `json:"secret"`
	Secrets    []string          `json:"secrets"` // in place of one, during rotation
	AppID      string            `json:"app_id"`  // Zalo
	Headers    map[string]string `json:"headers"`
	Body       string            `json:"body"`
	BodyBase64 []byte            `json:"body_base64"`
	Query      string            `json:"query"`  // of a handshake, as it stands in the address
	Method     string            `json:"method"` // of a handshake; GET where it is not said
	Expected   *greeted          `json:"expected_response"`
	Now        *int64            `json:"now"` // Unix seconds; for a platform that signs the time
	Tolerance  *int64            `json:"tolerance_s"`
	Valid      bool              `json:"valid"`
	Note       string            `json:"note"`
}

// A greeted is what a handshake is to be answered.
type greeted struct {
	Status int    `json:"status"`
	Type   string `json:"content_type"`
	Body   string `json:"body"`
}

// A scheme is a way to sign or to ask, as vectors name it.
type scheme struct {
	platform desk.Platform
	kind     string
	token    bool // what a vector calls its secret is the verify token
	topic    bool // or the topic that was subscribed to
}

// schemes are those that the desk speaks.
func schemes() map[string]scheme {
	return map[string]scheme{
		"line-sha256-base64":           {platform: "line", kind: "signature"},
		"standard-webhooks-v1":         {platform: "standard", kind: "signature"},
		"standard-webhooks-v1a":        {platform: "standard", kind: "signature"},
		"hub-sha256-hex":               {platform: "meta", kind: "signature"},
		"hub-get":                      {platform: "meta", kind: "handshake", token: true},
		"x-sha256-base64":              {platform: "x", kind: "signature"},
		"x-crc":                        {platform: "x", kind: "handshake"},
		"viber-sha256-hex":             {platform: "viber", kind: "signature"},
		"zalo-mac-sha256":              {platform: "zalo", kind: "signature"},
		"slack-v0-sha256-hex":          {platform: "slack", kind: "signature"},
		"slack-challenge":              {platform: "slack", kind: "handshake"},
		"discord-ed25519":              {platform: "discord", kind: "signature"},
		"linkedin-prefixed-sha256-hex": {platform: "linkedin", kind: "signature"},
		"tiktok-t-s-sha256-hex":        {platform: "tiktok", kind: "signature"},
		"linkedin-challenge":           {platform: "linkedin", kind: "handshake"},
		"websub-sha1-hex":              {platform: "youtube", kind: "signature"},
		"websub-get":                   {platform: "youtube", kind: "handshake", topic: true},
		"static-token":                 {platform: "telegram", kind: "token"},
	}
}

// TestVectors checks recorded signatures and handshakes: our own few, or those of
// the file that SKALA_VECTORS names. There an entry that nothing here can judge
// fails, so that none passes untested.
func TestVectors(t *testing.T) {
	t.Parallel()
	path := "testdata/vectors.json"
	if named := os.Getenv("SKALA_VECTORS"); named != "" {
		path = named
	}
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(doc, &vectors); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if len(vectors) == 0 {
		t.Fatalf("%s: no vectors", path)
	}
	for _, v := range vectors {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			webhooks, err := v.app()
			if why, ok := errors.AsType[unjudged](err); ok {
				t.Fatal(why)
			}
			if v.Kind == "handshake" {
				if err != nil {
					t.Fatal(err)
				}
				v.greet(t, webhooks)
				return
			}
			if err == nil { // else a secret that cannot work, which is a refusal
				err = v.verify(webhooks)
			}
			if (err == nil) != v.Valid {
				t.Errorf("%s: valid is %v, but the answer is: %v", v.Note, v.Valid, err)
			}
		})
	}
}

// An unjudged is why a vector says nothing about us.
type unjudged string

func (u unjudged) Error() string { return string(u) }

// app puts the vector's secrets into an accounts file and returns the webhooks
// that this makes.
func (v vector) app() (platform.Webhooks, error) {
	s, ok := schemes()[v.Scheme]
	if _, err := platform.Reader(v.Platform, ""); err != nil || !ok || v.Kind != s.kind || !spokenAs(v.Platform, s.platform) {
		return nil, unjudged(fmt.Sprintf("%s %s of %s is not spoken yet", v.Kind, v.Scheme, v.Platform))
	}
	if v.Tolerance != nil && *v.Tolerance != 300 {
		return nil, unjudged("the tolerance is fixed at 300 s")
	}
	if v.Kind == "handshake" && v.Expected == nil {
		return nil, unjudged("a handshake without an expected response")
	}
	secrets := v.Secrets
	if secrets == nil {
		secrets = []string{v.Secret}
	}
	app := map[string]any{"name": "vector", "platform": s.platform, "secrets": secrets, "accounts": []any{map[string]any{"id": "a", "brand": "b"}}}
	if v.Platform == "vendor" {
		s.platform = "vendor"
		app["platform"] = s.platform
		delete(app, "accounts")
	}
	if v.AppID != "" {
		app["app_id"] = v.AppID
	}
	if s.token {
		app["verify_token"], app["secrets"] = v.Secret, []string{"not asked for"}
	}
	if s.topic {
		_, channel, _ := strings.Cut(v.Secret, "channel_id=")
		app["secrets"], app["accounts"] = []string{"not asked for"}, []any{map[string]any{"id": channel, "brand": "b"}}
	}
	doc, err := yaml.Marshal(map[string]any{"apps": []any{app}})
	if err != nil {
		return nil, unjudged(err.Error())
	}
	accounts, err := platform.Load(doc, "vector", platform.ForSigning)
	if err != nil {
		return nil, err
	}
	return accounts.Receivers()[desk.App{Platform: s.platform, Name: "vector"}], nil
}

// spokenAs reports whether a name in a vector is that of a platform or an alias.
func spokenAs(name string, p desk.Platform) bool {
	switch name {
	case "messenger", "facebook_page", "instagram", "whatsapp", "threads":
		return p == "meta"
	case "standard_webhooks", "vendor": // who signs as Standard Webhooks do
		return p == "standard"
	}
	return name == string(p)
}

// verify shows the webhook to w.
func (v vector) verify(w platform.Webhooks) error {
	h := http.Header{}
	for name, value := range v.Headers {
		h[name] = []string{value} // in the case in which it came
	}
	body := []byte(v.Body)
	if v.BodyBase64 != nil {
		body = v.BodyBase64
	}
	var now time.Time
	if v.Now != nil {
		now = time.Unix(*v.Now, 0)
	}
	return w.Verify(h, body, now)
}

// greet asks through the door, since that is who decodes the question.
func (v vector) greet(t *testing.T, w platform.Webhooks) {
	door := webhook.Door[platform.Webhooks]{
		Apps: map[desk.App]platform.Webhooks{{Platform: "p", Name: "vector"}: w}, Now: time.Now, Log: logs.New(io.Discard),
	}
	if v.Now != nil {
		door.Now = func() time.Time { return time.Unix(*v.Now, 0) }
	}
	r := httptest.NewRequest(cmp.Or(v.Method, http.MethodGet), "/webhooks/p/vector", strings.NewReader(v.Body))
	r.URL.RawQuery = v.Query
	for name, value := range v.Headers {
		r.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	door.Handler().ServeHTTP(answer, r)
	contentType, _, err := mime.ParseMediaType(answer.Header().Get("Content-Type"))
	if err != nil {
		t.Error(err)
	}
	got := greeted{answer.Code, contentType, answer.Body.String()}
	want := *v.Expected
	if want.Type == "application/json" { // its value counts, not its spacing
		got.Body, want.Body = spaced(t, got.Body), spaced(t, want.Body)
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("%s: the answer differs (-want +got):\n%s", v.Note, diff)
	}
	if v.Valid != (answer.Code == http.StatusOK) {
		t.Errorf("%s: valid is %v, and the answer is %d", v.Note, v.Valid, answer.Code)
	}
}

// spaced writes a JSON value in one way.
func spaced(t *testing.T, text string) string {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Errorf("%q: %v", text, err)
	}
	again, err := json.Marshal(value)
	if err != nil {
		t.Error(err)
	}
	return string(again)
}
