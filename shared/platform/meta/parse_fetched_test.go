package meta

import (
	"testing"

	"example.com/skala/shared/desk"
)

// What is fetched twice, and found once, must not become two tickets.
func TestAThinNoticeIsOfOneThreadWhateverComesOfItsFetch(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ value, answer string }{
		"a mention in a comment": {`{"media_id":"18000000000000701","comment_id":"17900000000000702"}`, `{"mentioned_comment":{"text":"@shop is it open?","username":"sofia.reads"}}`},
		"a mention in a caption": {`{"media_id":"18000000000000701"}`, `{"mentioned_media":{"caption":"with @shop","username":"sofia.reads"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, err := NewWebhooks(nil, "")
			if err != nil {
				t.Fatal(err)
			}
			raw := desk.RawEvent{Body: []byte(`{"object":"instagram","entry":[{"id":"17841400000000700","time":1795334400,"changes":[{"field":"mentions","value":` + tt.value + `}]}]}`)}
			read := func(fetched, unfetched string) desk.Event {
				raw := raw
				raw.Unfetched = unfetched
				if fetched != "" {
					raw.Fetched = []byte(fetched)
				}
				e, err := w.Parse(raw)
				if err != nil {
					t.Fatal(err)
				}
				return e
			}
			thin, found, lost := read("", ""), read(tt.answer, ""), read("", "rejected: answered 404")
			if thin.Needs != desk.NeedsContent || found.Author.ID == "" || found.Text == "" || lost.Unfetched == "" {
				t.Fatalf("read as %+v, %+v, %+v", thin, found, lost)
			}
			if thin.Thread() != found.Thread() || thin.Thread() != lost.Thread() || thin.Key != found.Key || thin.Key != lost.Key {
				t.Errorf("it is of %v, of %v and of %v", thin.Thread(), found.Thread(), lost.Thread())
			}
		})
	}
}

// A new message that is told of as an edit may also come as itself.
func TestAnEditThatWasNoneIsTheMessageItself(t *testing.T) {
	t.Parallel()
	w, err := NewWebhooks(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	read := func(body string, fetched []byte) desk.Event {
		e, err := w.Parse(desk.RawEvent{Body: []byte(body), Fetched: fetched})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	envelope := func(what string) string {
		return `{"object":"instagram","entry":[{"id":"17841400000000700","time":1795334400123,"messaging":[{"sender":{"id":"501"},"recipient":{"id":"17841400000000700"},"timestamp":1795334400000,` + what + `}]}]}`
	}
	message := read(envelope(`"message":{"mid":"mid-1","text":"is it open?"}`), nil)
	edit := read(envelope(`"message_edit":{"mid":"mid-1","num_edit":0}`), []byte(`{"message":"is it open?"}`))
	if edit.Kind != desk.MessageCreated || edit.Key != message.Key || edit.ID != message.ID || edit.Thread() != message.Thread() {
		t.Errorf("one is %+v, the other %+v", message, edit)
	}
}

// An edit that does not tell the new words must not take away the old ones.
func TestAnEditWithoutWordsBlanksNothing(t *testing.T) {
	t.Parallel()
	w, err := NewWebhooks(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	direct := func(object, edit string) string {
		return `{"object":"` + object + `","entry":[{"id":"700","time":1795334400123,"messaging":[{"sender":{"id":"501"},"recipient":{"id":"700"},"timestamp":1795334400000,"message_edit":` + edit + `}]}]}`
	}
	number := func(edit string) string {
		return `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"700"},"messages":[{"from":"30690","id":"wamid.E","timestamp":"1795334400","type":"edit","edit":` + edit + `}]}}]}]}`
	}
	for name, tt := range map[string]struct {
		body string
		want desk.Kind
	}{
		"Messenger":                {direct("page", `{"mid":"mid-1","num_edit":2}`), desk.FetchRequired},
		"Instagram":                {direct("instagram", `{"mid":"mid-1","num_edit":2}`), desk.FetchRequired},
		"Messenger, with words":    {direct("page", `{"mid":"mid-1","num_edit":2,"text":"two, please"}`), desk.MessageEdited},
		"WhatsApp":                 {number(`{"original_message_id":"wamid.A"}`), desk.Unsupported},
		"WhatsApp, a text of none": {number(`{"original_message_id":"wamid.A","message":{"type":"text"}}`), desk.Unsupported},
		"WhatsApp, a picture":      {number(`{"original_message_id":"wamid.A","message":{"type":"image","image":{"id":"5"}}}`), desk.MessageEdited},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := w.Parse(desk.RawEvent{Body: []byte(tt.body)})
			if err != nil || e.Kind != tt.want || e.Key == "" || e.Target == "" {
				t.Errorf("read as %+v, %v", e, err)
			}
		})
	}
}
