//go:build !linux

package main

import "syscall"

// notLongerThanUs keeps a terminal's Ctrl-C from a function's process: it ends
// when its invocation is done. When we die, so does the Runtime API it polls,
// and the Lambda library ends a process that cannot reach it.
func notLongerThanUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
