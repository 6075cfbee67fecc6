package console_test

import (
	"encoding/json"
	"html"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/wording"
)

// catalogue reads the words of a language as the files have them.
func catalogue(t *testing.T, lang string) map[string]string {
	t.Helper()
	all := map[string]string{}
	names, err := filepath.Glob("texts/" + lang + "/*.json")
	if err != nil || len(names) == 0 {
		t.Fatal(err, names)
	}
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		area := map[string]any{}
		if err := json.Unmarshal(body, &area); err != nil {
			t.Fatal(err)
		}
		for key, words := range area {
			if said, ok := words.(string); ok {
				all[key] = said
			}
		}
	}
	return all
}

var (
	// What people wrote or named stands apart from our own words, in elements of its own.
	theirs   = regexp.MustCompile(`(?s)<(bdi|q|mark|pre|script|style|svg|datalist)\b.*?</(?:bdi|q|mark|pre|script|style|svg|datalist)>|<option>[^<]*</option>|<option [^>]*lang=[^<]*</option>`)
	ourWords = regexp.MustCompile(`>([^<>]+)<|(?:aria-label|title|placeholder|data-says|data-denied|data-failed)="([^"]*)"`)
)

// saidOn lists the words of ours on a page.
func saidOn(page string) (all []string) {
	_, page, _ = strings.Cut(page, "<body>")
	for _, m := range ourWords.FindAllStringSubmatch(theirs.ReplaceAllString(page, ""), -1) {
		if words := strings.TrimSpace(html.UnescapeString(m[1] + m[2])); words != "" {
			all = append(all, words)
		}
	}
	return all
}

// keep puts a page into the album of all.
func keep(lang, name, page string) {
	states.Lock()
	defer states.Unlock()
	states.saved[lang+"/"+name+".html"] = page
}

func TestEveryPageIsInTheLanguageOfItsReader(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	ticket := h.says("somchai", charged)
	h.says("maria", "perhaps it is late? my parcel never arrived")
	h.rings(h.assigned(h.says("nikos", charged), "demo-senior"), func(n *desk.Notice) { n.To = []string{"demo-admin"} })
	h.unread("x", "{")
	token := h.claim("demo-admin", ticket.ID)
	path := "/tickets/" + string(ticket.ID)
	pages := map[string]string{
		"tier": "/tiers/3", "empty": "/tiers/4", "mine": "/mine", "all": "/all", "list": "/tickets", "review": "/review", "quarantine": "/quarantine", "dead-letters": "/dead-letters",
		"accounting": "/accounting", "accounts": "/accounts", "people": "/people", "person": "/people/demo-agent", "teams": "/teams", "team": "/teams/care", "rotas": "/rotas", "replies": "/replies",
		"audit": "/audit", "notices": "/notices", "me": "/me", "ticket": path, "claimed": path + "?claim=" + token, "then": path + "/at", "nowhere": "/nowhere", "gone": "/tickets/none", "signed-out": "/signed-out", "signed-in": "/signed-out",
	}
	refused := map[string]string{ // pages that a form comes back on
		"refused-back": path + "/hand-back", "refused-note": path + "/note", "refused-merge": path + "/merge",
		"refused-person": "/people", "refused-team": "/teams", "refused-rota": "/rotas", "refused-reply": "/replies",
	}
	wrong := url.Values{
		"token": {token}, "tier": {"1"}, "into": {"none.1"}, "until": {"2001-01-01T00:00"}, "key": {"k"}, "name": {""}, "id": {"§/"}, "zone": {"Mars/Base"}, "soft": {"many"}, "members": {"nobody"}, "version": {"0"},
	}
	english := catalogue(t, wording.English)
	var phrases []string // of the desk's own reasons, which stand in the middle of others
	for key, said := range english {
		if (strings.HasPrefix(key, "why.") || strings.HasPrefix(key, "wrong.")) && strings.Count(said, " ") > 1 && !strings.Contains(said, "%") {
			phrases = append(phrases, said)
		}
	}
	all := maps.Clone(pages)
	maps.Copy(all, refused)
	b := h.browser()
	b.signIn("demo-admin", "/me")
	version := map[string]string{"en": "1", "th": "2", "es": "3", "el": "4"}
	for _, lang := range wording.Languages {
		words, own := catalogue(t, lang), map[string]bool{}
		for _, said := range words {
			own[said] = true
		}
		foreign := map[string]bool{} // English words that this language has others for
		for _, said := range english {
			if !own[said] && strings.ContainsAny(said, "abcdefghijklmnopqrstuvwxyz") {
				foreign[said] = true
			}
		}
		delete(foreign, "Billing") // a team is called so
		got := b.post("/me", url.Values{"version": {version[lang]}, "reads": {lang}, "zone": {"Asia/Bangkok"}})
		if got.code != 200 {
			t.Fatalf("%s: %d %s", lang, got.code, got.body)
		}
		for name, path := range all {
			reader := b
			if name == "signed-out" {
				reader = h.browser()
			}
			page := reader.get(path, "Accept-Language", lang) // who is signed out has chosen nothing
			if refused[name] != "" {
				if page = reader.post(path, wrong); page.code/100 != 4 {
					t.Errorf("%s %s: %d", lang, name, page.code)
				}
			}
			keep(lang, name, page.body)
			if !strings.Contains(page.body, `<html lang="`+lang+`"`) {
				t.Errorf("%s %s: %d, which is not in that language", lang, name, page.code)
			}
			if !strings.HasPrefix(name, "signed-") && !strings.Contains(page.body, `data-zone="Asia/Bangkok"`) {
				t.Errorf("%s %s: not by the clock of its reader", lang, name)
			}
			said := saidOn(page.body)
			for _, phrase := range phrases {
				if lang != wording.English && strings.Contains(page.body, phrase) {
					t.Errorf("%s %s gives a reason in English: %q", lang, name, phrase)
				}
			}
			if len(said) < 3 {
				t.Errorf("%s %s: only %q is said", lang, name, said)
			}
			for _, one := range said {
				if _, key := english[one]; key && strings.Contains(one, ".") || strings.Contains(one, "%!") || foreign[one] {
					t.Errorf("%s %s says %q", lang, name, one)
				}
			}
		}
	}
	if page := b.get("/tickets").body; !strings.Contains(page, `<p class="preview" dir="auto" lang="en">`) {
		t.Error("what a customer wrote in English is read aloud as Greek")
	}
	line := b.get("/audit?target=demo-admin").body
	if !strings.Contains(line, "&#34;th&#34;") {
		t.Errorf("the audit log does not tell of the language:\n%s", line)
	}
}

func TestWhoChoseNoLanguageGetsWhatTheirBrowserAsksFor(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	b := h.browser()
	b.signIn("demo-senior", "/me")
	for header, want := range map[string]string{"": "en", "el-GR,el;q=0.9": "el", "ja": "en", "es-MX,es;q=0.9,en;q=0.1": "es"} {
		if page := b.get("/me", "Accept-Language", header); !strings.Contains(page.body, `<html lang="`+want+`">`) {
			t.Errorf("%q: not in %s\n%.120s", header, want, page.body)
		}
	}
	if got := b.post("/me", url.Values{"version": {"1"}, "reads": {"xx"}}); got.code != 422 {
		t.Errorf("a language that there is not: %d", got.code)
	}
	if got := h.api("demo-senior", "GET", "/api/v1/tickets/none", nil, "Accept-Language", "th"); !strings.Contains(got.body, "There is no such ticket") {
		t.Errorf("programs are spoken to in English: %s", got.body)
	}
}
