package emulator

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"example.com/skala/infra/template"
)

// A Stack is what was created of a template, by logical id.
type Stack struct {
	Tables map[string]string // names
	Queues map[string]string // URLs
}

// Place says what the names of template.yaml mean on this machine, given what
// its secrets refer to, by logical id, and its parameters.
func (s *Stack) Place(secrets, parameters map[string]string) template.Place {
	return template.Place{
		Parameters: parameters,
		Pseudo: map[string]string{
			"AWS::Region": Region, "AWS::AccountId": Account, "AWS::Partition": "aws", "AWS::StackName": "skala",
		},
		Resource: func(id, kind, attribute string) (string, bool) {
			var value string
			switch {
			case kind == template.TableType && attribute == "":
				value = s.Tables[id]
			case kind == template.QueueType && attribute == "":
				value = s.Queues[id]
			case kind == template.QueueType && attribute == "Arn":
				value = QueueARN(s.Queues[id])
			case kind == template.SecretType && attribute == "":
				value = secrets[id]
			case kind == template.URLType: // of what serves here
				value = cmp.Or(parameters[id], "http://127.0.0.1:9/")
			}
			return value, value != ""
		},
	}
}

// QueueARN is the name of a queue of the emulator, given its URL.
func QueueARN(url string) string {
	return "arn:aws:sqs:" + Region + ":" + Account + ":" + url[strings.LastIndex(url, "/")+1:]
}

// Create makes the tables and queues of t that are not there yet, named prefix
// and their logical id. What is there is kept with its content; queues get the
// attributes the template gives them now. A table with other keys or indexes is
// an error: an emulator cannot change them.
func (e *Emulator) Create(ctx context.Context, t *template.Template, prefix string) (*Stack, error) {
	stack := &Stack{Tables: map[string]string{}, Queues: map[string]string{}}
	for _, table := range t.Tables {
		name := prefix + table.ID
		if err := e.createTable(ctx, table, name); err != nil {
			return nil, err
		}
		stack.Tables[table.ID] = name
	}
	for _, dead := range []bool{true, false} { // a redrive policy names a queue that exists
		for _, q := range t.Queues {
			if (q.DeadLetters == "") != dead {
				continue
			}
			url, err := e.createQueue(ctx, q, prefix)
			if err != nil {
				return nil, err
			}
			stack.Queues[q.ID] = url
		}
	}
	return stack, nil
}

func (e *Emulator) createTable(ctx context.Context, t template.Table, name string) error {
	db := e.DynamoDB()
	want := definition(t, name)
	_, err := db.CreateTable(ctx, want)
	if _, ok := errors.AsType[*ddb.ResourceInUseException](err); ok {
		got, err := db.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
		if err != nil {
			return fmt.Errorf("describing table %s: %w", name, err)
		}
		if !sameShape(want, got.Table) {
			return fmt.Errorf("table %s holds data under other keys or indexes than template.yaml has now: `make clean` begins anew", name)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("creating table %s: %w", name, err)
	}
	wait := dynamodb.NewTableExistsWaiter(db, func(o *dynamodb.TableExistsWaiterOptions) { o.MinDelay, o.MaxDelay = 20*time.Millisecond, time.Second })
	if err := wait.Wait(ctx, &dynamodb.DescribeTableInput{TableName: &name}, time.Minute); err != nil {
		return fmt.Errorf("waiting for table %s: %w", name, err)
	}
	if t.TTL == "" {
		return nil
	}
	_, err = db.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{TableName: &name,
		TimeToLiveSpecification: &ddb.TimeToLiveSpecification{AttributeName: &t.TTL, Enabled: aws.Bool(true)}})
	if err != nil {
		return fmt.Errorf("setting the time to live of table %s: %w", name, err)
	}
	return nil
}

