package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"example.com/skala/infra/emulator"
)

// An account is what the stack is deployed to, as its administrator sees it. It
// speaks for itself to the services that the product has no SDK client of.
type account struct {
	emulator *emulator.Emulator
}

func (a *account) secrets() *secretsmanager.Client {
	cfg := a.emulator.Config()
	cfg.ConfigSources, cfg.BaseEndpoint = nil, &a.emulator.SQSURL // one process plays all services
	return secretsmanager.NewFromConfig(cfg)
}

// putSecret gives a secret another value.
func (a *account) putSecret(ctx context.Context, arn string, value []byte) error {
	_, err := a.secrets().PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &arn, SecretString: aws.String(string(value))})
	return err
}

// secret is the value of a secret.
func (a *account) secret(ctx context.Context, arn string) ([]byte, error) {
	out, err := a.secrets().GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn})
	if err != nil {
		return nil, err
	}
	return []byte(aws.ToString(out.SecretString)), nil
}

// invoke calls a function with an event, as the schedule does, and fails where
// the function does.
func (a *account) invoke(ctx context.Context, function string, event []byte) error {
	resp, answer, err := a.send(ctx, "lambda", "/2015-03-31/functions/"+function+"/invocations", event, nil)
	if err != nil {
		return err
	}
	if failed := resp.Header.Get("X-Amz-Function-Error"); failed != "" {
		return fmt.Errorf("%s failed (%s): %.500s", function, failed, answer)
	}
	return nil
}

// A line is what a function wrote to its log group.
type line struct{ Group, Message string }

// logs are all lines of the stack's functions.
func (a *account) logs(ctx context.Context) ([]line, error) {
	var groups struct {
		LogGroups []struct{ LogGroupName string }
	}
	if err := a.ask(ctx, "DescribeLogGroups", map[string]any{"logGroupNamePrefix": "/aws/lambda/" + stack + "-"}, &groups); err != nil {
		return nil, err
	}
	var lines []line
	for _, g := range groups.LogGroups {
		for token := ""; ; {
			in := map[string]any{"logGroupName": g.LogGroupName}
			if token != "" {
				in["nextToken"] = token
			}
			var page struct {
				Events    []struct{ Message string }
				NextToken string
			}
			if err := a.ask(ctx, "FilterLogEvents", in, &page); err != nil {
				return nil, err
			}
			for _, e := range page.Events {
				lines = append(lines, line{g.LogGroupName, e.Message})
			}
			if token = page.NextToken; token == "" {
				break
			}
		}
	}
	if len(groups.LogGroups) == 0 {
		return nil, errors.New("the stack has no log groups")
	}
	return lines, nil
}

// ask calls an operation of CloudWatch Logs.
func (a *account) ask(ctx context.Context, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	_, answer, err := a.send(ctx, "logs", "/", body, map[string]string{"X-Amz-Target": "Logs_20140328." + operation, "Content-Type": "application/x-amz-json-1.1"})
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// send posts a signed request to a service.
func (a *account) send(ctx context.Context, service, path string, body []byte, headers map[string]string) (*http.Response, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.emulator.SQSURL+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	cfg := a.emulator.Config()
	key, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, key, r, hex.EncodeToString(sum[:]), service, emulator.Region, time.Now()); err != nil {
		return nil, nil, err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, nil, err
	}
	if resp.StatusCode >= 300 {
		return nil, nil, fmt.Errorf("%s answered %s: %.500s", service, resp.Status, answer)
	}
	return resp, answer, nil
}
