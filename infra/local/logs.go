package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A stream shows the logs of all functions in one place: a readable line each
// for the person at the terminal, and the JSON itself, with the function's
// name, in a file.
type stream struct {
	mu     sync.Mutex
	people io.Writer
	file   io.WriteCloser
	now    func() time.Time
}

// openStream keeps the log of the run before under another name.
func openStream(people io.Writer, path string, now func() time.Time) (*stream, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	if err := os.Rename(path, strings.TrimSuffix(path, ".jsonl")+".before.jsonl"); err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	return &stream{people: people, file: f, now: now}, nil
}

func (s *stream) close() error { return s.file.Close() }

// of returns what one process of the named part of the system writes its lines
// to, in whatever pieces.
func (s *stream) of(name string) io.Writer { return &lines{name: name, stream: s} }

type lines struct {
	name   string
	stream *stream
	mu     sync.Mutex
	part   []byte
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.part = append(l.part, b...)
	for {
		line, rest, whole := bytes.Cut(l.part, []byte("\n"))
		if !whole {
			break
		}
		l.stream.line(l.name, line)
		l.part = rest
	}
	return len(b), nil
}

// line writes one line of a part of the system.
func (s *stream) line(name string, line []byte) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	r, isJSON := readRecord(line)
	if !isJSON {
		r = record{message: string(line)}
		quoted, err := json.Marshal(r.message)
		if err != nil {
			return
		}
		line = fmt.Appendf(nil, `{"time":%q,"msg":%s}`, now.UTC().Format(time.RFC3339Nano), quoted)
	}
	fmt.Fprintf(s.file, "{\"function\":%q,%s\n", name, bytes.TrimSpace(line[1:]))
	if !r.metric {
		fmt.Fprintf(s.people, "%s %-9s %-5s %s%s\n", now.Format("15:04:05.000"), name, r.level, r.message, r.rest)
	}
}

// A record is a line of slog's JSON, as people read it.
type record struct {
	level, message string
	rest           string // " key=value" for each other key, in their order
	metric         bool   // an embedded metric, which only programs read
}

func readRecord(line []byte) (r record, ok bool) {
	if len(line) < 2 || line[0] != '{' || !json.Valid(line) || bytes.Equal(bytes.TrimSpace(line[1:]), []byte("}")) {
		return record{}, false
	}
	d := json.NewDecoder(bytes.NewReader(line))
	if _, err := d.Token(); err != nil {
		return record{}, false
	}
	var rest strings.Builder
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return record{}, false
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return record{}, false
		}
		value := string(raw)
		var text string
		if json.Unmarshal(raw, &text) == nil {
			value = text
			if strings.ContainsAny(text, " \"\n\t") || text == "" {
				value = fmt.Sprintf("%q", text)
			}
		}
		switch key {
		case "time", "request", "record": // for programs, and in the file
		case "level":
			r.level = text
		case "msg":
			r.message = text
		case "_aws":
			r.metric = true
		default:
			fmt.Fprintf(&rest, " %v=%s", key, value)
		}
	}
	r.rest = rest.String()
	return r, true
}
