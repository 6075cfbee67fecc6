package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/config"

	"example.com/skala/infra/doctor"
	"example.com/skala/infra/template"
)

const doctorUsage = `usage: skala doctor [-stack NAME] [-console ORIGIN] [-webhooks ORIGIN]

Examines a deployed desk: is all of template.yaml there and running, are the
accounts documents filled in and without mistakes, does the sign-in answer, are
there dead letters, does anybody hear alarms, and which addresses belong at the
platforms. It changes nothing. Credentials and region come from the environment,
as for the aws command; run it in the checkout that was deployed.

Prints a line for each part, and exits 1 when one of them is not well.
`

// doctorVerb examines a deployment.
func doctorVerb(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) int {
	f := flagsOf("doctor", doctorUsage)
	stack := f.String("stack", "skala", "the name of the stack")
	console := f.String("console", "", "where people open the console, when not at its Function URL")
	webhooks := f.String("webhooks", "", "where platforms post to, when not to the Function URL")
	if status, ok := parse(f, args, 0, 0, stdout, stderr); !ok {
		return status
	}
	well, err := examine(ctx, &doctor.Patient{Stack: *stack, Console: *console, Webhooks: *webhooks, HTTP: http.DefaultClient}, stdout)
	if err != nil {
		fmt.Fprintf(stderr, "skala doctor: %v\n", err)
	}
	if err != nil || !well {
		return exitFailed
	}
	return exitOK
}

func examine(ctx context.Context, p *doctor.Patient, stdout io.Writer) (well bool, err error) {
	if p.Config, err = config.LoadDefaultConfig(ctx); err != nil {
		return false, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	if p.Config.Region == "" {
		return false, errors.New("no region: set AWS_REGION")
	}
	root, err := template.Root()
	if err != nil {
		return false, err
	}
	if p.Template, err = template.Open(root); err != nil {
		return false, err
	}
	return p.Examine(ctx, func(f doctor.Finding) {
		state := "ok  "
		if !f.Well {
			state = "SICK"
		}
		fmt.Fprintf(stdout, "%s  %s: %s\n", state, f.Part, f.Says)
	})
}
