// Package metrics counts and times what the desk does. What one invocation came
// to is one JSON line beside those of the log, in CloudWatch's embedded metric
// format: CloudWatch makes metrics of such lines by itself, so that measuring
// costs no call and cannot fail the work it measures.
//
// The stack is the only dimension. Accounts, agents and tickets are never one:
// each value of a dimension is billed as a metric of its own, and what is to be
// known of them is in the table.
package metrics

import (
	"io"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"
)

// namespace is what all of them stand under in CloudWatch.
const namespace = "Skala"

// A Name is one of the metrics that alarms and dashboard are made of.
type Name string

// What the door sees.
const (
	EventsAccepted    Name = "EventsAccepted"    // safe on the queue or in the table
	WebhooksRefused   Name = "WebhooksRefused"   // not signed by their platform
	HandshakesRefused Name = "HandshakesRefused" // a platform, or somebody else, asked with what is not ours
	EventsSpilled     Name = "EventsSpilled"     // into the table, since the queue refused them
	EventsQuarantined Name = "EventsQuarantined" // by the door and after it: nobody can use them
)

// What triage does.
const (
	EventsTaken   Name = "EventsTaken"   // written down on a ticket
	TicketsOpened Name = "TicketsOpened" // by them
	Duplicates    Name = "Duplicates"    // that stood there already
	TimeToTicket  Name = "TimeToTicket"  // from the door's receipt of an event until it is written down

	OpinionsHeard   Name = "OpinionsHeard"   // of a second judge, on what triage was unsure of
	OpinionsMissing Name = "OpinionsMissing" // asked for in vain, or not at all since the day's are used up

	AccountsDisconnected Name = "AccountsDisconnected" // a platform says that an account has no use of us any more, or of itself
)

// What becomes of thin notices, whose content has to be fetched.
const (
	EventsFetched   Name = "EventsFetched"
	EventsUnfetched Name = "EventsUnfetched" // however often it was tried: their tickets say so
)

// What the desk does by itself.
const (
	SweepsDone     Name = "SweepsDone" // to their end
	DueFound       Name = "DueFound"   // by a sweep
	Breaches       Name = "Breaches"
	BreachLateness Name = "BreachLateness" // from a deadline until its breach is acted on
)

// What becomes of replies.
const (
	RepliesAccepted  Name = "RepliesAccepted"
	RepliesFailed    Name = "RepliesFailed"    // for good
	RepliesUncertain Name = "RepliesUncertain" // handed over, and nobody knows how it ended
	SendAuthFailures Name = "SendAuthFailures" // of them, for a token that is no good
)

// What is found of accounts.
const (
	AccountsUnwell Name = "AccountsUnwell" // their platforms refuse them or send nothing here, or their replies wait
	AccountsSilent Name = "AccountsSilent" // nothing came in for longer than is usual
)

// What becomes of letters to people and programs.
const (
	NotificationsAccepted Name = "NotificationsAccepted"
	NotificationsFailed   Name = "NotificationsFailed" // for good
)

// What the console answers, and what queues get back.
const (
	Requests      Name = "Requests"
	RequestErrors Name = "RequestErrors" // answered with 500 or more
	RecordsFailed Name = "RecordsFailed"
)

// What the audit finds.
const (
	AuditsDone       Name = "AuditsDone"
	LedgerDifference Name = "LedgerDifference" // events taken in twice, or without an outcome long after their hour
	EventsInFlight   Name = "EventsInFlight"
	HoursOpen        Name = "HoursOpen"
	Backlog          Name = "Backlog"          // tickets that nobody has, over all tiers; see BacklogOf
	DueLag           Name = "DueLag"           // how long the earliest due item has been due
	AuditDifferences Name = "AuditDifferences" // tickets that are not as their logs say
	AuditRepairs     Name = "AuditRepairs"     // heads and places mended, and queues told of what was left waiting
)

// tiers are how many the desk has: those of desk.Tiers.
const tiers = 5

