package line

import (
	"context"
	"io"
	"net/http"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// Probe asks whether the account's token is good and whether LINE sends its events
// somewhere. An error is a *desk.SendError.
func (s *Sender) Probe(ctx context.Context, _ desk.Origin) (desk.Probe, error) {
	if _, failed := s.ask(ctx, "/v2/bot/info"); failed != nil {
		return desk.Probe{}, failed
	}
	hook, failed := s.ask(ctx, "/v2/bot/channel/webhook/endpoint")
	switch {
	case failed != nil && failed.Class == desk.SendRejected: // none was ever set
		return desk.Probe{Subscription: desk.Unsubscribed, Says: "no webhook is set"}, nil
	case failed != nil:
		return desk.Probe{}, failed
	case !hook.Get("active").Found():
		return desk.Probe{}, nil
	case !hook.Get("active").True():
		return desk.Probe{Subscription: desk.Unsubscribed, Says: "its webhook is switched off"}, nil
	}
	return desk.Probe{Subscription: desk.Subscribed}, nil
}

// ask makes a call that changes nothing, so that it may be made again.
func (s *Sender) ask(ctx context.Context, path string) (wire.Value, *desk.SendError) {
	if s.Token == "" {
		return wire.Value{}, &desk.SendError{Class: desk.SendAuth, Reason: "the account has no token in the accounts file"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.API+path, nil)
	if err != nil {
		return wire.Value{}, &desk.SendError{Class: desk.SendRejected, Reason: "LINE's address is no address"}
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	resp, err := wire.Straight(s.HTTP).Do(req)
	if err != nil {
		return wire.Value{}, &desk.SendError{Class: desk.SendRetry, Reason: "LINE did not answer"}
	}
	defer resp.Body.Close()
	read, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	var d wire.Document
	if err != nil || d.Read(read) != nil {
		d = wire.Document{} // the status tells enough
	}
	if failed := s.refusal(resp, answer{}); failed != nil {
		return wire.Value{}, failed
	}
	return d.Root(), nil
}
