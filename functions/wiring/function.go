package wiring

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"example.com/skala/shared/lambdahttp"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/queue"
)

// A Function is one Lambda function, put together and ready to be invoked: by
// HTTP, by a queue, by the schedule, or by the latter two.
type Function struct {
	Log       *slog.Logger
	Metrics   *metrics.Recorder // what an invocation measured, written at its end
	HTTP      http.Handler
	Batch     queue.SQSHandler
	Scheduled func(context.Context) error
}

// Handler is what the Lambda runtime calls.
func (f *Function) Handler() any {
	switch {
	case f.HTTP != nil:
		return invoked(f, lambdahttp.Handle(f.Log, f.HTTP))
	case f.Batch == nil:
		return invoked(f, func(ctx context.Context, _ json.RawMessage) (any, error) { return nil, f.scheduled(ctx) })
	case f.Scheduled == nil:
		return invoked(f, f.batch)
	}
	return invoked(f, queue.Dispatch(f.batch, f.scheduled))
}

// invoked lets the lines of an invocation carry its id, and writes what it
// measured when it is over.
func invoked[In, Out any](f *Function, handle func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	return func(ctx context.Context, in In) (Out, error) {
		if lambda, ok := lambdacontext.FromContext(ctx); ok {
			ctx = logs.Unit(ctx, "request", lambda.AwsRequestID)
		}
		defer f.Metrics.Flush()
		return handle(ctx, in)
	}
}

func (f *Function) batch(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	out, err := f.Batch(ctx, batch)
	if n := len(out.BatchItemFailures); n > 0 {
		f.Metrics.Count(metrics.RecordsFailed, n)
	}
	return out, err
}

// scheduled runs what the schedule asks for. Lambda's library logs what comes
// back as it is, and the words of a panic, so neither may hold more than the
// log may.
func (f *Function) scheduled(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("panic: " + logs.Panic(p))
			f.Log.ErrorContext(ctx, "invocation panicked", "err", err, "stack", string(debug.Stack()))
		}
	}()
	if err := f.Scheduled(ctx); err != nil {
		return errors.New(logs.Text(err))
	}
	return nil
}

// Main runs the function that open puts together from this process's
// environment, until Lambda ends the process.
func Main(name string, open func(context.Context, Input) (*Function, error)) {
	f, err := open(context.Background(), Input{Getenv: os.Getenv, Log: os.Stdout})
	if err != nil {
		logs.New(os.Stdout).Error("function not started", "function", name, "err", err)
		os.Exit(1)
	}
	// Lambda's library has the standard library's logger alone to speak through.
	log.SetFlags(0)
	log.SetOutput(&sayings{f.Log})
	lambda.Start(f.Handler())
}

// sayings makes a line of our log of each line that a library prints.
type sayings struct{ log *slog.Logger }

func (s *sayings) Write(line []byte) (int, error) {
	s.log.Warn("library says", "says", string(line))
	return len(line), nil
}
