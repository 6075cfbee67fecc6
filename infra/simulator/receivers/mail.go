package receivers

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Bounds of a mail and of how long a server waits for its client.
const (
	mailBody     = 1 << 20
	mailPatience = 30 * time.Second
	mailMost     = 50 // to how many one mail goes
)

// ServeMail takes mail from l until the returned function is called, which waits for
// what is under way. It asks for no password, and takes any.
func (r *Receivers) ServeMail(l net.Listener) (stop func()) {
	var mu sync.Mutex
	var open sync.WaitGroup
	clients, stopped := map[net.Conn]bool{}, false
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // the listener was closed
			}
			mu.Lock()
			if clients[c] = true; stopped {
				c.Close()
			}
			mu.Unlock()
			open.Go(func() {
				defer func() {
					c.Close()
					mu.Lock()
					delete(clients, c)
					mu.Unlock()
				}()
				(&session{r: r, c: c, text: textproto.NewConn(c)}).serve()
			})
		}
	})
	return func() {
		l.Close()
		mu.Lock()
		stopped = true
		for c := range clients {
			c.Close()
		}
		mu.Unlock()
		open.Wait()
	}
}

// A session is one client that talks SMTP (RFC 5321).
type session struct {
	r    *Receivers
	c    net.Conn
	text *textproto.Conn
	as   string // who the client says it is
	from string
	to   []string
}

func (s *session) say(lines ...string) bool {
	for i, line := range lines {
		if i < len(lines)-1 {
			line = line[:3] + "-" + line[4:]
		}
		if s.text.PrintfLine("%s", line) != nil {
			return false
		}
	}
	return true
}

func (s *session) serve() {
	if !s.say("220 simulator ESMTP") {
		return
	}
	for {
		if s.c.SetDeadline(time.Now().Add(mailPatience)) != nil {
			return
		}
		line, err := s.text.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		if !s.obey(strings.ToUpper(verb), strings.TrimSpace(rest)) {
			return
		}
	}
}

// obey carries a command out, and returns false when the client is to go.
func (s *session) obey(verb, rest string) bool {
	switch verb {
	case "EHLO":
		return s.say("250 simulator", "250 PIPELINING", "250 8BITMIME", "250 SMTPUTF8", "250 SIZE "+strconv.Itoa(mailBody), "250 AUTH PLAIN LOGIN")
	case "HELO":
		return s.say("250 simulator")
	case "AUTH":
		return s.auth(rest)
	case "MAIL":
		address, ok := path(rest, "FROM:")
		if !ok {
			return s.say("501 5.5.4 MAIL FROM:<address>")
		}
		s.from, s.to = address, nil
		return s.say("250 2.1.0 ok")
	case "RCPT":
		address, ok := path(rest, "TO:")
		switch {
		case s.from == "":
			return s.say("503 5.5.1 MAIL first")
		case !ok || !strings.Contains(address, "@"):
			return s.say("501 5.1.3 RCPT TO:<address>")
		case len(s.to) == mailMost:
			return s.say("452 4.5.3 too many")
		}
		s.to = append(s.to, address)
		return s.say("250 2.1.5 ok")
	case "DATA":
		return s.data()
	case "RSET":
		s.from, s.to = "", nil
		return s.say("250 2.0.0 ok")
	case "NOOP":
		return s.say("250 2.0.0 ok")
	case "QUIT":
		s.say("221 2.0.0 bye")
		return false
	}
	return s.say("502 5.5.1 no such command")
}

// path reads <address> behind a word, whatever parameters follow.
func path(rest, word string) (string, bool) {
	if len(rest) < len(word) || !strings.EqualFold(rest[:len(word)], word) {
		return "", false
	}
	rest = strings.TrimSpace(rest[len(word):])
	end := strings.IndexByte(rest, '>')
	if !strings.HasPrefix(rest, "<") || end < 0 {
		return "", false
	}
	return rest[1:end], true
}

// auth takes any name with any password.
func (s *session) auth(rest string) bool {
	method, given, _ := strings.Cut(rest, " ")
	ask := func(challenge string) (string, bool) {
		if !s.say("334 " + challenge) {
			return "", false
		}
		line, err := s.text.ReadLine()
		return line, err == nil
	}
	var ok bool
	switch strings.ToUpper(method) {
	case "PLAIN":
		if given == "" {
			if given, ok = ask(""); !ok {
				return false
			}
		}
		plain, err := base64.StdEncoding.DecodeString(given)
		parts := strings.Split(string(plain), "\x00")
		if err != nil || len(parts) != 3 {
			return s.say("501 5.5.2 that is no PLAIN")
		}
		s.as = parts[1]
	case "LOGIN":
		name, ok := ask("VXNlcm5hbWU6")
		if !ok {
			return false
		}
		if _, ok = ask("UGFzc3dvcmQ6"); !ok {
			return false
		}
		plain, err := base64.StdEncoding.DecodeString(name)
		if err != nil {
			return s.say("501 5.5.2 that is no base64")
		}
		s.as = string(plain)
	default:
		return s.say("504 5.5.4 PLAIN or LOGIN")
	}
	if f := s.r.fault(Mail, "AUTH"); f.Fault == "535" {
		return s.say("535 5.7.8 authentication credentials invalid")
	}
	return s.say("235 2.7.0 ok")
}

