package x_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"example.com/skala/shared/desk"
)

// recorded returns the only event of a recorded webhook.
func recorded(t *testing.T, name string) desk.Event {
	t.Helper()
	body, err := os.ReadFile("testdata/" + name + ".webhook.json")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := webhooks(t).Split(nil, body)
	if err != nil || len(raw) != 1 {
		t.Fatalf("%s: %d, %v", name, len(raw), err)
	}
	e, err := webhooks(t).Parse(raw[0])
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestWhatComesInBothShapesIsOneEvent(t *testing.T) {
	t.Parallel()
	for older, newer := range map[string]string{
		"old_mention": "new_mention", "old_long": "new_long", "old_quote": "new_quote", "old_repost": "new_repost", "old_reply": "new_reply_without_author",
		"old_edited": "new_edited", "old_own": "new_own", "old_own_reply": "new_own_reply", "old_deleted": "new_own_deleted",
		"old_direct": "new_direct", "old_direct_own": "new_direct_own", "old_read": "new_read", "old_revoked": "new_revoked",
	} {
		a, b := recorded(t, older), recorded(t, newer)
		if a.Key != b.Key || a.Kind != b.Kind || a.Direction != b.Direction || a.Thread() != b.Thread() || a.Target != b.Target || a.Parent != b.Parent || a.Form != b.Form {
			t.Errorf("%s and %s differ:\n%+v\n%+v", older, newer, a, b)
		}
	}
}

func TestABodyOfMoreListsThanThereAreIsNotSplit(t *testing.T) {
	t.Parallel()
	for _, around := range []string{`{%s}`, `{"data":{"event_type":"dm.received","payload":{%s}}}`} {
		var lists []string
		for n := range 200 {
			lists = append(lists, fmt.Sprintf(`"kind%d_events":[]`, n))
		}
		if raw, err := webhooks(t).Split(nil, fmt.Appendf(nil, around, strings.Join(lists, ","))); err == nil {
			t.Errorf("%s has %d events", around, len(raw))
		}
	}
}

func TestAReplyOfOursComesBackAsItWasSent(t *testing.T) {
	t.Parallel()
	e := recorded(t, "new_own_reply")
	if want := "Λυπούμαστε & το κοιτάμε: https://pelion.example/help"; e.Kind != desk.Echo || e.Text != want || e.Of != "810000000000000002" {
		t.Errorf("it is %q, for %s", e.Text, e.Of)
	}
	mention := recorded(t, "new_mention")
	if e.Thread() != mention.Thread() {
		t.Errorf("it is in another thread than what it answers: %v, %v", e.Thread(), mention.Thread())
	}
	if next := recorded(t, "new_own_reply_goes_on"); next.Thread() != mention.Thread() || next.Text != "Στείλτε μας τον αριθμό." {
		t.Errorf("so is its second part: %v, %q", next.Thread(), next.Text)
	}
}

func TestADirectConversationHasTheSmallerIDFirst(t *testing.T) {
	t.Parallel()
	for ids, want := range map[[2]string]string{
		{"9", "10"}: "9-10", {"10", "9"}: "9-10", {"11", "10"}: "10-11", {"10", "11"}: "10-11", {"9007199254740993", "70"}: "70-9007199254740993",
	} {
		body := fmt.Sprintf(`{"for_user_id":%q,"direct_message_events":[{"type":"message_create","id":"5","message_create":{"sender_id":%q,"target":{"recipient_id":%q},"message_data":{"text":"t"}}}]}`, ids[0], ids[1], ids[0])
		e, err := webhooks(t).Parse(desk.RawEvent{Body: []byte(body)})
		if err != nil || e.Conversation != want || e.Author.ID != ids[1] {
			t.Errorf("%v: %q, %v", ids, e.Conversation, err)
		}
	}
}

func TestOnlyWhatXTellsOfTheAuthorIsTaken(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("testdata/new_reply_without_author.webhook.json")
	if err != nil {
		t.Fatal(err)
	}
	for fetched, known := range map[string]bool{
		`{"data":{"id":"810000000000000002","username":"danae_volos"}}`: true,
		`{"data":{"id":"820000000000000003","username":"somsak_bkk"}}`:  false,
		`{"data":{"id":"810000000000000002"}}`:                          false,
		`<html>`:                                                        false,
	} {
		e, err := webhooks(t).Parse(desk.RawEvent{Body: body, Fetched: []byte(fetched)})
		if err != nil || e.Author.ID != "810000000000000002" || (e.Author.Handle == "danae_volos") != known || (e.Unfetched == "") != known || e.Profile == known || e.Needs != desk.NeedsNothing {
			t.Errorf("%s: %+v, %v", fetched, e, err)
		}
	}
}
