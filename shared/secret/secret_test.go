package secret_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"example.com/skala/infra/emulator"
	"example.com/skala/shared/secret"
)

func TestAReferenceToAFileIsTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pepper")
	if err := os.WriteFile(path, []byte("salt\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := new(secret.Reader).Read(t.Context(), "file:"+path)
	if err != nil || string(got) != "salt" {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestAReferenceThatLeadsNowhereIsNamed(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"", "plain", "file:/nowhere", "file:" + empty} {
		if _, err := new(secret.Reader).Read(t.Context(), ref); err == nil || !strings.Contains(err.Error(), ref) {
			t.Errorf("%q: %v", ref, err)
		}
	}
}

func TestAReferenceToASecretIsItsValue(t *testing.T) {
	t.Parallel()
	e := emulator.ForTest(t)
	cfg := e.Config()
	cfg.ConfigSources, cfg.BaseEndpoint = nil, &e.SQSURL // one process plays all services
	out, err := secretsmanager.NewFromConfig(cfg).CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{
		Name: aws.String("skala-test-" + strings.ToLower(t.Name())), SecretString: aws.String("salt")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = secretsmanager.NewFromConfig(cfg).DeleteSecret(t.Context(), &secretsmanager.DeleteSecretInput{SecretId: out.ARN, ForceDeleteWithoutRecovery: aws.Bool(true)})
	})
	got, err := (&secret.Reader{Config: cfg}).Read(t.Context(), aws.ToString(out.ARN))
	if err != nil || string(got) != "salt" {
		t.Errorf("read %q, %v", got, err)
	}
}
