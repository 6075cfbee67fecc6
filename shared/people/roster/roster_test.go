package roster_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"example.com/skala/shared/people"
	"example.com/skala/shared/people/roster"
)

// table is a table with one person, which counts how often it is read.
type table struct {
	mu    sync.Mutex
	reads int
	err   error
}

func (t *table) Directory(context.Context) (people.Directory, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reads++
	return people.NewDirectory([]people.Member{{ID: "ann", Name: strconv.Itoa(t.reads)}}, nil, nil), t.err
}

// name is what the book's directory says, which is at which read it was.
func name(t *testing.T, b *roster.Book) string {
	t.Helper()
	d, err := b.Directory(t.Context())
	if err != nil {
		return err.Error()
	}
	return d.Members["ann"].Name
}

func TestADirectoryIsReadOnceInTenSeconds(t *testing.T) {
	t.Parallel()
	rows, now := &table{}, time.Unix(0, 0)
	b := &roster.Book{Reader: rows, Now: func() time.Time { return now }}
	for _, tt := range []struct {
		after time.Duration
		want  string
	}{{0, "1"}, {9999 * time.Millisecond, "1"}, {time.Millisecond, "2"}, {5 * time.Second, "2"}, {5 * time.Second, "3"}, {-time.Hour, "4"}, {9 * time.Second, "4"}} {
		if now = now.Add(tt.after); name(t, b) != tt.want {
			t.Errorf("at %v it has been read %s times, want %s", now.Unix(), name(t, b), tt.want)
		}
	}
	b.Changed()
	for range 2 {
		if got := name(t, b); got != "5" {
			t.Errorf("what this process changed is read the %sth time, want the 5th, once", got)
		}
	}
}

func TestWhileTheTableCannotBeReadTheLastDirectoryGoesOn(t *testing.T) {
	t.Parallel()
	rows, now := &table{err: errors.New("throttled")}, time.Unix(0, 0)
	b := &roster.Book{Reader: rows, Now: func() time.Time { return now }}
	if got := name(t, b); got != "reading the directory: throttled" {
		t.Errorf("without any it says %s", got)
	}
	rows.err = nil
	if got := name(t, b); got != "2" {
		t.Errorf("as soon as it can be read it is %s", got)
	}
	rows.err = errors.New("throttled")
	now = now.Add(roster.Fresh)
	if got := name(t, b); got != "2" || name(t, b) != "2" || rows.reads != 3 {
		t.Errorf("it is %s after %d reads", got, rows.reads)
	}
	rows.err = nil
	if now = now.Add(roster.Fresh); name(t, b) != "4" {
		t.Errorf("after that it is %s", name(t, b))
	}
	rows.err = errors.New("throttled")
	if b.Changed(); name(t, b) != "4" {
		t.Errorf("what is known to be old and can't be read is %s", name(t, b))
	}
	if rows.err = nil; name(t, b) != "6" {
		t.Errorf("and then %s", name(t, b))
	}
}

func TestOfManyWhoAskAtOnceOneReads(t *testing.T) {
	t.Parallel()
	rows := &table{}
	b := &roster.Book{Reader: rows, Now: func() time.Time { return time.Unix(0, 0) }}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { name(t, b) })
	}
	if all.Wait(); rows.reads != 1 {
		t.Errorf("%d read", rows.reads)
	}
}
