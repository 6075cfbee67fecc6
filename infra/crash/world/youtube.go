package world

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"example.com/skala/shared/desk"
)

// The channel of the accounts file, whose platform tells of videos alone and has to be
// asked for comments.
var YouTube = desk.App{Platform: "youtube", Name: "demo"}

// Written is a comment of somebody's below a video of the channel's, of a moment ago.
func (w *World) Written(id, author, words string) Event {
	return Event{App: YouTube, Kind: desk.MessageCreated, Key: id + ":" + w.Now().UTC().Format(time.RFC3339), ID: id, Author: author, Text: words}
}

// Comment has people write comments. Nobody tells the desk of them; one that it was
// told by asking is to be in it like any other.
func (w *World) Comment(all ...Event) {
	w.mu.Lock()
	w.comments = append(w.comments, all...)
	w.mu.Unlock()
	w.Accepted(all...)
}

// Uploaded is what YouTube posts about a video: that is reason to ask for comments.
func (w *World) Uploaded(id string) Webhook {
	return Webhook{App: YouTube, Body: fmt.Appendf(nil,
		`<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns="http://www.w3.org/2005/Atom"><entry><id>yt:video:%[1]s</id><yt:videoId>%[1]s</yt:videoId><yt:channelId>%[2]s</yt:channelId><updated>%[3]s</updated></entry></feed>`,
		id, accounts[YouTube], w.Now().UTC().Format(time.RFC3339))}
}

// commentThreads answers what was written below the channel's videos, the newest first.
func (w *World) commentThreads(rw http.ResponseWriter) {
	w.mu.Lock()
	all := slices.Clone(w.comments)
	w.mu.Unlock()
	slices.Reverse(all)
	items := []any{}
	for _, e := range all {
		stamp := e.Key[len(e.ID)+1:]
		comment := map[string]any{"kind": "youtube#comment", "id": e.ID, "snippet": map[string]any{
			"channelId": accounts[YouTube], "textOriginal": e.Text, "authorDisplayName": "@" + e.Author, "authorChannelId": map[string]any{"value": e.Author}, "publishedAt": stamp, "updatedAt": stamp,
		}}
		items = append(items, map[string]any{"id": e.ID, "snippet": map[string]any{"channelId": accounts[YouTube], "topLevelComment": comment, "totalReplyCount": 0}})
	}
	rw.Header().Set("Content-Type", "application/json; charset=UTF-8")
	_, _ = rw.Write(encode(map[string]any{"items": items})) // a function that left is no failure of ours
}
