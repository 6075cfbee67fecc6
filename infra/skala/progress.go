package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"
)

// A progress tells on standard error how far a long run is: lines done, lines a
// second, and the time left where the input's size is known. On a terminal it
// keeps to one line, which it clears away; elsewhere it adds a line now and then.
// The zero value tells nothing.
type progress struct {
	to       io.Writer // nil for nothing
	terminal bool
	size     int64 // bytes of the input, 0 for unknown

	lines      int
	bytes      int64
	began, due time.Time
	told       bool // whether anything was written
	shown      bool // whether it stands on the terminal now
}

// progressFlag adds the flag that asks for progress or forbids it. Without it
// there is some where a person waits at a terminal and sees nothing else move.
// What it returned is asked once the flags are parsed.
func progressFlag(f *flag.FlagSet, stdout, stderr io.Writer) func(in io.Reader) *progress {
	wanted := f.Bool("progress", isTerminal(stderr) && !isTerminal(stdout), "tell on standard error how far it is, when it takes longer than 2 s")
	return func(in io.Reader) *progress {
		if !*wanted {
			return new(progress)
		}
		return &progress{to: stderr, terminal: isTerminal(stderr), size: sizeOf(in)}
	}
}

// isTerminal reports whether v is a file that a person sits at.
func isTerminal(v any) bool {
	file, ok := v.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// sizeOf returns how many bytes there are to read, or 0 where only the end will
// tell.
func sizeOf(in io.Reader) int64 {
	file, ok := in.(*os.File)
	if !ok {
		return 0
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	at, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0
	}
	return max(0, info.Size()-at)
}

// The pace of telling: nothing in a short run, then often enough to be seen
// moving on a terminal, and seldom enough for a log elsewhere.
const (
	tellAfter = 2 * time.Second
	tellEvery = 500 * time.Millisecond
	logEvery  = 5 * time.Second
)

// start begins the run. tick has the instants to tell at; end ends it.
func (p *progress) start() (tick <-chan time.Time, end func()) {
	if p.to == nil {
		return nil, func() {}
	}
	p.began = time.Now()
	p.due = p.began.Add(tellAfter)
	t := time.NewTicker(tellEvery)
	return t.C, func() {
		t.Stop()
		p.clear()
		if p.told {
			took := time.Since(p.began)
			fmt.Fprintf(p.to, "%s lines in %s, %s a second\n", grouped(p.lines), clock(took), grouped(p.rate(took)))
		}
	}
}

// tell writes how far the run is at now.
func (p *progress) tell(now time.Time) {
	if now.Before(p.due) {
		return
	}
	took := now.Sub(p.began)
	text := grouped(p.lines) + " lines, " + grouped(p.rate(took)) + " a second"
	if p.size > 0 && p.bytes > 0 {
		left := time.Duration(float64(took) * float64(max(0, p.size-p.bytes)) / float64(p.bytes))
		text += fmt.Sprintf(", %d %% done, %s left", min(100, 100*p.bytes/p.size), clock(left))
	}
	p.told = true
	if p.terminal {
		p.shown, p.due = true, now
		fmt.Fprint(p.to, "\r"+text+toLineEnd)
		return
	}
	p.due = now.Add(logEvery)
	fmt.Fprintln(p.to, text)
}

// toLineEnd clears a terminal's line from the cursor on.
const toLineEnd = "\x1b[K"

// clear takes away what stands on the terminal, for something else to stand
// there.
func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.to, "\r"+toLineEnd)
		p.shown = false
	}
}

func (p *progress) rate(took time.Duration) int {
	if took <= 0 {
		return 0
	}
	return int(float64(p.lines) / took.Seconds())
}

// clock writes a duration as minutes and seconds.
func clock(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// grouped writes a count with its thousands apart.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
