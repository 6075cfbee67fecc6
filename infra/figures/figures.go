// Package figures writes down what was measured, where, and on what, so that
// two runs can be compared. It measures nothing itself.
package figures

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// An About is what every file of figures begins with.
type About struct {
	Commit   string  `json:"commit"`   // abbreviated; + when files differ from it
	Machine  string  `json:"machine"`  // system, processor, Go, how busy it was
	Emulator string  `json:"emulator"` // of DynamoDB and SQS
	Took     float64 `json:"took_s"`
}

// Here describes the checkout at root and this machine.
func Here(ctx context.Context, root, emulator string) About {
	return About{Commit: commit(ctx, root), Machine: machine(), Emulator: emulator}
}

func commit(ctx context.Context, root string) string {
	git := func(args ...string) (string, error) {
		out, err := exec.CommandContext(ctx, "git", append([]string{"-C", root}, args...)...).Output()
		return strings.TrimSpace(string(out)), err
	}
	at, err := git("rev-parse", "--short", "HEAD")
	if err != nil {
		return "unknown" // an archive has no history
	}
	if changed, err := git("status", "--porcelain"); err != nil || changed != "" {
		at += "+"
	}
	return at
}

func machine() string {
	s := fmt.Sprintf("%s/%s, %d cores", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	if model := processor(); model != "" {
		s += " of " + model
	}
	s += ", " + runtime.Version()
	if doc, err := os.ReadFile("/proc/loadavg"); err == nil {
		load, _, _ := strings.Cut(string(doc), " ")
		s += ", load " + load + " at the start"
	}
	return s
}

// processor is its model where Linux tells it.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// Write puts figures into .local/figures/NAME.json of the checkout at root, in
// one step.
func Write(root, name string, figures any) error {
	doc, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return fmt.Errorf("writing figures: %w", err)
	}
	dir := filepath.Join(root, ".local", "figures")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("writing figures: %w", err)
	}
	path := filepath.Join(dir, name+".json")
	if err := os.WriteFile(path+".new", append(doc, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing figures: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("writing figures: %w", err)
	}
	return nil
}

// Quantile is the smallest of samples that a share q of them, 0 to 1, does not
// exceed; zero when there are none. It sorts samples.
func Quantile(samples []time.Duration, q float64) time.Duration {
	if len(samples) == 0 {
		return 0
	}
	slices.Sort(samples)
	rank := int(q*float64(len(samples)) + 0.999999)
	return samples[min(max(rank, 1), len(samples))-1]
}
