package receivers

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

const hookSecret = "whsec_c2VjcmV0IG9mIHRoZSBwcm9ncmFt"

// outside are receivers on the network.
type outside struct {
	*Receivers
	t      *testing.T
	server *httptest.Server
	mail   string // where the mail server listens
}

func open(t *testing.T) *outside {
	t.Helper()
	o := &outside{t: t, server: httptest.NewUnstartedServer(nil)}
	o.Receivers = New(Config{
		Public: "http://" + o.server.Listener.Addr().String(), Hooks: map[string][]string{"ledger": {"whsec_b2xk", hookSecret}},
		Now: func() time.Time { return noon }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	o.server.Config.Handler = o.Handler()
	o.server.Start()
	t.Cleanup(o.server.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.mail = l.Addr().String()
	t.Cleanup(o.ServeMail(l))
	return o
}

// post returns the status and the body of an answer, 0 for none.
func (o *outside) post(path string, body []byte, headers ...string) (int, string, http.Header) {
	o.t.Helper()
	q, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost, o.server.URL+path, bytes.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := client.Do(q)
	if err != nil {
		return 0, "", nil
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	return a.StatusCode, string(text), a.Header
}

// last is the latest receipt.
func (o *outside) last() Receipt {
	o.t.Helper()
	all := o.Received("", "", "")
	if len(all) == 0 {
		o.t.Fatal("nothing came in")
	}
	return all[len(all)-1]
}

func TestSlackTakesWhatItWouldTake(t *testing.T) {
	t.Parallel()
	o := open(t)
	for _, c := range []struct {
		body, kind string
		code       int
		says       string
	}{
		{`{"text":"a &lt;b&gt; &amp; c"}`, "application/json", 200, "ok"},
		{`{"text":"x","blocks":[{"type":"header","text":{"type":"plain_text","text":"One is late"}},{"type":"section","text":{"type":"mrkdwn","text":"<http://127.0.0.1/t|ticket>"}},{"type":"context","elements":[{"type":"mrkdwn","text":"small"}]},{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Open"},"url":"http://127.0.0.1/t"}]},{"type":"divider"}]}`, "application/json; charset=utf-8", 200, "ok"},
		{`{"text":""}`, "application/json", 400, "no_text"},
		{`{"text":`, "application/json", 400, "invalid_payload"},
		{`{"text":"x"}`, "text/plain", 400, "invalid_payload"},
		{`{"text":"x","blocks":[{"type":"header","text":{"type":"mrkdwn","text":"x"}}]}`, "application/json", 400, "invalid_blocks"},
		{`{"text":"x","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"` + strings.Repeat("x", 3001) + `"}}]}`, "application/json", 400, "invalid_blocks"},
		{`{"text":"x","blocks":[` + strings.Repeat(`{"type":"divider"},`, 50) + `{"type":"divider"}]}`, "application/json", 400, "invalid_blocks"},
		{`{"text":"x","blocks":[{"type":"poem"}]}`, "application/json", 400, "invalid_blocks"},
	} {
		code, says, _ := o.post("/receivers/slack/leads", []byte(c.body), "Content-Type", c.kind)
		if code != c.code || says != c.says {
			t.Errorf("%.60s: %d %s, want %d %s", c.body, code, says, c.code, c.says)
		}
		if got := o.last(); got.Taken != (c.code == 200) || got.Name != "leads" {
			t.Errorf("%.60s: written down as %+v", c.body, got)
		}
	}
	all := o.Received(Slack, "leads", "")
	if all[0].Text != "a <b> & c" {
		t.Errorf("escaped text reads %q", all[0].Text)
	}
	if all[1].Subject != "One is late" || !strings.Contains(all[1].Text, "small\nOpen http://127.0.0.1/t") {
		t.Errorf("blocks read %q, %q", all[1].Subject, all[1].Text)
	}
	o.post("/receivers/slack/leads", []byte(`{"text":"<!channel> wake up"}`), "Content-Type", "application/json")
	if got := o.last(); len(got.Problems) != 1 {
		t.Errorf("a call to the whole channel is no problem: %+v", got)
	}
}

func signed(id string, at time.Time, body string) []string {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(hookSecret, "whsec_"))
	if err != nil {
		panic(err) // a constant
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	return []string{"webhook-id", id, "webhook-timestamp", stamp, "webhook-signature", "v1,AAAA v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))}
}

func TestAProgramTakesWhatIsSignedForIt(t *testing.T) {
	t.Parallel()
	o := open(t)
	const body = `{"type":"ticket.breach","data":{"ticket":"t"}}`
	for _, c := range []struct {
		about, name, body string
		headers           []string
		code              int
	}{
		{"signed with one of its secrets", "ledger", body, signed("n1", noon, body), 204},
		{"the same once more", "ledger", body, signed("n1", noon.Add(time.Second), body), 204},
		{"another body", "ledger", body + " ", signed("n2", noon, body), 401},
		{"of yesterday", "ledger", body, signed("n3", noon.Add(-6*time.Minute), body), 401},
		{"for nobody", "nobody", body, signed("n4", noon, body), 401},
		{"without a signature", "ledger", body, nil, 401},
		{"no JSON", "ledger", "{", signed("n5", noon, "{"), 400},
	} {
		if code, says, _ := o.post("/receivers/hook/"+c.name, []byte(c.body), c.headers...); code != c.code {
			t.Errorf("%s: %d %s, want %d", c.about, code, says, c.code)
		}
	}
	all := o.Received(Hook, "", "n1")
	if len(all) != 2 || all[0].Repeats != 0 || all[1].Repeats != 1 || all[0].Type != "ticket.breach" {
		t.Errorf("twice the same is %+v", all)
	}
}

// sealed is a push message to a browser (RFC 8291), and the authorization of its
// sender (RFC 8292).
func sealed(t *testing.T, to Subscription, text, audience string, exp time.Time) (body []byte, authorization string) {
	t.Helper()
	raw := func(s string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	browser, err := ecdh.P256().NewPublicKey(raw(to.Keys.P256dh))
	if err != nil {
		t.Fatal(err)
	}
	own, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := own.ECDH(browser)
	if err != nil {
		t.Fatal(err)
	}
	derive := func(secret, salt []byte, info string, n int) []byte {
		key, err := hkdf.Key(sha256.New, secret, salt, info, n)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	salt := []byte("sixteen letters.")
	secret := derive(shared, raw(to.Keys.Auth), "WebPush: info\x00"+string(browser.Bytes())+string(own.PublicKey().Bytes()), 32)
	block, err := aes.NewCipher(derive(secret, salt, "Content-Encoding: aes128gcm\x00", 16))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	body = append(bytes.Clone(salt), binary.BigEndian.AppendUint32(nil, 4096)...)
	body = append(append(body, 65), own.PublicKey().Bytes()...)
	body = aead.Seal(body, derive(secret, salt, "Content-Encoding: nonce\x00", 12), append([]byte(text), 2, 0, 0), nil)

	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := json.Marshal(map[string]any{"aud": audience, "exp": exp.Unix(), "sub": "mailto:desk@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	token := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + base64.RawURLEncoding.EncodeToString(claims)
	sum := sha256.Sum256([]byte(token))
	r, s, err := ecdsa.Sign(rand.Reader, signer, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	public, err := signer.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return body, "vapid t=" + token + "." + base64.RawURLEncoding.EncodeToString(signature) + ", k=" + base64.RawURLEncoding.EncodeToString(public)
}

func TestABrowserReadsWhatIsSealedForIt(t *testing.T) {
	t.Parallel()
	o := open(t)
	body, authorization := sealed(t, o.Subscription("lea"), `{"title":"One is late","body":"Tier 2"}`, o.server.URL, noon.Add(time.Hour))
	usual := []string{"TTL", "60", "Topic", "n1", "Urgency", "high", "Content-Encoding", "aes128gcm", "Authorization", authorization}
	with := func(name, value string) []string { return append(append([]string{}, usual...), name, value) }
	if code, says, h := o.post("/receivers/push/lea", body, usual...); code != 201 || h.Get("Location") == "" {
		t.Fatalf("%d %s", code, says)
	}
	if got := o.last(); got.Subject != "One is late" || got.Text != "Tier 2" || got.ID != "n1" || got.Urgency != "high" || len(got.Problems) > 0 {
		t.Errorf("the browser reads %+v", got)
	}
	if code, _, _ := o.post("/receivers/push/sam", body, usual...); code != 201 || len(o.last().Problems) != 1 || o.last().Text != "" {
		t.Errorf("another browser reads it too: %+v", o.last())
	}
	_, stale := sealed(t, o.Subscription("lea"), "x", o.server.URL, noon.Add(-time.Second))
	_, long := sealed(t, o.Subscription("lea"), "x", o.server.URL, noon.Add(25*time.Hour))
	_, elsewhere := sealed(t, o.Subscription("lea"), "x", "https://push.example", noon.Add(time.Hour))
	for _, c := range []struct {
		about   string
		body    []byte
		headers []string
		code    int
	}{
		{"without a lifetime", body, with("TTL", ""), 400},
		{"a topic too long", body, with("Topic", strings.Repeat("x", 33)), 400},
		{"an urgency that is none", body, with("Urgency", "now"), 400},
		{"in the clear", body, with("Content-Encoding", ""), 400},
		{"too large", make([]byte, 4097), usual, 413},
		{"by nobody", body, with("Authorization", ""), 403},
		{"past its time", body, with("Authorization", stale), 403},
		{"good for too long", body, with("Authorization", long), 403},
		{"for another service", body, with("Authorization", elsewhere), 403},
		{"signed by another key", body, with("Authorization", strings.Split(authorization, ", ")[0]+", "+strings.Split(stale, ", ")[1]), 403},
	} {
		if code, says, _ := o.post("/receivers/push/lea", c.body, c.headers...); code != c.code {
			t.Errorf("%s: %d %s, want %d", c.about, code, says, c.code)
		}
	}
}

// The message, keys and result of RFC 8291, section 5.
func TestTheMessageOfTheStandardIsDeciphered(t *testing.T) {
	t.Parallel()
	raw := func(s string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	key, err := ecdh.P256().NewPrivateKey(raw("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := decipher(key, raw("BTBZMqHH6r4Tts7J_aSIgg"), raw("DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"))
	if err != nil || string(plain) != "When I grow up, I want to be a watermelon" {
		t.Errorf("%q, %v", plain, err)
	}
}

const letter = "From: Skala <desk@example.com>\r\nTo: lea@example.com\r\nSubject: =?utf-8?q?Caf=C3=A9_is_late?=\r\nDate: Tue, 03 Nov 2026 12:00:00 +0000\r\nMessage-ID: <n1@example.com>\r\nIn-Reply-To: <t1@example.com>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nCaf=C3=A9\r\n.a line with a stop\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+Q2Fmw6k8L2I+\r\n--b--\r\n"

func TestAMailIsTakenAndRead(t *testing.T) {
	t.Parallel()
	o := open(t)
	send := func(to string) error {
		return smtp.SendMail(o.mail, smtp.PlainAuth("", "desk", "password", "127.0.0.1"), "desk@example.com", []string{to}, []byte(letter))
	}
	if err := send("lea@example.com"); err != nil {
		t.Fatal(err)
	}
	got := o.last()
	if !got.Taken || got.Subject != "Café is late" || got.Text != "Café\n.a line with a stop" || got.HTML != "<b>Café</b>" || got.ID != "<n1@example.com>" || got.Thread != "<t1@example.com>" || got.Headers["AUTH"] != "desk" || len(got.Problems) > 0 {
		t.Errorf("%+v", got)
	}
	for _, f := range []struct{ fault, says string }{{"451", "451"}, {"421", "421"}, {"550", "550"}, {"lost", "EOF"}, {"dead", "EOF"}} {
		if err := o.Misbehave(Fault{Receiver: Mail, Name: "lea@example.com", Fault: f.fault}); err != nil {
			t.Fatal(err)
		}
		if err := send("lea@example.com"); err == nil || !strings.Contains(err.Error(), f.says) {
			t.Errorf("%s: %v", f.fault, err)
		}
		if got := o.last(); got.Fault != f.fault || got.Taken != (f.fault == "lost") {
			t.Errorf("%s is written down as %+v", f.fault, got)
		}
	}
	if err := send("lea@example.com"); err != nil || o.last().Repeats != 2 {
		t.Errorf("after all of it: %v, %+v", err, o.last())
	}
	if len(o.Faults()) > 0 {
		t.Errorf("still to go wrong: %+v", o.Faults())
	}
}

func TestASessionOfMailKeepsItsOrder(t *testing.T) {
	t.Parallel()
	o := open(t)
	c, err := net.Dial("tcp", o.mail)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	in := bufio.NewReader(c)
	for _, step := range []struct{ say, want string }{
		{"", "220"}, {"helo there", "250"}, {"RCPT TO:<a@b>", "503"}, {"DATA", "503"}, {"MAIL FROM:a@b", "501"}, {"MAIL FROM:<a@b> SIZE=3", "250"}, {"RCPT TO:<nobody>", "501"},
		{"VRFY a", "502"}, {"RSET", "250"}, {"RCPT TO:<a@b>", "503"}, {"NOOP", "250"}, {"AUTH CRAM-MD5", "504"}, {"AUTH LOGIN", "334"}, {"ZGVzaw==", "334"}, {"cGFzcw==", "235"}, {"QUIT", "221"},
	} {
		if step.say != "" {
			fmt.Fprintf(c, "%s\r\n", step.say)
		}
		line, err := in.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, step.want) {
			t.Fatalf("%q: %q, %v; want %s", step.say, line, err, step.want)
		}
	}
}

func TestReceiversMisbehaveAsOftenAsTheyAreAskedTo(t *testing.T) {
	t.Parallel()
	o := open(t)
	set := func(f string) {
		t.Helper()
		if code, says, _ := o.post("/sim/api/received/misbehave", []byte(f)); code != 200 {
			t.Fatalf("%s: %d %s", f, code, says)
		}
	}
	post := func() (int, string, http.Header) {
		return o.post("/receivers/slack/leads", []byte(`{"text":"x"}`), "Content-Type", "application/json")
	}
	set(`{"receiver":"slack","name":"leads","fault":"429","count":2,"after":"3s"}`)
	for range 2 {
		if code, _, h := post(); code != 429 || h.Get("Retry-After") != "3" {
			t.Errorf("%d, Retry-After %s", code, h.Get("Retry-After"))
		}
	}
	if code, says, _ := post(); code != 200 || says != "ok" {
		t.Errorf("the third: %d %s", code, says)
	}
	set(`{"receiver":"slack","fault":"lost"}`)
	if code, _, _ := post(); code != 0 || !o.last().Taken || o.last().Answer != "" {
		t.Errorf("a lost answer: %d, %+v", code, o.last())
	}
	set(`{"receiver":"slack","fault":"dead"}`)
	if code, _, _ := post(); code != 0 || o.last().Taken {
		t.Errorf("a dead receiver: %d, %+v", code, o.last())
	}
	set(`{"receiver":"slack","fault":"slow","after":"1ms"}`)
	if code, _, _ := post(); code != 200 || !o.last().Taken {
		t.Errorf("a slow receiver: %d, %+v", code, o.last())
	}
	set(`{"receiver":"hook","fault":"302"}`)
	if code, _, h := o.post("/receivers/hook/ledger", nil); code != 302 || h.Get("Location") == "" {
		t.Errorf("one who has moved: %d", code)
	}
	set(`{"receiver":"push","fault":"410","count":-1}`)
	for range 3 {
		if code, _, _ := o.post("/receivers/push/lea", nil, "TTL", "1"); code != 410 {
			t.Errorf("a browser that is gone: %d", code)
		}
	}
	set(`{"receiver":"push","fault":"410","off":true}`)
	set(`{"receiver":"mail","fault":"451"}`)
	o.Behave()
	if len(o.Faults()) > 0 {
		t.Errorf("still to go wrong: %+v", o.Faults())
	}
	for _, wrong := range []string{`{"receiver":"fax","fault":"429"}`, `{"receiver":"mail","fault":"429"}`, `{"receiver":"slack","fault":"429","after":"soon"}`, `{"receivers":"x"}`} {
		if code, _, _ := o.post("/sim/api/received/misbehave", []byte(wrong)); code != 400 {
			t.Errorf("%s: %d", wrong, code)
		}
	}
}
