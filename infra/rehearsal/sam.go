package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"example.com/skala/infra/emulator"
)

// stack is the name of what is deployed.
const stack = "skala"

// A sam is the SAM CLI, talking to the emulator where it would talk to AWS.
type sam struct {
	root, bin, endpoint string
	architecture        string
	said                string // the file that keeps what it printed
}

// built is where the build goes. It is not .aws-sam/build, which is for the
// architecture of the template and of whoever deploys.
func (s *sam) built() string { return filepath.Join(s.root, ".local", "rehearsal", "build") }

// clear forgets what the run before said.
func (s *sam) clear() error {
	if err := os.MkdirAll(filepath.Dir(s.said), 0o755); err != nil {
		return err
	}
	return os.WriteFile(s.said, nil, 0o644)
}

// build builds the functions of template.yaml.
func (s *sam) build(ctx context.Context) error {
	// SAM says nothing of what the compiler says.
	if _, err := s.run(ctx, "go", "build", "./functions/..."); err != nil {
		return err
	}
	_, err := s.run(ctx, filepath.Join(s.bin, "sam"), "build", "--template", "template.yaml", "--build-dir", s.built(), "--parameter-overrides", "Architecture="+s.architecture)
	return err
}

// deploy makes or changes the stack.
func (s *sam) deploy(ctx context.Context, parameters map[string]string) error {
	args := []string{"deploy", "--template-file", filepath.Join(s.built(), "template.yaml"), "--stack-name", stack, "--resolve-s3",
		"--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar", "--parameter-overrides", "Architecture=" + s.architecture}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		args = append(args, name+"="+parameters[name])
	}
	_, err := s.run(ctx, filepath.Join(s.bin, "sam"), args...)
	return err
}

// delete deletes the stack, but for what its template retains.
func (s *sam) delete(ctx context.Context) error {
	_, err := s.run(ctx, filepath.Join(s.bin, "sam"), "delete", "--stack-name", stack, "--no-prompts")
	return err
}

// outputs are those of the stack, by name.
func (s *sam) outputs(ctx context.Context) (map[string]string, error) {
	return s.list(ctx, "OutputKey", "OutputValue", "stack-outputs")
}

// resources are the physical ids of the stack's resources, by logical id. One
// that was not made has the id "-".
func (s *sam) resources(ctx context.Context) (map[string]string, error) {
	return s.list(ctx, "LogicalResourceId", "PhysicalResourceId", "resources", "--template-file", filepath.Join(s.built(), "template.yaml"))
}

func (s *sam) list(ctx context.Context, key, value string, what ...string) (map[string]string, error) {
	out, err := s.run(ctx, filepath.Join(s.bin, "sam"), append(append([]string{"list"}, what...), "--stack-name", stack, "--output", "json")...)
	if err != nil {
		return nil, err
	}
	var rows []map[string]string
	if err := json.Unmarshal(out, &rows); err != nil {
		return nil, fmt.Errorf("reading what sam list says: %w in %.200s", err, out)
	}
	list := map[string]string{}
	for _, row := range rows {
		list[row[key]] = row[value]
	}
	return list, nil
}

// run runs a program in the checkout and returns what it printed. All it says
// goes to the log file too, and the end of it into the error.
func (s *sam) run(ctx context.Context, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = s.root
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "AWS_") { // nobody's own account
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.Env = append(cmd.Env, "SAM_CLI_TELEMETRY=0", "AWS_ENDPOINT_URL="+s.endpoint, "AWS_DEFAULT_REGION="+emulator.Region,
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull)
	var out, all bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &all
	err := cmd.Run()
	all.Write(out.Bytes())
	if kept := s.keep(cmd.Args, all.Bytes()); kept != nil {
		return nil, kept
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if _, failed := errors.AsType[*exec.ExitError](err); failed {
		said := bytes.TrimSpace(all.Bytes())
		return nil, fmt.Errorf("%s %s: %w:\n%s\n(all of it in %s)", filepath.Base(program), args[0], err, said[max(0, len(said)-2000):], s.said)
	}
	return out.Bytes(), err
}

func (s *sam) keep(command []string, said []byte) error {
	f, err := os.OpenFile(s.said, os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintf(f, "$ %s\n%s\n", strings.Join(command, " "), said)
	return err
}
