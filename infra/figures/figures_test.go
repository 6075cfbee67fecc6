package figures_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/skala/infra/figures"
)

func TestAQuantileIsOneOfItsSamples(t *testing.T) {
	t.Parallel()
	var hundred []time.Duration
	for n := range 100 {
		hundred = append(hundred, time.Duration(100-n))
	}
	tests := []struct {
		name    string
		samples []time.Duration
		q       float64
		want    time.Duration
	}{
		{"the middle of a hundred", hundred, 0.5, 50},
		{"all but one of a hundred", hundred, 0.99, 99},
		{"the largest", hundred, 1, 100},
		{"the smallest", hundred, 0, 1},
		{"the middle of three", []time.Duration{30, 10, 20}, 0.5, 20},
		{"nearly all of three", []time.Duration{30, 10, 20}, 0.99, 30},
		{"of one", []time.Duration{7}, 0.5, 7},
		{"of none", nil, 0.5, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := figures.Quantile(tt.samples, tt.q); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestFiguresSayWhereTheyAreFrom(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	about := figures.Here(t.Context(), root, "an emulator")
	about.Took = 1.5
	if err := figures.Write(root, "bench", struct {
		figures.About
		More int `json:"more"`
	}{about, 7}); err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile(filepath.Join(root, ".local", "figures", "bench.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(doc, &got); err != nil {
		t.Fatal(err)
	}
	if got["commit"] != "unknown" || got["emulator"] != "an emulator" || got["took_s"] != 1.5 || got["more"] != 7.0 || !strings.Contains(got["machine"].(string), "cores") {
		t.Errorf("got %v", got)
	}
}
