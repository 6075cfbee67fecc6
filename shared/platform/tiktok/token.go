package tiktok

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// refreshPath is where the next tokens are asked for.
const refreshPath = "/open_api/v1.3/tt_user/oauth2/refresh_token/"

// Refresh asks for the account's next tokens: one for a day, and another refresh token
// for a year, which takes the old one's place. An error is a *desk.SendError.
func (s *Sender) Refresh(ctx context.Context, refresh string) (desk.TokenSet, error) {
	payload, err := json.Marshal(map[string]string{"client_id": s.ClientID, "client_secret": s.ClientSecret, "grant_type": "refresh_token", "refresh_token": refresh})
	if err != nil {
		return desk.TokenSet{}, &desk.SendError{Class: desk.SendRejected, Reason: "the refresh token cannot be encoded"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.API+refreshPath, bytes.NewReader(payload))
	if err != nil {
		return desk.TokenSet{}, &desk.SendError{Class: desk.SendRejected, Reason: "TikTok's address is no address"}
	}
	req.Header.Set("Content-Type", "application/json")
	answer, failed := wire.Ask(s.HTTP, req, "TikTok", desk.SendUnknown, maxAnswer)
	if failed != nil {
		return desk.TokenSet{}, failed
	}
	said, _ := answer.Said()
	data := said.Get("data")
	set := desk.TokenSet{Access: data.Get("access_token").Text(), Refresh: data.Get("refresh_token").Text()}
	if answer.StatusCode/100 != 2 || !said.Get("code").Is("0") || set.Access == "" {
		return desk.TokenSet{}, s.refusal(answer.Response, said, http.MethodPost, desk.SendUnknown)
	}
	now := s.Now()
	set.Ends = wire.Until(data.Get("expires_in"), 24*time.Hour, now)
	set.RefreshEnds = wire.Until(data.Get("refresh_token_expires_in"), 365*24*time.Hour, now)
	return set, nil
}
