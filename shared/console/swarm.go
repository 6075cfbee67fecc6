package console

import (
	"slices"
	"strings"
	"unicode"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// What follows is how people ask each other in to a ticket, and name each other in
// their notes.

// there asks whether all who are asked in are people of this desk.
func (d decision) there() error {
	for _, id := range d.Who {
		m, ok := d.crew.Members[id]
		switch {
		case !ok && len(d.crew.Members) > 0:
			return wrongField("who", "%q is nobody that the directory knows", id)
		case m.Left:
			return wrongField("who", "%s has left", id)
		case !m.Sees(d.ticket.Brand):
			return wrongField("who", "%s does not see tickets of this brand", id)
		}
	}
	return nil
}

// leave takes the person out of a swarm or, by its owner and who may assign, others.
func (d decision) leave() (desk.Entry, error) {
	who := d.who.ID
	if len(d.Who) > 0 {
		who = d.Who[0]
	}
	if who != d.who.ID && d.ticket.Assignee != d.who.ID && !people.May(d.who, people.Assign, d.ticket) {
		return desk.Entry{}, errForbidden
	}
	return d.ticket.LeaveSwarm(d.who.ID, who, d.Why, d.now)
}

// note writes a note. Who is named in it by an @ and their id is told.
func (d decision) note() (desk.Entry, error) {
	e, err := d.ticket.Note(d.who.ID, d.Key, d.Text, d.now)
	if err != nil {
		return e, err
	}
	if d.Swarm {
		e.Message.Form = desk.SideThread
	}
	e.To = mentioned(e.Message.Text, d.crew)
	return e, nil
}

// mostMentioned bounds how many are told of one note.
const mostMentioned = 20

// mentioned returns those of a directory who are named in a text, each once.
func mentioned(text string, crew people.Directory) (ids []string) {
	part := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.@+", r)
	}
	for at := strings.IndexByte(text, '@'); at >= 0 && len(ids) < mostMentioned; at = strings.IndexByte(text, '@') {
		before := text[:at]
		text = text[at+1:]
		if last := strings.TrimRightFunc(before, part); len(last) != len(before) { // of an address
			continue
		}
		word := text
		if end := strings.IndexFunc(text, func(r rune) bool { return !part(r) }); end >= 0 {
			word = text[:end]
		}
		m, ok := crew.Members[strings.TrimRight(word, ".-_@+")]
		if !ok {
			m, ok = crew.Members[word]
		}
		if ok && !m.Left && !slices.Contains(ids, m.ID) {
			ids = append(ids, m.ID)
		}
	}
	return ids
}
