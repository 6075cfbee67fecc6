package dynamo_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo/dynamotest"
)

// random are bytes that do not pack.
func random(n int) []byte {
	r, body := rand.New(rand.NewPCG(1, uint64(n))), make([]byte, n)
	for i := range body {
		body[i] = byte(r.Uint32())
	}
	return body
}

func TestAListOfTheQuarantineReadsBodiesOnlyAsFarAsItShowsThem(t *testing.T) {
	t.Parallel()
	var read atomic.Int64 // bytes of bodies that the table gave out
	count := func(i map[string]types.AttributeValue) {
		for _, v := range i {
			if b, ok := v.(*types.AttributeValueMemberB); ok {
				read.Add(int64(len(b.Value)))
			}
		}
	}
	s := dynamotest.NewTable(t, between(func(_ any, next func() (any, error)) (any, error) {
		out, err := next()
		switch out := out.(type) {
		case *dynamodb.GetItemOutput:
			count(out.Item)
		case *dynamodb.BatchGetItemOutput:
			for _, items := range out.Responses {
				for _, i := range items {
					count(i)
				}
			}
		}
		return out, err
	}))
	noon := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	bodies := [][]byte{random(6 << 20), bytes.Repeat([]byte("a"), 5<<20), []byte("short"), nil}
	for n := range 25 {
		bodies = append(bodies, random(300_000+n))
	}
	for n, body := range bodies {
		e := desk.RawEvent{App: desk.App{Platform: "line", Name: "demo"}, Body: body, Header: map[string]string{"a": "b"}, Received: noon.Add(-time.Duration(n) * time.Second), Whole: true}
		if err := s.Quarantine(t.Context(), e, fmt.Sprint("reason ", n)); err != nil {
			t.Fatal(err)
		}
	}
	read.Store(0)
	var seen []desk.Glimpse
	pages := 0
	for cursor := ""; pages == 0 || cursor != ""; pages++ {
		before := read.Load()
		page, next, err := s.Glimpses(t.Context(), cursor, 200)
		if err != nil || len(page) == 0 || pages > 20 {
			t.Fatalf("page %d has %d: %v", pages, len(page), err)
		}
		if got := read.Load() - before; got > 8<<20 {
			t.Errorf("page %d read %d bytes", pages, got)
		}
		seen, cursor = append(seen, page...), next
	}
	if len(seen) != len(bodies) || pages < 2 {
		t.Fatalf("%d of %d on %d pages", len(seen), len(bodies), pages)
	}
	for n, g := range seen {
		if g.Bytes != len(bodies[n]) || !bytes.HasPrefix(bodies[n], g.Raw.Body) || len(g.Raw.Body) != min(len(bodies[n]), 8<<10) ||
			g.Reason != fmt.Sprint("reason ", n) || !g.At.Equal(noon.Add(-time.Duration(n)*time.Second)) || g.Raw.Header["a"] != "b" || !g.Raw.Whole {
			t.Errorf("%d: %d bytes, %d shown, %q at %v", n, g.Bytes, len(g.Raw.Body), g.Reason, g.At)
		}
	}
	whole, err := s.Kept(t.Context(), seen[0].ID)
	if err != nil || !bytes.Equal(whole.Raw.Body, bodies[0]) {
		t.Errorf("%d bytes, %v", len(whole.Raw.Body), err)
	}
	two, next, err := s.Glimpses(t.Context(), "", 2)
	if err != nil || len(two) != 2 || next == "" {
		t.Errorf("%d, %q, %v", len(two), next, err)
	}
}

func TestWhatIsNoIDOfOursIsNotAskedFor(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	s := dynamotest.NewTable(t, between(func(_ any, next func() (any, error)) (any, error) {
		asked.Add(1)
		return next()
	}))
	asked.Store(0)
	for _, id := range []string{"", "none", strings.Repeat("a", 25), strings.Repeat("A", 26), strings.Repeat("a", 27), strings.Repeat("a", 3000), strings.Repeat("a", 25) + "/"} {
		_, kept := s.Kept(t.Context(), id)
		_, replaying := s.Replaying(t.Context(), id, "token")
		_, ticket := s.Ticket(t.Context(), desk.TicketID(id+".0"))
		for _, err := range []error{kept, replaying, ticket} {
			if !errors.Is(err, desk.ErrNotFound) || len(id) > 3 && err != ticket && strings.Contains(err.Error(), id) {
				t.Errorf("%.30q: %.200v", id, err)
			}
		}
	}
	if _, err := s.Ticket(t.Context(), desk.TicketID(strings.Repeat("a", 3000)+".1")); !errors.Is(err, desk.ErrNotFound) || asked.Load() != 0 {
		t.Errorf("%v after %d calls", err != nil, asked.Load())
	}
	if _, err := s.Kept(t.Context(), strings.Repeat("a", 26)); !errors.Is(err, desk.ErrNotFound) || asked.Load() != 1 {
		t.Errorf("%v after %d calls", err, asked.Load())
	}
}
