package youtube

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// OAuth is where Google gives tokens.
const OAuth = "https://oauth2.googleapis.com"

// Refresh asks for the owner's next token, for an hour. The refresh token stays as it
// is, unless Google gives another with it. An error is a *desk.SendError.
func (s *Sender) Refresh(ctx context.Context, refresh string) (desk.TokenSet, error) {
	form := url.Values{"client_id": {s.ClientID}, "client_secret": {s.ClientSecret}, "grant_type": {"refresh_token"}, "refresh_token": {refresh}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.OAuth+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		return desk.TokenSet{}, &desk.SendError{Class: desk.SendRejected, Reason: "Google's address is no address"}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, failed := wire.Ask(s.HTTP, req, "Google", desk.SendUnknown, 64<<10)
	if failed != nil {
		return desk.TokenSet{}, failed
	}
	said, _ := answer.Said()
	set := desk.TokenSet{Access: said.Get("access_token").Text(), Refresh: said.Get("refresh_token").Text()}
	if answer.StatusCode/100 != 2 || set.Access == "" {
		return desk.TokenSet{}, s.ungranted(answer.Response, said)
	}
	set.Ends = wire.Until(said.Get("expires_in"), time.Hour, s.Now())
	if lasts := said.Get("refresh_token_expires_in"); lasts.Found() { // of apps that are still tried out
		set.RefreshEnds = wire.Until(lasts, 7*24*time.Hour, s.Now())
	}
	return set, nil
}

// ungranted says what an answer means that gives no token.
func (s *Sender) ungranted(resp *http.Response, said wire.Value) *desk.SendError {
	code, word := resp.StatusCode, said.Get("error").Text()
	if !slices.Contains([]string{"invalid_grant", "invalid_client", "unauthorized_client", "deleted_client", "org_internal", "invalid_request", "invalid_scope"}, word) {
		word = ""
	}
	told := " (" + cmp.Or(word, strconv.Itoa(code)) + ")"
	switch {
	case code == http.StatusTooManyRequests:
		return &desk.SendError{Class: desk.SendRetry, After: cmp.Or(wire.RetryAfter(resp.Header, s.Now()), time.Minute), Reason: "Google gives no token for now" + told}
	case code/100 == 2, code == http.StatusRequestTimeout, code >= 500:
		return &desk.SendError{Class: desk.SendUnknown, Reason: "Google had a fault of its own" + told}
	}
	return &desk.SendError{Class: desk.SendAuth, Reason: "the refresh token is no good any more, or not this app's" + told}
}
