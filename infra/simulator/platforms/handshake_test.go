package platforms_test

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestHandshakesAreMadeAndChecked(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w.Greet(ctx, 0)
	all := w.Handshakes()
	var asked []string
	for _, h := range all {
		if asked = append(asked, h.Platform); !h.OK {
			t.Errorf("%+v", h)
		}
	}
	if got := strings.Join(asked, " "); got != "linkedin meta x" {
		t.Errorf("asked were %s", got)
	}
}
