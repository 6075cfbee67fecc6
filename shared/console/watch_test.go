package console

import (
	"fmt"
	"html/template"
	"text/template/parse"
)

// Watch has the console's templates tell took of every branch that they take from
// now on, and returns all branches that there are: what stands under an if, a with or a
// range, and what under their else. A branch is named by the place of its condition,
// what is asked there, and which way it goes. Nothing may have been shown yet: what is
// shown once stays as it is.
func (c *Console) Watch(took func(branch string)) (all []string) {
	ask := template.FuncMap{"took": func(branch string) string { took(branch); return "" }}
	for _, in := range c.in {
		in.pages.Funcs(ask)
		all = all[:0] // they are the same in each language
		for _, t := range in.pages.Templates() {
			if t.Tree != nil && t.Tree.Root != nil {
				all = append(all, watch(t.Tree, t.Tree.Root)...)
			}
		}
	}
	return all
}

// watch puts a telling step at the head of each branch under a list of steps.
func watch(tree *parse.Tree, list *parse.ListNode) (all []string) {
	for _, n := range list.Nodes {
		var branch *parse.BranchNode
		switch n := n.(type) {
		case *parse.IfNode:
			branch = &n.BranchNode
		case *parse.WithNode:
			branch = &n.BranchNode
		case *parse.RangeNode:
			branch = &n.BranchNode
		default:
			continue
		}
		at, _ := tree.ErrorContext(n)
		asked := map[parse.NodeType]string{parse.NodeIf: "if", parse.NodeWith: "with", parse.NodeRange: "range"}[n.Type()]
		name := fmt.Sprintf("%s %s {{%s %s}} ", tree.Name, at, asked, branch.Pipe)
		for way, branch := range map[string]*parse.ListNode{"yes": branch.List, "else": branch.ElseList} {
			if branch != nil {
				all = append(append(all, name+way), watch(tree, branch)...)
				branch.Nodes = append(telling(name+way).Nodes, branch.Nodes...)
			}
		}
	}
	return all
}

// telling is a step that tells of a branch. It sets a variable, which writes
// nothing, whatever it stands in.
func telling(branch string) *parse.ListNode {
	trees, err := parse.Parse("told", fmt.Sprintf("{{$told := took %q}}", branch), "", "", map[string]any{"took": true})
	if err != nil {
		panic(err) // it is always the same step
	}
	return trees["told"].Root
}
