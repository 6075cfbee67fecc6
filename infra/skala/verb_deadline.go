package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/skala/shared/sla"
)

const deadlineUsage = `usage: skala deadline <IN >OUT

Computes one deadline a line. In, as JSON lines:
  {"id","calendar","start","target","pauses"}
    calendar  null for around the clock, or {"zone","week","dates"}:
              {"zone":"Europe/Athens","week":{"mon":["09:00-13:00","14:00-18:00"]},"dates":{"2026-12-25":[]}}
    start     an instant as RFC 3339 writes it, to the second
    target    whole hours, minutes and seconds: 8h30m, 90s
    pauses    [["from","to"],...], instants; may be absent, as may dates
Out: {"id","deadline"} in UTC, or {"id","error"} for a line that is refused,
whose number is on standard error too; the others go on, and the exit status is 1.`

// deadline answers each line of stdin with its deadline or the reason why not.
func deadline(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if status, ok := parse(flagsOf("deadline", deadlineUsage), args, 0, 0, stdout, stderr); !ok {
		return status
	}
	return eachLine(ctx, "deadline", new(progress), stdin, stdout, stderr, func(to, line []byte) ([]byte, error) {
		answer := deadlineOf(line)
		to, err := appendJSON(to, answer)
		if err == nil && answer.Error != "" {
			err = errors.New(answer.Error)
		}
		return to, err
	})
}

// A deadlineAnswer is one line of output. ID is as it came in, null where the
// line has none.
type deadlineAnswer struct {
	ID       json.RawMessage `json:"id"`
	Deadline string          `json:"deadline,omitempty"`
	Error    string          `json:"error,omitempty"`
}

func deadlineOf(line []byte) deadlineAnswer {
	answer := deadlineAnswer{ID: json.RawMessage("null")}
	fields, err := members(line)
	if id := fields.find("id"); isID(id) {
		answer.ID = id
	}
	var at time.Time
	if err == nil {
		at, err = readDeadline(fields)
	}
	switch {
	case err != nil:
		answer.Error = err.Error()
	case at.Year() < 0 || at.Year() > 9999: // RFC 3339 has no others
		answer.Error = "the deadline lies outside the years 0 to 9999"
	default:
		answer.Deadline = at.Format(time.RFC3339)
	}
	return answer
}

// isID reports whether an id is there and is a string or a number.
func isID(id json.RawMessage) bool {
	return len(id) > 0 && (id[0] == '"' || id[0] == '-' || ('0' <= id[0] && id[0] <= '9'))
}

// readDeadline computes the deadline of a line's fields.
func readDeadline(fields object) (time.Time, error) {
	if err := fields.only([]string{"id", "calendar", "start", "target"}, []string{"pauses"}); err != nil {
		return time.Time{}, err
	}
	if !isID(fields.find("id")) {
		return time.Time{}, errors.New("id: not a string or a number")
	}
	calendar, err := readCalendar(fields.find("calendar"))
	if err != nil {
		return time.Time{}, fmt.Errorf("calendar: %w", err)
	}
	start, err := readInstant(fields.find("start"))
	if err != nil {
		return time.Time{}, fmt.Errorf("start: %w", err)
	}
	text, err := readString(fields.find("target"))
	if err != nil {
		return time.Time{}, fmt.Errorf("target: %w", err)
	}
	target, err := sla.ParseTarget(text)
	if err != nil {
		return time.Time{}, fmt.Errorf("target: %w", err)
	}
	pauses, err := readPauses(fields.find("pauses"))
	if err != nil {
		return time.Time{}, fmt.Errorf("pauses: %w", err)
	}
	return calendar.Deadline(start, target, pauses)
}

func readCalendar(raw json.RawMessage) (*sla.Calendar, error) {
	if string(raw) == "null" {
		return nil, nil
	}
	fields, err := members(raw)
	if err != nil {
		return nil, err
	}
	if err := fields.only([]string{"zone", "week"}, []string{"dates"}); err != nil {
		return nil, err
	}
	zone, err := readString(fields.find("zone"))
	if err != nil {
		return nil, fmt.Errorf("zone: %w", err)
	}
	week, err := readPeriods(fields.find("week"))
	if err != nil {
		return nil, fmt.Errorf("week: %w", err)
	}
	var dates map[string][]string
	if raw := fields.find("dates"); raw != nil {
		if dates, err = readPeriods(raw); err != nil {
			return nil, fmt.Errorf("dates: %w", err)
		}
	}
	return sla.NewCalendar(zone, week, dates)
}

