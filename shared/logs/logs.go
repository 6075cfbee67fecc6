// Package logs says how the desk writes its log: one JSON line for each unit of
// work (a webhook, an event, a request, a send), its message constant, what
// happened in keys. infra/doc/logs.md lists both.
//
// A line holds ids, never what somebody wrote, their name, or a secret. Errors
// are the way by which those would get in, since many quote what they were given;
// so an error goes into a line by way of Text, and a panic by way of Panic.
package logs

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"time"
)

// New returns a logger of JSON lines. Each carries what is noted in the context
// that it is logged with, beside its own keys.
func New(w io.Writer) *slog.Logger {
	return slog.New(handler{slog.NewJSONHandler(w, nil)})
}

// safe is an attribute as a line may hold it: an error by way of Text.
func safe(a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindAny {
		if err, ok := a.Value.Any().(error); ok {
			return slog.String(a.Key, Text(err))
		}
	}
	return a
}

// Took is how long a unit of work took.
func Took(d time.Duration) slog.Attr { return slog.Int64("took_ms", d.Milliseconds()) }

// Panic says of a recovered panic what a log may hold: the runtime's own words,
// of anything else its type alone. Where it happened is in the stack.
func Panic(p any) string {
	if err, ok := p.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", p)
}

// A unit is what is noted of one unit of work.
type unit struct {
	mu    sync.Mutex
	attrs []slog.Attr
}

type unitKey struct{}

func unitOf(ctx context.Context) *unit {
	u, _ := ctx.Value(unitKey{}).(*unit)
	return u
}

// Unit begins a unit of work within that of ctx, whose notes it takes over. args
// are keys and values, as slog takes them.
func Unit(ctx context.Context, args ...any) context.Context {
	u := &unit{}
	if outer := unitOf(ctx); outer != nil {
		u.attrs = outer.noted()
	}
	u.note(args)
	return context.WithValue(ctx, unitKey{}, u)
}

// Note adds keys and values to the unit of work of ctx, for every line of it that
// is yet to come, or replaces them. An empty string is nothing to say. Outside of
// any unit it does nothing.
func Note(ctx context.Context, args ...any) {
	if u := unitOf(ctx); u != nil {
		u.note(args)
	}
}

func (u *unit) note(args []any) {
	u.mu.Lock()
	defer u.mu.Unlock()
	// A record sorts keys from values as slog does everywhere.
	r := slog.NewRecord(time.Time{}, 0, "", 0)
	r.Add(args...)
	r.Attrs(func(a slog.Attr) bool {
		a = safe(a)
		if a.Value.Kind() == slog.KindString && a.Value.String() == "" {
			return true
		}
		if i := slices.IndexFunc(u.attrs, func(old slog.Attr) bool { return old.Key == a.Key }); i >= 0 {
			u.attrs[i] = a
		} else {
			u.attrs = append(u.attrs, a)
		}
		return true
	})
}

func (u *unit) noted() []slog.Attr {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.attrs)
}

// A handler adds a unit's notes to each line. Where line and note have the same
// key the line's own counts.
type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	line := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	own := make([]string, 0, 16)
	r.Attrs(func(a slog.Attr) bool {
		own = append(own, a.Key)
		line.AddAttrs(safe(a))
		return true
	})
	if u := unitOf(ctx); u != nil {
		for _, a := range u.noted() {
			if !slices.Contains(own, a.Key) {
				line.AddAttrs(a)
			}
		}
	}
	return h.Handler.Handle(ctx, line)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	all := make([]slog.Attr, 0, len(attrs))
	for _, a := range attrs {
		all = append(all, safe(a))
	}
	return handler{h.Handler.WithAttrs(all)}
}

func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
