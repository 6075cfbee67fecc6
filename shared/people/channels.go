package people

import (
	"encoding/json"
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"example.com/skala/shared/desk"
)

// MaxChannels is how many somebody can have.
const MaxChannels = 8

// Bounds of what they are to, in bytes: mail's are SMTP's.
const (
	maxAddress = 254
	maxName    = 64
)

// ChannelKinds lists those that somebody chooses.
var ChannelKinds = []ChannelKind{Email, Push, Slack, Webhook}

// Reach names what the file of notifications has addresses for, which the directory
// does not know.
type Reach struct {
	Mail     bool     // there is a server for mail
	PushKey  string   // the public key that browsers subscribe with; empty for no web push
	Slack    []string // names of incoming webhooks
	Webhooks []string // names of programs
}

// Names are those that a channel of a kind can be to, nil where it is to something
// else.
func (r Reach) Names(kind ChannelKind) []string {
	switch kind {
	case Slack:
		return r.Slack
	case Webhook:
		return r.Webhooks
	}
	return nil
}

// Check returns what of all cannot be reached. What stood there before may stay: an
// address may be taken out of the file for a while.
func (r Reach) Check(before, all []Channel) []Mistake {
	c := &checker{}
	for _, ch := range all {
		if slices.ContainsFunc(before, func(was Channel) bool { return was.Kind == ch.Kind && was.To == ch.To }) {
			continue
		}
		switch {
		case ch.Kind == Email && !r.Mail:
			c.add("channels", "this desk sends no mail")
		case ch.Kind == Push && r.PushKey == "":
			c.add("channels", "this desk has no key for web push")
		case (ch.Kind == Slack || ch.Kind == Webhook) && !slices.Contains(r.Names(ch.Kind), ch.To):
			c.add("channels", "%s: there is no %s; known are %s", ch.Kind, quoted(ch.To), listed(r.Names(ch.Kind)))
		}
	}
	return c.mistakes
}

// channels checks those of a member or a team.
func (c *checker) channels(all []Channel) {
	if len(all) > MaxChannels {
		c.add("channels", "has more than %d", MaxChannels)
		return
	}
	for i, ch := range all {
		switch ch.Kind {
		case Email:
			if !mailAddress(ch.To) {
				c.add("channels", "%s is no mail address such as lea@example.com", quoted(ch.To))
			}
		case Push, Slack, Webhook:
			if !channelName(ch.To) {
				c.add("channels", "%s: %s is no name: letters, digits, - and _, at most %d", ch.Kind, quoted(ch.To), maxName)
			}
		default:
			c.add("channels", "there is no kind %s; known are %s", quoted(string(ch.Kind)), listed(words(ChannelKinds)))
		}
		if slices.ContainsFunc(all[:i], func(other Channel) bool { return other.Kind == ch.Kind && strings.EqualFold(other.To, ch.To) }) {
			c.add("channels", "%s %s stands there twice", ch.Kind, quoted(ch.To))
		}
		for n, kind := range ch.Only {
			switch {
			case !slices.Contains(desk.NoticeKinds, kind):
				c.add("channels", "nobody is told of %s; known are %s", quoted(string(kind)), listed(words(desk.NoticeKinds)))
			case slices.Contains(ch.Only[:n], kind):
				c.add("channels", "%s: %s stands there twice", ch.Kind, quoted(string(kind)))
			}
		}
	}
}

// mailAddress reports whether text is an address alone, of a domain with a name, as
// every server takes it.
func mailAddress(text string) bool {
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || len(text) > maxAddress || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"<>()[]\,;:`, r) }) {
		return false
	}
	_, domain, _ := strings.Cut(text, "@")
	return strings.Contains(domain, ".") && !strings.HasPrefix(domain, ".") && !strings.HasSuffix(domain, ".")
}

func channelName(text string) bool {
	return text != "" && len(text) <= maxName && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

func words[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, one := range all {
		out[i] = string(one)
	}
	return out
}

// Masked is what others may see of an address: of a mail address its first letter and
// its domain, of a browser the end of its id. Names are no secrets.
func (ch Channel) Masked() string {
	switch ch.Kind {
	case Email:
		if local, domain, ok := strings.Cut(ch.To, "@"); ok && local != "" {
			return local[:1] + "…@" + domain
		}
		return "…"
	case Push:
		return "…" + ch.To[max(0, len(ch.To)-4):]
	}
	return ch.To
}

// masked is the value of a field of channels without their addresses, as it stands in
// the audit log.
func masked(value string) string {
	var all []Channel
	if value == "" || json.Unmarshal([]byte(value), &all) != nil {
		return value
	}
	for i := range all {
		all[i].To = all[i].Masked()
	}
	doc, err := json.Marshal(all)
	if err != nil {
		return "" // it was read a moment ago
	}
	return string(doc)
}

// ParseChannels reads channels of one cell, as of a file: mail addresses, and slack:NAME,
// webhook:NAME; a ! in front is for what is urgent alone. They are divided by semicolons.
func ParseChannels(text string) ([]Channel, error) {
	var all []Channel
	for _, part := range listOf(text) {
		ch := Channel{Kind: Email}
		if ch.To, ch.Urgent = strings.CutPrefix(part, "!"); strings.Contains(ch.To, ":") {
			kind, name, _ := strings.Cut(ch.To, ":")
			if ch.Kind, ch.To = ChannelKind(kind), name; ch.Kind != Email && ch.Kind != Slack && ch.Kind != Webhook {
				return nil, fmt.Errorf("%s is not of the form lea@example.com, slack:NAME or webhook:NAME", quoted(part))
			}
		}
		all = append(all, ch)
	}
	return all, nil
}
