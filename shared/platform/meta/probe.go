package meta

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// subscriptions is what Meta tells of the apps that get an account's webhooks.
type subscriptions struct {
	Data *[]struct {
		Fields []wire.Text `json:"subscribed_fields"`
	} `json:"data"`
}

// Probe asks whether the account's token is good and, of a page and of an Instagram
// account without one, whether its webhooks are sent to our app. Those of a WhatsApp
// number are its business's, which the accounts file does not name. An error is a
// *desk.SendError.
func (s *Sender) Probe(ctx context.Context, o desk.Origin) (desk.Probe, error) {
	channel := o.Channel
	ask := func(path ...string) ([]byte, *desk.SendError) {
		c := call{method: http.MethodGet, channel: channel, path: path, repeatable: true}
		if len(path) == 1 {
			c.query = url.Values{"fields": {"id"}}
		}
		_, raw, failed := s.do(ctx, c)
		return raw, failed
	}
	if _, failed := ask(s.Account); failed != nil {
		return desk.Probe{}, failed
	}
	asset := s.Account
	switch {
	case channel == WhatsApp, channel == Threads:
		return desk.Probe{}, nil
	case channel == Instagram && s.Page != "":
		asset = s.Page
	}
	raw, failed := ask(asset, "subscribed_apps")
	if failed != nil && failed.Class == desk.SendRetry {
		return desk.Probe{}, failed
	}
	var said subscriptions
	if failed != nil || json.Unmarshal(raw, &said) != nil || said.Data == nil { // this account, or this token, may not ask that
		return desk.Probe{}, nil
	}
	if len(*said.Data) == 0 {
		return desk.Probe{Subscription: desk.Unsubscribed, Says: "our app is not subscribed to it"}, nil
	}
	return desk.Probe{Subscription: desk.Subscribed}, nil
}
