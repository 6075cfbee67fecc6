package story

import (
	"bytes"
	"encoding/json"
	"io"
	"sync"

	"example.com/skala/shared/metrics"
)

// Told keeps the lines that the steps of a story write. What a person may want to
// see of a failed test goes to its output too.
type Told struct {
	mu    sync.Mutex
	to    io.Writer
	lines [][]byte
}

// Write takes one line.
func (s *Told) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, bytes.Clone(line))
	if bytes.Contains(line, []byte(`"level":"WARN"`)) || bytes.Contains(line, []byte(`"level":"ERROR"`)) {
		return s.to.Write(line)
	}
	return len(line), nil
}

// Outcomes counts the lines of each unit of work by how it ended, as "event
// ticketed".
func (s *Told) Outcomes() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := map[string]int{}
	for _, line := range s.lines {
		var told struct{ Msg, Outcome string }
		if json.Unmarshal(line, &told) == nil && told.Msg != "" {
			counts[told.Msg+" "+told.Outcome]++
		}
	}
	return counts
}

// Holds reports whether a line holds words.
func (s *Told) Holds(words string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.lines {
		if bytes.Contains(line, []byte(words)) {
			return true
		}
	}
	return false
}

// Measured are the metrics so far: of counts their sums, of times their number.
func (d *Desk) Measured() map[metrics.Name]int {
	d.T.Helper()
	d.measured.Flush()
	d.Told.mu.Lock()
	defer d.Told.mu.Unlock()
	all := map[metrics.Name]int{}
	for _, line := range d.Told.lines {
		var doc map[metrics.Name]any
		if json.Unmarshal(line, &doc) != nil || doc["_aws"] == nil {
			continue
		}
		for _, name := range metrics.Names() {
			values, several := doc[name].([]any)
			value, one := doc[name].(float64)
			switch {
			case several:
				all[name] += len(values)
			case one && name.Unit() == metrics.DueLag.Unit():
				all[name]++
			case one:
				all[name] += int(value)
			case doc[name] != nil:
				d.T.Fatalf("%s is %v", name, doc[name])
			}
		}
	}
	return all
}
