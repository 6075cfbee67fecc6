package meta_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/meta"
	"example.com/skala/shared/platform/platformtest"
)

func TestWhatCustomersWroteIsModeratedInEachChannelsWay(t *testing.T) {
	t.Parallel()
	const asJSON, asForm = "application/json", "application/x-www-form-urlencoded"
	page, instagram, threads := from(meta.FacebookPage, desk.Public), from(meta.Instagram, desk.Public), from(meta.Threads, desk.Public)
	tests := []struct {
		action desk.ModerationAction
		origin desk.Origin
		want   request
	}{
		{desk.HideMessage, page, request{"POST /v25.0/55_66", asJSON, `{"is_hidden":true}`}},
		{desk.UnhideMessage, page, request{"POST /v25.0/55_66", asJSON, `{"is_hidden":false}`}},
		{desk.DeleteMessage, page, request{"DELETE /v25.0/55_66", "", ""}},
		{desk.BlockAuthor, page, request{"POST /v25.0/1001/blocked", asJSON, `{"user":["7001"]}`}},
		{desk.UnblockAuthor, page, request{"DELETE /v25.0/1001/blocked?user=7001", "", ""}},
		{desk.HideMessage, instagram, request{"POST /v25.0/55_66", asForm, "hide=true"}},
		{desk.UnhideMessage, instagram, request{"POST /v25.0/55_66", asForm, "hide=false"}},
		{desk.DeleteMessage, instagram, request{"DELETE /v25.0/55_66", "", ""}},
		{desk.HideMessage, threads, request{"POST /v1.0/55_66/manage_reply", asForm, "hide=true"}},
		{desk.UnhideMessage, threads, request{"POST /v1.0/55_66/manage_reply", asForm, "hide=false"}},
	}
	for _, tt := range tests {
		t.Run(tt.origin.Channel+" "+string(tt.action), func(t *testing.T) {
			t.Parallel()
			g := standIn(t, `200 {"success":true}`)
			err := g.sender("1001").Moderate(t.Context(), desk.ModerationRequest{Action: tt.action, Origin: tt.origin, Message: "55_66", Author: "7001"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]request{tt.want}, g.got); diff != "" {
				t.Errorf("the call differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestModerationThatCannotBeIsRefusedWithoutACall(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		ask  desk.ModerationRequest
		want desk.SendClass
	}{
		{"a direct message hidden", desk.ModerationRequest{Action: desk.HideMessage, Origin: from(meta.Messenger, desk.Private), Message: "m_1"}, desk.SendRejected},
		{"a mention deleted", desk.ModerationRequest{Action: desk.DeleteMessage, Origin: from(meta.Instagram, desk.Public), Message: "150", Form: meta.FormMention}, desk.SendRejected},
		{"somebody on Instagram blocked", desk.ModerationRequest{Action: desk.BlockAuthor, Origin: from(meta.Instagram, desk.Public), Message: "150", Author: "7002"}, desk.SendRejected},
		{"a reply on Threads deleted", desk.ModerationRequest{Action: desk.DeleteMessage, Origin: from(meta.Threads, desk.Public), Message: "t1"}, desk.SendRejected},
		{"a reply to a reply on Threads hidden", desk.ModerationRequest{Action: desk.HideMessage, Origin: from(meta.Threads, desk.Public), Message: "t1", Parent: "t0"}, desk.SendRejected},
		{"nobody knows who blocked", desk.ModerationRequest{Action: desk.BlockAuthor, Origin: from(meta.FacebookPage, desk.Public), Message: "55_66"}, desk.SendUnreachable},
		{"nothing hidden", desk.ModerationRequest{Action: desk.HideMessage, Origin: from(meta.FacebookPage, desk.Public)}, desk.SendRejected},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := standIn(t, "200 {}")
			err := g.sender("1001").Moderate(t.Context(), tt.ask)
			if got := failure(t, err); got.Class != tt.want || len(g.got) != 0 {
				t.Errorf("Moderate = %v after %d calls, want %s before any", err, len(g.got), tt.want)
			}
		})
	}
}

func TestModerationOfWhichNobodyKnowsTheEndCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	hide := desk.ModerationRequest{Action: desk.HideMessage, Origin: from(meta.FacebookPage, desk.Public), Message: "55_66"}
	for _, tt := range []struct {
		answer string
		want   desk.SendError
	}{
		{`500 {"error":{"code":1}}`, desk.SendError{Class: desk.SendRetry, Doubt: true}},
		{`502 <html>`, desk.SendError{Class: desk.SendRetry, Doubt: true}},
		{`400 {"error":{"code":32}}`, desk.SendError{Class: desk.SendRetry}},
		{`400 {"error":{"code":100,"error_subcode":33}}`, desk.SendError{Class: desk.SendUnreachable}},
		{`403 {"error":{"code":200}}`, desk.SendError{Class: desk.SendAuth}},
		{`200 {"success":false}`, desk.SendError{Class: desk.SendRejected}},
		{`200 {"success":true}`, desk.SendError{}},
	} {
		t.Run(tt.answer, func(t *testing.T) {
			t.Parallel()
			got := failure(t, standIn(t, tt.answer).sender("1001").Moderate(t.Context(), hide))
			got.Reason = ""
			if got != tt.want {
				t.Errorf("Moderate = %+v, want %+v", got, tt.want)
			}
		})
	}
	t.Run("a broken connection", func(t *testing.T) {
		t.Parallel()
		api := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
		defer api.Close()
		s := &meta.Sender{Account: "1001", Token: "invented-token", API: api.URL, HTTP: platformtest.Client(), Now: time.Now}
		if got := failure(t, s.Moderate(t.Context(), hide)); got.Class != desk.SendRetry || !got.Doubt {
			t.Errorf("Moderate = %+v", got)
		}
	})
}
