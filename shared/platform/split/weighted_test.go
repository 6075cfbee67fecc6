package split_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/platform/split"
)

func TestWhatXCounts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       int
	}{
		{"nothing", "", 0},
		{"Latin", "Hello, world", 12},
		{"Greek", "Καλημέρα", 8},
		{"Thai with its vowels and tone marks", "สวัสดีค่ะ", 9},
		{"Japanese", "こんにちは", 10},
		{"a euro and a dash", "€5 – 10", 2 + 1 + 1 + 1 + 1 + 2},
		{"curly quotes", "“don’t”", 7},
		{"letter and accent are one", "cafe\u0301", 4},
		{"so are they apart from each other in Greek", "ε\u0301", 1},
		{"an emoji", "😤", 2},
		{"a family", "👨‍👩‍👧‍👦", 2},
		{"a skin", "👍🏽", 2},
		{"a flag", "🇬🇷", 2},
		{"a flag of tags", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 2},
		{"a heart asked for as a picture", "❤️", 2},
		{"a heart on fire", "❤️‍🔥", 2},
		{"a key", "#️⃣", 2},
		{"a line end", "a\nb", 3},
		{"a link", "https://example.com/a/very/long/path/to/something?with=a&query=of-more#and-so-on", 23},
		{"a short link", "http://a.gr", 23},
		{"a link in capitals", "HTTPS://EXAMPLE.COM/A", 23},
		{"a link with a port", "https://example.com:8080/x", 23},
		{"a link without its beginning", "see example.com now", 4 + 23 + 4},
		{"one of a newer domain", "www.example.coffee/menu", 23},
		{"a link at the end of a sentence", "See https://example.com/a.", 4 + 23 + 1},
		{"a link in brackets", "(https://example.com/a)", 25},
		{"a link with brackets", "https://example.com/a_(b)", 23},
		{"a link before Thai", "https://example.com/aสวัสดี", 23 + 6},
		{"a link of another script", "https://παράδειγμα.ελ/α", 24},
		{"a sentence after a full stop", "the end.Then", 12},
		{"an address for mail", "mail me@example.com", 19},
		{"a file", "terms.txt", 9},
		{"a link before one more dot", "read.me.first", 23 + 6},
		{"a handle", "@example.com", 12},
		{"no host", "https://localhost/x", 19},
		{"two dots", "wait..com", 9},
		{"two links", "https://example.com/a https://example.com/b", 47},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := split.Weighted.Len(tt.text); got != tt.want {
				t.Errorf("%q counts %d, want %d", tt.text, got, tt.want)
			}
		})
	}
}

func TestALinkIsNotParted(t *testing.T) {
	t.Parallel()
	long := "https://example.com/" + strings.Repeat("x", 300)
	tests := []struct {
		name, text string
		limit      int
		want       []string
	}{
		{"a link longer than a post fits", "see " + long, 27, []string{"see " + long}},
		{"a link that does not fit any more goes into the next", "see it " + long, 27, []string{"see it", long}},
		{"a cut makes no link", "the.organisation", 7, []string{"the.or", "ganisat", "ion"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := split.Text(tt.text, tt.limit, split.Weighted)
			if tt.name == "a cut makes no link" {
				for _, part := range got {
					if n := split.Weighted.Len(part); n > tt.limit {
						t.Errorf("%q counts %d", part, n)
					}
				}
				return
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("parts differ (-want +got):\n%s", diff)
			}
		})
	}
}
