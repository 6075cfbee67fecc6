package oracle

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/skala/infra/crash/world"
	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/ledger"
)

// threads: at most one ticket of a thread is open, and its log has no gap.
func (j *jury) threads() {
	open, versions := map[string]int{}, map[string][]int64{}
	for _, t := range j.s.Tickets {
		thread, _, _ := t.ID.Split()
		if !t.State.Final() {
			open[thread]++
		}
		if !t.Present && !t.State.Final() {
			j.say("ticket %s has a successor and is %s", t.ID, t.State)
		}
		for _, e := range t.Log {
			versions[thread] = append(versions[thread], e.Version)
		}
	}
	for thread, n := range open {
		if n > 1 {
			j.say("thread %s has %d open tickets", thread, n)
		}
	}
	for thread, all := range versions {
		slices.Sort(all)
		for n, v := range all {
			if v != int64(n+1) {
				j.say("the log of thread %s has versions %v", thread, all)
				break
			}
		}
	}
}

// folds: the stored ticket is what its log folds to.
func (j *jury) folds(t Ticket) {
	folded := desk.Fold(t.ID, t.Previous, t.Log, j.w.Policy.Plan)
	folded.Nudged = t.Nudged                                                    // not part of the fold
	if folded.Profile == desk.ProfileWanted && t.Profile == desk.ProfileAsked { // nor is that
		folded.Profile = t.Profile
	}
	if diff := cmp.Diff(folded, t.Ticket, cmpopts.EquateEmpty()); diff != "" {
		j.say("ticket %s is not the fold of its log (-folded +stored):\n%s", t.ID, diff)
	}
}

// position is the key at which an index has a ticket: by time, ties by id.
func position(at time.Time, id desk.TicketID) string {
	if at.IsZero() {
		return "9999#" + string(id)
	}
	return fmt.Sprintf("%013d#%s", at.UnixMilli(), id)
}

// indexed: worklists, due work and assignees have the ticket where it belongs.
func (j *jury) indexed(t Ticket) {
	thread, n, _ := t.ID.Split()
	sk := "HEAD"
	if !t.Present {
		sk = fmt.Sprintf("T#%06d", n)
	}
	i := j.s.Items["C#"+thread+" "+sk]
	check := func(index string, in bool, pk, sk string) {
		gotPK, gotSK := text(i, index+"pk"), text(i, index+"sk")
		switch {
		case !in && gotPK+gotSK != "":
			j.say("ticket %s is in %s as %s %s and should not be", t.ID, index, gotPK, gotSK)
		case in && (!strings.HasPrefix(gotPK, pk) || gotSK != sk):
			j.say("ticket %s is in %s as %q %q, not as %q… %q", t.ID, index, gotPK, gotSK, pk, sk)
		}
	}
	if !t.Present {
		for _, index := range []string{"gsi1", "gsi2", "gsi4"} {
			check(index, false, "", "")
		}
		return
	}
	list, listed := t.List()
	due := t.DueAt(j.w.Policy.Plan)
	if !due.IsZero() { // never listed for an instant at which it is not due yet
		due = due.Add(time.Millisecond - time.Nanosecond).Truncate(time.Millisecond)
	}
	at := position(t.Deadline(), t.ID)
	if t.Deadline().IsZero() && !due.IsZero() { // after those with a deadline, in their own order
		at = "9999#" + position(due, t.ID)
	}
	check("gsi1", listed, fmt.Sprintf("W#%s#%d#%s#", url.PathEscape(t.Brand), t.Tier, list), at)
	check("gsi2", !due.IsZero(), "D#", position(due, t.ID))
	check("gsi4", listed && t.Assignee != "", "A#"+t.Assignee, position(t.Deadline(), t.ID))
}

