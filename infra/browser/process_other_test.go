//go:build !linux

package browser_test

import "os/exec"

// bind does nothing where the system cannot tell of a parent's death.
func bind(*exec.Cmd) {}
