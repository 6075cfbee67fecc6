package platforms_test

import (
	"testing"
	"time"

	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
)

func TestWebhooksMisbehaveOnRequest(t *testing.T) {
	t.Parallel()
	second := platforms.Duration(10 * time.Millisecond)
	said := platforms.Say{Platform: "line", Persona: "jo", Text: "one"}
	t.Run("redelivered", func(t *testing.T) {
		t.Parallel()
		w := open(t, "")
		if err := w.Misbehave(platforms.Fault{Fault: "redeliver", Times: 2, After: second}); err != nil {
			t.Fatal(err)
		}
		told := w.say(t, said)
		for _, e := range w.wait(t, 3) {
			if e.Key != told.Event {
				t.Errorf("redelivered under another id: %+v", e)
			}
		}
		if err := w.Redeliver(t.Context(), told.Event, 1, 0); err != nil {
			t.Fatal(err)
		}
		if events := w.wait(t, 1); len(events) != 4 {
			t.Errorf("%d events", len(events))
		}
	})
	t.Run("in many copies at once", func(t *testing.T) {
		t.Parallel()
		w := open(t, "")
		if err := w.Misbehave(platforms.Fault{Fault: "duplicate", Times: 9}); err != nil {
			t.Fatal(err)
		}
		w.say(t, said)
		if events := w.wait(t, 10); len(events) != 10 {
			t.Errorf("%d events", len(events))
		}
	})
	t.Run("out of order", func(t *testing.T) {
		t.Parallel()
		w := open(t, "")
		if err := w.Misbehave(platforms.Fault{Fault: "reorder"}); err != nil {
			t.Fatal(err)
		}
		if told := w.say(t, said); !told.Held {
			t.Errorf("not held: %+v", told)
		}
		w.say(t, platforms.Say{Platform: "line", Persona: "jo", Text: "two"})
		events := w.wait(t, 2)
		if events[0].Text != "two" || events[1].Text != "one" || events[1].Time.After(events[0].Time) {
			t.Errorf("came as %q, %q", events[0].Text, events[1].Text)
		}
	})
	t.Run("held, and let go though nothing overtakes it", func(t *testing.T) {
		t.Parallel()
		w := open(t, "")
		if err := w.Misbehave(platforms.Fault{Fault: "reorder", After: second}); err != nil {
			t.Fatal(err)
		}
		w.say(t, said)
		if events := w.wait(t, 1); events[0].Text != "one" {
			t.Errorf("%+v", events)
		}
	})
	t.Run("two people in one body", func(t *testing.T) {
		t.Parallel()
		w := open(t, "")
		if err := w.Misbehave(platforms.Fault{Fault: "batch"}); err != nil {
			t.Fatal(err)
		}
		w.say(t, said)
		w.say(t, platforms.Say{Platform: "line", Persona: "malee", Text: "two"})
		if events := w.wait(t, 1); len(events) != 2 || events[0].Author.ID == events[1].Author.ID {
			t.Errorf("%+v", events)
		}
	})
	t.Run("changed after signing", func(t *testing.T) {
		t.Parallel()
		for _, platform := range []string{"line", "standard"} {
			w := open(t, "")
			if err := w.Misbehave(platforms.Fault{Fault: "tamper"}); err != nil {
				t.Fatal(err)
			}
			if told := w.say(t, platforms.Say{Platform: platform, Persona: "jo", Text: "one"}); told.Status != 401 {
				t.Errorf("%s: %+v", platform, told)
			}
			if told := w.say(t, platforms.Say{Platform: platform, Persona: "jo", Text: "two"}); told.Status != 200 {
				t.Errorf("%s: the next one: %+v", platform, told)
			}
		}
	})
	t.Run("stale", func(t *testing.T) {
		t.Parallel()
		w := open(t, "")
		if err := w.Misbehave(platforms.Fault{Fault: "stale"}); err != nil {
			t.Fatal(err)
		}
		if told := w.say(t, platforms.Say{Platform: "standard", Persona: "jo", Text: "one"}); told.Status != 401 {
			t.Errorf("%+v", told)
		}
	})
	t.Run("posted again when the desk could not take it", func(t *testing.T) {
		t.Parallel()
		w := open(t, "")
		w.status = func(n int) int {
			if n == 1 {
				return 503
			}
			return 200
		}
		told := w.say(t, said)
		events := w.wait(t, 2)
		if told.Status != 503 || len(events) != 1 || events[0].Key != told.Event {
			t.Errorf("told %+v, then %+v", told, events)
		}
	})
	t.Run("until somebody ends it", func(t *testing.T) {
		t.Parallel()
		w := open(t, "")
		if err := w.Misbehave(platforms.Fault{Fault: "tamper", Count: -1}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if told := w.say(t, said); told.Status != 401 {
				t.Errorf("%+v", told)
			}
		}
		w.Behave()
		if told := w.say(t, said); told.Status != 200 || len(w.Faults()) != 0 {
			t.Errorf("%+v, %v", told, w.Faults())
		}
	})
}

func TestSendsMisbehaveOnRequest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fault    string
		accepted bool
		class    desk.SendClass
	}{
		{"timeout", true, desk.SendRetry},
		{"lost", true, desk.SendRetry},
		{"broken", true, desk.SendRetry},
		{"500", false, desk.SendRetry},
		{"429", false, desk.SendRetry},
		{"401", false, desk.SendAuth},
		{"400", false, desk.SendRejected},
		{"quota", false, desk.SendRejected},
		{"410", false, desk.SendUnreachable},
	}
	for _, tt := range tests {
		for _, name := range []string{"line", "standard"} {
			if tt.fault == "quota" && name == "standard" || tt.fault == "410" && name == "line" {
				continue
			}
			t.Run(name+" "+tt.fault, func(t *testing.T) {
				t.Parallel()
				w := open(t, "")
				w.say(t, platforms.Say{Platform: name, Persona: "jo", Text: "hello"})
				e := w.wait(t, 1)[0]
				fault := platforms.Fault{Fault: tt.fault, Platform: name}
				if tt.fault == "timeout" {
					fault.After = platforms.Duration(50 * time.Millisecond)
				}
				if tt.fault == "429" {
					fault.After = platforms.Duration(7 * time.Second)
				}
				if err := w.Misbehave(fault); err != nil {
					t.Fatal(err)
				}
				reply := desk.Reply{Key: "k", Ticket: "t.1", Origin: origin(name, e), To: e.Author.ID, Text: "yes"}
				sender, err := w.senders.Sender(reply.Origin)
				if err != nil {
					t.Fatal(err)
				}
				_, err = sender.Send(t.Context(), reply)
				failed, ok := err.(*desk.SendError)
				if !ok || failed.Class != tt.class || tt.fault == "429" && failed.After != 7*time.Second {
					t.Errorf("%#v", err)
				}
				if got := len(w.Replies("", "", "")) == 1; got != tt.accepted {
					t.Errorf("accepted: %v", got)
				}
				if _, err := sender.Send(t.Context(), reply); err != nil {
					t.Errorf("the second try: %v", err)
				}
				if got := w.Replies("", "", ""); len(got) != 1 {
					t.Errorf("the customer has it %d times", len(got))
				}
			})
		}
	}
}
