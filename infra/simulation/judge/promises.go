package judge

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"example.com/skala/shared/desk"
)

// threads: at most one ticket of a thread is open, its tickets follow one another,
// and nobody has two threads in one conversation.
func (j *jury) threads() {
	byThread, names := map[string][]Ticket{}, map[string]string{}
	for _, t := range j.Tickets {
		thread, _, _ := t.ID.Split()
		byThread[thread] = append(byThread[thread], t)
		who := string(t.Platform) + " " + t.Account + " " + t.Conversation + " " + t.Author.ID
		if other, known := names[who]; known && other != thread {
			j.say(t.Created, t.ID, Doubled, "its author has another thread, %s", other)
		}
		names[who] = thread
	}
	for _, thread := range slices.Sorted(maps.Keys(byThread)) {
		all := byThread[thread]
		slices.SortFunc(all, func(a, b Ticket) int { _, m, _ := a.ID.Split(); _, n, _ := b.ID.Split(); return cmp.Compare(m, n) })
		for i, t := range all {
			_, n, _ := t.ID.Split()
			switch last := i == len(all)-1; {
			case n != i+1:
				j.say(t.Created, t.ID, Lost, "the ticket before it is not there")
			case last != t.Present:
				j.say(t.Created, t.ID, Wrong, "it is the thread's present one: %t, and the last: %t", t.Present, last)
			case !last && !t.State.Final():
				j.say(t.Updated, t.ID, Doubled, "it is %s and has a successor", t.State)
			case i > 0 && len(t.Log) > 0 && len(all[i-1].Log) > 0 && t.Log[0].Version != all[i-1].Log[len(all[i-1].Log)-1].Version+1:
				j.say(t.Created, t.ID, Lost, "its log does not go on where that of the ticket before it ends")
			}
		}
	}
}

// accepted: what was answered 200 is there once, and nothing else is; what was taken
// back is gone.
func (j *jury) accepted() {
	kept := map[string]int{}
	for _, k := range j.Kept {
		kept[string(k.Raw.Body)]++
	}
	gone := map[string]Accepted{} // messages that were deleted
	known := map[string]bool{}
	for _, a := range j.Witness.Accepted {
		at := a.Account + " " + a.Key
		if a.Kind == desk.MessageDeleted {
			gone[a.Account+" "+a.Target] = a
		}
		if known[at] {
			continue
		}
		known[at] = true
		switch n := j.said[at]; {
		case a.Kept && kept[a.Key] != 1:
			j.say(a.At, "", Lost, "a body that nobody can read is in quarantine %d times", kept[a.Key])
		case a.Kept:
		case n > 1:
			j.say(a.At, "", Doubled, "event %s of %s stands %d times", a.Key, a.Author, n)
		case n == 0 && (a.Kind == desk.MessageCreated || a.Kind == desk.VendorUpdate):
			j.say(a.At, "", Lost, "event %s of %s was answered 200", a.Key, a.Author)
		}
	}
	for _, t := range j.Tickets {
		for _, e := range t.Log {
			if e.Event == "" || e.Message == nil {
				continue
			}
			if !known[e.Message.Account+" "+e.Message.Key] {
				j.say(e.At, t.ID, Wrong, "version %d: event %s was never sent", e.Version, e.Message.Key)
			}
			if a, is := gone[e.Message.Account+" "+e.Message.ID]; is && e.What == desk.Received && e.Message.Text != "" {
				j.say(a.At, t.ID, Wrong, "version %d: the message %s was deleted and still has its words", e.Version, e.Message.ID)
			}
		}
	}
}

