package template

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// An expansion is the CloudFormation that SAM makes of template.yaml, with what
// was found wrong with it.
type expansion struct {
	resources  map[string]resource
	parameters map[string]object
	known      Known
	found      []string
}

type resource struct {
	Type                string
	Condition           string
	DeletionPolicy      string
	UpdateReplacePolicy string
	Properties          object
}

// An object is a JSON object. Its methods take a path of keys and answer with a
// zero value for what is not there.
type object map[string]any

func readExpansion(doc []byte) (*expansion, error) {
	var file struct {
		Resources  map[string]resource
		Parameters map[string]object
	}
	if err := json.Unmarshal(doc, &file); err != nil {
		return nil, fmt.Errorf("reading the expanded template: %w", err)
	}
	return &expansion{resources: file.Resources, parameters: file.Parameters}, nil
}

func (x *expansion) wrong(id, format string, args ...any) {
	x.found = append(x.found, id+": "+fmt.Sprintf(format, args...))
}

// of lists the resources of a type, sorted.
func (x *expansion) of(kind string) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(x.resources)) {
		if x.resources[id].Type == kind {
			ids = append(ids, id)
		}
	}
	return ids
}

// is reports whether a value refers to a resource of a type, and which.
func (x *expansion) is(value any, kind string) (id string, ok bool) {
	id, _ = reference(value)
	return id, id != "" && x.resources[id].Type == kind
}

// reference is what {"Ref": ID} and {"Fn::GetAtt": [ID, ATTRIBUTE]} name.
func reference(value any) (id, attribute string) {
	o := asObject(value)
	if id, ok := o["Ref"].(string); ok {
		return id, ""
	}
	switch at := o["Fn::GetAtt"].(type) {
	case string:
		id, attribute, _ = strings.Cut(at, ".")
	case []any:
		if len(at) == 2 {
			id, attribute = asText(at[0]), asText(at[1])
		}
	}
	return id, attribute
}

func (o object) at(path ...string) any {
	var value any = map[string]any(o)
	for _, key := range path {
		value = asObject(value)[key]
	}
	return value
}

func (o object) text(path ...string) string   { return asText(o.at(path...)) }
func (o object) list(path ...string) []any    { return asList(o.at(path...)) }
func (o object) object(path ...string) object { return asObject(o.at(path...)) }
func (o object) truth(path ...string) bool    { return o.text(path...) == "true" }

func (o object) number(path ...string) int {
	n, err := strconv.Atoi(o.text(path...))
	if err != nil {
		return 0
	}
	return n
}

func asObject(value any) object {
	m, _ := value.(map[string]any)
	return m
}

// asList is a list, or what stands alone where a list may.
func asList(value any) []any {
	if list, ok := value.([]any); ok || value == nil {
		return list
	}
	return []any{value}
}

func asText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}