// reachable: who is to take a ticket is told of it, now or when it is due again.
func (j *jury) reachable(t Ticket) {
	if !t.Present || !t.WantsNudge() || t.Told {
		return
	}
	last := t.Entered
	if t.Nudged.After(last) {
		last = t.Nudged
	}
	if due := t.DueAt(j.w.Policy.Plan); due.IsZero() || due.After(last.Add(j.w.Policy.Plan.Renudge())) {
		j.say("ticket %s waits in tier %d, and nobody is told of it", t.ID, t.Tier)
	}
}

// breaches: each is in the log once, with its own item.
func (j *jury) breaches(t Ticket) {
	thread, n, _ := t.ID.Split()
	seen := map[string]bool{}
	for _, e := range t.Log {
		if e.What != desk.Breached {
			continue
		}
		at := fmt.Sprintf("C#%s B#%06d#%s#%d#%d", thread, n, e.Metric, e.Cycle, e.Level)
		if seen[at] {
			j.say("ticket %s was breached twice: %s", t.ID, at)
		}
		seen[at] = true
		if j.s.Items[at] == nil {
			j.say("ticket %s was breached without the item %s", t.ID, at)
		}
	}
}

// taught: each correction is an example of its month, about a message that is there.
func (j *jury) taught(t Ticket) {
	thread, _, _ := t.ID.Split()
	for _, e := range t.Log {
		if e.What != desk.Corrected {
			continue
		}
		i := j.s.Items[fmt.Sprintf("C#%s L#%012d", thread, e.Version)]
		if pk := "K#" + e.At.UTC().Format("2006-01") + "#"; !strings.HasPrefix(text(i, "gsi3pk"), pk) || text(i, "gsi3sk") != position(e.At, desk.TicketID(fmt.Sprintf("%s#%d", thread, e.Version))) {
			j.say("the correction %d of ticket %s is no example: it is listed as %q %q", e.Version, t.ID, text(i, "gsi3pk"), text(i, "gsi3sk"))
		}
		if about := "C#" + thread + " " + text(i, "about"); j.s.Items[about] == nil {
			j.say("the correction %d of ticket %s is about %s, which is not there", e.Version, t.ID, about)
		}
	}
}

// replies: each that was taken is there once and came to an end that can be seen;
// none was sent twice, and those of a conversation went out in their order.
func (j *jury) replies() {
	sent := map[string][]platforms.Sent{} // by text: nobody says the same twice here
	for _, s := range j.w.Heard() {
		sent[s.Text] = append(sent[s.Text], s)
	}
	known := map[string]bool{}
	for _, t := range j.s.Tickets {
		byKey := map[string]int{}
		var last time.Time
		for _, e := range t.Log {
			if e.What != desk.Replied {
				continue
			}
			byKey[e.Message.Key]++
			known[e.Message.Text] = true
			heard := sent[e.Message.Text]
			if n := len(heard); n > 1 {
				j.say("reply %s of %s was sent %d times", e.Message.Key, t.ID, n)
			}
			switch e.Message.Delivery {
			case desk.Accepted:
				if len(heard) != 1 {
					j.say("reply %s of %s is said to be accepted, and the platform has %d", e.Message.Key, t.ID, len(heard))
				}
			case desk.DeliveryFailed:
				if len(heard) != 0 {
					j.say("reply %s of %s is said to have failed, and the platform has it", e.Message.Key, t.ID)
				}
			case desk.Undone:
				if len(heard) != 0 {
					j.say("reply %s of %s was taken back, and the platform has it", e.Message.Key, t.ID)
				}
			case desk.DeliveryUnknown:
			default:
				j.say("reply %s of %s is %q for ever", e.Message.Key, t.ID, e.Message.Delivery)
			}
			for _, s := range heard {
				if s.At.Before(last) {
					j.say("reply %s of %s overtook another", e.Message.Key, t.ID)
				}
				last = s.At
			}
		}
		for _, r := range j.w.Ledger.Replies {
			if r.Ticket == t.ID && byKey[r.Key] != 1 {
				j.say("reply %s of %s was taken and is there %d times", r.Key, t.ID, byKey[r.Key])
			}
		}
	}
	for _, words := range slices.Sorted(maps.Keys(sent)) {
		if !known[words] {
			j.say("the platform has a reply that is in no log: %q", words)
		}
	}
}