// replies: each that was taken is there once, came to an end that can be seen and
// reached its platform as that end says, those of a ticket in their order.
func (j *jury) replies() {
	written := map[string]int{}
	for _, t := range j.Tickets {
		ends := map[string][]desk.What{}
		for _, e := range t.Log {
			if e.What == desk.Sent || e.What == desk.SendFailed || e.What == desk.SendUncertain {
				ends[e.Target] = append(ends[e.Target], e.What)
			}
		}
		var before time.Time
		for _, e := range t.Log {
			if e.What != desk.Replied {
				continue
			}
			key := e.Message.Key
			written[key]++
			taken := j.Witness.Taken[key]
			switch end := ends[key]; {
			case len(taken) > 1:
				j.say(taken[1], t.ID, Doubled, "reply %s was sent %d times", key, len(taken))
			case len(end) == 0:
				j.say(e.At, t.ID, Unended, "reply %s is %s", key, cmp.Or(e.Message.Delivery, "nothing"))
			case end[len(end)-1] == desk.Sent && len(taken) == 0:
				j.say(e.At, t.ID, Lost, "reply %s is said to be sent, and its platform has none", key)
			case end[0] == desk.SendFailed && len(end) == 1 && len(taken) > 0:
				j.say(e.At, t.ID, Wrong, "reply %s is said to have failed, and its platform has it", key)
			case end[len(end)-1] == desk.SendFailed && !j.Witness.Denied[key]:
				j.say(e.At, t.ID, Wrong, "reply %s is said to have failed, and nobody refused it", key)
			case len(end) > 1:
				j.say(e.At, t.ID, Doubled, "reply %s came to %d ends: %v", key, len(end), end)
			}
			if len(taken) > 0 {
				if taken[0].Before(before) {
					j.say(taken[0], t.ID, Wrong, "reply %s overtook another", key)
				}
				before = taken[0]
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(j.Witness.Replies)) {
		if r := j.Witness.Replies[key]; written[key] != 1 {
			kind := Lost
			if written[key] > 1 {
				kind = Doubled
			}
			j.say(r.At, r.Ticket, kind, "reply %s was taken by the console and is there %d times", key, written[key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(j.Witness.Taken)) {
		if written[key] == 0 {
			j.say(j.Witness.Taken[key][0], "", Wrong, "a platform has reply %s, which nobody wrote", key)
		}
	}
}

// index: what has something due is listed for that instant, and nothing else is.
func (j *jury) index() {
	listed := map[desk.TicketID]time.Time{}
	for _, d := range j.Due {
		switch {
		case d.Nudge.Mailbox != "": // which may wait for a morning
			if d.At.Before(j.Now) {
				j.say(d.At, "", Unended, "a letter is still to be written")
			}
		case d.Notices:
			j.say(d.At, d.Nudge.Ticket, Unended, "somebody is still to be told of version %d", d.Nudge.Version)
		case d.Nudge.Spill != "":
			j.say(d.At, "", Unended, "a spilled event waits")
		case d.Nudge.Ticket != "":
			listed[d.Nudge.Ticket] = d.At
		}
	}
	for _, t := range j.Tickets {
		at, is := listed[t.ID]
		delete(listed, t.ID)
		if t.State.Final() && is {
			j.say(t.Updated, t.ID, Unlisted, "it is %s, and listed as due at %s", t.State, at)
		}
		if want := j.next(t); t.Present && !want.Equal(at) {
			j.say(t.Updated, t.ID, Unlisted, "it is listed as due at %s, and is at %s", at, want)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(listed)) {
		j.say(listed[id], id, Unlisted, "it is listed as due, and there is no such ticket")
	}
}

// helpOn is how long a reply may wait until somebody helps it on.
const helpOn = time.Minute

// next is when the desk has to look at a ticket, to the millisecond after.
func (j *jury) next(t Ticket) time.Time {
	p := &picture{rules: j.Rules, id: t.ID}
	for _, e := range t.Log {
		p.take(e)
	}
	var at time.Time
	if all := p.pending(); len(all) > 0 {
		at = all[0].due
	}
	also := func(other time.Time) {
		if at.IsZero() || other.Before(at) {
			at = other
		}
	}
	if len(p.outbox) > 0 {
		also(latest(latest(t.OutboxAt, p.updated), t.Nudged).Add(helpOn))
	}
	if !p.wanted.IsZero() {
		also(latest(p.entered, t.Nudged).Add(p.plan().Renudge))
	}
	if at.IsZero() || p.state.Final() {
		return time.Time{}
	}
	return at.Add(time.Millisecond - 1).Truncate(time.Millisecond)
}

// nudged: whoever was to take the ticket was told, and told again. The second time
// need not be exact: the sweep sees to it.
func (c *course) nudged() {
	wants := c.wants
	if !c.wanted.IsZero() {
		wants = append(wants, want{span{c.wanted, c.Now}, c.tier, c.because})
	}
	for _, w := range wants {
		last, by := w.from, w.from.Add(Prompt)
		switch {
		case w.because == desk.Received || w.because == desk.Edited: // an event comes again until its nudges are out
			by, _ = c.Witness.latest(w.from, w.from, c.keys...)
		case !c.Witness.calm(w.from.Add(-Prompt), by, c.keys...):
			by = c.again(w.from)
		}
		tell := func(at time.Time) {
			if !by.IsZero() && at.After(by) {
				c.say(by, c.ID, Untold, "it waits in tier %d since %s, and nobody was told from %s to %s", w.tier, w.from.Format(time.TimeOnly), last.Format(time.TimeOnly), at.Format("01-02 15:04:05"))
			}
			last, by = at, c.again(at)
		}
		for _, told := range c.Witness.Told[c.ID] {
			if told.Tier == w.tier && !told.At.Before(w.from.Add(-Prompt)) && !told.At.After(w.to) {
				tell(latest(told.At, last))
			}
		}
		tell(w.to)
	}
}

// again is by when somebody must be told again who was told at an instant; zero for
// not by now.
func (c *course) again(at time.Time) time.Time {
	return c.Witness.atLeisure(at.Add(c.plan().Renudge), at, c.keys...)
}

// ledger: it has every event that was answered 200, with what became of it.
func (j *jury) ledger() {
	type row struct {
		hour    time.Time
		account string
	}
	accepted, opened := map[row]int{}, map[row]int{}
	for _, a := range j.Witness.Accepted {
		accepted[row{a.At.UTC().Truncate(time.Hour), a.Account}]++
	}
	for _, t := range j.Tickets {
		if len(t.Log) > 0 && t.Log[0].Message != nil {
			opened[row{t.Log[0].Message.Received.UTC().Truncate(time.Hour), t.Account}]++
		}
	}
	seen := map[row]bool{}
	for _, page := range j.Pages {
		for _, r := range page.Rows {
			at := row{page.Hour.UTC(), r.Account}
			seen[at] = true
			sum := r.Ticketed + r.Appended + r.Duplicate + r.Ignored + r.Quarantined + r.InFlight
			exact := !j.Witness.Refused[at.hour]
			switch {
			case r.Accepted != sum:
				j.say(at.hour, "", Uneven, "account %q: %d accepted, %d accounted for", r.Account, r.Accepted, sum)
			case r.InFlight > 0:
				j.say(at.hour, "", Uneven, "account %q: %d events are in flight", r.Account, r.InFlight)
			case r.Accepted < accepted[at] || exact && r.Accepted != accepted[at]:
				j.say(at.hour, "", Uneven, "account %q: %d events were answered 200, the ledger has %d", r.Account, accepted[at], r.Accepted)
			case r.Ticketed != opened[at]:
				j.say(at.hour, "", Uneven, "account %q: %d tickets were opened, the ledger has %d", r.Account, opened[at], r.Ticketed)
			}
		}
		for _, d := range page.Difference {
			j.say(page.Hour, "", Uneven, "delivery %s of %s differs: %v", d.Delivery, d.Account, d.Outcomes)
		}
	}
	for at, n := range accepted {
		if !seen[at] {
			j.say(at.hour, "", Uneven, "account %q: %d events were answered 200, and the ledger knows of none", at.account, n)
		}
	}
}

// alarms: a step fails when something failed it and for no other reason, and what a
// queue gave up on would wait for a person.
func (j *jury) alarms() {
	for _, f := range j.Witness.Failed {
		j.say(f.At, "", Alarmed, "%s failed, and nothing had failed it: %v", f.Step, f.Err)
	}
	for _, l := range j.Dead {
		j.say(l.First, "", Alarmed, "queue %s gave up on %s after %d times", l.Queue, l.Body, l.Receives)
	}
}
