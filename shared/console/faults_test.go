package console_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/skala/shared/console"
	"example.com/skala/shared/desk"
)

// table is what the faults below stand before.
type table interface{ console.Tickets }

// moving is a table on which others were faster, so many times.
type moving struct {
	table
	times atomic.Int32
	tried atomic.Int32
}

func (m *moving) Commit(ctx context.Context, c desk.Change) error {
	m.tried.Add(1)
	if m.times.Add(-1) >= 0 {
		return desk.ErrStale
	}
	return m.table.Commit(ctx, c)
}

func TestATicketThatMovesIsReadAgainAFewTimes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		moves int32
		want  int
		tried int32
	}{
		{"never", 0, 200, 1},
		{"once", 1, 200, 2},
		{"four times", 4, 200, 5},
		{"without end", 1000, 409, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			shaky := &moving{}
			h := open(t, func(c *console.Config) { shaky.table, c.Tickets = c.Tickets, shaky })
			ticket := h.says("somchai", charged)
			shaky.times.Store(tt.moves)
			got := h.api("demo-lead", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/note", map[string]any{"text": "a note"})
			if got.code != tt.want || shaky.tried.Load() != tt.tried {
				t.Errorf("%d after %d tries: %s", got.code, shaky.tried.Load(), got.body)
			}
		})
	}
}

