package policy_test

import (
	"bytes"
	"testing"
	"time"

	standard "example.com/skala/infra/policy"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

func TestTheDefaultPolicyHasNoMistakesInEitherProfile(t *testing.T) {
	t.Parallel()
	for _, profile := range []string{"social", "support"} {
		document := bytes.Replace(standard.Default, []byte("\nprofile: social\n"), []byte("\nprofile: "+profile+"\n"), 1)
		p, err := policy.Load(document, "default.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if p.Profile != profile || len(p.Tiers) != desk.Tiers {
			t.Errorf("profile %s with %d tiers", p.Profile, len(p.Tiers))
		}
	}
}

func TestTheFirstTargetsAreKept(t *testing.T) {
	t.Parallel()
	p, err := policy.Load(standard.Default, "default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		severity    desk.Severity
		category    desk.Category
		first, done time.Duration
	}{
		{desk.Critical, desk.Billing, 15 * time.Minute, 4 * time.Hour},
		{desk.High, desk.Complaint, time.Hour, 8 * time.Hour},
		{desk.High, desk.Sales, 30 * time.Minute, 9 * time.Hour}, // a working day
		{desk.Normal, desk.Request, 4 * time.Hour, 18 * time.Hour},
		{desk.Low, desk.HowTo, 9 * time.Hour, 27 * time.Hour},
	} {
		ticket := desk.Ticket{Severity: tt.severity, Category: tt.category, Disposition: desk.NeedsAnswer}
		for metric, want := range map[desk.Metric]time.Duration{desk.FirstResponse: tt.first, desk.Resolution: tt.done, desk.Acknowledge: tt.first / 5, desk.NextResponse: tt.first} {
			if got, ok := p.Plan.Target(ticket, metric); !ok || got.Time != want {
				t.Errorf("%s %s, %s: %v, want %v", tt.severity, tt.category, metric, got.Time, want)
			}
		}
	}
}
