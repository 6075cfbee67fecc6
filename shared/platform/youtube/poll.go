package youtube

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// How comments are asked for. The first time those of a day come; from then on what
// came since, and what YouTube shows late, as after a review. Questions some minutes
// apart leave most of a day's 10,000 units (unconfirmed) to answers.
const (
	first    = 24 * time.Hour
	late     = time.Hour
	interval = 2 * time.Minute
	perPage  = 100
	maxPages = 50
	maxSeen  = 1000
)

// A found is a comment that the Data API answered.
type found struct {
	at  time.Time
	key string
	raw []byte
}

// Poll asks what was written since c, and returns it as a body for Split, the oldest
// first, nil for nothing, with the cursor to go on from. An error is a
// *desk.SendError; nothing is lost by it.
//
// Threads come by their time. A change of an old comment, and an answer in a thread
// that YouTube lists far below, may come late or never (unconfirmed).
func (s *Sender) Poll(ctx context.Context, c desk.Cursor) (body []byte, next desk.Cursor, err error) {
	now := s.Now()
	if c.At.IsZero() {
		c.At = now.Add(-first)
	}
	r := reading{floor: c.At.Add(-late), seen: map[string]bool{}}
	for _, key := range c.Seen {
		r.seen[key] = true
	}
	ask := url.Values{"part": {"snippet,replies"}, "allThreadsRelatedToChannelId": {s.Account}, "order": {"time"}, "maxResults": {strconv.Itoa(perPage)}, "textFormat": {"plainText"}}
	for page := 0; ; page++ {
		if page == maxPages {
			return nil, c, &desk.SendError{Class: desk.SendRejected, Reason: "YouTube tells of more threads than can be read at once"}
		}
		said, failed := s.call(ctx, http.MethodGet, "commentThreads?"+ask.Encode(), nil, desk.SendRetry)
		if failed != nil {
			return nil, c, failed
		}
		recent := false
		for item := range said.Get(list).Elements() {
			comments := thread(item)
			fresh, news := r.take(comments)
			recent = recent || fresh
			if all := count(item.Get("snippet").Get("totalReplyCount")); news && all != nil && *all > int64(len(comments)-1) {
				if failed := s.replies(ctx, item.Get("id").Text(), &r); failed != nil {
					return nil, c, failed
				}
			}
		}
		token := said.Get("nextPageToken").Text()
		if !recent || token == "" {
			break
		}
		ask.Set("pageToken", token)
	}
	return r.body(s.Account), r.cursor(c, now), nil
}

// replies asks for all answers of a thread that has more than come with it.
func (s *Sender) replies(ctx context.Context, id string, r *reading) *desk.SendError {
	ask := url.Values{"part": {"snippet"}, "parentId": {id}, "maxResults": {strconv.Itoa(perPage)}, "textFormat": {"plainText"}}
	for range maxPages {
		said, failed := s.call(ctx, http.MethodGet, "comments?"+ask.Encode(), nil, desk.SendRetry)
		if failed != nil {
			return failed
		}
		r.take(slices.Collect(said.Get(list).Elements()))
		token := said.Get("nextPageToken").Text()
		if token == "" {
			break
		}
		ask.Set("pageToken", token)
	}
	return nil
}

// A reading is what one poll has read so far.
type reading struct {
	floor time.Time // nothing older is looked at
	seen  map[string]bool
	late  []found // all that is above the floor
	news  []found // what of it was not seen before
}

// take reads comments, and tells whether one is above the floor, and whether one is
// news.
func (r *reading) take(comments []wire.Value) (recent, news bool) {
	for _, item := range comments {
		c := commentOf(item)
		at := wire.ISO(c.updated)
		if c.id == "" || at.Before(r.floor) {
			continue
		}
		recent = true
		f := found{at, c.key(), item.Raw()}
		if !slices.ContainsFunc(r.late, func(known found) bool { return known.key == f.key }) {
			r.late = append(r.late, f)
			if !r.seen[f.key] {
				r.news = append(r.news, f)
			}
		}
		news = news || !r.seen[f.key]
	}
	return recent, news
}

// body is what is new, the oldest first.
func (r *reading) body(channel string) []byte {
	if len(r.news) == 0 {
		return nil
	}
	slices.SortStableFunc(r.news, byTime)
	var all [][]byte
	for _, f := range r.news {
		all = append(all, f.raw)
	}
	return wrap(channel, all...)
}

// cursor is where to go on.
func (r *reading) cursor(c desk.Cursor, now time.Time) desk.Cursor {
	slices.SortStableFunc(r.late, byTime)
	if n := len(r.late); n > 0 && r.late[n-1].at.After(c.At) {
		c.At = r.late[n-1].at
		if c.At.After(now) { // a clock that runs ahead hides nothing
			c.At = now
		}
	}
	c.Seen = nil
	for _, f := range r.late {
		if !f.at.Before(c.At.Add(-late)) {
			c.Seen = append(c.Seen, f.key)
		}
	}
	c.Seen = c.Seen[max(0, len(c.Seen)-maxSeen):]
	c.Next = now.Add(interval)
	return c
}

func byTime(a, b found) int { return cmp.Or(a.at.Compare(b.at), strings.Compare(a.key, b.key)) }

// Subscribe asks the hub to tell of the channel's videos, which ends by itself after
// some days, and is done without an address to send to. The hub asks Greet before it
// does. An error is a *desk.SendError.
func (s *Sender) Subscribe(ctx context.Context) error {
	if s.Callback == "" {
		return nil
	}
	form := url.Values{
		"hub.mode": {"subscribe"}, "hub.topic": {Topic(s.Account)}, "hub.callback": {s.Callback}, "hub.secret": {s.Secret}, "hub.verify": {"async"}, "hub.lease_seconds": {"432000"},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Hub+"/subscribe", strings.NewReader(form.Encode()))
	if err != nil {
		return &desk.SendError{Class: desk.SendRejected, Reason: "the hub's address is no address"}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if _, failed := s.do(req, desk.SendRetry); failed != nil {
		return failed
	}
	return nil
}
