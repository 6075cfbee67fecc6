// Package assembly puts the notifier together.
package assembly

import (
	"context"

	"example.com/skala/functions/wiring"
	"example.com/skala/shared/channel"
	"example.com/skala/shared/channel/email"
	"example.com/skala/shared/channel/outbound"
	"example.com/skala/shared/channel/push"
	"example.com/skala/shared/channel/slack"
	"example.com/skala/shared/channel/webhook"
	"example.com/skala/shared/notify"
	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
	"example.com/skala/shared/queue"
)

// Open is the function, from what it is given.
func Open(ctx context.Context, in wiring.Input) (*wiring.Function, error) {
	c, err := wiring.Open(ctx, in, "NOTIFY", "NOTICES_QUEUE_URL", "DUE_QUEUE_URL")
	if err != nil {
		return nil, err
	}
	file, err := c.Notify(ctx)
	if err != nil {
		return nil, err
	}
	client := outbound.Client(file.Private)
	origin, vendors := "", &channel.Vendors{Mails: map[string]string{}}
	if file.Private { // webhooks and console have one origin then
		origin = in.Getenv("PUBLIC_URL")
	}
	hooks := map[string]webhook.Endpoint{}
	for _, v := range file.Vendors {
		if hooks[v.Name] = v.Endpoint; v.Mail != "" {
			vendors.Mails[v.Name] = v.Mail
			delete(hooks, v.Name)
		}
	}
	vendors.Webhooks = &webhook.Sender{Client: client, Endpoints: hooks, Now: c.Now}
	endpoints := make(map[string]webhook.Endpoint, len(file.Endpoints))
	for name, e := range file.Endpoints {
		endpoints[name] = e.Endpoint
	}
	senders := map[people.ChannelKind]notify.Sender{
		people.Webhook: &webhook.Sender{Client: client, Endpoints: endpoints, Now: c.Now},
		post.ToVendor:  vendors,
		people.Slack:   &slack.Sender{Client: client, URLs: file.Slack},
	}
	if file.Email != nil {
		senders[people.Email] = &email.Sender{Server: *file.Email}
		vendors.Email = senders[people.Email]
	}
	if file.Push != nil {
		senders[people.Push] = &push.Sender{Client: client, Browsers: c.Store, Key: file.Push.Key, Contact: file.Push.Contact, Private: file.Private, Now: c.Now}
	}
	n := &notify.Notifier{
		Notices: c.Store, Boxes: c.Store, Lines: c.Store, Tickets: c.Store, Policies: c.Policies(ctx), People: c.People(), Latest: c.Store, Senders: senders, Programs: file.Programs,
		Vendors: file.Hands(), Said: c.Store, Due: c.Nudges("DUE_QUEUE_URL"), Webhooks: origin,
		Queue: c.Nudges("NOTICES_QUEUE_URL"), Console: in.Getenv("PUBLIC_URL"), Now: c.Now, Log: c.Log, Metrics: c.Metrics,
	}
	return &wiring.Function{Log: c.Log, Metrics: c.Metrics, Batch: queue.Each(c.Log, n.Tell)}, nil
}
