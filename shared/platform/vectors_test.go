package platform_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
)

// A vector is a webhook or a handshake with what is to become of it. Fields that
// only platforms have which are not spoken yet are left out.
type vector struct {
	ID         string            `json:"id"`
	Platform   string            `json:"platform"`
	Kind       string            `json:"kind"`
	Scheme     string            `json:"scheme"`
	Secret     string            `json:"secret"`
	Secrets    []string          `json:"secrets"` // in place of one, during rotation
	Headers    map[string]string `json:"headers"`
	Body       string            `json:"body"`
	BodyBase64 []byte            `json:"body_base64"`
	Now        *int64            `json:"now"` // Unix seconds; for a platform that signs the time
	Tolerance  *int64            `json:"tolerance_s"`
	Valid      bool              `json:"valid"`
	Note       string            `json:"note"`
}

// TestVectors checks recorded signatures: our own few, or those of the file that
// SKALA_VECTORS names. There an entry that nothing here can judge fails, so that
// none passes untested.
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
			err := v.verify()
			if why, ok := errors.AsType[unjudged](err); ok {
				t.Fatal(why)
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

// verify puts the vector's secrets into an accounts file and its webhook before
// what that file makes.
func (v vector) verify() error {
	name := v.Platform
	if name == "standard_webhooks" {
		name = "standard"
	}
	schemes := map[string]string{
		"line-sha256-base64":    "line",
		"standard-webhooks-v1":  "standard",
		"standard-webhooks-v1a": "standard",
	}
	if spoken := schemes[v.Scheme]; spoken == "" || spoken != name || v.Kind != "signature" {
		return unjudged(fmt.Sprintf("%s %s of %s is not spoken yet", v.Kind, v.Scheme, v.Platform))
	}
	if v.Tolerance != nil && *v.Tolerance != 300 {
		return unjudged("the tolerance is fixed at 300 s")
	}
	secrets := v.Secrets
	if secrets == nil {
		secrets = []string{v.Secret}
	}
	doc, err := yaml.Marshal(map[string]any{"apps": []any{map[string]any{
		"name": "vector", "platform": name, "secrets": secrets,
		"accounts": []any{map[string]any{"id": "a", "brand": "b"}},
	}}})
	if err != nil {
		return unjudged(err.Error())
	}
	accounts, err := platform.Load(doc, "vector", platform.ForSigning)
	if err != nil {
		return err // a secret that cannot work
	}
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
	return accounts.Receivers()[desk.App{Platform: desk.Platform(name), Name: "vector"}].Verify(h, body, now)
}
