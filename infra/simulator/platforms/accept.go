package platforms

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// accept takes a reply, unless one was taken under the same key in the last 24
// hours: then it returns that one, and true. Messages get the ids that they lack.
func (n *Network) accept(a *app, p *part, s Sent) (Sent, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.cfg.Now().UTC()
	if before := n.keys[a.Platform+"/"+a.Name+"/"+s.Key]; s.Key != "" && before != nil && now.Sub(before.At) < 24*time.Hour {
		n.write(record{Repeat: before.ID})
		return *before, true
	}
	s.ID, s.Platform, s.App, s.Account, s.Channel, s.At = requestID(), a.Platform, a.Name, a.Account, p.channel, now
	var texts []string
	s.Messages = slices.Clone(s.Messages)
	for i := range s.Messages {
		if s.Messages[i].ID == "" {
			s.Messages[i].ID = n.messageID(now)
		}
		texts = append(texts, s.Messages[i].Text)
	}
	s.Text = strings.Join(texts, "\n")
	t := n.threads[ThreadKey{a.Platform, a.Name, s.Conversation}]
	s.Delivered = t == nil || !t.Blocked
	n.write(record{Sent: &s})
	n.cfg.Log.Info("reply accepted", "platform", a.Platform, "app", a.Name, "account", a.Account, "record", s.ID)
	return s, false
}

// confirm has the platform tell of a message of ours what it tells by itself,
// after its answer, or the first of it before.
func (n *Network) confirm(ctx context.Context, a *app, p *part, s Sent) {
	n.mu.Lock()
	_, silent := n.fault("silent", a, p)
	_, early := n.fault("early", a, p)
	_, failed := n.fault("undelivered", a, p)
	n.mu.Unlock()
	if silent {
		return
	}
	steps := slices.Clone(p.receipts)
	if failed || s.fails != 0 {
		steps = append(steps[:1], receipt{"failed", 500 * time.Millisecond})
	}
	for i, step := range steps {
		if i == 0 && early {
			n.report(context.WithoutCancel(ctx), a, p, s, step.do)
			continue
		}
		n.later(step.after, func(ctx context.Context) { n.report(ctx, a, p, s, step.do) })
	}
}

// report posts one receipt of each message of s.
func (n *Network) report(ctx context.Context, a *app, p *part, s Sent, do string) {
	for i, m := range s.Messages {
		n.mu.Lock()
		now := n.cfg.Now().UTC()
		one := s
		one.Messages = s.Messages[i : i+1]
		e := &Event{ID: "ev_" + ulid(now), Platform: a.Platform, App: a.Name, Account: a.Account, Channel: p.channel, Author: s.To, In: "direct", Conversation: s.Conversation, Message: m.ID, Do: do, At: now, part: p, sent: &one}
		if t := n.threads[ThreadKey{s.Platform, s.App, s.Conversation}]; t != nil {
			e.In = t.In
		}
		if do == "echo" {
			e.Author = a.Account
		}
		err := p.tell(n, a, e, &Say{Do: do, In: e.In, Text: m.Text, Message: m.ID})
		if errors.Is(err, errNotTold) {
			n.mu.Unlock()
			return
		}
		if err != nil {
			n.cfg.Log.ErrorContext(ctx, "receipt not written", "err", err)
			n.mu.Unlock()
			return
		}
		n.mark(e, do)
		n.keep(e)
		d := &delivery{app: a, part: p, events: []*Event{e}, what: "first"}
		n.mu.Unlock()
		n.deliver(ctx, d)
	}
}

// mark notes with a message how far it has got. n.mu is held.
func (n *Network) mark(e *Event, do string) {
	key := ThreadKey{e.Platform, e.App, e.Conversation}
	t := n.threads[key]
	if t == nil {
		return
	}
	l, ok := t.byMessage(e.Message)
	if !ok || do == "echo" || do == "sent" {
		return
	}
	l.Seen, l.Failed = do, do == "failed"
	if l.Failed {
		l.Seen = ""
	}
	n.write(record{Thread: &key, Line: &l})
}
