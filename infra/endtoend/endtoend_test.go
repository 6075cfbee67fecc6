package endtoend_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/skala/infra/localtest"
	"example.com/skala/infra/policy"
	"example.com/skala/infra/template"
)

// TestTheWholeDesk runs one desk for many stories, in an order that does not
// matter: each has authors of its own.
func TestTheWholeDesk(t *testing.T) {
	w := open(t, localtest.Options{})
	for name, story := range map[string]func(*testing.T, *world){
		"every recorded webhook becomes what it should":  payloads,
		"a generic source's message becomes a ticket":    generic,
		"ten workers on one thread make one ticket":      tenWorkers,
		"she was charged twice and is answered":          chargedTwice,
		"bad input gets a clear answer and nothing lost": badInput,
		"two agents want one ticket and one has it":      twoAgents,
	} {
		t.Run(name, func(t *testing.T) {
			inner := *w
			inner.t = t
			story(t, &inner)
		})
	}
}

type recorded struct {
	name  string
	body  []byte
	wants []event
}

// An event is what a golden file says of one.
type event struct {
	Kind, Key, ID, Direction, Text string
	Author                         struct{ ID string }
	Time                           time.Time
}

func recordings(t *testing.T) (all []recorded) {
	t.Helper()
	root, err := template.Root()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "shared", "platform", "line", "testdata", "*.webhook.json"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d recorded webhooks, %v", len(files), err)
	}
	for _, file := range files {
		r := recorded{name: filepath.Base(file)}
		if r.body, err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
		golden, err := os.ReadFile(strings.Replace(file, ".webhook.", ".golden.", 1))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(golden, &r.wants); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, r)
	}
	return all
}

// payloads posts each recorded webhook twice, and once with a byte changed, and
// compares what stands on tickets with what the parser's golden files say.
func payloads(t *testing.T, w *world) {
	wants := map[string]event{}
	edits, gone := map[string]event{}, map[string]bool{}
	for _, r := range recordings(t) {
		for range 2 {
			if code := w.line(r.body); code != 200 {
				t.Errorf("%s: answered %d", r.name, code)
			}
		}
		if changed := bytes.Replace(r.body, []byte(`"destination":"`), []byte(`"destination":"X`), 1); !bytes.Equal(changed, r.body) {
			if code := w.post("/webhooks/line/demo", changed, "x-line-signature", signLINE(r.body)); code != 401 {
				t.Errorf("%s with a byte changed: answered %d", r.name, code)
			}
		}
		for _, e := range r.wants {
			switch {
			case e.Kind == "message.created" && e.Direction == "in":
				wants[e.Key] = e
			case e.Kind == "message.edited":
				edits[e.Key] = e
			case e.Kind == "message.deleted":
				gone[e.Key] = true
			}
		}
	}
	if len(edits) == 0 || len(gone) == 0 {
		t.Error("the recordings hold no edit or no deletion")
	}
	var on map[string]ticket
	w.wait(fmt.Sprintf("all of %d messages stand on tickets", len(wants)), patience, func() bool {
		on = w.messages()
		for key := range wants {
			if _, ok := on[key]; !ok {
				return false
			}
		}
		return true
	})
	changed := 0
	for _, key := range slices.Sorted(maps.Keys(wants)) {
		want := wants[key]
		i := slices.IndexFunc(on[key].Messages, func(m message) bool { return m.Key == key })
		got := on[key].Messages[i]
		if got.Text != want.Text { // an edit or a deletion of the recordings speaks of it
			changed++
		}
		if got.Author.ID != want.Author.ID || !got.Time.Equal(want.Time) && !want.Time.IsZero() || got.ID != want.ID {
			t.Errorf("%s: %+v, want %+v", key, got, want)
		}
	}
	if changed > len(edits)+len(gone) {
		t.Errorf("%d texts differ, with %d edits and %d deletions", changed, len(edits), len(gone))
	}
	for key := range on {
		if _, known := wants[key]; !known && strings.HasPrefix(key, "01KATEST") {
			t.Errorf("%s is on a ticket and should not be", key)
		}
	}
}

func generic(t *testing.T, w *world) {
	body := []byte(`{"type":"message.created","timestamp":"2026-11-21T08:00:00.5Z","data":{"id":"gm_7","conversation_id":"conv_9","author":{"id":"cust_9","name":"Δοκιμή Πελάτη"},"text":"Με χρεώσατε δύο φορές","language":"el"}}`)
	for range 2 {
		if code := w.standard("msg_7", body); code != 200 {
			t.Fatalf("answered %d", code)
		}
	}
	got := w.of("cust_9")
	if len(got.Messages) != 1 || got.Messages[0].Text != "Με χρεώσατε δύο φορές" || got.Messages[0].Key != "msg_7" || got.Category != "billing" || got.Tier != 3 {
		t.Errorf("%+v", got)
	}
}

