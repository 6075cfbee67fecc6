package x

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// What is asked about somebody's own posts. X bills each that it tells, so that
// there are few, and a sender remembers them for a while.
const (
	timelinePosts = 20
	timelineDays  = 7 * 24 * time.Hour
	timelineFresh = time.Hour
	timelinesKept = 500
)

// A Post is one of somebody's own, to anybody.
type Post struct {
	ID        string
	Text      string
	Lang      string
	At        time.Time
	Reply     bool // to somebody else
	Permalink string
}

// timelines remembers what X told of whom.
type timelines struct {
	mu sync.Mutex
	of map[string]timeline
}

type timeline struct {
	asked time.Time
	posts []Post
}

// Timeline returns what somebody posted in the last seven days, the latest first
// and twenty at most, reposts left out. It is at most an hour old. An error is a
// *desk.SendError, desk.SendUnreachable for somebody who shows it to nobody.
func (s *Sender) Timeline(ctx context.Context, author string) ([]Post, error) {
	if author == "" {
		return nil, &desk.SendError{Class: desk.SendUnreachable, Reason: "X did not tell who wrote"}
	}
	now := s.Now()
	if known, ok := s.recent.get(author, now); ok {
		return known, nil
	}
	answer, failed := s.do(ctx, call{method: http.MethodGet, path: []string{"2", "users", author, "tweets"}, repeatable: true, query: url.Values{
		"max_results": {strconv.Itoa(timelinePosts)}, "exclude": {"retweets"}, "tweet.fields": {"created_at,lang,in_reply_to_user_id,note_tweet"},
		"start_time": {now.Add(-timelineDays).UTC().Format(time.RFC3339)},
	}})
	if failed != nil {
		return nil, failed
	}
	if !answer.Get("data").IsArray() && (!answer.IsObject() || answer.Get("errors").Found()) { // errors come with 200 as well
		return nil, &desk.SendError{Class: desk.SendUnreachable, Reason: "X shows none of the person's posts: gone, suspended or protected"}
	}
	posts := []Post{}
	for v := range answer.Get("data").Elements() {
		if p := posted(v, author); p.ID != "" && len(posts) < timelinePosts {
			posts = append(posts, p)
		}
	}
	s.recent.put(author, timeline{now, posts})
	return posts, nil
}

// posted reads one post of a timeline.
func posted(v wire.Value, author string) Post {
	id, to := v.Get("id").Text(), v.Get("in_reply_to_user_id").Text()
	return Post{
		ID: id, Text: plain(cmp.Or(v.Get("note_tweet").Get("text").Text(), v.Get("text").Text())), Lang: language(v.Get("lang").Text()),
		At: instant(v.Get("created_at").Text()), Reply: to != "" && to != author, Permalink: permalink(desk.Public, "", id),
	}
}

func (t *timelines) get(author string, now time.Time) ([]Post, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	known, ok := t.of[author]
	return known.posts, ok && now.Sub(known.asked) < timelineFresh
}

// put remembers one more, in place of all that are too old, or of any where there
// are too many.
func (t *timelines) put(author string, told timeline) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for other, known := range t.of {
		if len(t.of) >= timelinesKept || told.asked.Sub(known.asked) >= timelineFresh {
			delete(t.of, other)
		}
	}
	if t.of == nil {
		t.of = map[string]timeline{}
	}
	t.of[author] = told
}
