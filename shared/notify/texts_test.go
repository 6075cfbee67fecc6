package notify

import (
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
	"example.com/skala/shared/wording"
)

func TestALetterIsInTheLanguageOfWhomItIsFor(t *testing.T) {
	t.Parallel()
	for _, problem := range wording.Differences(textFiles, "texts") {
		t.Error(problem)
	}
	d := people.NewDirectory([]people.Member{{ID: "nok", Reads: "th", Zone: "Asia/Bangkok"}, {ID: "ann"}}, []people.Team{{ID: "care", Reads: "el"}, {ID: "general"}}, nil)
	for _, tt := range []struct {
		to   post.Address
		want string
	}{
		{post.Address{Owner: "nok", Kind: people.Email, To: "nok@example.com"}, "ครบกำหนด อ. 21:05 +07: ตอบครั้งแรก ของเคส t ความเร่งด่วนสูง (demo, line, เทียร์ 2) และอีก 11 รายการ"},
		{post.Address{Owner: "ann", Kind: people.Email, To: "ann@example.com"}, "Due at Tue 14:05 UTC: first response of high ticket t (demo, line, tier 2), and 11 more"},
		{post.Address{Owner: post.TeamOwner("care"), Kind: people.Slack, To: "room"}, "Λήγει Τρί 14:05 UTC: πρώτη απάντηση για το αίτημα t, υψηλή σοβαρότητα (demo, line, επίπεδο 2), και 11 ακόμη"},
		{post.Address{Owner: post.TeamOwner("general"), Kind: people.Slack, To: "room"}, "Due at Tue 14:05 UTC"},
		{post.Address{Kind: people.Webhook, To: "wall"}, "Due at Tue 14:05 UTC"},
	} {
		lines := map[int64]desk.Notice{}
		for i := range int64(12) {
			lines[i] = desk.Notice{Kind: desk.ToldWarning, Ticket: "t", Deadline: time.Date(2026, 11, 3, 14, 5, 0, 0, time.UTC), Metric: desk.FirstResponse, Severity: desk.High, Brand: "demo", Platform: "line", Tier: 2}
		}
		l := new(Notifier).letter(post.Box{Address: tt.to}, lines, d)
		if !strings.HasPrefix(l.Subject, tt.want) || l.Rest == "" || l.Rest == "more" {
			t.Errorf("%s: %q and %q, want %q", tt.to.Owner, l.Subject, l.Rest, tt.want)
		}
	}
}

func TestEveryKindOfNoticeHasWordsInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, code := range wording.Languages {
		said := catalogues()[code]
		for _, kind := range append(desk.NoticeKinds, desk.ToldTest) {
			text := words(desk.Notice{Kind: kind, Ticket: "t", Metric: desk.Resolution, Severity: desk.Low, Platform: "x"}, time.UTC, said)
			if !said.Has("told."+string(kind)) || strings.Contains(text, "%!") {
				t.Errorf("%s: %q is %q", code, kind, text)
			}
		}
		for _, metric := range []desk.Metric{desk.Acknowledge, desk.FirstResponse, desk.NextResponse, desk.Resolution} {
			if !said.Has("metric." + string(metric)) {
				t.Errorf("%s: no word for %q", code, metric)
			}
		}
	}
}
