package simulation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/skala/infra/simulator/idp"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/sla"
)

// A job is a job at the simulated desk: who has it, what they may do, when they
// work and how long a ticket takes them.
type job struct {
	id        string
	roles     []string
	languages []string
	tiers     []desk.Tier // that they take from, in this order
	days      string      // first letters of weekdays, Monday first; - for off
	from, to  int         // minutes of the day, by the wall clock of Athens
	speed     time.Duration
	capacity  people.Capacity
}

// posts are everybody who works there. At weekends and at night few do, and no lead.
func posts() []job {
	return []job{
		{"ann", []string{"agent:1"}, []string{"en", "es"}, []desk.Tier{1, 0}, "mtwtf--", 9 * 60, 17 * 60, 7 * time.Minute, people.Capacity{Soft: 25}},
		{"eleni", []string{"agent:1"}, []string{"el", "en"}, []desk.Tier{1, 0}, "mtwtf--", 12 * 60, 20 * 60, 6 * time.Minute, people.Capacity{}},
		{"bo", []string{"agent:2"}, []string{"es", "en", "el"}, []desk.Tier{2, 1}, "mtwtf--", 8 * 60, 16 * 60, 8 * time.Minute, people.Capacity{Soft: 20, Hard: 60}},
		{"kai", []string{"agent:2"}, []string{"th", "en"}, []desk.Tier{2, 1}, "-twtfs-", 5 * 60, 13 * 60, 9 * time.Minute, people.Capacity{}},
		{"noi", []string{"agent:2"}, nil, []desk.Tier{2, 1, 0}, "mtwtfss", 16 * 60, 24 * 60, 8 * time.Minute, people.Capacity{}},
		{"owl", []string{"senior"}, nil, []desk.Tier{3, 2, 1}, "mtwtfss", 0, 8 * 60, 6 * time.Minute, people.Capacity{}},
		{"sam", []string{"senior"}, nil, []desk.Tier{3, 2}, "mtwtfss", 8 * 60, 16 * 60, 5 * time.Minute, people.Capacity{}},
		{"sia", []string{"senior"}, nil, []desk.Tier{3, 2}, "mtwtf--", 13 * 60, 21 * 60, 6 * time.Minute, people.Capacity{}},
		{"lea", []string{"lead"}, nil, []desk.Tier{4, 3}, "mtwtf--", 12 * 60, 20 * 60, 10 * time.Minute, people.Capacity{}},
		{"nok", []string{"lead"}, nil, []desk.Tier{4, 3}, "mtwtf--", 8 * 60, 16 * 60, 10 * time.Minute, people.Capacity{}},
	}
}

// channels are how somebody wants to be told: all by mail, leads of what is urgent by
// Slack too.
func (p job) channels() []people.Channel {
	all := []people.Channel{{Kind: people.Email, To: p.id + "@desk.example"}}
	if strings.HasPrefix(p.roles[0], "lead") {
		all = append(all, people.Channel{Kind: people.Slack, To: "leads", Urgent: true})
	}
	return all
}

// quiet are the minutes of each day, or of a night, in which somebody sleeps: as long as
// they are home.
func (p job) quiet() [2]int { return [2]int{(p.to + 60) % (24 * 60), (p.from + 23*60) % (24 * 60)} }

// programs are those that are told of everything.
func programs(desk.NoticeKind) []string { return []string{"wall"} }

// persons are the same for the provider that they sign in with.
func persons() []idp.Person {
	var all []idp.Person
	for _, p := range posts() {
		all = append(all, idp.Person{ID: p.id, Name: p.id, Roles: p.roles})
	}
	return all
}

// weekdays are the names of days in the order of a job's.
var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// works reports whether the job's hours say so at an instant.
func (p job) works(at time.Time, zone *time.Location) bool {
	at = at.In(zone)
	day := (int(at.Weekday()) + 6) % 7
	minute := at.Hour()*60 + at.Minute()
	return p.days[day] != '-' && p.from <= minute && minute < p.to
}

// hire puts everybody into the directory, and has them come to work.
func (d *Desk) hire() error {
	zone, err := sla.LoadZone("Europe/Athens")
	if err != nil {
		return err
	}
	for n, p := range posts() {
		week := people.Week{}
		for i, name := range weekdays {
			if p.days[i] != '-' {
				week[name] = []string{clockOf(p.from) + "-" + clockOf(p.to)}
			}
		}
		m := people.Member{ID: p.id, Name: p.id, Roles: p.roles, Languages: p.languages, Zone: "Europe/Athens", Shifts: week, Capacity: p.capacity, Channels: p.channels(), Quiet: people.Week{}}
		for _, name := range weekdays {
			m.Quiet[name] = []string{clockOf(p.quiet()[0]) + "-" + clockOf(p.quiet()[1])}
		}
		change := people.Change{At: d.now, Who: "seed", What: "added", Kind: people.KindMember, Target: p.id}
		if err := d.store.SaveMember(context.Background(), m, change); err != nil {
			return err
		}
		a := &agent{job: p, d: d, zone: zone, nth: n}
		d.staff = append(d.staff, a)
	}
	return nil
}

// clockOf writes minutes of a day.
func clockOf(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// present reports whether somebody is on shift.
func (d *Desk) present(who string, at time.Time) bool {
	i := slices.IndexFunc(d.staff, func(a *agent) bool { return a.id == who })
	return i >= 0 && d.staff[i].works(at, d.staff[i].zone)
}

// channels are those of somebody.
func channels(who string) []people.Channel {
	all := posts()
	if i := slices.IndexFunc(all, func(p job) bool { return p.id == who }); i >= 0 {
		return all[i].channels()
	}
	return nil
}

// awake is when somebody's quiet hours end that an instant lies in, or the instant.
func (d *Desk) awake(who string, at time.Time) time.Time {
	i := slices.IndexFunc(d.staff, func(a *agent) bool { return a.id == who })
	if i < 0 {
		return at
	}
	from, to := d.staff[i].quiet()[0], d.staff[i].quiet()[1]
	for {
		wall := at.In(d.staff[i].zone)
		minute := wall.Hour()*60 + wall.Minute()
		asleep := from <= minute && minute < to
		if from > to { // over midnight
			asleep = from <= minute || minute < to
		}
		if !asleep {
			return at
		}
		at = at.Truncate(time.Minute).Add(time.Minute)
	}
}

// leads are whom a chain pages, in the order of their ids.
func leads() []string {
	var all []string
	for _, p := range posts() {
		if strings.HasPrefix(p.roles[0], "lead") {
			all = append(all, p.id)
		}
	}
	slices.Sort(all)
	return all
}
