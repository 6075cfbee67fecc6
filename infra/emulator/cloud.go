package emulator

import (
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
)

//go:embed mended.py
var mended []byte

// Cloud is the process that `make deploy-local` deploys to. Besides DynamoDB and
// SQS it plays CloudFormation and all that template.yaml is made of, runs the
// functions, and asks of each call they make whether their role allows it. It
// speaks SAM by an installation of the SAM CLI, whose interpreter python is.
func Cloud(root, python string, log *slog.Logger) *Process {
	return &Process{Root: root, Name: "emulator-cloud", SAM: python, Log: log,
		Also: ",cloudformation,cloudwatch,events,iam,lambda,logs,monitoring,s3,scheduler,secretsmanager,sns,sts"}
}

// cloud is the program of a Process that plays a whole account, to be started in
// the folder data: what to run, with which arguments and environment. Functions
// inherit its environment, hence nothing of ours is in it.
func (p *Process) cloud(in installation, data, endpoint string) (program string, args, env []string, err error) {
	modules, err := in.modules()
	if err != nil {
		return "", nil, nil, err
	}
	script := filepath.Join(data, "mended.py")
	if err := os.WriteFile(script, mended, 0o644); err != nil {
		return "", nil, nil, fmt.Errorf("starting the emulator: %w", err)
	}
	return p.SAM, []string{"-X", p.mark(), script}, []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + data, "PYTHONPATH=" + modules,
		"AUTH=true", "AWS_ENDPOINT_URL=" + endpoint,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
	}, nil
}

// modules is where the emulator's own modules lie: in the virtual environment
// whose interpreter it is, or in the folder that was made for them.
func (in installation) modules() (string, error) {
	own := filepath.Join(filepath.Dir(filepath.Dir(in.Python)), "lib", "python3*", "site-packages")
	for _, dir := range []string{own, in.Path} {
		found, err := filepath.Glob(filepath.Join(dir, "ministack"))
		if err == nil && len(found) > 0 {
			return filepath.Dir(found[0]), nil
		}
	}
	return "", errors.New("starting the emulator: its modules are not where it was installed: delete .local/emulator")
}
