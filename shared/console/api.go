package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

const jsonType = "application/json"

// etag names a version of a ticket.
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// versionOf reads an If-Match header: a version's tag, weak or not, or 0 for
// "*", which is whatever there is.
func versionOf(header string) (int64, error) {
	if header == "*" {
		return 0, nil
	}
	tag := strings.Trim(strings.TrimPrefix(strings.TrimSpace(header), "W/"), `"`)
	version, err := strconv.ParseInt(tag, 10, 64)
	if err != nil || version <= 0 {
		return 0, fmt.Errorf("If-Match: %q is no tag of a ticket: %w", header, errRequest)
	}
	return version, nil
}

func (c *Console) apiWhoami(w http.ResponseWriter, _ *http.Request, who people.Person) error {
	tiers := who.Tiers()
	numbers := make([]int, len(tiers)) // a slice of Tier would be written as bytes
	for i, tier := range tiers {
		numbers[i] = int(tier)
	}
	writeJSON(w, http.StatusOK, jsonType, map[string]any{"id": who.ID, "name": who.Name, "roles": who.Words(), "tiers": numbers})
	return nil
}

func (c *Console) apiTicket(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	id := desk.TicketID(r.PathValue("id"))
	t, err := c.cfg.Tickets.Ticket(r.Context(), id)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", etag(t.Version))
	w.Header().Set("Cache-Control", "private, no-cache")
	if r.Header.Get("If-None-Match") == etag(t.Version) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	t, log, err := c.whole(r.Context(), t)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", etag(t.Version))
	said := talkOf(log)
	t.Tags = c.tagsOf(r.Context(), t.Tags)
	writeJSON(w, http.StatusOK, jsonType, ticketOf(t, log, said, c.can(t, said)))
	return nil
}

// whole returns a ticket with the log that led to it. A message has its present
// text there, so what changed while both were read is read again: programs look
// for what became of an edit as soon as they see it.
func (c *Console) whole(ctx context.Context, t desk.Ticket) (desk.Ticket, []desk.Entry, error) {
	for range 2 {
		log, err := c.cfg.Logs.Log(ctx, t.ID)
		if err != nil {
			return t, nil, err
		}
		now, err := c.cfg.Tickets.Ticket(ctx, t.ID)
		if err != nil {
			return t, nil, err
		}
		if now.Version == t.Version && !slices.ContainsFunc(log, func(e desk.Entry) bool { return e.Version > t.Version }) {
			return t, log, nil
		}
		t = now
	}
	log, err := c.logOf(ctx, t) // it never stands still
	return t, log, err
}

