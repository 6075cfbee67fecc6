package dynamotest

import (
	"maps"
	"reflect"
	"slices"
	"testing"
)

// SameMethods fails where a store has a method that Store has not, or the reverse: a
// step that uses one which the suite knows nothing of would run on that store alone.
func SameMethods[S any](t *testing.T) {
	t.Helper()
	has, wants := methods(reflect.TypeFor[S]()), methods(reflect.TypeFor[Store]())
	for _, name := range slices.Sorted(maps.Keys(has)) {
		if !wants[name] {
			t.Errorf("%v has %s, and dynamotest.Store has not: put it there, into the suite and into every other store", reflect.TypeFor[S](), name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(wants)) {
		if !has[name] {
			t.Errorf("%v has no %s", reflect.TypeFor[S](), name)
		}
	}
}

func methods(of reflect.Type) map[string]bool {
	all := map[string]bool{}
	for i := range of.NumMethod() {
		all[of.Method(i).Name] = true
	}
	return all
}

// Called fails for each method of Store that the suite has not called: one that nobody
// says anything of.
func Called(t *testing.T, called map[string]bool) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(methods(reflect.TypeFor[Store]()))) {
		if !called[name] {
			t.Errorf("the suite never calls %s: say in it what a store does then", name)
		}
	}
}
