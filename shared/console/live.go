package console

import (
	"net/http"
	"sync"
	"time"

	"example.com/skala/shared/people"
)

// Pages that are open ask every few seconds whether there is news. What they are
// made of is read for all of them together: as long as a reading is lately made, it
// serves everybody who asks an instance for the same.
const (
	readingFor = 1500 * time.Millisecond
	mostLately = 2000 // readings that are kept
)

// lately remembers readings by what they are of.
type lately struct {
	mu sync.Mutex
	of map[string]reading
}

type reading struct {
	at    time.Time // when somebody last went to read it
	value any
}

// polls reports whether a request is that of a page for its own news, and not of
// somebody who wants to see what they have just done.
func polls(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("If-None-Match") != ""
}

// recent returns what read does. A page that asks for its news gets what was read
// lately; while one of them reads anew, others are served what was there before.
func recent[T any](c *Console, r *http.Request, of string, read func() (T, error)) (T, error) {
	now, l := c.now(), c.lately
	l.mu.Lock()
	before, had := l.of[of]
	age := now.Sub(before.at)
	fresh := had && age >= 0 && age < readingFor // a clock may have been set back
	if polls(r) && had && !fresh {
		l.of[of] = reading{now, before.value}
	}
	l.mu.Unlock()
	if polls(r) && fresh {
		if value, ok := before.value.(T); ok {
			return value, nil
		}
	}
	value, err := read()
	if err != nil {
		return value, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil || len(l.of) >= mostLately {
		l.of = map[string]reading{}
	}
	l.of[of] = reading{now, value}
	return value, nil
}

// bellOf is bell for a page.
func (c *Console) bellOf(r *http.Request, who people.Person) bell {
	b, err := recent(c, r, "bell "+who.ID, func() (bell, error) { return c.bell(r.Context(), who), nil })
	if err != nil {
		return bell{}
	}
	return b
}

// nothingNew answers a page whose tag still holds. It has the headers of what it
// has already: with ours once more, an answer without news would be four times as
// long.
func nothingNew(w http.ResponseWriter) {
	h := w.Header()
	for name := range h {
		if name != "Etag" && name != "Cache-Control" {
			h.Del(name)
		}
	}
	w.WriteHeader(http.StatusNotModified)
}
