package courier_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/policy"
	"example.com/skala/shared/courier"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/nudge"
	rules "example.com/skala/shared/policy"
)

// answers is a platform that gives one answer, and knows no reply again.
type answers struct{ err error }

func (a answers) Send(context.Context, desk.Reply) (string, error) { return "p-1", a.err }
func (answers) Repeatable() bool                                   { return false }

func TestASendIsOneLineAndIsCountedByItsEnd(t *testing.T) {
	t.Parallel()
	const words = "what the agent wrote"
	p, err := rules.Load(policy.Default, "default")
	if err != nil {
		t.Fatal(err)
	}
	refused := func(class desk.SendClass) error { return &desk.SendError{Class: class, Reason: "answered 400"} }
	waiting := desk.Ticket{ID: "thread.1", Version: 3, State: desk.Open, Outbox: []string{"r1"}}
	sent := desk.Message{Key: "r1", Text: words}
	tests := []struct {
		name    string
		ticket  desk.Ticket
		reply   desk.Message
		answer  error
		nobody  bool // the accounts file names the account no more
		outcome string
		level   string
		counted map[string]any
	}{
		{name: "accepted", ticket: waiting, reply: sent, outcome: "accepted", level: "INFO", counted: map[string]any{"RepliesAccepted": 1.0}},
		{name: "rejected", ticket: waiting, reply: sent, answer: refused(desk.SendRejected), outcome: "failed", level: "WARN", counted: map[string]any{"RepliesFailed": 1.0}},
		{name: "a bad token", ticket: waiting, reply: sent, answer: refused(desk.SendAuth), outcome: "failed", level: "WARN", counted: map[string]any{"RepliesFailed": 1.0, "SendAuthFailures": 1.0}},
		{name: "no account", ticket: waiting, reply: sent, nobody: true, outcome: "failed", level: "WARN", counted: map[string]any{"RepliesFailed": 1.0, "SendAuthFailures": 1.0}},
		{name: "not now", ticket: waiting, reply: sent, answer: refused(desk.SendRetry), outcome: "deferred", level: "INFO"},
		{name: "broken off", ticket: waiting, reply: sent, answer: errors.New("cut"), outcome: "uncertain", level: "WARN", counted: map[string]any{"RepliesUncertain": 1.0}},
		{name: "handed over by a courier that died", ticket: waiting, reply: desk.Message{Key: "r1", Text: words, Delivery: desk.BeingSent}, outcome: "uncertain", level: "WARN", counted: map[string]any{"RepliesUncertain": 1.0}},
		{name: "a nudge that came twice", ticket: desk.Ticket{ID: "thread.1", Version: 3, State: desk.Open}, outcome: "nothing", level: "INFO"},
		{name: "a nudge that came early", ticket: desk.Ticket{ID: "thread.1", Version: 3, State: desk.Open, Outbox: []string{"r1"}, OutboxAt: noon.Add(time.Minute)}, outcome: "early", level: "INFO"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out, measured bytes.Buffer
			now := func() time.Time { return noon }
			c := &courier.Courier[answers]{
				Carrier: func(desk.Origin) (answers, error) {
					if tt.nobody {
						return answers{}, errors.New("names no account")
					}
					return answers{tt.answer}, nil
				},
				Tickets: &one{ticket: tt.ticket, reply: tt.reply}, Policies: policies{p}, Nudger: &nudge.Nudger{Tiers: quiet{}, Outbound: quiet{}, Due: quiet{}},
				Now: now, Log: logs.New(&out), Metrics: &metrics.Recorder{Out: &measured, Stack: "s", Now: now},
			}
			if err := c.Ticket(logs.Unit(t.Context(), "record", "m-1"), desk.Nudge{Ticket: "thread.1"}); err != nil {
				t.Fatal(err)
			}
			var line map[string]any
			if err := json.Unmarshal(out.Bytes(), &line); err != nil {
				t.Fatalf("%v in %s", err, out.String())
			}
			if line["msg"] != "reply" || line["outcome"] != tt.outcome || line["level"] != tt.level || line["ticket"] != "thread.1" || line["record"] != "m-1" || strings.Contains(out.String(), words) {
				t.Errorf("wrote %s", out.String())
			}
			c.Metrics.Flush()
			var counted map[string]any
			if measured.Len() > 0 {
				if err := json.Unmarshal(measured.Bytes(), &counted); err != nil {
					t.Fatal(err)
				}
				delete(counted, "_aws")
				delete(counted, "Stack")
			}
			if diff := cmp.Diff(tt.counted, counted); diff != "" {
				t.Errorf("counted (-want +got)\n%s", diff)
			}
		})
	}
}
