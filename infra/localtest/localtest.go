// Package localtest runs the whole desk for a test, as `make run` does: in a
// copy of the checkout, so that neither its data nor its ports are those of
// somebody's own desk. It can be killed and started again on the same data.
package localtest

import (
	"bytes"
	"context"
	"encoding/json"
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
	"testing"
	"time"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/template"
)

// Options are what `make run` would take from its environment. Empty ones are
// the defaults.
type Options struct {
	Accounts, Policy []byte // the documents themselves
	Jitter           time.Duration
}

// A Desk is one that runs, or did.
type Desk struct {
	Console   string `json:"console"`
	Webhooks  string `json:"webhooks"`
	API       string `json:"api"`
	Simulator string `json:"simulator"`
	Token     string `json:"admin_token"`
	PID       int    `json:"pid"`

	t      testing.TB
	home   string
	runner string
	env    []string
	said   *output
	cmd    *exec.Cmd
	ended  chan error
}

// Start runs a desk until the test ends.
func Start(t testing.TB, o Options) *Desk {
	t.Helper()
	root, err := template.Root()
	if err != nil {
		t.Fatal(err)
	}
	emulator.ForTest(t) // installs it where it is not yet
	d := &Desk{t: t, home: t.TempDir(), said: &output{}}
	for _, name := range []string{"go.mod", "go.sum", "template.yaml", "functions", "shared", "infra"} {
		copyTree(t, filepath.Join(root, name), filepath.Join(d.home, name))
	}
	if err := os.MkdirAll(filepath.Join(d.home, ".local"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, ".local", "emulator"), filepath.Join(d.home, ".local", "emulator")); err != nil {
		t.Fatal(err)
	}
	d.runner = filepath.Join(d.home, "runner")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", d.runner, "example.com/skala/infra/local").CombinedOutput(); err != nil {
		t.Fatalf("building the runner: %v\n%s", err, out)
	}
	d.env = append(os.Environ(), "PORT="+freePort(t), "SIM_PORT="+freePort(t), "ACCOUNTS=", "POLICY=", "SCHEDULE_JITTER="+o.Jitter.String())
	d.document("ACCOUNTS", "accounts.yaml", o.Accounts)
	d.document("POLICY", "policy.yaml", o.Policy)
	d.Run()
	t.Cleanup(func() {
		d.Stop()
		if t.Failed() {
			t.Logf("what the desk said:\n%s", d.said.tail(20_000))
		}
	})
	return d
}

func (d *Desk) document(variable, name string, doc []byte) {
	if doc == nil {
		return
	}
	path := filepath.Join(d.home, name)
	if err := os.WriteFile(path, doc, 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.env = append(d.env, variable+"="+path)
}

// Run starts the desk, again after Stop or Kill, and waits until it answers.
func (d *Desk) Run() {
	d.t.Helper()
	run := filepath.Join(d.home, ".local", "run.json")
	if err := os.Remove(run); err != nil && !os.IsNotExist(err) {
		d.t.Fatal(err)
	}
	d.cmd = exec.Command(d.runner)
	d.cmd.Dir, d.cmd.Env, d.cmd.Stdout, d.cmd.Stderr = d.home, d.env, d.said, d.said
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.ended = make(chan error, 1)
	go func(cmd *exec.Cmd, ended chan<- error) { ended <- cmd.Wait() }(d.cmd, d.ended)
	deadline := time.After(3 * time.Minute)
	for {
		doc, err := os.ReadFile(run)
		if err == nil && json.Unmarshal(doc, d) == nil {
			return
		}
		select {
		case err := <-d.ended:
			d.cmd = nil
			d.t.Fatalf("the desk ended at its start: %v\n%s", err, d.said.tail(5_000))
		case <-deadline:
			d.t.Fatal("the desk did not start within three minutes")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the desk as Ctrl-C does.
func (d *Desk) Stop() {
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Signal(os.Interrupt) // it may have ended already
	select {
	case <-d.ended:
	case <-time.After(time.Minute):
		_ = d.cmd.Process.Kill()
		<-d.ended
		d.t.Error("the desk did not stop within a minute")
	}
	d.cmd = nil
}

// Kill ends the runner as kill -9 does, and with it all functions; the emulator
// lives on.
func (d *Desk) Kill() {
	d.t.Helper()
	if err := d.cmd.Process.Kill(); err != nil {
		d.t.Fatal(err)
	}
	<-d.ended
	d.cmd = nil
}

// KillFunctions ends every process of the functions whose name is given, as
// kill -9 does, and reports how many there were.
func (d *Desk) KillFunctions(name string) (killed int) {
	d.t.Helper()
	binary := filepath.Join(d.home, ".local", "bin", name)
	processes, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		d.t.Fatal(err)
	}
	for _, link := range processes {
		if target, err := os.Readlink(link); err != nil || target != binary {
			continue // one of somebody else, or one that has just ended
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if err != nil {
			d.t.Fatal(err)
		}
		if process, err := os.FindProcess(pid); err == nil && process.Kill() == nil {
			killed++
		}
	}
	return killed
}

// Said is what the desk printed so far, the logs of all functions among it.
func (d *Desk) Said() string { return d.said.tail(1 << 30) }

// Home is the folder of the desk's own checkout.
func (d *Desk) Home() string { return d.home }

// Ask calls an address with a JSON body, unless in is nil, and reads the answer
// into out, unless that is nil. It carries the token of the demo administrator.
func (d *Desk) Ask(method, address string, in, out any, headers ...string) int {
	d.t.Helper()
	var body io.Reader
	if in != nil {
		doc, err := json.Marshal(in)
		if err != nil {
			d.t.Fatal(err)
		}
		body = bytes.NewReader(doc)
	}
	ctx, cancel := context.WithTimeout(d.t.Context(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+d.Token)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	doc, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if out != nil && resp.StatusCode < 300 && len(doc) > 0 {
		if err := json.Unmarshal(doc, out); err != nil {
			d.t.Fatalf("%s %s: %v in %.300s", method, address, err, doc)
		}
	}
	return resp.StatusCode
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
func copyTree(t testing.TB, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
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
			return fmt.Errorf("copying the checkout: %w", err)
		}
		return os.WriteFile(target, doc, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
