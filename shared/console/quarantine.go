package console

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/people"
)

func (c *Console) apiQuarantine(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	limit, err := limitOf(r)
	if err != nil {
		return err
	}
	glimpses, next, err := c.cfg.Shelf.Glimpses(r.Context(), r.URL.Query().Get("cursor"), limit)
	if err != nil {
		return cursorError(err)
	}
	items := make([]keptAnswer, len(glimpses))
	for i, g := range glimpses {
		items[i] = answerOf(g)
	}
	writeJSON(w, http.StatusOK, jsonType, map[string]any{"items": items, "next": next})
	return nil
}

func (c *Console) apiQuarantined(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	k, err := c.cfg.Shelf.Kept(r.Context(), r.PathValue("id"))
	if err != nil {
		return notKept(err)
	}
	g := desk.Glimpse{Kept: k, Bytes: len(k.Raw.Body)}
	g.Raw.Body = k.Raw.Body[:min(len(k.Raw.Body), answered)]
	writeJSON(w, http.StatusOK, jsonType, answerOf(g))
	return nil
}

// answered is how much of a body the API shows of one entry, in bytes; all of it
// is at an address of its own.
const answered = 64 << 10

// A keptAnswer is what could not be read, as far as the API shows it.
type keptAnswer struct {
	ID     string    `json:"id"`
	Raw    rawAnswer `json:"raw"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

type rawAnswer struct {
	desk.RawEvent
	Bytes     int  `json:"bytes"` // of the whole body
	Truncated bool `json:"truncated"`
}

func answerOf(g desk.Glimpse) keptAnswer {
	return keptAnswer{g.ID, rawAnswer{g.Raw, g.Bytes, len(g.Raw.Body) < g.Bytes}, g.Reason, g.At}
}

func (c *Console) apiReplay(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	out, err := c.replayOne(r)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, jsonType, out)
	return nil
}

func (c *Console) apiReplayAll(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	out, err := c.replayFrom(r, r.URL.Query().Get("cursor"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, jsonType, out)
	return nil
}

func (c *Console) replayOne(r *http.Request) (desk.Replay, error) {
	out, err := c.cfg.Redriver.One(r.Context(), r.PathValue("id"))
	if err != nil {
		return out, notKept(err)
	}
	logs.Note(r.Context(), "quarantined", out.ID, "replay", out.Outcome, "events", out.Events)
	return out, nil
}

func (c *Console) replayFrom(r *http.Request, cursor string) (desk.Replays, error) {
	out, err := c.cfg.Redriver.All(r.Context(), cursor)
	if err != nil {
		return out, cursorError(err)
	}
	logs.Note(r.Context(), "replayed", out.Sent, "unreadable", out.Unreadable, "not_replayed", out.Failed, "remaining", out.Remaining)
	return out, nil
}

func notKept(err error) error {
	if errors.Is(err, desk.ErrNotFound) {
		return errNotKept
	}
	return err
}

// cursorError tells whose mistake a cursor is that no list gave out.
func cursorError(err error) error {
	if errors.Is(err, desk.ErrInvalid) {
		return fmt.Errorf("cursor: %w", errRequest)
	}
	return err
}

// A keptView is what could not be read, as far as a page shows it.
type keptView struct {
	desk.Glimpse
	Text string // of the body: what is no text is escaped
	More bool   // there is more of it than Text
}

// How much of a body a page shows, in bytes: in the list, and alone.
const (
	glimpse = 4_000
	view    = 200_000
)

func keptOf(g desk.Glimpse, most int) keptView {
	body := g.Raw.Body[:min(len(g.Raw.Body), most)]
	return keptView{g, visible(body), len(body) < g.Bytes}
}

// Headers are the names of the kept headers in order.
func (k keptView) Headers() []string { return slices.Sorted(maps.Keys(k.Raw.Header)) }

// visible renders bytes as text of which each rune is what it looks like: what is
// no UTF-8, can't be seen or changes the order of the others is escaped as in Go.
func visible(body []byte) string {
	var b strings.Builder
	for len(body) > 0 {
		r, size := utf8.DecodeRune(body)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, body[0])
		case r == '\n' || r == '\t' || unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
		body = body[size:]
	}
	return b.String()
}

// A quarantinePage shows what could not be read.
type quarantinePage struct {
	Name string
	Says string // what came of a replay
	Rest string // the cursor of what a replay of all has not tried yet
	Kept []keptView
	Next string
}

func (p quarantinePage) about() (title, news string) { return p.Name, "/quarantine" }

func (c *Console) quarantine(w http.ResponseWriter, r *http.Request, who people.Person) error {
	return c.showQuarantine(w, r, who, quarantinePage{})
}

func (c *Console) showQuarantine(w http.ResponseWriter, r *http.Request, who people.Person, view quarantinePage) error {
	view.Name = c.text.say("tab.quarantine")
	kept, next, err := c.cfg.Shelf.Glimpses(r.Context(), r.URL.Query().Get("cursor"), 20)
	if err != nil {
		return cursorError(err)
	}
	for _, g := range kept {
		view.Kept = append(view.Kept, keptOf(g, glimpse))
	}
	if next != "" {
		view.Next = "/quarantine?" + url.Values{"cursor": {next}}.Encode()
	}
	c.render(w, r, who, "quarantine", http.StatusOK, "", view)
	return nil
}

func (c *Console) quarantined(w http.ResponseWriter, r *http.Request, who people.Person) error {
	k, err := c.cfg.Shelf.Kept(r.Context(), r.PathValue("id"))
	if err != nil {
		return notKept(err)
	}
	c.render(w, r, who, "quarantined", http.StatusOK, "tab.quarantine", keptOf(desk.Glimpse{Kept: k, Bytes: len(k.Raw.Body)}, view))
	return nil
}

// replay is the button beside what could not be read.
func (c *Console) replay(w http.ResponseWriter, r *http.Request, who people.Person) error {
	out, err := c.replayOne(r)
	if err != nil {
		return err
	}
	says := c.text.say("replay.sent", out.Events)
	if out.Outcome == desk.ReplayUnreadable {
		says = c.text.say("replay.unreadable", out.Reason)
	}
	return c.showQuarantine(w, r, who, quarantinePage{Says: says})
}

// replayAll is the button above all of it.
func (c *Console) replayAll(w http.ResponseWriter, r *http.Request, who people.Person) error {
	out, err := c.replayFrom(r, r.PostFormValue("cursor"))
	if err != nil {
		return err
	}
	says := []string{c.text.say("replay.all", out.Sent, out.Unreadable)}
	if out.Failed > 0 {
		says = append(says, c.text.say("replay.failed", out.Failed))
	}
	if out.Remaining > 0 {
		says = append(says, c.text.say("replay.remaining", out.Remaining))
	}
	return c.showQuarantine(w, r, who, quarantinePage{Says: strings.Join(says, " "), Rest: out.Next})
}
