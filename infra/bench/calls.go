package main

import (
	"maps"
	"math"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/infra/faults"
	"example.com/skala/shared/dynamo/dynamotest"
)

// calls counts what SDK clients ask of AWS, retries included, and the read
// units that it costs there.
type calls struct {
	mu    sync.Mutex
	of    map[string]int // by operation
	units float64
}

// watch counts the calls of clients made from cfg.
func (c *calls) watch(cfg *aws.Config) { (&faults.Process{Recorded: c.add}).Watch(cfg) }

func (c *calls) add(call faults.Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[string]int{}
	}
	c.of[call.Operation] += call.Tries
	c.units += readUnits(call.In, call.Out)
}

// reset forgets what was counted.
func (c *calls) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of, c.units = nil, 0
}

// counted is what was counted since reset: calls in all, by operation, and read
// units.
func (c *calls) counted() (all int, of map[string]int, units float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.of {
		all += n
	}
	return all, maps.Clone(c.of), c.units
}

// readUnits is what a read costs by DynamoDB's rules: a unit for each 4 KB of an
// item, half of one where the read may be stale; an item that is not there costs
// as a small one, a query the sum of its rows. Emulators are not asked: they
// count in ways of their own. What is no read costs none.
func readUnits(in, out any) float64 {
	switch in := in.(type) {
	case *dynamodb.GetItemInput:
		size := 0
		if got, ok := out.(*dynamodb.GetItemOutput); ok {
			size = dynamotest.Size(got.Item)
		}
		return unitsOf(size, in.ConsistentRead)
	case *dynamodb.BatchGetItemInput:
		got, _ := out.(*dynamodb.BatchGetItemOutput)
		units := 0.0
		for table, of := range in.RequestItems {
			var items []map[string]types.AttributeValue
			if got != nil {
				items = got.Responses[table]
			}
			for _, i := range items {
				units += unitsOf(dynamotest.Size(i), of.ConsistentRead)
			}
			units += float64(len(of.Keys)-len(items)) * unitsOf(0, of.ConsistentRead)
		}
		return units
	case *dynamodb.QueryInput:
		size := 0
		if got, ok := out.(*dynamodb.QueryOutput); ok {
			for _, i := range got.Items {
				size += dynamotest.Size(i)
			}
		}
		return unitsOf(size, in.ConsistentRead)
	}
	return 0
}

// unitsOf is what reading so many bytes at once costs.
func unitsOf(size int, consistent *bool) float64 {
	units := max(1, math.Ceil(float64(size)/4096))
	if consistent != nil && *consistent {
		return units
	}
	return units / 2
}
