package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	infrapolicy "example.com/skala/infra/policy"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/policy"
)

// settings are what a person may choose.
type settings struct {
	root     string // of the checkout
	port     int
	simPort  int
	accounts document
	policy   document
	notify   document
	apps     []platform.App // of the accounts file
	stream   int            // messages a minute from invented customers
	jitter   time.Duration  // of the schedule
}

// local is the path of a file in .local.
func (s settings) local(name ...string) string {
	return filepath.Join(append([]string{s.root, ".local"}, name...)...)
}

// A document is a file's content with the path that mistakes are reported
// under.
type document struct {
	path    string // absolute, empty when the content is built in
	content []byte
}

// read reads the environment and the files it names, and checks both with the
// code that the functions use. Its errors are for the person who starts us.
func read(root string, getenv func(string) string) (s settings, err error) {
	s.root = root
	if s.port, err = port(getenv("PORT"), 8080); err != nil {
		return s, fmt.Errorf("PORT %w", err)
	}
	if s.simPort, err = port(getenv("SIM_PORT"), 8081); err != nil {
		return s, fmt.Errorf("SIM_PORT %w", err)
	}
	if s.port == s.simPort {
		return s, fmt.Errorf("PORT and SIM_PORT are both %d", s.port)
	}
	if text := getenv("SCHEDULE_JITTER"); text != "" {
		s.jitter, err = time.ParseDuration(text)
		if err != nil || s.jitter < 0 || s.jitter > time.Minute {
			return s, fmt.Errorf("SCHEDULE_JITTER is %q, want 0s to 60s", text)
		}
	}
	if text := getenv("STREAM"); text != "" {
		if s.stream, err = strconv.Atoi(text); err != nil || s.stream < 0 || s.stream > 6000 {
			return s, fmt.Errorf("STREAM is %q, want the messages a minute, 0 to 6000", text)
		}
	}
	name := getenv("ACCOUNTS")
	if name == "" {
		name = filepath.Join(root, "infra", "local", "accounts.yaml")
	}
	if s.accounts, err = open(name); err != nil {
		return s, fmt.Errorf("the accounts file cannot be read: %w", err)
	}
	accounts, err := platform.Load(s.accounts.content, name, platform.ForAll)
	if err != nil {
		return s, fmt.Errorf("the accounts file is not right: %w", err)
	}
	s.apps = accounts.Apps()
	if name = getenv("NOTIFY"); name == "" {
		name = filepath.Join(root, "infra", "local", "notify.yaml")
	}
	if s.notify, err = checked(name); err != nil {
		return s, err
	}
	s.policy = document{content: infrapolicy.Default}
	name = "the built-in policy"
	if file := getenv("POLICY"); file != "" {
		name = file
		if s.policy, err = open(name); err != nil {
			return s, fmt.Errorf("the policy file cannot be read: %w", err)
		}
	}
	if _, err := policy.Load(s.policy.content, name); err != nil {
		return s, fmt.Errorf("the policy is not right: %w", err)
	}
	return s, nil
}

func open(name string) (document, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return document{}, err
	}
	content, err := os.ReadFile(path)
	return document{path, content}, err
}

func port(text string, otherwise int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 65535 {
		return 0, fmt.Errorf("is %q, want a number from 1 to 65535", text)
	}
	return n, nil
}

// listen takes a loopback port.
func listen(name string, port int) (net.Listener, error) {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %d is in use: stop what listens there, or choose another with %s=%d", port, name, port+1000)
	}
	if err != nil {
		return nil, fmt.Errorf("port %d cannot be used: %w", port, err)
	}
	return l, nil
}

// alone makes this the only run of the checkout until the returned file is
// closed, as the end of the process closes it: two would share their data.
func alone(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("making .local: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("locking .local: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, errors.New("this checkout's desk runs already, on other ports: see .local/run.json")
	}
	return f, nil
}
