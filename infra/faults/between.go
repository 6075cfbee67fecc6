package faults

import (
	"context"

	"github.com/aws/smithy-go/middleware"
)

// Between puts every call of a client into the hands of f, for a test that wants
// something that no Kind is: f may change the input, let the call through, once or
// not at all, and answer otherwise. It is an option of the client's stack.
func Between(f func(in any, next func() (any, error)) (any, error)) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("FaultsBetween", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (out middleware.InitializeOutput, md middleware.Metadata, err error) {
			out.Result, err = f(in.Parameters, func() (any, error) {
				var result middleware.InitializeOutput
				result, md, err = next.HandleInitialize(ctx, in)
				return result.Result, err
			})
			return out, md, err
		}), middleware.Before)
	}
}
