package browser_test

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/template"
)

// A desk is all of it, running in a process of its own.
type desk struct {
	Console   string `json:"console"`
	Simulator string `json:"simulator"`
	Token     string `json:"admin_token"`
}

// start runs the desk as `make run` does, in a copy of the checkout, so that
// neither its data nor its ports are those of somebody's own desk.
func start(t *testing.T) *desk {
	t.Helper()
	root, err := template.Root()
	if err != nil {
		t.Fatal(err)
	}
	emulator.ForTest(t) // installs it where it is not yet
	home := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "template.yaml", "functions", "shared", "infra"} {
		copyTree(t, filepath.Join(root, name), filepath.Join(home, name))
	}
	if err := os.MkdirAll(filepath.Join(home, ".local"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, ".local", "emulator"), filepath.Join(home, ".local", "emulator")); err != nil {
		t.Fatal(err)
	}
	runner := filepath.Join(home, "runner")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", runner, "example.com/skala/infra/local").CombinedOutput(); err != nil {
		t.Fatalf("building the runner: %v\n%s", err, out)
	}
	var said bytes.Buffer
	cmd := exec.Command(runner)
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "PORT="+freePort(t), "SIM_PORT="+freePort(t), "ACCOUNTS=", "POLICY=")
	cmd.Stdout, cmd.Stderr = &said, &said
	bind(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended already
		select {
		case <-ended:
		case <-time.After(time.Minute):
			_ = cmd.Process.Kill()
			t.Error("the desk did not stop within a minute")
		}
		if t.Failed() {
			t.Logf("what the desk said:\n%s", tail(said.String(), 20000))
		}
	})
	deadline := time.After(3 * time.Minute)
	for {
		doc, err := os.ReadFile(filepath.Join(home, ".local", "run.json"))
		var d desk
		if err == nil && json.Unmarshal(doc, &d) == nil {
			return &d
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the desk ended at its start: %v", err)
		case <-deadline:
			t.Fatal("the desk did not start within three minutes")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// copyTree copies a file or a folder without what is hidden.
func copyTree(t *testing.T, from, to string) {
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
			return err
		}
		return os.WriteFile(target, doc, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// ask calls the simulator's API, or the desk's with the demo administrator's
// token.
func (d *desk) ask(t *testing.T, method, address string, in, out any) int {
	t.Helper()
	var body io.Reader
	if in != nil {
		doc, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.NewReader(doc)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+d.Token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if out != nil {
		if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
			t.Fatalf("%s %s answered %d: %v", method, address, resp.StatusCode, err)
		}
	}
	return resp.StatusCode
}

// A ticket is what the tests look at of one.
type ticket struct {
	ID       string
	State    string
	Tier     int
	Category string
	Author   struct{ ID string }
}

// says lets somebody write through the simulator's API, and returns their
// ticket once the desk has it, with how long that took.
func (d *desk) says(t *testing.T, platform, author, text string) (ticket, time.Duration) {
	t.Helper()
	began := time.Now()
	var told struct {
		Author string
		Status int
	}
	d.ask(t, http.MethodPost, d.Simulator+"/sim/api/say", map[string]string{"platform": platform, "author": author, "name": author, "text": text}, &told)
	if told.Status != http.StatusOK {
		t.Fatalf("the door answered %d", told.Status)
	}
	return d.ticketOf(t, told.Author), time.Since(began)
}

// ticketOf waits for the ticket of an author.
func (d *desk) ticketOf(t *testing.T, author string) ticket {
	t.Helper()
	var found ticket
	eventually(t, 15*time.Second, "a ticket of "+author, func() bool {
		var list struct{ Items []ticket }
		d.ask(t, http.MethodGet, d.Console+"/api/v1/tickets?author="+author, nil, &list)
		for _, item := range list.Items {
			if item.Author.ID == author {
				found = item
				return true
			}
		}
		return false
	})
	return found
}

// eventually polls until ok, and fails when it never is.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", within, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
