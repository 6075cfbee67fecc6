package email_test

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"example.com/skala/infra/simulator/receivers"
	"example.com/skala/shared/channel/email"
	"example.com/skala/shared/post"
)

func letter() post.Letter {
	return post.Letter{ID: "box-1", To: "lea@desk.example", At: time.Now(), Subject: "Missed", Lines: []post.Line{{Text: "Missed"}}}
}

func TestMailGoesByTLSWithAPassword(t *testing.T) {
	t.Parallel()
	r := receivers.New(receivers.Config{Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	certified := httptest.NewTLSServer(http.NotFoundHandler()) // for a certificate
	t.Cleanup(certified.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.ServeMail(tls.NewListener(l, &tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS12})))
	server := email.Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, From: "desk@desk.example", TLS: email.Always, Username: "desk", Password: "a password"}
	roots := x509.NewCertPool()
	roots.AddCert(certified.Certificate())
	s := &email.Sender{Server: server, Roots: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	if o := s.Send(t.Context(), letter()); o.Class != post.Accepted || len(r.Received(receivers.Mail, "", "")) != 1 {
		t.Errorf("%+v; %+v", o, r.Received(receivers.Mail, "", ""))
	}
	s.Roots = nil
	if o := s.Send(t.Context(), letter()); o.Class != post.Later || len(r.Received(receivers.Mail, "", "")) != 1 {
		t.Errorf("a server that nobody vouches for: %+v", o)
	}
}

func TestNothingIsSaidInTheClearToAServerWithoutTLS(t *testing.T) {
	t.Parallel()
	r := receivers.New(receivers.Config{Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.ServeMail(l))
	server := email.Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, From: "desk@desk.example", TLS: email.StartTLS}
	if o := (&email.Sender{Server: server}).Send(t.Context(), letter()); o.Class != post.Later || o.Why != "the mail server cannot be used" || len(r.Received(receivers.Mail, "", "")) != 0 {
		t.Errorf("%+v; %+v", o, r.Received(receivers.Mail, "", ""))
	}
}
