package zalo

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// OAuth is where Zalo gives tokens.
const OAuth = "https://oauth.zaloapp.com"

// Refresh asks for the account's next tokens: one for 25 hours, and a refresh token for
// three months, which is taken once. An error is a *desk.SendError.
func (s *Sender) Refresh(ctx context.Context, refresh string) (desk.TokenSet, error) {
	form := url.Values{"app_id": {s.AppID}, "grant_type": {"refresh_token"}, "refresh_token": {refresh}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.OAuth+"/v4/oa/access_token", strings.NewReader(form.Encode()))
	if err != nil {
		return desk.TokenSet{}, &desk.SendError{Class: desk.SendRejected, Reason: "Zalo's address is no address"}
	}
	req.Header.Set("secret_key", s.AppSecret)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, failed := wire.Ask(s.HTTP, req, "Zalo", desk.SendUnknown, 64<<10)
	if failed != nil {
		return desk.TokenSet{}, failed
	}
	said, _ := answer.Said()
	set := desk.TokenSet{Access: said.Get("access_token").Text(), Refresh: said.Get("refresh_token").Text()}
	if answer.StatusCode/100 != 2 || set.Access == "" {
		return desk.TokenSet{}, s.refusal(answer.Response, said)
	}
	now := s.Now()
	set.Ends = wire.Until(said.Get("expires_in"), 25*time.Hour, now)
	set.RefreshEnds = wire.Until(said.Get("refresh_token_expires_in"), 90*24*time.Hour, now)
	return set, nil
}
