package policy_test

import (
	"slices"
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
		v := p.Reroute(policy.Message{Brand: "demo"}, c, was)
		if v.Category != c || v.Severity < was.Severity || v.Tier < p.TierFor(c, was.Severity, "b2c") || v.Confidence != 1 || v.Unsure() || v.Team == "gone" || v.Lane == "gone" ||
			v.Lang != "el" || v.Policy != "p" || v.Model != "m" || v.Sentiment != desk.Negative || len(v.Reasons) < 1 {
			t.Errorf("%s became %+v", c, v)
		}
		if none := c == desk.Spam || c == desk.Other || c == desk.Praise; (v.Disposition() == desk.NeedsNone) != none {
			t.Errorf("%s needs %q", c, v.Disposition())
		}
	}
	raised := desk.Verdict{Category: desk.Praise, Severity: desk.High}
	if v := p.Reroute(policy.Message{}, desk.Praise, raised); v.Disposition() != desk.NeedsAnswer {
		t.Error("praise that is urgent needs no answer")
	}
}

func TestTheTagsOfACategoryGoWithIt(t *testing.T) {
	t.Parallel()
	p, err := policy.Load(standard.Default, "default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	v := p.Classify(policy.Message{Text: "My account was hacked and my money is stolen", Visibility: desk.Public})
	if v.Category != desk.Fraud || v.Team != "trust" || !slices.Contains(v.Tags, "security") {
		t.Fatalf("it is %s, %q, for %q", v.Category, v.Tags, v.Team)
	}
	asked := v
	asked.Category, asked.Severity = desk.HowTo, desk.Low
	if asked = p.Reroute(policy.Message{}, desk.Fraud, asked); asked.Team != "" || slices.Contains(asked.Tags, "security") || !slices.Contains(v.Tags, "security") {
		t.Errorf("a question has %q and goes to %q", asked.Tags, asked.Team)
	}
	asked.Category, asked.Severity = desk.Fraud, desk.Critical
	if again := p.Reroute(policy.Message{}, desk.HowTo, asked); again.Team != v.Team || !slices.Contains(again.Tags, "security") {
		t.Errorf("fraud has %q and goes to %q", again.Tags, again.Team)
	}
}
