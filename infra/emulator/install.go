package emulator

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed requirements.txt
var requirements []byte

// Version names the emulator that would be installed, as its package index does:
// ministack 1.5.33.
func Version() string {
	for line := range strings.Lines(string(requirements)) {
		if version, ok := strings.CutPrefix(line, "ministack=="); ok {
			number, _, _ := strings.Cut(version, " ")
			return "ministack " + strings.TrimSpace(number)
		}
	}
	return "ministack"
}

// An installation is the emulator's program: an interpreter and where its
// modules lie.
type installation struct {
	Python string // the interpreter
	Path   string // PYTHONPATH, empty in a virtual environment
}

// install returns the emulator's program in dir, installing it when it is not
// there or is another version. The caller holds the lock on dir.
func install(ctx context.Context, dir string, log *slog.Logger) (installation, error) {
	sum := sha256.Sum256(requirements)
	want := hex.EncodeToString(sum[:])
	marker := filepath.Join(dir, "installed")
	if got, err := os.ReadFile(marker); err == nil {
		version, python, _ := strings.Cut(strings.TrimSpace(string(got)), " ")
		in := installation{Python: python}
		if !strings.HasPrefix(python, dir) {
			in.Path = filepath.Join(dir, "lib")
		}
		if _, err := os.Stat(python); err == nil && version == want {
			return in, nil
		}
	}
	python, err := findPython(ctx)
	if err != nil {
		return installation{}, err
	}
	log.InfoContext(ctx, "installing the emulator", "into", dir, "python", python)
	if err := os.RemoveAll(dir); err != nil {
		return installation{}, fmt.Errorf("installing the emulator: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return installation{}, fmt.Errorf("installing the emulator: %w", err)
	}
	wanted := filepath.Join(dir, "requirements.txt")
	if err := os.WriteFile(wanted, requirements, 0o644); err != nil {
		return installation{}, fmt.Errorf("installing the emulator: %w", err)
	}
	in, err := installWith(ctx, python, dir, wanted)
	if err != nil {
		return installation{}, err
	}
	return in, os.WriteFile(marker, []byte(want+" "+in.Python+"\n"), 0o644)
}

// installWith tries the ways that machines differ in: a virtual environment;
// the interpreter's own pip, into a folder; and on Debian, whose bare Python
// has neither, the pip of its package archive, unpacked beside.
func installWith(ctx context.Context, python, dir, wanted string) (installation, error) {
	pip := []string{"install", "--quiet", "--disable-pip-version-check", "--no-input", "--only-binary", ":all:", "--require-hashes", "-r", wanted}
	venv, lib := filepath.Join(dir, "venv"), filepath.Join(dir, "lib")
	if _, err := output(ctx, python, "-m", "venv", venv); err == nil {
		in := installation{Python: filepath.Join(venv, "bin", "python3")}
		_, err := output(ctx, in.Python, append([]string{"-m", "pip"}, pip...)...)
		return in, whyNot(err)
	}
	if err := os.RemoveAll(venv); err != nil {
		return installation{}, fmt.Errorf("installing the emulator: %w", err)
	}
	in := installation{Python: python, Path: lib}
	pip = append(pip, "--target", lib)
	if _, err := output(ctx, python, "-m", "pip", "--version"); err == nil {
		_, err := output(ctx, python, append([]string{"-m", "pip"}, pip...)...)
		return in, whyNot(err)
	}
	wheel, err := debianPip(ctx, dir)
	if err != nil {
		return installation{}, fmt.Errorf("%s has neither venv nor pip: install one of them (on Debian: the package python3-venv)", python)
	}
	_, err = output(ctx, python, append([]string{filepath.Join(wheel, "pip")}, pip...)...)
	return in, errors.Join(whyNot(err), os.RemoveAll(filepath.Join(dir, "apt")))
}

// debianPip unpacks pip of Debian's package python3-pip-whl under dir, with
// package lists of its own, and returns its wheel, which Python can run.
func debianPip(ctx context.Context, dir string) (string, error) {
	apt := filepath.Join(dir, "apt")
	for _, d := range []string{filepath.Join(apt, "lists", "partial"), filepath.Join(apt, "cache", "archives", "partial")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return "", err
		}
	}
	own := []string{"-q", "-o", "Dir::State::lists=" + filepath.Join(apt, "lists"), "-o", "Dir::Cache=" + filepath.Join(apt, "cache"), "-o", "APT::Sandbox::User="}
	if _, err := output(ctx, "apt-get", append(own, "update")...); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "apt-get", append(own, "download", "python3-pip-whl")...)
	cmd.Dir = apt
	if err := cmd.Run(); err != nil {
		return "", err
	}
	packages, err := filepath.Glob(filepath.Join(apt, "python3-pip-whl*.deb"))
	if err != nil || len(packages) == 0 {
		return "", errors.New("the package did not come")
	}
	if _, err := output(ctx, "dpkg-deb", "-x", packages[0], apt); err != nil {
		return "", err
	}
	wheels, err := filepath.Glob(filepath.Join(apt, "usr", "share", "python-wheels", "pip-*.whl"))
	if err != nil || len(wheels) == 0 {
		return "", errors.New("the package holds no wheel")
	}
	return wheels[0], nil
}

// findPython returns the first interpreter in PATH that is new enough.
func findPython(ctx context.Context) (string, error) {
	var old string
	for _, name := range []string{"python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		version, err := output(ctx, path, "-c", "import sys; print('%d.%d' % sys.version_info[:2], sys.version_info >= (3, 10))")
		if err != nil {
			continue
		}
		v, enough, _ := strings.Cut(strings.TrimSpace(version), " ")
		if enough == "True" {
			return path, nil
		}
		old = v
	}
	if old != "" {
		return "", fmt.Errorf("the emulator needs Python 3.10 or newer, and this machine has %s", old)
	}
	return "", errors.New("the emulator needs Python 3.10 or newer, and there is no python3 in PATH")
}

// whyNot turns what pip says into one sentence.
func whyNot(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, sign := range []string{"Temporary failure in name resolution", "Name or service not known", "nodename nor servname", "Network is unreachable",
		"Connection refused", "Failed to resolve", "Failed to establish", "ConnectTimeoutError", "NewConnectionError", "Max retries exceeded", "ProxyError"} {
		if strings.Contains(text, sign) {
			return errors.New("installing the emulator needs the network once, and the package index cannot be reached")
		}
	}
	if strings.Contains(text, "No matching distribution") {
		return errors.New("installing the emulator: the package index cannot be reached, or has no wheels for this machine")
	}
	return fmt.Errorf("installing the emulator: %w", err)
}

// output runs a program and returns what it printed; its error holds the last
// lines of its complaint.
func output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var complaint tail
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil && ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", filepath.Base(name), err, strings.TrimSpace(string(complaint)))
	}
	return string(out), nil
}

// A tail keeps the end of what is written to it.
type tail []byte

const tailSize = 16 << 10

func (t *tail) Write(b []byte) (int, error) {
	*t = append(*t, b...)
	*t = (*t)[max(0, len(*t)-tailSize):]
	return len(b), nil
}

var _ io.Writer = (*tail)(nil)
