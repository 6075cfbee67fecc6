// Package meta speaks to Meta's family: Messenger, Facebook pages, Instagram,
// WhatsApp and Threads. They sign webhooks alike and come in at one address; what
// a body holds says which of them it is. Replies go to the Graph API, each channel
// by its own paths.
package meta

import "example.com/skala/shared/desk"

// Name is the platform this package speaks to.
const Name desk.Platform = "meta"

// The channels of the platform.
const (
	Messenger    = "messenger"
	FacebookPage = "facebook_page"
	Instagram    = "instagram"
	WhatsApp     = "whatsapp"
	Threads      = "threads"
)

// The forms of messages on which it depends how they can be answered. All others
// have none.
const (
	FormMention = "mention" // in somebody's own post or comment
	FormReview  = "review"
	FormLive    = "live" // a comment on a live video
	FormPost    = "post" // on our page, as against a comment
)
