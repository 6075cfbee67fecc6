package platforms

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

var errNotTold = errors.New("the platform does not tell of that")

// get answers what the desk asks Meta about somebody or something.
func (c *graphCall) get() {
	if _, ok := c.takeOf("unfetched", c.app, c.part); ok {
		c.fail(2, 0, "Service temporarily unavailable")
		return
	}
	if _, ok := c.takeOf("gone", c.app, c.part); ok {
		c.fail(100, 33, "Unsupported get request. Object with ID '"+c.id+"' does not exist")
		return
	}
	fields := str(c.args, "fields")
	switch {
	case c.id == "profile_lookup":
		c.threadsProfile()
		return
	case c.edge == "threads_publishing_limit":
		c.answer(http.StatusOK, object{"data": []object{{"reply_quota_usage": c.published(), "reply_config": object{"quota_total": 1000, "quota_duration": 86400}}}})
		return
	case strings.HasPrefix(fields, "mentioned_"):
		c.mentioned(fields)
		return
	case c.itself():
		return
	}
	all, code := c.about()
	switch code {
	case 0:
	case 230:
		c.fail(230, 0, "(#230) User consent is required to access user profile")
		return
	default:
		c.fail(code, 33, "Unsupported get request. Object with ID '"+c.id+"' does not exist, cannot be loaded due to missing permissions, or does not support this operation")
		return
	}
	told := object{"id": c.id}
	for _, name := range strings.Split(strings.ReplaceAll(fields, " ", ""), ",") {
		if value, ok := all[name]; ok {
			told[name] = value
		}
	}
	c.answer(http.StatusOK, told)
}

// about returns all that Meta would tell about what is asked for, or the code of
// an error.
func (c *graphCall) about() (object, int) {
	if l, t, ok := c.message(c.id); ok && !l.Unsent {
		return object{
			"message": l.Text, "text": l.Text, "created_time": l.At.Format("2006-01-02T15:04:05-0700"), "is_hidden": l.Hidden,
			"can_reply_privately": t.In != "direct" && l.Author != "", "permalink_url": "https://www.facebook.com/" + digest("link", c.id)[:12],
			"from": object{"id": l.Author, "name": l.Name},
		}, 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if held, ok := c.holds[c.id]; ok && held.app == c.app {
		return object{"status": "FINISHED"}, 0
	}
	if c.part.channel == "whatsapp" {
		if media := isNumber(c.id, "1", 16); media {
			return object{"url": c.cfg.Public + "/sim/media/" + c.id, "mime_type": "image/png", "sha256": digest("media", c.id), "file_size": 21330, "messaging_product": "whatsapp"}, 0
		}
		return nil, 100
	}
	who, known := c.users[user{"meta", c.app.Name, c.id}]
	t := c.threads[ThreadKey{"meta", c.app.Name, c.id}]
	if !known || who.Name == "" {
		return nil, 100
	}
	spoke := t != nil && slices.ContainsFunc(t.Lines, func(l Line) bool { return l.Author == c.id })
	first, last, _ := strings.Cut(who.Name, " ")
	out := object{"name": who.Name, "first_name": first, "last_name": last, "username": handleOf(who)}
	if who.Picture {
		out["profile_pic"] = c.cfg.Public + "/sim/picture/" + who.ID + ".png"
	}
	if t == nil || t.Channel != "instagram" && t.Channel != "messenger" || t.Account != c.app.Account || !spoke {
		return nil, 230
	}
	if t.Channel == "instagram" {
		out["is_verified_user"], out["is_user_follow_business"], out["is_business_follow_user"] = who.Verified, true, false
		if who.Followers != nil {
			out["follower_count"] = *who.Followers
		}
		delete(out, "first_name")
		delete(out, "last_name")
	}
	return out, 0
}
