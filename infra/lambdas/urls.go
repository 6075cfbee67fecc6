package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"example.com/skala/infra/checklist"
)

// secret is what testdata/accounts.yaml has LINE sign with.
const secret = "lambdas-line-channel-secret-not-for-use"

func signature(body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// answers is a check that a Function URL's event gets an answer of this status,
// and more where that is to be said.
func (f *function) answers(name string, event []byte, want int, more ...func(events.LambdaFunctionURLResponse) error) checklist.Check {
	return checklist.Check{Name: name, Do: func(ctx context.Context) (string, error) {
		got, err := f.request(ctx, event)
		if err != nil {
			return "", err
		}
		if got.StatusCode != want {
			return "", fmt.Errorf("answered %d, want %d: %.200s", got.StatusCode, want, got.Body)
		}
		for _, m := range more {
			if err := m(got); err != nil {
				return "", err
			}
		}
		return fmt.Sprint(want), nil
	}}
}

// header wants a header of the answer to hold a text.
func header(name, text string) func(events.LambdaFunctionURLResponse) error {
	return func(got events.LambdaFunctionURLResponse) error {
		if !strings.Contains(got.Headers[name], text) {
			return fmt.Errorf("%s is %q, which holds no %q", name, got.Headers[name], text)
		}
		return nil
	}
}

// body wants the answer's body to hold a text.
func body(text string) func(events.LambdaFunctionURLResponse) error {
	return func(got events.LambdaFunctionURLResponse) error {
		if !strings.Contains(got.Body, text) {
			return fmt.Errorf("the body holds no %q: %.200s", text, got.Body)
		}
		return nil
	}
}

// posted is the recorded webhook with another body, rightly signed, as a Function
// URL hands over what it does not take for text.
func posted(content []byte) []byte {
	return changed("webhook", func(e object) {
		e["headers"].(object)["x-line-signature"] = signature(content)
		e["body"], e["isBase64Encoded"] = base64.StdEncoding.EncodeToString(content), true
	})
}

// said is a webhook of LINE's with one message of so many bytes.
func said(event string, size int) []byte {
	return encoded(object{"destination": "U0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d", "events": []any{object{
		"type": "message", "mode": "active", "timestamp": 1795334400000, "webhookEventId": event, "deliveryContext": object{"isRedelivery": false},
		"source":  object{"type": "user", "userId": "Ucccccccccccccccccccccccccccccc01"},
		"message": object{"type": "text", "id": "5800" + event[len(event)-4:], "text": strings.Repeat("charged twice ", size/14)},
	}}})
}

// at is the recorded request for another address.
func at(method, path string, change ...func(object)) []byte {
	return changed("request", func(e object) {
		e["rawPath"] = path
		request := e["requestContext"].(object)["http"].(object)
		request["method"], request["path"] = method, path
		for _, c := range change {
			c(e)
		}
	})
}

// fails is a check that an event no Function URL makes is an error of the
// invocation, and not the end of the function.
func (f *function) fails(name string, event string) checklist.Check {
	return checklist.Check{Name: name, Do: func(ctx context.Context) (string, error) {
		answer, err := f.invoke(ctx, []byte(event))
		if failed, ok := errors.AsType[*failure](err); ok {
			return failed.Type, nil
		}
		return "", fmt.Errorf("answered %.200s, %v", answer, err)
	}}
}

// webhook is what the door must make of its events.
func webhook(f *function) []checklist.Check {
	const path = "/webhooks/line/demo"
	of := func(change func(e object, headers object)) []byte {
		return changed("webhook", func(e object) { change(e, e["headers"].(object)) })
	}
	plain := []byte(`{"destination":"x","events":[]}`)
	return []checklist.Check{
		f.answers("a webhook as recorded", recorded("webhook"), 200),
		f.answers("its body in base64", of(func(e, _ object) {
			e["body"], e["isBase64Encoded"] = base64.StdEncoding.EncodeToString([]byte(e["body"].(string))), true
		}), 200),
		f.answers("names of headers in title case", of(func(e, headers object) {
			headers["X-Line-Signature"] = headers["x-line-signature"]
			delete(headers, "x-line-signature")
		}), 200),
		f.answers("headers, cookies and a query that mean nothing", of(func(e, headers object) {
			headers["x-odd"], headers["x-empty"], headers["bad name"], headers["x-ünïcode"] = "a,b\r\nc: d", "", "x", "ü"
			e["cookies"], e["rawQueryString"] = []string{"a=b; c", "", "é=\x00"}, "a=%zz&&=&b"
		}), 200),
		f.answers("fields that nobody knows yet", of(func(e, _ object) {
			e["version"], e["news"], e["requestContext"].(object)["authentication"] = "3.0", []any{object{"a": 1e300}}, nil
		}), 200),
		f.answers("no headers at all", of(func(e, _ object) { delete(e, "headers") }), 401),
		f.answers("another body than was signed", of(func(e, _ object) { e["body"] = e["body"].(string) + " " }), 401),
		f.answers("base64 that is none", of(func(e, _ object) { e["body"], e["isBase64Encoded"] = "%%%", true }), 400),
		f.answers("bytes that are no text, rightly signed", posted([]byte("\xff\xfe\x00")), 200),
		f.answers("a body that breaks off, rightly signed", posted([]byte(`{"destination":"x","events":[{"type":`)), 200),
		f.answers("a platform that tries the address", posted(plain), 200),
		f.answers("an event of 900 KB", posted(said("01KALAMBDA0000000000002001", 650_000)), 200),
		f.answers("an event that no queue takes, of 4 MB", posted(said("01KALAMBDA0000000000002002", 4_000_000)), 200),
		{Name: "more than Lambda hands over", Do: func(ctx context.Context) (string, error) {
			answer, err := f.request(ctx, posted(said("01KALAMBDA0000000000002003", 6<<20+1)))
			if failed, ok := errors.AsType[*failure](err); ok { // AWS's emulator cuts it off
				return failed.Message, nil
			}
			if errors.Is(err, errRefused) {
				return "never handed over", nil
			}
			return "", fmt.Errorf("answered %d, %v", answer.StatusCode, err)
		}},
		f.answers("an app we do not have", of(func(e, _ object) { e["rawPath"] = "/webhooks/line/other" }), 404),
		f.answers("an address we do not have", of(func(e, _ object) { e["rawPath"] = "/" }), 404),
		f.answers("an address that is none", of(func(e, _ object) { e["rawPath"] = "/webhooks/%zz/demo" }), 404),
		f.answers("a browser", at("GET", path), 405),
		f.answers("the console's health, at the wrong door", recorded("request"), 404),
		f.answers("an event without anything", []byte(`{}`), 307),
		f.answers("null for an event", []byte(`null`), 307),
		f.fails("a list for an event", `[]`),
		f.answers("a webhook as recorded, after all that", recorded("webhook"), 200),
		{Name: "what was answered 200 is safe", Do: func(ctx context.Context) (string, error) {
			queued, err := f.waiting(ctx, "InboundQueue")
			if err != nil {
				return "", err
			}
			keys := map[string]int{}
			for _, m := range queued {
				var raw struct{ Body []byte }
				var hook struct {
					Events []struct{ WebhookEventID string }
				}
				if err := errors.Join(json.Unmarshal([]byte(m), &raw), json.Unmarshal(raw.Body, &hook)); err != nil || len(hook.Events) != 1 {
					return "", fmt.Errorf("the queue holds %.200s, %v", m, err)
				}
				keys[hook.Events[0].WebhookEventID]++
			}
			items, err := f.items(ctx)
			if err != nil {
				return "", err
			}
			if len(keys) != 2 || keys["01KALAMBDA0000000000000001"] != 6 || keys["01KALAMBDA0000000000002001"] != 1 || items["S#RAW"] != 1 || items["Q#RAW"] != 2 {
				return "", fmt.Errorf("the queue has %v, the table %v", keys, items)
			}
			return fmt.Sprintf("%d on the queue, 1 spilled, 2 in quarantine", len(queued)), nil
		}},
	}
}

// console is what the console must make of its events.
func console(f *function) []checklist.Check {
	return []checklist.Check{
		f.answers("its health", recorded("request"), 200, header("content-type", "application/json"), body(`"ok"`)),
		f.answers("its health, without a body", at("HEAD", "/healthz"), 200),
		f.answers("a page for somebody who has not signed in", at("GET", "/"), 303, header("location", "/sign-in")),
		f.answers("cookies that are forged", at("GET", "/", func(e object) { e["cookies"] = []string{"__Host-session=forged", "session=é", "=", "a"} }), 303),
		f.answers("the API without a token", at("GET", "/api/v1/tickets"), 401, header("content-type", "application/problem+json")),
		f.answers("the API with a token, while the issuer is away", at("GET", "/api/v1/tickets", func(e object) { e["headers"].(object)["authorization"] = "Bearer x.y.z" }), 503),
		f.answers("a static file", at("GET", "/static/desk.css"), 200, header("content-type", "text/css")),
		f.answers("a page that does not exist", at("GET", "/nowhere"), 404),
		f.answers("a path that climbs", at("GET", "/static/%2e%2e/%2e%2e/etc/passwd"), 404),
		f.answers("a page of another site that posts", at("POST", "/sign-out", func(e object) {
			e["headers"].(object)["origin"], e["headers"].(object)["sec-fetch-site"] = "https://elsewhere.example", "cross-site"
		}), 403),
		f.answers("an event without anything", []byte(`{}`), 307),
		f.fails("a text for an event", `"x"`),
		f.answers("its health, after all that", recorded("request"), 200),
	}
}
