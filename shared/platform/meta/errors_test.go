package meta_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/skala/infra/leaks"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/meta"
	"example.com/skala/shared/platform/platformtest"
)

func TestWhatMetaAnswersFallsIntoItsClass(t *testing.T) {
	t.Parallel()
	// Meta's words for an error say something else than its code on purpose: they
	// must not count.
	coded := func(code, subcode int) string {
		return fmt.Sprintf(`{"error":{"message":"(#190) outside of allowed window, rate limit","type":"OAuthException","code":%d,"error_subcode":%d,"fbtrace_id":"A1"}}`, code, subcode)
	}
	retry, auth, rejected := desk.SendError{Class: desk.SendRetry}, desk.SendError{Class: desk.SendAuth}, desk.SendError{Class: desk.SendRejected}
	closed, gone := desk.SendError{Class: desk.SendWindowClosed}, desk.SendError{Class: desk.SendUnreachable}
	unknown := desk.SendError{Class: desk.SendUnknown, After: 45 * time.Second}
	type answer struct {
		status        int
		header, value string
		body          string
		want          desk.SendError
	}
	tests := []answer{
		{400, "", "", coded(190, 463), auth},
		{401, "", "", coded(0, 0), auth},
		{400, "", "", coded(10, 0), auth},
		{403, "", "", coded(200, 0), auth},
		{403, "", "", coded(230, 0), auth},
		{400, "", "", coded(299, 0), auth},
		{400, "", "", coded(368, 0), auth},
		{403, "", "", coded(131031, 0), auth},
		{400, "", "", coded(131048, 0), auth},

		{403, "", "", coded(10, 2018278), closed},
		{400, "", "", coded(10, 2534022), closed},
		{400, "", "", coded(131047, 0), closed},

		{400, "", "", coded(551, 0), gone},
		{400, "", "", coded(100, 2018001), gone},
		{400, "", "", coded(100, 33), gone},
		{400, "", "", coded(131026, 0), gone},

		{403, "", "", coded(10, 2018300), rejected},
		{400, "", "", coded(100, 0), rejected},
		{400, "", "", coded(10900, 0), rejected},
		{400, "", "", coded(10903, 0), rejected},
		{400, "", "", coded(131051, 0), rejected},
		{400, "", "", coded(132000, 0), rejected},
		{404, "", "", coded(132001, 0), rejected},
		{400, "", "", coded(132999, 0), rejected},
		{400, "", "", coded(424242, 0), rejected},

		{200, "", "", coded(4, 0), retry}, // the code counts, not the status
		{500, "", "", coded(17, 0), retry},
		{400, "", "", coded(32, 0), retry},
		{403, "", "", coded(613, 0), retry},
		{400, "", "", coded(80000, 0), retry},
		{400, "", "", coded(80007, 0), retry},
		{400, "", "", coded(80014, 0), retry},
		{400, "", "", coded(80015, 0), rejected},
		{429, "", "", coded(130429, 0), retry},
		{400, "", "", coded(131056, 0), desk.SendError{Class: desk.SendRetry, After: 6 * time.Second}},
		{429, "", "", coded(424242, 0), retry},
		{429, "", "", "", retry},
		{429, "Retry-After", "7", "", desk.SendError{Class: desk.SendRetry, After: 7 * time.Second}},
		{400, "Retry-After", "7", coded(131056, 0), desk.SendError{Class: desk.SendRetry, After: 7 * time.Second}},
		{400, "X-Business-Use-Case-Usage", `{"1001":[{"type":"messenger","call_count":100,"estimated_time_to_regain_access":3},{"estimated_time_to_regain_access":19}]}`, coded(80006, 0), desk.SendError{Class: desk.SendRetry, After: 19 * time.Minute}},
		{400, "X-App-Usage", `{"call_count":100,"estimated_time_to_regain_access":"5"}`, coded(4, 0), desk.SendError{Class: desk.SendRetry, After: 5 * time.Minute}},
		{400, "X-App-Usage", `{"estimated_time_to_regain_access":99999999999999}`, coded(4, 0), desk.SendError{Class: desk.SendRetry, After: 24 * time.Hour}},
		{400, "X-App-Usage", `{"estimated_time_to_regain_access":-3,"a":[[[[]]]]}`, coded(4, 0), retry},
		{400, "X-App-Usage", `{"estimated`, coded(4, 0), retry},

		{500, "", "", coded(1, 0), unknown},
		{400, "", "", coded(2, 0), unknown},
		{503, "", "", coded(1200, 0), unknown},
		{400, "", "", `{"error":{"code":424242,"is_transient":true}}`, unknown},
		{500, "", "", "<html>bad gateway", unknown},
		{502, "Retry-After", "7", "", unknown}, // there is nothing to try again
		{408, "", "", "", unknown},
		{200, "", "", "<html>accepted, perhaps", unknown},
		{200, "", "", `{"message_id":"m_2"`, unknown},
		{200, "", "", `["m_2"]`, unknown},
		{200, "", "", `{"error":"?"}`, unknown},

		{401, "", "", "", auth},
		{403, "", "", "<html>", auth},
		{400, "", "", "", rejected},
		{404, "", "", `{"error":{"code":"x"}}`, rejected},
		{302, "Location", "/elsewhere", "", rejected},
		{200, "", "", "", desk.SendError{}},
		{200, "", "", `{"message_id":"m_2","recipient_id":7001,"messages":"none"}`, desk.SendError{}},
	}
	for n, tt := range tests {
		t.Run(fmt.Sprint(n, " ", tt.status, tt.body), func(t *testing.T) {
			t.Parallel()
			calls := 0
			api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				calls++
				if tt.header != "" {
					w.Header().Set(tt.header, tt.value)
				}
				w.WriteHeader(tt.status)
				io.WriteString(w, tt.body)
			}))
			defer api.Close()
			s := &meta.Sender{Account: "1001", Token: "invented-token", API: api.URL, HTTP: platformtest.Client(), Now: func() time.Time { return noon }}
			_, err := s.Send(t.Context(), desk.Reply{Key: "r1", Ticket: "thread.1", Origin: from(meta.Messenger, desk.Private), To: "7001", Answers: ago(time.Hour, "m_1"), Text: "ναι"})
			got := failure(t, err)
			if err != nil && (got.Reason == "" || strings.Contains(got.Reason, "allowed window")) {
				t.Errorf("the reason is %q", got.Reason)
			}
			got.Reason = ""
			if got != tt.want || calls != 1 {
				t.Errorf("Send = %+v after %d calls, want %+v after one", got, calls, tt.want)
			}
		})
	}
}

