// Command lint prints what infra/template finds wrong with the templates named,
// in YAML or JSON, and exits 1 when that is anything.
package main

import (
	"fmt"
	"os"

	"example.com/skala/infra/template"
)

func main() {
	status := 0
	for _, name := range os.Args[1:] {
		doc, err := os.ReadFile(name)
		var found []string
		if err == nil {
			found, err = template.Mistakes(doc)
		}
		if err != nil {
			found = append(found, err.Error())
		}
		for _, mistake := range found {
			fmt.Fprintf(os.Stderr, "%s: %s\n", name, mistake)
			status = 1
		}
	}
	os.Exit(status)
}
