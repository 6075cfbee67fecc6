package platform_test

import (
	"os"
	"testing"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
)

func TestTheDemoAccountsCanBeLoaded(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../infra/local/accounts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	a, err := platform.Load(doc, "accounts.yaml", platform.ForAll)
	if err != nil {
		t.Fatal(err)
	}
	for _, app := range []desk.App{{Platform: "line", Name: "demo"}, {Platform: "standard", Name: "demo"}} {
		if a.Receivers()[app] == nil {
			t.Errorf("nothing receives for %v", app)
		}
	}
}
