package platforms

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A Handshake is how an app's address answered when its platform asked whose it
// is.
type Handshake struct {
	At       time.Time `json:"at"`
	Platform string    `json:"platform"`
	App      string    `json:"app"`
	Status   int       `json:"status"`
	OK       bool      `json:"ok"`
	Problem  string    `json:"problem,omitempty"`
}

// Greet asks all addresses once, as Meta does when a webhook is set up. X asks every so
// often from then on, an hour in earnest, and LinkedIn every second time, until ctx ends.
// Zero is once.
func (n *Network) Greet(ctx context.Context, every time.Duration) {
	n.Shake(ctx, "", "")
	for round := 1; every > 0; round++ {
		timer := time.NewTimer(every)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
			n.Shake(ctx, "x", "")
			if round%2 == 0 {
				n.Shake(ctx, "linkedin", "")
			}
		}
	}
}

// Shake asks the addresses of the apps of platforms that ask; what is empty matches
// all but YouTube, whose hub asks when it is subscribed to.
func (n *Network) Shake(ctx context.Context, platform, name string) {
	asked := map[string]bool{}
	for _, a := range n.apps {
		id := a.Platform + "/" + a.Name
		if asked[id] || platform != "" && a.Platform != platform || name != "" && a.Name != name || !slices.Contains(words("meta x linkedin youtube"), a.Platform) || a.Platform == "youtube" && platform == "" {
			continue
		}
		asked[id] = true
		h := n.shake(ctx, a)
		if !h.OK {
			n.cfg.Log.WarnContext(ctx, "handshake failed", "platform", a.Platform, "app", a.Name, "status", h.Status)
		}
		n.mu.Lock()
		n.version++
		n.shaken[id] = h
		n.mu.Unlock()
	}
}

// Handshakes lists the latest handshake of each app.
func (n *Network) Handshakes() []Handshake {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := []Handshake{}
	for _, id := range slices.Sorted(maps.Keys(n.shaken)) {
		list = append(list, n.shaken[id])
	}
	return list
}

func (n *Network) shake(ctx context.Context, a *app) Handshake {
	h := Handshake{At: n.cfg.Now().UTC(), Platform: a.Platform, App: a.Name}
	word := digits("1", 10, rand.Text())
	q := url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {word}, "hub.verify_token": {a.verify}}
	kind, good := "text/plain", func(body []byte) bool { return string(body) == word }
	if a.Platform == "x" {
		word = rand.Text()
		q = url.Values{"crc_token": {word}, "nonce": {rand.Text()}}
		kind, good = "application/json", func(body []byte) bool {
			var answer struct {
				Token string `json:"response_token"`
			}
			err := json.Unmarshal(body, &answer)
			return err == nil && slices.ContainsFunc(a.keys, func(s signer) bool { return answer.Token == "sha256="+s.mac(word) })
		}
	}
	if a.Platform == "youtube" {
		q = url.Values{"hub.mode": {"subscribe"}, "hub.topic": {youtubeTopic(a)}, "hub.challenge": {word}, "hub.lease_seconds": {"432000"}}
	}
	if a.Platform == "linkedin" {
		q = url.Values{"challengeCode": {word}, "applicationId": {digits("77", 8, a.Name)}}
		kind, good = "application/json", func(body []byte) bool {
			var answer struct{ ChallengeCode, ChallengeResponse string }
			err := json.Unmarshal(body, &answer)
			return err == nil && answer.ChallengeCode == word && slices.ContainsFunc(a.keys, func(s signer) bool { return answer.ChallengeResponse == hex.EncodeToString(s.sum(word)) })
		}
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(n.cfg.Patience, 10*time.Second))
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, n.cfg.Webhooks+"/webhooks/"+a.Platform+"/"+url.PathEscape(a.Name)+"?"+q.Encode(), nil)
	if err != nil {
		h.Problem = err.Error()
		return h
	}
	r.Header.Set("User-Agent", a.part("").agent)
	resp, err := n.client.Do(r)
	if err != nil {
		h.Problem = "no answer: " + err.Error()
		return h
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 2000))
	h.Status = resp.StatusCode
	switch {
	case err != nil:
		h.Problem = "the answer broke off"
	case resp.StatusCode != http.StatusOK:
		h.Problem = "refused"
	case !strings.HasPrefix(resp.Header.Get("Content-Type"), kind):
		h.Problem = "answered with a body that is no " + kind
	case !good(body):
		h.Problem = "answered with something else"
	default:
		h.OK = true
	}
	return h
}
