package console

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/policy"
	"example.com/skala/shared/wording"
)

var (
	saidByTemplates = regexp.MustCompile(`\{\{[^}]*?\bt "([^"]+)"`)
	saidByCode      = regexp.MustCompile(`(?:say\(|, )"((?:problem|tab|next|signed_out|expired|author|replay|letter)\.[a-z_]+)"`)
)

func noticeKinds() (all []string) {
	for _, kind := range desk.NoticeKinds {
		all = append(all, string(kind))
	}
	return all
}

func TestEveryLanguageSaysTheSame(t *testing.T) {
	t.Parallel()
	for _, problem := range wording.Differences(textFiles, "texts") {
		t.Error(problem)
	}
	for _, lang := range people.Languages {
		if !wording.Speaks(lang) {
			t.Errorf("somebody may read %q, which the console does not speak", lang)
		}
	}
}

func TestEveryTextThatIsSaidStandsInTheCatalogue(t *testing.T) {
	t.Parallel()
	text, err := readTexts("en")
	if err != nil {
		t.Fatal(err)
	}
	used := 0
	look := func(files fs.FS, glob string, pattern *regexp.Regexp) {
		names, err := fs.Glob(files, glob)
		if err != nil || len(names) == 0 {
			t.Fatal(err, names)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			body, err := fs.ReadFile(files, name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range pattern.FindAllStringSubmatch(string(body), -1) {
				used++
				if !text.Has(m[1]) {
					t.Errorf("%s says %q, which has no words", name, m[1])
				}
			}
		}
	}
	look(templateFiles, "templates/*.html", saidByTemplates)
	look(os.DirFS("."), "*.go", saidByCode)
	if used < 80 {
		t.Errorf("only %d texts found: this test looks in the wrong place", used)
	}
	for _, state := range append(desk.States, desk.NoAnswer) {
		if !text.Has("state." + string(state)) {
			t.Errorf("state %q has no word", state)
		}
	}
	for _, kind := range desk.TickKinds {
		if !text.Has("tick." + string(kind)) {
			t.Errorf("tick %q has no word", kind)
		}
	}
	for kind, words := range map[string][]string{
		"tongue": people.Languages, "language": people.Languages,
		"what": {"received", "edited", "deleted", "answered elsewhere", "noticed", "claimed", "taken over", "extended", "released", "lapsed", "assigned", "noted", "replied", "taken back",
			"sending", "sent", "send deferred", "send failed", "send unknown", "escalated", "handed back", "held", "resumed", "solved", "reopened", "closed", "tagged",
			"corrected", "promoted", "undelivered", "introduced", "moderated", "moderation done", "moderation refused", "warned", "breached", "notified"},
		"notice": noticeKinds(), "told": noticeKinds(), "of": noticeKinds(), "by": {"email", "push", "slack", "webhook"},
		"delivery": {"queued", "sending", "accepted", "delivered", "read", "failed", "unknown", "taken back"},
		"noticed":  {"receipt", "reaction", "echo", "contact", "account", "moderation", "accepted", "delivered", "read", "failed", "hide", "unhide", "delete", "block", "unblock"},
		"act":      {"queued", "sending", "done", "refused"},
		"channel":  {"line", "standard", "messenger", "facebook_page", "instagram", "whatsapp", "threads", "x"},
		"window":   {"then.none", "then.template", "then.human_agent", "now.template", "now.human_agent"},
	} {
		for _, word := range words {
			if !text.Has(kind + "." + word) {
				t.Errorf("%s %q has no words", kind, word)
			}
		}
	}
	for _, action := range desk.ModerationActions {
		for _, kind := range []string{"moderate", "moderating", "moderated", "sure"} {
			if !text.Has(kind + "." + string(action)) {
				t.Errorf("%s %q has no words", kind, action)
			}
		}
	}
	for _, category := range desk.Categories {
		if !text.Has("category." + string(category)) {
			t.Errorf("category %q has no word", category)
		}
	}
}

// TestWhatPoliciesAndPlatformsCallThingsHasItsWords looks at names that stand in the
// texts by what they are in English: those of the tiers of the policies that come with
// the desk, and what a reply costs.
func TestWhatPoliciesAndPlatformsCallThingsHasItsWords(t *testing.T) {
	t.Parallel()
	text, err := readTexts("en")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../infra/policy/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatal(err, files)
	}
	for _, file := range files {
		document, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := policy.Load(document, filepath.Base(file))
		if err != nil {
			t.Fatal(err)
		}
		for _, tier := range p.Tiers {
			if !text.Has("level." + tier.Name) {
				t.Errorf("%s calls tier %d %q, which has no words", file, tier.Queue, tier.Name)
			}
		}
	}
	costs := 0
	for _, name := range platform.Names() {
		for _, seen := range []desk.Visibility{desk.Public, desk.Private, desk.Group} {
			cost := platform.Capability(desk.Origin{Platform: name, Visibility: seen, Conversation: "1"}, desk.Answered{}).Cost
			if cost == "" {
				continue
			}
			if costs++; !text.Has("cost." + cost) {
				t.Errorf("%s: %q has no words", name, cost)
			}
		}
	}
	if costs < 4 {
		t.Errorf("%d platforms say what a reply costs: this test asks them wrongly", costs)
	}
}
