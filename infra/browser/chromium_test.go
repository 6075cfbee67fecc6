package browser_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"example.com/skala/infra/template"
)

// patience is how long somebody looks at a page before giving up.
const patience = time.Minute

// A screen is what a page is looked at on.
type screen struct {
	name          string
	width, height int64
	phone         bool
}

func screens() []screen {
	return []screen{{"wide", 1280, 800, false}, {"phone", 390, 844, true}}
}

// A chromium is one running browser.
type chromium struct {
	ctx   context.Context
	shots string // folder of the pictures
}

// launch starts a browser with an empty profile that talks to nobody but the
// pages it is shown.
func launch(t *testing.T) *chromium {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Fatal("no Chromium is installed: make test installs it on Debian, elsewhere install Chromium or Chrome")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()), chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("lang", "en-GB"), chromedp.Flag("hide-scrollbars", true),
		chromedp.WSURLReadTimeout(time.Minute),
	)
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it refuses to start as root otherwise
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, quit := chromedp.NewContext(allocator)
	t.Cleanup(quit)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	root, err := template.Root()
	if err != nil {
		t.Fatal(err)
	}
	shots := filepath.Join(root, ".local", "screenshots")
	if err := os.MkdirAll(shots, 0o755); err != nil {
		t.Fatal(err)
	}
	return &chromium{ctx, shots}
}

// A tab is one page in front of one person. What goes wrong in it fails its
// test at the end.
type tab struct {
	*testing.T
	ctx    context.Context
	screen screen
	shots  string
	misfit map[string]bool // what fits has told already
}

// open returns an empty tab with cookies of its own.
func (c *chromium) open(t *testing.T, s screen) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	p := &tab{t, ctx, s, c.shots, map[string]bool{}}
	var mu sync.Mutex
	var wrong []string
	err := chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			wrong = append(wrong, (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
		case *log.EventEntryAdded:
			if e.Entry.Source == log.EntrySourceSecurity || strings.Contains(e.Entry.Text, "Content Security Policy") {
				wrong = append(wrong, e.Entry.Text)
			}
		}
	})
	if err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, w := range wrong {
			t.Error(w)
		}
	})
	scale := 1.0
	if s.phone {
		scale = 2
	}
	// A key that is struck in a window that another one took the focus from goes nowhere.
	p.do("opening a tab",
		call(log.Enable, cdp.Empty{}),
		call(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
		call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: s.width, Height: s.height, DeviceScaleFactor: scale, Mobile: s.phone}),
		call(emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: s.phone}))
	return p
}

// call makes an action of a command of the browser's protocol.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}

func (p *tab) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	err := chromedp.Do(ctx, actions...)
	// A page that goes on loading forgets its nodes' ids between finding one and doing
	// something to it, and one that is being replaced lets no other come: then nothing
	// was done yet.
	early := func() bool {
		return err != nil && (strings.Contains(err.Error(), "Could not find node with given id") || strings.Contains(err.Error(), "net::ERR_ABORTED"))
	}
	for n := 0; n < 5 && len(actions) == 1 && early(); n++ {
		err = chromedp.Do(ctx, actions...)
	}
	if err != nil {
		p.shot("failed")
		p.Fatalf("%s: %v\nthe page says:\n%s", what, err, p.text())
	}
}

// visit opens an address.
func (p *tab) visit(address string) {
	p.Helper()
	p.do("visiting "+address, chromedp.Navigate(address))
	p.fits()
}

// loaded waits for the page to have all that it is made of: before, its scripts do not
// listen to keys yet.
func (p *tab) loaded() {
	p.Helper()
	eventually(p.T, patience, "the page is loaded", func() bool { return js[string](p, "document.readyState") == "complete" })
}

// js returns what an expression, or the promise that it is, comes to; the zero
// value while the page is being replaced.
func js[T any](p *tab, expression string) T {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		var zero T
		return zero // callers ask again
	}
	return out
}

func (p *tab) text() string { return js[string](p, `document.body ? document.body.innerText : ""`) }

// sees waits for words to be on the page.
func (p *tab) sees(words ...string) {
	p.Helper()
	for _, w := range words {
		deadline := time.Now().Add(patience)
		for !strings.Contains(p.text(), w) {
			if time.Now().After(deadline) {
				p.shot("failed")
				p.Fatalf("%q is not on the page, which says:\n%s", w, p.text())
			}
			time.Sleep(30 * time.Millisecond)
		}
	}
	p.fits()
}

