package console_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"html"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/skala/shared/console"
)

// TestMain leaves, where PAGES names a folder, the pages that show every branch of the
// templates there, each in light and in dark, with an index. It fails then when a branch
// was on none of the pages that the tests looked at, once all of them ran, and when
// one is on a page that testdata/unseen.txt says is on none.
func TestMain(m *testing.M) {
	code := m.Run()
	to := os.Getenv("PAGES")
	if to == "" {
		os.Exit(code)
	}
	if err := states.write(to); err != nil {
		fmt.Println("FAIL: the pages:", err)
		code = 1
	}
	if lost, found := states.lost(); code == 0 && everything() && len(lost)+len(found) > 0 {
		fmt.Printf("FAIL: no test of this package looks at a page that takes one of these branches:\n%s\n", strings.Join(lost, "\n"))
		fmt.Printf("testdata/unseen.txt names these, which are on a page now, or are no more:\n%s\n", strings.Join(found, "\n"))
		code = 1
	}
	os.Exit(code)
}

// everything reports whether all tests of the package were asked for.
func everything() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz", "test.bench"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return !testing.Short()
}

// An album is of pages and of the branches of templates that they show.
type album struct {
	sync.Mutex
	all   []string
	taken map[string]bool   // the branches that any page took
	shown map[string]shot   // a page for each of them
	saved map[string]string // what keep was given, by language and name
}

// A shot is a page that a test was shown.
type shot struct {
	test, path string
	code       int
	page       string
	took       map[string]bool
}

var states = &album{taken: map[string]bool{}, shown: map[string]shot{}, saved: map[string]string{}}

// add takes a page in for the branches that no page before it by name shows: which
// test came first does not matter.
func (a *album) add(s shot) {
	a.Lock()
	defer a.Unlock()
	for branch := range s.took {
		if old, ok := a.shown[branch]; !ok || before(s, old) {
			a.shown[branch] = s
		}
	}
}

// before prefers pages that show much, so that few of them show everything.
func before(a, b shot) bool {
	return cmp.Or(cmp.Compare(len(b.took), len(a.took)), cmp.Compare(a.test, b.test), cmp.Compare(a.path, b.path)) < 0
}

func (a *album) take(branch string) {
	a.Lock()
	defer a.Unlock()
	a.taken[branch] = true
}

// lost lists the branches that no page shows and that testdata/unseen.txt does not
// name; found lists what the file names and no branch is that no page shows. The file
// names them without their places, which move, so that a line can stand for several;
// no line is added to it for a new state: that gets a test that looks at it.
func (a *album) lost() (lost, found []string) {
	a.Lock()
	defer a.Unlock()
	unseen, err := os.ReadFile("testdata/unseen.txt")
	if err != nil {
		return []string{err.Error()}, nil
	}
	found = strings.Split(strings.TrimSpace(string(unseen)), "\n")
	known := slices.Clone(found)
	for _, branch := range a.all {
		if a.taken[branch] {
			continue
		}
		name := place.ReplaceAllString(branch, " ")
		if !slices.Contains(known, name) {
			lost = append(lost, branch)
		}
		found = slices.DeleteFunc(found, func(line string) bool { return line == name })
	}
	return lost, found
}

// place is where in a file a branch is.
var place = regexp.MustCompile(` [a-z]+\.html:\d+:\d+ `)

// watched is a console whose pages are looked at. What a page shows is known where it
// was the only one on its way. Nobody looks where PAGES asks for no pages: it takes time.
func (h *house) watched(c *console.Console) http.Handler {
	if os.Getenv("PAGES") == "" {
		return c.Handler()
	}
	var mu sync.Mutex
	var took map[string]bool
	busy, mixed := 0, false
	all := c.Watch(func(branch string) {
		states.take(branch)
		mu.Lock()
		defer mu.Unlock()
		took[branch] = true
	})
	states.Lock()
	states.all = all
	states.Unlock()
	next := c.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		if busy++; busy == 1 {
			took, mixed = map[string]bool{}, false
		} else {
			mixed = true
		}
		mu.Unlock()
		page := &copied{ResponseWriter: w, code: http.StatusOK}
		defer func() {
			mu.Lock()
			defer mu.Unlock()
			if busy--; !mixed && len(took) > 0 && page.Len() > 0 {
				states.add(shot{h.t.Name(), r.Method + " " + r.URL.Path, page.code, page.String(), took})
			}
		}()
		next.ServeHTTP(page, r)
	})
}

