package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// echo answers a line with itself, and refuses those that say no.
func echo(to, line []byte) ([]byte, error) {
	if line = bytes.TrimSpace(line); string(line) == "no" {
		return to, errors.New("refused")
	}
	return append(to, line...), nil
}

func TestLinesAreAnsweredInTheirOrderHoweverTheyCome(t *testing.T) {
	t.Parallel()
	const lines = 20_000
	var in, want, wrong strings.Builder
	for i := 1; i <= lines; i++ {
		switch {
		case i%1000 == 0:
			in.WriteString("no\n")
			fmt.Fprintf(&wrong, "line %d: refused\n", i)
		case i%777 == 0:
			in.WriteString("  \n")
		case i == 5000:
			long := strings.Repeat("x", 3*blockSize)
			in.WriteString(long + "\n")
			want.WriteString(long + "\n")
		default:
			fmt.Fprintf(&in, "message %d\n", i)
			fmt.Fprintf(&want, "message %d\n", i)
		}
	}
	in.WriteString("the last has no end")
	want.WriteString("the last has no end\n")
	for name, reader := range map[string]io.Reader{
		"at once": strings.NewReader(in.String()), "by halves": iotest.HalfReader(strings.NewReader(in.String())), "with the end": iotest.DataErrReader(strings.NewReader(in.String())),
		"byte by byte": bufio.NewReader(iotest.OneByteReader(strings.NewReader(in.String()))),
	} {
		var out, errs bytes.Buffer
		if status := eachLine(t.Context(), "echo", new(progress), reader, &out, &errs, echo); status != exitFailed {
			t.Errorf("%s: exit status %d though lines were refused", name, status)
		}
		if out.String() != want.String() || errs.String() != wrong.String() {
			t.Errorf("%s: %d bytes of answers, want %d; errors:\n%.200s", name, out.Len(), want.Len(), errs.String())
		}
	}
}

func TestALineIsAnsweredBeforeTheNextIsWritten(t *testing.T) {
	t.Parallel()
	in, typed := io.Pipe()
	answered, out := io.Pipe()
	ended := make(chan int, 1)
	go func() { ended <- eachLine(t.Context(), "echo", new(progress), in, out, io.Discard, echo) }()
	answers := bufio.NewReader(answered)
	for _, line := range []string{"one\n", "two\n", "three\n"} {
		half := len(line) / 2 // half a line does not hold back the answer to the one before
		for _, part := range []string{line[:half], line[half:] + "hal"} {
			if _, err := io.WriteString(typed, part); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := answers.ReadString('\n'); err != nil || !strings.HasSuffix(line, strings.TrimPrefix(got, "hal")) {
			t.Fatalf("%q is answered with %q, %v", line, got, err)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, answers) }()
	typed.Close()
	if status := <-ended; status != exitOK {
		t.Errorf("exit status %d", status)
	}
}

func TestAnInterruptEndsAVerbThatWaitsForInput(t *testing.T) {
	t.Parallel()
	in, typed := io.Pipe()
	defer typed.Close()
	answered, out := io.Pipe()
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() { ended <- eachLine(ctx, "echo", new(progress), in, out, io.Discard, echo) }()
	if _, err := io.WriteString(typed, "one\ntw"); err != nil {
		t.Fatal(err)
	}
	if got, err := bufio.NewReader(answered).ReadString('\n'); err != nil || got != "one\n" {
		t.Fatalf("%q, %v", got, err)
	}
	interrupt()
	if status := <-ended; status != exitFailed {
		t.Errorf("exit status %d", status)
	}
}

func TestAnInputThatBreaksOffIsAnErrorWithItsLine(t *testing.T) {
	t.Parallel()
	in := io.MultiReader(strings.NewReader("one\ntwo\nhalf"), iotest.ErrReader(errors.New("unplugged")))
	var out, errs bytes.Buffer
	if status := eachLine(t.Context(), "echo", new(progress), in, &out, &errs, echo); status != exitFailed || out.String() != "one\ntwo\n" || errs.String() != "skala echo: reading line 3: unplugged\n" {
		t.Errorf("exit status %d, %q, %q", status, out.String(), errs.String())
	}
	errs.Reset()
	if status := eachLine(t.Context(), "echo", new(progress), strings.NewReader("one\n"), noRoom{}, &errs, echo); status != exitFailed || errs.String() != "skala echo: no room\n" {
		t.Errorf("exit status %d, %q", status, errs.String())
	}
}

// noRoom is a disk without room.
type noRoom struct{}

func (noRoom) Write([]byte) (int, error) { return 0, errors.New("no room") }

// slow hands out a line a second.
type slow struct{ lines []string }

func (s *slow) Read(to []byte) (int, error) {
	if len(s.lines) == 0 {
		return 0, io.EOF
	}
	time.Sleep(time.Second)
	n := copy(to, s.lines[0])
	s.lines = s.lines[1:]
	return n, nil
}

func TestALongRunTellsHowFarItIsAndAShortOneNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		lines    int
		progress progress
		want     string
	}{
		{"a short one", 1, progress{}, ""},
		{"in a log", 9, progress{size: 10 * 7}, "1 lines, 0 a second, 10 % done, 0:18 left\n6 lines, 0 a second, 60 % done, 0:05 left\n9 lines in 0:09, 1 a second\n"},
		{"of unknown size", 4, progress{}, "1 lines, 0 a second\n4 lines in 0:04, 1 a second\n"},
		{"on a terminal", 3, progress{terminal: true}, "\r1 lines, 0 a second\x1b[K\r2 lines, 0 a second\x1b[K\r2 lines, 0 a second\x1b[K\r\x1b[K3 lines in 0:03, 1 a second\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				in := &slow{}
				for range tt.lines {
					in.lines = append(in.lines, "a line\n")
				}
				time.Sleep(time.Millisecond) // the instants of telling are not those of reading
				var out, errs bytes.Buffer
				tt.progress.to = &errs
				if status := eachLine(t.Context(), "echo", &tt.progress, in, &out, &errs, echo); status != exitOK || strings.Count(out.String(), "a line\n") != tt.lines {
					t.Errorf("exit status %d, %q", status, out.String())
				}
				if errs.String() != tt.want {
					t.Errorf("told\n%q, want\n%q", errs.String(), tt.want)
				}
			})
		})
	}
}

func TestAnErrorClearsTheProgressOffTheTerminalFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var errs bytes.Buffer
		p := &progress{to: &errs, terminal: true}
		eachLine(t.Context(), "echo", p, &slow{lines: []string{"a\n", "b\n", "no\n"}}, io.Discard, &errs, echo)
		if !strings.Contains(errs.String(), "\x1b[K\r\x1b[Kline 3: refused\n") {
			t.Errorf("%q", errs.String())
		}
	})
}

func TestTheSizeOfWhatIsLeftOfAFileIsKnown(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "in.jsonl")
	if err := os.WriteFile(name, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Seek(4, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if got := sizeOf(file); got != 6 {
		t.Errorf("%d bytes, want 6", got)
	}
	if got := sizeOf(strings.NewReader("x")); got != 0 || isTerminal(file) {
		t.Errorf("%d, %v", got, isTerminal(file))
	}
}
