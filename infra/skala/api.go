package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// deskUsage ends the help of a verb that asks a desk.
const deskUsage = `
Without -url it asks the desk that runs on this machine, as .local/run.json says;
the token is then that of its admin. Another desk's is in -token or $SKALA_TOKEN.
`

// runFile says where the desk of this checkout is while it runs.
const runFile = ".local/run.json"

// A remote is the API of a desk.
type remote struct {
	url, token string
	client     http.Client
}

// remoteFlags adds the flags that say which desk to ask. What they returned is
// resolved once they are parsed.
func remoteFlags(f *flag.FlagSet) func() (*remote, error) {
	address := f.String("url", "", "where the desk is, such as https://desk.example.com")
	token := f.String("token", "", "a bearer token for its API; $SKALA_TOKEN without it")
	return func() (*remote, error) {
		d := &remote{url: strings.TrimSuffix(*address, "/"), token: cmp.Or(*token, os.Getenv("SKALA_TOKEN")), client: http.Client{Timeout: 2 * time.Minute,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}} // nobody who asks for one thing gets another
		if d.url == "" {
			doc, err := os.ReadFile(runFile)
			if errors.Is(err, os.ErrNotExist) {
				return nil, fmt.Errorf("no desk runs here, as there is no %s: start one with `make run`, or name one with -url", runFile)
			}
			if err != nil {
				return nil, err
			}
			var here struct {
				API   string `json:"api"`
				Token string `json:"admin_token"`
			}
			if err := json.Unmarshal(doc, &here); err != nil {
				return nil, fmt.Errorf("reading %s: %w", runFile, err)
			}
			d.url, d.token = here.API, cmp.Or(*token, here.Token)
		}
		if d.token == "" {
			return nil, errors.New("a token is missing: -token or $SKALA_TOKEN")
		}
		return d, nil
	}
}

// fetch writes the bytes at a path of the API, which come in ranges.
func (d *remote) fetch(ctx context.Context, path string, to io.Writer) error {
	for at, whole := 0, -1; at != whole; {
		r, err := http.NewRequestWithContext(ctx, "GET", d.url+"/api/v1/"+path, nil)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+d.token)
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-", at))
		code, header, doc, err := d.do(r)
		if err != nil {
			return err
		}
		if code == http.StatusPartialContent {
			var first, last int
			if _, err := fmt.Sscanf(header.Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &whole); err != nil || first != at || len(doc) == 0 || last-first+1 != len(doc) {
				return fmt.Errorf("asking the desk for bytes from %d on: it answers %q with %d", at, header.Get("Content-Range"), len(doc))
			}
		} else {
			whole = len(doc)
		}
		if _, err := to.Write(doc); err != nil {
			return err
		}
		at += len(doc)
	}
	return nil
}

// do sends a request. What the desk refuses is an error with its words.
func (d *remote) do(r *http.Request) (code int, header http.Header, doc []byte, err error) {
	answer, err := d.client.Do(r)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("asking the desk: %w", err)
	}
	defer answer.Body.Close()
	if doc, err = io.ReadAll(answer.Body); err != nil {
		return 0, nil, nil, fmt.Errorf("asking the desk: %w", err)
	}
	if answer.StatusCode >= 300 {
		var problem struct{ Detail string }
		if json.Unmarshal(doc, &problem) != nil || problem.Detail == "" {
			problem.Detail = "no answer of a desk"
		}
		return 0, nil, nil, fmt.Errorf("%s: %s", answer.Status, problem.Detail)
	}
	return answer.StatusCode, answer.Header, doc, nil
}

// ask calls the API with a body of JSON, unless in is nil, and reads the answer
// into out.
func (d *remote) ask(ctx context.Context, method, path string, query url.Values, in, out any) error {
	var body io.Reader
	if in != nil {
		doc, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encoding a request: %w", err)
		}
		body = bytes.NewReader(doc)
	}
	r, err := http.NewRequestWithContext(ctx, method, d.url+"/api/v1/"+path+"?"+query.Encode(), body)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+d.token)
	r.Header.Set("Content-Type", "application/json")
	_, _, doc, err := d.do(r)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(doc, out); err != nil {
		return fmt.Errorf("reading the desk's answer: %w", err)
	}
	return nil
}
