package desk

import "time"

// A DeadLetter is a message that its function failed on as often as its queue
// lets it. SQS keeps it whole for two weeks, and not a word on why.
type DeadLetter struct {
	Queue    string    `json:"queue"` // the one it came from: inbound, outbound, due, tier0 to tier4
	ID       string    `json:"id"`    // of the message; the function's log has it as the record
	Body     string    `json:"body"`
	Group    string    `json:"group,omitempty"`
	Sent     time.Time `json:"sent"`
	First    time.Time `json:"first_received,omitzero"`
	Receives int       `json:"receives"` // every look at it counts as one
}

// A Backlog is about how many messages wait in a queue.
type Backlog struct {
	Queue   string `json:"queue"`
	Waiting int    `json:"waiting"`
}

// Redriven is what came of giving dead letters back to their queue.
type Redriven struct {
	Queue     string `json:"queue"`
	Redriven  int    `json:"redriven"`
	Failed    int    `json:"failed"`    // still there, and perhaps in their queue too
	Remaining int    `json:"remaining"` // about how many still wait
}

// A ReplayOutcome is what came of replaying one event of the quarantine.
type ReplayOutcome string

// What can come of a replay. What is sent on comes back to the quarantine, with
// a new reason, if triage can't read it either.
const (
	ReplaySent       ReplayOutcome = "sent"       // to triage, as if it had just been let in
	ReplayUnreadable ReplayOutcome = "unreadable" // still; it stays, with its new reason
)

// A Replay is what came of replaying one entry of the quarantine.
type Replay struct {
	ID      string        `json:"id"`
	Outcome ReplayOutcome `json:"outcome"`
	Events  int           `json:"events"` // of those sent on: a body may hold several, or none
	Reason  string        `json:"reason,omitempty"`
}

// Replays counts what came of replaying a part of the quarantine.
type Replays struct {
	Sent       int    `json:"sent"`
	Unreadable int    `json:"unreadable"`
	Failed     int    `json:"failed"`    // for a reason of ours; the log says which
	Remaining  int    `json:"remaining"` // not tried yet
	Next       string `json:"next"`      // where they begin; empty at the end
}
