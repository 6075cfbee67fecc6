package platforms

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// TikTok's business accounts: messages, comments below the brand's video and mentions
// as it posts them, and under tiktokPath the calls that the desk makes (tiktok_api.go).

func tiktokUser(a *app, word string) string {
	if strings.HasPrefix(word, "uid_") {
		return word
	}
	return "uid_" + digest("tiktok", a.Name, word)[:16]
}

// tiktokTalk is how TikTok names the direct chat with somebody.
func tiktokTalk(a *app, author string) string {
	return "u5" + digest("talk", a.Account, author) + "+/=="
}

// beginTikTok numbers a message, a comment, or a video of somebody's own.
func beginTikTok(n *Network, _ *app, e *Event, s *Say) error {
	e.ID = n.messageID(e.At)
	e.Message = "7" + e.ID
	if s.In == "direct" {
		e.Message = "u5M" + digest("tiktok", e.ID) + "=="
	}
	return n.place(e, s, e.Author)
}

// tiktokVideo is the video that a conversation is below: the brand's, or somebody's own,
// which began it.
func tiktokVideo(a *app, e *Event) string {
	if e.In == "mention" {
		return e.Conversation
	}
	return a.root("tiktok")
}

// tiktokEvent makes what TikTok posts about e. n.mu is held.
func (n *Network) tiktokEvent(a *app, e *Event, s *Say) error {
	var is string
	var about object
	var err error
	switch {
	case s.Do == "unknown":
		is, about = "im_thing_of_tomorrow", object{"timestamp": e.At.UnixMilli(), "unique_identifier": e.Author}
	case s.Do == "revoke":
		is, about = "authorization.removed", object{"reason": 1}
	case e.In == "direct":
		is, about, err = n.tiktokMessage(a, e, s)
	case e.In == "mention":
		is, about, err = n.tiktokMention(a, e, s)
	default:
		is = "comment.update"
		about, err = n.tiktokComment(a, e, s)
	}
	if err != nil {
		return err
	}
	content, err := encode(about)
	if err != nil {
		return err
	}
	e.body, err = encode(object{"client_key": digits("74", 19, "app", a.Name), "event": is, "create_time": e.At.Unix(), "user_openid": a.Account, "content": string(content)})
	return err
}

func (n *Network) tiktokComment(a *app, e *Event, s *Say) (object, error) {
	out := object{
		"comment_id": json.Number(e.Message), "video_id": json.Number(tiktokVideo(a, e)), "comment_type": "comment", "comment_action": "insert",
		"unique_identifier": e.Author, "timestamp": e.At.UnixMilli(),
	}
	below := func(parent string) {
		if parent != "" {
			out["comment_type"], out["parent_comment_id"] = "reply", json.Number(parent)
		}
	}
	switch s.Do {
	case "message":
		below(s.Message)
		if _, thin := n.fault("thin", a, e.part); !thin {
			out["text"] = s.Text
		}
	case "elsewhere":
		below(s.Message)
		out["unique_identifier"], out["text"] = a.Account, s.Text
	case "echo":
		below(e.sent.Answers)
		out["comment_id"], out["unique_identifier"], out["text"] = json.Number(e.sent.Messages[0].ID), a.Account, e.sent.Messages[0].Text
	case "delivered": // TikTok has looked at it
		out["comment_id"], out["unique_identifier"], out["comment_action"] = json.Number(e.sent.Messages[0].ID), a.Account, "set_to_public"
	case "unsend", "hide", "unhide":
		out["comment_id"] = json.Number(s.Message)
		out["comment_action"] = map[string]string{"unsend": "delete", "hide": "set_to_hidden", "unhide": "set_to_public"}[s.Do]
	case "seen":
		return nil, errNotTold
	default:
		return nil, errors.New("nobody can do that in a comment on TikTok")
	}
	return out, nil
}

func (n *Network) tiktokMention(a *app, e *Event, s *Say) (string, object, error) {
	if s.Do != "message" {
		if e.sent != nil {
			return "", nil, errNotTold
		}
		return "", nil, errors.New("TikTok tells of mentions alone, not of what becomes of them")
	}
	video := tiktokVideo(a, e)
	out := object{
		"type_of_event": "CREATE", "mention_type": "VIDEO MENTION", "video_id": video, "video_create_time": e.At.Unix(), "open_id_of_mentioned_user": a.Account,
		"unique_name_of_mentioned_user": a.handle, "unique_identifier": e.Author, "share_url": "https://www.tiktok.com/@" + username(e.Author) + "/video/" + video,
		"video_caption": "@" + a.handle + " " + s.Text, "comment_id": "0",
	}
	if s.Message != "" { // in a comment below it, whose words are not told
		out["mention_type"], out["comment_id"], out["video_caption"] = "COMMENT", e.Message, "a video of somebody's"
	}
	return "brand.mention.event", out, nil
}

