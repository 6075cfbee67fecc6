package main

import (
	"errors"
	"strings"
	"testing"

	"example.com/skala/infra/policy"
	rules "example.com/skala/shared/policy"
)

func TestTheDefaultPolicyCanBeHastened(t *testing.T) {
	t.Parallel()
	quick := brisk.Replace(string(policy.Default))
	if quick == string(policy.Default) {
		t.Error("the default policy has another row for what is normal: make deploy-local would wait for hours")
	}
	if _, err := rules.Load([]byte(quick), "quick.yaml"); err != nil {
		t.Error(err)
	}
}

func TestALineIsGraveThatSaysSo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		message string
		grave   bool
	}{
		{`{"level":"INFO","msg":"sweep"}`, false},
		{`{"level":"WARN","msg":"webhook","err":"line: signature does not match"}`, false},
		{`{"level":"ERROR","msg":"record failed"}`, true},
		{`{"level":"WARN","err":"api error AccessDeniedException: User x is not authorized to perform: dynamodb:Query"}`, true},
		{"panic: runtime error", true},
	}
	for _, tt := range tests {
		if got := (line{Message: tt.message}).grave(); got != tt.grave {
			t.Errorf("%s: grave is %t", tt.message, got)
		}
	}
}

func TestWhatWasFoundWrongHoldsItsCauseIfThereIsOne(t *testing.T) {
	t.Parallel()
	cause := errors.New("why")
	if err := wrong(cause, "answered %d", 500); !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "answered 500") {
		t.Error(err)
	}
	if err := wrong(nil, "answered %d", 404); err.Error() != "answered 404" {
		t.Error(err)
	}
}
