package simulation

import (
	"fmt"
	"math"
	"time"

	"example.com/skala/infra/simulator/customers"
	"example.com/skala/shared/desk"
)

// A customer is an author on one account.
type customer struct {
	app    desk.App
	author string
	lang   string
}

// A crowd are customers of a language: how their week goes, and their part of all.
type crowd struct {
	lang  string
	app   desk.App
	hours int // their clocks are ahead of UTC by
	share float64
}

func crowds() []crowd {
	return []crowd{{"th", line, 7, 0.4}, {"el", standard, 2, 0.2}, {"el-Latn", line, 2, 0.1}, {"es", standard, 1, 0.2}, {"en", standard, 0, 0.1}}
}

// mood of the day: how much is written in each hour of it, on average 1.
var day = [24]float64{0.3, 0.15, 0.1, 0.1, 0.1, 0.2, 0.4, 0.7, 1, 1.4, 1.6, 1.6, 1.7, 1.5, 1.4, 1.4, 1.4, 1.5, 1.7, 1.8, 1.8, 1.4, 1, 0.5}

// weekday is the same of days, Sunday first.
var weekday = [7]float64{0.7, 1.3, 1.1, 1.1, 1.1, 1, 0.7}

// writes plans what is written in the hour from now on, and the next.
func (d *Desk) writes(hour time.Time) {
	if d.silenced {
		return
	}
	d.at(hour.Add(time.Hour), func() { d.writes(hour.Add(time.Hour)) })
	for _, c := range crowds() {
		at := hour.Add(time.Duration(c.hours) * time.Hour).UTC()
		rate := d.cfg.Daily / 24 * c.share * day[at.Hour()] * weekday[at.Weekday()]
		for range d.poisson(rate) {
			d.at(hour.Add(time.Duration(d.fate.Int64N(int64(time.Hour)))), func() { d.writesAnew(c) })
		}
	}
}

// poisson draws how many of what happens at a rate happen.
func (d *Desk) poisson(rate float64) (n int) {
	for p := d.fate.Float64(); p > math.Exp(-rate); p *= d.fate.Float64() {
		n++
	}
	return n
}

func (d *Desk) seldom(percent int) bool { return d.fate.IntN(100) < percent }

func (d *Desk) soon(from, to time.Duration) time.Duration {
	return from + time.Duration(d.fate.Int64N(int64(to-from)+1))
}

// writesAnew has somebody of a crowd begin with something: mostly somebody new.
func (d *Desk) writesAnew(c crowd) {
	n := len(d.threads)
	if n > 20 && d.seldom(20) {
		n = d.fate.IntN(n)
	}
	who := d.customer(c, n)
	d.writesMore(who, d.book.Pick(who.lang, d.fate).Text)
	switch dice := d.fate.IntN(100); {
	case dice < 15: // in several breaths
		d.after(d.soon(10*time.Second, 3*time.Minute), func() { d.writesMore(who, d.book.Pick(who.lang, d.fate).Text) })
	case dice < 30: // asks again
		d.after(d.soon(time.Hour, 30*time.Hour), func() { d.writesMore(who, customers.Again(who.lang, d.fate)) })
	case dice < 32:
		d.after(d.soon(0, time.Minute), func() { d.tells(who, saying{kind: desk.Contact}) })
	case dice < 33:
		d.after(d.soon(0, time.Minute), d.babbles)
	case dice < 40 && who.app == line: // others write at that moment, and LINE tells of all in one body
		d.chorus(c)
	}
}

// chorus has several of a crowd write at once.
func (d *Desk) chorus(c crowd) {
	var all []saying
	for range 2 + d.fate.IntN(3) {
		who := d.customer(c, d.fate.IntN(len(d.threads)+1))
		if who.app == line {
			all = append(all, d.message(who, d.book.Pick(who.lang, d.fate).Text))
		}
	}
	if len(all) > 0 {
		d.posts(d.letter(all...))
	}
}

