package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/people"
)

// A letterView is a dead letter with what can be said of why it is one. The
// queue keeps no reason; the log of the function that failed on it does.
type letterView struct {
	desk.DeadLetter
	Reason string `json:"reason"`
}

func (c *Console) letters(letters []desk.DeadLetter) []letterView {
	views := make([]letterView, len(letters))
	for i, l := range letters {
		why := "letter.failed"
		if strings.HasPrefix(l.Queue, "tier") {
			why = "letter.untaken"
		}
		views[i] = letterView{l, c.text.say(why, l.Receives, l.ID)}
	}
	return views
}

func (c *Console) apiDeadLetters(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	limit, err := limitOf(r)
	if err != nil {
		return err
	}
	letters, err := c.cfg.DeadLetters.List(r.Context(), r.URL.Query().Get("queue"), limit)
	if err != nil {
		return err
	}
	backlogs, err := c.cfg.DeadLetters.Backlogs(r.Context())
	if err != nil {
		return err
	}
	// SQS hands out no cursor: what a page leaves out is in the backlog.
	writeJSON(w, http.StatusOK, jsonType, map[string]any{"items": c.letters(letters), "next": "", "queues": backlogs})
	return nil
}

// redriveInput names one dead letter, or all of a queue.
type redriveInput struct {
	Queue string `json:"queue"`
	ID    string `json:"id"`
	All   bool   `json:"all"`
}

func (c *Console) apiRedrive(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	var in redriveInput
	if err := wholly(r, &in); err != nil {
		return err
	}
	out, err := c.redriven(r, in)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, jsonType, out)
	return nil
}

func (c *Console) redriven(r *http.Request, in redriveInput) (desk.Redriven, error) {
	if in.Queue == "" || (in.ID == "") != in.All {
		return desk.Redriven{}, fmt.Errorf("name a queue, and either the id of one dead letter or all: %w", errRequest)
	}
	out, err := c.cfg.DeadLetters.Redrive(r.Context(), in.Queue, in.ID)
	if errors.Is(err, desk.ErrNotFound) {
		err = errNoLetter
	}
	if err == nil {
		logs.Note(r.Context(), "queue", out.Queue, "redriven", out.Redriven, "not_redriven", out.Failed, "remaining", out.Remaining)
	}
	return out, err
}

// A lettersPage shows the dead letters of one queue, and how many each has. It
// brings no news by itself: each look counts as a receive.
type lettersPage struct {
	Says    string
	Queue   string
	Waiting int
	Tabs    []tab
	Letters []letterPart
}

// A letterPart is a dead letter as far as a page shows it.
type letterPart struct {
	letterView
	Event *desk.RawEvent // that it brings, of the inbound queue
	Text  string         // of the event's body, or of its own
	More  bool
}

func partOf(l letterView) letterPart {
	part, body := letterPart{letterView: l}, []byte(l.Body)
	var event desk.RawEvent
	if json.Unmarshal(body, &event) == nil && len(event.Body) > 0 {
		part.Event, body = &event, event.Body
	}
	shown := body[:min(len(body), glimpse)]
	part.Text, part.More = visible(shown), len(shown) < len(body)
	return part
}

func (c *Console) deadLetters(w http.ResponseWriter, r *http.Request, who people.Person) error {
	return c.showDeadLetters(w, r, who, lettersPage{Queue: r.URL.Query().Get("queue")})
}

// shownLetters bounds what a page shows of a queue.
const shownLetters = 50

func (c *Console) showDeadLetters(w http.ResponseWriter, r *http.Request, who people.Person, page lettersPage) error {
	backlogs, err := c.cfg.DeadLetters.Backlogs(r.Context())
	if err != nil {
		return err
	}
	if page.Queue == "" { // whichever has some
		for _, b := range backlogs {
			if page.Queue == "" || b.Waiting > 0 {
				page.Queue = b.Queue
			}
			if b.Waiting > 0 {
				break
			}
		}
	}
	for _, b := range backlogs {
		t := tab{Name: c.text.name("queue", b.Queue), Path: "/dead-letters?queue=" + b.Queue, Count: fmt.Sprint(b.Waiting), Here: b.Queue == page.Queue}
		if page.Tabs = append(page.Tabs, t); t.Here {
			page.Waiting = b.Waiting
		}
	}
	letters, err := c.cfg.DeadLetters.List(r.Context(), page.Queue, shownLetters)
	if errors.Is(err, desk.ErrInvalid) {
		return errNoPage
	}
	if err != nil {
		return err
	}
	for _, l := range c.letters(letters) {
		page.Letters = append(page.Letters, partOf(l))
	}
	c.render(w, r, who, "dead-letters", http.StatusOK, "tab.dead_letters", page)
	return nil
}

// redrive is the button beside a dead letter, and the one above all.
func (c *Console) redrive(w http.ResponseWriter, r *http.Request, who people.Person) error {
	in := redriveInput{Queue: r.PostFormValue("queue"), ID: r.PostFormValue("id"), All: r.PostFormValue("all") != ""}
	out, err := c.redriven(r, in)
	if err != nil {
		return err
	}
	says := []string{c.text.say("letter.redriven", out.Redriven, c.text.name("queue", out.Queue))}
	if out.Failed > 0 {
		says = append(says, c.text.say("letter.not_redriven", out.Failed))
	}
	return c.showDeadLetters(w, r, who, lettersPage{Queue: in.Queue, Says: strings.Join(says, " ")})
}
