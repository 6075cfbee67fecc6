// Package faults stands between the AWS SDK's clients and AWS: it records every
// call that a process really makes, and makes calls fail in the ways in which
// AWS fails and emulators do not.
//
// It sits in the SDK's own stack, so that what runs is the product's code with
// the SDK's retries: what those mend is made to fail below them, try by try. It
// knows nothing of tickets, and decides nothing by itself: a Plan says what goes
// wrong with which call, and every fault says whether it fired. Duplicate and
// reordered deliveries are no faults of a call: whoever plays the queue's event
// source makes them.
package faults

import (
	"reflect"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// A Kind is a way in which a call goes wrong.
type Kind string

// The kinds. A call that fails "for good" fails on every try of the SDK.
const (
	Before       Kind = "before"        // it fails for good and has no effect
	After        Kind = "after"         // it takes effect, and yet fails for good
	Lost         Kind = "lost"          // it takes effect and its answer is lost on the way; the SDK tries again
	Timeout      Kind = "timeout"       // nothing answers until the invocation's time is up; it has no effect
	TimeoutAfter Kind = "timeout-after" // the same, but it takes effect
	Throttle     Kind = "throttle"      // refused for going too fast, until the SDK's last try
	Throttled    Kind = "throttled"     // refused for going too fast, for good
	Conflict     Kind = "conflict"      // a write that met another's transaction, once
	Conflicts    Kind = "conflicts"     // a transaction that meets others' for as long as it is made again
	Stale        Kind = "stale"         // an index that does not show the newest yet
	Death        Kind = "death"         // the process dies before the call takes effect
	DeathAfter   Kind = "death-after"   // the process dies when it has taken effect
	Partial      Kind = "partial"       // a part of a batch is refused, or not read
)

// Kinds lists every kind, the plainest first.
var Kinds = []Kind{Before, After, Lost, Timeout, TimeoutAfter, Throttle, Throttled, Conflict, Conflicts, Stale, Death, DeathAfter, Partial}

// Fits reports whether a call such as c can go wrong in this way. What changes
// nothing has no effect that could be there although the call failed. An index
// can be stale about c only where it had something to show.
func (k Kind) Fits(c Call) bool {
	switch k {
	case Lost:
		return c.Err == nil
	case After, TimeoutAfter, DeathAfter:
		return c.Changes() && c.Err == nil
	case Conflict:
		switch c.Operation {
		case "TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem":
			return true
		}
		return false
	case Conflicts:
		return c.Operation == "TransactWriteItems"
	case Stale:
		q, ok := c.In.(*dynamodb.QueryInput)
		return ok && q.IndexName != nil && c.Rows > 0
	case Partial:
		switch c.In.(type) {
		case *dynamodb.BatchGetItemInput, *sqs.SendMessageBatchInput, *sqs.DeleteMessageBatchInput, *sqs.ChangeMessageVisibilityBatchInput:
			return true
		}
		return false
	}
	return true
}

// A Fault is one thing that goes wrong with one call.
type Fault struct {
	Kind Kind
	Code string // of Conflict and Conflicts: why a transaction was cancelled; empty for TransactionConflict

	// Newest reports whether a row of an index is too new to be shown, by its
	// attributes; nil takes all for new.
	Newest func(row Item) bool

	fired atomic.Bool
}

// Fired reports whether the fault took place. One that was planned and did not
// fire proves nothing.
func (f *Fault) Fired() bool { return f != nil && f.fired.Load() }

// A Plan says what goes wrong with a call that is about to be made, of which
// neither answer nor rows are known yet; nil is nothing. It may be asked by
// several calls at once.
type Plan interface{ Next(c Call) *Fault }

// A PlanFunc is a function that plans.
type PlanFunc func(c Call) *Fault

// Next is the function.
func (f PlanFunc) Next(c Call) *Fault { return f(c) }

// changes reports whether an operation may change anything. Taking messages from
// a queue does: they are hidden from others.
func changes(operation string) bool {
	switch operation {
	case "GetItem", "BatchGetItem", "Query", "Scan", "GetSecretValue", "GetQueueAttributes", "GetQueueUrl", "DescribeTable", "ListMessageMoveTasks":
		return false
	}
	return true
}

// rows counts the items of an answer of a query; 0 for any other.
func rows(out any) int {
	if q, ok := out.(*dynamodb.QueryOutput); ok && q != nil {
		return len(q.Items)
	}
	return 0
}

// shallow returns a copy of what a pointer points to, so that a caller's input
// or an answer can be changed on its way.
func shallow[T any](p *T) *T {
	v := reflect.ValueOf(p).Elem()
	out := reflect.New(v.Type())
	out.Elem().Set(v)
	return out.Interface().(*T)
}
