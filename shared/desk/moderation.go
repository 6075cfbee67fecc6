package desk

// A ModerationAction is what can be done to a message for all to see, or to its
// author.
type ModerationAction string

// The actions there are. None undoes a deletion.
const (
	HideMessage   ModerationAction = "hide"
	UnhideMessage ModerationAction = "unhide"
	DeleteMessage ModerationAction = "delete"
	BlockAuthor   ModerationAction = "block"
	UnblockAuthor ModerationAction = "unblock"
)

// ModerationActions lists all of them.
var ModerationActions = []ModerationAction{HideMessage, UnhideMessage, DeleteMessage, BlockAuthor, UnblockAuthor}

// A ModerationRequest is one action on its way out, as a platform's moderator gets it.
// Doing one again does no harm on any platform.
type ModerationRequest struct {
	Action  ModerationAction
	Origin  Origin
	Message string // the platform's id of the message
	Parent  string
	Form    string // as Event.Form
	Author  string // the platform identity of who wrote it
}
