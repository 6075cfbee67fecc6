package browser_test

import (
	"os/exec"
	"syscall"
)

// bind lets the desk stop cleanly when a test binary dies without cleaning up,
// as it does at its time limit.
func bind(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT} }
