package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"example.com/skala/infra/doctor"
	"example.com/skala/shared/platform"
)

// unplayed is what the emulator's CloudFormation makes nothing of, as the doctor
// says it. Nothing else may be wrong with a stack that works.
const unplayed = "it has no point-in-time recovery, its items do not expire"

// examined lets the doctor look at the stack, as it is and with something that
// an operator forgot.
func (w *world) examined(ctx context.Context) (string, error) {
	cfg := w.emulator.Config()
	cfg.ConfigSources, cfg.BaseEndpoint = nil, &w.emulator.SQSURL
	p := &doctor.Patient{Config: cfg, Template: w.template, Stack: stack, HTTP: http.DefaultClient, Console: w.origin(console), Webhooks: w.origin(webhooks)}
	parts := 0
	sick, err := w.sick(ctx, p, func() { parts++ })
	if err != nil {
		return "", err
	}
	if len(sick) != 1 || !strings.HasSuffix(sick["table"], unplayed) {
		return "", fmt.Errorf("the doctor finds %v, and should find of the table alone that %s", sick, unplayed)
	}
	return fmt.Sprintf("%d parts; of what the emulator does not play: %s", parts, unplayed), w.forgotten(ctx, p)
}

// forgotten takes the tokens away for the time of a look.
func (w *world) forgotten(ctx context.Context, p *doctor.Patient) (err error) {
	arn := w.outputs["SendingAccountsArn"]
	if err := w.putSecret(ctx, arn, []byte("apps: []")); err != nil {
		return err
	}
	sick, err := w.sick(ctx, p, func() {})
	part, failed := platform.Project(w.accounts, "accounts.yaml", platform.ForSending)
	if failed == nil {
		failed = w.putSecret(ctx, arn, part)
	}
	if err == nil {
		err = failed
	}
	if said := sick["accounts"]; err == nil && !strings.Contains(said, "SendingAccounts is not filled in") {
		err = fmt.Errorf("of accounts without tokens the doctor says %q", said)
	}
	return err
}

// sick are the parts that are not well, with what the doctor says of them.
func (w *world) sick(ctx context.Context, p *doctor.Patient, looked func()) (map[string]string, error) {
	sick := map[string]string{}
	_, err := p.Examine(ctx, func(f doctor.Finding) {
		looked()
		if !f.Well {
			sick[f.Part] = f.Says
		}
	})
	return sick, err
}
