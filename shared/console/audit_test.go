package console

import (
	"context"
	"strconv"
	"testing"

	"example.com/skala/shared/people"
)

// endless is an audit log of which nothing is asked for, and which never ends.
type endless struct{ read *int }

func (e endless) Audit(context.Context, people.AuditQuery, string, int) ([]people.Change, string, error) {
	*e.read++
	return nil, strconv.Itoa(*e.read), nil
}

func TestAnExportThatFindsNothingLeadsOnRatherThanRunningOutOfTime(t *testing.T) {
	t.Parallel()
	read := 0
	c := &Console{cfg: Config{Changes: endless{&read}}}
	_, n, next, err := c.exported(t.Context(), people.AuditQuery{Who: "nobody"}, "", jsonLine)
	if err != nil || n != 0 || read != exportPages || next != strconv.Itoa(exportPages) {
		t.Errorf("%d lines of %d pages, next %q, %v", n, read, next, err)
	}
}