func tenWorkers(t *testing.T, w *world) {
	const user = "U11110000111100001111000011110000"
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			if code := w.line(text(fmt.Sprintf("TEN%d", i), fmt.Sprintf("ten%d", i), user, "ของยังไม่มาเลย "+fmt.Sprint(i))); code != 200 {
				t.Errorf("answered %d", code)
			}
		})
	}
	wg.Wait()
	w.wait("ten messages on one ticket", patience, func() bool { return len(w.of(user).Messages) == 10 })
	tickets := map[string]bool{}
	for key, on := range w.messages() {
		if strings.HasPrefix(key, "TEN") {
			tickets[on.ID] = true
		}
	}
	if len(tickets) != 1 {
		t.Errorf("%d tickets of one thread", len(tickets))
	}
}

// A told is what the simulator says of what a customer did.
type told struct {
	Event, Message, Author string
	Status                 int
}

func chargedTwice(t *testing.T, w *world) {
	var said told
	w.Ask("POST", w.Simulator+"/sim/api/say", map[string]any{"platform": "line", "app": "demo", "author": "charged-twice", "text": "โดนตัดเงินซ้ำสองครั้งค่ะ ขอเงินคืนด้วย"}, &said)
	began := time.Now()
	if said.Status != 200 {
		t.Fatalf("the desk answered the simulator: %+v", said)
	}
	got := w.of(said.Author)
	t.Logf("visible %v after it was said", time.Since(began).Round(time.Millisecond))
	if got.Tier != 3 || got.Category != "billing" || got.Severity != "critical" || len(got.Verdict.Reasons) == 0 {
		t.Fatalf("judged as %+v", got)
	}
	for _, r := range got.Verdict.Reasons {
		if r.End > r.Start && got.Messages[0].Text[r.Start:r.End] != r.Text {
			t.Errorf("reason %+v does not quote the text", r)
		}
	}
	var claim struct {
		Token   string
		Version int64
	}
	if code := w.Ask("POST", w.API+"/api/v1/tickets/"+got.ID+"/claim", map[string]any{}, &claim); code != 200 || claim.Token == "" {
		t.Fatalf("claim: %d %+v", code, claim)
	}
	reply := map[string]any{"text": "กำลังตรวจสอบค่ะ", "visibility": "private", "token": claim.Token, "last_seen": got.Messages[0].ID}
	for range 2 { // the second is a lost connection's
		if code := w.Ask("POST", w.API+"/api/v1/tickets/"+got.ID+"/reply", reply, nil, "Idempotency-Key", "k1"); code/100 != 2 {
			t.Fatalf("reply: %d", code)
		}
	}
	var heard struct {
		Items []struct {
			Text  string
			Count int
		}
	}
	w.wait("the reply shows in the simulator", patience, func() bool {
		w.Ask("GET", w.Simulator+"/sim/api/replies?platform=line&app=demo&author="+said.Author, nil, &heard)
		return len(heard.Items) > 0
	})
	w.wait("the ticket waits for the customer", patience, func() bool { return w.ticket(got.ID).State == "waiting" })
	if w.Ask("GET", w.Simulator+"/sim/api/replies?platform=line&app=demo&author="+said.Author, nil, &heard); len(heard.Items) != 1 || heard.Items[0].Text != "กำลังตรวจสอบค่ะ" {
		t.Errorf("heard %+v", heard)
	}
	if code := w.Ask("POST", w.API+"/api/v1/tickets/"+got.ID+"/reply", map[string]any{"text": "again", "visibility": "private", "token": "an old one"}, nil, "Idempotency-Key", "k2"); code != 409 {
		t.Errorf("a reply under an old token: %d", code)
	}
}

func badInput(t *testing.T, w *world) {
	body := []byte(`{"destination":"x","events":[]}`)
	large := bytes.Repeat([]byte("x"), 6<<20+1)
	broken := []byte(`{"destination":"x","events":[{"type":`)
	for name, tt := range map[string]struct {
		path, signature string
		body            []byte
		want            int
	}{
		"a platform trying the address":      {"/webhooks/line/demo", signLINE(body), body, 200},
		"an unknown platform":                {"/webhooks/nowhere/demo", signLINE(body), body, 404},
		"an unknown app":                     {"/webhooks/line/other", signLINE(body), body, 404},
		"no signature":                       {"/webhooks/line/demo", "", body, 401},
		"a signature that is no base64":      {"/webhooks/line/demo", "%%%", body, 401},
		"too large a body":                   {"/webhooks/line/demo", signLINE(large), large, 413},
		"unreadable JSON, rightly signed":    {"/webhooks/line/demo", signLINE(broken), broken, 200},
		"unreadable JSON, wrongly signed":    {"/webhooks/line/demo", signLINE(body), broken, 401},
		"a body that is not JSON whatsoever": {"/webhooks/line/demo", signLINE([]byte("\xff\xfe")), []byte("\xff\xfe"), 200},
	} {
		if code := w.post(tt.path, tt.body, "x-line-signature", tt.signature); code != tt.want {
			t.Errorf("%s: answered %d, want %d", name, code, tt.want)
		}
	}
	var kept struct {
		Items []struct {
			Reason string
			Raw    struct{ Body []byte }
		}
	}
	w.wait("what nobody can read is in quarantine", patience, func() bool {
		kept.Items = nil
		w.Ask("GET", w.API+"/api/v1/quarantine", nil, &kept)
		found := 0
		for _, k := range kept.Items {
			if k.Reason != "" && (bytes.Equal(k.Raw.Body, broken) || bytes.Equal(k.Raw.Body, []byte("\xff\xfe"))) {
				found++
			}
		}
		return found == 2
	})
}

