package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"example.com/skala/infra/simulator"
)

// addresses are what .local/run.json holds while the desk runs: origins
// without a path.
type addresses struct {
	Console    string `json:"console"`
	Webhooks   string `json:"webhooks"`
	API        string `json:"api"`
	Simulator  string `json:"simulator"`
	AdminToken string `json:"admin_token"`
	PID        int    `json:"pid"`
}

// write replaces the file at path in one step.
func (a addresses) write(path string) error {
	doc, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", append(doc, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing run.json: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("writing run.json: %w", err)
	}
	return nil
}

// tell prints where everything is and who can sign in.
func (a addresses) tell(people io.Writer, s settings, took time.Duration) {
	var b strings.Builder
	fmt.Fprintf(&b, "\nThe desk is up after %.1f s. Ctrl-C stops it and keeps its data.\n\n", took.Seconds())
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "  console\t%s/\n", a.Console)
	fmt.Fprintf(w, "  JSON API\t%s/api/v1/openapi.json\n", a.API)
	fmt.Fprintf(w, "  simulated platforms\t%s/\n", a.Simulator)
	fmt.Fprintf(w, "  mail, Slack, push\t%s/told\n", a.Simulator)
	for _, app := range s.apps {
		fmt.Fprintf(w, "  webhooks\t%s/webhooks/%s/%s\n", a.Webhooks, app.Platform, app.Name)
	}
	fmt.Fprintf(w, "\n  sign in as\t\n")
	for _, person := range simulator.DemoPeople() {
		fmt.Fprintf(w, "  %s\t%s\n", person.Name, person.Does)
	}
	w.Flush()
	fmt.Fprintf(&b, "\n  logs of all functions follow; as JSON in .local/log/run.jsonl; addresses and a token in .local/run.json\n\n")
	io.WriteString(people, b.String())
}
