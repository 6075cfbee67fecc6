package platforms

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// What platforms tell an account that asks about itself: that it is there and, where
// they tell, where they send its webhooks. A fault "401" that lasts holds for these
// too; one that is over after so many sends is of sends alone.
func (n *Network) probeRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /v2/bot/channel/webhook/endpoint", n.channel(func(w http.ResponseWriter, _ *http.Request, a *app) {
		if n.refuses(a) {
			a.unauthorized(w)
			return
		}
		write(w, http.StatusOK, object{"endpoint": n.hook(a), "active": true})
	}))
	mux.HandleFunc("POST /api/auth.test", func(w http.ResponseWriter, r *http.Request) {
		switch a := n.slackCaller(w, r); {
		case a == nil:
		case n.refuses(a):
			slackSays(w, "invalid_auth")
		default:
			write(w, http.StatusOK, object{"ok": true, "team": a.Brand})
		}
	})
	mux.HandleFunc("GET /api/v10/users/@me", func(w http.ResponseWriter, r *http.Request) {
		a := n.byToken("discord", r.Header.Get("Authorization"), "Bot ")
		if a == nil || n.refuses(a) {
			write(w, http.StatusUnauthorized, object{"message": "401: Unauthorized", "code": 0})
			return
		}
		write(w, http.StatusOK, object{"id": a.Account, "username": a.handle, "bot": true})
	})
	mux.HandleFunc("POST /pa/get_account_info", func(w http.ResponseWriter, r *http.Request) {
		a := n.byToken("viber", r.Header.Get("X-Viber-Auth-Token"), "")
		if a == nil || n.refuses(a) {
			write(w, http.StatusOK, object{"status": 2, "status_message": "invalidAuthToken"})
			return
		}
		write(w, http.StatusOK, object{"status": 0, "status_message": "ok", "id": a.Account, "name": a.Brand, "webhook": n.hook(a)})
	})
	mux.HandleFunc("GET /rest/organizations/{id}", func(w http.ResponseWriter, r *http.Request) {
		switch a := n.linkedinCaller(w, r); {
		case a == nil:
		case n.refuses(a):
			linkedinSays(w, http.StatusUnauthorized, 65600, "Invalid access token")
		case "urn:li:organization:"+r.PathValue("id") != a.Account:
			linkedinSays(w, http.StatusForbidden, 100, "Not enough permissions to access: organizations.GET")
		default:
			write(w, http.StatusOK, object{"id": json.Number(r.PathValue("id")), "localizedName": a.Brand, "vanityName": a.handle})
		}
	})
	mux.HandleFunc("GET /v2.0/oa/getoa", func(w http.ResponseWriter, r *http.Request) {
		a := n.byToken("zalo", r.Header.Get("access_token"), "")
		if a == nil || n.refuses(a) {
			zaloSays(w, -216, "Access token is invalid")
			return
		}
		write(w, http.StatusOK, object{"error": 0, "message": "Success", "data": object{"oa_id": a.Account, "name": a.Brand}})
	})
}

// probeTelegram answers getWebhookInfo.
func (n *Network) probeTelegram(w http.ResponseWriter, a *app) {
	if n.refuses(a) {
		telegramFails(w, http.StatusUnauthorized, "Unauthorized", nil)
		return
	}
	write(w, http.StatusOK, object{"ok": true, "result": object{"url": n.hook(a), "has_custom_certificate": false, "pending_update_count": 0}})
}

// itself answers a question of an account's about itself, and reports whether it
// was one.
func (c *graphCall) itself() bool {
	page := slices.Contains([]string{c.app.Account, c.app.page}, c.id)
	switch {
	case !page || c.edge != "subscribed_apps" && (c.edge != "" || str(c.args, "fields") != "id"):
		return false
	case c.refuses(c.app):
		c.fail(190, 463, "Error validating access token: Session has expired")
	case c.edge == "":
		c.answer(http.StatusOK, object{"id": c.id})
	default:
		c.answer(http.StatusOK, object{"data": []object{{"id": "1", "subscribed_fields": []string{"feed", "messages"}}}})
	}
	return true
}

// xMe tells an account who it is.
func (n *Network) xMe(c *xCall) {
	if n.refuses(c.app) {
		c.fail(http.StatusUnauthorized, "about:blank", "Unauthorized", "Unauthorized")
		return
	}
	write(c.w, http.StatusOK, object{"data": object{"id": c.app.Account, "username": c.app.handle, "name": c.app.Brand}})
}

// byToken is the app of a platform whose token a header shows, or nil.
func (n *Network) byToken(platform, header, before string) *app {
	for _, a := range n.apps {
		if token, ok := strings.CutPrefix(header, before); ok && a.Platform == platform && n.lets(a, token) {
			return a
		}
	}
	return nil
}

// hook is where an app's webhooks go.
func (n *Network) hook(a *app) string {
	return n.cfg.Webhooks + "/webhooks/" + a.Platform + "/" + a.Name
}

// refuses reports whether an app's token is to be no good, until further notice.
func (n *Network) refuses(a *app) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.ContainsFunc(n.faults, func(f Fault) bool {
		return f.Fault == "401" && f.Count < 0 && (f.Platform == "" || f.Platform == a.Platform) && (f.App == "" || f.App == a.Name)
	})
}
