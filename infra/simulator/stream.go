package simulator

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"example.com/skala/infra/simulator/customers"
	"example.com/skala/infra/simulator/platforms"
)

// passers is how many people the stream knows.
const passers = 400

// Stream lets customers write to every account, perMinute of them on average,
// until ctx ends. They come at random moments, in all languages; some write
// twice, and who was answered says thanks or that it did not help.
func (s *Simulator) Stream(ctx context.Context, perMinute int) {
	if perMinute <= 0 {
		return
	}
	seed := uint64(s.now().UnixNano())
	crowd := &crowd{Simulator: s, rand: rand.New(rand.NewPCG(seed, seed>>7)), answered: map[string]bool{}}
	for {
		wait := time.Duration(crowd.rand.ExpFloat64() * float64(time.Minute) / float64(perMinute))
		timer := time.NewTimer(min(wait, time.Minute))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
			crowd.speak(ctx)
		}
	}
}

// A crowd is the people of one stream.
type crowd struct {
	*Simulator
	rand     *rand.Rand
	answered map[string]bool // replies of the desk that somebody spoke to
}

// speak lets one of the crowd write.
func (c *crowd) speak(ctx context.Context) {
	say, ok := c.followUp()
	if !ok {
		accounts := c.Accounts()
		a := accounts[c.rand.IntN(len(accounts))]
		p := customers.Passer(c.rand.IntN(passers))
		say = c.fresh(a, p)
	}
	told, err := c.Say(ctx, say)
	if err != nil {
		c.log.ErrorContext(ctx, "stream stumbled", "platform", say.Platform, "app", say.App, "err", err)
		return
	}
	if told.Status/100 != 2 {
		c.log.WarnContext(ctx, "webhook of the stream not accepted", "platform", say.Platform, "app", say.App, "record", told.Event, "status", told.Status)
	}
}

// fresh is something new that somebody says, now and then as a picture, and where
// a channel has several places in any of them.
func (c *crowd) fresh(a platforms.Account, p customers.Persona) platforms.Say {
	say := platforms.Say{Platform: a.Platform, App: a.App, Account: a.ID, Channel: a.Channel, Author: p.ID, Name: p.Name, Lang: p.Lang, Text: c.book.Pick(p.Lang, c.rand).Text}
	places, does := c.Places(a)
	say.In = places[c.rand.IntN(len(places))]
	if c.rand.IntN(10) == 0 && slices.Contains(does, "album") && say.In == "direct" {
		say.Do, say.Text = "album", ""
	}
	if c.rand.IntN(8) == 0 { // X speaks in its old shape as well, Instagram in both envelopes
		for _, odd := range []string{"aaa", "flat", "thin"} {
			if webhooks, _, _ := platforms.Faults(a.Channel); slices.Contains(webhooks, odd) {
				_ = c.Misbehave(platforms.Fault{Fault: odd, Platform: a.Channel, App: a.App}) // that there is such a fault is known
			}
		}
	}
	return say
}

// followUp is what somebody says to the latest answer that the desk gave to one
// of the crowd, if they have not yet.
func (c *crowd) followUp() (platforms.Say, bool) {
	replies := c.Replies("", "", "")
	for i := len(replies) - 1; i >= max(0, len(replies)-50); i-- {
		r := replies[i]
		thread, _ := c.Thread(platforms.ThreadKey{Platform: r.Platform, App: r.App, Conversation: r.Conversation})
		if c.answered[r.ID] || thread.Group || len(thread.Lines) == 0 || thread.Lines[len(thread.Lines)-1].Author != "" {
			continue
		}
		c.answered[r.ID] = true
		for n := range passers {
			p := customers.Passer(n)
			if thread.Lines[0].Name != p.Name {
				continue
			}
			say := platforms.Say{Platform: r.Platform, App: r.App, Account: r.Account, Channel: r.Channel, Author: p.ID, Name: p.Name, Lang: p.Lang, Text: customers.Thanks(p.Lang, c.rand)}
			if thread.In != "direct" {
				say.Message = thread.Lines[len(thread.Lines)-1].Message
			}
			if c.rand.IntN(3) == 0 {
				say.Text = customers.Again(p.Lang, c.rand)
			}
			return say, true
		}
	}
	return platforms.Say{}, false
}
