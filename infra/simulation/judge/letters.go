package judge

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
)

// Letters names troubles with what is sent to people, programs and vendors.
const Letters = "letters"

// A Letter is one that came to an address, or was tried in vain: one for each try.
type Letter struct {
	At     time.Time
	ID     string
	To     post.Address
	Urgent bool
	Says   []Notice
	Took   bool       // whoever it is for has it
	How    post.Class // as the desk was answered
}

// A Notice is what a letter tells of. To a vendor it is the ticket alone.
type Notice struct {
	Ticket  desk.TicketID `json:"ticket"`
	Version int64         `json:"version"`
}

// How often somebody is written to at most, and how long a letter waits for others to
// come along.
const (
	apart, rush   = time.Minute, 10 * time.Second
	hourly, rushs = 20, 60
)

// patience is how long who has a letter is waited for. stuck is for how long what went
// wrong with one holds up those behind it.
const (
	patience = 45 * time.Second
	stuck    = 3 * time.Minute
)

// An owed is what somebody is to be told of.
type owed struct {
	entry  desk.Entry
	kind   desk.NoticeKind
	to     []string // members, in their order
	urgent bool
	rung   int
	ended  map[string]int // letters that came to their end, by whose and which way
}

// owes notes whom an entry tells of what, and reads what the log says of who was told.
func (c *course) owes(e desk.Entry, tier desk.Tier, assignee string) {
	if e.What == desk.Notified {
		c.notified(e)
		return
	}
	o := owed{entry: e, to: slices.Clone(e.To), urgent: e.Step == desk.PageLead, ended: map[string]int{}}
	one := func(who string) {
		if o.to = nil; who != "" && who != e.Who {
			o.to = []string{who}
		}
	}
	named := false // it is for nobody unless somebody is
	switch {
	case e.What == desk.Swarmed, e.What == desk.Noted: // whatever it needs
		o.kind, named = desk.ToldSwarm, true
		if e.What == desk.Noted {
			o.kind = desk.ToldMention
		}
		o.to = slices.DeleteFunc(o.to, func(who string) bool { return who == e.Who })
	case e.What == desk.SendFailed, e.What == desk.SendUncertain, e.What == desk.Undelivered: // somebody wrote it, whatever the ticket needs
		o.kind = desk.ToldUnsent
		one(c.assignee)
	case !c.answer:
		return
	case c.tier == desk.Vendor && tier != desk.Vendor && working(c.state):
		o.kind = desk.ToldVendor
	case e.What == desk.Warned:
		o.kind = desk.ToldWarning
		one(c.assignee)
	case e.What == desk.Breached && (!e.Passed || e.Level == 1):
		o.kind = desk.ToldBreach
	case e.What == desk.Assigned:
		o.kind, named = desk.ToldAssigned, true
		one(e.Assignee)
	case e.What == desk.TakenOver:
		o.kind, named = desk.ToldTaken, true
		one(assignee)
	case e.What == desk.VendorSaid && e.Message.Form != string(desk.VendorWorks):
		o.kind, named = desk.ToldAnswer, true
		e.Who = ""
		one(c.assignee)
	default:
		return
	}
	if named && len(o.to) == 0 {
		return
	}
	slices.Sort(o.to)
	o.to = slices.Compact(o.to)
	c.owed[e.Version] = &o
}

// notified reads what the log says of a notice: that it is on people's lists, or how a
// letter with it ended.
func (c *course) notified(e desk.Entry) {
	o := c.owed[e.Seen]
	kind, how, _ := strings.Cut(e.Why, ": ")
	if o == nil || kind != string(o.kind) {
		c.say(e.At, c.ID, Early, "version %d: somebody was told of version %d (%s), of which nobody is to be", e.Version, e.Seen, e.Why)
		return
	}
	if how == "shown in the console" {
		if o.rung++; o.rung > 1 {
			c.say(e.At, c.ID, Doubled, "version %d: version %d rings for the second time", e.Version, e.Seen)
		}
		if !slices.Equal(e.To, o.to) {
			c.say(e.At, c.ID, Wrong, "version %d: version %d rings for %v, and is for %v", e.Version, e.Seen, e.To, o.to)
		}
		by := c.carried(o.entry.At)
		if !by.IsZero() && e.At.After(by) {
			c.say(o.entry.At, c.ID, Untold, "version %d: version %d rang %s late", e.Version, e.Seen, e.At.Sub(o.entry.At))
		}
		return
	}
	way, _, _ := strings.Cut(how, " ")
	key := strings.Join(e.To, " ") + " " + way
	if way == string(people.Slack) || way == string(people.Webhook) {
		way, how, _ = strings.Cut(how, " ")
		name, _, _ := strings.Cut(how, " ")
		key += " " + name
	}
	if o.ended[key]++; o.ended[key] > 1 {
		c.say(e.At, c.ID, Doubled, "version %d: version %d is said to have been told by %s %d times", e.Version, e.Seen, key, o.ended[key])
	}
	accepted := strings.HasSuffix(how, string(post.Accepted))
	letters := slices.DeleteFunc(c.lettersOf(o), func(l Letter) bool {
		return strings.TrimSpace(l.To.Owner+" "+string(l.To.Kind)) != strings.TrimSpace(strings.Join(e.To, " ")+" "+way)
	})
	// Who dies with an answer in their hands takes it along: the desk knows the last.
	if had := len(letters) > 0 && letters[len(letters)-1].How == post.Accepted; had != accepted {
		c.say(e.At, c.ID, Wrong, "version %d: %q, and that it was accepted is %t", e.Version, e.Why, had)
	}
}

