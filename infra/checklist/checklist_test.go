package checklist

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func check(name string, err error) Check {
	return Check{name, func(context.Context) (string, error) { return "said", err }}
}

func TestAllChecksAreMadeAndEachIsTold(t *testing.T) {
	t.Parallel()
	var people strings.Builder
	l := &List{People: &people}
	l.Each(t.Context(), []Check{check("first", nil), check("second", errors.New("why")), check("third", nil)})
	if l.Passed != 2 || l.Failed != 1 || len(l.Took) != 3 {
		t.Errorf("%+v", l)
	}
	for _, want := range []string{"first: said", "second\n", "why", "third: said"} {
		if !strings.Contains(people.String(), want) {
			t.Errorf("no %q in\n%s", want, &people)
		}
	}
}

func TestInTurnEndsWithTheFirstThatFails(t *testing.T) {
	t.Parallel()
	cause := errors.New("why")
	l := &List{People: &strings.Builder{}}
	if err := l.InTurn(t.Context(), []Check{check("first", cause), check("second", nil)}); !errors.Is(err, cause) || l.Passed != 0 || l.Failed != 1 {
		t.Errorf("%v, %+v", err, l)
	}
}

func TestNoCheckIsMadeAfterTheEnd(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	l := &List{People: &strings.Builder{}}
	l.Each(ctx, []Check{{"first", func(context.Context) (string, error) { end(); return "", nil }}, check("second", nil)})
	if l.Passed != 1 {
		t.Errorf("%+v", l)
	}
}
