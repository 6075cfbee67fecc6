package desk

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Reply is an agent's answer on its way out, as a platform's sender gets it.
type Reply struct {
	Key        string // the same for every try, to the platform as well
	Ticket     TicketID
	Origin     Origin     // the account it goes out from and the conversation it goes to
	Visibility Visibility // Private for what answers a public message in private
	To         string     // the author's platform identity; empty where the platform keeps it
	ToAlias    string     // another of the same author
	Answers    Answered
	ReplyTo    string // the platform's id of the message it answers, where there is one
	Text       string
	Template   *Template // in place of free text, where the platform takes nothing else any more
	Tries      int       // how often it was handed to the platform before
}

// Answered is the customer's last message on the ticket that a reply answers: what
// it may still do, and where it goes, depends on that.
type Answered struct {
	ID     string // as the platform names it
	Parent string
	Form   string // as Event.Form
	At     time.Time
}

// A Template is a text that the platform has approved beforehand, with what goes
// into its places.
type Template struct {
	Name       string   `json:"name"`
	Language   string   `json:"language"`
	Parameters []string `json:"parameters,omitempty"`
}

// An OwnReply names one message of a reply of ours, as the tag that it was sent
// with says. Its zero value names none.
type OwnReply struct {
	Ticket TicketID
	Key    string
	Last   bool // of the messages that a long reply went out as
}

// tagPrefix begins the tag of everything that this desk sends, on platforms that
// carry one and show it again in echoes and receipts.
const tagPrefix = "out:"

// Tag is what message part, counted from 0, of the parts that r goes out as
// carries. It is at most 300 bytes of ASCII, as keys are.
func (r Reply) Tag(part, parts int) string {
	return fmt.Sprintf("%s%s:%d/%d:%s", tagPrefix, r.Ticket, part+1, parts, r.Key)
}

// ParseTag reads a tag. ours is true for anything that this desk, or one like it,
// has sent; own is empty when the tag is of an unknown form.
func ParseTag(tag string) (own OwnReply, ours bool) {
	rest, ours := strings.CutPrefix(tag, tagPrefix)
	if !ours {
		return OwnReply{}, false
	}
	ticket, rest, _ := strings.Cut(rest, ":")
	place, key, _ := strings.Cut(rest, ":")
	part, parts, _ := strings.Cut(place, "/")
	n, err := strconv.Atoi(part)
	of, err2 := strconv.Atoi(parts)
	if _, _, ok := TicketID(ticket).Split(); !ok || err != nil || err2 != nil || n < 1 || n > of || key == "" {
		return OwnReply{}, true
	}
	return OwnReply{Ticket: TicketID(ticket), Key: key, Last: n == of}, true
}