// message is a new one of somebody's.
func (d *Desk) message(who *customer, text string) saying {
	d.said++
	id := fmt.Sprintf("m%d", d.said)
	return d.event(who, saying{kind: desk.MessageCreated, id: id, text: text})
}

// event is s as the customer's platform tells of it.
func (d *Desk) event(who *customer, s saying) saying {
	d.told++
	s.app, s.author, s.at, s.key = who.app, who.author, d.now, fmt.Sprintf("e%d", d.told)
	return s
}

// customer is the nth of all, of a crowd where there was none yet.
func (d *Desk) customer(c crowd, n int) *customer {
	author := fmt.Sprintf("U4af4980629%022x", n)
	who := d.threads[author]
	if who == nil {
		who = &customer{app: c.app, author: author, lang: c.lang}
		d.threads[author] = who
	}
	return who
}

// writesMore has somebody write a message, and perhaps think better of it.
func (d *Desk) writesMore(who *customer, text string) {
	if d.silenced {
		return
	}
	d.said++
	id := fmt.Sprintf("m%d", d.said)
	dice := d.fate.IntN(200)
	edit := func() {
		d.tells(who, saying{kind: desk.MessageEdited, target: id, text: d.book.Pick(who.lang, d.fate).Text})
	}
	if dice == 0 { // what happens to it comes before it
		edit()
	}
	d.tells(who, saying{kind: desk.MessageCreated, id: id, text: text})
	switch {
	case dice == 0:
	case dice < 8:
		d.after(d.soon(5*time.Second, 20*time.Minute), edit)
	case dice < 12:
		d.after(d.soon(5*time.Second, 2*time.Hour), func() { d.tells(who, saying{kind: desk.MessageDeleted, target: id}) })
	}
}

// tells has the customer's platform tell of something, now and then more than once.
func (d *Desk) tells(who *customer, s saying) {
	l := d.letter(d.event(who, s))
	d.posts(l)
	if d.seldom(3) {
		d.after(d.soon(time.Second, 3*time.Hour), func() { d.posts(l) })
	}
}

// babbles has a platform post what nobody can read.
func (d *Desk) babbles() {
	d.told++
	body := fmt.Appendf(nil, "what is %d?", d.told)
	d.posts(letter{app: standard, id: fmt.Sprintf("broken-%d", d.told), body: body, kept: true, says: []saying{{app: standard, key: string(body), kind: desk.Unsupported}}})
}

// heard has a customer hear a reply, who says thanks, asks on or leaves it at that.
func (d *Desk) heard(_ string, r desk.Reply) {
	who := d.threads[r.To]
	if who == nil {
		return
	}
	switch dice := d.fate.IntN(100); {
	case dice < 35:
		d.after(d.soon(30*time.Second, 3*time.Hour), func() { d.writesMore(who, customers.Thanks(who.lang, d.fate)) })
	case dice < 55:
		d.after(d.soon(30*time.Second, 20*time.Hour), func() { d.writesMore(who, customers.Again(who.lang, d.fate)) })
	case dice < 60: // after it was solved, or closed
		d.after(d.soon(2*24*time.Hour, 9*24*time.Hour), func() { d.writesMore(who, d.book.Pick(who.lang, d.fate).Text) })
	}
}

// storm has hundreds write within minutes: something is down.
func (d *Desk) storm() {
	d.storms++
	words := map[string]string{"th": "แอปใช้งานไม่ได้เลย", "el": "Η εφαρμογή δεν λειτουργεί", "el-Latn": "den doulevei i efarmogi", "es": "La aplicación no funciona", "en": "Your app is down"}
	for _, c := range crowds() {
		for range int(c.share * d.cfg.Storm) {
			d.after(d.soon(0, 12*time.Minute), func() {
				who := d.customer(c, len(d.threads))
				d.writesMore(who, words[who.lang])
			})
		}
	}
}
