package platforms

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf16"

	"example.com/skala/infra/simulator/customers"
)

// monthly is how many messages the simulated plan has in a month.
const monthly = 100000

// A replyToken answers one event, once.
type replyToken struct {
	app          *app
	conversation string
	expires      time.Time
}

// channel wraps the handlers of LINE's API with the check of its token.
func (n *Network) channel(next func(http.ResponseWriter, *http.Request, *app)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Line-Request-Id", requestID())
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		for _, a := range n.apps {
			if a.Platform == "line" && bearer && a.Token != "" && token == a.Token {
				next(w, r, a)
				return
			}
		}
		(&app{Platform: "line"}).unauthorized(w)
	}
}

// requestID returns an id in the form of a UUID, as LINE's are.
func requestID() string {
	d := digest("request", ulid(time.Now()))
	return d[:8] + "-" + d[8:12] + "-" + d[12:16] + "-" + d[16:20] + "-" + d[20:]
}

// A lineSend is the body of a push or a reply.
type lineSend struct {
	To         string            `json:"to"`
	ReplyToken string            `json:"replyToken"`
	Messages   []json.RawMessage `json:"messages"`
}

// A detail is one of the errors in a body that LINE tells of.
type detail struct {
	Message  string `json:"message"`
	Property string `json:"property"`
}

// readSend reads a body, or answers as LINE does to one that it does not like.
func readSend(w http.ResponseWriter, r *http.Request) (lineSend, []SentMessage, bool) {
	var in lineSend
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "Request size must be smaller than 2MB.")
		return in, nil, false
	}
	if err := json.Unmarshal(body, &in); err != nil {
		refuse(w, http.StatusBadRequest, "The request body could not be parsed as JSON (line: -, column: -)")
		return in, nil, false
	}
	var wrong []detail
	if len(in.Messages) < 1 || len(in.Messages) > 5 {
		wrong = append(wrong, detail{"Size must be between 1 and 5", "messages"})
	}
	var messages []SentMessage
	for i, raw := range in.Messages {
		var m SentMessage
		property := fmt.Sprintf("messages[%d]", i)
		if err := json.Unmarshal(raw, &m); err != nil || m.Type == "" {
			wrong = append(wrong, detail{"Must be one of the following values: [text, sticker, image, video, audio, location, flex, template, imagemap]", property + ".type"})
			continue
		}
		if length := len(utf16.Encode([]rune(m.Text))); m.Type == "text" && m.Text == "" {
			wrong = append(wrong, detail{"May not be empty", property + ".text"})
		} else if length > LineLimit {
			wrong = append(wrong, detail{fmt.Sprintf("Length must be between 0 and %d", LineLimit), property + ".text"})
		}
		m.ID = ""
		messages = append(messages, m)
	}
	if len(wrong) > 0 {
		write(w, http.StatusBadRequest, map[string]any{"message": fmt.Sprintf("The request body has %d error(s)", len(wrong)), "details": wrong})
		return in, nil, false
	}
	return in, messages, true
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// push sends to whom it names. A retry key that was accepted before answers 409
// with the request that was.
func (n *Network) push(w http.ResponseWriter, r *http.Request, a *app) {
	if n.misbehaveBefore(w, a) {
		return
	}
	in, messages, ok := readSend(w, r)
	if !ok {
		return
	}
	if !lineID(in.To, "UCR") {
		refuse(w, http.StatusBadRequest, "The property, 'to', in the request body is invalid (line: -, column: -)")
		return
	}
	key := r.Header.Get("X-Line-Retry-Key")
	if key != "" && !uuid.MatchString(key) {
		refuse(w, http.StatusBadRequest, "The retry key is invalid (X-Line-Retry-Key must be a UUID)")
		return
	}
	n.answer(w, r, a, "push", key, in.To, messages)
}

