package platform

import (
	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/split"
)

// Parts returns the messages that a text goes out as where one may be as long as
// limit, and how long the whole is in its unit. Without a limit it is one.
func Parts(text string, limit desk.Length) (parts []string, used int) {
	unit := split.Unit(limit.Unit)
	if limit.Value <= 0 {
		return []string{text}, unit.Len(text)
	}
	return split.Text(text, limit.Value, unit), unit.Len(text)
}
