package platforms

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// A Fault is one way to misbehave, or an oddity. Those of webhooks touch what
// customers do from now on, those of sends the desk's replies, those of questions
// what the desk asks about people and thin notices.
//
//	redeliver     post the event again, times times, after apart (1s), marked as redelivered by LINE
//	retries       post it times times more (12) within after (20s), at first at once, then less and less often
//	duplicate     post it times times more at the same moment
//	reorder       hold the event and post it after the next one, or after (30s)
//	batch         LINE, Meta: hold the event and post it in one body with the next one, also of another account, or alone after (30s)
//	tamper        change one byte after signing
//	stale         Standard, Slack, TikTok: sign it as ten minutes old
//	standby       Messenger, Instagram: another app has the thread
//	flat          Instagram: a comment's field and value stand in the entry itself
//	unnamed       Facebook: nobody says who wrote it
//	twin          Facebook, X: a mention comes twice, as the feed's or an answer too
//	thin          X: nothing about the author; Instagram: an edit without its text; LinkedIn, TikTok: a comment without its words and who wrote it; TikTok: a message from Europe
//	aaa           X: in the shape of the Account Activity API
//
//	timeout       accept the reply, then answer nothing for after (30s)
//	lost          accept the reply, then cut the connection
//	broken        accept the reply, then answer 500
//	500           answer 500, accept nothing (Meta: with code)
//	429           answer 429 or what the platform has in its place, with its hint at after (5s), accept nothing
//	quota         LINE: answer 429 as when the month's messages are used up; YouTube: 403, as when the day's calls are
//	401           answer as when the token has expired
//	400           refuse the reply for good (Meta: with code)
//	410           Standard: answer that the receiver is gone
//	window        Messenger, Instagram, WhatsApp: answer that it is too late for free text
//	unreachable   Meta, X: answer that this person cannot be written to
//	unsummoned    X: answer that the author did not ask us
//	undelivered   WhatsApp: accept the reply, and say later that it did not arrive
//	early         Meta, X: send the echo or status before the answer
//	silent        Meta, X: send none; YouTube: say nothing of the video
//
//	unfetched     Meta, X: fail for now
//	gone          Meta, X: answer that there is no such thing
//	revoked       TikTok, Zalo, YouTube: give no next tokens, as for a refresh token that is good no more
//	swallowed     TikTok, Zalo, YouTube: give the next tokens, then cut the connection
type Fault struct {
	Fault    string   `json:"fault"`
	Platform string   `json:"platform,omitempty"` // or a channel of Meta's; empty: all
	App      string   `json:"app,omitempty"`      // likewise
	Count    int      `json:"count"`              // how many events or requests; 0 is 1, below that it goes on until switched off
	Times    int      `json:"times,omitempty"`
	After    Duration `json:"after,omitempty"`
	Code     int      `json:"code,omitempty"` // of the platform's own errors
	Off      bool     `json:"off,omitempty"`  // ends this fault
}

// A Duration is written as in "90s" or "2m".
type Duration time.Duration

// MarshalText writes d as "1m30s".
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Duration) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	v, err := time.ParseDuration(string(text))
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no duration such as 30s", text)
	}
	*d = Duration(v)
	return nil
}

func (d Duration) or(otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return time.Duration(d)
}

// A kind of fault, and the channels that can have it; none are all.
type faultKind struct {
	name     string
	channels []string
}

// faultKinds lists all faults: those of webhooks, of sends and of questions.
func faultKinds() (webhooks, sends, asks []faultKind) {
	meta := metaChannels()
	social := append(metaChannels(), "x")
	return []faultKind{
			{"redeliver", nil}, {"retries", nil}, {"duplicate", nil}, {"reorder", nil}, {"batch", append([]string{"line"}, meta[:4]...)}, {"tamper", nil}, {"stale", stamped()},
			{"standby", words("messenger instagram")}, {"flat", words("instagram")}, {"unnamed", words("facebook_page")}, {"twin", words("facebook_page x")}, {"thin", words("instagram x linkedin tiktok")}, {"aaa", words("x")},
		}, []faultKind{
			{"timeout", nil}, {"lost", nil}, {"broken", nil}, {"500", nil}, {"429", nil}, {"quota", words("line youtube")}, {"401", nil}, {"400", nil}, {"410", words("standard")},
			{"window", words("messenger instagram whatsapp zalo")}, {"unreachable", append(social, "linkedin", "youtube", "tiktok", "telegram", "viber", "zalo", "slack", "discord")}, {"unsummoned", words("x")}, {"undelivered", words("whatsapp viber")}, {"early", append(social, "linkedin", "tiktok", "viber", "zalo", "slack")}, {"silent", append(social, "linkedin", "youtube", "tiktok", "viber", "zalo", "slack")},
		}, []faultKind{{"unfetched", append(social, "linkedin", "youtube", "tiktok", "slack")}, {"gone", append(social, "linkedin", "youtube", "tiktok", "slack")}, {"revoked", words("tiktok zalo youtube")}, {"swallowed", words("tiktok zalo youtube")}}
}

// stamped are the platforms that sign the time of each attempt and are held to it.
func stamped() []string { return words("standard slack tiktok") }

