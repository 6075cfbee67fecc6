package desk

import (
	"cmp"
	"slices"
	"time"
	"unicode/utf8"
)

// Fold returns the ticket that a log leads to, from the first entry of it on.
func Fold(id TicketID, previous TicketID, log []Entry, w Clockwork) Ticket {
	t := Ticket{ID: id, Previous: previous}
	for _, e := range log {
		t.enter(e, w) // nobody else has what it holds
		t.trim()
	}
	return t
}

// Apply returns the ticket after one more entry of its log, by the promises of
// w. It is the only way in which a ticket changes; it never fails, since what
// may not happen is refused before it is written (see the verbs).
func Apply(t Ticket, e Entry, w Clockwork) Ticket {
	t = apply(t, e, w)
	t.trim()
	return t
}

// apply is Apply with all clocks that there were.
func apply(t Ticket, e Entry, w Clockwork) Ticket {
	t.Clocks, t.Unanswered = slices.Clone(t.Clocks), slices.Clone(t.Unanswered)
	t.Outbox, t.Tags, t.Grace = slices.Clone(t.Outbox), slices.Clone(t.Tags), slices.Clone(t.Grace)
	t.enter(e, w)
	return t
}

// enter changes t as e says.
func (t *Ticket) enter(e Entry, w Clockwork) {
	t.Version, t.Updated = e.Version, e.At
	before, terms, tier, assignee := t.State, t.terms(), t.Tier, t.Assignee
	t.lay(e.At, w)
	if e.touches() {
		t.Touched = e.Version
	}
	switch e.What {
	case Received:
		t.receive(e, w)
	case Edited:
		t.edit(e, w)
	case Deleted:
		t.forget(e.Target)
	case SentElsewhere:
		t.Messages++
		if e.Seen >= 0 && e.counts(ByOthers, w) {
			t.answered(cmp.Or(e.Seen, e.Version), e.At, w)
		}
	case Claimed, TakenOver:
		if t.Assignee == "" || e.What == TakenOver {
			t.Assignee = e.Lease.Agent
		}
		t.Lease = e.Lease
		t.end(Acknowledge, Met, e.At, w)
		if t.State == New {
			t.State = Open
		}
	case Extended:
		t.Lease.Until = e.Lease.Until
	case Released, Lapsed:
		was := t.Lease
		t.Lease = Lease{}
		if was.Raised || was.Agent == t.Assignee && (e.What == Released || !t.wrote(was)) {
			t.unassign(e.At, w)
		}
	case Assigned:
		t.Assignee, t.Lease = e.Assignee, Lease{}
		if t.State == New {
			t.State = Open
		}
	case Replied:
		t.Messages++
		t.Outbox = append(t.Outbox, e.Message.Key)
		t.hold(e.Message.Key, e.Until)
	case TakenBack:
		t.takeBack(e.Target, e.At, w)
	case Noted:
		if w.Counts(ByNote) {
			t.respond(e.At, w)
		}
	case Noticed:
	case Moderated:
		t.Outbox = append(t.Outbox, e.Message.Key)
	case ModeratedNow, ModerateFail:
		t.delivered(e.Target)
	case Undelivered:
		t.undelivered(e.At, w)
	case Introduced:
		t.introduce(e.Message.Author)
	case Sending, SendDeferred:
		t.OutboxAt = e.Until
		t.spend(e.Target)
	case Sent:
		if e.counts("", w) {
			t.answered(e.Seen, e.At, w)
		}
		t.delivered(e.Target)
	case SendFailed, SendUncertain:
		if w.Counts(ByFailure) {
			t.respond(e.At, w)
		}
		t.delivered(e.Target)
		t.unanswerable(e.At, w)
	case Escalated, HandedBack:
		t.Tier = e.Tier
		if n := len(t.Outbox); n > 0 {
			t.Behind = t.Outbox[n-1]
		}
		t.handOn(e.At, w)
		if e.Assignee != "" {
			t.Assignee, t.State = e.Assignee, Open
		}
	case Held:
		t.leave()
		t.State, t.DueBack = OnHold, e.Until
		t.end(Acknowledge, Met, e.At, w)
		t.begin(VendorWait, e.At, w)
	case Resumed:
		t.end(VendorWait, Met, e.At, w)
		t.resume(e.At, w)
	case Snoozed:
		t.leave()
		t.State, t.DueBack = Waiting, e.Until
		t.end(Acknowledge, Met, e.At, w)
	case Woken:
		t.resume(e.At, w)
	case SolvedNow:
		t.leave()
		if t.State = Solved; len(t.Grace) == 0 { // else it may yet be taken back
			t.Unanswered = nil
		}
		for _, m := range []Metric{Resolution, RequesterWait, AgentWork} {
			t.end(m, Met, e.At, w)
		}
		t.endAll(e.At, w)
	case VendorTold:
		t.lend(e, w)
	case VendorSaid:
		t.hear(e, w)
	case ReopenedNow:
		t.resume(e.At, w)
		t.begin(Resolution, e.At, w)
	case ClosedNow:
		t.State, t.Lease = Closed, Lease{}
		t.endAll(e.At, w)
	case Retagged:
		t.Tags = slices.Clone(e.Tags)
	case Corrected:
		t.correct(e, w)
	case Promoted:
		t.Tier = e.Tier
		t.dispose(NeedsAnswer, e.At, w)
	case Warned:
		if i := t.clockOf(e.Metric, e.Cycle); i >= 0 {
			t.Clocks[i].WarnAt = time.Time{}
		}
	case Breached:
		t.breach(e, w)
	case MergedInto:
		t.State, t.Into, t.Lease, t.Unanswered = Merged, TicketID(e.Target), Lease{}, nil
		for _, m := range Metrics {
			t.end(m, Joined, e.At, w)
		}
	case MergedFrom:
		t.join(e, w)
	case Linked, Unlinked:
		t.tie(e)
	case Swarmed, SwarmLeft:
		t.swarm(e)
	}
	lent := t.Loan.Vendor != "" && t.State == OnHold && t.DueBack.IsZero()
	if t.Tier != Vendor || !t.State.Working() {
		t.Loan = Loan{}
	}
	if lent && t.Loan.Vendor == "" { // nobody outside has it any more, and nothing else would end the hold
		t.resume(e.At, w)
	}
	t.disperse()
	if t.State != OnHold && t.State != Waiting {
		t.DueBack = time.Time{}
	}
	if t.State != OnHold {
		t.end(VendorWait, Ended, e.At, w)
	}
	if t.State != before {
		t.Entered = e.At
	}
	if t.terms() != terms {
		t.retarget(e.At, w)
	}
	t.settle(e.At, w)
	if _, _, ok := e.tells(tier, assignee, *t); ok {
		t.Told = e.Version
	}
}

