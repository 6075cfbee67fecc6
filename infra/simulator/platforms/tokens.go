package platforms

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// How TikTok, Zalo and Google give accounts tokens for some hours,
//
//	POST /open_api/v1.3/tt_user/oauth2/refresh_token/   TikTok, for a day
//	POST /v4/oa/access_token                            Zalo, for 25 hours
//	POST /token                                         Google, for an hour
//
// The accounts file's tokens are the first. TikTok and Zalo take a refresh token once,
// and an access token until the next is given. Tokens are numbered and made of the
// first one, so that those which a desk has kept are known after a restart too.

// granted is what an account was given last.
type granted struct {
	n    int
	ends map[int]time.Time
}

// lives is how long a platform's tokens last.
func lives(platform string) time.Duration {
	switch platform {
	case "tiktok":
		return 24 * time.Hour
	case "zalo":
		return 25 * time.Hour
	}
	return time.Hour
}

// numbered is the n-th token of a kind that an account is given.
func numbered(a *app, kind string, n int) string {
	first := map[string]string{"access": a.Token, "refresh": a.refresh}[kind]
	if n == 0 {
		return first
	}
	return "demo-" + kind + "-" + strconv.Itoa(n) + "-" + digest("token", kind, a.Account, first, strconv.Itoa(n)) + "-not-for-use"
}

// tokenNumber is which of an account's tokens one is.
func tokenNumber(a *app, kind, token string) (n int, ok bool) {
	if rest, made := strings.CutPrefix(token, "demo-"+kind+"-"); made {
		if digits, _, _ := strings.Cut(rest, "-"); digits != "" {
			n, _ = strconv.Atoi(digits)
		}
	}
	return n, token != "" && numbered(a, kind, n) == token
}

// lets reports whether a token opens an account.
func (n *Network) lets(a *app, token string) bool {
	if a.refresh == "" {
		return a.Token != "" && a.Token == token
	}
	nth, ok := tokenNumber(a, "access", token)
	if !ok {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	g := n.given(a)
	if nth > g.n { // given before a restart
		g.n, g.ends[nth] = nth, n.cfg.Now().Add(lives(a.Platform))
	}
	end, known := g.ends[nth]
	return (nth == g.n || a.Platform == "youtube") && (!known || n.cfg.Now().Before(end))
}

func (n *Network) given(a *app) *granted {
	g := n.grants[a]
	if g == nil {
		g = &granted{ends: map[int]time.Time{}}
		n.grants[a] = g
	}
	return g
}

// next gives the account with a refresh token its next tokens.
func (n *Network) next(platform, client, secret, refresh string) (a *app, access, another string, ok bool) {
	for _, one := range n.apps {
		if one.Platform != platform || one.refresh == "" || one.client != client || one.secret != secret {
			continue
		}
		if nth, known := tokenNumber(one, "refresh", refresh); known {
			if _, revoked := n.take("revoked", one); revoked {
				return one, "", "", false
			}
			n.mu.Lock()
			defer n.mu.Unlock()
			g := n.given(one)
			if nth < g.n && platform != "youtube" {
				return one, "", "", false
			}
			g.n = max(g.n, nth) + 1
			g.ends[g.n] = n.cfg.Now().Add(lives(platform))
			n.version++
			if another = numbered(one, "refresh", g.n); platform == "youtube" {
				another = ""
			}
			return one, numbered(one, "access", g.n), another, true
		}
	}
	return nil, "", "", false
}

// gives answers a question for tokens, unless the fault "swallowed" cuts it off when
// they are given.
func (n *Network) gives(w http.ResponseWriter, a *app, answer object) {
	if _, cut := n.take("swallowed", a); cut {
		panic(http.ErrAbortHandler)
	}
	write(w, http.StatusOK, answer)
}

func (n *Network) tokenRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /open_api/v1.3/tt_user/oauth2/refresh_token/{$}", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Client  string `json:"client_id"`
			Secret  string `json:"client_secret"`
			Grant   string `json:"grant_type"`
			Refresh string `json:"refresh_token"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&in); err != nil || in.Grant != "refresh_token" {
			tiktokSays(w, 40002, "Invalid parameter")
			return
		}
		a, access, refresh, ok := n.next("tiktok", in.Client, in.Secret, in.Refresh)
		if !ok {
			tiktokSays(w, 40105, "Refresh token is incorrect or has been used.")
			return
		}
		n.gives(w, a, object{"code": 0, "message": "OK", "request_id": requestID(), "data": object{
			"access_token": access, "expires_in": int(lives("tiktok").Seconds()), "refresh_token": refresh, "refresh_token_expires_in": 31536000, "open_id": a.Account, "token_type": "Bearer",
		}})
	})
	mux.HandleFunc("POST /v4/oa/access_token", func(w http.ResponseWriter, r *http.Request) {
		a, access, refresh, ok := n.next("zalo", r.PostFormValue("app_id"), r.Header.Get("secret_key"), r.PostFormValue("refresh_token"))
		if !ok || r.PostFormValue("grant_type") != "refresh_token" {
			write(w, http.StatusOK, object{"error": -14014, "error_name": "Invalid refresh token.", "error_description": "The refresh token is invalid or was used."})
			return
		}
		n.gives(w, a, object{"access_token": access, "refresh_token": refresh, "expires_in": strconv.Itoa(int(lives("zalo").Seconds()))})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		a, access, _, ok := n.next("youtube", r.PostFormValue("client_id"), r.PostFormValue("client_secret"), r.PostFormValue("refresh_token"))
		if !ok || r.PostFormValue("grant_type") != "refresh_token" {
			write(w, http.StatusBadRequest, object{"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
			return
		}
		n.gives(w, a, object{"access_token": access, "expires_in": int(lives("youtube").Seconds()), "token_type": "Bearer", "scope": "https://www.googleapis.com/auth/youtube.force-ssl"})
	})
}
