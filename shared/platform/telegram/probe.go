package telegram

import (
	"context"
	"strconv"
	"time"

	"example.com/skala/shared/desk"
)

// troubled is how long an error of a delivery is told after it happened.
const troubled = time.Hour

// Probe asks whether the bot's token is good and where Telegram sends its updates.
// An error is a *desk.SendError.
func (s *Sender) Probe(ctx context.Context, _ desk.Origin) (desk.Probe, error) {
	said, failed := s.call(ctx, "getWebhookInfo", nil)
	if failed != nil {
		return desk.Probe{}, failed
	}
	info := said.Get("result")
	if info.Get("url").Text() == "" {
		return desk.Probe{Subscription: desk.Unsubscribed, Says: "no webhook is set"}, nil
	}
	p := desk.Probe{Subscription: desk.Subscribed}
	if at, err := strconv.ParseInt(info.Get("last_error_date").Text(), 10, 64); err == nil && s.Now().Sub(time.Unix(at, 0)) < troubled {
		p.Says = "a delivery failed at " + time.Unix(at, 0).UTC().Format(time.RFC3339) + "; " + strconv.FormatInt(number(info.Get("pending_update_count").Text()), 10) + " updates wait"
	}
	return p, nil
}
