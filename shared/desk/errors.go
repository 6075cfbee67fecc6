package desk

import (
	"errors"
	"fmt"
	"time"
)

// Errors a caller can act on. Adapters translate their own failures into
// these, so that no step ever has to know what a DynamoDB exception is.
var (
	ErrNotFound  = errors.New("not found")
	ErrDuplicate = errors.New("was taken in before")
	ErrStale     = errors.New("ticket changed since it was read")
	ErrClaimed   = errors.New("ticket is claimed by somebody else")
	ErrToken     = errors.New("the claim has ended")
	ErrState     = errors.New("not possible in the ticket's state")
	ErrInvalid   = errors.New("invalid")             // wrapped with the field and the reason
	ErrWindow    = errors.New("too late to be sent") // by the platform's rules
	ErrBroken    = errors.New("cannot be read")      // by us, who wrote it: what was read along with it is there
)

// An UnreadError is ErrBroken of some tickets on a list; all others were read.
type UnreadError struct {
	Tickets []TicketID // those whose id could be told
	Err     error      // what is wrong with them, by the keys of their items
}

func (e *UnreadError) Error() string { return fmt.Sprintf("tickets: %v: %v", ErrBroken, e.Err) }
func (e *UnreadError) Unwrap() error { return ErrBroken }

// A SendClass says what a failed send means for the reply.
type SendClass string

// What a platform can answer. An answer that means "you sent this before" is
// none of them: it is success.
const (
	SendRetry        SendClass = "retry"                 // not now; the same reply again later
	SendWindowClosed SendClass = "window_closed"         // too late for free text
	SendUnreachable  SendClass = "recipient_unreachable" // blocked us, or gone
	SendAuth         SendClass = "auth"                  // our token is no good
	SendRejected     SendClass = "rejected"              // this text, never
	SendUnknown      SendClass = "unknown_outcome"       // it may have arrived: a person checks
)

// A SendError says why a reply was not delivered. Platforms return it, the
// courier acts on it.
type SendError struct {
	Class  SendClass
	After  time.Duration // for SendRetry, the platform's own advice; for SendUnknown, how long its echo or receipt may take; else zero
	Reason string        // for the agent and the log: never text or names of customers
	Doubt  bool          // for SendRetry: the platform may have it all the same
}

// Failed is what err tells of a send; of one that tells nothing, broken is why nobody
// knows.
func Failed(err error, broken string) *SendError {
	if failed, ok := errors.AsType[*SendError](err); ok {
		return failed
	}
	return &SendError{Class: SendUnknown, Reason: broken}
}

func (e *SendError) Error() string { return "send failed, " + string(e.Class) + ": " + e.Reason }