func (n *Network) tiktokMessage(a *app, e *Event, s *Say) (string, object, error) {
	who := n.users[user{e.Platform, e.App, e.Conversation}]
	them, us := object{"id": e.Conversation, "role": "personal_account"}, object{"id": a.Account, "role": "business_account"}
	name := username(wording(strings.TrimPrefix(who.Handle, "@"), e.Conversation))
	out := object{
		"timestamp": e.At.UnixMilli(), "unique_identifier": e.Conversation, "from_user": them, "to_user": us, "from": name, "to": a.handle,
		"conversation_id": tiktokTalk(a, e.Conversation), "message_id": e.Message, "is_follower": true,
	}
	is, picture := "im_receive_msg", n.cfg.Public+"/sim/picture/"+e.ID+".png"
	ours := func(source string) {
		is, out["from_user"], out["to_user"], out["from"], out["to"] = "im_send_msg", us, them, a.handle, name
		out["message_tag"] = object{"source": source}
	}
	switch s.Do {
	case "message":
		out["type"], out["text"] = "text", object{"body": s.Text}
		if s.Message != "" {
			out["referenced_message_info"] = object{"referenced_message_id": s.Message}
		}
		if _, europe := n.fault("thin", a, e.part); europe {
			return "im_receive_msg_eu", object{"to": a.handle, "to_user": us, "timestamp": e.At.UnixMilli()}, nil
		}
	case "picture":
		out["type"], out["image"] = "image", object{"media_id": "tos-" + e.ID}
	case "sticker":
		out["type"], out["sticker"] = "sticker", object{"url": picture}
	case "share":
		video := a.root("tiktok")
		out["type"], out["share_post"] = "share_post", object{"embed_url": "https://www.tiktok.com/player/v1/" + video, "video_id": video}
	case "elsewhere":
		ours("APP")
		out["type"], out["text"] = "text", object{"body": s.Text}
	case "echo":
		ours("API")
		out["message_id"], out["type"], out["text"] = e.sent.Messages[0].ID, "text", object{"body": e.sent.Messages[0].Text}
	case "read", "seen":
		is = "im_mark_read_msg"
		delete(out, "message_id")
		delete(out, "is_follower")
		out["read"] = object{"last_read_timestamp": e.At.UnixMilli()}
	case "delivered":
		return "", nil, errNotTold
	default:
		return "", nil, errors.New("nobody can do that in a message on TikTok")
	}
	return is, out, nil
}

func signTikTok(a *app, h http.Header, body []byte, _ string, at time.Time) error {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h.Set("TikTok-Signature", "t="+stamp+",s="+hex.EncodeToString(a.keys[0].sum(stamp, ".", string(body))))
	return nil
}

// tiktokTalks are the account's direct chats that its desk or somebody else has
// answered, or the others. n.mu is held.
func (n *Network) tiktokTalks(a *app, answered bool) (list []object) {
	for _, t := range n.threads {
		if t.Platform != a.Platform || t.App != a.Name || t.Account != a.Account || t.In != "direct" || len(t.Lines) == 0 {
			continue
		}
		if ours := slices.ContainsFunc(t.Lines, func(l Line) bool { return l.Author == "" }); ours == answered {
			list = append(list, object{"conversation_id": tiktokTalk(a, t.Conversation), "update_time": t.Lines[len(t.Lines)-1].At.UnixMilli()})
		}
	}
	slices.SortFunc(list, func(x, y object) int { return int(y["update_time"].(int64) - x["update_time"].(int64)) })
	return list
}

// tiktokThread is the direct chat that TikTok names so. n.mu is held.
func (n *Network) tiktokThread(a *app, talk string) *Thread {
	for key, t := range n.threads {
		if key.Platform == a.Platform && key.App == a.Name && t.In == "direct" && tiktokTalk(a, key.Conversation) == talk {
			return t
		}
	}
	return nil
}

// tiktokLines are the messages of a direct chat as TikTok lists them, the last 20. n.mu
// is held.
func (n *Network) tiktokLines(a *app, t *Thread) (messages, people []object) {
	them, us := object{"id": t.Conversation, "role": "PERSONAL_ACCOUNT"}, object{"id": a.Account, "role": "BUSINESS_ACCOUNT"}
	messages = []object{}
	for _, l := range t.Lines[max(0, len(t.Lines)-20):] {
		m := object{"message_id": l.Message, "conversation_id": tiktokTalk(a, t.Conversation), "timestamp": l.At.UnixMilli(), "message_type": "TEXT", "from_user": them, "to_user": us, "text": object{"body": l.Text}}
		switch {
		case l.Author == "":
			m["from_user"], m["to_user"] = us, them
		case l.Do == "picture":
			delete(m, "text")
			m["message_type"], m["image"] = "IMAGE", object{"media_id": "tos-" + l.ID}
		}
		messages = append(messages, m)
	}
	who := n.users[user{a.Platform, a.Name, t.Conversation}]
	return messages, []object{
		{"role": "BUSINESS_ACCOUNT", "id": a.Account, "display_name": a.Brand},
		{"role": "PERSONAL_ACCOUNT", "id": t.Conversation, "display_name": wording(who.Name, "Customer"), "is_follower": true},
	}
}
