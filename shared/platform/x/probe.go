package x

import (
	"context"
	"net/http"
	"time"

	"example.com/skala/shared/desk"
)

// Probe asks whether the account's token is good, and is the account's. Whether X
// sends events here only the app may ask, which has a token of its own. An error is a
// *desk.SendError.
func (s *Sender) Probe(ctx context.Context, _ desk.Origin) (desk.Probe, error) {
	me, failed := s.do(ctx, call{method: http.MethodGet, path: []string{"2", "users", "me"}, repeatable: true})
	if failed != nil {
		return desk.Probe{}, failed
	}
	if id := me.Get("data").Get("id").Text(); id != "" && id != s.Account {
		return desk.Probe{}, &desk.SendError{Class: desk.SendAuth, Reason: "the token is another account's"}
	}
	return desk.Probe{}, nil
}

// ProbeEvery says how often is enough: X bills each answer.
func (s *Sender) ProbeEvery() time.Duration { return 6 * time.Hour }

// ChallengedEvery is how far X's challenges lie apart. Its pages say an hour, and half
// of that after a day without a good answer.
func (s *Sender) ChallengedEvery() time.Duration { return time.Hour }
