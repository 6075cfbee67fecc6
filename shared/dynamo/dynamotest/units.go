package dynamotest

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/dynamo"
)

// A Snapshot is everything that a table holds, by key.
type Snapshot map[string]map[string]types.AttributeValue

// Snap reads a whole table.
func Snap(ctx context.Context, s *dynamo.Store) (Snapshot, error) {
	snap := Snapshot{}
	for pages := dynamodb.NewScanPaginator(s.Client, &dynamodb.ScanInput{TableName: &s.Table, ConsistentRead: aws.Bool(true)}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("dynamotest: scanning: %w", err)
		}
		for _, i := range page.Items {
			snap[textOf(i["pk"])+" "+textOf(i["sk"])] = i
		}
	}
	return snap, nil
}

// A Cost is what one write costs: its units, and the item's size in bytes.
type Cost struct {
	What  string // the kind of the item, or the index
	Bytes int
	Units int
}

// Units itemises what the writes between two snapshots cost by DynamoDB's rules:
// one unit a KB of the larger of the item before and after, two of what was written
// in a transaction; and for each index one unit a KB of each row that it takes
// out, puts in or changes: indexes are brought up to date after the transaction,
// outside of it. (DynamoDB Local counts their rows twice as well.)
func Units(before, after Snapshot, transaction bool) (total int, costs []Cost) {
	keys := maps.Clone(before)
	maps.Copy(keys, after)
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		was, is := before[k], after[k]
		if reflect.DeepEqual(was, is) {
			continue
		}
		size := max(Size(was), Size(is))
		_, sk, _ := strings.Cut(k, " ")
		kind, _, _ := strings.Cut(sk, "#")
		cost := Cost{kind, size, kilobytes(size)}
		if transaction {
			cost.Units *= 2
		}
		costs = append(costs, cost)
		for _, index := range []string{"gsi1", "gsi2", "gsi3", "gsi4"} {
			a, b := row(was, index), row(is, index)
			switch {
			case reflect.DeepEqual(a, b):
			case a != nil && b != nil && reflect.DeepEqual(a[index+"pk"], b[index+"pk"]) && reflect.DeepEqual(a[index+"sk"], b[index+"sk"]):
				size := max(Size(a), Size(b))
				costs = append(costs, Cost{index + " changed", size, kilobytes(size)})
			default:
				if a != nil {
					costs = append(costs, Cost{index + " out", Size(a), kilobytes(Size(a))})
				}
				if b != nil {
					costs = append(costs, Cost{index + " in", Size(b), kilobytes(Size(b))})
				}
			}
		}
	}
	for _, c := range costs {
		total += c.Units
	}
	return total, costs
}

// row is what an index holds of an item; nil when it is not in it.
func row(i map[string]types.AttributeValue, index string) map[string]types.AttributeValue {
	if i[index+"pk"] == nil {
		return nil
	}
	names := []string{"pk", "sk", index + "pk", index + "sk"}
	if index == "gsi1" {
		names = append(names, "card")
	}
	r := map[string]types.AttributeValue{}
	for _, name := range names {
		if v, ok := i[name]; ok {
			r[name] = v
		}
	}
	return r
}

func kilobytes(size int) int { return (size + 1023) / 1024 }

// Size is an item's size as DynamoDB counts it: names and values, numbers at
// half a byte a digit and one more.
func Size(i map[string]types.AttributeValue) int {
	size := 0
	for name, v := range i {
		size += len(name)
		switch v := v.(type) {
		case *types.AttributeValueMemberS:
			size += len(v.Value)
		case *types.AttributeValueMemberB:
			size += len(v.Value)
		case *types.AttributeValueMemberN:
			size += (len(v.Value)+1)/2 + 1
		default:
			size++
		}
	}
	return size
}

func textOf(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}
