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

// last is what was read last, nil if nothing was.
func (l *lately) last(of string) any {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.of[of].value
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

// bellFor is how long a count of what somebody has not seen is shown while its mark
// stays: a line whose writer's clock was behind comes in without one.
const bellFor = 30 * time.Second

// rung is a bell with the mark that it was counted under.
type rung struct {
	bell
	mark string
	at   time.Time
}

// bellOf is what the header of a page says of what somebody was told. That it cannot
// be read keeps no page back.
func (c *Console) bellOf(r *http.Request, who people.Person) bell {
	if c.cfg.Notifications.Bells == nil || who.ID == "" {
		return bell{}
	}
	is, err := recent(c, r, "bell "+who.ID, func() (rung, error) { return c.ringing(r, who) })
	if err != nil {
		c.cfg.Log.WarnContext(r.Context(), "bell not read", "err", err)
		return bell{}
	}
	return is.bell
}

// ringing counts what somebody has not seen. A page that asks for its news has what was
// counted for it before, as long as the mark of the bell is the same.
func (c *Console) ringing(r *http.Request, who people.Person) (rung, error) {
	now, mark, bells := c.now(), "", c.cfg.Notifications.Bells
	if polls(r) {
		var err error
		if mark, err = bells.Ringing(r.Context(), who.ID); err != nil {
			return rung{}, err
		}
		if before, ok := c.lately.last("bell " + who.ID).(rung); ok && before.mark == mark && now.Sub(before.at) < bellFor {
			return before, nil
		}
	}
	unread, latest, err := bells.Rang(r.Context(), who.ID)
	if err != nil {
		return rung{}, err
	}
	return rung{bell{Unread: unread, Urgent: unread > 0 && latest.Notice.Urgent}, mark, now}, nil
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
