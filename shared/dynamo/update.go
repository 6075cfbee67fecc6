package dynamo

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// An update collects what one write sets and removes.
type update struct {
	in            types.Update
	sets, removes []string
}

func newUpdate(table, pk, sk string) *update {
	return &update{in: types.Update{
		TableName: &table, Key: key(pk, sk), ExpressionAttributeValues: item{}, ExpressionAttributeNames: map[string]string{},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}
}

// name is how an expression speaks of an attribute; none is written out, since
// DynamoDB keeps hundreds of words for itself.
func (u *update) name(attribute string) string {
	u.in.ExpressionAttributeNames["#"+attribute] = attribute
	return "#" + attribute
}

// value is how an expression speaks of v.
func (u *update) value(v types.AttributeValue) string {
	placeholder := fmt.Sprintf(":%d", len(u.in.ExpressionAttributeValues))
	u.in.ExpressionAttributeValues[placeholder] = v
	return placeholder
}

func (u *update) set(attribute string, v types.AttributeValue) {
	u.sets = append(u.sets, u.name(attribute)+" = "+u.value(v))
}

// add adds one to an attribute, which may not be there yet.
func (u *update) add(attribute string) { u.addN(attribute, 1) }

func (u *update) addN(attribute string, n int) {
	name := u.name(attribute)
	u.sets = append(u.sets, name+" = if_not_exists("+name+", "+u.value(number(0))+") + "+u.value(number(n)))
}

// whenVersion has it be done while the version of an item is the one that was read, 0
// for none.
func (u *update) whenVersion(was int64) {
	if was == 0 {
		u.whenMissing("v")
	} else {
		u.whenIs("v", number(was))
	}
}

func (u *update) remove(attribute string) { u.removes = append(u.removes, u.name(attribute)) }

// Each of these adds a condition to those that stand.

func (u *update) whenIs(attribute string, v types.AttributeValue) {
	u.when(u.name(attribute) + " = " + u.value(v))
}

func (u *update) whenThere(attribute string) { u.when("attribute_exists(" + u.name(attribute) + ")") }

func (u *update) whenMissing(attribute string) {
	u.when("attribute_not_exists(" + u.name(attribute) + ")")
}

func (u *update) whenLacks(attribute, part string) {
	u.when("NOT contains(" + u.name(attribute) + ", " + u.value(text(part)) + ")")
}

func (u *update) when(condition string) {
	if u.in.ConditionExpression != nil {
		condition = *u.in.ConditionExpression + " AND " + condition
	}
	u.in.ConditionExpression = &condition
}

// index puts the item into a sparse index, or takes it out.
func (u *update) index(name string, in bool, pk, sk string) {
	if !in {
		u.remove(name + "pk")
		u.remove(name + "sk")
		return
	}
	u.set(name+"pk", text(pk))
	u.set(name+"sk", text(sk))
}

func (u *update) update() *types.Update {
	var expression []string
	if len(u.sets) > 0 {
		expression = append(expression, "SET "+strings.Join(u.sets, ", "))
	}
	if len(u.removes) > 0 {
		expression = append(expression, "REMOVE "+strings.Join(u.removes, ", "))
	}
	u.in.UpdateExpression = aws.String(strings.Join(expression, " "))
	if len(u.in.ExpressionAttributeValues) == 0 {
		u.in.ExpressionAttributeValues = nil
	}
	return &u.in
}

// docOf reads what saveDoc, or a put of the same shape, has written.
func docOf[T any](i item) (of T, err error) {
	if err := json.Unmarshal([]byte(textOf(i, "doc")), &of); err != nil {
		return of, broken(i, err)
	}
	return of, nil
}

// saveDoc writes what is kept as a document of its own, with the version that follows
// the one that was read; desk.ErrStale when that is no longer so.
func (s *Store) saveDoc(ctx context.Context, pk, sk string, was int64, of any) error {
	doc, err := json.Marshal(of)
	if err != nil {
		return fmt.Errorf("encoding it: %w", err)
	}
	u := newUpdate(s.Table, pk, sk)
	u.set("doc", text(string(doc)))
	u.set("v", number(was+1))
	u.whenVersion(was)
	return s.update(ctx, u)
}
