package platforms

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/skala/infra/simulator/customers"
)

// YouTube: what the hub posts about videos, and the calls that the desk makes,
//
//	POST /subscribe                    the hub; it asks the address 100 ms later
//	GET  /youtube/v3/commentThreads    ?allThreadsRelatedToChannelId=&maxResults=&pageToken=
//	GET  /youtube/v3/comments          ?parentId=
//	POST /youtube/v3/comments
//	GET  /youtube/v3/channels          ?id=
//
// Nothing is told of comments: they are here to be asked for. So that nobody who tries
// the desk has to wait for it to ask by itself, each has the video change as well,
// of which the hub tells; the fault "silent" leaves that out.

func youtubeUser(a *app, word string) string {
	if strings.HasPrefix(word, "UC") && len(word) == 24 {
		return word
	}
	return "UC" + digest("youtube", a.Name, word)[:22]
}

// beginYouTube numbers a comment, or one below it: there are two levels.
func beginYouTube(n *Network, _ *app, e *Event, s *Say) error {
	id := n.messageID(e.At)
	e.ID, e.Message = id, "Ugx"+id
	if err := n.place(e, s, ""); err != nil {
		return err
	}
	if s.Message != "" {
		e.Message = e.Conversation + ".9" + id
	}
	return nil
}

// youtubeEvent makes what the hub posts: that the video has changed. n.mu is held.
func (n *Network) youtubeEvent(a *app, e *Event, s *Say) error {
	if !slices.Contains(e.part.does, s.Do) {
		return errors.New("there is no such event of YouTube")
	}
	if _, e.untold = n.fault("silent", a, e.part); e.untold {
		return nil
	}
	video, page := a.root("youtube"), "https://www.youtube.com/channel/"+a.Account
	at, link := e.At.Format(time.RFC3339Nano), "https://www.youtube.com/watch?v="+a.root("youtube")
	var b bytes.Buffer
	b.WriteString("<?xml version='1.0' encoding='UTF-8'?>\n")
	if s.Do == "remove" {
		fmt.Fprintf(&b, `<feed xmlns:at="http://purl.org/atompub/tombstones/1.0" xmlns="http://www.w3.org/2005/Atom"><at:deleted-entry ref="yt:video:%s" when="%s"><link href="%s"/><at:by><name>%s</name><uri>%s</uri></at:by></at:deleted-entry></feed>`, video, at, link, escapedXML(a.Brand), page)
	} else {
		fmt.Fprintf(&b, `<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns="http://www.w3.org/2005/Atom"><link rel="hub" href="https://pubsubhubbub.appspot.com"/><link rel="self" href="%s"/><title>YouTube video feed</title><updated>%s</updated><entry>
  <id>yt:video:%s</id>
  <yt:videoId>%[3]s</yt:videoId>
  <yt:channelId>%s</yt:channelId>
  <title>How we roast</title>
  <link rel="alternate" href="%s"/>
  <author>
   <name>%s</name>
   <uri>%s</uri>
  </author>
  <published>2026-01-02T10:00:00+00:00</published>
  <updated>%[2]s</updated>
 </entry></feed>`, youtubeTopic(a), at, video, a.Account, link, escapedXML(a.Brand), page)
	}
	b.WriteString("\n")
	e.body = b.Bytes()
	return nil
}

func escapedXML(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
	return b.String()
}

// youtubeTopic is how the hub calls a channel, which is not how it is subscribed to.
func youtubeTopic(a *app) string {
	return "https://www.youtube.com/xml/feeds/videos.xml?channel_id=" + a.Account
}

func signYouTube(a *app, h http.Header, body []byte, _ string, _ time.Time) error {
	sum := hmac.New(sha1.New, a.keys[0].hmacKey)
	sum.Write(body)
	h.Set("Content-Type", "application/atom+xml")
	h.Set("X-Hub-Signature", "sha1="+hex.EncodeToString(sum.Sum(nil)))
	return nil
}

// subscribeYouTube takes a wish to be told of a channel's videos.
func (n *Network) subscribeYouTube(w http.ResponseWriter, r *http.Request) {
	topic, callback := r.FormValue("hub.topic"), r.FormValue("hub.callback")
	_, channel, _ := strings.Cut(topic, "channel_id=")
	i := slices.IndexFunc(n.apps, func(a *app) bool { return a.Platform == "youtube" && a.Account == channel })
	to, err := url.Parse(callback)
	switch {
	case r.FormValue("hub.mode") != "subscribe" || i < 0 || err != nil || to.Path != "/webhooks/youtube/"+n.apps[max(i, 0)].Name:
		http.Error(w, "no such topic or callback", http.StatusBadRequest)
		return
	case !slices.ContainsFunc(n.apps[i].keys, func(s signer) bool { return string(s.hmacKey) == r.FormValue("hub.secret") }):
		http.Error(w, "the secret is none of the accounts file", http.StatusBadRequest)
		return
	}
	name := n.apps[i].Name
	n.later(100*time.Millisecond, func(ctx context.Context) { n.Shake(ctx, "youtube", name) })
	w.WriteHeader(http.StatusAccepted)
}

