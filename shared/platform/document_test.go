package platform

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/meta"
	"example.com/skala/shared/platform/tiktok"
	"example.com/skala/shared/platform/x"
)

var update = flag.Bool("update", false, "rewrite the table of the document")

// A situation is a kind of ticket, as the document names it.
type situation struct {
	name              string
	platform, channel string
	visibility        desk.Visibility
	last              desk.Answered
}

// at is when the customer of the document spoke.
func at() time.Time { return time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC) }

func situations() []situation {
	message := func(form string) desk.Answered { return desk.Answered{ID: "1", Form: form, At: at()} }
	return []situation{
		{"LINE, one to one or in a group", "line", "line", desk.Private, message("")},
		{"Messenger", "meta", meta.Messenger, desk.Private, message("")},
		{"Facebook: a comment or a post on our page", "meta", meta.FacebookPage, desk.Public, message("")},
		{"Facebook: a mention in somebody's own post", "meta", meta.FacebookPage, desk.Public, message(meta.FormMention)},
		{"Facebook: a review", "meta", meta.FacebookPage, desk.Public, message(meta.FormReview)},
		{"Instagram: a direct message", "meta", meta.Instagram, desk.Private, message("")},
		{"Instagram: a comment", "meta", meta.Instagram, desk.Public, message("")},
		{"Instagram: a comment on a live video", "meta", meta.Instagram, desk.Public, message(meta.FormLive)},
		{"Instagram: a mention in somebody's own post", "meta", meta.Instagram, desk.Public, message(meta.FormMention)},
		{"WhatsApp", "meta", meta.WhatsApp, desk.Private, message("")},
		{"Threads: a reply to ours", "meta", meta.Threads, desk.Public, message("")},
		{"Threads: a mention", "meta", meta.Threads, desk.Public, message(meta.FormMention)},
		{"X: a mention or a quote", "x", "x", desk.Public, message(x.FormMention)},
		{"X: a reply to ours", "x", "x", desk.Public, message(x.FormReply)},
		{"X: a direct message", "x", "x", desk.Private, message("")},
		{"X: an encrypted direct message", "x", "x", desk.Private, message(x.FormEncrypted)},
		{"Telegram, one to one or in a group", "telegram", "telegram", desk.Private, message("")},
		{"Viber", "viber", "viber", desk.Private, message("")},
		{"Zalo", "zalo", "zalo", desk.Private, message("")},
		{"Slack, directly or in a channel", "slack", "slack", desk.Group, message("")},
		{"Discord, directly", "discord", "discord", desk.Private, message("")},
		{"Discord, in a channel", "discord", "discord", desk.Group, message("")},
		{"LinkedIn: a comment, or somebody's own post that speaks of the page", "linkedin", "linkedin", desk.Public, message("")},
		{"TikTok: a message", "tiktok", "tiktok", desk.Private, message("")},
		{"TikTok: a comment below our video", "tiktok", "tiktok", desk.Public, message("")},
		{"TikTok: a mention in somebody's own video", "tiktok", "tiktok", desk.Public, message(tiktok.FormMention)},
		{"YouTube: a comment", "youtube", "youtube", desk.Public, message("")},
		{"Standard Webhooks, in public", "standard", "standard", desk.Public, message("")},
		{"Standard Webhooks, in private", "standard", "standard", desk.Private, message("")},
	}
}

const document = "../../infra/doc/platforms.md"

func TestTheDocumentSaysWhatCanBeSaidToWhom(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- capabilities -->\n", "<!-- end -->"
	before, rest, found := strings.Cut(string(doc), begin)
	written, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no place for the table", document)
	}
	want := table()
	if *update {
		if err := os.WriteFile(document, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		written = want
	}
	if diff := cmp.Diff(want, written); diff != "" {
		t.Errorf("the table of %s differs from what the desk does; write it anew with -update (-does +says):\n%s", document, diff)
	}
	for _, p := range spoken() {
		if !p.alone && !slices.ContainsFunc(situations(), func(s situation) bool { return s.platform == string(p.name) }) {
			t.Errorf("the table says nothing of %s", p.name)
		}
	}
}

func TestTheDocumentNamesEveryFieldAndAddress(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range spoken() {
		names := []string{"`platform: " + string(s.name) + "`", "`/webhooks/" + string(s.name) + "/{app}`"}
		for _, f := range slices.Concat(s.app, s.account) {
			names = append(names, "`"+f.name+"`")
		}
		for _, name := range names {
			if !strings.Contains(string(doc), name) {
				t.Errorf("%s says nothing of %s", document, name)
			}
		}
	}
}

// table is what Capability says of every situation.
func table() string {
	var b strings.Builder
	b.WriteString("| Ticket | Replies | Free text for | After that | One message | The customer's messages can be | Besides |\n|---|---|---|---|---|---|---|\n")
	for _, s := range situations() {
		c := Capability(desk.Origin{Platform: desk.Platform(s.platform), Channel: s.channel, Visibility: s.visibility, Conversation: "1"}, s.last)
		free, long := lasting(c.WindowUntil, "ever"), length(&c.MaxLength)
		if len(c.Channels) == 0 {
			free, long = "", ""
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", s.name, ways(c), free, afterwards(c), long, moderated(c), besides(c))
	}
	return b.String()
}

func ways(c desk.Capability) string {
	said := map[desk.ReplyWay]string{desk.PublicReply: "for all to read", desk.PrivateReply: "in private", desk.DirectReply: "directly"}
	var all []string
	for _, way := range c.Channels {
		all = append(all, said[way])
	}
	if all == nil {
		return "none"
	}
	return strings.Join(all, " or ")
}

// lasting says how long after the customer's message something may be done.
func lasting(until *time.Time, otherwise string) string {
	if until == nil {
		return otherwise
	}
	if wait := until.Sub(at()); wait >= 48*time.Hour {
		return fmt.Sprintf("%d days", int(wait.Hours()/24))
	}
	return fmt.Sprintf("%d hours", int(until.Sub(at()).Hours()))
}

func afterwards(c desk.Capability) string {
	switch {
	case c.WindowUntil == nil:
		return ""
	case c.AfterWindow == desk.HumanAgentAfter:
		return "by a person, " + lasting(c.AfterUntil, "ever") + " in all"
	case c.AfterWindow == desk.TemplateAfter:
		return "approved templates"
	}
	return "nothing"
}

func length(l *desk.Length) string { return fmt.Sprintf("%d %s", l.Value, l.Unit) }

func moderated(c desk.Capability) string {
	said := map[desk.ModerationAction]string{
		desk.HideMessage: "hidden and shown again", desk.DeleteMessage: "deleted", desk.BlockAuthor: "their author blocked and let in again",
	}
	var all []string
	for _, action := range c.Moderation {
		if text := said[action]; text != "" {
			all = append(all, text)
		}
	}
	return strings.Join(all, ", ")
}

func besides(c desk.Capability) string {
	var all []string
	if slices.Contains(c.Channels, desk.PrivateReply) {
		private := "in private"
		if c.PrivateReplyOnce {
			private += " once"
		}
		if c.PrivateReplyUntil != nil {
			private += ", for " + lasting(c.PrivateReplyUntil, "ever")
		}
		if c.PrivateMaxLength != nil {
			private += ", " + length(c.PrivateMaxLength)
		}
		all = append(all, private)
	}
	if c.RequiresSummons {
		all = append(all, "only to those who spoke to the account")
	}
	if c.Cost != "" {
		all = append(all, "costs "+c.Cost)
	}
	return strings.Join(all, "; ")
}
