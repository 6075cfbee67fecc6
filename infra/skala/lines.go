package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// eachLine gives every line of stdin that is not blank to answer, and writes
// what it returns, unless that is nil, as a line of JSON. A line that fails is
// reported with its number and stops no other; the exit status says so in the
// end. What is written comes out as soon as nothing more waits to be read.
func eachLine(ctx context.Context, verb string, stdin io.Reader, stdout, stderr io.Writer, answer func(line []byte) (any, error)) (status int) {
	in, out := bufio.NewReader(stdin), bufio.NewWriter(stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for number := 1; ctx.Err() == nil; number++ {
		line, readErr := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			v, err := answer(line)
			if err != nil {
				status = exitFailed
				fmt.Fprintf(stderr, "line %d: %v\n", number, err)
			}
			if v != nil {
				if err := encoder.Encode(v); err != nil {
					fmt.Fprintf(stderr, "skala %s: %v\n", verb, err)
					return exitFailed
				}
			}
		}
		if readErr != nil || in.Buffered() == 0 { // whoever writes line by line reads line by line
			if err := out.Flush(); err != nil {
				fmt.Fprintf(stderr, "skala %s: %v\n", verb, err)
				return exitFailed
			}
		}
		if errors.Is(readErr, io.EOF) {
			return status
		}
		if readErr != nil {
			fmt.Fprintf(stderr, "skala %s: reading line %d: %v\n", verb, number, readErr)
			return exitFailed
		}
	}
	return exitFailed // interrupted
}
