package sla

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// What follows reads the syntax of iCalendar (RFC 5545): folded lines of properties
// between BEGIN and END. What the events in it mean is in holidays.go.

// A property is one line of iCalendar, unfolded.
type property struct {
	name, value string
	params      map[string]string
	line        int // from 1, the first of those it was folded over
}

// A component is what stands between a BEGIN and its END.
type component struct {
	name       string
	line       int
	properties []property
	parts      []*component
}

// A lineError is a mistake at a line.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }

func (e *lineError) Unwrap() error { return e.err }

func at(line int, format string, args ...any) error {
	return &lineError{line, fmt.Errorf(format, args...)}
}

// maxICal bounds a file of holidays, in bytes.
const maxICal = 1 << 20

// parseICal reads the calendars of a file.
func parseICal(text string) ([]*component, error) {
	if len(text) > maxICal {
		return nil, at(1, "the file has more than %d bytes", maxICal)
	}
	text = strings.TrimPrefix(text, "\ufeff")
	root := &component{}
	open := []*component{root}
	for _, l := range unfold(text) {
		p, err := parseProperty(l.text)
		if err != nil {
			return nil, at(l.line, "%w", err)
		}
		p.line = l.line
		last := open[len(open)-1]
		switch p.name {
		case "BEGIN":
			c := &component{name: strings.ToUpper(p.value), line: l.line}
			if len(open) == 1 && c.name != "VCALENDAR" {
				return nil, at(l.line, "a file of holidays begins with BEGIN:VCALENDAR")
			}
			last.parts = append(last.parts, c)
			open = append(open, c)
		case "END":
			if len(open) == 1 || !strings.EqualFold(last.name, p.value) {
				return nil, at(l.line, "END:%s without its BEGIN", p.value)
			}
			open = open[:len(open)-1]
		default:
			if len(open) == 1 {
				return nil, at(l.line, "a file of holidays begins with BEGIN:VCALENDAR")
			}
			last.properties = append(last.properties, p)
		}
	}
	if last := open[len(open)-1]; last != root {
		return nil, at(last.line, "BEGIN:%s without its END", last.name)
	}
	if len(root.parts) == 0 {
		return nil, at(1, "there is no VCALENDAR")
	}
	return root.parts, nil
}

type foldedLine struct {
	text string
	line int
}

// unfold joins the lines that begin with a blank to those before them.
func unfold(text string) []foldedLine {
	var lines []foldedLine
	var more strings.Builder // of the last line
	join := func() {
		if more.Len() > 0 {
			lines[len(lines)-1].text += more.String()
			more.Reset()
		}
	}
	n := 0
	for l := range strings.Lines(text) {
		n++
		l = strings.TrimSuffix(strings.TrimSuffix(l, "\n"), "\r")
		switch {
		case l == "":
		case (l[0] == ' ' || l[0] == '\t') && len(lines) > 0:
			more.WriteString(l[1:])
		default:
			join()
			lines = append(lines, foldedLine{l, n})
		}
	}
	join()
	return lines
}

// parseProperty reads NAME;PARAM=VALUE;PARAM="VALUE":VALUE.
func parseProperty(text string) (property, error) {
	if !utf8.ValidString(text) {
		return property{}, errors.New("not UTF-8")
	}
	p := property{params: map[string]string{}}
	name := func(rest string) int {
		return strings.IndexFunc(rest, func(r rune) bool {
			return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
		})
	}
	malformed := fmt.Errorf("%q is not of the form NAME:VALUE", clip(text))
	i := name(text)
	if i <= 0 {
		return p, malformed
	}
	p.name = strings.ToUpper(text[:i])
	for rest := text[i:]; ; {
		switch {
		case rest == "":
			return p, malformed
		case rest[0] == ':':
			p.value = rest[1:]
			return p, nil
		case rest[0] != ';':
			return p, malformed
		}
		rest = rest[1:]
		i := name(rest)
		if i <= 0 || rest[i] != '=' {
			return p, malformed
		}
		param := strings.ToUpper(rest[:i])
		rest = rest[i+1:]
		end := strings.IndexAny(rest, ";:")
		if strings.HasPrefix(rest, `"`) {
			if end = strings.IndexByte(rest[1:], '"') + 2; end == 1 {
				return p, malformed
			}
		}
		if end < 0 {
			return p, malformed
		}
		p.params[param], rest = strings.Trim(rest[:end], `"`), rest[end:]
	}
}

// clip is the beginning of a text, for an error.
func clip(text string) string {
	const most = 40
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// unescaped is a text as people read it.
func unescaped(value string) string {
	return strings.TrimSpace(strings.NewReplacer(`\n`, " ", `\N`, " ", `\,`, ",", `\;`, ";", `\\`, `\`).Replace(value))
}
