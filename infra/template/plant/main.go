// Command plant makes mistakes in template.yaml on purpose, one at a time, and
// fails when what `make validate` runs catches less than all of them: SAM's
// expansion, cfn-lint on what it expands to, `sam validate --lint`, and the
// assertions of infra/template. Its argument is the Python that SAM is
// installed for.
//
// cfn-lint takes seconds for a template, so it is asked last, about all that
// nothing else caught at once, and then about each that this did not settle;
// -all asks everything about each.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"example.com/skala/infra/template"
)

func main() {
	all := flag.Bool("all", false, "ask every check about every mistake")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: plant [-all] PYTHON")
		os.Exit(2)
	}
	missed, err := run(flag.Arg(0), *all)
	if err != nil {
		fmt.Fprintln(os.Stderr, "plant:", err)
	}
	if err != nil || missed > 0 {
		os.Exit(1)
	}
}

// The checks, in the order in which they are asked.
var checks = []string{"SAM", "ours", "cfn-lint", "sam validate"}

// A specimen is a planted template and what each check said of it.
type specimen struct {
	plant
	written  string // template.yaml with the mistake; empty when that is planted later
	expanded string
	said     map[string][]string
}

func run(python string, all bool) (missed int, err error) {
	root, err := template.Root()
	if err != nil {
		return 0, err
	}
	doc, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		return 0, err
	}
	known, err := template.ReadKnown(root)
	if err != nil {
		return 0, err
	}
	l := laboratory{python: python, script: filepath.Join(root, "infra", "template", "plant", "examine.py"), known: known, all: all}
	specimens, err := l.sow(string(doc))
	if err != nil {
		return 0, err
	}
	if err := l.examine(specimens); err != nil {
		return 0, err
	}
	return report(specimens), nil
}

type laboratory struct {
	python, script string
	known          template.Known
	all            bool
}

// sow plants every mistake, and none in the first specimen.
func (l laboratory) sow(doc string) ([]*specimen, error) {
	specimens := []*specimen{{plant: plant{name: sound}, written: doc, said: map[string][]string{}}}
	for _, p := range plants {
		s := &specimen{plant: p, said: map[string][]string{}, written: doc}
		if !p.expanded {
			if !strings.Contains(doc, p.from) {
				return nil, fmt.Errorf("%s: template.yaml has no %q to plant it in", p.name, p.from)
			}
			s.written = strings.Replace(doc, p.from, p.to, 1)
		}
		specimens = append(specimens, s)
	}
	return specimens, nil
}

// sound is the name of the specimen without a mistake.
const sound = "(none)"

func (l laboratory) examine(specimens []*specimen) error {
	if err := l.ask(specimens, func(s *specimen) question { return question{Name: s.name, Written: s.written} }); err != nil {
		return err
	}
	for _, s := range specimens {
		if s.plant.expanded {
			if !strings.Contains(s.expanded, s.from) {
				return fmt.Errorf("%s: the expanded template has no %q to plant it in", s.name, s.from)
			}
			s.expanded, s.written = strings.Replace(s.expanded, s.from, s.to, 1), ""
		}
		if err := l.ours(s); err != nil {
			return err
		}
		s.forget(specimens[0])
	}
	if !l.all {
		if err := l.together(specimens); err != nil {
			return err
		}
	}
	open := slices.DeleteFunc(slices.Clone(specimens), func(s *specimen) bool { return !l.all && s.name != sound && len(s.by()) > 0 })
	return l.ask(open, func(s *specimen) question {
		q := question{Name: s.name, Written: s.written, Expanded: s.expanded, Lint: "next"}
		if l.all || s.name == sound {
			q.Lint = "all"
		}
		return q
	})
}

// forget takes out what is said of the template without a mistake, too.
func (s *specimen) forget(sound *specimen) {
	if s == sound {
		return
	}
	for check, found := range s.said {
		s.said[check] = slices.DeleteFunc(found, func(finding string) bool { return slices.Contains(sound.said[check], finding) })
	}
}

