// Package email takes letters to mail addresses by one server of SMTP. Each has the
// same Message-ID whenever it is tried again, and those about one ticket are answers
// to one id, so that mail readers show them as one conversation.
package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"strconv"
	"time"

	"example.com/skala/shared/post"
)

// A TLS says how a connection is kept private.
type TLS string

// How a connection is kept private.
const (
	StartTLS TLS = "starttls" // begins in the clear, as on port 587; without it nothing is sent
	Always   TLS = "always"   // from the first byte, as on port 465
	Never    TLS = "never"    // for a server on this machine
)

// A Server is where mail is handed in.
type Server struct {
	Host, Username, Password string
	Port                     int
	From                     string // an address
	Name                     string // that stands before it
	TLS                      TLS
}

// A Sender takes letters to mail addresses.
type Sender struct {
	Server Server
	Roots  *tls.Config // nil for the system's; whom to believe in TLS
}

// patience is how long one mail may take where its context has no end before that.
const patience = 20 * time.Second

// Send hands l in for its address.
func (s *Sender) Send(ctx context.Context, l post.Letter) post.Outcome {
	mail, err := s.Server.write(l)
	if err != nil {
		return post.Outcome{Class: post.Refused, Why: "it is no mail"}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, err := s.connect(ctx)
	if err != nil { // whatever is wrong with the server is not the letter's fault
		return post.Outcome{Class: post.Later, Why: reason("the mail server cannot be used", err)}
	}
	defer c.Close()
	if err := hand(c, s.Server.From, l.To); err != nil {
		return refused(err)
	}
	w, err := c.Data()
	if err != nil {
		return refused(err)
	}
	if _, err := w.Write(mail); err != nil { // without the end of it there is no mail
		return post.Outcome{Class: post.Later, Why: "the connection broke off"}
	}
	if err := w.Close(); err != nil {
		if _, ok := errors.AsType[*textproto.Error](err); ok {
			return refused(err)
		}
		return post.Outcome{Class: post.Unknown, Why: "the connection broke off before the server said that it has the mail"}
	}
	_ = c.Quit() // it has the mail
	return post.Outcome{Class: post.Accepted}
}

func hand(c *smtp.Client, from, to string) error {
	if err := c.Mail(from); err != nil {
		return err
	}
	return c.Rcpt(to)
}

// connect opens a session that mail can be handed in by.
func (s *Sender) connect(ctx context.Context) (*smtp.Client, error) {
	at := net.JoinHostPort(s.Server.Host, strconv.Itoa(s.Server.Port))
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", at)
	if err != nil {
		return nil, err
	}
	if end, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(end); err != nil {
			conn.Close()
			return nil, err
		}
	}
	config := s.Roots.Clone()
	if config == nil {
		config = &tls.Config{}
	}
	config.ServerName, config.MinVersion = s.Server.Host, tls.VersionTLS12
	if s.Server.TLS == Always {
		conn = tls.Client(conn, config)
	}
	c, err := smtp.NewClient(conn, s.Server.Host)
	if err != nil {
		conn.Close()
		return nil, err
	}
	if err := s.greet(c, config); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (s *Sender) greet(c *smtp.Client, config *tls.Config) error {
	if err := c.Hello("localhost"); err != nil {
		return err
	}
	if s.Server.TLS == StartTLS {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return errors.New("it does not speak STARTTLS")
		}
		if err := c.StartTLS(config); err != nil {
			return err
		}
	}
	if s.Server.Username == "" {
		return nil
	}
	return c.Auth(smtp.PlainAuth("", s.Server.Username, s.Server.Password, s.Server.Host))
}

// refused is what a server's answer to a letter comes to: its code says whether another
// try may end otherwise.
func refused(err error) post.Outcome {
	said, ok := errors.AsType[*textproto.Error](err)
	switch {
	case !ok:
		return post.Outcome{Class: post.Later, Why: "the connection broke off"}
	case said.Code >= 530 && said.Code < 540: // who hands it in is not known: no fault of the letter
		return post.Outcome{Class: post.Later, Why: reason("the mail server cannot be used", err)}
	case said.Code >= 500:
		return post.Outcome{Class: post.Refused, Why: fmt.Sprintf("status %d", said.Code)}
	}
	return post.Outcome{Class: post.Later, Why: fmt.Sprintf("status %d", said.Code)}
}

// reason adds the code of a server's answer, and nothing of its words.
func reason(what string, err error) string {
	if said, ok := errors.AsType[*textproto.Error](err); ok {
		return fmt.Sprintf("%s: status %d", what, said.Code)
	}
	return what
}