func twoAgents(t *testing.T, w *world) {
	w.line(text("TWO", "two", "U22220000222200002222000022220000", "I was charged twice"))
	id := w.of("U22220000222200002222000022220000").ID
	var wg sync.WaitGroup
	codes := make(chan int, 8)
	for range cap(codes) {
		wg.Go(func() { codes <- w.Ask("POST", w.API+"/api/v1/tickets/"+id+"/claim", map[string]any{}, nil) })
	}
	wg.Wait()
	close(codes)
	won := 0
	for code := range codes {
		switch code {
		case 200:
			won++
		case 409:
		default:
			t.Errorf("a claim was answered %d", code)
		}
	}
	if won != 1 {
		t.Errorf("%d claims won", won)
	}
}

// brisk is the default policy with clocks of seconds for what is critical.
func brisk(t *testing.T, response string) []byte {
	t.Helper()
	const row = "critical: {calendar: always, first_response: 15m, resolution: 4h}"
	if !bytes.Contains(policy.Default, []byte(row)) {
		t.Fatal("the default policy has another row for critical")
	}
	return bytes.Replace(policy.Default, []byte(row), []byte("critical: {calendar: always, acknowledge: "+response+", first_response: "+response+", resolution: 4h}"), 1)
}

// breach returns when a ticket's first breach was due and when it was acted on.
func breach(got ticket) (deadline, acted time.Time) {
	for _, c := range got.Clocks {
		if c.Metric == "first_response" {
			deadline = c.Deadline
		}
	}
	for _, e := range got.Timeline {
		if e.What == "breached" && acted.IsZero() {
			acted = e.At
		}
	}
	return deadline, acted
}

func TestAMissedDeadlineIsActedOnInSecondsAndOverARestart(t *testing.T) {
	w := open(t, localtest.Options{Policy: brisk(t, "10s")})
	const first, second = "U44440000444400004444000044440000", "U55550000555500005555000055550000"
	w.line(text("CLOCK1", "clock1", first, "I was charged twice"))
	id := w.of(first).ID
	w.wait("the breach is acted on", patience, func() bool { _, acted := breach(w.ticket(id)); return !acted.IsZero() })
	deadline, acted := breach(w.ticket(id))
	if late := acted.Sub(deadline); late < 0 {
		t.Errorf("acted on %v before the deadline", -late)
	} else { // how late it may be is for the stories, whose clock no machine slows, and for make bench
		t.Logf("acted on %v after the deadline", late)
	}

	w.line(text("CLOCK2", "clock2", second, "I was charged twice"))
	id = w.of(second).ID
	w.Kill() // and with it all functions; the emulator lives on
	time.Sleep(12 * time.Second)
	w.Run()
	up := time.Now()
	w.wait("after a restart the breach is acted on", patience, func() bool { _, acted := breach(w.ticket(id)); return !acted.IsZero() })
	t.Logf("acted on %v after being up", time.Since(up).Round(10*time.Millisecond))
	if n := len(w.ticket(id).Messages); n != 1 {
		t.Errorf("%d messages after the restart", n)
	}
}

// TestWhatWasAnswered200IsThereOnce kills functions and the runner while
// webhooks pour in.
func TestWhatWasAnswered200IsThereOnce(t *testing.T) {
	w := open(t, localtest.Options{})
	var mu sync.Mutex
	accepted := map[string]bool{}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				key := fmt.Sprintf("KILL-%d-%d", worker, n)
				body := text(key, "m"+key, fmt.Sprintf("U%032d", n%7), "ของยังไม่มาเลย "+key)
				if code := w.line(body); code == 200 {
					mu.Lock()
					accepted[key] = true
					mu.Unlock()
				} else {
					time.Sleep(20 * time.Millisecond)
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	for _, name := range []string{"triage", "webhook", "triage", "escalate"} {
		time.Sleep(700 * time.Millisecond)
		if w.KillFunctions(name) == 0 {
			t.Errorf("no process of %s to kill", name)
		}
	}
	time.Sleep(500 * time.Millisecond)
	w.Kill()
	time.Sleep(300 * time.Millisecond)
	close(stop)
	wg.Wait()
	w.Run()
	missing := 0
	w.wait(fmt.Sprintf("all of %d accepted messages are there", len(accepted)), 5*time.Minute, func() bool {
		on := w.messages()
		missing = 0
		for key := range accepted {
			if _, ok := on[key]; !ok {
				missing++
			}
		}
		return missing == 0
	})
	open := map[string]int{}
	for _, got := range w.tickets() {
		open[got.Author.ID]++
	}
	for author, n := range open {
		if n > 1 {
			t.Errorf("%s has %d open tickets", author, n)
		}
	}
	t.Logf("%d webhooks answered 200, each there once", len(accepted))
}
