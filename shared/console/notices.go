package console

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
)

// Bells are what people were told in the console. The cursor is empty at the end.
type Bells interface {
	Bell(ctx context.Context, member, cursor string, limit int) ([]post.Ring, string, error)
	// Rang counts what somebody has not seen, up to 99, and returns the latest of it.
	Rang(ctx context.Context, member string) (unread int, latest post.Ring, err error)
	// Ringing returns a mark that is another once Rang returns something else.
	Ringing(ctx context.Context, member string) (mark string, err error)
	Heard(ctx context.Context, member string, until time.Time) error
}

const noticesPath = "/notices"

// A noticeView is a line of what somebody was told, as the API shows it.
type noticeView struct {
	At       instant         `json:"at"` // when it came onto the list
	Ticket   desk.TicketID   `json:"ticket"`
	Version  int64           `json:"version"` // of the entry of its log that the notice is about
	Kind     desk.NoticeKind `json:"kind"`
	Says     string          `json:"says"`
	Why      string          `json:"why"`
	Urgent   bool            `json:"urgent"`
	Unread   bool            `json:"unread"`
	Metric   desk.Metric     `json:"metric"` // empty where no clock is meant
	Level    int             `json:"level"`
	Deadline instant         `json:"deadline"`
	Severity desk.Severity   `json:"severity"`
	Category desk.Category   `json:"category"`
	Tier     int             `json:"tier"`
	Team     string          `json:"team"`
	Brand    string          `json:"brand"`
	Platform desk.Platform   `json:"platform"`
}

// told returns a page of what somebody was told, the latest first, and what follows
// it: of those that are not seen yet, unread begin here.
func (c *Console) told(ctx context.Context, who people.Person, from position, limit int) (all []noticeView, next position, unread int, err error) {
	if c.cfg.Notifications.Bells == nil {
		return []noticeView{}, next, 0, nil
	}
	rings, cursor, err := c.cfg.Notifications.Bells.Bell(ctx, who.ID, from.Page, limit)
	if err != nil {
		return nil, next, 0, cursorError(err)
	}
	if unread, _, err = c.cfg.Notifications.Bells.Rang(ctx, who.ID); err != nil {
		return nil, next, 0, err
	}
	all = make([]noticeView, len(rings))
	for i, ring := range rings {
		n := ring.Notice
		all[i] = noticeView{
			At: instant(ring.At), Ticket: n.Ticket, Version: n.Version, Kind: n.Kind, Says: c.noticeSays(n), Why: n.Why, Urgent: n.Urgent, Unread: from.Skip+i < unread,
			Metric: n.Metric, Level: n.Level, Deadline: instant(n.Deadline), Severity: n.Severity, Category: n.Category, Tier: int(n.Tier), Team: n.Team, Brand: n.Brand, Platform: n.Platform,
		}
	}
	if cursor != "" {
		next = position{Page: cursor, Skip: from.Skip + len(rings)}
	}
	return all, next, unread, nil
}

// noticeSays is what a notice tells, in a few words.
func (c *Console) noticeSays(n desk.Notice) string {
	words := c.text.name("told", n.Kind)
	switch n.Kind {
	case desk.ToldWarning, desk.ToldBreach:
		words = c.text.say("told."+string(n.Kind), c.text.name("metric", n.Metric))
		if n.Kind == desk.ToldBreach && n.Level > 1 {
			words += " · " + c.text.say("told.level", n.Level)
		}
	}
	return words
}

func (c *Console) apiNotices(w http.ResponseWriter, r *http.Request, who people.Person) error {
	if err := onlyAsked(r.URL.Query(), "cursor", "limit"); err != nil {
		return err
	}
	limit, err := limitOf(r)
	if err != nil {
		return err
	}
	from, err := positionOf(r.URL.Query().Get("cursor"))
	if err != nil {
		return err
	}
	all, next, unread, err := c.told(r.Context(), who, from, limit)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, jsonType, map[string]any{"items": all, "next": next.cursor(), "unread": unread})
	return nil
}

// apiHeard notes that somebody has seen what they were told until an instant, by now
// without one.
func (c *Console) apiHeard(w http.ResponseWriter, r *http.Request, who people.Person) error {
	var in struct {
		Until time.Time `json:"until"`
	}
	if r.ContentLength != 0 {
		if err := strictly(r, &in); err != nil {
			return err
		}
	}
	if err := c.heard(r.Context(), who, in.Until); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// heard never marks what has yet to come.
func (c *Console) heard(ctx context.Context, who people.Person, until time.Time) error {
	now := c.now()
	if until.IsZero() || until.After(now) {
		until = now
	}
	if c.cfg.Notifications.Bells == nil {
		return nil
	}
	return c.cfg.Notifications.Bells.Heard(ctx, who.ID, until)
}

// A noticesPage shows somebody what they were told.
type noticesPage struct {
	Name   string
	Items  []noticeView
	Next   string // address of what follows
	Unread int
	Until  string // the latest that the page shows: what comes after is not seen with it
}

func (v noticesPage) about() (title, news string) { return v.Name, noticesPath }

// When and Due are for the page's clock.
func (n noticeView) When() time.Time { return time.Time(n.At) }
func (n noticeView) Due() time.Time  { return time.Time(n.Deadline) }

func (c *Console) notices(w http.ResponseWriter, r *http.Request, who people.Person) error {
	from, err := positionOf(r.URL.Query().Get("cursor"))
	if err != nil {
		return err
	}
	view := noticesPage{Name: c.text.say("tab.notices")}
	var next position
	if view.Items, next, view.Unread, err = c.told(r.Context(), who, from, usualLimit); err != nil {
		return err
	}
	if len(view.Items) > 0 {
		view.Until = view.Items[0].When().UTC().Format(time.RFC3339Nano)
	}
	if next != (position{}) {
		view.Next = noticesPath + "?" + url.Values{"cursor": {next.cursor()}}.Encode()
	}
	c.render(w, r, who, "notices", http.StatusOK, "", view)
	return nil
}

// submitHeard is the button over the list.
func (c *Console) submitHeard(w http.ResponseWriter, r *http.Request, who people.Person) error {
	until, err := time.Parse(time.RFC3339Nano, r.PostFormValue("until"))
	if err != nil {
		return wrongField("until", "%q is no instant", r.PostFormValue("until"))
	}
	if err := c.heard(r.Context(), who, until); err != nil {
		return err
	}
	http.Redirect(w, r, noticesPath, http.StatusSeeOther)
	return nil
}

// A bell is what the header says of what its reader was told.
type bell struct {
	Unread int
	Urgent bool // the latest of it is
	Here   bool
}

// Count is how much is not seen, in words.
func (b bell) Count() string {
	if b.Unread >= mostUnread {
		return strconv.Itoa(mostUnread) + "+"
	}
	return strconv.Itoa(b.Unread)
}

// mostUnread is how far what is not seen is counted.
const mostUnread = 99
