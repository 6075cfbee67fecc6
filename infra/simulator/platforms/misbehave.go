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

// A Fault is one way to misbehave. Those of webhooks touch what customers do
// from now on, those of sends touch the desk's replies.
//
//	redeliver     post the event again, times times, after apart (1s), marked as redelivered
//	duplicate     post it times times more at the same moment
//	reorder       hold the event and post it after the next one, or after (30s)
//	batch         LINE: hold the event and post it in one body with the next one, or alone after (30s)
//	tamper        change one byte after signing
//	stale         Standard: sign it as ten minutes old
//
//	timeout       accept the reply, then answer nothing for after (30s)
//	lost          accept the reply, then cut the connection
//	broken        accept the reply, then answer 500
//	500           answer 500, accept nothing
//	429           answer 429 with Retry-After of after (5s), accept nothing
//	quota         LINE: answer 429 as when the month's messages are used up
//	401           answer as when the token has expired
//	400           refuse the reply for good
//	410           Standard: answer that the receiver is gone
type Fault struct {
	Fault    string   `json:"fault"`
	Platform string   `json:"platform,omitempty"` // empty: all
	App      string   `json:"app,omitempty"`      // likewise
	Count    int      `json:"count"`              // how many events or replies; 0 is 1, below that it goes on until switched off
	Times    int      `json:"times,omitempty"`
	After    Duration `json:"after,omitempty"`
	Off      bool     `json:"off,omitempty"` // ends this fault
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

// Faults lists the names of all faults, those of webhooks first.
func Faults() (webhooks, sends []string) {
	return []string{"redeliver", "duplicate", "reorder", "batch", "tamper", "stale"},
		[]string{"timeout", "lost", "broken", "500", "429", "quota", "401", "400", "410"}
}

// Misbehave sets or ends a fault.
func (n *Network) Misbehave(f Fault) error {
	webhooks, sends := Faults()
	if !slices.Contains(slices.Concat(webhooks, sends), f.Fault) {
		return fmt.Errorf("there is no fault %q", f.Fault)
	}
	if f.Times < 0 || f.Times > 100 {
		return errors.New("times is at most 100")
	}
	if f.Fault == "batch" || f.Fault == "quota" {
		if f.Platform == "standard" {
			return errors.New("only LINE does that")
		}
		f.Platform = "line"
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
func (n *Network) fault(name string, a *app) (Fault, bool) {
	for i, f := range n.faults {
		if f.Fault != name || f.Platform != "" && f.Platform != a.Platform || f.App != "" && f.App != a.Name {
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

func (n *Network) take(name string, a *app) (Fault, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.fault(name, a)
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
func (n *Network) misbehaveAfter(w http.ResponseWriter, r *http.Request, a *app) bool {
	if f, ok := n.take("timeout", a); ok {
		timer := time.NewTimer(f.After.or(30 * time.Second))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	}
	if _, ok := n.take("lost", a); ok {
		panic(http.ErrAbortHandler)
	}
	if _, ok := n.take("broken", a); ok {
		refuse(w, http.StatusInternalServerError, "The API server has an error.")
		return true
	}
	return false
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
