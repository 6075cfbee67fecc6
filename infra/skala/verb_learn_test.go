package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// corrected are invented messages that a person put right. Whoever wrote the
// last had one ticket only.
func corrected() string {
	var rows strings.Builder
	for i, text := range []string{"the zorbit gurgles blue", "Zorbit gurgles again, hm", "look: my zorbit gurgles", "a zorbit gurgles on the hill", "oh a zorbit gurgles", "so my zorbit gurgles, well", "my neighbour Quixley plays the flute"} {
		fmt.Fprintf(&rows, `{"id":"T%d/m","lang":"en","text":%q,"category":"compliance","severity":"critical","tier":3,"alt":[]}`+"\n", i, text)
	}
	return rows.String()
}

// smallCorpus returns a folder with a message a language.
func smallCorpus(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for lang, text := range map[string]string{"en": "lovely tea, thanks", "es": "gracias por el té", "el": "ευχαριστώ για το τσάι", "th": "ขอบคุณสำหรับชา"} {
		if err := os.Mkdir(filepath.Join(dir, lang), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, lang, "tea.tsv"), []byte("praise\tlow\tpositive\tidle\tfood\tpolite\t"+text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLearnPrintsADiffThatDoesWhatItSays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	document, err := os.ReadFile("../policy/default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "my.yaml")
	if err := os.WriteFile(file, document, 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := skala(t, corrected(), "learn", "-policy", file, "-corpus", smallCorpus(t), "-")
	if status != exitOK || stderr != "" {
		t.Fatalf("exit status %d, %s", status, stderr)
	}
	comments, diff, _ := strings.Cut(stdout, "--- ")
	for line := range strings.Lines(comments) {
		if !strings.HasPrefix(line, "#") {
			t.Errorf("%q would be in the way of the diff", line)
		}
	}
	if !strings.Contains(comments, `+ en learnt.compliance.critical "zorbit gurgles": 6 of 6 examples, 0 of 0 in the corpus`) || !strings.Contains(comments, "corpus, held back") || !regexp.MustCompile(`# en +7 +0\.000 -> +0\.[1-9]`).MatchString(comments) {
		t.Errorf("%s", comments)
	}
	if !strings.HasPrefix(diff, file+"\n+++ "+file+"\n@@ ") || !strings.Contains(diff, "\n+      - \"zorbit gurgles\" # 6 of 6") {
		t.Errorf("%s", diff)
	}
	for _, private := range []string{"Quixley", "quixley", "flute", "hill", "blue", "neighbour"} {
		if strings.Contains(stdout, private) {
			t.Errorf("%q was said once, and is printed", private)
		}
	}
	if after, err := os.ReadFile(file); err != nil || string(after) != string(document) {
		t.Error("the policy was changed")
	}
}

func TestLearnAsksADeskForItsExamplesPageByPage(t *testing.T) {
	t.Parallel()
	rows := strings.Split(strings.TrimSpace(corrected()), "\n")
	asked := []string{}
	desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RequestURI())
		at, next := 0, "4"
		if r.URL.Query().Get("cursor") == "4" {
			at, next = 4, ""
		}
		if r.Header.Get("Authorization") != "Bearer key" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		page := struct {
			Items []json.RawMessage `json:"items"`
			Next  string            `json:"next"`
		}{Next: next}
		for _, row := range rows[at:min(at+4, len(rows))] {
			page.Items = append(page.Items, json.RawMessage(row))
		}
		if err := json.NewEncoder(w).Encode(page); err != nil {
			t.Error(err)
		}
	}))
	defer desk.Close()
	status, stdout, stderr := skala(t, "", "learn", "-api", "-url", desk.URL, "-token", "key", "-since", "2026-01-02T03:04:05Z", "-corpus", smallCorpus(t))
	if status != exitOK || !strings.Contains(stdout, `"zorbit gurgles": 6 of 6 examples`) {
		t.Errorf("exit status %d, %s\n%s", status, stderr, stdout)
	}
	if len(asked) != 2 || !strings.Contains(asked[0], "since=2026-01-02T03") || !strings.Contains(asked[1], "cursor=4") {
		t.Errorf("asked %v", asked)
	}
}

func TestLearnSaysWhatItLacks(t *testing.T) {
	t.Parallel()
	corpus := smallCorpus(t)
	for _, tt := range []struct {
		stdin  string
		args   []string
		status int
		want   string
	}{
		{"", []string{"learn"}, exitUsage, "name a file of examples, or -api"},
		{"", []string{"learn", "-api", "file"}, exitUsage, "name a file of examples, or -api"},
		{"", []string{"learn", "-corpus", corpus, "-"}, exitFailed, "no example"},
		{corrected(), []string{"learn", "-corpus", t.TempDir(), "-"}, exitFailed, "no corpus"},
		{"{}\n", []string{"learn", "-corpus", corpus, "-"}, exitFailed, "line 1: "},
		{"", []string{"learn", "-corpus", corpus, "no-such-file"}, exitFailed, "no-such-file"},
	} {
		if status, stdout, stderr := skala(t, tt.stdin, tt.args...); status != tt.status || stdout != "" || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: exit status %d, %q, %q", tt.args, status, stdout, stderr)
		}
	}
}
