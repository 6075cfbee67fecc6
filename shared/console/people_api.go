package console

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/people"
)

// onlyAsked refuses a query with a word that means nothing: a misspelt filter must
// not look like an answer.
func onlyAsked(query url.Values, asked ...string) error {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(asked, name) {
			return fmt.Errorf("%q is no filter: %w", name, errRequest)
		}
	}
	return nil
}

// apiItems lists the items of a kind by their ids; team chooses those of one. What
// programs ask for here is as it is by now: who has just changed it may ask another
// instance, which has read the directory seconds ago.
func apiItems[T any](c *Console, s shelf[T], of func(item T, team string) bool) func(http.ResponseWriter, *http.Request, people.Person) error {
	return func(w http.ResponseWriter, r *http.Request, who people.Person) error {
		query := r.URL.Query()
		words := []string{"cursor", "limit"}
		if of != nil {
			words = append(words, "team")
		}
		if err := onlyAsked(query, words...); err != nil {
			return err
		}
		limit, err := limitOf(r)
		if err != nil {
			return err
		}
		from, err := positionOf(query.Get("cursor"))
		if err != nil {
			return err
		}
		d, err := c.cfg.Keeper.Directory(r.Context())
		if err != nil {
			return err
		}
		all, items, next := s.all(d), []T{}, ""
		for _, id := range slices.Sorted(maps.Keys(all)) {
			if id <= from.Page || of != nil && query.Has("team") && !slices.ContainsFunc(query["team"], func(team string) bool { return of(all[id], team) }) {
				continue
			}
			if len(items) == limit {
				last, _, _ := s.head(&items[limit-1])
				next = position{Page: *last}.cursor()
				break
			}
			items = append(items, s.show(d, who, all[id]))
		}
		writeJSON(w, http.StatusOK, jsonType, map[string]any{"items": items, "next": next})
		return nil
	}
}

// apiItem serves one item.
func apiItem[T any](c *Console, s shelf[T]) func(http.ResponseWriter, *http.Request, people.Person) error {
	return func(w http.ResponseWriter, r *http.Request, who people.Person) error {
		d, err := c.cfg.Keeper.Directory(r.Context())
		if err != nil {
			return err
		}
		item, ok := s.item(d, who, r.PathValue("id"))
		if !ok {
			return errNoItem
		}
		_, version, _ := s.head(&item)
		w.Header().Set("ETag", etag(*version))
		w.Header().Set("Cache-Control", "private, no-cache")
		if r.Header.Get("If-None-Match") == etag(*version) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
		writeJSON(w, http.StatusOK, jsonType, s.show(d, who, item))
		return nil
	}
}

// apiPut makes of an item what the body says: what that leaves out is empty, or stays
// where the shelf keeps it. A new one needs no If-Match; of one that is there it says
// which version was decided on.
func apiPut[T any](c *Console, s shelf[T]) func(http.ResponseWriter, *http.Request, people.Person) error {
	return func(w http.ResponseWriter, r *http.Request, who people.Person) error {
		var is T
		var body bytes.Buffer
		r.Body = io.NopCloser(io.TeeReader(r.Body, &body))
		if err := strictly(r, &is); err != nil {
			return err
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(body.Bytes(), &fields); err != nil {
			return errors.Join(err, errRequest)
		}
		said := func(field string) bool {
			for name := range fields { // as they are read: in any case of letters
				if strings.EqualFold(name, field) {
					return true
				}
			}
			return false
		}
		id, version, _ := s.head(&is)
		if *id != "" && *id != r.PathValue("id") {
			return wrongField("id", "%q is not that of the address", *id)
		}
		*id, *version = r.PathValue("id"), 0
		seen, err := seenOf(r)
		if err != nil {
			return err
		}
		saved, added, err := keep(r.Context(), c, s, wish{who: who, seen: seen, why: r.URL.Query().Get("why"), said: said}, is)
		if errors.Is(err, errMoved) && r.Header.Get("If-Match") == "" {
			err = errNoMatch
		}
		if err != nil {
			return err
		}
		_, version, _ = s.head(&saved)
		w.Header().Set("ETag", etag(*version))
		code := http.StatusOK
		if added {
			code = http.StatusCreated
		}
		writeJSON(w, code, jsonType, saved)
		return nil
	}
}

// seenOf reads which version of an item a request was decided on.
func seenOf(r *http.Request) (int64, error) {
	header := r.Header.Get("If-Match")
	switch header {
	case "":
		return seenNone, nil
	case "*":
		return seenAny, nil
	}
	return versionOf(header)
}

// strictly reads a body that may hold nothing but the fields of into.
func strictly(r *http.Request, into any) error {
	err := wholly(r, into)
	if err == nil {
		return nil
	}
	text := strings.TrimSuffix(err.Error(), ": "+errRequest.Error())
	if _, field, unknown := strings.Cut(text, "unknown field "); unknown {
		return wrongField(strings.Trim(field, `"`), "there is no such field")
	}
	if field, reason, named := strings.Cut(text, ": "); named && field != "body" && errors.Is(err, errRequest) {
		return wrongField(field, "%s", reason)
	}
	return err
}

// apiDelete removes an item of which If-Match names the version.
func apiDelete[T any](c *Console, s shelf[T]) func(http.ResponseWriter, *http.Request, people.Person) error {
	return func(w http.ResponseWriter, r *http.Request, who people.Person) error {
		seen, err := seenOf(r)
		if err != nil {
			return err
		}
		if seen == seenNone {
			return errNoMatch
		}
		if err := remove(r.Context(), c, s, who, r.PathValue("id"), seen); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// A shiftView is who is there at an instant.
type shiftView struct {
	At     instant    `json:"at"`
	People []onShift  `json:"people"`
	Rotas  []dutyView `json:"rotas"`
}

type onShift struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Teams     []string `json:"teams"`
	Skills    []string `json:"skills"`
	Languages []string `json:"languages"`
}

// A dutyView says who of a rota is on duty; nobody has no id.
type dutyView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Team string `json:"team"`
	Who  string `json:"who"`
}

// apiOnShift says who is there, now or when at says.
func (c *Console) apiOnShift(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	if err := onlyAsked(r.URL.Query(), "at"); err != nil {
		return err
	}
	at := c.now()
	if text := r.URL.Query().Get("at"); text != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, text); err != nil {
			return fmt.Errorf("at: %q is no instant of RFC 3339: %w", text, errRequest)
		}
	}
	d, err := c.cfg.Keeper.Directory(r.Context())
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, jsonType, shiftAt(d, at))
	return nil
}

func shiftAt(d people.Directory, at time.Time) shiftView {
	view := shiftView{At: instant(at), People: []onShift{}, Rotas: []dutyView{}}
	for _, m := range d.OnShift(at) {
		view.People = append(view.People, onShift{m.ID, m.Name, listed(m.Teams), listed(m.Skills), listed(m.Languages)})
	}
	slices.SortFunc(view.People, func(a, b onShift) int { return cmp.Compare(a.ID, b.ID) })
	for _, id := range slices.Sorted(maps.Keys(d.Rotas)) {
		who, _ := d.RotaAt(id, at)
		view.Rotas = append(view.Rotas, dutyView{id, d.Rotas[id].Name, d.Rotas[id].Team, who})
	}
	return view
}

// listed is a list that JSON has no null for.
func listed(words []string) []string { return append([]string{}, words...) }