// touches reports whether a person should know of the entry before deciding
// anything about the ticket: somebody said or did something. What the desk does
// by itself to carry that out does not count.
func (e Entry) touches() bool {
	switch e.What {
	case Received, Edited, Deleted, SentElsewhere, Undelivered, VendorSaid:
		return true
	case Extended, Noted, Sending, SendDeferred, Sent, Noticed, Introduced, Warned, Breached:
		return false
	}
	return e.Who != ""
}

// receive takes a customer's message in.
func (t *Ticket) receive(e Entry, w Clockwork) {
	first := t.State == ""
	if first {
		t.Origin, t.Policy, t.Created, t.State, t.Entered = *e.Origin, e.Policy, e.At, New, e.At
		t.Into = TicketID(e.Target)
	}
	if e.Message.Via == "" {
		t.Author = e.Message.Author.or(t.Author)
		t.Preview, t.PreviewOf = Preview(e.Message.Text), e.Message.Key
	}
	if e.Profile && first {
		t.Profile = ProfileWanted
	}
	_, forget, _ := Forget(e.Message.Attachments, time.Time{})
	t.Forget = sooner(t.Forget, forget)
	t.Messages++
	needs := e.Disposition()
	if first {
		t.stand(*e.Verdict, e.Message.Key)
		t.Disposition = NeedsNone // until dispose says otherwise
		if needs == NeedsNone {
			t.Tier = SelfService
		}
	} else {
		t.judge(e, w)
	}
	if needs == NeedsAnswer {
		t.ask(e, e.Message.Key, w)
	}
}

