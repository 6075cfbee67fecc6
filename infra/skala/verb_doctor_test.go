package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// What the doctor finds is tested where there is a stack: infra/rehearsal.
func TestTheDoctorSaysWhyItCannotLook(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_DEFAULT_REGION": "",
	} {
		t.Setenv(name, value)
	}
	for _, tt := range []struct{ name, region, want string }{
		{"no region", "", "set AWS_REGION"},
		{"nobody there", "us-east-1", "the stack skala cannot be seen"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("AWS_REGION", tt.region)
			var stdout, stderr bytes.Buffer
			status := run(t.Context(), verbs(), []string{"doctor"}, strings.NewReader(""), &stdout, &stderr)
			if status != exitFailed || stdout.Len() > 0 || !strings.Contains(stderr.String(), tt.want) {
				t.Errorf("status %d, %q, %q; want %q", status, stdout.String(), stderr.String(), tt.want)
			}
		})
	}
}
