package wiring_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"example.com/skala/infra/leaks"
	"example.com/skala/shared/logs"
)

// TestWhatAWSAnswersOfOurValuesStaysOutOfTheLog has DynamoDB and SQS refuse calls
// with all that they were sent in their answer, as the real ones do with some of
// it, and logs what the SDK makes of that.
func TestWhatAWSAnswersOfOurValuesStaysOutOfTheLog(t *testing.T) {
	t.Parallel()
	words := leaks.Words("a customer's text")
	finder := leaks.For(words)
	answers := map[string]func(w http.ResponseWriter, sent string){
		"refused": func(w http.ResponseWriter, sent string) {
			w.Header().Set("Content-Type", "application/x-amz-json-1.0")
			w.WriteHeader(http.StatusBadRequest)
			answer, err := json.Marshal(map[string]string{"__type": "com.amazonaws#ValidationException", "message": "Value '" + sent + "' failed to satisfy constraint"})
			if err != nil {
				t.Error(err)
			}
			_, _ = w.Write(answer)
		},
		"refused by a code that the SDK knows": func(w http.ResponseWriter, sent string) {
			w.Header().Set("X-Amzn-Query-Error", "InvalidMessageContents;Sender")
			w.WriteHeader(http.StatusBadRequest)
			answer, err := json.Marshal(map[string]string{"__type": "com.amazonaws.sqs#InvalidMessageContents", "message": sent})
			if err != nil {
				t.Error(err)
			}
			_, _ = w.Write(answer)
		},
		"a proxy's page": func(w http.ResponseWriter, sent string) {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, "<html>"+sent)
		},
		"what is no answer": func(w http.ResponseWriter, sent string) { fmt.Fprint(w, "<"+sent) },
		"a code of its own": func(w http.ResponseWriter, sent string) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"__type":%q}`, sent)
		},
		"a connection's end": func(http.ResponseWriter, string) { panic(http.ErrAbortHandler) },
	}
	calls := map[string]func(context.Context, aws.Config) error{
		"PutItem": func(ctx context.Context, cfg aws.Config) error {
			_, err := dynamodb.NewFromConfig(cfg).PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("t"), Item: map[string]types.AttributeValue{"text": &types.AttributeValueMemberS{Value: words.Value}}})
			return err
		},
		"TransactWriteItems": func(ctx context.Context, cfg aws.Config) error {
			put := &types.Put{TableName: aws.String("t"), Item: map[string]types.AttributeValue{"text": &types.AttributeValueMemberB{Value: []byte(words.Value)}}}
			_, err := dynamodb.NewFromConfig(cfg).TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{{Put: put}}})
			return err
		},
		"SendMessage": func(ctx context.Context, cfg aws.Config) error {
			_, err := sqs.NewFromConfig(cfg).SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String("https://queue.example/q"), MessageBody: &words.Value})
			return err
		},
	}
	for answer, write := range answers {
		for call, make := range calls {
			t.Run(call+", "+answer, func(t *testing.T) {
				t.Parallel()
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					sent, err := io.ReadAll(r.Body)
					if err != nil {
						t.Error(err)
					}
					write(w, string(sent)+words.Value)
				}))
				t.Cleanup(server.Close)
				var out bytes.Buffer
				cfg := aws.Config{Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), RetryMaxAttempts: 1}
				err := make(t.Context(), cfg)
				if err == nil {
					t.Fatal("the call worked")
				}
				logs.New(&out).Error("record failed", "err", fmt.Errorf("triage: %w", errors.Join(err, errors.New("and more"))))
				for _, l := range finder.Find(out.Bytes()) {
					t.Error(l)
				}
				if !bytes.Contains(out.Bytes(), []byte("operation error")) {
					t.Errorf("the log says nothing of it: %s", out.String())
				}
			})
		}
	}
}
