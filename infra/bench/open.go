package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/figures"
	"example.com/skala/infra/template"
)

// manyOpen are how many open tickets a sweep is measured at; patterns is how many of
// them are made by triage, the others being copies under other names.
var manyOpen = [...]int{0, 1000, 20_000, 200_000}

const patterns = 200

// An openReport says what a sweep with nothing due costs.
type openReport struct {
	figures.About
	sweepFigures
	Calls  map[string]int     `json:"sweep_calls"`
	TookMS map[string]float64 `json:"sweep_ms"`
}

// measureOpen sweeps a table that holds more and more tickets that can wait.
func measureOpen(ctx context.Context, root string, e *emulator.Emulator, t *template.Template, out io.Writer) (r openReport, err error) {
	began := time.Now()
	r.About, r.sweepFigures = figures.Here(ctx, root, emulatorName()), sweepFigures{map[string]float64{}, map[string]int{}}
	r.Calls, r.TookMS = map[string]int{}, map[string]float64{}
	g, err := openGround(ctx, e, t)
	if err != nil {
		return r, err
	}
	started := now() // the clock stands: filling takes longer than a nudge is waited for
	g.sweep.Now = func() time.Time { return started }
	var heads []map[string]types.AttributeValue
	open := 0
	for _, want := range manyOpen {
		if want > 0 && heads == nil {
			if heads, err = g.patterns(ctx, patterns); err != nil {
				return r, err
			}
			open = patterns
		}
		if err := g.copies(ctx, heads, open, want); err != nil {
			return r, err
		}
		open = want
		g.counted.reset()
		swept := time.Now()
		if err := g.sweep.Run(ctx); err != nil {
			return r, err
		}
		name := strconv.Itoa(open)
		r.TookMS[name] = ms(time.Since(swept))
		var of map[string]int
		r.Calls[name], of, r.Units[name] = g.counted.counted()
		r.Queries[name] = of["Query"]
		fmt.Fprintf(out, "%s open after %.0f s: %s, %.1f read units\n", name, time.Since(began).Seconds(), counts(of), r.Units[name])
	}
	r.Took = time.Since(began).Seconds()
	return r, nil
}

// patterns opens some tickets and returns their heads.
func (g *ground) patterns(ctx context.Context, n int) (heads []map[string]types.AttributeValue, err error) {
	if err := g.fill(ctx, n); err != nil {
		return nil, fmt.Errorf("opening %d tickets: %w", n, err)
	}
	pages := dynamodb.NewScanPaginator(g.plain.Client, &dynamodb.ScanInput{TableName: &g.plain.Table, ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the heads: %w", err)
		}
		for _, item := range page.Items {
			if text(item, "sk") == "HEAD" && text(item, "gsi2pk") != "" {
				heads = append(heads, item)
			}
		}
	}
	if len(heads) != n {
		return nil, fmt.Errorf("%d heads of %d tickets are in the index of what is due", len(heads), n)
	}
	return heads, nil
}

// copies writes heads from one number on to another, each as a thread of its own:
// the same but for its name, in the same shards.
func (g *ground) copies(ctx context.Context, heads []map[string]types.AttributeValue, from, to int) error {
	const atATime = 5000
	for ; from < to; from += atATime {
		var items []map[string]types.AttributeValue
		for n := from; n < min(from+atATime, to); n++ {
			head := heads[n%len(heads)]
			_, name, _ := strings.Cut(text(head, "pk"), "#")
			other := fmt.Sprintf("%026d", n)
			item := map[string]types.AttributeValue{}
			for attribute, value := range head {
				if s, ok := value.(*types.AttributeValueMemberS); ok {
					value = &types.AttributeValueMemberS{Value: strings.ReplaceAll(s.Value, name, other)}
				}
				item[attribute] = value
			}
			items = append(items, item)
		}
		if err := putAll(ctx, g.plain.Client, g.plain.Table, items); err != nil {
			return err
		}
	}
	return nil
}

// text is an attribute that is one.
func text(item map[string]types.AttributeValue, name string) string {
	s, _ := item[name].(*types.AttributeValueMemberS)
	if s == nil {
		return ""
	}
	return s.Value
}
