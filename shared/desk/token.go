package desk

import "time"

// A TokenSet is what a platform gives an account to make calls with for a while, and
// to ask for the next set with. It is secret, and prints as nothing.
type TokenSet struct {
	Access      string
	Refresh     string    // empty where the one that it was asked with goes on
	Ends        time.Time // of Access; zero where nobody knows
	RefreshEnds time.Time // of Refresh; likewise
}

// String and GoString keep tokens out of whatever is printed.
func (TokenSet) String() string   { return "(tokens)" }
func (TokenSet) GoString() string { return "(tokens)" }

// A Token is the present token set of an account whose tokens end, as the table keeps
// it: what is secret sealed, and in the clear when it ends and who is renewing it.
type Token struct {
	AccountKey
	Version int64  `json:"version"` // goes up with each change; 0 where nothing was ever asked for
	Sealed  []byte `json:"sealed,omitempty"`
	// Settings names the settings of the accounts file that wrote this, and behind them
	// those that they replaced: who still has one of these changes nothing.
	Settings []string `json:"settings,omitempty"`

	TokenState

	Lease time.Time `json:"lease,omitzero"`  // until then somebody asks for the next set
	Doubt bool      `json:"doubt,omitempty"` // it was asked for, and nobody knows what came of that
	Next  time.Time `json:"next,omitzero"`   // not asked for again before this
}

// A TokenState is what may be shown of a token set.
type TokenState struct {
	Ends        time.Time `json:"ends,omitzero"`         // calls can be made until then
	RefreshEnds time.Time `json:"refresh_ends,omitzero"` // the next set can be asked for until then; zero where the platform does not say
	Refreshed   time.Time `json:"refreshed,omitzero"`    // when the platform gave it
	Refused     time.Time `json:"refused,omitzero"`      // since when it gives no other, for Problem
	Problem     string    `json:"problem,omitempty"`
}
