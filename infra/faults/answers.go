package faults

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// answered is an error as the SDK makes it of an answer.
func answered(status int, err error) error {
	return &awshttp.ResponseError{RequestID: "FAULT", ResponseError: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status, Header: http.Header{}}}, Err: err,
	}}
}

// internal is AWS's own failure.
func internal(service string) error {
	code := "InternalServerError"
	if service == sqs.ServiceID {
		code = "InternalError"
	}
	return answered(http.StatusInternalServerError, &smithy.GenericAPIError{Code: code, Message: "Internal server error", Fault: smithy.FaultServer})
}

// tooFast is how AWS refuses who goes too fast.
func tooFast(service string) error {
	switch service {
	case dynamodb.ServiceID:
		return answered(http.StatusBadRequest, &types.ThrottlingException{Message: aws.String("Throughput exceeds the current throughput limit for your account.")})
	case sqs.ServiceID:
		return answered(http.StatusForbidden, &sqstypes.RequestThrottled{Message: aws.String("The request was denied due to request throttling.")})
	}
	return answered(http.StatusBadRequest, &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded", Fault: smithy.FaultClient})
}

// cut is a connection that breaks off before the answer.
func cut() error {
	return &smithyhttp.RequestSendError{Err: &url.Error{Op: "Post", URL: "https://aws.example", Err: &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}}}
}

// Met is AWS's answer to a write that met another's transaction, or for whatever
// else a transaction is cancelled by that code; empty is for TransactionConflict. Of
// several writes the last met it.
func Met(in any, code string) error {
	tx, ok := in.(*dynamodb.TransactWriteItemsInput)
	if !ok {
		return answered(http.StatusBadRequest, &types.TransactionConflictException{Message: aws.String("Transaction is ongoing for the item")})
	}
	if code == "" {
		code = "TransactionConflict"
	}
	reasons := make([]types.CancellationReason, len(tx.TransactItems))
	codes := make([]string, len(reasons))
	for i := range reasons {
		codes[i] = "None"
	}
	codes[len(codes)-1] = code
	for i := range reasons {
		reasons[i].Code = &codes[i]
	}
	return answered(http.StatusBadRequest, &types.TransactionCanceledException{
		Message:             aws.String(fmt.Sprintf("Transaction cancelled, please refer cancellation reasons for specific reasons [%s]", strings.Join(codes, ", "))),
		CancellationReasons: reasons,
	})
}

// spoil sends a call and answers it in part only.
func (f *Fault) spoil(in any, send func(in any) (any, error)) (any, error) {
	switch in := in.(type) {
	case *dynamodb.QueryInput:
		return f.lag(in, send)
	case *dynamodb.BatchGetItemInput:
		return f.readPart(in, send)
	case *sqs.SendMessageBatchInput:
		return f.takePart(in, send)
	case *sqs.DeleteMessageBatchInput:
		part, refused := shallow(in), in.Entries[len(in.Entries)-1]
		part.Entries = in.Entries[:len(in.Entries)-1]
		out := &sqs.DeleteMessageBatchOutput{}
		if err := some(len(part.Entries), part, send, &out); err != nil {
			return nil, err
		}
		f.fired.Store(true)
		out.Failed = append(out.Failed, refusal(refused.Id))
		return out, nil
	case *sqs.ChangeMessageVisibilityBatchInput:
		part, refused := shallow(in), in.Entries[len(in.Entries)-1]
		part.Entries = in.Entries[:len(in.Entries)-1]
		out := &sqs.ChangeMessageVisibilityBatchOutput{}
		if err := some(len(part.Entries), part, send, &out); err != nil {
			return nil, err
		}
		f.fired.Store(true)
		out.Failed = append(out.Failed, refusal(refused.Id))
		return out, nil
	}
	return send(in)
}

// lag answers a query as an index does that is behind the table.
func (f *Fault) lag(in *dynamodb.QueryInput, send func(in any) (any, error)) (any, error) {
	out, err := send(in)
	if err != nil || in.IndexName == nil {
		return out, err
	}
	page := shallow(out.(*dynamodb.QueryOutput))
	page.Items = slices.DeleteFunc(slices.Clone(page.Items), func(row Item) bool { return f.Newest == nil || f.Newest(row) })
	if gone := len(out.(*dynamodb.QueryOutput).Items) - len(page.Items); gone > 0 {
		f.fired.Store(true)
		page.Count -= int32(gone)
	}
	return page, nil
}

// readPart reads all but the last item of a batch, or none where there is one
// alone: an answer too large, or a partition too hot.
func (f *Fault) readPart(in *dynamodb.BatchGetItemInput, send func(in any) (any, error)) (any, error) {
	part, left := shallow(in), map[string]types.KeysAndAttributes{}
	part.RequestItems = map[string]types.KeysAndAttributes{}
	asked := 0
	for table, request := range in.RequestItems {
		rest := request
		rest.Keys = request.Keys[len(request.Keys)-1:]
		left[table] = rest
		if request.Keys = request.Keys[:len(request.Keys)-1]; len(request.Keys) > 0 {
			part.RequestItems[table] = request
			asked += len(request.Keys)
		}
	}
	out := &dynamodb.BatchGetItemOutput{Responses: map[string][]map[string]types.AttributeValue{}}
	if err := some(asked, part, send, &out); err != nil {
		return nil, err
	}
	f.fired.Store(true)
	out.UnprocessedKeys = left
	return out, nil
}

// takePart takes all but the last entry of a batch of messages.
func (f *Fault) takePart(in *sqs.SendMessageBatchInput, send func(in any) (any, error)) (any, error) {
	part, refused := shallow(in), in.Entries[len(in.Entries)-1]
	part.Entries = in.Entries[:len(in.Entries)-1]
	out := &sqs.SendMessageBatchOutput{}
	if err := some(len(part.Entries), part, send, &out); err != nil {
		return nil, err
	}
	f.fired.Store(true)
	out.Failed = append(out.Failed, refusal(refused.Id))
	return out, nil
}

// some sends what is left of a batch, if anything is, and sets out to a copy of
// the answer.
func some[T any](left int, in any, send func(in any) (any, error), out **T) error {
	if left == 0 {
		return nil
	}
	got, err := send(in)
	if err != nil {
		return err
	}
	answer, ok := got.(*T)
	if !ok {
		return errors.New("faults: an answer of another kind")
	}
	*out = shallow(answer)
	return nil
}

func refusal(id *string) sqstypes.BatchResultErrorEntry {
	return sqstypes.BatchResultErrorEntry{Id: id, Code: aws.String("InternalError"), SenderFault: false}
}