// reply sends to whom an event came from, once, within a minute.
func (n *Network) reply(w http.ResponseWriter, r *http.Request, a *app) {
	if n.misbehaveBefore(w, a) {
		return
	}
	if r.Header.Get("X-Line-Retry-Key") != "" {
		refuse(w, http.StatusBadRequest, "The retry key is not supported by this API")
		return
	}
	in, messages, ok := readSend(w, r)
	if !ok {
		return
	}
	n.mu.Lock()
	token, known := n.tokens[in.ReplyToken]
	delete(n.tokens, in.ReplyToken)
	n.mu.Unlock()
	if !known || token.app != a || n.cfg.Now().After(token.expires) {
		refuse(w, http.StatusBadRequest, "Invalid reply token")
		return
	}
	n.answer(w, r, a, "reply", "", token.conversation, messages)
}

func (n *Network) answer(w http.ResponseWriter, r *http.Request, a *app, endpoint, key, to string, messages []SentMessage) {
	s, repeated := n.accept(a, a.part(""), Sent{Endpoint: endpoint, Key: strings.ToLower(key), Conversation: to, To: to, Messages: messages})
	var sent []map[string]string
	for _, m := range s.Messages {
		sent = append(sent, map[string]string{"id": m.ID, "quoteToken": digest("quote", m.ID)})
	}
	if repeated {
		w.Header().Set("X-Line-Accepted-Request-Id", s.ID)
		write(w, http.StatusConflict, map[string]any{"message": "The retry key is already accepted", "sentMessages": sent})
		return
	}
	if n.misbehaveAfter(w, r, a, a.part(""), brokenAnswer(w)) {
		return
	}
	w.Header().Set("X-Line-Request-Id", s.ID)
	write(w, http.StatusOK, map[string]any{"sentMessages": sent})
}

// profile tells what LINE tells of a friend of the account.
func (n *Network) profile(w http.ResponseWriter, r *http.Request, a *app) {
	id := r.PathValue("user")
	n.mu.Lock()
	who, known := n.users[user{a.Platform, a.Name, id}]
	t := n.threads[ThreadKey{a.Platform, a.Name, id}]
	blocked := t != nil && t.Blocked
	n.mu.Unlock()
	if !known || who.Name == "" || blocked {
		refuse(w, http.StatusNotFound, "Not found")
		return
	}
	write(w, http.StatusOK, n.lineProfile(id, who))
}

func (n *Network) member(w http.ResponseWriter, r *http.Request, a *app) {
	n.mu.Lock()
	who, known := n.users[user{a.Platform, a.Name, r.PathValue("user")}]
	n.mu.Unlock()
	if !known || who.Name == "" {
		refuse(w, http.StatusNotFound, "Not found")
		return
	}
	write(w, http.StatusOK, n.lineProfile(r.PathValue("user"), who))
}

func (n *Network) lineProfile(id string, who customers.Persona) map[string]string {
	profile := map[string]string{"userId": id, "displayName": who.Name}
	if who.Lang != "" {
		profile["language"] = who.Lang
	}
	if who.About != "" {
		profile["statusMessage"] = who.About
	}
	if who.Picture {
		profile["pictureUrl"] = n.cfg.Public + "/sim/picture/" + who.ID + ".png"
	}
	return profile
}

// picture paints something of its own for each name, in place of the pictures
// that the simulated people have and send.
func picture(w http.ResponseWriter, name string) {
	sum := sha256.Sum256([]byte(name))
	const side, cells = 96, 8 // the outer ones stay empty, as pages cut pictures round
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{
		color.RGBA{236, 240, 245, 255}, color.RGBA{60 + sum[0]/2, 60 + sum[1]/2, 60 + sum[2]/2, 255},
	})
	for y := range side {
		for x := range side {
			column, row := x*cells/side-1, y*cells/side-1
			if min(column, row) < 0 || max(column, row) > cells-3 {
				continue
			}
			column = min(column, cells-3-column)
			if sum[3+(row*3+column)%29]&1 == 1 {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		http.Error(w, "no picture", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "max-age=86400")
	_, _ = buf.WriteTo(w) // a client that left is no failure of ours
}
