package email

import (
	"bytes"
	"fmt"
	"html"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"

	"example.com/skala/shared/post"
)

// write is l as a mail: text and HTML with the same words.
func (s Server) write(l post.Letter) ([]byte, error) {
	to, err := mail.ParseAddress(l.To)
	if err != nil {
		return nil, fmt.Errorf("email: the address is none: %w", err)
	}
	_, domain, _ := strings.Cut(s.From, "@")
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	if err := parts.SetBoundary("skala-" + l.ID); err != nil { // the same mail at each try
		return nil, fmt.Errorf("email: %w", err)
	}
	for _, part := range []struct{ kind, text string }{{"text/plain", plain(l)}, {"text/html", page(l)}} {
		w, err := parts.CreatePart(textproto.MIMEHeader{"Content-Type": {part.kind + "; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"}})
		if err != nil {
			return nil, fmt.Errorf("email: %w", err)
		}
		q := quotedprintable.NewWriter(w)
		if _, err := q.Write([]byte(part.text)); err != nil {
			return nil, fmt.Errorf("email: %w", err)
		}
		if err := q.Close(); err != nil {
			return nil, fmt.Errorf("email: %w", err)
		}
	}
	if err := parts.Close(); err != nil {
		return nil, fmt.Errorf("email: %w", err)
	}
	var out bytes.Buffer
	field := func(name, value string) { fmt.Fprintf(&out, "%s: %s\r\n", name, value) }
	field("From", (&mail.Address{Name: s.Name, Address: s.From}).String())
	field("To", (&mail.Address{Address: to.Address}).String())
	field("Subject", mime.QEncoding.Encode("utf-8", line(l.Subject)))
	field("Date", l.At.UTC().Format(time.RFC1123Z))
	field("Message-ID", "<"+l.ID+"@"+domain+">")
	if l.Thread != "" {
		of := "<" + l.Thread + "@" + domain + ">"
		field("In-Reply-To", of)
		field("References", of)
	}
	if l.Urgent {
		field("Importance", "high")
	}
	field("Auto-Submitted", "auto-generated") // no out-of-office reply, please
	field("MIME-Version", "1.0")
	field("Content-Type", `multipart/alternative; boundary="`+parts.Boundary()+`"`)
	out.WriteString("\r\n")
	out.Write(body.Bytes())
	return out.Bytes(), nil
}

// line is a text without line ends, in which one could begin another field.
func line(text string) string { return strings.Join(strings.Fields(text), " ") }

func plain(l post.Letter) string {
	var b strings.Builder
	for _, one := range l.Lines {
		b.WriteString(one.Text + "\r\n")
		if one.Link != "" {
			b.WriteString("  " + one.Link + "\r\n")
		}
	}
	if l.Rest != "" {
		b.WriteString(l.Rest)
		if l.Link != "" {
			b.WriteString(": " + l.Link)
		}
		b.WriteString("\r\n")
	}
	return b.String()
}

func page(l post.Letter) string {
	var b strings.Builder
	b.WriteString("<!doctype html><html><body>\r\n")
	for _, one := range l.Lines {
		b.WriteString("<p>" + linked(one.Text, one.Link) + "</p>\r\n")
	}
	if l.Rest != "" {
		b.WriteString("<p>" + linked(l.Rest, l.Link) + "</p>\r\n")
	}
	b.WriteString("</body></html>\r\n")
	return b.String()
}

func linked(text, link string) string {
	if link == "" {
		return html.EscapeString(text)
	}
	return `<a href="` + html.EscapeString(link) + `">` + html.EscapeString(text) + "</a>"
}
