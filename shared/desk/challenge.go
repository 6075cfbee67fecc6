package desk

import "time"

// Challenges are when the platform of an app last asked whether its address is ours, in
// a handshake that the door answered as the platform wants, and in one that it refused.
type Challenges struct {
	App      App       `json:"app"`
	Answered time.Time `json:"answered,omitzero"`
	Refused  time.Time `json:"refused,omitzero"`
}

// A Challenge is how an account's platform makes sure of our address, again and again:
// it ends the webhooks of one that does not answer. It is zero where a platform does not
// ask, or asks once.
type Challenge struct {
	Every    time.Duration `json:"every"`   // how far two of its questions lie apart at most
	Watched  time.Time     `json:"watched"` // since when they are looked for
	Answered time.Time     `json:"answered,omitzero"`
	Refused  time.Time     `json:"refused,omitzero"`
	Missed   time.Time     `json:"missed,omitzero"` // since when they are known to be missing; zero while they come
}

// tardy is what a platform's questions may come late by, beside one that is left out.
const tardy = 15 * time.Minute

// Watch returns c as it is at now, of a platform that asks every so often and did so
// last as seen says. Its questions are missing when there was no good answer to one for
// two periods and a little, not counting the time before anybody looked.
func (c Challenge) Watch(every time.Duration, seen Challenges, now time.Time) Challenge {
	if every <= 0 {
		return Challenge{}
	}
	is := Challenge{Every: every, Watched: c.Watched, Answered: seen.Answered, Refused: seen.Refused}
	if is.Watched.IsZero() {
		is.Watched = now
	}
	last := is.Watched
	if is.Answered.After(last) {
		last = is.Answered
	}
	if now.Sub(last) > 2*every+tardy {
		is.Missed = c.Missed
		if is.Missed.IsZero() {
			is.Missed = now
		}
	}
	return is
}
