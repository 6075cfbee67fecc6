package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skala/infra/template"
)

func TestAScheduleFiresAtOnceAndThenEachMinuteAndAfterAFailureToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		fires := make(chan time.Duration, 10)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute+time.Second)
		defer cancel()
		c := &clockwork{schedule: template.Schedule{Every: time.Minute, Input: "{}"}, log: slog.New(slog.DiscardHandler),
			invoke: func(context.Context, []byte) ([]byte, error) {
				fires <- time.Since(start)
				return nil, errors.New("no")
			}}
		c.run(ctx)
		close(fires)
		var fired []time.Duration
		for at := range fires {
			fired = append(fired, at)
		}
		if want := []time.Duration{0, time.Minute, 2 * time.Minute, 3 * time.Minute}; !slices.Equal(fired, want) {
			t.Errorf("fired %v, want %v", fired, want)
		}
	})
}

func TestJitterMakesAScheduleLateButNeverEarlyAndNotTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		fired := make(chan time.Duration, 100)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
		defer cancel()
		c := &clockwork{schedule: template.Schedule{Every: time.Minute}, jitter: 59 * time.Second, log: slog.New(slog.DiscardHandler),
			invoke: func(context.Context, []byte) ([]byte, error) {
				fired <- time.Since(start)
				return nil, nil
			}}
		c.run(ctx)
		if first := <-fired; first != 0 {
			t.Errorf("first after %v", first)
		}
		late := time.Duration(0)
		for i := 1; len(fired) > 0; i++ {
			at := <-fired
			if at < time.Duration(i)*time.Minute || at >= time.Duration(i+1)*time.Minute {
				t.Errorf("firing %d after %v", i, at)
			}
			late = max(late, at-time.Duration(i)*time.Minute)
		}
		if late < 10*time.Second {
			t.Errorf("never later than %v: no jitter at all", late)
		}
	})
}
