package endtoend_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/localtest"
	"example.com/skala/shared/desk"
)

// A release is a change of the source that a desk is built from.
type release map[string]struct{ file, before, after string }

// broken is a release whose parser reads nothing of LINE's, and whose splitter
// gives up on some of it.
func broken() release {
	return release{
		"the parser": {"shared/platform/line/parse.go", "func (w *Webhooks) Parse(raw desk.RawEvent) (desk.Event, error) {\n",
			"\tif true {\n\t\treturn desk.Event{}, fmt.Errorf(\"line: a bad release\")\n\t}\n"},
		"the splitter": {"shared/platform/line/webhooks.go", "func (w *Webhooks) Split(_ http.Header, body []byte) ([]desk.RawEvent, error) {\n",
			"\tif badRelease(body) {\n\t\treturn nil, fmt.Errorf(\"line: a worse release\")\n\t}\n"},
		// A file of its own brings what it imports: the others may change theirs.
		"the mistake": {"shared/platform/line/bad_release.go", "",
			"package line\n\nimport \"strings\"\n\nfunc badRelease(body []byte) bool { return strings.Contains(string(body), \"WHOLE\") }\n"},
	}
}

// apply makes the change in a checkout, or takes it back. A change of nothing is
// a file that the release adds.
func (r release) apply(home string, back bool) error {
	for name, change := range r {
		path := filepath.Join(home, filepath.FromSlash(change.file))
		if change.before == "" {
			if err := added(path, change.after, back); err != nil {
				return err
			}
			continue
		}
		doc, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		from, to := change.before, change.before+change.after
		if back {
			from, to = to, from
		}
		changed := strings.Replace(string(doc), from, to, 1)
		if changed == string(doc) {
			return fmt.Errorf("%s is not what it was in %s", name, change.file)
		}
		if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func added(path, text string, back bool) error {
	if back {
		return os.Remove(path)
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// skala is the command-line tool, run where the desk is.
type skala struct {
	w       *world
	program string
}

func buildSkala(t *testing.T, w *world) skala {
	t.Helper()
	program := filepath.Join(t.TempDir(), "skala")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "example.com/skala/infra/skala").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return skala{w, program}
}

// run returns the exit status, and what was printed as lines of JSON.
func (s skala) run(args ...string) (status int, lines []map[string]any) {
	s.w.t.Helper()
	cmd := exec.CommandContext(s.w.t.Context(), s.program, args...)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stderr = s.w.Home(), &stderr
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() != 1) {
		s.w.t.Fatalf("skala %v: %v\n%s", args, err, &stderr)
	}
	for _, line := range bytes.Split(bytes.TrimSpace(out), []byte("\n")) {
		var v map[string]any
		if len(line) > 0 && json.Unmarshal(line, &v) != nil {
			s.w.t.Fatalf("skala %v printed %s", args, line)
		}
		if v != nil {
			lines = append(lines, v)
		}
	}
	return cmd.ProcessState.ExitCode(), lines
}

// sums adds up the rows of the accounting.
func (s skala) sums() (status int, sum desk.LedgerRow) {
	s.w.t.Helper()
	status, rows := s.run("accounting")
	for _, r := range rows {
		count := func(name string) int { n, _ := r[name].(float64); return int(n) }
		sum.Accepted += count("accepted")
		sum.Ticketed += count("ticketed")
		sum.Appended += count("appended")
		sum.Quarantined += count("quarantined")
		sum.InFlight += count("in_flight")
		sum.Duplicate += count("duplicate")
		sum.Ignored += count("ignored")
	}
	return status, sum
}

// addsUpTo waits for the accounting, whose marks follow the tickets.
func (s skala) addsUpTo(want desk.LedgerRow) {
	s.w.t.Helper()
	var got desk.LedgerRow
	var status int
	defer func() {
		if got != want {
			s.w.t.Errorf("the accounting has %+v, status %d, want %+v", got, status, want)
		}
	}()
	s.w.wait("the accounting adds up", patience, func() bool {
		status, got = s.sums()
		return status == 0 && got == want
	})
}

// TestWhatABadReleaseLeftBecomesItsTicketsOnceItIsMended runs a desk built from a
// source with a broken parser, then the same desk without the mistake.
func TestWhatABadReleaseLeftBecomesItsTicketsOnceItIsMended(t *testing.T) {
	bad := broken()
	w := open(t, localtest.Options{Change: func(home string) error { return bad.apply(home, false) }})
	tool := buildSkala(t, w)
	const alone, first, second = "U91910000919100009191000091910000", "U92920000929200009292000092920000", "U93930000939300009393000093930000"
	single := text("SINGLE1", "91", alone, "I was charged twice")
	three := threeEvents(t, first, first, second)
	for _, body := range [][]byte{single, three} {
		if code := w.line(body); code != 200 {
			t.Fatalf("answered %d", code)
		}
	}
	var listed []map[string]any
	w.wait("both are in quarantine", patience, func() bool {
		_, listed = tool.run("redrive", "-list")
		return len(listed) == 2
	})
	for _, item := range listed {
		raw, err := json.Marshal(item["raw"])
		if err != nil {
			t.Fatal(err)
		}
		var kept struct {
			Body  []byte
			Whole bool
		}
		if err := json.Unmarshal(raw, &kept); err != nil {
			t.Fatal(err)
		}
		if kept.Whole != bytes.Equal(kept.Body, three) || !kept.Whole && !bytes.Contains(kept.Body, []byte("SINGLE1")) || !strings.Contains(fmt.Sprint(item["reason"]), " release") {
			t.Errorf("kept %s for %v, whole %v", kept.Body, item["reason"], kept.Whole)
		}
	}
	if status, lines := tool.run("redrive", "-all"); status != 1 || len(lines) != 1 || lines[0]["unreadable"] != 2.0 || lines[0]["sent"] != 0.0 {
		t.Errorf("replayed in vain: %d, %v", status, lines)
	}
	tool.addsUpTo(desk.LedgerRow{Accepted: 2, Quarantined: 2})

	w.Stop()
	if err := bad.apply(w.Home(), true); err != nil {
		t.Fatal(err)
	}
	w.Run()
	mended := time.Now()
	for range 2 {
		if status, lines := tool.run("redrive", "-all"); status != 0 || len(lines) != 1 || lines[0]["unreadable"] != 0.0 {
			t.Errorf("replayed: %d, %v", status, lines)
		}
	}
	w.wait("all four messages stand on tickets", patience, func() bool { return len(w.messages()) == 4 })
	for author, messages := range map[string]int{alone: 1, first: 2, second: 1} {
		got := w.of(author)
		if len(got.Messages) != messages || got.Category != "billing" || !got.Timeline[0].At.Before(mended) {
			t.Errorf("%s has %d messages on a ticket of %s, from %v", author, len(got.Messages), got.Category, got.Timeline[0].At)
		}
	}
	tool.addsUpTo(desk.LedgerRow{Accepted: 4, Ticketed: 3, Appended: 1})
	if _, listed = tool.run("redrive", "-list"); len(listed) != 0 {
		t.Errorf("still in quarantine: %v", listed)
	}
	deadLetters(t, w, tool, w.of(alone))
}

// threeEvents is one webhook of LINE with a message of each author.
func threeEvents(t *testing.T, authors ...string) []byte {
	t.Helper()
	all := map[string]any{"destination": lineAccount}
	var events []any
	for n, author := range authors {
		var one struct{ Events []any }
		if err := json.Unmarshal(text(fmt.Sprint("WHOLE", n), fmt.Sprint("92", n), author, "I was charged twice"), &one); err != nil {
			t.Fatal(err)
		}
		events = append(events, one.Events...)
	}
	all["events"] = events
	doc, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// deadLetters puts nudges of a ticket, and an event, among the dead letters of a
// running desk, and gives them back. Nudges do no harm; the event becomes its
// ticket.
func deadLetters(t *testing.T, w *world, tool skala, of ticket) {
	e, err := emulator.Desk(w.Home(), slog.New(slog.DiscardHandler)).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	queues, err := e.SQS().ListQueues(t.Context(), &sqs.ListQueuesInput{})
	if err != nil {
		t.Fatal(err)
	}
	bury := func(queue string, v any) {
		t.Helper()
		doc, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, url := range queues.QueueUrls {
			if strings.HasSuffix(url, queue+"DeadLetters") {
				body := string(doc)
				if _, err := e.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}); err != nil {
					t.Fatal(err)
				}
				return
			}
		}
		t.Fatalf("there is no dead-letter queue of %s", queue)
	}
	nudge := desk.Nudge{Ticket: desk.TicketID(of.ID), Version: 1}
	for _, queue := range []string{"Due", "Outbound", "Fetch", fmt.Sprint("Tier", of.Tier)} {
		bury(queue, nudge)
		bury(queue, desk.Nudge{Ticket: desk.NewTicketID("nobody", 1), Version: 1})
	}
	const author = "U94940000949400009494000094940000"
	bury("Inbound", desk.RawEvent{App: desk.App{Platform: "line", Name: "demo"}, Account: lineAccount, Body: text("DEAD", "94", author, "I was charged twice"), Received: time.Now()})
	// What a lost answer of the emulator took out of the queue is there again after
	// half a minute.
	w.wait("both of due are listed", patience, func() bool {
		status, lines := tool.run("redrive", "-queue", "due", "-list")
		return status == 0 && len(lines) == 2 && lines[0]["receives"] != 0.0
	})
	for queue, want := range map[string]float64{"due": 2, "outbound": 2, "fetch": 2, fmt.Sprint("tier", of.Tier): 2, "inbound": 1} {
		var redriven float64
		w.wait("all of "+queue+" are redriven", patience, func() bool {
			status, lines := tool.run("redrive", "-queue", queue, "-all")
			for _, line := range lines {
				n, _ := line["redriven"].(float64)
				redriven += n
			}
			return status == 0 && redriven >= want
		})
		if redriven != want {
			t.Errorf("%v of %s redriven, want %v", redriven, queue, want)
		}
	}
	if got := w.of(author); len(got.Messages) != 1 {
		t.Errorf("the dead event became %+v", got)
	}
	var next struct{ ID string }
	if code := w.Ask("POST", fmt.Sprintf("%s/api/v1/tiers/%d/next", w.API, of.Tier), map[string]any{}, &next); code != 200 {
		t.Errorf("taking the next of tier %d: %d", of.Tier, code)
	}
	if got := w.ticket(of.ID); len(got.Messages) != len(of.Messages) || got.Tier != of.Tier || got.Severity != of.Severity {
		t.Errorf("the nudged ticket became %+v", got)
	}
}
