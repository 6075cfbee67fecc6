// Package youtube speaks for channels on YouTube. What YouTube sends, by WebSub,
// tells of videos alone: it is checked, and has the desk ask for comments at once.
// The comments themselves come by asking, on the schedule and from where the last
// question ended, and are split and read as if they had been sent. Answers are
// comments below those that they answer.
//
// A body is a feed of Atom, as a hub posts it, or a list of comments in JSON, as the
// Data API answers it: of threads {"items": [{"snippet": {"topLevelComment"},
// "replies": {"comments"}}]}, which split into their comments, or of comments.
package youtube

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/signature"
	"example.com/skala/shared/platform/wire"
)

// Name is the platform this package speaks to.
const Name desk.Platform = "youtube"

// Webhooks is what one app receives.
type Webhooks struct {
	secrets [][]byte
	topics  map[string]bool
}

// NewWebhooks returns the webhooks of an app that subscribed to channels under one of
// the secrets. Without any they can be read, and every one is refused.
func NewWebhooks(secrets, channels []string) (*Webhooks, error) {
	w := &Webhooks{topics: map[string]bool{}}
	for _, secret := range secrets {
		if secret == "" {
			return nil, errors.New("secret: secret is empty")
		}
		w.secrets = append(w.secrets, []byte(secret))
	}
	for _, id := range channels {
		if id == "" {
			continue
		}
		w.topics[Topic(id)] = true
		w.topics["https://www.youtube.com/xml/feeds/videos.xml?channel_id="+url.QueryEscape(id)] = true // as a hub may say it
	}
	return w, nil
}

// Topic is what is subscribed to for a channel.
func Topic(channel string) string {
	return "https://www.youtube.com/feeds/videos.xml?channel_id=" + url.QueryEscape(channel)
}

// Verify returns nil when body is signed with one of the app's secrets, by one of the
// two ways that hubs have. No time is signed, so now does not matter.
func (w *Webhooks) Verify(h http.Header, body []byte, _ time.Time) error {
	values := wire.Header(h, "X-Hub-Signature")
	if len(values) == 0 {
		return fmt.Errorf("youtube: %w", signature.ErrMissing)
	}
	for _, way := range []struct {
		prefix string
		hash   func() hash.Hash
	}{{"sha1=", sha1.New}, {"sha256=", sha256.New}} {
		read := signature.After(way.prefix, hex.DecodeString)
		var macs [][]byte
		for _, value := range values {
			for one := range strings.SplitSeq(value, ",") { // a gateway joins a header that is there twice
				if mac, err := read(strings.Trim(one, " ")); err == nil {
					macs = append(macs, mac)
				}
			}
		}
		if len(macs) == 0 {
			continue
		}
		for _, secret := range w.secrets {
			sum := hmac.New(way.hash, secret)
			sum.Write(body)
			want := sum.Sum(nil)
			for _, mac := range macs {
				if hmac.Equal(want, mac) {
					return nil
				}
			}
		}
	}
	return fmt.Errorf("youtube: %w", signature.ErrInvalid)
}

// Refusal is what a hub is answered whose signature is wrong: WebSub has subscribers
// answer 2xx and drop it, so that whoever forges learns nothing.
func (w *Webhooks) Refusal() int { return http.StatusAccepted }

// Greet answers a hub that asks, at each subscription, whether it is ours: only one
// to a channel of the app is.
func (w *Webhooks) Greet(query url.Values) desk.Greeting {
	challenge := query.Get("hub.challenge")
	for _, name := range []string{"hub.mode", "hub.topic", "hub.challenge"} {
		if len(query[name]) != 1 {
			return desk.Greeting{Status: http.StatusNotFound, ContentType: "text/plain"}
		}
	}
	if query.Get("hub.mode") != "subscribe" || !w.topics[query.Get("hub.topic")] || challenge == "" {
		return desk.Greeting{Status: http.StatusNotFound, ContentType: "text/plain"}
	}
	return desk.Greeting{Status: http.StatusOK, ContentType: "text/plain", Body: []byte(challenge)}
}

// list is the name of the array of what the Data API answers.
const list = "items"

// Split returns each entry of a feed, or each comment of a list, in an envelope of its
// own.
func (w *Webhooks) Split(_ http.Header, body []byte) ([]desk.RawEvent, error) {
	if isFeed(body) {
		f, err := readFeed(body)
		if err != nil {
			return nil, fmt.Errorf("youtube: splitting webhook: %w", err)
		}
		events := []desk.RawEvent{}
		for i, entry := range f.entries {
			events = append(events, desk.RawEvent{Account: entry.channel, Body: f.alone(i)})
		}
		return events, nil
	}
	envelope, err := wire.Open(body, list)
	if err != nil {
		return nil, fmt.Errorf("youtube: splitting comments: %w", err)
	}
	events := []desk.RawEvent{}
	for i, item := range envelope.Events {
		comments := thread(item)
		if comments == nil {
			events = append(events, desk.RawEvent{Account: channelOf(item, envelope.Field("channelId")), Body: envelope.Alone(i)})
			continue
		}
		channel := channelOf(item, envelope.Field("channelId"))
		for _, c := range comments {
			alone := wrap(channel, c.Raw())
			events = append(events, desk.RawEvent{Account: channelOf(c, channel), Body: alone})
		}
	}
	return events, nil
}

// thread returns the comments of a thread, the one that began it first, and nil for
// what is none.
func thread(item wire.Value) []wire.Value {
	top := item.Get("snippet").Get("topLevelComment")
	if !top.IsObject() {
		return nil
	}
	comments := []wire.Value{top}
	for reply := range item.Get("replies").Get("comments").Elements() {
		comments = append(comments, reply)
	}
	for _, c := range comments {
		if c.Get("snippet").Get("topLevelComment").IsObject() {
			return nil // a thread of threads would split again and again
		}
	}
	return comments
}

// channelOf is the channel that a comment or a thread belongs to.
func channelOf(item wire.Value, otherwise string) string {
	if id := item.Get("snippet").Get("channelId").Text(); id != "" {
		return id
	}
	return otherwise
}

// wrap is a list of some comments of a channel.
func wrap(channel string, comments ...[]byte) []byte {
	name, err := json.Marshal(channel)
	if err != nil { // a string
		name = []byte(`""`)
	}
	body := append([]byte(`{"kind":"youtube#commentListResponse","channelId":`), name...)
	body = append(body, `,"items":[`...)
	for i, c := range comments {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, c...)
	}
	return append(body, "]}"...)
}
