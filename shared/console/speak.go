package console

import (
	"html/template"
	"net/http"
	"slices"
	"time"

	"example.com/skala/shared/people"
	"example.com/skala/shared/sla"
	"example.com/skala/shared/wording"
)

// translated returns the console in each language. They are one console: only the
// words of what they answer differ.
func (c *Console) translated() (map[string]*Console, error) {
	all := map[string]*Console{wording.English: c}
	for _, code := range wording.Languages {
		if code == wording.English {
			continue
		}
		other := *c
		var err error
		if other.text, err = readTexts(code); err != nil {
			return nil, err
		}
		if other.pages, err = c.pages.Clone(); err != nil {
			return nil, err
		}
		other.pages.Funcs(template.FuncMap(other.words()))
		other.routes = other.table()
		all[code] = &other
	}
	return all, nil
}

// to returns the console as its reader has it: in the language that they chose or,
// where they chose none, that their browser asks for. Programs are spoken to in English.
func (c *Console) to(r *http.Request, api bool, who people.Person) *Console {
	if api {
		return c
	}
	reads := ""
	if who.ID != "" {
		if d, err := c.directory(r.Context()); err == nil {
			reads = d.Members[who.ID].Reads
		}
	}
	if !wording.Speaks(reads) {
		reads = wording.Prefer(r.Header.Get("Accept-Language"))
	}
	if other := c.in[reads]; other != nil {
		return other
	}
	return c
}

// inWordsOf returns what answers a route in the language of whoever asks.
func (c *Console) inWordsOf(r *http.Request, who people.Person, asked route) func(http.ResponseWriter, *http.Request, people.Person) error {
	if other := c.to(r, asked.api(), who); other != c {
		if i := slices.IndexFunc(other.routes, func(one route) bool { return one.pattern == asked.pattern }); i >= 0 {
			return other.routes[i].serve
		}
	}
	return asked.serve
}

// zone is that of the reader: which the directory has of them, else which their
// sign-in says. It is time.UTC itself where nobody knows.
func (c *Console) zone(r *http.Request) *time.Location {
	s, ok := c.session(r)
	if !ok {
		return time.UTC
	}
	names := []string{s.Zone}
	if d, err := c.directory(r.Context()); err == nil {
		names = []string{d.Members[s.ID].Zone, s.Zone}
	}
	for _, name := range names {
		if name == "" {
			continue
		}
		if zone, err := sla.LoadZone(name); err == nil {
			return zone
		}
	}
	return time.UTC
}