// accepted: what was answered 200 is there, once.
func (j *jury) accepted() error {
	in := map[string]int{} // entries by account and key
	for _, t := range j.s.Tickets {
		for _, e := range t.Log {
			if e.Event != "" && e.Message != nil {
				in[e.Message.Account+" "+e.Message.Key]++
			}
		}
	}
	for _, at := range slices.Sorted(maps.Keys(in)) {
		if in[at] > 1 {
			j.say("event %s stands %d times", at, in[at])
		}
	}
	checked := map[string]bool{}
	for _, e := range j.w.Ledger.Accepted {
		at := e.Account() + " " + e.Key
		if checked[at] || in[at] > 0 {
			continue
		}
		checked[at] = true
		if err := j.elsewhere(e); err != nil {
			return err
		}
	}
	return j.bodies()
}

// elsewhere looks for an event that is in no ticket's log.
func (j *jury) elsewhere(e world.Event) error {
	if e.Kind == desk.Control {
		return nil
	}
	thread, err := j.w.Store.Thread(j.ctx, e.Desk())
	if err != nil {
		return err
	}
	if thread.Known && e.Kind != desk.MessageCreated {
		return nil
	}
	kept, err := j.quarantined()
	if err != nil {
		return err
	}
	for _, k := range kept {
		if strings.Contains(string(k.Raw.Body), e.Key) || k.Raw.Header["webhook-id"] == e.Key {
			return nil
		}
	}
	j.say("event %s of %s was answered 200 and is lost", e.Key, e.Account())
	return nil
}

// quarantined is everything in quarantine, read once.
func (j *jury) quarantined() ([]desk.Kept, error) {
	for cursor := ""; !j.read; {
		page, next, err := j.w.Store.Quarantined(j.ctx, cursor, 100)
		if err != nil {
			return nil, err
		}
		j.kept, cursor, j.read = append(j.kept, page...), next, next == ""
	}
	return j.kept, nil
}

// bodies: what nobody can split is in quarantine, byte for byte, once.
func (j *jury) bodies() error {
	if len(j.w.Ledger.Bodies) == 0 {
		return nil
	}
	kept, err := j.quarantined()
	if err != nil {
		return err
	}
	for _, b := range j.w.Ledger.Bodies {
		n := 0
		for _, k := range kept {
			if string(k.Raw.Body) == string(b.Body) {
				n++
			}
		}
		if n != 1 {
			j.say("a body of %d bytes was answered 200 and is in quarantine %d times", len(b.Body), n)
		}
	}
	return nil
}

// balanced: the ledger accounts for every event, and for as many as there are.
func (j *jury) balanced() {
	own := map[string]int{} // accepted, by account
	for _, e := range j.w.Ledger.Accepted {
		own[e.Account()]++
	}
	for range j.w.Ledger.Bodies {
		own[""]++
	}
	counted, ticketed := map[string]int{}, 0
	for _, page := range j.s.Pages(j.w.Now()) {
		for _, row := range page.Rows {
			if !ledger.Balanced(row) || row.InFlight != 0 {
				j.say("the ledger of %s does not balance: %+v", page.Hour.Format(time.TimeOnly), row)
			}
			counted[row.Account] += row.Accepted
			ticketed += row.Ticketed
		}
		for _, d := range page.Difference {
			j.say("the ledger of %s differs: %+v", page.Hour.Format(time.TimeOnly), d)
		}
	}
	unnamed := counted[""] // among them those that the door let in without the ledger
	for account, n := range own {
		if counted[account]+unnamed < n {
			j.say("%d events of account %q were answered 200, the ledger has %d", n, account, counted[account])
		}
	}
	if ticketed != len(j.s.Tickets) {
		j.say("the ledger has %d tickets, the table %d", ticketed, len(j.s.Tickets))
	}
}
