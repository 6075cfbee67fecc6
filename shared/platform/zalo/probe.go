package zalo

import (
	"context"
	"net/http"

	"example.com/skala/shared/desk"
)

// Probe asks whether the account's token is good. Zalo does not tell where it sends
// events. An error is a *desk.SendError.
func (s *Sender) Probe(ctx context.Context, _ desk.Origin) (desk.Probe, error) {
	if _, failed := s.call(ctx, http.MethodGet, "/v2.0/oa/getoa", nil); failed != nil {
		return desk.Probe{}, failed
	}
	return desk.Probe{}, nil
}
