package console_test

import (
	"context"
	"strings"
	"testing"

	"example.com/skala/shared/console"
	"example.com/skala/shared/desk"
)

// crowd has so many tickets waiting in each tier, those of the higher ones first.
type crowd struct {
	console.Lists
	waiting [desk.Tiers]int
}

func (c crowd) Worklist(_ context.Context, q desk.WorklistQuery, _ string, limit int) (cards []desk.Card, next string, _ error) {
	for n := range c.waiting {
		tier := desk.Tier(len(c.waiting) - 1 - n)
		for range c.waiting[tier] {
			if len(q.Tiers) > 0 && q.Tiers[0] != tier {
				continue
			}
			if len(cards) == limit {
				return cards, "more", nil
			}
			cards = append(cards, desk.Card{Tier: tier})
		}
	}
	return cards, "", nil
}

func TestATierIsCountedByItselfHoweverManyWaitInAnother(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *console.Config) {
		c.Lists = crowd{c.Lists, [desk.Tiers]int{0, 7, 300, 301, 12}}
	})
	page := h.browser().signIn("demo-lead", "/accounting")
	for path, want := range map[string]string{"/tiers/0": "0", "/tiers/1": "7", "/tiers/2": "300", "/tiers/3": "300&#43;"} {
		_, link, found := strings.Cut(page.body, `<a href="`+path+`"`)
		link, _, _ = strings.Cut(link, "</a>")
		if !found || !strings.Contains(link, "</span>"+want+"</span>") {
			t.Errorf("%s is %q, want %s", path, link, want)
		}
	}
}
