package tiktok

import (
	"context"
	"net/url"

	"example.com/skala/shared/desk"
)

// Probe asks whether the account's token is good. Whether TikTok sends webhooks here it
// tells the app alone, by its secret. An error is a *desk.SendError.
func (s *Sender) Probe(ctx context.Context, _ desk.Origin) (desk.Probe, error) {
	if _, _, failed := s.get(ctx, "/get/", url.Values{"fields": {`["username"]`}}); failed != nil {
		return desk.Probe{}, failed
	}
	return desk.Probe{}, nil
}