// together asks cfn-lint about all mistakes that are left at once, in one
// template. A finding that fits several of them counts for none.
func (l laboratory) together(specimens []*specimen) error {
	batch := &specimen{plant: plant{name: "(together)"}, written: specimens[0].written, said: map[string][]string{}}
	var open []*specimen
	for _, s := range specimens {
		if s.name != sound && len(s.by()) == 0 && !s.plant.expanded && strings.Contains(batch.written, s.from) {
			batch.written = strings.Replace(batch.written, s.from, s.to, 1)
			open = append(open, s)
		}
	}
	if err := l.ask([]*specimen{batch}, func(s *specimen) question { return question{Name: s.name, Written: s.written} }); err != nil {
		return err
	}
	if batch.expanded == "" { // one of them keeps SAM from expanding any
		return nil
	}
	if err := l.ask([]*specimen{batch}, func(s *specimen) question { return question{Name: s.name, Expanded: s.expanded, Lint: "next"} }); err != nil {
		return err
	}
	for _, finding := range batch.said["cfn-lint"] {
		about := slices.DeleteFunc(slices.Clone(open), func(s *specimen) bool { return !s.fits(finding) })
		if len(about) == 1 {
			about[0].said["cfn-lint"] = append(about[0].said["cfn-lint"], finding)
		}
	}
	return nil
}

func (l laboratory) ours(s *specimen) error {
	if s.expanded == "" { // then there is nothing to assert
		return nil
	}
	found, err := template.Omissions([]byte(s.expanded), l.known)
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	s.said["ours"] = found
	if s.written != "" {
		if found, err = template.Mistakes([]byte(s.written)); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		s.said["ours"] = append(s.said["ours"], found...)
	}
	return nil
}

type question struct {
	Name     string `json:"name"`
	Written  string `json:"written,omitempty"`
	Expanded string `json:"expanded,omitempty"`
	Lint     string `json:"lint,omitempty"`
}

// ask puts a question about each specimen to the Python side.
func (l laboratory) ask(specimens []*specimen, about func(*specimen) question) error {
	var in bytes.Buffer
	for _, s := range specimens {
		if err := json.NewEncoder(&in).Encode(about(s)); err != nil {
			return err
		}
	}
	cmd := exec.Command(l.python, l.script)
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	cmd.Env = append(os.Environ(), "AWS_DEFAULT_REGION=us-east-1", "SAM_CLI_TELEMETRY=0", "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("asking the linters: %w", err)
	}
	answers := bufio.NewScanner(bytes.NewReader(out))
	answers.Buffer(nil, 1<<22)
	for _, s := range specimens {
		var answer struct {
			Name     string
			Expanded string
			SAM      string
			Lint     []string
			Validate []string
		}
		if !answers.Scan() {
			return fmt.Errorf("%s: no answer", s.name)
		}
		if err := json.Unmarshal(answers.Bytes(), &answer); err != nil || answer.Name != s.name {
			return fmt.Errorf("%s: answered %.200s: %v", s.name, answers.Bytes(), err)
		}
		if answer.SAM != "" {
			s.said["SAM"] = []string{answer.SAM}
		}
		if answer.Expanded != "" {
			s.expanded = answer.Expanded
		}
		s.said["cfn-lint"] = append(s.said["cfn-lint"], answer.Lint...)
		s.said["sam validate"] = append(s.said["sam validate"], answer.Validate...)
	}
	return nil
}

// fits reports whether a finding is about the mistake.
func (s *specimen) fits(finding string) bool {
	return strings.Contains(strings.ToLower(finding), strings.ToLower(s.want))
}

// by lists the checks that caught the mistake, each with what it said: a finding
// of something else does not count.
func (s *specimen) by() (caught []string) {
	for _, check := range checks {
		if slices.ContainsFunc(s.said[check], s.fits) {
			caught = append(caught, check)
		}
	}
	return caught
}

func (s *specimen) finding() string {
	for _, check := range checks {
		if i := slices.IndexFunc(s.said[check], s.fits); i >= 0 {
			return strings.Join(strings.Fields(s.said[check][i]), " ")
		}
	}
	return ""
}

// report prints what caught what, and counts what nothing did.
func report(specimens []*specimen) (missed int) {
	first := map[string]int{}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, s := range specimens {
		caught := s.by()
		if s.name == sound {
			for _, check := range checks {
				for _, finding := range s.said[check] {
					fmt.Fprintf(w, "%s\t%s\t%s\n", s.name, check, finding)
					missed++
				}
			}
			continue
		}
		if len(caught) == 0 {
			missed++
			fmt.Fprintf(w, "%s\tMISSED\t%v\n", s.name, s.said)
			continue
		}
		first[caught[0]]++
		fmt.Fprintf(w, "%s\t%s\t%.110s\n", s.name, strings.Join(caught, ", "), s.finding())
	}
	w.Flush()
	fmt.Printf("%d mistakes planted, caught first by:", len(specimens)-1)
	for _, check := range checks {
		fmt.Printf(" %s %d", check, first[check])
	}
	fmt.Println()
	return missed
}
