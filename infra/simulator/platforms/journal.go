package platforms

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keptRecords is how much of a journal a start takes over.
const keptRecords = 5000

// A journal is a file of records, one a line. A nil journal keeps nothing.
type journal struct{ file *os.File }

// openJournal hands the latest records of a file to apply and opens it for more.
// A line that is cut off, as a killed process leaves one, is passed over.
func openJournal(path string, apply func(record)) (*journal, error) {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	lines := bytes.SplitAfter(old, []byte("\n"))
	lines = lines[max(0, len(lines)-keptRecords):]
	var kept bytes.Buffer
	for _, line := range lines {
		var r record
		if json.Unmarshal(line, &r) == nil {
			apply(r)
			kept.Write(append(bytes.TrimSpace(line), '\n'))
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	part := path + ".part"
	if err := os.WriteFile(part, kept.Bytes(), 0o600); err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	if err := os.Rename(part, path); err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	return &journal{file}, nil
}

// write adds a record. It is with the system once it returns, and so outlives
// the process, though not the machine.
func (j *journal) write(r record) error {
	if j == nil {
		return nil
	}
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = j.file.Write(append(line, '\n')) // one call, so that a kill leaves whole lines
	return err
}

func (j *journal) close() {
	if j != nil {
		_ = j.file.Close() // every record was written before
	}
}
