package endtoend_test

import (
	"log/slog"
	"testing"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/localtest"
)

// TestWithQueueAndTableDownThePlatformSendsItAgain ends the emulator under a
// running desk, which is an outage of both.
func TestWithQueueAndTableDownThePlatformSendsItAgain(t *testing.T) {
	w := open(t, localtest.Options{})
	const before, during = "U66660000666600006666000066660000", "U77770000777700007777000077770000"
	w.line(text("BEFORE", "before", before, "I was charged twice"))
	id := w.of(before).ID
	if err := emulator.Desk(w.Home(), slog.New(slog.DiscardHandler)).Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := text("DURING", "during", during, "I was charged twice")
	if code := w.line(again); code != 503 {
		t.Errorf("with queue and table down a webhook was answered %d", code)
	}
	if code := w.Ask("GET", w.Console+"/healthz", nil, nil); code != 503 {
		t.Errorf("with the table down the health check answered %d", code)
	}
	w.Kill()
	w.Run()
	if code := w.line(again); code != 200 {
		t.Errorf("sent again, it was answered %d", code)
	}
	w.of(during)
	if got := w.ticket(id); len(got.Messages) != 1 {
		t.Errorf("what was there before has %d messages", len(got.Messages))
	}
	w.wait("the desk is well again", patience, func() bool { return w.Ask("GET", w.Console+"/healthz", nil, nil) == 200 })
}