// data takes a mail, once for each of its addresses.
func (s *session) data() bool {
	if len(s.to) == 0 {
		return s.say("503 5.5.1 RCPT first")
	}
	if !s.say("354 go on, and end with a full stop") {
		return false
	}
	raw, err := io.ReadAll(io.LimitReader(s.text.DotReader(), mailBody+1))
	if err != nil {
		return false
	}
	got := readMail(raw)
	reply := "250 2.0.0 taken"
	if len(raw) > mailBody {
		reply = "552 5.3.4 too large"
	}
	got.Headers["MAIL FROM"] = s.from
	if s.as != "" {
		got.Headers["AUTH"] = s.as
	}
	var f Fault
	for _, to := range s.to {
		if f = s.r.fault(Mail, to); f.Fault != "" {
			break
		}
	}
	if code := f.status(); code != 0 {
		reply = map[int]string{421: "421 4.3.2 too busy", 451: "451 4.3.0 later", 535: "530 5.7.0 authentication required", 550: "550 5.1.1 no such mailbox"}[code]
	}
	for _, to := range s.to {
		got.Receiver, got.Name, got.Fault = Mail, to, f.Fault
		got.Taken = strings.HasPrefix(reply, "250") && f.Fault != "dead"
		if got.Answer = reply; f.Fault == "lost" || f.Fault == "dead" {
			got.Answer = ""
		}
		s.r.write(got)
	}
	s.from, s.to = "", nil
	switch f.Fault {
	case "lost", "dead":
		return false
	case "slow":
		if s.c.SetDeadline(time.Now().Add(f.after()+mailPatience)) != nil {
			return false
		}
		time.Sleep(f.after()) // the client closes the connection if that is too long for it
	}
	return s.say(reply) && !strings.HasPrefix(reply, "421")
}

// readMail is what a mail says, and what of it should be otherwise.
func readMail(raw []byte) Receipt {
	got := Receipt{Headers: map[string]string{}}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		got.Problems, got.Text = []string{"it is no mail: " + err.Error()}, string(raw)
		return got
	}
	words := new(mime.WordDecoder)
	for _, name := range []string{"From", "To", "Reply-To", "Date", "Subject", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "Precedence", "Importance", "X-Priority", "List-Unsubscribe"} {
		value, err := words.DecodeHeader(m.Header.Get(name))
		if err != nil {
			got.Problems = append(got.Problems, name+": "+err.Error())
			value = m.Header.Get(name)
		}
		if value != "" {
			got.Headers[name] = value
		}
	}
	for _, must := range []string{"From", "To", "Date", "Subject", "Message-ID", "Auto-Submitted"} {
		if got.Headers[must] == "" {
			got.Problems = append(got.Problems, must+" is missing")
		}
	}
	if _, err := m.Header.AddressList("From"); err != nil {
		got.Problems = append(got.Problems, "From: "+err.Error())
	}
	got.ID, got.Subject, got.Thread, got.Urgency = got.Headers["Message-ID"], got.Headers["Subject"], got.Headers["In-Reply-To"], got.Headers["Importance"]
	if err := got.part(textproto.MIMEHeader(m.Header), m.Body, 0); err != nil {
		got.Problems = append(got.Problems, err.Error())
	}
	return got
}

// part reads a part of a mail, with those in it.
func (got *Receipt) part(h textproto.MIMEHeader, body io.Reader, depth int) error {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	switch strings.ToLower(h.Get("Content-Transfer-Encoding")) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	if strings.HasPrefix(kind, "multipart/") {
		if depth > 3 {
			return errors.New("its parts have parts too deep")
		}
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := got.part(p.Header, p, depth+1); err != nil {
				return err
			}
		}
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	whole := strings.ReplaceAll(string(text), "\r\n", "\n")
	switch kind {
	case "text/plain":
		got.Text = strings.TrimSpace(whole)
	case "text/html":
		got.HTML = whole
	}
	return nil
}
