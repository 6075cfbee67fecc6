package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/template"
)

//go:embed testdata/accounts.yaml
var accounts []byte

// A workbench is the table, the queues and the secrets that functions work on.
type workbench struct {
	dir, rie string
	template *template.Template
	emulator *emulator.Emulator
	stack    *emulator.Stack
	place    template.Place
}

// furnish creates what template.yaml declares.
func (w *workbench) furnish(ctx context.Context, root string) (err error) {
	if w.template, err = template.Open(root); err != nil {
		return err
	}
	if w.stack, err = w.emulator.Create(ctx, w.template, "lambdas-"+strconv.FormatInt(time.Now().UnixNano(), 36)+"-"); err != nil {
		return err
	}
	secrets := map[string]string{}
	for id, content := range map[string][]byte{"SigningAccounts": accounts, "SendingAccounts": accounts, "ReadingAccounts": accounts,
		"Pepper": []byte("a pepper for invented data"), "SessionKey": []byte("a key for sessions of nobody, long enough"), "Notifications": []byte("{}"), "ReadingNotifications": []byte("{}")} {
		path := filepath.Join(w.dir, id)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return err
		}
		secrets[id] = "file:" + path
	}
	nowhere := "http://127.0.0.1:1" // nobody signs in, and nothing is sent
	w.place = w.stack.Place(secrets, map[string]string{"OidcIssuer": nowhere + "/idp", "PublicUrl": nowhere, "PlatformApi": nowhere})
	return nil
}

// clear deletes what furnish created, whatever became of ctx: the emulator may
// be somebody's.
func (w *workbench) clear(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	var errs []error
	for _, name := range w.stack.Tables {
		_, err := w.emulator.DynamoDB().DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name})
		errs = append(errs, err)
	}
	for _, url := range w.stack.Queues {
		_, err := w.emulator.SQS().DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// waiting receives the messages of a queue until it is empty, and keeps none.
func (w *workbench) waiting(ctx context.Context, id string) (bodies []string, err error) {
	for {
		url := w.stack.Queues[id]
		got, err := w.emulator.SQS().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
		if err != nil || len(got.Messages) == 0 {
			return bodies, err
		}
		for _, m := range got.Messages {
			bodies = append(bodies, *m.Body)
			if _, err := w.emulator.SQS().DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				return nil, err
			}
		}
	}
}

// items counts the table's items by what their partition key begins with, up to
// the first #, and their sort key likewise: C#HEAD, C#M.
func (w *workbench) items(ctx context.Context) (map[string]int, error) {
	count := map[string]int{}
	pages := dynamodb.NewScanPaginator(w.emulator.DynamoDB(), &dynamodb.ScanInput{TableName: aws.String(w.stack.Tables["Table"]), ConsistentRead: aws.Bool(true),
		ProjectionExpression: aws.String("pk, sk")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, i := range page.Items {
			begins := func(name string) string {
				key, _ := i[name].(*ddb.AttributeValueMemberS)
				if key == nil {
					return ""
				}
				first, _, _ := strings.Cut(key.Value, "#")
				return first
			}
			count[begins("pk")+"#"+begins("sk")]++
		}
	}
	return count, nil
}

// A function is one that AWS's emulator runs.
type function struct {
	*workbench
	name    string
	address string
	client  *http.Client
	cmd     *exec.Cmd
}

// start has the emulator run a function's binary. It starts the binary with the
// first event.
func (w *workbench) start(ctx context.Context, f template.Function) (*function, error) {
	variables, err := w.template.Environment(f, w.place)
	if err != nil {
		return nil, err
	}
	fn := &function{workbench: w, name: filepath.Base(f.Dir), client: &http.Client{Timeout: f.Timeout + 20*time.Second}}
	runtimeAPI, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	if fn.address, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	out, err := os.Create(filepath.Join(w.dir, fn.name+".log"))
	if err != nil {
		return nil, err
	}
	defer out.Close()
	fn.cmd = exec.Command(w.rie, "--log-level", "error", "--runtime-interface-emulator-address", fn.address, "--runtime-api-address", runtimeAPI, filepath.Join(w.dir, "bin", fn.name))
	fn.cmd.Env = append(w.emulator.Env(), "PATH="+os.Getenv("PATH"), "HOME="+w.dir,
		"AWS_LAMBDA_FUNCTION_NAME="+fn.name, fmt.Sprintf("AWS_LAMBDA_FUNCTION_TIMEOUT=%d", int(f.Timeout.Seconds())), fmt.Sprintf("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=%d", f.Memory))
	for name, value := range variables {
		fn.cmd.Env = append(fn.cmd.Env, name+"="+value)
	}
	fn.cmd.Stdout, fn.cmd.Stderr = out, out
	fn.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // its binary ends with it
	if err := fn.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", fn.name, err)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", fn.address)
		if err == nil {
			return fn, c.Close()
		}
		if ctx.Err() != nil || time.Now().After(end) {
			fn.stop()
			return nil, fmt.Errorf("the runtime of %s does not listen: %w", fn.name, err)
		}
	}
}

func (f *function) stop() {
	_ = syscall.Kill(-f.cmd.Process.Pid, syscall.SIGKILL) // it keeps nothing
	_ = f.cmd.Wait()
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// errRefused is an event that Lambda would not hand over.
var errRefused = errors.New("the runtime refused the event")

// A failure is what a function says when it fails as a whole.
type failure struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

func (f *failure) Error() string { return f.Type + ": " + f.Message }

// invoke hands an event over and returns the function's answer: one at a time,
// as Lambda does. A function that fails as a whole gives a *failure.
func (f *function) invoke(ctx context.Context, event []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, "POST", "http://"+f.address+"/2015-03-31/functions/function/invocations", bytes.NewReader(event))
	if err != nil {
		return nil, err
	}
	resp, err := f.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusRequestEntityTooLarge {
		return nil, errRefused
	}
	var failed failure
	if json.Unmarshal(answer, &failed) == nil && failed.Type != "" {
		return nil, &failed
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the runtime answered %s: %.300s", resp.Status, answer)
	}
	return answer, nil
}

// request invokes a function with the event of a Function URL.
func (f *function) request(ctx context.Context, event []byte) (answer events.LambdaFunctionURLResponse, err error) {
	doc, err := f.invoke(ctx, event)
	if err != nil {
		return answer, err
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.DisallowUnknownFields()
	if err := d.Decode(&answer); err != nil {
		return answer, fmt.Errorf("answered %.300s: %w", doc, err)
	}
	if answer.StatusCode < 100 {
		return answer, fmt.Errorf("answered without a status: %.300s", doc)
	}
	return answer, nil
}
