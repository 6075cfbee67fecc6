package slack

import (
	"context"

	"example.com/skala/shared/desk"
)

// Probe asks whether the app's token is good. Slack does not tell where it sends
// events. An error is a *desk.SendError.
func (s *Sender) Probe(ctx context.Context, _ desk.Origin) (desk.Probe, error) {
	if _, failed := s.post(ctx, "auth.test", struct{}{}); failed != nil {
		return desk.Probe{}, failed
	}
	return desk.Probe{}, nil
}
