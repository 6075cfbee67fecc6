package world_test

import (
	"net/http"
	"testing"
	"time"

	"example.com/skala/infra/crash/world"
	"example.com/skala/infra/emulator"
	"example.com/skala/infra/template"
)

// A machine's clock that is set back hides what was just sent for a moment. So
// does the delay here, which the functions know nothing of.
func TestAFunctionGetsWhatItsQueueHidesForAMoment(t *testing.T) {
	t.Parallel()
	e := emulator.ForTest(t)
	root, err := template.Root()
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.Open(t.Context(), e, tmpl)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close(t.Context())
	if err := w.PutLate(t.Context(), "FetchDeadLetters", "a letter", time.Second); err != nil {
		t.Fatal(err)
	}
	answer, err := w.Ask(t.Context(), world.Request{Who: world.Lead, Path: "/api/v1/dead-letters/redrive", JSON: map[string]any{"queue": "fetch", "all": true}})
	if err != nil || answer.Status != http.StatusOK {
		t.Fatal(answer.Status, err)
	}
	if left := w.Letters("FetchDeadLetters"); len(left) != 0 {
		t.Errorf("%d letters are still there: %s", len(left), answer.Body)
	}
}