// definition is the request that creates the table as the template has it.
func definition(t template.Table, name string) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{TableName: &name, BillingMode: ddb.BillingModePayPerRequest, KeySchema: schema(t.Key)}
	for _, a := range t.Attributes {
		in.AttributeDefinitions = append(in.AttributeDefinitions, ddb.AttributeDefinition{AttributeName: aws.String(a.Name), AttributeType: ddb.ScalarAttributeType(a.Type)})
	}
	for _, x := range t.Indexes {
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, ddb.GlobalSecondaryIndex{
			IndexName:  aws.String(x.Name),
			KeySchema:  schema(x.Key),
			Projection: &ddb.Projection{ProjectionType: ddb.ProjectionType(x.Projection), NonKeyAttributes: x.Include},
		})
	}
	return in
}

func schema(k template.Key) []ddb.KeySchemaElement {
	s := []ddb.KeySchemaElement{{AttributeName: aws.String(k.Hash), KeyType: ddb.KeyTypeHash}}
	if k.Range != "" {
		s = append(s, ddb.KeySchemaElement{AttributeName: aws.String(k.Range), KeyType: ddb.KeyTypeRange})
	}
	return s
}

func sameShape(want *dynamodb.CreateTableInput, got *ddb.TableDescription) bool {
	type index struct {
		keys       []ddb.KeySchemaElement
		projection ddb.ProjectionType
		include    []string
	}
	a, b := map[string]index{}, map[string]index{}
	for _, x := range want.GlobalSecondaryIndexes {
		a[*x.IndexName] = index{x.KeySchema, x.Projection.ProjectionType, append([]string{}, x.Projection.NonKeyAttributes...)}
	}
	for _, x := range got.GlobalSecondaryIndexes {
		b[*x.IndexName] = index{x.KeySchema, x.Projection.ProjectionType, append([]string{}, x.Projection.NonKeyAttributes...)}
	}
	return reflect.DeepEqual(a, b) && reflect.DeepEqual(want.KeySchema, got.KeySchema)
}

func (e *Emulator) createQueue(ctx context.Context, q template.Queue, prefix string) (string, error) {
	client, name := e.SQS(), prefix+q.ID
	attributes, err := e.attributes(ctx, q, prefix)
	if err != nil {
		return "", err
	}
	found, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if _, ok := errors.AsType[*types.QueueDoesNotExist](err); ok {
		made, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
		if err != nil {
			return "", fmt.Errorf("creating queue %s: %w", name, err)
		}
		return *made.QueueUrl, nil
	}
	if err != nil {
		return "", fmt.Errorf("looking for queue %s: %w", name, err)
	}
	if len(attributes) > 0 {
		if _, err := client.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: found.QueueUrl, Attributes: attributes}); err != nil {
			return "", fmt.Errorf("changing queue %s: %w", name, err)
		}
	}
	return *found.QueueUrl, nil
}

// attributes are those of q as SQS names them.
func (e *Emulator) attributes(ctx context.Context, q template.Queue, prefix string) (map[string]string, error) {
	set := map[string]string{}
	for name, d := range map[types.QueueAttributeName]time.Duration{
		types.QueueAttributeNameVisibilityTimeout:      q.Visibility,
		types.QueueAttributeNameMessageRetentionPeriod: q.Retention,
		types.QueueAttributeNameDelaySeconds:           q.Delay,
	} {
		if d > 0 {
			set[string(name)] = strconv.Itoa(int(d / time.Second))
		}
	}
	if q.DeadLetters == "" {
		return set, nil
	}
	dead := prefix + q.DeadLetters
	url, err := e.SQS().GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &dead})
	if err != nil {
		return nil, fmt.Errorf("looking for queue %s: %w", dead, err)
	}
	got, err := e.SQS().GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: url.QueueUrl, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn}})
	if err != nil {
		return nil, fmt.Errorf("asking for the name of queue %s: %w", dead, err)
	}
	policy, err := json.Marshal(map[string]string{
		"deadLetterTargetArn": got.Attributes[string(types.QueueAttributeNameQueueArn)],
		"maxReceiveCount":     strconv.Itoa(q.MaxReceives),
	})
	set[string(types.QueueAttributeNameRedrivePolicy)] = string(policy)
	return set, err
}
