package platforms

import (
	"slices"
	"strings"
)

// Talk returns what somebody sees who talks to an account: the direct chat, a
// group, or all that they began or joined in a public place. Events are by the
// lines' ids.
func (n *Network) Talk(of Account, author, in string) (lines []Line, events map[string]Event, blocked bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	conversation := author
	switch {
	case of.Channel == "standard":
		conversation = "conv_" + strings.TrimPrefix(author, "cust_")
	case of.Channel == "line" && in != "":
		conversation = GroupID(in)
	case of.Channel == "slack":
		conversation = slackDirect(of.ID, author)
	case of.Channel == "discord":
		conversation = discordDirect(of.ID, author)
	}
	if t := n.threads[ThreadKey{of.Platform, of.App, conversation}]; t != nil && (of.Channel == "line" || in == "direct") {
		lines, blocked = slices.Clone(t.Lines), t.Blocked
	}
	if of.Channel != "line" && in != "direct" {
		for _, t := range n.threads {
			if t.Account == of.ID && t.Channel == of.Channel && t.In == in && slices.ContainsFunc(t.Lines, func(l Line) bool { return l.Author == author }) {
				lines = append(lines, t.Lines...)
			}
		}
		slices.SortStableFunc(lines, func(a, b Line) int { return a.At.Compare(b.At) })
	}
	events = map[string]Event{}
	for _, l := range lines {
		if e := n.byID[l.ID]; e != nil {
			copied := *e
			copied.Attempts = slices.Clone(e.Attempts)
			events[l.ID] = copied
		}
	}
	return lines, events, blocked
}

// Tells reports whether a platform tells of edits and deletions.
func (n *Network) Tells(of Account, public bool) bool {
	return of.Channel == "line" || of.Channel == "telegram" || of.Channel == "slack" || of.Channel == "standard" || of.Channel == "facebook_page" || (of.Channel == "x") == public && of.Channel != "threads"
}
