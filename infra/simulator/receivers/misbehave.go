package receivers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Fault is one way in which a receiver misbehaves. A number is what it answers in
// place of taking anything:
//
//	421 451 550 535       a mail server: too busy, later, never, whoever you are
//	400 403 404 410 500   Slack: invalid_payload, invalid_token, no_service, channel_is_archived, rollup_error
//	302 400 401 410 500   a program: elsewhere, never, not you, gone, broken
//	302 400 403 404 410 413 500   a push service
//	429                   any but mail: later, with Retry-After
//
// and these are for all of them:
//
//	lost   take it, then cut the connection
//	slow   take it, and answer after a while
//	dead   cut the connection, take nothing
type Fault struct {
	Receiver string `json:"receiver"`       // one of Kinds
	Name     string `json:"name,omitempty"` // empty for all of that kind
	Fault    string `json:"fault"`
	Count    int    `json:"count,omitempty"` // how often; 0 is once, below that it goes on until it is switched off
	After    string `json:"after,omitempty"` // of 429 and slow, as in "2s"; 5s without
	Off      bool   `json:"off,omitempty"`   // ends it
}

// FaultsOf lists the faults that a kind of receiver can have.
func FaultsOf(receiver string) []string {
	return append(strings.Fields(map[string]string{
		Mail: "421 451 550 535", Slack: "429 400 403 404 410 500", Hook: "429 302 400 401 410 500", Push: "429 302 400 403 404 410 413 500",
	}[receiver]), "lost", "slow", "dead")
}

// Misbehave sets or ends a fault.
func (r *Receivers) Misbehave(f Fault) error {
	if !slices.Contains(Kinds, f.Receiver) {
		return fmt.Errorf("there is no receiver %q, only %s", f.Receiver, strings.Join(Kinds, ", "))
	}
	if !slices.Contains(FaultsOf(f.Receiver), f.Fault) {
		return fmt.Errorf("%s has no fault %q, only %s", f.Receiver, f.Fault, strings.Join(FaultsOf(f.Receiver), ", "))
	}
	if f.After == "" {
		f.After = "5s"
	}
	if d, err := time.ParseDuration(f.After); err != nil || d < 0 || d > time.Hour {
		return fmt.Errorf("%q is no duration such as 30s", f.After)
	}
	if f.Count == 0 {
		f.Count = 1
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.version++
	r.faults = slices.DeleteFunc(r.faults, func(old Fault) bool {
		return old.Receiver == f.Receiver && old.Name == f.Name && old.Fault == f.Fault
	})
	if !f.Off {
		r.faults = append(r.faults, f)
	}
	return nil
}

// Behave ends all faults.
func (r *Receivers) Behave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.version++
	r.faults = nil
}

// Faults lists what is still to go wrong.
func (r *Receivers) Faults() []Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Fault{}, r.faults...)
}

// fault uses up one occasion of the first fault of a receiver that is set.
func (r *Receivers) fault(receiver, name string) Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, f := range r.faults {
		if f.Receiver != receiver || f.Name != "" && f.Name != name {
			continue
		}
		r.version++
		if f.Count > 0 {
			if r.faults[i].Count--; r.faults[i].Count == 0 {
				r.faults = slices.Delete(r.faults, i, i+1)
			}
		}
		return f
	}
	return Fault{}
}

// after is how long the fault has its sender wait.
func (f Fault) after() time.Duration {
	d, err := time.ParseDuration(f.After)
	if err != nil {
		return 0 // checked when it was set
	}
	return d
}

// status is the number that the fault answers, 0 for none.
func (f Fault) status() int {
	n, err := strconv.Atoi(f.Fault)
	if err != nil {
		return 0
	}
	return n
}

// A verdict is what a receiver that works by HTTP makes of a request.
type verdict struct {
	code int
	says string // its body
}

// settle writes down what came in and answers it, as the fault says that is set, or
// else as the receiver decided.
func (r *Receivers) settle(w http.ResponseWriter, q *http.Request, got Receipt, is verdict, wrongs map[int]string) {
	f := r.fault(got.Receiver, got.Name)
	got.Fault = f.Fault
	if code := f.status(); code != 0 {
		is = verdict{code, wrongs[code]}
		if code == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", strconv.Itoa(int(f.after().Seconds())))
		}
		if code == http.StatusFound { // to where nobody should follow
			w.Header().Set("Location", r.cfg.Public+"/receivers/"+got.Receiver+"/elsewhere")
		}
	}
	got.Taken = is.code/100 == 2 && f.Fault != "dead"
	if f.Fault != "lost" && f.Fault != "dead" {
		got.Answer = strconv.Itoa(is.code)
		if is.says != "" {
			got.Answer += " " + is.says
		}
	}
	r.write(got)
	switch f.Fault {
	case "lost", "dead":
		panic(http.ErrAbortHandler)
	case "slow":
		timer := time.NewTimer(f.after())
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-q.Context().Done():
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(is.code)
	_, _ = w.Write([]byte(is.says)) // a desk that left is no failure of ours
}

func (r *Receivers) apiMisbehave(w http.ResponseWriter, q *http.Request) {
	var f Fault
	in := json.NewDecoder(http.MaxBytesReader(w, q.Body, 16<<10))
	in.DisallowUnknownFields()
	err := in.Decode(&f)
	if err == nil {
		err = r.Misbehave(f)
	}
	if err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	items(w, r.Faults())
}