// misses waits for words to be off the page: what was pressed may still be on its
// way. A page that says nothing at all is being replaced.
func (p *tab) misses(words ...string) {
	p.Helper()
	for _, w := range words {
		off := func() bool { text := p.text(); return text != "" && !strings.Contains(text, w) }
		for deadline := time.Now().Add(patience); !off(); time.Sleep(30 * time.Millisecond) {
			if time.Now().After(deadline) {
				p.shot("failed")
				p.Fatalf("%q is still on the page, which says:\n%s", w, p.text())
			}
		}
	}
}

// button is an expression for a visible link, button or summary that says these
// words, or else begins with them: the last of several. within narrows it to
// what is inside an element that matches.
func button(words, within string) string {
	return fmt.Sprintf(`(() => {
		const says = e => e.innerText.replace(/\s+/g, ' ').trim();
		const all = [...document.querySelectorAll(%s + ' :is(a, button, summary)')].filter(e => e.checkVisibility());
		return all.filter(e => says(e) === %[2]s).pop() || all.filter(e => says(e).startsWith(%[2]s)).pop();
	})()`, quote(within), quote(words))
}

func quote(s string) string {
	doc, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(doc)
}

// has reports whether there is such a button.
func (p *tab) has(words string) bool { return js[bool](p, "!!("+button(words, "body")+")") }

// press clicks a link, a button or a summary as a person does.
func (p *tab) press(words string) { p.Helper(); p.pressIn("body", words) }

func (p *tab) pressIn(within, words string) {
	p.Helper()
	p.clicks("pressing "+words, button(words, within))
}

// clicks presses the mouse once, in the middle of what an expression finds. A click of
// chromedp's own that fails half-way cannot be told from one that was never made.
//
// A page may move between the look and the press: it goes on to its fragment until it
// has loaded, and brings its own news. So it is pressed once it has loaded and stood
// still for two looks, and a press that comes down beside what was meant is kept from
// the page, as if it had not been made. (Without scripts nothing can be kept from it.)
func (p *tab) clicks(what, expression string) {
	p.Helper()
	deadline := time.Now().Add(patience)
	for {
		var at, before []float64
		for len(at) != 2 || !slices.Equal(at, before) {
			if time.Now().After(deadline) {
				p.shot("failed")
				p.Fatalf("%s: it is not there to be pressed\nthe page says:\n%s", what, p.text())
			}
			time.Sleep(20 * time.Millisecond)
			before, at = at, js[[]float64](p, fmt.Sprintf(aim, expression))
		}
		mouse := func(kind input.DispatchMouseEventType) chromedp.Action[chromedp.Void] {
			return call(input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: at[0], Y: at[1], Button: input.MouseButtonLeft, ClickCount: 1})
		}
		p.do(what, mouse(input.DispatchMouseEventTypeMousePressed), mouse(input.DispatchMouseEventTypeMouseReleased))
		if !js[bool](p, "!!window.aimed && window.aimed.missed") {
			return
		}
	}
}

// aim tells where the middle of an element is, nowhere while it cannot be pressed, and
// keeps the next press from the page where that comes down beside it.
const aim = `(e => {
	if (!e || document.readyState !== 'complete') return [];
	e.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
	const r = [...e.getClientRects()].find(r => r.width && r.height);
	if (!r) return [];
	const x = r.x + r.width / 2, y = r.y + r.height / 2, top = document.elementFromPoint(x, y);
	const meant = node => !!node && (e.contains(node) || node.contains(e) && node.closest('label, summary, a, button') !== null);
	if (!window.aimed) {
		window.aimed = {};
		for (const kind of ['mousedown', 'mouseup', 'click'])
			window.addEventListener(kind, event => {
				const aimed = window.aimed;
				if (!aimed.meant || !event.isTrusted) return;
				if (kind === 'mousedown') aimed.missed = !aimed.meant(event.target);
				if (aimed.missed) { event.preventDefault(); event.stopImmediatePropagation(); }
				if (kind === 'click') aimed.meant = null;
			}, true);
	}
	window.aimed.meant = meant, window.aimed.missed = false;
	return meant(top) ? [x, y] : [];
})(%s)`

// touch is clicks for what a selector finds.
func (p *tab) touch(selector string) {
	p.Helper()
	p.clicks("pressing "+selector, "document.querySelector("+quote(selector)+")")
}

// write types into the field that a selector finds.
func (p *tab) write(field, words string) {
	p.Helper()
	// By its selector alone: a page that goes on loading forgets its nodes' ids.
	eventually(p.T, patience, field+" can be written into", func() bool {
		return js[bool](p, fmt.Sprintf("(e => e && (e.focus(), document.activeElement === e))(document.querySelector(%s))", quote(field)))
	})
	p.do("writing into "+field, call(input.InsertText, input.InsertTextParams{Text: words}))
}

