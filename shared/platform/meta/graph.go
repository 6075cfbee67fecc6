package meta

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// The hosts of the Graph API. Instagram has one of its own for accounts that were
// connected without a Facebook page.
const (
	graphFacebook  = "https://graph.facebook.com"
	graphInstagram = "https://graph.instagram.com"
	graphThreads   = "https://graph.threads.net"
)

// The versions of the Graph API that this package was written for.
const (
	GraphVersion    = "v25.0"
	WhatsAppVersion = "v23.0"
	ThreadsVersion  = "v1.0"
)

// maxAnswer is more than any answer that is of use has.
const maxAnswer = 256 << 10

// A call is one request to the Graph API.
type call struct {
	method  string
	channel string
	path    []string   // behind the version
	query   url.Values // of a request that has no body
	form    url.Values // Graph takes parameters in the address too, where text would end in logs
	body    any        // as JSON
	// repeatable says that doing it again does no harm, so that one whose outcome
	// is unknown is simply made again.
	repeatable bool
	// person says that it asks about somebody who may not have agreed to that, or
	// has no profile, which is no fault of the account's.
	person bool
	// shows is how long an echo or a status may take that shows a message whose
	// outcome is unknown.
	shows time.Duration
}

// A result is what Graph says to a call, accepted or not.
type result struct {
	ID        wire.Text `json:"id"`
	MessageID wire.Text `json:"message_id"`
	Messages  []struct {
		ID wire.Text `json:"id"`
	} `json:"messages"`
	Success wire.Flag   `json:"success"`
	Error   *graphError `json:"error"`
}

// do makes a call and returns what came back, also as it came.
func (s *Sender) do(ctx context.Context, c call) (said result, raw []byte, failed *desk.SendError) {
	if s.Token == "" {
		return result{}, nil, &desk.SendError{Class: desk.SendAuth, Reason: "the account has no token in the accounts file"}
	}
	req, err := s.request(ctx, c)
	if err != nil {
		return result{}, nil, &desk.SendError{Class: desk.SendRejected, Reason: "it cannot be put into a request"}
	}
	if ctx.Err() != nil {
		return result{}, nil, &desk.SendError{Class: desk.SendRetry, Reason: "there was no time left to send it"}
	}
	resp, err := wire.Straight(s.HTTP).Do(req)
	if err != nil {
		failed = &desk.SendError{Class: desk.SendUnknown, Reason: "Meta did not answer"}
		if !wire.Left(err) {
			failed.Class = desk.SendRetry
		}
		return result{}, nil, c.settle(failed)
	}
	defer resp.Body.Close()
	raw, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	whole := err == nil && read(raw, &said)
	if resp.StatusCode/100 == 2 && said.Error == nil && whole {
		return said, raw, nil
	}
	failed = refusal(resp, said.Error, s.Now())
	if c.person && said.Error.is(100, 230) {
		failed.Class = desk.SendUnreachable
	}
	return result{}, nil, c.settle(failed)
}

// read reads an answer, and reports whether it is a JSON object or nothing at all.
// A field of another type than was told is left out.
func read(raw []byte, said *result) bool {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return true
	}
	err := json.Unmarshal(raw, said)
	_, odd := errors.AsType[*json.UnmarshalTypeError](err)
	return (err == nil || odd) && raw[0] == '{'
}

// settle says what an unknown outcome means for this call.
func (c call) settle(failed *desk.SendError) *desk.SendError {
	switch {
	case failed.Class != desk.SendUnknown:
	case c.repeatable:
		failed.Class, failed.Doubt = desk.SendRetry, c.method != http.MethodGet
	default:
		failed.After = c.shows
	}
	return failed
}

func (s *Sender) request(ctx context.Context, c call) (*http.Request, error) {
	var body io.Reader
	kind := ""
	switch {
	case c.body != nil:
		text, err := json.Marshal(c.body)
		if err != nil {
			return nil, err
		}
		body, kind = bytes.NewReader(text), "application/json"
	case c.form != nil:
		body, kind = strings.NewReader(c.form.Encode()), "application/x-www-form-urlencoded"
	}
	query := url.Values{}
	maps.Copy(query, c.query)
	if s.Secret != "" {
		query.Set("appsecret_proof", s.proof())
	}
	req, err := http.NewRequestWithContext(ctx, c.method, s.address(c, query), body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.Token) // never in the address, which ends in logs
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	return req, nil
}

// address is where a call goes. The paths differ by channel also where one origin
// stands in for all hosts.
func (s *Sender) address(c call, query url.Values) string {
	host, version := graphFacebook, GraphVersion
	switch c.channel {
	case Instagram:
		if s.Page == "" {
			host = graphInstagram
		}
	case WhatsApp:
		version = WhatsAppVersion
	case Threads:
		host, version = graphThreads, ThreadsVersion
	}
	if s.GraphVersion != "" && c.channel != Threads {
		version = s.GraphVersion
	}
	if s.ThreadsVersion != "" && c.channel == Threads {
		version = s.ThreadsVersion
	}
	if s.API != "" {
		host = s.API
	}
	address := host + "/" + url.PathEscape(version)
	for _, part := range c.path {
		address += "/" + url.PathEscape(part)
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address
}

// proof shows that whoever has the token has the app's secret too.
func (s *Sender) proof() string {
	sum := hmac.New(sha256.New, []byte(s.Secret))
	sum.Write([]byte(s.Token))
	return hex.EncodeToString(sum.Sum(nil))
}
