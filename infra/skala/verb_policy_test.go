package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	standard "example.com/skala/infra/policy"
)

func TestAPolicyWithoutMistakesMayStillBeDoubted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, old, new, stderr string
		status                 int
	}{
		{"nothing to say", "title: Everyday", "title: Our", "", exitOK},
		{"a warning", "lanes:\n", "lanes:\n  - {name: all}\n", "warning: FILE:LINE: lanes: plan.targets has no row for all", exitOK},
		{"a platform that is none", "lanes:\n", "lanes:\n  - {name: all, when: {platforms: [myspace]}}\n", "FILE:LINE: lanes.when.platforms: \"myspace\" is not one of line, meta, x, standard", exitFailed},
		{"a mistake", "lanes:\n", "lanes:\n  - {name: all, tier: 9}\n", "FILE:LINE: lanes.tier: 9 is not from 0 to 4", exitFailed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at := bytes.Index(standard.Default, []byte("\n"+tt.old)) + 1
			if at == 0 {
				t.Fatalf("the default policy has no %q", tt.old)
			}
			document := string(standard.Default[:at]) + strings.Replace(string(standard.Default[at:]), tt.old, tt.new, 1)
			file := filepath.Join(t.TempDir(), "policy.yaml")
			if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
				t.Fatal(err)
			}
			status, stdout, stderr := skala(t, "", "policy", "check", file)
			want := strings.NewReplacer("FILE", file, "LINE", strconv.Itoa(1+strings.Count(document[:at+len(tt.old)], "\n"))).Replace(tt.stderr)
			if status != tt.status || !strings.HasPrefix(stderr, want) || tt.stderr == "" && stderr != "" || (status == exitOK) != strings.Contains(stdout, "profile social") {
				t.Errorf("exit %d, %q on stdout, %q on stderr, want %q there", status, stdout, stderr, want)
			}
		})
	}
}

func TestPolicyCheckWarnsOfAPromiseThatNoTicketGetsTo(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../policy/b2b.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const last = "    - {when: {tiers: [4]}, vendor: 3d, update: 1d}\n"
	for more, want := range map[string]string{
		"    - {when: {organisations: [acme], severities: [high]}, first_response: 5m}\n": "no ticket gets here",
		"    - {when: {platforms: [icq]}, first_response: 5m}\n":                          `"icq" is not one of`,
	} {
		file := filepath.Join(t.TempDir(), "policy.yaml")
		if err := os.WriteFile(file, []byte(strings.Replace(string(document), last, last+more, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		line := strings.Count(string(document[:strings.Index(string(document), last)]), "\n") + 2
		var out, errs bytes.Buffer
		run(t.Context(), verbs(), []string{"policy", "check", file}, strings.NewReader(""), &out, &errs)
		if !strings.Contains(errs.String(), ":"+strconv.Itoa(line)+": ") || !strings.Contains(errs.String(), want) {
			t.Errorf("%s%s, want line %d and %q", more, errs.String(), line, want)
		}
	}
}
