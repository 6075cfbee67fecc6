package template

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Mistakes finds in a template what neither `sam validate` nor cfn-lint does:
// batches that Lambda refuses, schedules that the scheduler refuses,
// dead-letter queues that are none, and permissions for everything. It takes
// template.yaml as well as the JSON that SAM expands it to.
func Mistakes(doc []byte) ([]string, error) {
	var file struct {
		Resources map[string]yaml.Node `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(doc, &file); err != nil {
		return nil, fmt.Errorf("reading the template: %w", err)
	}
	f := finder{queues: map[string]bool{}}
	for id, node := range file.Resources {
		var r struct {
			Type       string    `yaml:"Type"`
			Properties yaml.Node `yaml:"Properties"`
		}
		if err := node.Decode(&r); err != nil {
			return nil, fmt.Errorf("reading %s: %w", id, err)
		}
		f.queues[id] = r.Type == QueueType
		if r.Type == FunctionType { // SAM leaves them out where there is a role
			for i := 0; i+1 < len(r.Properties.Content); i += 2 {
				if key := r.Properties.Content[i]; key.Value == "Policies" {
					f.mistake(key, "Policies of %s: write the statements into its role", id)
				}
			}
		}
	}
	for _, node := range file.Resources {
		f.walk(&node)
	}
	return f.found, nil
}

type finder struct {
	queues map[string]bool // by logical id
	found  []string
}

func (f *finder) mistake(node *yaml.Node, format string, args ...any) {
	f.found = append(f.found, fmt.Sprintf("line %d: ", node.Line)+fmt.Sprintf(format, args...))
}

func (f *finder) walk(node *yaml.Node) {
	if node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(node.Content); i += 2 {
			f.property(node, node.Content[i].Value, node.Content[i+1])
		}
	}
	for _, child := range node.Content {
		f.walk(child)
	}
}

func (f *finder) property(in *yaml.Node, name string, value *yaml.Node) {
	switch name {
	case "BatchSize":
		window, _ := strconv.Atoi(text(in, "MaximumBatchingWindowInSeconds"))
		if n, err := strconv.Atoi(value.Value); err != nil || n < 1 || n > 10 && window < 1 {
			f.mistake(value, "BatchSize %s: over 10 it needs a batching window of a second", value.Value)
		}
	case "ScheduleExpression":
		if _, err := interval(value.Value); err != nil {
			f.mistake(value, "%v", err)
		}
	case "deadLetterTargetArn":
		if id := target(value); !f.queues[id] {
			f.mistake(value, "dead-letter queue %q is no queue of the template", id)
		}
	case "Action", "Resource", "NotAction", "NotResource":
		f.everything(value)
	case "ManagedPolicyArns":
		if len(value.Content) > 0 {
			f.mistake(value, "managed policies grant more than we use: write the statements")
		}
	}
}

// everything finds a star in the scalars below a node.
func (f *finder) everything(node *yaml.Node) {
	if node.Kind == yaml.ScalarNode && strings.Contains(node.Value, "*") {
		f.mistake(node, "%q allows more than is named", node.Value)
	}
	for _, child := range node.Content {
		f.everything(child)
	}
}

// target is the logical id that an ARN is taken of, in the short form or the
// long one.
func target(node *yaml.Node) string {
	if id, err := arnOf(node); err == nil {
		return id
	}
	if node.Kind == yaml.MappingNode && len(node.Content) == 2 && node.Content[0].Value == "Fn::GetAtt" && len(node.Content[1].Content) == 2 {
		return node.Content[1].Content[0].Value
	}
	return ""
}

// text is the scalar of a mapping's key, or empty.
func text(mapping *yaml.Node, key string) string {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1].Value
		}
	}
	return ""
}