// readPeriods reads an object of lists of strings.
func readPeriods(raw json.RawMessage) (map[string][]string, error) {
	fields, err := members(raw)
	if err != nil {
		return nil, err
	}
	days := make(map[string][]string, len(fields))
	for _, f := range fields {
		list, err := elements(f.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		periods := make([]string, len(list))
		for i, raw := range list {
			if periods[i], err = readString(raw); err != nil {
				return nil, fmt.Errorf("%s: %w", f.name, err)
			}
		}
		days[f.name] = periods
	}
	return days, nil
}

func readPauses(raw json.RawMessage) ([]sla.Pause, error) {
	if raw == nil {
		return nil, nil
	}
	list, err := elements(raw)
	if err != nil {
		return nil, err
	}
	pauses := make([]sla.Pause, len(list))
	for i, raw := range list {
		ends, err := elements(raw)
		if err != nil {
			return nil, err
		}
		if len(ends) != 2 {
			return nil, fmt.Errorf("a pause has a from and a to, not %d instants", len(ends))
		}
		if pauses[i].From, err = readInstant(ends[0]); err != nil {
			return nil, err
		}
		if pauses[i].To, err = readInstant(ends[1]); err != nil {
			return nil, err
		}
	}
	return pauses, nil
}

// readInstant reads an instant of RFC 3339 with T and Z in capitals and without
// a fraction of a second.
func readInstant(raw json.RawMessage) (time.Time, error) {
	text, err := readString(raw)
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || !toTheSecond(text) {
		return time.Time{}, fmt.Errorf("%q is not an instant such as 2026-12-24T09:00:00Z", text)
	}
	return t, nil
}

// toTheSecond refuses what time.Parse takes beyond RFC 3339 to the second:
// fractions, hours of one digit, offsets of a day and more.
func toTheSecond(text string) bool {
	seconds := len("2006-01-02T15:04:05")
	if len(text) <= seconds {
		return false
	}
	offset := text[seconds:]
	return offset == "Z" || len(offset) == len("+07:00") && strings.Contains("+-", offset[:1]) && offset[1:3] <= "23" && offset[4:] <= "59"
}

func readString(raw json.RawMessage) (string, error) {
	if text, ok := plainString(raw); ok {
		return string(text), nil
	}
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil || text == nil {
		return "", errors.New("not a string")
	}
	return *text, nil
}

// elements returns the elements of an array.
func elements(raw json.RawMessage) ([]json.RawMessage, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil || list == nil {
		return nil, errors.New("not a list")
	}
	return list, nil
}

// An object is the members of a JSON object in their order.
type object []member

type member struct {
	name  string
	value json.RawMessage
}

// members reads a whole text as one JSON object. Unlike encoding/json, which
// lets the last of two members of a name win, takes Name for name and repairs
// broken UTF-8, it refuses what somebody might not have meant. With an error it
// returns what it had read before.
func members(text []byte) (object, error) {
	var read object
	decoder := json.NewDecoder(bytes.NewReader(text))
	token, err := decoder.Token()
	if err != nil {
		return nil, malformed(err)
	}
	if token != json.Delim('{') {
		return nil, errors.New("not an object")
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return read, malformed(err)
		}
		m := member{name: name.(string)} // the decoder takes nothing else there
		if err := decoder.Decode(&m.value); err != nil {
			return read, malformed(err)
		}
		if read.find(m.name) != nil {
			return read, fmt.Errorf("%q stands there twice", m.name)
		}
		read = append(read, m)
	}
	if _, err := decoder.Token(); err != nil {
		return read, malformed(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return read, errors.New("there is more behind the object")
	}
	if !utf8.Valid(text) {
		return read, errors.New("not UTF-8")
	}
	return read, nil
}

func malformed(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("not JSON: it ends too early")
	}
	return fmt.Errorf("not JSON: %w", err)
}

// find returns the value of a member, nil when there is none.
func (o object) find(name string) json.RawMessage {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// only refuses members that are unknown and the lack of those that must be there.
func (o object) only(must, may []string) error {
	known := append(must[:len(must):len(must)], may...)
	for _, m := range o {
		if !slices.Contains(known, m.name) {
			return fmt.Errorf("unknown field %q", m.name)
		}
	}
	for _, name := range must {
		if o.find(name) == nil {
			return fmt.Errorf("there is no %s", name)
		}
	}
	return nil
}
