package main

import "syscall"

// notLongerThanUs lets the kernel kill a function's process when we die, and
// keeps a terminal's Ctrl-C from it: it ends when its invocation is done.
func notLongerThanUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
