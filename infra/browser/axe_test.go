package browser_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// wcag has axe look at a page by the rules of WCAG 2.2 AA, and by its own advice on
// headings and landmarks, and tells how many rules the page keeps, and what it found:
// the rule and where.
const wcag = `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'cat.semantics', 'cat.keyboard'], preload: false, resultTypes: ['violations']}).then(r => ({passes: r.passes.length, found: r.violations.flatMap(v => v.nodes.slice(0, 3).map(n => v.id + ': ' + n.target.join(' ') + ' ' + n.html.slice(0, 160)))}))`

// TestEveryStateOfEveryPageIsWithinReach gives axe the pages that make pages leaves:
// every state on a wide screen in light, and on a phone in the dark, where it must fit
// a screen of 320 pixels too. It leaves pictures of a list and a ticket in each language,
// and the two of infra/doc, which make pictures takes from here.
func TestEveryStateOfEveryPageIsWithinReach(t *testing.T) {
	at := os.Getenv("PAGES_MADE")
	if at == "" {
		t.Log("it needs the pages of make pages: make axe has both")
		return
	}
	axe, err := os.ReadFile("testdata/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, ".html") {
			http.FileServer(http.Dir(at)).ServeHTTP(w, r)
			return
		}
		page, err := os.ReadFile(filepath.Join(at, filepath.FromSlash(r.URL.Path)))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(bytes.Replace(page, []byte("</body>"), []byte(`<script src="/axe.js"></script></body>`), 1))
	}))
	t.Cleanup(server.Close)
	if err := os.WriteFile(filepath.Join(at, "axe.js"), axe, 0o600); err != nil {
		t.Fatal(err)
	}
	c := launch(t)
	others := map[string][]string{"wide": {"th", "el"}, "phone": {"en", "es"}} // each language is looked at once
	for i, s := range screens() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := c.open(t, s)
			scheme, looked := []string{"light", "dark"}[i], 0
			told := map[string]bool{}
			err := filepath.WalkDir(filepath.Join(at, scheme), func(path string, e fs.DirEntry, err error) error {
				if err != nil || e.IsDir() {
					return err
				}
				name, err := filepath.Rel(at, path)
				if err != nil {
					return err
				}
				if slices.Contains(others[s.name], filepath.Base(filepath.Dir(path))) {
					return nil
				}
				p.visit(server.URL + "/" + filepath.ToSlash(name))
				looked++
				result := js[struct {
					Passes int
					Found  []string
				}](p, wcag)
				if result.Passes == 0 {
					return fmt.Errorf("axe did not look at %s", name)
				}
				for _, found := range result.Found {
					if !told[found] {
						told[found] = true
						t.Errorf("%s: %s", name, found)
					}
				}
				if kind := filepath.Base(name); kind == "claimed.html" || kind == "tier.html" {
					p.shot(strings.NewReplacer("/", "-", ".html", "").Replace(filepath.ToSlash(name)))
				}
				switch filepath.ToSlash(name) {
				case "light/en/claimed.html":
					p.top("console", 1138)
				case "dark/th/claimed.html":
					p.top("phone", 734)
				}
				if s.phone {
					p.narrow(name)
				}
				return nil
			})
			if err != nil || looked < 100 {
				t.Errorf("looked at %d pages: %v", looked, err)
			}
			t.Logf("looked at %d pages", looked)
		})
	}
}

// top keeps a picture of the first pixels of a page, at one to one.
func (p *tab) top(name string, height float64) {
	p.Helper()
	clip := page.Viewport{Width: float64(p.screen.width), Height: height, Scale: 1}
	if p.screen.phone {
		clip.Scale = 0.5 // it has two to one
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	beyond := true
	png, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Clip: &clip, CaptureBeyondViewport: &beyond})
	if err == nil {
		err = os.WriteFile(filepath.Join(p.shots, name+".png"), png.Data, 0o644)
	}
	if err != nil {
		p.Errorf("no picture of the top of %s: %v", name, err)
	}
}

// narrow fails when a page is wider than 320 pixels, the narrowest screen that it has
// to do with (WCAG 1.4.10).
func (p *tab) narrow(name string) {
	p.Helper()
	size := emulation.SetDeviceMetricsOverrideParams{Width: 320, Height: 640, DeviceScaleFactor: 1, Mobile: true}
	p.do("narrowing", call(emulation.SetDeviceMetricsOverride, size))
	if over := js[int64](p, `document.documentElement.scrollWidth - 320`); over > 0 {
		wide := js[string](p, `[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 321).slice(0, 4).map(e => e.tagName + '.' + e.className + '#' + e.id).join(' ')`)
		p.Errorf("%s is %d pixels wider than 320: %s", name, over, wide)
	}
	size.Width, size.Height, size.DeviceScaleFactor = p.screen.width, p.screen.height, 2
	p.do("widening", call(emulation.SetDeviceMetricsOverride, size))
}
