package tiktok

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// Fetch asks for what a thin notice leaves out. For a comment it returns TikTok's list
// with it as that came, {"data": {"comments": [{"comment_id", "text", "username",
// "display_name", "unique_identifier", "owner"}]}}, for a comment that mentions the
// account {"data": {"comment": {"comment_text", "commenter_handle_name"}}}, and for a
// message from Europe {"conversation_id", "message", "participants"} with the message
// as TikTok lists it. An error is a *desk.SendError, and desk.SendRetry as long as
// TikTok lists nothing of that kind: its lists may come later than its notices.
func (s *Sender) Fetch(ctx context.Context, e desk.Event) ([]byte, error) {
	var raw []byte
	var failed *desk.SendError
	switch {
	case e.Needs != desk.NeedsContent:
		failed = &desk.SendError{Class: desk.SendRejected, Reason: "there is nothing to ask TikTok for"}
	case e.Form == FormNotice:
		raw, failed = s.messageAt(ctx, e.Time)
	case e.ID == "" || e.Conversation == "":
		failed = &desk.SendError{Class: desk.SendRejected, Reason: "the notice names nothing that can be asked for"}
	case e.Form == FormMention:
		fields := `["item_id","comment_id","comment_text","commenter_handle_name","comment_create_time"]`
		_, raw, failed = s.get(ctx, "/mention/comment/get/", url.Values{"item_id": {e.Conversation}, "comment_id": {e.ID}, "fields": {fields}})
	default:
		var said wire.Value
		said, raw, failed = s.get(ctx, "/comment/list/", url.Values{"video_id": {e.Conversation}, "comment_ids": {`[` + strconv.Quote(e.ID) + `]`}, "status": {"ALL"}})
		if _, ok := listed(said, e.ID); failed == nil && !ok {
			failed = notYet()
		}
	}
	if failed != nil {
		return nil, failed
	}
	return bytes.TrimSpace(raw), nil
}

func notYet() *desk.SendError {
	return &desk.SendError{Class: desk.SendRetry, Reason: "TikTok does not list it yet, or not any more"}
}

func (s *Sender) get(ctx context.Context, name string, query url.Values) (said wire.Value, raw []byte, failed *desk.SendError) {
	query.Set("business_id", s.Account)
	return s.call(ctx, http.MethodGet, name, query, nil)
}

// Where a message is looked for whose notice tells its time alone: in so many
// conversations, those that changed last, and so near that time. TikTok takes 40 calls
// a minute of an account.
const (
	conversations = 8
	near          = 5 * time.Second
)

// messageAt finds the customer's message that came nearest to a time, in the
// conversations that TikTok lists: those that the account answers, and those of
// strangers.
func (s *Sender) messageAt(ctx context.Context, at time.Time) ([]byte, *desk.SendError) {
	if at.IsZero() {
		return nil, &desk.SendError{Class: desk.SendRejected, Reason: "the notice does not say when"}
	}
	type talk struct {
		id      string
		changed time.Time
	}
	var talks []talk
	for _, kind := range []string{"STRANGER", "SINGLE"} {
		said, _, failed := s.get(ctx, "/message/conversation/list/", url.Values{"conversation_type": {kind}, "limit": {"100"}})
		if failed != nil {
			return nil, failed
		}
		for one := range said.Get("data").Get("conversations").Elements() {
			t := talk{one.Get("conversation_id").Text(), instant(one.Get("update_time").Text())}
			if t.id != "" && (t.changed.IsZero() || t.changed.After(at.Add(-near))) {
				talks = append(talks, t)
			}
		}
	}
	// What changed first since then is the likeliest; what does not say comes last.
	slices.SortStableFunc(talks, func(a, b talk) int {
		if a.changed.IsZero() != b.changed.IsZero() {
			return map[bool]int{true: 1, false: -1}[a.changed.IsZero()]
		}
		return a.changed.Compare(b.changed)
	})
	var best *found
	off := near + 1
	for _, t := range talks[:min(len(talks), conversations)] {
		said, _, failed := s.get(ctx, "/message/content/list/", url.Values{"conversation_id": {t.id}})
		if failed != nil {
			return nil, failed
		}
		data := said.Get("data")
		for m := range data.Get("messages").Elements() {
			from := m.Get("from_user")
			if business(from) || from.Get("id").Is(s.Account) && s.Account != "" {
				continue
			}
			if apart := instant(m.Get("timestamp").Text()).Sub(at).Abs(); apart < off {
				best, off = &found{t.id, m.Raw(), data.Get("participants").Raw()}, apart
			}
		}
		if off == 0 {
			break
		}
	}
	if best == nil {
		return nil, notYet()
	}
	raw, err := json.Marshal(best)
	if err != nil { // of parts that were read
		return nil, &desk.SendError{Class: desk.SendRetry, Reason: "TikTok's answer cannot be passed on"}
	}
	return raw, nil
}

// A found is a message with where it was said and who takes part there.
type found struct {
	Conversation string          `json:"conversation_id"`
	Message      json.RawMessage `json:"message"`
	Participants json.RawMessage `json:"participants,omitempty"`
}
