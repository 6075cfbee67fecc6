package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	standard "example.com/skala/infra/policy"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

const classifyUsage = `usage: skala classify [-policy FILE] [-progress] <IN >OUT

Judges one message a line. In, as JSON lines:
  {"id","text","lang"?,"visibility"?,"author"?}
    visibility  public, private or group
    author      {"followers"?,"following"?,"verified"?,"has_picture"?,"created"?,"vip"?,"organisation"?}
Out:
  {"id","lang","category","severity","tier","sentiment","abusive","actionable","confidence","score","tags","policy",
   "reasons":[{"signal","start","end","text","weight"}]}
  start and end are byte offsets into the text as given; a reason about the author has neither.
Other fields are passed over. A line that is refused is reported with its number on standard error; the others
go on, and the exit status is 1.`

// classify answers each line of stdin with its verdict.
func classify(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	f := flagsOf("classify", classifyUsage)
	file, progressOf := policyFlag(f), progressFlag(f, stdout, stderr)
	if status, ok := parse(f, args, 0, 0, stdout, stderr); !ok {
		return status
	}
	p, err := loadPolicy(*file)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	return eachLine(ctx, "classify", progressOf(stdin), stdin, stdout, stderr, func(to, line []byte) ([]byte, error) {
		answer, err := classifyLine(p, line)
		if err != nil {
			return to, err
		}
		return answer.append(to)
	})
}

// policyFlag adds the flag that names a policy document.
func policyFlag(f *flag.FlagSet) *string {
	return f.String("policy", "", "the policy document in `FILE` in place of the default one")
}

// loadPolicy reads the policy document in file, or the default one.
func loadPolicy(file string) (*policy.Policy, error) {
	if file == "" {
		return policy.Load(standard.Default, "default.yaml")
	}
	document, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the policy: %w", err)
	}
	return policy.Load(document, file)
}

// A classified is one line of output. ID is as it came in.
type classified struct {
	ID json.RawMessage `json:"id"`
	desk.Verdict
}

func classifyLine(p *policy.Policy, line []byte) (classified, error) {
	fields, ok := plainMembers(line)
	if !ok { // what is wrong, or unusual, is for the thorough reader
		var err error
		if fields, err = members(line); err != nil {
			return classified{}, err
		}
	}
	for _, name := range []string{"id", "text"} {
		if fields.find(name) == nil {
			return classified{}, fmt.Errorf("there is no %s", name)
		}
	}
	id := fields.find("id")
	if !isID(id) {
		return classified{}, errors.New("id: not a string")
	}
	m, err := readMessage(fields)
	if err != nil {
		return classified{}, err
	}
	return classified{id, p.Classify(m)}, nil
}

func readMessage(fields object) (m policy.Message, err error) {
	if m.Text, err = readString(fields.find("text")); err != nil {
		return m, fmt.Errorf("text: %w", err)
	}
	if raw := given(fields, "lang"); raw != nil {
		if m.Lang, err = readString(raw); err != nil {
			return m, fmt.Errorf("lang: %w", err)
		}
	}
	if raw := given(fields, "visibility"); raw != nil {
		text, err := readString(raw)
		if err != nil {
			return m, fmt.Errorf("visibility: %w", err)
		}
		switch m.Visibility = desk.Visibility(text); m.Visibility {
		case desk.Public, desk.Private, desk.Group:
		default:
			return m, fmt.Errorf("visibility: %q is not public, private or group", text)
		}
	}
	if raw := given(fields, "author"); raw != nil {
		if m.Author, err = readAuthor(raw); err != nil {
			return m, fmt.Errorf("author: %w", err)
		}
	}
	return m, nil
}

// given returns the value of a member that may be absent or null.
func given(fields object, name string) json.RawMessage {
	if raw := fields.find(name); string(raw) != "null" {
		return raw
	}
	return nil
}

// readAuthor reads what a platform tells of an author. What else stands there
// counts for nothing.
func readAuthor(raw json.RawMessage) (desk.Author, error) {
	if _, err := members(raw); err != nil {
		return desk.Author{}, err
	}
	var a struct {
		desk.Author
		Created *string `json:"created"`
	}
	if err := json.Unmarshal(raw, &a); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return desk.Author{}, fmt.Errorf("%s: not a %s", strings.TrimPrefix(wrong.Field, "Author."), wrong.Type)
		}
		return desk.Author{}, err
	}
	if a.Created != nil {
		if _, err := time.Parse(time.RFC3339, *a.Created); err != nil {
			if _, err := time.Parse(time.DateOnly, *a.Created); err != nil {
				return desk.Author{}, fmt.Errorf("created: %q is neither an instant nor a date", *a.Created)
			}
		}
	}
	return a.Author, nil
}
