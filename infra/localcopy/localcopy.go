// Package localcopy runs the whole desk, as `make run` does, in a copy of the
// checkout, so that neither its data nor its ports are those of somebody's own
// desk. It can be killed and started again on the same data. Tests take it from
// localtest.
package localcopy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options are what `make run` would take from its environment. Empty ones are
// the defaults.
type Options struct {
	Accounts, Policy []byte // the documents themselves
	Jitter           time.Duration
	Change           func(home string) error // the copy, before its functions are built first
}

// A Desk is one that runs, or did.
type Desk struct {
	Console   string `json:"console"`
	Webhooks  string `json:"webhooks"`
	API       string `json:"api"`
	Simulator string `json:"simulator"`
	Token     string `json:"admin_token"`
	PID       int    `json:"pid"`

	home   string
	runner string
	env    []string
	said   *output
	cmd    *exec.Cmd
	ended  chan error
}

// Make copies the checkout at root into home, an empty folder, and builds its
// runner. The copy uses root's installation of the emulator, which must be
// there. Nothing runs yet.
func Make(ctx context.Context, root, home string, o Options) (*Desk, error) {
	d := &Desk{home: home, runner: filepath.Join(home, "runner"), said: &output{}}
	for _, name := range []string{"go.mod", "go.sum", "template.yaml", "functions", "shared", "infra"} {
		if err := copyTree(filepath.Join(root, name), filepath.Join(home, name)); err != nil {
			return nil, fmt.Errorf("copying the checkout: %w", err)
		}
	}
	if o.Change != nil {
		if err := o.Change(home); err != nil {
			return nil, fmt.Errorf("changing the copy: %w", err)
		}
	}
	if err := os.MkdirAll(filepath.Join(home, ".local"), 0o755); err != nil {
		return nil, err
	}
	if err := os.Symlink(filepath.Join(root, ".local", "emulator"), filepath.Join(home, ".local", "emulator")); err != nil {
		return nil, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", d.runner, "example.com/skala/infra/local")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the runner: %w\n%s", err, out)
	}
	d.env = append(os.Environ(), "ACCOUNTS=", "POLICY=", "SCHEDULE_JITTER="+o.Jitter.String())
	for _, variable := range []string{"PORT", "SIM_PORT"} {
		port, err := freePort(ctx)
		if err != nil {
			return nil, err
		}
		d.env = append(d.env, variable+"="+port)
	}
	return d, errors.Join(d.document("ACCOUNTS", "accounts.yaml", o.Accounts), d.document("POLICY", "policy.yaml", o.Policy))
}

func (d *Desk) document(variable, name string, doc []byte) error {
	if doc == nil {
		return nil
	}
	path := filepath.Join(d.home, name)
	d.env = append(d.env, variable+"="+path)
	return os.WriteFile(path, doc, 0o600)
}

// Run starts the desk, again after Stop or Kill, and waits until it answers.
func (d *Desk) Run(ctx context.Context) error {
	run := filepath.Join(d.home, ".local", "run.json")
	if err := os.Remove(run); err != nil && !os.IsNotExist(err) {
		return err
	}
	d.cmd = exec.Command(d.runner) // not of ctx: Stop lets it end in its own way
	d.cmd.Dir, d.cmd.Env, d.cmd.Stdout, d.cmd.Stderr = d.home, d.env, d.said, d.said
	if err := d.cmd.Start(); err != nil {
		d.cmd = nil
		return fmt.Errorf("starting the desk: %w", err)
	}
	d.ended = make(chan error, 1)
	go func(cmd *exec.Cmd, ended chan<- error) { ended <- cmd.Wait() }(d.cmd, d.ended)
	deadline := time.After(3 * time.Minute)
	for {
		doc, err := os.ReadFile(run)
		if err == nil && json.Unmarshal(doc, d) == nil {
			return nil
		}
		select {
		case err := <-d.ended:
			d.cmd = nil
			return fmt.Errorf("the desk ended at its start: %w\n%s", err, d.said.tail(5_000))
		case <-deadline:
			return errors.New("the desk did not start within three minutes")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the desk as Ctrl-C does. One that does not run is left alone.
func (d *Desk) Stop() error {
	if d.cmd == nil {
		return nil
	}
	cmd := d.cmd
	d.cmd = nil
	_ = cmd.Process.Signal(os.Interrupt) // it may have ended already
	select {
	case <-d.ended:
		return nil
	case <-time.After(time.Minute):
		err := cmd.Process.Kill()
		<-d.ended
		return errors.Join(errors.New("the desk did not stop within a minute"), err)
	}
}

// Kill ends the runner as kill -9 does, and with it all functions; the emulator
// lives on.
func (d *Desk) Kill() error {
	if err := d.cmd.Process.Kill(); err != nil {
		return fmt.Errorf("killing the desk: %w", err)
	}
	<-d.ended
	d.cmd = nil
	return nil
}

// KillFunctions ends every process of the functions whose name is given, as
// kill -9 does, and reports how many there were.
func (d *Desk) KillFunctions(name string) (killed int, err error) {
	binary := filepath.Join(d.home, ".local", "bin", name)
	processes, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		return 0, err
	}
	for _, link := range processes {
		if target, err := os.Readlink(link); err != nil || target != binary {
			continue // one of somebody else, or one that has just ended
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if err != nil {
			return killed, err
		}
		if process, err := os.FindProcess(pid); err == nil && process.Kill() == nil {
			killed++
		}
	}
	return killed, nil
}

// Said is the last n bytes of what the desk printed so far, the logs of all
// functions among it.
func (d *Desk) Said(n int) string { return d.said.tail(n) }

// Home is the folder of the desk's own checkout.
func (d *Desk) Home() string { return d.home }

// Ask calls an address with a JSON body, unless in is nil, and reads the answer
// into out, unless that is nil. It carries the token of the demo administrator.
func (d *Desk) Ask(ctx context.Context, method, address string, in, out any, headers ...string) (status int, err error) {
	var body io.Reader
	if in != nil {
		doc, err := json.Marshal(in)
		if err != nil {
			return 0, err
		}
		body = bytes.NewReader(doc)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+d.Token)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	doc, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	if out != nil && resp.StatusCode < 300 && len(doc) > 0 {
		if err := json.Unmarshal(doc, out); err != nil {
			return 0, fmt.Errorf("%s %s: %w in %.300s", method, address, err, doc)
		}
	}
	return resp.StatusCode, nil
}

// output collects what a process prints.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) tail(n int) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.b.String()
	return s[max(0, len(s)-n):]
}

// copyTree copies a file or a folder without what is hidden.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(d.Name(), ".") {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		doc, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, doc, 0o644)
	})
}

func freePort(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}
