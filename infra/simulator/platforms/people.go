package platforms

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"example.com/skala/infra/simulator/customers"
)

// What platforms tell of who wrote to an account:
//
//	GET  /v3.0/oa/user/detail?data={"user_id": …}
//	POST /pa/get_user_details
//	POST /bot{token}/getChat
//
// LINE's are beside its other calls, as are Slack's and YouTube's.
func (n *Network) peopleRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /v2/bot/room/{room}/member/{user}", n.channel(n.member))
	mux.HandleFunc("GET /v3.0/oa/user/detail", n.zaloUserDetail)
	mux.HandleFunc("POST /pa/get_user_details", n.viberUserDetails)
}

// person is who has written to an account under an id, and not blocked it since.
func (n *Network) person(a *app, id string) (who customers.Persona, ok bool) {
	_, gone := n.take("gone", a)
	n.mu.Lock()
	defer n.mu.Unlock()
	who, known := n.users[user{a.Platform, a.Name, id}]
	t := n.threads[ThreadKey{a.Platform, a.Name, id}]
	return who, known && !gone && (t == nil || !t.Blocked)
}

func (n *Network) zaloUserDetail(w http.ResponseWriter, r *http.Request) {
	a := n.byToken("zalo", r.Header.Get("access_token"), "")
	if a == nil || n.refuses(a) {
		zaloSays(w, -216, "Access token is invalid")
		return
	}
	if _, ok := n.take("unfetched", a); ok {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var in struct {
		User string `json:"user_id"`
	}
	if json.Unmarshal([]byte(r.URL.Query().Get("data")), &in) != nil {
		zaloSays(w, -202, "Params is invalid")
		return
	}
	who, ok := n.person(a, in.User)
	if !ok {
		zaloSays(w, -213, "User has not followed OA")
		return
	}
	about := object{"user_id": in.User, "display_name": who.Name, "user_alias": "", "user_is_follower": true, "avatar": ""}
	if who.Picture {
		about["avatar"] = n.portrait(in.User)
	}
	write(w, http.StatusOK, object{"error": 0, "message": "Success", "data": about})
}

// portrait is the address of somebody's picture.
func (n *Network) portrait(id string) string { return n.cfg.Public + "/sim/picture/" + id + ".png" }

func (n *Network) viberUserDetails(w http.ResponseWriter, r *http.Request) {
	a := n.byToken("viber", r.Header.Get("X-Viber-Auth-Token"), "")
	if a == nil || n.refuses(a) {
		viberSays(w, 2, "invalidAuthToken")
		return
	}
	var in struct {
		ID string `json:"id"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 30_000))
	if err != nil || json.Unmarshal(body, &in) != nil {
		viberSays(w, 3, "badData")
		return
	}
	who, ok := n.person(a, in.ID)
	if !ok {
		viberSays(w, 6, "receiverNotSubscribed")
		return
	}
	about := object{"id": in.ID, "name": who.Name, "country": "GR", "language": wording(who.Lang, "en"), "primary_device_os": "android 14", "api_version": 10, "device_type": "phone"}
	if who.Picture {
		about["avatar"] = n.portrait(in.ID)
	}
	write(w, http.StatusOK, object{"status": 0, "status_message": "ok", "message_token": json.Number(n.messageToken()), "user": about})
}

// messageToken numbers what is no message.
func (n *Network) messageToken() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.messageID(n.cfg.Now())
}

// telegramChat answers getChat, about one person.
func (n *Network) telegramChat(w http.ResponseWriter, r *http.Request, a *app) {
	if n.refuses(a) {
		telegramFails(w, http.StatusUnauthorized, "Unauthorized", nil)
		return
	}
	var in struct {
		Chat string `json:"chat_id"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil || json.Unmarshal(body, &in) != nil {
		telegramFails(w, http.StatusBadRequest, "Bad Request: chat_id is empty", nil)
		return
	}
	who, ok := n.person(a, in.Chat)
	if !ok {
		telegramFails(w, http.StatusBadRequest, "Bad Request: chat not found", nil)
		return
	}
	chat := object{"id": telegramID(in.Chat), "type": "private", "first_name": wording(who.Name, "Customer"), "bio": who.About, "accent_color_id": 1}
	if who.Handle != "" {
		name := strings.TrimPrefix(who.Handle, "@")
		chat["username"], chat["active_usernames"] = name, []string{name}
	}
	if who.Picture {
		chat["photo"] = object{"small_file_id": "small" + in.Chat, "big_file_id": "big" + in.Chat}
	}
	write(w, http.StatusOK, object{"ok": true, "result": chat})
}