// youtubeSays answers no as the Data API does.
func youtubeSays(w http.ResponseWriter, status int, reason string) {
	write(w, status, object{"error": object{"code": status, "message": "refused", "errors": []object{{"domain": "youtube", "reason": reason, "message": "refused"}}}})
}

// youtubeCaller returns the channel whose token a call has, unless it is answered with
// a fault.
func (n *Network) youtubeCaller(w http.ResponseWriter, r *http.Request) *app {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	i := slices.IndexFunc(n.apps, func(a *app) bool { return a.Platform == "youtube" && bearer && n.lets(a, token) })
	if i < 0 {
		youtubeSays(w, http.StatusUnauthorized, "authError")
		return nil
	}
	if _, ok := n.take("unfetched", n.apps[i]); ok && r.Method == http.MethodGet {
		youtubeSays(w, http.StatusServiceUnavailable, "backendError")
		return nil
	}
	return n.apps[i]
}

// youtubeComment is a line of a thread as the Data API shows it. What the brand said
// has its channel as author.
func (n *Network) youtubeComment(a *app, t *Thread, l Line) object {
	author, name := l.Author, "@"+strings.TrimPrefix(cmp.Or(n.users[user{a.Platform, a.Name, l.Author}].Handle, l.Name), "@")
	if author == "" {
		author, name = a.Account, "@"+a.handle
	}
	at := l.At.UTC()
	snippet := object{
		"channelId": a.Account, "videoId": a.root("youtube"), "textDisplay": l.Text, "textOriginal": l.Text, "authorDisplayName": name, "authorChannelId": object{"value": author},
		"publishedAt": at.Format(time.RFC3339Nano), "updatedAt": at.Add(time.Duration(l.Edits) * time.Second).Format(time.RFC3339Nano),
	}
	if l.Message != t.Conversation {
		snippet["parentId"] = t.Conversation
	}
	return object{"kind": "youtube#comment", "etag": digest("etag", l.Message, l.Text)[:8], "id": l.Message, "snippet": snippet}
}