// edit takes in that a customer put other words in place of theirs. They count
// as said anew where they make more of the matter than it was, and as a mended
// typo otherwise.
func (t *Ticket) edit(e Entry, w Clockwork) {
	if t.PreviewOf == e.Target {
		t.Preview = Preview(e.Message.Text)
	}
	if t.State == Merged { // it is over, whatever they make of it
		return
	}
	becomes := t.Disposition == NeedsNone && e.Disposition() == NeedsAnswer && (!t.Corrected || e.Verdict.Severity == Critical)
	if becomes || t.judge(e, w) {
		t.ask(e, e.Target, w)
	}
}

// ask takes in that the customer wants something, with the message named. Where a
// person said that it is spam, more of it changes nothing; what they found to need
// no answer for another reason needs one now, and stays what they called it.
func (t *Ticket) ask(e Entry, key string, w Clockwork) {
	held := t.Corrected && e.Verdict.Severity < Critical
	if held && t.Disposition == NeedsNone && t.Category == Spam {
		return
	}
	t.wait(e)
	if t.State == Solved && e.Policy != "" { // the rules of its day
		t.Policy = e.Policy
	}
	switch {
	case t.Disposition == NeedsNone:
		if held {
			t.Tier = max(t.Tier, e.Verdict.Tier)
		} else {
			t.stand(*e.Verdict, key) // what was chit-chat has become a matter
		}
		t.State, t.Disposition = t.taken(), NeedsAnswer
		t.startAll(e.At, w)
	case t.State == Solved: // a new cycle; the old one stays
		t.State = t.taken()
		t.startAll(e.At, w)
	case t.State == Waiting:
		t.resume(e.At, w)
		fallthrough
	default:
		if t.clock(FirstResponse) < 0 && t.clock(NextResponse) < 0 {
			t.begin(NextResponse, e.At, w)
		}
	}
}

// Disposition says whether the entry's message needs an answer: what was said
// near us, or while another module answers, does not. That it was deleted does not
// count, or deleting one would undo what followed from it; one that was deleted
// before it came has a verdict that says so.
func (e Entry) Disposition() Disposition {
	if e.Message.Aside || e.Message.Standby {
		return NeedsNone
	}
	return e.Verdict.Disposition()
}

// Disposition says whether what was judged needs an answer.
func (v Verdict) Disposition() Disposition {
	if v.Actionable && v.Category != Spam {
		return NeedsAnswer
	}
	return NeedsNone
}

// judge applies the verdict on one more message: a ticket gets graver by
// itself, never milder, and a person's correction yields to what is critical
// only. It reports whether the ticket got graver.
func (t *Ticket) judge(e Entry, w Clockwork) bool {
	v := *e.Verdict
	if v.Severity <= t.Severity || e.Disposition() == NeedsNone || t.Disposition == NeedsNone {
		return false
	}
	if t.Corrected && v.Severity < Critical {
		return false
	}
	tier := max(t.Tier, v.Tier)
	key := e.Message.Key
	if e.What == Edited {
		key = e.Target
	}
	t.stand(v, key)
	t.Tier = tier
	t.rechain(w)
	return true
}

// stand makes v the verdict of the ticket.
func (t *Ticket) stand(v Verdict, on string) {
	t.Verdict, t.VerdictOn = v, on
	t.Category, t.Severity, t.Tier, t.Sentiment, t.Lang = v.Category, v.Severity, v.Tier, v.Sentiment, v.Lang
	t.Team, t.Lane, t.Review, t.Corrected = v.Team, v.Lane, v.Unsure(), false
	for _, tag := range v.Tags {
		if !slices.Contains(t.Tags, tag) {
			t.Tags = append(t.Tags, tag)
		}
	}
}

