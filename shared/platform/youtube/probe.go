package youtube

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"example.com/skala/shared/desk"
)

// Probe asks for the channel itself, which any good token may. Whether the hub sends
// here it does not tell: it asks when it is subscribed to. An error is a
// *desk.SendError, desk.SendUnreachable for a channel that is gone.
func (s *Sender) Probe(ctx context.Context, _ desk.Origin) (desk.Probe, error) {
	said, failed := s.call(ctx, http.MethodGet, "channels?part=id&id="+url.QueryEscape(s.Account), nil, desk.SendRetry)
	if failed != nil {
		return desk.Probe{}, failed
	}
	if !said.Get(list).Only().Get("id").Is(s.Account) {
		return desk.Probe{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "YouTube knows no such channel"}
	}
	return desk.Probe{}, nil
}

// ChallengedEvery is how often the hub asks, which it does at each subscription: every
// day for a channel that the desk subscribes to, well before the one before ends.
// Elsewhere nobody knows who subscribes, or when.
func (s *Sender) ChallengedEvery() time.Duration {
	if s.Callback == "" {
		return 0
	}
	return 24 * time.Hour
}
