// Package localtest gives a test a whole desk, as `make run` starts it, with
// nothing in it. What goes wrong with it fails the test.
package localtest

import (
	"testing"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/localcopy"
	"example.com/skala/infra/template"
)

// Options are what `make run` would take from its environment.
type Options = localcopy.Options

// A Desk is one that runs, or did.
type Desk struct {
	*localcopy.Desk
	t testing.TB
}

// Start runs a desk until the test ends.
func Start(t testing.TB, o Options) *Desk {
	t.Helper()
	root, err := template.Root()
	if err != nil {
		t.Fatal(err)
	}
	emulator.ForTest(t) // installs it where it is not yet
	made, err := localcopy.Make(t.Context(), root, t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	d := &Desk{Desk: made, t: t}
	t.Cleanup(func() {
		d.Stop()
		if t.Failed() {
			t.Logf("what the desk said:\n%s", made.Said(20_000))
		}
	})
	d.Run()
	return d
}

// Run starts the desk, again after Stop or Kill, and waits until it answers.
func (d *Desk) Run() {
	d.t.Helper()
	if err := d.Desk.Run(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// Stop ends the desk as Ctrl-C does.
func (d *Desk) Stop() {
	d.t.Helper()
	if err := d.Desk.Stop(); err != nil {
		d.t.Error(err)
	}
}

// Kill ends the runner as kill -9 does, and with it all functions; the emulator
// lives on.
func (d *Desk) Kill() {
	d.t.Helper()
	if err := d.Desk.Kill(); err != nil {
		d.t.Fatal(err)
	}
}

// KillFunctions ends every process of the functions whose name is given, as
// kill -9 does, and reports how many there were.
func (d *Desk) KillFunctions(name string) int {
	d.t.Helper()
	killed, err := d.Desk.KillFunctions(name)
	if err != nil {
		d.t.Fatal(err)
	}
	return killed
}

// Said is what the desk printed so far, the logs of all functions among it.
func (d *Desk) Said() string { return d.Desk.Said(1 << 30) }

// Ask calls an address with a JSON body, unless in is nil, and reads the answer
// into out, unless that is nil. It carries the token of the demo administrator.
func (d *Desk) Ask(method, address string, in, out any, headers ...string) int {
	d.t.Helper()
	status, err := d.Desk.Ask(d.t.Context(), method, address, in, out, headers...)
	if err != nil {
		d.t.Fatal(err)
	}
	return status
}