// dispose sets whether the ticket needs an answer, as a person says, and its
// clocks with it. Who takes back that it needs none gives no time back.
func (t *Ticket) dispose(d Disposition, at time.Time, w Clockwork) {
	switch {
	case d == t.Disposition:
	case d == NeedsAnswer:
		t.Disposition = d
		if t.unslip(at, w) {
			return
		}
		if t.State == Waiting { // it is for us now
			t.State = t.taken()
		}
		t.startAll(at, w)
	default:
		t.Disposition, t.Unanswered = d, nil
		t.endAll(at, w)
	}
}

// wait remembers a message without an answer.
func (t *Ticket) wait(e Entry) {
	u := Unanswered{Version: e.Version, At: e.At}
	if len(t.Unanswered) == maxUnanswered {
		t.Unanswered[maxUnanswered-1] = u
		return
	}
	t.Unanswered = append(t.Unanswered, u)
}

// introduce takes in who the author is, as the platform told when it was asked.
func (t *Ticket) introduce(a Author) {
	t.Profile = ""
	if a.ID == t.Author.ID {
		t.Author = a.or(t.Author)
	}
}

// resume takes the ticket up again after a pause: whoever has it goes on, or
// somebody has to claim it.
func (t *Ticket) resume(at time.Time, w Clockwork) {
	t.State = t.taken()
	if t.State == New {
		t.begin(Acknowledge, at, w)
	}
}

// handOn puts the ticket into others' hands, wherever it stood: a tier that is
// not told of what waits or is on hold could do nothing about it.
func (t *Ticket) handOn(at time.Time, w Clockwork) {
	t.Lease, t.State = Lease{}, New
	t.unassign(at, w)
}

// unassign leaves the ticket to whoever takes it next, with a new acknowledge
// clock: otherwise a claim without an answer would stop that clock for good.
func (t *Ticket) unassign(at time.Time, w Clockwork) {
	t.Assignee = ""
	if t.State == Open {
		t.State = New
	}
	if t.State == New && t.clock(Acknowledge) < 0 {
		t.begin(Acknowledge, at, w)
	}
}

// breach records that a clock missed and takes one step of the chain. Whoever
// is at work on the ticket this minute keeps it.
func (t *Ticket) breach(e Entry, w Clockwork) {
	i := t.clockOf(e.Metric, e.Cycle)
	if i < 0 {
		return
	}
	c := &t.Clocks[i]
	chain := w.Chain(*t, c.Metric)
	c.Level, c.WarnAt, c.Chain = e.Level, time.Time{}, chain.Name
	if !e.Until.IsZero() { // the first step waits
		c.Base, c.StepAt = e.Level, e.Until
		return
	}
	*c = c.chain(e.At, chain, e.Passed, w)
	raised := e.Tier > t.Tier
	t.Tier = max(t.Tier, e.Tier)
	switch {
	case t.Lease.Live(e.At):
		t.Lease.Raised = t.Lease.Raised || raised
	case raised || t.Assignee == "" && e.moves():
		t.handOn(e.At, w)
	}
}

// leave ends a claim by what its holder did. A ticket that was raised under it is
// not theirs any more.
func (t *Ticket) leave() {
	if t.Lease.Raised {
		t.Assignee = ""
	}
	t.Lease = Lease{}
}

// moves reports whether the step is one that leaves the ticket to a tier: raising
// and vendors. Those of before there were others say no step.
func (e Entry) moves() bool {
	return !e.Passed && (e.Step == "" || e.Step == RaiseTier || e.Step == HandToVendor)
}

// forget drops what the ticket remembers of a message's words.
func (t *Ticket) forget(key string) {
	if t.PreviewOf == key {
		t.Preview = ""
	}
	if t.VerdictOn == key {
		t.Verdict = t.Verdict.Blank()
	}
}

// taken is the state of a ticket at work: open when somebody has it.
func (t *Ticket) taken() State {
	if t.Assignee == "" {
		return New
	}
	return Open
}

// previewBytes is how much of a message a list shows.
const previewBytes = 160

// Preview is the beginning of a text, for a list to show.
func Preview(text string) string { return begin(text, previewBytes) }

// begin is text where it has at most so many bytes, else its beginning, in whole
// letters, and an ellipsis.
func begin(text string, most int) string {
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
