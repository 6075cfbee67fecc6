package desk

import "time"

// A Cursor is how far an account was asked what people wrote, of a platform that does
// not tell by itself.
type Cursor struct {
	AccountKey
	Version int64 `json:"version"` // goes up with each change; 0 where nothing was asked

	At   time.Time `json:"at,omitzero"`    // the latest that came
	Seen []string  `json:"seen,omitempty"` // keys of the latest that came: platforms show some of it late
	Next time.Time `json:"next,omitzero"`  // not before this, on the schedule

	Subscribed time.Time `json:"subscribed,omitzero"` // when the platform was last asked to send what it does send
}
