package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParsePrintsTheEventsOfAWebhook(t *testing.T) {
	const message = `{"type":"message.created","timestamp":"2026-11-21T16:29:58.25+07:00","data":{"id":7,"conversation_id":"c","author":{"id":"a","name":"Νίκη","followers":3},"text":"<3","attachments":[{"type":"image","url":"https://example.com/1"}]}}`
	accounts := filepath.Join(t.TempDir(), "accounts.yaml")
	doc := "apps:\n- {name: web, platform: standard, secrets: [whsec_YWJj], accounts: [{id: shop-web, brand: b}]}\n- {name: other, platform: standard, secrets: [whsec_YWJj], accounts: [{id: other-web, brand: b}]}\n"
	if err := os.WriteFile(accounts, []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ACCOUNTS", accounts)
	line := func(key, account string) string {
		return `{"kind":"message.created","key":"` + key + `","platform":"standard","account":"` + account + `","channel":"standard","direction":"in","visibility":"private",` +
			`"author":{"id":"a","name":"Νίκη","followers":3},"text":"<3","conversation":"c","time":"2026-11-21T09:29:58.25Z",` +
			`"attachments":[{"type":"image","url":"https://example.com/1"}],"id":"7"}` + "\n"
	}
	tests := []struct {
		name, stdin    string
		args           []string
		want           int
		stdout, stderr string // stderr: a part of it
	}{
		{"a header may hold the key", message, []string{"-platform", "standard", "-app", "web", "-header", "Webhook-ID: msg_1", "-"}, 0, line("msg_1", "shop-web"), ""},
		{"without it the data's id is the key", message, []string{"-platform", "standard_webhooks", "-app", "other", "-"}, 0, line("7", "other-web"), ""},
		{"of two apps none is taken for granted", message, []string{"-platform", "standard", "-"}, 0, line("7", ""), ""},
		{"LINE trying the address has no events", `{"destination":"U1","events":[]}`, []string{"-platform", "line", "-"}, 0, "", ""},
		{"one bad event stops no other", `{"events":[{"type":"message"},{"type":"follow","webhookEventId":"1"}]}`, []string{"-platform", "line", "-"}, 1,
			`{"kind":"contact","key":"1","platform":"line","account":"","channel":"line","direction":"in","visibility":"private","author":{"id":""},"text":"","conversation":"1","time":null,"attachments":[]}` + "\n", "event 1 of 2: line: reading event: webhookEventId is missing"},
		{"what is no JSON", "{", []string{"-platform", "line", "-"}, 1, "", "body is no JSON object"},
		{"a file that is not there", "", []string{"-platform", "line", "nowhere.json"}, 1, "", "nowhere.json"},
		{"an app that is not there", message, []string{"-platform", "standard", "-app", "nix", "-"}, 1, "", `no app "nix"`},
		{"a platform for later", "{}", []string{"-platform", "google", "-"}, 1, "", "not spoken yet"},
		{"a platform that is none", "{}", []string{"-platform", "icq", "-"}, 1, "", `no platform "icq"`},
		{"no platform", "{}", []string{"-"}, 2, "", "-platform is missing"},
		{"no file", "", []string{"-platform", "line"}, 2, "", "an argument is missing"},
		{"a header that is none", "", []string{"-platform", "line", "-header", "x", "-"}, 2, "", "a header is written"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			got := parseWebhook(t.Context(), tt.args, strings.NewReader(tt.stdin), &stdout, &stderr)
			if got != tt.want || !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("exit status %d, want %d; it says %q, want %q in it", got, tt.want, stderr.String(), tt.stderr)
			}
			if diff := cmp.Diff(tt.stdout, stdout.String()); diff != "" {
				t.Errorf("the lines differ (-want +got):\n%s", diff)
			}
		})
	}
}