func TestAReplyStandsThoughNoQueueWasTold(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	token := h.claim("demo-senior", ticket.ID)
	send := func() answer {
		return h.api("demo-senior", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/reply", map[string]any{"text": "hello", "token": token}, "Idempotency-Key", "once")
	}
	h.queues.broken = true
	if got := send(); got.code != 200 || h.queues.count("outbound") != 0 {
		t.Fatalf("%d %s", got.code, got.body)
	}
	if due := h.ticket(ticket.ID); len(due.Outbox) != 1 || due.DueAt(h.policy.Plan).After(h.Now().Add(2*time.Minute)) {
		t.Errorf("the sweep would not find it: due at %v", due.DueAt(h.policy.Plan))
	}
	h.queues.broken = false
	if got := send(); got.code != 200 || h.queues.count("outbound") != 1 {
		t.Errorf("sent again: %d, the courier was told %d times", got.code, h.queues.count("outbound"))
	}
}

func TestAKeyOfAnEarlierTicketNamesNoReplyOfTheNext(t *testing.T) {
	t.Parallel()
	h := open(t)
	first := h.says("somchai", charged)
	reply := func(id desk.TicketID) answer {
		return h.api("demo-senior", "POST", "/api/v1/tickets/"+string(id)+"/reply", map[string]any{"text": "hello", "token": h.claim("demo-senior", id)}, "Idempotency-Key", "once")
	}
	if got := reply(first.ID); got.code != 200 {
		t.Fatal(got.body)
	}
	before := h.ticket(first.ID)
	h.commit(before, desk.Entry{Version: before.Version + 1, What: desk.ClosedNow, At: h.Now()}, func(*desk.Change) {})
	second := h.says("somchai", "ยังไม่ได้เงินคืนเลย")
	if second.ID == first.ID || second.Previous != first.ID {
		t.Fatalf("the next ticket is %s after %s", second.ID, second.Previous)
	}
	if got := reply(second.ID); got.code != 422 {
		t.Errorf("%d %s", got.code, got.body)
	}
	if got := h.api("viewer", "GET", "/api/v1/tickets/"+string(first.ID), nil); got.code != 200 || got.json(t)["state"] != "closed" {
		t.Errorf("the earlier ticket: %d %s", got.code, got.body)
	}
	if got := h.api("demo-lead", "POST", "/api/v1/tickets/"+string(first.ID)+"/note", map[string]any{"text": "late"}); got.code != 409 {
		t.Errorf("a note on an earlier ticket: %d %s", got.code, got.body)
	}
}

// silent is a table that does not answer.
type silent struct{ table }

func (silent) Ticket(context.Context, desk.TicketID) (desk.Ticket, error) {
	return desk.Ticket{}, errors.New("dial tcp 10.0.0.1: refused")
}

func TestHealthIsTheTables(t *testing.T) {
	t.Parallel()
	if got := open(t).browser().get("/healthz"); got.code != 200 || got.json(t)["status"] != "ok" {
		t.Errorf("%d %s", got.code, got.body)
	}
	h := open(t, func(c *console.Config) { c.Tickets = silent{c.Tickets} })
	if got := h.browser().get("/healthz"); got.code != 503 {
		t.Errorf("without a table: %d %s", got.code, got.body)
	}
	if got := h.api("viewer", "GET", "/api/v1/tickets/abc.1", nil); got.code != 500 || got.json(t)["detail"] != "That did not work, and it is not your fault. Try again." {
		t.Errorf("what a program hears of it: %d %s", got.code, got.body)
	}
}

func TestWhatIsNoAddressOrNoMethodIsToldPlainly(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.browser()
	b.signIn("demo-lead", "/all")
	tests := []struct {
		path string
		want int
	}{
		{"/nowhere", 404}, {"/tickets/nonsense", 404}, {"/tickets/abc.1", 404}, {"/tiers/9", 404}, {"/tiers/1?state=asleep", 404}, {"/tickets/abc.1/reply", 405}, {"/static/none.css", 404},
	}
	for _, tt := range tests {
		if got := b.get(tt.path); got.code != tt.want {
			t.Errorf("%s: %d", tt.path, got.code)
		}
	}
	if got := h.api("demo-lead", "DELETE", "/api/v1/tickets", nil); got.code != 405 || got.header.Get("Allow") != "GET" {
		t.Errorf("%d %v", got.code, got.header)
	}
	if got := h.api("demo-lead", "GET", "/api/v1/nowhere", nil); got.code != 404 {
		t.Errorf("%d %s", got.code, got.body)
	}
	if got := h.api("", "GET", "/api/v1/tickets", nil); got.code != 401 || got.header.Get("WWW-Authenticate") == "" {
		t.Errorf("nobody: %d %v", got.code, got.header)
	}
	if got := h.api("demo-lead", "POST", "/api/v1/tickets/abc.1/note", "no object"); got.code != 400 {
		t.Errorf("%d %s", got.code, got.body)
	}
	if got := h.api("demo-lead", "POST", "/api/v1/tickets/abc.1/note", map[string]any{"text": string(make([]byte, 600<<10))}); got.code != 413 {
		t.Errorf("too large: %d %s", got.code, got.body)
	}
}

// counting is a table that counts how often it is read.
type counting struct {
	table
	heads atomic.Int32
	console.Logs
	logs atomic.Int32
}

func (c *counting) Ticket(ctx context.Context, id desk.TicketID) (desk.Ticket, error) {
	c.heads.Add(1)
	return c.table.Ticket(ctx, id)
}

func (c *counting) Log(ctx context.Context, id desk.TicketID) ([]desk.Entry, error) {
	c.logs.Add(1)
	return c.Logs.Log(ctx, id)
}

func TestATicketWithoutNewsCostsOneReadOfItsHead(t *testing.T) {
	t.Parallel()
	counts := &counting{}
	h := open(t, func(c *console.Config) {
		counts.table, counts.Logs, c.Tickets, c.Logs = c.Tickets, c.Logs, counts, counts
	})
	path := "/tickets/" + string(h.says("somchai", charged).ID)
	b := h.browser()
	tag := b.signIn("demo-lead", path).header.Get("ETag")
	api := h.api("viewer", "GET", "/api/v1"+path, nil).header.Get("ETag")
	counts.heads.Store(0)
	counts.logs.Store(0)
	if page := b.get(path, "If-None-Match", tag); page.code != 304 {
		t.Errorf("the page: %d", page.code)
	}
	if got := h.api("viewer", "GET", "/api/v1"+path, nil, "If-None-Match", api); got.code != 304 {
		t.Errorf("the API: %d", got.code)
	}
	if counts.heads.Load() != 2 || counts.logs.Load() != 0 {
		t.Errorf("two looks without news read %d heads and %d logs", counts.heads.Load(), counts.logs.Load())
	}
}

// unread is a table that lists what it can't read.
type unread struct{ table }

func (unread) Tickets(context.Context, []desk.TicketID) ([]desk.Ticket, error) {
	return nil, errors.New("throttled")
}

func TestTakeNextLeavesToOthersWhatItDoesNotTake(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		table func(table) table
		want  int
		left  int
	}{
		{"one of two is taken", func(t table) table { return t }, 200, 1},
		{"none can be read", func(t table) table { return unread{t} }, 500, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := open(t, func(c *console.Config) { c.Tickets = tt.table(c.Tickets) })
			for _, author := range []string{"somchai", "malee"} {
				ticket := h.says(author, charged)
				if err := h.queues.Nudge(t.Context(), desk.Senior, desk.Nudge{Ticket: ticket.ID, Version: 1}); err != nil {
					t.Fatal(err)
				}
			}
			if got := h.api("demo-senior", "POST", "/api/v1/tiers/3/next", nil); got.code != tt.want {
				t.Fatalf("%d %s", got.code, got.body)
			}
			if left := len(h.queues.tiers[desk.Senior]); left != tt.left || h.queues.given != tt.left {
				t.Errorf("%d nudges are left, %d were given back, want %d", left, h.queues.given, tt.left)
			}
		})
	}
}

