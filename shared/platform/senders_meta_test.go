package platform_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/meta"
)

func TestWhatAMetaAppSendsFollowsItsFields(t *testing.T) {
	t.Parallel()
	const doc = `apps:
- name: plain
  platform: meta
  accounts: [{id: 1001, brand: b, token: page-token}]
- name: proved
  platform: meta
  proof_secret: invented-secret
  graph_version: v26.0
  threads_version: v2.0
  accounts:
  - {id: 1784, brand: b, token: invented-token, page: "9009"}
  - {id: 7890, brand: b, token: invented-token}
`
	var asked []string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String()+" "+r.Header.Get("Authorization"))
		_, _ = w.Write([]byte(`{"id":"1"}`))
	}))
	defer api.Close()
	senders, err := load(t, doc, platform.ForSending).Senders(api.URL, &http.Client{}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []desk.Origin{
		{App: "plain", Account: "1001", Channel: meta.Messenger, Visibility: desk.Private},
		{App: "proved", Account: "1784", Channel: meta.Instagram, Visibility: desk.Private},
		{App: "proved", Account: "7890", Channel: meta.Threads, Visibility: desk.Public},
	} {
		o.Platform = meta.Name
		s, err := senders.Sender(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Send(t.Context(), desk.Reply{Key: "k", Origin: o, To: "7001", Answers: desk.Answered{ID: "a1"}, Text: "hello"}); err != nil {
			t.Error(err)
		}
	}
	const proof = "?appsecret_proof=3d96931517ba5997b11aaf970ddc11b3b1fdc5862e14705cf6bb5ff2f14fcfcb"
	want := []string{
		"/v25.0/1001/messages Bearer page-token",
		"/v26.0/9009/messages" + proof + " Bearer invented-token",
		"/v2.0/me/threads" + proof + " Bearer invented-token",
		"/v2.0/me/threads_publish" + proof + " Bearer invented-token",
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("the requests differ (-want +got):\n%s", diff)
	}
}
