package desk_test

import (
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// monday is the first hour of a week.
var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// office are the hours from 8 to 17 of the working days of so many weeks before monday.
func office(weeks int) []time.Time {
	var all []time.Time
	for h := range weeks * 7 * 24 {
		at := monday.Add(-time.Duration(h+1) * time.Hour)
		if day := at.Weekday(); day != time.Saturday && day != time.Sunday && at.Hour() >= 8 && at.Hour() < 18 {
			all = append(all, at)
		}
	}
	return all
}

func TestSilenceIsMeasuredAgainstTheAccountsOwnRhythm(t *testing.T) {
	t.Parallel()
	every := func(hours int) (all []time.Time) {
		for h := 0; h < 4*7*24; h += hours {
			all = append(all, monday.Add(-time.Duration(h+1)*time.Hour))
		}
		return all
	}
	since := monday.AddDate(0, 0, -28)
	tests := []struct {
		name   string
		active []time.Time
		since  time.Time
		last   time.Time
		now    time.Duration // after the beginning of a Monday
		broken bool
	}{
		{"an account with something every hour, for an hour and a half", every(1), since, monday, 2*time.Hour - time.Minute, false},
		{"the same for two hours", every(1), since, monday, 2*time.Hour + time.Minute, true},
		{"office hours, over the night", office(4), since, monday.Add(17*time.Hour + 30*time.Minute), (24 + 8) * time.Hour, false},
		{"office hours, and nothing in the first of the next day", office(4), since, monday.Add(17*time.Hour + 30*time.Minute), (24 + 9) * time.Hour, true},
		{"office hours, over the weekend", office(4), since, monday.Add((4*24 + 17) * time.Hour), 7*24*time.Hour + 8*time.Hour, false},
		{"office hours, and nothing for a week", office(4), since, monday.Add(9 * time.Hour), 8 * 24 * time.Hour, true},
		{"something every five hours, in none of them each week, for four", every(5), since, monday, 4 * time.Hour, false},
		{"the same for a day", every(5), since, monday, 24 * time.Hour, true},
		{"three days of which is known", every(1), monday.AddDate(0, 0, -3), monday, 48 * time.Hour, false},
		{"hardly anything ever", every(100), since, monday, 300 * time.Hour, false},
		{"nothing ever", nil, since, monday, 300 * time.Hour, false},
		{"a clock that went back", every(1), since, monday.Add(5 * time.Hour), time.Hour, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := desk.Account{Heard: tt.last, Rhythm: desk.NewRhythm(tt.active, tt.since, monday)}
			if now := monday.Add(tt.now); a.Silent(now) != tt.broken {
				t.Errorf("silent: %v, by %v of %d weeks", !tt.broken, a.Rhythm.Longest, a.Rhythm.Weeks)
			}
		})
	}
}

func TestRepliesWaitWhileThePlatformRefusesAnAccountAndNoLonger(t *testing.T) {
	t.Parallel()
	at := func(minutes int) time.Time { return monday.Add(time.Duration(minutes) * time.Minute) }
	a := desk.Account{}
	if !a.Pausable(at(0)) {
		t.Error("an account of which nothing is known can't be paused")
	}
	a = a.Pause("no token", at(0)).Pause("another reason", at(1))
	if a.Paused != at(0) || a.PausedFor != "no token" || a.Pausable(at(2)) || !a.Unwell() {
		t.Errorf("paused twice it is %+v", a)
	}
	a = a.Learn(desk.FoundUnanswered, desk.Probe{}, "no answer", at(3))
	if a.Paused.IsZero() {
		t.Error("no answer let replies go")
	}
	a = a.Learn(desk.FoundWell, desk.Probe{Subscription: desk.Subscribed}, "", at(5)).Learn(desk.FoundWell, desk.Probe{Subscription: desk.Subscribed}, "", at(10))
	if !a.Paused.IsZero() || a.Resumed != at(5) || a.Since != at(5) || a.Probed != at(10) || a.Unwell() {
		t.Errorf("found well it is %+v", a)
	}
	if a.Pausable(at(64)) || !a.Pausable(at(65)) {
		t.Error("what is refused in the hour after it was found well is the reply's fault, and later the account's")
	}
	if a = a.Learn(desk.FoundRefused, desk.Probe{}, "revoked", at(15)); a.Paused != at(15) || a.PausedFor != "revoked" || a.Since != at(15) {
		t.Errorf("refused by a probe it is %+v", a)
	}
	if a = a.Resume("lead", at(20)); !a.Paused.IsZero() || a.ResumedBy != "lead" {
		t.Errorf("resumed by somebody it is %+v", a)
	}
	if a = a.Learn(desk.FoundWell, desk.Probe{Subscription: desk.Unsubscribed}, "", at(25)); !a.Unwell() {
		t.Error("an account that gets no webhooks is well")
	}
}
