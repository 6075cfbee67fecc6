// Package judge says whether a desk kept its promises, by what those around it saw
// and by what its logs and its table hold in the end. It is written apart from what
// it judges: it reads what is promised from tables of its own, counts business hours
// by walking through them, makes its own picture of every ticket from its log, and
// asks none of the desk's rules what should have happened.
package judge

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
)

// A Violation is a promise that was not kept.
type Violation struct {
	At     time.Time
	Ticket desk.TicketID // empty where it is none's
	Kind   Kind
	Text   string
}

func (v Violation) String() string {
	return fmt.Sprintf("%s %s %s: %s", v.At.UTC().Format("2006-01-02 15:04:05.000"), cmp.Or(string(v.Ticket), "-"), v.Kind, v.Text)
}

// A Kind says which promise it is.
type Kind string

// The kinds of violations.
const (
	Lost     Kind = "lost"
	Doubled  Kind = "doubled"
	Missed   Kind = "missed"    // not done when it was due
	Early    Kind = "not due"   // done though it was not
	Wrong    Kind = "wrong"     // another than the log makes it
	Untold   Kind = "untold"    // nobody was told of what waits for somebody
	Unheld   Kind = "unheld"    // done without the claim that it needs
	Unended  Kind = "unended"   // carried to no end
	Uneven   Kind = "unbalance" // the ledger
	Unlisted Kind = "index"
	Alarmed  Kind = "alarm" // somebody is woken for nothing
)

// A Ticket is one as it is stored, with its log.
type Ticket struct {
	desk.Ticket
	Log     []desk.Entry
	Present bool // the thread's last
}

// A Case is all that is judged.
type Case struct {
	Witness  *Witness
	Rules    func(policy string) *Rules
	Present  func(member string, at time.Time) bool      // whether they are on shift
	Leads    []string                                    // whom a chain pages
	Channels func(member string) []people.Channel        // by which they are told
	Awake    func(member string, at time.Time) time.Time // the end of their quiet hours, or at
	Programs []string                                    // that are told of everything
	Tickets  []Ticket
	Due      []desk.Due // what the index holds, however far away
	Kept     []desk.Kept
	Pages    []desk.LedgerPage
	Dead     []desk.DeadLetter // of the functions' queues
	Now      time.Time
}

// A Finding is what the judge found.
type Finding struct {
	Violations []Violation // the earliest first
	Breaches   int         // first steps that were due
	Missed     int         // of them, not taken in time or not at all
	Lateness   []time.Duration
	Excused    []time.Duration // of those that an outage kept from being prompt
	Lost       int
	Doubled    int
}

// Judge judges.
func (c *Case) Judge() Finding {
	j := &jury{Case: c, said: map[string]int{}}
	j.post()
	slices.SortFunc(c.Tickets, func(a, b Ticket) int { return cmp.Compare(a.ID, b.ID) })
	for _, t := range c.Tickets {
		j.ticket(t)
	}
	j.threads()
	j.accepted()
	j.replies()
	j.index()
	j.ledger()
	j.alarms()
	slices.SortStableFunc(j.found.Violations, func(a, b Violation) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Ticket, b.Ticket))
	})
	return j.found
}

// A jury is at work on a case.
type jury struct {
	*Case
	found Finding
	said  map[string]int // entries by account and key of their events

	letters map[Notice][]Letter       // all tries of those that tell of it
	sent    map[post.Address][]Letter // the first try of each
}

func (j *jury) say(at time.Time, t desk.TicketID, kind Kind, format string, args ...any) {
	j.found.Violations = append(j.found.Violations, Violation{At: at, Ticket: t, Kind: kind, Text: fmt.Sprintf(format, args...)})
	switch kind {
	case Lost:
		j.found.Lost++
	case Doubled:
		j.found.Doubled++
	}
}
