package console_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// description reads openapi.json, which every answer of the tests is held to.
var description = sync.OnceValues(func() (map[string]any, error) {
	body, err := os.ReadFile("openapi.json")
	if err != nil {
		return nil, err
	}
	var doc map[string]any
	return doc, json.Unmarshal(body, &doc)
})

func at(v any, path ...string) any {
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// described says how an answer differs from its description, nil for not at all.
func described(method, path string, a answer) []string {
	doc, err := description()
	if err != nil {
		return []string{err.Error()}
	}
	path, _, _ = strings.Cut(path, "?")
	var operation any
	for pattern := range at(doc, "paths").(map[string]any) {
		if o := at(doc, "paths", pattern, strings.ToLower(method)); o != nil && fits(pattern, path) {
			operation = o
		}
	}
	if operation == nil {
		if a.code == 404 || a.code == 405 {
			return wrong(doc, at(doc, "components", "schemas", "Problem"), a.json2(), "problem")
		}
		return []string{method + " " + path + " is not described"}
	}
	response := at(operation, "responses", fmt.Sprint(a.code))
	if response == nil {
		response = at(operation, "responses", "default")
	}
	content, _ := at(response, "content").(map[string]any)
	if content == nil {
		if a.body != "" {
			return []string{"a body where none is described: " + a.body}
		}
		return nil
	}
	kind := a.header.Get("Content-Type")
	if content[kind] == nil {
		return []string{fmt.Sprintf("%d is %q, described are %v", a.code, kind, slices.Collect(maps.Keys(content)))}
	}
	return wrong(doc, at(content, kind, "schema"), a.json2(), "answer")
}

func (a answer) json2() any {
	var v any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		return err.Error()
	}
	return v
}

func fits(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, got, func(w, g string) bool { return w == g || strings.HasPrefix(w, "{") })
}

// wrong holds v to as much of JSON Schema as the description uses.
func wrong(doc, schema, v any, where string) (problems []string) {
	s, _ := schema.(map[string]any)
	if ref, ok := s["$ref"].(string); ok {
		return wrong(doc, at(doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...), v, where)
	}
	if s == nil {
		return []string{where + ": no such schema"}
	}
	if any, ok := s["oneOf"].([]any); ok {
		for _, one := range any {
			if problems = wrong(doc, one, v, where); problems == nil {
				return nil
			}
		}
		return problems
	}
	if kinds := words(s["type"]); len(kinds) > 0 && !slices.ContainsFunc(kinds, func(k string) bool { return is(v, k) }) {
		return []string{fmt.Sprintf("%s: %v is no %v", where, v, kinds)}
	}
	if choice := words(s["enum"]); len(choice) > 0 && !slices.Contains(choice, fmt.Sprint(v)) {
		problems = append(problems, fmt.Sprintf("%s: %v is none of %v", where, v, choice))
	}
	if text, ok := v.(string); ok && s["format"] == "date-time" {
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			problems = append(problems, where+": "+err.Error())
		}
	}
	if list, ok := v.([]any); ok {
		for i, item := range list {
			problems = append(problems, wrong(doc, s["items"], item, fmt.Sprintf("%s[%d]", where, i))...)
		}
	}
	object, ok := v.(map[string]any)
	properties, _ := s["properties"].(map[string]any)
	if !ok || properties == nil {
		return problems
	}
	for _, name := range words(s["required"]) {
		if _, ok := object[name]; !ok {
			problems = append(problems, where+"."+name+" is missing")
		}
	}
	for name, value := range object {
		if property, ok := properties[name]; ok {
			problems = append(problems, wrong(doc, property, value, where+"."+name)...)
		} else if s["additionalProperties"] == false {
			problems = append(problems, where+"."+name+" is not described")
		}
	}
	return problems
}

func words(v any) (out []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, one := range v {
			out = append(out, fmt.Sprint(one))
		}
	}
	return out
}

func is(v any, kind string) bool {
	switch v := v.(type) {
	case nil:
		return kind == "null"
	case string:
		return kind == "string"
	case bool:
		return kind == "boolean"
	case float64:
		return kind == "number" || kind == "integer" && v == float64(int64(v))
	case []any:
		return kind == "array"
	}
	return kind == "object"
}

func TestAnAnswerThatDiffersFromItsDescriptionIsNoticed(t *testing.T) {
	t.Parallel()
	whoami := func(body string) answer {
		return answer{200, http.Header{"Content-Type": {"application/json"}}, body}
	}
	tests := []struct {
		name   string
		answer answer
		wrong  int
	}{
		{"as described", whoami(`{"id":"a","name":"A","roles":["lead"],"tiers":[0,1]}`), 0},
		{"a field too few", whoami(`{"id":"a","name":"A","roles":["lead"]}`), 1},
		{"a field too many", whoami(`{"id":"a","name":"A","roles":[],"tiers":[],"token":"x"}`), 1},
		{"another type, deep inside", whoami(`{"id":"a","name":"A","roles":[],"tiers":["AAE="]}`), 1},
		{"null for a list", whoami(`{"id":"a","name":"A","roles":null,"tiers":[]}`), 1},
		{"another content type", answer{200, http.Header{"Content-Type": {"text/html"}}, "{}"}, 1},
	}
	for _, tt := range tests {
		if got := described("GET", "/api/v1/whoami", tt.answer); len(got) != tt.wrong {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
