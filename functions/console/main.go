// Command console is the Lambda of the pages and the API that people use.
package main

import (
	"context"
	"log"
	"log/slog"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"example.com/skala/functions/internal/wiring"
	"example.com/skala/shared/console"
	"example.com/skala/shared/lambdahttp"
	"example.com/skala/shared/platform"
)

func main() {
	handler, logger, err := open(context.Background(), os.Getenv)
	if err != nil {
		log.Fatal("console: ", err)
	}
	lambda.Start(lambdahttp.Handle(logger, handler))
}

func open(ctx context.Context, getenv func(string) string) (http.Handler, *slog.Logger, error) {
	c, err := wiring.Open(ctx, getenv, append([]string{"ACCOUNTS", "SESSION_KEY", "OIDC_ISSUER", "OIDC_CLIENT_ID"}, wiring.NudgerNeeds...)...)
	if err != nil {
		return nil, nil, err
	}
	accounts, err := c.Accounts(ctx, platform.ForReading)
	if err != nil {
		return nil, nil, err
	}
	sessionKey, err := c.Secret(ctx, "SESSION_KEY")
	if err != nil {
		return nil, nil, err
	}
	var clientSecret []byte
	if getenv("OIDC_CLIENT_SECRET") != "" { // without one PKCE protects the client
		if clientSecret, err = c.Secret(ctx, "OIDC_CLIENT_SECRET"); err != nil {
			return nil, nil, err
		}
	}
	nudger := c.Nudger()
	desk, err := console.New(console.Config{
		Tickets: c.Store, Logs: c.Store, Lists: c.Store, Shelf: c.Store, Queues: c.Tiers(), Nudger: nudger, Policies: c.Policies(ctx),
		Brands:     accounts.Brands(),
		SignIn:     console.SignIn{Issuer: getenv("OIDC_ISSUER"), ClientID: getenv("OIDC_CLIENT_ID"), ClientSecret: string(clientSecret), PublicURL: getenv("PUBLIC_URL")},
		SessionKey: sessionKey, Now: wiring.Now, Log: c.Log,
	})
	if err != nil {
		return nil, nil, err
	}
	return desk.Handler(), c.Log, nil
}