// Faults lists the names of the faults that a channel can have; empty is any.
func Faults(channel string) (webhooks, sends, asks []string) {
	names := func(kinds []faultKind) (names []string) {
		for _, k := range kinds {
			if channel == "" || k.channels == nil || slices.Contains(k.channels, channel) {
				names = append(names, k.name)
			}
		}
		return names
	}
	w, s, a := faultKinds()
	return names(w), names(s), names(a)
}

// Misbehave sets or ends a fault.
func (n *Network) Misbehave(f Fault) error {
	webhooks, sends, asks := faultKinds()
	all := slices.Concat(webhooks, sends, asks)
	i := slices.IndexFunc(all, func(k faultKind) bool { return k.name == f.Fault })
	switch {
	case i < 0:
		return fmt.Errorf("there is no fault %q", f.Fault)
	case f.Times < 0 || f.Times > 100:
		return errors.New("times is at most 100")
	case f.Platform == "standard" && f.Fault == "quota", f.Platform == "standard" && f.Fault == "batch":
		return errors.New("only LINE does that")
	case slices.Contains(append(metaChannels(), "x"), f.Platform) && all[i].channels != nil && !slices.Contains(all[i].channels, f.Platform):
		return fmt.Errorf("%s is nothing that %s does", f.Fault, f.Platform)
	}
	if len(all[i].channels) == 1 && f.Platform == "" {
		f.Platform = all[i].channels[0]
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.version++
	n.faults = slices.DeleteFunc(n.faults, func(old Fault) bool {
		return old.Fault == f.Fault && old.Platform == f.Platform && old.App == f.App
	})
	if f.Count == 0 {
		f.Count = 1
	}
	if !f.Off {
		n.faults = append(n.faults, f)
	}
	return nil
}

// Behave ends all faults.
func (n *Network) Behave() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.version++
	n.faults = nil
}

// Faults lists what is still to go wrong.
func (n *Network) Faults() []Fault {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]Fault{}, n.faults...)
}

// fault uses up one of a fault's occasions. n.mu is held.
func (n *Network) fault(name string, a *app, p *part) (Fault, bool) {
	for i, f := range n.faults {
		if f.Fault != name || f.Platform != "" && f.Platform != a.Platform && f.Platform != p.channel || f.App != "" && f.App != a.Name {
			continue
		}
		n.version++
		if f.Count > 0 {
			if n.faults[i].Count--; n.faults[i].Count == 0 {
				n.faults = slices.Delete(n.faults, i, i+1)
			}
		}
		return f, true
	}
	return Fault{}, false
}

func (n *Network) take(name string, a *app) (Fault, bool) { return n.takeOf(name, a, a.part("")) }

func (n *Network) takeOf(name string, a *app, p *part) (Fault, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.fault(name, a, p)
}

// misbehaveBefore answers a send that is not accepted, and reports whether it
// did.
func (n *Network) misbehaveBefore(w http.ResponseWriter, a *app) bool {
	if _, ok := n.take("401", a); ok {
		a.unauthorized(w)
		return true
	}
	if f, ok := n.take("429", a); ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.After.or(5*time.Second).Seconds())))
		refuse(w, http.StatusTooManyRequests, "The API rate limit has been exceeded. Try again later.")
		return true
	}
	if _, ok := n.take("500", a); ok {
		refuse(w, http.StatusInternalServerError, "The API server has an error.")
		return true
	}
	if _, ok := n.take("400", a); ok {
		refuse(w, http.StatusBadRequest, "The request body has 1 error(s)")
		return true
	}
	if a.Platform == "line" {
		if _, ok := n.take("quota", a); ok {
			refuse(w, http.StatusTooManyRequests, "You have reached your monthly limit.")
			return true
		}
		return false
	}
	if _, ok := n.take("410", a); ok {
		refuse(w, http.StatusGone, "This endpoint is gone.")
		return true
	}
	return false
}

// misbehaveAfter spoils the answer to a send that was accepted, and reports
// whether it wrote one of its own. Where none is due the connection is cut.
func (n *Network) misbehaveAfter(w http.ResponseWriter, r *http.Request, a *app, p *part, broken func()) bool {
	if f, ok := n.takeOf("timeout", a, p); ok {
		timer := time.NewTimer(f.After.or(30 * time.Second))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	}
	if _, ok := n.takeOf("lost", a, p); ok {
		panic(http.ErrAbortHandler)
	}
	if _, ok := n.takeOf("broken", a, p); ok {
		broken()
		return true
	}
	return false
}

// brokenAnswer is what LINE and a receiver of Standard Webhooks answer when they
// are broken.
func brokenAnswer(w http.ResponseWriter) func() {
	return func() { refuse(w, http.StatusInternalServerError, "The API server has an error.") }
}

func (a *app) unauthorized(w http.ResponseWriter) {
	if a.Platform == "line" {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token", error_description="invalid token"`)
		refuse(w, http.StatusUnauthorized, "Authentication failed due to the following reason: invalid token. Confirm that the access token in the authorization header is valid.")
		return
	}
	refuse(w, http.StatusUnauthorized, "webhook-signature does not match")
}

func refuse(w http.ResponseWriter, code int, message string) {
	write(w, code, map[string]string{"message": message})
}

func write(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // a client that left is no failure of ours
}
