package desk

import (
	"fmt"
	"strings"
	"time"
)

// Subject says in words what a cause is about.
func (r Cause) Subject() string {
	switch r.Of {
	case TimerWarning:
		return "warning"
	case TimerBreach:
		if r.Do != "" {
			return "deadline, and " + Step{Do: r.Do}.called()
		}
		return "deadline"
	case TimerStep:
		if r.Do != "" {
			return fmt.Sprintf("step %d, %s", r.Level, Step{Do: r.Do}.called())
		}
		return fmt.Sprintf("step %d", r.Level)
	case TimerLease:
		return "end of the claim of " + r.Who
	case TimerHold:
		return "end of the hold"
	case TimerSnooze:
		return "end of the snooze"
	case TimerClose:
		return "closing"
	case TimerNudge:
		return "telling the tier's queue again"
	case TimerReply:
		return "helping a reply on"
	case TimerProfile:
		return "asking who the author is"
	case TimerForget:
		return "forgetting an attachment"
	}
	return string(r.Of)
}

// Words says in words what became of it. when writes an instant.
func (r Cause) Words(when func(time.Time) string) string {
	var words string
	switch r.Outcome {
	case DidFire:
		words = "fired at " + when(r.At)
	case DidPass:
		words = "passed at " + when(r.At)
	case NotYet:
		words = "not yet: at " + when(r.Due)
	case DueAlready:
		words = "due since " + when(r.Due)
		if r.Why == "" {
			words += ", and not done"
		}
	case DidStand:
		words = "paused: " + r.Why + " since " + when(r.At)
		if !r.Due.IsZero() {
			words += "; it was missed at " + when(r.Due) + ", and nobody had noticed"
		}
		return words
	case DidMeet:
		words = "met"
		switch {
		case r.Late > 0:
			words += " " + span(r.Late) + " late"
		case !r.Due.IsZero() && r.At.Equal(r.Due):
			words += " in the very instant"
		case !r.Due.IsZero() && r.At.Before(r.Due):
			words += " " + span(r.Due.Sub(r.At)) + " before"
		}
		words += ", at " + when(r.At)
	case DidEnd:
		words = "no more from " + when(r.At) + " on"
	default:
		words = "not at all"
	}
	if r.Outcome == DidFire || r.Outcome == DidPass {
		switch {
		case r.Late > 0:
			words += ", " + span(r.Late) + " late"
		case r.At.Before(r.Due):
			words += ", early"
		}
	}
	if r.Why != "" {
		words += ": " + r.Why
	}
	if r.Moved != nil && (r.Outcome == NotYet || r.Outcome == DueAlready) {
		words += " (" + r.Moved.Why + ", at " + when(r.Moved.At) + ")"
	}
	return words
}

// span writes a duration for people: "0.3 s", "12 min", "3 h 20 min".
func span(d time.Duration) string {
	switch d = max(0, d); {
	case d < time.Second:
		return fmt.Sprintf("%.3g s", d.Seconds())
	case d < time.Minute:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", d.Seconds()), ".0") + " s"
	}
	units := []struct {
		is   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}}
	var words []string
	for _, u := range units {
		n := d / u.is
		if n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, u.name))
			d -= n * u.is
		} else if len(words) > 0 {
			break
		}
		if len(words) == 2 {
			break
		}
	}
	return strings.Join(words, " ")
}
