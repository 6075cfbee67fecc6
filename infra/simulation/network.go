package simulation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/skala/shared/desk"
)

// A mood is what a platform does to the replies that it is sent.
type mood string

const (
	limited mood = "429"
	broken  mood = "500" // whether it took the reply is not told
	mute    mood = "no answer"
	expired mood = "401"
	slow    mood = "slow"
)

// A party is one platform's account as it is seen from outside: it takes replies,
// and has what it took reach the customer.
type party struct {
	d          *Desk
	account    string
	repeatable bool // it knows a reply that it has had
	moods      []mood
}

// Repeatable reports whether a reply may be sent again.
func (p *party) Repeatable() bool { return p.repeatable }

// Send takes a reply, or does what its mood has it do.
func (p *party) Send(_ context.Context, r desk.Reply) (id string, err error) {
	d := p.d
	acting := d.acting
	d.acting = nil
	defer func() { d.acting = acting }()
	var mood mood
	if len(p.moods) > 0 && (d.weather.quiet || d.chance.IntN(4) > 0) {
		mood = p.moods[len(p.moods)-1]
	}
	switch mood {
	case limited:
		return "", &desk.SendError{Class: desk.SendRetry, After: time.Duration(1+d.chance.IntN(60)) * time.Second, Reason: "wants patience"}
	case expired:
		d.Witness.Denied[r.Key] = true
		return "", &desk.SendError{Class: desk.SendAuth, Reason: "the token is no good"}
	case broken:
		if d.chance.IntN(3) == 0 {
			p.take(r)
		}
		if p.repeatable {
			return "", &desk.SendError{Class: desk.SendRetry, Reason: "is broken", Doubt: true}
		}
		return "", &desk.SendError{Class: desk.SendUnknown, Reason: "is broken"}
	case mute:
		took := d.chance.IntN(2) == 0
		if took {
			p.take(r)
		}
		d.meanwhile(10 * time.Second)
		if p.repeatable {
			return "", &desk.SendError{Class: desk.SendRetry, Reason: "did not answer", Doubt: true}
		}
		return "", &desk.SendError{Class: desk.SendUnknown, Reason: "did not answer"}
	case slow:
		d.meanwhile(time.Duration(1+d.chance.IntN(9)) * time.Second)
	}
	p.take(r)
	return "sent-" + r.Key, nil
}

// take has the reply reach the customer, once where the platform knows it again.
func (p *party) take(r desk.Reply) {
	had := len(p.d.Witness.Taken[r.Key]) > 0
	if had && p.repeatable {
		return
	}
	p.d.Witness.Taken[r.Key] = append(p.d.Witness.Taken[r.Key], p.d.now)
	p.d.heard(p.account, r)
}

// carrier finds the account that a reply goes out from.
func (d *Desk) carrier(o desk.Origin) (*party, error) {
	i := slices.IndexFunc(d.network, func(p *party) bool { return p.account == o.Account })
	if i < 0 {
		return nil, fmt.Errorf("no account %q", o.Account)
	}
	return d.network[i], nil
}
