package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

// What the demo accounts sign with: infra/local/accounts.yaml.
const (
	secret  = "demo-line-channel-secret-not-for-use"
	account = "U0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
	address = "/webhooks/line/demo"
	signed  = "X-Line-Signature"
)

// What invented customers say. The first is critical and makes a webhook of 1.5
// KB; it asks for everything that triage can be asked for. The last can wait.
const (
	chargedTwice = "สวัสดีค่ะ รบกวนสอบถามหน่อยค่ะ เมื่อวานสั่งเมล็ดกาแฟผ่านแอปไปสองถุง ปรากฏว่าโดนตัดเงินซ้ำสองครั้ง ยอดเท่ากันเป๊ะเลย โทรไปที่ร้านหลายรอบแล้วก็ไม่มีใครรับสาย ทักแชทไปตั้งแต่เช้าก็ยังเงียบ หมายเลขคำสั่งซื้อกับสลิปโอนเงินเก็บไว้ครบทุกอย่าง รบกวนช่วยตรวจสอบแล้วคืนเงินให้ด้วยนะคะ รอมาสามวันแล้ว เริ่มหงุดหงิดแล้วค่ะ ขอบคุณล่วงหน้าค่ะ"
	openingHours = "Hello! What time do you open on Saturday?"
)

// A post is a webhook of LINE with one text message, and its signature.
type post struct {
	event     string // its id, which is the message's key
	author    string
	body      []byte
	signature string
}

// newPost is what somebody who never wrote before says at an instant.
func newPost(text string, at time.Time) post {
	return postOf("U"+fmt.Sprintf("%x", random(16)), text, at)
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// postOf is what author says at an instant, in all the fields that LINE sends.
func postOf(author, text string, at time.Time) post {
	p := post{event: rand.Text(), author: author}
	type object = map[string]any
	p.body = encode(object{"destination": account, "events": []any{object{
		"type":            "message",
		"message":         object{"type": "text", "id": rand.Text(), "quoteToken": "yHAz4Ua2wx7_invented_quote_token_0123456789", "markAsReadToken": "invented-mark-as-read-token-0123456789", "text": text},
		"webhookEventId":  p.event,
		"deliveryContext": object{"isRedelivery": false},
		"timestamp":       at.UnixMilli(),
		"source":          object{"type": "user", "userId": author},
		"replyToken":      "nHuyWiB7yP5Zw52FIkcQobQuGDXCTA",
		"mode":            "active",
	}}})
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(p.body)
	p.signature = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return p
}

func encode(v any) []byte {
	doc, err := json.Marshal(v)
	if err != nil {
		panic(err) // what is encoded here is strings, numbers and lists of them
	}
	return doc
}
