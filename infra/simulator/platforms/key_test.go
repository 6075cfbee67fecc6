package platforms_test

import (
	"testing"

	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
)

func TestRepliesOfTwoTicketsUnderOneKeyBothArrive(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"line", "standard"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, "")
			w.say(t, platforms.Say{Platform: name, Persona: "jo", Text: "hello"})
			w.say(t, platforms.Say{Platform: name, Persona: "malee", Text: "hello"})
			for i, e := range w.wait(t, 2) {
				reply := desk.Reply{Key: "1", Ticket: desk.TicketID([]string{"a.1", "b.1"}[i]), Origin: origin(name, e), To: e.Author.ID, Text: "yes"}
				sender, err := w.senders.Sender(reply.Origin)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := sender.Send(t.Context(), reply); err != nil {
					t.Fatal(err)
				}
			}
			if got := w.Replies("", "", ""); len(got) != 2 {
				t.Errorf("%d replies arrived", len(got))
			}
		})
	}
}