// carried is by when what happened at an instant must have been taken to where it is
// told; zero for not by now.
func (c *course) carried(at time.Time) time.Time {
	by, excused := c.Witness.latest(at, at, append(c.keys, Letters)...)
	if excused && !by.IsZero() { // and who died with a letter in their hands has it for a while, in which the next may die
		if by = c.Witness.healed(by.Add(patience)); !by.IsZero() {
			by, _ = c.Witness.later(by, at, at, c.keys)
		}
	}
	return by
}

// lettersOf are all tries of letters that told of it.
func (c *course) lettersOf(o *owed) (all []Letter) {
	return slices.Clone(c.letters[Notice{c.ID, o.entry.Version}])
}

// told asks of all notices of a ticket whether they reached whom they are for: on
// their lists, by each of their ways, in time, once.
func (c *course) told() {
	for _, o := range c.owed {
		at := o.entry.At
		by := c.carried(at)
		if len(o.to) > 0 && o.rung == 0 && !by.IsZero() && c.Now.After(by) {
			c.say(at, c.ID, Untold, "version %d (%s) is for %v, and rings for nobody", o.entry.Version, o.kind, o.to)
		}
		var ways []post.Address
		for _, who := range o.to {
			for _, ch := range c.Channels(who) {
				if o.urgent || !ch.Urgent {
					ways = append(ways, post.Address{Owner: who, Kind: ch.Kind, To: ch.To})
				}
			}
		}
		for _, name := range c.Programs {
			ways = append(ways, post.Address{Kind: people.Webhook, To: name})
		}
		for _, a := range ways {
			c.reached(o, a)
		}
	}
}

// reached asks whether a notice reached one address.
func (c *course) reached(o *owed, a post.Address) {
	at := o.entry.At
	letters := slices.DeleteFunc(c.lettersOf(o), func(l Letter) bool { return l.To != a })
	want := c.wantedAt(o, a, letters)
	if len(letters) == 0 {
		if by := c.Witness.atLeisure(want, at, append(c.keys, Letters)...); !by.IsZero() && c.Now.After(by.Add(time.Hour)) {
			c.say(at, c.ID, Untold, "version %d (%s) never came to %v", o.entry.Version, o.kind, a)
		}
		return
	}
	first := letters[0]
	for _, l := range letters {
		if l.ID != first.ID {
			c.say(l.At, c.ID, Doubled, "version %d came to %v in letter %s and in %s", o.entry.Version, a, first.ID, l.ID)
			break
		}
	}
	if by := want.Add(Prompt); !want.IsZero() && first.At.After(by) && c.Witness.calm(at.Add(-stuck), first.At, append(c.keys, Letters)...) {
		c.say(at, c.ID, Untold, "version %d (%s) came to %v at %s, and was to by %s", o.entry.Version, o.kind, a, first.At.Format("01-02 15:04:05"), by.Format("01-02 15:04:05"))
	}
}

// wantedAt is when a notice is to be in a letter to an address; zero where so many went
// there before that it has to wait longer.
func (c *course) wantedAt(o *owed, a post.Address, letters []Letter) time.Time {
	at := o.entry.At
	if a.Program() {
		return at
	}
	until := c.Now
	if len(letters) > 0 {
		until = letters[0].At
	}
	before := c.sent[a]
	before = before[:sort.Search(len(before), func(i int) bool { return !before[i].At.Before(until) })]
	want := at
	if n := len(before); n > 0 {
		gap := apart
		if o.urgent {
			gap = rush
		}
		want = latest(at, before[n-1].At.Add(gap))
	}
	if n := len(before); n >= hourly && before[n-hourly].At.After(want.Add(-time.Hour-Prompt)) {
		return time.Time{}
	}
	if o.urgent {
		return want
	}
	return c.Awake(a.Owner, want)
}

// post puts all letters in order, and asks whether anybody got more of them than they
// are to, or any at night that could wait.
func (j *jury) post() {
	j.letters, j.sent = map[Notice][]Letter{}, map[post.Address][]Letter{}
	seen := map[string][]Notice{}
	for _, l := range j.Witness.Letters {
		for _, n := range l.Says {
			j.letters[n] = append(j.letters[n], l)
		}
		if before, again := seen[l.ID]; again {
			if !slices.Equal(before, l.Says) {
				j.say(l.At, "", Wrong, "letter %s says another thing when it is tried again", l.ID)
			}
			continue
		}
		seen[l.ID] = l.Says
		all := j.sent[l.To]
		j.sent[l.To] = append(all, l)
		if l.To.Program() || !j.Witness.calm(l.At.Add(-time.Hour), l.At) || !j.Witness.calm(l.At.Add(-stuck), l.At, Letters) {
			continue
		}
		gap, most := apart, hourly
		if l.Urgent {
			gap, most = rush, rushs
		}
		n := len(all)
		for n > 0 && all[n-1].At.After(l.At.Add(-time.Hour)) {
			n--
		}
		if lately := all[n:]; len(lately) >= most || len(lately) > 0 && l.At.Sub(all[len(all)-1].At) < gap-time.Second {
			j.say(l.At, cmp.Or(l.Says...).Ticket, Doubled, "%v gets a letter, and %d in this hour, the last a moment ago", l.To, len(lately))
		}
		if awake := j.Awake(l.To.Owner, l.At); !l.Urgent && awake.After(l.At) {
			j.say(l.At, cmp.Or(l.Says...).Ticket, Early, "%v gets a letter that could wait until %s", l.To, awake.Format("01-02 15:04"))
		}
	}
}
