package meta_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/meta"
)

func TestWhatAThinNoticeNamesIsAskedFor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, call string
		event      desk.Event
	}{
		{"a mention in a comment", "GET /v25.0/1001?fields=mentioned_comment.comment_id(179){text,username,timestamp}", desk.Event{Form: meta.FormMention, ID: "179", Parent: "150"}},
		{"a mention in a post", "GET /v25.0/1001?fields=mentioned_media.media_id(150){caption,username,permalink}", desk.Event{Form: meta.FormMention, ID: "150"}},
		{"an edited message", "GET /v25.0/aWdf:x?fields=message", desk.Event{ID: "aWdf:x", Target: "aWdf:x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := standIn(t, `200 {"mentioned_comment":{"text":"ναι","id":179},"id":1001}`)
			e := tt.event
			e.Channel, e.Needs, e.Kind = meta.Instagram, desk.NeedsContent, desk.FetchRequired
			got, err := g.sender("1001").Fetch(t.Context(), e)
			if err != nil || string(got) != `{"mentioned_comment":{"text":"ναι","id":179},"id":1001}` {
				t.Errorf("Fetch = %s, %v", got, err)
			}
			if diff := cmp.Diff([]request{{Call: tt.call}}, g.got); diff != "" {
				t.Errorf("the call differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatCannotBeFetchedSaysWhetherToTryAgain(t *testing.T) {
	t.Parallel()
	mention := desk.Event{Channel: meta.Instagram, Needs: desk.NeedsContent, Form: meta.FormMention, ID: "150"}
	other, odd, whole := mention, mention, mention
	other.Channel, odd.ID, whole.Needs = meta.WhatsApp, "150){id},x(1", desk.NeedsNothing
	tests := []struct {
		name, answer string
		event        desk.Event
		want         desk.SendError
		calls        int
	}{
		{"gone", `400 {"error":{"code":100,"error_subcode":33}}`, mention, desk.SendError{Class: desk.SendUnreachable}, 1},
		{"not now", `400 {"error":{"code":80002}}`, mention, desk.SendError{Class: desk.SendRetry}, 1},
		{"a fault", `500 {"error":{"code":2}}`, mention, desk.SendError{Class: desk.SendRetry}, 1},
		{"nothing", `200 `, mention, desk.SendError{Class: desk.SendRetry}, 1},
		{"no object", `200 null`, mention, desk.SendError{Class: desk.SendRetry}, 1},
		{"no permission", `403 {"error":{"code":10}}`, mention, desk.SendError{Class: desk.SendAuth}, 1},
		{"of a channel that tells all", `200 {}`, other, desk.SendError{Class: desk.SendRejected}, 0},
		{"what is whole", `200 {}`, whole, desk.SendError{Class: desk.SendRejected}, 0},
		{"an id that would be more than one", `200 {}`, odd, desk.SendError{Class: desk.SendRejected}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := standIn(t, tt.answer)
			_, err := g.sender("1001").Fetch(t.Context(), tt.event)
			got := failure(t, err)
			got.Reason = ""
			if got != tt.want || len(g.got) != tt.calls {
				t.Errorf("Fetch = %+v after %d calls, want %+v", got, len(g.got), tt.want)
			}
		})
	}
}
