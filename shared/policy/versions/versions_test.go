package versions_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	standard "example.com/skala/infra/policy"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
	"example.com/skala/shared/policy/versions"
)

// table is a table with documents and a pointer, which can be made to fail.
type table struct {
	mu        sync.Mutex
	active    string
	documents map[string][]byte
	broken    error
	pointers  int // how often the pointer was read
	reads     int // how often a document was
}

func (t *table) ActivePolicy(context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pointers++
	switch {
	case t.broken != nil:
		return "", t.broken
	case t.active == "":
		return "", desk.ErrNotFound
	default:
		return t.active, nil
	}
}

func (t *table) PolicyDocument(_ context.Context, hash string) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reads++
	if t.broken != nil {
		return nil, t.broken
	}
	if d, ok := t.documents[hash]; ok {
		return d, nil
	}
	return nil, desk.ErrNotFound
}

// put stores a variant of the default policy and returns its hash.
func (t *table) put(variant string) string {
	document := append(bytes.Clone(standard.Default), "\n# "+variant+"\n"...)
	hash := policy.Hash(document)
	t.documents[hash] = document
	return hash
}

// clock is a clock that the test moves.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func open(t *testing.T) (*versions.Book, *table, *clock) {
	t.Helper()
	rows := &table{documents: map[string][]byte{}}
	at := &clock{time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	return &versions.Book{Versions: rows, Default: standard.Default, Now: at.Now}, rows, at
}

func active(t *testing.T, b *versions.Book) string {
	t.Helper()
	p, err := b.Active(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p.Hash
}

func TestWithoutAPointerTheDefaultIsInForce(t *testing.T) {
	t.Parallel()
	b, _, _ := open(t)
	if got, want := active(t, b), policy.Hash(standard.Default); got != want {
		t.Errorf("in force is %s, want the default %s", got, want)
	}
}

func TestAChosenPolicyIsInForceWithinHalfAMinute(t *testing.T) {
	t.Parallel()
	b, rows, at := open(t)
	before := active(t, b)
	rows.active = rows.put("second")
	at.now = at.now.Add(versions.Fresh - time.Second)
	if got := active(t, b); got != before || rows.pointers != 1 {
		t.Errorf("after 29 s %s is in force and the pointer was read %d times", got, rows.pointers)
	}
	at.now = at.now.Add(time.Second)
	if got := active(t, b); got != rows.active {
		t.Errorf("after 30 s %s is in force, want %s", got, rows.active)
	}
	at.now = at.now.Add(time.Hour)
	active(t, b)
	if rows.reads != 1 {
		t.Errorf("a document that did not change was read %d times", rows.reads)
	}
}

func TestTheLastGoodPolicyOutlastsATableThatFails(t *testing.T) {
	t.Parallel()
	b, rows, at := open(t)
	rows.active = rows.put("good")
	good := active(t, b)
	for _, harm := range []struct {
		name string
		do   func()
	}{
		{"the table cannot be read", func() { rows.broken = errors.New("throttled") }},
		{"the pointer names what is gone", func() { rows.broken, rows.active = nil, "00" }},
		{"the pointer names what is no policy", func() {
			rows.active = policy.Hash([]byte("tiers: 7"))
			rows.documents[rows.active] = []byte("tiers: 7")
		}},
		{"the pointer names one whose chain never ends", func() {
			endless := bytes.Replace(standard.Default, []byte("\nchains:\n"), []byte("\nchains:\n  - {name: endless, when: {tiers: [1]}, steps: [{chain: endless}]}\n"), 1)
			if bytes.Equal(endless, standard.Default) {
				t.Fatal("nothing was changed")
			}
			rows.active = policy.Hash(endless)
			rows.documents[rows.active] = endless
		}},
		{"the document is not the one its hash names", func() { rows.documents[rows.active] = standard.Default }},
	} {
		harm.do()
		at.now = at.now.Add(versions.Fresh)
		before := rows.pointers
		if got := active(t, b); got != good || rows.pointers != before+1 {
			t.Errorf("%s: %s is in force after %d reads, want %s", harm.name, got, rows.pointers-before, good)
		}
		active(t, b)
		if rows.pointers != before+1 {
			t.Errorf("%s: a failing table is asked more than every 30 s", harm.name)
		}
	}
}

func TestWithNoPolicyYetAFailureIsReported(t *testing.T) {
	t.Parallel()
	b, rows, _ := open(t)
	rows.broken = errors.New("throttled")
	if _, err := b.Active(t.Context()); !errors.Is(err, rows.broken) {
		t.Errorf("error %v, want the table's", err)
	}
	rows.broken = nil
	active(t, b) // and is not remembered
}

func TestAnOlderVersionIsReadOnceAndStandsInWhenGone(t *testing.T) {
	t.Parallel()
	b, rows, _ := open(t)
	rows.active = rows.put("new")
	old := rows.put("old")
	for range 3 {
		p, err := b.Version(t.Context(), old)
		if err != nil || p.Hash != old {
			t.Fatalf("version %v, %v; want %s", p, err, old)
		}
	}
	if rows.reads != 2 { // the new one and the old one
		t.Errorf("%d documents were read, want 2", rows.reads)
	}
	if p, err := b.Version(t.Context(), "gone"); err != nil || p.Hash != rows.active {
		t.Errorf("for a version that is gone: %v, %v; want the one in force", p, err)
	}
	if p, err := b.Version(t.Context(), ""); err != nil || p.Hash != rows.active {
		t.Errorf("for no version: %v, %v; want the one in force", p, err)
	}
	if p, err := b.Version(t.Context(), policy.Hash(standard.Default)); err != nil || p.Hash != policy.Hash(standard.Default) {
		t.Errorf("the default is not in the table but at hand: %v, %v", p, err)
	}
	rows.broken = errors.New("throttled")
	if _, err := b.Version(t.Context(), "another"); !errors.Is(err, rows.broken) {
		t.Errorf("a version that could not be read: error %v, want the table's", err)
	}
}

func TestABookKeepsAFewVersionsOnly(t *testing.T) {
	t.Parallel()
	b, rows, _ := open(t)
	hashes := make([]string, 10)
	for i := range hashes {
		hashes[i] = rows.put(fmt.Sprint(i))
	}
	for _, hash := range append(hashes, hashes[9], hashes[0]) {
		if p, err := b.Version(t.Context(), hash); err != nil || p.Hash != hash {
			t.Fatalf("version %v, %v; want %s", p, err, hash)
		}
	}
	if rows.reads != 11 {
		t.Errorf("%d documents were read, want 10 and the first again", rows.reads)
	}
}

func TestManyMayAskAtOnce(t *testing.T) {
	t.Parallel()
	b, rows, _ := open(t)
	rows.active = rows.put("shared")
	old := rows.put("old")
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if p, err := b.Active(t.Context()); err != nil || p.Hash != rows.active {
				t.Errorf("active: %v, %v", p, err)
			}
			if p, err := b.Version(t.Context(), old); err != nil || p.Hash != old {
				t.Errorf("version: %v, %v", p, err)
			}
		})
	}
	wg.Wait()
	if rows.pointers != 1 || rows.reads != 2 {
		t.Errorf("%d pointers and %d documents were read, want 1 and 2", rows.pointers, rows.reads)
	}
}
