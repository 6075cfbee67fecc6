// Package secret reads what a function must know and its environment must not
// show. The environment holds a reference: an ARN of Secrets Manager in AWS,
// a file on a laptop.
package secret

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// A Reader reads references.
type Reader struct {
	Config aws.Config
}

// Read returns what ref refers to, without white space around it: `file:PATH`,
// or the ARN of a secret. An empty reference or an empty value is an error;
// errors name the reference and never the value.
func (r *Reader) Read(ctx context.Context, ref string) ([]byte, error) {
	value, err := r.read(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("reading secret %q: %w", ref, err)
	}
	if value = bytes.TrimSpace(value); len(value) == 0 {
		return nil, fmt.Errorf("secret %q is empty", ref)
	}
	return value, nil
}

func (r *Reader) read(ctx context.Context, ref string) ([]byte, error) {
	if path, ok := strings.CutPrefix(ref, "file:"); ok {
		return os.ReadFile(path)
	}
	if !strings.HasPrefix(ref, "arn:") {
		return nil, fmt.Errorf("neither file: nor an ARN")
	}
	out, err := secretsmanager.NewFromConfig(r.Config).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &ref})
	if err != nil {
		return nil, err
	}
	if out.SecretBinary != nil {
		return out.SecretBinary, nil
	}
	return []byte(aws.ToString(out.SecretString)), nil
}
