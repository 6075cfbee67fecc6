package console_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/desk"
)

// listed returns the ids on all pages of a list.
func (h *house) listed(who, query string) (ids []string) {
	h.t.Helper()
	cursor := ""
	for page := 0; ; page++ {
		got := h.api(who, "GET", "/api/v1/tickets?"+query+"&cursor="+url.QueryEscape(cursor), nil)
		if got.code != 200 {
			h.t.Fatalf("%s: %d %s", query, got.code, got.body)
		}
		v := got.json(h.t)
		for _, item := range v["items"].([]any) {
			ids = append(ids, item.(map[string]any)["id"].(string))
		}
		if cursor = v["next"].(string); cursor == "" {
			return ids
		}
		if page > 100 {
			h.t.Fatalf("%s never ends", query)
		}
	}
}

func TestTheListHoldsEveryTicketWhateverBecameOfIt(t *testing.T) {
	t.Parallel()
	h := open(t)
	var want []string
	for i := range 7 {
		text := []string{charged, "👍", "when do you open on sunday?"}[i%3]
		ticket := h.says(fmt.Sprint("c", i), text)
		want = append(want, string(ticket.ID))
		if i == 0 {
			if got := h.api("demo-lead", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/solve", nil, "If-Match", "*"); got.code != 200 {
				t.Fatal(got.body)
			}
		}
	}
	slices.Reverse(want)
	for _, limit := range []int{1, 2, 3, 50} {
		if got := h.listed("viewer", fmt.Sprint("limit=", limit)); !slices.Equal(got, want) {
			t.Errorf("by %d: %v, want %v", limit, got, want)
		}
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	h := open(t)
	urgent := h.says("somchai", charged)
	h.says("maria", "¿A qué hora abren el domingo?")
	h.says("bot", "👍")
	h.says("somchai", "และขอใบเสร็จด้วยค่ะ")
	h.claim("demo-senior", urgent.ID)
	h.hears(desk.Event{Platform: "meta", Channel: "instagram", Visibility: desk.Public, Author: desk.Author{ID: "ig"}, Text: "where is it made?", Conversation: "post"})
	h.hears(desk.Event{Platform: "standard", Channel: "instagram", Visibility: desk.Private, Author: desk.Author{ID: "other"}, Text: "where is it made?", Conversation: "other"})
	middle := h.Now()
	last := h.says("nikos", "Το δέμα μου χάθηκε, πού είναι η παραγγελία μου;")
	h.api("demo-lead", "POST", "/api/v1/tickets/"+string(last.ID)+"/tags", map[string]any{"tags": []string{"legal"}})
	tests := []struct{ query, want string }{
		{"tier=3&category=billing", "somchai"},
		{"severity=critical&category=billing", "somchai"},
		{"severity=critical&category=praise", ""},
		{"state=open", "somchai"},
		{"state=none", "bot"},
		{"state=closed", ""},
		{"assignee=demo-senior", "somchai"},
		{"author=maria&author=nikos", "nikos maria"},
		{"platform=line&account=Udemo&author=bot", "bot"},
		{"platform=x", ""},
		{"channel=line&author=bot", "bot"},
		{"channel=whatsapp", ""},
		{"platform=instagram", "ig"}, // a channel of Meta's, whoever else calls theirs so
		{"platform=meta", "ig"},
		{"channel=instagram", "other ig"},
		{"platform=meta&channel=instagram&channel=whatsapp", "ig"},
		{"platform=meta&channel=whatsapp", ""},
		{"tag=legal", "nikos"},
		{"team=blue", ""},
		{"q=QUE+HORA", "maria"},
		{"q=δεμα", "nikos"},
		{"q=" + url.QueryEscape("ตัดเงิน"), "somchai"}, // not the last message: it is in the log alone
		{"q=somchai", "somchai"},
		{"q=nothing+of+the+kind", ""},
		{"updated_after=" + url.QueryEscape(middle.Format(time.RFC3339)), "nikos"},
		{"order=deadline&tier=3&state=open", "somchai"},
		{"order=deadline&state=none", "bot"},
	}
	for _, tt := range tests {
		var authors []string
		for _, id := range h.listed("viewer", tt.query+"&limit=1") {
			authors = append(authors, h.ticket(desk.TicketID(id)).Author.ID)
		}
		if got := strings.Join(authors, " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.query, got, tt.want)
		}
	}
	if got := h.api("demo-senior", "GET", "/api/v1/tickets?assignee=me", nil).json(t)["items"].([]any); len(got) != 1 {
		t.Errorf("mine: %v", got)
	}
	if v := h.api("viewer", "GET", "/api/v1/tickets?q=zzz", nil).json(t); v["looked"].(map[string]any)["tickets"] != 6.0 {
		t.Errorf("how far: %v", v)
	}
	for _, query := range []string{"tier=9", "tier=x", "state=asleep", "category=x", "severity=x", "order=x", "updated_after=yesterday", "limit=0", "limit=x", "cursor=%25", "cursor=abc", "statee=new"} {
		if got := h.api("viewer", "GET", "/api/v1/tickets?"+query, nil); got.code != 400 {
			t.Errorf("%s: %d %s", query, got.code, got.body)
		}
	}
}

func TestByDeadlineTheMostUrgentIsFirst(t *testing.T) {
	t.Parallel()
	h := open(t)
	calm := h.says("calm", "when do you open on sunday?")
	angry := h.says("angry", charged)
	got := h.listed("viewer", "order=deadline")
	if slices.Index(got, string(angry.ID)) != 0 || !slices.Contains(got, string(calm.ID)) {
		t.Errorf("%v: want %s before %s", got, angry.ID, calm.ID)
	}
}

func TestATicketThatCannotBeReadHidesNoOther(t *testing.T) {
	t.Parallel()
	h := open(t)
	good := h.says("maria", charged)
	bad := h.says("somchai", charged)
	thread, _, _ := bad.ID.Split()
	_, err := h.store.Client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: &h.store.Table, Key: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "C#" + thread}, "sk": &types.AttributeValueMemberS{Value: "HEAD"}},
		UpdateExpression: aws.String("SET card = :noise, t = :noise"), ExpressionAttributeValues: map[string]types.AttributeValue{":noise": &types.AttributeValueMemberB{Value: []byte{99, 1, 2}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"", "order=deadline&tier=3&state=new", "q=" + url.QueryEscape("ตัดเงิน")} {
		v := h.api("viewer", "GET", "/api/v1/tickets?"+query, nil).json(t)
		if items, unread := v["items"].([]any), fmt.Sprint(v["unreadable"]); len(items) != 1 || unread != fmt.Sprintf("[%s]", bad.ID) {
			t.Errorf("%q: %d tickets, unreadable are %s", query, len(items), unread)
		}
	}
	b := h.browser()
	for i, path := range []string{"/tiers/3", "/all", "/tickets", "/all?q=" + string(bad.ID)} {
		page := b.get(path)
		if i == 0 {
			page = b.signIn("demo-senior", path)
		}
		if page.code != 200 || !strings.Contains(page.body, "A ticket here cannot be read") || !strings.Contains(page.body, string(bad.ID)) {
			t.Errorf("%s: %d\n%s", path, page.code, page.body)
		}
	}
	if got := h.api("demo-senior", "POST", "/api/v1/tiers/3/next", nil); got.code != 200 || got.json(t)["id"] != string(good.ID) {
		t.Errorf("the next one is %d %s", got.code, got.body)
	}
	if !strings.Contains(h.logged.String(), `"tickets not read"`) || !strings.Contains(h.logged.String(), thread) {
		t.Errorf("not logged: %s", h.logged)
	}
}
