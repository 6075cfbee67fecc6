package meta_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// A part is the text and the tag of one message that went out.
type part struct{ text, tag string }

// said reads the one text in a call.
func said(t *testing.T, r request) part {
	t.Helper()
	if !strings.HasPrefix(r.Body, "{") {
		form, err := url.ParseQuery(r.Body) // undone once already; no test has a % in its text
		if err != nil {
			t.Fatal(err)
		}
		return part{text: form.Get("message") + form.Get("text")}
	}
	var body struct {
		Message json.RawMessage `json:"message"`
		Text    struct {
			Body string `json:"body"`
		} `json:"text"`
		Tag string `json:"biz_opaque_callback_data"`
	}
	if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
		t.Fatal(err)
	}
	var comment string
	var direct struct{ Text, Metadata string }
	if body.Message != nil && json.Unmarshal(body.Message, &comment) != nil {
		if err := json.Unmarshal(body.Message, &direct); err != nil {
			t.Fatal(err)
		}
	}
	return part{text: body.Text.Body + comment + direct.Text, tag: body.Tag + direct.Metadata}
}
