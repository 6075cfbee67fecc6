package meta_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/meta"
)

func TestWhatCanBeSaidFollowsFromTheCustomersLastMessage(t *testing.T) {
	t.Parallel()
	day, week := noon.Add(24*time.Hour), noon.Add(7*24*time.Hour)
	chars := func(n int) desk.Length { return desk.Length{Value: n, Unit: "characters"} }
	octets, private := desk.Length{Value: 1000, Unit: "bytes"}, chars(2000)
	public, both, direct := []desk.ReplyWay{desk.PublicReply}, []desk.ReplyWay{desk.PublicReply, desk.PrivateReply}, []desk.ReplyWay{desk.DirectReply}
	touch := []desk.ModerationAction{desk.HideMessage, desk.UnhideMessage, desk.DeleteMessage}
	block := []desk.ModerationAction{desk.BlockAuthor, desk.UnblockAuthor}
	tests := []struct {
		name   string
		origin desk.Origin
		last   desk.Answered
		want   desk.Capability
	}{
		{"Messenger", from(meta.Messenger, desk.Private), desk.Answered{At: noon}, desk.Capability{Channels: direct, WindowUntil: &day, AfterWindow: desk.HumanAgentAfter, AfterUntil: &week, MaxLength: chars(2000)}},
		{"Instagram", from(meta.Instagram, desk.Private), desk.Answered{At: noon}, desk.Capability{Channels: direct, WindowUntil: &day, AfterWindow: desk.HumanAgentAfter, AfterUntil: &week, MaxLength: octets}},
		{"WhatsApp", from(meta.WhatsApp, desk.Private), desk.Answered{At: noon}, desk.Capability{Channels: direct, WindowUntil: &day, AfterWindow: desk.TemplateAfter, MaxLength: chars(4096)}},
		{"WhatsApp, nobody knows since when", from(meta.WhatsApp, desk.Private), desk.Answered{}, desk.Capability{Channels: direct, AfterWindow: desk.TemplateAfter, MaxLength: chars(4096)}},
		{"a comment on a page", from(meta.FacebookPage, desk.Public), desk.Answered{At: noon}, desk.Capability{Channels: both, PrivateReplyUntil: &week, PrivateReplyOnce: true, MaxLength: chars(8000), PrivateMaxLength: &private, Moderation: append(touch[:3:3], block...)}},
		{"a visitor's post", from(meta.FacebookPage, desk.Public), desk.Answered{At: noon, Form: meta.FormPost}, desk.Capability{Channels: both, PrivateReplyUntil: &week, PrivateReplyOnce: true, MaxLength: chars(8000), PrivateMaxLength: &private, Moderation: append(touch[:3:3], block...)}},
		{"a mention of a page", from(meta.FacebookPage, desk.Public), desk.Answered{At: noon, Form: meta.FormMention}, desk.Capability{Channels: public, MaxLength: chars(8000), Moderation: block}},
		{"a review", from(meta.FacebookPage, desk.Public), desk.Answered{At: noon, Form: meta.FormReview}, desk.Capability{Channels: public, MaxLength: chars(8000), Moderation: block}},
		{"a comment on Instagram", from(meta.Instagram, desk.Public), desk.Answered{At: noon}, desk.Capability{Channels: both, PrivateReplyUntil: &week, PrivateReplyOnce: true, MaxLength: octets, PrivateMaxLength: &octets, Moderation: touch}},
		{"a live comment", from(meta.Instagram, desk.Public), desk.Answered{At: noon, Form: meta.FormLive}, desk.Capability{Channels: both[1:], PrivateReplyUntil: &week, PrivateReplyOnce: true, MaxLength: octets, PrivateMaxLength: &octets, Moderation: touch}},
		{"a mention on Instagram", from(meta.Instagram, desk.Public), desk.Answered{At: noon, Form: meta.FormMention}, desk.Capability{Channels: public, MaxLength: octets}},
		{"a reply on Threads", from(meta.Threads, desk.Public), desk.Answered{At: noon, Parent: "c1"}, desk.Capability{Channels: public, MaxLength: chars(500), Moderation: touch[:2]}},
		{"a reply to a reply on Threads", from(meta.Threads, desk.Public), desk.Answered{At: noon, Parent: "t7"}, desk.Capability{Channels: public, MaxLength: chars(500)}},
		{"a mention on Threads", from(meta.Threads, desk.Public), desk.Answered{At: noon, Form: meta.FormMention}, desk.Capability{Channels: public, MaxLength: chars(500)}},
		{"a channel that Meta has not", from("telex", desk.Private), desk.Answered{At: noon}, desk.Capability{Channels: []desk.ReplyWay{}, MaxLength: chars(0)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, meta.Capability(tt.origin, tt.last)); diff != "" {
				t.Errorf("Capability differs (-want +got):\n%s", diff)
			}
		})
	}
}