// early is a table of which a ticket was read before something came in.
type early struct {
	table
	ticket desk.Ticket
}

func (e *early) Ticket(ctx context.Context, id desk.TicketID) (desk.Ticket, error) {
	if e.ticket.ID == id {
		return e.ticket, nil
	}
	return e.table.Ticket(ctx, id)
}

func TestATicketAndItsTimelineAreOfOneMoment(t *testing.T) {
	t.Parallel()
	before := &early{}
	h := open(t, func(c *console.Config) { before.table, c.Tickets = c.Tickets, before })
	ticket := h.says("somchai", charged)
	before.ticket = ticket
	h.says("somchai", "hello?")
	got := h.api("demo-lead", "GET", "/api/v1/tickets/"+string(ticket.ID), nil)
	if got.code != 200 || strings.Contains(got.body, "hello?") || !strings.Contains(got.body, `"version":1`) {
		t.Errorf("%d: %s", got.code, got.body)
	}
}

// during are logs before which something comes to pass, once.
type during struct {
	console.Logs
	pass func()
	once atomic.Bool
}

func (d *during) Log(ctx context.Context, id desk.TicketID) ([]desk.Entry, error) {
	if d.pass != nil && d.once.CompareAndSwap(false, true) {
		d.pass()
	}
	return d.Logs.Log(ctx, id)
}

func TestATicketIsNotShownWithAMessageThatChangedMeanwhile(t *testing.T) {
	t.Parallel()
	logs := &during{}
	h := open(t, func(c *console.Config) { logs.Logs, c.Logs = c.Logs, logs })
	ticket := h.says("somchai", charged)
	log, err := h.store.Log(t.Context(), ticket.ID)
	if err != nil {
		t.Fatal(err)
	}
	logs.pass = func() {
		e := desk.Event{Kind: desk.MessageDeleted, Key: "del-1", Platform: "line", Account: "Udemo", Channel: "line", Direction: desk.In, Visibility: desk.Private,
			Author: ticket.Author, Conversation: "somchai", Target: log[0].Message.ID, Time: h.Now()}
		h.commit(ticket, desk.Entry{Version: ticket.Version + 1, What: desk.Deleted, At: h.Now(), Event: e.Kind, Target: log[0].Message.Key,
			Message: &desk.Message{Key: e.Key, Direction: desk.In, Visibility: desk.Private, Author: e.Author, Account: e.Account, Time: e.Time, Received: e.Time}},
			func(c *desk.Change) { c.Thread, c.Event, c.Raw = e.Thread(), &e, desk.RawEvent{Body: []byte("{}")} })
	}
	got := h.api("demo-lead", "GET", "/api/v1/tickets/"+string(ticket.ID), nil)
	if !strings.Contains(got.body, `"version":2`) || !strings.Contains(got.body, `"deleted":true`) || got.header.Get("ETag") != `"2"` {
		t.Errorf("%d %s: %s", got.code, got.header.Get("ETag"), got.body)
	}
}
