// Package functionurl makes of an HTTP request the event that a Lambda Function
// URL makes of it, for what stands in AWS's place here. The way back, from a
// function's answer to HTTP, is its caller's.
package functionurl

import (
	"encoding/base64"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// Event is what a Function URL makes of a request that came at now, given its
// body (payload format 2.0).
func Event(r *http.Request, body []byte, now time.Time) events.LambdaFunctionURLRequest {
	now = now.UTC()
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	e := events.LambdaFunctionURLRequest{
		Version:         "2.0",
		RawPath:         r.URL.EscapedPath(),
		RawQueryString:  r.URL.RawQuery,
		Headers:         map[string]string{"host": r.Host, "x-forwarded-for": host, "x-forwarded-proto": "http"},
		IsBase64Encoded: binary(r.Header.Get("Content-Type"), body),
		RequestContext: events.LambdaFunctionURLRequestContext{
			AccountID:    "anonymous",
			RequestID:    strconv.FormatInt(now.UnixNano(), 36),
			APIID:        "local",
			DomainName:   r.Host,
			DomainPrefix: "local",
			Time:         now.Format("02/Jan/2006:15:04:05 -0700"),
			TimeEpoch:    now.UnixMilli(),
			HTTP: events.LambdaFunctionURLRequestContextHTTPDescription{
				Method: r.Method, Path: r.URL.Path, Protocol: r.Proto, SourceIP: host, UserAgent: r.UserAgent(),
			},
		},
	}
	for name, values := range r.Header {
		switch name = strings.ToLower(name); name {
		case "cookie":
			for _, line := range values {
				for _, cookie := range strings.Split(line, ";") {
					e.Cookies = append(e.Cookies, strings.TrimSpace(cookie))
				}
			}
			e.Headers[name] = strings.Join(values, "; ")
		default:
			e.Headers[name] = strings.Join(values, ",")
		}
	}
	if len(r.URL.RawQuery) > 0 {
		e.QueryStringParameters = map[string]string{}
		for name, values := range r.URL.Query() {
			e.QueryStringParameters[name] = strings.Join(values, ",")
		}
	}
	e.Body = string(body)
	if e.IsBase64Encoded {
		e.Body = base64.StdEncoding.EncodeToString(body)
	}
	return e
}

// binary reports whether a body travels in base64: JSON strings cannot hold all
// bytes, and Function URLs encode what is not declared to be text.
func binary(contentType string, body []byte) bool {
	if len(body) == 0 {
		return false
	}
	if !utf8.Valid(body) {
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return true
	}
	return !strings.HasPrefix(kind, "text/") && kind != "application/json" && kind != "application/xml" && kind != "application/javascript" &&
		!strings.HasSuffix(kind, "+json") && !strings.HasSuffix(kind, "+xml")
}
