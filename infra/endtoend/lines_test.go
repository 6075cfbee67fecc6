package endtoend_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// logged counts the lines that a part of the desk wrote of an outcome.
func (c *canaries) logged(message, outcome string) (n int) {
	c.t.Helper()
	logs, _ := c.everything()
	for line := range bytes.Lines(logs) {
		var told struct{ Msg, Outcome string }
		if json.Unmarshal(line, &told) == nil && told.Msg == message && told.Outcome == outcome {
			n++
		}
	}
	return n
}

// everything is all that was printed and logged, of the desk, its emulator and
// its simulator.
func (c *canaries) everything() (logs []byte, size int) {
	c.t.Helper()
	all := []byte(c.Said())
	files, err := filepath.Glob(filepath.Join(c.Home(), ".local", "log", "*"))
	if err != nil || len(files) < 2 {
		c.t.Fatalf("%d logs, %v", len(files), err)
	}
	for _, file := range files {
		kept, err := os.ReadFile(file)
		if err != nil {
			c.t.Fatal(err)
		}
		all = append(append(all, '\n'), kept...)
	}
	return all, len(all)
}

// linesAreAsDocumented checks that each line of a function is a JSON object with
// no key twice, and none that infra/doc/logs.md does not explain.
func (c *canaries) linesAreAsDocumented() {
	c.t.Helper()
	doc, err := os.ReadFile(filepath.Join(c.Home(), "infra", "doc", "logs.md"))
	if err != nil {
		c.t.Fatal(err)
	}
	known := map[string]bool{"function": true, "time": true, "level": true, "msg": true}
	for _, row := range regexp.MustCompile(`(?m)^\| (`+"`[^|]*`"+`) \|`).FindAllStringSubmatch(string(doc), -1) {
		for _, key := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			known[key[1]] = true
		}
	}
	files, err := filepath.Glob(filepath.Join(c.Home(), ".local", "log", "*.jsonl"))
	if err != nil || len(files) == 0 {
		c.t.Fatalf("%d files, %v", len(files), err)
	}
	checked := 0
	for _, file := range files {
		lines, err := os.ReadFile(file)
		if err != nil {
			c.t.Fatal(err)
		}
		for line := range bytes.Lines(lines) {
			keys := keysOf(line)
			if len(keys) == 0 {
				c.t.Errorf("no JSON object: %s", line)
				continue
			}
			if bytes.HasPrefix(line, []byte(`{"function":"local"`)) || bytes.HasPrefix(line, []byte(`{"function":"simulator"`)) || slices.Contains(keys, "_aws") {
				continue
			}
			checked++
			for i, key := range keys {
				if slices.Contains(keys[:i], key) {
					c.t.Errorf("the key %s is there twice: %s", key, line)
				}
				if !known[key] {
					c.t.Errorf("infra/doc/logs.md does not explain the key %s: %s", key, line)
					known[key] = true // once is enough
				}
			}
		}
	}
	if checked < 100 {
		c.t.Errorf("only %d lines checked", checked)
	}
}

// keysOf lists the keys of a JSON object in their order, none of what is no
// object.
func keysOf(line []byte) (keys []string) {
	if !json.Valid(line) {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(line))
	if first, err := d.Token(); err != nil || first != json.Delim('{') {
		return nil
	}
	for d.More() {
		key, err := d.Token()
		var value json.RawMessage
		if err != nil || d.Decode(&value) != nil {
			return nil
		}
		keys = append(keys, fmt.Sprint(key))
	}
	return keys
}
