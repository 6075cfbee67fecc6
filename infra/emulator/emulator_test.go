package emulator

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func TestATableOfTheTemplateKeepsWhatIsPutAndFindsItByItsIndexes(t *testing.T) {
	t.Parallel()
	e := ForTest(t)
	name := e.NewTable(t)
	db := e.DynamoDB()
	text := func(s string) ddb.AttributeValue { return &ddb.AttributeValueMemberS{Value: s} }
	_, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &name, Item: map[string]ddb.AttributeValue{
		"pk": text("C#1"), "sk": text("HEAD"), "gsi1pk": text("W"), "gsi1sk": text("1"), "gsi4pk": text("L"), "gsi4sk": text("2"), "card": text("shown"), "other": text("hidden"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		index, key string
		card       bool
	}{{"gsi1", "W", true}, {"gsi4", "L", false}}
	for _, tt := range tests {
		got, err := db.Query(t.Context(), &dynamodb.QueryInput{TableName: &name, IndexName: &tt.index, KeyConditionExpression: aws.String(tt.index + "pk = :k"),
			ExpressionAttributeValues: map[string]ddb.AttributeValue{":k": text(tt.key)}})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Items) != 1 || (got.Items[0]["card"] != nil) != tt.card || got.Items[0]["other"] != nil {
			t.Errorf("%s shows %v", tt.index, got.Items)
		}
	}
}

func TestAQueueOfTheTemplateHasItsVisibilityAndItsDeadLetters(t *testing.T) {
	t.Parallel()
	e := ForTest(t)
	url, dead := e.NewQueue(t, "InboundQueue")
	got, err := e.SQS().GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}})
	if err != nil {
		t.Fatal(err)
	}
	if got.Attributes["VisibilityTimeout"] != "200" || got.Attributes["RedrivePolicy"] == "" || dead == "" {
		t.Errorf("attributes %v, dead letters %q", got.Attributes, dead)
	}
}
