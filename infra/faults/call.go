package faults

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// An Item is one of the table's.
type Item = map[string]types.AttributeValue

// A Call is one operation that a client asked of AWS, with all the SDK's tries.
type Call struct {
	Process   string // whose it is
	Operation string // such as PutItem
	Uses      []Use  // what it needs to be allowed to do
	In, Out   any    // as the SDK has them; Out is nil of one that failed
	Err       error
	Tries     int // 0 when it never got as far
	Rows      int // that a query brought
}

// Changes reports whether the call may change anything.
func (c Call) Changes() bool { return changes(c.Operation) }

// Name says what the call asks for: calls of one name differ in their content
// alone.
func (c Call) Name() string {
	var at []string
	for _, u := range c.Uses {
		at = append(at, u.Resource)
	}
	slices.Sort(at)
	return c.Operation + " " + strings.Join(slices.Compact(at), "+")
}

// A Use is one action on one resource, as IAM has them: dynamodb:Query on
// Table/index/gsi1.
type Use struct{ Action, Resource string }

// usesOf returns what a call needs to be allowed to do, each once, in order. name
// gives resources their names.
func usesOf(service, operation string, in any, name func(string) string) []Use {
	var uses []Use
	add := func(action string, resource *string) {
		uses = append(uses, Use{action, name(aws.ToString(resource))})
	}
	switch in := in.(type) {
	case *dynamodb.GetItemInput:
		add("dynamodb:GetItem", in.TableName)
	case *dynamodb.PutItemInput:
		add("dynamodb:PutItem", in.TableName)
	case *dynamodb.UpdateItemInput:
		add("dynamodb:UpdateItem", in.TableName)
	case *dynamodb.DeleteItemInput:
		add("dynamodb:DeleteItem", in.TableName)
	case *dynamodb.QueryInput:
		add("dynamodb:Query", in.TableName)
		if in.IndexName != nil {
			uses[0].Resource += "/index/" + *in.IndexName
		}
	case *dynamodb.ScanInput:
		add("dynamodb:Scan", in.TableName)
	case *dynamodb.BatchGetItemInput:
		for table := range in.RequestItems {
			add("dynamodb:BatchGetItem", &table)
		}
	case *dynamodb.BatchWriteItemInput:
		for table := range in.RequestItems {
			add("dynamodb:BatchWriteItem", &table)
		}
	case *dynamodb.TransactWriteItemsInput: // allowed by what it holds
		for _, i := range in.TransactItems {
			switch {
			case i.Put != nil:
				add("dynamodb:PutItem", i.Put.TableName)
			case i.Update != nil:
				add("dynamodb:UpdateItem", i.Update.TableName)
			case i.Delete != nil:
				add("dynamodb:DeleteItem", i.Delete.TableName)
			case i.ConditionCheck != nil:
				add("dynamodb:ConditionCheckItem", i.ConditionCheck.TableName)
			}
		}
	case *sqs.SendMessageInput:
		add("sqs:SendMessage", in.QueueUrl)
	case *sqs.SendMessageBatchInput:
		add("sqs:SendMessage", in.QueueUrl)
	case *sqs.ReceiveMessageInput:
		add("sqs:ReceiveMessage", in.QueueUrl)
	case *sqs.DeleteMessageInput:
		add("sqs:DeleteMessage", in.QueueUrl)
	case *sqs.DeleteMessageBatchInput:
		add("sqs:DeleteMessage", in.QueueUrl)
	case *sqs.ChangeMessageVisibilityInput:
		add("sqs:ChangeMessageVisibility", in.QueueUrl)
	case *sqs.ChangeMessageVisibilityBatchInput:
		add("sqs:ChangeMessageVisibility", in.QueueUrl)
	case *sqs.GetQueueAttributesInput:
		add("sqs:GetQueueAttributes", in.QueueUrl)
	case *secretsmanager.GetSecretValueInput:
		add("secretsmanager:GetSecretValue", in.SecretId)
	default: // whoever makes it has to say here what it touches
		add(strings.ToLower(strings.ReplaceAll(service, " ", ""))+":"+operation, aws.String("unknown"))
	}
	slices.SortFunc(uses, func(a, b Use) int {
		return cmp.Or(cmp.Compare(a.Action, b.Action), cmp.Compare(a.Resource, b.Resource))
	})
	return slices.Compact(uses)
}

// A Recorder keeps the calls of processes in the order in which they ended. Its
// zero value is empty.
type Recorder struct {
	mu    sync.Mutex
	calls []Call
}

// Add notes a call.
func (r *Recorder) Add(c Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, c)
}

// Take returns what was recorded since it was taken last.
func (r *Recorder) Take() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	calls := r.calls
	r.calls = nil
	return calls
}
