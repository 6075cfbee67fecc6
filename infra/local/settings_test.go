package main

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"example.com/skala/infra/template"
)

func TestWithoutAnySettingsTheDeskIsTheDefaultOne(t *testing.T) {
	t.Parallel()
	root, err := template.Root()
	if err != nil {
		t.Fatal(err)
	}
	s, err := read(root, func(string) string { return "" })
	if err != nil || s.port != 8080 || s.simPort != 8081 || len(s.apps) == 0 || len(s.policy.content) == 0 || s.jitter != 0 || s.stream != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestAMistakeInTheSettingsIsSaidWithItsPlace(t *testing.T) {
	t.Parallel()
	root, err := template.Root()
	if err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken.yaml")
	if err := os.WriteFile(broken, []byte("apps:\n  - {name: demo, platform: carrier-pigeon}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, value, want string }{
		{"PORT", "web", `PORT is "web"`},
		{"PORT", "65536", "65535"},
		{"SIM_PORT", "0", `SIM_PORT is "0"`},
		{"SIM_PORT", "8080", "both 8080"},
		{"SCHEDULE_JITTER", "2m", "0s to 60s"},
		{"STREAM", "many", `STREAM is "many"`},
		{"ACCOUNTS", filepath.Join(root, "nowhere.yaml"), "the accounts file cannot be read"},
		{"ACCOUNTS", broken, broken + ":2:"},
		{"POLICY", broken, broken + ":1:"},
		{"NOTIFY", filepath.Join(root, "nowhere.yaml"), "the file of notifications cannot be read"},
		{"NOTIFY", broken, broken + ":1:"},
		{"POLICY", root, "the policy file cannot be read"},
	}
	for _, tt := range tests {
		t.Run(tt.name+" "+filepath.Base(tt.value), func(t *testing.T) {
			t.Parallel()
			_, err := read(root, func(name string) string { return map[string]string{tt.name: tt.value}[name] })
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestAPortInUseIsNamedWithTheWayOut(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	n := taken.Addr().(*net.TCPAddr).Port
	_, err = listen("SIM_PORT", n)
	if err == nil || !strings.Contains(err.Error(), "port "+strconv.Itoa(n)+" is in use") || !strings.Contains(err.Error(), "SIM_PORT=") {
		t.Errorf("%v", err)
	}
}

func TestACheckoutHasOneDeskAtATime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), ".local", "run.lock")
	first, err := alone(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alone(path); err == nil || !strings.Contains(err.Error(), "runs already") {
		t.Errorf("%v", err)
	}
	first.Close()
	if again, err := alone(path); err != nil {
		t.Error(err)
	} else {
		again.Close()
	}
}

func TestSecretsAreMadeOnceAndForTheirOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "secrets")
	first, err := openSecrets(dir, "/accounts.yaml", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	pepper := strings.TrimPrefix(first["Pepper"], "file:")
	before, err := os.ReadFile(pepper)
	if err != nil || len(before) < 43 {
		t.Fatalf("%d bytes, %v", len(before), err)
	}
	if _, err := openSecrets(dir, "/accounts.yaml", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(pepper)
	if err != nil || string(after) != string(before) {
		t.Errorf("made again, %v", err)
	}
	for _, path := range []string{pepper, strings.TrimPrefix(first["SessionKey"], "file:")} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if first["SigningAccounts"] != "file:/accounts.yaml" {
		t.Errorf("accounts are %s", first["SigningAccounts"])
	}
}