// BacklogOf is the backlog of one tier.
func BacklogOf(tier int) Name { return Backlog + Name(strconv.Itoa(tier)) }

// Names lists every metric there is.
func Names() []Name {
	all := []Name{
		EventsAccepted, WebhooksRefused, HandshakesRefused, EventsSpilled, EventsQuarantined,
		EventsTaken, TicketsOpened, Duplicates, TimeToTicket, OpinionsHeard, OpinionsMissing, AccountsDisconnected,
		EventsFetched, EventsUnfetched, AccountsUnwell, AccountsSilent,
		SweepsDone, DueFound, Breaches, BreachLateness,
		RepliesAccepted, RepliesFailed, RepliesUncertain, SendAuthFailures,
		NotificationsAccepted, NotificationsFailed,
		Requests, RequestErrors, RecordsFailed,
		AuditsDone, LedgerDifference, EventsInFlight, HoursOpen, Backlog, DueLag, AuditDifferences, AuditRepairs,
	}
	for tier := range tiers {
		all = append(all, BacklogOf(tier))
	}
	return all
}

// Unit is what CloudWatch shall call the values of n: Milliseconds for what is
// timed, Count for the rest.
func (n Name) Unit() string {
	switch n {
	case TimeToTicket, BreachLateness, DueLag:
		return "Milliseconds"
	}
	return "Count"
}

// A Recorder collects what an invocation measures until Flush writes it. Its
// methods may be called concurrently. A nil one records nothing.
type Recorder struct {
	Out   io.Writer // takes each line with one Write
	Stack string    // the only dimension; without one nothing is written
	Now   func() time.Time

	mu     sync.Mutex
	values map[Name][]int64
}

// most is how many values of a metric one line may hold.
const most = 100

// Count adds n to a metric: its sum over an invocation is one value. Zero is one
// too, and says that somebody looked.
func (r *Recorder) Count(name Name, n int) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.values[name]) == 0 {
		r.add(name, 0)
	}
	r.values[name][0] += int64(n)
}

// Time adds a time taken, in milliseconds. Each is a value of its own, so that
// percentiles are those of the units of work and not of invocations.
func (r *Recorder) Time(name Name, d time.Duration) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.values[name]) == most {
		r.flush()
	}
	r.add(name, d.Milliseconds())
}

func (r *Recorder) add(name Name, value int64) {
	if r.values == nil {
		r.values = map[Name][]int64{}
	}
	r.values[name] = append(r.values[name], value)
}

// Flush writes what was collected, if anything was, as one line.
func (r *Recorder) Flush() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flush()
}

func (r *Recorder) flush() {
	if len(r.values) == 0 {
		return
	}
	values := r.values
	r.values = nil
	if r.Stack == "" {
		return
	}
	names := slices.Sorted(maps.Keys(values))
	line := append([]byte(`{"_aws":{"Timestamp":`), strconv.FormatInt(r.Now().UnixMilli(), 10)...)
	line = append(line, `,"CloudWatchMetrics":[{"Namespace":"`+namespace+`","Dimensions":[["Stack"]],"Metrics":[`...)
	for i, name := range names {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, `{"Name":"`+string(name)+`","Unit":"`+name.Unit()+`"}`...)
	}
	line = append(line, `]}]},"Stack":`...)
	line = strconv.AppendQuoteToASCII(line, r.Stack) // letters, digits and hyphens, as CloudFormation has it
	for _, name := range names {
		line = append(line, `,"`+string(name)+`":`...)
		line = appendValues(line, values[name])
	}
	_, _ = r.Out.Write(append(line, "}\n"...)) // there is nowhere else to say that the log takes nothing
}

// appendValues writes one number as it is, and several as a list.
func appendValues(line []byte, values []int64) []byte {
	if len(values) == 1 {
		return strconv.AppendInt(line, values[0], 10)
	}
	for i, v := range values {
		line = append(line, "[,"[min(i, 1)])
		line = strconv.AppendInt(line, v, 10)
	}
	return append(line, ']')
}
