// Package doctor examines a deployed desk: whether what template.yaml asks for is
// there and runs, and whether what only people can do has been done. It changes
// nothing, and says nothing of what secrets hold.
package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"example.com/skala/infra/template"
)

// A Patient is a stack, and who may look at it.
type Patient struct {
	Config   aws.Config // of whoever looks; its BaseEndpoint, if any, stands for every service
	Template *template.Template
	Stack    string // its name
	HTTP     *http.Client

	// Origins that people and platforms use in place of the Function URLs; empty
	// for those.
	Console, Webhooks string
}

// A Finding is what one examination came to.
type Finding struct {
	Part string
	Well bool
	Says string // what is wrong and what to do, or what there is to know
}

// An examination is of one part of a stack.
type examination struct {
	part string
	look func(context.Context) (says string, err error)
}

// Examine looks at each part of the stack in turn and gives what it finds to
// tell. It reports whether all is well; an error means that the stack itself
// cannot be seen.
func (p *Patient) Examine(ctx context.Context, tell func(Finding)) (well bool, err error) {
	s, err := p.stack(ctx)
	if err != nil {
		return false, err
	}
	well = true
	for _, e := range s.examinations() {
		says, err := e.look(ctx)
		if err != nil {
			says, well = err.Error(), false
		}
		tell(Finding{Part: e.part, Well: err == nil, Says: says})
	}
	return well, ctx.Err()
}

func (s *stack) examinations() []examination {
	all := []examination{
		{"stack", s.settled},
		{"sign-in", s.signIn},
		{"table", s.table},
		{"queues", s.queues},
		{"accounts", s.accounts},
		{"notifications", s.notifications},
	}
	for _, f := range s.Template.Functions {
		all = append(all, examination{"function " + f.ID, func(ctx context.Context) (string, error) { return s.function(ctx, f) }})
	}
	return append(all,
		// Only platforms have anything to ask of the door, and it says so itself.
		examination{"webhook address", func(ctx context.Context) (string, error) {
			return s.answers(ctx, s.origin(s.Webhooks, "WebhookUrl"), "/", http.StatusNotFound)
		}},
		examination{"console address", func(ctx context.Context) (string, error) {
			return s.answers(ctx, s.origin(s.Console, "ConsoleUrl"), "/healthz", http.StatusOK)
		}},
		examination{"schedules", s.schedules},
		examination{"alarms", s.alarms},
		examination{"who hears alarms", s.subscriptions},
	)
}

// settled looks at what CloudFormation says, and at what it made.
func (s *stack) settled(context.Context) (string, error) {
	if !strings.HasSuffix(s.status, "_COMPLETE") || strings.Contains(s.status, "ROLLBACK") || strings.HasPrefix(s.status, "DELETE") {
		return "", fmt.Errorf("%s: see its events in CloudFormation", s.status)
	}
	var missing []string
	for _, id := range s.Template.Always {
		if s.ids[id] == "" {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		return "", fmt.Errorf("template.yaml names what the stack has not: %s; deploy", strings.Join(missing, ", "))
	}
	return fmt.Sprintf("%s, %d resources", s.status, len(s.ids)), nil
}

// signIn asks the OpenID provider whether it is one.
func (s *stack) signIn(ctx context.Context) (string, error) {
	issuer := s.parameters["OidcIssuer"]
	if issuer == "" {
		return "", errors.New("no OpenID provider: deploy with the parameter OidcIssuer")
	}
	if _, err := s.answers(ctx, issuer, "/.well-known/openid-configuration", http.StatusOK); err != nil {
		return "", fmt.Errorf("the OpenID provider does not answer: %w", err)
	}
	if public := s.parameters["PublicUrl"]; public == "" {
		return "", fmt.Errorf("the console does not know its own address: deploy with the parameter PublicUrl, %s or your own", s.outputs["ConsoleUrl"])
	}
	return "register " + strings.TrimSuffix(s.parameters["PublicUrl"], "/") + "/auth/callback with " + issuer, nil
}

func (s *stack) origin(own, output string) string {
	if own != "" {
		return own
	}
	return s.outputs[output]
}

// answers asks for a path and awaits a status. AWS itself answers for a function
// that may not be called or does not start, with another one.
func (s *stack) answers(ctx context.Context, origin, path string, status int) (string, error) {
	if origin == "" {
		return "", errors.New("the stack has no such output")
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	address := strings.TrimSuffix(origin, "/") + path
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	resp, err := s.HTTP.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 300))
	if err == nil && resp.StatusCode != status {
		err = fmt.Errorf("%s answers %s: %s", address, resp.Status, bytes.TrimSpace(body))
	}
	return origin, err
}