// logOf returns the log that led to t as it was read. What came in since would
// stand beside a state that knows nothing of it.
func (c *Console) logOf(ctx context.Context, t desk.Ticket) ([]desk.Entry, error) {
	log, err := c.cfg.Logs.Log(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(log, func(e desk.Entry) bool { return e.Version > t.Version }), nil
}

func (c *Console) apiNext(w http.ResponseWriter, r *http.Request, who people.Person) error {
	tier, err := tierOf(r.PathValue("tier"))
	if err != nil {
		return err
	}
	taken, err := c.next(r.Context(), who, tier)
	if errors.Is(err, desk.ErrNotFound) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err != nil {
		return err
	}
	c.answerClaim(w, taken)
	return nil
}

// tierOf reads a tier of an address.
func tierOf(text string) (desk.Tier, error) {
	n, err := strconv.ParseUint(text, 10, 8)
	if err != nil || n >= desk.Tiers {
		return 0, fmt.Errorf("tier %q: %w", text, errNoPage)
	}
	return desk.Tier(n), nil
}

// answerClaim answers with the token of a lease.
func (c *Console) answerClaim(w http.ResponseWriter, d done) {
	w.Header().Set("ETag", etag(d.ticket.Version))
	writeJSON(w, http.StatusOK, jsonType, claimView{d.ticket.ID, d.entry.Lease.Token, instant(d.entry.Lease.Until), d.ticket.Version})
}

type claimView struct {
	ID      desk.TicketID `json:"id"`
	Token   string        `json:"token"`
	Expires instant       `json:"expires"`
	Version int64         `json:"version"`
}

// apiAct takes an action that a program asks for.
func (c *Console) apiAct(w http.ResponseWriter, r *http.Request, who people.Person, a action) error {
	id := desk.TicketID(r.PathValue("id"))
	in, err := c.apiInput(r, a, id)
	if err != nil {
		return err
	}
	d, err := c.do(r.Context(), who, a, id, in)
	switch {
	case errors.Is(err, desk.ErrToken), errors.Is(err, errUnseen):
		log, problem := c.changes(r.Context(), id, in)
		if problem != nil {
			return problem
		}
		failureOf(err).note(r.Context(), err)
		c.problem(w, err, map[string]any{"changes": changesOf(log)})
		return nil
	case err != nil:
		return err
	}
	switch a.verb {
	case people.Claim, people.TakeOver, people.Extend:
		c.answerClaim(w, d)
	case people.Reply, people.Note, people.Undo:
		m := messageOf(d.message)
		m.HeldUntil = heldUntil(d.message, d.entry.Until)
		w.Header().Set("ETag", etag(d.ticket.Version))
		writeJSON(w, http.StatusOK, jsonType, map[string]any{"ticket": id, "version": d.ticket.Version, "message": m})
	case people.Moderate:
		w.Header().Set("ETag", etag(d.ticket.Version))
		writeJSON(w, http.StatusOK, jsonType, map[string]any{"ticket": id, "version": d.ticket.Version, "moderation": actViewOf(d.act)})
	default:
		w.Header().Set("ETag", etag(d.ticket.Version))
		writeJSON(w, http.StatusOK, jsonType, c.renamed(r.Context(), d.ticket.Card())[0])
	}
	return nil
}

// wholly reads a body that has no other fields than into.
func wholly(r *http.Request, into any) error {
	body := json.NewDecoder(r.Body)
	body.DisallowUnknownFields()
	return decoded(body, into)
}

// decoded reads one JSON value, after which nothing may follow. What is wrong with
// it is said in the words of who wrote it; io.EOF is for no value at all.
func decoded(body *json.Decoder, into any) error {
	err := body.Decode(into)
	switch kind := (*json.UnmarshalTypeError)(nil); {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("body: it is empty: %w: %w", err, errRequest)
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Errorf("body: %s where an object is expected: %w", kind.Value, errRequest)
	case errors.As(err, &kind):
		return fmt.Errorf("%s: %s where %s is expected: %w", kind.Field, kind.Value, expected(kind.Type), errRequest)
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return err
	}
	if err != nil {
		return fmt.Errorf("body: %w: %w", err, errRequest)
	}
	if _, err := body.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("body: something follows the JSON value: %w", errRequest)
	}
	return nil
}

// expected says in JSON's words what a field takes.
func expected(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return expected(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number that fits"
	}
	return "a string"
}

// apiInput reads what a program sent with an action.
func (c *Console) apiInput(r *http.Request, a action, id desk.TicketID) (input, error) {
	var in input
	body := json.NewDecoder(r.Body)
	if a.verb == people.Correct { // the empty body confirms, so what is misspelt must not pass for it
		var said json.RawMessage
		if err := decoded(body, &said); err != nil && !errors.Is(err, io.EOF) {
			return in, err
		}
		if err := correctionSaid(said); err != nil {
			return in, err
		}
		body = json.NewDecoder(bytes.NewReader(said))
	}
	if err := decoded(body, &in); err != nil && !errors.Is(err, io.EOF) {
		return in, err
	}
	if in.Why == "" {
		in.Why = in.Cause
	}
	var err error
	if a.verb != people.Reply {
		if header := r.Header.Get("If-Match"); header != "" {
			in.Told = true
			if in.Seen, err = versionOf(header); err != nil {
				return in, err
			}
		}
	}
	in.Key = r.Header.Get("Idempotency-Key")
	in.Named = in.Key != ""
	switch {
	case (a.verb == people.Note || a.verb == people.Moderate) && !in.Named:
		in.Key = token()
	case a.verb == people.Reply && !in.Named:
		return in, fmt.Errorf("Idempotency-Key is missing: a reply must be known again when it is sent twice: %w", errRequest)
	case len(in.Key) > 200 || strings.ContainsFunc(in.Key, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsPrint(r) }):
		return in, fmt.Errorf("Idempotency-Key: at most 200 printable ASCII characters: %w", errRequest)
	}
	if a.verb == people.Reply && in.LastSeen != "" {
		in.Seen, err = c.seen(r.Context(), id, in.LastSeen, in.Token)
	}
	return in, err
}