func TestASendWhoseConnectionBreaksMayHaveArrived(t *testing.T) {
	t.Parallel()
	breaks := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(breaks.Close)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	tests := []struct {
		name   string
		api    string
		origin desk.Origin
		want   desk.SendError
	}{
		{"after it was sent", breaks.URL, from(meta.WhatsApp, desk.Private), desk.SendError{Class: desk.SendUnknown, After: 45 * time.Second}},
		{"after a comment was sent", breaks.URL, from(meta.FacebookPage, desk.Public), desk.SendError{Class: desk.SendUnknown, After: 45 * time.Second}},
		{"before it was sent", closed.URL, from(meta.WhatsApp, desk.Private), desk.SendError{Class: desk.SendRetry}},
		{"while Threads made a container, which nobody sees", breaks.URL, from(meta.Threads, desk.Public), desk.SendError{Class: desk.SendRetry}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &meta.Sender{Account: "1001", Token: "invented-token", API: tt.api, HTTP: platformtest.Client(), Now: func() time.Time { return noon }}
			_, err := s.Send(t.Context(), desk.Reply{Origin: tt.origin, To: "306900000001", Answers: ago(0, "a"), Text: "ναι"})
			got := failure(t, err)
			got.Reason = ""
			if got != tt.want {
				t.Errorf("Send = %+v, want %+v", got, tt.want)
			}
		})
	}
}

// FuzzAnswer holds for any answer to a send: nothing panics, whatever is no plain
// success is an error that the desk can act on, only a retry or an unknown outcome
// asks to wait, and nothing of the answer is repeated.
func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"message_id":"m"}`, "")
	f.Add(400, `{"error":{"code":80007,"error_subcode":"33"}}`, `{"1":[{"estimated_time_to_regain_access":7}]}`)
	f.Add(200, `{"error":null}`, `[[{"estimated_time_to_regain_access":"9"}]]`)
	f.Add(503, `{"error":{"code":1e3,"is_transient":true}}`, "{")
	secret := leaks.Words("what somebody wrote")
	finder := leaks.For(secret)
	f.Fuzz(func(t *testing.T, status int, body, usage string) {
		if status < 200 || status > 999 {
			return
		}
		s := &meta.Sender{Account: "1001", Token: "invented-token", Now: func() time.Time { return noon }, HTTP: &http.Client{Transport: answering{status, strings.ReplaceAll(body, "m", secret.Value), usage}}}
		_, err := s.Send(t.Context(), desk.Reply{Key: "r1", Ticket: "thread.1", Origin: from(meta.Messenger, desk.Private), To: "7001", Answers: ago(0, "a"), Text: "ναι"})
		if err == nil {
			if status/100 != 2 || strings.TrimSpace(body) != "" && !strings.HasPrefix(strings.TrimSpace(body), "{") {
				t.Errorf("%d %q is taken for accepted", status, body)
			}
			return
		}
		got := failure(t, err)
		if got.Class == "" || got.Reason == "" || got.After < 0 || got.After > 24*time.Hour || got.After > 0 && got.Class != desk.SendRetry && got.Class != desk.SendUnknown {
			t.Errorf("%d %q means %+v", status, body, got)
		}
		if found := finder.Find([]byte(got.Reason)); len(found) > 0 {
			t.Errorf("the reason repeats %v", found)
		}
	})
}

// An answering transport gives one answer to everything.
type answering struct {
	status      int
	body, usage string
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	h := http.Header{"X-App-Usage": {a.usage}, "Retry-After": {a.usage}}
	return &http.Response{StatusCode: a.status, Header: h, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}
