package wiring

import (
	"context"
	"encoding/json"
	"log"
	"log/slog"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"example.com/skala/shared/lambdahttp"
	"example.com/skala/shared/queue"
)

// A Function is one Lambda function, put together and ready to be invoked: by
// HTTP, by a queue, by the schedule, or by the latter two.
type Function struct {
	Log       *slog.Logger
	HTTP      http.Handler
	Batch     queue.SQSHandler
	Scheduled func(context.Context) error
}

// Handler is what the Lambda runtime calls.
func (f *Function) Handler() any {
	switch {
	case f.HTTP != nil:
		return lambdahttp.Handle(f.Log, f.HTTP)
	case f.Batch == nil:
		return func(ctx context.Context, _ json.RawMessage) error { return f.Scheduled(ctx) }
	case f.Scheduled == nil:
		return f.Batch
	}
	return queue.Dispatch(f.Batch, f.Scheduled)
}

// Main runs the function that open puts together from this process's
// environment, until Lambda ends the process.
func Main(name string, open func(context.Context, Input) (*Function, error)) {
	f, err := open(context.Background(), Input{Getenv: os.Getenv, Log: os.Stdout})
	if err != nil {
		log.Fatal(name, ": ", err)
	}
	lambda.Start(f.Handler())
}
