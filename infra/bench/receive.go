package main

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"testing"
	"time"

	infrapolicy "example.com/skala/infra/policy"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/policy"
	"example.com/skala/shared/sla"
)

// A work is what doing something once takes.
type work struct {
	NS     float64 `json:"ns"`
	Allocs int64   `json:"allocs"`
	Bytes  int64   `json:"bytes"`
}

// receiveFigures are of one event in one process, without any call.
type receiveFigures struct {
	Whole       float64         `json:"verify_parse_classify_ns"` // split included
	WholeAllocs int64           `json:"verify_parse_classify_allocs"`
	Steps       map[string]work `json:"verify_parse_classify"` // verify, split, parse, classify
	ClassifyNS  float64         `json:"classify_ns"`
	Allocs      int64           `json:"classify_allocs"`
	ByLanguage  map[string]work `json:"classify"`
	DeadlineNS  float64         `json:"deadline_ns"` // over a weekend
	Deadline    work            `json:"deadline"`
	Fold        work            `json:"fold_200"`  // the ticket of a log of 200 entries
	Ticks       work            `json:"ticks_200"` // and what each of its clocks did and why
}

// languages are about 200 letters each, all critical.
func languages() map[string]string {
	return map[string]string{
		"th":        "สวัสดีค่ะ เมื่อวานสั่งกาแฟผ่านแอปแล้วโดนตัดเงินซ้ำสองครั้ง โทรไปหลายรอบก็ไม่มีใครรับสาย ทักแชทก็เงียบ ช่วยตรวจสอบและคืนเงินให้ด้วยนะคะ รอมาสามวันแล้ว เริ่มหงุดหงิดแล้วค่ะ ขอบคุณล่วงหน้าสำหรับความช่วยเหลือค่ะ",
		"es":        "Buenas, ayer pedí café por la aplicación y me cobraron dos veces el mismo importe. He llamado varias veces y nadie contesta, por el chat tampoco. Quiero que me devuelvan el dinero, ya van tres días. Gracias.",
		"el":        "Καλημέρα, χθες παρήγγειλα καφέ από την εφαρμογή και με χρεώσατε δύο φορές το ίδιο ποσό. Πήρα πολλές φορές τηλέφωνο και δεν απαντάει κανείς. Θέλω τα χρήματά μου πίσω, περιμένω ήδη τρεις μέρες. Ευχαριστώ.",
		"en":        "Hello, I ordered coffee through your app yesterday and was charged twice, the same amount both times. I called several times and nobody picks up. I want my money back, it has been three days already. Thank you.",
		"greeklish": "Kalimera, xthes parigeila kafe apo tin efarmogi kai me xreosate dyo fores to idio poso. Pira polles fores tilefono kai den apantaei kaneis. Thelo ta xrimata mou piso, perimeno idi treis meres. Efxaristo poly.",
	}
}

// measureReceive runs the steps that an event takes without a call, and one
// deadline.
func measureReceive() (f receiveFigures, err error) {
	testing.Init()
	if err := flag.Set("test.benchtime", "200ms"); err != nil {
		return f, err
	}
	accounts, err := demoAccounts(platform.ForSigning | platform.ForReading)
	if err != nil {
		return f, err
	}
	line, ok := accounts.Receivers()[desk.App{Platform: "line", Name: "demo"}]
	if !ok {
		return f, errors.New("the demo accounts have no LINE app")
	}
	judge, err := policy.Load(infrapolicy.Default, "the built-in policy")
	if err != nil {
		return f, err
	}
	p := newPost(chargedTwice, time.Now())
	h := http.Header{signed: {p.signature}}
	raw, err := line.Split(h, p.body)
	if err != nil {
		return f, fmt.Errorf("splitting the bench's own webhook: %w", err)
	}
	event, err := line.Parse(raw[0])
	if err != nil {
		return f, fmt.Errorf("reading the bench's own webhook: %w", err)
	}
	message := policy.Message{Text: event.Text, Visibility: event.Visibility, Author: event.Author}
	if v := judge.Classify(message); v.Severity != desk.Critical {
		return f, fmt.Errorf("the bench's own message is judged %s", v.Severity)
	}
	now := time.Now()
	f.Steps, err = each(map[string]func() error{
		"verify":   func() error { return line.Verify(h, p.body, now) },
		"split":    func() error { _, err := line.Split(h, p.body); return err },
		"parse":    func() error { _, err := line.Parse(raw[0]); return err },
		"classify": func() error { judge.Classify(message); return nil },
	})
	if err != nil {
		return f, err
	}
	f.Whole, f.WholeAllocs = total(f.Steps)
	f.ClassifyNS, f.Allocs = f.Steps["classify"].NS, f.Steps["classify"].Allocs
	texts := map[string]func() error{}
	for lang, text := range languages() {
		texts[lang] = func() error { judge.Classify(policy.Message{Text: text}); return nil }
	}
	if f.ByLanguage, err = each(texts); err != nil {
		return f, err
	}
	f.Deadline, err = overAWeekend()
	f.DeadlineNS = f.Deadline.NS
	if err != nil {
		return f, err
	}
	f.Fold, f.Ticks, err = folding(judge.Plan)
	return f, err
}

// total adds up what the steps take.
func total(steps map[string]work) (ns float64, allocs int64) {
	for _, w := range steps {
		ns += w.NS
		allocs += w.Allocs
	}
	return ns, allocs
}

// overAWeekend computes the deadline of 8.5 business hours from a Friday
// afternoon, with lunch breaks and a bank holiday on Monday.
func overAWeekend() (work, error) {
	day := []string{"09:00-13:00", "14:00-18:00"}
	c, err := sla.NewCalendar("Europe/Athens", map[string][]string{"mon": day, "tue": day, "wed": day, "thu": day, "fri": day}, map[string][]string{"2026-03-23": {}})
	if err != nil {
		return work{}, err
	}
	friday := time.Date(2026, 3, 20, 15, 0, 0, 0, time.UTC) // 17:00 there
	const target = 8*time.Hour + 30*time.Minute             // an hour on Friday, the rest on Tuesday
	got, err := c.Deadline(friday, target, nil)
	if err != nil {
		return work{}, err
	}
	if want := time.Date(2026, 3, 24, 15, 30, 0, 0, time.UTC); !got.Equal(want) {
		return work{}, fmt.Errorf("the deadline over a weekend is %v, want %v", got, want)
	}
	return best(func() error { _, err := c.Deadline(friday, target, nil); return err })
}

// each measures several things by name.
func each(do map[string]func() error) (map[string]work, error) {
	done := map[string]work{}
	for name, do := range do {
		w, err := best(do)
		if err != nil {
			return nil, fmt.Errorf("measuring %s: %w", name, err)
		}
		done[name] = w
	}
	return done, nil
}

// best is the fastest of some runs: what else the machine does only ever adds.
func best(do func() error) (w work, err error) {
	for range 5 {
		r := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if failed := do(); failed != nil {
					err = failed
				}
			}
		})
		if err != nil {
			return w, err
		}
		if ns := float64(r.T.Nanoseconds()) / float64(r.N); w.NS == 0 || ns < w.NS {
			w = work{ns, r.AllocsPerOp(), r.AllocedBytesPerOp()}
		}
	}
	return w, nil
}
