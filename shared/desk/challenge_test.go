package desk_test

import (
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

func TestAPlatformThatNoLongerAsksWhetherOurAddressIsOursIsMissed(t *testing.T) {
	t.Parallel()
	at := func(hours float64) time.Time { return monday.Add(time.Duration(hours * float64(time.Hour))) }
	watched := desk.Challenge{Every: 2 * time.Hour, Watched: at(0)}
	tests := []struct {
		name   string
		was    desk.Challenge
		every  time.Duration
		seen   desk.Challenges
		now    time.Time
		missed time.Time
	}{
		{"the first look", desk.Challenge{}, 2 * time.Hour, desk.Challenges{}, at(0), time.Time{}},
		{"an answer of long ago, at the first look", desk.Challenge{}, 2 * time.Hour, desk.Challenges{Answered: at(-100)}, at(0), time.Time{}},
		{"the first is waited for", watched, 2 * time.Hour, desk.Challenges{}, at(4.25), time.Time{}},
		{"the first never came", watched, 2 * time.Hour, desk.Challenges{}, at(4.3), at(4.3)},
		{"answered in time", watched, 2 * time.Hour, desk.Challenges{Answered: at(10)}, at(14), time.Time{}},
		{"the last is too long ago", watched, 2 * time.Hour, desk.Challenges{Answered: at(10)}, at(14.5), at(14.5)},
		{"it still is", desk.Challenge{Watched: at(0), Missed: at(14.5)}, 2 * time.Hour, desk.Challenges{Answered: at(10)}, at(20), at(14.5)},
		{"it comes again", desk.Challenge{Watched: at(0), Missed: at(14.5)}, 2 * time.Hour, desk.Challenges{Answered: at(20)}, at(20.1), time.Time{}},
		{"one that was refused is none", watched, 2 * time.Hour, desk.Challenges{Answered: at(10), Refused: at(14)}, at(14.5), at(14.5)},
		{"a shorter period", watched, time.Hour, desk.Challenges{Answered: at(10)}, at(12.5), at(12.5)},
		{"a clock that went back", watched, 2 * time.Hour, desk.Challenges{Answered: at(10)}, at(1), time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			is := tt.was.Watch(tt.every, tt.seen, tt.now)
			if !is.Missed.Equal(tt.missed) || is.Every != tt.every || !is.Answered.Equal(tt.seen.Answered) || !is.Refused.Equal(tt.seen.Refused) || is.Watched.IsZero() {
				t.Errorf("it is %+v", is)
			}
			if (desk.Account{Challenge: is}).Unwell() == tt.missed.IsZero() {
				t.Error("whether somebody is called is wrong")
			}
			if gone := is.Watch(0, tt.seen, tt.now); gone != (desk.Challenge{}) {
				t.Errorf("of a platform that does not ask it is %+v", gone)
			}
		})
	}
}
