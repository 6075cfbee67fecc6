package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A suite is what is run on each bug, in stages: the quick ones first.
type suite struct {
	stages []stage
	links  map[string][]string // the packages that a package's tests link
}

// A stage is some packages' tests.
type stage struct {
	name     string
	packages []string
}

// stages name what they run. Whole desks as `make run` starts them are in none:
// they take minutes for each bug. The last is for the engine's bugs alone.
var stages = []struct {
	name     string
	patterns []string
}{
	{"packages", []string{"./shared/...", "./functions/..."}},
	{"story", []string{"./infra/story"}},
	{"crash", []string{"./infra/crash/..."}},
	{simulated, []string{"./infra/simulation"}},
}

// simulated is the stage of the engine's bugs.
const simulated = "simulation"

// lookUp finds the packages of the suite in a copy, and what their tests link.
func (l *laboratory) lookUp(ctx context.Context, dir, only string) (suite, error) {
	s := suite{links: map[string][]string{}}
	list := func(args ...string) ([]string, error) {
		c := exec.CommandContext(ctx, "go", append([]string{"list", "-f"}, args...)...)
		c.Dir, c.Env = dir, l.env
		out, err := c.Output()
		if err != nil {
			return nil, fmt.Errorf("listing packages: %w", told(err))
		}
		return lines(out), nil
	}
	for _, st := range stages {
		if only != "" && st.name != only || only == "" && st.name == simulated {
			continue
		}
		tests, err := list(append([]string{`{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}`}, st.patterns...)...)
		if err != nil {
			return s, err
		}
		s.stages = append(s.stages, stage{st.name, tests})
		linked, err := list(append([]string{`{{if .ForTest}}{{else}}{{.ImportPath}} {{join .Deps " "}}{{end}}`, "-test"}, st.patterns...)...)
		if err != nil {
			return s, err
		}
		for _, line := range linked {
			fields := strings.Fields(line)
			if tested, ok := strings.CutSuffix(fields[0], ".test"); ok {
				s.links[tested] = fields[1:]
			}
		}
	}
	if len(s.stages) == 0 {
		return s, fmt.Errorf("there is no stage %q", only)
	}
	return s, nil
}

// using are the packages of a stage whose tests run code that the bug changes: no
// other can tell it from none. Those that it changes are apart.
func (s suite) using(st stage, b bug) (own, others []string) {
	changed := map[string]bool{}
	for _, p := range b.packages() {
		changed[module+strings.TrimPrefix(p, ".")] = true
	}
	for _, p := range st.packages {
		switch {
		case changed[p]:
			own = append(own, p)
		case slices.ContainsFunc(s.links[p], func(d string) bool { return changed[d] }):
			others = append(others, p)
		}
	}
	return own, others
}

const module = "example.com/skala"

// A failure is the first test that failed.
type failure struct {
	pkg, test string
	timedOut  bool
	said      string
}

func (f *failure) String() string {
	s := strings.TrimPrefix(f.pkg, module+"/")
	if f.test != "" {
		s += " " + f.test
	}
	if f.timedOut {
		s += " timed out"
	}
	return s
}

// pattern is what makes go test run this test alone.
func (f *failure) pattern() string {
	parts := strings.Split(f.test, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return strings.Join(parts, "/")
}

// run runs the tests of packages until one fails, and kills the rest then. It
// returns nil when all pass.
func (l *laboratory) run(ctx context.Context, dir string, packages []string, within time.Duration, options ...string) (*failure, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	args := append([]string{"test", "-json", "-trimpath", "-vet=off", "-count=1", "-timeout=0"}, options...)
	c := exec.CommandContext(ctx, "go", append(args, packages...)...)
	c.Dir, c.Env = dir, l.env
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) } // with the tests that it runs
	c.WaitDelay = 10 * time.Second
	var complaints bytes.Buffer
	c.Stderr = &complaints
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("running the tests: %w", err)
	}
	first, err := firstFailure(out)
	if first != nil || err != nil {
		cancel()
	}
	ended := c.Wait() // what is killed ends in an error
	switch {
	case err != nil:
		return nil, err
	case first != nil:
		return first, nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &failure{pkg: strings.Join(packages, " "), timedOut: true}, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case ended != nil:
		return nil, fmt.Errorf("running the tests: %w\n%s", ended, complaints.Bytes())
	}
	return nil, nil
}

// firstFailure reads what go test tells up to the first failure: the subtest
// before the test that it is part of. What does not build is an error.
func firstFailure(out io.Reader) (*failure, error) {
	said := map[string]*strings.Builder{}
	for events := json.NewDecoder(out); ; {
		var e struct{ Action, Package, Test, Output, ImportPath, FailedBuild string }
		if err := events.Decode(&e); err != nil {
			return nil, nil // the end, orderly or killed: go test says which
		}
		name := e.Package + " " + e.Test
		switch e.Action {
		case "build-output":
			name = e.ImportPath
			fallthrough
		case "output":
			if said[name] == nil {
				said[name] = &strings.Builder{}
			}
			said[name].WriteString(e.Output)
		case "build-fail":
			return nil, fmt.Errorf("its tests do not compile:\n%s", said[e.ImportPath])
		case "fail":
			f := &failure{pkg: e.Package, test: e.Test}
			if s := said[name]; s != nil {
				f.said = s.String()
			}
			return f, nil
		}
	}
}