// youtubeThreads lists the threads of a channel, the latest first.
func (n *Network) youtubeThreads(w http.ResponseWriter, r *http.Request) {
	a := n.youtubeCaller(w, r)
	if a == nil {
		return
	}
	q := r.URL.Query()
	size, _ := strconv.Atoi(q.Get("maxResults"))
	size = min(cmp.Or(max(size, 0), 20), 100)
	from, _ := strconv.Atoi(q.Get("pageToken"))
	if q.Get("allThreadsRelatedToChannelId") != a.Account || from < 0 {
		youtubeSays(w, http.StatusForbidden, "forbidden")
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	var threads []*Thread
	for _, t := range n.threads {
		if t.Platform == "youtube" && t.App == a.Name && t.Account == a.Account && len(t.Lines) > 0 {
			threads = append(threads, t)
		}
	}
	slices.SortFunc(threads, func(x, y *Thread) int { return strings.Compare(y.Conversation, x.Conversation) })
	items := []object{}
	for _, t := range threads[min(from, len(threads)):min(from+size, len(threads))] {
		var comments []object
		for _, l := range t.Lines {
			if l.Message != "" && !l.Unsent {
				comments = append(comments, n.youtubeComment(a, t, l))
			}
		}
		if len(comments) == 0 || comments[0]["id"] != t.Conversation {
			continue // it began with what is gone, and all below with it
		}
		shown := comments[max(1, len(comments)-5):] // five answers come along
		items = append(items, object{"kind": "youtube#commentThread", "id": t.Conversation, "snippet": object{
			"channelId": a.Account, "videoId": a.root("youtube"), "topLevelComment": comments[0], "canReply": true, "totalReplyCount": len(comments) - 1, "isPublic": true,
		}, "replies": object{"comments": append([]object{}, shown...)}})
	}
	out := object{"kind": "youtube#commentThreadListResponse", "items": items}
	if from+size < len(threads) {
		out["nextPageToken"] = itoa(from + size)
	}
	write(w, http.StatusOK, out)
}

// youtubeReplies lists the answers of a thread.
func (n *Network) youtubeReplies(w http.ResponseWriter, r *http.Request) {
	a := n.youtubeCaller(w, r)
	if a == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	items := []object{}
	if t := n.threads[ThreadKey{a.Platform, a.Name, r.URL.Query().Get("parentId")}]; t != nil && t.Account == a.Account {
		for _, l := range t.Lines {
			if l.Message != "" && l.Message != t.Conversation && !l.Unsent {
				items = append(items, n.youtubeComment(a, t, l))
			}
		}
	}
	write(w, http.StatusOK, object{"kind": "youtube#commentListResponse", "items": items})
}

// youtubeChannel tells who somebody is.
func (n *Network) youtubeChannel(w http.ResponseWriter, r *http.Request) {
	a := n.youtubeCaller(w, r)
	if a == nil {
		return
	}
	_, gone := n.take("gone", a)
	id := r.URL.Query().Get("id")
	n.mu.Lock()
	who, known := n.users[user{a.Platform, a.Name, id}]
	n.mu.Unlock()
	items := []object{}
	if id == a.Account && n.refuses(a) {
		youtubeSays(w, http.StatusUnauthorized, "authError")
		return
	}
	if id == a.Account {
		items = append(items, object{"kind": "youtube#channel", "id": id, "snippet": object{"title": a.Brand, "customUrl": "@" + a.handle}})
	} else if known && !gone {
		items = append(items, object{"kind": "youtube#channel", "id": id, "snippet": object{"title": who.Name, "customUrl": "@" + strings.TrimPrefix(who.Handle, "@"), "publishedAt": "2019-03-04T05:06:07Z"},
			"statistics": youtubeCounts(who)})
	}
	write(w, http.StatusOK, object{"kind": "youtube#channelListResponse", "items": items})
}

// youtubeCounts is what all may read of a channel's numbers.
func youtubeCounts(who customers.Persona) object {
	if who.Followers == nil {
		return object{"hiddenSubscriberCount": true, "videoCount": "0"}
	}
	return object{"hiddenSubscriberCount": false, "subscriberCount": itoa(*who.Followers), "videoCount": "3"}
}

// sendYouTube takes a comment of a channel's.
func (n *Network) sendYouTube(w http.ResponseWriter, r *http.Request) {
	a := n.youtubeCaller(w, r)
	if a == nil {
		return
	}
	var in struct {
		Snippet struct{ ParentID, TextOriginal string }
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(body, &in)
	}
	if f, ok := n.take("429", a); ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.After.or(5*time.Second).Seconds())))
		youtubeSays(w, http.StatusForbidden, "rateLimitExceeded")
		return
	}
	for _, fault := range []struct {
		name   string
		status int
		reason string
	}{
		{"500", http.StatusBadGateway, "backendError"}, {"401", http.StatusUnauthorized, "authError"}, {"400", http.StatusBadRequest, "processingFailure"},
		{"quota", http.StatusForbidden, "quotaExceeded"}, {"unreachable", http.StatusForbidden, "commentsDisabled"},
	} {
		if _, ok := n.take(fault.name, a); ok {
			youtubeSays(w, fault.status, fault.reason)
			return
		}
	}
	n.mu.Lock()
	t := n.threads[ThreadKey{a.Platform, a.Name, in.Snippet.ParentID}]
	id := in.Snippet.ParentID + ".9" + n.messageID(n.cfg.Now())
	to, known := "", t != nil && t.Account == a.Account && len(t.Lines) > 0
	if known {
		to = t.Lines[0].Author
	}
	n.mu.Unlock()
	switch {
	case err != nil || strings.TrimSpace(in.Snippet.TextOriginal) == "" || utf8.RuneCountInString(in.Snippet.TextOriginal) > 10_000:
		youtubeSays(w, http.StatusBadRequest, "commentTextRequired")
		return
	case !known:
		youtubeSays(w, http.StatusNotFound, "parentCommentNotFound")
		return
	}
	p := a.part("")
	done, _ := n.accept(a, p, Sent{Endpoint: "comments", Conversation: in.Snippet.ParentID, To: to, Messages: []SentMessage{{ID: id, Type: "text", Text: in.Snippet.TextOriginal}}})
	if n.misbehaveAfter(w, r, a, p, func() { youtubeSays(w, http.StatusBadGateway, "backendError") }) {
		return
	}
	write(w, http.StatusOK, object{"kind": "youtube#comment", "id": done.Messages[0].ID, "snippet": object{"parentId": in.Snippet.ParentID, "textOriginal": in.Snippet.TextOriginal}})
}
