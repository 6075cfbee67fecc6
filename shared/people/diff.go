package people

import (
	"encoding/json"
	"maps"
	"slices"
)

// Diff returns what is not the same in two versions of an item, as JSON, by name.
// was is nil for a new one, is for one that is removed. Versions and times of change
// are not told, addresses of channels as others may see them.
func Diff(was, is any) []Field {
	before, after := fields(was), fields(is)
	names := maps.Clone(before)
	maps.Copy(names, after)
	var changed []Field
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if name == "version" || name == "changed" || before[name] == after[name] {
			continue
		}
		field := Field{Name: name, Was: before[name], Is: after[name]}
		if name == "channels" {
			field.Was, field.Is = masked(field.Was), masked(field.Is)
		}
		changed = append(changed, field)
	}
	return changed
}

// fields returns the values of an item, none of what is no item.
func fields(item any) map[string]string {
	doc, err := json.Marshal(item)
	if err != nil {
		return map[string]string{}
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(doc, &values); err != nil {
		return map[string]string{}
	}
	all := make(map[string]string, len(values))
	for name, value := range values {
		all[name] = string(value)
	}
	return all
}
