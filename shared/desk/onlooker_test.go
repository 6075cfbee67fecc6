package desk_test

import (
	"fmt"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

func TestWhoIsAtATicketGoesByThemselves(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 3, 10, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	all := []desk.Onlooker{
		{Who: "sam", Seen: ago(39 * time.Second)}, {Who: "gone", Seen: ago(40 * time.Second)}, {Who: "me", Seen: now, Typed: now},
		{Who: "ann", Seen: ago(time.Second), Typed: ago(11 * time.Second)}, {Who: "bo", Seen: now, Typed: ago(12 * time.Second)}, {Who: "ahead", Seen: ago(-time.Hour)},
	}
	var got string
	for _, o := range desk.Present(all, "me", now) {
		got += fmt.Sprint(o.Who, " ", o.Typing(now), "; ")
	}
	if want := "ann true; bo false; sam false; "; got != want {
		t.Errorf("there are %q, want %q", got, want)
	}
}
