package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A laboratory makes copies of the committed files, plants bugs in them and runs
// the suite there.
type laboratory struct {
	root   string
	home   string // of the copies
	commit string // that is copied, whatever is committed meanwhile
	env    []string
	say    io.Writer // what it is about
	suite  suite
	took   map[string]time.Duration // of each stage, where nothing is planted
}

// sound is the name of the copy in which nothing is planted.
const sound = "sound"

// work plants each bug, after it has seen that the suite passes without any:
// otherwise nothing that follows would mean anything.
func (l *laboratory) work(ctx context.Context, bugs []bug, stage string, trust bool) (report, error) {
	if err := os.RemoveAll(l.home); err != nil {
		return report{}, err
	}
	commit, err := exec.CommandContext(ctx, "git", "-C", l.root, "rev-parse", "HEAD").Output()
	if err != nil {
		return report{}, fmt.Errorf("finding the last commit: %w", told(err))
	}
	l.commit = strings.TrimSpace(string(commit))
	dir, err := l.copy(ctx, sound)
	if err != nil {
		return report{}, err
	}
	if l.suite, err = l.lookUp(ctx, dir, stage); err != nil {
		return report{}, err
	}
	l.took = map[string]time.Duration{}
	for _, s := range l.suite.stages {
		if l.took[s.name] = unproven; trust {
			continue
		}
		if err := l.prove(ctx, dir, s, bugs); err != nil {
			return report{}, err
		}
	}
	return l.all(ctx, bugs)
}

// unproven is how long a stage is thought to take that nobody measured.
const unproven = 5 * time.Minute

// prove runs those packages of a stage that any of bugs will need, with nothing
// planted.
func (l *laboratory) prove(ctx context.Context, dir string, s stage, bugs []bug) error {
	var needed []string
	for _, b := range bugs {
		own, others := l.suite.using(s, b)
		needed = append(append(needed, own...), others...)
	}
	slices.Sort(needed)
	if needed = slices.Compact(needed); len(needed) == 0 {
		return nil
	}
	for try := 1; ; try++ {
		began := time.Now()
		failed, err := l.run(ctx, dir, needed, time.Hour)
		if err != nil {
			return err
		}
		if failed == nil {
			l.took[s.name] = time.Since(began)
			fmt.Fprintf(l.say, "%s: nothing planted, and the tests of %d packages pass in %.0f s\n", s.name, len(needed), l.took[s.name].Seconds())
			return nil
		}
		if try == 2 { // a machine that does much else makes a test fail now and then
			return fmt.Errorf("with nothing planted %s fails:\n%s", failed, failed.said)
		}
		fmt.Fprintf(l.say, "%s: nothing planted, and %s fails: once more\n%s", s.name, failed, failed.said)
	}
}

// copy is a folder with the files of the last commit.
func (l *laboratory) copy(ctx context.Context, name string) (string, error) {
	archive, err := exec.CommandContext(ctx, "git", "-C", l.root, "archive", "--format=tar", l.commit).Output()
	if err != nil {
		return "", fmt.Errorf("reading the last commit: %w", told(err))
	}
	dir := filepath.Join(l.home, name)
	for files := tar.NewReader(bytes.NewReader(archive)); ; {
		file, err := files.Next()
		if errors.Is(err, io.EOF) {
			return dir, nil
		}
		if err != nil {
			return "", fmt.Errorf("unpacking the last commit: %w", err)
		}
		if file.Typeflag != tar.TypeReg {
			continue
		}
		to := filepath.Join(dir, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return "", err
		}
		doc, err := io.ReadAll(files)
		if err != nil {
			return "", fmt.Errorf("unpacking the last commit: %w", err)
		}
		if err := os.WriteFile(to, doc, file.FileInfo().Mode().Perm()); err != nil {
			return "", err
		}
	}
}

// apply puts a patch into a copy, which lies in the checkout and is none.
func apply(ctx context.Context, dir string, b bug) error {
	c := exec.CommandContext(ctx, "git", "apply")
	c.Dir, c.Env, c.Stdin = dir, append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir)), bytes.NewReader(b.patch)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s no longer applies: %w\n%s", b.Name, err, out)
	}
	return nil
}

// all plants each bug. Those that can't be planted are all named.
func (l *laboratory) all(ctx context.Context, bugs []bug) (report, error) {
	var r report
	var errs []error
	for n, b := range bugs {
		fmt.Fprintf(l.say, "%d of %d: %s: ", n+1, len(bugs), b.Name)
		f, err := l.plant(ctx, b)
		if err != nil {
			fmt.Fprintln(l.say, "can't be planted")
			errs = append(errs, err)
			continue
		}
		fmt.Fprintf(l.say, "%s (%.0f s)\n", f.by(), f.Took)
		r.add(f)
	}
	return r, errors.Join(errs...)
}

// plant tells what became of one bug.
func (l *laboratory) plant(ctx context.Context, b bug) (finding, error) {
	f := finding{bug: b}
	began := time.Now()
	dir, err := l.copy(ctx, b.Name)
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(dir)
	if err := apply(ctx, dir, b); err != nil {
		return f, err
	}
	if err := l.build(ctx, dir, b); err != nil {
		return f, fmt.Errorf("%s: %w", b.Name, err)
	}
	for _, s := range l.suite.stages {
		own, others := l.suite.using(s, b)
		for _, packages := range [][]string{own, others} {
			caught, err := l.try(ctx, dir, &f, packages, 4*l.took[s.name]+time.Minute)
			if err != nil {
				return f, fmt.Errorf("%s: %w", b.Name, err)
			}
			if caught != nil {
				f.Stage, f.Package, f.Test, f.TimedOut = s.name, caught.pkg, caught.test, caught.timedOut
				f.Took = time.Since(began).Round(time.Second).Seconds()
				return f, nil
			}
		}
	}
	f.Took = time.Since(began).Round(time.Second).Seconds()
	return f, nil
}

// build compiles what the bug changes. A bug that changes what others compile
// against fails in their tests.
func (l *laboratory) build(ctx context.Context, dir string, b bug) error {
	c := exec.CommandContext(ctx, "go", append([]string{"build", "-trimpath"}, b.packages()...)...)
	c.Dir, c.Env = dir, l.env
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("it does not compile: %w\n%s", err, out)
	}
	return nil
}

// try runs some packages' tests on a bug. A test that fails, and does not when it
// is run once more by itself, caught nothing.
func (l *laboratory) try(ctx context.Context, dir string, f *finding, packages []string, within time.Duration) (*failure, error) {
	if len(packages) == 0 {
		return nil, nil
	}
	caught, err := l.run(ctx, dir, packages, within)
	if caught == nil || err != nil || caught.test == "" {
		return caught, err
	}
	again, err := l.run(ctx, dir, []string{caught.pkg}, within, "-run", caught.pattern())
	if again == nil && err == nil {
		f.Once = append(f.Once, caught.String())
		return nil, nil
	}
	return caught, err
}

// told is err with what the program printed.
func told(err error) error {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(exit.Stderr))
	}
	return err
}

// lines are those that a program printed, without empty ones.
func lines(out []byte) []string {
	return slices.DeleteFunc(strings.Split(string(out), "\n"), func(line string) bool { return line == "" })
}
