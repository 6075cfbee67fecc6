package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"
)

// A block is some whole lines of the input: what one read brought, so that
// whoever writes line by line is answered line by line, and a file goes in large
// pieces.
type block struct {
	text  []byte
	first int // the number of its first line
	lines int
}

// blockSize is how many bytes are read at a time. A longer line takes as many as
// it is long.
const blockSize = 128 << 10

// each calls do with every line that is not blank, and its number.
func (b block) each(do func(number int, line []byte)) {
	number := b.first
	for line := range bytes.Lines(b.text) {
		if len(bytes.TrimSpace(line)) > 0 {
			do(number, line)
		}
		number++
	}
}

// A job is a block and what is made of it.
type job[T any] struct {
	block
	made T
	err  error         // of reading, after the block
	done chan struct{} // gets a value when made is made
}

// inBlocks reads all of in, has blocks worked on side by side, and gives what
// was made of them to take in the order of the input, one at a time. A T is used
// again for a later block. Memory is bounded, but for a line that is not. It
// returns once ctx ends, even while in has nothing to read; no block is taken in
// part.
func inBlocks[T any](ctx context.Context, in io.Reader, p *progress, work func(b block, into *T), take func(made *T) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	workers := runtime.GOMAXPROCS(0)
	free := make(chan *job[T], 2*workers+1)
	for range cap(free) {
		free <- &job[T]{done: make(chan struct{}, 1)}
	}
	waiting, order := make(chan *job[T], cap(free)), make(chan *job[T], cap(free))
	go readBlocks(ctx, in, free, waiting, order)
	for range workers {
		go func() {
			for j := range waiting {
				if ctx.Err() == nil {
					work(j.block, &j.made)
				}
				j.done <- struct{}{}
			}
		}()
	}
	tick, end := p.start()
	defer end()
	for {
		j, more := await(ctx, p, tick, order)
		if more {
			_, more = await(ctx, p, tick, j.done)
		}
		if !more || ctx.Err() != nil {
			return ctx.Err()
		}
		if err := take(&j.made); err != nil {
			return err
		}
		p.lines, p.bytes = p.lines+j.lines, p.bytes+int64(len(j.text))
		if j.err != nil {
			return fmt.Errorf("reading line %d: %w", j.first+j.lines, j.err)
		}
		free <- j
	}
}

// await returns what comes, and tells of the progress meanwhile. It is not ok at
// the end of what there is, or of ctx.
func await[V any](ctx context.Context, p *progress, tick <-chan time.Time, from <-chan V) (v V, ok bool) {
	for {
		select {
		case v, ok = <-from:
			return v, ok
		case now := <-tick:
			p.tell(now)
		case <-ctx.Done():
			return v, false
		}
	}
}

// readBlocks fills blocks from in, hands each to whoever works on it, and notes
// their order, until in or ctx ends.
func readBlocks[T any](ctx context.Context, in io.Reader, free <-chan *job[T], waiting, order chan<- *job[T]) {
	defer close(waiting)
	defer close(order)
	var rest []byte // of a line that has not come whole
	for number := 1; ; {
		var j *job[T]
		select {
		case j = <-free:
		case <-ctx.Done():
			return
		}
		text, whole, err := readLines(in, append(j.text[:0], rest...))
		rest = append(rest[:0], text[whole:]...)
		j.text, j.first, j.lines = text[:whole], number, bytes.Count(text[:whole], []byte("\n"))
		if errors.Is(err, io.EOF) && len(rest) > 0 { // the last line may lack its end
			j.text, j.lines = text, j.lines+1
		}
		if err != nil && !errors.Is(err, io.EOF) {
			j.err = err
		}
		number += j.lines
		order <- j // both have room for all there are
		waiting <- j
		if err != nil || ctx.Err() != nil {
			return
		}
	}
}

// readLines adds to text what in has, until there is a whole line; whole is how
// many of its bytes are whole lines.
func readLines(in io.Reader, text []byte) (_ []byte, whole int, err error) {
	for {
		text = slices.Grow(text, blockSize)
		n, err := in.Read(text[len(text):cap(text)])
		from := len(text)
		text = text[:from+n]
		if end := bytes.LastIndexByte(text[from:], '\n'); end >= 0 {
			return text, from + end + 1, err
		}
		if err != nil {
			return text, 0, err
		}
	}
}

// answers are the lines that a block is answered with.
type answers struct {
	out, errs []byte
	failed    bool
}

// eachLine gives every line of stdin that is not blank to answer, which adds a
// line to what it got, without its end, or nothing. Lines are answered side by
// side, and written in their order, as soon as they are known. A line that fails
// is reported with its number and stops no other; the exit status says so in the
// end. answer may be called from several goroutines at once.
func eachLine(ctx context.Context, verb string, p *progress, stdin io.Reader, stdout, stderr io.Writer, answer func(to, line []byte) ([]byte, error)) (status int) {
	work := func(b block, a *answers) {
		a.out, a.errs, a.failed = a.out[:0], a.errs[:0], false
		b.each(func(number int, line []byte) {
			was := len(a.out)
			out, err := answer(a.out, line)
			a.out = out
			if len(out) > was {
				a.out = append(out, '\n')
			}
			if err != nil {
				a.failed = true
				a.errs = fmt.Appendf(a.errs, "line %d: %v\n", number, err)
			}
		})
	}
	err := inBlocks(ctx, stdin, p, work, func(a *answers) error {
		if a.failed {
			status = exitFailed
			p.clear()
			if _, err := stderr.Write(a.errs); err != nil {
				return err
			}
		}
		if len(a.out) == 0 {
			return nil
		}
		_, err := stdout.Write(a.out)
		return err
	})
	switch {
	case ctx.Err() != nil:
		return exitFailed // interrupted
	case err != nil:
		fmt.Fprintf(stderr, "skala %s: %v\n", verb, err)
		return exitFailed
	}
	return status
}

// appendJSON adds v as JSON, the way a json.Encoder writes it for people.
func appendJSON(to []byte, v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return to, fmt.Errorf("encoding the answer: %w", err)
	}
	return append(to, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...), nil
}
