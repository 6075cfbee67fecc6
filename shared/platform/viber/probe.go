package viber

import (
	"bytes"
	"context"

	"example.com/skala/shared/desk"
)

// Probe asks whether the bot's token is good and whether a webhook is set. An error is
// a *desk.SendError.
func (s *Sender) Probe(ctx context.Context, _ desk.Origin) (desk.Probe, error) {
	said, failed := s.call(ctx, "get_account_info", bytes.NewReader([]byte("{}")))
	if failed != nil {
		return desk.Probe{}, failed
	}
	hook := said.Get("webhook")
	switch {
	case !hook.Found(): // not told
		return desk.Probe{}, nil
	case hook.Text() == "":
		return desk.Probe{Subscription: desk.Unsubscribed, Says: "no webhook is set"}, nil
	}
	return desk.Probe{Subscription: desk.Subscribed}, nil
}
