package matrix

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"example.com/skala/infra/faults"
	"example.com/skala/infra/template"
)

// Evidence is what functions were seen to do, by logical id.
type Evidence map[string]map[faults.Use]bool

// Add takes in what a step did.
func (e Evidence) Add(r Result) {
	if e[r.In] == nil {
		e[r.In] = map[faults.Use]bool{}
	}
	for _, u := range r.Uses {
		e[r.In][u] = true
	}
}

// Lines lists the evidence of each function as "ACTION on RESOURCE".
func (e Evidence) Lines() map[string][]string {
	lines := map[string][]string{}
	for function, uses := range e {
		for u := range uses {
			lines[function] = append(lines[function], u.Action+" on "+u.Resource)
		}
		slices.Sort(lines[function])
	}
	return lines
}

// Queues that the code knows by a number or in a list, and treats alike: one stands
// for all of its kind, which must be granted alike.
var families = regexp.MustCompile(`^(Tier\dQueue|\w+DeadLetters)$`)

func family(resource string) string {
	switch {
	case !families.MatchString(resource):
		return resource
	case strings.HasSuffix(resource, "DeadLetters"):
		return "every queue of dead letters"
	}
	return "every tier's queue"
}

// Compare says what functions did that the template's roles do not allow, and what
// the roles allow that no function did.
func (e Evidence) Compare(t *template.Template) (problems []string, err error) {
	for _, f := range t.Functions {
		role, err := t.Role(f)
		if err != nil {
			return nil, err
		}
		did, may := map[string]bool{}, map[string]bool{}
		for u := range e[f.ID] {
			did[u.Action+" on "+family(u.Resource)] = true
		}
		members := map[string]int{} // of a family, that are granted an action
		for _, g := range role.Grants {
			if g.If != "" || strings.HasPrefix(g.Action, "logs:") || polls(f, g) {
				continue // what a parameter adds, what Lambda's log and its event sources need
			}
			resource := g.Resource
			if g.Index != "" {
				resource += "/index/" + g.Index
			}
			may[g.Action+" on "+family(resource)] = true
			if families.MatchString(resource) {
				members[g.Action+" on "+family(resource)]++
			}
		}
		for _, use := range slices.Sorted(maps.Keys(did)) {
			if !may[use] {
				problems = append(problems, fmt.Sprintf("%s does %s, which its role does not allow", f.ID, use))
			}
		}
		for _, grant := range slices.Sorted(maps.Keys(may)) {
			if !did[grant] {
				problems = append(problems, fmt.Sprintf("%s may do %s, and was never seen to", f.ID, grant))
			}
		}
		for grant, n := range members {
			if all := count(t, grant); n != all {
				problems = append(problems, fmt.Sprintf("%s may do %s for %d queues of %d", f.ID, grant, n, all))
			}
		}
	}
	slices.Sort(problems)
	return problems, nil
}

// polls reports whether a grant is what Lambda takes from a function's queue with.
func polls(f template.Function, g template.Grant) bool {
	for _, s := range f.Sources {
		if s.Queue == g.Resource {
			switch g.Action {
			case "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes":
				return true
			}
		}
	}
	return false
}

// count is how many queues of the template a grant's family has.
func count(t *template.Template, grant string) (n int) {
	for _, q := range t.Queues {
		if families.MatchString(q.ID) && strings.HasSuffix(grant, " on "+family(q.ID)) {
			n++
		}
	}
	return n
}
