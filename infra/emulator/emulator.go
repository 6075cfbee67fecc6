// Package emulator installs, starts and finds the program that stands in for
// DynamoDB and SQS on this machine, and creates in it what template.yaml
// declares.
//
// Everything it installs lies in the checkout's .local folder; it listens on
// loopback alone. The desk's own run keeps its data over a clean stop, the
// tests' one (ForTest) keeps none. AWS_ENDPOINT_URL_DYNAMODB and
// AWS_ENDPOINT_URL_SQS, when set, name emulators that run already; then nothing
// is installed or started.
package emulator

import (
	"context"
	"errors"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// Region and Account are where an emulator pretends to be.
const (
	Region  = "us-east-1"
	Account = "000000000000"
)

// An Emulator is one that answers, by its addresses.
type Emulator struct {
	DynamoDBURL string
	SQSURL      string
}

// FromEnvironment is the emulator that the environment names, and false when it
// names none. Naming one of the two services alone is a mistake.
func FromEnvironment(getenv func(string) string) (*Emulator, bool, error) {
	e := &Emulator{DynamoDBURL: getenv("AWS_ENDPOINT_URL_DYNAMODB"), SQSURL: getenv("AWS_ENDPOINT_URL_SQS")}
	if (e.DynamoDBURL == "") != (e.SQSURL == "") {
		return nil, false, errors.New("AWS_ENDPOINT_URL_DYNAMODB and AWS_ENDPOINT_URL_SQS go together: set both or neither")
	}
	return e, e.DynamoDBURL != "", nil
}

// Config is what an SDK client needs to talk to the emulator and to nothing
// else.
func (e *Emulator) Config() aws.Config {
	return aws.Config{
		Region:        Region,
		Credentials:   credentials.NewStaticCredentialsProvider("test", "test", ""),
		ConfigSources: []any{e},
		HTTPClient:    shared,
	}
}

// shared is what all clients of this process connect by. The emulator is one process
// of Python: the tests of a package, each with a client of its own, would be hundreds
// of connections, and it refuses some and keeps others waiting for half a minute.
var shared = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
	t.MaxConnsPerHost, t.MaxIdleConnsPerHost, t.MaxIdleConns = connections, connections, connections
})

// connections bounds how many there are to one emulator.
const connections = 64

// GetServiceBaseEndpoint gives each SDK client of Config its service's address.
func (e *Emulator) GetServiceBaseEndpoint(_ context.Context, sdkID string) (string, bool, error) {
	switch sdkID {
	case dynamodb.ServiceID:
		return e.DynamoDBURL, true, nil
	case sqs.ServiceID:
		return e.SQSURL, true, nil
	}
	return "", false, nil
}

// DynamoDB is a client of the emulator.
func (e *Emulator) DynamoDB() *dynamodb.Client { return dynamodb.NewFromConfig(e.Config()) }

// SQS is a client of the emulator.
func (e *Emulator) SQS() *sqs.Client { return sqs.NewFromConfig(e.Config()) }

// Env is the environment, NAME=VALUE, that makes another program's SDK talk to
// the emulator and to nothing else.
func (e *Emulator) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL_DYNAMODB=" + e.DynamoDBURL,
		"AWS_ENDPOINT_URL_SQS=" + e.SQSURL,
		"AWS_REGION=" + Region,
		"AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test",
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=" + os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
	}
}
