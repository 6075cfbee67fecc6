package discord

import (
	"context"
	"net/http"

	"example.com/skala/shared/desk"
)

// Probe asks whether the bot's token is good. Where Discord sends interactions and
// events it tells no bot. An error is a *desk.SendError.
func (s *Sender) Probe(ctx context.Context, _ desk.Origin) (desk.Probe, error) {
	if _, failed := s.call(ctx, http.MethodGet, "/users/@me", nil); failed != nil {
		return desk.Probe{}, failed
	}
	return desk.Probe{}, nil
}
