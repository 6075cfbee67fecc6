package wording

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// filesOf is a folder of texts in which each language says the same.
func filesOf(doc string) fstest.MapFS {
	files := fstest.MapFS{}
	for _, code := range Languages {
		files["texts/"+code+"/a.json"] = &fstest.MapFile{Data: []byte(doc)}
	}
	return files
}

func TestANumberTakesItsPlural(t *testing.T) {
	t.Parallel()
	files := filesOf(`{"n": {"one": "one of them", "other": "%d of %s"}, "same": "%d there"}`)
	files["texts/th/a.json"].Data = []byte(`{"n": "%d อัน %s", "same": "%d อัน"}`)
	all := map[string]Texts{}
	for _, code := range Languages {
		var err error
		if all[code], err = Read(files, "texts", code); err != nil {
			t.Fatal(err)
		}
	}
	type level int
	for _, tt := range []struct {
		code, want string
		args       []any
	}{
		{"en", "one of them", []any{1, "x"}},
		{"en", "0 of x", []any{0, "x"}},
		{"en", "1,234 of x", []any{1234, "x"}},
		{"es", "one of them", []any{level(1), "x"}},
		{"el", "2 of x", []any{int64(2), "x"}},
		{"el", "12.345 of x", []any{uint(12345), "x"}},
		{"th", "1 อัน x", []any{1, "x"}},
	} {
		if got := all[tt.code].Say("n", tt.args...); got != tt.want {
			t.Errorf("%s %v: %q, want %q", tt.code, tt.args, got, tt.want)
		}
	}
	if got := all["en"].Say("same", 1); got != "1 there" {
		t.Errorf("words for every number: %q", got)
	}
	if got := all["en"].Say("nothing", 1); got != "nothing" {
		t.Errorf("a key without words: %q", got)
	}
	if got := all["en"].Name("same", "x"); got != "x" {
		t.Errorf("a value without words: %q", got)
	}
}

func TestACatalogueThatSomebodyWouldNotSeeIsRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(fstest.MapFS){
		"stands in a.json and in b.json": func(files fstest.MapFS) {
			files["texts/es/b.json"] = &fstest.MapFile{Data: []byte(`{"k": "again"}`)}
		},
		"there are none":                  func(files fstest.MapFS) { delete(files, "texts/es/a.json") },
		`"dual" is no plural`:             func(files fstest.MapFS) { files["texts/es/a.json"].Data = []byte(`{"k": {"dual": "x"}}`) },
		"the words for any other number":  func(files fstest.MapFS) { files["texts/es/a.json"].Data = []byte(`{"k": {"one": "x"}}`) },
		"cannot unmarshal number into Go": func(files fstest.MapFS) { files["texts/es/a.json"].Data = []byte(`{"k": 3}`) },
	} {
		files := filesOf(`{"k": "words"}`)
		change(files)
		if _, err := Read(files, "texts", "es"); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%q expected, got %v", name, err)
		}
	}
}

func TestABrowserGetsTheLanguageItAsksFor(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"":                               "en",
		"th-TH,th;q=0.9,en;q=0.8":        "th",
		"es-419,es;q=0.9":                "es",
		"es-MX":                          "es",
		"el":                             "el",
		"ja,zh;q=0.5":                    "en",
		"ja,el;q=0.5":                    "el",
		"en-US,en;q=0.9,th;q=0.1":        "en",
		"fr;q=0.9,es;q=0.1,el;q=0.8":     "el",
		"nonsense;;q=x, th":              "en",
		strings.Repeat("x-y,", 3) + "th": "th",
	} {
		if got := Prefer(header); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

func TestNumbersAndInstantsAreWrittenAsEachLanguageDoes(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 3, 14, 5, 9, 0, time.UTC)
	for code, want := range map[string]string{
		"en": "1,234,567 | 85% | Tue 3 Nov 14:05 | 3 Nov 2026, 14:05:09 UTC",
		"th": "1,234,567 | 85% | อ. 3 พ.ย. 14:05 | 3 พ.ย. 2026, 14:05:09 UTC",
		"es": "1.234.567 | 85\u00a0% | mar. 3 nov. 14:05 | 3 nov. 2026, 14:05:09 UTC",
		"el": "1.234.567 | 85% | Τρί 3 Νοε 14:05 | 3 Νοε 2026, 14:05:09 UTC",
		"ja": "1,234,567 | 85% | Tue 3 Nov 14:05 | 3 Nov 2026, 14:05:09 UTC",
	} {
		l := In(code)
		got := strings.Join([]string{l.Number(1234567), l.Share(0.849), l.Weekday(at) + " " + l.Day(at) + " " + l.Clock(at), l.Exact(at)}, " | ")
		if got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}

func TestCataloguesThatDifferAreToldApart(t *testing.T) {
	t.Parallel()
	files := filesOf(`{"n": {"one": "one", "other": "%d of %s"}, "k": "words"}`)
	if all := Differences(files, "texts"); len(all) != 0 {
		t.Fatal(all)
	}
	files["texts/th/a.json"].Data = []byte(`{"n": "%[2]s %[1]d", "k": "words"}`)
	files["texts/es/a.json"].Data = []byte(`{"n": "%s of %d", "k": "", "more": "x"}`)
	files["texts/el/a.json"].Data = []byte(`{"n": {"one": "one %d", "other": "%d of %s"}}`)
	want := []string{
		"es: more is not in en", `es: k is "", with the places "" where en has ""`, `es: n is "%s of %d", with the places "1s 2d" where en has "1d 2s"`,
		"el: k is missing", `el: n is "one %d", with the places "1d" where en has "1d 2s"`,
	}
	if got := Differences(files, "texts"); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}