// choose picks an option of a select.
func (p *tab) choose(field, value string) {
	p.Helper()
	p.do("choosing "+value, chromedp.SetValue(chromedp.CSS(field), value))
}

// withoutScripts lets the tab run none from now on.
func (p *tab) withoutScripts() {
	p.Helper()
	p.do("switching scripts off", call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
}

// fits fails when the page is wider than its screen, or a control on it has no
// name that could be read out. It tells each once.
func (p *tab) fits() {
	p.Helper()
	kind := js[string](p, `location.pathname.replace(/tickets\/.*/, 'tickets/ID')`)
	if over := js[int64](p, `document.documentElement ? document.documentElement.scrollWidth - document.documentElement.clientWidth : 0`); over > 0 && !p.misfit[kind] {
		p.misfit[kind] = true
		wide := js[string](p, `[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).slice(0, 5).map(e => e.tagName + '.' + e.className + '#' + e.id).join(' ')`)
		p.Errorf("%s is %d pixels too wide for a screen of %d; across its edge lie %s", kind, over, p.screen.width, wide)
	}
	nameless := js[string](p, `[...document.querySelectorAll('a[href], button, summary, select, textarea, input:not([type=hidden])')].filter(e => e.checkVisibility() && !(e.innerText || '').trim() && !e.getAttribute('aria-label') && !e.title && !(e.labels && e.labels.length)).map(e => e.outerHTML.slice(0, 120)).join('\n')`)
	if nameless != "" && !p.misfit[nameless] {
		p.misfit[nameless] = true
		p.Errorf("%s has controls without a name:\n%s", kind, nameless)
	}
}

// contrast counts the texts of a page and lists the first that are faint. Colours of any notation are
// brought to numbers by painting them; a ground that shines through is mixed
// with what lies under it.
const contrast = `(() => {
	const paint = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
	const rgba = colour => { paint.clearRect(0, 0, 1, 1); paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1); const d = paint.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
	const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
	const ground = e => {
		if (!e) return rgba(matchMedia('(prefers-color-scheme: dark)').matches && /dark/.test(getComputedStyle(document.documentElement).colorScheme) ? '#121212' : '#fff');
		const own = rgba(getComputedStyle(e).backgroundColor);
		return own[3] === 1 ? own : over(own, ground(e.parentElement));
	};
	const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const faint = new Set();
	let texts = 0;
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; n = walk.nextNode();) {
		const e = n.parentElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
		if (!n.data.trim() || !e.checkVisibility() || box.width <= 1 || e.closest(':disabled, option, script, style')) continue;
		texts++;
		const under = ground(e), a = light(over(rgba(style.color), under)), b = light(under);
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		const size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
		if (ratio < (large ? 3 : 4.5)) faint.add(ratio.toFixed(2) + ' ' + e.tagName + '.' + e.className + ': ' + n.data.trim().slice(0, 40));
	}
	return {texts, faint: [...faint].slice(0, 8)};
})()`

// show keeps a picture of a page that is worth one, in light and in dark, and
// fails when text on it has too little contrast to its ground in either: below
// 4.5 to 1, or 3 to 1 where it is large (WCAG 2.2 AA).
func (p *tab) show(name string) {
	p.Helper()
	for _, scheme := range []string{"dark", "light"} {
		p.do("switching to "+scheme, call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}))
		found := js[struct {
			Texts int
			Faint []string
		}](p, contrast)
		if found.Texts == 0 || len(found.Faint) > 0 {
			p.Errorf("of %d texts on %s these are faint in %s:\n%s", found.Texts, js[string](p, "location.pathname"), scheme, strings.Join(found.Faint, "\n"))
		}
		p.shot(name + map[string]string{"dark": "-dark", "light": ""}[scheme])
	}
}

// forced keeps a picture of a page in its reader's own colours, and fails when nothing
// tells the tab that they are on from the others.
func (p *tab) forced(name string) {
	p.Helper()
	media := func(value string) {
		p.do("forced colours: "+value, call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: value}},
		}))
	}
	media("active")
	if !js[bool](p, `matchMedia('(forced-colors: active)').matches && [...document.querySelectorAll('[aria-current]')].every(e => /underline/.test(getComputedStyle(e).textDecorationLine))`) {
		p.Errorf("in forced colours %s does not say where one is", name)
	}
	p.shot(name + "-forced")
	media("none")
}

// shot keeps a picture of the whole page.
func (p *tab) shot(name string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	beyond := true
	png, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &beyond})
	if err == nil {
		err = os.WriteFile(filepath.Join(p.shots, name+"-"+p.screen.name+".png"), png.Data, 0o644)
	}
	if err != nil {
		p.Logf("no picture of %s: %v", name, err)
	}
}
