package linkedin

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// Probe asks whether the token is good, by the page's own entry (unconfirmed). Whether
// LinkedIn sends notifications here it tells only by the name of the app and of the
// member who subscribed, which nobody gave us. An error is a *desk.SendError.
func (s *Sender) Probe(ctx context.Context, _ desk.Origin) (desk.Probe, error) {
	number := s.Account[strings.LastIndexByte(s.Account, ':')+1:]
	answer, failed := s.do(ctx, http.MethodGet, "/rest/organizations/"+url.PathEscape(number), nil, desk.SendRetry)
	switch {
	case failed != nil:
		return desk.Probe{}, failed
	case answer.StatusCode/100 == 2:
		return desk.Probe{}, nil
	case answer.StatusCode == http.StatusForbidden: // that is another permission than to comment
		return desk.Probe{Says: "the token is good, and may not read the page's own entry"}, nil
	}
	return desk.Probe{}, s.refusal(answer.Response, answer.Raw, desk.SendRetry)
}

// ChallengedEvery is how far LinkedIn's challenges lie apart.
func (s *Sender) ChallengedEvery() time.Duration { return 2 * time.Hour }
