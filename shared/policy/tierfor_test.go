package policy_test

import (
	"strings"
	"testing"

	standard "example.com/skala/infra/policy"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

func TestWhereACorrectionLeadsIsWhatTheProfileSays(t *testing.T) {
	t.Parallel()
	load := func(doc string) *policy.Policy {
		p, err := policy.Load([]byte(doc), "a correction's policy")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	profiles := map[string]*policy.Policy{
		"social":  load(string(standard.Default)),
		"support": load(strings.Replace(string(standard.Default), "\nprofile: social", "\nprofile: support", 1)),
		"small":   load(small),
	}
	tests := []struct {
		profile  string
		category desk.Category
		severity desk.Severity
		segment  string
		tier     desk.Tier
	}{
		{"social", desk.Billing, desk.Critical, "b2c", desk.Senior},
		{"social", desk.HowTo, desk.Normal, "", desk.Individual},
		{"social", desk.Praise, desk.Low, "b2c", desk.General},
		{"social", desk.Spam, desk.Critical, "b2b", desk.SelfService},
		{"social", "weather", desk.High, "b2c", desk.SelfService}, // as other
		{"support", desk.Billing, desk.Critical, "b2c", desk.General},
		{"support", desk.Billing, desk.Critical, "b2b", desk.Senior},
		{"support", desk.HowTo, desk.Low, "b2c", desk.SelfService},
		{"small", desk.Request, desk.High, "b2c", desk.Vendor}, // there is none between
	}
	for _, tt := range tests {
		if got := profiles[tt.profile].TierFor(tt.category, tt.severity, tt.segment); got != tt.tier {
			t.Errorf("%s: %s, %s of %q goes to tier %d, want %d", tt.profile, tt.category, tt.severity, tt.segment, got, tt.tier)
		}
	}
}

func TestAReroutedVerdictIsWholeAndSure(t *testing.T) {
	t.Parallel()
	p, err := policy.Load(standard.Default, "default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range desk.Categories {
		was := desk.Verdict{Lang: "el", Category: c, Severity: p.Usual(c), Sentiment: desk.Negative, Confidence: 0.3, RunnerUp: desk.Other, Team: "gone", Lane: "gone", Policy: "p", Model: "m",
			Reasons: []desk.Reason{{Signal: "s", Weight: 2}}, Score: 2}
		v := p.Reroute(policy.Message{Brand: "demo"}, was)
		if v.Category != c || v.Severity < was.Severity || v.Tier < p.TierFor(c, was.Severity, "b2c") || v.Confidence != 1 || v.Unsure() || v.Team == "gone" || v.Lane == "gone" ||
			v.Lang != "el" || v.Policy != "p" || v.Model != "m" || v.Sentiment != desk.Negative || len(v.Reasons) < 1 {
			t.Errorf("%s became %+v", c, v)
		}
		if none := c == desk.Spam || c == desk.Other || c == desk.Praise; (v.Disposition() == desk.NeedsNone) != none {
			t.Errorf("%s needs %q", c, v.Disposition())
		}
	}
	raised := desk.Verdict{Category: desk.Praise, Severity: desk.High}
	if v := p.Reroute(policy.Message{}, raised); v.Disposition() != desk.NeedsAnswer {
		t.Error("praise that is urgent needs no answer")
	}
}
