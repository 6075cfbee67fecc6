package wiring

import (
	"net/http"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/wire"
	"example.com/skala/shared/token"
)

// Senders returns the senders of all accounts, and the keeper of the tokens of those
// whose tokens end, from which they have them. It reads PLATFORM_API.
func (c *Common) Senders(accounts *platform.Accounts, client *http.Client) (*platform.Senders, *token.Keeper, error) {
	api := c.Getenv("PLATFORM_API")
	grants, err := accounts.Grants(api, client, c.Now)
	if err != nil {
		return nil, nil, err
	}
	var all []token.Settings
	for _, g := range grants {
		all = append(all, token.Settings{AccountKey: g.AccountKey, Access: g.Token, Refresh: g.Refresh, Secrets: g.Secrets, Asks: g.Asks})
	}
	keeper := token.NewKeeper(c.Store, all, c.Now, c.Log)
	senders, err := accounts.Renewed(func(k desk.AccountKey) wire.Tokens {
		if a, ok := keeper.Of(k); ok {
			return a
		}
		return nil
	}).Senders(api, client, c.Now)
	return senders, keeper, err
}
