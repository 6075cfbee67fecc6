package console

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestEveryRouteOfTheAPIIsDescribedAndNothingElse(t *testing.T) {
	t.Parallel()
	var doc struct {
		Paths map[string]map[string]struct {
			ID        string         `json:"operationId"`
			Responses map[string]any `json:"responses"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	var described, served []string
	ids := map[string]bool{}
	for path, methods := range doc.Paths {
		for method, operation := range methods {
			described = append(described, strings.ToUpper(method)+" "+path)
			if operation.ID == "" || ids[operation.ID] || len(operation.Responses) == 0 {
				t.Errorf("%s %s: operation id %q, %d answers", method, path, operation.ID, len(operation.Responses))
			}
			ids[operation.ID] = true
		}
	}
	for _, r := range new(Console).table() {
		if r.api() {
			served = append(served, r.pattern)
		}
	}
	for _, one := range served {
		if !slices.Contains(described, one) {
			t.Errorf("%s is served and not described", one)
		}
	}
	for _, one := range described {
		if !slices.Contains(served, one) {
			t.Errorf("%s is described and not served", one)
		}
	}
}
