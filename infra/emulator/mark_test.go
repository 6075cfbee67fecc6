package emulator

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCheckoutsThatShareAFolderKnowEachOthersProcess(t *testing.T) {
	t.Parallel()
	one, other, apart := t.TempDir(), t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(one, ".local"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(one, ".local"), filepath.Join(other, ".local")); err != nil {
		t.Fatal(err)
	}
	if Tests(one, nil).mark() != Tests(other, nil).mark() {
		t.Errorf("%q and %q", Tests(one, nil).mark(), Tests(other, nil).mark())
	}
	if Tests(one, nil).mark() == Tests(apart, nil).mark() || Tests(one, nil).mark() == Bench(one, nil).mark() {
		t.Error("processes of others look like ours")
	}
}
