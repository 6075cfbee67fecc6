package dynamotest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// noon is when the stories of the suite begin. It is to come, since emulators take
// away what is past its time to live by the day it is.
var noon = time.Date(2036, 11, 4, 12, 0, 0, 0, time.UTC)

// promises is a plan around the clock: an acknowledgement within 3 minutes, a
// first response within 15, an end within 4 hours.
type promises struct{}

func (promises) Target(_ desk.Ticket, m desk.Metric) (desk.Target, bool) {
	switch m {
	case desk.Acknowledge:
		return desk.Target{Time: 3 * time.Minute}, true
	case desk.FirstResponse, desk.NextResponse:
		return desk.Target{Time: 15 * time.Minute}, true
	}
	return desk.Target{Time: 4 * time.Hour}, m == desk.Resolution
}

func (promises) Counts(a desk.Answer) bool { return a == desk.ByOthers }

func (promises) Deadline(_ string, start time.Time, left time.Duration) time.Time {
	return start.Add(max(0, left))
}

func (promises) Between(_ string, from, to time.Time) time.Duration { return to.Sub(from) }
func (promises) Pauses(m desk.Metric, s desk.State) bool {
	return s == desk.Waiting && m == desk.Resolution
}
func (promises) WarnShare() float64                     { return 0.75 }
func (promises) Lease() time.Duration                   { return 10 * time.Minute }
func (promises) Renudge() time.Duration                 { return 15 * time.Minute }
func (promises) ReopenWithin() time.Duration            { return 72 * time.Hour }
func (promises) Opens(_ string, at time.Time) time.Time { return at }
func (promises) Chain(desk.Ticket, desk.Metric) desk.Chain {
	return desk.Chain{Name: "night", Steps: []desk.Step{{Do: desk.RaiseTier}}, Top: desk.Senior, Repeat: 15 * time.Minute, Limit: 5}
}

// charged is what customers of these stories complain about, in 200 characters.
const charged = "สวัสดีค่ะ เมื่อวานนี้ดิฉันสั่งซื้อสินค้าผ่านแอปของทางร้าน แต่ปรากฏว่าบัตรเครดิตถูกตัดเงินสองครั้งสำหรับคำสั่งซื้อเดียวกัน รบกวนช่วยตรวจสอบและคืนเงินให้ด้วยค่ะ ติดต่อไปหลายครั้งแล้วยังไม่มีใครตอบกลับมาเลย"

// says is the nth event of an author.
func says(author string, n int, words string) desk.Event {
	picture := true
	return desk.Event{
		Kind: desk.MessageCreated, Key: fmt.Sprintf("01JC%04d%s", n, author), ID: fmt.Sprintf("4689%06d%s", n, author), Platform: "line",
		Account: "Ube0123456789abcdef0123456789abcd", Channel: "line", Direction: desk.In, Visibility: desk.Private,
		Author: desk.Author{ID: author, Name: "Malee S.", HasPicture: &picture}, Text: words, Conversation: author,
		Time: noon.Add(time.Duration(n) * time.Second).Add(-417 * time.Millisecond), Attachments: nil,
	}
}

// came is e as it came in at now, by a delivery of its own.
func came(e desk.Event, now time.Time) desk.RawEvent {
	body := fmt.Appendf(nil, `{"destination":%q,"events":[{"type":"message","message":{"type":"text","id":%q,"quoteToken":"q3Plxr4AgKd_%s","text":%q},"webhookEventId":%q,"deliveryContext":{"isRedelivery":false},"timestamp":%d,"source":{"type":"user","userId":%q},"replyToken":"38ef843bde154d9b91c21320ffd17a0f","mode":"active"}]}`,
		e.Account, e.ID, e.Key, e.Text, e.Key, e.Time.UnixMilli(), e.Author.ID)
	return desk.RawEvent{App: desk.App{Platform: e.Platform, Name: "demo"}, Account: e.Account, Body: body, Received: now, Delivery: strings.ToLower(e.Key[2:]) + "zzzzzz.0"}
}

// verdict is a judgement with its grounds, as triage makes it.
func verdict(text string) *desk.Verdict {
	v := &desk.Verdict{Lang: "th", Category: desk.Billing, Severity: desk.Critical, Tier: desk.Senior, Sentiment: desk.Negative, Actionable: true,
		Confidence: 0.43, RunnerUp: desk.Delivery, Score: 11, Policy: "3f7a9c0d5e1b2a4c6d8e0f1a2b3c4d5e", Model: "9b1c44e07d2a-51f0a6c3e88d", Team: "payments", Lane: "vip", Tags: []string{"refund"}}
	for n, words := range []string{"ตัดเงินสองครั้ง", "คืนเงิน", "ยังไม่มีใครตอบ"} {
		for at := range text {
			if len(text)-at >= len(words) && text[at:at+len(words)] == words {
				v.Reasons = append(v.Reasons, desk.Reason{Signal: []string{"charged-twice", "refund", "no-answer"}[n], Start: at, End: at + len(words), Text: words, Weight: 5 - n})
			}
		}
	}
	runes := []rune(text)
	for n := 0; 13*n+21 <= len(runes) && n < 6; n++ { // what the model goes by, half a dozen spans of 21 letters at most
		at, words := len(string(runes[:13*n])), string(runes[13*n:13*n+21])
		v.Reasons = append(v.Reasons, desk.Reason{Signal: "model.word", Start: at, End: at + len(words), Text: words, Weight: 4 - n%3})
	}
	return v
}

// Promises is the plan of the suite's stories, for tests that add to them.
func Promises() desk.Clockwork { return promises{} }

// FirstMessage is a change that makes a usual ticket in an empty store: 200
// characters of Thai over LINE.
func FirstMessage(t testing.TB, store Store) desk.Change {
	t.Helper()
	return NextMessage(t, store, 1)
}

// NextMessage is a change with the nth message of the same customer.
func NextMessage(t testing.TB, store Store, n int) desk.Change {
	t.Helper()
	e := says("U4af4980629a1b2c3d4e5f60718293a4b", n, charged)
	thread, err := store.Thread(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return changeOf(thread, e, noon.Add(time.Duration(n)*time.Minute+123456789))
}

// Change is what an entry of a person, or of the desk, makes of t.
func Change(t desk.Ticket, entry desk.Entry) desk.Change { return changed(t, t, entry, nil) }
