package meta

import (
	"cmp"
	"context"
	"net/http"
	"net/url"

	"example.com/skala/shared/desk"
)

// byThreads answers a post on Threads, in two steps: a container is made, then
// published. Nothing is to be seen before the second, so that whatever goes wrong
// with the first can be tried again; the container that may be left over expires.
// Which container a try made is kept nowhere. Should this process end between the
// steps, the courier that follows finds a send without an end, makes no second
// container and asks a person; should it end after them, the same. We never publish
// twice, and never call a reply failed that may be there.
//
// The later messages of a long reply answer the one before, which keeps them in
// order.
func (s *Sender) byThreads(to string) post {
	return func(ctx context.Context, m message) (string, *desk.SendError) {
		form := url.Values{"media_type": {"TEXT"}, "text": {m.text}, "reply_to_id": {cmp.Or(m.after, to)}}
		container, _, failed := s.do(ctx, call{method: http.MethodPost, channel: Threads, path: []string{"me", "threads"}, form: form, repeatable: true})
		if failed != nil {
			failed.Doubt = false
			return "", failed
		}
		if container.ID == "" {
			return "", &desk.SendError{Class: desk.SendRetry, Reason: "Threads did not name the container it made"}
		}
		said, _, failed := s.do(ctx, call{
			method: http.MethodPost, channel: Threads, path: []string{"me", "threads_publish"},
			form: url.Values{"creation_id": {string(container.ID)}},
		})
		return string(said.ID), failed
	}
}