// copied is an answer of which a copy is kept.
type copied struct {
	http.ResponseWriter
	bytes.Buffer
	code int
}

func (c *copied) WriteHeader(code int) { c.code = code; c.ResponseWriter.WriteHeader(code) }
func (c *copied) Write(p []byte) (int, error) {
	c.Buffer.Write(p)
	return c.ResponseWriter.Write(p)
}
func (c *copied) WriteString(s string) (int, error) { return c.Write([]byte(s)) }
func (c *copied) Unwrap() http.ResponseWriter       { return c.ResponseWriter }

var (
	scripts   = regexp.MustCompile(`(?s)<script\b.*?</script>`)
	addresses = regexp.MustCompile(`"/static/([a-z.]+)\?v=[^"]*"`)
)

// write leaves the pages in a folder: opened from there they need no desk. Links
// lead nowhere, and there is no script, which would ask for news.
func (a *album) write(to string) error {
	a.Lock()
	defer a.Unlock()
	for _, old := range []string{"light", "dark", "static"} {
		if err := os.RemoveAll(filepath.Join(to, old)); err != nil {
			return err
		}
	}
	pages := map[string]string{} // by the path of the file
	for name, page := range a.saved {
		pages[name] = page
	}
	file := map[string]string{} // of the page of a branch
	for branch, s := range a.shown {
		file[branch] = "states/" + slug(s) + ".html"
		pages[file[branch]] = s.page
	}
	for name, page := range pages {
		page = scripts.ReplaceAllString(page, "")
		if err := save(to, "light/"+name, addresses.ReplaceAllString(page, `"../../static/$1"`)); err != nil {
			return err
		}
		if err := save(to, "dark/"+name, addresses.ReplaceAllString(page, `"../../static/dark-$1"`)); err != nil {
			return err
		}
	}
	if err := styles(to); err != nil {
		return err
	}
	return save(to, "index.html", a.index(slices.Sorted(maps.Keys(pages)), file))
}

// slug is a name for a file of a page: of its test and what it showed.
func slug(s shot) string {
	name := regexp.MustCompile(`[^A-Za-z]+`).ReplaceAllString(strings.TrimPrefix(s.test, "Test")+"-"+s.path, "-")
	return fmt.Sprintf("%s-%d-%d", name, s.code, len(s.took))
}

func save(to, name, text string) error {
	path := filepath.Join(to, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}

// styles leaves the static files beside the pages, and again as they are in the dark.
func styles(to string) error {
	names, err := filepath.Glob("static/*")
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		base := filepath.Base(name)
		dark := strings.NewReplacer("(prefers-color-scheme: dark)", "all", "color-scheme: light dark", "color-scheme: dark").Replace(string(text))
		if err := save(to, "static/"+base, string(text)); err != nil {
			return err
		}
		if err := save(to, "static/dark-"+base, dark); err != nil {
			return err
		}
	}
	return nil
}

// index groups the pages: by template and branch, then by language.
func (a *album) index(pages []string, file map[string]string) string {
	var out strings.Builder
	out.WriteString(`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Every page · Skala</title><link rel="stylesheet" href="static/desk.css"><main><h1>Every page</h1>`)
	fmt.Fprintf(&out, "<p>%d pages, %d of %d branches of the templates. Links on the pages lead nowhere.</p><h2>In each language</h2><ul>", len(pages), len(a.shown), len(a.all))
	links := func(name string) string {
		return fmt.Sprintf(`<a href="light/%s">light</a> · <a href="dark/%[1]s">dark</a>`, name)
	}
	for _, name := range pages {
		if !strings.HasPrefix(name, "states/") {
			fmt.Fprintf(&out, "<li>%s: %s</li>", html.EscapeString(strings.TrimSuffix(name, ".html")), links(name))
		}
	}
	template := ""
	for _, branch := range slices.Sorted(slices.Values(a.all)) {
		if name, _, _ := strings.Cut(branch, " "); name != template {
			template = name
			fmt.Fprintf(&out, "</ul><h2>Template %s</h2><ul>", name)
		}
		if file[branch] == "" {
			fmt.Fprintf(&out, "<li><code>%s</code>: on no page</li>", html.EscapeString(branch))
			continue
		}
		s := a.shown[branch]
		fmt.Fprintf(&out, "<li><code>%s</code>: %s (%s, %d)</li>", html.EscapeString(branch), links(file[branch]), html.EscapeString(s.path), s.code)
	}
	out.WriteString("</ul></main></html>")
	return out.String()
}
